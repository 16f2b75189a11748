"""The operations of the document and valid arguments for each, read without the code of the package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

Schema = Mapping[str, Any]
JSON = "application/json"
DOCUMENT = json.loads(resources.files("ionoscloud.emulator").joinpath("openapi-v5.json").read_text(encoding="utf-8"))


def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the target of a reference, or anything else unchanged."""
    while "$ref" in part:
        target: Any = DOCUMENT
        for key in part["$ref"].split("/")[1:]:
            target = target[key]
        part = target
    return part


def merged(schema: Schema) -> dict[str, Any]:
    """Return a schema without references and `allOf` at its top level."""
    schema = resolved(schema)
    result: dict[str, Any] = {"properties": {}, "required": []}
    for part in (*(merged(part) for part in schema.get("allOf", ())), schema):
        properties = {**result["properties"], **part.get("properties", {})}
        required = [*result["required"], *part.get("required", ())]
        result.update(part, properties=properties, required=required)
    return result


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
    """An operation of the document."""

    def __init__(self, path: str, verb: str, item: Mapping[str, Any]) -> None:
        self._source = item[verb]
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
        self.body_model: str | None = body.get("$ref", "").rpartition("/")[2] or None
        # A PATCH has its properties at the top level of the body, others one level below.
        self.bare = bool(self.body) and "properties" not in self.body["properties"]
        self.attaches = verb == "post" and "x-attaches" in item

    def __repr__(self) -> str:
        return self.id

    def placed(self, *places: str) -> list[Parameter]:
        return [parameter for parameter in self.parameters if parameter.place in places]

    @property
    def template(self) -> str:
        return re.sub("{.*?}", "{}", self.path)

    @property
    def attributes(self) -> dict[str, dict[str, Any]]:
        """Return the properties of the body, with their schemas."""
        holder = self.body if self.bare else merged(self.body["properties"]["properties"])
        return {name: merged(schema) for name, schema in holder["properties"].items()}

    @property
    def required(self) -> list[str]:
        """Return the required properties of the body."""
        return (self.body if self.bare else merged(self.body["properties"]["properties"]))["required"]

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
        return {name: example(name, schema) for name, schema in settable if everything or name in self.required}


def example(name: str, schema: Schema) -> Any:
    """Return a value that is valid for a schema."""
    schema = merged(schema)
    if "example" in schema or "default" in schema:
        return schema["example"] if "example" in schema else schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["properties"]:
        return {
            inner: example(inner, part)
            for inner, part in schema["properties"].items()
            if not merged(part).get("readOnly")
        }
    kind = schema.get("type")
    if kind == "array":
        return [example(name, schema["items"])]
    return {"string": f"{name} example", "integer": 1, "number": 1, "boolean": True, "object": {}}[kind]


def _operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for verb in ("get", "put", "post", "patch", "delete"):
            if verb in item:
                yield Operation(path, verb, item)


OPERATIONS = list(_operations())


def for_validators(url: str) -> Any:
    """Return the document for a validator of responses, for a server at a URL.

    The document states which keys a resource needs in a body, such as `properties`. Below the depth of a response, a
    resource has only `id`, `type` and `href`. Any content type is replaced by JSON.
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

    return {**changed(DOCUMENT), "servers": [{"url": url}]}


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
