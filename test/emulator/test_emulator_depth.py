"""How much of the resources that it refers to a resource shows: as much as a list."""

from __future__ import annotations

import pytest
from account import id_of

REFERENCE = {"id", "type", "href"}


@pytest.fixture
def server(account, datacenter):
    """The path of a server with two volumes and a CD-ROM, which boots from the first volume."""
    server = account.server(datacenter)
    for name in ("first", "second"):
        account.attach(f"{server}/volumes", account.volume(datacenter, name=name))
    cdrom = account.get("/images?depth=1&filter.imageType=CDROM&filter.public=true&maxResults=20")["items"][0]
    account.attach(f"{server}/cdroms", f"/images/{cdrom['id']}")
    return server


@pytest.mark.parametrize("chosen", [False, True])
def test_a_boot_volume_is_a_reference_at_depth_0_and_has_properties_from_depth_1(account, server, chosen):
    if chosen:
        account.change(server, bootVolume={"id": account.ids(f"{server}/volumes")[1]})
    volume = account.get(f"{server}/volumes?depth=1")["items"][int(chosen)]
    assert account.properties(server)["bootVolume"] == {key: volume[key] for key in REFERENCE}
    for depth in (1, 2, 5):
        assert account.properties(f"{server}?depth={depth}")["bootVolume"] == volume
    # In lists and in the data center, the same appears one level deeper.
    servers = server.rpartition("/")[0]
    datacenter = servers.rpartition("/")[0]
    for depth in (2, 3):
        (listed,) = account.get(f"{servers}?depth={depth - 1}")["items"]
        (nested,) = account.get(f"{datacenter}?depth={depth}")["entities"]["servers"]["items"]
        assert {*listed["properties"]["bootVolume"]} == (REFERENCE if depth == 2 else {*volume})
        assert nested == listed


def test_a_boot_cdrom_is_shown_like_a_boot_volume(account, server):
    (cdrom,) = account.get(f"{server}/cdroms?depth=1")["items"]
    path = f"{server}?depth=1"
    assert account.done("PATCH", path, {"bootCdrom": {"id": cdrom["id"]}})["properties"]["bootCdrom"] == cdrom
    assert account.properties(server)["bootCdrom"] == {key: cdrom[key] for key in REFERENCE}
    assert account.properties(path)["bootCdrom"] == cdrom


def test_a_detached_boot_volume_is_not_shown(account, server):
    second = account.ids(f"{server}/volumes")[1]
    account.change(server, bootVolume={"id": second})
    account.delete(f"{server}/volumes/{second}")
    for depth in (0, 1):
        assert (account.properties(f"{server}?depth={depth}")["bootVolume"] or {}).get("id") != second


def test_the_status_of_a_request_is_a_reference_at_depth_0_and_has_metadata_from_depth_1(account, datacenter):
    request = f"/requests/{account.ids('/requests')[0]}"
    status = account.get(f"{request}/status")
    assert status["metadata"]["targets"][0]["target"]["id"] == id_of(datacenter)

    def shown(view):
        return view["metadata"]["requestStatus"]

    assert shown(account.get(request)) == {key: status[key] for key in REFERENCE}
    assert shown(account.get(f"{request}?depth=1")) == status
    assert shown(account.get("/requests?depth=1")["items"][0]) == {key: status[key] for key in REFERENCE}
    assert shown(account.get("/requests?depth=2")["items"][0]) == status
    assert account.ids("/requests?depth=1&filter.requestStatus=done") == [id_of(request)]


def test_a_new_resource_shows_its_entities_as_deep_as_the_body(account, datacenter):
    volume = {"properties": {"name": "data", "size": 1, "type": "HDD", "licenceType": "LINUX"}}
    rule = {"properties": {"name": "ssh", "protocol": "TCP"}}
    nics = [{"properties": {"lan": 1}, "entities": {"firewallrules": {"items": [rule]}}}]
    body = {
        "properties": {"name": "web", "cores": 1, "ram": 1024},
        "entities": {"volumes": {"items": [volume]}, "nics": {"items": nics}},
    }
    made = account.done("POST", f"{datacenter}/servers", body)
    assert {*made["entities"]} == {"volumes", "nics"}
    assert made["entities"]["volumes"]["items"][0]["properties"]["name"] == "data"
    (nic,) = made["entities"]["nics"]["items"]
    assert nic["entities"]["firewallrules"]["items"][0]["properties"]["name"] == "ssh"
    assert {*made["properties"]["bootVolume"]} == REFERENCE
    deep = account.done("POST", f"{datacenter}/servers?depth=2", body)
    assert {*deep["entities"]} == {"cdroms", "volumes", "nics"}
    assert deep["entities"]["volumes"]["items"][0]["properties"]["name"] == "data"


def test_a_new_resource_shows_references_to_attached_resources(account, datacenter):
    volume = id_of(account.create(f"{datacenter}/volumes", name="data", size=1, type="HDD", licenceType="LINUX"))
    body = {
        "properties": {"name": "web", "cores": 1, "ram": 1024},
        "entities": {"volumes": {"items": [{"id": volume}]}},
    }
    made = account.done("POST", f"{datacenter}/servers", body)
    later = account.get(f"{datacenter}/servers/{made['id']}?depth=1")
    assert made["entities"] == {"volumes": later["entities"]["volumes"]}
    assert [{*item} for item in made["entities"]["volumes"]["items"]] == [REFERENCE]


def test_computed_properties_can_be_filtered_and_ordered(account, server):
    volumes = f"{server.rpartition('/servers')[0]}/volumes"
    assert account.names(f"{volumes}?depth=1&filter.deviceNumber=2") == ["second"]
    account.change(f"{volumes}/{account.ids(volumes)[0]}", name="zero")
    assert account.names(f"{volumes}?depth=1&orderBy=deviceNumber") == ["zero", "second"]
    assert account.names(f"{volumes}?depth=1&orderBy=name") == ["second", "zero"]


def test_a_resource_shows_the_groups_that_it_is_shared_with(account, datacenter):
    group = account.create("/um/groups", name="team")
    account.create("/um/groups", name="others")
    account.done("POST", f"{group}/shares/{id_of(datacenter)}", {"properties": {"editPrivilege": True}})
    view = account.get(f"/um/resources/datacenter/{id_of(datacenter)}?depth=1")
    assert [item["id"] for item in view["entities"]["groups"]["items"]] == [id_of(group)]
