"""The steps of a walk, each of which prints a line that run_programs.py reads."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from typing import Any

RESOLVE = socket.getaddrinfo


def _only_here(host: Any, *arguments: Any, **options: Any) -> Any:
    if host != "127.0.0.1":
        raise OSError(f"the program calls {host}, and not the emulator")
    return RESOLVE(host, *arguments, **options)


# A program that does not keep to the address it was given must not reach the real API.
socket.getaddrinfo = _only_here


class NotReachedError(Exception):
    """A step needs the result of one that failed."""


class Failed:
    """The result of a step that failed; it cannot be used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        raise NotReachedError(f"it needs the result of {self._name!r}")

    def __getitem__(self, key: object) -> Any:
        raise NotReachedError(f"it needs the result of {self._name!r}")


def step(name: str, call: Callable[[], Any], check: Callable[[Any], Any] = lambda result: True) -> Any:
    """Call something, and return what it returns."""
    result: Any = None
    try:
        result = call()
        found = "" if check(result) else f"this is not right: {result!r}"
    except Exception as error:  # whatever it is, is a finding
        found = f"{error!r}" + (f" with {result!r}" if result is not None else "")
    print(f"DIFFERS {name}: {found}".replace("\n", " ") if found else f"ok {name}", flush=True)
    return Failed(name) if found and result is None else result


def skip(name: str, reason: str) -> None:
    """Say that something is not called, and why."""
    print(f"SKIPPED {name}: {reason}", flush=True)


def walk(main: Callable[[], Any]) -> None:
    """Make the steps of a walk, as far as it can go."""
    try:
        main()
    except NotReachedError as error:
        sys.exit(f"The walk ends here: {error}")


def until(done: Callable[[], Any], seconds: float = 5) -> Any:
    """Ask until the result is true, and return it."""
    end = time.monotonic() + seconds
    while not (result := done()) and time.monotonic() < end:
        time.sleep(0.02)
    return result
