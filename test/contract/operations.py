"""The operations of the documents and valid arguments for each, read without the code of the package."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

Schema = Mapping[str, Any]
JSON = "application/json"
PROSE = {"description", "summary", "example", "x-source"}


class Document:
    """The document of a version of the API."""

    def __init__(self, version: int) -> None:
        self.version = version
        path = resources.files("ionoscloud.emulator").joinpath(f"openapi-v{version}.json")
        self.content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.operations = [
            Operation(self, path, verb, item)
            for path, item in self.content["paths"].items()
            for verb in ("get", "put", "post", "patch", "delete")
            if verb in item
        ]

    def resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the target of a reference, or anything else unchanged."""
        while "$ref" in part:
            target: Any = self.content
            for key in part["$ref"].split("/")[1:]:
                target = target[key]
            part = target
        return part

    def merged(self, schema: Schema) -> dict[str, Any]:
        """Return a schema without references and `allOf` at its top level."""
        schema = self.resolved(schema)
        result: dict[str, Any] = {"properties": {}, "required": []}
        for part in (*(self.merged(part) for part in schema.get("allOf", ())), schema):
            properties = {**result["properties"], **part.get("properties", {})}
            required = [*result["required"], *part.get("required", ())]
            result.update(part, properties=properties, required=required)
        return result

    def example(self, name: str, schema: Schema) -> Any:
        """Return a value that is valid for a schema."""
        schema = self.merged(schema)
        if "example" in schema or "default" in schema:
            return schema["example"] if "example" in schema else schema["default"]
        if "enum" in schema:
            return schema["enum"][0]
        if schema["properties"]:
            return {
                inner: self.example(inner, part)
                for inner, part in schema["properties"].items()
                if not self.merged(part).get("readOnly")
            }
        kind = schema.get("type")
        if kind == "array":
            return [self.example(name, schema["items"])]
        return {"string": f"{name} example", "integer": 1, "number": 1, "boolean": True, "object": {}}[kind]

    def expanded(self, part: Any, above: tuple[str, ...] = ()) -> Any:
        """Return a part of the document without references and prose, to compare it with that of another version."""
        if isinstance(part, list):
            return [self.expanded(each, above) for each in part]
        if not isinstance(part, dict):
            return part
        reference = part.get("$ref")
        if reference:
            return reference if reference in above else self.expanded(self.resolved(part), (*above, reference))
        return {key: self.expanded(value, above) for key, value in part.items() if key not in PROSE}

    def for_validators(self, url: str) -> Any:
        """Return the document for a validator of responses, for a server at a URL.

        The document states which keys a resource needs in a body, such as `properties`. Below the depth of a response,
        a resource has only `id`, `type` and `href`. Any content type is replaced by JSON.
        """

        def changed(part: Any) -> Any:
            if isinstance(part, list):
                return [changed(each) for each in part]
            if not isinstance(part, dict):
                return part
            result = {JSON if key == "*/*" else key: changed(value) for key, value in part.items()}
            if result.get("type") == "array" and "$ref" in result["items"] and "items" in part:
                result["items"] = {"anyOf": [REFERENCE, result["items"]]}
            return result

        return {**changed(self.content), "servers": [{"url": url}]}


