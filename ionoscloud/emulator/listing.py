"""Filter, sort and page lists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from ionoscloud.emulator.document import Route
from ionoscloud.emulator.messages import VALIDATION, ApiError
from ionoscloud.emulator.types import Json, JsonObject, Member, Properties

Query = Iterable[tuple[str, str]]

# Every list of the API has these parameters; its document does not say so.
MAX_RESULTS = "maxResults"
ORDER_BY = "orderBy"
FILTER = "filter."


def select(members: Sequence[Member], route: Route, query: Query, depth: int) -> Sequence[Member]:
    """Apply `maxResults`, then filters, then `orderBy`. The API applies `maxResults` first, too."""
    query = list(query)
    attributes: frozenset[str] = frozenset()
    # Without filter and order, members that are not on the page are not computed.
    if any(name == ORDER_BY or name.startswith(FILTER) for name, _ in query):
        attributes = frozenset(route.kind.filter_keys if route.kind else ())
        attributes = attributes.union(*(_attributes(item) for _, item in members))
    declared = {parameter.name for parameter in route.parameters}
    filters: dict[str, list[str]] = {}
    for name, value in query:
        key = name[len(FILTER) :]
        if name.startswith(FILTER):
            if key not in attributes and name not in declared:
                raise ApiError(422, f"[{name}] Unknown attribute to filter by", code=VALIDATION)
            filters.setdefault(key, []).append(value)
    for value in _values(query, MAX_RESULTS):
        if not re.fullmatch("[0-9]{1,9}", value) or int(value) == 0:
            raise ApiError(422, f"[{MAX_RESULTS}] Has to be a positive integer", code=VALIDATION)
        members = members[: int(value)]
    for key, wanted in filters.items():
        if key in REQUEST_FILTERS and f"{FILTER}{key}" in declared:
            members = [member for member in members if any(REQUEST_FILTERS[key](member[1], value) for value in wanted)]
        elif depth > 0 and key in attributes:
            members = [member for member in members if _matches(_attributes(member[1]).get(key), wanted)]
    for key in _values(query, ORDER_BY):
        if key not in attributes:
            raise ApiError(422, f"[{ORDER_BY}] Unknown attribute {key!r} to order by", code=VALIDATION)
        members = sorted(members, key=lambda member: _sort_key(_attributes(member[1]).get(key)))
    return members


def page(count: int, url: str, query: Query, offset: int, limit: int) -> JsonObject:
    """Return the attributes of a page of a list: `count` is the number of members, `url` that of the list."""

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


def _attributes(item: JsonObject) -> Properties:
    return {**item.get("metadata", {}), **item["properties"]}


def _searchable_texts(value: Json) -> Iterator[str]:
    """Return the texts that a filter searches: the elements of a list, the status of a request, or JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for element in value:
            yield from _searchable_texts(element)
    elif isinstance(value, dict) and value.get("type") == "request-status":
        yield value["metadata"]["status"]
    else:
        yield json.dumps(value, ensure_ascii=False)


def _matches(value: Any, wanted: list[str]) -> bool:
    return any(text.casefold() in found.casefold() for text in wanted for found in _searchable_texts(value))


def _sort_key(value: Any) -> tuple[int, float, str]:
    """Return the sort key of a value: missing values first, then numbers, then text, case-insensitively."""
    if value is None:
        return 0, 0, ""
    if isinstance(value, (int, float)):
        return 1, value, ""
    return 2, 0, " ".join(_searchable_texts(value)).casefold()


def _created(item: JsonObject) -> datetime:
    return datetime.strptime(item["metadata"]["createdDate"], "%Y-%m-%dT%H:%M:%SZ")


def _parse_date(text: str) -> datetime:
    try:
        return datetime.strptime(re.sub(r"[+ T]", " ", text, count=1).rstrip("Z"), "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise ApiError(422, f"Date {text!r} does not have the format 2021-01-01+00:00:00", code=VALIDATION) from None


# Filters that are not the name of an attribute. Unlike the others they work at every depth.
REQUEST_FILTERS: dict[str, Callable[[JsonObject, str], bool]] = {
    "status": lambda item, value: value.upper() in _searchable_texts(item["metadata"]["requestStatus"]),
    "createdAfter": lambda item, value: _created(item) > _parse_date(value),
    "createdBefore": lambda item, value: _created(item) < _parse_date(value),
}
