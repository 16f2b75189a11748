"""Injected faults."""

from __future__ import annotations

import threading
import time

import pytest
import urllib3

from ionoscloud.emulator import CloudEmulator


def name_of(cloud, call, image):
    cloud.clock.advance(10)
    return call("GET", image).json()["properties"]["name"]


def broken(call, *args, **more):
    with pytest.raises(urllib3.exceptions.ProtocolError):
        call(*args, **more)


def test_the_next_responses_are_errors(cloud, call):
    cloud.fail_next(503, times=2)
    cloud.fail_next(429, retry_after=7, message="Slow down")
    responses = [call("GET", "/images") for _ in range(4)]
    assert [response.status for response in responses] == [503, 503, 429, 200]
    assert responses[0].json() == {
        "httpStatus": 503,
        "messages": [{"errorCode": "503", "message": "Service Unavailable"}],
    }
    assert "Retry-After" not in responses[0].headers
    assert responses[2].headers["Retry-After"] == "7"
    assert responses[2].json()["messages"] == [{"errorCode": "429", "message": "Slow down"}]
    assert len(cloud.requests_seen) == 4


def test_a_status_without_a_name_can_be_injected(cloud, call):
    cloud.fail_next(520)
    response = call("GET", "/images")
    assert (response.status, response.json()["messages"][0]["message"]) == (520, "Error")


@pytest.mark.parametrize(
    ("method", "body"),
    [("PATCH", {"name": "x"}), ("PUT", {"properties": {"licenceType": "LINUX"}}), ("DELETE", None)],
)
def test_a_request_that_fails_or_is_dropped_changes_nothing(cloud, call, image, method, body):
    before = call("GET", image).json()
    more = {} if body is None else {"json": body}
    cloud.fail_next(503)
    assert "Location" not in call(method, image, **more).headers
    cloud.drop_next()
    broken(call, method, image, **more)
    cloud.clock.advance(10)
    assert call("GET", image).json() == before
    assert call("GET", "/requests").json()["items"] == []
    assert call(method, image, **more).status == 202


def test_a_response_is_dropped_after_its_request_was_carried_out(cloud, call, image):
    cloud.drop_next(carried_out=True)
    broken(call, "PATCH", image, json={"name": "new.iso"})
    assert name_of(cloud, call, image) == "new.iso"
    assert len(call("GET", "/requests").json()["items"]) == 1


def test_dropping_one_connection_keeps_the_others(cloud, call_of):
    one, other = call_of(cloud), call_of(cloud)
    assert other("GET", "/").status == 200
    cloud.drop_next(times=2)
    broken(one, "GET", "/")
    broken(one, "GET", "/")
    assert (one("GET", "/").status, other("GET", "/").status) == (200, 200)


def test_a_failure_applies_to_selected_requests_only(cloud, call, image):
    other = "/images/" + cloud.add_image(name="other.iso")["id"]

    def failed(*requests):
        responses = [call(method, path, json={"name": "x"} if method == "PATCH" else {}) for method, path in requests]
        return [response.status == 503 for response in responses]

    cloud.fail_next(503, method="patch")
    assert failed(("GET", image), ("PATCH", image), ("PATCH", image)) == [False, True, False]
    cloud.fail_next(503, path="/images/{imageId}")
    assert failed(("GET", "/images?depth=1"), ("GET", "/"), ("GET", other + "?depth=1")) == [False, False, True]
    cloud.fail_next(503, path=image)
    assert failed(("GET", other), ("GET", image)) == [False, True]
    cloud.fail_next(503, method="PATCH", path="/images/{imageId}")
    assert failed(("GET", image), ("GET", "/images"), ("PATCH", other)) == [False, False, True]
    cloud.fail_next(503, path="/k8s/{k8sClusterId}")
    assert failed(("GET", "/k8s/versions"), ("GET", "/k8s/none")) == [False, True]
    cloud.fail_next(503, path="/k8s/versions")
    assert failed(("GET", "/k8s/none"), ("GET", "/k8s/versions")) == [False, True]
    cloud.fail_next(503, path="/images/a%2fb c")
    assert failed(
        ("GET", "/images/a%2Fb%20c"),
    ) == [True]


def test_limited_failures_take_precedence_over_unlimited_ones(cloud, call):
    def statuses(count):
        return [call("GET", "/images").status for _ in range(count)]

    cloud.fail_next(500, times=None)
    cloud.fail_next(502, times=None)
    cloud.fail_next(503)
    cloud.fail_next(504)
    assert statuses(4) == [503, 504, 502, 502]
    cloud.clear_faults()
    assert statuses(1) == [200]


def test_a_failed_change_applies_to_selected_requests_only(cloud, call, image):
    cloud.fail_next_change("No", times=2, method="DELETE", path="/images/{imageId}")
    outcomes = []
    for method in ("PATCH", "DELETE", "DELETE", "DELETE"):
        response = call(method, image, json={"name": "new.iso"} if method == "PATCH" else {})
        cloud.clock.advance(10)
        outcomes.append(call("GET", response.headers["Location"]).json()["metadata"]["status"])
    assert outcomes == ["DONE", "FAILED", "FAILED", "DONE"]


