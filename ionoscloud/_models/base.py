"""Define `Model`, the base class of all models: construction, comparison, copying and pickling."""

from __future__ import annotations

import copyreg
import sys
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Generic, TypeVar, Union, cast, overload

from ionoscloud._argument_errors import ApiKeyError, ApiTypeError
from ionoscloud._models import codegen
from ionoscloud._models.fields import (
    NULL as NULL,
    Field,
    Null as Null,
    Record,
    field as field,
    model_class,
    similar_field,
)
from ionoscloud._redaction import with_article
from ionoscloud._tracebacks import without_locals
from ionoscloud._versions import VERSIONS

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    from ionoscloud._models.fields import Value

    # The state in a pickle: attributes of the program, and the fields. Pickles of 5.0.x have only the `__dict__`.
    _State = Union[tuple[Union[dict[str, Any], None], dict[str, Any]], dict[str, Any]]
else:

    def dataclass_transform(**options: object) -> Callable[[Any], Any]:
        return lambda cls: cls


ModelT = TypeVar("ModelT", bound="Model")
ItemT = TypeVar("ItemT", covariant=True)


def _decoder(cls: type[Model], version: int | None) -> staticmethod[..., Any]:
    return staticmethod(codegen.decoder(cls, _unchecked(cls), version, _adopt))


def _dict_maker(cls: type[Model]) -> Callable[..., dict[str, Any]]:
    return codegen.dict_maker(cls, _plain)


class ModelMeta(type):
    """Metaclass that builds slots, field tables and constructor from the fields of a class.

    A constructor that the class defines itself is kept.
    """

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> ModelMeta:
        own = {key: value for key, value in namespace.items() if isinstance(value, Field)}
        for key, value in own.items():
            value.name = key
            value.since = max(value.since, namespace.get("_since", value.since))
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
            namespace.setdefault("__init__", codegen.constructor(fields, namespace))
        # Compiled for each class, because those of a base class handle only its own fields.
        for version in (None, *VERSIONS):
            decode = partial(_decoder, version=version)
            namespace[codegen.decoder_name(version)] = codegen.CompiledMethod(decode)
        namespace["_to_dict"] = codegen.CompiledMethod(_dict_maker)
        cls = super().__new__(mcs, name, bases, namespace)
        is_model_itself = bases == (Record,)
        if not is_model_itself and cls.__setattr__ is not vars(Model)["__setattr__"]:
            cls._put = cls.__setattr__  # type: ignore[attr-defined]
        return cls


class _Extras:
    """The unknown fields of a model, and values that few models have.

    Attributes:
        unknown: The unknown fields.
        own: The attributes that the program has set.
        received: Names of the fields that a response contained, although its version of the API does not have them.
    """

    __slots__ = ("own", "received", "unknown")

    def __init__(self, unknown: dict[str, Any] | None, received: tuple[str, ...] = ()) -> None:
        self.own: dict[str, Any] = {}
        self.received = received
        self.unknown = unknown


