"""All steps from a file to a described image, and the errors of each step."""

from __future__ import annotations

import pickle

import pytest
from tools import BYTES

import ionoscloud
from ionoscloud import ImageApi, ImageProperties, Transfer

pytestmark = pytest.mark.once


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "Mine.ISO"
    path.write_bytes(BYTES)
    return path


@pytest.fixture
def upload(cloud, client, file):
    def upload(*args, **options):
        defaults = {"hosts": cloud.ftp_hosts, "transfer_timeout": 30}
        return ionoscloud.upload_image(client, file, ["de/txl", "de/fra"], *args, **{**defaults, **options})

    return upload


def test_a_file_becomes_an_image_in_two_locations(cloud, upload, stored, time_passes):
    seen = []
    images = upload(ImageProperties(licence_type="LINUX", description="mine"), progress=lambda *args: seen.append(args))
    assert stored() == dict.fromkeys(("de-fra/iso-images/Mine.ISO", "de-txl/iso-images/Mine.ISO"), BYTES)
    assert [image.properties.location for image in images] == ["de/txl", "de/fra"]
    for image in images:
        properties = image.properties
        assert (properties.name, properties.image_type, properties.public) == ("Mine.ISO", "CDROM", False)
        assert (properties.licence_type, properties.description, properties.size) == ("LINUX", "mine", 0.01)
        assert image.metadata.state == "AVAILABLE"
    for location in ("de/fra", "de/txl"):
        sent = [args[1] for args in seen if args[0] == location]
        assert sent[0] == 0 and sent[-1] == len(BYTES) and sent == sorted(sent)
    assert {args[2] for args in seen} == {len(BYTES)}
    searches = [request.target for request in cloud.requests_seen if request.target.startswith("/images?")]
    assert all("filter.name=Mine.ISO" in path and "filter.public=false" in path for path in searches)
    assert not any("maxResults" in path for path in searches)


def test_an_upload_through_a_view_uses_its_contract(cloud, make_client, file, time_passes):
    view = make_client(cloud, contract_number=31000002).with_options(contract_number=31000001)  # that of uploads
    defaults = {"hosts": cloud.ftp_hosts, "transfer_timeout": 30}
    (image,) = ionoscloud.upload_image(view, file, "de/fra", ImageProperties(description="mine"), **defaults)
    assert image.properties.description == "mine"
    assert {request.headers["X-Contract-Number"] for request in cloud.requests_seen} == {"31000001"}


def test_without_properties_nothing_is_changed(cloud, upload, time_passes):
    for image in upload():
        assert image.properties.licence_type == "UNKNOWN"
    assert {request.method for request in cloud.requests_seen} == {"GET"}


def test_the_steps_can_run_one_by_one(cloud, client, send, time_passes):
    transfers = send(locations=["de/fra", "us/las"])
    assert [(t.location, t.state, t.sent, t.error) for t in transfers] == [
        ("de/fra", "done", len(BYTES), None),
        ("us/las", "done", len(BYTES), None),
    ]
    assert ionoscloud.find_images(client, name="disk.qcow2") == []
    images = ionoscloud.wait_for_images(client, [Transfer("us/las", "disk.qcow2")])
    assert [(image.properties.location, image.properties.image_type) for image in images] == [("us/las", "HDD")]
    described = ionoscloud.describe_images(client, images, {"cloudInit": "V1", "licenceType": "OTHER"})
    assert described[0].properties.cloud_init == "V1"
    assert described[0] == ImageApi(client).images_find_by_id(images[0].id)
    assert ionoscloud.find_image(client, name="disk.qcow2", location="us/las", public=False) == described[0]


def test_waiting_ends_in_time_without_sleeping(cloud, client, send, no_sleep):
    transfers = send()
    with pytest.raises(ionoscloud.ImageUploadError) as caught:
        ionoscloud.wait_for_images(client, transfers, timeout=0)
    no_sleep.assert_not_called()
    assert caught.value.transfers == transfers and caught.value.images == []
    cloud.clock.advance(60)
    assert ionoscloud.wait_for_images(client, transfers, timeout=0)


