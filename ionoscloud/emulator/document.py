"""The OpenAPI document as the emulator needs it: routes, kinds of resources, parameters and bodies that can be checked.

Everything about an endpoint comes from the document; this module knows none by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import resources
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from openapi_schema_validator import (
    OAS30WriteValidator,  # pyright: ignore[reportUnknownVariableType]  # a class that jsonschema has made
    oas30_format_checker,
)
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, MapAdapter, RequestRedirect, Rule

from ionoscloud.emulator.messages import Json

Schema = Mapping[str, Any]
Validator = Any  # jsonschema's, which is not typed
METHODS = ("get", "put", "post", "delete", "patch")
MOST_MESSAGES = 100
LONGEST_MESSAGE = 300  # characters; messages quote what was sent, which can be of any size
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
TYPES = {
    "integer": "a number without a fraction",
    "number": "a number",
    "boolean": "true or false",
    "string": "a text",
    "array": "a list",
    "object": "an object",
}
LIMITS = {
    "minimum": "The value has to be {} or more",
    "maximum": "The value has to be {} or less",
    "minLength": "The text needs {} characters or more",
    "maxLength": "The text can have {} characters or less",
    "minItems": "The list needs {} elements or more",
    "maxItems": "The list can have {} elements or less",
    "pattern": "The value has to match the pattern {}",
    "format": "The value is not a valid {}",
}

# The states of a kind: at rest, and while it is created, changed and deleted.
USUAL_STATES = ("AVAILABLE", "BUSY", "BUSY", "BUSY")
MANAGED_STATES = ("ACTIVE", "DEPLOYING", "UPDATING", "DESTROYING")
NODE_STATES = ("READY", "PROVISIONING", "REBUILDING", "TERMINATING")


@dataclass(frozen=True)
class Parameter:
    """A query parameter or header of an operation."""

    name: str
    place: str
    schema: Schema
    validator: Validator

    def parse(self, raw: str | None) -> tuple[Any, str | None]:
        """The value of the parameter (its default for None) and what is wrong with it, if anything is."""
        if raw is None:
            return self.schema.get("default"), None
        value: Any = raw
        if self.schema.get("type") != "string":
            try:
                value = json.loads(raw.lower())  # lower(): published clients send Python's `True`
            except (ValueError, RecursionError):
                value = raw
        error = next(self.validator.iter_errors(value), None)
        return value, f"[{self.name}] {_wording(error)}" if error else None


@dataclass(frozen=True)
class Attachment:
    """Where the members of a collection live that only refers to them, from the document's `x-attaches`."""

    home: str  # template of the collection that they live in
    by: str | None  # their property that names what they are attached to; None: it is kept apart from them


