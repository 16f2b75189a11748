"""The client and the emulator: the life cycle of an image, and waiting."""

from __future__ import annotations

import pytest

import ionoscloud
from ionoscloud import ApiClient, ImageApi, ImageProperties, RequestApi
from ionoscloud.emulator import CloudEmulator, ManualClock


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def cloud(clock: ManualClock):
    with CloudEmulator(clock=clock, queue_time=1, run_time=2) as cloud:
        yield cloud


@pytest.fixture
def client(cloud: CloudEmulator):
    with ApiClient(cloud.configuration()) as client:
        yield client


@pytest.fixture
def image(cloud: CloudEmulator):
    return cloud.add_image(id="mine", name="mine.iso", licenceType="LINUX", newerSerial=True)


@pytest.fixture
def fast(clock: ManualClock, monkeypatch):
    """Let the client and the emulator have the same clock, which advances whenever the client sleeps."""
    monkeypatch.setattr("ionoscloud._clock.monotonic", clock.now)
    monkeypatch.setattr("time.sleep", clock.advance)


def test_the_api_reports_its_name_and_version(client: ApiClient):
    info = ionoscloud.Api(client).api_info_get()
    assert (info.name, info.version) == ("CLOUD API", "5.0")


def test_the_depth_selects_the_details_of_listed_images(client: ApiClient, image):
    bare = ImageApi(client).images_get()
    full = ImageApi(client).images_get(depth=1)
    assert [i.id for i in bare.items] == [i.id for i in full.items]
    assert len(bare.items) > 200
    assert {i.properties for i in bare.items} == {None}
    assert {i.properties.location for i in full.items} >= {"de/fra", "de/txl", "gb/lhr", "us/las", "us/ewr"}
    mine = ImageApi(client).images_get(depth=1, query_params={"filter.public": False, "filter.name": "mine"})
    assert [i.id for i in mine.items] == ["mine"]


def test_an_image_is_patched_replaced_and_deleted(client: ApiClient, clock: ManualClock, image, fast):
    api = ImageApi(client)
    clock.advance(60)
    data, status, headers = api.images_patch_with_http_info("mine", ImageProperties(description="new"))
    assert (status, data.metadata.state, data.properties.description) == (202, "BUSY", "new")
    client.wait_for_completion(headers)
    patched = api.images_find_by_id("mine")
    assert (patched.metadata.state, patched.properties.name) == ("AVAILABLE", "mine.iso")
    assert patched.metadata.etag != image["metadata"]["etag"]
    assert patched.metadata.last_modified_date > patched.metadata.created_date

    patched.properties.name = "renamed.iso"
    _, status, headers = api.images_put_with_http_info("mine", patched)
    client.wait_for_completion(headers["Location"])
    replaced = api.images_find_by_id("mine")
    assert status == 202
    assert (replaced.properties.name, replaced.properties.description) == ("renamed.iso", "new")
    assert replaced.properties.additional_properties == {"newerSerial": True}

    _, status, headers = api.images_delete_with_http_info("mine")
    client.wait_for_completion(headers["location"].split("/")[-2])
    assert status == 202
    with pytest.raises(ionoscloud.NotFoundException, match=r"\[309\] Resource does not exist"):
        api.images_find_by_id("mine")


def test_deleting_a_public_image_is_rejected(client: ApiClient):
    public = ImageApi(client).images_get(depth=1, query_params={"filter.public": True}).items[0]
    with pytest.raises(ionoscloud.ForbiddenException, match=r"DELETE .*403 Forbidden: .* is public"):
        ImageApi(client).images_delete(public.id)
    assert ImageApi(client).images_find_by_id(public.id) == public


def test_read_only_and_unknown_values_are_rejected_with_their_path(client: ApiClient, image):
    with pytest.raises(ionoscloud.UnprocessableEntityException) as caught:
        ImageApi(client).images_patch("mine", {"size": 5, "licenceType": "LINUS"})
    messages = [message.message for message in caught.value.error.messages]
    assert any(message.startswith("[(root).properties.size] ") for message in messages)
    assert any(message.startswith("[(root).properties.licenceType] ") for message in messages)


@pytest.mark.parametrize("settings", [{"password": "wrong"}, {"token": "wrong"}])
def test_wrong_credentials_are_rejected(cloud: CloudEmulator, settings):
    unauthorized = pytest.raises(ionoscloud.UnauthorizedException, match=r"401 Unauthorized: \[315\] Unauthorized")
    with ApiClient(cloud.configuration(**settings)) as client, unauthorized:
        ImageApi(client).images_get()


