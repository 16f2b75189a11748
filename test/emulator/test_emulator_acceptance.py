"""Requests that programs of the vendor send to the API, and how the emulator stores and shows their values."""

from __future__ import annotations

import pytest
from account import LINUX, Account, id_of

from ionoscloud.emulator import CloudEmulator, ManualClock

POOL = {
    **{"name": "pool", "nodeCount": 2, "cpuFamily": "INTEL_SKYLAKE", "coresCount": 1, "ramSize": 2048},
    **{"availabilityZone": "AUTO", "storageType": "HDD", "storageSize": 10},
}


@pytest.fixture
def server(account, datacenter):
    return account.server(datacenter, name="web")


@pytest.fixture
def cluster(account):
    return account.create("/k8s", name="cluster")


@pytest.fixture
def pool(account, datacenter, cluster):
    return account.create(f"{cluster}/nodepools", **POOL, datacenterId=id_of(datacenter))


@pytest.fixture
def volume(account, datacenter):
    return account.volume(datacenter, name="data")


# Values of other types


@pytest.mark.parametrize(
    ("collection", "given", "shown"),
    [
        ("/ipblocks", {"location": "de/fra", "size": "2"}, {"size": 2}),
        ("{datacenter}/lans", {"public": "True"}, {"public": True}),
        ("{datacenter}/lans", {"public": "FALSE"}, {"public": False}),
        ("{datacenter}/servers", {"cores": "2", "ram": "1024"}, {"cores": 2, "ram": 1024}),
        ("{datacenter}/servers", {"cores": 2.0, "ram": 1024}, {"cores": 2}),
        ("{datacenter}/volumes", {"size": "10.5", "licenceType": "unknown"}, {"size": 10.5, "licenceType": "UNKNOWN"}),
        ("{datacenter}/volumes", {"size": "10", "type": "ssd standard"}, {"size": 10, "type": "SSD Standard"}),
        ("{server}/nics", {"lan": "1", "dhcp": "false"}, {"lan": 1, "dhcp": False}),
        (
            "{nic}/firewallrules",
            {"protocol": "tcp", "portRangeStart": "22", "portRangeEnd": "23"},
            {"protocol": "TCP", "portRangeStart": 22, "portRangeEnd": 23},
        ),
        ("/k8s", {"name": "k", "maintenanceWindow": {"dayOfTheWeek": "MONDAY", "time": "03:00:00Z"}}, {"name": "k"}),
        ("/um/groups", {"name": "g", "reserveIp": "true"}, {"reserveIp": True, "createPcc": False}),
        ("/backupunits", {"name": "my backups", "email": "a@example.com"}, {"name": "my backups"}),
    ],
)
def test_a_value_of_another_type_is_converted(account, datacenter, server, collection, given, shown):
    paths = {"datacenter": datacenter, "server": server, "nic": account.nic(server) if "{nic}" in collection else ""}
    path = account.create(collection.format(**paths), **given)
    properties = account.properties(path)
    assert {name: properties[name] for name in shown} == shown
    assert [type(properties[name]) for name in shown] == [type(value) for value in shown.values()]


@pytest.mark.parametrize("verb", ["PATCH", "PUT"])
def test_changes_convert_values_of_other_types(account, image, verb):
    change = {"licenceType": "windows2016", "discScsiHotPlug": "True", "cpuHotPlug": "false"}
    account.done(verb, image, change if verb == "PATCH" else {"properties": change})
    properties = account.properties(image)
    assert (properties["licenceType"], properties["discScsiHotPlug"]) == ("WINDOWS2016", True)
    assert properties["cpuHotPlug"] is False


