"""Changes from the request to their end."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from ionoscloud.emulator import CloudEmulator


def status(call, response):
    assert response.status == 202, response.data
    return call("GET", response.headers["Location"]).json()["metadata"]["status"]


def test_patch_is_queued_running_and_done(cloud, call, image):
    before = call("GET", image).json()
    cloud.clock.advance(10)
    response = call("PATCH", image, json={"name": "new.iso", "cpuHotPlug": False})
    assert response.status == 202
    assert re.fullmatch(re.escape(cloud.url) + "/requests/[0-9a-f-]{36}/status", response.headers["Location"])
    after = response.json()
    assert after["metadata"]["state"] == "BUSY"
    assert after["properties"] == {**before["properties"], "name": "new.iso", "cpuHotPlug": False}
    assert re.fullmatch("[0-9a-f]{32}", after["metadata"]["etag"])
    assert after["metadata"]["etag"] != before["metadata"]["etag"]
    assert after["metadata"]["lastModifiedDate"] > before["metadata"]["lastModifiedDate"]
    assert after["metadata"]["createdDate"] == before["metadata"]["createdDate"]
    assert after["metadata"]["lastModifiedBy"] == cloud.username
    for wait, expected, state in (
        (0, "QUEUED", "BUSY"),
        (1, "RUNNING", "BUSY"),
        (1.9, "RUNNING", "BUSY"),
        (0.1, "DONE", "AVAILABLE"),
    ):
        cloud.clock.advance(wait)
        assert status(call, response) == expected
        assert call("GET", image).json()["metadata"]["state"] == state
    assert call("GET", image).json() == {**after, "metadata": {**after["metadata"], "state": "AVAILABLE"}}


def test_status_names_its_target(cloud, call, image):
    response = call("PATCH", image, json={"name": "x"})
    body = call("GET", response.headers["Location"]).json()
    identifier = response.headers["Location"].split("/")[-2]
    target = {"id": image.rpartition("/")[2], "type": "image", "href": cloud.url + image}
    assert body["id"] == f"{identifier}/status"
    assert body["type"] == "request-status"
    assert body["href"] == response.headers["Location"]
    assert body["metadata"]["targets"] == [{"target": target, "status": "QUEUED"}]
    cloud.clock.advance(3)
    done = call("GET", response.headers["Location"]).json()["metadata"]
    assert (done["status"], done["targets"][0]["status"]) == ("DONE", "DONE")
    assert done["message"]
    assert done["etag"] != body["metadata"]["etag"]


def test_put_replaces(cloud, call, image):
    body = call("PUT", image, json={"type": "image", "properties": {"licenceType": "OTHER", "ramHotPlug": True}}).json()
    assert {key for key, value in body["properties"].items() if value is True} == {"ramHotPlug"}
    assert body["properties"]["licenceType"] == "OTHER"
    assert body["properties"]["cloudInit"] == "NONE"
    assert body["properties"]["name"] == "mine.iso"
    assert body["properties"]["description"] is None
    assert (body["properties"]["location"], body["properties"]["size"]) == ("de/fra", 2.0)


def test_delete(cloud, call, image):
    response = call("DELETE", image)
    assert (response.status, response.json()) == (202, {})
    assert call("GET", image).json()["metadata"]["state"] == "BUSY"
    cloud.clock.advance(3)
    gone = call("GET", image)
    assert (gone.status, gone.json()["messages"][0]["errorCode"]) == (404, "309")
    assert image.rpartition("/")[2] not in {item["id"] for item in call("GET", "/images").json()["items"]}
    assert status(call, response) == "DONE"
    assert call("DELETE", image).status == 404
    cloud.add_image(id=image.rpartition("/")[2])


def test_a_failed_change_is_rolled_back(cloud, call, image):
    before = call("GET", image).json()
    cloud.fail_next_change(message="No space left")
    response = call("PATCH", image, json={"name": "new.iso"})
    assert response.json()["properties"]["name"] == "new.iso"
    cloud.clock.advance(3)
    body = call("GET", response.headers["Location"]).json()["metadata"]
    assert (body["status"], body["message"], body["targets"][0]["status"]) == ("FAILED", "No space left", "FAILED")
    assert call("GET", image).json() == before
    assert status(call, call("PATCH", image, json={"name": "again.iso"})) == "QUEUED"
    cloud.clock.advance(3)
    assert call("GET", image).json()["properties"]["name"] == "again.iso"


def test_a_failed_delete_leaves_the_image(cloud, call, image):
    cloud.fail_next_change()
    call("DELETE", image)
    cloud.clock.advance(3)
    assert call("GET", image).json()["metadata"]["state"] == "AVAILABLE"


def test_a_rejected_change_does_not_consume_an_injected_failure(cloud, call, image):
    cloud.fail_next_change()
    assert call("PATCH", image, json={"bogus": 1}).status == 422
    response = call("PATCH", image, json={"name": "x"})
    cloud.clock.advance(3)
    assert status(call, response) == "FAILED"


def test_changes_of_a_resource_wait_for_each_other(cloud, call, image):
    first = call("PATCH", image, json={"name": "one"})
    cloud.clock.advance(0.5)
    second = call("PATCH", image, json={"description": "two"})
    assert second.json()["properties"]["name"] == "one"
    for wait, expected in (
        (1.5, ("RUNNING", "QUEUED")),
        (1, ("DONE", "RUNNING")),
        (1.9, ("DONE", "RUNNING")),
        (0.1, ("DONE", "DONE")),
    ):
        cloud.clock.advance(wait)
        assert (status(call, first), status(call, second)) == expected
    properties = call("GET", image).json()["properties"]
    assert (properties["name"], properties["description"]) == ("one", "two")


def test_a_failed_change_does_not_undo_the_next(cloud, call, image):
    cloud.fail_next_change()
    call("PATCH", image, json={"name": "one", "description": "one"})
    call("PATCH", image, json={"description": "two"})
    cloud.clock.advance(3)
    body = call("GET", image).json()
    assert (body["properties"]["name"], body["properties"]["description"]) == ("mine.iso", "two")
    assert body["metadata"]["state"] == "BUSY"
    cloud.clock.advance(2)
    body = call("GET", image).json()
    assert (body["properties"]["name"], body["properties"]["description"]) == ("mine.iso", "two")
    assert body["metadata"]["state"] == "AVAILABLE"


def test_changes_after_a_delete_fail(cloud, call, image):
    call("DELETE", image)
    late = call("PATCH", image, json={"name": "late"})
    cloud.clock.advance(10)
    assert status(call, late) == "FAILED"
    assert call("GET", image).status == 404


def test_public_images_cannot_be_changed(call):
    public = call("GET", "/images?depth=1&filter.public=true&maxResults=1").json()["items"][0]
    for method, body in (("PATCH", {"name": "x"}), ("PUT", {"properties": {"licenceType": "LINUX"}})):
        assert call(method, public["href"], json=body).status == 403
    assert call("DELETE", public["href"]).status == 403
    assert call("GET", public["href"]).json() == public


def test_a_request_shows_method_headers_and_body(cloud, call, image):
    response = call("PATCH", image + "?depth=1", {"X-Mine": "yes", "Cookie": "secret"}, json={"name": "ü"})
    body = call("GET", response.headers["Location"].rpartition("/")[0] + "?depth=1").json()
    assert body["type"] == "request"
    assert body["metadata"]["createdBy"] == cloud.username
    assert body["metadata"]["requestStatus"]["metadata"]["status"] == "QUEUED"
    properties = body["properties"]
    assert (properties["method"], properties["url"]) == ("PATCH", f"{cloud.url}{image}?depth=1")
    assert "ü" in properties["body"] or "\\u00fc" in properties["body"]
    headers = {name.lower(): value for name, value in properties["headers"].items()}
    assert headers["x-mine"] == "yes"
    assert not {"authorization", "cookie"} & set(headers)


def test_requests_are_paged_newest_first(cloud, call, image):
    identifiers = [call("PATCH", image, json={"name": f"{n}"}).headers["Location"].split("/")[-2] for n in range(5)]
    body = call("GET", "/requests").json()
    assert [item["id"] for item in body["items"]] == identifiers[::-1]
    assert all(set(item) == {"id", "type", "href"} for item in body["items"])
    assert (body["offset"], body["limit"], set(body["_links"])) == (0, 1000, {"self"})
    found, link = [], f"{cloud.url}/requests?limit=2&depth=1"
    while link:
        body = call("GET", link).json()
        assert ("prev" in body["_links"]) == (body["offset"] > 0)
        assert all("properties" in item for item in body["items"])
        found += [item["id"] for item in body["items"]]
        link = body["_links"].get("next")
    assert found == identifiers[::-1]
    assert body["offset"] == 4
    assert call("GET", body["_links"]["prev"]).json()["offset"] == 2
    assert call("GET", "/requests?limit=0").status == 422
    assert call("GET", "/requests?limit=10001").status == 422
    assert call("GET", "/requests?offset=-1").status == 422


def test_requests_are_filtered(cloud, call, image):
    def found(query):
        return [item["id"] for item in call("GET", f"/requests?{query}").json()["items"]]

    def date(item):
        return call("GET", f"/requests/{item}").json()["metadata"]["createdDate"]

    old = call("PATCH", image, json={"name": "x"}).headers["Location"].split("/")[-2]
    cloud.clock.advance(100)
    new = call("DELETE", image).headers["Location"].split("/")[-2]
    middle = date(old)[:10] + "+" + date(old)[11:19]
    assert found("filter.status=DONE") == [old]
    assert found("filter.status=QUEUED&filter.status=done") == [new, old]
    assert found("filter.status=FAILED") == []
    assert found(f"filter.createdAfter={middle}") == [new]
    assert found(f"filter.createdAfter={middle.replace('+', '%2B')}") == [new]
    assert found(f"filter.createdBefore={date(new).replace('T', '+').rstrip('Z')}") == [old]
    assert found("depth=1&filter.method=delete") == [new]
    assert found("filter.method=delete") == [new, old]
    assert found("depth=1&filter.requestStatus=queue") == [new]
    assert found("depth=1&filter.headers=application%2Fjson") == [old]
    assert found(f"depth=1&filter.url={image}&filter.body=x") == [old]
    assert found(f"depth=1&filter.createdDate={date(new)}") == [new]
    assert call("GET", "/requests?filter.createdAfter=yesterday").status == 422
    assert call("GET", "/requests?filter.nothing=1").status == 422


def test_many_threads(call_of):
    with CloudEmulator(queue_time=0, run_time=0) as cloud:
        call = call_of(cloud)
        path = "/images/" + cloud.add_image(name="x")["id"]
        with ThreadPoolExecutor(8) as pool:
            responses = list(pool.map(lambda n: call("PATCH", path, json={"name": f"{n}"}).status, range(100)))
        assert responses == [202] * 100
        assert len(call("GET", "/requests").json()["items"]) == 100
        assert call("GET", path).json()["metadata"]["state"] == "AVAILABLE"


def test_stored_unknown_properties_can_be_written(cloud, call):
    path = "/images/" + cloud.add_image(name="x.iso", newerSerial=False)["id"]
    assert call("PATCH", path, json={"newerSerial": True}).json()["properties"]["newerSerial"] is True
    body = {"properties": {"licenceType": "LINUX", "newerSerial": False}}
    assert call("PUT", path, json=body).json()["properties"]["newerSerial"] is False
    assert call("PATCH", path, json={"location": "us/las"}).status == 422


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_whole_response_is_rejected_as_a_body(call, image, method):
    response = call("GET", image).json()
    assert call(method, image, json=response).status == 422
