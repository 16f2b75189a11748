from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from urllib3._collections import HTTPHeaderDict

from ionoscloud import _waiting
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
    """Time that passes only in `sleep`, which notes how long."""

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
    monkeypatch.setattr(_waiting, "time", fake)
    monkeypatch.setattr("ionoscloud._clock.monotonic", fake.monotonic)
    return fake


def never(_: object) -> bool:
    return False


# wait_for


def test_the_right_answer_is_returned_at_once(clock: Clock) -> None:
    assert wait_for(lambda answer: answer == "ready", lambda: "ready") == "ready"
    assert clock.sleeps == []


def test_it_asks_until_the_answer_is_right(clock: Clock) -> None:
    answers = iter(["no", "no", "yes"])
    assert wait_for(fn_request=lambda: next(answers), fn_check=lambda answer: answer == "yes") == "yes"
    assert clock.sleeps == [5, 5]


def test_arguments_can_be_positional_in_the_published_order(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter([0, 0, 0, 1])
    assert wait_for(bool, lambda: next(answers), 100, 1, 2, ".") == 1
    assert clock.sleeps == [1, 1, 2]
    assert capsys.readouterr().out == "..."


def test_the_call_of_the_ansible_module_works(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter([False, True])
    wait_for(fn_request=lambda: next(answers), fn_check=lambda r: r, scaleup=10000, console_print=".")
    assert capsys.readouterr().out == "."


def test_nothing_is_printed_unless_asked_for(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ApiTimeout):
        wait_for(never, lambda: None, timeout=10)
    assert capsys.readouterr() == ("", "")


def test_waits_double_after_every_so_many_questions(clock: Clock) -> None:
    with pytest.raises(ApiTimeout):
        wait_for(never, lambda: None, timeout=1000, initial_wait=1, scaleup=3)
    assert clock.sleeps[:9] == [1, 1, 1, 2, 2, 2, 4, 4, 4]


def test_the_deadline_is_never_slept_past_and_the_last_question_is_at_it(clock: Clock) -> None:
    asked = []
    with pytest.raises(ApiTimeout, match="12 s"):
        wait_for(never, lambda: asked.append(clock.now - 1000), timeout=12, initial_wait=5)
    assert asked == [0, 5, 10, 12]
    assert clock.sleeps == [5, 5, 2]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.floats(min_value=0, max_value=1000),
    st.floats(min_value=0.5, max_value=1000),
    st.integers(min_value=1, max_value=20),
    st.floats(min_value=0, max_value=50),
)
def test_no_combination_sleeps_past_the_deadline(
    clock: Clock, timeout: float, initial_wait: float, scaleup: int, cost: float
) -> None:
    start, asked = clock.now, []

    def ask() -> None:
        asked.append(clock.now)
        clock.now += cost

    with pytest.raises(ApiTimeout):
        wait_for(never, ask, timeout, initial_wait, scaleup)
    assert asked[-1] <= start + timeout + 1e-6
    assert clock.now <= start + timeout + cost + 1e-6


def test_a_timeout_of_0_asks_once(clock: Clock) -> None:
    asked: list[None] = []
    with pytest.raises(ApiTimeout):
        wait_for(never, lambda: asked.append(None), timeout=0)
    assert len(asked) == 1
    assert wait_for(bool, lambda: True, timeout=0) is True


def test_an_answer_that_comes_late_but_right_counts(clock: Clock) -> None:
    def ask() -> bool:
        clock.now += 100
        return True

    assert wait_for(bool, ask, timeout=10)


@pytest.mark.parametrize("timeout", [None, math.inf])
def test_without_a_limit_it_waits_as_long_as_it_takes(clock: Clock, timeout: float | None) -> None:
    assert wait_for(lambda _: clock.now > 1_000_000, lambda: "x", timeout=timeout) == "x"


def test_the_time_that_questions_take_counts(clock: Clock) -> None:
    asked = []

    def ask() -> None:
        asked.append(clock.now)
        clock.now += 8

    with pytest.raises(ApiTimeout):
        wait_for(never, ask, timeout=10, initial_wait=5)
    assert asked == [1000, 1010]


def test_a_timeout_is_a_timeout_to_python_too(clock: Clock) -> None:
    with pytest.raises(TimeoutError) as caught:
        wait_for(never, lambda: None, timeout=1.5)
    assert isinstance(caught.value, ApiTimeout)
    assert caught.value.request_id is None
    assert "1.5 s" in caught.value.message == str(caught.value)


def test_errors_of_the_question_and_of_the_check_come_through(clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError):
        wait_for(bool, lambda: 1 / 0)
    with pytest.raises(AttributeError):
        wait_for(lambda answer: answer.missing, lambda: None)


BAD_NUMBERS = [
    {"timeout": -1},
    {"timeout": math.nan},
    {"timeout": 10**400},
    {"initial_wait": 10**400},
    {"timeout": "60"},
    {"timeout": True},
    {"initial_wait": -1},
    {"initial_wait": math.nan},
    {"initial_wait": None},
    {"initial_wait": "5"},
    {"initial_wait": True},
    {"scaleup": 0},
    {"scaleup": -1},
    {"scaleup": 1.5},
    {"scaleup": None},
    {"scaleup": True},
]


@pytest.mark.parametrize("arguments", BAD_NUMBERS, ids=str)
def test_wait_for_refuses_bad_numbers_before_the_first_poll(arguments: dict[str, Any]) -> None:
    asked: list[None] = []
    with pytest.raises((ApiTypeError, ApiValueError), match=next(iter(arguments))):
        wait_for(bool, lambda: asked.append(None), **arguments)
    assert asked == []


# wait_for_completion


class Server:
    """Stands in for an `ApiClient` and answers with one status after the other; the last one stays."""

    def __init__(self) -> None:
        self.configuration = Configuration()
        self.statuses: list[Any] = []
        self.asked: list[tuple[str, Any]] = []
        self.seconds: list[float] = []

    def says(self, *metadata: Any) -> Server:
        self.statuses = [{"status": item} if isinstance(item, str) else item for item in metadata]
        return self

    def call(self, operation: Any, arguments: Any, body: Any, options: Any) -> RequestStatus | None:
        path, others = operation.encode(arguments)
        self.asked.append((path, dict(others["header"]).get("X-Contract-Number")))
        self.seconds.append(options["_total_timeout"])
        metadata = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if isinstance(metadata, Exception):
            raise metadata
        return None if metadata is None else RequestStatus.from_dict({"metadata": metadata} if metadata else {})


@pytest.fixture
def server(clock: Clock) -> Iterator[Any]:
    return Server()


def test_it_returns_when_the_request_is_done(server: Any, clock: Clock) -> None:
    assert wait_for_completion(server.says("QUEUED", "RUNNING", "DONE"), "the-id") is None
    assert server.asked == [("/requests/the-id/status", None)] * 3
    assert clock.sleeps == [5, 5]


def test_completion_arguments_can_be_positional_in_the_published_order(server: Any, clock: Clock) -> None:
    wait_for_completion(server.says("QUEUED", "QUEUED", "QUEUED", "DONE"), "the-id", 100, 1, 2)
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
def test_an_id_a_location_and_headers_all_name_the_request(server: Any, source: Any) -> None:
    wait_for_completion(server.says("DONE"), source)
    assert server.asked == [("/requests/the-id/status", None)]


@pytest.mark.parametrize("source", [None, {}, {"date": "x"}, HTTPHeaderDict()])
def test_without_a_request_there_is_nothing_to_wait_for(server: Any, source: Any) -> None:
    wait_for_completion(server, source)
    assert server.asked == []


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("", ApiValueError),
        ("  ", ApiValueError),
        ("https://api.ionos.com/cloudapi/v5/images/1", ApiValueError),
        (5, ApiTypeError),
        (["the-id"], ApiTypeError),
        (b"the-id", ApiTypeError),
    ],
)
def test_what_names_no_request_is_refused(server: Any, source: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="request_id"):
        wait_for_completion(server, source)
    assert server.asked == []


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"status": "FAILED", "message": "no space left"}, "no space left"),
        ({"status": "FAILED"}, "the server gave no reason"),
        ({"status": "FAILED", "message": None}, "the server gave no reason"),
        ({"status": "FAILED", "message": {"odd": 1}}, "odd"),
    ],
)
def test_a_failed_request_raises_with_the_message_of_the_server(server: Any, metadata: Any, message: str) -> None:
    with pytest.raises(ApiFailedRequest, match=message) as caught:
        wait_for_completion(server.says("RUNNING", metadata), "the-id")
    assert caught.value.request_id == "the-id"
    assert "the-id" in str(caught.value)


