"""The limits of the call that a thread is carrying out: when it must end, and how much it may read.

urllib3 offers no way to hand a deadline through to its sockets. They find it here, by their thread.
"""

from __future__ import annotations

import math
import socket
import threading
from typing import TYPE_CHECKING

from ionoscloud import _clock
from ionoscloud._checks import REQUEST_TIMEOUT, TOTAL_TIMEOUT

if TYPE_CHECKING:
    from ionoscloud._operation import Timeout
    from ionoscloud.configuration import Configuration

_OVERHEAD = 1024 * 1024  # bytes of a response that are not its body
LONGEST = 2_000_000.0  # seconds that a socket can wait: it counts milliseconds in 31 bits


class Limits:
    """The limits of a call.

    Args:
        deadline: When it ends, on the clock of `_clock.monotonic`.
        size: Number of bytes that may arrive for a response, headers and framing included.
        connect: Seconds to connect.
        read: Seconds for each read.

    Attributes:
        responding: Whether the request was sent and its response is being read.
    """

    __slots__ = ("connect", "deadline", "read", "responding", "size")

    def __init__(
        self, deadline: float = math.inf, size: float = math.inf, connect: float = LONGEST, read: float = LONGEST
    ) -> None:
        self.deadline = deadline
        self.size = size
        self.connect = connect
        self.read = read
        self.responding = False


def limits_of(
    configuration: Configuration, request_timeout: Timeout | None = None, total_timeout: float | None = None
) -> Limits:
    """Return the limits of a call that starts now.

    Args:
        configuration: Default timeouts, and the size limit.
        request_timeout: Seconds to connect and for each read, or a pair of both; `None` and 0 mean the default.
        total_timeout: Seconds for all attempts; `None` means the default.

    Raises:
        ApiTypeError: A timeout has the wrong type.
        ApiValueError: A timeout is invalid.
    """
    each, total = configuration.timeout, configuration.total_timeout
    if request_timeout is not None and request_timeout != 0:  # 0 means "not given", as in 5.0.x
        each = REQUEST_TIMEOUT.check("_request_timeout", request_timeout)
    if total_timeout is not None:
        total = TOTAL_TIMEOUT.check("_total_timeout", total_timeout)
    connect, read = timeout_pair(each)
    deadline = math.inf if total is None else _clock.monotonic() + total
    return Limits(deadline, configuration.max_response_bytes + _OVERHEAD, connect, min(read, LONGEST))


def timeout_pair(timeout: Timeout) -> tuple[float, float]:
    """Return the seconds to connect and for each read."""
    return timeout if isinstance(timeout, tuple) else (timeout, timeout)


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
    return min(longest, remaining, LONGEST)
