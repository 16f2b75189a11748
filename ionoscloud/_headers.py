"""Validate headers, look them up case-insensitively, and parse response headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ionoscloud._argument_errors import ApiTypeError, ApiValueError
from ionoscloud._redaction import describe_value
from ionoscloud._secret_types import wrap_secrets

HTTP_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_MAX_SHOWN_NAME = 40
_OWN_HEADERS = {"Accept", "Accept-Encoding", "Authorization", "Content-Type", "User-Agent", "X-Contract-Number"}
_SECONDS = re.compile(r"\+?([0-9]+(?:\.[0-9]*)?)")


def checked_headers(headers: Mapping[Any, Any], what: str = "header") -> dict[str, str]:
    """Validate headers, and return them with text values.

    Args:
        headers: Header names and values: text, bytes (Latin-1) or integers.
        what: The kind of header, for messages. Values may be secret and are never part of a message.

    Raises:
        ApiTypeError: A name is not text, or a value is neither text nor an integer.
        ApiValueError: HTTP cannot carry a name or a value.
    """
    if _are_plain(headers):
        return dict(headers)
    result: dict[str, str] = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, (str, bytes, int)):
            raise ApiTypeError(
                f"{what} {_shown_name(name)} must have a str as its name, and a str or an integer as its value"
            )
        if not HTTP_TOKEN.fullmatch(name):
            raise ApiValueError(f"{what} {_shown_name(name)} must have a name of letters, digits and !#$%&'*+-.^_`|~")
        text = wrap_secrets(value.decode("latin-1")) if isinstance(value, bytes) else str(value)
        if not (text.replace("\t", "").isprintable() and (text.isascii() or max(text) <= "\xff")):
            raise ApiValueError(f"{what} {name} must be one line of printable Latin-1 text")
        result[name] = text
    return result


def _are_plain(headers: Mapping[Any, Any]) -> bool:
    """Return whether headers are valid and need no conversion. This fast check accepts nearly all requests."""
    try:
        values = "".join(headers.values())
        has_valid_names = _OWN_HEADERS.issuperset(headers) or all(map(HTTP_TOKEN.fullmatch, headers))
        return has_valid_names and values.isascii() and values.isprintable()
    except TypeError:
        return False


def _shown_name(name: Any) -> str:
    # A name that looks like a value may be a misplaced secret.
    return describe_value(name, secret=isinstance(name, str) and (" " in name or len(name) > _MAX_SHOWN_NAME))


def find_header(headers: Mapping[str, Any], name: str) -> str:
    """Return the spelling of a header name in `headers`, or `name` if it is missing. Case is ignored."""
    if name in headers:
        return name
    wanted = str(name).lower()
    for known in headers:
        if str(known).lower() == wanted:
            return known
    return name


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return the id of the API request from the headers of its response."""
    return request_id_in(headers.get("Location")) or headers.get("X-Request-Id")


def request_id_in(location: str | None) -> str | None:
    """Return the request id in a `Location` such as `https://.../requests/<id>/status`."""
    match = re.search(r"/requests/([^/?#]+)", location or "")
    return match.group(1) if match else None


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds in `Retry-After`, a number or a date; the largest if there are several.

    A date is relative to the `Date` of the response, because the local clock may be wrong.
    """
    value = (headers.get("Retry-After") or "").strip()
    if not value:
        return None
    numbers = [_SECONDS.fullmatch(part.strip()) for part in value.split(",") if part.strip()]
    if numbers and all(numbers):
        return max(float(number[1]) for number in numbers if number)
    moment = _parse_date(value)
    if moment is None:
        return None
    sent = _parse_date(headers.get("Date") or "") or datetime.now(timezone.utc)
    return max((moment - sent).total_seconds(), 0.0)


def _parse_date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # slow to import

    try:
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None
