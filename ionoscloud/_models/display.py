"""How models are shown: as Python in a terminal, as tables in a notebook, and never with their secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from ionoscloud._models.base import Model
from ionoscloud._redaction import MASK, masked

if TYPE_CHECKING:
    from ionoscloud._models.base import Value

WIDTH = 100
INDENT = "    "
LEVELS = 20  # that are shown; what is further inside is cut
ITEMS = 10  # of a list in the text that is cut short
ROWS = 20
COLUMNS = 20

_STYLE = ' style="text-align: left; vertical-align: top"'  # notebooks align to the right, for numbers
_LEFT_OUT = ("href", "etag", "_by", "_user_id")  # ends of the names of what nobody looks for in a list


def as_text(model: Model, most: int | None = None) -> str:
    """Return a model as Python.

    Args:
        model: The model.
        most: How many items of each list are shown; default all of them.
    """
    return _shown(model, lambda: _model_text(model, most))


def as_html(model: Model) -> str:
    """Return a model as a table: a row for each attribute, or for each item where it is there for its items."""
    items = _items(model)
    title = type(model).__name__ + (".items[0]" if len(items) == 1 else "")
    return _shown(model, lambda: _list_table(title, items or [model]), escape)


def as_dict_text(model: Model) -> str:
    """Return `to_dict()` of a model, one attribute a line."""
    from pprint import pformat  # seldom needed, and slow to import

    return _shown(model, lambda: pformat(_masked_dict(model)))


def _shown(model: Model, show: Callable[[], str], encode: Callable[[str], str] = str) -> str:
    try:
        return show()
    except RecursionError:  # made by hand: it holds itself, for example
        return encode(f"<{type(model).__name__}, nested too deeply to be shown>")


def _attributes(model: Model) -> Iterator[tuple[str, Any]]:
    """Yield what is set, secrets masked: fields by their mark, and all that they hold by its name."""
    for name, value in model._set_attributes():
        if name in model.fields and model.fields[name].secret:
            yield name, MASK
        else:
            yield name, value if isinstance(value, (Model, float, int)) else masked({name: value})[name]


class _Cut:
    def __repr__(self) -> str:
        return "..."


def _masked_dict(value: Value, above: tuple[int, ...] = ()) -> Any:
    """Return `to_dict()` of models, and of those in lists, tuples and dicts, with the secrets masked."""
    if not isinstance(value, (Model, dict, list, tuple)):
        return value
    if id(value) in above:
        raise RecursionError
    if len(above) > LEVELS:
        return _Cut()
    inside = (*above, id(value))
    if isinstance(value, Model):
        if type(value).to_dict is not Model.to_dict:
            return _masked_dict(masked(value.to_dict()), inside)
        result: dict[str, Any] = dict.fromkeys(value.fields)
        for name, item in _attributes(value):
            if name in value.fields:
                result[name] = _masked_dict(item, inside)
            else:
                result = {**_masked_dict(item, above), **result}
        return result
    if isinstance(value, dict):
        return {key: _masked_dict(item, inside) for key, item in value.items()}
    return [_masked_dict(item, inside) for item in value]


def _model_text(model: Model, most: int | None, above: tuple[int, ...] = ()) -> str:
    inside = (*above, id(model))
    parts = [f"{name}={_text(value, most, inside)}" for name, value in _attributes(model)]
    return _laid_out(f"{type(model).__name__}(", parts, ")", len(above))


def _text(value: Any, most: int | None, above: tuple[int, ...] = ()) -> str:
    """Return a value as Python, with its lines but the first one indented by the number of those that hold it."""
    is_model = isinstance(value, Model) and type(value).__repr__ is Model.__repr__
    if not is_model and type(value) not in (list, dict):
        return repr(value).replace("\n", "\n" + INDENT * len(above))
    if id(value) in above:
        raise RecursionError
    if len(above) > LEVELS:
        return "..."
    if isinstance(value, Model):
        return _model_text(value, most, above)
    inside = (*above, id(value))
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        parts = [_text(item, most, inside) for item in items[:most]]
        return _laid_out("[", parts, "]", len(above), len(items) - len(parts))
    parts = [f"{key!r}: {_text(item, most, inside)}" for key, item in value.items()]
    return _laid_out("{", parts, "}", len(above))


def _laid_out(before: str, parts: list[str], after: str, level: int, more: int = 0) -> str:
    """Return the parts on one line if they fit, else each on its own."""
    end = "" if more else ","
    parts = [*parts, f"... and {more:,} more"] if more else parts
    if sum(map(len, parts)) <= WIDTH:
        line = f"{before}{', '.join(parts)}{after}"
        if len(line) <= WIDTH and "\n" not in line:
            return line
    outer = "\n" + INDENT * level
    inner = outer + INDENT
    return f"{before}{inner}{f',{inner}'.join(parts)}{end}{outer}{after}"


def _items(value: Value) -> list[Model]:
    """Return the models in a list or in the `items` of a model; empty when there are none."""
    items: Value = getattr(value, "items", None) if isinstance(value, Model) else value
    return items if isinstance(items, list) and all(isinstance(item, Model) for item in items) else []


def _flat(model: Model, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the attributes; those of models inside by their path, such as `properties.name`."""
    for name, value in _attributes(model):
        if isinstance(value, Model) and "items" not in value.fields:
            yield from _flat(value, f"{before}{name}.")
        elif not isinstance(value, Model) or value["items"] is not None:  # else it is no more than a link
            yield before + name, value


def _list_table(title: str, models: list[Model]) -> str:
    """Return a table with a row for each model, or for each attribute where there is only one."""
    if len(models) == 1:
        return _table(title, (), ([name, _nested(value)] for name, value in _flat(models[0])))
    rows = [dict(_flat(model)) for model in models[:ROWS]]
    cells = [{name: _cell(value) for name, value in row.items()} for row in rows]
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if not name.endswith(_LEFT_OUT)]
    flags = {name for row in rows for name, value in row.items() if isinstance(value, bool)}
    names.sort(key=lambda name: (name != "id", not name.startswith("properties."), name in flags))
    same = [name for name in names if name != "id" and len({row.get(name) for row in cells}) == 1]
    names = [name for name in names if name not in same]
    notes = [f"and {len(models) - ROWS:,} more"] if len(models) > ROWS else []
    if same:
        notes.append("in all rows: " + ", ".join(f"{_heading(name)} = {cells[0][name]}" for name in same))
    if names[COLUMNS:]:
        notes.append("not shown: " + ", ".join(_heading(name) for name in names[COLUMNS:]))
    names = names[:COLUMNS]
    body = ([row.get(name, "") for name in names] for row in cells)
    return _table(title, [_heading(name) for name in names], body, notes)


def _heading(name: str) -> str:
    return name[len("properties.") :] if name.startswith("properties.") else name


def _nested(value: Value) -> str:
    items = _items(value)
    return _list_table("", items) if items else _cell(value)


def _cell(value: Value) -> str:
    if isinstance(value, Model) or _items(value):
        text = f"{len(_items(value)):,} items"
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
