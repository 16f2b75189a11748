from __future__ import annotations

from typing import Any

import pytest
from urllib3._collections import HTTPHeaderDict

from ionoscloud._transport.rate_limit import RateLimit


class Bucket:
    """The clock, and the token bucket of a server that allows 2 requests a second, and 5 at once."""

    RATE, BURST = 2, 5

    def __init__(self) -> None:
        self.now = 1000.0
        self.tokens = float(self.BURST)
        self.filled = self.now

    def take(self) -> HTTPHeaderDict:
        """Count a request, and return the headers of its response."""
        self.tokens = min(self.BURST, self.tokens + (self.now - self.filled) * self.RATE)
        self.filled = self.now
        assert self.tokens > 1 - 1e-6, "429"
        self.tokens -= 1
        return headers(int(self.tokens + 1e-6), self.RATE * 60, self.BURST)


def headers(remaining: object, limit: object = 120, burst: object = 5) -> HTTPHeaderDict:
    names = {"Remaining": remaining, "Limit": limit, "Burst": burst}
    return HTTPHeaderDict({f"x-ratelimit-{name}": str(value) for name, value in names.items() if value is not None})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    server = Bucket()
    monkeypatch.setattr("ionoscloud._clock.monotonic", lambda: server.now)
    return server


def send(limit: RateLimit, server: Bucket) -> float:
    """Send a request after its wait, and return the wait."""
    call = object()
    wait = limit.reserve(call)
    server.now += wait
    limit.settle(call, server.take())
    return wait


def test_calls_wait_only_when_no_requests_are_left(server: Bucket) -> None:
    limit = RateLimit()
    assert [send(limit, server) for _ in range(5)] == [0] * 5
    assert [send(limit, server) for _ in range(3)] == pytest.approx([0.5] * 3)
    server.now += 1
    assert [send(limit, server) for _ in range(3)] == pytest.approx([0, 0, 0.5])
    server.now += 100
    assert [send(limit, server) for _ in range(6)] == pytest.approx([0] * 5 + [0.5])


def test_calls_at_the_same_time_wait_one_after_the_other(server: Bucket) -> None:
    limit = RateLimit()
    send(limit, server)
    waits = [limit.reserve(object()) for _ in range(7)]
    assert waits == pytest.approx([0, 0, 0, 0, 0.5, 1, 1.5])


def test_an_idle_client_has_at_most_the_burst(server: Bucket) -> None:
    limit = RateLimit()
    send(limit, server)
    server.now += 100
    assert [limit.reserve(object()) for _ in range(7)] == pytest.approx([0, 0, 0, 0, 0, 0.5, 1])


def test_requests_in_flight_use_what_remains(server: Bucket) -> None:
    limit = RateLimit()
    calls = [object() for _ in range(4)]
    assert [limit.reserve(call) for call in calls] == [0] * 4
    limit.settle(calls[1], server.take())  # 4 remain for 3 requests in flight
    assert [limit.reserve(object()) for _ in range(2)] == pytest.approx([0, 0.5])


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_the_order_of_responses_does_not_matter(server: Bucket, order: tuple[int, ...]) -> None:
    limit = RateLimit()
    calls = [object() for _ in range(4)]
    for call in calls:
        limit.reserve(call)
    responses = [server.take() for _ in calls]
    for number in order:
        limit.settle(calls[number], responses[number])
    waits = [limit.reserve(object()) for _ in range(3)]
    assert waits[-1] >= 1 - 1e-6  # 1 remains
    for call in calls[:1]:
        limit.settle(call, None)


def test_a_rejected_request_shows_that_nothing_remains(server: Bucket) -> None:
    limit = RateLimit()
    older, newer = object(), object()
    for call in (older, newer):
        limit.reserve(call)
    limit.settle(newer, headers(4))
    assert limit.reserve(object()) == 0
    limit.settle(older, headers(0))
    assert limit.reserve(object()) > 0


def test_a_server_that_counts_nothing_has_no_limit(server: Bucket) -> None:
    limit = RateLimit()
    for _ in range(100):
        call = object()
        assert limit.reserve(call) == 0
        limit.settle(call, headers(5))
    limit.settle(None, headers(0))  # never reserved
    assert limit.reserve(object()) == 0


def test_a_limit_can_end(server: Bucket) -> None:
    limit = RateLimit()
    for remaining in (0, 5):
        call = object()
        limit.reserve(call)
        limit.settle(call, headers(remaining))
    assert [limit.reserve(object()) for _ in range(20)] == [0] * 20


@pytest.mark.parametrize(
    "odd",
    [
        None,
        {},
        headers(None),
        headers(0, limit=0),
        headers(0, limit=None),
        headers(0, burst=None),
        headers(0, limit="-5"),
        headers("many"),
        headers(0, limit="1e5"),
        headers(0, burst="\u0665"),
        headers(0, limit="9" * 400),
    ],
    ids=str,
)
def test_odd_headers_limit_nothing(server: Bucket, odd: Any) -> None:
    limit = RateLimit()
    call = object()
    limit.reserve(call)
    limit.settle(call, odd)
    assert [limit.reserve(object()) for _ in range(20)] == [0] * 20
    assert limit.spacing(0.1) == 0


def test_polls_leave_the_rate_to_other_requests(server: Bucket) -> None:
    limit = RateLimit()
    spacings = []
    for _ in range(5):
        send(limit, server)
        spacings.append(limit.spacing(0.1))
    # A tenth of 2 requests a second if none are left, and no limit while half of 5 are left.
    assert spacings == pytest.approx([0, 0, 1, 3, 5])
