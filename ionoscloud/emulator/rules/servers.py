"""Servers, their boot devices and CD-ROM drives."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from urllib.parse import parse_qsl, urlsplit

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.document import required_message
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.messages import VALIDATION, ApiError
from ionoscloud.emulator.rules.contracts import limit_violations
from ionoscloud.emulator.rules.datacenters import count_version
from ionoscloud.emulator.rules.paths import CDROMS, IMAGES, SERVERS
from ionoscloud.emulator.rules.securitygroups import default_memberships, membership_keys
from ionoscloud.emulator.rules.shared import is_new, location_of
from ionoscloud.emulator.rules.tables import (
    actions,
    completions,
    computed_properties,
    computed_responses,
    defaults_on_create,
    index_keys,
    side_effects,
    validators,
)
from ionoscloud.emulator.rules.templates import CUBE, GPU, template_of
from ionoscloud.emulator.rules.volumes import (
    DAS,
    UNSET_TYPE,
    boot_order,
    is_built_in,
    missing_features,
    size_violations,
)
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations

ENTERPRISE = "ENTERPRISE"
TYPES = (ENTERPRISE, "VCPU", CUBE, GPU)
HOSTNAME = re.compile("[a-z0-9][a-z0-9-]{0,62}")
BOOT_DEVICES = {
    "bootVolume": "volumes",
    "bootCdrom": "cdroms",
}  # property: collection of the server that has the device


@index_keys.register(SERVERS)
def _server_keys(server: Resource, planned: Properties) -> Keys:
    return {
        ("coresProvisioned", server.contract): int(planned.get("cores") or 0),
        ("ramProvisioned", server.contract): int(planned.get("ram") or 0),
        **membership_keys(server, planned),
    }


@validators.register(SERVERS)
def _validate_server(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    type, present = planned.get("type") or ENTERPRISE, resource.planned()
    if type not in TYPES:
        yield "type", f"The type of a server has to be one of {', '.join(TYPES)}"
        return
    if type in (CUBE, GPU):
        yield from _template_violations(inventory, resource, values, planned)
    else:
        if planned.get("templateUuid"):
            yield "templateUuid", f"Only a server of type {CUBE} or {GPU} has a template"
        yield from _size_violations(inventory, resource, planned)
    if type == ENTERPRISE:
        yield from _cpu_violations(inventory, resource, planned)
    else:
        for name in ("cpuFamily", "enabledFeatures"):
            if planned.get(name):
                yield name, f"Attribute is not allowed for a server of type {type}"
    if type == CUBE and planned.get("nicMultiQueue"):
        yield "nicMultiQueue", f"A server of type {CUBE} does not support several queues"
    if planned.get("hostname") and not HOSTNAME.fullmatch(planned["hostname"]):
        yield "hostname", "A host name has up to 63 of the characters a-z, 0-9 and '-', and does not start with '-'"
    if planned.get("placementGroupId") != present.get("placementGroupId"):
        yield "placementGroupId", "Only IONOS can set the placement group"
    for name in BOOT_DEVICES:
        given = values.get(name)
        if given and name == "bootCdrom" and resource.properties is None:
            yield from _boot_image_violations(inventory, resource, given["id"])
        elif given and not _attached_device(inventory, resource, name, given):
            yield name, f"{given['id']} is not attached to the server"
    if values.get("bootVolume") and values.get("bootCdrom"):
        yield "bootCdrom", "Only one of bootVolume and bootCdrom can be set"
    if not is_new(resource):
        for volume in inventory.store.members(f"{resource.path}/volumes", resource.contract):
            if missing := missing_features(inventory, volume.target, planned):
                yield "enabledFeatures", f"Volume {volume.id} requires {missing}"


def _template_violations(
    inventory: Inventory, resource: Resource, values: Properties, planned: Properties
) -> Violations:
    """Validate the size and the template of a server whose size comes from a template."""
    type, present = planned["type"], resource.planned()
    for name in ("cores", "ram"):
        if name in values and values[name] != present.get(name):
            yield name, f"Attribute '{name}' of a server of type {type} comes from its template"
    if not is_new(resource):
        return
    template = template_of(planned)
    if not planned.get("templateUuid"):
        yield "templateUuid", required_message("templateUuid")
    elif template is None:
        yield "templateUuid", f"Template '{planned['templateUuid']}' does not exist"
    elif bool(template["gpus"]) != (type == GPU):
        yield "templateUuid", f"Template '{template['name']}' is not for servers of type {type}"
    else:
        location = location_of(inventory, resource)
        offered = [gpu["model"] for gpu in catalogue.GPU_ARCHITECTURES.get(location, ())]
        for model in {gpu["model"] for gpu in template["gpus"]}.difference(offered):
            yield "templateUuid", f"Location {location} does not have the GPU {model}"
        for name, use in (("cores", "coresProvisioned"), ("ram", "ramProvisioned")):
            yield from limit_violations(inventory, resource, "templateUuid", template[name], use, name)


def _size_violations(inventory: Inventory, resource: Resource, planned: Properties) -> Violations:
    present, most = resource.planned(), _limits(inventory, resource, planned)
    for name, use in (("cores", "coresProvisioned"), ("ram", "ramProvisioned")):
        wanted = planned.get(name)
        if wanted is None:
            yield name, required_message(name)
        elif not 1 <= wanted <= most[name]:
            yield name, f"A server has 1 to {most[name]} {name}"
        else:
            yield from limit_violations(inventory, resource, name, wanted - (present.get(name) or 0), use, name)
    if (planned.get("ram") or 0) % 256:
        yield "ram", "RAM of requested server is not a multiple of 256"


def _limits(inventory: Inventory, resource: Resource, planned: Properties) -> dict[str, int]:
    """Return the maximum number of cores and memory of a server: those of the contract, and of its CPU family."""
    cores, ram = catalogue.LIMITS["coresPerServer"], catalogue.LIMITS["ramPerServer"]
    family = _find_family(inventory, resource, planned) if planned.get("type") in (None, ENTERPRISE) else None
    if family:
        cores, ram = min(cores, family["maxCores"]), min(ram, family["maxRam"])
    return {"cores": cores, "ram": ram}


def _find_family(inventory: Inventory, server: Resource, planned: Properties) -> JsonObject | None:
    """Return the CPU family of a server. Without `cpuFamily`, it is the first one with the enabled features."""
    wanted, features = planned.get("cpuFamily"), {*(planned.get("enabledFeatures") or ())}
    for family in catalogue.cpu_architectures(location_of(inventory, server)):
        if family["cpuFamily"] == wanted or (not wanted and features.issubset(family["enabledFeatures"])):
            return family
    return None


def _cpu_violations(inventory: Inventory, resource: Resource, planned: Properties) -> Violations:
    family, location = _find_family(inventory, resource, planned), location_of(inventory, resource)
    features: list[str] = planned.get("enabledFeatures") or []
    if family is None and planned.get("cpuFamily"):
        offered = [each["cpuFamily"] for each in catalogue.cpu_architectures(location)]
        yield "cpuFamily", f"CPU family has to be one of {', '.join(offered)}"
    elif unknown := {*features}.difference(family["enabledFeatures"] if family else ()):
        where = f"CPU family {family['cpuFamily']}" if family else f"Location {location}"
        yield "enabledFeatures", f"{where} does not have {', '.join(sorted(unknown))}"


def _boot_image_violations(inventory: Inventory, server: Resource, identifier: str) -> Violations:
    """Validate the `bootCdrom` of a new server, which cannot be attached yet."""
    image = inventory.look_up(f"{IMAGES}/{identifier}", server.contract)
    if image is None:
        yield "bootCdrom", f"Image '{identifier}' does not exist"
    elif image[1]["properties"]["imageType"] != "CDROM":
        yield "bootCdrom", f"Image {identifier} is not a CD-ROM"


@validators.register(CDROMS)
def _validate_cdrom(inventory: Inventory, image: Resource, values: Properties, planned: Properties) -> Violations:
    if planned.get("imageType") != "CDROM":
        yield "id", f"Image {image.id} is not a CD-ROM but of type {planned.get('imageType')}"


@defaults_on_create.register(SERVERS)
def _server_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    type = values.setdefault("type", ENTERPRISE)
    if type == ENTERPRISE:
        family = _find_family(inventory, resource, values)
        values["cpuFamily"] = family and family["cpuFamily"]
    elif template := template_of(values):
        values.update(cores=template["cores"], ram=template["ram"])
    memberships = default_memberships(inventory, resource)
    return {**values, **memberships, "vmState": None}  # while the server is created


@completions.register(SERVERS)
def _complete_server(inventory: Inventory, request: ChangeRequest, server: Resource) -> Violations:
    """Give the volume of a Cube, or of a server with GPUs, the size of the template."""
    properties = server.planned()
    template, type = template_of(properties), properties["type"]
    if template is None:
        return
    links = inventory.store.members(f"{server.path}/volumes", server.contract)
    built_in = [link.target for link in links if is_built_in(link.target, request)]
    if len(built_in) != 1:
        volume = "volume of type DAS" if type == CUBE else "volume without a size"
        yield "entities.volumes", f"A server of type {type} needs exactly one new {volume}"
        return
    (volume,) = built_in
    kind = volume.planned()["type"]
    if kind not in (DAS, template["storageType"], *([UNSET_TYPE] if type == GPU else [])):
        yield "entities.volumes", f"The volume of a server of type {type} has to be of type {template['storageType']}"
        return
    changes = {"size": template["storageSize"], "type": template["storageType"] if kind == UNSET_TYPE else kind}
    inventory.store.change(request, volume, changes)
    for _, text in size_violations(inventory, volume, volume.planned(), template["storageSize"]):
        yield "properties.templateUuid", text


@side_effects.register(SERVERS)
def _start_or_delete_server(
    inventory: Inventory, request: ChangeRequest, server: Resource, values: Properties | None
) -> None:
    """Start a new server, and attach the image that it boots from. Delete volumes with their server.

    Terraform's acceptance tests create servers with a `bootCdrom` that is not attached yet.
    """
    store = inventory.store
    count_version(inventory, request, server, values)
    if values is None:
        everything = _deletes_volumes(inventory, request)
        for link in store.members(f"{server.path}/volumes", server.contract):
            if link.will_exist() and (everything or link.target.planned().get("type") == DAS):
                store.change(request, link.target, None)
    if not (values and server.is_created_by(request)):
        return
    store.change(request, server, {"vmState": "RUNNING"}, on_completion=True)
    if boots := values.get("bootCdrom"):
        image = store.resource(f"{IMAGES}/{boots['id']}")
        assert image
        link = store.link(f"{server.path}/cdroms", image, CDROMS, server.contract)
        store.change(request, link, {})


def _deletes_volumes(inventory: Inventory, request: ChangeRequest) -> bool:
    """Return whether a request to delete a server deletes its volumes, too."""
    query = dict(reversed(parse_qsl(urlsplit(request.http_request.target).query)))
    return inventory.version >= 6 and query.get("deleteVolumes", "").lower() == "true"


@computed_properties.register(SERVERS)
def _compute_server(inventory: Inventory, resource: Resource, view: JsonObject) -> JsonObject:
    """Return the boot devices and the host name.

    A server boots from the volume with the boot order `PRIMARY`, or from the device that is set, or from the first
    volume.
    """
    given = view["properties"]
    boots = {name: _attached_device(inventory, resource, name, given.get(name)) for name in BOOT_DEVICES}
    links = inventory.store.members(f"{resource.path}/volumes", resource.contract)
    first = {boot_order(link.target.planned()): link for link in reversed(links)}  # by boot order
    if "PRIMARY" in first or not any(boots.values()):
        volume = first.get("PRIMARY") or first.get("AUTO")
        boots = {**dict.fromkeys(BOOT_DEVICES), "bootVolume": inventory.view(volume) if volume else None}
    devices = {name: found and {key: found[key] for key in ("id", "type", "href")} for name, found in boots.items()}
    return {**devices, "hostname": resource.planned().get("hostname") or _hostname(given.get("name") or "")}


def _hostname(name: str) -> str | None:
    """Return the host name that follows from the name of a server; None if no character can be used."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).lstrip("-")[:63].rstrip("-") or None