def test_nested_values_of_other_types_are_converted(account, datacenter):
    rule = {"properties": {"protocol": "icmp", "icmpType": "8"}}
    nic = {"properties": {"lan": "2"}, "entities": {"firewallrules": {"items": [rule]}}}
    server = account.create(f"{datacenter}/servers", {"nics": {"items": [nic]}}, cores="1", ram="1024")
    (there,) = account.get(f"{server}?depth=5")["entities"]["nics"]["items"]
    (rule,) = there["entities"]["firewallrules"]["items"]
    assert (there["properties"]["lan"], rule["properties"]["icmpType"]) == (2, 8)
    assert rule["properties"]["protocol"] == "ICMP"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": "1.5"}, "[(root).properties.size] The value has to be an integer, not 1.5"),
        ({"size": "two"}, '[(root).properties.size] The value has to be an integer, not "two"'),
        ({"size": ""}, '[(root).properties.size] The value has to be an integer, not ""'),
        ({"size": True}, "[(root).properties.size] The value has to be an integer, not true"),
        ({"name": ["x"]}, '[(root).properties.name] The value has to be a string, not ["x"]'),
        ({"size": None}, "[(root).properties.size] Attribute 'size' is required"),
        ({"location": None}, "[(root).properties.location] Attribute 'location' is required"),
        ({"ips": None}, "[(root).properties.ips] Attribute is not allowed in create requests"),
    ],
)
def test_wrong_types_are_rejected_in_terms_of_json(account, given, message):
    body = {"location": "de/fra", "size": 1, **given}
    assert account.not_created("/ipblocks", **body) == [message]


def test_values_beyond_limits_are_rejected_in_terms_of_json(account, server):
    rules = f"{account.nic(server)}/firewallrules"
    given = {"protocol": "TCP", "portRangeStart": 0, "portRangeEnd": 70000, "sourceMac": "x", "icmpType": "x"}
    rejected = {message.partition("] ")[2] for message in account.not_created(rules, **given)}
    assert rejected == {
        "The value has to be 1 or more, not 0",
        "The value has to be 65534 or less, not 70000",
        'The value has to match the pattern ^([0-9A-Fa-f]{2}[:-]){5}([0-9A-Fa-f]{2})$, not "x"',
        'The value has to be an integer, not "x"',
    }


@pytest.mark.parametrize("body", [b"{", b"[1,]", b"{'a': 1}", b"\xff"])
def test_a_body_that_is_not_json_is_rejected_in_terms_of_json(call, image, body):
    response = call("PATCH", image, {"Content-Type": "application/json"}, body=body)
    (message,) = response.json()["messages"]
    assert response.status == 400
    assert message["message"].startswith("The body is not valid JSON")


# Null


def test_null_in_a_new_resource_means_left_out(account, datacenter, server):
    lan = account.properties(account.create(f"{datacenter}/lans", name="l", public=None, pcc=None, ipFailover=None))
    assert lan == {"name": "l", "ipFailover": [], "pcc": None, "public": False}
    nic = account.properties(account.nic(server, dhcp=None, ips=None, name=None))
    assert (nic["dhcp"], nic["name"], len(nic["ips"])) == (True, "", 1)
    made = account.server(datacenter, bootVolume=None, bootCdrom=None, cpuFamily=None, availabilityZone=None)
    properties = account.properties(made)
    assert (properties["availabilityZone"], properties["bootCdrom"]) == ("AUTO", None)
    assert properties["cpuFamily"]


def test_null_in_a_patch_removes_the_value(account, datacenter, server):
    pcc = account.create("/pccs", name="pcc")
    lan = account.create(f"{datacenter}/lans", name="l", pcc=id_of(pcc))
    assert account.change(lan, pcc=None)["pcc"] is None
    assert account.properties(pcc)["peers"] == []
    rule = account.create(f"{account.nic(server)}/firewallrules", protocol="TCP", sourceIp="10.0.0.1")
    assert account.change(rule, sourceIp=None)["sourceIp"] is None
    assert account.change(server, availabilityZone=None)["availabilityZone"] == "AUTO"
    (message,) = account.rejected("PATCH", server, {"cores": None})
    assert message == "[(root).properties.cores] Attribute 'cores' is required"


