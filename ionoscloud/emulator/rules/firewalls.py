"""Firewall rules of NICs and of security groups."""

from __future__ import annotations

from ipaddress import ip_interface

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.contracts import count_violations
from ionoscloud.emulator.rules.paths import FIREWALL_RULES, NICS, SECURITY_GROUP_RULES
from ionoscloud.emulator.rules.shared import ancestor
from ionoscloud.emulator.rules.tables import computed_properties, side_effects, validators
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Properties, Violations

ADDRESSES = ("sourceIp", "targetIp")


@validators.register(SECURITY_GROUP_RULES)
def _validate_group_rule(
    inventory: Inventory, resource: Resource, values: Properties, planned: Properties
) -> Violations:
    yield from count_violations(inventory, resource, "rulesPerSecurityGroup", "rules per security group")
    yield from _validate_rule(inventory, resource, values, planned)


@validators.register(FIREWALL_RULES)
def _validate_rule(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    protocol, start, end = (planned.get(name) for name in ("protocol", "portRangeStart", "portRangeEnd"))
    if (start or end) and protocol not in ("TCP", "UDP"):
        yield "portRangeStart", f"The protocol {protocol} has no ports"
    elif bool(start) != bool(end) or (start and end and start > end):
        yield "portRangeEnd", "A port range needs a start and an end, and the end cannot be below the start"
    for name in ("icmpType", "icmpCode"):
        if planned.get(name) is not None and protocol not in ("ICMP", "ICMPv6"):
            yield name, f"The protocol {protocol} has no {name}"
    expected = planned.get("ipVersion")
    for name in ADDRESSES:
        if not (text := planned.get(name)):
            continue
        version = _ip_version(text)
        if version is None:
            yield name, f"'{text}' is not an IP address or a block in CIDR notation"
        elif expected and version != expected:
            yield name, f"'{text}' is not {expected}, as the rest of the rule is"
        expected = expected or version


def _ip_version(text: str) -> str | None:
    """Return the IP version of an address or block, or None if it is not valid."""
    try:
        return f"IPv{ip_interface(text).version}"
    except ValueError:
        return None


@computed_properties.register(FIREWALL_RULES, SECURITY_GROUP_RULES)
def _compute_ip_version(inventory: Inventory, resource: Resource, view: JsonObject) -> JsonObject:
    """Return the IP version of a rule; if it does not state one, that of its addresses or of its protocol."""
    properties = view["properties"]
    versions = (_ip_version(properties[name]) for name in ADDRESSES if properties[name])
    default = "IPv6" if properties["protocol"] == "ICMPv6" else "IPv4"
    return {"ipVersion": properties.get("ipVersion") or next(versions, default)}


@side_effects.register(FIREWALL_RULES)
def _activate_firewall(inventory: Inventory, request: ChangeRequest, rule: Resource, values: Properties | None) -> None:
    if values and rule.properties is None:
        inventory.store.change(request, ancestor(inventory, rule, NICS), {"firewallActive": True})
