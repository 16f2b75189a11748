"""The limits of the call that a thread is carrying out: when it must end, and how much it may read.

urllib3 offers no way to hand a deadline through to its sockets. They find it here, by their thread.
"""

from __future__ import annotations

import math
import socket
import threading

from ionoscloud import _clock

MAX_WAIT = 2_000_000.0  # seconds that a socket can wait: it counts milliseconds in 31 bits


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
    remaining = current.limits.deadline - _clock.monotonic()
    if remaining <= 0:
        raise socket.timeout("the call took longer than its total timeout")
    return min(longest, remaining, MAX_WAIT)