@pytest.mark.parametrize(("status", "error"), [("FAILED", ApiFailedRequest), ("RUNNING", ApiTimeout)])
def test_control_characters_in_a_location_are_escaped(
    server: Any, clock: Clock, status: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"^request a\\x1b\[2J ") as caught:
        wait_for_completion(server.says(status), "https://h/requests/a\x1b[2J/status", timeout=1)
    assert caught.value.request_id == "a\x1b[2J"  # type: ignore[attr-defined]


def test_a_request_that_takes_too_long_raises_with_its_last_status(server: Any, clock: Clock) -> None:
    with pytest.raises(ApiTimeout, match=r"the-id .* 7 s; .* RUNNING") as caught:
        wait_for_completion(server.says("QUEUED", "RUNNING"), "the-id", timeout=7)
    assert caught.value.request_id == "the-id"
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
def test_a_question_has_what_is_left_of_the_time_or_a_second(
    server: Any, timeout: float, total_timeout: float | None, seconds: list[float]
) -> None:
    server.configuration.total_timeout = total_timeout
    with pytest.raises(ApiTimeout):
        wait_for_completion(server.says("QUEUED"), "the-id", timeout)
    assert server.seconds == seconds


@pytest.mark.parametrize(("total_timeout", "seconds"), [(600, 600), (None, math.inf)])
def test_without_a_limit_a_question_has_what_every_call_has(
    server: Any, total_timeout: float | None, seconds: float
) -> None:
    server.configuration.total_timeout = total_timeout
    wait_for_completion(server.says("DONE"), "the-id", timeout=None)
    assert server.seconds == [seconds]


