"""Tables of rules. Each maps path templates of the API to functions.

A template is the path of a collection, such as `/datacenters/{}/servers`; its rules apply to the members of the
collection. Actions and computed responses have the template of their own path.

A rule is for all versions of the API, and can read `inventory.version`. It can set and compute properties that only one
version has: responses leave out those that their version does not have. A property of another version can be missing in
a stored resource. Register a rule with `version` if it is for the requests of one version only: there, it replaces the
rule for all versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violation

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


class Table(dict[str, FunctionT]):
    """Functions by path template, for all versions of the API, and others for one version."""

    def __init__(self) -> None:
        self._of_version: dict[int | None, dict[str, FunctionT]] = {None: self}

    def register(self, *templates: str, version: int | None = None) -> Callable[[FunctionT], FunctionT]:
        """Return a decorator that adds a function for some templates, and for all versions or one."""

        def decorator(function: FunctionT) -> FunctionT:
            self._of_version.setdefault(version, {}).update(dict.fromkeys(templates, function))
            return function

        return decorator

    def for_version(self, version: int) -> dict[str, FunctionT]:
        """Return the functions for a version by template."""
        return {**self, **self._of_version.get(version, {})}

    def find(self, template: str, version: int) -> FunctionT | None:
        """Return the function for a template and a version, if there is one."""
        return self._of_version.get(version, self).get(template) or self.get(template)


validators: Table[Callable[[Inventory, Resource, Properties, Properties], Iterable[Violation]]] = Table()
"""Reject invalid values. The arguments are the resource, the values to set, and all properties as they will be.

For a collection whose members are attached, the resource is the one to attach. For an action, the values are those of
the form, or the properties in the body.
"""
id_generators: Table[Callable[[Inventory, str, Properties], str]] = Table()
"""Return the id of a new resource, from the path of the collection and the values. Default: a random UUID."""
defaults_on_create: Table[Callable[[Inventory, Resource, JsonObject], Properties]] = Table()
"""Return the properties of a new resource, from the values that it is created with."""
side_effects: Table[Callable[[Inventory, ChangeRequest, Resource, Properties | None], None]] = Table()
"""Change other resources when a resource is created or changed. The values are None when it is deleted."""
completions: Table[Callable[[Inventory, ChangeRequest, Resource], Iterable[Violation]]] = Table()
"""Complete or reject a new resource, or a new link to an attached one, when all changes of its request are planned.

For rules that depend on what else the request creates, such as the volume of a server. A violation names a part of the
body of the resource, such as `properties.size`.
"""
delete_blockers: Table[Callable[[Inventory, Resource], str | None]] = Table()
"""Return why a resource cannot be deleted now, or None."""
actions: Table[Callable[[Inventory, ChangeRequest, Resource, Properties], Resource | None]] = Table()
"""Carry out a POST such as `.../start`, or a PUT to a path without GET. Return the resource that the response shows, or
None. If the response is a list, it shows the members of the collection at the path, which has to be a computed one or
one with links from `Store.link`. A POST that creates the resource with entities in this collection does the same."""
index_keys: Table[Callable[[Resource, Properties], Keys]] = Table()
"""Return the keys that `Store.with_key` finds a resource by, each with the amount that it adds to `Store.total`.

They are the same for all versions.
"""
computed_properties: Table[Callable[[Inventory, Resource, JsonObject], JsonObject]] = Table()
"""Return properties that are computed from other resources on each read."""
computed_collections: Table[Callable[[Inventory, str, int], Iterator[JsonObject]]] = Table()
"""Return the members of a collection that is computed from other resources on each read.

Use `Kind.visible_properties` for properties that not all versions have.
"""
computed_responses: Table[Callable[[Inventory, str, int], Any]] = Table()
"""Return the content of the response for a path that has no stored resource, or its `Representations`."""

abridged_collections = frozenset({"/um/users/{}/groups"})
"""Collections that list fewer properties of their members than the resource above them shows."""
