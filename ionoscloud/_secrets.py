"""Protect secrets in memory: wrap text whose repr hides it, and clear local variables from tracebacks."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# The functions walk values of any type.

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import wraps
from traceback import clear_frames
from typing import TYPE_CHECKING, Any, Callable, TypeVar, cast

if TYPE_CHECKING:
    from typing import SupportsIndex

MASK = "***"

F = TypeVar("F", bound=Callable[..., Any])


class SecretStr(str):
    """Text that does not show in its own repr, nor in the repr of a container.

    `repr()` is `'***'`, also of a slice, because tools slice long values before they show them. `str()`, formatting,
    concatenation and encoding give the text itself. Copies and pickles stay secret.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)

    def __str__(self) -> str:
        return self

    def __getitem__(self, key: SupportsIndex | slice) -> SecretStr:
        return SecretStr(super().__getitem__(key))

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return SecretStr, (str.__str__(self),)


class SecretBytes(bytes):
    """Bytes that do not show in a repr; see `SecretStr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK.encode())

    __str__ = __repr__

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        return value if isinstance(value, int) else SecretBytes(value)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return SecretBytes, (b"".join((self,)),)


def wrap_secrets(value: Any) -> Any:
    """Return text as `SecretStr` and bytes as `SecretBytes`, also within dicts, lists and tuples."""
    if isinstance(value, str):
        return value if isinstance(value, SecretStr) else SecretStr(value)
    if isinstance(value, bytes):
        return value if isinstance(value, SecretBytes) else SecretBytes(value)
    if isinstance(value, dict):
        return {key: wrap_secrets(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(map(wrap_secrets, value))
    return value


def unwrap_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers as plain `str`, because recorders write `SecretStr` with its class to their files."""
    try:
        return dict(zip(headers, map(str.__str__, headers.values())))
    except TypeError:  # a value that is not text
        return {name: str.__str__(v) if isinstance(v, str) else v for name, v in headers.items()}


def clear_locals(error: BaseException) -> None:
    """Clear the local variables in the tracebacks of an error and of its causes.

    Error reporters that show local variables would reveal credentials and bodies. Running frames keep their variables.
    """
    for each in chained_errors(error):
        clear_frames(each.__traceback__)


def chained_errors(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes, except an exception that the caller was handling when it called this package."""
    running: set[Any] = set()
    frame: Any = sys._getframe()
    while frame is not None:
        running.add(frame)
        frame = frame.f_back
    pending: list[Any] = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        trace = each.__traceback__
        if each is error or trace is None or trace.tb_frame not in running or _is_ours(trace.tb_frame):
            yield each
            pending += [each.__cause__, each.__context__, *each.args]


def _is_ours(frame: Any) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] == "ionoscloud"


def without_locals(function: F) -> F:
    """Decorate a function: if it raises an error, clear its local variables and those of all functions it called."""

    @wraps(function)
    def guarded(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except BaseException as error:
            args = options = None  # type: ignore[assignment]
            clear_locals(error)
            raise

    return cast(F, guarded)
