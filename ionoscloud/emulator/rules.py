"""What single kinds of resources do beyond what the document says: their refusals, and what the API fills in.

Everything is filed under the template of a collection (or of a path, for answers), in the tables below.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import partial
from ipaddress import IPv4Address, ip_address
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.document import missing
from ionoscloud.emulator.messages import NOT_FOUND, ApiError
from ionoscloud.emulator.store import Keys, Request, Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory

Values = Mapping[str, Any]
View = dict[str, Any]
Fault = tuple[str, str]  # a property and what is wrong with it
F = TypeVar("F", bound=Callable[..., Any])

DATACENTERS = "/datacenters"
SERVERS = "/datacenters/{}/servers"
VOLUMES = "/datacenters/{}/volumes"
LANS = "/datacenters/{}/lans"
NICS = "/datacenters/{}/servers/{}/nics"
FIREWALL_RULES = "/datacenters/{}/servers/{}/nics/{}/firewallrules"
LOADBALANCERS = "/datacenters/{}/loadbalancers"
SERVER_VOLUMES = "/datacenters/{}/servers/{}/volumes"
CDROMS = "/datacenters/{}/servers/{}/cdroms"
IMAGES, SNAPSHOTS, IPBLOCKS, PCCS, BACKUPUNITS = "/images", "/snapshots", "/ipblocks", "/pccs", "/backupunits"
CLUSTERS, NODEPOOLS, NODES = "/k8s", "/k8s/{}/nodepools", "/k8s/{}/nodepools/{}/nodes"
USERS, GROUPS, S3KEYS = "/um/users", "/um/groups", "/um/users/{}/s3keys"
GROUP_USERS, GROUP_SHARES = "/um/groups/{}/users", "/um/groups/{}/shares"
LABELLED = (DATACENTERS, SERVERS, VOLUMES, SNAPSHOTS, IPBLOCKS)
LABELS = tuple(f"{template}/{{}}/labels" for template in LABELLED)
SHAREABLE = (DATACENTERS, IMAGES, SNAPSHOTS, IPBLOCKS, PCCS, BACKUPUNITS, CLUSTERS)

faults: dict[str, Callable[[Inventory, Resource, Values, Values], Iterable[Fault]]] = {}
"""Of values that are to be set: called with the resource, the values, and all the properties as they would be.

