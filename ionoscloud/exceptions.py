"""All exceptions that the package raises. They can be copied and pickled.

OpenApiException
├── ApiTypeError (TypeError)              an argument has the wrong type or an unknown name
├── ApiValueError (ValueError)            an argument is invalid; nothing was sent
├── ApiAttributeError (AttributeError)    a setting does not exist
├── ApiKeyError (KeyError)                a field does not exist
├── ApiException                          the API rejected a call, or the call failed
│   ├── BadRequestException               400
│   ├── UnauthorizedException             401
│   ├── ForbiddenException                403
│   ├── NotFoundException                 404
│   ├── ConflictException                 409
│   ├── UnprocessableEntityException      422
│   ├── TooManyRequestsException          429
│   ├── ServiceException                  5xx
│   ├── ConnectionException               no response: the connection failed
│   │   ├── TlsException                  the server is not trusted
│   │   └── TimeoutException              the server did not respond in time
│   └── ionoscloud.ImageUploadError       an image upload failed
├── ApiFailedRequest                      the API accepted a request and then failed
├── ApiTimeout (TimeoutError)             a wait timed out
└── ResourceLookupError (LookupError)     no resource matches, or several do
    └── ionoscloud.ImageLookupError       the resource is an image
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ionoscloud._argument_errors import (
    ApiAttributeError as ApiAttributeError,
    ApiKeyError as ApiKeyError,
    ApiTypeError as ApiTypeError,
    ApiValueError as ApiValueError,
    OpenApiException as OpenApiException,
    render_path as render_path,
)
from ionoscloud._headers import request_id_of, retry_after_of
from ionoscloud._redaction import (
    escape_unprintable,
    mask_secrets,
    mask_secrets_in_headers,
    mask_secrets_in_json,
    redact_url,
)

if TYPE_CHECKING:
    from ionoscloud._models.fields import Value
    from ionoscloud.models.error import Error
    from ionoscloud.models.request_status import RequestStatus

MAX_MESSAGES = 5  # messages of an error response that `str` shows
MAX_LENGTH = 500  # characters of each


class ApiException(OpenApiException):
    """The API rejected a call, or the call failed.

    Attributes:
        status: HTTP status; `None` without a response.
        reason: The reason, in a few words.
        body: Body of the response as text; `None` without a response.
        headers: Headers of the response, with case-insensitive names; `None` without a response.
        url: URL of the request with its query, which the text of the error masks.
        method: HTTP method.
        attempts: How many times the request was sent; `None` if unknown.
        out_of_time: Whether the total timeout ended the call. With a longer one, it might succeed.
        out_of_budget: Whether the retry budget that all threads of a client share was used up.
        api_version: Version of the API that the request was for; `None` if unknown.
        resource: What the API returned when it accepted a change, if a poll of `_wait` failed later.
    """

    resource: Any = None
    attempts: int | None = None
    out_of_time: bool = False
    out_of_budget: bool = False
    api_version: int | None = None

    def __init__(
        self,
        status: int | None = None,
        reason: str | None = None,
        http_resp: Any = None,
        url: str | None = None,
        method: str | None = None,
        *,
        attempts: int | None = None,
        out_of_time: bool = False,
        out_of_budget: bool = False,
        api_version: int | None = None,
    ) -> None:
        self.status = status
        self.reason = reason
        self.body: str | None = None
        self.headers: Mapping[str, str] | None = None
        self.url = url
        self.method = method
        self.attempts = attempts
        self.out_of_time = out_of_time
        self.out_of_budget = out_of_budget
        self.api_version = api_version
        if http_resp is not None:
            self.status = http_resp.status
            self.reason = http_resp.reason if reason is None else reason
            data = http_resp.data
            self.body = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
            self.headers = http_resp.headers if hasattr(http_resp, "headers") else http_resp.getheaders()
        super().__init__(self.status, self.reason)

    @classmethod
    def from_response(
        cls,
        http_resp: Any,
        url: str | None = None,
        method: str | None = None,
        secrets: Iterable[str] = (),
        *,
        reason: str | None = None,
    ) -> ApiException:
        """Return an error of the class for the status of a response.

        Args:
            http_resp: The response.
            url: URL of the request.
            method: HTTP method of the request.
            secrets: Secrets of the request, which are masked in body, headers and reason: the server may repeat them.
            reason: The reason; default that of the response.
        """
        status = http_resp.status
        error_class = _CLASS_BY_STATUS.get(status, ServiceException if 500 <= status <= 599 else ApiException)
        names = ("attempts", "out_of_time", "out_of_budget", "api_version")
        facts = {name: getattr(http_resp, name) for name in names if hasattr(http_resp, name)}
        error = error_class(reason=reason, http_resp=http_resp, url=url, method=method, **facts)
        error._mask(secrets)
        return error

    def _mask(self, secrets: Iterable[str]) -> None:
        secrets = list(secrets)
        self.body = self.body and mask_secrets_in_json(self.body, secrets)
        self.reason = self.reason and mask_secrets(self.reason, secrets)
        self.headers = self.headers and mask_secrets_in_headers(self.headers, secrets)
        self.args = (self.status, self.reason)

    @property
    def error(self) -> Error | None:
        """The parsed body (schema `Error` of the API) with its `messages`; `None` if it is not an `Error`."""
        return self._parsed()[1]

    def _parsed(self) -> tuple[str | None, Error | None, list[str]]:
        """Return the body, the `Error` in it, and its first messages as lines. The result is cached."""
        parsed = _parsed_bodies.get(self)
        if parsed is None or parsed[0] is not self.body:
            error = _error_in(self.body)
            parsed = self.body, error, _lines_of(getattr(error, "messages", None))
            _parsed_bodies[self] = parsed
        return parsed

    @property
    def request_id(self) -> str | None:
        """Request id of the API; `None` if the response does not have one."""
        return request_id_of(self.headers or {})

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before a retry, from `Retry-After`; `None` without this header."""
        return retry_after_of(self.headers or {})

    def __str__(self) -> str:
        url = redact_url(str(self.url)) if self.url else ""
        reason = shorten(self.reason) if self.reason else ""
        parts = [f"{escape_unprintable(str(self.method or ''))} {url}".strip(), f"{self.status or ''} {reason}".strip()]
        parts += self._parsed()[2]
        if self.request_id:
            parts.append(f"request id {shorten(self.request_id)}")
        if self.attempts and self.attempts > 1:
            parts.append(f"after {self.attempts} attempts")
        if self.out_of_budget:
            parts.append("the retry budget of the client is used up")
        if self.api_version == 5 and not self._is_from_api():
            parts.append("IONOS announced the end of Cloud API v5: set IONOS_API_VERSION=6 to use v6")
        return ": ".join(part for part in parts if part) or "unknown error"

    def _is_from_api(self) -> bool:
        """Return whether the response seems to come from the API, not from a server that only replaces it."""
        if (self.body or "").lstrip("\ufeff \t\r\n").startswith("<"):
            return False
        error = self.error
        is_gone = self.status in (404, 410) or (300 <= (self.status or 0) <= 399 and self.status != 304)
        return not is_gone or bool(error and (error.messages or error.http_status))


