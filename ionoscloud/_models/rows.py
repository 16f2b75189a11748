"""Flatten the items of a collection into rows of a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from ionoscloud._argument_errors import ApiTypeError
from ionoscloud._json import to_json
from ionoscloud._models.fields import NULL, Field, Record, model_class
from ionoscloud._models.json import to_wire
from ionoscloud._redaction import redact, with_article
from ionoscloud._tracebacks import without_locals

if TYPE_CHECKING:
    from ionoscloud._models.fields import Value

_SECTIONS = ("properties", "metadata")  # their fields need no prefix
_LAST = ("type", "href")  # the least interesting columns
_PLAIN_TYPES = (str, int, float, date)

_Path = tuple[Field, ...]  # to a value, through nested models


@without_locals
def rows_of(collection: Record) -> list[dict[str, Any]]:
    """Return `Collection.to_rows()`."""
    item_class: type[Record] = cast("type[Record]", model_class(collection.fields["items"].item_type))
    found: Value = getattr(collection, "items", None) or []
    if not isinstance(found, (list, tuple)):
        raise ApiTypeError(f"items must be a list, not {with_article(type(found).__name__)}", ["items"])
    items = [_as_model(item_class, item, ["items", number]) for number, item in enumerate(found)]
    sections = [name for name in _SECTIONS if any(getattr(item, name, None) for item in items)]
    columns = _columns(item_class, sections)
    return [{key: _cell(_value_at(item, path)) for key, path in columns.items()} for item in items]


def _as_model(cls: type[Record], value: Value, path: list[str | int]) -> Record:
    if isinstance(value, dict):
        return cls.from_dict(value)
    if not isinstance(value, cls):
        problem = f"an item must be {with_article(cls.__name__)} or a dict"
        raise ApiTypeError(f"{problem}, not {with_article(type(value).__name__)}", path)
    return value


def _columns(item_class: type[Record], sections: Collection[str]) -> dict[str, _Path]:
    """Return the keys of a row in their order, with the paths of their values."""
    own = {name: (field,) for name, field in item_class.fields.items() if _nested_class(field) is None}
    columns: dict[str, _Path] = {name: path for name, path in own.items() if name not in _LAST}
    for section in sections:
        field = item_class.fields[section]
        nested = _nested_class(field)
        for path in _paths(nested, (field,)) if nested else ():
            key = "_".join(field.name for field in path[1:])
            columns[f"{section}_{key}" if key in columns or key in own else key] = path
    return {**columns, **own}


def _paths(cls: type[Record], before: _Path) -> Iterator[_Path]:
    for field in cls.fields.values():
        nested = _nested_class(field)
        if nested is None:
            if not field.secret:
                yield (*before, field)
        else:
            yield from _paths(nested, (*before, field))


def _nested_class(field: Field) -> type[Record] | None:
    """Return the class of a field that is a model; `None` for lists, dicts and text."""
    cls: type[Record] | None = model_class(field.type)
    return cls if cls and cls.fields else None


def _value_at(model: Record, path: _Path) -> Any:
    value: Any = model
    for field in path:
        if isinstance(value, dict):
            names = cast("dict[str, Any]", value)
            value = names.get(field.name, names.get(field.wire_name))
        else:
            value = getattr(value, field.name, None)
    return value


def _cell(value: Value) -> Any:
    if value is NULL:
        return None
    if isinstance(value, (list, tuple)) and all(isinstance(item, _PLAIN_TYPES) for item in value):
        return ", ".join(map(str, value))
    if isinstance(value, (Record, dict, list, tuple)):
        return to_json(redact(to_wire(value, read_only=True, utc="Z"))).decode()
    return value
