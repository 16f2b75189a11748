"""IP blocks."""

from __future__ import annotations

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.addresses import address_user_name, address_users
from ionoscloud.emulator.rules.contracts import limit_violations
from ionoscloud.emulator.rules.datacenters import validate_location
from ionoscloud.emulator.rules.paths import CLUSTERS, DATACENTERS, IPBLOCKS, NICS, NODEPOOLS, NODES, SERVERS
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

# Those that depend on what uses the address; gateways and load balancers show only their data center.
CONSUMER_ATTRIBUTES = (
    *("nicId", "mac", "serverId", "serverName", "datacenterId", "datacenterName"),
    *("k8sNodePoolUuid", "k8sClusterUuid"),
)


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
    return {
        "ipConsumers": [
            {"ip": address, **dict.fromkeys(CONSUMER_ATTRIBUTES), **_consumer(inventory, user)}
            for address in view["properties"]["ips"]
            for user in address_users(inventory, address, resource.contract)
        ]
    }


def _consumer(inventory: Inventory, user: Resource) -> JsonObject:
    """Return what an IP block shows of a resource that has one of its addresses."""
    if user.template == NODES:
        pool, cluster = ancestor(inventory, user, NODEPOOLS), ancestor(inventory, user, CLUSTERS)
        return {"k8sNodePoolUuid": pool.id, "k8sClusterUuid": cluster.id}
    if user.template == CLUSTERS:
        return {"k8sClusterUuid": user.id}
    datacenter = ancestor(inventory, user, DATACENTERS)
    consumer = {"datacenterId": datacenter.id, "datacenterName": datacenter.planned()["name"]}
    if user.template == NICS:
        server = ancestor(inventory, user, SERVERS)
        consumer.update(
            nicId=user.id, mac=user.planned()["mac"], serverId=server.id, serverName=server.planned()["name"]
        )
    return consumer


@delete_blockers.register(IPBLOCKS)
def _ipblock_blocker(inventory: Inventory, resource: Resource) -> str | None:
    for address in resource.planned()["ips"]:
        for user in address_users(inventory, address, resource.contract):
            return f"{address} is in use by {address_user_name(inventory, user)}"
    return None
