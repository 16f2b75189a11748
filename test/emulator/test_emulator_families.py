"""Behaviour of all resource families: depth, nested bodies, deletion with entities, contracts, states."""

from __future__ import annotations

import pytest
from account import LINUX, id_of

from ionoscloud.emulator import CloudEmulator, ManualClock

SERVER = {
    "properties": {"name": "web", "cores": 2, "ram": 2048},
    "entities": {
        "volumes": {
            "items": [
                {"properties": {"name": "system", "size": 10, "type": "SSD", **LINUX}},
                {"properties": {"name": "data", "size": 20, "type": "HDD"}},
            ]
        },
        "nics": {
            "items": [
                {
                    "properties": {"name": "front", "lan": 1},
                    "entities": {
                        "firewallrules": {
                            "items": [
                                {"properties": {"protocol": "TCP", "portRangeStart": 22, "portRangeEnd": 22}},
                                {"properties": {"protocol": "ICMP"}},
                            ]
                        }
                    },
                },
                {"properties": {"name": "back", "lan": 2}},
            ]
        },
    },
}


@pytest.fixture
def full(account):
    """The path of a data center with a resource of each kind, created by one request."""
    lans = {"items": [{"properties": {"name": "public", "public": True}}]}
    entities = {"servers": {"items": [SERVER]}, "lans": lans, "loadbalancers": {"items": [{"properties": {}}]}}
    return account.create("/datacenters", entities, name="full", location="de/fra")


def changed(body, *path, **properties):
    """Return a copy of a body with other properties at a path."""
    if not path:
        return {**body, "properties": {**body["properties"], **properties}}
    (name, index), *rest = path
    items = list(body["entities"][name]["items"])
    items[index] = changed(items[index], *rest, **properties)
    return {**body, "entities": {**body["entities"], name: {"items": items}}}


# Depth


def levels(view):
    """How much a view shows: `reference`, `details` that only say where the collections below are, or what each of
    their items shows.
    """
    if "properties" not in view:
        assert {*view} == {"id", "type", "href"}
        return "reference"
    entities = view.get("entities", {})
    if not any("items" in entity for entity in entities.values()):
        assert all({*entity} == {"id", "type", "href"} for entity in entities.values())
        return "details"
    assert all({*entity} >= {"id", "type", "href", "items"} for entity in entities.values())
    return {name: [levels(item) for item in entity["items"]] for name, entity in entities.items()}


@pytest.mark.parametrize(
    ("depth", "servers", "lans", "volumes"),
    [
        (0, None, None, None),
        (1, "reference", "reference", "reference"),
        (2, "details", "details", "details"),
        (
            3,
            {"cdroms": [], "volumes": ["reference"] * 2, "nics": ["reference"] * 2},
            {"nics": ["reference"]},
            "details",
        ),
        (4, {"cdroms": [], "volumes": ["details"] * 2, "nics": ["details"] * 2}, {"nics": ["details"]}, "details"),
        (
            5,
            {
                "cdroms": [],
                "volumes": ["details"] * 2,
                "nics": [{"firewallrules": ["reference"] * 2}, {"firewallrules": []}],
            },
            {"nics": [{"firewallrules": ["reference"] * 2}]},
            "details",
        ),
    ],
)
def test_a_data_center_shows_more_at_each_depth(account, full, depth, servers, lans, volumes):
    view = account.get(f"{full}?depth={depth}")
    assert view["properties"]["name"] == "full"
    assert {*view["entities"]} == {"servers", "volumes", "lans", "loadbalancers"}
    if depth == 0:
        assert levels(view) == "details"
        return
    shown = levels(view)
    assert shown["servers"] == [servers]
    assert shown["lans"][0] == lans
    assert shown["volumes"] == [volumes] * 2
    # A list shows its members one level less deep.
    (member,) = account.get(f"/datacenters?depth={depth}")["items"]
    assert levels(member) == levels(account.get(f"{full}?depth={depth - 1}"))
    for name, entity in view["entities"].items():
        below = account.get(f"{full}/{name}?depth={depth - 1}")
        assert below["items"] == entity["items"]


def test_only_responses_without_depth_have_an_etag_header(account, full):
    response = account.send("GET", full)
    assert response.headers["ETag"].strip('"') == response.json()["metadata"]["etag"]
    assert "ETag" not in account.send("GET", f"{full}?depth=0").headers


# Nested bodies


