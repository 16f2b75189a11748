"""The option `_wait`, and waits of many threads, over real sockets."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import ionoscloud
from ionoscloud import ApiClient, Configuration, ImageApi, ImageProperties, KubernetesApi, ServerApi, Wait
from ionoscloud.emulator import CloudEmulator

FAST: dict[str, Any] = {"queue_time": 0.0, "run_time": 0.05}
CHANGE = ImageProperties(name="new.iso")
STATUS = "/requests/{requestId}/status"


@pytest.fixture
def cloud() -> Iterator[CloudEmulator]:
    with CloudEmulator(**FAST) as cloud:
        for number in range(40):
            cloud.add_image(id=f"image{number}", name=f"{number}.iso", licenceType="LINUX")
        yield cloud


def configured(cloud: CloudEmulator, **settings: Any) -> Configuration:
    return cloud.configuration(**{"poll_interval": 0.02, "wait_time": 0.01, **settings})


@pytest.fixture
def client(cloud: CloudEmulator) -> Iterator[ApiClient]:
    with ApiClient(configured(cloud)) as client:
        yield client


@pytest.fixture
def api(client: ApiClient) -> ImageApi:
    return ImageApi(client)


def polls(cloud: CloudEmulator) -> list[str]:
    """Return the paths of the polls for requests, with the id left out."""
    targets = (request.target.split("?")[0] for request in cloud.requests_seen)
    return ["status" if target.endswith("/status") else "list" for target in targets if target.startswith("/requests")]


# The result


@pytest.mark.parametrize("wait", [True, 10, 10.5, Wait(), Wait(10, None, 0)], ids=repr)
def test_a_call_returns_the_resource_after_the_change(api: ImageApi, wait: Any) -> None:
    image = api.images_patch("image0", CHANGE, _wait=wait)
    assert (image.id, image.metadata.state, image.properties.name) == ("image0", "AVAILABLE", "new.iso")


def test_a_call_in_a_thread_waits_there(api: ImageApi, cloud: CloudEmulator) -> None:
    result = api.images_patch("image0", CHANGE, async_req=True, _wait=True)
    assert result.get(10).metadata.state == "AVAILABLE"
    assert api.images_delete_with_http_info("image0", async_req=True, _wait=True).get(10)[:2] == (None, 202)


def test_status_and_headers_are_those_of_the_accepted_change(api: ImageApi) -> None:
    image, status, headers = api.images_patch_with_http_info("image0", CHANGE, _wait=True)
    assert (image.metadata.state, status) == ("AVAILABLE", 202)
    assert "/requests/" in headers["Location"]


@pytest.mark.parametrize("wait", [None, False])
def test_without_a_wait_the_response_is_returned(api: ImageApi, wait: Any) -> None:
    assert api.images_patch("image0", CHANGE, _wait=wait).metadata.state == "BUSY"


def test_a_plain_result_stays_plain(api: ImageApi) -> None:
    image: Any = api.images_patch("image0", CHANGE, response_type="object", _wait=True)
    assert image["metadata"]["state"] == "AVAILABLE"
    assert api.images_delete("image0", response_type="object", _wait=True) is None


def test_progress_gets_each_status(api: ImageApi) -> None:
    seen: list[Any] = []
    api.images_patch("image0", CHANGE, _wait=Wait(progress=seen.append))
    assert {each.metadata.status for each in seen[:-1]} <= {"QUEUED", "RUNNING"}
    assert seen[-1].metadata.status == "DONE"


# Arguments


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"_wait": "5"}, ionoscloud.ApiTypeError, r"images_patch: _wait must be True, a number .*, not '5'"),
        ({"_wait": [1]}, ionoscloud.ApiTypeError, "images_patch: _wait must be True"),
        ({"_wait": -1}, ionoscloud.ApiValueError, "images_patch: _wait must be .*, not -1"),
        ({"_wait": math.nan}, ionoscloud.ApiValueError, "images_patch: _wait must be .*, not nan"),
        ({"_wait": True, "_preload_content": False}, ionoscloud.ApiTypeError, "_preload_content must be True"),
    ],
)
@pytest.mark.parametrize("async_req", [False, True])
def test_an_invalid_wait_is_rejected_before_the_change(
    api: ImageApi, cloud: CloudEmulator, options: Any, error: type[Exception], message: str, async_req: bool
) -> None:
    with pytest.raises(error, match=message):
        api.images_patch("image0", CHANGE, async_req=async_req, **options)
    assert not cloud.requests_seen


def test_a_call_that_is_done_at_once_cannot_wait(api: ImageApi, cloud: CloudEmulator) -> None:
    options: Any = {"_wait": True}
    with pytest.raises(ionoscloud.ApiTypeError, match="images_get: _wait has nothing to wait for"):
        api.images_get(**options)
    assert not cloud.requests_seen


@pytest.mark.parametrize("name", ["timeout", "poll_interval"])
@pytest.mark.parametrize(
    ("value", "error"),
    [(-1, ionoscloud.ApiValueError), ("5", ionoscloud.ApiTypeError), (True, ionoscloud.ApiTypeError)],
)
def test_a_wait_with_invalid_numbers_cannot_be_created(name: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"^{name} must be"):
        Wait(**{name: value})


def test_a_wait_has_a_callable_progress_and_a_repr() -> None:
    wrong: Any = 5
    with pytest.raises(ionoscloud.ApiTypeError, match=r"^progress must be"):
        Wait(progress=wrong)
    assert repr(Wait(poll_interval=2)) == "Wait(timeout=3600.0, progress=None, poll_interval=2)"


# The requests of a wait


def accepted(state: str = "BUSY", **values: Any) -> dict[str, Any]:
    return {"id": "image0", "type": "image", "metadata": {"state": state}, **values}


def status(state: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"status": state, **more}}


@pytest.fixture
def quick(server: Any) -> Iterator[ImageApi]:
    with ApiClient(Configuration(host=server.url, token="T", poll_interval=0, max_retries=0)) as client:
        yield ImageApi(client)


@pytest.fixture
def short_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the last poll of a wait end at its deadline, which otherwise has a second."""
    monkeypatch.setattr("ionoscloud._polling.MIN_POLL_TIMEOUT", 0.03)


