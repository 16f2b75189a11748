"""Kubernetes: versions, clusters, node pools and their nodes."""

from __future__ import annotations

import pytest
import yaml
from account import id_of

from ionoscloud.emulator import catalogue

OLDEST, MIDDLE, NEWEST = catalogue.KUBERNETES_VERSIONS
SIZE = {"cpuFamily": "INTEL_SKYLAKE", "coresCount": 2, "ramSize": 2048, "storageType": "HDD", "storageSize": 10}


@pytest.fixture
def cluster(account):
    return account.create("/k8s", name="cluster", k8sVersion=MIDDLE)


@pytest.fixture
def new_pool(datacenter):
    """Return the properties of a node pool."""
    where = {"datacenterId": id_of(datacenter), "availabilityZone": "AUTO"}
    return {"name": "pool", "nodeCount": 2, **where, **SIZE}


@pytest.fixture
def pool(account, cluster, new_pool):
    return account.create(f"{cluster}/nodepools", **new_pool)


def put(account, path, **properties):
    return account.done("PUT", path, {"properties": properties})["properties"]


def test_the_versions(account):
    assert account.get("/k8s/versions") == [OLDEST, MIDDLE, NEWEST]
    assert account.get("/k8s/versions/default") == NEWEST
    assert account.get(f"/k8s/versions/{MIDDLE}/compatibilities") == [OLDEST, MIDDLE]
    assert account.get("/k8s/versions/0.1/compatibilities") == []


def test_a_cluster_is_deployed_updated_and_destroyed(account):
    new = account.accepted("POST", "/k8s", {"properties": {"name": "cluster"}})
    path = f"/k8s/{new['id']}"
    assert new["metadata"]["state"] == account.state(path) == "DEPLOYING"
    account.cloud.clock.advance(3)
    assert account.state(path) == "ACTIVE"
    properties = account.properties(path)
    assert (properties["k8sVersion"], properties["public"]) == (NEWEST, True)
    assert properties["maintenanceWindow"].keys() == {"dayOfTheWeek", "time"}
    response = account.send("PUT", path, {"properties": {"name": "renamed"}})
    assert (response.status, response.json()["metadata"]["state"]) == (200, "UPDATING")
    account.cloud.clock.advance(3)
    assert (account.state(path), account.properties(path)["name"]) == ("ACTIVE", "renamed")
    account.accepted("DELETE", path)
    assert account.state(path) == "DESTROYING"
    account.cloud.clock.advance(3)
    assert account.gone(path)


def test_a_cluster_shows_versions_to_upgrade_to(account, cluster):
    properties = account.properties(cluster)
    assert properties["availableUpgradeVersions"] == [NEWEST]
    assert properties["viableNodePoolVersions"] == [OLDEST, MIDDLE]
    assert put(account, cluster, name="cluster", k8sVersion=NEWEST)["availableUpgradeVersions"] == []


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0.1", f"Version '0.1' does not exist; versions are {OLDEST}, "),
        (OLDEST, "A version cannot be lowered; it is "),
    ],
)
def test_an_invalid_version_is_rejected(account, cluster, pool, version, message):
    (text,) = account.rejected("PUT", cluster, {"properties": {"name": "cluster", "k8sVersion": version}})
    assert text.startswith(f"[(root).properties.k8sVersion] {message}")
    (text,) = account.rejected("PUT", pool, {"properties": {"nodeCount": 2, "k8sVersion": version}})
    assert text.startswith(f"[(root).properties.k8sVersion] {message}")


def test_a_cluster_has_a_kubeconfig(account, cluster):
    config = account.get(f"{cluster}/kubeconfig")
    assert config["href"] == f"{account.cloud.url}{cluster}/kubeconfig"
    content = yaml.safe_load(config["properties"]["kubeconfig"])
    assert content["kind"] == "Config"
    assert content["clusters"][0]["name"] == id_of(cluster)


def test_a_cluster_with_a_node_pool_is_not_deleted(account, cluster, pool):
    assert account.rejected("DELETE", cluster) == [f"[(root)] It has node pool {id_of(pool)}"]
    account.accepted("DELETE", pool)
    account.delete(cluster)
    assert account.ids("/k8s") == []


