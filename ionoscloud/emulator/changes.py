"""Carry out requests: create resources with everything below them, change, delete, attach and detach them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import unquote

from ionoscloud.emulator import rules
from ionoscloud.emulator.document import Kind, Route, defaults_of, required_message
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.messages import ACCESS_DENIED, NOT_FOUND, VALIDATION, ApiError, HttpRequest
from ionoscloud.emulator.store import ChangeRequest, Resource
from ionoscloud.emulator.types import JsonObject, Properties

# The order in which the entities of a body are created: others refer to these. A NIC, for instance, names its LAN.
CREATED_FIRST = ("lans", "volumes", "servers")


class Changes:
    """The changes that one HTTP request of a contract asks for."""

    def __init__(self, inventory: Inventory, route: Route, http_request: HttpRequest, contract: int) -> None:
        self._inventory = inventory
        self._store = inventory.store
        self._route = route
        self._http_request = http_request
        self._contract = contract
        self._new: list[tuple[Resource, str]] = []  # resources and links that are created, each with its JSON path

    def create(
        self, collection: str, body: JsonObject, identifier: str | None = None
    ) -> tuple[ChangeRequest, Resource]:
        """Create a resource in a collection, or attach one if the members of the collection are attached."""
        kind = self._route.kind
        assert kind
        with self._request(*self._parents(collection, kind)) as request:
            resource = self._add(request, collection, kind, body, "(root)", identifier)
            self._complete(request)
        return request, resource

    def change(self, resource: Resource, values: Properties) -> ChangeRequest:
        """Set properties. PUT resets those that are left out, unless the document keeps them."""
        if self._route.method == "PUT":
            reset = {
                name: schema
                for name, schema in self._route.properties.items()
                if not (schema.get("x-immutable") or schema.get("x-kept"))
            }
            values = {**defaults_of(reset), **values}
        values = self._inventory.kind(resource.template).keep_unknown(values, resource.planned())
        with self._request(resource) as request:
            self._set(request, resource, values, "(root)")
        return request

    def delete(self, resource: Resource) -> ChangeRequest:
        """Delete a resource; a member that is attached is only detached."""
        blocker = rules.delete_blockers.find(resource.template, self._inventory.version)
        if reason := blocker(self._inventory, resource) if blocker else None:
            raise ApiError(422, f"[(root)] {reason}", code=VALIDATION)
        with self._request(resource) as request:
            self._store.change(request, resource, None)
            self._apply_side_effects(request, resource, None)
        return request

    def run_action(self, resource: Resource, values: Properties) -> tuple[ChangeRequest, Resource | None]:
        """Carry out the action at the end of the path, such as `start`."""
        template = self._route.template
        action = rules.actions.find(template, self._inventory.version)
        if action is None:
            raise ApiError(501, f"The emulator does not implement {template}")
        self._validate(template, resource, values, "(root)" if self._route.bare_body else "(root).properties")
        with self._request(resource) as request:
            result = action(self._inventory, request, resource, values)
        return request, result

    def _request(self, *after: Resource) -> AbstractContextManager[ChangeRequest]:
        kind, tracked = self._route.kind, self._route.tracked
        instant = not tracked and not (kind and kind.states)
        return self._store.request(self._http_request, self._contract, *after, tracked=tracked, instant=instant)

    def _parents(self, collection: str, kind: Kind) -> list[Resource]:
        """Return the resource above a collection, if any: its pending changes come before those of members."""
        parent = self._store.resource("/".join(collection.split("/")[: kind.ancestors[-1]])) if kind.ancestors else None
        return [parent] if parent and parent.contract is not None else []

    def _add(
        self,
        request: ChangeRequest,
        collection: str,
        kind: Kind,
        body: JsonObject,
        json_path: str,
        identifier: str | None = None,
    ) -> Resource:
        if kind.attachment:
            return self._attach(request, collection, kind, body, json_path)
        values = body.get("properties", {})
        identify = rules.id_generators.find(kind.template, self._inventory.version)
        identifier = identifier or (identify(self._inventory, collection, values) if identify else self._store.new_id())
        try:
            resource = self._store.add(collection, identifier, kind.template, contract=self._contract)
        except ValueError:
            raise ApiError(
                422, f"[{json_path}] A resource with the id '{identifier}' exists already", code=VALIDATION
            ) from None
        schema = self._route.properties if json_path == "(root)" else kind.properties
        self._set(request, resource, {**defaults_of(schema), **values}, json_path)
        self._new.append((resource, json_path))
        stated = {name: value for name, value in resource.planned().items() if name in values}
        entities: Mapping[str, Properties | None] = body.get("entities") or {}
        for name, entity in sorted(entities.items(), key=lambda entity: _creation_order(entity[0])):
            below = self._inventory.kind_below(kind, name)
            items = (entity or {}).get("items") or () if below else ()
            if below and items and rules.actions.find(below.template, self._inventory.version):
                self._assign(request, resource, below, items, f"{json_path}.entities.{name}")
                continue
            for index, item in enumerate(items):
                assert below
                self._add(
                    request, f"{resource.path}/{name}", below, item, f"{json_path}.entities.{name}.items.[{index}]"
                )
        # The body takes precedence over side effects of its entities, such as the firewall of a NIC with rules.
        planned = resource.planned()
        if changed := {name: value for name, value in stated.items() if planned[name] != value}:
            self._store.change(request, resource, changed)
        return resource

    def _assign(
        self, request: ChangeRequest, resource: Resource, kind: Kind, items: Sequence[JsonObject], json_path: str
    ) -> None:
        """Assign the members of a collection that has no POST, as PUT does."""
        for index, item in enumerate(items):
            if item.get("id") is None:
                raise ApiError(422, f"[{json_path}.items.[{index}].id] {required_message('id')}", code=VALIDATION)
        values = {"ids": [item["id"] for item in items]}
        self._validate(kind.template, resource, values, json_path)
        assign = rules.actions.find(kind.template, self._inventory.version)
        assert assign
        assign(self._inventory, request, resource, values)

    def _attach(
        self, request: ChangeRequest, collection: str, kind: Kind, body: JsonObject, json_path: str
    ) -> Resource:
        assert kind.attachment
        source_template = kind.attachment.source_template
        if body.get("id") is None and source_template.count("{}") < kind.template.count("{}"):
            path = source_template.format(*collection.split("/")[2::2])
            target = self._add(request, path, self._inventory.kind(source_template), body, json_path)
        else:
            target = self._find_attachable(collection, kind, body.get("id"), json_path)
        self._validate(kind.template, target, {}, json_path)
        if kind.attachment.property:
            identifier = collection.split("/")[-2]
            value = int(identifier) if identifier.isdigit() else identifier
            self._set(request, target, {kind.attachment.property: value}, json_path)
            return target
        link = self._store.link(collection, target, kind.template, self._contract)
        self._store.change(request, link, {})
        self._new.append((link, json_path))
        return link

    def _find_attachable(self, collection: str, kind: Kind, identifier: Any, json_path: str) -> Resource:
        """Return the resource with an id that can be attached in a collection."""
        if identifier is None:
            raise ApiError(422, f"[{json_path}.id] {required_message('id')}", code=VALIDATION)
        if resource := self._inventory.find_attachable(collection, kind, self._contract, identifier):
            return resource
        raise ApiError(404, f"[{json_path}.id] Resource '{identifier}' does not exist", code=NOT_FOUND)

    def _set(self, request: ChangeRequest, resource: Resource, values: Properties, json_path: str) -> None:
        template = resource.template
        if resource.contract is None:
            type = self._inventory.kind(template).type
            raise ApiError(403, f"Access denied: {type} {resource.id} is public", code=ACCESS_DENIED)
        new = resource.properties is None and not resource.pending
        values = self._inventory.kind(template).nested_defaults.complete(values)
        self._validate(template, resource, values, f"{json_path}.properties")
        defaults = rules.defaults_on_create.find(template, self._inventory.version) if new else None
        if defaults:
            values = defaults(self._inventory, resource, dict(values))
        self._store.change(request, resource, values)
        self._apply_side_effects(request, resource, values)

    def _validate(self, template: str, resource: Resource, values: Properties, json_path: str) -> None:
        validator = rules.validators.find(template, self._inventory.version)
        planned = {**resource.planned(), **values}
        found = validator(self._inventory, resource, values, planned) if validator else ()
        if violations := [f"[{json_path}.{name}] {text}" for name, text in found]:
            raise ApiError(422, *violations, code=VALIDATION)

    def _complete(self, request: ChangeRequest) -> None:
        """Apply the rules that depend on everything that the request creates."""
        for resource, json_path in self._new:
            complete = rules.completions.find(resource.template, self._inventory.version)
            found = complete(self._inventory, request, resource) if complete else ()
            if violations := [f"[{json_path}.{name}] {text}" for name, text in found]:
                raise ApiError(422, *violations, code=VALIDATION)

    def _apply_side_effects(self, request: ChangeRequest, resource: Resource, values: Properties | None) -> None:
        if side_effect := rules.side_effects.find(resource.template, self._inventory.version):
            side_effect(self._inventory, request, resource, values)


def identifier_in(path: str) -> str:
    """Return the id in the last segment of a path."""
    return unquote(path.rpartition("/")[2])


def _creation_order(entity: str) -> int:
    return CREATED_FIRST.index(entity) if entity in CREATED_FIRST else len(CREATED_FIRST)