def location(server: Any, request_id: str = "r1") -> dict[str, str]:
    return {"Location": f"{server.url}/requests/{request_id}/status"}


def seen(server: Any) -> list[tuple[str, str]]:
    return [(request.method, request.target.replace("/cloudapi/v5", "")) for request in server.seen]


def test_polls_have_the_credentials_the_contract_and_the_depth_of_the_call(quick: ImageApi, server: Any) -> None:
    server.respond(accepted(), 202, **location(server))
    server.respond(status("RUNNING"))
    server.respond(status("DONE"))
    server.respond(accepted("AVAILABLE"))
    own = {"in": "header", "key": "Authorization", "value": "Bearer other"}
    image = quick.images_patch("image0", CHANGE, depth=3, x_contract_number=31000009, _request_auth=own, _wait=True)
    assert image.metadata.state == "AVAILABLE"
    assert seen(server) == [
        ("PATCH", "/images/image0?depth=3"),
        ("GET", "/requests/r1/status"),
        ("GET", "/requests/r1/status"),
        ("GET", "/images/image0?depth=3"),
    ]
    for request in server.seen:
        assert (request.headers["Authorization"], request.headers["X-Contract-Number"]) == ("Bearer other", "31000009")


def test_without_a_location_the_state_shows_when_a_change_is_done(quick: ImageApi, server: Any) -> None:
    server.respond(accepted(), 202)
    server.respond(accepted(), times=2)
    server.respond(accepted("AVAILABLE"))
    progress: list[Any] = []
    image = quick.images_patch("image0", CHANGE, _wait=Wait(progress=progress.append))
    assert image.metadata.state == "AVAILABLE"
    assert [each.metadata.state for each in progress] == ["BUSY", "BUSY", "AVAILABLE"]
    assert seen(server)[1:] == [("GET", "/images/image0")] * 3


def test_a_location_of_something_else_is_ignored(quick: ImageApi, server: Any) -> None:
    server.respond(accepted(), 202, Location=f"{server.url}/images/image0")
    server.respond(accepted("AVAILABLE"))
    assert quick.images_patch("image0", CHANGE, _wait=True).metadata.state == "AVAILABLE"