def test_null_in_a_put_means_left_out(account, pool, image):
    account.done("PUT", pool, {"properties": {"name": None, "nodeCount": 1, "k8sVersion": None, "autoScaling": None}})
    properties = account.properties(pool)
    assert (properties["name"], properties["nodeCount"], bool(properties["k8sVersion"])) == ("pool", 1, True)
    account.done("PUT", image, {"properties": {"licenceType": "LINUX", "name": None}})
    assert account.properties(image)["name"] == "mine.iso"


def test_attributes_without_a_value_are_null_at_every_depth(account, datacenter, server, volume):
    account.attach(f"{server}/volumes", volume)
    names = {"image", "imagePassword", "imageAlias", "sshKeys", "backupunitId", "userData"}
    shown = [
        account.properties(volume),
        account.get(f"{datacenter}/volumes?depth=1")["items"][0]["properties"],
        account.get(f"{server}/volumes/{id_of(volume)}")["properties"],
        account.accepted("PATCH", volume, {"name": "x"})["properties"],
    ]
    for properties in shown:
        assert {properties[name] for name in names} == {None}
    assert account.properties(datacenter)["description"] is None


def test_secrets_are_null_in_responses(account, datacenter):
    properties = account.properties(account.volume(datacenter, **LINUX))
    assert (properties["imagePassword"], properties["imageAlias"]) == (None, None)
    assert properties["image"]


# References


def forms_of(path):
    """Return all forms of a reference to a resource."""
    identifier = id_of(path)
    return [
        identifier,
        identifier.upper(),
        path,
        f"http://127.0.0.1/cloudapi/v5{path}",
        {"id": identifier},
        {"href": path},
    ]


@pytest.mark.parametrize("form", range(6))
def test_a_reference_can_be_an_id_a_url_or_an_object(account, datacenter, server, volume, form):
    image = account.cloud.add_image(name="disk.qcow2", size=4.0)
    made = account.properties(account.volume(datacenter, image=forms_of(f"/images/{image['id']}")[form]))
    assert made["image"] == image["id"]

    pcc = account.create("/pccs", name="pcc")
    assert account.properties(account.create(f"{datacenter}/lans", pcc=forms_of(pcc)[form]))["pcc"] == id_of(pcc)

    account.attach(f"{server}/volumes", volume)
    other = account.volume(datacenter)
    given = forms_of(other)[form]
    account.done("POST", f"{server}/volumes", given if isinstance(given, dict) else {"id": given})
    account.change(server, bootVolume=forms_of(other)[form])
    reference = account.properties(server)["bootVolume"]
    assert reference == {"id": id_of(other), "type": "volume", "href": account.cloud.url + other}

    cluster = account.create("/k8s", name="k")
    values = {**POOL, "datacenterId": forms_of(datacenter)[form]}
    assert account.properties(account.create(f"{cluster}/nodepools", **values))["datacenterId"] == id_of(datacenter)


def test_a_reference_of_a_response_can_be_sent_back(account, server, volume):
    account.attach(f"{server}/volumes", volume)
    shown = account.properties(server)["bootVolume"]
    assert account.change(server, bootVolume=shown)["bootVolume"] == shown


def test_uuids_in_paths_are_case_insensitive(account, datacenter, volume):
    upper = f"/datacenters/{id_of(datacenter).upper()}/volumes/{id_of(volume).upper()}"
    assert account.get(upper) == account.get(volume)
    account.delete(upper)
    assert account.gone(volume)


@pytest.mark.parametrize("attribute", ["image", "imageAlias"])
def test_image_and_image_alias_both_accept_an_alias_or_an_id(account, datacenter, attribute):
    image = account.public_image("Debian-12-server")
    for value in (image, "debian:12"):
        path = account.volume(datacenter, imagePassword="passwordExample1", **{attribute: value})
        assert account.properties(path)["image"] == image


# Servers


