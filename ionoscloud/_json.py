"""Encode and decode plain JSON values within limits."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Union

from ionoscloud._argument_errors import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    Value = Union[dict[str, Any], list[Any], tuple[Any, ...], str, float, None]

TOO_DEEP = "cannot be encoded as JSON: circular reference, or nested too deeply"
_MAX_LEVELS = 100  # levels of a response; responses of the API have about 15
# The skeleton of a JSON text is its brackets and commas, with `{}` as `[]`.
_NOT_SKELETON = bytes({*range(256)} - {*b"[]{},"})
_BRACES_TO_BRACKETS = bytes.maketrans(b"{}", b"[]")
_STRING = re.compile(rb'"[^"]*"')
_SMALL_SIZE = 16 * 1024  # bytes up to which counting the brackets is faster than extracting the skeleton
_DENSITY_THRESHOLD = 1024 * 1024  # bytes up to which the number of values is not limited
_MIN_BYTES_PER_VALUE = 8  # per value, bracket and comma of larger texts; lists of the API have 20 or more
_encode = json.JSONEncoder(allow_nan=False).encode


class DecodeError(ValueError):
    """A body is not JSON, exceeds the limits, or does not have the documented type."""


def to_json(value: Any, indent: int | None = None) -> bytes:
    """Encode a value.

    Args:
        value: The result of `to_wire`.
        indent: Spaces to indent each level with; default: one line.

    Raises:
        ApiTypeError: A key is not a string.
        ApiValueError: A number is not finite, or the value is circular or nested too deeply.
    """
    # Not raised in the `except` blocks: the chained exception of `json` would hold the value.
    try:
        encode = _encode if indent is None else json.JSONEncoder(allow_nan=False, indent=indent).encode
        return encode(value).encode()
    except TypeError as error:
        problem: Exception = ApiTypeError(str(error))
    except (ValueError, RecursionError) as error:
        if "Circular" in str(error) or isinstance(error, RecursionError):
            problem = ApiValueError(TOO_DEEP)
        else:
            path = path_to(value, lambda item: isinstance(item, float) and not math.isfinite(item))
            problem = ApiValueError("a number must be finite", path)
    raise problem


def children(value: Value) -> Iterable[tuple[Any, Any]]:
    """Return the keys or indexes in a dict, list or tuple, with their values."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, (list, tuple)) else ()


def path_to(
    value: Any,
    is_wanted: Callable[[Any], bool],
    children: Callable[[Any], Iterable[tuple[Any, Any]]] = children,
) -> list[str | int] | None:
    """Return the keys and indexes that lead to the first wanted value; `None` if there is none."""
    if is_wanted(value):
        return []
    for key, item in children(value):
        path = path_to(item, is_wanted, children)
        if path is not None:
            return [key, *path]
    return None


def parse_json(data: bytes | str) -> Any:
    """Decode a JSON text.

    Raises:
        DecodeError: The text has more than 100 levels, or too many values for its size, which could exhaust the memory.
            The limit of the json module depends on the Python version and the stack, and a value that deep can neither
            be displayed nor copied.
        ValueError: The text is not JSON.
    """
    text = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(text) <= _SMALL_SIZE and text.count(b"{") + text.count(b"[") <= _MAX_LEVELS and b"\0" not in text[:4]:
        return json.loads(data)
    if b"\0" in text[:4]:  # UTF-16 or UTF-32
        text = text.decode(json.detect_encoding(text), "replace").encode("utf-8", "surrogatepass")
    skeleton = text.translate(_BRACES_TO_BRACKETS, _NOT_SKELETON)
    if len(text) > _DENSITY_THRESHOLD and len(skeleton) * _MIN_BYTES_PER_VALUE > len(text):
        raise DecodeError(f"the JSON has more than one value per {_MIN_BYTES_PER_VALUE} bytes")
    value, too_deep = None, False
    try:
        value = json.loads(data)
    except RecursionError:
        too_deep = True
    if too_deep or _is_too_deep(skeleton, text):
        raise DecodeError("the JSON is nested too deeply")
    return value


def _is_too_deep(skeleton: bytes, text: bytes) -> bool:
    """Return whether a JSON text has more than `_MAX_LEVELS` levels, without visiting its values.

    Args:
        skeleton: Its skeleton, which includes brackets and commas in strings.
        text: The text itself, to check again without strings if the skeleton is too deep.
    """
    if len(skeleton) <= 2 * _MAX_LEVELS or not _strip_levels(skeleton):
        return False
    text = text.replace(b"\\\\", b"").replace(b'\\"', b"")  # now each quote starts or ends a string
    return bool(_strip_levels(_STRING.sub(b"", text).translate(_BRACES_TO_BRACKETS, _NOT_SKELETON)))


def _strip_levels(skeleton: bytes) -> bytes:
    """Return the brackets that remain after `_MAX_LEVELS` rounds of removing the innermost pairs."""
    skeleton = skeleton.replace(b",", b"")
    for _ in range(_MAX_LEVELS):
        skeleton = skeleton.replace(b"[]", b"")
        if not skeleton:
            break
    return skeleton
