"""The base of every model class: its fields, and how they are decoded, compared, copied and printed."""

from __future__ import annotations

import copyreg
import sys
from collections.abc import Iterator
from datetime import date, datetime, timezone
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, ClassVar, TypeVar, Union, cast

from ionoscloud._errors import ApiKeyError

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    # What a pickle holds: attributes of the program, and the fields; of a published model its `__dict__` alone.
    _State = Union[tuple[Union[dict[str, Any], None], dict[str, Any]], dict[str, Any]]
    # What fields and JSON hold: of a dict that is found in `Any`, type checkers do not know what it holds.
    Value = Union["Model", "Null", dict[str, Any], list[Any], tuple[Any, ...], str, float, date, None]
else:

    def dataclass_transform(**options: object) -> Callable[[Any], Any]:
        return lambda cls: cls


ModelT = TypeVar("ModelT", bound="Model")


class Null:
    """The type of `NULL`, which sends a JSON null where `None` would send nothing."""

    _instance: ClassVar[Null | None] = None

    def __new__(cls) -> Null:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NULL"

    def __reduce__(self) -> str:
        return "NULL"


NULL: Any = Null()
_READS_Z = sys.version_info >= (3, 11)  # `fromisoformat`


class Field:
    """One field of a model.

    Attributes:
        name: Name of the attribute.
        wire_name: Name in JSON.
        type: Type as published in `openapi_types`: `str`, `list[Image]`, `dict(str, str)`, ...
        item_type: Type of the items of a list or of the values of a mapping; else the type itself.
        read_only: Whether only the server sets it; such a field is never sent.
        required: Whether a body that creates or replaces the object must have it.
        nullable: Whether it can be sent as null.
        secret: Whether it is shown as `***` where a model is printed.
        enum: The values that the API documents; empty when any value goes.
    """

    __slots__ = ("enum", "item_type", "name", "nullable", "read_only", "required", "secret", "type", "wire_name")

    def __init__(
        self,
        wire_name: str,
        type: str,
        read_only: bool,
        required: bool,
        nullable: bool,
        secret: bool,
        enum: tuple[str, ...],
    ) -> None:
        self.name = ""
        self.wire_name = wire_name
        self.type = type
        self.item_type = item_type(type)
        self.read_only = read_only
        self.required = required
        self.nullable = nullable
        self.secret = secret
        self.enum = enum


def item_type(type: str) -> str:
    """Return the type of the items of `list[...]` or of the values of `dict(str, ...)`; else the type itself."""
    if type.startswith("list["):
        return type[len("list[") : -1]
    if type.startswith("dict("):
        return type[len("dict(") : -1].partition(",")[2].strip()
    return type


def field(
    wire_name: str,
    type: str,
    *,
    read_only: bool = False,
    required: bool = False,
    nullable: bool = False,
    secret: bool = False,
    enum: tuple[str, ...] = (),
) -> Any:
    """Declare a field of a model; see `Field` for the arguments."""
    return Field(wire_name, type, read_only, required, nullable, secret, enum)