@dataclass_transform(kw_only_default=False)  # the default value, which jedi needs explicitly
class Model(Record, metaclass=ModelMeta):
    """An object of the API, with the fields that its class declares as attributes.

    A field that is `None` is not sent. Unknown fields, such as those of a newer API, are kept in
    `additional_properties` and sent back, so that reading, changing and writing an object loses nothing.
    Models compare by value, can be copied and pickled, and are not hashable because they can change.

    Programs can set additional attributes. These are copied and pickled, but not sent, and `to_dict()`, `repr()` and
    `==` ignore them. A name that looks like a typo of a field raises an `AttributeError`.
    """

    # The unknown fields, or an `_Extras`. A slot for each rare value would cost all models 8 bytes.
    __slots__ = ("_extras",)

    openapi_types: ClassVar[dict[str, str]]
    attribute_map: ClassVar[dict[str, str]]

    _keeps_unknown: ClassVar[bool] = True  # false for references, whose other fields belong to the target
    _extras: dict[str, Any] | _Extras | None
    _put = object.__setattr__  # sets a field without checking its name; in subclasses with a `__setattr__`, that one

    def __init__(self, local_vars_configuration: object = None) -> None:
        self._extras = None

    @property
    def additional_properties(self) -> dict[str, Any]:
        """Unknown fields that the server sent, by their names on the wire."""
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
        """The attributes of the program. Instances of subclasses without `__slots__` have them in `__dict__`."""
        extras = getattr(self, "_extras", None)  # missing before `__init__`
        return extras.own if isinstance(extras, _Extras) else {}

    if not TYPE_CHECKING:  # so that type checkers reject unknown attributes

        def __setattr__(self, name: str, value: Any) -> None:
            cls = type(self)
            try:
                return object.__setattr__(self, name, value)
            except AttributeError:
                if any(name in vars(base) for base in cls.__mro__):  # a method, or a read-only property
                    raise
            close = None if name in self._own else similar_field(cls, name)
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
            """A copy that looks like the `__dict__` of a published model; changing it has no effect."""
            values = {_published_name(type(self), name): getattr(self, name, None) for name in self.fields}
            return {"local_vars_configuration": None, **values, "discriminator": None, **self._own}

    @property
    def _received(self) -> tuple[str, ...]:
        """Names of the fields that a response contained, although its version of the API does not have them."""
        return self._extras.received if isinstance(self._extras, _Extras) else ()

    def __dir__(self) -> list[str]:
        return [*dir(type(self)), *self._own]

    def _set_own(self, name: str, value: Any) -> None:
        extras = getattr(self, "_extras", None)
        if not isinstance(extras, _Extras):
            self._extras = extras = _Extras(extras)
        cls: Any = type(self)
        if not hasattr(cls, "__getattr__"):  # only set when needed: it slows down all fields before Python 3.12
            cls.__getattr__ = _own_attribute
        extras.own[name] = value

    def _reject_unknown(self, arguments: dict[str, Any]) -> None:
        name = next(iter(arguments))
        close = similar_field(type(self), name)
        hint = f"; did you mean {close!r}?" if close else ""
        raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument {name!r}{hint}")

    @classmethod
    @without_locals
    def from_dict(
        cls: type[ModelT], data: dict[str, Any], *, json: bool = False, api_version: int | None = None
    ) -> ModelT:
        """Create a model from a dict with names as on the wire (`imageType`) or as in Python (`image_type`).

        Args:
            data: A dict, as in a response or from `to_dict()`. It is not changed.
            json: Whether the dict is from `to_dict(json=True)`: only names on the wire are known, and a field that is
                `None` becomes `NULL`.
            api_version: Version of the API that sent the data. Fields that it does not have can then be sent back, as
                those of a response. Default: they count as set by the program, and a client for that version rejects
                them.

        Raises:
            ApiTypeError: `data` is not a dict, or `api_version` is not a number.
            ApiValueError: `api_version` is not 5 or 6.
        """
        if not isinstance(data, Mapping):
            kind = type(data).__name__
            raise ApiTypeError(f"`data` must be a dict with the fields of {cls.__name__}, not {with_article(kind)}")
        if api_version is not None:
            from ionoscloud._checks import check_setting

            check_setting("api_version", api_version)
        decode: Any = getattr(cls, codegen.decoder_name(api_version and int(api_version)))
        return cast("ModelT", decode(_with_wire_names(cls, data, json)))

    def to_dict(self, *, json: bool = False) -> dict[str, Any]:
        """Return the attributes as a dict, including secrets. Nested models become dicts, too.

        Args:
            json: Whether to return only types of JSON, with the names on the wire and dates as ISO 8601 text. Fields
                that are `None` are then left out, and `NULL` becomes `None`. Default: all attributes, by their Python
                names and with their Python values.

        Raises:
            ApiTypeError: With `json`, a value cannot be encoded as JSON.
            ApiValueError: With `json`, the model is circular or nested too deeply.
        """
        if json:
            from ionoscloud._models.json import model_to_plain

            return model_to_plain(self)
        return self._to_dict()

    @classmethod
    @without_locals
    def from_json(cls: type[ModelT], data: str | bytes, *, api_version: int | None = None) -> ModelT:
        """Create a model from a JSON object with the names on the wire, as `to_json()` returns it.

        A field that is null becomes `NULL`, and is sent as null. In a response, null means that a value is missing: for
        the text of a response, use `from_dict(json.loads(text))`, where it becomes `None`.

        Args:
            data: The JSON text.
            api_version: As for `from_dict()`.

        Raises:
            ApiTypeError: `data` is not text or bytes, or `api_version` is not a number.
            ApiValueError: `data` is not a JSON object, or `api_version` is not 5 or 6.
        """
        from ionoscloud._models.json import parse_object

        return cls.from_dict(parse_object(cls, data), json=True, api_version=api_version)

    def to_json(self, indent: int | None = None) -> str:
        """Return `to_dict(json=True)` as JSON text, including secrets.

        Args:
            indent: Spaces to indent each level with. Default: one line.

        Raises:
            ApiTypeError: A value cannot be encoded as JSON, or `indent` is not an integer.
            ApiValueError: The model is circular or nested too deeply, a number is not finite, or `indent` is negative.
        """
        from ionoscloud._models.json import model_to_json

        return model_to_json(self, indent)

    def to_str(self) -> str:
        """Return `to_dict()` as text, one attribute per line, with secrets masked."""
        from ionoscloud._models.display import as_dict_text  # rarely needed, and slow to import

        return as_dict_text(self)

    def __getitem__(self, name: str) -> Any:
        """Return a field, known or unknown, by its name in Python or on the wire."""
        for known in self.fields.values():
            if name in (known.name, known.wire_name):
                return getattr(self, known.name)
        if self._additional_properties and name in self._additional_properties:
            return self._additional_properties[name]
        raise ApiKeyError(f"{type(self).__name__} has no field {name!r}")

    __iter__ = None  # otherwise `__getitem__` would make it a sequence

    def __reduce_ex__(self, protocol: Any) -> Any:
        return super().__reduce_ex__(max(protocol, 2))  # the older protocols do not support slots

    def __getstate__(self) -> Any:
        # Python's default would also pickle `__dict__`, which is a property here.
        cls = type(self)
        names: list[str] = cast("Any", copyreg)._slotnames(cls)
        slots = {name: getattr(self, name) for name in names if name != "_extras" and hasattr(self, name)}
        slots["_additional_properties"] = self._additional_properties
        if self._received:
            slots["_received"] = self._received
        return (self.__dict__ if cls.__dictoffset__ else self._own) or None, slots

    def __setstate__(self, state: _State) -> None:
        """Restore the state of a pickle, also from another version of this package."""
        own, values = state if isinstance(state, tuple) else _published_state(type(self), state)
        values = dict(values)
        unknown, received = values.pop("_additional_properties", None), values.pop("_received", ())
        self._extras = _Extras(unknown, received) if received else unknown
        for name in self.fields:
            object.__setattr__(self, name, values.pop(name, None))
        for name, value in values.items():
            try:
                object.__setattr__(self, name, value)
            except AttributeError:
                if value is not None:  # an unknown field: restore its name on the wire
                    first, *words = name.split("_")
                    self.additional_properties.setdefault(first + "".join(map(str.capitalize, words)), value)
        for name, value in (own or {}).items():
            try:
                object.__setattr__(self, name, value)
            except AttributeError:
                self._set_own(name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # Python's default needs four times as many frames, and reaches the recursion limit with deeply nested models.
        from copy import deepcopy  # already imported by the caller

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
        from ionoscloud._models.display import as_text  # rarely needed, and slow to import

        return as_text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the representation in IPython, with long lists cut short."""
        from ionoscloud._models.display import ITEMS, as_text

        for number, line in enumerate(as_text(self, ITEMS).splitlines()):
            if number:
                printer.break_()
            printer.text(line)

    def _repr_html_(self) -> str:
        """Return the table that notebooks show."""
        from ionoscloud._models.display import as_html

        return as_html(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model) or type(other) is not type(self):
            return NotImplemented
        return dict(self._set_attributes()) == dict(other._set_attributes())

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def _inherits(cls, name: str) -> bool:
        """Return whether a method is that of `Model`, not of a subclass that a program defines."""
        return getattr(cls, name) is getattr(Model, name)

    def _set_attributes(self) -> Iterator[tuple[str, Any]]:
        for name in self.fields:
            value = getattr(self, name)
            if value is not None:
                yield name, value
        if self._additional_properties:
            yield "additional_properties", self._additional_properties

    if TYPE_CHECKING:  # `ModelMeta` sets them

        @classmethod
        def _decode(cls: type[ModelT], data: dict[str, Any], keep_unknown: bool = True) -> ModelT: ...

        def _to_dict(self) -> dict[str, Any]: ...


class Collection(Model, Generic[ItemT]):
    """A list of resources. It has the length, the indexes and the iterator of its `items`; `None` counts as empty.

    A collection is true in a condition, even if it is empty: other models are true, too, and programs test a response
    or an attribute for `None` this way.
    """

    __slots__ = ()

    _page_sizes: ClassVar[tuple[int, ...]] = ()  # of the operations that return it

    def _listed(self) -> list[ItemT]:
        items: list[ItemT] | None = cast("Any", self).items
        return items or []  # `NULL` is false, too

    def __iter__(self) -> Iterator[ItemT]:  # type: ignore[override]
        return iter(self._listed())

    def __len__(self) -> int:
        return len(self._listed())

    def __bool__(self) -> bool:
        return True

    @overload
    def __getitem__(self, key: int) -> ItemT: ...
    @overload
    def __getitem__(self, key: slice) -> list[ItemT]: ...
    @overload
    def __getitem__(self, key: str) -> Any: ...

    def __getitem__(self, key: Any) -> Any:
        """Return an item by its index, items by a slice, or a field by its name."""
        if isinstance(key, str):
            return super().__getitem__(key)
        items: list[Any] = self._listed()
        return items[key]

    @property
    def is_complete(self) -> bool:
        """Whether the list has all items: it is not cut off at the size of a page, and starts with the first item.

        Without `_links` in the response, a list with exactly as many items as a page counts as cut off. A collection
        without `items`, of which a response has only the URL, is not complete.
        """
        has_items = cast("Any", self).items not in (None, NULL)
        return has_items and not getattr(self, "offset", None) and not self._is_cut_off()

    def to_rows(self) -> list[dict[str, Any]]:
        """Return the items of a collection as flat dicts for `csv.DictWriter` and `pandas.DataFrame`.

        All rows have the same keys, which depend only on the model and the `depth`: `id`, the Python names of the
        properties and of the metadata, `type` and `href`. A property whose name is taken gets the prefix
        `properties_` (`properties_type`), and a field of a nested object the name of that object (`boot_volume_id`).
        Lists of plain values become text with commas, other lists and dicts become JSON text. Dates, numbers, booleans
        and `None` stay. Secret fields, entities and unknown fields are left out.

        Returns:
            One row per item; an empty list without items.

        Raises:
            ApiTypeError: An item is neither of the model of the items nor a dict.
        """
        from ionoscloud._models.rows import rows_of  # rarely needed

        return rows_of(self)

    def _is_cut_off(self, limit: int | None = None) -> bool:
        """Return whether more items follow. `limit` is the size of the page, if the call has set it."""
        links = getattr(self, "links", None)
        if isinstance(links, Model):
            return getattr(links, "next", None) is not None
        limit = getattr(self, "limit", None) or limit
        return len(self) in ((limit,) if limit else self._page_sizes)


def _published_name(cls: type[Model], name: str) -> str:
    """Return the name of a field in the `__dict__` of a published model, where `__self` is mangled."""
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
    """Return an attribute of the program; used as the `__getattr__` of a class."""
    if name != "_extras" and name in model._own:
        return model._own[name]
    return object.__getattribute__(model, name)  # raises Python's own error


def _adopt(cls: type[Model], model: Model, data: dict[str, Any]) -> dict[str, Any] | _Extras:
    """Set the fields in a response that its version of the API does not have; return the extras of the model.

    These fields can be sent back. If a program sets one that the response did not contain, it is rejected.
    """
    received = {field.name: field.wire_name for field in cls.fields.values() if field.wire_name in data}
    if not received:
        return data
    twin = cls._decode({wire_name: data.pop(wire_name) for wire_name in received.values()})
    for name in received:
        cls._put(model, name, getattr(twin, name))
    return _Extras(data or None, tuple(received))


def _unchecked(cls: type[Model]) -> type[Model]:
    """Return a subclass that sets attributes without checking their names, which is ten times as fast.

    Return the class itself if the program defines it, because it may control its subclasses. Do the same without the
    GIL, where changing the class of an object stops all threads.
    """
    if (
        type(cls) is not ModelMeta
        or cls.__bases__ not in ((Model,), (Collection,))
        or "__init_subclass__" in vars(cls)
        or cls._put is not object.__setattr__
    ):
        return cls
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return cls
    namespace = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return cast("type[Model]", ModelMeta(cls.__name__, (cls,), namespace))


def _plain(value: Value) -> Any:
    """Return a value with all models in it converted to dicts."""
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


@cache
def _fields_by_wire_name(cls: type[Model]) -> dict[str, Field]:
    return {field.wire_name: field for field in cls.fields.values()}


def _with_wire_names(cls: type[Model], data: dict[str, Any], json: bool = False) -> dict[str, Any]:
    """Return a copy of a dict with the names of known fields converted to those on the wire.

    With `json`, it already has these names, and fields that are `None` become `NULL`.
    """

    def convert(nested: type[Model] | None, value: Value, is_map: bool) -> Any:
        if isinstance(value, list):
            return [convert(nested, item, is_map) for item in value]
        if not isinstance(value, dict) or not (nested and nested.fields):
            return value
        if is_map:
            return {key: convert(nested, item, False) for key, item in value.items()}
        return _with_wire_names(nested, value, json)

    wire_names = _fields_by_wire_name(cls)
    result: dict[str, Any] = {}
    value: Value
    for key, value in data.items():
        field = (None if json else cls.fields.get(key)) or wire_names.get(key)
        if field and isinstance(value, (list, dict)):
            value = convert(model_class(field.item_type), value, field.type.startswith("dict("))
        elif field and value is None and json:
            value = NULL
        result[field.wire_name if field else key] = value
    return result