def failed(error: type[ApiException], out_of_time: bool) -> ApiException:
    result = error(reason="on purpose")
    result.out_of_time = out_of_time
    return result


@pytest.mark.parametrize("error", [TimeoutException, TooManyRequestsException])
def test_a_question_that_the_deadline_ended_is_a_timeout(server: Any, error: type[ApiException]) -> None:
    cause = failed(error, out_of_time=True)
    with pytest.raises(ApiTimeout, match=r"the-id .* 7 s; .* QUEUED") as caught:
        wait_for_completion(server.says("QUEUED", cause), "the-id", timeout=7)
    assert (caught.value.__cause__, caught.value.request_id) == (cause, "the-id")


@pytest.mark.parametrize(
    ("error", "total_timeout"),
    [
        (failed(NotFoundException, out_of_time=False), 600),
        (failed(TimeoutException, out_of_time=False), 600),
        (failed(TimeoutException, out_of_time=True), 3),
    ],
)
def test_any_other_error_of_a_question_comes_through(server: Any, error: ApiException, total_timeout: float) -> None:
    server.configuration.total_timeout = total_timeout
    with pytest.raises(ApiException) as caught:
        wait_for_completion(server.says("QUEUED", error), "the-id", timeout=9)
    assert caught.value is error


@pytest.mark.parametrize("odd", ["PAUSED", {}, None, {"status": None}, {"message": "x"}, "text"], ids=repr)
def test_a_status_that_is_unknown_or_missing_is_waited_out(server: Any, odd: Any) -> None:
    wait_for_completion(server.says(odd, odd, "DONE"), "the-id")
    assert len(server.asked) == 3


def test_metadata_of_an_unexpected_kind_is_waited_out(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server.says("DONE")
    answers = iter([RequestStatus(metadata="odd"), RequestStatus(metadata=["odd"])])
    call = server.call
    monkeypatch.setattr(server, "call", lambda *arguments: next(answers, None) or call(*arguments))
    wait_for_completion(server, "the-id")


def test_progress_sees_each_status(server: Any) -> None:
    seen: list[Any] = []
    wait_for_completion(server.says("QUEUED", "RUNNING", "DONE"), "the-id", progress=seen.append)
    assert [status.metadata.status for status in seen] == ["QUEUED", "RUNNING", "DONE"]


def test_progress_sees_the_failure_too(server: Any) -> None:
    seen: list[Any] = []
    with pytest.raises(ApiFailedRequest):
        wait_for_completion(server.says("FAILED"), "the-id", progress=seen.append)
    assert len(seen) == 1


def test_the_contract_of_the_request_is_asked_for(server: Any) -> None:
    wait_for_completion(server.says("DONE"), "the-id", x_contract_number=31111)
    assert server.asked == [("/requests/the-id/status", "31111")]


@pytest.mark.parametrize("arguments", BAD_NUMBERS, ids=str)
def test_bad_numbers_are_refused_before_the_first_poll(server: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises((ApiTypeError, ApiValueError), match=next(iter(arguments))):
        wait_for_completion(server.says("DONE"), "the-id", **arguments)
    assert server.asked == []
