"""Parse the merged document into data for the templates. All decisions are made here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from generator import naming
from generator.document import Document, Pointer

SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
FORM = "application/x-www-form-urlencoded"
JSON = ("application/json", "*/*")
KEYWORDS = {
    *("type", "format", "description", "properties", "required", "allOf", "items", "additionalProperties", "enum"),
    *("readOnly", "writeOnly", "nullable", "default", "minimum", "maximum", "pattern", "example", "deprecated"),
}
WAITS = ("request", "state", "deletion")
MODULES = {"__init__", "_parameters"}
OPTIONS = {"async_req", "filters", "options", "query_params", "response_type"}
API_MEMBERS = {"api_client"}
MODEL_MEMBERS = {
    *("additional_properties", "attribute_map", "fields", "openapi_types"),
    *("from_dict", "from_json", "is_complete", "to_dict", "to_json", "to_rows", "to_str"),
}
CLASS_MEMBERS = {*MODEL_MEMBERS, "field", "get_args", "local_vars_configuration", "models"}
IMPORTED = {
    *("Any", "ApiResponse", "BaseApi", "CallOptions", "ClassVar", "Collection", "ListOptions", "Literal", "Model"),
    *("Operation", "Parameter", "Unpack"),
}


@dataclass(frozen=True)
class Type:
    """A type: its name in `openapi_types`, its annotation in generated modules, and the class in it, if any."""

    name: str
    annotation: str
    cls: str = ""


@dataclass(frozen=True)
class Value:
    """Attributes that parameters and properties share."""

    name: str
    wire_name: str
    type: Type
    description: str
    required: bool
    enum: tuple[str, ...]
    minimum: Any
    maximum: Any
    default: Any
    example: Any


@dataclass(frozen=True)
class Parameter(Value):
    location: str
    slashes: bool = False
    constant: str = ""  # for a parameter that operations share
    since: int | None = None  # the only versions of the API that have it; None for all
    until: int | None = None


@dataclass(frozen=True)
class Property(Value):
    read_only: bool
    write_only: bool
    nullable: bool
    secret: bool
    since: int | None = None
    until: int | None = None
    older: Property | None = None  # its forms in two versions, if they differ for the validation of bodies
    newer: Property | None = None

    @property
    def choices(self) -> str:
        """Name of the type for the documented values; empty without any."""
        return naming.pascal_case(self.name) if self.enum else ""


@dataclass(frozen=True)
class Body:
    name: str
    type: Type
    description: str
    required: bool
    alias: str = ""  # name of the argument in a newer version
    since: int | None = None


@dataclass(frozen=True)
class Operation:
    id: str
    name: str
    method: str
    path: str
    summary: str
    description: str
    deprecated: bool
    parameters: tuple[Parameter, ...]
    body: Body | None
    attaches: bool  # the body refers to an existing resource by its id
    content_type: str
    accept: str
    status: str
    headers: tuple[str, ...]
    response_type: Type | None
    response_description: str
    error: str
    errors: str
    security: tuple[str, ...]
    page_size: int | None  # for a list
    waits_for: str  # what shows that the change is done: request, state or deletion; empty for other operations
    resource_path: str  # path that returns the changed resource; empty if there is none
    file: str
    since: int | None = None
    until: int | None = None
    older: Operation | None = None  # its forms in two versions, if the client has to know the difference
    newer: Operation | None = None

    @property
    def positional(self) -> list[Parameter | Body]:
        given = [parameter for parameter in self.parameters if parameter.required and parameter.location != "form"]
        return [*given, self.body] if self.body and self.body.required else [*given]

    @property
    def keywords(self) -> list[Parameter | Body]:
        named = [parameter for parameter in self.parameters if parameter not in self.positional]
        return [*named, self.body] if self.body and not self.body.required else [*named]


@dataclass(frozen=True)
class ApiClass:
    name: str
    module: str
    tag: str
    description: str
    operations: tuple[Operation, ...]
    aliases: tuple[tuple[str, str], ...]  # name and module

    @property
    def since(self) -> int | None:
        """The only version of the API that has the operations; `None` if any is in all versions."""
        versions = {operation.since for operation in self.operations}
        return versions.pop() if len(versions) == 1 else None


@dataclass(frozen=True)
class Forward:
    """A read-only attribute that gives the attribute of the first item, as the API returned before it was a list."""

    name: str
    type: Type


@dataclass(frozen=True)
class Model:
    name: str
    module: str
    description: str
    file: str
    properties: tuple[Property, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    added_constants: tuple[tuple[str, str], ...] = ()  # those that only the newer version has
    is_reference: bool = False
    forwards: tuple[Forward, ...] = ()
    since: int | None = None
    until: int | None = None
    example: Any = None  # as JSON

    @property
    def item_type(self) -> str:
        """Name of the model of the items of a list; empty for other models."""
        types = (prop.type for prop in self.properties if prop.name == "items")
        return next((type_.cls for type_ in types if type_.annotation == f"list[models.{type_.cls}]"), "")


@dataclass(frozen=True)
class Api:
    hosts: tuple[str, ...]
    classes: tuple[ApiClass, ...]
    models: tuple[Model, ...]
    parameters: tuple[Parameter, ...]
    security_schemes: dict[str, dict[str, str]]


def parse(document: Document) -> Api:
    """Return the classes, models and parameters of the document, and report its problems."""
    return _Parser(Part(document, (), document.tree)).api() if document.tree else Api((), (), (), (), {})


@dataclass(frozen=True)
class Part:
    """A part of the merged document: a value and its place."""

    document: Document = field(compare=False)
    at: Pointer
    value: Any = field(compare=False)

    def report(self, message: str) -> None:
        self.document.report(self.document.file_of(self.at), self.at, message)

    def get(self, key: str, default: Any = None) -> Part:
        value = self.value.get(key, default) if isinstance(self.value, dict) else default
        return Part(self.document, (*self.at, key), value)

    def entries(self) -> list[tuple[str, Part]]:
        if not isinstance(self.value, (dict, type(None))):
            self.report("must be a mapping")
            return []
        return [(key, self.get(key)) for key in self.value or ()]

    def items(self) -> list[Part]:
        if not isinstance(self.value, (list, type(None))):
            self.report("must be a list")
            return []
        return [Part(self.document, (*self.at, str(index)), item) for index, item in enumerate(self.value or ())]

    def text(self, key: str) -> str:
        """Return a required text on one line."""
        value = self.get(key).value
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
        self.report(f"has no {key}")
        return ""

    def target(self) -> Part:
        """Return the target of a reference, or the part itself. Missing targets are already reported."""
        seen: list[Part] = []
        part = self
        while isinstance(part.value, dict) and "$ref" in part.value:
            if part in seen:
                self.report("$ref is circular")
                return Part(self.document, self.at, {})
            seen.append(part)
            at = tuple(key.replace("~1", "/").replace("~0", "~") for key in part.value["$ref"].split("/")[1:])
            part = Part(self.document, (), self.document.tree)
            for key in at:
                part = part.get(key)
        return part

    def name(self, name: str, taken: Iterable[str] = ()) -> str:
        """Return the name; report it if it is not a valid Python name or is reserved."""
        if not naming.is_name(name):
            self.report(f"{name!r} is not a valid Python name")
        elif name in taken:
            self.report(f"{name!r} is reserved in generated classes")
        return name


class _Parser:
    def __init__(self, root: Part) -> None:
        self.root = root
        self.operation_ids: dict[str, str] = {}

    def api(self) -> Api:
        components = self.root.get("components")
        shared = [(key, part) for key, part in components.get("parameters").entries()]
        parameters = tuple(self.shared_parameter(key, part) for key, part in shared)
        self.unique(zip((parameter.constant for parameter in parameters), (part for _, part in shared)))
        models = self.models(components.get("schemas"))
        schemes = {
            key: {name: part.text(name) for name in ("type", "description")}
            for key, part in components.get("securitySchemes").entries()
        }
        hosts = tuple(server.text("url") for server in self.root.get("servers").items()[:1])
        return Api(hosts, self.classes({model.name for model in models}), models, parameters, schemes)

    def unique(self, names: Iterable[tuple[str, Part]]) -> None:
        seen = set()
        for name, part in names:
            if name in seen:
                part.report(f"the Python name {name!r} is already used")
            seen.add(name)

    # Schemas

    def models(self, schemas: Part) -> tuple[Model, ...]:
        models = []
        for name, part in schemas.entries():
            if model := self.model(name, part):
                models.append((model, part))
        self.unique((model.module, part) for model, part in models)
        self.unique((model.name.casefold(), part) for model, part in models)  # they are also file names
        return tuple(model for model, _ in models)

    def model(self, name: str, part: Part) -> Model | None:
        self.check_keywords(part)
        model = Model(
            part.name(name, IMPORTED),
            part.name(naming.snake_case(name)),
            part.text("description") if part == part.target() else "",
            part.document.file_of(part.at),
            is_reference=bool(part.get("x-reference").value),
            example=part.get("example").value,
        )
        if self.is_constants(part):
            values = self.enum(part)
            names = [(part.name(naming.constant_name(value)), part.get("enum")) for value in values]
            self.unique(names)
            return replace(model, constants=tuple(zip((name for name, _ in names), values)))
        if not self.is_object(part):
            self.type(part, ())
            return None
        self.check_example(part.get("example"), part)
        members, required = self.members(part, ())
        properties = [(self.property(key, member, key in required), member) for key, member in members]
        self.unique((prop.name, member) for prop, member in properties)
        for prop, member in properties:
            if prop.choices:
                member.name(prop.choices, {*IMPORTED, model.name})
        for key in sorted(required - {key for key, _ in members}):
            part.report(f"requires {key!r}, which is not a property")
        if part.get("x-abstract").value:
            return None
        return replace(model, properties=tuple(p for p, _ in properties), forwards=self.forwards(part, dict(members)))

    def forwards(self, part: Part, members: dict[str, Part]) -> tuple[Forward, ...]:
        forwards = []
        for place in part.get("x-forwards").items():
            name = str(place.value)
            item = members["items"].get("items").target() if "items" in members else part
            known = dict(self.members(item, ())[0]) if item != part else {}
            if name not in known or name in members:
                place.report(f"the items have no {name!r} to forward to, or the list has its own")
            else:
                forwards.append(Forward(place.name(naming.variable_name(name)), self.type(known[name], ())))
        return tuple(forwards)

    def check_example(self, example: Part, schema: Part) -> None:
        """Report parts of an example that are not in its schema."""
        schema = schema.target()
        if isinstance(example.value, list):
            for place in example.items():
                self.check_example(place, schema.get("items"))
        elif isinstance(example.value, dict) and self.is_object(schema):
            members = dict(self.members(schema, ())[0])
            for name, place in example.entries():
                if name in members:
                    self.check_example(place, members[name])
                else:
                    place.report(f"{name!r} is not a property")

    def is_constants(self, part: Part) -> bool:
        return bool(part.get("enum").value) and part.get("type").value == "string"

    def is_object(self, part: Part) -> bool:
        return part.get("allOf").value is not None or part.get("properties").value is not None

    def members(self, part: Part, trail: tuple[Part, ...]) -> tuple[list[tuple[str, Part]], set[str]]:
        """Return the properties of an object and the names of the required ones: first those of allOf, then its own."""
        if part in trail:
            part.report("allOf is circular")
            return [], set()
        self.check_keywords(part)
        found: list[tuple[str, Part]] = []
        required = {str(item.value) for item in part.get("required").items()}
        for item in part.get("allOf").items():
            inherited, also_required = self.members(item.target(), (*trail, part))
            found += inherited
            required |= also_required
        if part.get("additionalProperties").value not in (None, True, False):
            part.report("properties with a schema in additionalProperties are not supported")
        return found + part.get("properties").entries(), required

    def property(self, key: str, part: Part, required: bool) -> Property:
        common = self.value(key, part, part, required)
        part.name(common["name"], CLASS_MEMBERS)
        facts = self.facts(part, ())
        return Property(
            **common,
            read_only=bool(facts.get("readOnly")),
            write_only=bool(facts.get("writeOnly")),
            nullable=bool(facts.get("nullable")),
            secret=bool(facts.get("x-secret")),
        )

    def value(self, wire_name: str, part: Part, schema: Part, required: bool) -> dict[str, Any]:
        """Return the arguments of `Value`; for a parameter, the schema is a separate part."""
        facts = self.facts(schema, ())
        type_ = self.type(schema, ())
        name = part.name(str(facts.get("x-name") or naming.variable_name(wire_name)))
        known = {key: facts.get(key) for key in ("minimum", "maximum", "default", "example")}
        if part.get("example").value is not None:
            known["example"] = part.get("example").value
        description = part if part is not schema else Part(part.document, part.at, facts)
        return {
            "name": name,
            "wire_name": wire_name,
            "type": type_,
            "description": description.text("description"),
            "required": required,
            "enum": () if type_.cls else self.enum(Part(part.document, schema.at, facts)),
            **known,
        }

    def facts(self, part: Part, trail: tuple[Part, ...]) -> dict[str, Any]:
        """Return the keywords that apply to a value: its own and those of the schema it refers to."""
        if part in trail:
            return {}
        target = part.target()
        if target != part:
            return self.facts(target, (*trail, part))
        own = part.value if isinstance(part.value, dict) else {}
        members = part.get("allOf").items()
        return {**self.facts(members[0], (*trail, part)), **own} if len(members) == 1 else own

    def enum(self, part: Part) -> tuple[str, ...]:
        values = part.get("enum").items()
        if any(not isinstance(value.value, str) for value in values):
            part.get("enum").report("every value must be a string; quote it")
            return ()
        return tuple(value.value for value in values)

    def type(self, part: Part, trail: tuple[Part, ...]) -> Type:
        if part in trail:
            part.report("the type is circular")
            return _ANY
        trail = (*trail, part)
        target = part.target()
        if target != part:
            return self.component_type(target, trail)
        self.check_keywords(part)
        members = part.get("allOf").items()
        if len(members) == 1 and part.get("properties").value is None:
            return self.type(members[0], trail)
        if self.is_object(part):
            part.report("nested objects are not supported; define a named schema under components")
            return _ANY
        kind = str(part.get("type").value)
        if kind == "string" and part.get("format").value == "date-time":
            return Type("datetime", "datetime")
        if own := part.get("x-class").value:
            return Type(str(own), f"models.{own}")
        if kind in SCALARS:
            return Type(SCALARS[kind], SCALARS[kind])
        if kind == "array" and part.get("items").value is not None:
            inner = self.type(part.get("items"), trail)
            return Type(f"list[{inner.name}]", f"list[{inner.annotation}]", inner.cls)
        if kind == "object":
            values = part.get("additionalProperties")
            if not values.value:
                return _ANY
            inner = _ANY if values.value is True else self.type(values, trail)
            return Type(f"dict(str, {inner.name})", f"dict[str, {inner.annotation}]", inner.cls)
        part.report("has no items" if kind == "array" else f"type {kind!r} is not supported")
        return _ANY

    def component_type(self, target: Part, trail: tuple[Part, ...]) -> Type:
        if not target.at:
            return _ANY
        name = target.at[-1]
        if target.get("x-abstract").value:
            trail[0].report(f"{name} is abstract: only allOf may refer to it")
        if self.is_constants(target):
            return Type(name, f"models.{name}.Value | str", name)
        return Type(name, f"models.{name}", name) if self.is_object(target) else self.type(target, trail)

    def check_keywords(self, part: Part) -> None:
        if not isinstance(part.value, (dict, type(None))):
            part.report("must be a schema")
        elif part.value and "$ref" not in part.value:
            for key, keyword in part.entries():
                if key not in KEYWORDS and not key.startswith("x-"):
                    keyword.report(f"the keyword {key} is not supported in a schema")

    # Operations

    def classes(self, models: set[str]) -> tuple[ApiClass, ...]:
        tags: dict[str, list[tuple[Operation, Part]]] = {}
        for path, item in self.root.get("paths").entries():
            for key, part in item.entries():
                if key in METHODS:
                    tags.setdefault(self.tag(part), []).append((self.operation(path, key, part, item), part))
                elif key not in ("parameters", "summary", "description") and not key.startswith("x-"):
                    part.report(f"{key} is not supported in a path")
        described = {tag.text("name"): tag for tag in self.root.get("tags").items()}
        classes = []
        for tag, operations in tags.items():
            first = operations[0][1]
            name = first.name(naming.api_class_name(tag), IMPORTED - {"BaseApi"})
            module = first.name(naming.api_module_name(tag))
            if tag not in described:
                first.report(f"the tag {tag!r} is not declared under tags")
                continue
            text = described[tag].text("description")
            methods = [(operation.name, part) for operation, part in operations]
            self.unique([*methods, *((f"{method}_with_http_info", part) for method, part in methods)])
            aliases = tuple(
                (first.name(alias, IMPORTED | models), first.name(str(module.value), MODULES))
                for alias, module in described[tag].get("x-aliases").entries()
            )
            classes.append((ApiClass(name, module, tag, text, tuple(o for o, _ in operations), aliases), first))
        named = [(name, part) for cls, part in classes for name in ((cls.name, cls.module), *cls.aliases)]
        self.unique((name.casefold(), part) for (name, _), part in named)
        self.unique((module.casefold(), part) for (_, module), part in named)
        return tuple(cls for cls, _ in classes)

    def tag(self, part: Part) -> str:
        tags = [item.value for item in part.get("tags").items()]
        if len(tags) == 1 and isinstance(tags[0], str):
            return tags[0]
        part.report("must have exactly one tag" if tags else "has no tag")
        return "/"

    def operation(self, path: str, method: str, part: Part, item: Part) -> Operation:
        operation_id = part.text("operationId")
        first = self.operation_ids.setdefault(operation_id, f"{method.upper()} {path}") if operation_id else ""
        if first and first != f"{method.upper()} {path}":
            part.get("operationId").report(f"{operation_id!r} is already the operationId of {first}")
        body, content_type, form = self.body(part)
        parameters = self.parameters(path, part, item) + form
        names = [(parameter.name, part) for parameter in parameters] + ([(body.name, part)] if body else [])
        self.unique(names)
        status, success = self.success(part)
        security = part.get("security", self.root.get("security").value).items()
        errors = [error.target() for code, error in part.get("responses").entries() if code[:1] in ("4", "5", "d")]
        return Operation(
            id=operation_id,
            name=self.method_name(operation_id, part) if operation_id else "",
            method=method.upper(),
            path=path,
            summary=part.text("summary").rstrip("."),
            description=part.text("description"),
            deprecated=bool(part.get("deprecated").value),
            parameters=parameters,
            body=body,
            attaches=method == "post" and item.get("x-attaches").value is not None,
            content_type=content_type,
            accept=", ".join(kind for kind, _ in success.get("content").entries()).replace("*/*", JSON[0]),
            status=status,
            headers=tuple(name for name, _ in success.get("headers").entries()),
            response_type=self.response_type(success),
            response_description=success.text("description") if status else "",
            error=next((type_.cls for type_ in map(self.response_type, errors) if type_), ""),
            errors=" ".join(error.text("description") for error in errors),
            security=tuple(name for entry in security for name, _ in entry.entries()),
            page_size=self.page_size(part, success, parameters),
            waits_for=self.waits_for(part, success),
            resource_path=self.resource_path(path, method, success) if self.waits_for(part, success) else "",
            file=part.document.file_of(part.at),
        )

    def page_size(self, part: Part, success: Part, parameters: Iterable[Parameter]) -> int | None:
        """Return how many items a list has at most by default; `None` for other operations."""
        content = dict(success.get("content").entries()).get(JSON[0])
        schema = content.get("schema").target() if content else success
        is_list = content is not None and self.is_object(schema) and "items" in dict(self.members(schema, ())[0])
        size = part.get("x-page-size").value
        limits = [parameter.default for parameter in parameters if parameter.name == "limit"]
        if part.at[-1] == "get" and is_list and not isinstance(size, int):
            part.report("has no x-page-size: the number of items that the list has at most by default")
        elif size is not None and limits not in ([], [size]):
            part.report(f"has the x-page-size {size}, but limit has the default {limits[0]}")
        return size if isinstance(size, int) else None

    def waits_for(self, part: Part, success: Part) -> str:
        """Return what shows that a change is done; empty if it is done when the response comes."""
        stated = part.get("x-waits-for")
        if stated.value not in (None, *WAITS):
            stated.report(f"must be one of {', '.join(WAITS)}")
        return str(stated.value or ("request" if "Location" in dict(success.get("headers").entries()) else ""))

    def resource_path(self, path: str, method: str, success: Part) -> str:
        """Return the path of a GET operation that returns the changed resource; empty if there is none.

        For a new resource, it is that of an item of the collection, or another one that returns resources of this type.
        An action without a result changes the resource in its path.
        """
        result = self.response_type(success)
        if method == "post" and result in (_ANY, None):
            path = path.rpartition("/")[0]
        reads = {place: get for place, item in self.root.get("paths").entries() if (get := item.get("get")).value}
        if method != "post" or result in (_ANY, None):
            return path if path in reads else ""
        given = {*re.findall("{.*?}", path)}
        of_type = [place for place, get in reads.items() if self.response_type(self.success(get)[1]) == result]
        items = [place for place in reads if place.endswith("}") and place.rpartition("/")[0] == path]
        others = [place for place in of_type if {*re.findall("{.*?}", place)[:-1]} <= given and place.endswith("}")]
        found = [path] if path in of_type else items or sorted(others, key=len)
        return found[0] if found else ""

    def method_name(self, operation_id: str, part: Part) -> str:
        name = part.name(naming.snake_case(operation_id), {*API_MEMBERS, "models"})
        if name.startswith("_"):
            part.report(f"{name!r} starts with an underscore, which is reserved for the base class")
        return name

    def success(self, part: Part) -> tuple[str, Part]:
        for status, response in part.get("responses").entries():
            if re.fullmatch("2..", status):
                return status, response.target()
        part.report("has no success response")
        return "", part.get("responses").get("")

    def response_type(self, response: Part) -> Type | None:
        content = response.get("content")
        if not content.value:
            return None
        for kind in JSON:
            if kind in dict(content.entries()):
                return self.type(content.get(kind).get("schema"), ())
        content.report("only JSON responses are supported")
        return None

    def body(self, part: Part) -> tuple[Body | None, str, tuple[Parameter, ...]]:
        request = part.get("requestBody").target()
        content = request.get("content")
        for kind, media in content.entries():
            schema = media.get("schema")
            if kind == FORM:
                return None, FORM, self.form(schema.target())
            if kind in JSON:
                type_ = self.type(schema, ())
                name = part.get("x-codegen-request-body-name").value or type_.cls or "body"
                name = request.name(naming.variable_name(str(name)), OPTIONS)
                return Body(name, type_, request.text("description"), bool(request.get("required").value)), JSON[0], ()
        if request.value:
            content.report(f"only JSON and {FORM} bodies are supported")
        return None, JSON[0], ()

    def form(self, schema: Part) -> tuple[Parameter, ...]:
        members, required = self.members(schema, ())
        found = [(self.value(key, member, member, key in required), member) for key, member in members]
        return tuple(self.checked(Parameter(**common, location="form"), member) for common, member in found)

    def parameters(self, path: str, part: Part, item: Part) -> tuple[Parameter, ...]:
        """Return the parameters of the path, then those of the operation, which override path parameters."""
        found: dict[tuple[str, str], Parameter] = {}
        for listed in (item.get("parameters").items(), part.get("parameters").items()):
            seen = set()
            for place in listed:
                parameter = self.parameter(place)
                key = (parameter.location, parameter.wire_name)
                if key in seen:
                    place.report(f"the parameter {parameter.wire_name!r} is listed twice")
                seen.add(key)
                found[key] = parameter
        stated = {name for location, name in found if location == "path"}
        in_path = set(re.findall(r"{([^{}]*)}", path))
        for name in sorted(stated - in_path):
            part.report(f"the path parameter {name!r} is not in the path")
        for name in sorted(in_path - stated):
            part.report(f"the path has {{{name}}} but no parameter for it")
        return tuple(sorted(found.values(), key=lambda parameter: parameter.location != "path"))

    def shared_parameter(self, key: str, part: Part) -> Parameter:
        constant = part.name(naming.snake_case(key).upper(), ("PARAMETER",))
        return replace(self.parameter(part), constant=constant)

    def parameter(self, place: Part) -> Parameter:
        part = place.target()
        location = part.text("in")
        if location not in ("path", "query", "header"):
            part.report(f"parameters in {location!r} are not supported")
        required = bool(part.get("required").value)
        if location == "path" and not required:
            part.report("a path parameter must have required: true")
        slashes = bool(part.get("x-slashes").value)
        if slashes and location != "path":
            part.report("only a path parameter can have x-slashes")
        common = self.value(part.text("name"), part, part.get("schema"), required)
        parameter = Parameter(**common, location=location, slashes=slashes)
        constant = naming.snake_case(part.at[-1]).upper() if part != place and part.at else ""
        return self.checked(replace(parameter, constant=constant), part)

    def checked(self, parameter: Parameter, part: Part) -> Parameter:
        if parameter.type.name not in SCALARS.values():
            part.report(f"parameters of type {parameter.type.name} are not supported")
        part.name(parameter.name, OPTIONS)
        return parameter


_ANY = Type("object", "Any")
