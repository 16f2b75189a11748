"""LANs, NICs, load balancers and private cross connects."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.addresses import is_ipv4, lan_network, lan_user
from ionoscloud.emulator.rules.datacenters import count_version
from ionoscloud.emulator.rules.ipv6 import (
    assign_lan_block,
    assign_nic_addresses,
    block_keys,
    lan_violations,
    nic_violations,
)
from ionoscloud.emulator.rules.paths import DATACENTERS, LAN_NICS, LANS, LOADBALANCERS, NICS, PCCS
from ionoscloud.emulator.rules.securitygroups import membership_keys
from ionoscloud.emulator.rules.shared import ancestor, free_addresses, private_address
from ionoscloud.emulator.rules.tables import (
    computed_properties,
    defaults_on_create,
    delete_blockers,
    id_generators,
    index_keys,
    side_effects,
    validators,
)
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations

HOSTS = range(10, 255)  # last numbers of the addresses in the IPv4 block of a LAN that NICs get
FIRST_PCI_SLOT = 6  # as in responses of the API


@id_generators.register(LANS)
def _next_lan_number(inventory: Inventory, path: str, values: Properties) -> str:
    datacenter = inventory.store.resource(path.rpartition("/")[0])
    lans = inventory.store.members(path, datacenter.contract) if datacenter else ()
    return str(max((int(lan.id) for lan in lans), default=0) + 1)


@index_keys.register(LANS)
def _lan_keys(lan: Resource, planned: Properties) -> Keys:
    return {("pcc", planned.get("pcc")): 0, **block_keys(planned)}


@validators.register(LANS)
def _validate_lan(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    pcc = values.get("pcc")
    if pcc and not inventory.store.is_visible(f"{PCCS}/{pcc}", resource.contract):
        yield "pcc", f"Private cross connect '{pcc}' does not exist"
    if planned.get("pcc") and planned.get("public"):
        yield "pcc", "A public LAN cannot join a private cross connect"
    was_public, is_public = (bool(properties.get("public")) for properties in (resource.planned(), planned))
    if was_public != is_public and (user := lan_user(inventory, resource)):
        yield "public", f"The LAN has to stay {'public' if was_public else 'private'}, since it is in use by {user}"
    yield from lan_violations(inventory, resource, values)


@side_effects.register(LANS)
def _change_lan(inventory: Inventory, request: ChangeRequest, lan: Resource, values: Properties | None) -> None:
    count_version(inventory, request, lan, values)
    if values and "ipv6CidrBlock" in values:
        assign_lan_block(inventory, request, lan)


@computed_properties.register(LANS)
def _compute_ipv4_block(inventory: Inventory, lan: Resource, view: JsonObject) -> JsonObject:
    return {"ipv4CidrBlock": None if view["properties"]["public"] else f"{lan_network(lan.path)}.0/24"}


@delete_blockers.register(LANS)
def _lan_blocker(inventory: Inventory, resource: Resource) -> str | None:
    nics = inventory.store.with_key((LAN_NICS, f"{resource.path}/nics"), resource.contract)
    if connected := next((nic for nic in nics if nic.will_exist()), None):
        return f"NIC {connected.id} is connected to it"
    user = lan_user(inventory, resource)
    return user and f"It is in use by {user}"


@index_keys.register(NICS)
def _nic_keys(nic: Resource, planned: Properties) -> Keys:
    addresses: Keys = {(key, address): 0 for address in planned.get("ips") or () for key in ("ip", "address")}
    lan = _lan_path(nic, planned.get("lan"))
    in_lan: Keys = {("ip in", lan, address): 0 for address in planned.get("ips") or ()}
    return {**addresses, **in_lan, **block_keys(planned), **membership_keys(nic, planned)}


def _lan_path(nic: Resource, number: Any) -> str:
    return f"{'/'.join(nic.path.split('/')[:3])}/lans/{number}"


@defaults_on_create.register(NICS)
def _nic_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    path = _lan_path(resource, values["lan"])
    lan = inventory.store.resource(path)
    mac = ":".join(f"{byte:02x}" for byte in (2, 1, *inventory.store.random.randbytes(4)))
    ips = values.get("ips")
    if not ips:
        is_public = lan and lan.planned().get("public")
        ips = free_addresses(inventory, 1) if is_public else [_free_address(inventory, path, resource)]
    nics = inventory.store.members(resource.path.rpartition("/")[0], resource.contract)
    slots = [nic.planned().get("pciSlot") or 0 for nic in nics]
    return {**values, "mac": mac, "ips": ips, "pciSlot": max([FIRST_PCI_SLOT - 1, *slots]) + 1}


def _free_address(inventory: Inventory, lan: str, nic: Resource) -> str:
    """Return an address in the block of a private LAN, or a random one if the block has no free address."""
    network, start = lan_network(lan), crc32(nic.path.encode())  # another start for each NIC keeps the search short
    hosts = (f"{network}.{HOSTS[number % len(HOSTS)]}" for number in range(start, start + len(HOSTS)))
    free = (host for host in hosts if not inventory.store.has_key(("ip in", lan, host)))
    return next(free, None) or private_address(inventory, "10")


@validators.register(NICS)
def _validate_nic(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    if planned["lan"] < 1:
        yield "lan", "The number of a LAN has to be 1 or more"
    for address in values.get("ips") or ():
        if not is_ipv4(address):
            yield "ips", f"'{address}' is not an IPv4 address"
    yield from nic_violations(inventory, resource, values, planned)


@side_effects.register(NICS)
def _change_nic(inventory: Inventory, request: ChangeRequest, nic: Resource, values: Properties | None) -> None:
    """Create the LAN of a NIC if it does not exist, and give the NIC addresses of the LAN."""
    store = inventory.store
    if values is None:
        return
    if "lan" in values and not store.resource(path := _lan_path(nic, values["lan"])):
        lan = store.add(path.rpartition("/")[0], str(values["lan"]), LANS, contract=nic.contract)
        store.change(request, lan, {"name": "", "ipFailover": [], "public": False})
    assign_nic_addresses(inventory, request, nic)


@defaults_on_create.register(LOADBALANCERS)
def _loadbalancer_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    return {**values, "ip": values.get("ip") or private_address(inventory, "10")}


@computed_properties.register(PCCS)
def _compute_peers(inventory: Inventory, resource: Resource, view: JsonObject) -> JsonObject:
    contract = resource.contract
    peers: list[JsonObject] = []
    for lan in inventory.store.with_key(("pcc", resource.id), contract):
        datacenter = ancestor(inventory, lan, DATACENTERS)
        properties = datacenter.planned()
        peers.append(
            {
                "id": lan.id,
                "name": lan.planned()["name"],
                "datacenterId": datacenter.id,
                "datacenterName": properties["name"],
                "location": properties["location"],
            }
        )
    locations = {peer["location"] for peer in peers}
    connectable = [
        {"id": item["id"], **{name: item["properties"][name] for name in ("name", "location")}}
        for _, item in inventory.scan(DATACENTERS, contract)
        if not locations or item["properties"]["location"] in locations
    ]
    return {"peers": peers, "connectableDatacenters": connectable}


@delete_blockers.register(PCCS)
def _pcc_blocker(inventory: Inventory, resource: Resource) -> str | None:
    peers = _compute_peers(inventory, resource, {})["peers"]
    return f"LAN {peers[0]['id']} of data center {peers[0]['datacenterId']} is connected to it" if peers else None