def test_a_body_creates_its_entities(account, datacenter):
    server = f"{datacenter}/servers/{account.accepted('POST', f'{datacenter}/servers', SERVER)['id']}"
    request = account.get("/requests?depth=2")["items"][0]
    targets = request["metadata"]["requestStatus"]["metadata"]["targets"]
    kinds = [target["target"]["type"] for target in targets]
    assert sorted(kinds) == sorted(
        ["server", "volume", "volume", "nic", "nic", "firewall-rule", "firewall-rule", "lan", "lan"]
    )
    assert account.state(server) == "BUSY"
    account.cloud.clock.advance(3)
    assert account.state(server) == "AVAILABLE"
    assert account.names(f"{server}/volumes") == account.names(f"{datacenter}/volumes") == ["system", "data"]
    assert account.names(f"{server}/nics") == ["front", "back"]
    assert account.ids(f"{datacenter}/lans") == ["1", "2"]
    front = f"{server}/nics/{account.ids(f'{server}/nics')[0]}"
    rules = account.get(f"{front}/firewallrules?depth=1")["items"]
    assert [rule["properties"]["protocol"] for rule in rules] == ["TCP", "ICMP"]
    assert account.properties(front)["firewallActive"] is True
    assert account.properties(server)["bootVolume"]["id"] == account.ids(f"{server}/volumes")[0]


def test_a_body_attaches_entities_with_an_id(account, datacenter):
    volume = account.volume(datacenter, name="old")
    body = {
        **SERVER,
        "entities": {"volumes": {"items": [{"id": id_of(volume)}, SERVER["entities"]["volumes"]["items"][1]]}},
    }
    server = f"{datacenter}/servers/{account.done('POST', f'{datacenter}/servers', body)['id']}"
    assert account.names(f"{server}/volumes") == ["old", "data"]
    assert len(account.ids(f"{datacenter}/volumes")) == 2


FAULTS = [
    (
        (("volumes", 1),),
        {"size": 0},
        "[(root).entities.volumes.items.[1].properties.size] The size of a volume has to be",
    ),
    (
        (("volumes", 0),),
        {"imageAlias": "x"},
        "[(root).entities.volumes.items.[0].properties.imageAlias] HDD image or snapshot",
    ),
    ((("volumes", 1),), {"size": "big"}, "[(root).entities.volumes.items.[1].properties.size] The value has to be a"),
    ((("nics", 1),), {"ips": ["x"]}, "[(root).entities.nics.items.[1].properties.ips] 'x' is not an IPv4 address"),
    (
        (("nics", 1),),
        {"mac": "x"},
        "[(root).entities.nics.items.[1].properties.mac] Attribute is not allowed in create",
    ),
    (
        (("nics", 0), ("firewallrules", 1)),
        {"portRangeStart": 5},
        "[(root).entities.nics.items.[0].entities.firewallrules.items.[1].properties.portRangeStart] The protocol ICMP",
    ),
    (
        (("nics", 0), ("firewallrules", 0)),
        {"bogus": 5},
        "[(root).entities.nics.items.[0].entities.firewallrules.items.[0].properties.bogus] Attribute is not allowed",
    ),
]


@pytest.mark.parametrize(("path", "properties", "message"), FAULTS)
def test_a_nested_violation_has_its_path_and_creates_no_resource(account, datacenter, path, properties, message):
    before = account.get(datacenter)
    text, *_ = account.rejected("POST", f"{datacenter}/servers", changed(SERVER, *path, **properties))
    assert text.startswith(message)
    assert account.get(datacenter) == before
    for collection in ("servers", "volumes", "lans", "loadbalancers"):
        assert account.ids(f"{datacenter}/{collection}") == []
    assert account.ids("/requests") == [account.ids("/requests")[0]]
    account.done("POST", f"{datacenter}/servers", SERVER)


def test_a_failed_request_creates_no_resource(account, datacenter):
    account.cloud.fail_next_change("No more room")
    server = account.accepted("POST", f"{datacenter}/servers", SERVER)["id"]
    assert account.ids(f"{datacenter}/servers") == [server]
    assert account.ids(f"{datacenter}/lans") == ["1", "2"]
    account.cloud.clock.advance(3)
    assert account.gone(f"{datacenter}/servers/{server}")
    for collection in ("servers", "volumes", "lans"):
        assert account.ids(f"{datacenter}/{collection}") == []


# Deletion with entities


def test_deleting_a_data_center_deletes_its_resources_and_no_others(account, full):
    server = f"{full}/servers/{account.ids(f'{full}/servers')[0]}"
    nic = f"{server}/nics/{account.ids(f'{server}/nics')[0]}"
    volume = f"{full}/volumes/{account.ids(f'{full}/volumes')[0]}"
    snapshot = account.done("POST", f"{volume}/create-snapshot")["id"]
    block = account.create("/ipblocks", location="de/fra", size=1)
    account.change(nic, ips=account.properties(block)["ips"], lan=1)
    other = account.datacenter()
    account.accepted("DELETE", full)
    assert account.state(full) == "BUSY"
    account.cloud.clock.advance(3)
    for path in (full, server, nic, volume, f"{full}/lans/1", f"{full}/servers", f"{nic}/firewallrules"):
        assert account.gone(path)
    assert account.ids("/datacenters") == [id_of(other)]
    assert account.ids("/snapshots") == [snapshot]
    assert account.properties(block)["ipConsumers"] == []
    limits = account.get("/contracts")["properties"]["resourceLimits"]
    assert (limits["coresProvisioned"], limits["ssdVolumeProvisioned"], limits["reservedIpsInUse"]) == (0, 0, 0)


