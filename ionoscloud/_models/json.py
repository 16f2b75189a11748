"""Models to JSON and JSON to models."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ionoscloud._errors import ApiTypeError, ApiValueError
from ionoscloud._models.base import NULL, Field, Model, as_float, item_type, model_class, parse_datetime
from ionoscloud._redaction import SecretBytes, hidden, is_secret, shown_value, with_article

if TYPE_CHECKING:
    from ionoscloud._models.base import Value


class BadAnswer(ValueError):
    """The body of an answer is not JSON, or is JSON of another kind than the API documents."""


_SCALARS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "long": (int,),
    "float": (int, float),
    "datetime": (datetime,),
    "date": (date,),
}
_DEEPEST = 100  # levels of an answer; the API has about 15
_NO_SKELETON = bytes({*range(256)} - {*b"[]{},"})
_AS_LISTS = bytes.maketrans(b"{}", b"[]")
_STRING = re.compile(rb'"[^"]*"')
_SMALL = 16 * 1024  # bytes in which brackets are counted faster than taken out
_FREE = 1024 * 1024  # bytes of JSON that may have any number of values
_LEAST_BYTES = 8  # for each value, bracket and comma of what is larger; lists of the API have 20 and more
_PLAIN = frozenset({str, int, float, bool})
_encode = json.JSONEncoder(allow_nan=False).encode
_TOO_DEEP = "what is to be sent holds itself, or is nested too deeply"


def to_wire(value: Any, read_only: bool = False) -> Any:
    """Return a model, or anything that holds models, as plain dicts and lists with the names on the wire.

    Args:
        value: What to encode. A field of a model that is `None` is left out; `None` elsewhere stays.
        read_only: Whether fields that only the server sets are kept. Without them it is the body of a request, in which
            secrets do not show in its repr.

    Raises:
        ApiTypeError: Something inside has no form in JSON.
        ApiValueError: It holds itself, or is nested too deeply.
    """
    try:
        return _to_wire(value, read_only)
    except RecursionError:
        problem: Exception = ApiValueError(_TOO_DEEP)
    except _NoForm as error:
        kind = error.type
        path = _path_to(value, lambda item: type(item) is kind and not _has_form(item))
        problem = ApiTypeError(f"{with_article(kind.__name__)} has no form in JSON", path)
    raise problem


class _NoForm(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.type: type[Any] = type(value)


def _to_wire(value: Value, read_only: bool) -> Any:
    if isinstance(value, Model):
        result: dict[str, Any] = {}
        for name, field in value.fields.items():
            if read_only or not field.read_only:
                item = getattr(value, name)
                if item is not None:
                    item = item if item.__class__ in _PLAIN else _to_wire(item, read_only)
                    result[field.wire_name] = hidden(item) if field.secret and not read_only else item
        if value._extras is not None and value._additional_properties:  # the first is a slot, the other a function
            result.update(_to_wire(value._additional_properties, read_only))
        return result
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        if read_only:
            return {key: _to_wire(item, read_only) for key, item in value.items()}
        return {
            key: hidden(_to_wire(item, read_only)) if is_secret(key) else _to_wire(item, read_only)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_to_wire(item, read_only) for item in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if value is NULL:
        return None
    raise _NoForm(value)


def _has_form(value: Any) -> bool:
    return isinstance(value, (Model, str, int, float, dict, list, tuple, date)) or value is None or value is NULL


def to_json(value: Any) -> bytes:
    """Return the JSON of what `to_wire` returned.

    Raises:
        ApiTypeError: It has keys that are no text.
        ApiValueError: It holds a number that JSON cannot carry.
    """
    # What goes wrong is raised when the error of `json` is forgotten, whose traceback holds the value.
    try:
        return SecretBytes(_encode(value).encode())
    except TypeError as error:
        problem: Exception = ApiTypeError(str(error))
    except (ValueError, RecursionError) as error:
        if "Circular" in str(error) or isinstance(error, RecursionError):
            problem = ApiValueError(_TOO_DEEP)
        else:
            path = _path_to(value, lambda item: isinstance(item, float) and not math.isfinite(item))
            problem = ApiValueError("a number must be finite", path)
    raise problem


def _path_to(value: Value, is_wanted: Callable[[Any], bool]) -> list[str | int] | None:
    """Return the names and indexes that lead to a value that is looked for; `None` when it is not there."""
    if is_wanted(value):
        return []
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Model):
        items = value._set_attributes()
    elif isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    for key, item in items:
        path = _path_to(item, is_wanted)
        if path is not None:
            return [key, *path]
    return None


def validate(model: Model, type_name: str, *, partial: bool, disabled: Collection[str] = ()) -> None:
    """Check what would be sent of a model against the API's schema.

    Args:
        model: The body of a request.
        type_name: Name of the model that it should be.
        partial: Whether the body changes only what it names, so that nothing is required (PATCH).
        disabled: JSON schema keywords that are not checked.

    Raises:
        ApiValueError: A required field is missing, or a value is of the wrong type or not among the documented ones;
            the error has the path to it.
    """
    expected = model_class(type_name)
    if expected and not isinstance(model, expected) and "type" not in disabled:
        raise ApiValueError(f"the body must be {type_name}, not {type(model).__name__}")
    _validate(model, partial, disabled, [])


def _validate(model: Model, partial: bool, disabled: Collection[str], path: list[str | int]) -> None:
    for name, field in model.fields.items():
        value = getattr(model, name)
        here = [*path, name]
        if field.read_only:
            continue
        if value is None:
            names_another = bool(path) and getattr(model, "id", None) is not None
            if field.required and not (partial or names_another) and "required" not in disabled:
                raise ApiValueError(f"{type(model).__name__}.{name} is required", here)
        elif value is not NULL:
            _validate_value(field, value, partial, disabled, here)
        elif not field.nullable and "type" not in disabled:
            raise ApiValueError(f"{type(model).__name__}.{name} cannot be null", here)


def _validate_value(
    field: Field, value: Value, partial: bool, disabled: Collection[str], path: list[str | int]
) -> None:
    container = _container(field.type)
    if container is None:
        _validate_item(field, value, partial, disabled, path)
    elif isinstance(value, (list, tuple) if container is list else dict):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            _validate_item(field, item, partial, disabled, [*path, key])
    elif "type" not in disabled:
        raise ApiValueError(f"{field.name} must be a {container.__name__}, not {_shown(field, value)}", path)


def _validate_item(field: Field, value: Any, partial: bool, disabled: Collection[str], path: list[str | int]) -> None:
    nested = model_class(field.item_type)
    if nested and nested.fields:
        if isinstance(value, nested):
            _validate(value, partial, disabled, path)
        elif not isinstance(value, dict) and "type" not in disabled:
            problem = f"{field.name} must be a {field.item_type} or a dict, not {_shown(field, value)}"
            raise ApiValueError(problem, path)
        return
    type_name = "str" if nested else field.item_type
    if type_name in _SCALARS and not _is_a(value, type_name) and "type" not in disabled:
        raise ApiValueError(f"{field.name} must be a {field.item_type}, not {_shown(field, value)}", path)
    allowed = getattr(nested, "allowable_values", field.enum)
    if allowed and value not in allowed and "enum" not in disabled:
        raise ApiValueError(f"{field.name} must be one of {', '.join(allowed)}, not {_shown(field, value)}", path)


def _shown(field: Field, value: Any) -> str:
    return shown_value(value, field.name, field.secret)


def check_type(answer: str | type[Any] | None) -> None:
    """Check that an answer can be decoded as a type.

    Raises:
        ApiTypeError: There is no such type.
    """
    if answer is None or (isinstance(answer, type) and issubclass(answer, Model)):
        return
    name = answer.__name__ if isinstance(answer, type) else answer
    while isinstance(name, str) and item_type(name) != name:
        name = item_type(name)
    is_known = isinstance(name, str) and (name in _SCALARS or name in ("object", "file") or model_class(name))
    if not is_known:
        problem = "response_type must be a model, `object`, `file` or a type of JSON"
        raise ApiTypeError(f"{problem}, not {shown_value(name)}")


def from_json(data: bytes | str, answer: str | type | None, keep_unknown: bool = True) -> Any:
    """Return the body of an answer as what was asked for.

    Args:
        data: The body; an empty one is `None`.
        answer: The type, as in `Model.openapi_types` or as a class; `None` for nothing.
        keep_unknown: Whether models keep what they do not know.

    Raises:
        ApiTypeError: There is no such type.
        BadAnswer: The body is not JSON, or not of that type.
    """
    if answer is None or not data.strip():
        return None
    type_name = answer if isinstance(answer, str) else answer.__name__
    problem, value = "", None
    try:
        value = parse_json(data)
    except BadAnswer as error:
        problem = str(error)
    except ValueError:
        if type_name == "str":
            return data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        problem = "the body is not JSON"
    if problem:
        raise BadAnswer(problem)  # not while the error of `json` is handled: it holds the body
    own = answer if isinstance(answer, type) and issubclass(answer, Model) else None
    try:
        return _decode(value, type_name, keep_unknown, own)
    except RecursionError:  # the stack is nearly full already
        problem = "the JSON is nested too deeply for what is left of the stack"
    raise BadAnswer(problem)


def parse_json(data: bytes | str) -> Any:
    """Return what a JSON text says.

    Raises:
        BadAnswer: It has so many values for its size that they would fill the memory, or more than 100 levels. How
            deeply the json module goes depends on the Python and on the stack, and what is as deep as that can be
            neither shown nor copied.
        ValueError: It is not JSON.
    """
    text = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(text) <= _SMALL and text.count(b"{") + text.count(b"[") <= _DEEPEST and b"\0" not in text[:4]:
        return json.loads(data)
    if b"\0" in text[:4]:  # UTF-16 or UTF-32
        text = text.decode(json.detect_encoding(text), "replace").encode("utf-8", "surrogatepass")
    skeleton = text.translate(_AS_LISTS, _NO_SKELETON)
    if len(text) > _FREE and len(skeleton) * _LEAST_BYTES > len(text):
        raise BadAnswer(f"the JSON has more than a value for each {_LEAST_BYTES} bytes")
    value, too_deep = None, False
    try:
        value = json.loads(data)
    except RecursionError:
        too_deep = True
    if too_deep or _is_too_deep(skeleton, text):
        raise BadAnswer("the JSON is nested too deeply")
    return value


def _is_too_deep(skeleton: bytes, text: bytes) -> bool:
    """Say whether a JSON text has more than `_DEEPEST` levels, without a look at each of its values.

    Args:
        skeleton: Its brackets, those of objects as those of lists, and its commas, those in strings included.
        text: The text, for when brackets in strings leave it open.
    """
    if len(skeleton) <= 2 * _DEEPEST or not _without_levels(skeleton):
        return False
    text = text.replace(b"\\\\", b"").replace(b'\\"', b"")  # now each quote begins or ends a string
    return bool(_without_levels(_STRING.sub(b"", text).translate(_AS_LISTS, _NO_SKELETON)))


def _without_levels(skeleton: bytes) -> bytes:
    """Return what is left of brackets after the innermost pairs were taken out `_DEEPEST` times."""
    skeleton = skeleton.replace(b",", b"")
    for _ in range(_DEEPEST):
        skeleton = skeleton.replace(b"[]", b"")
        if not skeleton:
            break
    return skeleton


def _decode(value: Value, type_name: str, keep_unknown: bool, own: type[Model] | None = None) -> Any:
    container, nested_name = _container(type_name), item_type(type_name)
    if container is not None:
        if not isinstance(value, container):
            raise BadAnswer(f"the body is no {type_name} but a JSON {type(value).__name__}")
        if isinstance(value, dict):
            return {key: _decode(item, nested_name, keep_unknown) for key, item in value.items()}
        return [_decode(item, nested_name, keep_unknown) for item in value]
    nested = own or model_class(type_name)
    if nested and nested.fields:
        if not isinstance(value, dict):
            raise BadAnswer(f"the body is no {type_name} but a JSON {type(value).__name__}")
        return nested._decode(value, keep_unknown)
    if type_name in ("datetime", "date") and isinstance(value, str):
        value = parse_datetime(value)
        value = value.date() if type_name == "date" and isinstance(value, datetime) else value
    elif type_name == "float" and type(value) is int:
        value = as_float(value)
    if type_name not in _SCALARS:
        check_type(type_name)
    elif not _is_a(value, type_name):
        raise BadAnswer(f"the body is no {type_name} but a JSON {type(value).__name__}")
    return value


def _is_a(value: Any, type_name: str) -> bool:
    # bool is an int to Python, but not to JSON.
    right = _SCALARS[type_name]
    return isinstance(value, right) and (bool in right or not isinstance(value, bool))


def _container(type_name: str) -> type[dict[str, Any]] | type[list[Any]] | None:
    return list if type_name.startswith("list[") else dict if type_name.startswith("dict(") else None


def save_file(data: bytes, headers: Mapping[str, str], folder: str | os.PathLike[str] | None) -> str:
    """Write the body of an answer to a new file and return its path.

    Args:
        data: The body.
        headers: Headers of the answer; of the file name in `Content-Disposition` only the last part is taken.
        folder: Folder of the file; default the system's folder for temporary files.
    """
    import tempfile  # seldom needed, and slow to import

    match = re.search(r'filename="?([^";]+)', headers.get("Content-Disposition") or "")
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", re.split(r"[/\\]", match.group(1))[-1])[-100:] if match else ""
    descriptor, path = tempfile.mkstemp(suffix=f"-{name}" if name else "", dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return path
