"""Functions that several families use."""

from __future__ import annotations

from itertools import islice

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.paths import DATACENTERS
from ionoscloud.emulator.store import Resource


def ancestor(inventory: Inventory, resource: Resource, template: str) -> Resource:
    """Return the resource above another one, by the template of its collection."""
    segments = template.count("/") + 2
    found = inventory.store.resource("/".join(resource.path.split("/")[:segments]))
    assert found, resource.path
    return found


def is_new(resource: Resource) -> bool:
    """Return whether a resource is about to be created."""
    return resource.properties is None and not resource.pending


def free_addresses(inventory: Inventory, count: int) -> list[str]:
    """Return public addresses that no IP block, NIC or node of any contract has."""
    candidates = islice(inventory.addresses, catalogue.PUBLIC_ADDRESSES)  # each address once
    return list(islice((address for address in candidates if not inventory.store.has_key(("address", address))), count))


def private_address(inventory: Inventory, network: str) -> str:
    """Return a random address of a private network, such as `10` or `10.7`."""
    random = inventory.store.random
    numbers = [random.randrange(256) for _ in range(2 - network.count("."))]
    return ".".join(map(str, (network, *numbers, random.randrange(2, 255))))


def location_of(inventory: Inventory, resource: Resource) -> str:
    """Return the location of the data center that a resource is in."""
    return str(ancestor(inventory, resource, DATACENTERS).planned()["location"])


def remains(inventory: Inventory, resource: Resource) -> bool:
    """Return whether a resource and all resources above it exist after their pending changes."""
    segments = resource.path.split("/")
    paths = ("/".join(segments[:count]) for count in range(3, len(segments) + 1, 2))
    return all(found.will_exist() for path in paths if (found := inventory.store.resource(path)))
