"""Combine the parsed versions of the API into one, which the Python package is generated from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from generator.exports import TEXT_CLASSES
from generator.parser import FORM, Api, ApiClass, Body, Model, Operation, Parameter, Property, Type
from generator.versions import VERSIONS


class Difference(Exception):
    """A difference between two versions that one Python API cannot express."""


NamedT = TypeVar("NamedT", bound="Property | Parameter | Model | Operation | ApiClass")


def combine(older: Api, newer: Api) -> Api:
    """Return the API of both versions. What only one has is marked with `since` or `until`.

    Raises:
        Difference: The same name has an incompatible meaning in the two versions.
    """
    models = _merged(older.models, newer.models, _combine_models)
    by_name = {model.name: model for model in models}

    def combine_classes(old: ApiClass, new: ApiClass) -> ApiClass:
        operations = _merged(old.operations, new.operations, lambda a, b: _combine_operations(a, b, by_name))
        aliases = tuple(dict.fromkeys(old.aliases + new.aliases))
        return replace(new, operations=operations, aliases=aliases)

    classes = _merged(older.classes, newer.classes, combine_classes)
    order = [cls.name for cls in newer.classes]
    classes = tuple(sorted(classes, key=lambda cls: order.index(cls.name) if cls.name in order else len(order)))
    shared: dict[str, Parameter] = {}
    for parameter in older.parameters + newer.parameters:
        known = shared.setdefault(parameter.constant, parameter)
        if _runtime(known) != _runtime(parameter):
            raise Difference(f"the shared parameter {parameter.wire_name!r} differs; define one for each version")
    hosts = older.hosts + newer.hosts
    return replace(newer, hosts=hosts, classes=classes, models=models, parameters=tuple(shared.values()))


def _merged(
    older: Iterable[NamedT], newer: Iterable[NamedT], both: Callable[[NamedT, NamedT], NamedT]
) -> tuple[NamedT, ...]:
    """Return the members of both versions by name: those of the older one first, to keep their order."""
    old, new = ({item.name: item for item in items} for items in (older, newer))
    result = [both(item, new[name]) if name in new else _until(item) for name, item in old.items()]
    return (*result, *(_since(item) for name, item in new.items() if name not in old))


def _since(item: NamedT) -> NamedT:
    if isinstance(item, ApiClass):
        return replace(item, operations=tuple(map(_since, item.operations)))
    return replace(item, since=VERSIONS[-1])


def _until(item: NamedT) -> NamedT:
    if isinstance(item, ApiClass):
        return replace(item, operations=tuple(map(_until, item.operations)))
    return replace(item, until=VERSIONS[0])


def _combine_models(old: Model, new: Model) -> Model:
    def both(a: Property, b: Property) -> Property:
        if a.type != b.type or a.wire_name != b.wire_name:
            raise Difference(f"{old.name}.{a.name} is {a.type.name} in one version, {b.type.name} in the other")
        result = replace(
            b,
            enum=tuple(dict.fromkeys(a.enum + b.enum)),
            required=a.required and b.required,
            nullable=a.nullable and b.nullable,
            read_only=a.read_only and b.read_only,
        )
        if not {*a.enum} <= {*b.enum} and not result.read_only:
            raise Difference(f"{old.name}.{a.name} has values that the newer version does not have")
        is_same = (a.enum, a.required, a.nullable) == (b.enum, b.required, b.nullable)
        return result if is_same or result.read_only else replace(result, older=a, newer=b)

    constants = tuple(dict.fromkeys(old.constants + new.constants))
    added = tuple(item for item in new.constants if item not in old.constants)
    properties = _merged(old.properties, new.properties, both)
    return replace(new, properties=properties, constants=constants, added_constants=added)


def _combine_operations(old: Operation, new: Operation, models: dict[str, Model]) -> Operation:
    if (old.method, old.path) != (new.method, new.path):
        raise Difference(f"{old.name} is {old.method} {old.path} in one version, {new.method} {new.path} in the other")
    if (old.waits_for, old.resource_path) != (new.waits_for, new.resource_path):
        raise Difference(f"{old.name}: the versions differ in what shows that the change is done")
    new_body = new.body
    is_form = old.content_type == FORM and new_body is not None
    if is_form:
        _check_form(old, new, models)

    def both(a: Parameter, b: Parameter) -> Parameter:
        if _runtime(a) != _runtime(b):
            raise Difference(f"{old.name}: the parameter {a.name} differs between the versions")
        return b

    forms = [parameter for parameter in old.parameters if parameter.location == "form" and is_form]
    others = [parameter for parameter in old.parameters if parameter not in forms]
    parameters = (*_merged(others, new.parameters, both), *forms)
    body = replace(new_body, since=VERSIONS[-1]) if is_form and new_body else _combine_bodies(old, new)
    result = replace(
        new,
        parameters=parameters,
        body=body,
        response_type=_combine_types(old.response_type, new.response_type, models),
        content_type=old.content_type,
        security=old.security,  # the client always sends credentials
    )
    return result if _body_and_response(old) == _body_and_response(new) else replace(result, older=old, newer=new)


def _combine_bodies(old: Operation, new: Operation) -> Body | None:
    if old.body is None or new.body is None:
        if old.body is not new.body:
            raise Difference(f"{old.name} has a body in one version only")
        return None
    type_ = old.body.type
    if type_ != new.body.type:
        type_ = Type(new.body.type.name, f"{type_.annotation} | {new.body.type.annotation}", new.body.type.cls)
    alias = new.body.name if new.body.name != old.body.name else ""
    return replace(new.body, name=old.body.name, type=type_, alias=alias)


def _combine_types(old: Type | None, new: Type | None, models: dict[str, Model]) -> Type | None:
    """Return the type of a response. The newer type alone is enough if it has all attributes of the older one."""
    if old is None or new is None or old == new:
        return old or new
    if new.name in TEXT_CLASSES:
        return new
    if old.cls in models and new.cls in models and _attributes(models[old.cls]) <= _attributes(models[new.cls]):
        return new
    return Type(new.name, f"{old.annotation} | {new.annotation}", new.cls)


def _attributes(model: Model) -> set[str]:
    return {prop.name for prop in model.properties} | {forward.name for forward in model.forwards}


def _check_form(old: Operation, new: Operation, models: dict[str, Model]) -> None:
    """Check that the properties of the body can hold the fields of the form."""
    assert new.body
    body = {prop.name: prop for prop in models[new.body.type.cls].properties}
    inner = models[body["properties"].type.cls].properties if "properties" in body else ()
    types = {prop.wire_name: prop.type for prop in inner}
    for parameter in old.parameters:
        if parameter.location == "form" and types.get(parameter.wire_name) != parameter.type:
            raise Difference(f"{old.name}: {new.body.type.name}.properties has no {parameter.wire_name}")


def _runtime(parameter: Parameter) -> tuple[Any, ...]:
    names = ("name", "wire_name", "location", "type", "required", "minimum", "maximum", "slashes")
    return tuple(getattr(parameter, name) for name in names)


def _body_and_response(operation: Operation) -> tuple[Any, ...]:
    """Return the facts about body and response that the client uses."""
    body = operation.body and (operation.body.name, operation.body.type, operation.body.required)
    return (body, operation.response_type, operation.content_type, operation.accept, operation.page_size)
