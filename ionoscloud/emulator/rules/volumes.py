"""Volumes, and snapshots of them."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any
from urllib.parse import quote

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.contracts import limit_violations
from ionoscloud.emulator.rules.paths import IMAGES, SERVER_VOLUMES, SNAPSHOTS, VOLUMES
from ionoscloud.emulator.rules.shared import location_of
from ionoscloud.emulator.rules.tables import actions, computed_properties, defaults_on_create, index_keys, validators
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations

HOT_PLUG = ("cpuHotPlug", "ramHotPlug", "nicHotPlug", "nicHotUnplug", "discVirtioHotPlug", "discVirtioHotUnplug")
CREATE_ONLY = ("imagePassword", "sshKeys", "userData")
SOLID_STATE = ("SSD", "SSD Standard", "SSD Premium")


@index_keys.register(VOLUMES)
def _volume_keys(volume: Resource, planned: Properties) -> Keys:
    return {storage_key(volume, planned.get("type")): int(planned.get("size") or 0) * 1024}


def storage_key(resource: Resource, type: Any) -> Hashable:
    """Return the key of the total that a type of storage counts towards."""
    return f"{'ssd' if type in SOLID_STATE else 'hdd'}VolumeProvisioned", resource.contract


@validators.register(VOLUMES)
def _validate_volume(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    if resource.properties is not None:
        for name in CREATE_ONLY:
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
        yield from limit_violations(inventory, resource, "size", more, f"{kind}VolumeProvisioned", f"MB {kind.upper()}")
    if resource.properties is None:
        yield from _source_violations(inventory, resource, values)


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
    if values["size"] < source["size"]:
        yield "size", f"The volume is smaller than the image ({source['size']} GB)"


@defaults_on_create.register(VOLUMES)
def _volume_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    source = _find_source(inventory, resource, values) or {}
    inherited = {name: source[name] for name in HOT_PLUG if name in source}
    licence = {"licenceType": source.get("licenceType", values.get("licenceType"))}
    given = {name: value for name, value in values.items() if name not in HOT_PLUG or value or name not in source}
    image = {"image": source["id"]} if source else {}
    given.pop("imageAlias", None)
    return {**inherited, **given, **licence, **image}


@computed_properties.register(VOLUMES)
def _compute_device_number(inventory: Inventory, resource: Resource, view: JsonObject) -> JsonObject:
    """Return the number that the volume has on its server."""
    for link in inventory.store.links(resource, SERVER_VOLUMES):
        attached = inventory.store.members(link.path.rpartition("/")[0], resource.contract)
        return {"deviceNumber": attached.index(link) + 1}
    return {}


@actions.register(f"{VOLUMES}/{{}}/create-snapshot")
def _create_snapshot(inventory: Inventory, request: ChangeRequest, volume: Resource, values: Properties) -> Resource:
    of_volume = volume.planned()
    properties = {
        "name": "",
        "location": location_of(inventory, volume),
        "size": of_volume["size"],
        "secAuthProtection": False,
        **{f"{part}Hot{way}": False for part in catalogue.HOT_PLUG_PARTS for way in ("Plug", "Unplug")},
        **{name: of_volume[name] for name in (*HOT_PLUG, "licenceType")},
        **values,
    }
    store = inventory.store
    snapshot = store.add(SNAPSHOTS, store.new_id(), SNAPSHOTS, contract=volume.contract)
    store.change(request, snapshot, properties)
    store.change(request, volume, {})
    return snapshot


@validators.register(f"{VOLUMES}/{{}}/restore-snapshot")
def _validate_restore(inventory: Inventory, volume: Resource, values: Properties, planned: Properties) -> Violations:
    identifier = values.get("snapshotId", "")
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
