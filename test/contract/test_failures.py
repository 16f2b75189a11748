"""Errors of the emulator, and the reactions of the client that docs/reliability.md documents."""

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
IDEMPOTENT = ("GET", "PUT", "DELETE")  # the client retries only these


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
def call(cloud, api):
    """Return a function that makes a call, and returns the number of received requests and the error, or None."""

    def call(method):
        cloud.clear_requests()
        error = None
        try:
            CALLS[method](api)
        except ionoscloud.ApiException as caught:
            error = caught
        assert {request.method for request in cloud.requests_seen} == {method}
        return len(cloud.requests_seen), error

    return call


def current_name(cloud, api):
    cloud.clear_faults()
    return api.images_find_by_id("mine").properties.name


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_error_is_retried_for_idempotent_methods(cloud, api, call, method, status):
    cloud.fail_next(status, times=2)
    count, error = call(method)
    if method in IDEMPOTENT:
        assert (count, error) == (3, None)
    else:
        assert (count, type(error), error.status) == (1, ionoscloud.ServiceException, status)
        assert current_name(cloud, api) == "old.iso"


@pytest.mark.parametrize("method", CALLS)
def test_an_outage_raises_after_four_attempts(cloud, api, call, method):
    cloud.fail_next(503, times=None, message="Down for maintenance")
    count, error = call(method)
    assert (count, error.attempts) == ((4, 4) if method in IDEMPOTENT else (1, 1))
    assert "503 Service Unavailable: [503] Down for maintenance" in str(error)
    assert current_name(cloud, api) == "old.iso"


@pytest.mark.parametrize("method", CALLS)
def test_429_is_retried_unless_retry_after_is_too_long(cloud, api, call, method):
    cloud.fail_next(429, retry_after=61)
    count, error = call(method)
    assert (count, type(error), error.retry_after) == (1, ionoscloud.TooManyRequestsException, 61)
    assert current_name(cloud, api) == "old.iso"
    cloud.fail_next(429, times=2)
    cloud.fail_next(429, retry_after=0)
    assert call(method) == (4, None)


def test_500_is_not_retried(cloud, call):
    cloud.fail_next(500)
    assert call("GET")[0] == 1


@pytest.mark.parametrize("method", CALLS)
def test_a_broken_connection_is_retried_for_idempotent_methods(cloud, api, call, method):
    cloud.drop_next()
    count, error = call(method)
    if method in IDEMPOTENT:
        assert (count, error) == (2, None)
    else:
        assert (count, type(error)) == (1, ionoscloud.ConnectionException)
        assert "closed connection" in str(error)
        assert current_name(cloud, api) == "old.iso"


def test_a_change_with_a_lost_response_may_have_been_made(cloud, api, call):
    cloud.drop_next(carried_out=True)
    count, error = call("PATCH")
    assert (count, type(error)) == (1, ionoscloud.ConnectionException)
    assert current_name(cloud, api) == "new.iso"


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_late_response_raises_timeout(cloud, method):
    cloud.delay(3600, times=4)
    with ApiClient(cloud.configuration(wait_time=0.001, timeout=0.05)) as client:
        with pytest.raises(ionoscloud.TimeoutException, match="timed out"):
            CALLS[method](ImageApi(client))
        assert len(cloud.requests_seen) == (4 if method == "GET" else 1)


def test_the_rate_limit_can_be_set_at_any_time(cloud, api, monkeypatch):
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        cloud.rate_limit(None)

    monkeypatch.setattr("time.sleep", sleep)
    api.images_get()
    cloud.rate_limit(1)
    assert api.images_get().items and not slept
    assert api.images_get().items and slept == [pytest.approx(60, abs=1)]
