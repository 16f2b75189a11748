"""Read the OpenAPI document: routes, kinds of resources, and validators of parameters and bodies.

Everything about an endpoint comes from the document. This module knows no endpoint by name.
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
    OAS30WriteValidator,  # pyright: ignore[reportUnknownVariableType]  # a class that jsonschema creates
    oas30_format_checker,
)
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, MapAdapter, RequestRedirect, Rule

from ionoscloud.emulator.types import Json, JsonObject, Properties, Schema

Validator = Any  # of jsonschema, which has no types
Shape = Mapping[str, Any]  # names of the attributes of an object, or of those in an array, each with its shape
BASE_PATHS = {5: "/cloudapi/v5", 6: "/cloudapi/v6"}  # by version of the API; known before a document is loaded
METHODS = ("get", "put", "post", "delete", "patch")
MAX_MESSAGES = 100
MAX_MESSAGE_LENGTH = 300  # characters; messages quote values of any size
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
TYPES = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}
LIMITS = {
    "minimum": "The value has to be {} or more",
    "maximum": "The value has to be {} or less",
    "minLength": "The string must have {} characters or more",
    "maxLength": "The string can have {} characters or fewer",
    "minItems": "The array must have {} elements or more",
    "maxItems": "The array can have {} elements or fewer",
    "pattern": "The value has to match the pattern {}",
    "format": "The value is not a valid {}",
}

# The states of a resource: at rest, and while it is created, changed and deleted.
USUAL_STATES = ("AVAILABLE", "BUSY", "BUSY", "BUSY")
MANAGED_STATES = ("ACTIVE", "DEPLOYING", "UPDATING", "DESTROYING")
NODE_STATES = ("READY", "PROVISIONING", "REBUILDING", "TERMINATING")


@dataclass(frozen=True)
class RouteParameter:
    """A query parameter or header."""

    name: str
    location: str  # "query" or "header"
    schema: Schema
    validator: Validator

    def parse(self, raw: str | None) -> tuple[Any, str | None]:
        """Return the value of the parameter (its default if `raw` is None), and the violation in it or None."""
        if raw is None:
            return self.schema.get("default"), None
        value: Any = raw
        if self.schema.get("type") != "string":
            try:
                value = json.loads(raw.lower())  # published clients send Python's `True`
            except (ValueError, RecursionError):
                value = raw
        error = next(self.validator.iter_errors(value), None)
        return value, f"[{self.name}] {_violation_message(error)}" if error else None


@dataclass(frozen=True)
class Attachment:
    """How a collection gets its members from another collection: the document's `x-attaches`."""

    source_template: str  # template of the other collection
    property: str | None  # property of a member that names what it is attached to; None: the store has a `Link`


@dataclass(frozen=True)
class NestedDefaults:
    """The defaults of the attributes of an object, or of the objects in an array."""

    values: Properties
    nested: Mapping[str, NestedDefaults]

    def complete(self, values: Properties) -> Properties:
        """Return values with the defaults of the attributes that they leave out."""
        below = {name: each.complete_all(values[name]) for name, each in self.nested.items() if name in values}
        return {**self.values, **values, **below}

    def complete_all(self, value: Json) -> Any:
        """Return an object, or each object of a list, with these defaults; anything else unchanged."""
        if isinstance(value, list):
            return [self.complete_all(item) for item in value]
        return self.complete(value) if isinstance(value, dict) else value