def test_without_a_location_a_deletion_is_done_when_the_resource_is_gone(quick: ImageApi, server: Any) -> None:
    server.respond(b"", 202)
    server.respond(accepted())
    server.respond({}, 404)
    assert quick.images_delete("image0", _wait=True) is None
    assert seen(server) == [("DELETE", "/images/image0"), *[("GET", "/images/image0")] * 2]


def test_the_type_of_the_response_to_a_deletion_is_not_that_of_the_resource(quick: ImageApi, server: Any) -> None:
    server.respond("accepted", 202)
    server.respond(accepted())
    server.respond({}, 404)
    assert quick.images_delete("image0", response_type="str", _wait=True) is None


def test_a_resource_without_a_state_is_done_when_it_can_be_read(quick: ImageApi, server: Any) -> None:
    server.respond({"id": "user1", "type": "user"}, 202)
    server.respond({"id": "user1", "type": "user", "metadata": {"etag": "x"}})
    users = ionoscloud.UserManagementApi(quick.api_client)
    assert users.um_users_post({"properties": {}}, _wait=True).metadata.etag == "x"
    assert seen(server) == [("POST", "/um/users"), ("GET", "/um/users/user1")]


def test_a_cluster_is_done_by_its_state_after_its_request(quick: ImageApi, server: Any) -> None:
    server.respond({"id": "k1", "metadata": {"state": "DEPLOYING"}}, 202, **location(server))
    server.respond(status("DONE"))
    server.respond({"id": "k1", "metadata": {"state": "DEPLOYING"}})
    server.respond({"id": "k1", "metadata": {"state": "ACTIVE"}})
    cluster = KubernetesApi(quick.api_client).k8s_post({"properties": {"name": "x"}}, _wait=True)
    assert cluster.metadata.state == "ACTIVE"
    assert seen(server)[1:] == [("GET", "/requests/r1/status"), *[("GET", "/k8s/k1")] * 2]


def test_an_action_returns_its_own_result(quick: ImageApi, server: Any) -> None:
    server.respond({}, 202, **location(server))
    server.respond(status("DONE"))
    assert ServerApi(quick.api_client).datacenters_servers_reboot_post("dc", "s1", _wait=True) == {}
    server.respond({}, 202)
    server.respond(accepted())
    server.respond(accepted("AVAILABLE"))
    assert ServerApi(quick.api_client).datacenters_servers_reboot_post("dc", "s1", _wait=True) == {}
    assert seen(server)[-1] == ("GET", "/datacenters/dc/servers/s1")


# Failures


def test_a_failed_request_states_reason_and_resources(api: ImageApi, cloud: CloudEmulator) -> None:
    cloud.fail_next_change("No space left")
    with pytest.raises(ionoscloud.ApiFailedRequest, match=r"failed: No space left \(image image0\)$") as caught:
        api.images_patch("image0", CHANGE, _wait=True)
    error = caught.value
    assert (error.status.metadata.status, error.status.metadata.message) == ("FAILED", "No space left")
    assert (error.resource.id, error.resource.metadata.state) == ("image0", "BUSY")


@pytest.mark.parametrize("is_located", [True, False])
def test_a_failed_state_ends_a_wait(quick: ImageApi, server: Any, is_located: bool) -> None:
    server.respond({"id": "k1", "metadata": {"state": "DEPLOYING"}}, 202, **(location(server) if is_located else {}))
    if is_located:
        server.respond(status("DONE"))
    server.respond({"id": "k1", "type": "k8s", "metadata": {"state": "FAILED"}})
    with pytest.raises(ionoscloud.ApiFailedRequest, match=r"^k8s k1 is FAILED, not done$") as caught:
        KubernetesApi(quick.api_client).k8s_post({"properties": {"name": "x"}}, _wait=True)
    assert (caught.value.request_id, caught.value.resource.metadata.state) == (None, "DEPLOYING")


