"""Which proxy leads to a server."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address


def is_loopback(host: str | None) -> bool:
    """Say whether the host is this machine, so that nothing goes over a network."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def proxy_of_environment(server: str) -> str | None:
    """Return the proxy that `HTTPS_PROXY` (or `HTTP_PROXY`) names for a server, given as the beginning of its URL.

    There is none for this machine itself, which no proxy can reach, and for what `NO_PROXY` exempts.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    # Seldom needed, and slow to import.
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    proxies = getproxies_environment()
    scheme, _, address = server.lower().partition("://")
    host = re.sub(r":\d*$", "", address).strip("[]")
    if is_loopback(host) or proxy_bypass_environment(address, proxies) or proxy_bypass_environment(host, proxies):
        return None
    return proxies.get(scheme)
