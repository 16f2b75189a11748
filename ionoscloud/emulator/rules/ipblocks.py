"""IP blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ionoscloud.emulator.rules.paths import IPBLOCKS
from ionoscloud.emulator.rules.shared import above, free_addresses
from ionoscloud.emulator.rules.tables import Values, View, born, derived, indexed, obstacles, register
from ionoscloud.emulator.store import Keys, Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


@register(indexed, IPBLOCKS)
def _ipblock_keys(block: Resource, planned: Values) -> Keys:
    taken: Keys = {("address", address): 0 for address in planned.get("ips") or ()}
    return {("reservedIpsOnContract", block.contract): int(planned.get("size") or 0), **taken}


@register(born, IPBLOCKS)
def _new_ipblock(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {**values, "ips": free_addresses(inventory, values["size"])}


@register(derived, IPBLOCKS)
def _of_ipblock(inventory: Inventory, resource: Resource, view: View) -> View:
    consumers: list[View] = []
    for address in view["properties"]["ips"]:
        for nic in inventory.store.having(("ip", address), resource.contract or 0):
            datacenter, server = above(inventory, nic, 3), above(inventory, nic, 5)
            names = {"serverName": server.planned()["name"], "datacenterName": datacenter.planned()["name"]}
            names.update(k8sNodePoolUuid=None, k8sClusterUuid=None)
            ids = {"nicId": nic.id, "serverId": server.id, "datacenterId": datacenter.id, "mac": nic.planned()["mac"]}
            consumers.append({"ip": address, **ids, **names})
        for node in inventory.store.having(("node", address), resource.contract or 0):
            pool, cluster = above(inventory, node, 5), above(inventory, node, 3)
            unused = dict.fromkeys(("nicId", "serverId", "serverName", "datacenterId", "datacenterName", "mac"))
            consumers.append({"ip": address, **unused, "k8sNodePoolUuid": pool.id, "k8sClusterUuid": cluster.id})
    return {"ipConsumers": consumers}


@register(obstacles, IPBLOCKS)
def _ipblock_in_use(inventory: Inventory, resource: Resource) -> str | None:
    properties = resource.outlook("")["properties"]
    used = _of_ipblock(inventory, resource, {"properties": properties})["ipConsumers"]
    if not used:
        return None
    user = f"NIC {used[0]['nicId']}" if used[0]["nicId"] else f"node pool {used[0]['k8sNodePoolUuid']}"
    return f"{used[0]['ip']} is in use by {user}"