@dataclass(frozen=True, eq=False)
class Kind:
    """The attributes that all resources of a collection share."""

    template: str  # path of the collection, with `{}` for each parameter
    type: str
    ancestors: tuple[int, ...]  # number of segments in the path of each resource above
    entities: tuple[str, ...]  # collections that a resource shows below itself
    properties: Schema  # of responses; schemas by name
    names: frozenset[str]  # of properties, in responses or bodies
    visible: frozenset[str]  # names of the properties that responses show
    nested: Mapping[str, Shape]  # shapes of the properties that are objects, or arrays of them
    nested_defaults: NestedDefaults
    absent: Properties  # what responses show for properties without a value: their default or null
    metadata: frozenset[str]
    states: tuple[str, ...]  # see USUAL_STATES; empty for kinds without a state
    attachment: Attachment | None

    @property
    def filter_keys(self) -> frozenset[str]:
        return self.metadata.union(self.properties)

    def visible_properties(self, properties: Properties, undocumented: frozenset[str] = frozenset()) -> JsonObject:
        """Return the properties that responses show: all that the document has, and those that no document has."""
        return {**self.absent, **self.known_properties(properties, undocumented)}

    def known_properties(self, properties: Properties, undocumented: frozenset[str] = frozenset()) -> JsonObject:
        """Return the properties that the document has, without nested attributes that only another version has."""
        if properties.keys() <= self.visible:
            known = dict(properties)
        else:
            known = {name: item for name, item in properties.items() if name in self.visible or name in undocumented}
        for name, shape in self.nested.items():
            if known.get(name):
                known[name] = _known_part(shape, known[name])
        return known

    def keep_unknown(self, values: Properties, stored: Properties) -> Properties:
        """Return values to set, with the nested attributes of the stored ones that only another version has."""
        kept = {
            name: _with_unknown_part(self.nested[name], value, stored[name])
            for name, value in values.items()
            if name in self.nested and value and stored.get(name)
        }
        return {**values, **kept} if kept else values


@dataclass(frozen=True, eq=False)
class Route:
    """One method of one path."""

    method: str
    template: str  # the path, with `{}` for each parameter
    ancestors: tuple[int, ...]  # number of segments in the path of each resource above
    status: int
    tracked: bool  # the response has the `Location` of the request's status
    media_types: tuple[str, ...]  # of the response; empty if it has no body
    response: Schema
    page_size: int | None  # maximum number of items in the response without `limit` and `maxResults`; None: no maximum
    parameters: tuple[RouteParameter, ...]
    content_types: tuple[str, ...]
    body_required: bool
    bare_body: bool  # the body is the properties alone, not a resource with `properties`
    body_reader: Callable[[Json], Json]
    body_validator: Validator
    properties: Schema  # of the body; schemas by name
    required: frozenset[str]  # names of required properties
    is_collection: bool
    kind: Kind | None  # of the resource at the path, or of the members of the collection there
    action: str | None  # last segment of a path that acts on a resource, such as `start`
    is_public: bool  # needs no credentials

    def read_body(self, body: Json, stored: Properties) -> tuple[Json, list[str]]:
        """Return the values of a body, and the violations in it, each with its JSON path.

        Args:
            body: The body as it was sent.
            stored: The properties of the stored resource. Names in it that this document does not have are allowed:
                they are from a newer document.
        """
        if self.bare_body and isinstance(body, dict):
            if self.kind and self.kind.attachment:  # programs for v5 send the resource to attach, whose id is enough
                body = {name: value for name, value in body.items() if name not in ("type", "properties", "entities")}
            elif isinstance(body.get("properties"), dict):
                body = body["properties"]  # the vendor's Ansible modules send images like this
        whole: Json = {"properties": body} if self.bare_body else body
        content = self.body_reader(whole)
        violations = [*self._violations(content, stored)]
        if not self.bare_body or not isinstance(content, dict):
            return content, violations
        values: Any = content.get("properties")
        if self.method == "PATCH" and isinstance(body, dict):
            # The reader leaves out null, which resets an attribute to its default.
            for name in body.keys() - content["properties"].keys():
                schema = self.properties.get(name, {})
                if name in self.required:
                    violations.append(f"[(root).properties.{name}] {required_message(name)}")
                elif not schema.get("x-immutable"):
                    values[name] = next(_default(name, schema), None)
        return values, violations

    def _violations(self, whole: Json, stored: Properties) -> Iterator[str]:
        verb = "create" if self.method == "POST" else "update"
        properties: Json = whole.get("properties") if isinstance(whole, dict) else None
        given = properties if isinstance(properties, dict) else {}
        # Programs write back what they have read. So properties that only responses have are allowed, unchanged.
        shown: Mapping[str, Any] = self.kind.properties if self.kind else {}
        tolerated = {
            ("properties", name)
            for name, value in stored.items()
            if name not in self.properties and (name not in shown or given.get(name) == value)
        }
        messages: dict[str, str] = {}  # by JSON path
        errors = self.body_validator.iter_errors(whole)
        found = (violation for error in errors for violation in _violations_in(error, verb))
        rejected = ((path, message) for path, message in found if tuple(path[:2]) not in tolerated)
        # The paths in the API's messages about a PATCH contain `properties`, although the body does not. Other bare
        # bodies, such as lists of ids, are not the properties of a resource.
        added = int(self.bare_body and self.method != "PATCH")
        for path, message in islice(rejected, MAX_MESSAGES):
            messages.setdefault(_json_path(path[added:]), message[:MAX_MESSAGE_LENGTH])
        if self.kind and isinstance(whole, dict) and not self.bare_body:
            if whole.get("type", self.kind.type) != self.kind.type:
                messages.setdefault("(root).type", f"Type has to be '{self.kind.type}'")
            if "id" in whole and not self.kind.attachment:
                messages.setdefault("(root).id", f"Attribute is not allowed in {verb} requests")
        if self.method != "POST":
            for name, schema in self.properties.items():
                if schema.get("x-immutable") and name in given and given[name] != stored.get(name):
                    messages.setdefault(f"(root).properties.{name}", f"Attribute is not allowed in {verb} requests")
        return (f"[{path}] {message}" for path, message in messages.items())


