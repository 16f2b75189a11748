"""Servers with their volumes and CD-ROMs, sources of volumes, and snapshots."""

from __future__ import annotations

import pytest
from account import LINUX, id_of

from ionoscloud.emulator import catalogue

PUBLIC_ISO = "debian-12.0.0-amd64-netinst.iso"
PUBLIC_DISK = "Debian-12-server"


@pytest.fixture
def server(account, datacenter):
    return account.server(datacenter, name="web")


@pytest.fixture
def volume(account, datacenter):
    return account.volume(datacenter, name="data")


# Servers


def test_a_new_server_runs(account, datacenter):
    body = {"properties": {"cores": 2, "ram": 2048}}
    new = account.accepted("POST", f"{datacenter}/servers", body)
    assert new["metadata"]["state"] == "BUSY"
    path = f"{datacenter}/servers/{new['id']}"
    assert account.state(path) == "BUSY"
    account.cloud.clock.advance(3)
    assert account.state(path) == "AVAILABLE"
    properties = account.properties(path)
    assert (properties["cores"], properties["ram"], properties["vmState"]) == (2, 2048, "RUNNING")
    assert properties["cpuFamily"] in catalogue.CPU_FAMILIES


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"ram": 1000}, "[(root).properties.ram] RAM of requested server is not a multiple of 256"),
        ({"ram": 0}, "[(root).properties.ram] A server has 1 to 245760 ram"),
        ({"ram": 245760 + 256}, "[(root).properties.ram] A server has 1 to 245760 ram"),
        ({"cores": 0}, "[(root).properties.cores] A server has 1 to 62 cores"),
        ({"cores": 63}, "[(root).properties.cores] A server has 1 to 62 cores"),
        ({"cpuFamily": "Z80"}, "[(root).properties.cpuFamily] CPU family has to be one of "),
        ({"bootVolume": {"id": "x"}}, "[(root).properties.bootVolume] x is not attached to the server"),
        ({"bootCdrom": {"id": "x"}}, "[(root).properties.bootCdrom] "),
    ],
)
def test_an_invalid_server_is_rejected(account, datacenter, server, properties, message):
    full = {"cores": 1, "ram": 1024, **properties}
    (created,) = account.not_created(f"{datacenter}/servers", **full)
    (changed,) = account.rejected("PATCH", server, properties)
    (put,) = account.rejected("PUT", server, {"properties": full})
    assert all(text.startswith(message) for text in (created, changed, put))
    assert account.ids(f"{datacenter}/servers") == [id_of(server)]


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [("stop", "RUNNING", "SHUTOFF"), ("start", "SHUTOFF", "RUNNING"), ("reboot", "RUNNING", "RUNNING")],
)
def test_actions_change_the_state_of_the_machine(account, server, action, before, after):
    if before == "SHUTOFF":
        account.done("POST", f"{server}/stop")
    assert account.accepted("POST", f"{server}/{action}") == {}
    account.cloud.clock.advance(2.9)
    assert (account.state(server), account.properties(server)["vmState"]) == ("BUSY", before)
    account.cloud.clock.advance(0.1)
    assert (account.state(server), account.properties(server)["vmState"]) == ("AVAILABLE", after)


def test_an_action_that_fails_changes_nothing(account, server):
    account.cloud.fail_next_change()
    account.done("POST", f"{server}/stop")
    assert account.properties(server)["vmState"] == "RUNNING"


def test_an_upgrade_changes_no_property(account, server):
    before = account.properties(server)
    assert account.accepted("POST", f"{server}/upgrade") == {}
    assert account.state(server) == "BUSY"
    account.cloud.clock.advance(3)
    assert account.properties(server) == before


def test_deleting_a_server_deletes_nics_and_labels_but_not_volumes(account, datacenter, server, volume):
    account.attach(f"{server}/volumes", volume)
    nic = account.nic(server)
    account.create(f"{server}/labels", key="a", value="b")
    account.delete(server)
    assert account.gone(server)
    assert account.gone(nic)
    assert account.gone(f"{server}/volumes")
    assert account.ids(f"{datacenter}/volumes") == [id_of(volume)]
    assert account.properties(volume)["deviceNumber"] is None
    assert account.ids("/labels") == []
    assert account.ids(f"{datacenter}/lans/1/nics") == []


