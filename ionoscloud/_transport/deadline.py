"""Holds the deadline and the size limit of the call that a thread is making.

urllib3 cannot pass a deadline to its sockets, so they look it up here, by thread.
"""

from __future__ import annotations

import math
import socket
import threading

from ionoscloud import _clock

MAX_WAIT = 2_000_000.0  # seconds; a socket counts milliseconds in 31 bits


class Limits:
    """The limits of one attempt.

    Args:
        deadline: When the attempt must end, on the clock of `_clock.monotonic`.
        size: Maximum bytes of a response, including headers and framing.

    Attributes:
        responding: Whether the request was sent and the client reads the response.
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
        longest: The timeout of the operation itself.

    Raises:
        socket.timeout: The deadline of the call has passed.
    """
    remaining = current.limits.deadline - _clock.monotonic()
    if remaining <= 0:
        raise socket.timeout("the call took longer than its total timeout")
    return min(longest, remaining, MAX_WAIT)
