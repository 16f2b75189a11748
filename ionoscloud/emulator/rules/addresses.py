"""Addresses and LANs, and the NICs, nodes, gateways and load balancers that use them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from ipaddress import IPv4Address, IPv4Interface, ip_address, ip_interface, ip_network
from typing import Any
from zlib import crc32

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.paths import (
    APPLICATION_BALANCERS,
    CLUSTERS,
    DATACENTERS,
    IPBLOCKS,
    NAT_GATEWAYS,
    NETWORK_BALANCERS,
    NICS,
    NODEPOOLS,
    NODES,
)
from ionoscloud.emulator.rules.shared import ancestor, private_address, remains
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import Violations

# Not `is_private`, which includes the networks for documentation that public addresses are from.
PRIVATE_NETWORKS = [*map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))]
ADDRESS_USERS = {
    NICS: "NIC",
    NODES: "node pool",
    CLUSTERS: "cluster",
    NAT_GATEWAYS: "NAT gateway",
    NETWORK_BALANCERS: "network load balancer",
    APPLICATION_BALANCERS: "application load balancer",
}


def is_ipv4(text: Any) -> bool:
    try:
        return isinstance(ip_address(text), IPv4Address)
    except ValueError:
        return False


def is_private(text: str) -> bool:
    """Return whether text is an IPv4 address of a private network."""
    return is_ipv4(text) and any(ip_address(text) in network for network in PRIVATE_NETWORKS)


def is_private_interface(text: str, prefix_required: bool) -> bool:
    """Return whether text is an IPv4 address of a private network, with the length of its prefix."""
    try:
        interface = ip_interface(text)
    except ValueError:
        return False
    has_prefix = "/" in text or not prefix_required
    return has_prefix and isinstance(interface, IPv4Interface) and is_private(str(interface.ip))


def is_network(text: str) -> bool:
    """Return whether text is an IPv4 network in CIDR notation. Its address can have bits after the prefix."""
    try:
        return "/" in text and ip_network(text, strict=False).version == 4
    except ValueError:
        return False


def lan_key(resource: Resource, number: int) -> Hashable:
    """Return the key of the gateways and balancers on a LAN, by a resource of the same data center."""
    return "on LAN", f"{'/'.join(resource.path.split('/')[:3])}/lans/{number}"


def find_lan(inventory: Inventory, resource: Resource, number: int) -> Resource | None:
    """Return the LAN with a number in the data center of a resource."""
    lan = inventory.store.resource(f"{ancestor(inventory, resource, DATACENTERS).path}/lans/{number}")
    return lan if lan and lan.will_exist() else None


def lan_user(inventory: Inventory, lan: Resource) -> str | None:
    """Return the name of a gateway or balancer on a LAN."""
    users = inventory.store.with_key(("on LAN", lan.path), lan.contract)
    return next((address_user_name(inventory, user) for user in users if remains(inventory, user)), None)


def lan_network(lan: str) -> str:
    """Return the private network of the LAN at a path, such as `10.7.222`. Other LANs of the data center differ."""
    datacenter, _, number = lan.rpartition("/lans/")
    high, low = divmod((crc32(datacenter.encode()) + int(number)) % 0x10000, 0x100)
    return f"10.{high}.{low}"


def lan_interface(inventory: Inventory, lan: Resource) -> str:
    """Return a random address on a private LAN, with the length of its prefix."""
    return f"{private_address(inventory, lan_network(lan.path))}/24"


def address_users(inventory: Inventory, address: str, contract: int | None) -> Iterator[Resource]:
    """Return the resources that have an address."""
    for key in ("ip", "node"):
        yield from inventory.store.with_key((key, address), contract)


def address_user_name(inventory: Inventory, user: Resource) -> str:
    """Return how messages name a resource that has an address."""
    named = ancestor(inventory, user, NODEPOOLS) if user.template == NODES else user
    return f"{ADDRESS_USERS[user.template]} {named.id}"


def reserved_address_violations(
    inventory: Inventory, resource: Resource, name: str, addresses: Collection[str], location: str
) -> Violations:
    """Validate public addresses of a resource: IP blocks in its location have them, and no other resource."""
    for address in addresses:
        found = inventory.store.with_key(("address", address), resource.contract)
        blocks = (each for each in found if each.template == IPBLOCKS and each.will_exist())
        others = (each for each in address_users(inventory, address, resource.contract) if each is not resource)
        if not any(block.planned()["location"] == location for block in blocks):
            yield name, f"'{address}' is not a reserved IP address in {location}"
        elif user := next((each for each in others if remains(inventory, each)), None):
            yield name, f"{address} is in use by {address_user_name(inventory, user)}"


def removed_address_violations(
    inventory: Inventory, resource: Resource, name: str, addresses: Collection[str]
) -> Violations:
    """Validate that no rule of a gateway or balancer uses an address that it no longer has."""
    for address in resource.planned().get(name) or ():
        rules = inventory.store.with_key(("rule on", resource.path, address), resource.contract)
        if address not in addresses and (rule := next((each for each in rules if each.will_exist()), None)):
            yield name, f"{address} is in use by rule {rule.id}"
