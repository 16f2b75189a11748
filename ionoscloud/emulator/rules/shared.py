"""What several families need."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.store import Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


def above(inventory: Inventory, resource: Resource, segments: int) -> Resource:
    """The resource that so many segments of a path lead to."""
    found = inventory.store.resource("/".join(resource.path.split("/")[:segments]))
    assert found, resource.path
    return found


def free_addresses(inventory: Inventory, count: int) -> list[str]:
    """Public addresses that no IP block, NIC or node has, in any contract."""
    next_ones = islice(inventory.addresses, catalogue.PUBLIC_ADDRESSES)  # all of them, once
    return list(islice((address for address in next_ones if not inventory.store.has(("address", address))), count))


def private_address(inventory: Inventory, network: str) -> str:
    """A private address that begins like that."""
    chance = inventory.store.random
    numbers = [chance.randrange(256) for _ in range(2 - network.count("."))]
    return ".".join(map(str, (network, *numbers, chance.randrange(2, 255))))


def location_of(inventory: Inventory, resource: Resource) -> str:
    return str(above(inventory, resource, 3).planned()["location"])