class ApiDocument:
    """The OpenAPI document of the API, as one file with internal references only."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self.paths: tuple[str, ...] = tuple(content["paths"])
        self._paths: Mapping[str, Any] = {path_template(path): item for path, item in content["paths"].items()}
        self.version: str = content["info"]["version"]
        self.api_version = int(self.version.partition(".")[0])
        server: str = content["servers"][0]["url"]
        self.base_path = urlsplit(server).path.rstrip("/")
        schemas = content["components"]["schemas"]
        closed = {name: self._closed(schema) for name, schema in schemas.items()}
        self._components = {"components": {"schemas": closed}}  # target of references
        self.kinds: dict[str, Kind] = {
            template: self._kind(template, item) for template, item in self._paths.items() if self._is_collection(item)
        }
        self.routes: dict[str, dict[str, Route]] = {
            path: {method.upper(): self._route(method, path, item) for method in METHODS if method in item}
            for path, item in content["paths"].items()
        }
        self._response_shapes: dict[Route, Shape] = {}
        rules = [Rule(re.sub(r"{(\w+)}", r"<\1>", path), endpoint=path) for path in content["paths"]]
        self._url_map: MapAdapter = Map(rules, merge_slashes=False).bind("emulator")

    def routes_at(self, path: str) -> dict[str, Route]:
        """Return the routes of a path with ids, by method; empty if the document does not have the path."""
        try:
            return self.routes[self._url_map.match(path)[0]]
        except (NotFound, RequestRedirect):
            return {}

    def known_response(self, route: Route, content: Any) -> Any:
        """Return the content of a response without attributes that only another version has."""
        if route not in self._response_shapes:
            self._response_shapes[route] = self._shape(route.response)
        return _known_part(self._response_shapes[route], content)

    def _list(self, item: Mapping[str, Any]) -> Schema:
        """Return the attributes of the list at a path, which GET returns, or PUT at a path without GET."""
        operation = item.get("get") or item.get("put")
        return self._properties(_content_schema(self._response(operation))) if operation else {}

    def _is_collection(self, item: Mapping[str, Any]) -> bool:
        return "items" in self._list(item)

    def _kind(self, template: str, item: Mapping[str, Any]) -> Kind:
        schema = self._list(item)["items"]["items"]
        attributes = self._properties(schema)
        metadata = self._properties(attributes.get("metadata", {}))
        attachment = item.get("x-attaches")
        source_template = path_template(attachment["from"]).replace("*", "{}") if attachment else ""
        properties = self._resource_properties(attributes.get("properties", {}))
        stated = [*properties.items(), *self._body_properties(template)]
        hidden = {name for name, item in stated if item.get("writeOnly")}
        shapes = ((name, self._shape(item)) for name, item in properties.items())
        return Kind(
            template=template,
            type=self._type_of(schema),
            ancestors=tuple(self._ancestors(template)),
            entities=tuple(self._properties(attributes.get("entities", {}))),
            properties=properties,
            names=frozenset(name for name, _ in stated),
            visible=frozenset(properties.keys() - hidden),
            nested={name: shape for name, shape in shapes if shape},
            nested_defaults=NestedDefaults({}, self._nested_defaults(attributes.get("properties", {})).nested),
            absent={name: None if name in hidden else item.get("default") for name, item in properties.items()},
            metadata=frozenset(metadata),
            states=self._states(source_template or template, metadata.get("state", {})),
            attachment=Attachment(source_template, attachment.get("by")) if attachment else None,
        )

    def _body_properties(self, template: str) -> Iterator[tuple[str, Schema]]:
        for item in (self._paths[template], self._paths.get(f"{template}/{{}}", {})):
            for method in ("post", "put"):
                body = self._properties(_content_schema(self._resolved(item.get(method, {}).get("requestBody", {}))))
                yield from self._properties(body.get("properties", {})).items()

    def _states(self, template: str, state: Schema) -> tuple[str, ...]:
        if NODE_STATES[0] in state.get("enum", ()):
            return NODE_STATES
        managed = self._paths[template].get("x-managed")
        return () if not state else MANAGED_STATES if managed else USUAL_STATES

    def _route(self, method: str, path: str, item: Mapping[str, Any]) -> Route:
        source = item[method]
        parameters: dict[str, RouteParameter] = {}
        for reference in (*item.get("parameters", ()), *source.get("parameters", ())):
            parameter = self._resolved(reference)
            if parameter["in"] != "path":
                name, schema = parameter["name"], self._merged(parameter["schema"])
                parameters[name] = RouteParameter(name, parameter["in"], schema, self._validator(schema))
        request = self._resolved(source.get("requestBody", {}))
        body = self._properties(_content_schema(request))
        bare = bool(body) and "properties" not in body
        template = path_template(path)
        acts = method in ("post", "put") and "get" not in item
        response = self._response(source)
        resource = template.rpartition("/")[0] if acts else template
        schema = self._body_schema(_content_schema(request), method, bare)
        of_properties = _content_schema(request) if bare else body.get("properties", {})
        return Route(
            method=method.upper(),
            template=template,
            ancestors=tuple(self._ancestors(template)),
            status=int(_success_status(source)),
            tracked="Location" in response.get("headers", ()),
            media_types=tuple(response.get("content", ())),
            response=_content_schema(response),
            page_size=source.get("x-page-size"),
            parameters=tuple(parameters.values()),
            content_types=tuple(request.get("content", ())),
            body_required=request.get("required", False),
            bare_body=bare,
            body_reader=partial(self._read_value, schema),
            body_validator=self._validator(schema),
            properties=self._resource_properties(of_properties),
            required=frozenset(self._merged(of_properties).get("required", ())),
            is_collection=self._is_collection(item),
            kind=self.kinds.get(resource) or self.kinds.get(resource.rpartition("/")[0]),
            action=template.rpartition("/")[2] if acts else None,
            is_public=source.get("security") == [],
        )

    def _response(self, operation: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._resolved(operation["responses"][_success_status(operation)])

    def _ancestors(self, template: str) -> Iterator[int]:
        segments = template.split("/")
        for count in range(2, len(segments)):
            ancestor = "/".join(segments[:count])
            if ancestor.endswith("/{}") and ancestor in self._paths and not self._is_collection(self._paths[ancestor]):
                yield count

    def _validator(self, schema: Schema) -> Validator:
        return OAS30WriteValidator(  # pyright: ignore[reportUnknownVariableType]
            {"allOf": [schema], **self._components}, format_checker=oas30_format_checker
        )

    def _body_schema(self, schema: Schema, method: str, bare: bool) -> Schema:
        """Return the schema of a body. A bare one becomes that of a resource, so that messages have the same paths."""
        whole = {"properties": {"properties": self._merged(schema)}} if bare else self._merged(schema)
        if method == "post" or "properties" not in whole.get("properties", {}):
            return self._closed(whole)
        # PATCH requires nothing. Programs send PUT for data centers, IP blocks and backup units without the required
        # properties that cannot change.
        properties = dict(self._merged(whole["properties"]["properties"]))
        fixed = {name for name, item in self._properties(properties).items() if item.get("x-immutable")}
        required = [] if method == "patch" else [name for name in properties.get("required", ()) if name not in fixed]
        inner = {**whole["properties"], "properties": {**properties, "required": required}}
        closed = self._closed({**whole, "properties": inner})
        return {"properties": closed["properties"], "required": ["properties"]} if bare else closed

    def _read_value(self, schema: Schema, value: Json) -> Json:
        """Read a value as the API does.

        Convert text to numbers and booleans, correct the case of enum values, resolve references to ids, and leave out
        attributes that are null.
        """
        while "$ref" in schema:
            schema = self._components["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if schema.get("x-reference"):
            value = _read_reference(schema, value)
        if isinstance(value, dict):
            return self._read_object(schema, value)
        if isinstance(value, list):
            return [self._read_value(schema.get("items", {}), item) for item in value]
        return _read_scalar(schema, value)

    def _read_object(self, schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
        known: Schema = schema.get("properties", {})
        other = schema.get("additionalProperties")
        if "properties" in known and "properties" not in value:
            value = _without_href(value)
        content: JsonObject = {}
        for name, item in value.items():
            of_item: Schema = known.get(name, other if isinstance(other, dict) else {})
            if item is not None or name not in known or of_item.get("readOnly") or of_item.get("nullable"):
                content[name] = self._read_value(of_item, item)
        return content

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Resolve a reference; return anything else unchanged."""
        while "$ref" in part:
            target: Any = self._content
            for key in part["$ref"].split("/")[1:]:
                target = target[key]
            part = target
        return part

    def _merged(self, schema: Schema) -> Schema:
        """Resolve a reference to a schema, and merge the parts of `allOf`."""
        schema = self._resolved(schema)
        if "allOf" not in schema:
            return schema
        parts = [*(self._merged(part) for part in schema["allOf"]), schema]
        return {
            **{key: value for part in parts for key, value in part.items() if key != "allOf"},
            "properties": {name: value for part in parts for name, value in part.get("properties", {}).items()},
            "required": [name for part in parts for name in part.get("required", ())],
        }

    def _shape(self, schema: Schema, above: tuple[str, ...] = ()) -> Shape:
        """Return the shape of values; empty if they have no attributes, or any, or refer to resources."""
        reference = schema.get("$ref", "")
        schema = self._merged(schema)
        if reference in above or schema.get("additionalProperties") or schema.get("x-reference"):
            return {}
        above = (*above, reference) if reference else above
        if "items" in schema:
            return self._shape(schema["items"], above)
        return {name: self._shape(attribute, above) for name, attribute in schema.get("properties", {}).items()}

    def _properties(self, schema: Schema) -> Schema:
        """Return the schemas of the attributes of an object."""
        return {name: self._merged(attribute) for name, attribute in self._merged(schema).get("properties", {}).items()}

    def _resource_properties(self, schema: Schema) -> Schema:
        """Return the schemas of the properties of a resource, each with its default."""
        defaults = self._stated_defaults(schema)
        properties = self._properties(schema).items()
        return {name: {**item, "default": defaults[name]} if name in defaults else item for name, item in properties}

    def _nested_defaults(self, schema: Schema) -> NestedDefaults:
        schema = self._merged(schema)
        if "items" in schema:
            return self._nested_defaults(schema["items"])
        below = ((name, self._nested_defaults(item)) for name, item in self._properties(schema).items())
        return NestedDefaults(
            self._stated_defaults(schema), {name: each for name, each in below if each.values or each.nested}
        )

    def _stated_defaults(self, schema: Schema) -> JsonObject:
        """Return the defaults of the attributes of an object; for an optional object, those of its attributes."""
        found: JsonObject = {}
        for name, item in self._properties(schema).items():
            below = self._stated_defaults(item) if item.get("properties") and not item.get("required") else {}
            if "default" in item or below:
                found[name] = item.get("default", below)
        return found

    def _closed(self, schema: Schema) -> Schema:
        """Return the schema for a body, which rejects unknown attributes.

        JSON Schema cannot do that across the parts of `allOf`, so they are merged, and it does not allow null as one of
        the values of an `enum`. Read-only attributes lose all other rules, since every value of them is rejected.
        """
        if "$ref" in schema:
            return schema
        if schema.get("readOnly"):
            return {"readOnly": True}
        closed = dict(self._merged(schema))
        if closed.get("nullable") and "enum" in closed:
            closed["enum"] = [*closed["enum"], None]  # JSON Schema requires null among the values
        if closed.get("properties"):
            closed["properties"] = {name: self._closed(value) for name, value in closed["properties"].items()}
            closed.setdefault("additionalProperties", False)
        if "items" in closed:
            closed["items"] = self._closed(closed["items"])
        if closed.get("nullable") and "enum" in closed:
            closed["enum"] = [*closed["enum"], None]
        return closed

    def _type_of(self, resource: Schema) -> str:
        """Return the `type` of a resource: that of its schema, or its name (`firewall-rule` for `FirewallRule`)."""
        stated = self._resolved(resource).get("x-resource-type")
        name = resource.get("$ref", "").rpartition("/")[2]
        kebab = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
        known = self._content["components"]["schemas"]["Type"]["enum"]
        return stated or next((kind for kind in (kebab, kebab.replace("-", "")) if kind in known), "resource")