# Volumes and CD-ROMs of servers


def test_a_volume_is_attached_and_detached(account, datacenter, server, volume):
    attached = account.accepted("POST", f"{server}/volumes", {"id": id_of(volume)})
    assert attached["id"] == id_of(volume)
    assert attached["metadata"]["state"] == "BUSY"
    account.cloud.clock.advance(3)
    assert account.ids(f"{server}/volumes") == [id_of(volume)]
    there = account.get(f"{server}/volumes/{id_of(volume)}")
    assert (there["href"], there["metadata"]["state"]) == (account.cloud.url + volume, "AVAILABLE")
    assert there["properties"]["deviceNumber"] == 1
    account.delete(f"{server}/volumes/{id_of(volume)}")
    assert account.ids(f"{server}/volumes") == []
    assert account.gone(f"{server}/volumes/{id_of(volume)}")
    assert account.properties(volume)["name"] == "data"


def test_a_volume_created_at_a_server_is_in_the_data_center(account, datacenter, server):
    path = account.create(f"{server}/volumes", size=5, name="own")
    assert path.startswith(f"{datacenter}/volumes/")
    assert account.names(f"{server}/volumes") == account.names(f"{datacenter}/volumes") == ["own"]


def test_volumes_are_numbered_and_the_first_is_the_boot_volume(account, datacenter, server):
    volumes = [account.volume(datacenter, name=name) for name in ("one", "two")]
    assert account.properties(server)["bootVolume"] is None
    for path in volumes:
        account.attach(f"{server}/volumes", path)
    assert [account.properties(path)["deviceNumber"] for path in volumes] == [1, 2]
    assert account.properties(server)["bootVolume"]["id"] == id_of(volumes[0])
    account.change(server, bootVolume={"id": id_of(volumes[1])})
    assert account.properties(server)["bootVolume"]["id"] == id_of(volumes[1])
    account.delete(f"{server}/volumes/{id_of(volumes[0])}")
    assert account.properties(volumes[1])["deviceNumber"] == 1


def test_only_volumes_of_the_data_center_can_be_attached(account, server):
    elsewhere = account.volume(account.datacenter())
    for identifier in (id_of(elsewhere), "nothing"):
        (message,) = account.rejected("POST", f"{server}/volumes", {"id": identifier}, status=404)
        assert message == f"[(root).id] Resource '{identifier}' does not exist"
    assert account.ids(f"{server}/volumes") == []


def test_a_volume_that_is_deleted_is_detached(account, datacenter, server, volume):
    account.attach(f"{server}/volumes", volume)
    account.delete(volume)
    assert account.ids(f"{server}/volumes") == account.ids(f"{datacenter}/volumes") == []


def test_a_cdrom_is_attached_and_detached(account, server):
    iso = account.public_image(PUBLIC_ISO)
    account.attach(f"{server}/cdroms", f"/images/{iso}")
    assert account.ids(f"{server}/cdroms") == [iso]
    assert account.get(f"{server}/cdroms/{iso}")["properties"]["imageType"] == "CDROM"
    account.change(server, bootCdrom={"id": iso})
    assert account.properties(server)["bootCdrom"]["id"] == iso
    account.delete(f"{server}/cdroms/{iso}")
    assert account.ids(f"{server}/cdroms") == []
    assert account.get(f"/images/{iso}")["id"] == iso


def test_a_cdrom_must_exist(account, server):
    (message,) = account.rejected("POST", f"{server}/cdroms", {"id": "nothing"}, status=404)
    assert message == "[(root).id] Resource 'nothing' does not exist"


def test_a_disk_image_is_rejected_as_cdrom(account, server):
    disk = account.public_image(PUBLIC_DISK)
    (message,) = account.rejected("POST", f"{server}/cdroms", {"id": disk})
    assert message == f"[(root).id] Image {disk} is not a CD-ROM but of type HDD"
    assert account.ids(f"{server}/cdroms") == []


