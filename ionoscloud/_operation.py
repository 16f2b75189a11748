"""What the generated methods state: operations, their parameters, and the options that every call takes."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, Union
from urllib.parse import quote

from ionoscloud._checks import is_whole
from ionoscloud._errors import ApiTypeError, ApiValueError
from ionoscloud._redaction import shown_value

T = TypeVar("T")
Timeout = Union[float, "tuple[float, float]"]

if TYPE_CHECKING:
    from typing import Literal

    from typing_extensions import Required, Unpack as Unpack
    from urllib3._collections import HTTPHeaderDict

    Answer = tuple[T, int, HTTPHeaderDict]
else:
    # Only for `typing.get_type_hints`; Python has `Unpack` from 3.11 on.
    Unpack = getattr(typing, "Unpack", None)
    Answer = tuple[T, int, Mapping[str, str]]


class _CommonOptions(TypedDict, total=False):
    _request_timeout: Timeout | None
    _total_timeout: float | None
    _request_auth: Mapping[str, Any] | None
    query_params: Mapping[str, Any] | None


class CallOptions(_CommonOptions, total=False):
    """The options of every method.

    Keys:
        async_req: True to run the call in a thread: the method returns at once, `.get()` of what it returns waits for
            the result. Default False.
        _preload_content: False to get the open `urllib3.HTTPResponse` instead of its decoded body; whoever reads it
            also releases it. While it is read, only the read timeout holds, and `max_response_bytes` does not: read it
            in pieces, `response.stream(65536)`. Default True.
        _return_http_data_only: True to get the data alone from a `..._with_http_info` method. Default False.
        _request_timeout: Seconds to wait for the connection and for each read, or a pair of both; default, and 0,
            `Configuration.timeout`.
        _total_timeout: Seconds for the whole call with all its attempts; default `Configuration.total_timeout`.
        _request_auth: Authentication for this call, as an entry of `Configuration.auth_settings()`.
        response_type: Decode the answer as this type (`"object"` for plain dicts) instead of the documented one.
        query_params: More query parameters by their names on the wire, such as `{"filter.name": "ubuntu"}`; a list
            repeats the parameter.
    """

    async_req: bool | None
    _preload_content: bool
    _return_http_data_only: bool | None
    response_type: str | type | None


OPTION_NAMES = CallOptions.__optional_keys__

if TYPE_CHECKING:
    # The options that lead to one result, for the overloads in api/*.pyi. What is none of these has the result `Any`.

    class _DecodedCall(_CommonOptions, total=False):
        _preload_content: Literal[True]
        response_type: None

    class _SyncCall(_DecodedCall, total=False):
        async_req: Literal[False] | None

    class _ThreadCall(_DecodedCall, total=False):
        async_req: Required[Literal[True]]

    class Call(_SyncCall, total=False):
        _return_http_data_only: bool | None

    class CallWithInfo(_SyncCall, total=False):
        _return_http_data_only: Literal[False] | None

    class DataCall(_SyncCall, total=False):
        _return_http_data_only: Required[Literal[True]]

    class AsyncCall(_ThreadCall, total=False):
        _return_http_data_only: bool | None

    class AsyncCallWithInfo(_ThreadCall, total=False):
        _return_http_data_only: Literal[False] | None

    class RawCall(_CommonOptions, total=False):
        async_req: Literal[False] | None
        _preload_content: Required[Literal[False]]
        _return_http_data_only: bool | None
        response_type: str | type | None


def utf8(text: str, name: str) -> str:
    """Return the text, which must be such as UTF-8 can carry.

    Raises:
        ApiValueError: It has half of a surrogate pair; the message has the name but not the text.
    """
    if not (text.isascii() or _is_utf8(text)):
        # Not while the error of Python is handled: it holds the text.
        raise ApiValueError(f"{name} must be text that UTF-8 can carry: it has half of a surrogate pair")
    return text


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Parameter:
    """A parameter of an operation.

    Args:
        name: Name in Python.
        wire_name: Name on the wire.
        location: `path`, `query`, `header` or `form`.
        type: `str`, `int` or `bool`.
        minimum: Smallest number permitted.
        maximum: Largest number permitted.
        required: Whether it must be given; a path parameter always must.
        slashes: Whether the `/` in the value of a path parameter goes out as it is, as in the id of a location.
    """

    __slots__ = ("_encode", "location", "maximum", "minimum", "name", "required", "slashes", "type", "wire_name")

    def __init__(
        self,
        name: str,
        wire_name: str,
        location: str,
        type: str = "str",
        *,
        minimum: int | None = None,
        maximum: int | None = None,
        required: bool = False,
        slashes: bool = False,
    ) -> None:
        self.name = name
        self.wire_name = wire_name
        self.location = location
        self.type = type
        self.minimum = minimum
        self.maximum = maximum
        self.required = required or location == "path"
        self.slashes = slashes
        self._encode: Callable[[Any], str | None] = getattr(self, f"_encode_{type}")

    def encode(self, value: Any, operation_name: str) -> str:
        """Return the value as text for the wire.

        Raises:
            ApiTypeError: The value is of the wrong type.
            ApiValueError: The value cannot be right.
        """
        text = self._encode(value)
        if text is None or self._out_of_range(text):
            problem = (
                f"{operation_name}: {self.name} must be {self._expectation()}, not {shown_value(value, self.name)}"
            )
            raise (ApiTypeError if text is None else ApiValueError)(problem)
        utf8(text, f"{operation_name}: {self.name}")
        if self.location == "path":
            parts = text.split("/") if self.slashes else (text,)
            for part in parts:
                if part in ("", ".", ".."):
                    raise ApiValueError(f"{operation_name}: {self.name} must be the id of a resource, not {text!r}")
            return "/".join([quote(part, safe="") for part in parts])
        return text

    def _encode_str(self, value: Any) -> str | None:
        # Ids of LANs are numbers, and tools hand them over as such.
        if isinstance(value, (str, int)):
            return None if isinstance(value, bool) else str(value)
        return str(value) if type(value).__name__ == "UUID" else None

    # Numbers and switches often come as text, from the environment or a command line; 5.0.x sends them.

    def _encode_bool(self, value: Any) -> str | None:
        text = str(value).lower() if isinstance(value, (bool, str)) else ""
        return text if text in ("true", "false") else None

    def _encode_int(self, value: Any) -> str | None:
        if isinstance(value, str) and value.isascii() and value.strip(" ").isdigit():
            return value.strip(" ")
        return str(value) if is_whole(value) else None

    def _out_of_range(self, text: str) -> bool:
        too_small = self.minimum is not None and int(text) < self.minimum
        return too_small or (self.maximum is not None and int(text) > self.maximum)

    def _expectation(self) -> str:
        kind = {"str": "a str", "int": "an integer", "bool": "True or False"}[self.type]
        if self.maximum is not None:
            return f"{kind} from {self.minimum or 0} to {self.maximum}"
        return kind if self.minimum is None else f"{kind} of at least {self.minimum}"


class Operation(Generic[T]):
    """An operation of the API: what its method needs to call it.

    Args:
        name: Name of the method, for messages.
        method: HTTP method.
        path: Path with the path parameters in braces by their names on the wire.
        parameters: The parameters, in the order in which their values come.
        body: Name and model of the body, such as `image: ImageProperties`; `None` when it has none.
        answer: Type of the decoded answer, as in `Model.openapi_types`.
        attaches: Whether the body may name a resource that exists, by its id.
        content_type: Content type of the body.
    """

    __slots__ = ("answer", "attaches", "body_name", "body_type", "content_type", "method", "name", "parameters", "path")

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        *,
        parameters: tuple[Parameter, ...] = (),
        body: str | None = None,
        answer: str | None = None,
        attaches: bool = False,
        content_type: str = "application/json",
    ) -> None:
        self.name = name
        self.method = method
        self.path = path
        self.parameters = parameters
        self.body_name, _, self.body_type = (body or "").partition(": ")
        self.answer = answer
        self.attaches = attaches
        self.content_type = content_type

    def encode(self, arguments: Sequence[Any]) -> tuple[str, dict[str, list[tuple[str, str]]]]:
        """Return the path with its arguments in it, and the other arguments by where they go.

        Args:
            arguments: A value for each parameter, in order; `None` for one that was not given.

        Raises:
            ApiTypeError: An argument is of the wrong type.
            ApiValueError: An argument cannot be right, or one that is required was not given.
        """
        path = self.path
        others: dict[str, list[tuple[str, str]]] = {"query": [], "header": [], "form": []}
        for parameter, value in zip(self.parameters, arguments):
            if value is None:
                if parameter.required:
                    raise ApiValueError(f"{self.name}: {parameter.name} is required, and None was given")
            elif parameter.location == "path":
                path = path.replace("{" + parameter.wire_name + "}", parameter.encode(value, self.name))
            else:
                others[parameter.location].append((parameter.wire_name, parameter.encode(value, self.name)))
        return path, others
