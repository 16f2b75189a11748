"""The limits of the call that a thread is carrying out: when it must end, and how much it may read.

urllib3 offers no way to hand a deadline through to its sockets. They find it here, by their thread.
"""

from __future__ import annotations

import math
import socket
import threading
from typing import TYPE_CHECKING

from ionoscloud import _clock

if TYPE_CHECKING:
    from ionoscloud._operation import Timeout

LONGEST = 2_000_000.0  # seconds that a socket can wait: it counts milliseconds in 31 bits


class Limits:
    """The limits of one attempt.

    Args:
        deadline: When it must end, on the clock of `_clock.monotonic`.
        size: How many bytes of a response may arrive, headers and framing included.

    Attributes:
        responding: Whether the request was sent and its response is being read.
    """

    __slots__ = ("deadline", "responding", "size")

    def __init__(self, deadline: float = math.inf, size: float = math.inf) -> None:
        self.deadline = deadline
        self.size = size
        self.responding = False


class _CurrentCall(threading.local):
    limits = Limits()


current = _CurrentCall()


def seconds_left(longest: float) -> float:
    """Return the seconds that the next operation of this thread may take.

    Args:
        longest: Its own limit.

    Raises:
        socket.timeout: The deadline of the call has passed.
    """
    return seconds_until(current.limits.deadline, longest, "the call took longer than its total timeout")


def seconds_until(deadline: float, longest: float, reason: object) -> float:
    """Return the seconds that an operation on a socket may take.

    Args:
        deadline: When it must end, on the clock of `_clock.monotonic`.
        longest: Its own limit in seconds.
        reason: Text of the error, converted with `str` when it is raised.

    Raises:
        socket.timeout: The deadline has passed.
    """
    remaining = deadline - _clock.monotonic()
    if remaining <= 0:
        raise socket.timeout(str(reason))
    return min(longest, remaining, LONGEST)


def timeout_pair(value: Timeout) -> tuple[float, float]:
    """Return the connect timeout and the read timeout, in seconds, of a `timeout` setting."""
    return value if isinstance(value, tuple) else (value, value)
