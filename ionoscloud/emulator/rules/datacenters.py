"""Data centers and locations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.messages import NOT_FOUND, ApiError
from ionoscloud.emulator.rules.ipv6 import block_keys, free_blocks
from ionoscloud.emulator.rules.paths import DATACENTERS, LOADBALANCERS, SECURITY_GROUPS, VOLUMES
from ionoscloud.emulator.rules.securitygroups import (
    create_default_group,
    default_group_violations,
    forget_default_group,
)
from ionoscloud.emulator.rules.tables import (
    computed_collections,
    computed_properties,
    defaults_on_create,
    index_keys,
    side_effects,
    validators,
)
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations


@index_keys.register(DATACENTERS)
def _datacenter_keys(datacenter: Resource, planned: Properties) -> Keys:
    return block_keys(planned)


@defaults_on_create.register(DATACENTERS)
def _datacenter_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    block = next(free_blocks(inventory, resource, catalogue.IPV6_NETWORK, 56))
    return {**values, "version": None, "features": [], "ipv6CidrBlock": block}  # while the data center is created


@side_effects.register(DATACENTERS)
def _change_datacenter(
    inventory: Inventory, request: ChangeRequest, datacenter: Resource, values: Properties | None
) -> None:
    count_version(inventory, request, datacenter, values)
    if values and values.get("createDefaultSecurityGroup"):
        create_default_group(inventory, request, datacenter)


@side_effects.register(SECURITY_GROUPS)
def _change_group(inventory: Inventory, request: ChangeRequest, group: Resource, values: Properties | None) -> None:
    count_version(inventory, request, group, values)
    if values is None:
        forget_default_group(inventory, request, group)


@side_effects.register(VOLUMES, LOADBALANCERS)
def count_version(inventory: Inventory, request: ChangeRequest, resource: Resource, values: Properties | None) -> None:
    """Increase the version of a data center with each change of it or in it."""
    datacenter = inventory.store.resource("/".join(resource.path.split("/")[:3]))
    if datacenter is resource and resource.is_created_by(request):
        inventory.store.change(request, resource, {"version": 1, "features": [*catalogue.FEATURES]}, on_completion=True)
    elif datacenter is resource and values is None:
        for pool in inventory.store.with_key(("pool in", resource.id), resource.contract):
            if pool.will_exist():  # not if its own deletion is pending
                inventory.store.change(request, pool, None)
    elif datacenter and datacenter.properties is not None:
        inventory.store.undo.append(partial(setattr, datacenter, "properties", datacenter.properties))
        datacenter.properties = {**datacenter.properties, "version": datacenter.properties["version"] + 1}


@validators.register(DATACENTERS)
def _validate_datacenter(
    inventory: Inventory, resource: Resource, values: Properties, planned: Properties
) -> Violations:
    yield from validate_location(inventory, resource, values, planned)
    yield from default_group_violations(inventory, resource, values)


def validate_location(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    """Validate the location of a data center or of another resource."""
    if planned.get("location") not in catalogue.LOCATIONS:
        yield "location", f"Location '{planned.get('location')}' does not exist"


@computed_properties.register(DATACENTERS, version=6)
def _compute_architectures(inventory: Inventory, datacenter: Resource, view: JsonObject) -> JsonObject:
    return _architectures(view["properties"]["location"])


def _architectures(location: str) -> JsonObject:
    return {
        "cpuArchitecture": catalogue.cpu_architectures(location),
        "gpuArchitecture": catalogue.GPU_ARCHITECTURES.get(location, []),
    }


@computed_collections.register("/locations")
def _locations(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    for identifier, name in catalogue.LOCATIONS.items():
        images = inventory.store.with_key(("aliases in", identifier), contract)
        aliases = {alias for image in images for alias in image.planned()["imageAliases"]}
        properties = {
            "name": name,
            "features": [*catalogue.FEATURES],
            "imageAliases": sorted(aliases),
            **_architectures(identifier),
        }
        yield {
            "id": identifier,
            "type": "location",
            "href": f"{inventory.url}/locations/{identifier}",
            "metadata": {"state": "AVAILABLE"},
            "properties": inventory.kind("/locations").visible_properties(properties),
        }


@computed_collections.register("/locations/{}")
def _locations_of_region(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    region = path.rpartition("/")[2]
    found = [view for view in _locations(inventory, path, contract) if view["id"].startswith(f"{region}/")]
    if not found:
        raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
    return iter(found)