def test_a_wait_that_times_out_has_the_last_status_and_the_resource() -> None:
    with CloudEmulator(queue_time=0, run_time=60) as slow, ApiClient(configured(slow)) as client:
        for number, wait in enumerate((0.05, Wait(0.05, poll_interval=0.02))):
            slow.add_image(id=f"image{number}", name="x", licenceType="LINUX")
            with pytest.raises(ionoscloud.ApiTimeout, match=r"not done after 0\.05 s; .* was RUNNING$") as caught:
                ImageApi(client).images_patch(f"image{number}", CHANGE, _wait=wait)
            assert caught.value.status.metadata.status == "RUNNING"
            assert caught.value.resource.id == f"image{number}"
            assert isinstance(caught.value, TimeoutError)
        client.configuration.wait_timeout = 0.01
        with pytest.raises(ionoscloud.ApiTimeout, match=r"not done after 0\.01 s"):
            ImageApi(client).images_patch("image0", CHANGE, _wait=True)


@pytest.mark.parametrize("path", [STATUS, "/images/{imageId}"])
def test_a_poll_that_fails_does_not_lose_the_accepted_change(api: ImageApi, cloud: CloudEmulator, path: str) -> None:
    cloud.fail_next(500, method="GET", path=path)
    with pytest.raises(ionoscloud.ServiceException) as caught:
        api.images_patch("image0", CHANGE, _wait=True)
    assert (caught.value.status, caught.value.resource.id) == (500, "image0")


def test_an_interrupted_wait_does_not_lose_the_accepted_change(api: ImageApi) -> None:
    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        api.images_patch("image0", CHANGE, _wait=Wait(progress=interrupt))
    assert caught.value.resource.id == "image0"  # type: ignore[attr-defined]


def test_a_retried_deletion_that_finds_nothing_is_done(quick: ImageApi, server: Any) -> None:
    quick.api_client.configuration.max_retries = 1
    server.respond(status=0, times=1)  # the connection ends without a response
    server.respond(status=404)
    server.respond(status=404)
    assert quick.images_delete_with_http_info("image0", _wait=True)[:2] == (None, 404)
    server.respond(status=404)
    with pytest.raises(ionoscloud.NotFoundException):
        quick.images_delete("image0", _wait=True)


def test_an_exception_without_room_for_the_resource_is_raised_unchanged(api: ImageApi) -> None:
    class Stopped(Exception):
        @property
        def resource(self) -> str:
            return "of the program"

    def stop(_: Any) -> None:
        raise Stopped

    with pytest.raises(Stopped) as caught:
        api.images_patch("image0", CHANGE, _wait=Wait(progress=stop))
    assert caught.value.resource == "of the program"


def test_a_rejected_change_has_no_resource(api: ImageApi) -> None:
    with pytest.raises(ionoscloud.NotFoundException) as caught:
        api.images_patch("missing", CHANGE, _wait=True)
    assert caught.value.resource is None


# Programs that override methods, as in 5.0.x


class PublishedSignature(ApiClient):
    calls = 0

    def call_api(  # type: ignore[override]
        self, resource_path, method, path_params=None, query_params=None, header_params=None, body=None,
        post_params=None, files=None, response_type=None, auth_settings=None, async_req=None,
        _return_http_data_only=None, collection_formats=None, _preload_content=True, _request_timeout=None,
        _host=None, _request_auth=None,
    ) -> Any:  # fmt: skip
        self.calls += 1
        return super().call_api(
            resource_path, method, path_params, query_params, header_params, body, post_params, files, response_type,
            auth_settings, async_req, _return_http_data_only, collection_formats, _preload_content, _request_timeout,
            _host, _request_auth,
        )  # fmt: skip


class AnySignature(ApiClient):
    calls = 0

    def call_api(self, *arguments: Any, **options: Any) -> Any:
        self.calls += 1
        return super().call_api(*arguments, **options)


class OwnRequest(ApiClient):
    calls = 0

    def request(self, method: str, url: str, query_params: Any = None, headers: Any = None, **options: Any) -> Any:
        self.calls += 1
        return super().request(method, url, query_params, headers, **options)


