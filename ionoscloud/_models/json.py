"""Encode models as JSON, validate them, and decode JSON into models."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from functools import cache
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ionoscloud._argument_errors import ApiTypeError, ApiValueError
from ionoscloud._checks import NATURAL
from ionoscloud._json import TOO_DEEP, DecodeError, children, parse_json, path_to, to_json
from ionoscloud._models import codegen
from ionoscloud._models.fields import NULL, Field, Record, as_float, item_type, model_class, parse_datetime
from ionoscloud._redaction import describe_value, is_secret_name, with_article
from ionoscloud._secret_types import wrap_secrets
from ionoscloud._tracebacks import without_locals
from ionoscloud._versions import is_missing

if TYPE_CHECKING:
    from ionoscloud._models.fields import Value


RecordT = TypeVar("RecordT", bound=Record)
NO_CHECKS, VALUES, REQUIRED = range(3)
_SCALARS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "long": (int,),
    "float": (int, float),
    "datetime": (datetime,),
    "date": (date,),
}
_JSON_KINDS = {list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number", type(None): "null"}


def to_wire(
    value: Any,
    read_only: bool = False,
    version: int | None = None,
    type_name: str = "",
    utc: str = "+00:00",
    *,
    checks: int = 0,
    where: str = "",
) -> Any:
    """Convert a value with models in it to plain dicts and lists, with the names on the wire.

    Args:
        value: The value. Fields of models that are `None` are omitted; `None` elsewhere stays.
        read_only: Whether to keep fields that only the server sets. False for the body of a request, in which secrets
            are also wrapped.
        version: Version of the API that the body is for; `None` to allow fields of any.
        type_name: Name of the model that the value is for, if it is a dict.
        utc: How a time in UTC ends.
        checks: `NO_CHECKS`, `VALUES` to reject values that no server can accept, or `REQUIRED` to also require the
            fields of a new resource. Both need a version.
        where: Name of the value, for errors of these checks.

    Raises:
        ApiTypeError: The value holds an object that JSON cannot encode.
        ApiValueError: The value is circular or nested too deeply, or the version does not have a field that is set. Or
            a check failed.
    """
    try:
        return _to_wire(value, read_only, version, type_name, utc, checks)
    except RecursionError:
        problem: Exception = ApiValueError(TOO_DEEP)
    except _NotInVersion as error:
        owner = error.owner
        path = path_to(value, lambda item: item is owner, _children) or []
        problem = ApiValueError(error.message, [*path, error.key])
    except _Refusal as error:
        owner = error.owner
        path = path_to(value, lambda item: item is owner, _children) or []
        problem = _refused(where, [*path, *error.path], error.problem)
    except _NotEncodable as error:
        kind = error.type
        found = path_to(value, lambda item: type(item) is kind and not _is_encodable(item), _children)
        problem = ApiTypeError(f"{with_article(kind.__name__)} cannot be encoded as JSON", found)
    if checks == REQUIRED:  # an error about a value, such as one of another version, can explain what is missing
        to_wire(value, read_only, version, type_name, checks=VALUES, where=where)
    raise problem


class _NotEncodable(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.type: type[Any] = type(value)


class _NotInVersion(Exception):
    def __init__(self, owner: Record | dict[str, Any], key: str, type_name: str, field: Field, version: int) -> None:
        super().__init__()
        self.owner = owner
        self.key = key
        self.message = is_missing(f"{type_name}.{field.name}", version, field.since, field.until)


class _Refusal(Exception):
    """A value is not valid; raised where its path in the body is not known."""

    def __init__(self, owner: Record | dict[str, Any], path: Sequence[str | int], problem: str) -> None:
        super().__init__()
        self.owner = owner
        self.path = path
        self.problem = problem


def _refused(where: str, path: list[str | int], problem: str) -> ApiValueError:
    """Return the error for a value in a body, with its path as in Python: `server.properties.cores`."""
    dotted = "".join(f".{part}" if isinstance(part, str) else f"[{part}]" for part in path)
    error = ApiValueError(f"{where}{dotted} {problem}".lstrip("."))
    error.path_to_item = path
    return error


@cache
def _encoder(cls: type[Record], version: int | None, checks: int) -> Callable[[Record], dict[str, Any]]:
    def send_back(model: Record, name: str) -> Any:
        if version is None or name in model._received:
            return _to_wire(getattr(model, name))
        raise _NotInVersion(model, name, type(model).__name__, model.fields[name], version)

    def encode(model: Record, name: str, value: Value, field: Field | None) -> Any:
        if field is None:
            return _to_wire(value, False, version)
        return _field_to_wire(model, name, value, field, version, checks)

    def send(model: Record) -> dict[str, Any]:
        cls: Any = type(model)
        return _encoder(cls, version, checks)(model)

    def missing(model: Record, name: str) -> None:
        raise _Refusal(model, [name], "is required")

    return codegen.encoder(cls, encode, send, wrap_secrets, version, send_back, missing if checks == REQUIRED else None)


@cache
def _fields_by_name(type_name: str) -> Mapping[str, Field]:
    """Return the fields of a model by their names, in Python and on the wire."""
    cls = model_class(type_name)
    return {**cls.fields, **{field.wire_name: field for field in cls.fields.values()}} if cls else {}


def _field_to_wire(
    owner: Record | dict[str, Any], key: str, value: Value, field: Field, version: int | None, checks: int
) -> Any:
    kind = value.__class__
    if (kind is str or kind is bool) and kind.__name__ == field.type:
        return value
    if kind is int and field.type in _NUMBERS and value >= field.minimum:  # type: ignore[operator]
        return value
    # The fields in a dict for a model are checked one by one.
    is_object = kind is dict and field.type == field.item_type and _fields_by_name(field.type)
    if checks and not is_object:
        for path, _, problem in _problems(field, value, strict=False):
            raise _Refusal(owner, [key, *path], problem)
    return _to_wire(value, False, version, field.item_type, checks=checks)


def _to_wire(
    value: Value,
    read_only: bool = False,
    version: int | None = None,
    type_name: str = "",
    utc: str = "+00:00",
    checks: int = 0,
) -> Any:
    if isinstance(value, Record):
        if not read_only:
            if checks == REQUIRED and type_name and not _is_kind_of(value, type_name):
                checks = VALUES  # the documented model may require other fields
            cls: Any = type(value)
            return _encoder(cls, version, checks)(value)
        fields = value.fields.items()
        known = {field.wire_name: item for name, field in fields if (item := getattr(value, name)) is not None}
        unknown = {key: item for key, item in (value._additional_properties or {}).items() if key not in known}
        return _to_wire({**known, **unknown}, read_only, utc=utc)
    if value is None or isinstance(value, (str, int, float)):
        return _as_plain(value) if read_only and value.__class__ not in _PLAIN_TYPES else value
    if isinstance(value, dict):
        if read_only:
            return {key: _to_wire(item, read_only, utc=utc) for key, item in value.items()}
        if version and type_name and (by_name := _fields_by_name(type_name)):
            content: dict[str, Any] = {}
            for key in value:
                field = by_name.get(key)
                name = field.wire_name if field else key
                if field and name in content:
                    raise _Refusal(value, [key], f"is given twice, as {field.name} and as {name}")
                content[name] = _item_to_wire(value, key, field, version, type_name, checks)
            properties = by_name.get("properties")
            if checks == REQUIRED and properties and properties.required and not content.keys() & {"id", "properties"}:
                raise _Refusal(value, ["properties"], "is required")
            return content
        return {
            key: wrap_secrets(_to_wire(item, False, version)) if is_secret_name(key) else _to_wire(item, False, version)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_to_wire(item, read_only, version, type_name, utc, checks) for item in value]
    if isinstance(value, datetime):
        text = value.isoformat()
        return text[: -len("+00:00")] + utc if text.endswith("+00:00") else text
    if isinstance(value, date):
        return value.isoformat()
    if value is NULL:
        return None
    if version and type(value).__name__ == "UUID":
        return str(value)
    raise _NotEncodable(value)


_PLAIN_TYPES = {str, int, float, bool, type(None)}


def _as_plain(value: Any) -> str | float:
    """Return text or a number without its subclass, such as an enum, which YAML libraries do not accept."""
    if isinstance(value, str):
        return str.__str__(value)
    return int.__int__(value) if isinstance(value, int) else float.__float__(value)


def _item_to_wire(
    owner: dict[str, Any], key: str, field: Field | None, version: int, type_name: str, checks: int
) -> Any:
    """Convert a value in a dict that stands for a model; `field` is `None` if the model does not have it."""
    value = owner[key]
    if field is None or field.read_only or value is None:
        content = _to_wire(value, False, version)
    elif not field.is_in(version):
        raise _NotInVersion(owner, key, type_name, field, version)
    else:
        content = _field_to_wire(owner, key, value, field, version, checks)
    return wrap_secrets(content) if is_secret_name(key) else content


@without_locals
def model_to_plain(model: Record) -> dict[str, Any]:
    """Return `Model.to_dict(json=True)`."""
    plain: dict[str, Any] = to_wire(model, read_only=True, utc="Z")
    return plain


@without_locals
def model_to_json(model: Record, indent: int | None) -> str:
    """Return `Model.to_json()`."""
    NATURAL._replace(is_optional=True).check("indent", indent)
    return to_json(to_wire(model, read_only=True, utc="Z"), indent).decode()


def parse_object(cls: type[Record], data: str | bytes) -> dict[str, Any]:
    """Decode a JSON object with the fields of a model.

    Raises:
        ApiTypeError: `data` is not text or bytes.
        ApiValueError: It is not a JSON object. The message does not contain it.
    """
    name = cls.__name__
    if not isinstance(data, (str, bytes)):
        raise ApiTypeError(f"{name}.from_json() takes JSON as str or bytes, not {with_article(type(data).__name__)}")
    value: Any = None
    try:
        value = parse_json(data)
        problem = "" if isinstance(value, dict) else f"must be an object, not {_JSON_KINDS[type(value)]}"
    except DecodeError as error:
        problem = f"is rejected: {error}"
    except ValueError as error:
        at = f": {error.msg} in line {error.lineno}, column {error.colno}" if isinstance(error, JSONDecodeError) else ""
        problem = f"is not valid{at}" if data.strip() else "is empty"
    if isinstance(value, list):
        items = 'put the items of a list into {"items": [...]}'
        problem += f"; {items if 'items' in cls.fields else f'call {name}.from_dict(item, json=True) for each item'}"
    if problem:  # not in the `except` blocks: the chained exception would hold the text
        raise ApiValueError(f"the JSON for {name} {problem}")
    return cast("dict[str, Any]", value)


def _children(value: Any) -> Iterable[tuple[Any, Any]]:
    return value._set_attributes() if isinstance(value, Record) else children(value)


def _is_encodable(value: Any) -> bool:
    return isinstance(value, (Record, str, int, float, dict, list, tuple, date)) or value is None or value is NULL


def without_older_fields(model: RecordT, newer_type: str, older_type: str) -> RecordT:
    """Return a model of the older of two types without the fields that the newer one does not have.

    Programs for the older version often pass an object as they received it. The newer version accepts fewer fields.
    """
    newer, older = model_class(newer_type), model_class(older_type)
    if newer and older and isinstance(model, older):
        kept = {field.wire_name for field in newer.fields.values()}
        dropped = [name for name, field in older.fields.items() if field.wire_name not in kept]
        if any(getattr(model, name) is not None for name in dropped):
            model = copy(model)
            for name in dropped:
                setattr(model, name, None)
    return model


def validate(
    model: Record,
    type_names: Sequence[str],
    *,
    partial: bool,
    version: int,
    disabled: Sequence[str] = (),
    where: str = "",
) -> None:
    """Validate the body of a request against the schema of the API; skip fields that only the server sets.

    Args:
        model: The body.
        type_names: Names of its documented models.
        partial: Whether no field is required, as in a PATCH.
        version: Version of the API.
        disabled: JSON schema keywords to skip.
        where: Name of the body, for errors.

    Raises:
        ApiValueError: A required field is missing, or a value has the wrong type or is not among the documented ones.
            The error has the path to it.
    """
    expected = [cls for name in type_names if (cls := model_class(name))]
    if expected and not isinstance(model, tuple(expected)) and "type" not in disabled:
        problem = f"must be {' or '.join(type_names)}, not {type(model).__name__}"
        raise ApiValueError(f"{where or 'the body'} {problem}")
    for path, keyword, problem in _violations(model, partial, version, []):
        if keyword not in disabled:
            raise _refused(where, path, problem)


def _violations(
    model: Record, partial: bool, version: int, path: list[str | int]
) -> Iterator[tuple[list[str | int], str, str]]:
    """Yield the path to each invalid value in a model, the JSON schema keyword that it violates, and the problem."""
    for name, some in model.fields.items():
        field = some.in_version(version)
        value = getattr(model, name)
        here = [*path, name]
        if field.read_only:
            continue
        if value is None:
            is_reference = bool(path) and getattr(model, "id", None) is not None
            if field.required and not (partial or is_reference):
                yield here, "required", "is required"
        elif value is not NULL:
            for below, keyword, problem in _problems(field, value, strict=True):
                yield [*here, *below], keyword, problem
            for key, item in children(value) if _container(field.type) else [(None, value)]:
                there = here if key is None else [*here, key]
                if isinstance(item, Record):
                    yield from _violations(item, partial, version, there)
                nested = model_class(field.item_type)
                allowed = getattr(nested, "allowable_values", field.enum)
                if allowed and item not in allowed:
                    yield there, "enum", f"must be one of {', '.join(allowed)}, not {_shown(field, item)}"
        elif not field.nullable:
            yield here, "type", "cannot be null"


def check_body(model: Record, type_names: Sequence[str], where: str) -> None:
    """Check that a model can be the body of a request: it is of its type, or has the same fields on the wire.

    Raises:
        ApiTypeError: It cannot.
    """
    if not any(_stands_for(model, name) for name in type_names):
        raise ApiTypeError(f"{where} must be {type_names[0]} or a dict, not {type(model).__name__}")


def _stands_for(model: Record, type_name: str) -> bool:
    """Return whether a model can be sent where another type is documented."""
    if _is_kind_of(model, type_name):
        return True
    expected: Any = model_class(type_name)
    given = {name for name, field in model.fields.items() if not field.read_only and getattr(model, name) is not None}
    is_bare = given <= {"id", "type"} and "id" in expected.fields
    if "id" in given and (is_bare or type_name == "ResourceReference"):
        return True  # a reference to an existing resource, which can be the resource itself as it was read
    # Published clients do not check the class, and the API accepts an object in the place of its properties.
    properties = type(model).fields.get("properties")
    if properties and properties.type == type_name:
        return True
    # The JSON is that of the documented model.
    if not given or not given <= expected.fields.keys():
        return False
    nested = getattr(model, "properties", None)
    return not isinstance(nested, Record) or _stands_for(nested, expected.fields["properties"].type)


def _is_kind_of(model: Record, type_name: str) -> bool:
    """Return whether a model is of a type, or of a type for other requests with the same resource."""
    expected = model_class(type_name)
    if expected is None or isinstance(model, expected):
        return True
    own = [base.__name__ for base in type(model).__mro__ if getattr(base, "fields", None)]
    return any(_family(name) == _family(type_name) for name in own)


def _family(type_name: str) -> str:
    """Return the name of a type without the suffix that tells for which requests it is."""
    return _SUFFIX.sub("", type_name)


_SUFFIX = re.compile("(?<=.)(?:ForPost|ForPut|Post|Put|Request)$")
_NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*")


def _problems(field: Field, value: Value, strict: bool) -> Iterator[tuple[list[str | int], str, str]]:
    """Yield the path to each wrong item in the value of a field, the keyword that it violates, and the problem.

    Args:
        field: The field, as the version of the API has it.
        value: Its value, which is set.
        strict: Whether only the documented types are valid. Otherwise, only values are rejected that no server accepts:
            servers convert text to numbers and booleans, for example.
    """
    container = _container(field.type)
    if container is None:
        if problem := _problem(field, value, strict):
            yield [], *problem
    elif isinstance(value, (list, tuple) if container is list else dict):
        for key, item in children(value):
            if problem := _problem(field, item, strict):
                yield [key], *problem
    elif value is not NULL and (strict or _is_encodable(value)):
        yield [], "type", f"must be a {container.__name__}, not {_shown(field, value)}"


def _problem(field: Field, value: Any, strict: bool) -> tuple[str, str] | None:
    """Return the keyword and the problem of the value of a field, or of an item of it; `None` if it is valid."""
    kind = field.item_type
    nested = model_class(kind)
    if nested and nested.fields:
        if value.__class__ is dict or isinstance(value, (nested, dict)) or (not strict and _may_be_model(value, kind)):
            return None
        return "type", f"must be {with_article(kind)} or a dict, not {_shown(field, value)}"
    scalar = "str" if nested else kind
    if scalar not in _SCALARS:
        return None
    if not (_is_a(value, scalar) if strict else _may_be(value, scalar)):
        return "type", f"must be {with_article(kind)}, not {_shown(field, value)}"
    if scalar in _NUMBERS and _as_number(value) < field.minimum:
        return "minimum", f"must be at least {field.minimum}, not {_shown(field, value)}"
    return None


_NUMBERS = {"int", "long", "float"}


def _as_number(value: Any) -> float:
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else math.inf
    return value if isinstance(value, (int, float)) else math.inf


def _may_be_model(value: Any, type_name: str) -> bool:
    if isinstance(value, Record):
        return _stands_for(value, type_name)
    # The API accepts the id of a resource in the place of a reference.
    is_reference = type_name == "ResourceReference" and (isinstance(value, str) or type(value).__name__ == "UUID")
    return is_reference or value is None or value is NULL or not _is_encodable(value)


def _may_be(value: Any, type_name: str) -> bool:
    """Return whether a server may accept a value where text, a number or a boolean is documented."""
    if value is None or value is NULL or not _is_encodable(value):  # encoding the last one raises a better error
        return True
    if type_name == "str":
        # The API accepts a resource in the place of its id.
        has_id = isinstance(value, (dict, Record)) and any(key in ("id", "href") for key, _ in _children(value))
        return has_id or not isinstance(value, (dict, Record, list, tuple))
    if isinstance(value, str):
        if type_name in _NUMBERS:
            return not value or _NUMBER.fullmatch(value) is not None
        return type_name != "bool" or value.strip().lower() in ("true", "false", "")
    if type_name == "bool":
        return isinstance(value, int) and value in (0, 1)
    if type_name in _NUMBERS and isinstance(value, (int, float)) and not isinstance(value, bool):
        return math.isfinite(value) and (type_name == "float" or value == int(value))
    return type_name in ("datetime", "date") and isinstance(value, date)


def _shown(field: Field, value: Any) -> str:
    return describe_value(value, field.name, field.secret)


def check_type(response_type: str | type[Any] | None) -> None:
    """Check that a response can be decoded as a type.

    Raises:
        ApiTypeError: The type is unknown.
    """
    if response_type is None or (isinstance(response_type, type) and issubclass(response_type, Record)):
        return
    name = response_type.__name__ if isinstance(response_type, type) else response_type
    while isinstance(name, str) and item_type(name) != name:
        name = item_type(name)
    is_known = isinstance(name, str) and (name in _SCALARS or name in ("object", "file") or model_class(name))
    if not is_known:
        problem = "response_type must be a model, `object`, `file` or a JSON type"
        raise ApiTypeError(f"{problem}, not {describe_value(name)}")


def from_json(
    data: bytes | str, response_type: str | type | None, keep_unknown: bool = True, version: int | None = None
) -> Any:
    """Decode the body of a response; return `None` for an empty one.

    Args:
        data: The body.
        response_type: The type, as in `Model.openapi_types` or as a class; `None` to skip decoding.
        keep_unknown: Whether models keep unknown fields.
        version: Version of the API that the response comes from; `None` if that is not known.

    Raises:
        ApiTypeError: The type is unknown.
        DecodeError: The body is not JSON, or does not have that type.
    """
    if response_type is None or not data.strip():
        return None
    type_name = response_type if isinstance(response_type, str) else response_type.__name__
    text_class = str if type_name == "str" else model_class(type_name)
    text = None
    if text_class and issubclass(text_class, str):
        text = text_class(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)
    problem, value = "", None
    try:
        value = parse_json(data)
    except DecodeError as error:
        problem = str(error)
    except ValueError:
        if text is not None:
            return text
        problem = "the body is not JSON"
    if problem:
        raise DecodeError(problem)  # not in the `except` blocks: the chained exception would hold the body
    if text_class and type_name != "str" and text is not None:
        return text_class(value) if isinstance(value, str) else text
    own = response_type if isinstance(response_type, type) and issubclass(response_type, Record) else None
    try:
        return _decode(value, type_name, keep_unknown, codegen.decoder_name(version), own)
    except RecursionError:  # the caller has nearly filled the stack
        problem = "the JSON is nested too deeply for the remaining stack"
    raise DecodeError(problem)


def _decode(value: Value, type_name: str, keep_unknown: bool, method: str, own: type[Record] | None = None) -> Any:
    container, nested_name = _container(type_name), item_type(type_name)
    if container is not None:
        if not isinstance(value, container):
            raise DecodeError(f"the body is a JSON {type(value).__name__}, not {type_name}")
        if isinstance(value, dict):
            return {key: _decode(item, nested_name, keep_unknown, method) for key, item in value.items()}
        return [_decode(item, nested_name, keep_unknown, method) for item in value]
    nested = own or model_class(type_name)
    if nested and nested.fields:
        if not isinstance(value, dict):
            raise DecodeError(f"the body is a JSON {type(value).__name__}, not {type_name}")
        return getattr(nested, method)(value, keep_unknown)
    if type_name in ("datetime", "date") and isinstance(value, str):
        value = parse_datetime(value)
        value = value.date() if type_name == "date" and isinstance(value, datetime) else value
    elif type_name == "float" and type(value) is int:
        value = as_float(value)
    if type_name not in _SCALARS:
        check_type(type_name)
    elif not _is_a(value, type_name):
        raise DecodeError(f"the body is a JSON {type(value).__name__}, not {type_name}")
    return value


def _is_a(value: Any, type_name: str) -> bool:
    # In Python, a bool is an int; in JSON, it is not.
    types = _SCALARS[type_name]
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def comparable_type(field: Field, value: Any) -> str | None:
    """Return the type that a value needs to be equal to that of a field, or to an item of it; `None` if it has it."""
    is_list = _container(field.type) is list and value.__class__ is list
    items: list[Any] = value if is_list else [value]
    nested = model_class(field.item_type)
    kind = "str" if nested and not nested.fields else field.item_type
    scalar = "float" if kind in _NUMBERS else kind  # 2 equals 2.0
    return None if scalar not in _SCALARS or all(_is_a(item, scalar) for item in items) else kind


def _container(type_name: str) -> type[dict[str, Any]] | type[list[Any]] | None:
    return list if type_name.startswith("list[") else dict if type_name.startswith("dict(") else None


def save_file(data: bytes, headers: Mapping[str, str], folder: str | os.PathLike[str] | None) -> str:
    """Write the body of a response to a new file and return its path.

    Args:
        data: The body.
        headers: Headers of the response. The name of the file ends with the one in `Content-Disposition`.
        folder: Folder for the file; default: the system's temporary folder.
    """
    import tempfile  # rarely needed, and slow to import

    match = re.search(r'filename="?([^";]+)', headers.get("Content-Disposition") or "")
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", re.split(r"[/\\]", match.group(1))[-1])[-100:] if match else ""
    descriptor, path = tempfile.mkstemp(suffix=f"-{name}" if name else "", dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return path