def test_the_contract_limits_the_number_of_clusters(account):
    for number in range(5):
        account.create("/k8s", name=f"cluster-{number}")
    (message,) = account.not_created("/k8s", name="one-more")
    assert message == "[(root).properties.name] The contract's limit of 5 clusters is exceeded"
    put(account, f"/k8s/{account.ids('/k8s')[0]}", name="renamed")


# Node pools


def test_a_node_pool_has_its_number_of_nodes(account, cluster, pool):
    assert account.state(pool) == "ACTIVE"
    properties = account.properties(pool)
    assert (properties["k8sVersion"], properties["availableUpgradeVersions"]) == (MIDDLE, [])
    nodes = account.get(f"{pool}/nodes?depth=1")["items"]
    assert len(nodes) == 2
    assert {node["properties"]["k8sVersion"] for node in nodes} == {MIDDLE}
    assert {node["metadata"]["state"] for node in nodes} == {"READY"}
    assert len({node["properties"]["name"] for node in nodes}) == 2
    assert all(node["properties"]["name"].startswith("pool-") for node in nodes)
    put(account, pool, nodeCount=4)
    assert len(account.ids(f"{pool}/nodes")) == 4
    assert account.ids(f"{pool}/nodes")[:2] == [node["id"] for node in nodes]
    put(account, pool, nodeCount=1)
    assert account.ids(f"{pool}/nodes") == [nodes[0]["id"]]


def test_nodes_are_upgraded_with_their_pool(account, cluster, new_pool):
    pool = account.create(f"{cluster}/nodepools", **new_pool, k8sVersion=OLDEST)
    assert account.properties(pool)["availableUpgradeVersions"] == [MIDDLE]
    (message,) = account.rejected("PUT", pool, {"properties": {"nodeCount": 2, "k8sVersion": NEWEST}})
    assert message == f"[(root).properties.k8sVersion] A node pool cannot be newer than its cluster, which is {MIDDLE}"
    account.accepted("PUT", pool, {"properties": {"nodeCount": 2, "k8sVersion": MIDDLE}})
    assert account.state(pool) == "UPDATING"
    states = {node["metadata"]["state"] for node in account.get(f"{pool}/nodes?depth=1")["items"]}
    assert states == {"REBUILDING"}
    account.cloud.clock.advance(3)
    versions = {node["properties"]["k8sVersion"] for node in account.get(f"{pool}/nodes?depth=1")["items"]}
    assert versions == {MIDDLE}


def test_a_node_is_replaced_or_deleted(account, pool):
    first, second = account.ids(f"{pool}/nodes")
    assert account.accepted("POST", f"{pool}/nodes/{first}/replace") == {}
    states = [node["metadata"]["state"] for node in account.get(f"{pool}/nodes?depth=1")["items"]]
    assert states == ["TERMINATING", "READY", "PROVISIONING"]
    account.cloud.clock.advance(3)
    replaced = account.ids(f"{pool}/nodes")
    assert replaced[0] == second
    assert len(replaced) == 2
    assert first not in replaced
    account.delete(f"{pool}/nodes/{second}")
    assert account.ids(f"{pool}/nodes") == replaced[1:]
    assert account.properties(pool)["nodeCount"] == 1


def test_deleting_a_node_pool_deletes_its_nodes(account, cluster, pool):
    node = f"{pool}/nodes/{account.ids(f'{pool}/nodes')[0]}"
    account.accepted("DELETE", pool)
    assert account.state(pool) == "DESTROYING"
    account.cloud.clock.advance(3)
    assert account.gone(pool)
    assert account.gone(node)
    assert account.ids(f"{cluster}/nodepools") == []


