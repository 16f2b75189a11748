"""Functions that several families need."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.store import Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


def ancestor(inventory: Inventory, resource: Resource, segments: int) -> Resource:
    """Return the resource above another one: the one at the first `segments` of its path."""
    found = inventory.store.resource("/".join(resource.path.split("/")[:segments]))
    assert found, resource.path
    return found


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
    return str(ancestor(inventory, resource, 3).planned()["location"])
