"""LANs, NICs, firewall rules, load balancers and private cross connects."""

from __future__ import annotations

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.addresses import is_ipv4, lan_user
from ionoscloud.emulator.rules.paths import DATACENTERS, FIREWALL_RULES, LAN_NICS, LANS, LOADBALANCERS, NICS, PCCS
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


@id_generators.register(LANS)
def _next_lan_number(inventory: Inventory, path: str, values: Properties) -> str:
    datacenter = inventory.store.resource(path.rpartition("/")[0])
    lans = inventory.store.members(path, datacenter.contract) if datacenter else ()
    return str(max((int(lan.id) for lan in lans), default=0) + 1)


@index_keys.register(LANS)
def _lan_keys(lan: Resource, planned: Properties) -> Keys:
    return {("pcc", planned.get("pcc")): 0}


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


@delete_blockers.register(LANS)
def _lan_blocker(inventory: Inventory, resource: Resource) -> str | None:
    nics = inventory.store.with_key((LAN_NICS, f"{resource.path}/nics"), resource.contract)
    if connected := next((nic for nic in nics if nic.will_exist()), None):
        return f"NIC {connected.id} is connected to it"
    user = lan_user(inventory, resource)
    return user and f"It is in use by {user}"


@index_keys.register(NICS)
def _nic_keys(nic: Resource, planned: Properties) -> Keys:
    return {(key, address): 0 for address in planned.get("ips") or () for key in ("ip", "address")}


@defaults_on_create.register(NICS)
def _nic_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    lan = inventory.store.resource(f"{ancestor(inventory, resource, DATACENTERS).path}/lans/{values['lan']}")
    mac = ":".join(f"{byte:02x}" for byte in (2, 1, *inventory.store.random.randbytes(4)))
    ips = values.get("ips")
    if not ips:
        is_public = lan and lan.planned().get("public")
        ips = free_addresses(inventory, 1) if is_public else [private_address(inventory, "10")]
    return {**values, "mac": mac, "ips": ips}


@validators.register(NICS)
def _validate_nic(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    if planned["lan"] < 1:
        yield "lan", "The number of a LAN has to be 1 or more"
    for address in values.get("ips") or ():
        if not is_ipv4(address):
            yield "ips", f"'{address}' is not an IPv4 address"


@side_effects.register(NICS)
def _create_missing_lan(inventory: Inventory, request: ChangeRequest, nic: Resource, values: Properties | None) -> None:
    """Create the LAN of a NIC if it does not exist."""
    lans, store = f"{ancestor(inventory, nic, DATACENTERS).path}/lans", inventory.store
    if values and "lan" in values and not store.resource(f"{lans}/{values['lan']}"):
        lan = store.add(lans, str(values["lan"]), LANS, contract=nic.contract)
        store.change(request, lan, {"name": "", "ipFailover": [], "public": False})


@validators.register(FIREWALL_RULES)
def _validate_firewall_rule(
    inventory: Inventory, resource: Resource, values: Properties, planned: Properties
) -> Violations:
    protocol, start, end = (planned.get(name) for name in ("protocol", "portRangeStart", "portRangeEnd"))
    if (start or end) and protocol not in ("TCP", "UDP"):
        yield "portRangeStart", f"The protocol {protocol} has no ports"
    elif bool(start) != bool(end) or (start and end and start > end):
        yield "portRangeEnd", "A port range needs a start and an end, and the end cannot be below the start"
    for name in ("icmpType", "icmpCode"):
        if planned.get(name) is not None and protocol != "ICMP":
            yield name, f"The protocol {protocol} has no {name}"


@side_effects.register(FIREWALL_RULES)
def _activate_firewall(inventory: Inventory, request: ChangeRequest, rule: Resource, values: Properties | None) -> None:
    if values and rule.properties is None:
        inventory.store.change(request, ancestor(inventory, rule, NICS), {"firewallActive": True})


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