def on_object(configuration: Configuration) -> Any:
    client: Any = ApiClient(configuration)
    original, client.calls = client.request, 0

    def request(method: str, url: str, query_params: Any = None, headers: Any = None, post_params: Any = None,
                body: Any = None, _preload_content: bool = True, _request_timeout: Any = None) -> Any:  # fmt: skip
        client.calls += 1
        return original(method, url, query_params, headers, post_params, body, _preload_content, _request_timeout)

    client.request = request
    return client


@pytest.mark.parametrize("create", [PublishedSignature, AnySignature, OwnRequest, on_object])
def test_waits_go_through_the_methods_that_a_program_overrides(cloud: CloudEmulator, create: Any) -> None:
    with create(configured(cloud)) as client:
        image = ImageApi(client).images_patch("image0", CHANGE, _wait=True)
        assert (image.metadata.state, image.properties.name) == ("AVAILABLE", "new.iso")
        assert ImageApi(client).images_delete_with_http_info("image0", async_req=True, _wait=True).get(10)[0] is None
        _, _, headers = ImageApi(client).images_patch_with_http_info("image1", CHANGE)
        client.wait_for_completion(headers)
        assert client.wait_until(ImageApi(client).images_find_by_id, "image1", state="AVAILABLE").id == "image1"
        assert client.calls == len(cloud.requests_seen) >= 8


# wait_until


def test_a_state_is_waited_for(quick: ImageApi, server: Any) -> None:
    server.respond(accepted())
    server.respond(accepted("AVAILABLE"), times=2)
    wait_until, states = quick.api_client.wait_until, []
    image = wait_until(quick.images_find_by_id, "image0", depth=1, state="AVAILABLE", progress=states.append)
    assert (image.metadata.state, states[0].metadata.state) == ("AVAILABLE", "BUSY")
    assert wait_until(quick.images_find_by_id, image_id="image0", state=["ACTIVE", "AVAILABLE"]).id == "image0"
    assert seen(server) == [*[("GET", "/images/image0?depth=1")] * 2, ("GET", "/images/image0")]


def test_a_condition_is_waited_for(api: ImageApi, client: ApiClient, cloud: CloudEmulator) -> None:
    api.images_delete("image0")
    before = len(api.images_get().items)
    images = client.wait_until(api.images_get, check=lambda images: len(images.items) < before)
    assert len(images.items) == before - 1
    count = iter(range(5))
    assert client.wait_until(lambda: next(count), check=lambda number: number == 3) == 3


def test_the_end_of_a_resource_is_waited_for(api: ImageApi, client: ApiClient) -> None:
    api.images_delete("image0")
    assert client.wait_until(api.images_find_by_id, "image0", gone=True) is None
    with pytest.raises(ionoscloud.NotFoundException):
        client.wait_until(api.images_find_by_id, "image0", state="AVAILABLE")


def test_a_state_that_does_not_come_times_out(api: ImageApi, client: ApiClient) -> None:
    with pytest.raises(
        ionoscloud.ApiTimeout, match=r"^image image0 was not ACTIVE after 0\.05 s; .* was AVAIL"
    ) as caught:
        client.wait_until(api.images_find_by_id, "image0", state="ACTIVE", timeout=0.05)
    assert caught.value.resource.id == "image0"


def test_a_state_of_failure_ends_the_wait_unless_it_is_wanted(quick: ImageApi, server: Any) -> None:
    server.respond(accepted("FAILED"), times=3)
    wait_until = quick.api_client.wait_until
    with pytest.raises(ionoscloud.ApiFailedRequest, match=r"^image image0 is FAILED, not AVAILABLE$"):
        wait_until(quick.images_find_by_id, "image0", state="AVAILABLE")
    assert wait_until(quick.images_find_by_id, "image0", state="FAILED").id == "image0"
    assert wait_until(quick.images_find_by_id, "image0", check=lambda image: image.metadata.state == "FAILED")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "exactly one of state, check and gone, but got none of them"),
        ({"state": "ACTIVE", "gone": True}, "but got state and gone"),
        ({"state": 5}, "state must be a state such as 'AVAILABLE', or several, not"),
        ({"state": ""}, "state must be a state"),
        ({"state": []}, "state must be a state"),
        ({"check": 5}, "check must be"),
        ({"gone": True, "progress": 5}, "progress must be"),
    ],
    ids=str,
)
def test_a_wait_without_a_clear_end_is_rejected(
    api: ImageApi, client: ApiClient, cloud: CloudEmulator, options: Any, message: str
) -> None:
    with pytest.raises(ionoscloud.ApiTypeError, match=message):
        client.wait_until(api.images_find_by_id, "image0", **options)
    assert not cloud.requests_seen


