"""Base class of all exceptions, and the exceptions for invalid arguments, which every layer can raise.

`ionoscloud.exceptions` exports them together with those for failed calls.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

Path = Sequence["str | int"]


class OpenApiException(Exception):
    """Base class of all exceptions of this package."""

    def __copy__(self) -> OpenApiException:
        return _rebuild(type(self), self.args, {**self.__dict__, "__cause__": self.__cause__})

    def __deepcopy__(self, memo: dict[int, Any]) -> OpenApiException:
        state = copy.deepcopy(self.__dict__, memo)
        return _rebuild(type(self), self.args, {**state, "__cause__": self.__cause__})

    def __reduce__(self) -> tuple[Any, ...]:
        # `Exception.__reduce__` calls the class with `args`, which fails for classes with another signature.
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
    """Return whether a value survives `pickle`."""
    import pickle  # already imported: only pickling calls this function

    try:
        pickle.loads(pickle.dumps(value))
    except Exception:  # `__reduce__` of other packages can raise any exception
        return False
    return True


class ApiTypeError(OpenApiException, TypeError):
    """An argument has the wrong type or an unknown name.

    Attributes:
        path_to_item: Names and indexes that lead to the wrong value.
        valid_classes: The accepted types.
        key_type: Whether a key of a mapping is wrong, not a value.
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
    """A value is invalid; `path_to_item` leads to it."""


class ApiAttributeError(_ErrorWithPath, AttributeError):
    """An attribute does not exist; `path_to_item` leads to it."""


class ApiKeyError(_ErrorWithPath, KeyError):
    """A key does not exist; `path_to_item` leads to it."""

    __str__ = Exception.__str__  # KeyError would quote the message


for _error in (OpenApiException, ApiTypeError, ApiValueError, ApiAttributeError, ApiKeyError):
    _error.__module__ = "ionoscloud.exceptions"  # where users import them; tracebacks and pickles show this path


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint with the known name that an unknown one is probably a typo of; empty if none is similar."""
    from difflib import get_close_matches  # slow to import

    flat = {each.replace("_", "").lower(): each for each in sorted(known)}
    close = get_close_matches(name.replace("_", "").lower(), flat, 1)
    return f"; did you mean {flat[close[0]]!r}?" if close else ""


def render_path(path_to_item: Path) -> str:
    """Return a path as text, such as `['items'][0]['id']`."""
    return "".join(f"[{part!r}]" for part in path_to_item)


def _with_path(message: str, path_to_item: Path | None) -> str:
    return f"{message} at {render_path(path_to_item)}" if path_to_item else message
