"""Every error that a caller can meet. All of them can be copied and pickled whole."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ionoscloud._redaction import printable, redacted, redacted_headers, redacted_json, shown_url

if TYPE_CHECKING:
    from ionoscloud._models.base import Value
    from ionoscloud.images.transfer import Transfer
    from ionoscloud.models.error import Error
    from ionoscloud.models.image import Image

Path = Sequence["str | int"]
_SECONDS = re.compile(r"\+?([0-9]+(?:\.[0-9]*)?)")

MESSAGES = 5  # of a refusal that its text has
LENGTH = 500  # characters of each


class OpenApiException(Exception):
    """The base of all errors of this package."""

    def __copy__(self) -> OpenApiException:
        return _rebuild(type(self), self.args, {**self.__dict__, "__cause__": self.__cause__})

    def __deepcopy__(self, memo: dict[int, Any]) -> OpenApiException:
        state = copy.deepcopy(self.__dict__, memo)
        return _rebuild(type(self), self.args, {**state, "__cause__": self.__cause__})

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls the class with `args`, which is wrong for every class with another signature.
        state = dict(self.__dict__)
        if self.__cause__ is not None and can_be_pickled(self.__cause__):
            state["__cause__"] = self.__cause__
        return _rebuild, (type(self), self.args, state)


def _rebuild(cls: type[OpenApiException], args: tuple[Any, ...], state: dict[str, Any]) -> OpenApiException:
    error = cls.__new__(cls, *args)
    error.args = args
    cause = state.pop("__cause__", None)
    if cause is not None:
        error.__cause__ = cause
    error.__dict__.update(state)
    return error


def can_be_pickled(value: object) -> bool:
    """Say whether a value comes through `pickle`."""
    import pickle  # whoever comes here has imported it

    try:
        pickle.loads(pickle.dumps(value))
    except Exception:  # whatever a foreign class raises, it means no
        return False
    return True


class ApiTypeError(OpenApiException, TypeError):
    """An argument of the wrong type or of an unknown name.

    Attributes:
        path_to_item: Names and indexes that lead to the culprit.
        valid_classes: The types that would be right.
        key_type: Whether the culprit is a key of a mapping and not a value.
    """

    def __init__(
        self,
        msg: str,
        path_to_item: Path | None = None,
        valid_classes: tuple[type, ...] | None = None,
        key_type: bool | None = None,
    ) -> None:
        super().__init__(_with_path(msg, path_to_item))
        self.path_to_item = path_to_item
        self.valid_classes = valid_classes
        self.key_type = key_type


class _ErrorWithPath(OpenApiException):
    def __init__(self, msg: str, path_to_item: Path | None = None) -> None:
        super().__init__(_with_path(msg, path_to_item))
        self.path_to_item = path_to_item


class ApiValueError(_ErrorWithPath, ValueError):
    """A value that cannot be right; `path_to_item` leads to it."""


class ApiAttributeError(_ErrorWithPath, AttributeError):
    """An attribute that does not exist; `path_to_item` leads to it."""


class ApiKeyError(_ErrorWithPath, KeyError):
    """A key that does not exist; `path_to_item` leads to it."""

    __str__ = Exception.__str__  # KeyError would quote the message


class ApiException(OpenApiException):
    """A call that went wrong on the way or that the API refused.

    Attributes:
        status: HTTP status of the answer; `None` when there was none.
        reason: What went wrong, in a few words.
        body: Body of the answer as text; `None` when there was none.
        headers: Headers of the answer, whatever the case of their names; `None` when there was none.
        url: URL that was asked for, with its query, which the text of the error masks.
        method: HTTP method that was used.
        attempts: How often the request was sent; `None` when it is not known.
        out_of_time: Whether the total timeout put an end to it: without, there would have been more to wait for.
        out_of_budget: Whether the retries that all threads of a client share were used up, and put an end to it.
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
    ) -> None:
        self.status = status
        self.reason = reason
        self.body: str | None = None
        self.headers: Mapping[str, str] | None = None
        self.url = url
        self.method = method
        if http_resp is not None:
            self.status = http_resp.status
            self.reason = http_resp.reason if reason is None else reason
            data = http_resp.data
            self.body = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
            self.headers = http_resp.headers if hasattr(http_resp, "headers") else http_resp.getheaders()
        super().__init__(self.status, self.reason)

    @classmethod
    def from_response(
        cls, http_resp: Any, url: str | None = None, method: str | None = None, secrets: Iterable[str] = ()
    ) -> ApiException:
        """Make the error of the class that stands for the answer's status.

        Args:
            http_resp: The answer.
            url: URL that was asked for.
            method: HTTP method that was used.
            secrets: Those of the request, which the server may repeat: they are masked in body and reason.
        """
        status = http_resp.status
        error_class = _CLASS_BY_STATUS.get(status, ServiceException if 500 <= status <= 599 else ApiException)
        error = error_class(http_resp=http_resp, url=url, method=method)
        error._mask(secrets)
        return error

    def _mask(self, secrets: Iterable[str]) -> None:
        secrets = list(secrets)
        self.body = self.body and redacted_json(self.body, secrets)
        self.reason = self.reason and redacted(self.reason, secrets)
        self.headers = self.headers and redacted_headers(self.headers, secrets)
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
        return retry_after_in(self.headers or {})

    def __str__(self) -> str:
        url = shown_url(str(self.url)) if self.url else ""
        reason = shortened(self.reason) if self.reason else ""
        parts = [f"{printable(str(self.method or ''))} {url}".strip(), f"{self.status or ''} {reason}".strip()]
        parts += self._parsed()[2]
        if self.request_id:
            parts.append(f"request id {shortened(self.request_id)}")
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