def test_a_missing_image_is_reported_with_the_listed_ones(cloud, upload, monkeypatch):
    now, step = [0.0], [0]

    def sleep(seconds):
        now[0] += seconds
        step[0] += 1
        if step[0] == 2:
            cloud.add_image(name="Mine.ISO", location="de/fra")

    monkeypatch.setattr("ionoscloud._polling.time.sleep", sleep)
    monkeypatch.setattr("ionoscloud._clock.monotonic", lambda: now[0])
    with pytest.raises(ionoscloud.ImageUploadError) as caught:
        upload({"licenceType": "LINUX"}, arrival_timeout=42, initial_wait=10)
    error = caught.value
    assert now[0] == 42
    assert isinstance(error.__cause__, ionoscloud.ApiTimeout)
    assert [image.properties.location for image in error.images] == ["de/fra"]
    assert [(t.location, t.state) for t in error.transfers] == [("de/txl", "done"), ("de/fra", "done")]
    assert "Mine.ISO in de/txl" in str(error) and "de/fra" not in str(error) and "42 s" in str(error)


def test_a_rejected_description_is_reported_with_the_images(cloud, upload, time_passes):
    with pytest.raises(ionoscloud.ImageUploadError) as caught:
        upload({"licenceType": "LINUS"})
    error = caught.value
    assert isinstance(error.__cause__, ionoscloud.UnprocessableEntityException)
    assert isinstance(error, ionoscloud.ApiException) and error.status == 422
    assert "licenceType" in error.error.messages[0].message and "licenceType" in str(error)
    assert [image.properties.location for image in error.images] == ["de/txl", "de/fra"]
    assert [t.state for t in error.transfers] == ["done", "done"]
    assert all(image.id in str(error) for image in error.images)


def test_a_description_that_fails_later_leaves_the_others_described(cloud, upload, client, time_passes):
    cloud.fail_next_change("No space left")
    with pytest.raises(ionoscloud.ImageUploadError, match="No space left") as caught:
        upload({"licenceType": "LINUX"})
    assert isinstance(caught.value.__cause__, ionoscloud.ApiFailedRequest)
    assert [image.properties.licence_type for image in caught.value.images] == ["UNKNOWN", "LINUX"]
    assert [transfer.state for transfer in caught.value.transfers] == ["done", "done"]


def test_a_failed_poll_is_reported_with_the_transfers(cloud, client, send):
    transfers = send()
    client.configuration.password = "wrong"
    with pytest.raises(ionoscloud.ImageUploadError) as caught:
        ionoscloud.wait_for_images(client, transfers)
    assert isinstance(caught.value.__cause__, ionoscloud.UnauthorizedException)
    assert caught.value.transfers == transfers


def test_a_failed_transfer_is_not_waited_for(cloud, client, upload_error):
    cloud.break_next_upload(after=1)
    client.configuration.max_retries = 0
    error = upload_error()
    with pytest.raises(ionoscloud.ApiValueError, match="transfers must be done, not de/fra: removed"):
        ionoscloud.wait_for_images(client, error.transfers)


@pytest.mark.parametrize("make", [lambda e: pickle.loads(pickle.dumps(e)), lambda e: e])
def test_an_upload_error_survives_pickling(cloud, upload, time_passes, make):
    with pytest.raises(ionoscloud.ImageUploadError) as caught:
        upload({"licenceType": "LINUS"})
    error = make(caught.value)
    assert str(error) == str(caught.value)
    assert (error.transfers, error.images) == (caught.value.transfers, caught.value.images)
    assert error.status == error.__cause__.status == 422


def test_an_error_with_an_unpicklable_cause_can_be_pickled(upload_error):
    def progress(*args):
        raise ValueError(lambda: None)

    error = upload_error(progress=progress)
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert copy.transfers[0].state == error.transfers[0].state == "removed"
    assert "ValueError" in str(copy.transfers[0].error)
