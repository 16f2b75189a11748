"""What the verbs do: resources are created with all that is below them, changed, deleted, attached and detached."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import unquote

from ionoscloud.emulator import rules
from ionoscloud.emulator.document import Kind, Operation, defaults_of, missing
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.messages import ACCESS_DENIED, NOT_FOUND, VALIDATION, ApiError, HttpRequest
from ionoscloud.emulator.store import Request, Resource

Values = Mapping[str, Any]


class Changes:
    """The changes that a contract asks for with one message."""

    def __init__(self, inventory: Inventory, operation: Operation, message: HttpRequest, contract: int) -> None:
        self._inventory = inventory
        self._store = inventory.store
        self._operation = operation
        self._message = message
        self._contract = contract

    def create(self, collection: str, body: Values, identifier: str | None = None) -> tuple[Request, Resource]:
        """Creates a resource in a collection, or attaches it if that is what the collection is for."""
        kind = self._operation.kind
        assert kind
        with self._request(*self._above(collection, kind)) as request:
            resource = self._add(request, collection, kind, body, "(root)", identifier)
        return request, resource

    def change(self, resource: Resource, values: Values) -> Request:
        """Sets properties; PUT keeps what is left out or resets it, as the document says."""
        if self._operation.method == "PUT":
            reset = {
                name: schema
                for name, schema in self._operation.properties.items()
                if not (schema.get("x-immutable") or schema.get("x-kept"))
            }
            values = {**defaults_of(reset), **values}
        with self._request(resource) as request:
            self._set(request, resource, values, "(root)")
        return request

    def delete(self, resource: Resource) -> Request:
        """Deletes a resource; a member of a collection that lives elsewhere is only detached."""
        obstacle = rules.obstacles.get(resource.kind.template)
        if reason := obstacle(self._inventory, resource) if obstacle else None:
            raise ApiError(422, f"[(root)] {reason}", code=VALIDATION)
        with self._request(resource) as request:
            self._store.change(request, resource, None)
            self._consequences(request, resource, None)
        return request

    def act(self, resource: Resource, values: Values) -> tuple[Request, Resource | None]:
        """Does what the last part of the path says."""
        template = self._operation.template
        if template not in rules.actions:
            raise ApiError(501, f"The emulator does not know what {template} does")
        self._refuse_faults(template, resource, values, "(root)")
        with self._request(resource) as request:
            result = rules.actions[template](self._inventory, request, resource, values)
        return request, result

    def _request(self, *after: Resource) -> AbstractContextManager[Request]:
        kind, followed = self._operation.kind, self._operation.followed
        instant = not followed and not (kind and kind.states)
        return self._store.request(self._message, self._contract, *after, followed=followed, instant=instant)

    def _above(self, collection: str, kind: Kind) -> list[Resource]:
        """The resource that a collection belongs to: what is under way there comes first."""
        paths = ["/".join(collection.split("/")[:count]) for count in kind.ancestors]
        found = (self._store.resource(path) for path in paths[-1:])
        return [resource for resource in found if resource and resource.contract is not None]

    def _add(
        self, request: Request, collection: str, kind: Kind, body: Values, at: str, identifier: str | None = None
    ) -> Resource:
        if kind.attachment:
            return self._attach(request, collection, kind, body, at)
        values = body.get("properties", {})
        identify = rules.identifiers.get(kind.template)
        identifier = identifier or (identify(self._inventory, collection, values) if identify else self._store.new_id())
        try:
            resource = self._store.add(collection, identifier, kind, contract=self._contract)
        except ValueError:
            raise ApiError(422, f"[{at}] There is already one with the id '{identifier}'", code=VALIDATION) from None
        schema = self._operation.properties if at == "(root)" else kind.properties
        self._set(request, resource, {**defaults_of(schema), **values}, at)
        stated = {name: value for name, value in resource.planned().items() if name in values}
        entities: Mapping[str, Values | None] = body.get("entities") or {}
        for name, entity in sorted(entities.items(), key=lambda entity: rules.rank(entity[0])):
            below = self._inventory.below(kind, name)
            for index, item in enumerate((entity or {}).get("items") or () if below else ()):
                assert below
                self._add(request, f"{resource.path}/{name}", below, item, f"{at}.entities.{name}.items.[{index}]")
        # What a body states takes precedence over what its entities change, such as the firewall of a NIC with rules.
        planned = resource.planned()
        if changed := {name: value for name, value in stated.items() if planned[name] != value}:
            self._store.change(request, resource, changed)
        return resource

    def _attach(self, request: Request, collection: str, kind: Kind, body: Values, at: str) -> Resource:
        assert kind.attachment
        home = kind.attachment.home
        if body.get("id") is None and home.count("{}") < kind.template.count("{}"):
            path = home.format(*collection.split("/")[2::2])
            target = self._add(request, path, self._inventory.kind(home), body, at)
        else:
            target = self._member(collection, kind, body.get("id"), at)
        self._refuse_faults(kind.template, target, {}, at)
        if kind.attachment.by:
            number = collection.split("/")[-2]
            self._set(request, target, {kind.attachment.by: int(number) if number.isdigit() else number}, at)
            return target
        link = self._store.link(collection, target, kind, self._contract)
        self._store.change(request, link, {})
        return link

    def _member(self, collection: str, kind: Kind, identifier: Any, at: str) -> Resource:
        """The resource of that id that can be attached in a collection."""
        if identifier is None:
            raise ApiError(422, f"[{at}.id] {missing('id')}", code=VALIDATION)
        if resource := self._inventory.attachable(collection, kind, self._contract, identifier):
            return resource
        raise ApiError(404, f"[{at}.id] Resource '{identifier}' does not exist", code=NOT_FOUND)

    def _set(self, request: Request, resource: Resource, values: Values, at: str) -> None:
        if resource.contract is None:
            raise ApiError(403, f"Access denied: {resource.kind.type} {resource.id} is public", code=ACCESS_DENIED)
        template = resource.kind.template
        new = resource.properties is None and not resource.pending
        self._refuse_faults(template, resource, values, f"{at}.properties")
        if new and template in rules.born:
            values = rules.born[template](self._inventory, resource, dict(values))
        self._store.change(request, resource, values)
        self._consequences(request, resource, values)

    def _refuse_faults(self, template: str, resource: Resource, values: Values, at: str) -> None:
        find = rules.faults.get(template)
        planned = {**resource.planned(), **values}
        found = find(self._inventory, resource, values, planned) if find else ()
        if faults := [f"[{at}.{name}] {text}" for name, text in found]:
            raise ApiError(422, *faults, code=VALIDATION)

    def _consequences(self, request: Request, resource: Resource, values: Values | None) -> None:
        if follow := rules.consequences.get(resource.kind.template):
            follow(self._inventory, request, resource, values)


def identifier_in(path: str) -> str:
    """The id that the last segment of a path is."""
    return unquote(path.rpartition("/")[2])