@pytest.mark.parametrize("form", range(6))
def test_a_new_server_boots_from_a_cdrom_that_is_not_attached_yet(account, datacenter, form):
    image = account.cloud.add_image(name="rescue.iso")
    path = f"/images/{image['id']}"
    server = account.server(datacenter, bootCdrom=forms_of(path)[form])
    reference = {"id": image["id"], "type": "image", "href": account.cloud.url + path}
    assert account.properties(server)["bootCdrom"] == reference
    assert account.properties(server)["bootVolume"] is None
    assert account.ids(f"{server}/cdroms") == [image["id"]]


def test_a_disk_image_is_rejected_as_boot_cdrom(account, datacenter, image):
    disk = account.cloud.add_image(name="disk.qcow2")["id"]
    for identifier, why in ((disk, "is not a CD-ROM"), ("none", "Image 'none' does not exist")):
        given = {"cores": 1, "ram": 1024, "bootCdrom": {"id": identifier}}
        (message,) = account.not_created(f"{datacenter}/servers", **given)
        assert message.startswith("[(root).properties.bootCdrom] ") and why in message
    assert account.ids(f"{datacenter}/servers") == []


def test_a_new_server_has_no_vm_state_until_it_exists(account, datacenter):
    body = {"properties": {"cores": 1, "ram": 1024}}
    made = account.accepted("POST", f"{datacenter}/servers", body)
    assert made["properties"]["vmState"] is None
    account.cloud.clock.advance(3)
    assert account.properties(f"{datacenter}/servers/{made['id']}")["vmState"] == "RUNNING"


@pytest.mark.parametrize("active", [False, True])
def test_the_firewall_setting_of_a_new_nic_takes_precedence_over_its_rules(account, server, active):
    rules = {"firewallrules": {"items": [{"properties": {"protocol": "TCP"}}]}}
    nic = account.create(f"{server}/nics", rules, lan=1, firewallActive=active)
    assert account.properties(nic)["firewallActive"] is active
    assert account.properties(account.create(f"{server}/nics", rules, lan=1))["firewallActive"] is True
    account.create(f"{nic}/firewallrules", protocol="UDP")
    assert account.properties(nic)["firewallActive"] is True


# Data centers


def test_a_new_datacenter_has_no_version_features_or_entities_until_it_exists(account):
    made = account.accepted("POST", "/datacenters", {"properties": {"location": "de/fra"}})
    assert (made["properties"]["version"], made["properties"]["features"]) == (None, [])
    assert "entities" not in made
    account.cloud.clock.advance(3)
    properties = account.properties(f"/datacenters/{made['id']}")
    assert (properties["version"], properties["features"]) == (1, ["SSD", "MULTIPLE_CPU"])


def test_a_datacenter_counts_its_own_changes(account, datacenter):
    account.change(datacenter, name="renamed")
    assert account.properties(datacenter)["version"] == 2
    account.done("PUT", datacenter, {"properties": {"description": "x"}})
    account.server(datacenter)
    assert account.properties(datacenter)["version"] == 4


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("names", [("servers", "volumes", "lans"), ("lans", "volumes", "servers")])
def test_a_datacenter_created_with_its_entities_connects_them_as_stated(account, public, names):
    nics = {"items": [{"properties": {"lan": 1}}, {"properties": {"lan": "2"}}]}
    entities = {
        "servers": {"items": [{"properties": {"cores": 1, "ram": 1024}, "entities": {"nics": nics}}]},
        "volumes": {"items": [{"properties": {"size": 1, "licenceType": "OTHER"}}]},
        "lans": {"items": [{"properties": {"name": "first", "public": public}}, {"properties": {"name": "second"}}]},
    }
    datacenter = account.create("/datacenters", {name: entities[name] for name in names}, location="de/fra")
    assert account.names(f"{datacenter}/lans") == ["first", "second"]
    first, second = account.get(f"{datacenter}/servers?depth=3")["items"][0]["entities"]["nics"]["items"]
    assert account.ids(f"{datacenter}/lans/1/nics") == [first["id"]]
    assert account.ids(f"{datacenter}/lans/2/nics") == [second["id"]]
    assert account.properties(f"{datacenter}/lans/1")["public"] is public
    assert first["properties"]["ips"][0].startswith("10.") is not public


