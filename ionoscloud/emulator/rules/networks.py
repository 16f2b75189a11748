"""LANs, NICs, firewall rules, load balancers and private cross connects."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING, Any

from ionoscloud.emulator.rules.paths import DATACENTERS, FIREWALL_RULES, LANS, LOADBALANCERS, NICS, PCCS
from ionoscloud.emulator.rules.shared import above, free_addresses, private_address
from ionoscloud.emulator.rules.tables import (
    Fault,
    Values,
    View,
    born,
    consequences,
    derived,
    faults,
    identifiers,
    indexed,
    obstacles,
    register,
)
from ionoscloud.emulator.store import Keys, Request, Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


@register(identifiers, LANS)
def _next_lan(inventory: Inventory, path: str, values: Values) -> str:
    datacenter = inventory.store.resource(path.rpartition("/")[0])
    lans = inventory.store.members(path, datacenter.contract or 0) if datacenter else ()
    return str(max((int(lan.id) for lan in lans), default=0) + 1)


@register(indexed, LANS)
def _lan_keys(lan: Resource, planned: Values) -> Keys:
    return {("pcc", planned.get("pcc")): 0}


@register(faults, LANS)
def _lan_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    pcc = values.get("pcc")
    if pcc and not inventory.store.find(f"{PCCS}/{pcc}", resource.contract or 0):
        yield "pcc", f"There is no private cross connect '{pcc}'"
    if planned.get("pcc") and planned.get("public"):
        yield "pcc", "A public LAN cannot join a private cross connect"


@register(obstacles, LANS)
def _lan_in_use(inventory: Inventory, resource: Resource) -> str | None:
    kind = inventory.below(resource.kind, "nics")
    assert kind
    nics = inventory.members(f"{resource.path}/nics", kind, resource.contract or 0)
    return next((f"NIC {nic.id} is on it" for nic, _ in nics if nic.will_exist()), None)


@register(indexed, NICS)
def _nic_keys(nic: Resource, planned: Values) -> Keys:
    return {(key, address): 0 for address in planned.get("ips") or () for key in ("ip", "address")}


@register(born, NICS)
def _new_nic(inventory: Inventory, resource: Resource, values: View) -> Values:
    chance = inventory.store.random
    lan = inventory.properties(f"{above(inventory, resource, 3).path}/lans/{values['lan']}")
    mac = ":".join(f"{number:02x}" for number in (2, 1, *chance.randbytes(4)))
    ips = values.get("ips") or (
        free_addresses(inventory, 1) if lan.get("public") else [private_address(inventory, "10")]
    )
    return {**values, "mac": mac, "ips": ips}


@register(faults, NICS)
def _nic_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    if planned["lan"] < 1:
        yield "lan", "The number of a LAN is 1 or more"
    for address in values.get("ips") or ():
        if not _is_ipv4(address):
            yield "ips", f"'{address}' is no IPv4 address"


@register(consequences, NICS)
def _make_lan(inventory: Inventory, request: Request, nic: Resource, values: Values | None) -> None:
    """A NIC on a LAN that is not there yet brings it along."""
    lans, store = f"{above(inventory, nic, 3).path}/lans", inventory.store
    if values and "lan" in values and not store.resource(f"{lans}/{values['lan']}"):
        lan = store.add(lans, str(values["lan"]), inventory.kind(LANS), contract=nic.contract)
        store.change(request, lan, {"name": "", "ipFailover": [], "public": False})


def _is_ipv4(text: Any) -> bool:
    try:
        return isinstance(ip_address(text), IPv4Address)
    except ValueError:
        return False


@register(faults, FIREWALL_RULES)
def _firewall_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    protocol, start, end = (planned.get(name) for name in ("protocol", "portRangeStart", "portRangeEnd"))
    if (start or end) and protocol not in ("TCP", "UDP"):
        yield "portRangeStart", f"The protocol {protocol} has no ports"
    elif bool(start) != bool(end) or (start and end and start > end):
        yield "portRangeEnd", "The range of ports needs a start and an end that is not below it"
    for name in ("icmpType", "icmpCode"):
        if planned.get(name) is not None and protocol != "ICMP":
            yield name, f"The protocol {protocol} has no {name}"


@register(consequences, FIREWALL_RULES)
def _switch_firewall_on(inventory: Inventory, request: Request, rule: Resource, values: Values | None) -> None:
    if values and rule.properties is None:
        inventory.store.change(request, above(inventory, rule, 7), {"firewallActive": True})


@register(born, LOADBALANCERS)
def _new_loadbalancer(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {**values, "ip": values.get("ip") or private_address(inventory, "10")}


@register(derived, PCCS)
def _of_pcc(inventory: Inventory, resource: Resource, view: View) -> View:
    contract = resource.contract or 0
    peers: list[View] = []
    for lan in inventory.store.having(("pcc", resource.id), contract):
        datacenter = above(inventory, lan, 3)
        of_datacenter = datacenter.planned()
        about = {"datacenterId": datacenter.id, "datacenterName": of_datacenter["name"]}
        peers.append({"id": lan.id, "name": lan.planned()["name"], **about})
        peers[-1]["location"] = of_datacenter["location"]
    locations = {peer["location"] for peer in peers}
    connectable = [
        {"id": item["id"], **{name: item["properties"][name] for name in ("name", "location")}}
        for _, item in inventory.everything(DATACENTERS, contract)
        if not locations or item["properties"]["location"] in locations
    ]
    return {"peers": peers, "connectableDatacenters": connectable}


@register(obstacles, PCCS)
def _pcc_in_use(inventory: Inventory, resource: Resource) -> str | None:
    peers = _of_pcc(inventory, resource, {})["peers"]
    return f"LAN {peers[0]['id']} of data center {peers[0]['datacenterId']} has joined it" if peers else None
