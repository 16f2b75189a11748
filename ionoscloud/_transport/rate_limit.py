"""Slow down before the server answers 429."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ionoscloud import _clock


class RateLimit:
    """The rate limit of the server, as its response headers state it: a bucket of requests that fills steadily.

    Threads share it without a lock, for the reason in `pools.IdleConnections`. If two of them change it at the same
    time, one change is lost, and the next response corrects it.
    """

    def __init__(self) -> None:
        self._rate = 0.0  # requests a second; 0 if unknown
        self._burst = 0.0
        self._empty_at = -math.inf  # when the bucket was or will be empty
        self._in_flight: dict[object, None] = {}

    def reserve(self) -> tuple[object, float]:
        """Reserve a request. Return a reservation, to pass to `settle`, and the seconds to wait before sending."""
        reservation = object()
        self._in_flight[reservation] = None
        if not self._rate:
            return reservation, 0.0
        now = _clock.monotonic()
        self._empty_at = max(self._empty_at, now - self._burst / self._rate) + 1 / self._rate
        return reservation, max(self._empty_at - now, 0.0)

    def settle(self, reservation: object, headers: Mapping[str, str] | None = None) -> None:
        """End a reservation, with the headers of the response if there is one."""
        self._in_flight.pop(reservation, None)
        remaining = _number(headers, "Remaining")
        if remaining is None:
            return
        self._burst = _number(headers, "Burst") or 0.0
        # A server that did not count this request has no limit.
        self._rate = (_number(headers, "Limit") or 0.0) / 60 if remaining < self._burst else 0.0
        if self._rate:
            # Requests that the server had not counted when it sent this response may use up what remains.
            self._empty_at = _clock.monotonic() - (remaining - len(self._in_flight)) / self._rate

    def spacing(self, share: float) -> float:
        """Return the seconds between requests that only need a share of the rate, 0 while half of the burst is left."""
        if not self._rate:
            return 0.0
        available = (_clock.monotonic() - self._empty_at) * self._rate
        used = min(max(1 - 2 * available / self._burst, 0.0), 1.0)
        return used / (self._rate * share)


def _number(headers: Mapping[str, str] | None, name: str) -> float | None:
    text = headers.get(f"X-RateLimit-{name}") if headers else None
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