def snake(name: str) -> str:
    """Return the Python name for a name in JSON: `k8s_cluster_id` for `k8sClusterId`."""
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation, or a field of its form."""

    wire_name: str
    place: str
    schema: Schema

    @property
    def name(self) -> str:
        return snake(self.wire_name)


class Operation:
    """An operation of a version of the API."""

    def __init__(self, document: Document, path: str, verb: str, item: Mapping[str, Any]) -> None:
        resolved, merged = document.resolved, document.merged
        self._source = item[verb]
        self.document = document
        self.version = document.version
        self.path = path
        self.verb = verb.upper()
        self.id: str = self._source["operationId"]
        self.api = re.sub(r"\W", "", self._source["tags"][0]) + "Api"
        self.method = snake(self.id)
        self.status, self.response = next(
            (int(status), resolved(response))
            for status, response in self._source["responses"].items()
            if status[0] == "2"
        )
        self.parameters = [
            Parameter(parameter["name"], parameter["in"], merged(parameter["schema"]))
            for parameter in map(resolved, (*item.get("parameters", ()), *self._source.get("parameters", ())))
        ]
        request = resolved(self._source.get("requestBody", {}))
        self.content_type, media = next(iter(request.get("content", {}).items()), (None, {}))
        body = media.get("schema", {})
        self.body_name: str | None = None
        self.body = merged(body) if body else {}
        if self.content_type == "application/x-www-form-urlencoded":
            self.parameters += [
                Parameter(name, "form", merged(schema)) for name, schema in self.body["properties"].items()
            ]
        elif body:
            self.body_name = snake(self._source["x-codegen-request-body-name"])
        self.body_required = bool(request.get("required"))
        self.body_model: str | None = body.get("$ref", "").rpartition("/")[2] or None
        # A PATCH has its properties at the top level of the body, others one level below.
        self.bare = bool(self.body) and "properties" not in self.body["properties"]
        self.attaches = verb == "post" and "x-attaches" in item

    def __repr__(self) -> str:
        return f"v{self.version}-{self.id}"

    @property
    def is_asynchronous(self) -> bool:
        """Return whether the API accepts the change, and carries it out later."""
        return "Location" in self.response.get("headers", ()) or "x-waits-for" in self._source

    @property
    def resource_path(self) -> str | None:
        """Return the path that returns the resource that the operation changes; `None` if there is none."""
        paths = self.document.content["paths"]
        items = [path for path in paths if path.endswith("}") and path.rpartition("/")[0] == self.path]
        target = self.path.rpartition("/")[0] if self.verb == "POST" else self.path  # of an action
        found = [path for path in (target, self.path, *items) if "get" in paths.get(path, ())]
        return found[-1] if found else None

    @property
    def attaches_by_id(self) -> bool:
        """Return whether the body has the id of the resource to attach, and nothing else."""
        return self.attaches and self.bare

    def placed(self, *places: str) -> list[Parameter]:
        return [parameter for parameter in self.parameters if parameter.place in places]

    @cached_property
    def content(self) -> dict[str, Any]:
        """Return the schema of the JSON in the response; empty if there is none."""
        schema = self.response.get("content", {}).get(JSON, {}).get("schema")
        return self.document.merged(schema) if schema else {}

    @property
    def python_type(self) -> str:
        """Return the name of the type of the result in Python."""
        media = next(iter(self.response.get("content", {}).values()), None)
        if media is None:
            return "NoneType"
        name: str = media["schema"].get("$ref", "").rpartition("/")[2]
        return name or {"object": "dict", "array": "list", "string": "str"}[media["schema"]["type"]]

    @cached_property
    def is_list(self) -> bool:
        """Return whether the response is a list of resources."""
        return self.verb == "GET" and "items" in self.content.get("properties", {})

    @cached_property
    def entities(self) -> set[str]:
        """Return the names of the collections in the resource that the operation returns."""
        entities = self.content.get("properties", {}).get("entities")
        return {*self.document.merged(entities)["properties"]} if entities else set()

    @cached_property
    def _holder(self) -> dict[str, Any]:
        return self.body if self.bare else self.document.merged(self.body["properties"]["properties"])

    @cached_property
    def attributes(self) -> dict[str, dict[str, Any]]:
        """Return the properties of the body, with their schemas."""
        return {name: self.document.merged(schema) for name, schema in self._holder["properties"].items()}

    @property
    def new_attributes(self) -> dict[str, dict[str, Any]]:
        """Return the properties of the body that v5 has, or that are new or different in v6."""
        older = OPERATIONS[5].get(self.id)
        if self.version == 5 or not (older and older.body):
            return self.attributes
        known = older.document.expanded(older.attributes)
        return {
            name: schema
            for name, schema in self.attributes.items()
            if self.document.expanded(schema) != known.get(name)
        }

    @property
    def required(self) -> list[str]:
        """Return the required properties of the body."""
        required: list[str] = self._holder["required"]
        return required

    def wrapped(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body with these properties."""
        return dict(properties) if self.bare else {"properties": dict(properties)}

    def example(self, everything: bool) -> dict[str, Any]:
        """Return properties for the body, from the document: the required or all writable ones."""
        settable = (
            (name, schema)
            for name, schema in self.attributes.items()
            if not schema.get("readOnly") and not (schema.get("x-immutable") and self.verb != "POST")
        )
        example = self.document.example
        return {name: example(name, schema) for name, schema in settable if everything or name in self.required}

    # What can differ between versions.

    def call(self) -> Any:
        """Return what the document states about the path and the parameters."""
        parameters = [(each.wire_name, each.place, self.document.expanded(each.schema)) for each in self.parameters]
        return self.path, self.verb, parameters

    def request(self) -> Any:
        """Return what the document states about the attributes in the body."""
        return self.content_type, self.required, self.document.expanded(self.attributes)


DOCUMENTS = {version: Document(version) for version in (5, 6)}
OPERATIONS = {version: {each.id: each for each in document.operations} for version, document in DOCUMENTS.items()}
EVERY = [operation for operations in OPERATIONS.values() for operation in operations.values()]


def where(condition: Callable[[Operation], Any], same: Callable[[Operation], Any] = Operation.call) -> list[Operation]:
    """Return the operations of v5 that meet a condition, and those of v6 that are new or differ from v5.

    Args:
        condition: Selects operations.
        same: Returns the facts about an operation on which a test depends.
    """

    def differs(operation: Operation) -> bool:
        older = OPERATIONS[5].get(operation.id)
        return operation is not older and (older is None or same(operation) != same(older))

    return [each for each in EVERY if condition(each) and (each.version == 5 or differs(each))]


def without_empty(value: Any, inside: bool = False) -> Any:
    """Return a response without properties that are null.

    The API returns properties without a value as null, also those that only bodies have. The document omits them.
    """
    if isinstance(value, list):
        return [without_empty(item, inside) for item in value]
    if not isinstance(value, dict):
        return value
    items = ((name, without_empty(item, inside or name == "properties")) for name, item in value.items())
    return {name: item for name, item in items if not (inside and item is None)}


REFERENCE = {
    "type": "object",
    "required": ["id", "type", "href"],
    "additionalProperties": False,
    "properties": {name: {"type": "string"} for name in ("id", "type", "href")},
}