def test_clear_faults_removes_all_faults():
    with CloudEmulator(ftps=True) as cloud:
        cloud.fail_next(503)
        cloud.drop_next()
        cloud.delay(3600)
        cloud.fail_next_change()
        cloud.break_next_upload(after=1)
        cloud.clear_faults()
        headers = urllib3.make_headers(basic_auth=f"{cloud.username}:{cloud.password}")
        path = f"{cloud.url}/images/{cloud.add_image()['id']}"
        response = urllib3.PoolManager().request("DELETE", path, headers=headers, timeout=10, retries=False)
        assert response.status == 202
        assert not cloud._uploads.breaks


def test_a_response_is_delayed_but_its_request_is_not(cloud, call, call_of, image):
    cloud.delay(0.3, times=1, method="PATCH", path="/images/{imageId}")
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        call("PATCH", image, json={"name": "new.iso"}, timeout=0.05)
    assert name_of(cloud, call, image) == "new.iso"
    cloud.delay(0.05)
    assert call("GET", image).status == 200
    cloud.delay(3600)
    cloud.delay(0)
    assert call("GET", image).status == 200


def test_a_delay_does_not_block_other_clients_or_stop(call_of):
    cloud = CloudEmulator().start()
    cloud.delay(3600, times=1)
    outcome = []

    def ask():
        try:
            call_of(cloud)("GET", "/images", timeout=60)
        except urllib3.exceptions.HTTPError as error:
            outcome.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not cloud.requests_seen:
        time.sleep(0.001)
    assert call_of(cloud)("GET", "/images").status == 200
    cloud.stop()
    thread.join(30)
    assert isinstance(outcome[0], urllib3.exceptions.ProtocolError)
    with cloud:
        assert call_of(cloud)("GET", "/images").status == 200


def test_a_delayed_response_can_be_an_error_or_dropped(cloud, call):
    cloud.delay(0.01)
    cloud.fail_next(503)
    cloud.drop_next()
    assert call("GET", "/images").status == 503
    broken(call, "GET", "/images")


def test_the_rate_limit_can_be_changed_at_run_time(cloud, call):
    def statuses(count):
        return [call("GET", "/").status for _ in range(count)]

    cloud.rate_limit(2, per=10)
    assert statuses(3) == [200, 200, 429]
    rejected = call("GET", "/")
    assert (rejected.headers["Retry-After"], rejected.headers["X-RateLimit-Limit"]) == ("5", "12")
    cloud.clock.advance(5)
    assert statuses(2) == [200, 429]
    cloud.rate_limit(60, burst=1)
    assert statuses(2) == [200, 429]
    assert call("GET", "/").headers["X-RateLimit-Burst"] == "1"
    cloud.clock.advance(100)
    assert statuses(2) == [200, 429]
    cloud.rate_limit(None)
    assert statuses(60) == [200] * 60


def test_injected_failures_do_not_count_for_the_rate_limit(cloud, call):
    cloud.rate_limit(1)
    cloud.fail_next(503)
    assert [call("GET", "/").status for _ in range(3)] == [503, 200, 429]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda cloud: cloud.fail_next(200), "status must be an HTTP status, 400 to 599, not 200"),
        (lambda cloud: cloud.fail_next("503"), "status must be an HTTP status, 400 to 599, not '503'"),
        (lambda cloud: cloud.fail_next(503, times=0), "times must be a number of requests, 1 or more, or None, not 0"),
        (lambda cloud: cloud.drop_next(True), "times must be .*, not True"),
        (lambda cloud: cloud.fail_next(503, retry_after=-1), "retry_after must be an integer, 0 or more, not -1"),
        (lambda cloud: cloud.fail_next(503, retry_after=1.5), "retry_after must be an integer, 0 or more, not 1.5"),
        (lambda cloud: cloud.fail_next(503, method="FETCH"), "method must be one of GET, .*, not 'FETCH'"),
        (
            lambda cloud: cloud.fail_next(503, path="/image/{imageId}"),
            "path must be one of the API, .*, not '/image/{imageId}'; did you mean '/images/{imageId}'",
        ),
        (lambda cloud: cloud.drop_next(path="/images?depth=1"), "path must be one of the API"),
        (lambda cloud: cloud.drop_next(path=""), "path must be one of the API"),
        (
            lambda cloud: cloud.fail_next_change("x", method="POST", path="/images/{imageId}"),
            "method must be one of GET, PUT, DELETE, PATCH at '/images/{imageId}', not 'POST'",
        ),
        (lambda cloud: cloud.delay(-1), "seconds must be a number, 0 to 3600, not -1"),
        (lambda cloud: cloud.delay(float("nan")), "seconds must be a number, 0 to 3600, not nan"),
        (lambda cloud: cloud.delay(3601), "seconds must be a number, 0 to 3600, not 3601"),
        (lambda cloud: cloud.rate_limit(0), "rate_limit must be a number of requests, 1 or more, or None, not 0"),
        (lambda cloud: cloud.rate_limit(5, per=0), "per must be a number of seconds, more than 0, not 0"),
        (lambda cloud: cloud.rate_limit(5, burst=0), "burst must be a number of requests, 1 or more, or None, not 0"),
    ],
)
def test_an_invalid_fault_is_rejected_and_not_added(cloud, call, use, message):
    with pytest.raises(ValueError, match=message):
        use(cloud)
    assert call("GET", "/images").status == 200
