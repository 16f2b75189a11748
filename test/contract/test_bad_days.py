"""The real client where the embedded cloud fails on request: what docs/reliability.md says of it."""

from __future__ import annotations

import pytest

import ionoscloud
from ionoscloud import ApiClient, ImageApi, ImageProperties
from ionoscloud.emulator import CloudEmulator

CALLS = {
    "GET": lambda api: api.images_find_by_id("mine"),
    "PUT": lambda api: api.images_put("mine", {"properties": {"licenceType": "LINUX", "name": "new.iso"}}),
    "PATCH": lambda api: api.images_patch("mine", ImageProperties(name="new.iso")),
    "DELETE": lambda api: api.images_delete("mine"),
}
OFTEN = ("GET", "PUT", "DELETE")  # what is sent again after something went wrong; PATCH is not


@pytest.fixture
def cloud():
    with CloudEmulator(queue_time=0, run_time=0) as cloud:
        cloud.add_image(id="mine", name="old.iso")
        yield cloud


@pytest.fixture
def api(cloud):
    with ApiClient(cloud.configuration(wait_time=0.001)) as client:
        yield ImageApi(client)


@pytest.fixture
def asks(cloud, api):
    """Makes a call; returns how often it reached the cloud, and how it failed, if it did."""

    def asks(method):
        cloud.clear_requests()
        error = None
        try:
            CALLS[method](api)
        except ionoscloud.ApiException as caught:
            error = caught
        assert {request.method for request in cloud.requests_seen} == {method}
        return len(cloud.requests_seen), error

    return asks


def name(cloud, api):
    cloud.clear_faults()
    return api.images_find_by_id("mine").properties.name


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_error_of_the_server_is_tried_again_where_nothing_can_happen_twice(cloud, api, asks, method, status):
    cloud.fail_next(status, times=2)
    count, error = asks(method)
    if method in OFTEN:
        assert (count, error) == (3, None)
    else:
        assert (count, type(error), error.status) == (1, ionoscloud.ServiceException, status)
        assert name(cloud, api) == "old.iso"


@pytest.mark.parametrize("method", CALLS)
def test_an_outage_is_an_error_after_four_attempts(cloud, api, asks, method):
    cloud.fail_next(503, times=None, message="Down for maintenance")
    count, error = asks(method)
    assert (count, error.attempts) == ((4, 4) if method in OFTEN else (1, 1))
    assert "503 Service Unavailable: [503] Down for maintenance" in str(error)
    assert name(cloud, api) == "old.iso"


@pytest.mark.parametrize("method", CALLS)
def test_429_is_tried_again_unless_it_asks_for_too_long_a_wait(cloud, api, asks, method):
    cloud.fail_next(429, retry_after=61)
    count, error = asks(method)
    assert (count, type(error), error.retry_after) == (1, ionoscloud.TooManyRequestsException, 61)
    assert name(cloud, api) == "old.iso"
    cloud.fail_next(429, times=2)
    cloud.fail_next(429, retry_after=0)
    assert asks(method) == (4, None)


def test_500_is_not_tried_again(cloud, asks):
    cloud.fail_next(500)
    assert asks("GET")[0] == 1


@pytest.mark.parametrize("method", CALLS)
def test_a_broken_connection_is_tried_again_where_nothing_can_happen_twice(cloud, api, asks, method):
    cloud.drop_next()
    count, error = asks(method)
    if method in OFTEN:
        assert (count, error) == (2, None)
    else:
        assert (count, type(error)) == (1, ionoscloud.ConnectionException)
        assert "closed connection" in str(error)
        assert name(cloud, api) == "old.iso"


def test_a_change_may_have_been_made_when_its_answer_is_lost(cloud, api, asks):
    cloud.drop_next(carried_out=True)
    count, error = asks("PATCH")
    assert (count, type(error)) == (1, ionoscloud.ConnectionException)
    assert name(cloud, api) == "new.iso"


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_answer_that_comes_too_late_is_a_timeout(cloud, method):
    cloud.delay(3600, times=4)
    with ApiClient(cloud.configuration(wait_time=0.001, timeout=0.05)) as client:
        with pytest.raises(ionoscloud.TimeoutException, match="timed out"):
            CALLS[method](ImageApi(client))
        assert len(cloud.requests_seen) == (4 if method == "GET" else 1)


def test_the_rate_limit_can_be_met_at_any_time(cloud, api, monkeypatch):
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        cloud.rate_limit(None)

    monkeypatch.setattr("time.sleep", sleep)
    api.images_get()
    cloud.rate_limit(1, per=40)
    assert api.images_get().items and not slept
    assert api.images_get().items and slept == [40]
