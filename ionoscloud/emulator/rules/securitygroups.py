"""Security groups, and the servers and NICs that are members of them.

A server or NIC stores the ids of its groups in a property that no version of the API has. So a change of the list is a
change of the server or NIC, and v5, which does not have security groups, keeps the list.
"""

from __future__ import annotations

from collections.abc import Iterator

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.contracts import count_violations
from ionoscloud.emulator.rules.paths import (
    DATACENTERS,
    NIC_SECURITY_GROUPS,
    NICS,
    SECURITY_GROUP_RULES,
    SECURITY_GROUPS,
    SERVER_SECURITY_GROUPS,
    SERVERS,
)
from ionoscloud.emulator.rules.shared import ancestor
from ionoscloud.emulator.rules.tables import actions, computed_collections, validators
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations

MEMBERSHIPS = "securityGroups"  # the property with the ids of the groups of a server or NIC


@validators.register(SECURITY_GROUPS)
def _validate_group(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    return count_violations(inventory, resource, "securityGroupsPerVdc", "security groups per data center")


@validators.register(SERVER_SECURITY_GROUPS, NIC_SECURITY_GROUPS)
def _validate_memberships(
    inventory: Inventory, resource: Resource, values: Properties, planned: Properties
) -> Violations:
    for identifier in values["ids"]:
        if not find_group(inventory, resource, identifier):
            yield "ids", f"Security group '{identifier}' does not exist in the data center"
    limit = catalogue.LIMITS["securityGroupsPerResource"]
    if len({*values["ids"]}) > limit:
        yield "ids", f"The contract's limit of {limit} security groups per server or NIC is exceeded"


@actions.register(SERVER_SECURITY_GROUPS, NIC_SECURITY_GROUPS)
def _set_memberships(inventory: Inventory, request: ChangeRequest, resource: Resource, values: Properties) -> None:
    inventory.store.change(request, resource, {MEMBERSHIPS: [*dict.fromkeys(values["ids"])]})


def default_memberships(inventory: Inventory, server: Resource) -> Properties:
    """Return the groups of a new server: the default group of the data center, if it has one.

    The vendor's documentation says this of servers. Their NICs inherit the rules without being members themselves.
    """
    group = default_group(inventory, ancestor(inventory, server, DATACENTERS))
    return {MEMBERSHIPS: [group.id]} if group else {}


def membership_keys(resource: Resource, planned: Properties) -> Keys:
    """Return the keys by which a group finds the servers and NICs that are its members."""
    return {("member of", _group_path(resource, identifier)): 0 for identifier in planned.get(MEMBERSHIPS) or ()}


@computed_collections.register(SERVER_SECURITY_GROUPS, NIC_SECURITY_GROUPS)
def _groups_of_member(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    """Return the groups of a server or NIC, without those that were deleted in the meantime."""
    member = inventory.store.resource(path.rpartition("/")[0])
    assert member
    for identifier in member.planned().get(MEMBERSHIPS) or ():
        if found := inventory.look_up(_group_path(member, identifier), contract):
            yield found[1]


@computed_collections.register(f"{SECURITY_GROUPS}/{{}}/servers", f"{SECURITY_GROUPS}/{{}}/nics")
def _members_of_group(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    group, _, name = path.rpartition("/")
    template = SERVERS if name == "servers" else NICS
    for member in inventory.store.with_key(("member of", group), contract):
        if member.template == template and (found := inventory.find(member.path, contract, inventory.kind(template))):
            yield found[1]


def find_group(inventory: Inventory, resource: Resource, identifier: str | None) -> Resource | None:
    """Return a security group of the data center that a resource is, or is in; None if it does not exist."""
    group = inventory.store.resource(_group_path(resource, identifier)) if identifier else None
    return group if group and group.will_exist() else None


def _group_path(resource: Resource, identifier: str) -> str:
    return f"{'/'.join(resource.path.split('/')[:3])}/securitygroups/{identifier}"


def default_group(inventory: Inventory, datacenter: Resource) -> Resource | None:
    """Return the default security group of a data center, if it has one."""
    return find_group(inventory, datacenter, datacenter.planned().get("defaultSecurityGroupId"))


def default_group_violations(inventory: Inventory, datacenter: Resource, values: Properties) -> Violations:
    """Yield violations in the properties of a data center that are about its default group."""
    identifier = values.get("defaultSecurityGroupId")
    if identifier and values.get("createDefaultSecurityGroup"):
        yield "createDefaultSecurityGroup", "Cannot be combined with defaultSecurityGroupId"
    elif identifier and not find_group(inventory, datacenter, identifier):
        yield "defaultSecurityGroupId", f"Security group '{identifier}' does not exist in the data center"


def create_default_group(inventory: Inventory, request: ChangeRequest, datacenter: Resource) -> None:
    """Create the default group of a data center, unless it has one, with the rules in the vendor's documentation."""
    if default_group(inventory, datacenter):
        return
    store, contract, block = inventory.store, datacenter.contract, datacenter.planned().get("ipv6CidrBlock")
    group = store.add(f"{datacenter.path}/securitygroups", store.new_id(), SECURITY_GROUPS, contract=contract)
    store.change(request, group, {"name": "Default security group", "description": ""})
    for name, values in {
        "IPv4 out": {"type": "EGRESS", "ipVersion": "IPv4"},
        "IPv6 out": {"type": "EGRESS", "ipVersion": "IPv6"},
        "IPv4 in": {"type": "INGRESS", "ipVersion": "IPv4", "sourceIp": "10.0.0.0/24"},
        **({"IPv6 in": {"type": "INGRESS", "ipVersion": "IPv6", "sourceIp": block}} if block else {}),
    }.items():
        rule = store.add(f"{group.path}/rules", store.new_id(), SECURITY_GROUP_RULES, contract=contract)
        store.change(request, rule, {"name": name, "protocol": "ANY", **values})
    store.change(request, datacenter, {"defaultSecurityGroupId": group.id})


def forget_default_group(inventory: Inventory, request: ChangeRequest, group: Resource) -> None:
    """Leave a data center without default, if a group that is deleted is its default.

    No document says that a group in use cannot be deleted, so its members leave it.
    """
    datacenter = ancestor(inventory, group, DATACENTERS)
    if datacenter.planned().get("defaultSecurityGroupId") == group.id:
        inventory.store.change(request, datacenter, {"defaultSecurityGroupId": None})
