"""Limit the rate of requests."""

from __future__ import annotations

import math
import sys

from ionoscloud.emulator.checks import check_integer, check_number
from ionoscloud.emulator.clock import Clock
from ionoscloud.emulator.messages import ApiError

DEFAULT_RATE, DEFAULT_BURST = 120, 50  # of X-RateLimit headers without a limit


class RateLimit:
    """A token bucket: it fills with time, and each request takes a token."""

    def __init__(self, clock: Clock, requests: int | None = None, per: float = 60, burst: int | None = None) -> None:
        self._clock = clock
        self.set(requests, per, burst)

    def set(self, requests: int | None, per: float = 60, burst: int | None = None) -> None:
        """Set the limit, and start with a full bucket.

        Args:
            requests: Number of tokens that are added in `per` seconds; None: no limit.
            per: Seconds.
            burst: Size of the bucket; default `requests`.
        """
        for name, value in (("rate_limit", requests), ("burst", burst)):
            if value is not None:
                check_integer(name, value, "a number of requests, 1 or more, or None", 1)
        check_number("per", per, "a number of seconds, more than 0", sys.float_info.min)
        self._requests = requests
        self._per = per
        self._burst = burst or requests or DEFAULT_BURST
        self._tokens = float(self._burst)
        self._filled = self._clock.now()

    def take(self) -> None:
        """Take a token.

        Raises:
            ApiError: There is none. The error has the seconds until there is one.
        """
        if self._requests is None:
            return
        now = self._clock.now()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._requests / self._per)
        self._filled = now
        if self._tokens < 1:
            wait = max(1, math.ceil((1 - self._tokens) * self._per / self._requests))
            raise ApiError(429, "Request rate limit exceeded", headers={"Retry-After": str(wait)})
        self._tokens -= 1

    def headers(self) -> dict[str, str]:
        per_minute = DEFAULT_RATE if self._requests is None else max(round(self._requests * 60 / self._per), 1)
        return {
            "X-RateLimit-Limit": str(per_minute),
            "X-RateLimit-Remaining": str(int(self._tokens)),
            "X-RateLimit-Burst": str(self._burst),
        }
