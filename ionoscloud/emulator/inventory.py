"""What there is, as the API shows it: collections with their members, and each with as much as the depth asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any, overload
from urllib.parse import quote, unquote

from ionoscloud.emulator.catalogue import PUBLIC_NETWORKS
from ionoscloud.emulator.document import Document, Kind
from ionoscloud.emulator.store import Keys, Link, Resource, Store

View = dict[str, Any]
Member = tuple[Any, View]  # what is stored (None if it is only derived), and how it is shown


class Members(Sequence[Member]):
    """Members of a collection, each made when somebody asks for it: a page costs what is on it."""

    def __init__(self, stored: Sequence[Any], show: Callable[[Any], Member]) -> None:
        self._stored = stored
        self._show = show

    @overload
    def __getitem__(self, index: int) -> Member: ...
    @overload
    def __getitem__(self, index: slice) -> Members: ...
    def __getitem__(self, index: int | slice) -> Member | Members:
        found = self._stored[index]
        return Members(found, self._show) if isinstance(index, slice) else self._show(found)

    def __len__(self) -> int:
        return len(self._stored)


class Inventory:
    """Reads a store by the document's kinds.

    `derived` has, by the template of a kind, what a property is made from others of; `made_up` has the collections
    that hold nothing of their own. `addresses` are the public ones, over and over; some of them are in use.
    """

    def __init__(
        self,
        document: Document,
        store: Store,
        derived: dict[str, Callable[[Inventory, Resource, View], View]],
        made_up: dict[str, Callable[[Inventory, str, int], Iterator[View]]],
    ) -> None:
        self.store = store
        self.addresses = cycle(str(address) for network in PUBLIC_NETWORKS for address in network.hosts())
        self._document = document
        self._kinds = document.kinds
        # The properties that name another resource, by the template of a kind.
        self._references = {
            template: [name for name, schema in kind.properties.items() if "href" in schema.get("properties", ())]
            for template, kind in document.kinds.items()
        }
        self._derived = derived
        self._made_up = made_up

    def kind(self, template: str) -> Kind:
        return self._kinds[template]

    def below(self, kind: Kind, entity: str) -> Kind | None:
        """The kind of a collection below the resources of another kind."""
        return self._kinds.get(f"{kind.template}/{{}}/{entity}")

    def members(self, path: str, kind: Kind, contract: int) -> Sequence[Member]:
        """What a contract sees of the collection at a path."""
        if kind.template in self._made_up:
            return [(None, view) for view in self._made_up[kind.template](self, path, contract)]
        if kind.attachment and kind.attachment.by:
            return Members(self.store.having((kind.template, path), contract), self._member)
        return Members(self.store.members(path, contract), self._member)

    def find(self, path: str, contract: int, kind: Kind | None) -> Member | None:
        """The member at a path; None if the contract sees none there."""
        collection, _, segment = path.rpartition("/")
        if kind and kind.template in self._made_up:
            href = self.store.url + unquote(path)
            return next(
                (member for member in self.members(collection, kind, contract) if member[1]["href"] == href), None
            )
        if kind and kind.attachment and kind.attachment.by:
            stored = self.attachable(collection, kind, contract, unquote(segment))
            if stored is None or (kind.template, collection) not in stored.keys:
                return None
            return self._member(stored)
        found = self.store.find(path, contract)
        return found and self._complete(found)

    def everything(self, template: str, contract: int) -> list[Member]:
        """What a contract sees of all the collections of a template."""
        return [self._complete(member) for member in self.store.scan(template, contract)]

    def collection(self, path: str, kind: Kind, contract: int, depth: int) -> View:
        """A collection as part of a resource that is shown at a depth: at depth 0 only where it is."""
        if depth == 0:
            return self.heading(path)
        items = [self.shown(member, depth - 1, contract) for member in self.members(path, kind, contract)]
        return {**self.heading(path), "items": items}

    def heading(self, path: str) -> View:
        """What a collection says of itself."""
        identifier = "/".join(path.replace("/um/", "/", 1).split("/")[1:][-2:])
        return {"id": identifier, "type": "collection", "href": self.store.url + path}

    def shown(self, member: Member, depth: int, contract: int) -> View:
        """A member of a list: at depth 0 a reference to it, beyond that as `detailed` one less deep."""
        if depth > 0:
            return self.detailed(member, depth - 1, contract)
        return {key: member[1][key] for key in ("id", "type", "href")}

    def detailed(self, member: Member, depth: int, contract: int) -> View:
        """A resource by itself, with as much as the depth asks for of what it refers to and of what is below it."""
        stored, view = member
        resource = itself(stored)
        if isinstance(resource, Resource):
            path, kind, template = resource.path, resource.kind, f"{resource.kind.template}/{{}}"
            for name in self._references.get(kind.template, ()):
                if view["properties"].get(name):
                    named = self._below_by_id(resource, view["properties"][name]["id"], contract)
                    view["properties"][name] = named and self.shown(named, depth, contract)
        elif stored:
            metadata: View = view["metadata"]
            for name in [name for name, value in metadata.items() if isinstance(value, dict)]:  # a request's status
                metadata[name] = self.shown((stored, metadata[name]), depth, contract)
            return view
        else:
            path = view["href"][len(self.store.url) :]
            operation = self._document.operations_at(path).get("GET")
            if not operation or not operation.kind or operation.kind.template not in self._made_up:
                return view  # a group of a user, for instance; with its own members there would be no end
            kind, template = operation.kind, operation.template
        entities: View = {}
        for name in kind.entities:
            below = self._kinds.get(f"{template}/{name}")
            if not below and f"{template}/{name}" in self._made_up:
                below = replace(kind, template=f"{template}/{name}")
            if below:
                entities[name] = self.collection(f"{path}/{name}", below, contract, depth)
        return {**view, "entities": entities} if entities else view

    def new(self, member: Member, given: Mapping[str, Any], contract: int) -> View:
        """A resource that was just created, with the entities that the body has, as deep as there, and no others."""
        view = self.detailed(member, 0, contract)
        found = view.pop("entities", {})
        resource = itself(member[0])
        below = {name: self.below(resource.kind, name) for name in given if name in found}
        entities = {
            name: self.collection(f"{resource.path}/{name}", kind, contract, _depth_of(given[name]))
            for name, kind in below.items()
            if kind
        }
        return {**view, "entities": entities} if entities else view

    def _below_by_id(self, resource: Resource, identifier: str, contract: int) -> Member | None:
        """The member of that id of one of the collections below a resource."""
        paths = (f"{resource.path}/{name}/{quote(identifier, safe='')}" for name in resource.kind.entities)
        found = next((found for found in (self.store.find(path, contract) for path in paths) if found), None)
        return found and self._complete(found)

    def properties(self, path: str) -> View:
        """The properties of the resource at a path, also of one that is about to be created; empty if there is none."""
        resource = self.store.resource(path)
        return resource.planned() if resource else {}

    def attachable(self, collection: str, kind: Kind, contract: int, identifier: Any) -> Resource | None:
        """The resource of an id that can be attached in a collection: one in the same data center, for instance."""
        shared = "/".join(collection.split("/")[: _shared(kind)])
        return next(iter(self.store.having((kind.template, shared, identifier), contract)), None)

    def _member(self, stored: Any) -> Member:
        return self._complete((stored, self.store.view(stored)))

    def _complete(self, member: Member) -> Member:
        stored, view = member
        derive = self._derived.get(itself(stored).kind.template) if isinstance(stored, Resource) else None
        if derive:
            view["properties"].update(derive(self, itself(stored), view))
        return member


def keys_by(
    document: Document, indexed: dict[str, Callable[[Resource, Mapping[str, Any]], Keys]]
) -> Callable[[Resource], Keys]:
    """Makes the keys of resources: those of `indexed`, by the template of a kind, and those for attachments."""
    by_home: dict[str, list[tuple[Kind, int]]] = {}
    for kind in document.kinds.values():
        if kind.attachment:
            by_home.setdefault(kind.attachment.home, []).append((kind, _shared(kind)))

    def keys(resource: Resource) -> Keys:
        template = resource.kind.template
        further = indexed.get(template)
        if template not in by_home and not further:
            return {}
        planned = resource.planned()
        found = {**further(resource, planned)} if further else {}
        for kind, shared in by_home.get(template, ()):
            segments = resource.path.split("/")[:shared]
            found[kind.template, "/".join(segments), resource.id] = 0
            if kind.attachment and kind.attachment.by:
                value = quote(str(planned.get(kind.attachment.by)), safe="")
                ids = (segment for segment, part in zip(segments, kind.template.split("/")) if part == "{}")
                found[kind.template, kind.template.format(*ids, value)] = 0
        return found

    return keys


def _shared(kind: Kind) -> int:
    """How many segments the path of a collection has in common with that of what can be attached in it."""
    assert kind.attachment
    pairs = zip(kind.attachment.home.split("/"), kind.template.split("/"))
    return next(count for count, (one, other) in enumerate(pairs) if one != other)


def itself(stored: Any) -> Any:
    """What a link stands for; anything else as it is."""
    return stored.target if isinstance(stored, Link) else stored


def _depth_of(collection: Any) -> int:
    """How deep a collection is in a body: 1 for one of ids alone, which attach what exists."""
    given: View = collection or {}
    items: list[View] = given.get("items") or []
    below: list[View] = [item.get("entities") or {} for item in items]
    if not any("properties" in item for item in items):
        return 1
    return 2 + max((_depth_of(nested) for entities in below for nested in entities.values()), default=0)