def test_a_method_must_be_callable(client: ApiClient) -> None:
    wrong: Any = "images_find_by_id"
    with pytest.raises(ionoscloud.ApiTypeError, match="method must be a method such as"):
        client.wait_until(wrong, gone=True)


def test_only_resources_have_a_state(api: ImageApi, client: ApiClient) -> None:
    for method in (api.images_get, api.images_get_with_http_info):
        with pytest.raises(ionoscloud.ApiTypeError, match="must return a resource with a state"):
            client.wait_until(method, state="AVAILABLE")


def test_polls_are_not_in_threads_of_their_own(api: ImageApi, client: ApiClient, cloud: CloudEmulator) -> None:
    with pytest.raises(ionoscloud.ApiTypeError, match="wait_until: async_req must be False"):
        client.wait_until(api.images_find_by_id, "image0", gone=True, timeout=0.2, async_req=True)
    assert not cloud.requests_seen


def test_a_poll_does_not_outlast_the_wait(quick: ImageApi, server: Any, short_polls: None) -> None:
    event = server.hang()
    with pytest.raises(ionoscloud.ApiTimeout):
        quick.api_client.wait_until(quick.images_find_by_id, "image0", gone=True, timeout=0.05)
    assert not event.is_set()
    event.set()


# Many waits at the same time


def in_threads(count: int, function: Callable[[int], Any]) -> list[Any]:
    """Call a function with each number in a thread of its own, at the same time. Return results or errors."""
    barrier = threading.Barrier(count)

    def call(number: int) -> Any:
        barrier.wait(10)
        try:
            return function(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(call, range(count)))


def test_waits_of_many_threads_share_polls(cloud: CloudEmulator) -> None:
    with ApiClient(configured(cloud, poll_interval=None)) as client:
        images = in_threads(20, lambda n: ImageApi(client).images_patch(f"image{n}", CHANGE, _wait=True))
        assert {image.metadata.state for image in images} == {"AVAILABLE"}
        assert len(polls(cloud)) < 15  # usually 1 or 2; at least 20 if each thread polled for itself
        assert client._request_polls["None"]._waits == {} == client._request_polls["None"]._running


def test_a_list_of_requests_is_polled_at_once(api: ImageApi, client: ApiClient, cloud: CloudEmulator) -> None:
    accepted = [api.images_patch_with_http_info(f"image{number}", CHANGE)[2] for number in range(12)]
    cloud.fail_next_change("No space left", path="/images/image12")
    accepted.append(api.images_patch_with_http_info("image12", CHANGE)[2])
    with pytest.raises(
        ionoscloud.ApiFailedRequest, match=r"^request [0-9a-f-]+ failed: No space left \(image image12\)$"
    ):
        client.wait_for_completion(accepted)
    assert {api.images_find_by_id(f"image{number}").metadata.state for number in range(13)} == {"AVAILABLE"}
    assert polls(cloud).count("status") <= 1


def test_responses_can_be_waited_for(api: ImageApi, client: ApiClient) -> None:
    change = api.images_patch_with_http_info("image0", CHANGE)
    client.wait_for_completion(change)
    assert api.images_find_by_id("image0").metadata.state == "AVAILABLE"
    client.wait_for_completion([api.images_patch_with_http_info(f"image{number}", CHANGE) for number in range(3)])
    assert {image.metadata.state for image in api.images_get(filters={"name": "new"})} == {"AVAILABLE"}
    with pytest.raises(ionoscloud.ApiTypeError, match="an id, a Location, headers or a response, or several, not int"):
        client.wait_for_completion((None, 202, "x"))  # type: ignore[arg-type]


def test_waits_of_a_view_share_the_polls_of_its_account(client: ApiClient) -> None:
    assert client.with_options(contract_number=5, timeout=9)._request_polls is client._request_polls
    assert client.with_options(token="other")._request_polls is not client._request_polls


