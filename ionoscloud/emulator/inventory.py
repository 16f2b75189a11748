"""Read the store: show collections and resources as the API does, to the depth of the request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, overload
from urllib.parse import quote, unquote

from ionoscloud.emulator.document import ApiDocument, Kind
from ionoscloud.emulator.store import Link, Resource, Store, Stored, Viewer
from ionoscloud.emulator.types import JsonObject, Keys, Member, Properties


class Members(Sequence[Member]):
    """Members of a collection, each computed when it is accessed: a page costs only its own members."""

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
    """Shows resources as one version of the API does.

    Args:
        document: The document of the version, which has the kinds of resources.
        store: The store to read.
        computed_properties: Functions that compute properties, by the template of a kind.
        computed_collections: Functions that compute the members of a collection, by its template.
        addresses: All public addresses in an endless cycle; some of them are in use.
        contracts: Numbers of the account's contracts.

    Attributes:
        viewer: The client whose request is handled.
    """

    def __init__(
        self,
        document: ApiDocument,
        store: Store,
        computed_properties: dict[str, Callable[[Inventory, Resource, JsonObject], JsonObject]],
        computed_collections: dict[str, Callable[[Inventory, str, int], Iterator[JsonObject]]],
        addresses: Iterator[str],
        contracts: tuple[int, ...],
    ) -> None:
        self.store = store
        self.document = document
        self.addresses = addresses
        self.contracts = contracts
        self.viewer = Viewer(document, "")
        self._kinds = document.kinds
        # Properties that refer to another resource, by the template of a kind.
        self._references = {
            template: [name for name, schema in kind.properties.items() if "href" in schema.get("properties", ())]
            for template, kind in document.kinds.items()
        }
        self._computed_properties = computed_properties
        self._computed_collections = computed_collections

    @property
    def version(self) -> int:
        """The version of the API."""
        return self.document.api_version

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return self.viewer.url

    def kind(self, template: str) -> Kind:
        return self._kinds[template]

    def view(self, stored: Stored) -> Any:
        """Return a resource as the API shows it now; None if it does not exist, or not in this version of the API."""
        return stored.view(self.store.now(), self.viewer)

    def look_up(self, path: str, contract: int | None) -> Member | None:
        """Return the stored resource at a path, without computed properties; None if the contract cannot see it."""
        stored = self.store.find(path, contract)
        view = self.view(stored) if stored else None
        return None if view is None else (stored, view)

    def kind_below(self, kind: Kind, entity: str) -> Kind | None:
        """Return the kind of a collection below the resources of a kind."""
        return self._kinds.get(f"{kind.template}/{{}}/{entity}")

    def members(self, path: str, kind: Kind, contract: int) -> Sequence[Member]:
        """Return the members of the collection at a path that a contract can see."""
        if kind.template in self._computed_collections:
            return [(None, view) for view in self._computed_collections[kind.template](self, path, contract)]
        if kind.attachment and kind.attachment.property:
            return Members(self.store.with_key((kind.template, path), contract), self._as_member)
        return Members(self.store.members(path, contract), self._as_member)

    def find(self, path: str, contract: int, kind: Kind | None) -> Member | None:
        """Return the member at a path; None if the contract cannot see one there."""
        collection, _, segment = path.rpartition("/")
        if kind and kind.template in self._computed_collections:
            href = self.url + unquote(path)
            return next(
                (member for member in self.members(collection, kind, contract) if member[1]["href"] == href), None
            )
        if kind and kind.attachment and kind.attachment.property:
            stored = self.find_attachable(collection, kind, contract, unquote(segment))
            if stored is None or (kind.template, collection) not in stored.keys:
                return None
            return self._as_member(stored)
        found = self.look_up(path, contract)
        return found and self._add_computed_properties(found)

    def scan(self, template: str, contract: int | None) -> list[Member]:
        """Return the members of all collections of a template that a contract can see.

        There are none if only another version of the API has the template.
        """
        if template not in self._kinds:
            return []
        return [self._as_member(stored) for stored in self.store.scan(template, contract)]

    def collection_view(self, path: str, kind: Kind, contract: int, depth: int) -> JsonObject:
        """Return a collection as an entity of a resource: at depth 0 without its items."""
        if depth == 0:
            return self.envelope(path)
        items = [self.list_item(member, depth - 1, contract) for member in self.members(path, kind, contract)]
        return {**self.envelope(path), "items": items}

    def envelope(self, path: str) -> JsonObject:
        """Return the attributes of a collection, apart from its items."""
        identifier = "/".join(path.replace("/um/", "/", 1).split("/")[1:][-2:])
        return {"id": identifier, "type": "collection", "href": self.url + path}

    def list_item(self, member: Member, depth: int, contract: int) -> JsonObject:
        """Return an item of a list: a reference at depth 0, else the `representation` one level less deep."""
        if depth > 0:
            return self.representation(member, depth - 1, contract)
        return {key: member[1][key] for key in ("id", "type", "href")}

    def representation(self, member: Member, depth: int, contract: int) -> JsonObject:
        """Return a resource. `depth` applies to the resources that it refers to, and to the collections below it."""
        stored, view = member
        resource = resolve_link(stored)
        if isinstance(resource, Resource):
            path, kind, template = resource.path, self._kinds[resource.template], f"{resource.template}/{{}}"
            for name in self._references[resource.template]:
                if view["properties"].get(name):
                    named = self._find_below(resource, view["properties"][name]["id"], contract)
                    view["properties"][name] = named and self.list_item(named, depth, contract)
        elif stored:
            metadata: JsonObject = view["metadata"]
            if "requestStatus" in metadata:
                metadata["requestStatus"] = self.list_item((stored, metadata["requestStatus"]), depth, contract)
            return view
        else:
            path = view["href"][len(self.url) :]
            route = self.document.routes_at(path).get("GET")
            if not route or not route.kind or route.kind.template not in self._computed_collections:
                return view  # such as a group of a user: its members would have their groups again
            kind, template = route.kind, route.template
        entities: JsonObject = {}
        for name in kind.entities:
            below = self._kinds.get(f"{template}/{name}")
            if not below and f"{template}/{name}" in self._computed_collections:
                below = replace(kind, template=f"{template}/{name}")
            if below:
                entities[name] = self.collection_view(f"{path}/{name}", below, contract, depth)
        return {**view, "entities": entities} if entities else view

    def created_representation(self, member: Member, given: Properties, contract: int) -> JsonObject:
        """Return a resource that was just created, with the entities of the body alone, as deep as there."""
        view = self.representation(member, 0, contract)
        found = view.pop("entities", {})
        resource = resolve_link(member[0])
        kind = self._kinds[resource.template]
        kinds = {name: self.kind_below(kind, name) for name in given if name in found}
        entities = {
            name: self.collection_view(f"{resource.path}/{name}", below, contract, _depth_of(given[name]))
            for name, below in kinds.items()
            if below
        }
        return {**view, "entities": entities} if entities else view

    def _find_below(self, resource: Resource, identifier: str, contract: int) -> Member | None:
        """Return the member with an id in one of the collections below a resource."""
        entities = self._kinds[resource.template].entities
        paths = (f"{resource.path}/{name}/{quote(identifier, safe='')}" for name in entities)
        found = next((found for found in (self.look_up(path, contract) for path in paths) if found), None)
        return found and self._add_computed_properties(found)

    def find_attachable(self, collection: str, kind: Kind, contract: int, identifier: Any) -> Resource | None:
        """Return the resource with an id that can be attached in a collection, such as one of the same data center."""
        shared = "/".join(collection.split("/")[: _common_segments(kind)])
        return next(iter(self.store.with_key((kind.template, shared, identifier), contract)), None)

    def _as_member(self, stored: Any) -> Member:
        return self._add_computed_properties((stored, self.view(stored)))

    def _add_computed_properties(self, member: Member) -> Member:
        stored, view = member
        resource = resolve_link(stored)
        if isinstance(resource, Resource):
            compute = self._computed_properties.get(resource.template)
            if compute:
                computed = compute(self, resource, view)
                view["properties"].update(self._kinds[resource.template].known_properties(computed))
        return member


class KeyFunction:
    """Returns the index keys of a resource: those of `index_keys`, and those for attachments of the added documents."""

    def __init__(self, index_keys: dict[str, Callable[[Resource, Properties], Keys]]) -> None:
        self._index_keys = index_keys
        self._attachments: dict[str, dict[str, tuple[Kind, int]]] = {}  # by source template, then by template

    def add(self, document: ApiDocument) -> None:
        for kind in document.kinds.values():
            if kind.attachment:
                by_template = self._attachments.setdefault(kind.attachment.source_template, {})
                by_template[kind.template] = kind, _common_segments(kind)

    def __call__(self, resource: Resource) -> Keys:
        rule = self._index_keys.get(resource.template)
        attachments = self._attachments.get(resource.template)
        if not attachments and not rule:
            return {}
        planned = resource.planned()
        found = {**rule(resource, planned)} if rule else {}
        for kind, shared in attachments.values() if attachments else ():
            segments = resource.path.split("/")[:shared]
            found[kind.template, "/".join(segments), resource.id] = 0
            if kind.attachment and kind.attachment.property:
                value = quote(str(planned.get(kind.attachment.property)), safe="")
                ids = (segment for segment, part in zip(segments, kind.template.split("/")) if part == "{}")
                found[kind.template, kind.template.format(*ids, value)] = 0
        return found


def _common_segments(kind: Kind) -> int:
    """Return how many segments a collection has in common with the one that its members are attached from."""
    assert kind.attachment
    pairs = zip(kind.attachment.source_template.split("/"), kind.template.split("/"))
    return next(count for count, (one, other) in enumerate(pairs) if one != other)


def resolve_link(stored: Any) -> Any:
    """Return the target of a link, and anything else unchanged."""
    return stored.target if isinstance(stored, Link) else stored


def _depth_of(collection: Any) -> int:
    """Return the depth of a collection in a body: 1 if it has ids alone, which attach resources."""
    given: JsonObject = collection or {}
    items: list[JsonObject] = given.get("items") or []
    below: list[JsonObject] = [item.get("entities") or {} for item in items]
    if not any("properties" in item for item in items):
        return 1
    return 2 + max((_depth_of(nested) for entities in below for nested in entities.values()), default=0)