def test_an_unknown_location_is_not_found(account):
    for path in ("/locations/none", "/locations/none/there", "/locations/de/none"):
        assert account.rejected("GET", path, status=404) == ["Resource does not exist"]


# PUT


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("datacenter", {"description": "x"}),
        ("server", {"cores": 2, "ram": 2048}),
        ("volume", {"size": 20}),
        ("lan", {"public": True}),
        ("nic", {"lan": 1, "firewallActive": True}),
        ("rule", {"sourceIp": "10.0.0.1"}),
        ("loadbalancer", {"dhcp": False}),
        ("ipblock", {}),
        ("snapshot", {"licenceType": "LINUX"}),
        ("image", {"licenceType": "LINUX"}),
        ("backupunit", {"email": "b@example.com", "password": "passwordExample2"}),
        ("pool", {"nodeCount": 1}),
        ("group", {"reserveIp": True}),
    ],
)
def test_put_keeps_the_name_and_does_not_require_immutable_properties(
    account, datacenter, server, cluster, kind, change
):
    def nic():
        return account.nic(server, name="kept")

    def snapshot():
        volume = account.volume(datacenter)
        made = account.done("POST", f"{volume}/create-snapshot")["id"]
        account.change(f"/snapshots/{made}", name="kept")
        return f"/snapshots/{made}"

    make = {
        "datacenter": lambda: account.datacenter(name="kept"),
        "server": lambda: account.server(datacenter, name="kept"),
        "volume": lambda: account.volume(datacenter, name="kept"),
        "lan": lambda: account.create(f"{datacenter}/lans", name="kept"),
        "nic": nic,
        "rule": lambda: account.create(f"{nic()}/firewallrules", name="kept", protocol="TCP"),
        "loadbalancer": lambda: account.create(f"{datacenter}/loadbalancers", name="kept"),
        "ipblock": lambda: account.create("/ipblocks", name="kept", location="de/fra", size=1),
        "snapshot": snapshot,
        "image": lambda: f"/images/{account.cloud.add_image(name='kept')['id']}",
        "backupunit": lambda: account.create("/backupunits", name="kept", email="a@example.com"),
        "pool": lambda: account.create(
            f"{cluster}/nodepools", **{**POOL, "name": "kept"}, datacenterId=id_of(datacenter)
        ),
        "group": lambda: account.create("/um/groups", name="kept"),
    }
    path = make[kind]()
    account.done("PUT", path, {"properties": change})
    properties = account.properties(path)
    shown = {name: value for name, value in change.items() if name != "password"}
    assert {name: properties[name] for name in ("name", *shown)} == {"name": "kept", **shown}


def test_put_keeps_whether_a_user_and_a_key_are_active(account):
    who = {"firstname": "a", "lastname": "b", "email": "a@example.com"}
    for active in (True, False):
        user = account.create("/um/users", **{**who, "email": f"{active}@example.com", "active": active})
        assert account.properties(user)["active"] is active
        account.done("PUT", user, {"properties": {**who, "email": f"{active}@example.com", "lastname": "c"}})
        assert (account.properties(user)["active"], account.properties(user)["lastname"]) == (active, "c")
        account.done("PUT", user, {"properties": {"active": not active}})
        assert account.properties(user)["active"] is not active
    user = account.create("/um/users", **who)
    assert account.properties(user)["active"] is True
    key = f"{user}/s3keys/{account.done('POST', f'{user}/s3keys')['id']}"
    account.done("PUT", key, {"properties": {}})
    assert account.properties(key)["active"] is True
    account.done("PUT", key, {"properties": {"active": "false"}})
    assert account.properties(key)["active"] is False


# Kubernetes