def test_a_data_center_counts_the_changes_in_it(account, datacenter):
    def version():
        return account.properties(datacenter)["version"]

    assert version() == 1
    server = account.server(datacenter)
    assert version() == 2
    account.change(server, name="x")
    account.delete(server)
    assert version() == 4


# Contracts


def test_a_contract_shows_the_use_of_its_limits(account, datacenter):
    limits = account.get("/contracts")["properties"]["resourceLimits"]
    assert {limits[name] for name in limits if "rovisioned" in name or "reservedIps" in name} == {0}
    account.done("POST", f"{datacenter}/servers", SERVER)
    account.volume(datacenter, size=5, type="SSD Premium")
    block = account.create("/ipblocks", location="de/fra", size=3)
    server = account.ids(f"{datacenter}/servers")[0]
    account.nic(f"{datacenter}/servers/{server}", ips=account.properties(block)["ips"][:2])
    cluster = account.create("/k8s", name="cluster")
    where = {"datacenterId": id_of(datacenter), "availabilityZone": "AUTO", "cpuFamily": "INTEL_SKYLAKE"}
    size = {"coresCount": 4, "ramSize": 4096, "storageType": "HDD", "storageSize": 10}
    account.create(f"{cluster}/nodepools", name="pool", nodeCount=2, **where, **size)
    limits = account.get("/contracts")["properties"]["resourceLimits"]
    assert limits["coresProvisioned"] == 2 + 2 * 4
    assert limits["ramProvisioned"] == 2048 + 2 * 4096
    assert limits["ssdVolumeProvisioned"] == 15 * 1024
    assert limits["hddVolumeProvisioned"] == (20 + 2 * 10) * 1024
    assert (limits["reservedIpsOnContract"], limits["reservedIpsInUse"]) == (3, 2)
    assert limits["k8sClustersProvisioned"] == 1


def test_the_limits_of_a_contract_apply(account, datacenter):
    limits = account.get("/contracts")["properties"]["resourceLimits"]
    servers = [account.server(datacenter, cores=62, ram=limits["ramPerServer"]) for _ in range(8)]
    (message,) = account.not_created(f"{datacenter}/servers", cores=5, ram=1024)
    assert message == "[(root).properties.cores] The contract's limit of 500 cores is exceeded"
    ram = limits["ramPerContract"] - 8 * limits["ramPerServer"]
    (message,) = account.not_created(f"{datacenter}/servers", cores=4, ram=ram + 256)
    assert message == f"[(root).properties.ram] The contract's limit of {limits['ramPerContract']} ram is exceeded"
    last = account.server(datacenter, cores=4, ram=ram)
    (message,) = account.rejected("PATCH", last, {"cores": 5})
    assert message == "[(root).properties.cores] The contract's limit of 500 cores is exceeded"
    account.change(last, name="as large as before")
    account.change(servers[0], cores=61)
    account.change(last, cores=5)


