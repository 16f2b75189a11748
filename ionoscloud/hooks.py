"""Events that the hooks of a `Configuration` receive. Their repr shows no secrets."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, fields
from typing import Any

from ionoscloud._headers import request_id_of
from ionoscloud._redaction import redact_headers, redact_url
from ionoscloud.exceptions import ApiException


@dataclass(frozen=True, repr=False)
class RequestEvent:
    """An attempt that is about to be sent; `Configuration.on_request` receives it.

    Attributes:
        operation: Name of the API method, such as `images_get`; HTTP method and path for `call_api`; `None` for
            requests that a program sends with `ApiClient.request` or the transport.
        method: HTTP method.
        url: URL with its query.
        attempt: Number of the attempt; starts at 1, and again after a redirect.
        headers: Headers to send, including credentials. Changes that a hook makes apply to this attempt only.
    """

    operation: str | None
    method: str
    url: str
    attempt: int
    headers: MutableMapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the event for `json.dumps`, with secrets masked as in logs.

        Returns:
            `event` (`"request"`), `operation`, `method`, `url`, `attempt` and `headers`.
        """
        return _as_dict(self, "request")

    def __repr__(self) -> str:
        return _repr(self)


@dataclass(frozen=True, repr=False)
class ResponseEvent:
    """An attempt that got a response or failed; `Configuration.on_response` receives it.

    Attributes:
        operation, method, url, attempt: As in `RequestEvent`.
        seconds: Duration of the attempt, until the response was read; for `_preload_content=False`, until it began.
        status: HTTP status; `None` without a response.
        headers: Response headers, with case-insensitive names; empty without a response.
        error: The error if there is no readable response; `None` for any response, also with an error status.
    """

    operation: str | None
    method: str
    url: str
    attempt: int
    seconds: float
    status: int | None
    headers: Mapping[str, str]
    error: ApiException | None

    @property
    def request_id(self) -> str | None:
        """Request id of the API, if the response has one."""
        return request_id_of(self.headers)

    @property
    def reason(self) -> str:
        """The status, or the reason of the error."""
        return str(self.status if self.error is None else self.error.reason)

    def to_dict(self) -> dict[str, Any]:
        """Return the event for `json.dumps`, with secrets masked as in logs.

        Returns:
            `event` (`"response"`), `operation`, `method`, `url`, `attempt`, `seconds`, `status`, `headers`, `error`
            (its text), `error_type` (name of its class) and `request_id`.
        """
        return _as_dict(self, "response")

    def __repr__(self) -> str:
        return _repr(self)


@dataclass(frozen=True, repr=False)
class RetryEvent(ResponseEvent):
    """An attempt that will be retried; `Configuration.on_retry` receives it before the wait.

    Attributes:
        wait: Seconds until the next attempt.
    """

    wait: float

    def to_dict(self) -> dict[str, Any]:
        """Return the event for `json.dumps`, with secrets masked as in logs.

        Returns:
            `event` (`"retry"`), the other keys of `ResponseEvent.to_dict()`, and `wait`.
        """
        return _as_dict(self, "retry")


def _repr(event: RequestEvent | ResponseEvent) -> str:
    return f"{type(event).__name__}({', '.join(f'{name}={value!r}' for name, value in _masked(event).items())})"


def _masked(event: RequestEvent | ResponseEvent) -> dict[str, Any]:
    """Return the attributes of an event with secrets masked."""
    values: dict[str, Any] = {field.name: getattr(event, field.name) for field in fields(event)}
    values.update(url=redact_url(event.url), headers=redact_headers(event.headers))
    values["operation"] = event.operation and redact_url(event.operation)  # `call_api` puts a path into it
    return values


def _as_dict(event: RequestEvent | ResponseEvent, kind: str) -> dict[str, Any]:
    values: dict[str, Any] = {"event": kind, **_masked(event)}
    # A hook can set headers that are not text, such as numbers.
    values["headers"] = {
        str(name): value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in values["headers"].items()
    }
    if isinstance(event, ResponseEvent):
        error = event.error
        values["error"] = None if error is None else str(error)
        values["error_type"] = None if error is None else type(error).__name__
        values["request_id"] = event.request_id
    return values