@pytest.mark.parametrize("status", [403, 404])
def test_threads_of_a_user_who_may_not_list_requests_wait_too(
    client: ApiClient, cloud: CloudEmulator, status: int
) -> None:
    cloud.fail_next(status, times=None, path="/requests")
    images = in_threads(10, lambda n: ImageApi(client).images_patch(f"image{n}", CHANGE, _wait=True))
    assert {image.metadata.state for image in images} == {"AVAILABLE"}
    assert polls(cloud).count("list") <= 10


def test_a_failed_list_does_not_end_the_waits_of_other_threads(cloud: CloudEmulator) -> None:
    cloud.fail_next(500, path="/requests")
    with ApiClient(configured(cloud)) as client:
        results = in_threads(10, lambda n: ImageApi(client).images_patch(f"image{n}", CHANGE, _wait=True))
    errors = [each for each in results if isinstance(each, Exception)]
    assert [getattr(each, "status", each) for each in errors] == [500]
    assert {each.metadata.state for each in results if each not in errors} == {"AVAILABLE"}


def test_a_missing_request_fails_only_the_wait_for_it(api: ImageApi, client: ApiClient) -> None:
    _, _, headers = api.images_patch_with_http_info("image0", CHANGE)
    results = in_threads(
        6, lambda n: client.wait_for_completion(headers if n else "00000000-0000-0000-0000-000000000000")
    )
    assert isinstance(results[0], ionoscloud.NotFoundException)
    assert results[1:] == [None] * 5


def test_waits_for_the_same_request_are_independent(client: ApiClient) -> None:
    with CloudEmulator(queue_time=0, run_time=0.2) as slow, ApiClient(configured(slow)) as client:
        slow.add_image(id="image0", name="x", licenceType="LINUX")
        _, _, headers = ImageApi(client).images_patch_with_http_info("image0", CHANGE)
        results = in_threads(4, lambda n: client.wait_for_completion(headers, timeout=5 if n else 0.03))
        assert isinstance(results[0], ionoscloud.ApiTimeout)
        assert results[1:] == [None] * 3


def test_waits_of_different_contracts_have_polls_of_their_own(cloud: CloudEmulator, client: ApiClient) -> None:
    first, second = cloud.contract_numbers
    cloud.add_image(id="other", name="other.iso", licenceType="LINUX", contract_number=second)

    def patch(number: int) -> Any:
        name, contract = (f"image{number}", first) if number else ("other", second)
        return ImageApi(client).images_patch(name, CHANGE, x_contract_number=contract, _wait=True)

    assert {image.metadata.state for image in in_threads(3, patch)} == {"AVAILABLE"}
    assert {*client._request_polls} == {str(first), str(second)}


class Hanging:
    """The first list of requests, to which the server does not respond at once."""

    def __init__(self, server: Any) -> None:
        self.event = server.hang()
        listed = [{"id": each, "metadata": {"requestStatus": status("DONE")}} for each in ("r1", "r2", "r3")]
        server.responses[0].body = str({"items": listed}).replace("'", '"').encode()
        self.server = server

    def wait_until_it_is_sent(self) -> None:
        while not self.server.seen:
            time.sleep(0.001)


def test_a_wait_times_out_while_another_thread_polls(quick: ImageApi, server: Any, short_polls: None) -> None:
    hanging = Hanging(server)
    wait = quick.api_client.wait_for_completion
    with ThreadPoolExecutor(1) as threads:
        leader = threads.submit(wait, ["r1", "r2"])
        hanging.wait_until_it_is_sent()
        with pytest.raises(ionoscloud.ApiTimeout):
            wait("r3", timeout=0.01)
        assert not leader.done()
        hanging.event.set()
        assert leader.result(10) is None
    assert len(server.seen) == 1


