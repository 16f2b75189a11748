"""What may be shown: every text that reaches a log, an error or a repr goes through here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from ionoscloud.model import Value

MASK = "***"
SHOWN_HEADERS = {
    *("accept", "accept-encoding", "content-encoding", "content-length", "content-type", "date", "etag", "location"),
    *("retry-after", "server", "user-agent", "x-contract-number", "x-request-id"),
    *("x-ratelimit-burst", "x-ratelimit-limit", "x-ratelimit-remaining"),
}
# `headers` and `body` because the API repeats both of every change, secrets and all, under /requests.
_SECRET_WORDS = (
    *("password", "secret", "token", "credential", "privatekey", "accesskey", "userdata", "kubeconfig", "ssourl"),
    *("authorization", "cookie", "apikey", "passphrase", "passwd", "pwd", "headers", "body"),
)


class SecretStr(str):
    """A `str` whose `repr` is masked, so that debuggers and error trackers do not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)

    def __str__(self) -> str:
        return self


def printable(text: str) -> str:
    """Return a text on one line, with what is not printable escaped as in a Python literal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return a text with each secret masked, as it is and percent-encoded."""
    spellings = {spelling for secret in secrets for spelling in (str(secret), quote(secret, "", errors="replace"))}
    found = "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True) if spelling)
    return re.sub(found, MASK, text) if found else text


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with the values masked that are not known to be harmless."""
    shown = {name: value if name.lower() in SHOWN_HEADERS else MASK for name, value in headers.items()}
    return {name: shown_url(value) if name.lower() == "location" else value for name, value in shown.items()}


def shown_url(url: str) -> str:
    """Return a URL with its user, and the values of its query, masked."""
    url = re.sub(r"(?<=//)[^/?#]*@", f"{MASK}@", url)
    return re.sub(r"(?<==)[^&#]+", MASK, url)


def shown_body(body: bytes | str | None) -> str:
    """Return an object or a list in JSON with its secrets masked; of any other body only the length."""
    if not body:
        return "no body"
    try:
        data: Value = json.loads(body)
        return json.dumps(masked(data)) if isinstance(data, (dict, list)) else f"{len(body)} bytes"
    except (ValueError, RecursionError):
        return f"{len(body)} bytes"


def masked(value: Value) -> Any:
    """Return dicts and lists with the values masked whose names, on the wire or in Python, stand for secrets."""
    if isinstance(value, dict):
        return {key: MASK if item is not None and _is_secret(key) else masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def _is_secret(key: object) -> bool:
    name = str(key).lower().replace("_", "").replace("-", "")
    return any(word in name for word in _SECRET_WORDS)
