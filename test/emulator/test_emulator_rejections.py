"""Rules beyond the document: rejected requests, and what they leave unchanged."""

from __future__ import annotations

import pytest

from ionoscloud.emulator import CloudEmulator

PASSWORD = "secretSecret1"
USER = {"firstname": "f", "lastname": "l", "password": PASSWORD}
UNIT = {"password": PASSWORD, "email": "b@x.org"}
UBUNTU = {"imageAlias": "ubuntu:latest", "size": 10, "type": "HDD"}
WINDOWS = {**UBUNTU, "imageAlias": "windows:2019", "size": 20}
SERVER = {"cores": 1, "ram": 1024}
POOL = {
    **{"name": "p", "datacenterId": "{datacenter}", "nodeCount": 2, "cpuFamily": "AMD_OPTERON", "coresCount": 1},
    **{"ramSize": 2048, "availabilityZone": "AUTO", "storageType": "HDD", "storageSize": 10},
}
SHARE = "/um/groups/{group}/shares"


class World:
    """An emulator with one resource of each kind. `{volume}` in paths and values means the id of the volume."""

    def __init__(self, cloud, call):
        self.cloud, self._call, self.ids = cloud, call, {"image": cloud.add_image(name="d.qcow2", size=4.0)["id"]}
        self.ids["cdrom"] = cloud.add_image(name="c.iso")["id"]
        for name, path, properties in (
            ("datacenter", "/datacenters", {"location": "de/fra"}),
            ("elsewhere", "/datacenters", {"location": "de/txl"}),
            ("server", "/datacenters/{datacenter}/servers", SERVER),
            ("volume", "/datacenters/{datacenter}/volumes", {"image": "{image}", "size": 10, "type": "HDD"}),
            ("far", "/datacenters/{elsewhere}/volumes", {"size": 5, "type": "HDD", "licenceType": "OTHER"}),
            ("lan", "/datacenters/{datacenter}/lans", {"public": True}),
            ("nic", "/datacenters/{datacenter}/servers/{server}/nics", {"lan": 1}),
            ("block", "/ipblocks", {"location": "de/fra", "size": 2}),
            ("pcc", "/pccs", {"name": "p"}),
            ("unit", "/backupunits", {**UNIT, "name": "backups"}),
            ("user", "/um/users", {**USER, "email": "a@x.org"}),
            ("group", "/um/groups", {"name": "g"}),
            ("cluster", "/k8s", {"name": "k", "k8sVersion": "1.21.9"}),
            ("pool", "/k8s/{cluster}/nodepools", POOL),
        ):
            self.ids[name] = self.ask("POST", path, {"properties": properties}).json()["id"]
        response = self.ask("POST", "/datacenters/{datacenter}/volumes/{volume}/create-snapshot", fields={"name": "s"})
        self.ids["snapshot"] = response.json()["id"]

    def ask(self, method, path, body=None, status=202, **more):
        if body is not None:
            more["json"] = self.filled(body)
        elif "fields" in more:
            more["encode_multipart"] = False
        response = self._call(method, path.format(**self.ids), **more)
        allowed = {status, 200, 201} if status == 202 else {status}
        assert response.status in allowed, response.data
        return response

    def filled(self, value):
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        return value.format(**self.ids) if isinstance(value, str) else value

    def properties(self, path):
        return self.ask("GET", path, status=200).json()["properties"]


def texts(error):
    return [message["message"] for message in error["messages"]]


@pytest.fixture
def world(call_of):
    with CloudEmulator(queue_time=0, run_time=0) as cloud:
        yield World(cloud, call_of(cloud))


DATACENTER, SERVERS = "/datacenters/{datacenter}", "/datacenters/{datacenter}/servers"
VOLUMES, VOLUME = f"{DATACENTER}/volumes", f"{DATACENTER}/volumes/{{volume}}"
NICS, POOLS = f"{SERVERS}/{{server}}/nics", "/k8s/{cluster}/nodepools"
RULES = f"{NICS}/{{nic}}/firewallrules"


