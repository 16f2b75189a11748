from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from ionoscloud._headers import retry_after_of
from ionoscloud._transport.retries import Retries, RetryBudget

pytestmark = pytest.mark.once

# Retry-After


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        (" ", None),
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("9" * 5000, float("inf")),
        ("soon", None),
        ("-5", None),
        ("1.5", 1.5),
        ("+7", 7),
        ("2, 2", 2),
        ("1, 3.5", 3.5),
        ("PT2S", None),
        ("2000ms", None),
        ("1e9", None),
        ("nan", None),
        ("٣", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        ("Sun Nov  6 08:49:37 1994", 0),
    ],
)
def test_retry_after_is_a_number_or_a_date_or_nothing(value: str | None, seconds: float | None) -> None:
    assert retry_after_of({"Retry-After": value} if value is not None else {}) == seconds


@pytest.mark.parametrize("sent", ["Sun, 06 Nov 1994 08:49:00 GMT", "Sun, 06 Nov 2094 08:49:00 GMT"])
def test_a_date_counts_from_the_date_of_the_response(sent: str) -> None:
    headers = {"Retry-After": sent.replace(":00 ", ":37 "), "Date": sent}
    assert retry_after_of(headers) == 37


@pytest.mark.parametrize("hours", [-5, 0, 2])
@pytest.mark.parametrize("form", ["{:%a, %d %b %Y %H:%M:%S} GMT", "{:%a %b %d %H:%M:%S %Y}", "{:%d %b %Y %X} -0000"])
def test_a_date_without_a_zone_is_utc(form: str, hours: int) -> None:
    moment = datetime.now(timezone.utc) + timedelta(hours=hours)
    seconds = retry_after_of({"Retry-After": form.format(moment)})
    assert seconds == pytest.approx(max(hours, 0) * 3600, abs=60)


def test_a_date_can_have_a_zone() -> None:
    moment = datetime.now(timezone(timedelta(hours=9))) + timedelta(hours=1)
    assert retry_after_of({"Retry-After": format_datetime(moment)}) == pytest.approx(3600, abs=60)


def test_the_wait_before_a_retry_is_limited_after_any_number_of_failures() -> None:
    retries = Retries(wait_time=1.0, max_wait_time=3.0, history=(None,) * 2000)
    assert 1.5 <= retries.get_backoff_time() <= 3


# Budget


def test_a_budget_allows_no_more_retries_than_its_size() -> None:
    budget = RetryBudget(3)
    assert [budget.take() for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.parametrize(("successes", "retries"), [(4, 0), (5, 1), (9, 1), (10, 2), (1000, 3)])
def test_five_successes_refill_one_retry(successes: int, retries: int) -> None:
    budget = RetryBudget(3)
    while budget.take():
        pass
    for _ in range(successes):
        budget.refill()
    assert [budget.take() for _ in range(4)].count(True) == retries
