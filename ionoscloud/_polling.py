"""When to poll, and which requests one poll covers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from threading import current_thread
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
# Items of a list of requests: at least twice as many as are pending, because others create requests, too.
_MIN_LIMIT, _MAX_LIMIT = 10, 1000
_PAUSE = 1.0  # seconds between two looks at the rate limit
_TURN = 0.01  # seconds between two looks at the list that another thread reads


class Client(Protocol):
    """The part of `ApiClient` that polling needs."""

    configuration: Configuration

    @property
    def rest_client(self) -> Any: ...

    @property
    def _request_polls(self) -> dict[str, RequestPolls]: ...  # by contract

    def call(
        self, operation: Operation[Any], arguments: tuple[Any, ...], body: Any, options: dict[str, Any]
    ) -> Any: ...

    def _accepts_total_timeout(self) -> bool: ...


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
        self._interval = interval  # `None` if intervals depend on the elapsed time
        if initial_wait is not None or scaleup is not None:
            self._interval = INITIAL_WAIT if initial_wait is None else initial_wait
            self._scaleup: float = SCALEUP if scaleup is None else scaleup
        else:
            self._scaleup = math.inf
        self._max_wait = math.inf if max_wait is None else max_wait
        self._polls = 0
        self._started = _clock.monotonic()
        self._deadline = self._started + (math.inf if timeout is None else timeout)
        self.due = self._started + (_FIRST if self._interval is None and not at_once else 0)

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

    def polls(self) -> Iterator[float]:
        """Wait for each poll, and yield the seconds that are left until the deadline. The last poll is there."""
        while True:
            self.sleep()
            yield self.left
            self.polled(_clock.monotonic())
            if self.left <= 0:
                return

    def sleep(self, spacing: Callable[[], float] | None = None) -> None:
        """Wait until the next poll, or until the deadline.

        Args:
            spacing: Returns the time before which no poll is due, unless intervals were given. It is called each
                second, because it can become earlier.
        """
        while True:
            earliest = spacing() if spacing and self._interval is None else -math.inf
            seconds = min(max(self.due, earliest), self._deadline) - _clock.monotonic()
            if seconds > 0:
                time.sleep(seconds if earliest <= self.due else min(seconds, _PAUSE))
            if seconds <= _PAUSE or earliest <= self.due:
                return


class _Wait:
    """The requests that a wait polls for.

    Attributes:
        pending: Ids of the requests that are not done. Replaced when it changes, because other threads read it.
        found: New statuses with the times at which they were read, from the polls of any thread.
        unlisted: Ids of requests that the list does not contain, such as old ones.
    """

    def __init__(self, request_ids: Iterable[str]) -> None:
        self.pending = dict.fromkeys(request_ids)
        self.found: dict[str, tuple[float, RequestStatus | None]] = {}
        self.unlisted: set[str] = set()


class _Listing:
    """A list of requests that a thread is reading."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.is_over = False
        self._thread = current_thread()

    def has_ended(self) -> bool:
        # Threads end with a fork, and a signal handler can raise an exception in the lines that set `is_over`. A signal
        # handler or a hook that waits during the list is in the thread that reads it.
        is_running = self._thread.is_alive() and self._thread is not current_thread()
        return self.is_over or not is_running or _clock.monotonic() > self.deadline


