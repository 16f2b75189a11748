"""Steps of a script, each of which prints a line that run_programs.py reads."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from typing import Any

RESOLVE = socket.getaddrinfo


def _resolve_loopback_only(host: Any, *arguments: Any, **options: Any) -> Any:
    if host != "127.0.0.1":
        raise OSError(f"the program calls {host} instead of the emulator")
    return RESOLVE(host, *arguments, **options)


# A program that ignores the given address must not reach the real API.
socket.getaddrinfo = _resolve_loopback_only


class NotReachedError(Exception):
    """The error of a step that needs the result of a failed one."""


class Failed:
    """The result of a failed step, which raises an error when used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        raise NotReachedError(f"it needs the result of {self._name!r}")

    def __getitem__(self, key: object) -> Any:
        raise NotReachedError(f"it needs the result of {self._name!r}")


def step(name: str, call: Callable[[], Any], check: Callable[[Any], Any] = lambda result: True) -> Any:
    """Call a function, print the outcome, and return the result."""
    result: Any = None
    try:
        result = call()
        found = "" if check(result) else f"unexpected result: {result!r}"
    except Exception as error:  # any error is a finding
        found = f"{error!r}" + (f" with {result!r}" if result is not None else "")
    print(f"DIFFERS {name}: {found}".replace("\n", " ") if found else f"ok {name}", flush=True)
    return Failed(name) if found and result is None else result


def skip(name: str, reason: str) -> None:
    """Print that a step is skipped, and the reason."""
    print(f"SKIPPED {name}: {reason}", flush=True)


def walk(main: Callable[[], Any]) -> None:
    """Run the steps until one needs the result of a failed one."""
    try:
        main()
    except NotReachedError as error:
        sys.exit(f"The walk ends here: {error}")


def until(done: Callable[[], Any], seconds: float = 5) -> Any:
    """Poll until the result is true, and return it."""
    end = time.monotonic() + seconds
    while not (result := done()) and time.monotonic() < end:
        time.sleep(0.02)
    return result
