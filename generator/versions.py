"""Versions of the API: select the parts of the source that a version has."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

VERSIONS = (5, 6)

_ALTERNATIVE = re.compile(r"x-v\d+")
_ABSENT: Any = object()

Report = Callable[[tuple[str, ...], str], None]


def select(value: Any, version: int, report: Report, at: tuple[str, ...] = (), trail: tuple[int, ...] = ()) -> Any:
    """Return a copy of a part of the source with only what a version of the API has, and without the marks.

    A mapping with `x-since` or `x-until` is left out of other versions. The keys of `x-v5` or `x-v6` replace those of
    the mapping around it. A scalar in a list is marked as `{value: ..., x-since: ...}`.
    """
    if id(value) in trail:
        return value  # circular, which the merger reports
    trail += (id(value),)
    if isinstance(value, list):
        items = [select(item, version, report, (*at, str(index)), trail) for index, item in enumerate(value)]
        return [_unwrapped(item, source) for item, source in zip(items, value) if item is not _ABSENT]
    if not isinstance(value, dict):
        return value
    for mark in ("x-since", "x-until"):
        if value.get(mark, VERSIONS[0]) not in VERSIONS:
            report((*at, mark), f"must be a version of the API: {' or '.join(map(str, VERSIONS))}")
            return _ABSENT
    if not value.get("x-since", version) <= version <= value.get("x-until", version):
        return _ABSENT
    own: dict[str, Any] = {}
    alternative: dict[str, Any] = {}
    for key, item in value.items():
        if key in ("x-since", "x-until"):
            continue
        if not _ALTERNATIVE.fullmatch(key):
            own[key] = select(item, version, report, (*at, key), trail)
        elif int(key.removeprefix("x-v")) not in VERSIONS or not isinstance(item, dict):
            report((*at, key), "must be a mapping for a version of the API")
        elif key == f"x-v{version}":
            alternative = select(item, version, report, (*at, key), trail)
    return {key: item for key, item in {**own, **alternative}.items() if item is not _ABSENT}


def _unwrapped(item: Any, source: Any) -> Any:
    is_marked = isinstance(source, dict) and {"x-since", "x-until"} & source.keys()
    return item["value"] if is_marked and item.keys() == {"value"} else item