class BadRequestException(ApiException):
    """400: the API could not read the request."""


class UnauthorizedException(ApiException):
    """401: the credentials are missing or wrong."""


class ForbiddenException(ApiException):
    """403: the credentials do not permit this."""


class NotFoundException(ApiException):
    """404: the resource does not exist."""


class ConflictException(ApiException):
    """409: the current state of the resource does not permit this."""


class UnprocessableEntityException(ApiException):
    """422: the request is invalid; `error.messages` has the violations."""


class TooManyRequestsException(ApiException):
    """429: the rate limit is exceeded."""


class ServiceException(ApiException):
    """5xx: the API failed."""


class ConnectionException(ApiException):
    """The server could not be reached, or the connection broke; urllib3's error is the `__cause__`."""


class TlsException(ConnectionException):
    """The connection is not trusted or not secure: a wrong certificate, host name or protocol version."""


class TimeoutException(ConnectionException):
    """The server did not accept the connection, or did not respond, in time."""


class _WaitError(OpenApiException):
    def __init__(
        self, message: str, request_id: str | None = None, status: RequestStatus | None = None, resource: Any = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id
        self.status = status
        self.resource = resource


class ApiTimeout(_WaitError, TimeoutError):
    """A wait timed out.

    Attributes:
        message: Description of the wait, with its duration and the last status.
        request_id: Id of the request that was not done in time; `None` for other waits.
        status: The last status of the request (schema `RequestStatus`); `None` if there is none.
        resource: With `_wait`, what the API returned when it accepted the change; with `wait_until`, the last result.
    """


class ResourceLookupError(OpenApiException, LookupError):
    """The number of matching resources is not exactly one.

    Attributes:
        message: The search criteria, and the resources found or similar ones.
        candidates: The matching resources; empty if there is none.
    """

    def __init__(self, message: str, candidates: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.candidates = list(candidates)


class ApiFailedRequest(_WaitError):
    """The API accepted a request, and then failed to carry it out.

    Attributes:
        message: The request id, the reason that the server gives, and the resources of the request.
        request_id: Id of the request; `None` if the state of a resource shows the failure.
        status: The status of the request (schema `RequestStatus`); `None` if there is none.
        resource: With `_wait`, what the API returned when it accepted the change; with `wait_until`, the last result.
    """


_CLASS_BY_STATUS: dict[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    409: ConflictException,
    422: UnprocessableEntityException,
    429: TooManyRequestsException,
}


# Not in the exceptions, so that their pickles and copies do not contain the body twice.
_parsed_bodies: WeakKeyDictionary[ApiException, tuple[str | None, Error | None, list[str]]] = WeakKeyDictionary()


def _error_in(body: str | None) -> Error | None:
    from ionoscloud._json import parse_json
    from ionoscloud.models.error import Error

    try:
        data: Value = parse_json(body or "")
    except ValueError:
        return None
    return Error._decode(data) if isinstance(data, dict) else None


def _lines_of(messages: Any) -> list[str]:
    """Return the first messages of an error response as lines, and the number of further ones."""
    if not isinstance(messages, list):
        return []
    lines: list[str] = []
    listed: list[Any] = messages  # pyright: ignore[reportUnknownVariableType]
    for message in listed[:MAX_MESSAGES]:
        code, text = getattr(message, "error_code", None), getattr(message, "message", message)
        shown = f"[{shorten(code)}]" if code else ""
        lines.append(f"{shown} {'' if text is None else shorten(text)}".strip())
    return [*lines, f"and {len(listed) - MAX_MESSAGES:,} more"] if listed[MAX_MESSAGES:] else lines


def shorten(text: Any) -> str:
    """Return text from a server on one line, with at most `MAX_LENGTH` characters."""
    text = str(text)
    return escape_unprintable(text[:MAX_LENGTH]) + ("..." if len(text) > MAX_LENGTH else "")
