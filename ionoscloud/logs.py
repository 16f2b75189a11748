"""The logger of the package, and what is taken out of what it writes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

logger = logging.getLogger("ionoscloud")
logger.addHandler(logging.NullHandler())

MASK = "***"
SHOWN_HEADERS = {
    *("accept", "accept-encoding", "content-encoding", "content-length", "content-type", "date", "etag", "location"),
    *("retry-after", "server", "user-agent", "x-contract-number", "x-request-id"),
    *("x-ratelimit-burst", "x-ratelimit-limit", "x-ratelimit-remaining"),
}
# `headers` and `body` because the API repeats both of every change, secrets and all, under /requests.
_SECRET_WORDS = (
    *("password", "secret", "token", "credential", "privatekey", "accesskey", "userdata", "kubeconfig", "ssourl"),
    *("headers", "body"),
)


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with the values masked that are not known to be harmless."""
    return {name: value if name.lower() in SHOWN_HEADERS else MASK for name, value in headers.items()}


def shown_body(body: bytes | str | None) -> str:
    """Return a JSON body with its secrets masked; of any other body only the length."""
    if not body:
        return "no body"
    try:
        return json.dumps(_masked(json.loads(body)))
    except (ValueError, RecursionError):
        return f"{len(body)} bytes"


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: MASK if any(word in key.lower() for word in _SECRET_WORDS) and item is not None else _masked(item)
            for key, item in value.items()
        }
    return [_masked(item) for item in value] if isinstance(value, list) else value


def log_to_stderr(formatter: logging.Formatter) -> None:
    """Show everything on stderr, unless the program has set up a handler that shows it already."""
    logger.setLevel(logging.DEBUG)
    if not logging.getLogger().handlers and all(isinstance(h, logging.NullHandler) for h in logger.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(formatter)
        logger.addHandler(handler)


def log_to_file(path: str, formatter: logging.Formatter) -> None:
    """Write everything to a file, too; asking twice for the same file adds one handler."""
    handler = logging.FileHandler(path, delay=True)
    if not any(isinstance(h, logging.FileHandler) and h.baseFilename == handler.baseFilename for h in logger.handlers):
        handler.setFormatter(formatter)
        logger.addHandler(handler)
