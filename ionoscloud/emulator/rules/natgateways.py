"""NAT gateways and their rules."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.addresses import (
    find_lan,
    is_network,
    is_private_interface,
    lan_interface,
    lan_key,
    removed_address_violations,
    reserved_address_violations,
)
from ionoscloud.emulator.rules.contracts import limit_violations
from ionoscloud.emulator.rules.datacenters import count_version
from ionoscloud.emulator.rules.paths import NAT_GATEWAY_RULES, NAT_GATEWAYS
from ionoscloud.emulator.rules.shared import ancestor, is_new, location_of
from ionoscloud.emulator.rules.tables import index_keys, side_effects, validators
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations

MAX_LANS = 6


@index_keys.register(NAT_GATEWAYS)
def _gateway_keys(gateway: Resource, planned: Properties) -> Keys:
    keys: dict[Hashable, int] = {("natGatewayProvisioned", gateway.contract): 1}
    keys.update({lan_key(gateway, lan["id"]): 0 for lan in planned.get("lans") or ()})
    keys.update({("ip", address): 0 for address in planned.get("publicIps") or ()})
    return keys


@validators.register(NAT_GATEWAYS)
def _validate_gateway(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    if is_new(resource):
        yield from limit_violations(inventory, resource, "name", 1, "natGatewayProvisioned", "NAT gateways")
    if "publicIps" in values:
        if not values["publicIps"]:
            yield "publicIps", "A NAT gateway needs a public IP address"
        location = location_of(inventory, resource)
        yield from reserved_address_violations(inventory, resource, "publicIps", values["publicIps"], location)
        yield from removed_address_violations(inventory, resource, "publicIps", values["publicIps"])
    lans: Sequence[JsonObject] = values.get("lans") or ()
    if len(lans) > MAX_LANS:
        yield "lans", f"A NAT gateway can use {MAX_LANS} LANs at most"
    numbers = [lan["id"] for lan in lans]
    for index, lan in enumerate(lans):
        found = find_lan(inventory, resource, lan["id"])
        if found is None:
            yield f"lans.[{index}].id", f"LAN {lan['id']} does not exist"
        elif found.planned().get("public"):
            yield f"lans.[{index}].id", f"LAN {lan['id']} is public, but a NAT gateway needs private LANs"
        elif lan["id"] in numbers[:index]:
            yield f"lans.[{index}].id", f"LAN {lan['id']} is listed twice"
        for address in lan.get("gatewayIps") or ():
            if not is_private_interface(address, prefix_required=False):
                yield f"lans.[{index}].gatewayIps", f"'{address}' is not a private IPv4 address"


@side_effects.register(NAT_GATEWAYS)
def _complete_lans(inventory: Inventory, request: ChangeRequest, gateway: Resource, values: Properties | None) -> None:
    """Choose missing addresses of the gateway, and add missing prefix lengths.

    Terraform's acceptance tests send addresses without the length, and expect that the API adds it.
    """
    count_version(inventory, request, gateway, values)
    if values is None or not values.get("lans"):
        return
    present = {lan["id"]: lan["gatewayIps"] for lan in (gateway.properties or {}).get("lans") or ()}

    def addresses(lan: JsonObject) -> list[str]:
        if given := lan.get("gatewayIps"):
            return [address if "/" in address else f"{address}/24" for address in given]
        found = find_lan(inventory, gateway, lan["id"])
        assert found
        return present.get(lan["id"]) or [lan_interface(inventory, found)]

    lans = [{**lan, "gatewayIps": addresses(lan)} for lan in values["lans"]]
    inventory.store.change(request, gateway, {"lans": lans})


@index_keys.register(NAT_GATEWAY_RULES)
def _rule_keys(rule: Resource, planned: Properties) -> Keys:
    return {("rule on", rule.path.rsplit("/", 2)[0], planned.get("publicIp")): 0}


@validators.register(NAT_GATEWAY_RULES)
def _validate_rule(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    if planned["publicIp"] not in ancestor(inventory, resource, NAT_GATEWAYS).planned()["publicIps"]:
        yield "publicIp", f"'{planned['publicIp']}' is not a public IP address of the NAT gateway"
    for name in ("sourceSubnet", "targetSubnet"):
        if planned.get(name) is not None and not is_network(planned[name]):
            yield name, f"'{planned[name]}' is not an IPv4 subnet in CIDR notation"
    if ports := planned.get("targetPortRange"):
        start, end = ports.get("start"), ports.get("end")
        if planned["protocol"] == "ICMP":
            yield "targetPortRange", "The protocol ICMP has no ports"
        elif not (start and end) or start > end:
            yield "targetPortRange", "A port range needs a start and an end, and the end cannot be below the start"
