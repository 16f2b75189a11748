"""What there is, as the API shows it: collections with their members, and each with as much as the depth asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

from ionoscloud.emulator.document import Document, Kind
from ionoscloud.emulator.store import Link, Resource, Store

View = dict[str, Any]
Member = tuple[Any, View]  # what is stored (None if it is only derived), and how it is shown


class Inventory:
    """Reads a store by the document's kinds.

    `derived` has, by the template of a kind, what a property is made from others of; `made_up` has the collections
    that hold nothing of their own.
    """

    def __init__(
        self,
        document: Document,
        store: Store,
        derived: dict[str, Callable[[Inventory, Resource, View], View]],
        made_up: dict[str, Callable[[Inventory, str, int], Iterator[View]]],
    ) -> None:
        self.store = store
        self._kinds = document.kinds
        self._derived = derived
        self._made_up = made_up

    def kind(self, template: str) -> Kind:
        return self._kinds[template]

    def below(self, kind: Kind, entity: str) -> Kind | None:
        """The kind of a collection below the resources of another kind."""
        return self._kinds.get(f"{kind.template}/{{}}/{entity}")

    def members(self, path: str, kind: Kind, contract: int) -> list[Member]:
        """What a contract sees of the collection at a path."""
        if kind.template in self._made_up:
            return [(None, view) for view in self._made_up[kind.template](self, path, contract)]
        if kind.attachment and kind.attachment.by:
            return [*self._attached(path, kind, contract)]
        return [self._complete(member) for member in self.store.list(path, contract)]

    def find(self, path: str, contract: int, kind: Kind | None) -> Member | None:
        """The member at a path; None if the contract sees none there."""
        collection, _, segment = path.rpartition("/")
        if kind and kind.template in self._made_up:
            href = self.store.url + unquote(path)
            return next(
                (member for member in self.members(collection, kind, contract) if member[1]["href"] == href), None
            )
        if kind and kind.attachment and kind.attachment.by:
            members = self._attached(collection, kind, contract)
            return next((member for member in members if quote(member[1]["id"], safe="") == segment), None)
        found = self.store.find(path, contract)
        return found and self._complete(found)

    def everything(self, template: str, contract: int) -> list[Member]:
        """What a contract sees of all the collections of a template."""
        return [self._complete(member) for member in self.store.scan(template, contract)]

    def collection(self, path: str, kind: Kind, contract: int, depth: int) -> View:
        """A collection as part of a resource that is shown at a depth."""
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
        """A resource by itself: at depth 0 its own details, beyond that with the collections below it."""
        stored, view = member
        if depth == 0 or not isinstance(stored, Resource):
            return view
        resource = itself(stored)
        below = {name: self.below(resource.kind, name) for name in resource.kind.entities}
        entities = {
            name: self.collection(f"{resource.path}/{name}", kind, contract, depth)
            for name, kind in below.items()
            if kind
        }
        return {**view, "entities": entities} if entities else view

    def properties(self, path: str) -> View:
        """The properties of the resource at a path, also of one that is about to be created; empty if there is none."""
        resource = self.store.resource(path)
        return resource.planned() if resource else {}

    def attachable(self, path: str, kind: Kind, contract: int) -> Iterator[tuple[Resource, View]]:
        """What can be attached in a collection: what lives with it in the same data center, for instance."""
        assert kind.attachment
        home = kind.attachment.home
        pairs = zip(home.split("/"), kind.template.split("/"))
        shared = next(count for count, (one, other) in enumerate(pairs) if one != other)
        for stored, view in self.everything(home, contract):
            if stored.path.split("/")[:shared] == path.split("/")[:shared]:
                yield stored, view

    def _attached(self, path: str, kind: Kind, contract: int) -> Iterator[Member]:
        assert kind.attachment
        for stored, view in self.attachable(path, kind, contract):
            if str(view["properties"].get(kind.attachment.by)) == path.split("/")[-2]:
                yield stored, view

    def _complete(self, member: Member) -> Member:
        stored, view = member
        derive = self._derived.get(itself(stored).kind.template) if isinstance(stored, Resource) else None
        if derive:
            view["properties"].update(derive(self, itself(stored), view))
        return member


def itself(stored: Any) -> Any:
    """What a link stands for; anything else as it is."""
    return stored.target if isinstance(stored, Link) else stored
