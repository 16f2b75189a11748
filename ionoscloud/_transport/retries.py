"""Decide which requests to retry, and limit the retries of a client."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

from urllib3 import Retry
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError
from urllib3.util.retry import RequestHistory

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration

# https://www.rfc-editor.org/rfc/rfc9110.html#section-9.2.2
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
TRANSIENT_STATUSES = frozenset({502, 503, 504})
TOO_MANY_REQUESTS = 429


class Retries(Retry):
    """The default retry policy.

    All methods are retried after a failure to connect, and after a 429, which the API sends before it changes anything.
    Idempotent methods are also retried after 502, 503, 504 and broken connections. Nothing else is retried: a TLS
    failure or an unreadable response would occur again.

    Args:
        total: Maximum number of retries of a request.
        wait_time: Seconds before the first retry; doubled for each further one, and shortened at random by up to half.
        max_wait_time: Maximum seconds before a retry.
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
        # urllib3 also counts an error response of the proxy, such as 407.
        return isinstance(unwrap_proxy_error(err), (ConnectTimeoutError, NewConnectionError))

    def get_backoff_time(self) -> float:
        failures = min(len(self.history), 60)
        longest = min(self.wait_time * 2 ** max(failures - 1, 0), self.max_wait_time)
        return longest * random.uniform(0.5, 1) if failures else 0


def retry_policy(configuration: Configuration) -> Retry:
    """Return the retry policy for a new request."""
    retries = configuration.retries
    if isinstance(retries, Retry):
        return retries
    total = configuration.max_retries if retries is None or retries is False else retries
    return Retries(total, wait_time=configuration.wait_time, max_wait_time=configuration.max_wait_time)


def backoff_times(policy: Retry) -> Iterator[float]:
    """Yield the seconds to wait before each retry that a policy permits after broken connections.

    For transfers other than HTTP: the methods and statuses of the policy do not matter.
    """
    limits = [limit for limit in (policy.total, policy.read) if limit is not None]
    failure = RequestHistory(None, None, None, None, None)  # policies of urllib3 derive the wait from their history
    for failures in range(1, min(limits) + 1) if limits else count(1):
        yield policy.new(history=(failure,) * failures).get_backoff_time()


def unwrap_proxy_error(error: Exception) -> Exception:
    """Return the error that a `ProxyError` wraps; return any other error unchanged."""
    return error.original_error if isinstance(error, ProxyError) else error


class RetryBudget:
    """Limits the retries of all threads of a client, so that an outage does not cause a retry storm.

    Each retry takes one token; five responses without a retry give one back.

    Args:
        size: Maximum number of tokens.
    """

    REFILL = 5

    def __init__(self, size: int = 100) -> None:
        self._size = size
        # No lock: an exception from a signal handler could leave it locked, and every later call would hang.
        self._left = deque(range(size))
        self._successes = count(1)

    def take(self) -> bool:
        """Take a token; return False if none is left."""
        try:
            self._left.pop()
        except IndexError:
            return False
        return True

    def refill(self) -> None:
        """Count a response at the first attempt. Every fifth one gives a token back."""
        if len(self._left) < self._size and next(self._successes) % self.REFILL == 0:
            self._left.append(0)
