"""Data centers and locations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.messages import NOT_FOUND, ApiError
from ionoscloud.emulator.rules.contracts import beyond_contract
from ionoscloud.emulator.rules.paths import DATACENTERS, IPBLOCKS, LANS, LOADBALANCERS, VOLUMES
from ionoscloud.emulator.rules.tables import Fault, Values, View, born, consequences, faults, is_new, made_up, register
from ionoscloud.emulator.store import Request, Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


@register(born, DATACENTERS)
def _new_datacenter(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {**values, "version": None, "features": []}  # until it is there


@register(consequences, DATACENTERS, VOLUMES, LANS, LOADBALANCERS)
def count_versions(inventory: Inventory, request: Request, resource: Resource, values: Values | None) -> None:
    """A data center counts its changes and the changes in it, from its creation on."""
    datacenter = inventory.store.resource("/".join(resource.path.split("/")[:3]))
    if datacenter is resource and is_new(request, resource):
        inventory.store.change(request, resource, {"version": 1, "features": [*catalogue.FEATURES]}, late=True)
    elif datacenter is resource and values is None:
        for pool in inventory.store.having(("pool in", resource.id), resource.contract or 0):
            if pool.will_exist():  # its own deletion can be under way
                inventory.store.change(request, pool, None)
    elif datacenter and datacenter.properties is not None:
        inventory.store.undo.append(partial(setattr, datacenter, "properties", datacenter.properties))
        datacenter.properties = {**datacenter.properties, "version": datacenter.properties["version"] + 1}


@register(faults, DATACENTERS, IPBLOCKS)
def _in_a_location(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    if planned.get("location") not in catalogue.LOCATIONS:
        yield "location", f"Location '{planned.get('location')}' does not exist"
    if resource.kind.template == IPBLOCKS and "size" in values:
        if values["size"] < 1:
            yield "size", "The number of IP addresses has to be 1 or more"
        yield from beyond_contract(inventory, resource, "size", values["size"], "reservedIpsOnContract", "IP addresses")


@register(made_up, "/locations")
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


@register(made_up, "/locations/{}")
def _locations_of_region(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    region = path.rpartition("/")[2]
    found = [view for view in _locations(inventory, path, contract) if view["id"].startswith(f"{region}/")]
    if not found:  # as for any other resource that does not exist
        raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
    return iter(found)