def _attached_device(inventory: Inventory, server: Resource, name: str, given: Properties | None) -> JsonObject | None:
    """Return the boot device that a property of a server names, if it is attached."""
    if not given:
        return None
    found = inventory.look_up(f"{server.path}/{BOOT_DEVICES[name]}/{given['id']}", server.contract)
    return found[1] if found else None


@validators.register(f"{SERVERS}/{{}}/start", f"{SERVERS}/{{}}/reboot")
def _validate_start(inventory: Inventory, server: Resource, values: Properties, planned: Properties) -> Violations:
    if planned.get("vmState") == "SUSPENDED":
        yield "vmState", "The server is suspended: resume it first"


@actions.register(f"{SERVERS}/{{}}/start", f"{SERVERS}/{{}}/reboot", f"{SERVERS}/{{}}/resume")
def _start(inventory: Inventory, request: ChangeRequest, server: Resource, values: Properties) -> None:
    inventory.store.change(request, server, {"vmState": "RUNNING"}, on_completion=True)


@validators.register(f"{SERVERS}/{{}}/stop")
def _validate_stop(inventory: Inventory, server: Resource, values: Properties, planned: Properties) -> Violations:
    if planned.get("type") == CUBE:
        yield "type", f"A server of type {CUBE} cannot be stopped: suspend it"


