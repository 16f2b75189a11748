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
