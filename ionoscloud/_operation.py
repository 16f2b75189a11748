"""Operations of the API and their parameters: how arguments become a path, a query, headers or a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from json import loads
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from ionoscloud._argument_errors import ApiTypeError, ApiValueError
from ionoscloud._checks import check_utf8, is_integer
from ionoscloud._redaction import describe_value
from ionoscloud._versions import VERSIONS, is_missing, with_changes

JSON = "application/json"

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
        since: First version of the API that has the parameter.
        until: Last version of the API that has it.
    """

    __slots__ = (
        "_encode",
        "location",
        "maximum",
        "minimum",
        "name",
        "required",
        "since",
        "slashes",
        "type",
        "until",
        "wire_name",
    )

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
        since: int = VERSIONS[0],
        until: int = VERSIONS[-1],
    ) -> None:
        self.name = name
        self.wire_name = wire_name
        self.location = location
        self.type = type
        self.minimum = minimum
        self.maximum = maximum
        self.required = required or location == "path"
        self.slashes = slashes
        self.since = since
        self.until = until
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
        body_required: Whether the call needs a body.
        response_type: Type of the decoded response, as in `Model.openapi_types`.
        attaches: Whether the body may refer to an existing resource by its id.
        content_type: Content type of the body.
        accept: Content types that the response can have.
        waits_for: What shows that the change is done: its `request`, the `state` of the resource, or its `deletion`;
            empty if it is done when the response comes.
        resource_path: Path that returns the changed resource; empty if there is none.
        page_size: Number of items in a list if the call does not set `limit`; 0 for other operations.
        since: First version of the API that has the operation.
        until: Last version of the API that has it.
        v6: The arguments above that differ in Cloud API v6.
    """

    __slots__ = (
        "_newer",
        "_v6",
        "accept",
        "attaches",
        "body_name",
        "body_required",
        "body_type",
        "body_types",
        "content_type",
        "method",
        "name",
        "page_size",
        "parameters",
        "path",
        "resource_path",
        "response_type",
        "since",
        "until",
        "waits_for",
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
        body_required: bool = True,
        response_type: str | None = None,
        attaches: bool = False,
        content_type: str = JSON,
        accept: str = JSON,
        waits_for: str = "",
        resource_path: str = "",
        page_size: int = 0,
        since: int = VERSIONS[0],
        until: int = VERSIONS[-1],
        v6: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.method = method
        self.path = path
        self.parameters = parameters
        self.body_name = body_name
        self.body_type = body_type
        self.body_types: tuple[str, ...] = (body_type,)
        self.body_required = body_required
        self.response_type = response_type
        self.attaches = attaches
        self.content_type = content_type
        self.accept = accept
        self.waits_for = waits_for
        self.resource_path = resource_path
        self.page_size = page_size
        self.since = since
        self.until = until
        self._v6 = v6
        self._newer: Operation[T] | None = None

    def in_version(self, version: int, arguments: Sequence[Any], body: Any) -> tuple[Operation[T], Any]:
        """Return the operation and the body as a version of the API has them.

        Args:
            version: Version of the API.
            arguments: A value for each parameter, in order; `None` for a missing one.
            body: The body, or `None`.

        Raises:
            ApiTypeError: A field of a form has the wrong type.
            ApiValueError: The version lacks the operation or its body, or a field of a form is invalid.
        """
        if not self.since <= version <= self.until:
            raise ApiValueError(is_missing(f"{self.name}()", version, self.since, self.until))
        if self._v6 is None:
            return self, body
        if version < 6:
            if body is not None and not self.body_name:
                raise ApiValueError(is_missing(f"{self.name}: {self._v6['body_name']}", version, 6, VERSIONS[-1]))
            return self, body
        newer = self._newer
        if newer is None:
            newer = with_changes(self, self._v6)
            newer.body_types = tuple(dict.fromkeys((newer.body_type, self.body_type)))
            if newer.content_type == JSON:
                newer.parameters = tuple(parameter for parameter in self.parameters if parameter.location != "form")
            self._newer = newer
        if newer.content_type != self.content_type:
            body = self._form_as_body(arguments, body, newer.body_name)
        return newer, body

    def _form_as_body(self, arguments: Sequence[Any], body: Any, body_name: str) -> Any:
        """Return the body with the fields of the form as its properties."""
        properties: dict[str, Any] = {}
        for parameter, value in zip(self.parameters, arguments):
            if parameter.location == "form" and value is not None:
                if body is not None:
                    raise ApiValueError(f"{self.name}: {parameter.name} cannot be combined with {body_name}")
                text = parameter.encode(value, self.name)
                properties[parameter.wire_name] = text if parameter.type == "str" else loads(text)
        return {"properties": properties} if properties else body

    def encode(self, arguments: Sequence[Any], version: int) -> tuple[str, dict[str, list[tuple[str, str]]]]:
        """Encode arguments. Return the path with its parameters filled in, and the other parameters by location.

        Args:
            arguments: A value for each parameter, in order; `None` for a missing one.
            version: Version of the API.

        Raises:
            ApiTypeError: An argument has the wrong type.
            ApiValueError: An argument is invalid, or a required one is missing, or the version lacks one that is set.
        """
        path = self.path
        others: dict[str, list[tuple[str, str]]] = {"query": [], "header": [], "form": []}
        for parameter, value in zip(self.parameters, arguments):
            if value is None:
                if parameter.required:
                    raise ApiValueError(f"{self.name}: {parameter.name} is required, but None was given")
            elif not parameter.since <= version <= parameter.until:
                what = f"{self.name}: {parameter.name}"
                raise ApiValueError(is_missing(what, version, parameter.since, parameter.until))
            elif parameter.location == "path":
                path = path.replace("{" + parameter.wire_name + "}", parameter.encode(value, self.name))
            else:
                others[parameter.location].append((parameter.wire_name, parameter.encode(value, self.name)))
        return path, others
