"""IPv6 blocks: a data center has a `/56`, its LANs have a `/64` each if they use IPv6, and their NICs a `/80` each."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network
from zlib import crc32

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.paths import DATACENTERS, LAN_NICS
from ionoscloud.emulator.rules.shared import ancestor
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import Keys, Properties, Violations

BLOCK = "ipv6CidrBlock"
AUTO = "AUTO"  # the value with which a LAN lets the API choose its block
LAN_PREFIX, NIC_PREFIX = 64, 80
MAX_ADDRESSES = 50  # of a NIC


def block_keys(planned: Properties) -> Keys:
    """Return the key by which the IPv6 block of a resource is known to be taken."""
    return {("ipv6", planned[BLOCK]): 0} if planned.get(BLOCK) else {}


def free_blocks(inventory: Inventory, resource: Resource, network: IPv6Network, prefix: int) -> Iterator[str]:
    """Return the blocks of a network that no resource has.

    Each resource starts its search at another block, so that the search is short and its result is repeatable.
    """
    count, start = 1 << (prefix - network.prefixlen), crc32(resource.path.encode())
    for number in range(start, start + count):
        block = IPv6Network((int(network.network_address) + (number % count << (128 - prefix)), prefix))
        if not inventory.store.has_key(("ipv6", str(block))):
            yield str(block)


def lan_violations(inventory: Inventory, lan: Resource, values: Properties) -> Violations:
    """Yield violations in the IPv6 block of a LAN."""
    if not (block := values.get(BLOCK)):
        return
    found: str | None = ancestor(inventory, lan, DATACENTERS).planned().get(BLOCK)
    if not found:  # it is from a state of an emulator without IPv6
        yield BLOCK, "The data center does not support IPv6"
    elif block != AUTO:
        yield from _block_violations(inventory, lan, block, IPv6Network(found), LAN_PREFIX, "the data center")
    elif not _block_before(lan) and not any(free_blocks(inventory, lan, IPv6Network(found), LAN_PREFIX)):
        yield BLOCK, f"All blocks of the data center, {found}, are in use"


def nic_violations(inventory: Inventory, nic: Resource, values: Properties, planned: Properties) -> Violations:
    """Yield violations in the IPv6 block and addresses of a NIC."""
    network = _network_of_lan(inventory, nic, planned)
    if not network:
        names = (name for name in (BLOCK, "ipv6Ips", "dhcpv6") if values.get(name))
        yield from ((name, f"LAN {planned['lan']} has no IPv6 block") for name in names)
        return
    if values.get(BLOCK):
        yield from _block_violations(inventory, nic, values[BLOCK], network, NIC_PREFIX, f"LAN {planned['lan']}")
    addresses = values.get("ipv6Ips") or ()
    if len(addresses) > MAX_ADDRESSES:
        yield "ipv6Ips", f"A NIC can have at most {MAX_ADDRESSES} IPv6 addresses"
    block = _nic_block(network, planned)
    for address in addresses:
        if not _is_ipv6(address):
            yield "ipv6Ips", f"'{address}' is not an IPv6 address"
        elif not block or IPv6Address(address) not in block:
            yield "ipv6Ips", f"'{address}' is not in the IPv6 block of the NIC{f', {block}' if block else ''}"


def _block_violations(
    inventory: Inventory, resource: Resource, text: str, network: IPv6Network, prefix: int, owner: str
) -> Violations:
    try:
        block = IPv6Network(text)
    except ValueError:
        yield BLOCK, f"'{text}' is not an IPv6 block in CIDR notation"
        return
    if block.prefixlen != prefix or not block.subnet_of(network):
        yield BLOCK, f"'{text}' is not a /{prefix} block inside the block of {owner}, {network}"
        return
    for other in inventory.store.with_key(("ipv6", str(block)), resource.contract):
        if other is not resource and other.will_exist():
            yield BLOCK, f"'{text}' is in use by {inventory.kind(other.template).type} {other.id}"


def assign_lan_block(inventory: Inventory, request: ChangeRequest, lan: Resource) -> None:
    """Replace `AUTO` by a block, and give the NICs of the LAN blocks and addresses that belong to it."""
    block = lan.planned().get(BLOCK)
    if block:
        datacenter = ancestor(inventory, lan, DATACENTERS).planned()
        if block == AUTO:
            chosen = _block_before(lan) or next(free_blocks(inventory, lan, IPv6Network(datacenter[BLOCK]), LAN_PREFIX))
        else:
            chosen = str(IPv6Network(block))
        if chosen != block:
            inventory.store.change(request, lan, {BLOCK: chosen})
    for nic in inventory.store.with_key((LAN_NICS, f"{lan.path}/nics"), lan.contract):
        if nic.will_exist():
            assign_nic_addresses(inventory, request, nic)


def assign_nic_addresses(inventory: Inventory, request: ChangeRequest, nic: Resource) -> None:
    """Give a NIC a block and an address of its LAN, unless it has them. Without IPv6, it has none."""
    planned = nic.planned()
    network = _network_of_lan(inventory, nic, planned)
    wanted: Properties = dict.fromkeys((BLOCK, "ipv6Ips", "dhcpv6"))
    if network:
        block = _nic_block(network, planned) or IPv6Network(next(free_blocks(inventory, nic, network, NIC_PREFIX)))
        given = planned.get("ipv6Ips")
        kept = [str(IPv6Address(each)) for each in given or () if IPv6Address(each) in block]
        dhcp = planned.get("dhcpv6")
        wanted = {
            BLOCK: str(block),
            "ipv6Ips": kept if kept or given == [] else [str(block.network_address + 1)],
            "dhcpv6": True if dhcp is None else dhcp,
        }
    if changed := {name: value for name, value in wanted.items() if planned.get(name) != value}:
        inventory.store.change(request, nic, changed)


def _block_before(lan: Resource) -> str | None:
    """Return the block of a LAN before it is set to `AUTO`."""
    known = [lan.properties or {}, *(change.values or {} for change in lan.pending)]
    return next((each[BLOCK] for each in reversed(known) if each.get(BLOCK, AUTO) != AUTO), None)


def _network_of_lan(inventory: Inventory, nic: Resource, planned: Properties) -> IPv6Network | None:
    """Return the IPv6 block of the LAN of a NIC, if it has one."""
    lan = inventory.store.resource(f"{ancestor(inventory, nic, DATACENTERS).path}/lans/{planned['lan']}")
    block = lan.planned().get(BLOCK) if lan and lan.will_exist() else None
    return IPv6Network(block) if block else None


def _nic_block(network: IPv6Network, planned: Properties) -> IPv6Network | None:
    """Return the block that a NIC has, or else the one with its first address, if it is in the block of the LAN."""
    for text in (planned.get(BLOCK), *(f"{address}/{NIC_PREFIX}" for address in planned.get("ipv6Ips") or ())):
        try:
            block = IPv6Network(text, strict=False)
        except (ValueError, TypeError):
            continue
        if block.subnet_of(network):
            return block
    return None


def _is_ipv6(text: str) -> bool:
    try:
        return bool(IPv6Address(text))
    except ValueError:
        return False
