"""Fields of models: declarations, conversion of their values, and lookup of similar names."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timezone
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Union

from ionoscloud._versions import VERSIONS, with_changes

if TYPE_CHECKING:
    # Values of fields and of JSON. With `Any`, strict type checkers would report unknown types in dicts and lists.
    Value = Union["Record", "Null", dict[str, Any], list[Any], tuple[Any, ...], str, float, date, None]

_READS_Z = sys.version_info >= (3, 11)  # whether `fromisoformat` accepts `Z`


class Field:
    """One field of a model.

    Attributes:
        name: Name of the attribute.
        wire_name: Name in JSON.
        type: Type as in `openapi_types`: `str`, `list[Image]`, `dict(str, str)`, ...
        item_type: Type of the items of a list or the values of a dict; for others the type itself.
        read_only: Whether only the server sets it. Such a field is never sent.
        required: Whether it is required in a body that creates or replaces the object.
        nullable: Whether it accepts null.
        secret: Whether its value is masked where a model is printed.
        enum: The documented values; empty if the API documents none.
        minimum: Smallest valid number. The API has no field in which a negative number is valid.
        since: First version of the API that has the field.
        until: Last version of the API that has it.
        v6: Its attributes that differ in Cloud API v6.
    """

    __slots__ = (
        "enum",
        "item_type",
        "minimum",
        "name",
        "nullable",
        "read_only",
        "required",
        "secret",
        "since",
        "type",
        "until",
        "v6",
        "wire_name",
    )

    def __init__(
        self,
        wire_name: str,
        type: str,
        read_only: bool,
        required: bool,
        nullable: bool,
        secret: bool,
        enum: tuple[str, ...],
        since: int,
        until: int,
        v6: Mapping[str, Any] | None,
        minimum: float = 0,
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
        self.since = since
        self.until = until
        self.v6 = v6
        self.minimum = minimum

    def in_version(self, version: int) -> Field:
        """Return the field as a version of the API has it."""
        if self.v6 is None or version < 6:
            return self
        return with_changes(self, self.v6)

    def is_in(self, version: int) -> bool:
        """Return whether a version of the API has the field."""
        return self.since <= version <= self.until


def item_type(type: str) -> str:
    """Return the type of the items of `list[...]` or the values of `dict(str, ...)`; for others the type itself."""
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
    since: int = VERSIONS[0],
    until: int = VERSIONS[-1],
    v6: Mapping[str, Any] | None = None,
    minimum: float = 0,
) -> Any:
    """Declare a field of a model. For the arguments, see `Field`."""
    return Field(wire_name, type, read_only, required, nullable, secret, enum, since, until, v6, minimum)


class Record:
    """The part of `Model` that modules need which cannot import `base`, because it imports them."""

    __slots__ = ()

    fields: ClassVar[dict[str, Field]]
    _keeps_unknown: ClassVar[bool]
    _put: Any

    if TYPE_CHECKING:

        @property
        def _additional_properties(self) -> dict[str, Any] | None: ...

        @property
        def _received(self) -> tuple[str, ...]: ...

        @classmethod
        def from_dict(cls, data: dict[str, Any]) -> Record: ...

        def to_dict(self) -> dict[str, Any]: ...

        def _set_attributes(self) -> Iterator[tuple[str, Any]]: ...

        @classmethod
        def _inherits(cls, name: str) -> bool: ...

        def __getitem__(self, name: str) -> Any: ...


class Null:
    """Type of `NULL`. A field set to `NULL` is sent as JSON null; a field that is `None` is not sent."""

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


@cache
def model_class(name: str) -> type[Any] | None:
    """Return the model class with a name, or `None` for other types (`str`, `datetime`, ...)."""
    models = sys.modules["ionoscloud.models"]  # loaded with `ionoscloud`; an import here would be circular
    return getattr(models, name) if name in models.__all__ else None


def parse_datetime(text: str) -> datetime | str:
    """Parse an ISO 8601 time, in UTC if it has no zone; return other text unchanged."""
    try:
        value = datetime.fromisoformat(text if _READS_Z else text.replace("Z", "+00:00"))
    except ValueError:
        from dateutil.parser import isoparse  # rarely needed, and slow to import

        try:
            value = isoparse(text)
        except (ValueError, OverflowError):
            return text
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def as_float(value: int) -> float:
    """Convert an integer to a float, unless that loses precision."""
    try:
        number = float(value)
    except OverflowError:
        return value
    return number if number == value else value


@lru_cache(1000)  # programs set few names on many models
def similar_field(cls: type[Record], name: str) -> str | None:
    """Return the field that a name is probably a typo of: it differs in one letter, or in case and underscores."""
    flat = _flat(name)
    for field in cls.fields.values():
        known = (_flat(field.name), _flat(field.wire_name))
        is_close = any(_differ_by_a_letter(flat, other) for other in known)
        if flat in known or (is_close and not _differ_in_short_word(name, field.name)):
            return field.name
    return None


def _flat(name: str) -> str:
    return name.replace("_", "").lower()


def _differ_by_a_letter(one: str, other: str) -> bool:
    """Return whether two names differ in one added, missing or wrong letter, or in two swapped ones."""
    if min(len(one), len(other)) < 4:  # many short words are similar, such as `nic` and `nics`
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[1::-1] == b[:2] and a[2:] == b[2:])


def _differ_in_short_word(one: str, other: str) -> bool:
    """Return whether two names differ in a last word of two letters, such as `server_id` and `server_ip`."""
    start, _, word = one.rpartition("_")
    known_start, _, known = other.rpartition("_")
    return start == known_start and len(word) == len(known) == 2 and {*word} != {*known}