class RequestPolls:
    """The polls of all waits of a client for requests of one contract.

    While several requests are pending, one thread lists requests for all of them, and the others use what it found.
    There are no locks, which an exception from a signal handler could leave locked.
    """

    def __init__(self) -> None:
        self._waits: dict[_Wait, None] = {}
        self._running: dict[str, _Listing] = {}  # holds the current one
        self._polled_at = -math.inf
        self._can_list = True
        self._limit = _MIN_LIMIT

    def wait(
        self,
        client: Client,
        request_ids: Collection[str],
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
        statuses: dict[str, RequestStatus | None] = dict.fromkeys(request_ids)
        wait = _Wait(request_ids)
        error = None
        self._waits[wait] = None
        try:
            while wait.pending and error is None:
                schedule.sleep(lambda: self._polled_at + _spacing(client))
                left = schedule.left
                if left <= 0:
                    wait.found.clear()  # the last poll is at the deadline
                if not wait.found.keys() >= wait.pending.keys():
                    error = self._poll(client, wait, left, options, contract)
                new = {each: wait.found.pop(each) for each in wait.pending if each in wait.found}
                wait.pending = {
                    each: None
                    for each in wait.pending
                    if each not in new or state_of(new[each][1]) not in ("DONE", "FAILED")
                }
                for request_id, (_, status) in new.items():
                    statuses[request_id] = status
                    if progress and status is not None:
                        progress(status)
                if new:
                    schedule.polled(min(at for at, _ in new.values()))
                if schedule.left <= 0:
                    break
        finally:
            self._waits.pop(wait, None)
        return statuses, error

    def _poll(
        self, client: Client, wait: _Wait, left: float, options: Mapping[str, Any], contract: int | None
    ) -> ApiException | None:
        """Read the status of each pending request of a wait. Return the error if the deadline of the wait ends it."""
        end = _clock.monotonic() + max(left, MIN_POLL_TIMEOUT)

        def call(operation: Operation[Any], *arguments: Any) -> Any:
            own = {**options, **timeout_option(client, end - _clock.monotonic()), "_return_http_data_only": True}
            result = client.call(operation, (*arguments, contract), None, own)
            self._polled_at = _clock.monotonic()
            return result

        try:
            self._share_list(call, wait, end, _Listing(_clock.monotonic() + _poll_timeout(client, left)))
            for request_id in wait.pending:
                if request_id not in wait.found and _clock.monotonic() < end:
                    status = call(REQUESTS_STATUS_GET, request_id)
                    wait.found[request_id] = self._polled_at, status
        except ApiException as error:
            if is_late(client, error, left):
                return error
            raise
        return None

    def _share_list(self, call: Callable[..., Any], wait: _Wait, end: float, own: _Listing) -> None:
        """List requests for all waits, or wait for the thread that does so, at most until `end`."""
        waits = self._waits.copy()
        wanted = {each for some in waits for each in some.pending if each not in some.unlisted}
        missing = [each for each in wait.pending if each not in wait.found]
        if not self._can_list or len(wanted) < 2 or wanted.isdisjoint(missing):
            return
        try:
            listing = self._running.setdefault("list", own)
            if listing is own:
                self._list(call, waits, wanted)
            while not (listing is own or listing.has_ended()) and _clock.monotonic() < end:
                time.sleep(_TURN)
        finally:
            own.is_over = True
            current = self._running.get("list")
            if current and current.has_ended():
                self._running.pop("list", None)

    def _list(self, call: Callable[..., Any], waits: Collection[_Wait], wanted: set[str]) -> None:
        """Find the statuses of requests among the newest ones of the contract."""
        limit = min(max(self._limit, 2 * len(wanted), _MIN_LIMIT), _MAX_LIMIT)
        try:
            page = call(REQUESTS_GET, 2, limit)
        except ApiException as error:
            if not error.status or error.status >= 500 or error.status in (401, 429):
                raise
            self._can_list = False  # not allowed
            return
        items = getattr(page, "items", None) or ()
        found: dict[str, Any] = {}
        last = 0
        for position, request in enumerate(items, 1):
            status = getattr(request.metadata, "request_status", None)
            if state_of(status):
                found[request.id] = status
                last = position if request.id in wanted else last
        is_complete = len(items) < limit or limit == _MAX_LIMIT
        self._limit = 2 * (last if is_complete or found.keys() >= wanted else limit)
        for wait in self._waits.copy():  # also those that have begun meanwhile
            for request_id in wait.pending:
                if request_id in found:
                    wait.found[request_id] = self._polled_at, found[request_id]
                elif is_complete and wait in waits:
                    wait.unlisted.add(request_id)


def _poll_timeout(client: Client, left: float) -> float:
    """Return the total timeout of a poll, in seconds, if `left` seconds of the wait are left."""
    total = client.configuration.total_timeout
    return min(max(left, MIN_POLL_TIMEOUT), math.inf if total is None else total)


def timeout_option(client: Client, left: float) -> dict[str, Any]:
    """Return the option for the total timeout of a poll, if `left` seconds of the wait are left."""
    return {"_total_timeout": _poll_timeout(client, left)} if client._accepts_total_timeout() else {}


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
