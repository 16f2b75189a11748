"""Show models with secrets masked: as Python in a terminal, as HTML tables in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from html import escape
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ionoscloud._models.fields import Record
from ionoscloud._redaction import redact
from ionoscloud._secret_types import MASK

if TYPE_CHECKING:
    from ionoscloud._models.fields import Value

WIDTH = 100
INDENT = "    "
LEVELS = 20  # of nested values; deeper ones are cut off
ITEMS = 10  # of a long list
ROWS = 20
COLUMNS = 20

_STYLE = ' style="text-align: left; vertical-align: top"'  # notebooks align to the right, for numbers
_OMITTED_SUFFIXES = ("href", "etag", "_by", "_user_id")  # of columns that clutter tables
_PLAIN_TYPES = frozenset({str, int, float, bool, datetime})


def as_text(model: Record, max_items: int | None = None) -> str:
    """Return a model as Python code.

    Args:
        model: The model.
        max_items: How many items of each list to show; default: all.
    """
    return _show(model, lambda: _model_text(model, max_items))


def as_html(model: Record) -> str:
    """Return a model as an HTML table, with a row for each of its items, or for each attribute without items."""
    items = _items(model)
    title = type(model).__name__ + (".items[0]" if len(items) == 1 else "")
    return _show(model, lambda: _models_table(title, items or [model]), escape)


def as_dict_text(model: Record) -> str:
    """Return `to_dict()` of a model as text, one attribute per line."""
    from pprint import pformat  # rarely needed, and slow to import

    return _show(model, lambda: pformat(_dict_with_masks(model)))


def _show(model: Record, show: Callable[[], str], encode: Callable[[str], str] = str) -> str:
    try:
        return show()
    except RecursionError:  # for example a model that a program has put into itself
        return encode(f"<{type(model).__name__}, nested too deeply to be shown>")


def _attributes(model: Record) -> Iterator[tuple[str, Any]]:
    """Yield the attributes that are set, with secrets masked."""
    for name, value in model._set_attributes():
        yield name, _redact(model, name, value)


def _redact(model: Record, name: str, value: Value) -> Any:
    """Mask an attribute whose field is secret. In other values, mask the parts whose names stand for secrets."""
    if name in model.fields and model.fields[name].secret:
        return MASK
    return value if isinstance(value, (Record, float, int)) else redact({name: value})[name]


class _Cut:
    """Stands for values that are nested too deeply."""

    def __repr__(self) -> str:
        return "..."


def _dict_with_masks(value: Value, enclosing: tuple[int, ...] = ()) -> Any:
    """Return `to_dict()` of models, also of those in lists, tuples and dicts, with secrets masked."""
    if not isinstance(value, (Record, dict, list, tuple)):
        return value
    if id(value) in enclosing:
        raise RecursionError
    if len(enclosing) > LEVELS:
        return _Cut()
    inside = (*enclosing, id(value))
    if isinstance(value, Record):
        if not value._inherits("to_dict"):
            return _dict_with_masks(redact(value.to_dict()), inside)
        result: dict[str, Any] = dict.fromkeys(value.fields)
        for name, item in _attributes(value):
            if name in value.fields:
                result[name] = _dict_with_masks(item, inside)
            else:
                result = {**_dict_with_masks(item, enclosing), **result}
        return result
    if isinstance(value, dict):
        return {key: _dict_with_masks(item, inside) for key, item in value.items()}
    return [_dict_with_masks(item, inside) for item in value]


def _model_text(model: Record, max_items: int | None, enclosing: tuple[int, ...] = ()) -> str:
    inside = (*enclosing, id(model))
    parts = [f"{name}={_text(value, max_items, inside)}" for name, value in _attributes(model)]
    return _layout(f"{type(model).__name__}(", parts, ")", len(enclosing))


def _text(value: Any, max_items: int | None, enclosing: tuple[int, ...] = ()) -> str:
    """Return a value as Python code. Lines after the first are indented by the number of enclosing values."""
    is_model = isinstance(value, Record) and value._inherits("__repr__")
    if not is_model and type(value) not in (list, dict):
        return repr(value).replace("\n", "\n" + INDENT * len(enclosing))
    if id(value) in enclosing:
        raise RecursionError
    if len(enclosing) > LEVELS:
        return "..."
    if isinstance(value, Record):
        return _model_text(value, max_items, enclosing)
    inside = (*enclosing, id(value))
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        parts = [_text(item, max_items, inside) for item in items[:max_items]]
        return _layout("[", parts, "]", len(enclosing), len(items) - len(parts))
    parts = [f"{key!r}: {_text(item, max_items, inside)}" for key, item in value.items()]
    return _layout("{", parts, "}", len(enclosing))


def _layout(before: str, parts: list[str], after: str, level: int, more: int = 0) -> str:
    """Return the parts on one line if they fit, otherwise each on its own line."""
    end = "" if more else ","
    parts = [*parts, f"... and {more:,} more"] if more else parts
    if sum(map(len, parts)) <= WIDTH:
        line = f"{before}{', '.join(parts)}{after}"
        if len(line) <= WIDTH and "\n" not in line:
            return line
    outer = "\n" + INDENT * level
    inner = outer + INDENT
    return f"{before}{inner}{f',{inner}'.join(parts)}{end}{outer}{after}"


def _items(value: Value) -> list[Record]:
    """Return the models in a list or in the `items` of a model; an empty list without any."""
    items: Value = getattr(value, "items", None) if isinstance(value, Record) else value
    return items if isinstance(items, list) and all(isinstance(item, Record) for item in items) else []


def _flat(model: Record, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the attributes by their paths, with those of nested models, such as `properties.name`."""
    for name, value in _attributes(model):
        if _is_nested(value):
            yield from _flat(value, f"{before}{name}.")
        elif not _is_link(value):
            yield before + name, value