@pytest.mark.parametrize(
    ("path", "properties", "names", "says"),
    [
        ("/datacenters", {"location": "de/xyz"}, "location", "'de/xyz' does not exist"),
        ("/ipblocks", {"location": "de/fra", "size": 51}, "size", "limit of 50"),
        (SERVERS, {"cores": 0, "ram": 1024}, "cores", "1 to 62"),
        (SERVERS, {"cores": 1, "ram": 1000}, "ram", "multiple of 256"),
        (SERVERS, {**SERVER, "cpuFamily": "Z80"}, "cpuFamily", "INTEL_SKYLAKE"),
        (SERVERS, {**SERVER, "bootVolume": {"id": "{volume}"}}, "bootVolume", "not attached"),
        (SERVERS, {**SERVER, "bootVolume": {"id": "1"}, "bootCdrom": {"id": "2"}}, "bootCdrom", "Only one"),
        (VOLUMES, {"size": 0, "type": "HDD", "licenceType": "OTHER"}, "size", "more than 0"),
        (VOLUMES, {"size": 5000, "type": "SSD", "licenceType": "OTHER"}, "size", "at most 4096 GB"),
        (VOLUMES, {**UBUNTU, "image": "{image}"}, "imageAlias", "Only one of image and imageAlias"),
        (VOLUMES, {**UBUNTU, "imageAlias": "beos:5"}, "imageAlias", "HDD image or snapshot 'beos:5' does not exist"),
        (VOLUMES, {"image": "{cdrom}", "size": 10, "type": "HDD"}, "image", "HDD image or snapshot"),
        (VOLUMES, {"size": 9, "type": "HDD", "licenceType": "OTHER", "sshKeys": ["k"]}, "sshKeys", "to use SSH keys"),
        (VOLUMES, UBUNTU, "imagePassword", "needs a password or SSH keys"),
        (VOLUMES, {**UBUNTU, "imagePassword": "short"}, "imagePassword", "8 to 50 letters"),
        (VOLUMES, {**UBUNTU, "imagePassword": PASSWORD, "size": 1}, "size", "smaller than the image"),
        (VOLUMES, {**WINDOWS, "sshKeys": ["k"]}, "imagePassword", "A Windows image needs a password"),
        (VOLUMES, {**WINDOWS, "sshKeys": ["k"], "imagePassword": PASSWORD}, "sshKeys", "does not support SSH keys"),
        (VOLUMES, {**WINDOWS, "imagePassword": PASSWORD, "userData": "eA=="}, "userData", "cloud-init"),
        (f"{DATACENTER}/lans", {"pcc": "none"}, "pcc", "Private cross connect 'none' does not exist"),
        (f"{DATACENTER}/lans", {"pcc": "{pcc}", "public": True}, "pcc", "A public LAN"),
        (NICS, {"lan": 0}, "lan", "1 or more"),
        (NICS, {"lan": 1, "ips": ["10.0.0.1", "::1"]}, "ips", "'::1' is not an IPv4"),
        (NICS, {"lan": 1, "ips": ["10.0.0"]}, "ips", "'10.0.0' is not an IPv4"),
        (RULES, {"protocol": "ICMP", "portRangeStart": 1, "portRangeEnd": 2}, "portRangeStart", "ICMP has no ports"),
        (RULES, {"protocol": "TCP", "portRangeStart": 80}, "portRangeEnd", "a start and an end"),
        (RULES, {"protocol": "TCP", "portRangeStart": 80, "portRangeEnd": 79}, "portRangeEnd", "below the start"),
        (RULES, {"protocol": "UDP", "icmpType": 8}, "icmpType", "UDP has no icmpType"),
        (f"{DATACENTER}/labels", {"key": "", "value": "v"}, "key", "required"),
        ("/um/users", {**USER, "email": "x"}, "email", "not an e-mail"),
        (
            "/um/users",
            {**USER, "email": "A@X.org"},
            "email",
            "exists already",
        ),
        ("/backupunits", {**UNIT, "name": "a-b"}, "name", "only letters, digits and spaces"),
        (
            "/backupunits",
            {**UNIT, "name": "backups"},
            "name",
            "exists already",
        ),
        ("/k8s", {"name": "k", "k8sVersion": "2.0"}, "k8sVersion", "Version '2.0' does not exist; versions are"),
        (POOLS, {**POOL, "k8sVersion": "1.22.6"}, "k8sVersion", "cannot be newer than its cluster, which is 1.21.9"),
        (POOLS, {**POOL, "datacenterId": "none"}, "datacenterId", "Data center 'none' does not exist"),
        (POOLS, {**POOL, "nodeCount": 0}, "nodeCount", "The minimum is 1"),
        (POOLS, {**POOL, "ramSize": 1024}, "ramSize", "The minimum is 2048"),
        (POOLS, {**POOL, "publicIps": ["192.0.2.1", "192.0.2.2"]}, "publicIps", "one more public IP address"),
        (POOLS, {**POOL, "autoScaling": {"minNodeCount": 3, "maxNodeCount": 2}}, "autoScaling", "below the minimum"),
    ],
)
def test_an_invalid_resource_is_rejected_with_its_violation(world, path, properties, names, says):
    path = path.format(**world.ids)
    there = world.ask("GET", "/requests?limit=1000", status=200).json()["items"]
    error = world.ask("POST", path, {"properties": properties}, 422).json()
    assert {message["errorCode"] for message in error["messages"]} == {"100"}
    assert any(f"properties.{names}] " in text and says in text for text in texts(error))
    assert world.ask("GET", "/requests?limit=1000", status=200).json()["items"] == there


