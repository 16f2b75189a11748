"""Compile straight-line code for the constructor, the decoder, the encoder and the `to_dict` of each model class.

A loop over the fields would take several times as long for each object.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from typing import Any

from ionoscloud._models.fields import Field, Record, as_float, model_class, parse_datetime


class CompiledMethod:
    """Class attribute that compiles a method on first access, and replaces itself with it.

    Compiling earlier would import the model classes of all fields.

    Args:
        compile: Takes the class, and returns the function or static method.
    """

    def __init__(self, compile: Callable[[type[Any]], Any]) -> None:
        self._compile = compile

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        method = self._compile(owner)
        setattr(owner, self._name, method)
        return method.__get__(instance, owner)


def constructor(fields: dict[str, Field], namespace: dict[str, Any]) -> Callable[..., None]:
    """Compile the `__init__` of a class with a keyword argument for each field.

    Args:
        fields: The fields of the class.
        namespace: The namespace that the class is created from.
    """
    parameters = "self" + "".join(f", {name}=None" for name in fields) + ", local_vars_configuration=None"
    lines = [f"def signature({parameters}): pass"]
    lines += [f"def __init__({parameters}, **unknown):", "    if unknown:", "        self._reject_unknown(unknown)"]
    lines += ["    put = self._put"]
    lines += [f"    put({name!r}, {name})" for name in fields]
    lines += ["    put('_extras', None)"]
    module = sys.modules.get(namespace.get("__module__", ""))
    scope: dict[str, Any] = {}
    # With the globals of the module, `get_type_hints` finds the names in the annotations.
    _run(lines, f"{namespace.get('__qualname__')}.__init__", vars(module) if module else {}, scope)
    function: Callable[..., None] = scope["__init__"]
    function.__wrapped__ = scope["signature"]  # type: ignore[attr-defined]  # what `inspect` and `help` show
    annotations = namespace.get("__annotations__", {})
    function.__annotations__ = {name: annotations[name] for name in fields if name in annotations}
    return function


def decoder(
    cls: type[Record], maker: type[Record], version: int | None, adopt: Callable[..., Any]
) -> Callable[..., Any]:
    """Compile a function that makes a model from decoded JSON and consumes the dict.

    Values of an unexpected type are not converted.

    Args:
        cls: The class of the model.
        maker: The class of the model while its fields are set: a subclass without checks, or `cls` itself.
        version: Version of the API that the JSON comes from; `None` if that is not known.
        adopt: Sets fields that the version does not have, but that the JSON contains; returns the extras of the model.
    """
    scope: dict[str, Any] = {"cls": cls, "maker": maker, "new": object.__new__, "put": cls._put, "adopt": adopt}
    scope.update(parse_datetime=parse_datetime, as_float=as_float)
    store = "    put(model, {0!r}, {1})" if maker is cls else "    model.{0} = {1}"
    decode = decoder_name(version)
    missing = [] if version is None else [field for field in cls.fields.values() if not field.is_in(version)]
    lines = ["def decode(data, keep_unknown=True):", "    model = new(maker)", "    take = data.pop"]
    for name, field in cls.fields.items():
        if field in missing:
            lines.append(store.format(name, None))
            continue
        nested = model_class(field.item_type)
        if nested and nested.fields:
            scope[nested.__name__] = nested
            convert = f"{nested.__name__}.{decode}(%s, keep_unknown) if type(%s) is dict else %s"
        elif field.item_type == "datetime":
            convert = "parse_datetime(%s) if type(%s) is str else %s"
        elif field.item_type == "float":
            convert = "as_float(%s) if type(%s) is int else %s"
        else:
            lines.append(store.format(name, f"take({field.wire_name!r}, None)"))
            continue
        if field.type.startswith("list["):
            convert = "[" + convert.replace("%s", "item") + " for item in value] if type(value) is list else value"
        elif field.type.startswith("dict("):
            items = "{key: " + convert.replace("%s", "item") + " for key, item in value.items()}"
            convert = f"{items} if type(value) is dict else value"
        lines.append(f"    value = take({field.wire_name!r}, None)")
        lines.append(store.format(name, convert.replace("%s", "value")))
    unknown = "adopt(cls, model, data)" if missing else "data"
    unknown = f"{unknown} if data and keep_unknown else None" if cls._keeps_unknown else "None"
    lines.append(store.format("_extras", unknown))
    if maker is not cls:
        lines.append("    model.__class__ = cls")
    lines.append("    return model")
    _run(lines, f"{cls.__qualname__}.{decode}", scope)
    function: Callable[..., Any] = scope["decode"]
    return function


def decoder_name(version: int | None) -> str:
    """Return the name of the method that decodes JSON from a version of the API."""
    return "_decode" if version is None else f"_decode_v{version}"


def dict_maker(cls: type[Record], plain: Callable[[Any], Any]) -> Callable[..., dict[str, Any]]:
    """Compile the `to_dict` of a class.

    Args:
        cls: The class.
        plain: Converts a value that may contain models, if the type of the field does not tell.
    """
    scope: dict[str, Any] = {"plain": plain}
    lines = ["def to_dict(self):", "    result = {"]
    for name, field in cls.fields.items():
        nested = model_class(field.item_type)
        # `plain` accepts `None`, too, but most fields are `None`, and a call would take longer.
        other = "None if value is None else plain(value)"
        if field.type.startswith("list[") and not (nested and nested.fields):
            value = f"[*value] if (value := self.{name}).__class__ is list else {other}"
        elif field.type != field.item_type:
            value = f"None if (value := self.{name}) is None else plain(value)"
        elif nested and nested.fields:
            scope[nested.__name__] = nested
            value = f"value._to_dict() if (value := self.{name}).__class__ is {nested.__name__} else {other}"
        else:
            value = f"self.{name}"
        lines.append(f"        {name!r}: {value},")
    lines += ["    }", "    if self._extras is not None:"]
    lines += ["        for name, value in (self._additional_properties or {}).items():"]
    lines += ["            result.setdefault(name, value)", "    return result"]
    _run(lines, f"{cls.__qualname__}._to_dict", scope)
    function: Callable[..., dict[str, Any]] = scope["to_dict"]
    return function


def encoder(
    cls: type[Record],
    encode: Callable[..., Any],
    send: Callable[[Any], Any],
    wrap: Callable[[Any], Any],
    version: int | None,
    send_back: Callable[[Any, str], Any],
    missing: Callable[[Any, str], Any] | None,
) -> Callable[[Any], Any]:
    """Compile a function that converts a model to a dict for the body of a request.

    Args:
        cls: The class of the model.
        encode: Converts the value of a field that is not simply of its type. It gets the model, the name in Python, the
            value, and the field; no field for unknown values.
        send: Converts a model.
        wrap: Wraps a secret, so that its repr hides it.
        version: Version of the API that the body is for; `None` for any.
        send_back: Converts a value that the version does not have, but that a response contained.
        missing: Called for a required field that is not set, unless the model only refers to a resource by its id;
            `None` if no field is required.
    """
    scope: dict[str, Any] = {"encode": encode, "send": send, "wrap": wrap, "numbers": frozenset({int, float})}
    scope.update(send_back=send_back, missing=missing)
    lines = ["def encode_model(self):", "    result = {}"]
    for name, field in cls.fields.items():
        if field.read_only:
            continue
        if version is not None and not field.is_in(version):
            value, is_required = f"send_back(self, {name!r})", False
        else:
            current = scope[f"field_{name}"] = field if version is None else field.in_version(version)
            value = f"encode(self, {name!r}, value, field_{name})"
            nested = model_class(field.item_type)
            model = nested.__name__ if nested and nested.fields else ""
            scope.update({model: nested} if model else {})
            if field.type in _FAST_CHECKS or (nested and not model and field.type == field.item_type):
                value = (
                    f"value if {_FAST_CHECKS[field.type if not nested else 'str'].format(field.minimum)} else {value}"
                )
            elif field.type == model:
                value = f"send(value) if value.__class__ is {model} else {value}"
            elif field.type == f"list[{model}]":
                items = f"value.__class__ is list and {{*map(type, value)}} <= {{{model}}}"
                value = f"[send(item) for item in value] if {items} else {value}"
            elif field.type == "list[str]":
                value = f"[*value] if value.__class__ is list and {{*map(type, value)}} <= {{str}} else {value}"
            is_required = current.required and missing is not None
        lines += [f"    value = self.{name}", "    if value is not None:"]
        lines += [f"        result[{field.wire_name!r}] = {f'wrap({value})' if field.secret else value}"]
        if is_required:
            lines += ["    elif self.id is None:" if "id" in cls.fields else "    else:"]
            lines += [f"        missing(self, {name!r})"]
    lines += ["    if self._extras is not None:"]
    lines += ["        unknown = encode(self, 'additional_properties', self._additional_properties or {}, None)"]
    lines += ["        for name, value in unknown.items():"]
    lines += ["            result.setdefault(name, value)", "    return result"]
    _run(lines, f"the encoder of {cls.__qualname__}", scope)
    function: Callable[[Any], Any] = scope["encode_model"]
    return function


# How the encoder recognizes the usual values, without a call.
_FAST_CHECKS = {
    "str": "value.__class__ is str",
    "bool": "value.__class__ is bool",
    "int": "value.__class__ is int and value >= {}",
    "float": "value.__class__ in numbers and value >= {}",
}


def _run(lines: list[str], name: str, namespace: dict[str, Any], scope: dict[str, Any] | None = None) -> None:
    """Run generated code, and register its source for tracebacks and debuggers."""
    source = "\n".join(lines) + "\n"
    filename = f"<generated code of {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), namespace, namespace if scope is None else scope)