def _is_nested(value: Value) -> bool:
    return isinstance(value, Record) and "items" not in value.fields


def _is_link(value: Value) -> bool:
    """Return whether a value is a collection without items, which has only a URL."""
    return isinstance(value, Record) and not _is_nested(value) and value["items"] is None


def _models_table(title: str, models: list[Record]) -> str:
    """Return a table with a row for each model, or for a single one with a row for each attribute."""
    if len(models) == 1:
        return _table(title, (), ([name, _nested_table(value)] for name, value in _flat(models[0])))
    rows = [dict(_flat(model)) for model in models[:ROWS]]
    cells = [{name: _cell(value) for name, value in row.items()} for row in rows]
    columns = _columns(rows)
    same = [name for name in columns if name != "id" and len({row.get(name) for row in cells}) == 1]
    same = [name for name in same if _is_same_in_all(name, cells[0][name], models)]
    columns = [name for name in columns if name not in same]
    hidden = [*columns[COLUMNS:], *_further_columns(models[ROWS:], rows)]
    notes = [f"and {len(models) - ROWS:,} more"] if len(models) > ROWS else []
    if same:
        notes.append("in all rows: " + ", ".join(f"{_heading(name)} = {cells[0][name]}" for name in same))
    if hidden:
        notes.append("not shown: " + ", ".join(map(_heading, hidden)))
    body = ([row.get(name, "") for name in columns[:COLUMNS]] for row in cells)
    return _table(title, [_heading(name) for name in columns[:COLUMNS]], body, notes)


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    """Return the names of all columns: the id, then the properties, then the rest, each with booleans last."""
    names = dict.fromkeys(name for row in rows for name in row if not name.endswith(_OMITTED_SUFFIXES))
    booleans = {name for row in rows for name, value in row.items() if isinstance(value, bool)}
    return sorted(names, key=lambda name: (name != "id", not name.startswith("properties."), name in booleans))


def _further_columns(models: list[Record], rows: list[dict[str, Any]]) -> list[str]:
    """Return the names of the columns that the models have, but none of the rows."""
    known = {name for row in rows for name in row}
    found: dict[str, Any] = {}

    @cache
    def candidates(cls: type[Record], before: str) -> list[tuple[str, str]]:
        paths = [(name, before + name) for name in cls.fields]
        paths.append(("_additional_properties", f"{before}additional_properties"))
        return [(name, path) for name, path in paths if path not in known]

    def search(model: Record, before: str) -> None:  # `_flat` would take several times as long
        cls: Any = type(model)
        for name, path in candidates(cls, before):
            value = getattr(model, name)
            if value is None or path in found:
                continue
            if _is_nested(value):
                search(value, f"{path}.")
            elif not _is_link(value) and (value or name in model.fields):
                found[path] = value

    for model in models:
        search(model, "")
    return _columns([found])


def _is_same_in_all(path: str, cell: str, models: list[Record]) -> bool:
    """Return whether all models have the value of the first one in a column."""
    get = attrgetter(path.replace("additional_properties", "_additional_properties"))  # the former would add a dict
    first = get(models[0])
    for model in models:
        try:
            value = get(model)
        except AttributeError:
            return False
        is_first = type(value) in _PLAIN_TYPES and type(value) is type(first) and value == first
        if not is_first and (_is_shortened(value, first) or _cell_at(model, path) != cell):
            return False  # slow, but also correct for secrets
    return True


def _is_shortened(value: Value, first: Value) -> bool:
    """Return whether two values differ, although their cells can be the same."""
    return isinstance(value, (list, dict, datetime)) and value != first


def _cell_at(model: Record, path: str) -> str | None:
    """Return the cell of a model in a column; `None` if the model does not have that attribute."""
    name, _, rest = path.partition(".")
    value = dict(model._set_attributes()).get(name)
    value = None if value is None else _redact(model, name, value)
    if isinstance(value, Record) and _is_nested(value):
        return _cell_at(value, rest) if rest else None
    return None if rest or value is None or _is_link(value) else _cell(value)


def _heading(name: str) -> str:
    return name[len("properties.") :] if name.startswith("properties.") else name


def _nested_table(value: Value) -> str:
    items = _items(value)
    return _models_table("", items) if items else _cell(value)


def _cell(value: Value) -> str:
    if isinstance(value, Record) and isinstance(items := value["items"], list):
        text = f"{len(items):,} items"  # pyright: ignore[reportUnknownArgumentType]
    elif _items(value):
        text = f"{len(_items(value)):,} items"
    elif isinstance(value, Record):
        text = _text(value["items"], ITEMS)
    elif isinstance(value, list):
        more = f", and {len(value) - ITEMS:,} more" if value[ITEMS:] else ""
        text = ", ".join(map(_item_text, value[:ITEMS])) + more
    elif isinstance(value, datetime):
        text = value.isoformat(" ", "seconds")
    else:
        text = value if isinstance(value, str) else _text(value, ITEMS)
    return escape(text)


def _item_text(value: Value) -> str:
    return _text(value, ITEMS) if isinstance(value, (list, dict)) else str(value)


def _table(title: str, head: Sequence[str], rows: Iterator[list[str]], notes: Sequence[str] = ()) -> str:
    lines = [f"<div><b>{escape(title)}</b></div>"] if title else []
    lines.append("<table>")
    if head:
        lines.append("<thead><tr>" + "".join(f"<th{_STYLE}>{name}</th>" for name in head) + "</tr></thead>")
    lines += ["<tr>" + "".join(f"<td{_STYLE}>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    lines += ["</table>", *(f"<div>{note}</div>" for note in notes)]
    return "\n".join(lines)
