"""Hold the limits of the call that each thread is making: deadline, timeouts and size limit.

urllib3 cannot pass a deadline to its sockets, so they look it up here.
"""

from __future__ import annotations

import math
import socket
import threading
from typing import TYPE_CHECKING

from ionoscloud import _clock
from ionoscloud._checks import REQUEST_TIMEOUT, TOTAL_TIMEOUT

if TYPE_CHECKING:
    from ionoscloud._call_options import Timeout
    from ionoscloud.configuration import Configuration

_OVERHEAD = 1024 * 1024  # bytes of a response that are not its body
MAX_WAIT = 2_000_000.0  # seconds; a socket counts milliseconds in 31 bits


class Limits:
    """The limits of a call.

    Args:
        deadline: End of the call, in the time of `_clock.monotonic`.
        size: Maximum bytes of a response, including headers and framing.
        connect: Seconds to connect.
        read: Seconds for each read.

    Attributes:
        responding: Whether the request has been sent, and the client is reading the response.
    """

    __slots__ = ("connect", "deadline", "read", "responding", "size")

    def __init__(
        self, deadline: float = math.inf, size: float = math.inf, connect: float = MAX_WAIT, read: float = MAX_WAIT
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
    return Limits(deadline, configuration.max_response_bytes + _OVERHEAD, connect, min(read, MAX_WAIT))


def timeout_pair(timeout: Timeout) -> tuple[float, float]:
    """Return the seconds to connect and for each read."""
    return timeout if isinstance(timeout, tuple) else (timeout, timeout)


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
    return seconds_until(current.limits.deadline, longest, "the call took longer than its total timeout")


def seconds_until(deadline: float, longest: float, reason: object) -> float:
    """Return the seconds that an operation on a socket may take.

    Args:
        deadline: The deadline, in the time of `_clock.monotonic`.
        longest: Its own limit in seconds.
        reason: Text of the error, converted with `str` when it is raised.

    Raises:
        socket.timeout: The deadline has passed.
    """
    remaining = deadline - _clock.monotonic()
    if remaining <= 0:
        raise socket.timeout(str(reason))
    return min(longest, remaining, MAX_WAIT)
