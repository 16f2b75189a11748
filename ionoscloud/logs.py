"""The logger of the package, and what is taken out of what it writes."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ionoscloud.model import Value

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
    *("authorization", "cookie", "apikey", "passphrase", "passwd", "pwd", "headers", "body"),
)


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


def log_failure(what: str) -> None:
    """Log an exception that is being handled, with its traceback; on stderr where the program has set up no logging."""
    (logging.getLogger() if _nobody_listens() else logger).error("%s failed", what, exc_info=True)


def log_to_stderr(formatter: logging.Formatter) -> None:
    """Show everything on stderr, unless the program has set up a handler that shows it already."""
    logger.setLevel(logging.DEBUG)
    if _nobody_listens():
        handler = logging.StreamHandler()
        handler.setFormatter(formatter)
        logger.addHandler(handler)


def _nobody_listens() -> bool:
    return not logging.getLogger().handlers and all(isinstance(h, logging.NullHandler) for h in logger.handlers)


def log_to_file(path: str, formatter: logging.Formatter) -> None:
    """Write everything to a file, too; asking twice for the same file adds one handler."""
    handler = logging.FileHandler(path, delay=True)
    if not any(isinstance(h, logging.FileHandler) and h.baseFilename == handler.baseFilename for h in logger.handlers):
        handler.setFormatter(formatter)
        logger.addHandler(handler)