def test_other_threads_continue_when_the_one_that_polls_is_interrupted(quick: ImageApi, server: Any) -> None:
    hanging = Hanging(server)
    wait = quick.api_client.wait_for_completion
    server.respond(status("DONE"), times=2)

    def follow() -> Any:
        hanging.wait_until_it_is_sent()
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        return wait("r3")

    with ThreadPoolExecutor(1) as threads:
        follower = threads.submit(follow)
        with pytest.raises(KeyboardInterrupt):
            wait(["r1", "r2"])
        assert follower.result(10) is None
    hanging.event.set()
    assert wait(["r1"]) is None
    polls = quick.api_client._request_polls["None"]
    assert polls._waits == {} == polls._running


def test_a_signal_handler_waits_while_its_thread_polls(quick: ImageApi, server: Any) -> None:
    nested: list[Any] = []

    def interrupt(event: Any) -> None:
        if event.operation == "requests_get" and not nested:
            nested.append("pending")
            quick.api_client.wait_for_completion(["r3", "r4"])
            nested.append("done")

    quick.api_client.configuration.on_request = interrupt
    quick.api_client.configuration.total_timeout = 1
    server.respond(status("DONE"), times=2)
    server.respond({"items": []})
    server.respond(status("DONE"), times=2)
    assert quick.api_client.wait_for_completion(["r1", "r2"], timeout=5) is None
    assert nested == ["pending", "done"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_process_does_not_wait_for_a_poll_of_its_parent(quick: ImageApi, server: Any) -> None:
    hanging = Hanging(server)
    wait = quick.api_client.wait_for_completion
    with ThreadPoolExecutor(1) as threads:
        leader = threads.submit(wait, ["r1", "r2"])
        hanging.wait_until_it_is_sent()
        server.respond({"items": []})
        server.respond(status("DONE"), times=2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
            child = os.fork()
        if not child:
            code = 1
            with contextlib.suppress(BaseException):
                wait(["r3", "r4"], timeout=5)
                code = 0
            os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        hanging.event.set()
        assert leader.result(10) is None


def test_a_client_whose_headers_have_no_location_returns_at_once(client: ApiClient, cloud: CloudEmulator) -> None:
    headers: Mapping[str, str] = {"Date": "x"}
    client.wait_for_completion(headers)
    client.wait_for_completion([headers, None])
    client.wait_for_completion([])
    assert not cloud.requests_seen


# The rate limit


def test_threads_slow_down_before_the_server_rejects_calls(cloud: CloudEmulator) -> None:
    cloud.rate_limit(6000, burst=10)
    rejected: list[int] = []
    settings = configured(
        cloud, on_response=lambda event: rejected.append(event.status) if event.status == 429 else None
    )
    with ApiClient(settings) as client:
        api = ImageApi(client)
        api.images_find_by_id("image0")
        results = in_threads(20, lambda n: [api.images_find_by_id(f"image{n}").id for _ in range(2)])
    assert results == [[f"image{number}"] * 2 for number in range(20)]
    assert len(rejected) < 5  # of 29 that came too early otherwise


def test_without_a_limit_no_call_is_delayed(
    cloud: CloudEmulator, api: ImageApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("ionoscloud._transport.client.time.sleep", slept.append)
    in_threads(20, lambda n: [api.images_find_by_id(f"image{n}") for _ in range(5)])
    assert slept == []


def test_a_call_does_not_wait_beyond_its_total_timeout(cloud: CloudEmulator, api: ImageApi) -> None:
    cloud.rate_limit(1, burst=1)
    api.images_get()
    with pytest.raises(ionoscloud.TooManyRequestsException) as caught:
        api.images_get(_total_timeout=0.05)
    assert caught.value.out_of_time


def test_no_outcome_leaks_a_reservation(cloud: CloudEmulator, client: ApiClient, api: ImageApi) -> None:
    cloud.rate_limit(6000, burst=50)
    cloud.fail_next(503, times=2)
    cloud.drop_next()
    api.images_get()
    with pytest.raises(ionoscloud.NotFoundException):
        api.images_find_by_id("missing")
    response: Any = api.images_get(_preload_content=False)
    response.release_conn()
    with pytest.raises(ZeroDivisionError):
        client.configuration.on_request = lambda event: 1 / 0
        api.images_get()
    client.configuration.on_request = None
    client.configuration.max_response_bytes = 10
    with pytest.raises(ionoscloud.ApiException):
        api.images_get()
    assert client.rest_client.rate_limit._in_flight == {}