@pytest.mark.parametrize(
    ("properties", "name", "message"),
    [
        ({"datacenterId": "nowhere"}, "datacenterId", "Data center 'nowhere' does not exist"),
        ({"nodeCount": 0}, "nodeCount", "The minimum is 1"),
        ({"coresCount": 0}, "coresCount", "The minimum is 1"),
        ({"ramSize": 1024}, "ramSize", "The minimum is 2048"),
        ({"ramSize": 2049}, "ramSize", "The memory of a node is not a multiple of 1024"),
        ({"storageSize": 9}, "storageSize", "The minimum is 10"),
        ({"k8sVersion": NEWEST}, "k8sVersion", "A node pool cannot be newer than its cluster, which is "),
        ({"publicIps": ["203.0.113.1", "203.0.113.2"]}, "publicIps", "A node pool needs one more public IP address"),
        (
            {"publicIps": ["203.0.113.1"] * 3, "autoScaling": {"minNodeCount": 1, "maxNodeCount": 3}},
            "publicIps",
            "A node pool needs one more public IP address than its maximum number of nodes",
        ),
        (
            {"autoScaling": {"minNodeCount": 3, "maxNodeCount": 2}},
            "autoScaling",
            "The maximum number of nodes cannot be below the minimum",
        ),
    ],
)
def test_an_invalid_node_pool_is_rejected(account, cluster, new_pool, properties, name, message):
    (text,) = account.not_created(f"{cluster}/nodepools", **{**new_pool, **properties})
    assert text.startswith(f"[(root).properties.{name}] {message}")
    assert account.ids(f"{cluster}/nodepools") == []


def test_nodes_use_the_addresses_of_an_ip_block(account, cluster, new_pool):
    block = account.create("/ipblocks", location="de/fra", size=3)
    addresses = account.properties(block)["ips"]
    pool = account.create(f"{cluster}/nodepools", **new_pool, publicIps=addresses)
    used = {node["properties"]["publicIP"] for node in account.get(f"{pool}/nodes?depth=1")["items"]}
    consumers = account.properties(block)["ipConsumers"]
    assert {consumer["ip"] for consumer in consumers} == used < {*addresses}
    assert {consumer["k8sNodePoolUuid"] for consumer in consumers} == {id_of(pool)}
    assert {consumer["k8sClusterUuid"] for consumer in consumers} == {id_of(cluster)}
    limits = account.get("/contracts")["properties"]["resourceLimits"]
    assert (limits["reservedIpsInUse"], limits["hddVolumeProvisioned"]) == (2, 2 * 10 * 1024)
    assert account.send("DELETE", block).status == 422
    account.delete(pool)
    account.delete(block)


def test_deleting_a_data_center_deletes_its_node_pools(account, cluster, pool, datacenter):
    account.delete(datacenter)
    assert account.gone(pool)
    assert account.ids(f"{cluster}/nodepools") == []
    assert account.state(cluster) == "ACTIVE"


def test_nodes_do_not_get_addresses_of_nics(account, cluster, new_pool, datacenter):
    addresses = account.properties(account.create("/ipblocks", location="de/fra", size=3))["ips"]
    account.nic(account.server(datacenter, name="web"), ips=addresses[:1])
    pool = account.create(f"{cluster}/nodepools", **new_pool, publicIps=addresses)
    nodes = account.get(f"{pool}/nodes?depth=1")["items"]
    assert [node["properties"]["publicIP"] for node in nodes] == addresses[1:]


def test_a_node_pool_cannot_be_created_in_a_data_center_that_is_being_deleted(
    account, cluster, pool, datacenter, new_pool
):
    kept = account.create(
        f"{cluster}/nodepools", **{**new_pool, "datacenterId": id_of(account.datacenter(name="other"))}
    )
    account.accepted("DELETE", datacenter)
    assert (account.state(pool), account.state(kept)) == ("DESTROYING", "ACTIVE")
    (message,) = account.not_created(f"{cluster}/nodepools", **new_pool)
    assert message == f"[(root).properties.datacenterId] Data center '{id_of(datacenter)}' does not exist"
    account.cloud.clock.advance(10)
    assert account.ids(f"{cluster}/nodepools") == [id_of(kept)]


def test_a_node_pool_that_is_being_deleted_does_not_block_its_data_center(account, pool, datacenter):
    account.accepted("DELETE", pool)
    account.delete(datacenter)
    assert account.gone(datacenter)
    assert account.gone(pool)


