"""The operations of the document and what is right to send to each, read here without the code of the package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

Schema = Mapping[str, Any]
JSON = "application/json"
DOCUMENT = json.loads(resources.files("ionoscloud.emulator").joinpath("openapi.json").read_text(encoding="utf-8"))


def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference stands for; anything else as it is."""
    while "$ref" in part:
        target: Any = DOCUMENT
        for key in part["$ref"].split("/")[1:]:
            target = target[key]
        part = target
    return part


def merged(schema: Schema) -> dict[str, Any]:
    """A schema without references and `allOf` at its top."""
    schema = resolved(schema)
    result: dict[str, Any] = {"properties": {}, "required": []}
    for part in (*(merged(part) for part in schema.get("allOf", ())), schema):
        properties = {**result["properties"], **part.get("properties", {})}
        required = [*result["required"], *part.get("required", ())]
        result.update(part, properties=properties, required=required)
    return result


def snake(name: str) -> str:
    """The name in Python of what has another on the wire: `k8sClusterId` is `k8s_cluster_id`."""
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation; a field of a form is one too."""

    wire_name: str
    place: str
    schema: Schema

    @property
    def name(self) -> str:
        return snake(self.wire_name)


class Operation:
    """One of the 174."""

    def __init__(self, path: str, verb: str, item: Mapping[str, Any]) -> None:
        self._source = item[verb]
        self.path = path
        self.verb = verb.upper()
        self.id: str = self._source["operationId"]
        self.api = re.sub(r"\W", "", self._source["tags"][0]) + "Api"
        self.method = snake(self.id)
        self.status, self.answer = next(
            (int(status), resolved(answer)) for status, answer in self._source["responses"].items() if status[0] == "2"
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
        # What the body of a PATCH has at its top, others have one level down.
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
        """The properties in the body, with their schemas."""
        holder = self.body if self.bare else merged(self.body["properties"]["properties"])
        return {name: merged(schema) for name, schema in holder["properties"].items()}

    @property
    def required(self) -> list[str]:
        """The properties that the body needs."""
        return (self.body if self.bare else merged(self.body["properties"]["properties"]))["required"]

    def wrapped(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """A body with these properties."""
        return dict(properties) if self.bare else {"properties": dict(properties)}

    def example(self, everything: bool) -> dict[str, Any]:
        """Properties for the body, from the document: those that are required, or all that may be set."""
        settable = (
            (name, schema)
            for name, schema in self.attributes.items()
            if not schema.get("readOnly") and not (schema.get("x-immutable") and self.verb != "POST")
        )
        return {name: example(name, schema) for name, schema in settable if everything or name in self.required}


def example(name: str, schema: Schema) -> Any:
    """A value that a schema permits."""
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
    """The document as a validator of answers needs it, for a server at a URL.

    The document says what a resource needs in a body, `properties` above all; at the depth where an answer ends, a
    resource is only named by its `id`, `type` and `href`. And where any type of content will do, it is JSON.
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
    """A response without what is null inside of properties.

    The API shows properties without a value as null, also those that only bodies have. The document leaves them out.
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
