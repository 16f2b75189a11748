"""Which items a list shows, in what order, and how much of each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from ionoscloud.emulator.document import Operation
from ionoscloud.emulator.messages import VALIDATION, ApiError, Json

Item = dict[str, Any]
Member = tuple[Any, Item]
Query = Iterable[tuple[str, str]]

MAX_RESULTS = "maxResults"  # every list of the API understands it, orderBy and filter.*, though its document says not
ORDER_BY = "orderBy"
FILTER = "filter."


def select(members: list[Member], operation: Operation, query: Query, depth: int) -> list[Member]:
    """Cuts to `maxResults`, then filters, then sorts; the API cuts first, so filters may find less than there is."""
    query = list(query)
    attributes = frozenset(operation.kind.filter_keys if operation.kind else ())
    attributes = attributes.union(*(_attributes(item) for _, item in members))
    declared = {parameter.name for parameter in operation.parameters}
    filters: dict[str, list[str]] = {}
    for name, value in query:
        key = name[len(FILTER) :]
        if name.startswith(FILTER):
            if key not in attributes and name not in declared:
                raise ApiError(422, f"[{name}] There is no such attribute to filter by", code=VALIDATION)
            filters.setdefault(key, []).append(value)
    for value in _values(query, MAX_RESULTS):
        if not re.fullmatch("[0-9]{1,9}", value) or int(value) == 0:
            raise ApiError(422, f"[{MAX_RESULTS}] Has to be a positive integer", code=VALIDATION)
        members = members[: int(value)]
    for key, wanted in filters.items():
        if key in REQUEST_FILTERS and f"{FILTER}{key}" in declared:
            members = [member for member in members if any(REQUEST_FILTERS[key](member[1], value) for value in wanted)]
        elif depth > 0 and key in attributes:
            members = [member for member in members if _contains(_attributes(member[1]).get(key), wanted)]
    for key in _values(query, ORDER_BY):
        if key not in attributes:
            raise ApiError(422, f"[{ORDER_BY}] There is no attribute {key!r} to order by", code=VALIDATION)
        members = sorted(members, key=lambda member: _rank(_attributes(member[1]).get(key)))
    return members


def page(count: int, url: str, query: Query, offset: int, limit: int) -> dict[str, Any]:
    """What a list of so many members says of one of its pages. `url` is that of the list."""

    def link(start: int) -> str:
        others = [(name, value) for name, value in query if name not in ("offset", "limit")]
        return f"{url}?{urlencode([*others, ('offset', start), ('limit', limit)])}"

    links = {"self": link(offset)}
    if offset > 0:
        links["prev"] = link(max(offset - limit, 0))
    if offset + limit < count:
        links["next"] = link(offset + limit)
    return {"offset": offset, "limit": limit, "_links": links}


def _values(query: Query, name: str) -> Iterator[str]:
    return (value for key, value in query if key == name)


def _attributes(item: Item) -> Mapping[str, Any]:
    return {**item.get("metadata", {}), **item["properties"]}


def _texts(value: Json) -> Iterator[str]:
    """The texts that a filter looks into: of a list its elements, of a request's status the status, of others JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for element in value:
            yield from _texts(element)
    elif isinstance(value, dict) and value.get("type") == "request-status":
        yield value["metadata"]["status"]
    else:
        yield json.dumps(value, ensure_ascii=False)


def _contains(value: Any, wanted: list[str]) -> bool:
    return any(text.casefold() in found.casefold() for text in wanted for found in _texts(value))


def _rank(value: Any) -> tuple[int, float, str]:
    """Sorts what is absent first, then numbers, then the rest as text without regard to case."""
    if value is None:
        return 0, 0, ""
    if isinstance(value, (int, float)):
        return 1, value, ""
    return 2, 0, " ".join(_texts(value)).casefold()


def _created(item: Item) -> datetime:
    return datetime.strptime(item["metadata"]["createdDate"], "%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(re.sub(r"[+ T]", " ", text, count=1).rstrip("Z"), "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise ApiError(422, f"Date {text!r} is not written like 2021-01-01+00:00:00", code=VALIDATION) from None


# Filters that name no attribute; unlike the others they work at every depth.
REQUEST_FILTERS: dict[str, Callable[[Item, str], bool]] = {
    "status": lambda item, value: value.upper() in _texts(item["metadata"]["requestStatus"]),
    "createdAfter": lambda item, value: _created(item) > _moment(value),
    "createdBefore": lambda item, value: _created(item) < _moment(value),
}