@pytest.mark.parametrize(("storage", "used"), [("HDD", "hdd"), ("SSD", "ssd")])
def test_the_disks_of_nodes_count_for_the_contract(account, cluster, new_pool, storage, used):
    def in_use():
        limits = account.get("/contracts")["properties"]["resourceLimits"]
        return {kind: limits[f"{kind}VolumeProvisioned"] for kind in ("hdd", "ssd")}

    pool = account.create(f"{cluster}/nodepools", **{**new_pool, "storageType": storage, "storageSize": 50})
    assert in_use() == {"hdd": 0, "ssd": 0, used: 2 * 50 * 1024}
    put(account, pool, nodeCount=1)
    assert in_use() == {"hdd": 0, "ssd": 0, used: 50 * 1024}
    account.delete(pool)
    assert in_use() == {"hdd": 0, "ssd": 0}


# Cloud API v6


@pytest.fixture
def addresses(six):
    """The addresses of an IP block in de/fra."""
    return six.properties(six.create("/ipblocks", location="de/fra", size=2))["ips"]


@pytest.fixture
def private(six, addresses):
    """The path of a private cluster in de/fra."""
    return six.create("/k8s", name="k", public=False, location="de/fra", natGatewayIp=addresses[0])


@pytest.mark.parametrize(
    ("properties", "name", "message"),
    [
        ({"location": None}, "location", "Attribute 'location' is required for a private cluster"),
        ({"location": "de/xyz"}, "location", "Location 'de/xyz' does not exist"),
        ({"natGatewayIp": None}, "natGatewayIp", "Attribute 'natGatewayIp' is required for a private cluster"),
        ({"natGatewayIp": "192.0.2.9"}, "natGatewayIp", "'192.0.2.9' is not a reserved IP address in de/fra"),
        ({"natGatewayIp": "x"}, "natGatewayIp", "'x' is not a reserved IP address in de/fra"),
        ({"location": "us/las"}, "natGatewayIp", "'203.0.113.1' is not a reserved IP address in us/las"),
        ({"nodeSubnet": "10.32.0.0/24"}, "nodeSubnet", "'10.32.0.0/24' is not an IPv4 network with a prefix of 16 "),
        ({"nodeSubnet": "10.32.0.1/16"}, "nodeSubnet", "'10.32.0.1/16' is not an IPv4 network with a prefix of 16 "),
        ({"nodeSubnet": "fd00::/16"}, "nodeSubnet", "'fd00::/16' is not an IPv4 network with a prefix of 16 bits"),
        ({"public": True}, "natGatewayIp", "Attribute is not allowed for a public cluster"),
        (
            {"public": None, "natGatewayIp": None, "nodeSubnet": "10.32.0.0/16"},
            "nodeSubnet",
            "Attribute is not allowed for a public cluster",
        ),
    ],
)
def test_an_invalid_network_of_a_cluster_is_rejected(six, addresses, properties, name, message):
    given = {"public": False, "location": "de/fra", "natGatewayIp": addresses[0], **properties}
    (text,) = six.not_created("/k8s", name="k", **given)
    assert text.startswith(f"[(root).properties.{name}] {message}")
    assert six.ids("/k8s") == []


def test_a_private_cluster_keeps_its_network(five, six, addresses, private):
    shown = six.properties(private)
    network = {"public": False, "location": "de/fra", "natGatewayIp": addresses[0], "nodeSubnet": "10.7.0.0/16"}
    assert shown.items() >= network.items()
    assert not {"location", "natGatewayIp", "nodeSubnet"} & five.properties(private).keys()
    others = {"public": True, "location": "de/txl", "natGatewayIp": addresses[1], "nodeSubnet": "10.8.0.0/16"}
    for name, value in others.items():
        (text,) = six.rejected("PUT", private, {"properties": {"name": "k", name: value}})
        assert text == f"[(root).properties.{name}] Attribute is not allowed in update requests"
    response = six.send("PUT", private, {"properties": {"name": "renamed", **network}})
    assert response.status == 202
    six.cloud.clock.advance(5)
    for account in (five, six):
        put(account, private, name="again")
        assert six.properties(private).items() >= {**network, "name": "again"}.items()


