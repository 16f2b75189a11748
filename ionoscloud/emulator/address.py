"""The base URL of the API, as a client sees it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ionoscloud.emulator.messages import HttpRequest

_HOST = re.compile(r"([\w.~-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", re.ASCII)
_USUAL_PORTS = {"http": ":80", "https": ":443"}


def url_at(scheme: str, host: str, path: str) -> str:
    """Puts a base URL together; clients leave out the usual port, so it does, too."""
    return f"{scheme}://{host.removesuffix(_USUAL_PORTS[scheme])}{path}"


def host_of(request: HttpRequest) -> str | None:
    """The host and port that a client sent a request to; None if it does not say."""
    absolute = re.match("https?://([^/?#]*)", request.target)
    host = absolute[1] if absolute else request.headers.get("Host", "")
    return host if _HOST.fullmatch(host) else None


def checked_base_url(url: str, path: str) -> str:
    """A base URL that was given for the API, whose own path is at the end of it.

    Raises:
        ValueError: It cannot be one.
    """
    try:
        parts = urlsplit(url if re.fullmatch("[!-~]+", url) else "")
        right = parts.scheme in _USUAL_PORTS and _HOST.fullmatch(parts.netloc) and parts.port != 0
    except (TypeError, ValueError):
        parts, right = urlsplit(""), False
    if not right or set("?#") & {*url}:
        raise ValueError(
            f"base_url must be a URL such as https://cloud.example.com, with no user or query, not {url!r}"
        )
    return url_at(parts.scheme, parts.netloc, parts.path.rstrip("/").removesuffix(path) + path)
