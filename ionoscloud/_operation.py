"""Operations of the API and their parameters: how arguments become a path, a query, headers or a form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from ionoscloud._argument_errors import ApiTypeError, ApiValueError
from ionoscloud._checks import check_utf8, is_integer
from ionoscloud._redaction import describe_value

T = TypeVar("T")


def _encode_str(value: Any) -> str | None:
    if isinstance(value, (str, int)):  # ids of LANs are numbers
        return None if isinstance(value, bool) else str(value)
    return str(value) if type(value).__name__ == "UUID" else None


# Numbers and booleans often come as text, from the environment or the command line. 5.0.x sends such text unchanged.


def _encode_bool(value: Any) -> str | None:
    text = str(value).lower() if isinstance(value, (bool, str)) else ""
    return text if text in ("true", "false") else None


def _encode_int(value: Any) -> str | None:
    if isinstance(value, str) and value.isascii() and value.strip(" ").isdigit():
        return value.strip(" ")
    return str(value) if is_integer(value) else None


# Each encoder returns `None` for a value of the wrong type.
_ENCODERS: dict[str, Callable[[Any], str | None]] = {"str": _encode_str, "bool": _encode_bool, "int": _encode_int}


class Parameter:
    """A parameter of an operation.

    Args:
        name: Name in Python.
        wire_name: Name on the wire.
        location: `path`, `query`, `header` or `form`.
        type: `str`, `int` or `bool`.
        minimum: Smallest allowed number.
        maximum: Largest allowed number.
        required: Whether the call needs a value. A path parameter is always required.
        slashes: Whether `/` in the value of a path parameter is not encoded, as in the id of a location.
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
        self._encode = _ENCODERS[type]

    def encode(self, value: Any, operation_name: str) -> str:
        """Encode a value for the wire.

        Raises:
            ApiTypeError: The value has the wrong type.
            ApiValueError: The value is out of range, or not valid in a path.
        """
        text = self._encode(value)
        if text is None or self._out_of_range(text):
            problem = (
                f"{operation_name}: {self.name} must be {self._expectation()}, not {describe_value(value, self.name)}"
            )
            raise (ApiTypeError if text is None else ApiValueError)(problem)
        check_utf8(text, f"{operation_name}: {self.name}")
        if self.location == "path":
            parts = text.split("/") if self.slashes else (text,)
            for part in parts:
                if part in ("", ".", ".."):
                    raise ApiValueError(f"{operation_name}: {self.name} must be the id of a resource, not {text!r}")
            return "/".join([quote(part, safe="") for part in parts])
        return text

    def _out_of_range(self, text: str) -> bool:
        too_small = self.minimum is not None and int(text) < self.minimum
        return too_small or (self.maximum is not None and int(text) > self.maximum)

    def _expectation(self) -> str:
        kind = {"str": "a str", "int": "an integer", "bool": "True or False"}[self.type]
        if self.maximum is not None:
            return f"{kind} from {self.minimum or 0} to {self.maximum}"
        return kind if self.minimum is None else f"{kind} of at least {self.minimum}"


class Operation(Generic[T]):
    """An operation of the API.

    Args:
        name: Name of the method, for error messages.
        method: HTTP method.
        path: Path with the path parameters in braces, by their names on the wire.
        parameters: The parameters, in the order of the values that `encode` gets.
        body_name: Name of the argument for the body; empty if there is none.
        body_type: Model of the body.
        response_type: Type of the decoded response, as in `Model.openapi_types`.
        attaches: Whether the body may refer to an existing resource by its id.
        content_type: Content type of the body.
    """

    __slots__ = (
        "attaches",
        "body_name",
        "body_type",
        "content_type",
        "method",
        "name",
        "parameters",
        "path",
        "response_type",
    )

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        *,
        parameters: tuple[Parameter, ...] = (),
        body_name: str = "",
        body_type: str = "",
        response_type: str | None = None,
        attaches: bool = False,
        content_type: str = "application/json",
    ) -> None:
        self.name = name
        self.method = method
        self.path = path
        self.parameters = parameters
        self.body_name = body_name
        self.body_type = body_type
        self.response_type = response_type
        self.attaches = attaches
        self.content_type = content_type

    def encode(self, arguments: Sequence[Any]) -> tuple[str, dict[str, list[tuple[str, str]]]]:
        """Encode arguments. Return the path with its parameters filled in, and the other parameters by location.

        Args:
            arguments: A value for each parameter, in order; `None` for a missing one.

        Raises:
            ApiTypeError: An argument has the wrong type.
            ApiValueError: An argument is invalid, or a required one is missing.
        """
        path = self.path
        others: dict[str, list[tuple[str, str]]] = {"query": [], "header": [], "form": []}
        for parameter, value in zip(self.parameters, arguments):
            if value is None:
                if parameter.required:
                    raise ApiValueError(f"{self.name}: {parameter.name} is required, but None was given")
            elif parameter.location == "path":
                path = path.replace("{" + parameter.wire_name + "}", parameter.encode(value, self.name))
            else:
                others[parameter.location].append((parameter.wire_name, parameter.encode(value, self.name)))
        return path, others
