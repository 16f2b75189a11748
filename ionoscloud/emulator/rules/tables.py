"""Tables of the rules, by the template of a collection or a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ionoscloud.emulator.store import Keys, Request, Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory

Values = Mapping[str, Any]
View = dict[str, Any]
Fault = tuple[str, str]  # a property and what is wrong with it
F = TypeVar("F", bound=Callable[..., Any])

faults: dict[str, Callable[[Inventory, Resource, Values, Values], Iterable[Fault]]] = {}
"""Of values that are to be set: called with the resource, the values, and all the properties as they would be.

For a collection of what lives elsewhere, of the resource that is to be attached."""
born: dict[str, Callable[[Inventory, Resource, View], Values]] = {}
"""What the properties of a new resource are, made from the values that it is created with."""
identifiers: dict[str, Callable[[Inventory, str, Values], str]] = {}
"""Ids that are no UUID."""
consequences: dict[str, Callable[[Inventory, Request, Resource, Values | None], None]] = {}
"""Changes of other resources that come with one; its values are None when it is deleted."""
obstacles: dict[str, Callable[[Inventory, Resource], str | None]] = {}
"""Why a resource cannot be deleted now."""
derived: dict[str, Callable[[Inventory, Resource, View], View]] = {}
"""Properties that are made from other resources whenever somebody looks."""
made_up: dict[str, Callable[[Inventory, str, int], Iterator[View]]] = {}
"""Collections that are made from others whenever somebody looks."""
shortened = frozenset({"/um/users/{}/groups"})
"""Collections whose list has less of each member than the resource above it shows of them."""
indexed: dict[str, Callable[[Resource, Values], Keys]] = {}
"""The keys that a resource is found by, made from its properties, and what it adds to the total of each."""
answers: dict[str, Callable[[Inventory, str, int], Any]] = {}
"""Paths that lead to no resource."""
actions: dict[str, Callable[[Inventory, Request, Resource, Values], Resource | None]] = {}
"""What a POST to a resource does; with the resource that the answer shows, if it shows one."""


FIRST = ("lans", "volumes", "servers")
"""Entities of one body that others in it refer to; a NIC names a LAN by its number."""


def rank(entity: str) -> int:
    """Where an entity comes in the order in which those of a body are created."""
    return FIRST.index(entity) if entity in FIRST else len(FIRST)


def is_new(request: Request, resource: Resource) -> bool:
    """Whether a request creates a resource."""
    return resource.properties is None and all(change.request is request for change in resource.pending)


def register(table: dict[str, Any], *templates: str) -> Callable[[F], F]:
    def file(function: F) -> F:
        table.update(dict.fromkeys(templates, function))
        return function

    return file