class ModelMeta(type):
    """Turns the fields that a class declares into slots, tables and a constructor; what it defines itself stays."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> ModelMeta:
        own = {key: value for key, value in namespace.items() if isinstance(value, Field)}
        for key, value in own.items():
            value.name = key
            del namespace[key]
        if own:
            slots = namespace.get("__slots__", ())
            namespace["__slots__"] = (*own, *([slots] if isinstance(slots, str) else slots))
        inherited: list[dict[str, Field]] = [vars(b)["fields"] for b in reversed(bases) if isinstance(b, ModelMeta)]
        fields: dict[str, Field] = {key: value for some in (*inherited, own) for key, value in some.items()}
        namespace["fields"] = fields
        namespace["openapi_types"] = {key: value.type for key, value in fields.items()}
        namespace["attribute_map"] = {key: value.wire_name for key, value in fields.items()}
        if own:
            namespace.setdefault("__init__", _constructor(fields, namespace))
        cls = super().__new__(mcs, name, bases, namespace)
        if bases:
            # Not the ones that a base has compiled for itself.
            cls._decode, cls._to_dict = vars(Model)["_decode"], vars(Model)["_to_dict"]  # type: ignore[attr-defined]
            if cls.__setattr__ is not vars(Model)["__setattr__"]:
                cls._put = cls.__setattr__  # type: ignore[attr-defined]
        return cls


class _Extras:
    """What a model holds beyond its fields, once a program has set an attribute of its own."""

    __slots__ = ("own", "unknown")

    def __init__(self, unknown: dict[str, Any] | None) -> None:
        self.own: dict[str, Any] = {}
        self.unknown = unknown


@dataclass_transform(kw_only_default=False)  # the default; jedi takes no notice without an argument
class Model(metaclass=ModelMeta):
    """An object of the API, with the fields that its class declares as attributes.

    A field that is `None` is not sent. Fields of a newer API that the class does not know are kept in
    `additional_properties` and sent back, so that reading, changing and writing an object loses nothing.
    Models compare by value, can be copied and pickled, and are not hashable because they can change.

    A program can set attributes of its own: they are copied and pickled, and neither sent nor part of `to_dict()`, of
    the representation or of a comparison. A name that is a field's but for a letter or its underscores is refused.
    """

    # The unknown fields alone, or an `_Extras`: a slot for attributes of programs would cost every model 8 bytes.
    __slots__ = ("_extras",)

    fields: ClassVar[dict[str, Field]]
    openapi_types: ClassVar[dict[str, str]]
    attribute_map: ClassVar[dict[str, str]]

    _keeps_unknown: ClassVar[bool] = True  # a reference does not: the rest belongs to what it names
    _extras: dict[str, Any] | _Extras | None
    _put = object.__setattr__  # a field, without the check of names; a subclass that has a `__setattr__` has that one

    def __init__(self, local_vars_configuration: object = None) -> None:
        self._extras = None

    @property
    def additional_properties(self) -> dict[str, Any]:
        """What the server sent beyond the declared fields, by the names on the wire."""
        unknown = self._additional_properties
        if unknown is None:
            unknown = {}
            if isinstance(self._extras, _Extras):
                self._extras.unknown = unknown
            else:
                self._extras = unknown
        return unknown

    @property
    def _additional_properties(self) -> dict[str, Any] | None:
        return self._extras.unknown if isinstance(self._extras, _Extras) else self._extras

    @property
    def _own(self) -> dict[str, Any]:
        """The attributes that the program has set; those of a subclass without `__slots__` are in its `__dict__`."""
        extras = getattr(self, "_extras", None)  # not yet there before `__init__`
        return extras.own if isinstance(extras, _Extras) else {}

    if not TYPE_CHECKING:  # type checkers go on refusing attributes that they do not know

        def __setattr__(self, name: str, value: Any) -> None:
            cls = type(self)
            try:
                return object.__setattr__(self, name, value)
            except AttributeError:
                if any(name in vars(base) for base in cls.__mro__):  # a method, or what can only be read
                    raise
            close = None if name in self._own else _field_like(cls, name)
            if close:
                raise AttributeError(f"{cls.__name__} has no field {name!r}; did you mean {close!r}?")
            self._set_own(name, value)

        def __delattr__(self, name: str) -> None:
            if name in self._own:
                del self._own[name]
            else:
                object.__delattr__(self, name)

        @property
        def __dict__(self) -> dict[str, Any]:
            """What `vars()` of a published model has, as it is now: what is written to it changes nothing here."""
            values = {_published_name(type(self), name): getattr(self, name, None) for name in self.fields}
            return {"local_vars_configuration": None, **values, "discriminator": None, **self._own}

    def __dir__(self) -> list[str]:
        return [*dir(type(self)), *self._own]

    def _set_own(self, name: str, value: Any) -> None:
        extras = getattr(self, "_extras", None)
        if not isinstance(extras, _Extras):
            self._extras = extras = _Extras(extras)
            cls: Any = type(self)
            if not hasattr(cls, "__getattr__"):  # with it, Python before 3.12 reads fields slowly
                cls.__getattr__ = _own_attribute
        extras.own[name] = value

    def _refuse(self, arguments: dict[str, Any]) -> None:
        name = next(iter(arguments))
        close = _field_like(type(self), name)
        hint = f"; did you mean {close!r}?" if close else ""
        raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument {name!r}{hint}")

    @classmethod
    def from_dict(cls: type[ModelT], data: dict[str, Any]) -> ModelT:
        """Make a model from a dict with names as on the wire (`imageType`) or as in Python (`image_type`).

        Args:
            data: As the API sends it or as `to_dict()` gives it; it is left as it is.
        """
        return cls._decode(_with_wire_names(cls, data))

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes as a dict by their Python names; models inside become dicts, too."""
        return self._to_dict()

    def to_str(self) -> str:
        """Return `to_dict()` laid out for people, one attribute a line, with its secrets masked."""
        from ionoscloud._models.display import as_dict_text  # seldom needed, and slow to import

        return as_dict_text(self)

    def __getitem__(self, name: str) -> Any:
        """Return an attribute, or an unknown field, by its name in Python or on the wire."""
        for field in self.fields.values():
            if name in (field.name, field.wire_name):
                return getattr(self, field.name)
        if self._additional_properties and name in self._additional_properties:
            return self._additional_properties[name]
        raise ApiKeyError(f"{type(self).__name__} has no field {name!r}")

    __iter__ = None  # else Python would take what has items for a sequence

    def __reduce_ex__(self, protocol: Any) -> Any:
        return super().__reduce_ex__(max(protocol, 2))  # the older protocols know no slots

    def __getstate__(self) -> Any:
        # Not Python's own, which would take `__dict__` for attributes beside the slots.
        cls = type(self)
        names: list[str] = cast("Any", copyreg)._slotnames(cls)
        slots = {name: getattr(self, name) for name in names if name != "_extras" and hasattr(self, name)}
        slots["_additional_properties"] = self._additional_properties
        return (self.__dict__ if cls.__dictoffset__ else self._own) or None, slots

    def __setstate__(self, state: _State) -> None:
        """Take what a pickle holds, also one of another version of this package."""
        own, values = state if isinstance(state, tuple) else _published_state(type(self), state)
        values = dict(values)
        self._extras = values.pop("_additional_properties", None)
        for name in self.fields:
            object.__setattr__(self, name, values.pop(name, None))
        for name, value in values.items():
            try:
                object.__setattr__(self, name, value)
            except AttributeError:
                if value is not None:  # a field that is not known, with a name as on the wire
                    first, *words = name.split("_")
                    self.additional_properties.setdefault(first + "".join(map(str.capitalize, words)), value)
        for name, value in (own or {}).items():
            try:
                object.__setattr__(self, name, value)
            except AttributeError:
                self._set_own(name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # Python's own way needs four times as many frames, which run out where models are nested in one another.
        from copy import deepcopy  # whoever comes here has imported it

        make, arguments, *rest = self.__reduce_ex__(2)
        twin = memo[id(self)] = make(*arguments)
        state: Any = rest[0] if rest else None
        if state.__class__ is tuple:
            parts: list[dict[str, Any]] = []
            part: dict[str, Any] | None
            for part in state:
                parts.append({})
                for name, value in (part or {}).items():
                    parts[-1][name] = deepcopy(value, memo)
            twin.__setstate__(tuple(parts))
        elif state is not None:
            twin.__setstate__(deepcopy(state, memo))
        return twin

    def __repr__(self) -> str:
        from ionoscloud._models.display import as_text  # seldom needed, and slow to import

        return as_text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows in a terminal: the representation, with long lists cut short."""
        from ionoscloud._models.display import ITEMS, as_text

        for number, line in enumerate(as_text(self, ITEMS).splitlines()):
            if number:
                printer.break_()
            printer.text(line)

    def _repr_html_(self) -> str:
        """What notebooks show."""
        from ionoscloud._models.display import as_html

        return as_html(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model) or type(other) is not type(self):
            return NotImplemented
        return dict(self._set_attributes()) == dict(other._set_attributes())

    __hash__ = None  # type: ignore[assignment]

    def _set_attributes(self) -> Iterator[tuple[str, Any]]:
        for name in self.fields:
            value = getattr(self, name)
            if value is not None:
                yield name, value
        if self._additional_properties:
            yield "additional_properties", self._additional_properties

    def _to_dict(self) -> dict[str, Any]:
        """The first call replaces this method by straight-line code for the fields of the class."""
        type(self)._to_dict = _dict_maker(type(self))  # type: ignore[method-assign]
        return self._to_dict()

    @classmethod
    def _decode(cls: type[ModelT], data: dict[str, Any], keep_unknown: bool = True) -> ModelT:
        """Make a model from decoded JSON, which is used up. A value of an unexpected kind stays as it came.

        The first call replaces this method by straight-line code for the fields of the class.
        """
        cls._decode = staticmethod(_decoder(cls))  # type: ignore[method-assign]
        model: ModelT = cls._decode(data, keep_unknown)
        return model


@cache
def model_class(name: str) -> type[Model] | None:
    """Return the model class of that name, or `None` when the name is no model's (`str`, `datetime`, ...)."""
    models = import_module("ionoscloud.models")
    return getattr(models, name) if name in models.__all__ else None


def parse_datetime(text: str) -> datetime | str:
    """Return the time that an ISO 8601 text names, in UTC where it names no zone; text that names none as it is."""
    try:
        value = datetime.fromisoformat(text if _READS_Z else text.replace("Z", "+00:00"))
    except ValueError:
        from dateutil.parser import isoparse  # seldom needed, and slow to import

        try:
            value = isoparse(text)
        except (ValueError, OverflowError):
            return text
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def as_float(value: int) -> float:
    """Return a number as a float, unless a float cannot tell it from its neighbours."""
    try:
        number = float(value)
    except OverflowError:
        return value
    return number if number == value else value


def _published_name(cls: type[Model], name: str) -> str:
    """Return the name of a field in the `__dict__` of a published model, where `__self` is private to its class."""
    return f"_{cls.__name__}__{name[1:]}" if name.startswith("_") else f"_{name}"


def _published_state(cls: type[Model], state: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the attributes of the program and the fields in the pickle of a published model."""
    own: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for key, value in state.items():
        name = key.replace(f"_{cls.__name__}__", "__", 1)
        if name.startswith("_"):
            values[name[1:]] = value
        elif name not in ("local_vars_configuration", "discriminator"):
            own[name] = value
    return own, values


def _own_attribute(model: Model, name: str) -> Any:
    """The `__getattr__` of a model class of which a program has set an attribute of its own."""
    if name != "_extras" and name in model._own:
        return model._own[name]
    return object.__getattribute__(model, name)  # Python's own error


@lru_cache(1000)  # programs set the same few names, on many models
def _field_like(cls: type[Model], name: str) -> str | None:
    """Return the field that a name is likely to be a typo of: it differs in a letter, or in case and underscores."""
    flat = _flat(name)
    for field in cls.fields.values():
        known = (_flat(field.name), _flat(field.wire_name))
        if flat in known or (any(_differ_by_a_letter(flat, k) for k in known) and not _are_words(name, field.name)):
            return field.name
    return None


def _flat(name: str) -> str:
    return name.replace("_", "").lower()


def _differ_by_a_letter(one: str, other: str) -> bool:
    """Say whether a letter too many, missing or wrong, or two that changed places, make one name the other."""
    if min(len(one), len(other)) < 4:  # of what is as short, such as `nic` and `nics`, many words are alike
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[1::-1] == b[:2] and a[2:] == b[2:])


def _are_words(one: str, other: str) -> bool:
    """Say whether two names differ in a short last word, such as `server_id` and `server_ip`."""
    start, _, word = one.rpartition("_")
    known_start, _, known = other.rpartition("_")
    return start == known_start and len(word) == len(known) == 2 and {*word} != {*known}


def _constructor(fields: dict[str, Field], namespace: dict[str, Any]) -> Callable[..., None]:
    parameters = "self" + "".join(f", {name}=None" for name in fields) + ", local_vars_configuration=None"
    lines = [f"def signature({parameters}): pass"]
    lines += [f"def __init__({parameters}, **unknown):", "    if unknown:", "        self._refuse(unknown)"]
    lines += ["    put = self._put"]
    lines += [f"    put({name!r}, {name})" for name in fields]
    lines += ["    put('_extras', None)"]
    scope: dict[str, Any] = {}
    module = sys.modules.get(namespace.get("__module__", ""))
    exec("\n".join(lines), vars(module) if module else {}, scope)  # there `get_type_hints` finds what annotations name
    constructor: Callable[..., None] = scope["__init__"]
    constructor.__wrapped__ = scope["signature"]  # type: ignore[attr-defined]  # what `inspect` and `help` show
    annotations = namespace.get("__annotations__", {})
    constructor.__annotations__ = {name: annotations[name] for name in fields if name in annotations}
    return constructor


def _decoder(cls: type[Model]) -> Callable[..., Any]:
    maker = _unchecked(cls)
    scope: dict[str, Any] = {"cls": cls, "maker": maker, "new": object.__new__, "put": cls._put}
    scope.update(parse_datetime=parse_datetime, as_float=as_float)
    store = "put(model, {0!r}, {1})" if maker is cls else "model.{0} = {1}"
    lines = ["def decode(data, keep_unknown=True):", "    model = new(maker)", "    take = data.pop"]
    for name, field in cls.fields.items():
        nested = model_class(field.item_type)
        convert = ""
        if nested and nested.fields:
            scope[nested.__name__] = nested
            convert = f"{nested.__name__}._decode(%s, keep_unknown) if type(%s) is dict else %s"
        elif field.item_type == "datetime":
            convert = "parse_datetime(%s) if type(%s) is str else %s"
        elif field.item_type == "float":
            convert = "as_float(%s) if type(%s) is int else %s"
        if not convert:
            lines.append("    " + store.format(name, f"take({field.wire_name!r}, None)"))
            continue
        lines.append(f"    value = take({field.wire_name!r}, None)")
        if field.type.startswith("list["):
            convert = "[" + convert.replace("%s", "item") + " for item in value] if type(value) is list else value"
        elif field.type.startswith("dict("):
            convert = (
                "{key: " + convert.replace("%s", "item") + " for key, item in value.items()}"
                " if type(value) is dict else value"
            )
        lines.append("    " + store.format(name, convert.replace("%s", "value")))
    unknown = "data if data and keep_unknown else None" if cls._keeps_unknown else "None"
    lines.append("    " + store.format("_extras", unknown))
    if maker is not cls:
        lines.append("    model.__class__ = cls")
    exec("\n".join([*lines, "    return model"]), scope)
    decoder: Callable[..., Any] = scope["decode"]
    return decoder


def _unchecked(cls: type[Model]) -> type[Model]:
    """Return a subclass whose attributes are set without a look at their names: ten times as fast.

    For classes of programs it is the class itself, since they may see to it who their subclasses are; also where other
    threads run at the same time, which all have to stop when an object gets another class.
    """
    if (
        type(cls) is not ModelMeta
        or cls.__bases__ != (Model,)
        or "__init_subclass__" in vars(cls)
        or cls._put is not object.__setattr__
    ):
        return cls
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return cls
    namespace = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return cast("type[Model]", ModelMeta(cls.__name__, (cls,), namespace))


def _dict_maker(cls: type[Model]) -> Callable[..., dict[str, Any]]:
    scope: dict[str, Any] = {"plain": _plain}
    lines = ["def to_dict(self):", "    result = {"]
    for name, field in cls.fields.items():
        nested = model_class(field.item_type)
        if field.type.startswith("list[") and not (nested and nested.fields):
            value = f"[*value] if (value := self.{name}).__class__ is list else plain(value)"
        elif field.type != field.item_type:
            value = f"plain(self.{name})"
        elif nested and nested.fields:
            scope[nested.__name__] = nested
            value = f"value._to_dict() if (value := self.{name}).__class__ is {nested.__name__} else plain(value)"
        else:
            value = f"self.{name}"
        lines.append(f"        {name!r}: {value},")
    lines += ["    }", "    if self._extras is not None:"]
    lines += ["        for name, value in (self._additional_properties or {}).items():"]
    lines += ["            result.setdefault(name, value)", "    return result"]
    exec("\n".join(lines), scope)
    to_dict: Callable[..., dict[str, Any]] = scope["to_dict"]
    return to_dict


def _plain(value: Value) -> Any:
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _with_wire_names(cls: type[Model], data: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the dict in which every name that a model class knows is the one on the wire."""

    def convert(nested: type[Model] | None, value: Value) -> Any:
        if isinstance(value, list):
            return [convert(nested, item) for item in value]
        return _with_wire_names(nested, value) if nested and isinstance(value, dict) else value

    wire_names = {field.wire_name: field for field in cls.fields.values()}
    result: dict[str, Any] = {}
    for key, value in data.items():
        field = cls.fields.get(key) or wire_names.get(key)
        result[field.wire_name if field else key] = convert(model_class(field.item_type), value) if field else value
    return result