@pytest.mark.parametrize(
    ("path", "change", "names", "says"),
    [
        (VOLUME, {"size": 9}, "size", "cannot be reduced"),
        (VOLUME, {"sshKeys": ["k"]}, "sshKeys", "not allowed in update requests"),
        (f"{SERVERS}/{{server}}", {"ram": 245760 * 2}, "ram", "1 to 245760"),
        ("/k8s/{cluster}", {"properties": {"name": "k", "k8sVersion": "1.20.10"}}, "k8sVersion", "cannot be lowered"),
    ],
)
def test_an_invalid_change_is_rejected_with_its_violation(world, path, change, names, says):
    before = world.properties(path)
    error = world.ask("PUT" if "properties" in change else "PATCH", path, change, 422).json()
    assert any(f"properties.{names}] " in text and says in text for text in texts(error))
    assert world.properties(path) == before


def test_a_contract_limits_the_number_of_cores(world):
    for _ in range(8):
        world.ask("POST", SERVERS, {"properties": {**SERVER, "cores": 62}})
    error = world.ask("POST", SERVERS, {"properties": {**SERVER, "cores": 4}}, 422).json()
    assert "The contract's limit of 500 cores is exceeded" in error["messages"][0]["message"]
    world.ask("POST", SERVERS, {"properties": {**SERVER, "cores": 1}})  # the rest of the limit


def test_a_rejected_body_creates_no_resource(world):
    """A server with a valid volume and an invalid NIC creates neither, and a valid request then succeeds."""
    entities = {
        "volumes": {"items": [{"properties": {"size": 3, "type": "HDD", "licenceType": "OTHER"}}]},
        "nics": {"items": [{"properties": {"lan": 7}}, {"properties": {"lan": 0}}]},
    }
    error = world.ask("POST", SERVERS, {"properties": SERVER, "entities": entities}, 422).json()
    assert "[(root).entities.nics.items.[1].properties.lan]" in error["messages"][0]["message"]
    assert len(world.ask("GET", SERVERS, status=200).json()["items"]) == 1
    assert len(world.ask("GET", VOLUMES, status=200).json()["items"]) == 1
    world.ask("GET", f"{DATACENTER}/lans/7", status=404)

    entities["nics"]["items"].pop()
    made = world.ask("POST", SERVERS, {"properties": SERVER, "entities": entities}).json()["id"]
    server = world.ask("GET", f"{SERVERS}/{made}?depth=3", status=200).json()
    [volume] = server["entities"]["volumes"]["items"]
    assert (volume["properties"]["deviceNumber"], server["properties"]["bootVolume"]["id"]) == (1, volume["id"])
    assert [nic["properties"]["lan"] for nic in server["entities"]["nics"]["items"]] == [7]
    world.ask("GET", f"{DATACENTER}/lans/7", status=200)


def test_a_rejected_lan_leaves_no_gap_in_the_numbers(world):
    world.ask("POST", f"{DATACENTER}/lans", {"properties": {"pcc": "none"}}, 422)
    assert world.ask("POST", f"{DATACENTER}/lans", {"properties": {}}).json()["id"] == "2"


@pytest.mark.parametrize("identifier", ["none", "{image}", "{far}"])
def test_only_a_volume_of_the_same_data_center_can_be_attached(world, identifier):
    error = world.ask("POST", f"{SERVERS}/{{server}}/volumes", {"id": identifier}, 404).json()
    assert f"'{identifier.format(**world.ids)}' does not exist" in texts(error)[0]
    assert world.ask("GET", f"{SERVERS}/{{server}}/volumes", status=200).json()["items"] == []


