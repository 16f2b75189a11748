"""The OpenAPI document as the emulator needs it: routes, parameters and bodies that can be checked.

Everything about an endpoint comes from the document; this module knows none by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from openapi_schema_validator import OAS30WriteValidator, oas30_format_checker
from werkzeug.routing import Map, MapAdapter, Rule

Schema = Mapping[str, Any]
Validator = Any  # jsonschema's, which is not typed
METHODS = ("get", "put", "post", "delete", "patch")
LONGEST_MESSAGE = 300  # characters; messages quote what was sent, which can be of any size


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
        return value, f"[{self.name}] {error.message[:LONGEST_MESSAGE]}" if error else None


@dataclass(frozen=True, eq=False)
class Operation:
    """One verb of one path."""

    method: str
    ancestors: tuple[int, ...]  # how many segments of the path lead to each resource above
    status: int
    parameters: tuple[Parameter, ...]
    content_types: tuple[str, ...]
    body_required: bool
    bare_body: bool  # the body is the properties alone, not a resource that holds them
    body_validator: Validator
    properties: Schema  # of the body: attribute -> schema
    resource_type: str  # of the resource, or of the items of the collection, that the path names
    lists: bool
    filter_keys: frozenset[str]

    def faults(self, body: Any, kept: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with a body, one message for each culprit with its JSON path.

        `kept` are the stored resource's properties: those that a newer document may know are not refused.
        """
        verb = "create" if self.method == "POST" else "update"
        tolerated = {("properties", name) for name in kept if name not in self.properties}
        found: dict[str, str] = {}
        for error in self.body_validator.iter_errors({"properties": body} if self.bare_body else body):
            for path, message in _culprits(error, verb):
                if tuple(path[:2]) not in tolerated:
                    found.setdefault(_json_path(path), message[:LONGEST_MESSAGE])
        if isinstance(body, dict) and not self.bare_body and body.get("type", self.resource_type) != self.resource_type:
            found.setdefault("(root).type", f"Type has to be '{self.resource_type}'")
        return (f"[{path}] {message}" for path, message in found.items())

    def defaults(self) -> dict[str, Any]:
        """What the writable properties are when nobody sets them."""
        return {
            name: _default(schema)
            for name, schema in self.properties.items()
            if not schema.get("readOnly") and _default(schema) is not _NO_DEFAULT
        }


class Document:
    """An OpenAPI document, merged into one, with only internal references."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self.version: str = content["info"]["version"]
        self.base_path: str = urlsplit(content["servers"][0]["url"]).path.rstrip("/")
        schemas = content["components"]["schemas"]
        closed = {name: self._closed(schema) for name, schema in schemas.items()}
        self._components = {"components": {"schemas": closed}}  # where the references of every schema lead
        self._resources = {
            _nameless(path)
            for path, item in content["paths"].items()
            if "get" in item and "items" not in self._properties(self._answer(item["get"]))
        }
        rules = [
            Rule(re.sub(r"{(\w+)}", r"<\1>", path), methods=[method], endpoint=self._operation(method, path, item))
            for path, item in content["paths"].items()
            for method in METHODS
            if method in item
        ]
        self.routes: MapAdapter = Map(rules, merge_slashes=False).bind("emulator")

    def _operation(self, method: str, path: str, item: Mapping[str, Any]) -> Operation:
        source = item[method]
        parameters = {}
        for reference in (*item.get("parameters", ()), *source.get("parameters", ())):
            parameter = self._resolved(reference)
            if parameter["in"] != "path":
                name, schema = parameter["name"], self._merged(parameter["schema"])
                parameters[name] = Parameter(name, parameter["in"], schema, self._validator(schema))
        answer = self._answer(source)
        lists = "items" in self._properties(answer)
        resource = self._properties(answer)["items"]["items"] if lists else answer
        request = self._resolved(source.get("requestBody", {}))
        body = self._properties(_schema_of(request))
        bare = bool(body) and "properties" not in body
        return Operation(
            method=method.upper(),
            ancestors=tuple(self._ancestors(path)),
            status=int(_success(source)),
            parameters=tuple(parameters.values()),
            content_types=tuple(request.get("content", ())),
            body_required=request.get("required", False),
            bare_body=bare,
            body_validator=self._validator(self._body_schema(_schema_of(request), method, bare)),
            properties=body if bare else self._properties(body.get("properties", {})),
            resource_type=self._type_of(resource),
            lists=lists,
            filter_keys=frozenset(
                key
                for part in ("properties", "metadata")
                for key in self._properties(self._properties(resource).get(part, {}))
            ),
        )

    def _answer(self, operation: Mapping[str, Any]) -> Schema:
        return _schema_of(self._resolved(operation["responses"][_success(operation)]))

    def _ancestors(self, path: str) -> Iterator[int]:
        segments = _nameless(path).split("/")
        return (count for count in range(2, len(segments)) if "/".join(segments[:count]) in self._resources)

    def _validator(self, schema: Schema) -> Validator:
        return OAS30WriteValidator({"allOf": [schema], **self._components}, format_checker=oas30_format_checker)

    def _body_schema(self, schema: Schema, method: str, bare: bool) -> Schema:
        """The schema of a body; a bare one is checked inside a resource, so that messages name the same paths."""
        if not bare:
            return self._closed(schema)
        properties = dict(self._closed(self._merged(schema)))
        if method == "patch":
            properties.pop("required", None)
        return {"properties": {"properties": properties}}

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
        """The `type` of a resource, from the name of its schema: `FirewallRule` is a `firewall-rule`."""
        name = resource.get("$ref", "").rpartition("/")[2]
        kebab = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
        known = self._content["components"]["schemas"]["Type"]["enum"]
        return next((kind for kind in (kebab, kebab.replace("-", "")) if kind in known), "resource")


@lru_cache(maxsize=1)
def cloud_api() -> Document:
    """The document that comes with the package."""
    text = resources.files("ionoscloud.emulator").joinpath("openapi.json").read_text(encoding="utf-8")
    return Document(json.loads(text))


_NO_DEFAULT = object()


def _default(schema: Schema) -> Any:
    if "default" in schema:
        return schema["default"]
    if schema.get("nullable"):
        return None
    if "enum" in schema:
        return "NONE" if "NONE" in schema["enum"] else schema["enum"][0]
    return {"boolean": False, "string": "", "array": []}.get(schema.get("type", ""), _NO_DEFAULT)


def _success(operation: Mapping[str, Any]) -> str:
    """The status of the answer when all goes well."""
    return next(str(code) for code in operation["responses"] if str(code).startswith("2"))


def _nameless(path: str) -> str:
    """The path without the names of its parameters, which may differ from one path to the next."""
    return re.sub("{.*?}", "{}", path)


def _schema_of(message: Mapping[str, Any]) -> Schema:
    """The schema of the body of a request or an answer."""
    return next((media.get("schema", {}) for media in message.get("content", {}).values()), {})


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
            if name not in error.instance:
                yield [*path, name], f"Attribute is required in {verb} requests"
    else:
        yield path, error.message


def _json_path(path: list[Any]) -> str:
    return "".join(["(root)", *(f".[{key}]" if isinstance(key, int) else f".{key}" for key in path)])
