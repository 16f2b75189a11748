from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from urllib3._collections import HTTPHeaderDict

from ionoscloud import _polling, models
from ionoscloud._waiting import wait_for, wait_for_completion
from ionoscloud.configuration import Configuration
from ionoscloud.exceptions import (
    ApiException,
    ApiFailedRequest,
    ApiTimeout,
    ApiTypeError,
    ApiValueError,
    ConnectionException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    TimeoutException,
    TooManyRequestsException,
    UnauthorizedException,
)
from ionoscloud.models import RequestStatus


class Clock:
    """A clock that advances only in `sleep`, which records its argument."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(_polling, "time", fake)
    monkeypatch.setattr("ionoscloud._clock.monotonic", fake.monotonic)
    return fake


def never(_: object) -> bool:
    return False


# wait_for


def test_a_matching_response_is_returned_at_once(clock: Clock) -> None:
    assert wait_for(lambda response: response == "ready", lambda: "ready") == "ready"
    assert clock.sleeps == []


def test_wait_for_polls_until_the_response_matches(clock: Clock) -> None:
    responses = iter(["no", "no", "yes"])
    assert wait_for(fn_request=lambda: next(responses), fn_check=lambda response: response == "yes") == "yes"
    assert clock.sleeps == pytest.approx([0.48, 0.528])


def test_arguments_can_be_positional_in_the_published_order(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    responses = iter([0, 0, 0, 1])
    assert wait_for(bool, lambda: next(responses), 100, 1, 2, ".") == 1
    assert clock.sleeps == [1, 1, 2]
    assert capsys.readouterr().out == "..."


def test_wait_for_accepts_the_arguments_of_the_ansible_module(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    responses = iter([False, True])
    wait_for(fn_request=lambda: next(responses), fn_check=lambda r: r, scaleup=10000, console_print=".")
    assert capsys.readouterr().out == "."
    assert clock.sleeps == [5]


def test_nothing_is_printed_by_default(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ApiTimeout):
        wait_for(never, lambda: None, timeout=10)
    assert capsys.readouterr() == ("", "")


def test_waits_double_after_each_scaleup_polls(clock: Clock) -> None:
    with pytest.raises(ApiTimeout):
        wait_for(never, lambda: None, timeout=1000, initial_wait=1, scaleup=3)
    assert clock.sleeps[:9] == [1, 1, 1, 2, 2, 2, 4, 4, 4]


@pytest.mark.parametrize(("max_wait", "sleeps"), [(3, [1, 2, 3, 3, 1]), (0.5, [0.5] * 20)])
def test_waits_are_never_longer_than_max_wait(clock: Clock, max_wait: float, sleeps: list[float]) -> None:
    with pytest.raises(ApiTimeout):
        wait_for(never, lambda: None, timeout=10, initial_wait=1, scaleup=1, max_wait=max_wait)
    assert clock.sleeps == sleeps


def test_the_last_poll_is_at_the_deadline(clock: Clock) -> None:
    polls = []
    with pytest.raises(ApiTimeout, match="12 s"):
        wait_for(never, lambda: polls.append(clock.now - 1000), timeout=12, initial_wait=5)
    assert polls == [0, 5, 10, 12]
    assert clock.sleeps == [5, 5, 2]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.floats(min_value=0, max_value=1000),
    st.floats(min_value=0.5, max_value=1000),
    st.integers(min_value=1, max_value=20),
    st.floats(min_value=0, max_value=50),
)
def test_no_combination_of_arguments_sleeps_past_the_deadline(
    clock: Clock, timeout: float, initial_wait: float, scaleup: int, cost: float
) -> None:
    start, polls = clock.now, []

    def poll() -> None:
        polls.append(clock.now)
        clock.now += cost

    with pytest.raises(ApiTimeout):
        wait_for(never, poll, timeout, initial_wait, scaleup)
    assert polls[-1] <= start + timeout + 1e-6
    assert clock.now <= start + timeout + cost + 1e-6


def test_a_timeout_of_0_polls_once(clock: Clock) -> None:
    polls: list[None] = []
    with pytest.raises(ApiTimeout):
        wait_for(never, lambda: polls.append(None), timeout=0)
    assert len(polls) == 1
    assert wait_for(bool, lambda: True, timeout=0) is True


def test_a_late_response_that_matches_is_returned(clock: Clock) -> None:
    def poll() -> bool:
        clock.now += 100
        return True

    assert wait_for(bool, poll, timeout=10)


@pytest.mark.parametrize("timeout", [None, math.inf])
def test_without_a_timeout_waiting_is_unlimited(clock: Clock, timeout: float | None) -> None:
    assert wait_for(lambda _: clock.now > 1_000_000, lambda: "x", timeout=timeout) == "x"


def test_the_duration_of_polls_counts(clock: Clock) -> None:
    polls = []

    def poll() -> None:
        polls.append(clock.now)
        clock.now += 8

    with pytest.raises(ApiTimeout):
        wait_for(never, poll, timeout=10, initial_wait=5)
    assert polls == [1000, 1010]


def test_api_timeout_is_a_timeout_error(clock: Clock) -> None:
    with pytest.raises(TimeoutError) as caught:
        wait_for(never, lambda: None, timeout=1.5)
    assert isinstance(caught.value, ApiTimeout)
    assert caught.value.request_id is None
    assert "1.5 s" in caught.value.message == str(caught.value)


def test_errors_of_the_request_and_of_the_check_are_raised(clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError):
        wait_for(bool, lambda: 1 / 0)
    with pytest.raises(AttributeError):
        wait_for(lambda response: response.missing, lambda: None)


INVALID_NUMBERS = [
    {"timeout": -1},
    {"timeout": math.nan},
    {"timeout": 10**400},
    {"initial_wait": 10**400},
    {"timeout": "60"},
    {"timeout": True},
    {"initial_wait": -1},
    {"initial_wait": math.nan},
    {"initial_wait": "5"},
    {"initial_wait": True},
    {"scaleup": 0},
    {"scaleup": -1},
    {"scaleup": 1.5},
    {"scaleup": True},
    {"max_wait": -1},
    {"max_wait": "60"},
]


@pytest.mark.parametrize("arguments", INVALID_NUMBERS, ids=str)
def test_wait_for_rejects_invalid_numbers_before_the_first_poll(arguments: dict[str, Any]) -> None:
    polls: list[None] = []
    with pytest.raises((ApiTypeError, ApiValueError), match=next(iter(arguments))):
        wait_for(bool, lambda: polls.append(None), **arguments)
    assert polls == []


# wait_for_completion


class FakeClient:
    """An `ApiClient` that returns one status after the other, and the last one repeatedly."""

    def __init__(self) -> None:
        self.configuration = Configuration()
        self._request_polls: dict[str, Any] = {}
        self.rest_client = None
        self.statuses: list[Any] = []
        self.polls: list[tuple[str, Any]] = []
        self.seconds: list[float] = []

    def with_statuses(self, *metadata: Any) -> FakeClient:
        self.statuses = [{"status": item} if isinstance(item, str) else item for item in metadata]
        return self

    def _accepts_total_timeout(self) -> bool:
        return True

    def call(self, operation: Any, arguments: Any, body: Any, options: Any) -> RequestStatus | None:
        path, others = operation.encode(arguments, 5)
        self.polls.append((path, dict(others["header"]).get("X-Contract-Number")))
        self.seconds.append(options["_total_timeout"])
        metadata = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if isinstance(metadata, Exception):
            raise metadata
        return None if metadata is None else RequestStatus.from_dict({"metadata": metadata} if metadata else {})


@pytest.fixture
def client(clock: Clock) -> Iterator[Any]:
    return FakeClient()


def test_waiting_ends_when_the_request_is_done(client: Any, clock: Clock) -> None:
    assert wait_for_completion(client.with_statuses("QUEUED", "RUNNING", "DONE"), "the-id") is None
    assert client.polls == [("/requests/the-id/status", None)] * 3
    assert clock.sleeps == pytest.approx([0.3, 0.51, 0.561])


@pytest.mark.parametrize(
    ("arguments", "sleeps"), [({"initial_wait": 5}, [5, 5]), ({"scaleup": 1}, [5, 10]), ({"initial_wait": 0}, [])]
)
def test_explicit_waits_start_with_a_poll(
    client: Any, clock: Clock, arguments: dict[str, Any], sleeps: list[float]
) -> None:
    wait_for_completion(client.with_statuses("QUEUED", "RUNNING", "DONE"), "the-id", **arguments)
    assert clock.sleeps == sleeps


@pytest.mark.parametrize(("poll_interval", "sleeps"), [(0, []), (2, [2, 2])])
def test_the_configured_interval_is_the_default(
    client: Any, clock: Clock, poll_interval: float, sleeps: list[float]
) -> None:
    client.configuration.poll_interval = poll_interval
    wait_for_completion(client.with_statuses("QUEUED", "RUNNING", "DONE"), "the-id")
    assert clock.sleeps == sleeps


@pytest.mark.parametrize(("wait_timeout", "message"), [(9, "9 s"), (9.5, "9.5 s")])
def test_the_configured_timeout_is_the_default(client: Any, clock: Clock, wait_timeout: float, message: str) -> None:
    client.configuration.wait_timeout = wait_timeout
    with pytest.raises(ApiTimeout, match=message):
        wait_for_completion(client.with_statuses("QUEUED"), "the-id")
    assert clock.now == 1000 + wait_timeout


def test_a_change_is_noticed_soon_and_with_few_polls(client: Any, clock: Clock) -> None:
    times = []
    client.with_statuses("RUNNING")
    with pytest.raises(ApiTimeout):
        wait_for_completion(client, "the-id", 600, progress=lambda _: times.append(clock.now - 1000))
    assert len(times) <= 60
    assert times[0] == pytest.approx(0.3)
    for before, after in zip(times, times[1:]):
        assert after - before <= 0.5 + 0.1 * before + 1e-9  # the change ends right after a poll


def test_completion_arguments_can_be_positional_in_the_published_order(client: Any, clock: Clock) -> None:
    wait_for_completion(client.with_statuses("QUEUED", "QUEUED", "QUEUED", "DONE"), "the-id", 100, 1, 2)
    assert clock.sleeps == [1, 1, 2]


@pytest.mark.parametrize(
    "source",
    [
        "the-id",
        " the-id\n",
        "https://api.ionos.com/cloudapi/v5/requests/the-id/status",
        "/requests/the-id",
        {"Location": "https://api.ionos.com/cloudapi/v5/requests/the-id/status"},
        {"date": "x", "location": "/requests/the-id/status"},
        HTTPHeaderDict({"LOCATION": "/requests/the-id/status"}),
    ],
)
def test_the_request_can_be_an_id_a_location_or_headers(client: Any, source: Any) -> None:
    wait_for_completion(client.with_statuses("DONE"), source)
    assert client.polls == [("/requests/the-id/status", None)]


@pytest.mark.parametrize("source", [None, {}, {"date": "x"}, HTTPHeaderDict()])
def test_without_a_request_id_waiting_returns_at_once(client: Any, source: Any) -> None:
    wait_for_completion(client, source)
    assert client.polls == []


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("", ApiValueError),
        ("  ", ApiValueError),
        ("https://api.ionos.com/cloudapi/v5/images/1", ApiValueError),
        (5, ApiTypeError),
        (["the-id", 5], ApiTypeError),
        (["the-id", ""], ApiValueError),
        (b"the-id", ApiTypeError),
    ],
)
def test_an_invalid_request_id_is_rejected(client: Any, source: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="request_id"):
        wait_for_completion(client, source)
    assert client.polls == []


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"status": "FAILED", "message": "no space left"}, "no space left"),
        ({"status": "FAILED"}, "the server gave no reason"),
        ({"status": "FAILED", "message": None}, "the server gave no reason"),
        ({"status": "FAILED", "message": {"odd": 1}}, "odd"),
    ],
)
def test_a_failed_request_raises_with_the_message_of_the_server(client: Any, metadata: Any, message: str) -> None:
    with pytest.raises(ApiFailedRequest, match=message) as caught:
        wait_for_completion(client.with_statuses("RUNNING", metadata), "the-id")
    assert caught.value.request_id == "the-id"
    assert "the-id" in str(caught.value)


@pytest.mark.parametrize(("status", "error"), [("FAILED", ApiFailedRequest), ("RUNNING", ApiTimeout)])
def test_control_characters_in_a_location_are_escaped(
    client: Any, clock: Clock, status: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"^request a\\x1b\[2J ") as caught:
        wait_for_completion(client.with_statuses(status), "https://h/requests/a\x1b[2J/status", timeout=1)
    assert caught.value.request_id == "a\x1b[2J"  # type: ignore[attr-defined]


def test_a_slow_request_raises_with_its_last_status(client: Any, clock: Clock) -> None:
    with pytest.raises(ApiTimeout, match=r"the-id .* 7 s; .* RUNNING") as caught:
        wait_for_completion(client.with_statuses("QUEUED", "RUNNING"), "the-id", timeout=7, initial_wait=5)
    assert caught.value.request_id == "the-id"
    assert caught.value.status.metadata.status == "RUNNING"
    assert clock.sleeps == [5, 2]


@pytest.mark.parametrize(
    ("timeout", "total_timeout", "seconds"),
    [
        (12, 600, [12, 7, 2, 1]),
        (12, None, [12, 7, 2, 1]),
        (12, 4, [4, 4, 2, 1]),
        (0, 600, [1]),
    ],
)
def test_a_poll_may_take_the_remaining_time_or_a_second(
    client: Any, timeout: float, total_timeout: float | None, seconds: list[float]
) -> None:
    client.configuration.total_timeout = total_timeout
    with pytest.raises(ApiTimeout):
        wait_for_completion(client.with_statuses("QUEUED"), "the-id", timeout, initial_wait=5)
    assert client.seconds == seconds


@pytest.mark.parametrize(("total_timeout", "seconds"), [(600, 600), (None, math.inf)])
def test_without_a_timeout_a_poll_has_the_total_timeout_of_a_call(
    client: Any, total_timeout: float | None, seconds: float
) -> None:
    client.configuration.total_timeout = total_timeout
    wait_for_completion(client.with_statuses("DONE"), "the-id", timeout=None)
    assert client.seconds == [seconds]


def failed(error: type[ApiException], out_of_time: bool) -> ApiException:
    result = error(reason="on purpose")
    result.out_of_time = out_of_time
    return result


@pytest.mark.parametrize("error", [TimeoutException, TooManyRequestsException])
def test_a_poll_that_exceeds_the_deadline_raises_api_timeout(client: Any, error: type[ApiException]) -> None:
    cause = failed(error, out_of_time=True)
    with pytest.raises(ApiTimeout, match=r"the-id .* 7 s; .* QUEUED") as caught:
        wait_for_completion(client.with_statuses("QUEUED", cause), "the-id", timeout=7)
    assert (caught.value.__cause__, caught.value.request_id) == (cause, "the-id")


@pytest.mark.parametrize(
    ("error", "total_timeout"),
    [
        (failed(NotFoundException, out_of_time=False), 600),
        (failed(TimeoutException, out_of_time=False), 600),
        (failed(TimeoutException, out_of_time=True), 3),
    ],
)
def test_other_errors_of_a_poll_are_raised(client: Any, error: ApiException, total_timeout: float) -> None:
    client.configuration.total_timeout = total_timeout
    with pytest.raises(ApiException) as caught:
        wait_for_completion(client.with_statuses("QUEUED", error), "the-id", timeout=9)
    assert caught.value is error


@pytest.mark.parametrize("odd", ["PAUSED", {}, None, {"status": None}, {"message": "x"}, "text"], ids=repr)
def test_polling_continues_after_an_unknown_or_missing_status(client: Any, odd: Any) -> None:
    wait_for_completion(client.with_statuses(odd, odd, "DONE"), "the-id")
    assert len(client.polls) == 3


def test_polling_continues_after_metadata_of_an_unexpected_type(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client.with_statuses("DONE")
    responses = iter([RequestStatus(metadata="odd"), RequestStatus(metadata=["odd"])])
    call = client.call
    monkeypatch.setattr(client, "call", lambda *arguments: next(responses, None) or call(*arguments))
    wait_for_completion(client, "the-id")


def test_progress_is_called_with_each_status(client: Any) -> None:
    seen: list[Any] = []
    wait_for_completion(client.with_statuses("QUEUED", "RUNNING", "DONE"), "the-id", progress=seen.append)
    assert [status.metadata.status for status in seen] == ["QUEUED", "RUNNING", "DONE"]


def test_progress_is_called_with_a_failure_too(client: Any) -> None:
    seen: list[Any] = []
    with pytest.raises(ApiFailedRequest):
        wait_for_completion(client.with_statuses("FAILED"), "the-id", progress=seen.append)
    assert len(seen) == 1


def test_polls_send_the_contract_number(client: Any) -> None:
    wait_for_completion(client.with_statuses("DONE"), "the-id", x_contract_number=31111)
    assert client.polls == [("/requests/the-id/status", "31111")]


@pytest.mark.parametrize("arguments", INVALID_NUMBERS, ids=str)
def test_wait_for_completion_rejects_invalid_numbers_before_the_first_poll(
    client: Any, arguments: dict[str, Any]
) -> None:
    with pytest.raises((ApiTypeError, ApiValueError), match=next(iter(arguments))):
        wait_for_completion(client.with_statuses("DONE"), "the-id", **arguments)
    assert client.polls == []


# Several requests


class Requests(FakeClient):
    """A client of a contract with requests, the newest first, that are done at a time.

    Attributes:
        listed: The ids of the requests in the list.
        done_at: When a request is done; default never.
        errors: Errors of the next polls, by operation.
    """

    def __init__(self, clock: Clock, listed: list[str], **done_at: float) -> None:
        super().__init__()
        self.clock = clock
        self.listed = listed
        self.done_at = done_at
        self.errors: dict[str, ApiException] = {}
        self.limits: list[int] = []

    def call(self, operation: Any, arguments: Any, body: Any, options: Any) -> Any:
        self.polls.append((operation.name, arguments[0]))
        self.clock.now += 0.01
        if operation.name in self.errors:
            raise self.errors[operation.name]
        if operation.name == "requests_status_get":
            return RequestStatus.from_dict({"metadata": {"status": self.status(arguments[0])}})
        self.limits.append(arguments[1])
        items = [
            {"id": each, "metadata": {"requestStatus": {"metadata": {"status": self.status(each)}}}}
            for each in self.listed[: arguments[1]]
        ]
        return models.Requests.from_dict({"items": items})

    def status(self, request_id: str) -> str:
        return "DONE" if self.clock.now >= 1000 + self.done_at.get(request_id, math.inf) else "RUNNING"

    def count(self, name: str) -> int:
        return [polled for polled, _ in self.polls].count(name)


def test_a_list_serves_several_requests(clock: Clock) -> None:
    client: Any = Requests(clock, ["c", "b", "a"], a=2, b=0, c=1)
    wait_for_completion(client, ["a", {"location": "/requests/b/status"}, "c", None, "a"])
    assert client.count("requests_status_get") == 1  # of `a`, when it was the only one left
    assert client.limits == [10, 10, 10]


def test_progress_is_called_with_each_status_of_each_request(clock: Clock) -> None:
    client: Any = Requests(clock, ["b", "a"], a=0.5, b=0)
    seen: list[str] = []
    wait_for_completion(client, ["a", "b"], progress=lambda status: seen.append(str(status.metadata.status)))
    assert seen == ["RUNNING", "DONE", "DONE"]


def test_requests_beyond_the_first_page_are_found_in_a_longer_list(clock: Clock) -> None:
    others = [f"other{number}" for number in range(30)]
    client: Any = Requests(clock, [*others, "b", "a"], a=5, b=5)
    wait_for_completion(client, ["a", "b"], initial_wait=1)
    assert client.limits == [10, 20, 40, 64, 64, 64]  # twice the position of the last one
    assert client.count("requests_status_get") == 2 + 2


def test_the_list_gets_shorter_again(clock: Clock) -> None:
    others = [f"other{number}" for number in range(30)]
    client: Any = Requests(clock, [*others, "b", "a"], a=5, b=5)
    wait_for_completion(client, ["a", "b"], initial_wait=1)
    client.listed = ["d", "c", *client.listed]
    client.limits.clear()
    client.done_at.update(c=0, d=0)
    wait_for_completion(client, ["c", "d"])
    wait_for_completion(client, ["c", "d"])
    assert client.limits == [64, 10]


def test_old_requests_are_not_listed_again(clock: Clock) -> None:
    client: Any = Requests(clock, ["other"], a=3, b=3)
    wait_for_completion(client, ["a", "b"], initial_wait=1)
    assert client.count("requests_get") == 1
    assert client.count("requests_status_get") == 4 * 2
    client.listed = ["d", "c"]
    client.done_at.update(c=0, d=0)
    wait_for_completion(client, ["c", "d"])
    assert client.count("requests_get") == 2


def test_users_who_may_not_list_requests_poll_each_one(clock: Clock) -> None:
    client: Any = Requests(clock, ["b", "a"], a=1, b=1)
    client.errors["requests_get"] = ForbiddenException(403, "Forbidden")
    wait_for_completion(client, ["a", "b"])
    wait_for_completion(client, ["a", "b"])
    assert client.count("requests_get") == 1
    assert client.count("requests_status_get") >= 4


@pytest.mark.parametrize("error", [ServiceException(503, "x"), UnauthorizedException(401, "x"), ConnectionException()])
def test_other_errors_of_a_list_are_raised(clock: Clock, error: ApiException) -> None:
    client: Any = Requests(clock, ["b", "a"])
    client.errors["requests_get"] = error
    with pytest.raises(type(error)):
        wait_for_completion(client, ["a", "b"])
    client.errors.clear()
    client.done_at.update(a=0, b=0)
    wait_for_completion(client, ["a", "b"])
    assert client.polls == [("requests_get", 2)] * 2


def test_all_requests_end_before_a_failure_is_raised(clock: Clock) -> None:
    client: Any = FakeClient().with_statuses("DONE")  # type: ignore[no-untyped-call]
    answers = {"a": ["RUNNING", "DONE"], "b": ["FAILED"], "c": ["FAILED"], "d": ["FAILED"], "e": ["FAILED"]}

    def call(operation: Any, arguments: Any, body: Any, options: Any) -> Any:
        if operation.name == "requests_get":
            raise ForbiddenException(403, "Forbidden")
        target = {"target": {"type": "volume", "id": f"of-{arguments[0]}"}}
        metadata = {"status": answers[arguments[0]].pop(0), "message": "no space", "targets": [target]}
        return RequestStatus.from_dict({"metadata": metadata})

    client.call = call
    with pytest.raises(ApiFailedRequest) as caught:
        wait_for_completion(client, [*answers])
    assert not any(answers.values())
    shown = "; ".join(f"request {each} failed: no space (volume of-{each})" for each in "bcd")
    assert str(caught.value) == f"{shown}; and 1 more"
    assert (caught.value.request_id, caught.value.status.metadata.status) == ("b", "FAILED")


def test_a_timeout_of_several_requests_states_the_first_and_their_number(clock: Clock) -> None:
    client: Any = Requests(clock, ["c", "b", "a"], a=0)
    with pytest.raises(ApiTimeout, match=r"^request b and 1 more were not done after 7 s; .* was RUNNING$"):
        wait_for_completion(client, ["a", "b", "c"], timeout=7)


def test_the_last_poll_is_at_the_deadline_although_another_wait_polled_before(clock: Clock) -> None:
    client: Any = Requests(clock, ["b", "a"], a=25, b=20)
    others = iter([lambda: wait_for_completion(client, "b", initial_wait=20), lambda: None])
    wait_for_completion(client, "a", timeout=30, initial_wait=100, progress=lambda _: next(others)())
    assert client.polls[-1] == ("requests_status_get", "a")


@pytest.mark.parametrize("is_alive", [True, False])
def test_the_list_of_a_thread_that_has_ended_is_replaced(clock: Clock, is_alive: bool) -> None:
    client: Any = Requests(clock, ["b", "a"], a=0, b=0)
    polls = client._request_polls["None"] = _polling.RequestPolls()

    def interrupted() -> None:
        polls._running["list"] = _polling._Listing(clock.now + 5 if is_alive else math.inf)

    if is_alive:
        interrupted()
    else:
        thread = threading.Thread(target=interrupted)
        thread.start()
        thread.join()
    for _ in range(2):
        wait_for_completion(client, ["a", "b"])
    assert [name for name, _ in client.polls] == ["requests_status_get"] * 2 + ["requests_get"]
    assert clock.now < 1010


@pytest.mark.parametrize("contract", [31000001, "31000001"])
def test_requests_of_a_contract_share_polls(client: Any, contract: Any) -> None:
    for _ in range(2):
        wait_for_completion(client.with_statuses("DONE"), "the-id", x_contract_number=contract)
    client.configuration.contract_number = 31000001
    wait_for_completion(client, "the-id")
    assert [*client._request_polls] == ["31000001"]


def test_an_invalid_contract_is_rejected_like_in_other_calls(client: Any) -> None:
    with pytest.raises(ApiTypeError, match="x_contract_number must be an integer"):
        wait_for_completion(client.with_statuses("DONE"), "the-id", x_contract_number=[1])  # type: ignore[arg-type]