def test_resources_in_use_cannot_be_deleted(world):
    [address, _] = world.properties("/ipblocks/{block}")["ips"]
    world.ask("PATCH", f"{NICS}/{{nic}}", {"ips": [address]})
    world.ask("POST", f"{DATACENTER}/lans", {"properties": {"name": "joined", "pcc": "{pcc}"}})
    [consumer] = world.properties("/ipblocks/{block}")["ipConsumers"]
    assert (consumer["ip"], consumer["nicId"], consumer["serverId"]) == (address, world.ids["nic"], world.ids["server"])
    connect = world.properties("/pccs/{pcc}")
    [peer] = connect["peers"]
    assert (peer["name"], peer["datacenterId"], peer["location"]) == ("joined", world.ids["datacenter"], "de/fra")
    assert [other["id"] for other in connect["connectableDatacenters"]] == [world.ids["datacenter"]]
    for path, why in (("/ipblocks/{block}", f"{address} is in use by NIC"), ("/pccs/{pcc}", "is connected to it")):
        assert why in world.ask("DELETE", path, status=422).json()["messages"][0]["message"]
        world.ask("GET", path, status=200)
    world.ask("DELETE", DATACENTER)
    for path in ("/ipblocks/{block}", "/pccs/{pcc}"):
        world.ask("DELETE", path)
        world.ask("GET", path, status=404)


def test_a_snapshot_can_be_restored_only_in_its_location(world):
    restore = {"fields": {"snapshotId": world.ids["snapshot"]}}
    world.ask("POST", f"{VOLUME}/restore-snapshot", **restore)
    error = world.ask("POST", "/datacenters/{elsewhere}/volumes/{far}/restore-snapshot", status=422, **restore)
    assert "in de/txl" in error.json()["messages"][0]["message"]


def test_a_node_pool_has_its_number_of_nodes_with_its_version(world):
    def nodes():
        found = world.ask("GET", f"{POOLS}/{{pool}}/nodes?depth=1", status=200).json()["items"]
        return {node["id"]: node["properties"]["k8sVersion"] for node in found}

    def resize(**change):
        kept = {"name": "p", "nodeCount": len(nodes()), "k8sVersion": "1.21.9"}
        world.ask("PUT", f"{POOLS}/{{pool}}", {"properties": {**kept, **change}})

    first = nodes()
    assert [*first.values()] == ["1.21.9"] * 2
    resize(nodeCount=3)
    assert len(nodes()) == 3 and first.items() < nodes().items()
    world.ask("PUT", "/k8s/{cluster}", {"properties": {"name": "k", "k8sVersion": "1.22.6"}})
    assert world.properties(f"{POOLS}/{{pool}}")["availableUpgradeVersions"] == ["1.22.6"]
    resize(k8sVersion="1.22.6")
    assert [*nodes().values()] == ["1.22.6"] * 3
    resize(nodeCount=1, k8sVersion="1.22.6")
    [only] = nodes()
    world.ask("POST", f"{POOLS}/{{pool}}/nodes/{only}/replace")
    assert len(nodes()) == 1 and only not in nodes()
    [only] = nodes()
    world.ask("DELETE", f"{POOLS}/{{pool}}/nodes/{only}")
    assert (nodes(), world.properties(f"{POOLS}/{{pool}}")["nodeCount"]) == ({}, 0)


def test_a_group_shows_its_shares_and_users(world):
    world.ask("POST", "/um/groups/{group}/users", {"id": "{user}"})
    world.ask("POST", f"{SHARE}/{{snapshot}}", {"properties": {"editPrivilege": True}})
    [group] = world.ask("GET", "/um/users/{user}/groups?depth=1", status=200).json()["items"]
    assert (group["id"], group["properties"]) == (world.ids["group"], {"name": "g"})
    [shared] = world.ask("GET", "/um/groups/{group}/resources?depth=1", status=200).json()["items"]
    assert (shared["id"], shared["type"], shared["properties"]["name"]) == (world.ids["snapshot"], "snapshot", "s")
    assert world.ask("GET", "/um/users/{user}/owns", status=200).json()["items"] == []
    again = world.ask("POST", f"{SHARE}/{{snapshot}}", {"properties": {"editPrivilege": True}}, 422).json()
    assert "A resource with the id" in again["messages"][0]["message"]


def test_a_server_stops_and_starts_again(world):
    for verb, state in (("stop", "SHUTOFF"), ("start", "RUNNING"), ("reboot", "RUNNING"), ("upgrade", "RUNNING")):
        world.ask("POST", f"{SERVERS}/{{server}}/{verb}")
        assert world.properties(f"{SERVERS}/{{server}}")["vmState"] == state