def test_a_private_cluster_cannot_use_an_address_in_use(six, addresses, private, datacenter):
    nic = six.nic(six.server(datacenter), ips=addresses[1:])
    users = [f"cluster {private.rpartition('/')[2]}", f"NIC {nic.rpartition('/')[2]}"]
    for address, user in zip(addresses, users):
        (text,) = six.not_created("/k8s", name="k", public=False, location="de/fra", natGatewayIp=address)
        assert text == f"[(root).properties.natGatewayIp] {address} is in use by {user}"


def test_an_ip_block_shows_the_private_cluster_that_uses_it(five, six, addresses, private):
    (block,) = six.get("/ipblocks?depth=1")["items"]
    (consumer,) = block["properties"]["ipConsumers"]
    assert (consumer["ip"], consumer["k8sClusterUuid"]) == (addresses[0], private.rpartition("/")[2])
    path = f"/ipblocks/{block['id']}"
    for account in (five, six):
        assert "is in use by cluster" in account.send("DELETE", path).json()["messages"][0]["message"]


def test_the_nodes_of_a_private_cluster_have_private_addresses(six, addresses, new_pool):
    given = {"location": "de/fra", "natGatewayIp": addresses[0], "nodeSubnet": "10.32.0.0/16"}
    cluster = six.create("/k8s", name="k", public=False, **given)
    pool = six.create(f"{cluster}/nodepools", **new_pool)
    for node in six.get(f"{pool}/nodes?depth=1")["items"]:
        assert node["properties"]["publicIP"] is None
        assert node["properties"]["privateIP"].startswith("10.32.")
    elsewhere = {**new_pool, "datacenterId": id_of(six.datacenter("de/txl"))}
    (text,) = six.not_created(f"{cluster}/nodepools", **elsewhere)
    assert text == "[(root).properties.datacenterId] The cluster is private: its nodes have to be in de/fra"
    ips = six.properties(six.create("/ipblocks", location="de/fra", size=3))["ips"]
    (text,) = six.not_created(f"{cluster}/nodepools", **new_pool, publicIps=ips)
    assert text == "[(root).properties.publicIps] The nodes of a private cluster do not have public IP addresses"


def test_v5_creates_private_clusters_without_a_location(five, six, new_pool):
    cluster = five.create("/k8s", name="k", public=False)
    five.create(f"{cluster}/nodepools", **{**new_pool, "datacenterId": id_of(six.datacenter("us/las"))})
    assert (six.properties(cluster)["location"], six.properties(cluster)["nodeSubnet"]) == (None, None)


def test_a_node_pool_has_dedicated_cores_by_default(five, six, cluster, new_pool):
    plain = {name: value for name, value in new_pool.items() if name != "cpuFamily"}

    def kind(pool):
        return tuple(six.properties(pool)[name] for name in ("serverType", "cpuFamily"))

    assert kind(five.create(f"{cluster}/nodepools", **new_pool)) == ("DedicatedCore", "INTEL_SKYLAKE")
    assert kind(six.create(f"{cluster}/nodepools", **plain)) == ("DedicatedCore", catalogue.CPU_FAMILIES[0])
    pool = six.create(f"{cluster}/nodepools", **plain, serverType="VCPU")
    assert kind(pool) == ("VCPU", None)
    (text,) = six.not_created(f"{cluster}/nodepools", **new_pool, serverType="VCPU")
    assert text == "[(root).properties.cpuFamily] Attribute is not allowed for the server type VCPU"
    for account in (five, six):
        put(account, pool, nodeCount=1)
        assert kind(pool) == ("VCPU", None)
    put(six, pool, nodeCount=1, serverType="DedicatedCore")
    assert kind(pool) == ("DedicatedCore", catalogue.CPU_FAMILIES[0])
    put(six, pool, nodeCount=1, serverType="VCPU")
    assert kind(pool) == ("VCPU", None)


def test_the_nodes_have_a_cpu_family_of_their_data_center(account, cluster, new_pool):
    account.create(f"{cluster}/nodepools", **{**new_pool, "cpuFamily": "AMD_EPYC"})
    elsewhere = {**new_pool, "cpuFamily": "AMD_EPYC", "datacenterId": id_of(account.datacenter("us/las"))}
    (text,) = account.not_created(f"{cluster}/nodepools", **elsewhere)
    assert text.startswith("[(root).properties.cpuFamily] CPU family has to be one of AMD_OPTERON, INTEL_XEON, ")


