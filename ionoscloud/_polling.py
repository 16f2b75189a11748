"""When to poll, and which requests one poll covers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from ionoscloud import _clock
from ionoscloud._checks import POSITIVE, WAIT_TIMEOUT
from ionoscloud._operation import Operation, Parameter
from ionoscloud.exceptions import ApiException

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration
    from ionoscloud.models.request_status import RequestStatus
    from ionoscloud.models.requests import Requests

MIN_POLL_TIMEOUT = 1.0  # seconds of a poll, also of the last one, at the deadline

# Without an explicit interval, a change is noticed within 0.5 s and a tenth of its duration, and ten minutes have 60
# polls: the first one after _FIRST seconds, the next ones _BASE seconds and _SHARE of the elapsed time apart.
_FIRST, _BASE, _SHARE, _LONGEST = 0.3, 0.48, 0.1, 20.0
_RATE_SHARE = 0.07  # of the requests that the server permits, for polls when the burst is used up

INITIAL_WAIT, SCALEUP = 5.0, 10  # of 5.0.x, if only one of them is given

_CONTRACT = Parameter("x_contract_number", "X-Contract-Number", "header", "int")
# The same operations as in `RequestApi`, which cannot be imported here because it imports the client.
REQUESTS_STATUS_GET: Operation[RequestStatus] = Operation(
    "requests_status_get",
    "GET",
    "/requests/{requestId}/status",
    parameters=(Parameter("request_id", "requestId", "path"), _CONTRACT),
    response_type="RequestStatus",
)
REQUESTS_GET: Operation[Requests] = Operation(
    "requests_get",
    "GET",
    "/requests",
    parameters=(Parameter("depth", "depth", "query", "int"), Parameter("limit", "limit", "query", "int"), _CONTRACT),
    response_type="Requests",
)
_MAX_LIMIT = 1000
_TURN = 0.01  # seconds between two looks at the poll of another thread


class Client(Protocol):
    """The part of `ApiClient` that polling needs."""

    configuration: Configuration
    request_polls: dict[int | None, RequestPolls]  # by the contract that a wait states

    @property
    def rest_client(self) -> Any: ...

    def call(
        self, operation: Operation[Any], arguments: tuple[Any, ...], body: Any, options: dict[str, Any]
    ) -> Any: ...


class Schedule:
    """The times of the polls of a wait that starts now.

    Args:
        timeout: Seconds to wait; `None` for no limit. The last poll is at the deadline.
        interval: Seconds between two polls; `None` if they depend on the elapsed time.
        initial_wait: Seconds between the first polls, in place of `interval`.
        scaleup: Number of polls after which the wait doubles, repeatedly.
        max_wait: Maximum number of seconds between two polls; `None` for no limit.
        at_once: Whether the first poll is at the start. With an interval of their own, waits always start with one.

    Attributes:
        timeout: The argument.
        is_adaptive: Whether intervals depend on the elapsed time.

    Raises:
        ApiTypeError, ApiValueError: An argument is invalid.
    """

    def __init__(
        self,
        timeout: float | None,
        interval: float | None = None,
        *,
        initial_wait: float | None = None,
        scaleup: int | None = None,
        max_wait: float | None = None,
        at_once: bool = True,
    ) -> None:
        WAIT_TIMEOUT.check("timeout", timeout)
        WAIT_TIMEOUT.check("initial_wait", initial_wait)
        POSITIVE._replace(is_optional=True).check("scaleup", scaleup)
        WAIT_TIMEOUT.check("max_wait", max_wait)
        self.timeout = timeout
        self.is_adaptive = interval is None and initial_wait is None and scaleup is None
        self._interval = interval
        if initial_wait is not None or scaleup is not None:
            self._interval = INITIAL_WAIT if initial_wait is None else initial_wait
            self._scaleup: float = SCALEUP if scaleup is None else scaleup
        else:
            self._scaleup = math.inf
        self._max_wait = math.inf if max_wait is None else max_wait
        self._polls = 0
        self._started = _clock.monotonic()
        self._deadline = self._started + (math.inf if timeout is None else timeout)
        self.due = self._started + (_FIRST if self.is_adaptive and not at_once else 0)

    @property
    def left(self) -> float:
        """The seconds until the deadline."""
        return self._deadline - _clock.monotonic()

    def polled(self, at: float) -> None:
        """Set the time of the next poll, after one at a given time."""
        self._polls += 1
        if self._interval is None:
            wait = min(_BASE + _SHARE * (at - self._started), _LONGEST)
        else:
            wait = self._interval * 2.0 ** min((self._polls - 1) // self._scaleup, 1000)
        self.due = at + min(wait, self._max_wait)

    def postpone(self, until: float) -> None:
        """Postpone the next poll, unless intervals were given."""
        if self._interval is None:
            self.due = max(self.due, until)

    def polls(self) -> Iterator[float]:
        """Wait for each poll, and yield the seconds that are left until the deadline. The last poll is there."""
        while True:
            self.sleep()
            yield self.left
            self.polled(_clock.monotonic())
            if self.left <= 0:
                return

    def sleep(self) -> None:
        """Wait until the next poll, or until the deadline."""
        seconds = min(self.due, self._deadline) - _clock.monotonic()
        if seconds > 0:
            time.sleep(seconds)


class _Pending:
    """A request that a wait polls for.

    Attributes:
        status: What the last poll returned.
        poll: Number of that poll.
        at: When it returned.
    """

    __slots__ = ("at", "poll", "status")

    def __init__(self) -> None:
        self.poll = 0
        self.at = 0.0
        self.status: RequestStatus | None = None


class _Poll:
    """A poll that a thread is making."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.is_over = self.has_failed = False


