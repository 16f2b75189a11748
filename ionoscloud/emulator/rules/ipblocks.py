"""IP blocks."""

from __future__ import annotations

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.contracts import limit_violations
from ionoscloud.emulator.rules.datacenters import validate_location
from ionoscloud.emulator.rules.paths import CLUSTERS, DATACENTERS, IPBLOCKS, NODEPOOLS, SERVERS
from ionoscloud.emulator.rules.shared import ancestor, free_addresses
from ionoscloud.emulator.rules.tables import (
    computed_properties,
    defaults_on_create,
    delete_blockers,
    index_keys,
    validators,
)
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations


@index_keys.register(IPBLOCKS)
def _ipblock_keys(block: Resource, planned: Properties) -> Keys:
    taken: Keys = {("address", address): 0 for address in planned.get("ips") or ()}
    return {("reservedIpsOnContract", block.contract): int(planned.get("size") or 0), **taken}


@validators.register(IPBLOCKS)
def _validate_ipblock(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    yield from validate_location(inventory, resource, values, planned)
    if "size" in values:
        if values["size"] < 1:
            yield "size", "The number of IP addresses has to be 1 or more"
        yield from limit_violations(
            inventory, resource, "size", values["size"], "reservedIpsOnContract", "IP addresses"
        )


@defaults_on_create.register(IPBLOCKS)
def _ipblock_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    return {**values, "ips": free_addresses(inventory, values["size"])}


@computed_properties.register(IPBLOCKS)
def _compute_consumers(inventory: Inventory, resource: Resource, view: JsonObject) -> JsonObject:
    consumers: list[JsonObject] = []
    for address in view["properties"]["ips"]:
        for nic in inventory.store.with_key(("ip", address), resource.contract):
            datacenter, server = ancestor(inventory, nic, DATACENTERS), ancestor(inventory, nic, SERVERS)
            names = {"serverName": server.planned()["name"], "datacenterName": datacenter.planned()["name"]}
            names.update(k8sNodePoolUuid=None, k8sClusterUuid=None)
            ids = {"nicId": nic.id, "serverId": server.id, "datacenterId": datacenter.id, "mac": nic.planned()["mac"]}
            consumers.append({"ip": address, **ids, **names})
        for node in inventory.store.with_key(("node", address), resource.contract):
            pool, cluster = ancestor(inventory, node, NODEPOOLS), ancestor(inventory, node, CLUSTERS)
            unused = dict.fromkeys(("nicId", "serverId", "serverName", "datacenterId", "datacenterName", "mac"))
            consumers.append({"ip": address, **unused, "k8sNodePoolUuid": pool.id, "k8sClusterUuid": cluster.id})
    return {"ipConsumers": consumers}


@delete_blockers.register(IPBLOCKS)
def _ipblock_blocker(inventory: Inventory, resource: Resource) -> str | None:
    used = _compute_consumers(inventory, resource, {"properties": resource.planned()})["ipConsumers"]
    if not used:
        return None
    user = f"NIC {used[0]['nicId']}" if used[0]["nicId"] else f"node pool {used[0]['k8sNodePoolUuid']}"
    return f"{used[0]['ip']} is in use by {user}"