@lru_cache
def api_document(version: int) -> ApiDocument:
    """Return the document of a version of the API."""
    text = resources.files("ionoscloud.emulator").joinpath(f"openapi-v{version}.json").read_text(encoding="utf-8")
    return ApiDocument(json.loads(text))


class Documents:
    """The documents of all versions of the API. Each is loaded on first use, because loading is slow.

    Args:
        load: Returns the document of a version.
        default: The version to use if any will do.
    """

    def __init__(self, load: Callable[[int], ApiDocument], default: int) -> None:
        self.default = default
        self._load = load
        self._loaded: dict[int, ApiDocument] = {}

    def __getitem__(self, version: int) -> ApiDocument:
        if version not in self._loaded:
            self._loaded[version] = self._load(version)
        return self._loaded[version]

    def __iter__(self) -> Iterator[ApiDocument]:
        """Return all documents, the default one first. Stop early if possible, so that the others are not loaded."""
        yield self[self.default]
        yield from (self[version] for version in BASE_PATHS if version != self.default)

    def undocumented(self, template: str, properties: Properties) -> frozenset[str]:
        """Return the names of the properties that no version has, such as those of a newer server."""
        names = {*properties}
        for document in self:
            names -= document.kinds[template].names if template in document.kinds else frozenset()
            if not names:
                break
        return frozenset(names)