def test_two_boot_devices_are_rejected(account, datacenter, server, volume):
    iso = account.public_image(PUBLIC_ISO)
    account.attach(f"{server}/cdroms", f"/images/{iso}")
    account.attach(f"{server}/volumes", volume)
    both = {"bootCdrom": {"id": iso}, "bootVolume": {"id": id_of(volume)}}
    (message,) = account.rejected("PATCH", server, both)
    assert message == "[(root).properties.bootCdrom] Only one of bootVolume and bootCdrom can be set"


# Sources of volumes


@pytest.mark.parametrize("by", ["image", "imageAlias"])
def test_a_volume_from_an_image(account, datacenter, by):
    image = account.public_image(PUBLIC_DISK)
    source = {"image": image} if by == "image" else {"imageAlias": "debian:latest"}
    path = account.volume(datacenter, imagePassword="passwordExample1", sshKeys=["ssh-rsa AAAA"], **source)
    properties = account.properties(path)
    of_image = account.properties(f"/images/{image}")
    assert properties["image"] == image
    assert properties["licenceType"] == "LINUX"
    assert {name: properties[name] for name in ("cpuHotPlug", "ramHotPlug", "nicHotPlug", "nicHotUnplug")} == {
        name: of_image[name] for name in ("cpuHotPlug", "ramHotPlug", "nicHotPlug", "nicHotUnplug")
    }
    assert {properties[name] for name in ("imageAlias", "imagePassword", "sshKeys", "userData")} == {None}


def test_an_alias_names_an_image_of_the_location(account):
    images = set()
    for location in catalogue.LOCATIONS:
        volume = account.volume(account.datacenter(location), **LINUX)
        image = account.properties(volume)["image"]
        assert account.properties(f"/images/{image}")["location"] == location
        images.add(image)
    assert len(images) == len(catalogue.LOCATIONS)


def test_a_volume_from_a_snapshot_and_from_a_private_image(account, datacenter):
    snapshot = account.done("POST", f"{account.volume(datacenter, **LINUX)}/create-snapshot")
    (image,) = account.get("/images?depth=1&filter.name=web-server.qcow2")["items"]
    for source in (snapshot, image):
        volume = account.volume(datacenter, image=source["id"])
        assert account.properties(volume)["image"] == source["id"]
        assert account.properties(volume)["licenceType"] == "LINUX"


@pytest.mark.parametrize(
    ("properties", "name", "message"),
    [
        ({}, "imagePassword", "A public image needs a password or SSH keys"),
        ({"imagePassword": "short"}, "imagePassword", "The password has to be 8 to 50 letters and digits"),
        ({"imagePassword": "with spaces"}, "imagePassword", "The password has to be 8 to 50 letters and digits"),
        ({"imagePassword": "a" * 51}, "imagePassword", "The password has to be 8 to 50 letters and digits"),
        ({"sshKeys": ["k"], "size": 1}, "size", "The volume is smaller than the image (3.5 GB)"),
        ({"sshKeys": ["k"], "size": 0}, "size", "The size of a volume has to be more than 0 and at most 4096 GB"),
        ({"sshKeys": ["k"], "size": 5000}, "size", "The size of a volume has to be more than 0 and at most 4096 GB"),
        ({"imageAlias": "cp/m:2.2"}, "imageAlias", "HDD image or snapshot 'cp/m:2.2' does not exist in de/fra"),
        (
            {"imageAlias": "ubuntu:latest_iso"},
            "imageAlias",
            "HDD image or snapshot 'ubuntu:latest_iso' does not exist in",
        ),
        ({"imageAlias": None, "image": "nothing"}, "image", "HDD image or snapshot 'nothing' does not exist in de/fra"),
        ({"image": "x"}, "imageAlias", "Only one of image and imageAlias can be set"),
        ({"imageAlias": "windows:latest"}, "imagePassword", "A Windows image needs a password"),
        (
            {"imageAlias": "windows:latest", "imagePassword": "password1", "sshKeys": ["k"], "size": 20},
            "sshKeys",
            "A Windows image does not support SSH keys",
        ),
        (
            {"imageAlias": "freebsd:latest", "imagePassword": "password1", "userData": "I2Nsb3Vk"},
            "userData",
            "The image does not support cloud-init",
        ),
        ({"imageAlias": None, "imagePassword": "password1"}, "imagePassword", "An image template not found to use the"),
        ({"imageAlias": None, "sshKeys": ["k"]}, "sshKeys", "An image template not found to use SSH keys."),
        ({"imageAlias": None, "userData": "I2"}, "userData", "An image template not found to use user data."),
    ],
)
def test_an_invalid_volume_is_rejected(account, datacenter, properties, name, message):
    given = {"size": 20, "imageAlias": "ubuntu:latest", **properties}
    given = {key: value for key, value in given.items() if value is not None}
    messages = account.not_created(f"{datacenter}/volumes", **given)
    assert any(text.startswith(f"[(root).properties.{name}] {message}") for text in messages), messages
    assert account.ids(f"{datacenter}/volumes") == []


