"""The base of every model class: its fields, and how they are decoded, compared, copied and printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime, timezone
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, ClassVar, TypeVar, Union

from ionoscloud.exceptions import ApiKeyError

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    # What a pickle holds: what is in `__dict__`, and the fields; of a published model the `__dict__` alone.
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
        return cls


@dataclass_transform(kw_only_default=False)  # the default; jedi takes no notice without an argument
class Model(metaclass=ModelMeta):
    """An object of the API, with the fields that its class declares as attributes.

    A field that is `None` is not sent. Fields of a newer API that the class does not know are kept in
    `additional_properties` and sent back, so that reading, changing and writing an object loses nothing.
    Models compare by value, can be copied and pickled, and are not hashable because they can change.
    """

    __slots__ = ("_additional_properties",)

    fields: ClassVar[dict[str, Field]]
    openapi_types: ClassVar[dict[str, str]]
    attribute_map: ClassVar[dict[str, str]]

    def __init__(self, local_vars_configuration: object = None) -> None:
        self._additional_properties: dict[str, Any] | None = None

    @property
    def additional_properties(self) -> dict[str, Any]:
        """What the server sent beyond the declared fields, by the names on the wire."""
        if self._additional_properties is None:
            self._additional_properties = {}
        return self._additional_properties

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
        from ionoscloud.display import as_dict_text  # seldom needed, and slow to import

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

    def __setstate__(self, state: _State) -> None:
        """Take what a pickle holds, also one of another version of this package."""
        values = {**(state[0] or {}), **state[1]} if isinstance(state, tuple) else _published_state(type(self), state)
        self._additional_properties = None
        for name in self.fields:
            if name not in values:
                setattr(self, name, None)
        unknown: dict[str, Any] = {}
        for name, value in values.items():
            try:
                setattr(self, name, value)
            except AttributeError:
                unknown[name] = value
        for name, value in unknown.items():
            if value is not None:  # with a name as on the wire, like any field that is not known
                first, *words = name.split("_")
                self.additional_properties.setdefault(first + "".join(map(str.capitalize, words)), value)

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
        from ionoscloud.display import as_text  # seldom needed, and slow to import

        return as_text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows in a terminal: the representation, with long lists cut short."""
        from ionoscloud.display import ITEMS, as_text

        for number, line in enumerate(as_text(self, ITEMS).splitlines()):
            if number:
                printer.break_()
            printer.text(line)

    def _repr_html_(self) -> str:
        """What notebooks show."""
        from ionoscloud.display import as_html

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
        value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        from dateutil.parser import isoparse  # seldom needed, and slow to import

        try:
            value = isoparse(text)
        except (ValueError, OverflowError):
            return text
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def _published_state(cls: type[Model], state: dict[str, Any]) -> dict[str, Any]:
    """Return the fields in the pickle of a published model, which has them in `__dict__` with an underscore before."""
    values: dict[str, Any] = {}
    for key, value in state.items():
        name = key.replace(f"_{cls.__name__}__", "__", 1)  # `__self` was private to its class
        if name.startswith("_"):
            values[name[1:]] = value
    return values


def _constructor(fields: dict[str, Field], namespace: dict[str, Any]) -> Callable[..., None]:
    parameters = "".join(f", {name}=None" for name in fields)
    lines = [f"def __init__(self{parameters}, local_vars_configuration=None):"]
    lines += [f"    self.{name} = {name}" for name in fields]
    lines += ["    self._additional_properties = None"]
    scope: dict[str, Any] = {}
    module = sys.modules.get(namespace.get("__module__", ""))
    exec("\n".join(lines), vars(module) if module else {}, scope)  # there `get_type_hints` finds what annotations name
    constructor: Callable[..., None] = scope["__init__"]
    annotations = namespace.get("__annotations__", {})
    constructor.__annotations__ = {name: annotations[name] for name in fields if name in annotations}
    return constructor


def _decoder(cls: type[Model]) -> Callable[..., Any]:
    scope: dict[str, Any] = {"cls": cls, "new": object.__new__, "parse_datetime": parse_datetime}
    lines = ["def decode(data, keep_unknown=True):", "    model = new(cls)", "    take = data.pop"]
    for name, field in cls.fields.items():
        nested = model_class(field.item_type)
        convert = ""
        if nested and nested.fields:
            scope[nested.__name__] = nested
            convert = f"{nested.__name__}._decode(%s, keep_unknown) if type(%s) is dict else %s"
        elif field.item_type == "datetime":
            convert = "parse_datetime(%s) if type(%s) is str else %s"
        if not convert:
            lines.append(f"    model.{name} = take({field.wire_name!r}, None)")
            continue
        lines.append(f"    value = take({field.wire_name!r}, None)")
        if field.type.startswith("list["):
            convert = "[" + convert.replace("%s", "item") + " for item in value] if type(value) is list else value"
        elif field.type.startswith("dict("):
            convert = (
                "{key: " + convert.replace("%s", "item") + " for key, item in value.items()}"
                " if type(value) is dict else value"
            )
        lines.append(f"    model.{name} = {convert.replace('%s', 'value')}")
    lines += ["    model._additional_properties = data if data and keep_unknown else None", "    return model"]
    exec("\n".join(lines), scope)
    decoder: Callable[..., Any] = scope["decode"]
    return decoder


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
    lines += ["    }", "    if self._additional_properties:"]
    lines += ["        for name, value in self._additional_properties.items():"]
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