class RequestPolls:
    """The polls of all waits of a client for requests of one contract.

    While several requests are pending, one thread lists requests for all of them, and the others use what it found.
    There are no locks, which an exception from a signal handler could leave locked.
    """

    def __init__(self) -> None:
        self._pending: dict[str, _Pending] = {}
        self._running: dict[str, _Poll] = {}  # holds the current poll
        self._numbers = count(1)
        self._polled_at = -math.inf
        self._can_list = True
        self._limit = 10  # of the list; the newest requests come first

    def wait(
        self,
        client: Client,
        request_ids: Iterable[str],
        schedule: Schedule,
        progress: Callable[[RequestStatus], object] | None,
        options: Mapping[str, Any],
        contract: int | None,
    ) -> tuple[dict[str, RequestStatus | None], ApiException | None]:
        """Poll until all requests are done or failed, or until the deadline.

        Args:
            client: Client that polls.
            request_ids: Ids of the requests.
            schedule: The times of the polls.
            progress: Called with the status of each request after each poll.
            options: Options of the polls.
            contract: Contract of the requests.

        Returns:
            The last status of each request, and the error of a poll that the deadline ended.

        Raises:
            ApiException: A poll failed.
        """
        wanted = {request_id: self._pending.setdefault(request_id, _Pending()) for request_id in request_ids}
        pending = {**wanted}
        error = None
        seen = 0  # number of the last poll whose statuses this wait knows
        try:
            while pending and error is None:
                schedule.postpone(self._polled_at + _spacing(client))
                schedule.sleep()
                left = schedule.left
                if left <= 0 or min(each.poll for each in pending.values()) <= seen:
                    error = self._poll(client, pending, left, options, contract)
                oldest = min(pending.values(), key=lambda each: each.poll)
                if oldest.poll > seen:
                    seen = oldest.poll
                    for request_id, each in [*pending.items()]:
                        if progress and each.status is not None:
                            progress(each.status)
                        if state_of(each.status) in ("DONE", "FAILED"):
                            del pending[request_id]
                            self._pending.pop(request_id, None)
                    schedule.polled(oldest.at)
                if left <= 0:
                    break
        finally:
            for request_id in wanted:
                self._pending.pop(request_id, None)
        return {request_id: each.status for request_id, each in wanted.items()}, error

    def _poll(
        self,
        client: Client,
        wanted: dict[str, _Pending],
        left: float,
        options: Mapping[str, Any],
        contract: int | None,
    ) -> ApiException | None:
        """Make a poll, or wait for the one that another thread is making. Return the error if the deadline ends it."""
        seconds = poll_timeout(client, left)
        own = _Poll(_clock.monotonic() + seconds)
        current = self._running.setdefault("poll", own)
        while current is not own and not current.is_over:
            if _clock.monotonic() > current.deadline:  # a signal handler ended it between its first lines
                self._running.pop("poll", None)
                return None
            time.sleep(_TURN)
        if current is not own and not current.has_failed:
            return None
        try:
            options = {**options, "_total_timeout": seconds, "_return_http_data_only": True}
            self._fetch(client, wanted, options, contract)
        except BaseException as error:
            own.has_failed = True  # the other threads then poll for themselves, to get errors of their own
            if isinstance(error, ApiException) and is_late(client, error, left):
                return error
            raise
        finally:
            own.is_over = True
            if current is own:
                self._running.pop("poll", None)
        return None

    def _fetch(
        self, client: Client, wanted: dict[str, _Pending], options: dict[str, Any], contract: int | None
    ) -> None:
        number = next(self._numbers)
        can_list = self._can_list and len({**self._pending, **wanted}) > 1
        found = self._list(client, wanted, options, contract) if can_list else {}
        for request_id in wanted:
            if request_id not in found:
                found[request_id] = client.call(REQUESTS_STATUS_GET, (request_id, contract), None, options)
        self._polled_at = _clock.monotonic()
        for request_id, each in {**self._pending, **wanted}.items():
            if request_id in found:
                each.status, each.at, each.poll = found[request_id], self._polled_at, number

    def _list(
        self, client: Client, wanted: Collection[str], options: dict[str, Any], contract: int | None
    ) -> dict[str, Any]:
        """Return the statuses of the newest requests of the contract, which also serve other waits."""
        limit = min(max(self._limit, 2 * len(self._pending)), _MAX_LIMIT)
        try:
            page = client.call(REQUESTS_GET, (2, limit, contract), None, options)
        except ApiException as error:
            if not error.status or error.status >= 500 or error.status == 429:
                raise
            page = None  # not allowed to list requests
        found: dict[str, Any] = {}
        for request in getattr(page, "items", None) or ():
            status = getattr(request.metadata, "request_status", None)
            if state_of(status):
                found[request.id] = status
        if not found.keys() >= {*wanted}:
            self._can_list = bool(found)
            self._limit = min(2 * limit, _MAX_LIMIT)
        return found


def poll_timeout(client: Client, left: float) -> float:
    """Return the total timeout of a poll, in seconds, if `left` seconds of the wait are left."""
    total = client.configuration.total_timeout
    return min(max(left, MIN_POLL_TIMEOUT), math.inf if total is None else total)


def is_late(client: Client, error: ApiException, left: float) -> bool:
    """Return whether the deadline of the wait ended a poll, not the total timeout of the client."""
    total = client.configuration.total_timeout
    return error.out_of_time and (total is None or max(left, MIN_POLL_TIMEOUT) <= total)


def state_of(status: RequestStatus | None) -> str | None:
    """Return the state in the status of a request, such as `DONE`."""
    state: str | None = getattr(getattr(status, "metadata", None), "status", None)
    return state


def _spacing(client: Client) -> float:
    """Return the seconds that polls must be apart to leave the rate limit to other requests."""
    limit = getattr(client.rest_client, "rate_limit", None)  # programs can replace the transport
    return limit.spacing(_RATE_SHARE) if limit else 0.0