def test_an_image_of_another_location_does_not_exist(account, datacenter):
    elsewhere = account.public_image(PUBLIC_DISK, "us/las")
    (message,) = account.not_created(f"{datacenter}/volumes", size=10, image=elsewhere)
    assert message == f"[(root).properties.image] HDD image or snapshot '{elsewhere}' does not exist in de/fra"


def test_a_volume_grows_and_does_not_shrink(account, volume):
    assert account.change(volume, size=20)["size"] == 20
    (message,) = account.rejected("PATCH", volume, {"size": 19})
    assert message == "[(root).properties.size] The size of a volume cannot be reduced"
    assert account.properties(volume)["size"] == 20


@pytest.mark.parametrize("name", ["imagePassword", "sshKeys", "userData"])
def test_passwords_and_keys_can_be_set_only_on_create(account, volume, name):
    value = ["k"] if name == "sshKeys" else "password1"
    (message,) = account.rejected("PATCH", volume, {"size": 10, name: value})
    assert message == f"[(root).properties.{name}] Attribute is not allowed in update requests"


# Snapshots


def test_a_snapshot_is_created_and_restored(account, datacenter):
    volume = account.volume(datacenter, size=12, **LINUX)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"name=before&description=the+update&secAuthProtection=True&licenceType=OTHER"
    response = account.call("POST", f"{volume}/create-snapshot", headers=form, body=body)
    assert (response.status, response.json()["metadata"]["state"]) == (202, "BUSY")
    path = f"/snapshots/{response.json()['id']}"
    assert account.state(volume) == "BUSY"
    account.cloud.clock.advance(3)
    assert (account.state(path), account.state(volume)) == ("AVAILABLE", "AVAILABLE")
    properties = account.properties(path)
    assert (properties["name"], properties["description"]) == ("before", "the update")
    assert (properties["location"], properties["size"]) == ("de/fra", 12)
    assert (properties["secAuthProtection"], properties["licenceType"]) == (True, "OTHER")
    restored = account.call("POST", f"{volume}/restore-snapshot", headers=form, body=f"snapshotId={id_of(path)}")
    assert (restored.status, restored.json()) == (202, {})
    assert account.state(volume) == "BUSY"
    account.cloud.clock.advance(3)
    account.delete(volume)
    assert account.ids("/snapshots") == [id_of(path)]


def test_a_snapshot_of_another_location_cannot_be_restored(account, datacenter, volume):
    other = account.volume(account.datacenter("us/las"))
    snapshot = account.done("POST", f"{other}/create-snapshot")["id"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for identifier in (snapshot, "nothing"):
        response = account.call("POST", f"{volume}/restore-snapshot", headers=form, body=f"snapshotId={identifier}")
        (message,) = response.json()["messages"]
        assert response.status == 422
        assert message["message"].endswith(f"snapshotId] Snapshot '{identifier}' does not exist in de/fra")
