"""Where the emulator takes its time from, so that a test can move it by hand."""

from __future__ import annotations

import math
import threading
import time
from typing import Protocol

from ionoscloud._checks import is_number


class Clock(Protocol):
    """Anything that tells a time, in seconds, which never goes back."""

    def now(self) -> float: ...


class SystemClock:
    """The time of the machine."""

    def now(self) -> float:
        return time.monotonic()


class ManualClock:
    """A time that stands still until `advance` moves it."""

    def __init__(self, start: float = 0.0) -> None:
        if not is_number(start) or not math.isfinite(start):
            raise ValueError(f"start must be a number of seconds, not {start!r}")
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Moves the time forward."""
        if not is_number(seconds) or not 0 <= seconds < math.inf:
            raise ValueError(f"seconds must be a number, 0 or more, since time does not go back, not {seconds!r}")
        with self._lock:
            self._now += seconds
