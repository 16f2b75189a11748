"""Find the proxy for a server, and create the connection managers for proxies."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ionoscloud._argument_errors import ApiValueError
from ionoscloud._secret_types import SecretStr

if TYPE_CHECKING:
    import urllib3
    from urllib3.util.url import Url

    from ionoscloud.configuration import Configuration

_PORTS = {"http": "80", "https": "443"}
_KINDS = {
    **{"http": "http", "https": "https"},
    **dict.fromkeys(("socks4", "socks4a", "socks5", "socks5h"), "socks"),
}
_HOST = re.compile(r"\[[0-9A-Za-z:.%]+\]|[^\s%@]+")


def is_loopback(host: str | None) -> bool:
    """Return whether the host is a loopback address or `localhost`."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def environment_proxy(server: str) -> str | None:
    """Return the proxy in `HTTPS_PROXY` (or `HTTP_PROXY`), else `ALL_PROXY`, for a server.

    Return None for loopback addresses, which a proxy cannot reach, and for hosts in `NO_PROXY`.

    Args:
        server: The beginning of the URL, such as `https://host:port`.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies_environment  # slow to import, and rarely needed

    proxies = getproxies_environment()
    scheme, _, address = server.lower().partition("://")
    host, port = _split_port(address)
    if scheme not in _PORTS or is_loopback(host) or _is_exempt(host, port or _PORTS[scheme], proxies.get("no", "")):
        return None
    return proxies.get(scheme) or proxies.get("all")


def _is_exempt(host: str, port: str, exemptions: str) -> bool:
    """Return whether `NO_PROXY` contains the host, its domain, its network or `*`."""
    address, host = _address(host), _ascii(host)
    for exemption in re.split(r"[\s,]+", exemptions.lower()):
        if "/" in exemption and address is not None and address in _network(exemption):
            return True
        name, only_port = _split_port(exemption)
        if address is not None:
            named = address == _address(name)
        else:
            name = name[2:] if name.startswith("*.") else name.lstrip(".")
            name = _ascii(name)
            named = name != "" and (host == name or host.endswith(f".{name}"))
        if exemption == "*" or (named and only_port in ("", port)):
            return True
    return False


def _split_port(address: str) -> tuple[str, str]:
    """Split a host, or an IPv6 address in brackets, from its port, which is "" if there is none."""
    match = re.fullmatch(r"\[(.*)\](?::(\d*))?|([^:]*):(\d*)", address)
    host, port = (match[1] or match[3] or "", match[2] or match[4] or "") if match else (address, "")
    return host.rstrip("."), port


def _ascii(name: str) -> str:
    """Return a domain name in its `xn--` form, as DNS needs it; return a name without such a form unchanged."""
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name


def _network(text: str) -> IPv4Network | IPv6Network | tuple[()]:
    try:
        return ip_network(re.sub(r"[\[\]]", "", text), strict=False)
    except ValueError:
        return ()


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.replace("%25", "%"))  # the escaped sign before a zone, as in URLs
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def parse_proxy(proxy: str) -> Url:
    """Parse the URL of a proxy; the default scheme is `http`.

    Raises:
        ApiValueError: It is not the URL of a proxy. Neither the error nor its cause shows it: it may hold a password.
    """
    from urllib3.util import parse_url  # the same parser decides where urllib3 connects

    proxy = SecretStr(proxy)
    try:
        url = parse_url(proxy if "://" in proxy else f"http://{proxy}")
        is_valid = url.scheme in _KINDS and _HOST.fullmatch(url.host or "") and (url.host or "").isprintable()
        # An unencoded slash in a password would begin a path.
        if is_valid and url.port != 0 and "@" not in (url.path or "") and url.query is None and url.fragment is None:
            return url._replace(auth=SecretStr(url.auth)) if url.auth else url
    except ValueError:
        pass
    raise ApiValueError(
        "proxy must be a URL such as http://host:3128, http://user:password@host:3128 or socks5h://host:1080, with"
        " its credentials percent-encoded (also in IONOS_HTTP_PROXY, HTTPS_PROXY, HTTP_PROXY and ALL_PROXY)"
    ) from None


def proxy_kind(proxy: str) -> str:
    """Return the protocol of a proxy by its URL: `http`, `https` or `socks`.

    Raises:
        ApiValueError: It is not the URL of a proxy.
    """
    return _KINDS[parse_proxy(proxy).scheme or "http"]


def proxy_manager(proxy: str, configuration: Configuration, options: dict[str, Any]) -> urllib3.PoolManager:
    """Create the connection manager for a proxy: a `urllib3.ProxyManager` or a `SOCKSProxyManager`.

    Args:
        proxy: URL of the proxy.
        configuration: Settings with the headers for the proxy and, for a proxy with TLS, the trusted certificates.
        options: Options of `urllib3.PoolManager`.

    Raises:
        ApiValueError: It is not the URL of a proxy, or PySocks is needed and not installed.
    """
    import urllib3

    url = parse_proxy(proxy)
    username, password = (SecretStr(unquote(part)) for part in (url.auth or "").partition(":")[::2])
    location = f"{url.scheme}://{url.netloc}"
    if proxy_kind(proxy) == "socks":
        from importlib.util import find_spec

        if find_spec("socks") is None:  # urllib3 would also warn
            raise ApiValueError("a SOCKS proxy needs PySocks: pip install ionoscloud[socks]")
        from urllib3.contrib.socks import SOCKSProxyManager

        return SOCKSProxyManager(location, username or None, password or None, **options)
    headers: dict[str, str] = {}
    if url.auth:
        headers["proxy-authorization"] = SecretStr("Basic " + b64encode(f"{username}:{password}".encode()).decode())
    headers.update(configuration.proxy_headers or {})
    context = None
    if url.scheme == "https":
        from ionoscloud._transport.tls import shared_context

        context = shared_context(configuration)
        # urllib3 2.6 connects to a proxy that forwards plain HTTP with the options for the server.
        options = {"ssl_context": context, "cert_reqs": context.verify_mode, **options}
    return urllib3.ProxyManager(location, proxy_headers=headers, proxy_ssl_context=context, **options)
