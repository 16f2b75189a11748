"""Every error that a caller can meet. All of them can be copied and pickled.

OpenApiException
├── ApiTypeError (TypeError)              an argument has the wrong type or an unknown name
├── ApiValueError (ValueError)            an argument is invalid; nothing was sent
├── ApiAttributeError (AttributeError)    a setting does not exist
├── ApiKeyError (KeyError)                a field does not exist
├── ApiException                          the API refused a call, or the call failed
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
└── ionoscloud.ImageLookupError           an image was not found, or several were
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ionoscloud._errors import (
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

MAX_MESSAGES = 5  # of a refusal that its text has
MAX_LENGTH = 500  # characters of each


class ApiException(OpenApiException):
    """The API refused a call, or the call failed.

    Attributes:
        status: HTTP status; `None` without a response.
        reason: The reason, in a few words.
        body: Body of the response as text; `None` without a response.
        headers: Headers of the response, with case-insensitive names; `None` without a response.
        url: URL of the request with its query, which the text of the error masks.
        method: HTTP method.
        attempts: How many times the request was sent; `None` if unknown.
        out_of_time: Whether the total timeout ended the call; a longer one could have helped.
        out_of_budget: Whether the retry budget that all threads of a client share was used up.
    """

    attempts: int | None = None
    out_of_time: bool = False
    out_of_budget: bool = False

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
            secrets: Secrets of the request. The server may repeat them: they are masked in body and reason.
            reason: The reason; default that of the response.
        """
        status = http_resp.status
        error_class = _CLASS_BY_STATUS.get(status, ServiceException if 500 <= status <= 599 else ApiException)
        names = ("attempts", "out_of_time", "out_of_budget")
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
        """The parsed body (schema `Error` of the API) with its `messages`; `None` when the body is no such thing."""
        return self._parsed()[1]

    def _parsed(self) -> tuple[str | None, Error | None, list[str]]:
        """Return the body, what it is parsed as, and the lines of its first messages; parsed once."""
        parsed = _parsed_bodies.get(self)
        if parsed is None or parsed[0] is not self.body:
            error = _error_in(self.body)
            parsed = self.body, error, _lines_of(getattr(error, "messages", None))
            _parsed_bodies[self] = parsed
        return parsed

    @property
    def request_id(self) -> str | None:
        """Id of the request at the API, where the answer's headers name it."""
        return request_id_of(self.headers or {})

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait before another attempt (`Retry-After`), where it does."""
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
        return ": ".join(part for part in parts if part) or "unknown error"


class BadRequestException(ApiException):
    """400: the API could not read the request."""


class UnauthorizedException(ApiException):
    """401: no or wrong credentials."""


class ForbiddenException(ApiException):
    """403: the credentials do not permit this."""


class NotFoundException(ApiException):
    """404: there is no such resource."""


class ConflictException(ApiException):
    """409: the state of the resource does not permit this now."""


class UnprocessableEntityException(ApiException):
    """422: the API read the request and found it invalid; `error.messages` say where."""


class TooManyRequestsException(ApiException):
    """429: more requests than the rate limit allows."""


class ServiceException(ApiException):
    """5xx: the API failed."""


class ConnectionException(ApiException):
    """The server could not be reached, or the connection broke; urllib3's error is the `__cause__`."""


class TlsException(ConnectionException):
    """The connection is not trusted or not secure: a wrong certificate, host name or protocol version."""


class TimeoutException(ConnectionException):
    """The server did not take the connection or did not answer in time."""


class ApiTimeout(OpenApiException, TimeoutError):
    """What was waited for did not happen in time.

    Attributes:
        message: What was waited for, and for how long.
        request_id: Id of the request that was waited for, if it was one.
    """

    def __init__(self, message: str, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id


class ApiFailedRequest(OpenApiException):
    """A request that the API accepted and then failed to carry out.

    Attributes:
        message: What the server says of it.
        request_id: Id of the request.
    """

    def __init__(self, message: str, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id


_CLASS_BY_STATUS: dict[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    409: ConflictException,
    422: UnprocessableEntityException,
    429: TooManyRequestsException,
}


# Not in the errors, so that pickles and copies have the body once.
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
    """Return the first messages of a refusal, each as a line, and how many there are more."""
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
    """Return text of a server on one line, and not too long."""
    text = str(text)
    return escape_unprintable(text[:MAX_LENGTH]) + ("..." if len(text) > MAX_LENGTH else "")