For a collection of what lives elsewhere, of the resource that is to be attached."""
born: dict[str, Callable[[Inventory, Resource, View], Values]] = {}
"""What the properties of a new resource are, made from the values that it is created with."""
identifiers: dict[str, Callable[[Inventory, str, Values], str]] = {}
"""Ids that are no UUID."""
consequences: dict[str, Callable[[Inventory, Request, Resource, Values | None], None]] = {}
"""Changes of other resources that come with one; its values are None when it is deleted."""
obstacles: dict[str, Callable[[Inventory, Resource], str | None]] = {}
"""Why a resource cannot be deleted now."""
derived: dict[str, Callable[[Inventory, Resource, View], View]] = {}
"""Properties that are made from other resources whenever somebody looks."""
made_up: dict[str, Callable[[Inventory, str, int], Iterator[View]]] = {}
"""Collections that are made from others whenever somebody looks."""
shortened = frozenset({"/um/users/{}/groups"})
"""Collections whose list has less of each member than the resource above it shows of them."""
indexed: dict[str, Callable[[Resource, Values], Keys]] = {}
"""The keys that a resource is found by, made from its properties, and what it adds to the total of each."""
answers: dict[str, Callable[[Inventory, str, int], Any]] = {}
"""Paths that lead to no resource."""
actions: dict[str, Callable[[Inventory, Request, Resource, Values], Resource | None]] = {}
"""What a POST to a resource does; with the resource that the answer shows, if it shows one."""


FIRST = ("lans", "volumes", "servers")
"""Entities of one body that others in it refer to; a NIC names a LAN by its number."""


def rank(entity: str) -> int:
    """Where an entity comes in the order in which those of a body are created."""
    return FIRST.index(entity) if entity in FIRST else len(FIRST)


def _is_new(request: Request, resource: Resource) -> bool:
    """Whether a request creates a resource."""
    return resource.properties is None and all(change.request is request for change in resource.pending)


def _for(table: dict[str, Any], *templates: str) -> Callable[[F], F]:
    def file(function: F) -> F:
        table.update(dict.fromkeys(templates, function))
        return function

    return file


# Data centers, locations, contracts


@_for(faults, DATACENTERS, IPBLOCKS)
def _in_a_location(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    if planned.get("location") not in catalogue.LOCATIONS:
        yield "location", f"Location '{planned.get('location')}' does not exist"
    if resource.kind.template == IPBLOCKS and "size" in values:
        if values["size"] < 1:
            yield "size", "The number of IP addresses has to be 1 or more"
        yield from _beyond_contract(
            inventory, resource, "size", values["size"], "reservedIpsOnContract", "IP addresses"
        )


@_for(born, DATACENTERS)
def _new_datacenter(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {**values, "version": None, "features": []}  # until it is there


@_for(consequences, DATACENTERS, VOLUMES, LANS, LOADBALANCERS)
def _count_versions(inventory: Inventory, request: Request, resource: Resource, values: Values | None) -> None:
    """A data center counts its changes and the changes in it, from its creation on."""
    datacenter = inventory.store.resource("/".join(resource.path.split("/")[:3]))
    if datacenter is resource and _is_new(request, resource):
        inventory.store.change(request, resource, {"version": 1, "features": [*catalogue.FEATURES]}, late=True)
    elif datacenter is resource and values is None:
        for pool in inventory.store.having(("pool in", resource.id), resource.contract or 0):
            if pool.will_exist():  # its own deletion can be under way
                inventory.store.change(request, pool, None)
    elif datacenter and datacenter.properties is not None:
        inventory.store.undo.append(partial(setattr, datacenter, "properties", datacenter.properties))
        datacenter.properties = {**datacenter.properties, "version": datacenter.properties["version"] + 1}


@_for(answers, "/contracts")
def _contract(inventory: Inventory, path: str, contract: int) -> View:
    properties = {"contractNumber": contract, "owner": inventory.store.user, "status": "BILLABLE"}
    uses = {name: inventory.store.total((name, contract)) for name in LIMITED}
    addresses = [ip for block in inventory.store.members(IPBLOCKS, contract) for ip in block.planned()["ips"]]
    uses["reservedIpsInUse"] = sum(
        any(inventory.store.having((key, ip), contract) for key in ("ip", "node")) for ip in {*addresses}
    )
    limits = {**catalogue.LIMITS, **uses}
    return {"type": "contract", "properties": {**properties, "regDomain": "ionos.de", "resourceLimits": limits}}


@_for(indexed, SERVERS)
def _server_keys(server: Resource, planned: Values) -> Keys:
    return {
        ("coresProvisioned", server.contract): int(planned.get("cores") or 0),
        ("ramProvisioned", server.contract): int(planned.get("ram") or 0),
    }


@_for(indexed, NODEPOOLS)
def _pool_keys(pool: Resource, planned: Values) -> Keys:
    return {
        ("coresProvisioned", pool.contract): planned["nodeCount"] * planned["coresCount"],
        ("ramProvisioned", pool.contract): planned["nodeCount"] * planned["ramSize"],
        _storage(pool, planned["storageType"]): planned["nodeCount"] * planned["storageSize"] * 1024,
        ("pool in", planned["datacenterId"]): 0,
    }


@_for(indexed, VOLUMES)
def _volume_keys(volume: Resource, planned: Values) -> Keys:
    return {_storage(volume, planned.get("type")): int(planned.get("size") or 0) * 1024}


def _storage(resource: Resource, type: Any) -> Hashable:
    """The key of the total that storage of a type counts in."""
    return f"{'ssd' if type in SOLID_STATE else 'hdd'}VolumeProvisioned", resource.contract


@_for(indexed, IPBLOCKS)
def _ipblock_keys(block: Resource, planned: Values) -> Keys:
    taken: Keys = {("address", address): 0 for address in planned.get("ips") or ()}
    return {("reservedIpsOnContract", block.contract): int(planned.get("size") or 0), **taken}


@_for(indexed, CLUSTERS)
def _cluster_keys(cluster: Resource, planned: Values) -> Keys:
    return {("k8sClustersProvisioned", cluster.contract): 1}


@_for(indexed, IMAGES)
def _image_keys(image: Resource, planned: Values) -> Keys:
    keys: list[Hashable] = [("alias", alias) for alias in planned.get("imageAliases") or ()]
    return dict.fromkeys([*keys, ("aliases in", planned.get("location"))] if keys else (), 0)


@_for(indexed, NICS)
def _nic_keys(nic: Resource, planned: Values) -> Keys:
    return {(key, address): 0 for address in planned.get("ips") or () for key in ("ip", "address")}


@_for(indexed, NODES)
def _node_keys(node: Resource, planned: Values) -> Keys:
    return {(key, planned.get("publicIP")): 0 for key in ("node", "address")}


@_for(indexed, LANS)
def _lan_keys(lan: Resource, planned: Values) -> Keys:
    return {("pcc", planned.get("pcc")): 0}


@_for(indexed, USERS)
def _user_keys(user: Resource, planned: Values) -> Keys:
    return {("email", str(planned.get("email")).casefold()): 0}


@_for(indexed, GROUP_SHARES)
def _share_keys(share: Resource, planned: Values) -> Keys:
    """Those of a link to what is shared, so that the store drops both together; only one of the paths exists."""
    return {("to", f"{template}/{quote(share.id, safe='')}"): 0 for template in SHAREABLE}


@_for(indexed, BACKUPUNITS)
def _backupunit_keys(unit: Resource, planned: Values) -> Keys:
    return {("backupunit", planned.get("name")): 0}


LIMITED = {
    "coresProvisioned": "coresPerContract",
    "ramProvisioned": "ramPerContract",
    "hddVolumeProvisioned": "hddLimitPerContract",
    "ssdVolumeProvisioned": "ssdLimitPerContract",
    "reservedIpsOnContract": "reservableIps",
    "k8sClustersProvisioned": "k8sClusterLimitTotal",
}


def _beyond_contract(
    inventory: Inventory, resource: Resource, name: str, more: float, use: str, unit: str
) -> Iterator[Fault]:
    """Whether a contract would use more than it may."""
    limit = catalogue.LIMITS[LIMITED[use]]
    if more > 0 and inventory.store.total((use, resource.contract)) + more > limit:
        yield name, f"The contract's limit of {limit} {unit} is exceeded"


@_for(made_up, "/locations")
def _locations(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    for identifier, name in catalogue.LOCATIONS.items():
        images = inventory.store.having(("aliases in", identifier), contract)
        aliases = {alias for image in images for alias in image.planned()["imageAliases"]}
        features = {"features": [*catalogue.FEATURES], "imageAliases": sorted(aliases)}
        yield {
            "id": identifier,
            "type": "location",
            "href": f"{inventory.store.url}/locations/{identifier}",
            "metadata": {"state": "AVAILABLE"},
            "properties": {"name": name, **features},
        }


@_for(made_up, "/locations/{}")
def _locations_of_region(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    region = path.rpartition("/")[2]
    found = [view for view in _locations(inventory, path, contract) if view["id"].startswith(f"{region}/")]
    if not found:  # as for any other resource that does not exist
        raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
    return iter(found)


# Servers, volumes, snapshots


BOOT = {"bootVolume": "volumes", "bootCdrom": "cdroms"}  # the property, and where what it names is attached


@_for(faults, SERVERS)
def _server_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    present = resource.properties or {}
    for name, per_server, use in (
        ("cores", "coresPerServer", "coresProvisioned"),
        ("ram", "ramPerServer", "ramProvisioned"),
    ):
        wanted, limit = planned.get(name, 0), catalogue.LIMITS[per_server]
        if not 1 <= wanted <= limit:
            yield name, f"A server has 1 to {limit} {name}"
        else:
            yield from _beyond_contract(inventory, resource, name, wanted - present.get(name, 0), use, name)
    if planned.get("ram", 0) % 256:
        yield "ram", "RAM of requested server is not a multiple of 256"
    if (planned.get("cpuFamily") or catalogue.CPU_FAMILIES[0]) not in catalogue.CPU_FAMILIES:
        yield "cpuFamily", f"CPU family has to be one of {', '.join(catalogue.CPU_FAMILIES)}"
    for name in BOOT:
        given = values.get(name)
        if given and name == "bootCdrom" and resource.properties is None:
            yield from _boot_image_faults(inventory, resource, given["id"])
        elif given and not _attached(inventory, resource, name, given):
            yield name, f"{given['id']} is not attached to the server"
    if values.get("bootVolume") and values.get("bootCdrom"):
        yield "bootCdrom", "Only one of bootVolume and bootCdrom can be set"


def _boot_image_faults(inventory: Inventory, server: Resource, identifier: str) -> Iterator[Fault]:
    """What is wrong with the image that a new server has in its drive, which is not attached before."""
    image = inventory.store.find(f"{IMAGES}/{identifier}", server.contract or 0)
    if image is None:
        yield "bootCdrom", f"There is no image '{identifier}'"
    elif image[1]["properties"]["imageType"] != "CDROM":
        yield "bootCdrom", f"Image {identifier} is no CD-ROM"


@_for(faults, CDROMS)
def _cdrom_faults(inventory: Inventory, image: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    if planned.get("imageType") != "CDROM":
        yield "id", f"Image {image.id} is no CD-ROM but of type {planned.get('imageType')}"


@_for(born, SERVERS)
def _new_server(inventory: Inventory, resource: Resource, values: View) -> Values:
    values["cpuFamily"] = values.get("cpuFamily") or catalogue.CPU_FAMILIES[0]
    return {**values, "vmState": None}  # until it is there


@_for(consequences, SERVERS)
def _start_new_server(inventory: Inventory, request: Request, server: Resource, values: Values | None) -> None:
    """A new server runs once it is there, with the image in its drive that it boots from.

    Terraform's acceptance tests create servers with a `bootCdrom` that nothing is attached to yet.
    """
    store = inventory.store
    _count_versions(inventory, request, server, values)
    if not (values and _is_new(request, server)):
        return
    store.change(request, server, {"vmState": "RUNNING"}, late=True)
    if boots := values.get("bootCdrom"):
        image = store.resource(f"{IMAGES}/{boots['id']}")
        assert image
        link = store.link(f"{server.path}/cdroms", image, inventory.kind(CDROMS), server.contract or 0)
        store.change(request, link, {})


@_for(derived, SERVERS)
def _of_server(inventory: Inventory, resource: Resource, view: View) -> View:
    """A server boots from its first volume if nothing else was said."""
    given = view["properties"]
    boots = {name: _attached(inventory, resource, name, given.get(name)) for name in BOOT}
    if not any(boots.values()):
        volumes = inventory.store.members(f"{resource.path}/volumes", resource.contract or 0)
        boots["bootVolume"] = inventory.store.view(volumes[0]) if volumes else None
    return {name: found and {key: found[key] for key in ("id", "type", "href")} for name, found in boots.items()}


def _attached(inventory: Inventory, server: Resource, name: str, given: Values | None) -> View | None:
    """What a server boots from by one of its properties, as long as it is attached."""
    if not given:
        return None
    found = inventory.store.find(f"{server.path}/{BOOT[name]}/{given['id']}", server.contract or 0)
    return found[1] if found else None


@_for(actions, f"{SERVERS}/{{}}/start", f"{SERVERS}/{{}}/reboot")
def _run(inventory: Inventory, request: Request, server: Resource, values: Values) -> None:
    inventory.store.change(request, server, {"vmState": "RUNNING"}, late=True)


@_for(actions, f"{SERVERS}/{{}}/stop")
def _stop(inventory: Inventory, request: Request, server: Resource, values: Values) -> None:
    inventory.store.change(request, server, {"vmState": "SHUTOFF"}, late=True)


@_for(actions, f"{SERVERS}/{{}}/upgrade")
def _upgrade(inventory: Inventory, request: Request, server: Resource, values: Values) -> None:
    inventory.store.change(request, server, {})


HOT_PLUG = ("cpuHotPlug", "ramHotPlug", "nicHotPlug", "nicHotUnplug", "discVirtioHotPlug", "discVirtioHotUnplug")
ACCESS = ("imagePassword", "sshKeys", "userData")
SOLID_STATE = ("SSD", "SSD Standard", "SSD Premium")


@_for(faults, VOLUMES)
def _volume_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    if resource.properties is not None:
        for name in ACCESS:
            if values.get(name):
                yield name, "Attribute is not allowed in update requests"
        if planned["size"] < resource.properties["size"]:
            yield "size", "The size of a volume cannot be reduced"
    kind = "ssd" if planned.get("type") in SOLID_STATE else "hdd"
    limit = catalogue.LIMITS[f"{kind}LimitPerVolume"] // 1024
    if not 0 < planned["size"] <= limit:
        yield "size", f"The size of a volume has to be more than 0 and at most {limit} GB"
    else:
        more = (planned["size"] - (resource.properties or {"size": 0})["size"]) * 1024
        yield from _beyond_contract(inventory, resource, "size", more, f"{kind}VolumeProvisioned", f"MB {kind.upper()}")
    if resource.properties is None:
        yield from _source_faults(inventory, resource, values)


def _source_faults(inventory: Inventory, resource: Resource, values: Values) -> Iterator[Fault]:
    wanted = "imageAlias" if values.get("imageAlias") else "image"
    if values.get("image") and values.get("imageAlias"):
        yield "imageAlias", "Only one of image and imageAlias can be set"
        return
    source = _source(inventory, resource, values)
    if source is None:
        if values.get(wanted):
            yield wanted, f"There is no HDD image or snapshot '{values[wanted]}' in {_location(inventory, resource)}"
        for name, use in (("imagePassword", "the image password"), ("sshKeys", "SSH keys"), ("userData", "user data")):
            if values.get(name):
                yield name, f"An image template not found to use {use}."
        return
    password, keys = values.get("imagePassword"), values.get("sshKeys")
    if password and not re.fullmatch("[A-Za-z0-9]{8,50}", password):
        yield "imagePassword", "The password has to be 8 to 50 letters and digits"
    if source.get("public"):
        windows = str(source.get("licenceType")).startswith("WINDOWS")
        if windows and not password:
            yield "imagePassword", "A Windows image needs a password"
        elif not (password or keys):
            yield "imagePassword", "A public image needs a password or SSH keys"
        if windows and keys:
            yield "sshKeys", "A Windows image takes no SSH keys"
    if values.get("userData") and source.get("cloudInit") != "V1":
        yield "userData", "The image does not support cloud-init"
    if values["size"] < source["size"]:
        yield "size", f"The volume is smaller than the image ({source['size']} GB)"


@_for(born, VOLUMES)
def _new_volume(inventory: Inventory, resource: Resource, values: View) -> Values:
    source = _source(inventory, resource, values) or {}
    inherited = {name: source[name] for name in HOT_PLUG if name in source}
    licence = {"licenceType": source.get("licenceType", values.get("licenceType"))}
    given = {name: value for name, value in values.items() if name not in HOT_PLUG or value or name not in source}
    image = {"image": source["id"]} if source else {}
    given.pop("imageAlias", None)
    return {**inherited, **given, **licence, **image}


@_for(derived, VOLUMES)
def _of_volume(inventory: Inventory, resource: Resource, view: View) -> View:
    """A disk has a number on the server that it is attached to."""
    for link in inventory.store.links(resource, SERVER_VOLUMES):
        attached = inventory.store.members(link.path.rpartition("/")[0], resource.contract or 0)
        return {"deviceNumber": attached.index(link) + 1}
    return {}


@_for(actions, f"{VOLUMES}/{{}}/create-snapshot")
def _create_snapshot(inventory: Inventory, request: Request, volume: Resource, values: Values) -> Resource:
    of_volume = volume.planned()
    properties = {
        "name": "",
        "location": _location(inventory, volume),
        "size": of_volume["size"],
        "secAuthProtection": False,
        **{f"{part}Hot{way}": False for part in catalogue.HOT_PLUG_PARTS for way in ("Plug", "Unplug")},
        **{name: of_volume[name] for name in (*HOT_PLUG, "licenceType")},
        **values,
    }
    store = inventory.store
    snapshot = store.add(SNAPSHOTS, store.new_id(), inventory.kind(SNAPSHOTS), contract=volume.contract)
    store.change(request, snapshot, properties)
    store.change(request, volume, {})
    return snapshot


@_for(faults, f"{VOLUMES}/{{}}/restore-snapshot")
def _restore_faults(inventory: Inventory, volume: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    identifier = values.get("snapshotId", "")
    snapshot = inventory.store.find(f"{SNAPSHOTS}/{identifier}", volume.contract or 0)
    if not snapshot or snapshot[1]["properties"]["location"] != _location(inventory, volume):
        yield "snapshotId", f"There is no snapshot '{identifier}' in {_location(inventory, volume)}"


@_for(actions, f"{VOLUMES}/{{}}/restore-snapshot")
def _restore_snapshot(inventory: Inventory, request: Request, volume: Resource, values: Values) -> None:
    inventory.store.change(request, volume, {})


# Networks


@_for(identifiers, LANS)
def _next_lan(inventory: Inventory, path: str, values: Values) -> str:
    datacenter = inventory.store.resource(path.rpartition("/")[0])
    lans = inventory.store.members(path, datacenter.contract or 0) if datacenter else ()
    return str(max((int(lan.id) for lan in lans), default=0) + 1)


@_for(faults, LANS)
def _lan_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    pcc = values.get("pcc")
    if pcc and not inventory.store.find(f"{PCCS}/{pcc}", resource.contract or 0):
        yield "pcc", f"There is no private cross connect '{pcc}'"
    if planned.get("pcc") and planned.get("public"):
        yield "pcc", "A public LAN cannot join a private cross connect"


@_for(obstacles, LANS)
def _lan_in_use(inventory: Inventory, resource: Resource) -> str | None:
    kind = inventory.below(resource.kind, "nics")
    assert kind
    nics = inventory.members(f"{resource.path}/nics", kind, resource.contract or 0)
    return next((f"NIC {nic.id} is on it" for nic, _ in nics if nic.will_exist()), None)


@_for(born, NICS)
def _new_nic(inventory: Inventory, resource: Resource, values: View) -> Values:
    chance = inventory.store.random
    lan = inventory.properties(f"{_above(inventory, resource, 3).path}/lans/{values['lan']}")
    mac = ":".join(f"{number:02x}" for number in (2, 1, *chance.randbytes(4)))
    ips = values.get("ips") or (_free_addresses(inventory, 1) if lan.get("public") else [_private(inventory, "10")])
    return {**values, "mac": mac, "ips": ips}


@_for(faults, NICS)
def _nic_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    if planned["lan"] < 1:
        yield "lan", "The number of a LAN is 1 or more"
    for address in values.get("ips") or ():
        if not _is_ipv4(address):
            yield "ips", f"'{address}' is no IPv4 address"


@_for(consequences, NICS)
def _make_lan(inventory: Inventory, request: Request, nic: Resource, values: Values | None) -> None:
    """A NIC on a LAN that is not there yet brings it along."""
    lans, store = f"{_above(inventory, nic, 3).path}/lans", inventory.store
    if values and "lan" in values and not store.resource(f"{lans}/{values['lan']}"):
        lan = store.add(lans, str(values["lan"]), inventory.kind(LANS), contract=nic.contract)
        store.change(request, lan, {"name": "", "ipFailover": [], "public": False})


@_for(faults, FIREWALL_RULES)
def _firewall_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    protocol, start, end = (planned.get(name) for name in ("protocol", "portRangeStart", "portRangeEnd"))
    if (start or end) and protocol not in ("TCP", "UDP"):
        yield "portRangeStart", f"The protocol {protocol} has no ports"
    elif bool(start) != bool(end) or (start and end and start > end):
        yield "portRangeEnd", "The range of ports needs a start and an end that is not below it"
    for name in ("icmpType", "icmpCode"):
        if planned.get(name) is not None and protocol != "ICMP":
            yield name, f"The protocol {protocol} has no {name}"


@_for(consequences, FIREWALL_RULES)
def _switch_firewall_on(inventory: Inventory, request: Request, rule: Resource, values: Values | None) -> None:
    if values and rule.properties is None:
        inventory.store.change(request, _above(inventory, rule, 7), {"firewallActive": True})


@_for(born, LOADBALANCERS)
def _new_loadbalancer(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {**values, "ip": values.get("ip") or _private(inventory, "10")}


@_for(born, IPBLOCKS)
def _new_ipblock(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {**values, "ips": _free_addresses(inventory, values["size"])}


@_for(derived, IPBLOCKS)
def _of_ipblock(inventory: Inventory, resource: Resource, view: View) -> View:
    consumers: list[View] = []
    for address in view["properties"]["ips"]:
        for nic in inventory.store.having(("ip", address), resource.contract or 0):
            datacenter, server = _above(inventory, nic, 3), _above(inventory, nic, 5)
            names = {"serverName": server.planned()["name"], "datacenterName": datacenter.planned()["name"]}
            names.update(k8sNodePoolUuid=None, k8sClusterUuid=None)
            ids = {"nicId": nic.id, "serverId": server.id, "datacenterId": datacenter.id, "mac": nic.planned()["mac"]}
            consumers.append({"ip": address, **ids, **names})
        for node in inventory.store.having(("node", address), resource.contract or 0):
            pool, cluster = _above(inventory, node, 5), _above(inventory, node, 3)
            unused = dict.fromkeys(("nicId", "serverId", "serverName", "datacenterId", "datacenterName", "mac"))
            consumers.append({"ip": address, **unused, "k8sNodePoolUuid": pool.id, "k8sClusterUuid": cluster.id})
    return {"ipConsumers": consumers}


@_for(obstacles, IPBLOCKS)
def _ipblock_in_use(inventory: Inventory, resource: Resource) -> str | None:
    properties = resource.outlook("")["properties"]
    used = _of_ipblock(inventory, resource, {"properties": properties})["ipConsumers"]
    if not used:
        return None
    user = f"NIC {used[0]['nicId']}" if used[0]["nicId"] else f"node pool {used[0]['k8sNodePoolUuid']}"
    return f"{used[0]['ip']} is in use by {user}"


@_for(derived, PCCS)
def _of_pcc(inventory: Inventory, resource: Resource, view: View) -> View:
    contract = resource.contract or 0
    peers: list[View] = []
    for lan in inventory.store.having(("pcc", resource.id), contract):
        datacenter = _above(inventory, lan, 3)
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


@_for(obstacles, PCCS)
def _pcc_in_use(inventory: Inventory, resource: Resource) -> str | None:
    peers = _of_pcc(inventory, resource, {})["peers"]
    return f"LAN {peers[0]['id']} of data center {peers[0]['datacenterId']} has joined it" if peers else None


# Labels


@_for(identifiers, *LABELS)
def _label_key(inventory: Inventory, path: str, values: Values) -> str:
    return str(values.get("key", ""))


@_for(faults, *LABELS)
def _label_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    for name in ("key", "value"):
        if not planned.get(name):
            yield name, missing(name)


@_for(made_up, "/labels")
def _labels(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    for template in LABELS:
        for label, view in inventory.everything(template, contract):
            path = label.path.rpartition("/labels/")[0]
            owner = inventory.store.resource(path)
            assert owner
            urn = f"urn:label:{owner.kind.type}:{owner.id}:{label.id}"
            about = {"resourceId": owner.id, "resourceType": owner.kind.type}
            about["resourceHref"] = inventory.store.url + owner.path
            href = f"{inventory.store.url}/labels/{urn}"
            yield {**view, "id": urn, "href": href, "properties": {**view["properties"], **about}}


# Users, groups and what they share


@_for(faults, USERS)
def _user_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    email = str(planned.get("email", ""))
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        yield "email", f"'{email}' is no e-mail address"
    for other in inventory.store.having(("email", email.casefold()), resource.contract or 0):
        if other is not resource:
            yield "email", f"There is a user with the e-mail address {email}"


@_for(born, USERS)
def _new_user(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {
        **values,
        "secAuthActive": False,
        "s3CanonicalUserId": inventory.store.random.randbytes(16).hex(),
    }


@_for(made_up, "/um/users/{}/groups")
def _groups_of_user(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    user = path.split("/")[3]
    found = inventory.store.resource(f"{USERS}/{user}")
    for link in inventory.store.links(found, GROUP_USERS) if found else ():
        group = inventory.store.find(link.path.rpartition("/users/")[0], contract)
        if group and link.contract in (None, contract):
            yield group[1]


@_for(made_up, "/um/resources/{}/{}/groups")
def _groups_of_resource(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    identifier = path.split("/")[4]
    for group, view in inventory.everything(GROUPS, contract):
        if inventory.store.find(f"{group.path}/shares/{identifier}", contract):
            yield {**view, "properties": {"name": view["properties"]["name"]}}


@_for(made_up, "/um/users/{}/owns")
def _owned_by_user(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    user = path.split("/")[3]
    if user != inventory.store.user_id:  # who creates everything
        return iter(())
    return (view for view in _resources(inventory, path, contract) if view["metadata"].get("createdByUserId") == user)


@_for(made_up, "/um/resources")
def _resources(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    for template in SHAREABLE:
        for resource, view in inventory.everything(template, contract):
            if resource.contract is not None:
                yield _as_resource(inventory, view)


def _as_resource(inventory: Inventory, view: View) -> View:
    protection = view["properties"].get("secAuthProtection", False)
    href = f"{inventory.store.url}/um/resources/{view['type']}/{view['id']}"
    properties = {"name": view["properties"].get("name", ""), "secAuthProtection": protection}
    return {**view, "href": href, "properties": properties}


def _shareable(inventory: Inventory, identifier: str, contract: int) -> Iterator[View]:
    """What can be shared and has that id."""
    for template in SHAREABLE:
        found = inventory.store.find(f"{template}/{quote(identifier, safe='')}", contract)
        if found and found[0].contract is not None:
            yield found[1]


@_for(made_up, "/um/resources/{}")
def _resources_of_type(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    wanted = path.rpartition("/")[2]
    return (view for view in _resources(inventory, path, contract) if view["type"] == wanted)


@_for(made_up, "/um/groups/{}/resources")
def _resources_of_group(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    for share in inventory.store.members(path.replace("/resources", "/shares"), contract):
        yield from (_as_resource(inventory, view) for view in _shareable(inventory, share.id, contract))


@_for(faults, GROUP_SHARES)
def _share_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> tuple[Fault, ...]:
    if not any(_shareable(inventory, resource.id, resource.contract or 0)):
        raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
    return ()


@_for(identifiers, S3KEYS)
def _access_key(inventory: Inventory, path: str, values: Values) -> str:
    return inventory.store.random.randbytes(10).hex()


@_for(born, S3KEYS)
def _new_key(inventory: Inventory, resource: Resource, values: View) -> Values:
    secret = base64.b64encode(inventory.store.random.randbytes(30)).decode()
    return {**values, "secretKey": secret, "active": True}


@_for(answers, "/um/users/{}/s3ssourl", "/backupunits/{}/ssourl")
def _sign_on(inventory: Inventory, path: str, contract: int) -> View:
    return {"ssoUrl": f"{inventory.store.url}/sso/{inventory.store.random.randbytes(16).hex()}"}


@_for(faults, BACKUPUNITS)
def _backupunit_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    name = str(planned.get("name", ""))
    if not re.fullmatch("[A-Za-z0-9 ]+", name):
        yield "name", "The name of a backup unit has only letters, digits and spaces"
    for other in inventory.store.having(("backupunit", name), resource.contract or 0):
        if other is not resource:
            yield "name", f"There is a backup unit with the name {name}"


# Kubernetes


@_for(answers, "/k8s/versions")
def _versions(inventory: Inventory, path: str, contract: int) -> list[str]:
    return [*catalogue.KUBERNETES_VERSIONS]


@_for(answers, "/k8s/versions/default")
def _default_version(inventory: Inventory, path: str, contract: int) -> str:
    return catalogue.KUBERNETES_VERSIONS[-1]


@_for(answers, "/k8s/versions/{}/compatibilities")
def _compatible_versions(inventory: Inventory, path: str, contract: int) -> list[str]:
    return _versions_up_to(path.split("/")[3])


@_for(answers, "/k8s/{}/kubeconfig")
def _kubeconfig(inventory: Inventory, path: str, contract: int) -> View:
    cluster = path.split("/")[2]
    text = catalogue.KUBECONFIG.format(cluster=cluster)
    about = {"id": cluster, "type": "kubeconfig", "href": inventory.store.url + path}
    return {**about, "properties": {"kubeconfig": text}}


@_for(faults, CLUSTERS, NODEPOOLS)
def _kubernetes_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    wanted, present = planned.get("k8sVersion"), (resource.properties or {}).get("k8sVersion")
    if wanted is not None and wanted not in catalogue.KUBERNETES_VERSIONS:
        yield "k8sVersion", f"There is no version '{wanted}'; there are {', '.join(catalogue.KUBERNETES_VERSIONS)}"
    elif present and wanted not in _versions_from(present):
        yield "k8sVersion", f"A version cannot be lowered; it is {present}"
    elif resource.kind.template == NODEPOOLS:
        yield from _pool_faults(inventory, resource, values, planned)
    if resource.kind.template == CLUSTERS and resource.properties is None:
        yield from _beyond_contract(inventory, resource, "name", 1, "k8sClustersProvisioned", "clusters")


def _pool_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    of_cluster = _above(inventory, resource, 3).planned()["k8sVersion"]
    if planned.get("k8sVersion", of_cluster) not in _versions_up_to(of_cluster):
        yield "k8sVersion", f"A node pool cannot be newer than its cluster, which is {of_cluster}"
    datacenter = planned.get("datacenterId", "")
    found = inventory.store.resource(path := f"{DATACENTERS}/{quote(datacenter, safe='')}")
    if not (found and found.will_exist() and inventory.store.sees(path, resource.contract or 0)):
        yield "datacenterId", f"There is no data center '{datacenter}'"
    for name, least in (("nodeCount", 1), ("coresCount", 1), ("ramSize", 2048), ("storageSize", 10)):
        if planned.get(name, least) < least:
            yield name, f"The least is {least}"
    if planned.get("ramSize", 0) % 1024:
        yield "ramSize", "The memory of a node is not a multiple of 1024"
    scaling: Values = planned.get("autoScaling") or {}
    most = max(planned["nodeCount"], scaling.get("maxNodeCount", 0))
    if planned.get("publicIps") and len(planned["publicIps"]) <= most:
        yield "publicIps", "A node pool needs one public IP address more than it can have nodes"
    if scaling.get("minNodeCount", 0) > scaling.get("maxNodeCount", 0):
        yield "autoScaling", "The most nodes cannot be fewer than the least"


@_for(born, CLUSTERS)
def _new_cluster(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {"k8sVersion": catalogue.KUBERNETES_VERSIONS[-1], "maintenanceWindow": {**catalogue.MAINTENANCE}, **values}


@_for(derived, CLUSTERS)
def _of_cluster(inventory: Inventory, resource: Resource, view: View) -> View:
    version = view["properties"]["k8sVersion"]
    upgrades = _versions_from(version)[1:]
    return {"availableUpgradeVersions": upgrades, "viableNodePoolVersions": _versions_up_to(version)}


@_for(obstacles, CLUSTERS)
def _cluster_in_use(inventory: Inventory, resource: Resource) -> str | None:
    pools = inventory.store.list(f"{resource.path}/nodepools", resource.contract or 0)
    return next((f"Node pool {pool.id} is in it" for pool, _ in pools if pool.will_exist()), None)


@_for(born, NODEPOOLS)
def _new_pool(inventory: Inventory, resource: Resource, values: View) -> Values:
    version = {"k8sVersion": _above(inventory, resource, 3).planned()["k8sVersion"]}
    scaling: View = {"minNodeCount": 0, "maxNodeCount": 0, **(values.pop("autoScaling", None) or {})}
    return {**version, "autoScaling": scaling, "maintenanceWindow": {**catalogue.MAINTENANCE}, **values}


@_for(derived, NODEPOOLS)
def _of_pool(inventory: Inventory, resource: Resource, view: View) -> View:
    of_cluster = inventory.properties("/".join(resource.path.split("/")[:3]))["k8sVersion"]
    own = _versions_from(view["properties"]["k8sVersion"])[1:]
    return {"availableUpgradeVersions": [version for version in own if version in _versions_up_to(of_cluster)]}


@_for(consequences, NODEPOOLS)
def _count_nodes(inventory: Inventory, request: Request, pool: Resource, values: Values | None) -> None:
    """A node pool has as many nodes as it says, all of its version."""
    if values is None:
        return
    store, wanted = inventory.store, pool.planned()
    nodes = [stored for stored, _ in store.list(f"{pool.path}/nodes", pool.contract or 0) if stored.will_exist()]
    for node in nodes[wanted["nodeCount"] :]:
        store.change(request, node, None)
    for node in nodes[: wanted["nodeCount"]]:
        if node.planned()["k8sVersion"] != wanted["k8sVersion"]:
            store.change(request, node, {"k8sVersion": wanted["k8sVersion"]})
    for _ in range(wanted["nodeCount"] - len(nodes)):
        _add_node(inventory, request, pool)


@_for(consequences, NODES)
def _forget_node(inventory: Inventory, request: Request, node: Resource, values: Values | None) -> None:
    pool = _above(inventory, node, 5)
    if values is None:
        inventory.store.change(request, pool, {"nodeCount": max(pool.planned()["nodeCount"] - 1, 0)})


@_for(actions, f"{NODES}/{{}}/replace")
def _replace_node(inventory: Inventory, request: Request, node: Resource, values: Values) -> None:
    inventory.store.change(request, node, None)
    _add_node(inventory, request, _above(inventory, node, 5))


def _add_node(inventory: Inventory, request: Request, pool: Resource) -> None:
    store = inventory.store
    node = store.add(f"{pool.path}/nodes", store.new_id(), inventory.kind(NODES), contract=pool.contract)
    of_pool, of_cluster = pool.planned(), _above(inventory, pool, 3).planned()
    reserved = [
        address
        for address in of_pool.get("publicIps") or ()
        if not (store.has(("node", address)) or store.has(("ip", address)))
    ]
    public = reserved or (_free_addresses(inventory, 1) if of_cluster.get("public", True) else [None])
    name = f"{of_pool['name']}-{store.random.randbytes(5).hex()}"
    addresses = {"publicIP": public[0], "privateIP": _private(inventory, "10.7")}
    store.change(request, node, {"name": name, **addresses, "k8sVersion": of_pool["k8sVersion"]})


# What several of them need


def _above(inventory: Inventory, resource: Resource, segments: int) -> Resource:
    """The resource that so many segments of a path lead to."""
    found = inventory.store.resource("/".join(resource.path.split("/")[:segments]))
    assert found, resource.path
    return found


def _free_addresses(inventory: Inventory, count: int) -> list[str]:
    """Public addresses that no IP block, NIC or node has, in any contract."""
    next_ones = islice(inventory.addresses, catalogue.PUBLIC_ADDRESSES)  # all of them, once
    return list(islice((address for address in next_ones if not inventory.store.has(("address", address))), count))


def _private(inventory: Inventory, network: str) -> str:
    """A private address that begins like that."""
    chance = inventory.store.random
    numbers = [chance.randrange(256) for _ in range(2 - network.count("."))]
    return ".".join(map(str, (network, *numbers, chance.randrange(2, 255))))


def _location(inventory: Inventory, resource: Resource) -> str:
    return str(_above(inventory, resource, 3).planned()["location"])


def _source(inventory: Inventory, resource: Resource, values: Values) -> View | None:
    """The properties and the id of the image or snapshot that a new volume is made from."""
    contract, place = resource.contract or 0, _location(inventory, resource)
    wanted = values.get("image") or values.get("imageAlias")  # either can name an alias or an id
    if not wanted:
        return None
    paths = (f"{template}/{quote(str(wanted), safe='')}" for template in (IMAGES, SNAPSHOTS))
    by_id: list[Any] = [inventory.store.resource(path) for path in paths if inventory.store.sees(path, contract)]
    for image in (*by_id, *inventory.store.having(("alias", wanted), contract)):
        source = image.planned()
        if source["location"] == place and source.get("imageType", "HDD") == "HDD":
            return {**source, "id": image.id}
    return None


def _is_ipv4(text: Any) -> bool:
    try:
        return isinstance(ip_address(text), IPv4Address)
    except ValueError:
        return False


def _versions_from(version: str) -> list[str]:
    known = catalogue.KUBERNETES_VERSIONS
    return [*known[known.index(version) :]] if version in known else [*known]


def _versions_up_to(version: str) -> list[str]:
    known = catalogue.KUBERNETES_VERSIONS
    return [*known[: known.index(version) + 1]] if version in known else []