def test_a_node_pool_has_taints(five, six, cluster, new_pool):
    taints = [
        {"key": "example.com/dedicated", "value": "a.b-c_D", "effect": "NoSchedule"},
        {"key": "example.com/dedicated", "effect": "NoExecute"},
    ]
    pool = six.create(f"{cluster}/nodepools", **new_pool, taints=taints)
    assert six.properties(pool)["taints"] == taints
    put(five, pool, nodeCount=1)
    assert six.properties(pool)["taints"] == taints
    put(six, pool, nodeCount=1)
    assert six.properties(pool)["taints"] == []
    for taint, name, message in (
        ({"key": "", "effect": "NoExecute"}, "", "'' is not a valid key of a Kubernetes label"),
        ({"key": "/a", "effect": "NoExecute"}, "", "'/a' is not a valid key of a Kubernetes label"),
        ({"key": "a" * 64, "effect": "NoExecute"}, "", f"'{'a' * 64}' is not a valid key of a Kubernetes label"),
        ({"key": "a", "value": "b c", "effect": "NoExecute"}, "", "'b c' is not a valid value of a Kubernetes label"),
        ({"key": "a", "effect": "Evict"}, ".[0].effect", "The value has to be one of NoSchedule, "),
        ({"key": "a"}, ".[0].effect", "Attribute 'effect' is required"),
    ):
        (text,) = six.not_created(f"{cluster}/nodepools", **new_pool, taints=[taint])
        assert text.startswith(f"[(root).properties.taints{name}] {message}")
    twice = {"nodeCount": 1, "taints": [{"key": "a", "effect": "NoExecute"}] * 2}
    (text,) = six.rejected("PUT", pool, {"properties": twice})
    assert text == "[(root).properties.taints] There are two taints with the key 'a' and the effect NoExecute"


def test_the_lans_of_a_node_pool_can_have_routes(six, cluster, new_pool):
    lans = [
        {"id": 1, "dhcp": True, "routes": [{"network": "10.1.0.0/16", "gatewayIp": "10.0.0.1"}]},
        {"id": 2, "dhcp": False, "routes": [{"network": "fd00:1::/64", "gatewayIp": "fd00::1"}]},
    ]
    assert six.properties(six.create(f"{cluster}/nodepools", **new_pool, lans=lans))["lans"] == lans
    for route, message in (
        ({"network": "10.1.0.1/16", "gatewayIp": "10.0.0.1"}, "'10.1.0.1/16' is not a network"),
        ({"gatewayIp": "10.0.0.1"}, "'' is not a network"),
        ({"network": "10.1.0.0/16", "gatewayIp": "gate"}, "'gate' is not an IP address"),
    ):
        (text,) = six.not_created(f"{cluster}/nodepools", **new_pool, lans=[{"id": 1, "routes": [route]}])
        assert text == f"[(root).properties.lans] {message}: a route needs a network and the address of a gateway"


def test_null_is_accepted_or_rejected_for_each_property_of_node_pools(six, private, pool):
    for path, kept in ((private, {"name": "k"}), (pool, {"nodeCount": 1})):
        for name in six.properties(path):
            body = {"properties": {**kept, name: None}}
            assert six.send("PUT", path, body).status in (202, 422), name
            six.cloud.clock.advance(5)
            assert six.get(path)


def test_properties_that_put_does_not_have_cannot_be_changed(account, cluster, pool):
    """Responses show the size of nodes, but the body of PUT does not have it."""
    kept = {"nodeCount": 2, "coresCount": 2}
    put(account, pool, **kept)
    (text,) = account.rejected("PUT", pool, {"properties": {**kept, "coresCount": 4}})
    assert text == "[(root).properties.coresCount] Attribute is not allowed in update requests"
    (text,) = account.rejected("PUT", cluster, {"properties": {"name": "k", "public": False}})
    assert text == "[(root).properties.public] Attribute is not allowed in update requests"
