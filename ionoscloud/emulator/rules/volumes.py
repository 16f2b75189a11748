"""Volumes, and snapshots of them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Any
from urllib.parse import quote

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.document import required_message
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.contracts import limit_violations
from ionoscloud.emulator.rules.paths import IMAGES, SERVER_VOLUMES, SERVERS, SNAPSHOTS, VOLUMES
from ionoscloud.emulator.rules.shared import ancestor, is_new, location_of
from ionoscloud.emulator.rules.tables import (
    actions,
    completions,
    computed_properties,
    defaults_on_create,
    delete_blockers,
    index_keys,
    validators,
)
from ionoscloud.emulator.rules.templates import CUBE, template_of
from ionoscloud.emulator.store import ChangeRequest, Link, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations

NO_APPLICATION = "UNKNOWN"
HOT_PLUG = ("cpuHotPlug", "ramHotPlug", "nicHotPlug", "nicHotUnplug", "discVirtioHotPlug", "discVirtioHotUnplug")
FIRST_PCI_SLOT = 6
CREATE_ONLY = ("imagePassword", "sshKeys", "userData")
# Properties that a volume gets from its image or snapshot unless they are set, with their defaults.
INHERITED = {
    **dict.fromkeys(HOT_PLUG, False),
    "exposeSerial": False,
    "requireLegacyBios": True,
    "applicationType": NO_APPLICATION,
}
DAS = "DAS"  # the type of the volume that a Cube is created with
UNSET_TYPE = "HDD"  # the default of the document
SOLID_STATE = ("SSD", "SSD Standard", "SSD Premium")


@index_keys.register(VOLUMES)
def _volume_keys(volume: Resource, planned: Properties) -> Keys:
    return {storage_key(volume, planned.get("type")): int(planned.get("size") or 0) * 1024}


def storage_key(resource: Resource, type: Any) -> Hashable:
    """Return the key of the total that a type of storage counts towards."""
    kind = "das" if type == DAS else "ssd" if type in SOLID_STATE else "hdd"
    return f"{kind}VolumeProvisioned", resource.contract


@validators.register(VOLUMES)
def _validate_volume(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    present, new = resource.planned(), is_new(resource)
    size, size_before = planned.get("size"), present.get("size")
    if not new:
        for name in CREATE_ONLY:
            if values.get(name):
                yield name, "Attribute is not allowed in update requests"
    if planned.get("type") == DAS:
        if size != size_before:
            yield "size", f"The size of a volume of type {DAS} comes from the template of its server"
    elif size is not None:
        if size < (size_before or 0):
            yield "size", "The size of a volume cannot be reduced"
        yield from size_violations(inventory, resource, planned, size - (size_before or 0))
    elif not new:  # a new volume can get its size from the template of its server
        yield "size", required_message("size")
    order = boot_order(planned)
    if not new and order != boot_order(present):
        for link in inventory.store.links(resource, SERVER_VOLUMES):
            yield from (("bootOrder", text) for text in _boot_order_conflicts(inventory, link, order))
    if new:
        yield from _source_violations(inventory, resource, values)
    yield from _application_violations(planned, present, _find_source(inventory, resource, values) if new else None)


def size_violations(inventory: Inventory, volume: Resource, planned: Properties, increase: float) -> Violations:
    """Validate the size of a volume that is not of type DAS."""
    if planned.get("type") == DAS:
        return
    kind = "ssd" if planned.get("type") in SOLID_STATE else "hdd"
    limit = catalogue.LIMITS[f"{kind}LimitPerVolume"] // 1024
    if not 0 < planned["size"] <= limit:
        yield "size", f"The size of a volume has to be more than 0 and at most {limit} GB"
    else:
        use, unit = f"{kind}VolumeProvisioned", f"MB {kind.upper()}"
        yield from limit_violations(inventory, volume, "size", increase * 1024, use, unit)


def _image_size_violations(planned: Properties, source: Properties) -> Violations:
    if planned.get("size") is not None and planned["size"] < source["size"]:
        yield "size", f"The volume is smaller than the image ({source['size']} GB)"


@validators.register(IMAGES, SNAPSHOTS)
def _validate_application(
    inventory: Inventory, resource: Resource, values: Properties, planned: Properties
) -> Violations:
    return _application_violations(planned, resource.planned())


def _application_violations(planned: Properties, *sources: Properties | None) -> Violations:
    """Validate the type of the application, which has to come from one of the sources."""
    known = {NO_APPLICATION, *(source.get("applicationType") for source in sources if source)}
    if planned.get("applicationType") not in (None, *known):
        yield "applicationType", f"An application type other than {NO_APPLICATION} comes from a public image"


def _source_violations(inventory: Inventory, resource: Resource, values: Properties) -> Violations:
    wanted = "imageAlias" if values.get("imageAlias") else "image"
    if values.get("image") and values.get("imageAlias"):
        yield "imageAlias", "Only one of image and imageAlias can be set"
        return
    source = _find_source(inventory, resource, values)
    if source is None:
        if values.get(wanted):
            yield (
                wanted,
                f"HDD image or snapshot '{values[wanted]}' does not exist in {location_of(inventory, resource)}",
            )
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
            yield "sshKeys", "A Windows image does not support SSH keys"
    if values.get("userData") and source.get("cloudInit") != "V1":
        yield "userData", "The image does not support cloud-init"
    yield from _image_size_violations(values, source)


@defaults_on_create.register(VOLUMES)
def _volume_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    source = _find_source(inventory, resource, values) or {}
    inherited = {name: source[name] for name in INHERITED if source.get(name) is not None}
    unset = {name for name in inherited if values.get(name) in (None, INHERITED[name])}
    given = {name: value for name, value in values.items() if name not in unset}
    licence = {"licenceType": source.get("licenceType", values.get("licenceType"))}
    image = {"image": source["id"]} if source else {}
    given.pop("imageAlias", None)
    return {**inherited, **given, **licence, **image}


@completions.register(VOLUMES)
def _complete_volume(inventory: Inventory, request: ChangeRequest, volume: Resource) -> Violations:
    planned = volume.planned()
    if planned.get("type") == DAS:
        servers = (ancestor(inventory, link, SERVERS) for link in inventory.store.links(volume, SERVER_VOLUMES))
        if not any(server.is_created_by(request) and template_of(server.planned()) for server in servers):
            yield "properties.type", f"A volume of type {DAS} can only be created with a server of type {CUBE}"
    if planned.get("size") is None and planned.get("type") != DAS:
        yield "properties.size", required_message("size")
    elif source := _find_source(inventory, volume, planned):
        for name, text in _image_size_violations(planned, source):
            yield f"properties.{name}", text


@completions.register(SERVER_VOLUMES)
def _complete_attachment(inventory: Inventory, request: ChangeRequest, link: Resource) -> Violations:
    assert isinstance(link, Link)
    volume = link.target
    planned, server = volume.planned(), ancestor(inventory, link, SERVERS)
    if planned.get("type") == DAS and not volume.is_created_by(request):
        yield "id", f"A volume of type {DAS} belongs to the server that it was created with"
    for text in _boot_order_conflicts(inventory, link, boot_order(planned)):
        yield "properties.bootOrder", text
    if missing := missing_features(inventory, volume, server.planned()):
        yield "id", f"Volume {volume.id} requires a server with {missing}"


def is_built_in(volume: Resource, request: ChangeRequest) -> bool:
    """Return whether a volume that a request creates gets its size from the template of its server."""
    return volume.is_created_by(request) and volume.planned().get("size") is None


def boot_order(volume: Properties) -> str:
    """Return the boot order in the properties of a volume."""
    return volume.get("bootOrder") or "AUTO"


def _boot_order_conflicts(inventory: Inventory, link: Resource, order: str) -> Iterator[str]:
    """Yield why a volume cannot have a boot order together with the other volumes of its server."""
    needed = {"PRIMARY": "NONE", "AUTO": "AUTO"}.get(order)
    for other in inventory.store.members(link.path.rpartition("/")[0], link.contract):
        if needed and other is not link and other.will_exist() and boot_order(other.target.planned()) != needed:
            yield f"All other volumes of the server need the boot order {needed} if this one has {order}"
            return


def missing_features(inventory: Inventory, volume: Resource, server: Properties) -> str:
    """Return the CPU features that the image of a volume requires and a server does not have; empty if none."""
    image = inventory.store.resource(f"{IMAGES}/{volume.planned().get('image')}")
    required: list[str] = (image.planned().get("requiredFeatures") if image else None) or []
    return ", ".join(name for name in required if name not in (server.get("enabledFeatures") or ()))


@delete_blockers.register(VOLUMES)
def _volume_blocker(inventory: Inventory, volume: Resource) -> str | None:
    is_das = volume.planned().get("type") == DAS
    return f"A volume of type {DAS} is deleted with its server" if is_das else None


@delete_blockers.register(SERVER_VOLUMES)
def _attachment_blocker(inventory: Inventory, link: Resource) -> str | None:
    assert isinstance(link, Link)
    is_das = link.target.planned().get("type") == DAS
    return f"A volume of type {DAS} cannot be detached" if is_das else None


@computed_properties.register(VOLUMES)
def _compute_place(inventory: Inventory, resource: Resource, view: JsonObject) -> JsonObject:
    """Return the server of the volume, and the numbers that the volume has there."""
    for link in inventory.store.links(resource, SERVER_VOLUMES):
        attached = inventory.store.members(link.path.rpartition("/")[0], resource.contract)
        number = attached.index(link) + 1
        server = ancestor(inventory, link, SERVERS).id
        return {"deviceNumber": number, "pciSlot": FIRST_PCI_SLOT + number - 1, "bootServer": server}
    return {}


@validators.register(f"{VOLUMES}/{{}}/create-snapshot")
def _validate_snapshot(inventory: Inventory, volume: Resource, values: Properties, planned: Properties) -> Violations:
    return _application_violations(values, volume.planned())


@actions.register(f"{VOLUMES}/{{}}/create-snapshot")
def _create_snapshot(inventory: Inventory, request: ChangeRequest, volume: Resource, values: Properties) -> Resource:
    of_volume = volume.planned()
    properties = {
        "name": "",
        "location": location_of(inventory, volume),
        "size": of_volume["size"],
        "secAuthProtection": False,
        **{f"{part}Hot{way}": False for part in catalogue.HOT_PLUG_PARTS for way in ("Plug", "Unplug")},
        **{name: of_volume[name] for name in (*INHERITED, "licenceType") if of_volume.get(name) is not None},
        **values,
    }
    store = inventory.store
    snapshot = store.add(SNAPSHOTS, store.new_id(), SNAPSHOTS, contract=volume.contract)
    store.change(request, snapshot, properties)
    store.change(request, volume, {})
    return snapshot


@validators.register(f"{VOLUMES}/{{}}/restore-snapshot")
def _validate_restore(inventory: Inventory, volume: Resource, values: Properties, planned: Properties) -> Violations:
    identifier = values.get("snapshotId")
    if not identifier:
        yield "snapshotId", required_message("snapshotId")
        return
    snapshot = inventory.look_up(f"{SNAPSHOTS}/{identifier}", volume.contract)
    if not snapshot or snapshot[1]["properties"]["location"] != location_of(inventory, volume):
        yield "snapshotId", f"Snapshot '{identifier}' does not exist in {location_of(inventory, volume)}"


@actions.register(f"{VOLUMES}/{{}}/restore-snapshot")
def _restore_snapshot(inventory: Inventory, request: ChangeRequest, volume: Resource, values: Properties) -> None:
    inventory.store.change(request, volume, {})


def _find_source(inventory: Inventory, resource: Resource, values: Properties) -> JsonObject | None:
    """Return the properties and the id of the image or snapshot that a new volume is created from."""
    contract, location = resource.contract, location_of(inventory, resource)
    wanted = values.get("image") or values.get("imageAlias")  # either can be an alias or an id
    if not wanted:
        return None
    paths = (f"{template}/{quote(str(wanted), safe='')}" for template in (IMAGES, SNAPSHOTS))
    by_id: list[Any] = [inventory.store.resource(path) for path in paths if inventory.store.is_visible(path, contract)]
    for image in (*by_id, *inventory.store.with_key(("alias", wanted), contract)):
        source = image.planned()
        if source["location"] == location and source.get("imageType", "HDD") == "HDD":
            return {**source, "id": image.id}
    return None
