"""Build and validate the base URL of the API."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ionoscloud.emulator.document import BASE_PATHS
from ionoscloud.emulator.messages import HttpRequest

_HOST = re.compile(r"([\w.~-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", re.ASCII)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def build_url(scheme: str, host: str, path: str) -> str:
    """Build a base URL, without the default port of the scheme, as clients do."""
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS[scheme])}{path}"


def request_host(request: HttpRequest) -> str | None:
    """Return the host and port that a client sent a request to; None if they are missing or invalid."""
    absolute = re.match("https?://([^/?#]*)", request.target)
    host = absolute[1] if absolute else request.headers.get("Host", "")
    return host if _HOST.fullmatch(host) else None


def parse_base_url(url: str) -> str:
    """Validate a base URL for the API, and return it without the base path of a version.

    Raises:
        ValueError: It is not a base URL.
    """
    try:
        parts = urlsplit(url if re.fullmatch("[!-~]+", url) else "")
        is_valid = parts.scheme in _DEFAULT_PORTS and _HOST.fullmatch(parts.netloc) and parts.port != 0
    except (TypeError, ValueError):
        parts, is_valid = urlsplit(""), False
    if not is_valid or set("?#") & {*url}:
        raise ValueError(
            f"base_url must be a URL such as https://cloud.example.com, with no user or query, not {url!r}"
        )
    path = parts.path.rstrip("/")
    base = next((base for base in BASE_PATHS.values() if path.endswith(base)), "")
    return build_url(parts.scheme, parts.netloc, path.removesuffix(base))
