"""How requests reach the API: connections, TLS, proxies and name look-ups."""
