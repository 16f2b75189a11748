from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from urllib3._collections import HTTPHeaderDict

from ionoscloud import _polling
from ionoscloud._waiting import wait_for, wait_for_completion
from ionoscloud.configuration import Configuration
from ionoscloud.exceptions import (
    ApiException,
    ApiFailedRequest,
    ApiTimeout,
    ApiTypeError,
    ApiValueError,
    NotFoundException,
    TimeoutException,
    TooManyRequestsException,
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
        self.request_polls: dict[Any, Any] = {}
        self.rest_client = None
        self.statuses: list[Any] = []
        self.polls: list[tuple[str, Any]] = []
        self.seconds: list[float] = []

    def with_statuses(self, *metadata: Any) -> FakeClient:
        self.statuses = [{"status": item} if isinstance(item, str) else item for item in metadata]
        return self

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