def defaults_of(properties: Schema) -> JsonObject:
    """Return the defaults of the writable properties that have one."""
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


def canonical_path(path: str) -> str:
    """Return the canonical form of a path: each segment decoded and encoded again, UUIDs in lower case."""
    segments = (unquote(segment, errors="replace") for segment in path.split("/"))
    return "/".join(segment.lower() if UUID.fullmatch(segment) else quote(segment, safe="") for segment in segments)


def path_template(path: str) -> str:
    """Return the path without the names of its parameters, which differ between paths."""
    return re.sub("{.*?}", "{}", path)


def _known_part(shape: Shape, value: Json) -> Json:
    """Return the part of a value that a shape has."""
    if isinstance(value, list):
        return [_known_part(shape, item) for item in value]
    if not (shape and isinstance(value, dict)):
        return value
    return {name: _known_part(shape[name], item) for name, item in value.items() if name in shape}


def _with_unknown_part(shape: Shape, value: Json, stored: Json) -> Json:
    """Return a value with the part of a stored one that a shape does not have.

    Items of an array belong together if they have the same id, or the same attributes of the shape.
    """
    if isinstance(value, list) and isinstance(stored, list):
        return [_with_unknown_part(shape, item, _counterpart(shape, item, stored)) for item in value]
    if not (shape and isinstance(value, dict) and isinstance(stored, dict)):
        return value
    unknown = {name: item for name, item in stored.items() if name not in shape}
    known = {name: _with_unknown_part(shape.get(name, {}), item, stored.get(name)) for name, item in value.items()}
    return {**unknown, **known}


