"""Servers, what they boot from and their CD-ROMs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.rules.contracts import beyond_contract
from ionoscloud.emulator.rules.datacenters import count_versions
from ionoscloud.emulator.rules.paths import CDROMS, IMAGES, SERVERS
from ionoscloud.emulator.rules.tables import (
    Fault,
    Values,
    View,
    actions,
    born,
    consequences,
    derived,
    faults,
    indexed,
    is_new,
    register,
)
from ionoscloud.emulator.store import Keys, Request, Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory

BOOT = {"bootVolume": "volumes", "bootCdrom": "cdroms"}  # the property, and where what it names is attached


@register(indexed, SERVERS)
def _server_keys(server: Resource, planned: Values) -> Keys:
    return {
        ("coresProvisioned", server.contract): int(planned.get("cores") or 0),
        ("ramProvisioned", server.contract): int(planned.get("ram") or 0),
    }


@register(faults, SERVERS)
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
            yield from beyond_contract(inventory, resource, name, wanted - present.get(name, 0), use, name)
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


@register(faults, CDROMS)
def _cdrom_faults(inventory: Inventory, image: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    if planned.get("imageType") != "CDROM":
        yield "id", f"Image {image.id} is no CD-ROM but of type {planned.get('imageType')}"


@register(born, SERVERS)
def _new_server(inventory: Inventory, resource: Resource, values: View) -> Values:
    values["cpuFamily"] = values.get("cpuFamily") or catalogue.CPU_FAMILIES[0]
    return {**values, "vmState": None}  # until it is there


@register(consequences, SERVERS)
def _start_new_server(inventory: Inventory, request: Request, server: Resource, values: Values | None) -> None:
    """A new server runs once it is there, with the image in its drive that it boots from.

    Terraform's acceptance tests create servers with a `bootCdrom` that nothing is attached to yet.
    """
    store = inventory.store
    count_versions(inventory, request, server, values)
    if not (values and is_new(request, server)):
        return
    store.change(request, server, {"vmState": "RUNNING"}, late=True)
    if boots := values.get("bootCdrom"):
        image = store.resource(f"{IMAGES}/{boots['id']}")
        assert image
        link = store.link(f"{server.path}/cdroms", image, inventory.kind(CDROMS), server.contract or 0)
        store.change(request, link, {})


@register(derived, SERVERS)
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


@register(actions, f"{SERVERS}/{{}}/start", f"{SERVERS}/{{}}/reboot")
def _run(inventory: Inventory, request: Request, server: Resource, values: Values) -> None:
    inventory.store.change(request, server, {"vmState": "RUNNING"}, late=True)


@register(actions, f"{SERVERS}/{{}}/stop")
def _stop(inventory: Inventory, request: Request, server: Resource, values: Values) -> None:
    inventory.store.change(request, server, {"vmState": "SHUTOFF"}, late=True)


@register(actions, f"{SERVERS}/{{}}/upgrade")
def _upgrade(inventory: Inventory, request: Request, server: Resource, values: Values) -> None:
    inventory.store.change(request, server, {})
