"""The HTTP transport: attempts and retries, deadlines, connections, TLS, proxies and name lookups."""
