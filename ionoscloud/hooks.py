"""What the hooks of a `Configuration` are handed. None of it shows secrets when it is printed or logged."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, fields

from ionoscloud._headers import request_id_of
from ionoscloud._redaction import shown_headers, shown_url
from ionoscloud.exceptions import ApiException


@dataclass(frozen=True, repr=False)
class RequestEvent:
    """An attempt that is about to be sent; `Configuration.on_request` gets it.

    Attributes:
        operation: Name of the method that was called, such as `images_get`; for `call_api` verb and path; `None` for a
            request that was made without either.
        method: HTTP method.
        url: URL with its query.
        attempt: Which attempt it is, from 1 on; anew after a redirect.
        headers: What goes out, credentials included. What a hook changes here holds for this attempt.
    """

    operation: str | None
    method: str
    url: str
    attempt: int
    headers: MutableMapping[str, str]

    def __repr__(self) -> str:
        return _shown(self)


@dataclass(frozen=True, repr=False)
class ResponseEvent:
    """An attempt that was answered or failed; `Configuration.on_response` gets it.

    Attributes:
        operation, method, url, attempt: As in `RequestEvent`.
        seconds: How long the attempt took, until its answer was read; for `_preload_content=False`, until it began.
        status: HTTP status; `None` when no answer came.
        headers: Headers of the answer, whatever the case of their names; empty when none came.
        error: Why there is no answer that can be read; `None` for every answer that can, also for a refusal.
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
        """Id of the request at the API, where the answer names it."""
        return request_id_of(self.headers)

    @property
    def reason(self) -> str:
        """The status, or what went wrong, in a few words."""
        return str(self.status if self.error is None else self.error.reason)

    def __repr__(self) -> str:
        return _shown(self)


@dataclass(frozen=True, repr=False)
class RetryEvent(ResponseEvent):
    """An attempt after which the request is sent again; `Configuration.on_retry` gets it before the wait.

    Attributes:
        wait: Seconds until the next attempt.
    """

    wait: float


def _shown(event: RequestEvent | ResponseEvent) -> str:
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    values.update(url=shown_url(event.url), headers=shown_headers(event.headers))
    values["operation"] = event.operation and shown_url(event.operation)  # that of `call_api` has a path, too
    return f"{type(event).__name__}({', '.join(f'{name}={value!r}' for name, value in values.items())})"
