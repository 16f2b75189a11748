"""Servers, their boot devices and CD-ROM drives."""

from __future__ import annotations

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.contracts import limit_violations
from ionoscloud.emulator.rules.datacenters import count_version
from ionoscloud.emulator.rules.paths import CDROMS, IMAGES, SERVERS
from ionoscloud.emulator.rules.securitygroups import default_memberships, membership_keys
from ionoscloud.emulator.rules.tables import (
    actions,
    computed_properties,
    defaults_on_create,
    index_keys,
    side_effects,
    validators,
)
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations

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
    present = resource.properties or {}
    for name, per_server, use in (
        ("cores", "coresPerServer", "coresProvisioned"),
        ("ram", "ramPerServer", "ramProvisioned"),
    ):
        wanted, limit = planned.get(name, 0), catalogue.LIMITS[per_server]
        if not 1 <= wanted <= limit:
            yield name, f"A server has 1 to {limit} {name}"
        else:
            yield from limit_violations(inventory, resource, name, wanted - present.get(name, 0), use, name)
    if planned.get("ram", 0) % 256:
        yield "ram", "RAM of requested server is not a multiple of 256"
    if (planned.get("cpuFamily") or catalogue.CPU_FAMILIES[0]) not in catalogue.CPU_FAMILIES:
        yield "cpuFamily", f"CPU family has to be one of {', '.join(catalogue.CPU_FAMILIES)}"
    for name in BOOT_DEVICES:
        given = values.get(name)
        if given and name == "bootCdrom" and resource.properties is None:
            yield from _boot_image_violations(inventory, resource, given["id"])
        elif given and not _attached_device(inventory, resource, name, given):
            yield name, f"{given['id']} is not attached to the server"
    if values.get("bootVolume") and values.get("bootCdrom"):
        yield "bootCdrom", "Only one of bootVolume and bootCdrom can be set"


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
    values["cpuFamily"] = values.get("cpuFamily") or catalogue.CPU_FAMILIES[0]
    memberships = default_memberships(inventory, resource)
    return {**values, **memberships, "vmState": None}  # while the server is created


@side_effects.register(SERVERS)
def _start_new_server(
    inventory: Inventory, request: ChangeRequest, server: Resource, values: Properties | None
) -> None:
    """Start a new server, and attach the image that it boots from.

    Terraform's acceptance tests create servers with a `bootCdrom` that is not attached yet.
    """
    store = inventory.store
    count_version(inventory, request, server, values)
    if not (values and server.is_created_by(request)):
        return
    store.change(request, server, {"vmState": "RUNNING"}, on_completion=True)
    if boots := values.get("bootCdrom"):
        image = store.resource(f"{IMAGES}/{boots['id']}")
        assert image
        link = store.link(f"{server.path}/cdroms", image, CDROMS, server.contract)
        store.change(request, link, {})


@computed_properties.register(SERVERS)
def _compute_boot_devices(inventory: Inventory, resource: Resource, view: JsonObject) -> JsonObject:
    """Return the boot devices; the default is the first volume of the server."""
    given = view["properties"]
    boots = {name: _attached_device(inventory, resource, name, given.get(name)) for name in BOOT_DEVICES}
    if not any(boots.values()):
        volumes = inventory.store.members(f"{resource.path}/volumes", resource.contract)
        boots["bootVolume"] = inventory.view(volumes[0]) if volumes else None
    return {name: found and {key: found[key] for key in ("id", "type", "href")} for name, found in boots.items()}


def _attached_device(inventory: Inventory, server: Resource, name: str, given: Properties | None) -> JsonObject | None:
    """Return the boot device that a property of a server names, if it is attached."""
    if not given:
        return None
    found = inventory.look_up(f"{server.path}/{BOOT_DEVICES[name]}/{given['id']}", server.contract)
    return found[1] if found else None


@actions.register(f"{SERVERS}/{{}}/start", f"{SERVERS}/{{}}/reboot")
def _start(inventory: Inventory, request: ChangeRequest, server: Resource, values: Properties) -> None:
    inventory.store.change(request, server, {"vmState": "RUNNING"}, on_completion=True)


@actions.register(f"{SERVERS}/{{}}/stop")
def _stop(inventory: Inventory, request: ChangeRequest, server: Resource, values: Properties) -> None:
    inventory.store.change(request, server, {"vmState": "SHUTOFF"}, on_completion=True)


@actions.register(f"{SERVERS}/{{}}/upgrade")
def _upgrade(inventory: Inventory, request: ChangeRequest, server: Resource, values: Properties) -> None:
    inventory.store.change(request, server, {})