def _counterpart(shape: Shape, item: Json, stored: list[Json]) -> Json:
    if not isinstance(item, dict):
        return None
    others = [other for other in stored if isinstance(other, dict)]
    if "id" in item:
        return next((other for other in others if other.get("id") == item["id"]), None)
    return next((other for other in others if _known_part(shape, other) == item), None)


def _success_status(operation: Mapping[str, Any]) -> str:
    """Return the status of a successful response."""
    return next(str(code) for code in operation["responses"] if str(code).startswith("2"))


def _content_schema(message: Mapping[str, Any]) -> Schema:
    """Return the schema of the body of a request or response; empty if there is none."""
    nothing: Schema = {}
    return next((media.get("schema", {}) for media in message.get("content", {}).values()), nothing)


def _violations_in(error: Any, verb: str) -> Iterator[tuple[list[Any], str]]:
    """Return the JSON paths that an error of the validator is about, each with its message."""
    path = list(error.absolute_path)
    if error.validator == "additionalProperties":
        for name in error.instance:
            if name not in error.schema["properties"]:
                yield [*path, name], f"Attribute is not allowed in {verb} requests"
    elif error.validator == "readOnly":
        yield path, f"Attribute is not allowed in {verb} requests"
    elif error.validator == "required":
        for name in error.validator_value:
            # The id of a resource is enough to attach it.
            if name not in error.instance and not (name == "properties" and "id" in error.instance):
                yield [*path, name], required_message(name)
    else:
        yield path, _violation_message(error)


