"""Encode the option `filters` of lists. It is imported on first use."""

# pyright: reportUnknownVariableType=false
# The values of filters can have any type until they are encoded.

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from ionoscloud._argument_errors import ApiTypeError, ApiValueError, did_you_mean
from ionoscloud._models.fields import Field, model_class
from ionoscloud._operation import Operation
from ionoscloud._query_params import pairs_of
from ionoscloud._redaction import describe_value
from ionoscloud._versions import is_missing

_PREFIX = "filter."
_EXPECTED = "text, a number, True or False, a date, a UUID, or a list of these"


class Filter(NamedTuple):
    """What a list can be filtered by.

    Attributes:
        name: Name in Python.
        wire_name: Name on the wire.
        part: Attribute of the item that has it, `properties` or `metadata`; empty for a parameter of the operation.
        since: First version of the API that has it.
        until: Last version of the API that has it.
    """

    name: str
    wire_name: str
    part: str
    since: int
    until: int

    def check_version(self, operation: Operation[Any], version: int) -> None:
        """Raise an `ApiValueError` if a version of the API lacks the filter."""
        if not self.since <= version <= self.until:
            raise ApiValueError(is_missing(f"{operation.name}: {self.name}", version, self.since, self.until))


@lru_cache(maxsize=256)
def filters_of(operation: Operation[Any]) -> Mapping[str, Filter]:
    """Return the filters of a list by their names, in Python and on the wire."""
    found: dict[str, Filter] = {}
    parts = item_fields(operation)
    for part in ("properties", "metadata"):
        model: Any = model_class(parts[part].type) if part in parts else None
        for field in model.fields.values() if model else ():
            # If both parts have the field, the API searches that of the properties.
            known = found.get(field.wire_name, Filter(field.name, field.wire_name, part, field.since, field.until))
            found[field.wire_name] = known._replace(
                since=min(known.since, field.since), until=max(known.until, field.until)
            )
    for parameter in operation.parameters:
        wire_name = parameter.wire_name.removeprefix(_PREFIX)
        if wire_name != parameter.wire_name:
            name = parameter.name.removeprefix("filter_")
            found.setdefault(wire_name, Filter(name, wire_name, "", parameter.since, parameter.until))
    return {**{each.name: each for each in found.values()}, **found}


def item_fields(operation: Operation[Any]) -> Mapping[str, Field]:
    """Return the fields of the items of a list."""
    collection: Any = model_class(operation.response_type or "")
    item: Any = model_class(collection.fields["items"].item_type)
    fields: Mapping[str, Field] = item.fields
    return fields


def is_depth_0(value: Any) -> bool:
    """Return whether a value of `depth`, which can be text, is 0 or the default: the items then have no properties."""
    return str(value).strip() in ("None", "0")


def with_filters(
    operation: Operation[Any], arguments: Sequence[Any], options: Mapping[str, Any], version: int
) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """Return the arguments and options of a call, with its `filters` as query parameters.

    Raises:
        ApiTypeError: The operation does not return a list, or `filters` or a value has the wrong type.
        ApiValueError: A filter is unknown or not part of the version, is set twice, or its value is not valid.
    """
    options = dict(options)
    filters: Any = options.pop("filters")
    if filters is None:
        return arguments, options
    if not operation.page_size:
        raise ApiTypeError(f"{operation.name}: filters works only with methods that return a list")
    if not isinstance(filters, Mapping):
        problem = "filters must be a dict of names and values, such as {'name': 'web'}"
        raise ApiTypeError(f"{operation.name}: {problem}, not {describe_value(filters, secret=True)}")
    if not filters:
        return arguments, options
    query = pairs_of(options.get("query_params"), f"{operation.name}: query_params")
    named = [each.wire_name for each, value in zip(operation.parameters, arguments) if value is not None]
    taken = {*map(str, named), *(str(name) for name, _ in query)}
    pairs: list[tuple[str, str]] = []
    for name, value in filters.items():
        known = _known(operation, name, version)
        wire_name = _PREFIX + known.wire_name
        if wire_name in taken:
            raise ApiValueError(f"{operation.name}: filters[{name!r}] sets {wire_name}, which the call also sets")
        taken.add(wire_name)
        texts = [_encode(operation, known, item) for item in (value if isinstance(value, (list, tuple)) else [value])]
        if not texts:
            raise ApiValueError(f"{operation.name}: filters[{name!r}] must have at least one value")
        pairs += [(wire_name, text) for text in texts]
    # The API ignores filters at depth 0.
    if any(name == "depth" for name, _ in query):
        query = [(name, 1 if name == "depth" and str(value) == "0" else value) for name, value in query]
    else:
        arguments = [
            1 if parameter.name == "depth" and is_depth_0(value) else value
            for parameter, value in zip(operation.parameters, arguments)
        ]
    options["query_params"] = [*query, *pairs]
    return arguments, options


def _known(operation: Operation[Any], name: Any, version: int) -> Filter:
    if not isinstance(name, str):
        problem = "filters must have the names of properties as its keys"
        raise ApiTypeError(f"{operation.name}: {problem}, not {describe_value(name, secret=True)}")
    filters = filters_of(operation)
    if name not in filters:
        known = [each.name for each in filters.values() if each.since <= version <= each.until]
        hint = did_you_mean(name, known)
        raise ApiValueError(f"{operation.name}: filters has the unknown name {describe_value(name)}{hint}")
    filters[name].check_version(operation, version)
    return filters[name]


def _encode(operation: Operation[Any], known: Filter, value: Any) -> str:
    """Return the text that the API searches for."""
    what = f"{operation.name}: filters[{known.name!r}]"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if not value:
            raise ApiValueError(f"{what} must not be empty: every value contains an empty text")
        return value
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ApiValueError(f"{what} must be a finite number, not {value}")
        return str(int(value)) if value.is_integer() else str(value)  # `2` is part of `2`, and of `2.0`
    if isinstance(value, date):
        return _encode_time(value, known)
    if type(value).__name__ == "UUID":
        return str(value)
    error = ApiValueError if value is None else ApiTypeError
    raise error(f"{what} must be {_EXPECTED}, not {describe_value(value, known.name)}")


def _encode_time(value: date, known: Filter) -> str:
    """Return a time as the API writes it, in UTC if it has no zone; a date as the first part of the times of a day."""
    if not isinstance(value, datetime):
        return value.isoformat() if known.part else f"{value.isoformat()}+00:00:00"
    value = value.astimezone(timezone.utc) if value.tzinfo else value
    # Parameters of the operation have a format of their own, such as `createdAfter`.
    separator, end = ("T", "Z") if known.part else ("+", "")
    return value.replace(tzinfo=None).isoformat(separator, "seconds") + end