class ImageLookupError(OpenApiException, LookupError):
    """Not exactly one image is what was asked for.

    Attributes:
        message: What was asked for, and what was found instead.
        candidates: The images to choose from, newest first; empty when there is none.
    """

    def __init__(self, message: str, candidates: Sequence[Image] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.candidates = list(candidates)


class ImageUploadError(ApiException):
    """An upload that did not come to its end; what went wrong first is the `__cause__`.

    Where that is an `ApiException`, its status, body and headers are also found here.

    Attributes:
        message: What went wrong, and what became of the image in each location.
        transfers: The transfers to all locations; each says what became of it.
        images: The images that were listed so far.
    """

    def __init__(
        self,
        message: str,
        transfers: Sequence[Transfer] = (),
        images: Sequence[Image] = (),
        cause: BaseException | None = None,
    ) -> None:
        super().__init__()
        if isinstance(cause, ApiException):
            self.__dict__.update(vars(cause))
        self.args = (message,)
        self.message = message
        self.transfers = list(transfers)
        self.images = list(images)

    def __str__(self) -> str:
        return self.message


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


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return the id of the request that the headers of an answer name."""
    return request_id_in(headers.get("Location")) or headers.get("X-Request-Id")


def _error_in(body: str | None) -> Error | None:
    from ionoscloud._models.json import parse_json
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
    for message in listed[:MESSAGES]:
        code, text = getattr(message, "error_code", None), getattr(message, "message", message)
        shown = f"[{shortened(code)}]" if code else ""
        lines.append(f"{shown} {'' if text is None else shortened(text)}".strip())
    return [*lines, f"and {len(listed) - MESSAGES:,} more"] if listed[MESSAGES:] else lines


def shortened(text: Any) -> str:
    """Return text of a server on one line, and not too long."""
    text = str(text)
    return printable(text[:LENGTH]) + ("..." if len(text) > LENGTH else "")


def retry_after_in(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` names, as a number or as a date; the longest where it names several.

    A date counts from the `Date` of the same response: the clock of this machine may be wrong.
    """
    value = (headers.get("Retry-After") or "").strip()
    if not value:
        return None
    numbers = [_SECONDS.fullmatch(part.strip()) for part in value.split(",") if part.strip()]
    if numbers and all(numbers):
        return max(float(number[1]) for number in numbers if number)
    moment = _moment(value)
    if moment is None:
        return None
    sent = _moment(headers.get("Date") or "") or datetime.now(timezone.utc)
    return max((moment - sent).total_seconds(), 0.0)


def _moment(text: str) -> datetime | None:
    """Return the moment that an HTTP date names; `None` for any other text."""
    from email.utils import parsedate_to_datetime  # seldom needed, and slow to import

    try:
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None


def request_id_in(location: str | None) -> str | None:
    """Return the request id in a `Location` such as `https://.../requests/<id>/status`."""
    match = re.search(r"/requests/([^/?#]+)", location or "")
    return match.group(1) if match else None


def render_path(path_to_item: Path) -> str:
    """Return the path as text, such as `['items'][0]['id']`."""
    return "".join(f"[{part!r}]" for part in path_to_item)


def _with_path(message: str, path_to_item: Path | None) -> str:
    return f"{message} at {render_path(path_to_item)}" if path_to_item else message
