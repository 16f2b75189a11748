"""Kubernetes clusters, node pools and nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.rules.contracts import beyond_contract
from ionoscloud.emulator.rules.paths import CLUSTERS, DATACENTERS, NODEPOOLS, NODES
from ionoscloud.emulator.rules.shared import above, free_addresses, private_address
from ionoscloud.emulator.rules.tables import (
    Fault,
    Values,
    View,
    actions,
    answers,
    born,
    consequences,
    derived,
    faults,
    indexed,
    obstacles,
    register,
)
from ionoscloud.emulator.rules.volumes import storage_key
from ionoscloud.emulator.store import Keys, Request, Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


@register(answers, "/k8s/versions")
def _versions(inventory: Inventory, path: str, contract: int) -> list[str]:
    return [*catalogue.KUBERNETES_VERSIONS]


@register(answers, "/k8s/versions/default")
def _default_version(inventory: Inventory, path: str, contract: int) -> str:
    return catalogue.KUBERNETES_VERSIONS[-1]


@register(answers, "/k8s/versions/{}/compatibilities")
def _compatible_versions(inventory: Inventory, path: str, contract: int) -> list[str]:
    return _versions_up_to(path.split("/")[3])


@register(answers, "/k8s/{}/kubeconfig")
def _kubeconfig(inventory: Inventory, path: str, contract: int) -> View:
    cluster = path.split("/")[2]
    text = catalogue.KUBECONFIG.format(cluster=cluster)
    about = {"id": cluster, "type": "kubeconfig", "href": inventory.store.url + path}
    return {**about, "properties": {"kubeconfig": text}}


@register(indexed, CLUSTERS)
def _cluster_keys(cluster: Resource, planned: Values) -> Keys:
    return {("k8sClustersProvisioned", cluster.contract): 1}


@register(faults, CLUSTERS, NODEPOOLS)
def _kubernetes_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    wanted, present = planned.get("k8sVersion"), (resource.properties or {}).get("k8sVersion")
    if wanted is not None and wanted not in catalogue.KUBERNETES_VERSIONS:
        yield "k8sVersion", f"There is no version '{wanted}'; there are {', '.join(catalogue.KUBERNETES_VERSIONS)}"
    elif present and wanted not in _versions_from(present):
        yield "k8sVersion", f"A version cannot be lowered; it is {present}"
    elif resource.kind.template == NODEPOOLS:
        yield from _pool_faults(inventory, resource, values, planned)
    if resource.kind.template == CLUSTERS and resource.properties is None:
        yield from beyond_contract(inventory, resource, "name", 1, "k8sClustersProvisioned", "clusters")


def _pool_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    of_cluster = above(inventory, resource, 3).planned()["k8sVersion"]
    if planned.get("k8sVersion", of_cluster) not in _versions_up_to(of_cluster):
        yield "k8sVersion", f"A node pool cannot be newer than its cluster, which is {of_cluster}"
    datacenter = planned.get("datacenterId", "")
    found = inventory.store.resource(path := f"{DATACENTERS}/{quote(datacenter, safe='')}")
    if not (found and found.will_exist() and inventory.store.sees(path, resource.contract or 0)):
        yield "datacenterId", f"There is no data center '{datacenter}'"
    for name, least in (("nodeCount", 1), ("coresCount", 1), ("ramSize", 2048), ("storageSize", 10)):
        if planned.get(name, least) < least:
            yield name, f"The least is {least}"
    if planned.get("ramSize", 0) % 1024:
        yield "ramSize", "The memory of a node is not a multiple of 1024"
    scaling: Values = planned.get("autoScaling") or {}
    most = max(planned["nodeCount"], scaling.get("maxNodeCount", 0))
    if planned.get("publicIps") and len(planned["publicIps"]) <= most:
        yield "publicIps", "A node pool needs one public IP address more than it can have nodes"
    if scaling.get("minNodeCount", 0) > scaling.get("maxNodeCount", 0):
        yield "autoScaling", "The most nodes cannot be fewer than the least"


@register(born, CLUSTERS)
def _new_cluster(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {"k8sVersion": catalogue.KUBERNETES_VERSIONS[-1], "maintenanceWindow": {**catalogue.MAINTENANCE}, **values}


@register(derived, CLUSTERS)
def _of_cluster(inventory: Inventory, resource: Resource, view: View) -> View:
    version = view["properties"]["k8sVersion"]
    upgrades = _versions_from(version)[1:]
    return {"availableUpgradeVersions": upgrades, "viableNodePoolVersions": _versions_up_to(version)}


@register(obstacles, CLUSTERS)
def _cluster_in_use(inventory: Inventory, resource: Resource) -> str | None:
    pools = inventory.store.list(f"{resource.path}/nodepools", resource.contract or 0)
    return next((f"Node pool {pool.id} is in it" for pool, _ in pools if pool.will_exist()), None)


@register(indexed, NODEPOOLS)
def _pool_keys(pool: Resource, planned: Values) -> Keys:
    return {
        ("coresProvisioned", pool.contract): planned["nodeCount"] * planned["coresCount"],
        ("ramProvisioned", pool.contract): planned["nodeCount"] * planned["ramSize"],
        storage_key(pool, planned["storageType"]): planned["nodeCount"] * planned["storageSize"] * 1024,
        ("pool in", planned["datacenterId"]): 0,
    }


@register(born, NODEPOOLS)
def _new_pool(inventory: Inventory, resource: Resource, values: View) -> Values:
    version = {"k8sVersion": above(inventory, resource, 3).planned()["k8sVersion"]}
    scaling: View = {"minNodeCount": 0, "maxNodeCount": 0, **(values.pop("autoScaling", None) or {})}
    return {**version, "autoScaling": scaling, "maintenanceWindow": {**catalogue.MAINTENANCE}, **values}


@register(derived, NODEPOOLS)
def _of_pool(inventory: Inventory, resource: Resource, view: View) -> View:
    of_cluster = inventory.properties("/".join(resource.path.split("/")[:3]))["k8sVersion"]
    own = _versions_from(view["properties"]["k8sVersion"])[1:]
    return {"availableUpgradeVersions": [version for version in own if version in _versions_up_to(of_cluster)]}


@register(consequences, NODEPOOLS)
def _count_nodes(inventory: Inventory, request: Request, pool: Resource, values: Values | None) -> None:
    """A node pool has as many nodes as it says, all of its version."""
    if values is None:
        return
    store, wanted = inventory.store, pool.planned()
    nodes = [stored for stored, _ in store.list(f"{pool.path}/nodes", pool.contract or 0) if stored.will_exist()]
    for node in nodes[wanted["nodeCount"] :]:
        store.change(request, node, None)
    for node in nodes[: wanted["nodeCount"]]:
        if node.planned()["k8sVersion"] != wanted["k8sVersion"]:
            store.change(request, node, {"k8sVersion": wanted["k8sVersion"]})
    for _ in range(wanted["nodeCount"] - len(nodes)):
        _add_node(inventory, request, pool)


@register(indexed, NODES)
def _node_keys(node: Resource, planned: Values) -> Keys:
    return {(key, planned.get("publicIP")): 0 for key in ("node", "address")}


@register(consequences, NODES)
def _forget_node(inventory: Inventory, request: Request, node: Resource, values: Values | None) -> None:
    pool = above(inventory, node, 5)
    if values is None:
        inventory.store.change(request, pool, {"nodeCount": max(pool.planned()["nodeCount"] - 1, 0)})


@register(actions, f"{NODES}/{{}}/replace")
def _replace_node(inventory: Inventory, request: Request, node: Resource, values: Values) -> None:
    inventory.store.change(request, node, None)
    _add_node(inventory, request, above(inventory, node, 5))


def _add_node(inventory: Inventory, request: Request, pool: Resource) -> None:
    store = inventory.store
    node = store.add(f"{pool.path}/nodes", store.new_id(), inventory.kind(NODES), contract=pool.contract)
    of_pool, of_cluster = pool.planned(), above(inventory, pool, 3).planned()
    reserved = [
        address
        for address in of_pool.get("publicIps") or ()
        if not (store.has(("node", address)) or store.has(("ip", address)))
    ]
    public = reserved or (free_addresses(inventory, 1) if of_cluster.get("public", True) else [None])
    name = f"{of_pool['name']}-{store.random.randbytes(5).hex()}"
    addresses = {"publicIP": public[0], "privateIP": private_address(inventory, "10.7")}
    store.change(request, node, {"name": name, **addresses, "k8sVersion": of_pool["k8sVersion"]})


def _versions_from(version: str) -> list[str]:
    known = catalogue.KUBERNETES_VERSIONS
    return [*known[known.index(version) :]] if version in known else [*known]


def _versions_up_to(version: str) -> list[str]:
    known = catalogue.KUBERNETES_VERSIONS
    return [*known[: known.index(version) + 1]] if version in known else []
