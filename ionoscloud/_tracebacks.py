"""Clear local variables from tracebacks: error reporters show them, including credentials and bodies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import wraps
from traceback import clear_frames
from typing import Any, Callable, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def clear_locals(error: BaseException) -> None:
    """Clear the local variables in the tracebacks of an error and of its causes.

    Running frames keep their variables.
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
