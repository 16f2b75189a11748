"""Slow down before the server answers 429."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from ionoscloud import _clock


class _Bucket(NamedTuple):
    """A bucket of requests that fills steadily.

    Attributes:
        rate: Requests a second.
        burst: Size.
        empty_at: When it was or will be empty, if no request is sent after `newest`.
        newest: Number of the newest request with a response.
    """

    rate: float
    burst: float
    empty_at: float
    newest: int


class RateLimit:
    """The rate limit of the server, as its response headers state it.

    Threads share it without a lock, for the reason in `pools.IdleConnections`: numbers are drawn and the bucket is
    replaced in one step each. If two threads replace it at the same time, the next response corrects it.
    """

    def __init__(self) -> None:
        self._bucket: _Bucket | None = None  # `None` without a limit
        self._numbers = count()
        self._in_flight: dict[object, int] = {}

    def reserve(self, call: object) -> float:
        """Reserve a request for a call, up to its `settle`. Return the seconds to wait before it is sent."""
        self._in_flight[call] = number = next(self._numbers)
        bucket = self._bucket
        if bucket is None:
            return 0.0
        rate, burst, empty_at, newest = bucket
        now = _clock.monotonic()
        return max(max(empty_at, now - burst / rate) + (number - newest) / rate - now, 0.0)

    def settle(self, call: object, headers: Mapping[str, str] | None) -> None:
        """End the reservation of a call, with the headers of the response if there is one."""
        number = self._in_flight.pop(call, None)
        if number is None or headers is None or "X-RateLimit-Remaining" not in headers:
            return
        get = headers.get
        stated = get("X-RateLimit-Remaining"), get("X-RateLimit-Limit"), get("X-RateLimit-Burst")
        remaining, limit, burst = _numbers(stated)
        if remaining >= burst:  # a server that did not count this request has no limit
            self._bucket = None
            return
        if self._in_flight:
            # The server counts requests in the order of its responses, so not yet those that are in flight.
            remaining -= sum(each < number for each in self._in_flight.copy().values())
        bucket = self._bucket
        rate = limit / 60
        empty_at = _clock.monotonic() - remaining / rate
        newest = number
        if bucket is not None and number < bucket.newest:  # a late response, which matters if it states less
            newest = bucket.newest
            empty_at = max(empty_at + (newest - number) / rate, bucket.empty_at)
        self._bucket = _Bucket(rate, burst, empty_at, newest)

    def spacing(self, share: float) -> float:
        """Return the seconds between requests that only need a share of the rate, 0 while half of the burst is left."""
        bucket = self._bucket
        if bucket is None:
            return 0.0
        available = (_clock.monotonic() - bucket.empty_at) * bucket.rate
        used = min(max(1 - 2 * available / bucket.burst, 0.0), 1.0)
        return used / (bucket.rate * share)


@lru_cache(maxsize=1024)
def _numbers(texts: tuple[str | None, ...]) -> tuple[float, ...]:
    """Return the numbers in headers; those of a server without a limit if they are not valid."""
    numbers = [float(text) for text in texts if text and text.isascii() and text.isdigit() and len(text) < 10]
    return tuple(numbers) if len(numbers) == len(texts) and numbers[1] else (0.0, 0.0, 0.0)