def required_message(name: str) -> str:
    """Return the API's message about a missing attribute."""
    return f"Attribute '{name}' is required"


def _violation_message(error: Any) -> str:
    """Return a message for an error of the validator, in terms of JSON and not of Python."""
    limit, value = error.validator_value, json.dumps(error.instance, ensure_ascii=False)
    if error.validator == "type":
        text = f"The value has to be {TYPES[limit]}, not {value}"
    elif error.validator == "enum":
        known = ", ".join(str(item) for item in limit if item is not None)
        text = f"The value has to be one of {known}, not {value}"
    else:
        text = f"{LIMITS.get(error.validator, 'The value is not valid').format(limit)}, not {value}"
    return text[:MAX_MESSAGE_LENGTH]


def _read_scalar(schema: Schema, value: Json) -> Json:
    """Convert a value to the type in its schema, if that is possible."""
    kind = schema.get("type")
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, str):
        return value
    if kind in ("integer", "number") and (match := NUMBER.fullmatch(value)):
        return float(value) if match[1] else int(value)
    if kind == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    known = (item for item in schema.get("enum", ()) if item is not None)
    return next((item for item in known if str(item).casefold() == value.casefold()), value)


def _read_reference(schema: Schema, value: Json) -> Json:
    """Return the id in a reference: an id, the URL or path of a resource, or an object with one of them.

    The result is an object with the id if the schema is that of an object.
    """
    if isinstance(value, dict):
        value = _without_href(value)
        return value if schema.get("type") == "object" else value.get("id", value)
    if isinstance(value, str):
        value = identifier_of(value)
        return {"id": value} if schema.get("type") == "object" else value
    return value


def _without_href(value: dict[str, Any]) -> dict[str, Any]:
    """Replace the `href` of an object that refers to a resource by its id."""
    value = dict(value)
    href = value.pop("href", None)
    identifier = value.get("id", href)
    return {**value, "id": identifier_of(identifier)} if isinstance(identifier, str) else value


def identifier_of(reference: str) -> str:
    """Return the id in the URL or path of a resource, or the given id. UUIDs become lower case."""
    if reference.startswith(("/", "http://", "https://")):
        reference = unquote(reference.rstrip("/").rpartition("/")[2])
    return reference.lower() if UUID.fullmatch(reference) else reference


def _json_path(path: list[Any]) -> str:
    return "".join(["(root)", *(f".[{key}]" if isinstance(key, int) else f".{key}" for key in path)])