def test_changes_of_clusters_and_node_pools_can_be_polled(account, datacenter):
    def change(verb, path, **properties):
        response = account.send(verb, path, {"properties": properties} if properties else None)
        location = response.headers["Location"]
        assert account.get(location)["metadata"]["status"] == "QUEUED"
        account.cloud.clock.advance(10)
        done = account.get(location)["metadata"]
        assert (done["status"], done["targets"][0]["status"]) == ("DONE", "DONE")
        return response.json()

    cluster = f"/k8s/{change('POST', '/k8s', name='c')['id']}"
    assert account.state(cluster) == "ACTIVE"
    change("PUT", cluster, name="d")
    pools = f"{cluster}/nodepools"
    pool = f"{pools}/{change('POST', pools, **POOL, datacenterId=id_of(datacenter))['id']}"
    change("PUT", pool, nodeCount=1)
    change("DELETE", pool)
    change("DELETE", cluster)
    assert account.gone(cluster)


@pytest.mark.parametrize("scaling", [None, {}, {"minNodeCount": None, "maxNodeCount": None}])
def test_a_node_pool_without_scaling_has_zeros(account, datacenter, cluster, scaling):
    values = {**POOL, "autoScaling": scaling, "datacenterId": id_of(datacenter)}
    shown = account.properties(account.create(f"{cluster}/nodepools", **values))["autoScaling"]
    assert shown == {"minNodeCount": 0, "maxNodeCount": 0}


def test_nodes_have_the_reserved_addresses_of_their_pool(account, datacenter, cluster):
    reserved = account.properties(account.create("/ipblocks", location="de/fra", size=3))["ips"]
    values = {**POOL, "publicIps": reserved, "datacenterId": id_of(datacenter)}
    pool = account.create(f"{cluster}/nodepools", **values)
    nodes = [node["properties"]["publicIP"] for node in account.get(f"{pool}/nodes?depth=1")["items"]]
    assert nodes == reserved[:2]


def test_nodes_of_a_private_cluster_have_no_public_address(account, datacenter):
    cluster = account.create("/k8s", name="private", public=False)
    values = {**POOL, "gatewayIp": "203.0.113.9", "datacenterId": id_of(datacenter)}
    pool = account.create(f"{cluster}/nodepools", **values)
    nodes = account.get(f"{pool}/nodes?depth=1")["items"]
    assert [node["properties"]["publicIP"] for node in nodes] == [None, None]


# Addresses


def test_public_addresses_are_unique(call_of):
    """Across IP blocks, NICs and nodes, and across contracts."""
    with CloudEmulator(clock=ManualClock(), contract_numbers=(1, 2)) as cloud:
        account = Account(cloud, call_of(cloud))
        found = []
        for contract in ("1", "2"):
            headers = {"X_Contract_Number": contract}

            def create(collection, headers=headers, **properties):
                return account.create(collection, headers=headers, **properties)

            def show(path, headers=headers):
                return account.get(path, **headers)

            datacenter = create("/datacenters", location="de/fra")
            create(f"{datacenter}/lans", public=True)
            server = create(f"{datacenter}/servers", cores=1, ram=1024)
            found += show(create("/ipblocks", location="de/fra", size=40))["properties"]["ips"]
            for _ in range(30):
                found += show(create(f"{server}/nics", lan=1))["properties"]["ips"]
            cluster = create("/k8s", name="k")
            pool = create(f"{cluster}/nodepools", **{**POOL, "nodeCount": 20, "datacenterId": id_of(datacenter)})
            found += [node["properties"]["publicIP"] for node in show(f"{pool}/nodes?depth=1")["items"]]
        assert len({*found}) == len(found) == 180


# Lists


@pytest.mark.parametrize(
    ("path", "identifier"),
    [("/um/users", "users"), ("/um/groups", "groups"), ("/um/resources", "resources"), ("/k8s", "k8s")],
)
def test_ids_of_lists_are_those_of_the_api(account, path, identifier):
    assert account.get(path)["id"] == identifier