@pytest.mark.parametrize(("kind", "word"), [("HDD", "hdd"), ("SSD", "ssd")])
def test_the_volumes_of_a_contract_are_limited(account, datacenter, kind, word):
    limits = account.get("/contracts")["properties"]["resourceLimits"]
    each, every = (limits[f"{word}LimitPer{scope}"] // 1024 for scope in ("Volume", "Contract"))
    volumes = [account.volume(datacenter, size=each, type=kind) for _ in range(every // each - 1)]
    last = account.volume(datacenter, size=each - 1, type=kind)
    (message,) = account.not_created(f"{datacenter}/volumes", size=2, type=kind)
    assert message == f"[(root).properties.size] The contract's limit of {every * 1024} MB {kind} is exceeded"
    account.change(last, size=each)
    account.delete(volumes[0])
    account.volume(datacenter, size=each, type=kind)


def test_contracts_do_not_see_resources_of_each_other(account, full):
    other = {"X_Contract_Number": str(account.cloud.contract_numbers[1])}
    account.create("/ipblocks", location="de/fra", size=1)
    account.create("/pccs", name="pcc")
    account.create("/k8s", name="cluster")
    account.create("/um/groups", name="group")
    account.create("/backupunits", name="backups")
    account.create(f"{full}/labels", key="a", value="b")
    account.done("POST", f"{full}/volumes/{account.ids(f'{full}/volumes')[0]}/create-snapshot")
    collections = ["/datacenters", "/ipblocks", "/pccs", "/k8s", "/um/groups", "/backupunits", "/snapshots"]
    for collection in [*collections, "/labels", "/requests"]:
        items = account.get(collection)["items"]
        assert items
        assert account.get(collection, **other)["items"] == []
        for item in items:
            assert account.send("GET", item["href"]).status == 200
            assert account.send("GET", item["href"], **other).status == 404
            assert account.send("DELETE", item["href"], **other).status in (404, 405)
    for path in (f"{full}/servers", f"{full}/lans/1", f"{full}/labels/a"):
        assert account.send("GET", path, **other).status == 404
    assert account.send("POST", f"{full}/servers", SERVER, **other).status == 404
    used = account.get("/contracts", **other)["properties"]["resourceLimits"]
    assert (used["coresProvisioned"], used["reservedIpsOnContract"]) == (0, 0)
    assert account.get("/contracts", **other)["properties"]["contractNumber"] == account.cloud.contract_numbers[1]
    mine, theirs = (account.get("/images?depth=1&filter.public=false", **headers) for headers in ({}, other))
    assert not {item["id"] for item in mine["items"]} & {item["id"] for item in theirs["items"]}
    block = account.create("/ipblocks", headers=other, location="de/fra", size=1)
    pcc = account.create("/pccs", headers=other, name="theirs")
    lan = {"properties": {"pcc": id_of(pcc)}}
    (message,) = account.rejected("POST", f"{full}/lans", lan)
    assert message == f"[(root).properties.pcc] Private cross connect '{id_of(pcc)}' does not exist"
    assert account.gone(block)


# States


@pytest.mark.parametrize(
    ("collection", "properties"),
    [
        ("/datacenters", {"location": "de/fra"}),
        ("/ipblocks", {"location": "de/fra", "size": 1}),
        ("/pccs", {"name": "pcc"}),
        ("/backupunits", {"name": "backups"}),
        ("{}/servers", {"cores": 1, "ram": 1024}),
        ("{}/volumes", {"size": 1}),
        ("{}/lans", {}),
        ("{}/loadbalancers", {}),
    ],
)
def test_a_resource_is_busy_until_its_request_is_done(account, datacenter, collection, properties):
    collection = collection.format(datacenter)
    path = f"{collection}/{account.accepted('POST', collection, {'properties': properties})['id']}"
    for verb, body in (("POST", None), ("PATCH", {"name": "renamed"}), ("DELETE", None)):
        if verb == "PATCH" and collection == "/backupunits":
            body = {"email": "a@example.com"}
        if verb != "POST":
            account.accepted(verb, path, body)
        assert account.state(path) == "BUSY"
        account.cloud.clock.advance(2.9)
        assert account.state(path) == "BUSY"
        account.cloud.clock.advance(0.1)
        assert verb == "DELETE" or account.state(path) == "AVAILABLE"
    assert account.gone(path)


def test_the_same_seed_gives_the_same_resources(call_of):
    from account import Account

    seen = []
    for _ in range(2):
        with CloudEmulator(clock=ManualClock()) as cloud:
            account = Account(cloud, call_of(cloud))
            path = account.datacenter()
            account.done("POST", f"{path}/servers", SERVER)
            seen.append([account.ids(f"{path}/{name}") for name in ("servers", "volumes", "lans")])
    assert seen[0] == seen[1]


def test_an_emulator_without_delay_behaves_the_same(call_of):
    with CloudEmulator(queue_time=0, run_time=0) as cloud:
        call = call_of(cloud)

        def send(verb, path, body=None):
            response = call(verb, path, json=body) if body else call(verb, path)
            assert response.status == 202, response.data
            return response.json().get("id")

        datacenter = f"/datacenters/{send('POST', '/datacenters', {'properties': {'location': 'de/fra'}})}"
        bad = changed(SERVER, ("nics", 1), ips=["x"])
        assert call("POST", f"{datacenter}/servers", json=bad).status == 422
        assert [call("GET", f"{datacenter}/{name}").json()["items"] for name in ("servers", "volumes", "lans")] == [
            []
        ] * 3
        server = f"{datacenter}/servers/{send('POST', f'{datacenter}/servers', SERVER)}"
        assert call("GET", server).json()["metadata"]["state"] == "AVAILABLE"
        cloud.fail_next_change()
        send("DELETE", server)
        assert call("GET", server).status == 200
        send("DELETE", server)
        send("POST", f"{datacenter}/servers", SERVER)
        send("DELETE", datacenter)
        assert call("GET", datacenter).status == 404
