"""Kubernetes clusters, node pools and nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, ip_address, ip_network
from urllib.parse import quote

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.document import required_message
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.messages import JSON, Representations
from ionoscloud.emulator.rules.addresses import reserved_address_violations
from ionoscloud.emulator.rules.contracts import limit_violations
from ionoscloud.emulator.rules.paths import CLUSTERS, DATACENTERS, NODEPOOLS, NODES
from ionoscloud.emulator.rules.shared import ancestor, free_addresses, is_new, private_address
from ionoscloud.emulator.rules.tables import (
    actions,
    computed_properties,
    computed_responses,
    defaults_on_create,
    delete_blockers,
    index_keys,
    side_effects,
    validators,
)
from ionoscloud.emulator.rules.volumes import storage_key
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations

NODE_NETWORK = "10.7"  # of nodes, if their cluster has no `nodeSubnet`
NODE_PREFIX = 16
DEDICATED, VCPU = "DedicatedCore", "VCPU"  # types of the servers of a node pool
LABEL = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
LABEL_KEY = f"([a-z0-9]([a-z0-9.-]{{0,251}}[a-z0-9])?/)?{LABEL}"


@computed_responses.register("/k8s/versions")
def _versions(inventory: Inventory, path: str, contract: int) -> list[str]:
    return [*catalogue.KUBERNETES_VERSIONS]


@computed_responses.register("/k8s/versions/default")
def _default_version(inventory: Inventory, path: str, contract: int) -> str:
    return catalogue.KUBERNETES_VERSIONS[-1]


@computed_responses.register("/k8s/versions/{}/compatibilities")
def _compatible_versions(inventory: Inventory, path: str, contract: int) -> list[str]:
    return _versions_up_to(path.split("/")[3])


@computed_responses.register("/k8s/{}/kubeconfig")
def _kubeconfig(inventory: Inventory, path: str, contract: int) -> JsonObject:
    cluster = path.split("/")[2]
    about = {"id": cluster, "type": "kubeconfig", "href": inventory.url + path}
    return {**about, "properties": {"kubeconfig": _kubeconfig_text(cluster)}}


@computed_responses.register("/k8s/{}/kubeconfig", version=6)
def _kubeconfig_file(inventory: Inventory, path: str, contract: int) -> Representations:
    text = _kubeconfig_text(path.split("/")[2])
    return Representations({"application/yaml": text, "application/x-yaml": text, JSON: text})


def _kubeconfig_text(cluster: str) -> str:
    return catalogue.KUBECONFIG.format(cluster=cluster)


@index_keys.register(CLUSTERS)
def _cluster_keys(cluster: Resource, planned: Properties) -> Keys:
    address = planned.get("natGatewayIp")
    return {("k8sClustersProvisioned", cluster.contract): 1, **({("ip", address): 0} if address else {})}


def _version_violations(resource: Resource, planned: Properties) -> Violations:
    wanted, present = planned.get("k8sVersion"), (resource.properties or {}).get("k8sVersion")
    if wanted is not None and wanted not in catalogue.KUBERNETES_VERSIONS:
        yield (
            "k8sVersion",
            f"Version '{wanted}' does not exist; versions are {', '.join(catalogue.KUBERNETES_VERSIONS)}",
        )
    elif present and wanted not in _versions_from(present):
        yield "k8sVersion", f"A version cannot be lowered; it is {present}"


@validators.register(CLUSTERS)
def _validate_cluster(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    yield from _version_violations(resource, planned)
    if resource.properties is None:
        yield from limit_violations(inventory, resource, "name", 1, "k8sClustersProvisioned", "clusters")
    if is_new(resource) and inventory.version >= 6:
        yield from _network_violations(inventory, resource, planned)


def _network_violations(inventory: Inventory, cluster: Resource, planned: Properties) -> Violations:
    """Validate the location and the network of a new cluster."""
    location, address, subnet = (planned.get(name) for name in ("location", "natGatewayIp", "nodeSubnet"))
    if location and location not in catalogue.LOCATIONS:
        yield "location", f"Location '{location}' does not exist"
    if planned.get("public", True):
        for name in ("natGatewayIp", "nodeSubnet"):
            if planned.get(name):
                yield name, "Attribute is not allowed for a public cluster"
        return
    for name in ("location", "natGatewayIp"):
        if not planned.get(name):
            yield name, f"{required_message(name)} for a private cluster"
    if address and location in catalogue.LOCATIONS:
        yield from reserved_address_violations(inventory, cluster, "natGatewayIp", [address], location)
    if subnet and not _is_node_subnet(subnet):
        yield "nodeSubnet", f"'{subnet}' is not an IPv4 network with a prefix of {NODE_PREFIX} bits"


def _is_node_subnet(text: str) -> bool:
    try:
        network = ip_network(text)
    except ValueError:
        return False
    return isinstance(network, IPv4Network) and network.prefixlen == NODE_PREFIX


@validators.register(NODEPOOLS)
def _validate_nodepool(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    if violations := [*_version_violations(resource, planned)]:
        yield from violations
        return
    cluster = ancestor(inventory, resource, CLUSTERS).planned()
    of_cluster = cluster["k8sVersion"]
    if planned.get("k8sVersion", of_cluster) not in _versions_up_to(of_cluster):
        yield "k8sVersion", f"A node pool cannot be newer than its cluster, which is {of_cluster}"
    datacenter = planned.get("datacenterId", "")
    found = inventory.store.resource(path := f"{DATACENTERS}/{quote(datacenter, safe='')}")
    if not (found and found.will_exist() and inventory.store.is_visible(path, resource.contract)):
        yield "datacenterId", f"Data center '{datacenter}' does not exist"
    else:
        yield from _place_violations(found.planned()["location"], cluster, planned)
    for name, minimum in (("nodeCount", 1), ("coresCount", 1), ("ramSize", 2048), ("storageSize", 10)):
        if planned.get(name, minimum) < minimum:
            yield name, f"The minimum is {minimum}"
    if planned.get("ramSize", 0) % 1024:
        yield "ramSize", "The memory of a node is not a multiple of 1024"
    scaling: Properties = planned.get("autoScaling") or {}
    most = max(planned["nodeCount"], scaling.get("maxNodeCount", 0))
    if planned.get("publicIps") and len(planned["publicIps"]) <= most:
        yield "publicIps", "A node pool needs one more public IP address than its maximum number of nodes"
    if scaling.get("minNodeCount", 0) > scaling.get("maxNodeCount", 0):
        yield "autoScaling", "The maximum number of nodes cannot be below the minimum"
    if planned.get("serverType") == VCPU and values.get("cpuFamily"):
        yield "cpuFamily", f"Attribute is not allowed for the server type {VCPU}"
    yield from _taint_violations(values.get("taints") or ())
    for lan in values.get("lans") or ():
        yield from (("lans", text) for route in lan.get("routes") or () for text in _route_violations(route))


def _place_violations(location: str, cluster: Properties, planned: Properties) -> Violations:
    """Validate a node pool for its location and its cluster."""
    if not cluster.get("public", True):
        if cluster.get("location") not in (None, location):
            yield "datacenterId", f"The cluster is private: its nodes have to be in {cluster['location']}"
        if planned.get("publicIps"):
            yield "publicIps", "The nodes of a private cluster do not have public IP addresses"
    offered = [each["cpuFamily"] for each in catalogue.cpu_architectures(location)]
    if planned.get("cpuFamily") and planned["cpuFamily"] not in offered:
        yield "cpuFamily", f"CPU family has to be one of {', '.join(offered)}"


def _taint_violations(taints: Iterable[Properties]) -> Violations:
    known: set[tuple[str, str]] = set()
    for taint in taints:
        if not re.fullmatch(LABEL_KEY, taint["key"]):
            yield "taints", f"'{taint['key']}' is not a valid key of a Kubernetes label"
        if taint.get("value") and not re.fullmatch(LABEL, taint["value"]):
            yield "taints", f"'{taint['value']}' is not a valid value of a Kubernetes label"
        if (taint["key"], taint["effect"]) in known:
            yield "taints", f"There are two taints with the key '{taint['key']}' and the effect {taint['effect']}"
        known.add((taint["key"], taint["effect"]))


def _route_violations(route: Properties) -> Iterator[str]:
    for name, parse, kind in (("network", ip_network, "a network"), ("gatewayIp", ip_address, "an IP address")):
        try:
            parse(route.get(name) or "")
        except ValueError:
            yield f"'{route.get(name) or ''}' is not {kind}: a route needs a network and the address of a gateway"


@defaults_on_create.register(CLUSTERS)
def _cluster_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    if not values.get("public", True) and inventory.version >= 6:
        values["nodeSubnet"] = values.get("nodeSubnet") or f"{NODE_NETWORK}.0.0/{NODE_PREFIX}"
    return {"k8sVersion": catalogue.KUBERNETES_VERSIONS[-1], "maintenanceWindow": {**catalogue.MAINTENANCE}, **values}


@computed_properties.register(CLUSTERS)
def _compute_cluster_versions(inventory: Inventory, resource: Resource, view: JsonObject) -> JsonObject:
    version = view["properties"]["k8sVersion"]
    upgrades = _versions_from(version)[1:]
    return {"availableUpgradeVersions": upgrades, "viableNodePoolVersions": _versions_up_to(version)}


@delete_blockers.register(CLUSTERS)
def _cluster_blocker(inventory: Inventory, resource: Resource) -> str | None:
    pools = inventory.store.members(f"{resource.path}/nodepools", resource.contract)
    return next((f"It has node pool {pool.id}" for pool in pools if pool.will_exist()), None)


@index_keys.register(NODEPOOLS)
def _nodepool_keys(pool: Resource, planned: Properties) -> Keys:
    return {
        ("coresProvisioned", pool.contract): planned["nodeCount"] * planned["coresCount"],
        ("ramProvisioned", pool.contract): planned["nodeCount"] * planned["ramSize"],
        storage_key(pool, planned["storageType"]): planned["nodeCount"] * planned["storageSize"] * 1024,
        ("pool in", planned["datacenterId"]): 0,
    }


@defaults_on_create.register(NODEPOOLS)
def _nodepool_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    version = {"k8sVersion": ancestor(inventory, resource, CLUSTERS).planned()["k8sVersion"]}
    scaling: JsonObject = {"minNodeCount": 0, "maxNodeCount": 0, **(values.pop("autoScaling", None) or {})}
    values["serverType"] = values.get("serverType") or DEDICATED
    if values["serverType"] == DEDICATED and not values.get("cpuFamily"):
        values["cpuFamily"] = catalogue.CPU_FAMILIES[0]
    return {**version, "autoScaling": scaling, "maintenanceWindow": {**catalogue.MAINTENANCE}, **values}


@computed_properties.register(NODEPOOLS)
def _compute_nodepool_versions(inventory: Inventory, resource: Resource, view: JsonObject) -> JsonObject:
    of_cluster = ancestor(inventory, resource, CLUSTERS).planned()["k8sVersion"]
    own = _versions_from(view["properties"]["k8sVersion"])[1:]
    return {"availableUpgradeVersions": [version for version in own if version in _versions_up_to(of_cluster)]}


@side_effects.register(NODEPOOLS)
def _adjust_nodes(inventory: Inventory, request: ChangeRequest, pool: Resource, values: Properties | None) -> None:
    """Add, remove and upgrade nodes to match the number and the version of the pool."""
    if values is None:
        return
    store, wanted = inventory.store, pool.planned()
    if wanted.get("serverType") == VCPU and wanted.get("cpuFamily"):
        store.change(request, pool, {"cpuFamily": None})
    elif wanted.get("serverType") == DEDICATED and not wanted.get("cpuFamily"):
        store.change(request, pool, {"cpuFamily": catalogue.CPU_FAMILIES[0]})
    nodes = [node for node in store.members(f"{pool.path}/nodes", pool.contract) if node.will_exist()]
    for node in nodes[wanted["nodeCount"] :]:
        store.change(request, node, None)
    for node in nodes[: wanted["nodeCount"]]:
        if node.planned()["k8sVersion"] != wanted["k8sVersion"]:
            store.change(request, node, {"k8sVersion": wanted["k8sVersion"]})
    for _ in range(wanted["nodeCount"] - len(nodes)):
        _add_node(inventory, request, pool)


@index_keys.register(NODES)
def _node_keys(node: Resource, planned: Properties) -> Keys:
    return {(key, planned.get("publicIP")): 0 for key in ("node", "address")}


@side_effects.register(NODES)
def _count_nodes_down(inventory: Inventory, request: ChangeRequest, node: Resource, values: Properties | None) -> None:
    pool = ancestor(inventory, node, NODEPOOLS)
    if values is None:
        inventory.store.change(request, pool, {"nodeCount": max(pool.planned()["nodeCount"] - 1, 0)})


@actions.register(f"{NODES}/{{}}/replace")
def _replace_node(inventory: Inventory, request: ChangeRequest, node: Resource, values: Properties) -> None:
    inventory.store.change(request, node, None)
    _add_node(inventory, request, ancestor(inventory, node, NODEPOOLS))


def _add_node(inventory: Inventory, request: ChangeRequest, pool: Resource) -> None:
    store = inventory.store
    node = store.add(f"{pool.path}/nodes", store.new_id(), NODES, contract=pool.contract)
    of_pool, of_cluster = pool.planned(), ancestor(inventory, pool, CLUSTERS).planned()
    reserved = [
        address
        for address in of_pool.get("publicIps") or ()
        if not (store.has_key(("node", address)) or store.has_key(("ip", address)))
    ]
    public = reserved or (free_addresses(inventory, 1) if of_cluster.get("public", True) else [None])
    name = f"{of_pool['name']}-{store.random.randbytes(5).hex()}"
    network = ".".join((of_cluster.get("nodeSubnet") or NODE_NETWORK).split(".")[:2])
    addresses = {"publicIP": public[0], "privateIP": private_address(inventory, network)}
    store.change(request, node, {"name": name, **addresses, "k8sVersion": of_pool["k8sVersion"]})


def _versions_from(version: str) -> list[str]:
    known = catalogue.KUBERNETES_VERSIONS
    return [*known[known.index(version) :]] if version in known else [*known]


def _versions_up_to(version: str) -> list[str]:
    known = catalogue.KUBERNETES_VERSIONS
    return [*known[: known.index(version) + 1]] if version in known else []