def test_a_token_is_accepted(cloud: CloudEmulator):
    with ApiClient(cloud.configuration(username=None, password=None, token=cloud.token)) as client:
        assert ImageApi(client).images_get().items


def test_contracts_are_separate(cloud: CloudEmulator, client: ApiClient):
    first, second = cloud.contract_numbers[:2]
    cloud.add_image(id="theirs", contract_number=second)
    assert ImageApi(client).images_find_by_id("theirs", x_contract_number=second).id == "theirs"
    with pytest.raises(ionoscloud.NotFoundException):
        ImageApi(client).images_find_by_id("theirs", x_contract_number=first)
    client.configuration.contract_number = second
    assert ImageApi(client).images_find_by_id("theirs").id == "theirs"
    with pytest.raises(ionoscloud.ForbiddenException):
        ImageApi(client).images_get(x_contract_number=1)


def test_waiting_uses_the_contract_of_the_call(cloud: CloudEmulator, client: ApiClient, fast):
    second = cloud.contract_numbers[1]
    cloud.add_image(id="theirs", contract_number=second)
    _, _, headers = ImageApi(client).images_delete_with_http_info("theirs", x_contract_number=second)
    with pytest.raises(ionoscloud.NotFoundException):
        client.wait_for_completion(headers)
    client.wait_for_completion(headers, x_contract_number=second)


def test_progress_is_called_for_each_status(client: ApiClient, cloud: CloudEmulator, image, fast):
    _, _, headers = ImageApi(client).images_delete_with_http_info("mine")
    steps = []
    client.wait_for_completion(headers, initial_wait=1, progress=lambda s: steps.append(s.metadata.status))
    assert steps == ["QUEUED", "RUNNING", "RUNNING", "DONE"]


def test_a_failed_request_raises_with_the_reason(client: ApiClient, cloud: CloudEmulator, image, fast):
    cloud.fail_next_change("No space left")
    _, _, headers = ImageApi(client).images_patch_with_http_info("mine", ImageProperties(name="new"))
    with pytest.raises(ionoscloud.ApiFailedRequest, match="No space left") as caught:
        client.wait_for_completion(headers)
    assert caught.value.request_id in headers["Location"]
    assert ImageApi(client).images_find_by_id("mine").properties.name == "mine.iso"


def test_a_slow_request_raises_api_timeout(client: ApiClient, cloud: CloudEmulator, image, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("ionoscloud._clock.monotonic", lambda: now[0])
    monkeypatch.setattr("time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    _, _, headers = ImageApi(client).images_delete_with_http_info("mine")
    with pytest.raises(ionoscloud.ApiTimeout, match="not done after 12 s; its last status was QUEUED") as caught:
        client.wait_for_completion(headers, timeout=12)
    assert now == [12.0]
    assert caught.value.request_id in headers["Location"]
    assert isinstance(caught.value, TimeoutError)


@pytest.mark.parametrize("request_id", ["", "  ", "https://api/nothing", {"Location": "https://api/images/1"}, 5, b"x"])
def test_an_invalid_request_id_is_rejected(client: ApiClient, cloud: CloudEmulator, request_id):
    with pytest.raises((ionoscloud.ApiValueError, ionoscloud.ApiTypeError), match="request_id must"):
        client.wait_for_completion(request_id)
    assert not cloud.requests_seen


def test_requests_are_listed_and_described(client: ApiClient, clock: ManualClock, image):
    ImageApi(client).images_patch("mine", ImageProperties(name="new"))
    api = RequestApi(client)
    (request,) = api.requests_get(depth=2, filter_method="PATCH").items
    assert request.metadata.request_status.metadata.status == "QUEUED"
    assert request.properties.body == '{"name": "new"}'
    assert "authorization" not in {name.lower() for name in request.properties.headers}
    clock.advance(10)
    status = api.requests_status_get(request.id)
    assert (status.metadata.status, status.metadata.targets[0].target.id) == ("DONE", "mine")
    assert api.requests_find_by_id(request.id).properties.method == "PATCH"


def test_calls_wait_for_the_rate_limit(monkeypatch):
    clock = ManualClock()
    monkeypatch.setattr("ionoscloud._clock.monotonic", clock.now)
    monkeypatch.setattr("time.sleep", clock.advance)
    with CloudEmulator(clock=clock, rate_limit=60, burst=3) as cloud, ApiClient(cloud.configuration()) as client:
        for _ in range(6):
            _, _, headers = ImageApi(client).images_get_with_http_info()
        assert headers["X-RateLimit-Limit"] == "60"
        assert clock.now() == 3