@dataclass(frozen=True, eq=False)
class Kind:
    """What the resources of a collection have in common."""

    template: str  # path of the collection, each parameter as `{}`
    type: str
    ancestors: tuple[int, ...]  # how many segments of the collection's path lead to each resource above
    entities: tuple[str, ...]  # the collections below that a resource shows
    properties: Schema  # attribute -> schema
    hidden: frozenset[str]  # properties that a body may set and no answer shows
    metadata: frozenset[str]
    states: tuple[str, ...]  # empty if the kind has none
    attachment: Attachment | None

    @property
    def filter_keys(self) -> frozenset[str]:
        return self.metadata.union(self.properties)

    def shown(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The properties that responses show: all that the document has, those without a value as null."""
        visible = {name: value for name, value in properties.items() if name not in self.hidden}
        return {**dict.fromkeys(self.properties), **visible}


@dataclass(frozen=True, eq=False)
class Operation:
    """One verb of one path."""

    method: str
    template: str  # the path, each parameter as `{}`
    ancestors: tuple[int, ...]  # how many segments of the path lead to each resource above
    status: int
    followed: bool  # the answer says where to follow the request
    parameters: tuple[Parameter, ...]
    content_types: tuple[str, ...]
    body_required: bool
    bare_body: bool  # the body is the properties alone, not a resource that holds them
    body_reader: Callable[[Json], Json]
    body_validator: Validator
    properties: Schema  # of the body: attribute -> schema
    required: frozenset[str]  # of the properties
    lists: bool
    kind: Kind | None  # of the resource, or of the members of the collection, that the path leads to
    action: str | None  # what a path does that leads to no resource: `start`

    def read(self, body: Json, kept: Mapping[str, Any]) -> tuple[Json, list[str]]:
        """What a body stands for, and what is wrong with it, one message for each culprit with its JSON path.

        `kept` are the stored resource's properties: those that a newer document may know are not refused.
        """
        if self.bare_body and isinstance(body, dict) and isinstance(body.get("properties"), dict):
            body = body["properties"]  # as the vendor's Ansible modules send an image
        whole: Json = {"properties": body} if self.bare_body else body
        read = self.body_reader(whole)
        faults = [*self._faults(read, kept)]
        if not self.bare_body or not isinstance(read, dict):
            return read, faults
        values: Any = read.get("properties")
        if self.method == "PATCH" and isinstance(body, dict):
            for name in body.keys() - read["properties"].keys():  # they are null: attributes go back to their defaults
                schema = self.properties.get(name, {})
                if name in self.required:
                    faults.append(f"[(root).properties.{name}] {missing(name)}")
                elif not schema.get("x-immutable"):
                    values[name] = next(_default(name, schema), None)
        return values, faults

    def _faults(self, whole: Json, kept: Mapping[str, Any]) -> Iterator[str]:
        verb = "create" if self.method == "POST" else "update"
        tolerated = {("properties", name) for name in kept if name not in self.properties}
        found: dict[str, str] = {}
        errors = self.body_validator.iter_errors(whole)
        culprits = (culprit for error in errors for culprit in _culprits(error, verb))
        refused = ((path, message) for path, message in culprits if tuple(path[:2]) not in tolerated)
        for path, message in islice(refused, MOST_MESSAGES):
            found.setdefault(_json_path(path), message[:LONGEST_MESSAGE])
        if self.kind and isinstance(whole, dict) and not self.bare_body:
            if whole.get("type", self.kind.type) != self.kind.type:
                found.setdefault("(root).type", f"Type has to be '{self.kind.type}'")
            if "id" in whole and not self.kind.attachment:
                found.setdefault("(root).id", f"Attribute is not allowed in {verb} requests")
        given: Json = whole.get("properties") if isinstance(whole, dict) else None
        if isinstance(given, dict) and self.method != "POST":
            for name, schema in self.properties.items():
                if schema.get("x-immutable") and name in given and given[name] != kept.get(name):
                    found.setdefault(f"(root).properties.{name}", f"Attribute is not allowed in {verb} requests")
        return (f"[{path}] {message}" for path, message in found.items())


class Document:
    """An OpenAPI document, merged into one, with only internal references."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self.paths: tuple[str, ...] = tuple(content["paths"])
        self._paths: Mapping[str, Any] = {nameless(path): item for path, item in content["paths"].items()}
        self.version: str = content["info"]["version"]
        server: str = content["servers"][0]["url"]
        self.base_path = urlsplit(server).path.rstrip("/")
        schemas = content["components"]["schemas"]
        closed = {name: self._closed(schema) for name, schema in schemas.items()}
        self._components = {"components": {"schemas": closed}}  # where the references of every schema lead
        self.kinds: dict[str, Kind] = {
            template: self._kind(template, item) for template, item in self._paths.items() if self._lists(item)
        }
        self.operations: dict[str, dict[str, Operation]] = {
            path: {method.upper(): self._operation(method, path, item) for method in METHODS if method in item}
            for path, item in content["paths"].items()
        }
        rules = [Rule(re.sub(r"{(\w+)}", r"<\1>", path), endpoint=path) for path in content["paths"]]
        self.routes: MapAdapter = Map(rules, merge_slashes=False).bind("emulator")

    def operations_at(self, path: str) -> dict[str, Operation]:
        """The operations of a path with ids in it, by their verbs; none if there is no such path."""
        try:
            return self.operations[self.routes.match(path)[0]]
        except (NotFound, RequestRedirect):
            return {}

    def _lists(self, item: Mapping[str, Any]) -> bool:
        return "get" in item and "items" in self._properties(self._answer(item["get"]))

    def _kind(self, template: str, item: Mapping[str, Any]) -> Kind:
        schema = self._properties(self._answer(item["get"]))["items"]["items"]
        attributes = self._properties(schema)
        metadata = self._properties(attributes.get("metadata", {}))
        attaches = item.get("x-attaches")
        home = nameless(attaches["from"]).replace("*", "{}") if attaches else ""
        return Kind(
            template=template,
            type=self._type_of(schema),
            ancestors=tuple(self._ancestors(template)),
            entities=tuple(self._properties(attributes.get("entities", {}))),
            properties=self._properties(attributes.get("properties", {})),
            hidden=frozenset(self._hidden(template)),
            metadata=frozenset(metadata),
            states=self._states(home or template, metadata.get("state", {})),
            attachment=Attachment(home, attaches.get("by")) if attaches else None,
        )

    def _hidden(self, template: str) -> Iterator[str]:
        for item in (self._paths[template], self._paths.get(f"{template}/{{}}", {})):
            for method in ("post", "put"):
                body = self._properties(_schema_of(self._resolved(item.get(method, {}).get("requestBody", {}))))
                properties = self._properties(body.get("properties", {}))
                yield from (name for name, schema in properties.items() if schema.get("writeOnly"))

    def _states(self, template: str, state: Schema) -> tuple[str, ...]:
        if NODE_STATES[0] in state.get("enum", ()):
            return NODE_STATES
        managed = self._paths[template].get("x-managed")
        return () if not state else MANAGED_STATES if managed else USUAL_STATES

    def _operation(self, method: str, path: str, item: Mapping[str, Any]) -> Operation:
        source = item[method]
        parameters: dict[str, Parameter] = {}
        for reference in (*item.get("parameters", ()), *source.get("parameters", ())):
            parameter = self._resolved(reference)
            if parameter["in"] != "path":
                name, schema = parameter["name"], self._merged(parameter["schema"])
                parameters[name] = Parameter(name, parameter["in"], schema, self._validator(schema))
        request = self._resolved(source.get("requestBody", {}))
        body = self._properties(_schema_of(request))
        bare = bool(body) and "properties" not in body
        template = nameless(path)
        acts = method == "post" and "get" not in item
        resource = template.rpartition("/")[0] if acts else template
        schema = self._body_schema(_schema_of(request), method, bare)
        of_properties = _schema_of(request) if bare else body.get("properties", {})
        return Operation(
            method=method.upper(),
            template=template,
            ancestors=tuple(self._ancestors(template)),
            status=int(_success(source)),
            followed=self._followed(source),
            parameters=tuple(parameters.values()),
            content_types=tuple(request.get("content", ())),
            body_required=request.get("required", False),
            bare_body=bare,
            body_reader=partial(self._read, schema),
            body_validator=self._validator(schema),
            properties=self._properties(of_properties),
            required=frozenset(self._merged(of_properties).get("required", ())),
            lists=self._lists(item),
            kind=self.kinds.get(resource) or self.kinds.get(resource.rpartition("/")[0]),
            action=template.rpartition("/")[2] if acts else None,
        )

    def _answer(self, operation: Mapping[str, Any]) -> Schema:
        return _schema_of(self._resolved(operation["responses"][_success(operation)]))

    def _followed(self, operation: Mapping[str, Any]) -> bool:
        return "Location" in self._resolved(operation["responses"][_success(operation)]).get("headers", ())

    def _ancestors(self, template: str) -> Iterator[int]:
        segments = template.split("/")
        for count in range(2, len(segments)):
            above = "/".join(segments[:count])
            if above.endswith("/{}") and above in self._paths and not self._lists(self._paths[above]):
                yield count

    def _validator(self, schema: Schema) -> Validator:
        return OAS30WriteValidator(  # pyright: ignore[reportUnknownVariableType]
            {"allOf": [schema], **self._components}, format_checker=oas30_format_checker
        )

    def _body_schema(self, schema: Schema, method: str, bare: bool) -> Schema:
        """The schema of a body; a bare one is checked inside a resource, so that messages name the same paths."""
        whole = {"properties": {"properties": self._merged(schema)}} if bare else self._merged(schema)
        if method == "post" or "properties" not in whole.get("properties", {}):
            return self._closed(whole)
        # PATCH requires nothing. Programs PUT data centers, IP blocks and backup units without what never changes.
        properties = dict(self._merged(whole["properties"]["properties"]))
        fixed = {name for name, item in self._properties(properties).items() if item.get("x-immutable")}
        required = [] if method == "patch" else [name for name in properties.get("required", ()) if name not in fixed]
        inner = {**whole["properties"], "properties": {**properties, "required": required}}
        closed = self._closed({**whole, "properties": inner})
        return {"properties": closed["properties"], "required": ["properties"]} if bare else closed

    def _read(self, schema: Schema, value: Json) -> Json:
        """A value as the API's JSON reader takes it.

        It converts text to numbers and truth values and enum values to their case, finds the id in a reference, and
        leaves out attributes that are null.
        """
        while "$ref" in schema:
            schema = self._components["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if schema.get("x-reference"):
            value = _reference(schema, value)
        if isinstance(value, dict):
            return self._read_object(schema, value)
        if isinstance(value, list):
            return [self._read(schema.get("items", {}), item) for item in value]
        return _scalar(schema, value)

    def _read_object(self, schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
        known: Schema = schema.get("properties", {})
        other = schema.get("additionalProperties")
        if "properties" in known and "properties" not in value:
            value = _without_href(value)
        read: dict[str, Any] = {}
        for name, item in value.items():
            of_item: Schema = known.get(name, other if isinstance(other, dict) else {})
            if item is not None or name not in known or of_item.get("readOnly") or of_item.get("nullable"):
                read[name] = self._read(of_item, item)
        return read

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference stands for; anything else as it is."""
        while "$ref" in part:
            target: Any = self._content
            for key in part["$ref"].split("/")[1:]:
                target = target[key]
            part = target
        return part

    def _merged(self, schema: Schema) -> Schema:
        """The schema itself instead of a reference, with the parts of `allOf` put together."""
        schema = self._resolved(schema)
        if "allOf" not in schema:
            return schema
        parts = [*(self._merged(part) for part in schema["allOf"]), schema]
        return {
            **{key: value for part in parts for key, value in part.items() if key != "allOf"},
            "properties": {name: value for part in parts for name, value in part.get("properties", {}).items()},
            "required": [name for part in parts for name in part.get("required", ())],
        }

    def _properties(self, schema: Schema) -> Schema:
        """The attributes of an object and their schemas."""
        return {name: self._merged(attribute) for name, attribute in self._merged(schema).get("properties", {}).items()}

    def _closed(self, schema: Schema) -> Schema:
        """The schema for a body: refuses attributes that it does not name.

        JSON Schema cannot refuse them across the parts of `allOf`, so these are put together. Read-only attributes
        keep no other rule: it makes no difference what is wrong with a value that must not be there.
        """
        if "$ref" in schema:
            return schema
        if schema.get("readOnly"):
            return {"readOnly": True}
        closed = dict(self._merged(schema))
        if closed.get("properties"):
            closed["properties"] = {name: self._closed(value) for name, value in closed["properties"].items()}
            closed.setdefault("additionalProperties", False)
        if "items" in closed:
            closed["items"] = self._closed(closed["items"])
        return closed

    def _type_of(self, resource: Schema) -> str:
        """The `type` of a resource: as its schema states it, or its name: a `FirewallRule` is a `firewall-rule`."""
        stated = self._resolved(resource).get("x-resource-type")
        name = resource.get("$ref", "").rpartition("/")[2]
        kebab = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
        known = self._content["components"]["schemas"]["Type"]["enum"]
        return stated or next((kind for kind in (kebab, kebab.replace("-", "")) if kind in known), "resource")


@lru_cache(maxsize=1)
def cloud_api() -> Document:
    """The document that comes with the package."""
    text = resources.files("ionoscloud.emulator").joinpath("openapi.json").read_text(encoding="utf-8")
    return Document(json.loads(text))


def defaults_of(properties: Schema) -> dict[str, Any]:
    """What the writable properties are when nobody sets them; those that are then absent are left out."""
    return {
        name: value
        for name, schema in properties.items()
        if not (schema.get("readOnly") or schema.get("writeOnly"))
        for value in _default(name, schema)
    }


def _default(name: str, schema: Schema) -> Iterator[Any]:
    if "default" in schema:
        yield schema["default"]
    elif schema.get("nullable"):
        yield None
    elif "enum" in schema:
        yield "NONE" if "NONE" in schema["enum"] else schema["enum"][0]
    elif name == "name":
        yield ""
    elif schema.get("type") in ("boolean", "array"):
        yield False if schema["type"] == "boolean" else []


def canonical(path: str) -> str:
    """The path with each segment decoded and encoded again: one spelling only, and a slash inside of it stays one.

    UUIDs become lower case, as the ids of all resources are.
    """
    segments = (unquote(segment, errors="replace") for segment in path.split("/"))
    return "/".join(segment.lower() if UUID.fullmatch(segment) else quote(segment, safe="") for segment in segments)


def nameless(path: str) -> str:
    """The path without the names of its parameters, which may differ from one path to the next."""
    return re.sub("{.*?}", "{}", path)


def _success(operation: Mapping[str, Any]) -> str:
    """The status of the answer when all goes well."""
    return next(str(code) for code in operation["responses"] if str(code).startswith("2"))


def _schema_of(message: Mapping[str, Any]) -> Schema:
    """The schema of the body of a request or an answer."""
    nothing: Schema = {}
    return next((media.get("schema", {}) for media in message.get("content", {}).values()), nothing)


def _culprits(error: Any, verb: str) -> Iterator[tuple[list[Any], str]]:
    """The JSON paths that an error is about, each with what is wrong there."""
    path = list(error.absolute_path)
    if error.validator == "additionalProperties":
        for name in error.instance:
            if name not in error.schema["properties"]:
                yield [*path, name], f"Attribute is not allowed in {verb} requests"
    elif error.validator == "readOnly":
        yield path, f"Attribute is not allowed in {verb} requests"
    elif error.validator == "required":
        for name in error.validator_value:
            # A resource that is named by its id needs nothing else.
            if name not in error.instance and not (name == "properties" and "id" in error.instance):
                yield [*path, name], missing(name)
    else:
        yield path, _wording(error)


def missing(name: str) -> str:
    """What the API says of an attribute that is required and not there."""
    return f"Attribute '{name}' is required"


def _wording(error: Any) -> str:
    """What an error of the validator means, in words that do not depend on what the emulator is written in."""
    limit, value = error.validator_value, json.dumps(error.instance, ensure_ascii=False)
    if error.validator == "type":
        text = f"The value has to be {TYPES[limit]}, not {value}"
    elif error.validator == "enum":
        text = f"The value has to be one of {', '.join(map(str, limit))}, not {value}"
    else:
        text = f"{LIMITS.get(error.validator, 'The value is not valid').format(limit)}, not {value}"
    return text[:LONGEST_MESSAGE]


def _scalar(schema: Schema, value: Json) -> Json:
    """A value of the type that a schema states, if it can be read as one."""
    kind = schema.get("type")
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, str):
        return value
    if kind in ("integer", "number") and (match := NUMBER.fullmatch(value)):
        return float(value) if match[1] else int(value)
    if kind == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    same = (known for known in schema.get("enum", ()) if str(known).casefold() == value.casefold())
    return next(same, value)


def _reference(schema: Schema, value: Json) -> Json:
    """The id in a reference, which can be an id, the URL or the path of a resource, or an object that has one of them.

    It comes in an object where the schema is that of one.
    """
    if isinstance(value, dict):
        value = _without_href(value)
        return value if schema.get("type") == "object" else value.get("id", value)
    if isinstance(value, str):
        value = identifier_of(value)
        return {"id": value} if schema.get("type") == "object" else value
    return value


def _without_href(value: dict[str, Any]) -> dict[str, Any]:
    """An object that refers to a resource, with no more than its id where it had a URL."""
    value = dict(value)
    href = value.pop("href", None)
    identifier = value.get("id", href)
    return {**value, "id": identifier_of(identifier)} if isinstance(identifier, str) else value


def identifier_of(reference: str) -> str:
    """The id in the URL or path of a resource; an id is one itself. UUIDs are compared in lower case."""
    if reference.startswith(("/", "http://", "https://")):
        reference = unquote(reference.rstrip("/").rpartition("/")[2])
    return reference.lower() if UUID.fullmatch(reference) else reference


def _json_path(path: list[Any]) -> str:
    return "".join(["(root)", *(f".[{key}]" if isinstance(key, int) else f".{key}" for key in path)])
