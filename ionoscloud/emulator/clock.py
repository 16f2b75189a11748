"""Clocks for the emulator. A test can control the time."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from ionoscloud.emulator.checks import check_number


class Clock(Protocol):
    """A clock with the time in seconds, which never goes back."""

    def now(self) -> float: ...


class SystemClock:
    """The monotonic clock of the machine."""

    def now(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that stands still until `advance` moves it."""

    def __init__(self, start: float = 0.0) -> None:
        check_number("start", start, "a number of seconds")
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        check_number("seconds", seconds, "a number, 0 or more, since time does not go back", 0)
        with self._lock:
            self._now += seconds