@actions.register(f"{SERVERS}/{{}}/stop")
def _stop(inventory: Inventory, request: ChangeRequest, server: Resource, values: Properties) -> None:
    inventory.store.change(request, server, {"vmState": "SHUTOFF"}, on_completion=True)


@validators.register(f"{SERVERS}/{{}}/suspend", f"{SERVERS}/{{}}/resume")
def _validate_suspend(inventory: Inventory, server: Resource, values: Properties, planned: Properties) -> Violations:
    if planned.get("type") != CUBE:
        yield "type", f"Only a server of type {CUBE} can be suspended and resumed"


@actions.register(f"{SERVERS}/{{}}/suspend")
def _suspend(inventory: Inventory, request: ChangeRequest, server: Resource, values: Properties) -> None:
    inventory.store.change(request, server, {"vmState": "SUSPENDED"}, on_completion=True)


@actions.register(f"{SERVERS}/{{}}/upgrade")
def _upgrade(inventory: Inventory, request: ChangeRequest, server: Resource, values: Properties) -> None:
    inventory.store.change(request, server, {})


@computed_responses.register(f"{SERVERS}/{{}}/token")
def _compute_token(inventory: Inventory, path: str, contract: int) -> JsonObject:
    return {"token": _token(path.rpartition("/")[0])}


@computed_responses.register(f"{SERVERS}/{{}}/remoteconsole")
def _compute_console(inventory: Inventory, path: str, contract: int) -> JsonObject:
    server = inventory.store.resource(path.rpartition("/")[0])
    if not server or server.planned().get("vmState") != "RUNNING":
        raise ApiError(422, "[(root)] The server is not running", code=VALIDATION)
    return {"url": f"https://console.example.com/?token={_token(server.path)}"}


def _token(server: str) -> str:
    """Return a JSON Web Token for the server at a path. Its signature is not valid."""
    parts = (json.dumps({"alg": "HS256", "typ": "JWT"}).encode(), json.dumps({"server": server}).encode(), b"example")
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
