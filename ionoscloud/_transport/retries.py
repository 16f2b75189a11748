"""When a request is sent again, and how many retries a client has left."""

from __future__ import annotations

import random
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Any

from urllib3 import Retry
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration

# Sending one of these twice leaves the server in the same state as sending it once.
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
TRANSIENT_STATUSES = frozenset({502, 503, 504})
TOO_MANY_REQUESTS = 429


class Retries(Retry):
    """When a request is sent again, and after how long.

    Every method is retried when the connection could not be made, and after a 429, which the API answers before it does
    anything. Idempotent methods are also retried after 502, 503, 504 and when the connection broke. Nothing else is:
    neither a TLS failure nor an answer that cannot be unpacked gets better by asking again.

    Args:
        total: How often a request is sent again at most.
        wait_time: Seconds before the first retry; doubled for each further one, and shortened at random by up to half.
        max_wait_time: Most seconds before a retry.
        options: As for `urllib3.Retry`.
    """

    def __init__(
        self, total: int | None = 3, *, wait_time: float = 1.0, max_wait_time: float = 60.0, **options: Any
    ) -> None:
        defaults: dict[str, Any] = {"allowed_methods": IDEMPOTENT_METHODS, "other": 0}
        super().__init__(total, **{**defaults, **options})
        self.wait_time = wait_time
        self.max_wait_time = max_wait_time

    def new(self, **options: Any) -> Retries:
        return super().new(wait_time=self.wait_time, max_wait_time=self.max_wait_time, **options)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        return status_code == TOO_MANY_REQUESTS or (
            method.upper() in IDEMPOTENT_METHODS and status_code in TRANSIENT_STATUSES
        )

    def _is_connection_error(self, err: Exception) -> bool:
        # A proxy that was reached and refused (407, say) is not one that could not be reached.
        return isinstance(reason_of(err), (ConnectTimeoutError, NewConnectionError))

    def get_backoff_time(self) -> float:
        failures = min(len(self.history), 60)
        longest = min(self.wait_time * 2 ** max(failures - 1, 0), self.max_wait_time)
        return longest * random.uniform(0.5, 1) if failures else 0


def policy_of(configuration: Configuration) -> Retry:
    """Return what decides on the retries of a request, none of them used yet."""
    retries = configuration.retries
    if isinstance(retries, Retry):
        return retries
    total = configuration.max_retries if retries is None or retries is False else retries
    return Retries(total, wait_time=configuration.wait_time, max_wait_time=configuration.max_wait_time)


def reason_of(error: Exception) -> Exception:
    """Return what went wrong, be it on the way to a proxy."""
    return error.original_error if isinstance(error, ProxyError) else error


class RetryBudget:
    """How many retries the threads of one client have together, so that an outage is not answered with a storm.

    Each retry takes one; five answers that needed none give one back.

    Args:
        size: How many retries there are at most.
    """

    REFILL = 5

    def __init__(self, size: int = 100) -> None:
        self._size = size
        # No lock: an exception from a signal handler could leave it taken, and every later call would hang.
        self._left = deque(range(size))
        self._answered = count(1)

    def take(self) -> bool:
        """Take a retry; False when none is left."""
        try:
            self._left.pop()
        except IndexError:
            return False
        return True

    def refill(self) -> None:
        """Note that a request was answered at the first attempt."""
        if len(self._left) < self._size and next(self._answered) % self.REFILL == 0:
            self._left.append(0)
