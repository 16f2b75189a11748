"""Responses to GET."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ionoscloud.emulator import CloudEmulator, ManualClock

ENVELOPE = {"id", "type", "href"}


def names(response):
    assert response.status == 200, response.data
    return [item["properties"]["name"] for item in response.json()["items"]]


def test_the_root_shows_name_and_version_of_the_api(cloud, call):
    assert call("GET", "/").json() == {"href": cloud.url + "/", "name": "CLOUD API", "version": "5.0"}
    assert call("GET", "").status == 200


def test_the_initial_images_have_all_types_and_licences(call):
    images = call("GET", "/images?depth=1").json()["items"]
    properties = [image["properties"] for image in images]
    assert 200 < len(images) < 500
    assert len({image["id"] for image in images}) == len(images)
    assert {p["location"] for p in properties} == {"de/fra", "de/txl", "gb/lhr", "us/las", "us/ewr"}
    assert {p["licenceType"] for p in properties} == {
        "UNKNOWN", "WINDOWS", "WINDOWS2016", "WINDOWS2022", "LINUX", "OTHER",
    }  # fmt: skip
    assert {p["imageType"] for p in properties} == {"HDD", "CDROM"}
    assert {p["cloudInit"] for p in properties} == {"NONE", "V1"}
    assert any(p["size"] % 1 for p in properties)
    assert Counter(p["public"] for p in properties)[False] == 5
    aliases = Counter((a, p["location"], p["imageType"]) for p in properties for a in p["imageAliases"])
    assert set(aliases.values()) == {1}
    assert {"ubuntu:latest", "ubuntu:22.04", "ubuntu:latest_iso", "debian:10_iso"} <= {alias for alias, _, _ in aliases}
    for image in images:
        assert image["type"] == "image"
        assert image["href"].endswith(f"/cloudapi/v5/images/{image['id']}")
        assert re.fullmatch("[0-9a-f]{32}", image["metadata"]["etag"])
        assert image["metadata"]["state"] == "AVAILABLE"
        by = (image["metadata"]["createdBy"], image["metadata"]["createdByUserId"])
        assert (by == ("System", "[UNKNOWN]")) == image["properties"]["public"]
        assert image["properties"]["public"] or not image["properties"]["imageAliases"]


def test_the_initial_images_have_the_same_ids_every_time(call_of):
    seen = []
    for _ in range(2):
        with CloudEmulator(clock=ManualClock()) as cloud:
            images = call_of(cloud)("GET", "/images?depth=1").json()["items"]
            seen.append([(image["id"], image["metadata"]["etag"], image["properties"]) for image in images])
    assert seen[0] == seen[1]


def test_list_is_a_collection(cloud, call):
    body = call("GET", "/images").json()
    assert (body["id"], body["type"], body["href"]) == ("images", "collection", cloud.url + "/images")
    assert set(body) == {"id", "type", "href", "items"}


@pytest.mark.parametrize(("query", "shown"), [("", ENVELOPE), ("?depth=0", ENVELOPE)])
def test_list_at_depth_0_has_references_only(call, query, shown):
    assert all(set(item) == shown for item in call("GET", f"/images{query}").json()["items"])


@pytest.mark.parametrize("depth", [1, 2, 10])
def test_list_at_a_depth_has_properties(call, depth):
    assert all(
        set(i) == {*ENVELOPE, "metadata", "properties"} for i in call("GET", f"/images?depth={depth}").json()["items"]
    )


@pytest.mark.parametrize("query", ["", "?depth=0", "?depth=10"])
def test_a_single_image_always_has_its_properties(call, image, query):
    body = call("GET", image + query).json()
    assert set(body) == {*ENVELOPE, "metadata", "properties"}
    assert body["properties"]["name"] == "mine.iso"


def test_the_etag_header_needs_a_request_without_depth(call, image):
    response = call("GET", image)
    assert response.headers["ETag"] == f'"{response.json()["metadata"]["etag"]}"'
    assert "ETag" not in call("GET", image + "?depth=0").headers
    assert "ETag" not in call("GET", "/images").headers


def test_pretty(call):
    assert b'\n  "name" : "CLOUD API"' in call("GET", "/").data
    assert b'\n  "name" : "CLOUD API"' in call("GET", "/?pretty=true").data
    assert b'"name":"CLOUD API"' in call("GET", "/?pretty=false").data
    assert b'"name":"CLOUD API"' in call("GET", "/?pretty=False").data
    assert b'"httpStatus":404' in call("GET", "/images/none?pretty=false").data
    assert b'"httpStatus" : 404' in call("GET", "/images/none").data


@pytest.mark.parametrize(
    "query", ["depth=-1", "depth=11", "depth=x", "depth=", "depth=1.5", "depth=" + "9" * 5000, "pretty=1"]
)
@pytest.mark.parametrize("path", ["/images", "/requests", "/"])
def test_parameters_are_validated(call, path, query):
    response = call("GET", f"{path}?{query}")
    assert response.status == 422
    assert response.json()["messages"][0]["errorCode"] == "100"
    assert f"[{query.partition('=')[0]}]" in response.json()["messages"][0]["message"]


def test_filters_match_parts_case_insensitively(cloud, call):
    cloud.add_image(name="Alpha.iso")
    cloud.add_image(name="beta.ISO", description="the ALPHA of betas")
    assert names(call("GET", "/images?depth=1&filter.name=ALPHA")) == ["Alpha.iso"]
    assert names(call("GET", "/images?depth=1&filter.description=alpha")) == ["beta.ISO"]
    assert names(call("GET", "/images?depth=1&filter.name=alpha&filter.name=beta")) == ["Alpha.iso", "beta.ISO"]
    assert names(call("GET", "/images?depth=1&filter.name=alpha&filter.imageType=HDD")) == []
    assert names(call("GET", "/images?depth=1&filter.public=false&filter.imageType=cdrom&filter.size=0.39")) == [
        "rescue-tools.iso"
    ]


def test_filters_match_metadata_and_elements_of_lists(call):
    assert len(names(call("GET", "/images?depth=1&filter.createdBy=demo"))) == 5
    found = names(call("GET", "/images?depth=1&filter.imageAliases=ubuntu%3Alatest&filter.location=de%2Ffra"))
    assert found == ["Ubuntu-24.04-LTS-server", "ubuntu-24.04-live-server-amd64.iso"]


def test_filters_are_ignored_at_depth_0(call):
    everything = len(call("GET", "/images").json()["items"])
    assert len(call("GET", "/images?filter.public=false").json()["items"]) == everything


@pytest.mark.parametrize(
    "query", ["filter.nme=x", "filter.=x", "filter.Name=x", "orderBy=nme", "maxResults=0", "maxResults=x"]
)
def test_unknown_filters_and_orders_are_rejected(call, query):
    response = call("GET", f"/images?depth=1&{query}")
    assert response.status == 422
    assert query.partition("=")[0] in response.json()["messages"][0]["message"]


def test_properties_of_a_newer_server_can_be_filtered(cloud, call):
    cloud.add_image(name="new.iso", newerType="MSSQL")
    assert names(call("GET", "/images?depth=1&filter.newerType=mssql")) == ["new.iso"]


def test_max_results_applies_before_filters(call):
    assert len(names(call("GET", "/images?depth=1&maxResults=3"))) == 3
    assert names(call("GET", "/images?depth=1&maxResults=3&filter.public=false")) == []


def test_order_by(call):
    found = names(call("GET", "/images?depth=1&filter.public=false&orderBy=name"))
    assert found == ["appliance.raw", "database.vmdk", "office.vhdx", "rescue-tools.iso", "web-server.qcow2"]
    sizes = [i["properties"]["size"] for i in call("GET", "/images?depth=1&orderBy=size").json()["items"]]
    assert sizes == sorted(sizes)


def test_images_have_no_pages(call):
    body = call("GET", "/images?limit=1&offset=5").json()
    assert len(body["items"]) > 200
    assert "limit" not in body


def test_contracts_are_separate(cloud, call, image):
    first, second = map(str, cloud.contract_numbers)
    assert first == str(cloud.contract_number)
    call("PATCH", image, json={"name": "changed"})
    for contract, status, requests in (("", 200, 1), (first, 200, 1), (second, 404, 0)):
        headers = {"X-Contract-Number": contract}
        assert call("GET", image, headers).status == status
        assert len(call("GET", "/requests", headers).json()["items"]) == requests
    private = [
        {i["id"] for i in call("GET", "/images?depth=1&filter.public=false", {"X-Contract-Number": n}).json()["items"]}
        for n in (first, second)
    ]
    assert private[0] and private[1] and not private[0] & private[1]
    public = [
        {i["id"] for i in call("GET", "/images?depth=1&filter.public=true", {"X-Contract-Number": n}).json()["items"]}
        for n in (first, second)
    ]
    assert public[0] == public[1]


@pytest.mark.parametrize(("number", "status"), [("77", 403), ("x", 422), ("99999999999", 422), ("0", 403)])
def test_contracts_of_other_accounts_are_rejected(call, number, status):
    response = call("GET", "/images", {"X-Contract-Number": number})
    assert (response.status, response.json()["httpStatus"]) == (status, status)


def test_add_image(cloud, call):
    image = cloud.add_image(id="a b/c", contract_number=cloud.contract_numbers[1], name="x.iso", futureThing=[1])
    assert image["properties"]["imageType"] == "CDROM"
    assert image["properties"]["futureThing"] == [1]
    assert call("GET", "/images/a%20b%2Fc").status == 404
    headers = {"X-Contract-Number": str(cloud.contract_numbers[1])}
    assert call("GET", "/images/a%20b%2Fc", headers).json() == image
    assert call("GET", image["href"], headers).json() == image
    with pytest.raises(ValueError, match="a b/c"):
        cloud.add_image(id="a b/c")
    with pytest.raises(ValueError, match="77"):
        cloud.add_image(contract_number=77)
    public = cloud.add_image(name="p.iso", public=True)
    assert call("GET", public["href"], headers).json()["metadata"]["createdBy"] == "System"
