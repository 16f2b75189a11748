"""Read all pages of a list, and find a resource in it."""

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# Criteria can have any type, as the values of fields.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from enum import Enum
from typing import Any, NamedTuple, TypeVar, cast

from ionoscloud._argument_errors import did_you_mean
from ionoscloud._base_api import BaseApi, operation_of
from ionoscloud._call_options import OPTION_NAMES
from ionoscloud._filters import Filter, filters_of, is_depth_0, item_fields
from ionoscloud._models.base import Collection
from ionoscloud._models.fields import model_class
from ionoscloud._models.json import comparable_type
from ionoscloud._operation import Operation, Parameter
from ionoscloud._query_params import pairs_of
from ionoscloud._redaction import describe_value, escape_unprintable, with_article
from ionoscloud._tracebacks import clear_locals, without_locals
from ionoscloud._versions import VERSIONS
from ionoscloud.exceptions import ApiException, ApiTypeError, ApiValueError, OpenApiException, ResourceLookupError

ItemT = TypeVar("ItemT")

# The usual page of the API. Some lists allow 10,000: with a greater depth, such a page would be large and slow, and the
# first item would wait for all of it.
PAGE_SIZE = 1000
MAX_LISTED = 10  # resources, or values, that an error lists


@without_locals
def iterate(method: Callable[..., Collection[ItemT]], /, *args: Any, **kwargs: Any) -> Iterator[ItemT]:
    """Return an iterator over all items of a list, which reads one page at a time.

    Items that exist during the whole iteration are returned exactly once, even if items are deleted or created
    meanwhile. An item that is created meanwhile may be missing. This requires that the API keeps the order of the other
    items, so do not sort with `orderBy` by a property that changes.

    Args:
        method: A method that returns a list, such as `api.datacenters_servers_get`.
        *args: Its arguments.
        **kwargs: Its arguments by name, and its options, such as `depth=1` and `filters`. `limit` is the number of
            items on a page, 2 or more; default 1,000, or the maximum if that is smaller. `offset` is the number of
            items to skip; default 0. Methods without these arguments return the whole list at once.

    Raises:
        ApiTypeError: The method does not return a list, or an option such as `async_req` cannot be used.
        ApiValueError: `limit` or `offset` is out of range, or the method has no pages.
        ApiException: A request failed, while the iterator reads a page.
    """
    listing = _Listing.of(method, "iterate")
    listing.check_options(kwargs)
    parameters = listing.parameters
    paging = {name: kwargs.pop(name, None) for name in ("limit", "offset")}
    given = {name: value for name, value in paging.items() if value is not None}
    if not {*paging} <= {*parameters}:
        for name in given:
            raise ApiValueError(f"{name} cannot be used: {listing.name} has no pages in Cloud API v{listing.version}")
        return _items(listing, method, args, kwargs)
    numbers = {name: int(parameters[name].encode(value, listing.name)) for name, value in given.items()}
    size = numbers.get("limit") or min(parameters["limit"].maximum or PAGE_SIZE, PAGE_SIZE)
    return _items_of_pages(listing, method, args, kwargs, max(size, 2), numbers.get("offset", 0))


@without_locals
def find(method: Callable[..., Collection[ItemT]], /, *args: Any, **criteria: Any) -> ItemT:
    """Return the only resource of a list that has certain values.

    Text is compared exactly, including its case. The API filters the list, so the response is small.

    Args:
        method: A method that returns a list, such as `api.datacenters_servers_get`.
        *args: Its arguments.
        **criteria: Values of `id`, properties or metadata, such as `name="web-1"` or `state="AVAILABLE"`. At least one
            is required. If a property is a list, the list must contain the value. Arguments and options of the method,
            such as `depth` and `x_contract_number`, are passed to it. `depth` is at least 1.

    Raises:
        ResourceLookupError: No resource matches, or more than one. The message lists the matches or similar resources.
        ApiTypeError: The method does not return a list, or a name is unknown, or a value has another type than the
            property, so that it equals none.
        ApiValueError: There are no criteria, or a value is `None`, or the version of the API lacks a property.
        ApiException: A request failed.
    """
    search = _Search.of(method, criteria, "find")
    matches = search.run(method, args)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise ResourceLookupError(search.describe_matches(matches), matches)
    try:
        listed = [*method(*args, **search.options)]
    except ApiException:  # only the hints are missing then
        listed = []
    raise ResourceLookupError(search.describe_failure(listed))


@without_locals
def find_all(method: Callable[..., Collection[ItemT]], /, *args: Any, **criteria: Any) -> list[ItemT]:
    """Return all resources of a list that have certain values, in the order of the API; an empty list if none has.

    Args:
        method: A method that returns a list, such as `api.snapshots_get`.
        *args: Its arguments.
        **criteria: Values, arguments and options, as for `find`.

    Raises:
        ApiTypeError: The method does not return a list, or a name is unknown.
        ApiValueError: There are no criteria, or a value is `None`, or the version of the API lacks a property.
        ApiException: A request failed.
    """
    return _Search.of(method, criteria, "find_all").run(method, args)


def on_lines(lines: Sequence[str]) -> str:
    """Return the first lines of a list, each indented on a line of its own, and the number of others."""
    more = [f"and {len(lines) - MAX_LISTED} more"] if len(lines) > MAX_LISTED else []
    return "".join(f"\n  {line}" for line in (*lines[:MAX_LISTED], *more))


class _Listing(NamedTuple):
    """An operation that returns a list, in a version of the API."""

    operation: Operation[Any]
    version: int
    caller: str

    @classmethod
    def of(cls, method: Any, caller: str) -> _Listing:
        """Return the operation of a method.

        Raises:
            ApiTypeError: It is not a method of an API class that returns a list.
        """
        bound = method
        while not isinstance(getattr(bound, "__self__", None), BaseApi) and hasattr(bound, "__wrapped__"):
            bound = bound.__wrapped__  # the method that a program has decorated
        api, name = getattr(bound, "__self__", None), str(getattr(bound, "__name__", ""))
        example = "such as api.images_get of ImageApi"
        if not isinstance(api, BaseApi):
            shown = getattr(method, "__qualname__", None) or describe_value(method)
            called = ", without calling it" if isinstance(method, Collection) else ""
            raise ApiTypeError(f"{caller}: method must be a method that returns a list, {example}{called}, not {shown}")
        plain = name.removesuffix("_with_http_info")
        operation = operation_of(type(api), plain)
        version = api.api_client.configuration.api_version
        if operation:
            operation, _ = operation.in_version(version, (), None)
        if not operation or not operation.page_size:
            raise ApiTypeError(f"{caller}: method must be a method that returns a list, {example}, not {name}")
        if plain != name:
            raise ApiTypeError(f"{caller}: method must be api.{plain}, not {name}, which does not return a list alone")
        return cls(operation, version, caller)

    @property
    def name(self) -> str:
        return self.operation.name

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters that the version has, by name."""
        version = self.version
        return {each.name: each for each in self.operation.parameters if each.since <= version <= each.until}

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise an error for an option that changes what the method returns, or which page."""
        for name, reason in (
            ("async_req", "pages are read one after the other; call it in a thread of your own"),
            ("response_type", "items are models; call the method itself to get another type"),
        ):
            if options.get(name):
                raise ApiTypeError(f"{self.caller}: {name} cannot be used: {reason}")
        if not options.get("_preload_content", True):
            raise ApiTypeError(f"{self.caller}: _preload_content must be True, because every page is decoded")
        for name, _ in pairs_of(options.get("query_params"), f"{self.name}: query_params"):
            if name in ("limit", "offset"):
                raise ApiValueError(f"{self.caller}: query_params must not contain {name}; pass it as an argument")

    def checked(self, result: object) -> Any:
        """Check the result of the method and return it."""
        if isinstance(result, Collection):
            return cast("Any", result)
        raise ApiTypeError(f"{self.caller}: {self.name} must return a list, not {type(result).__name__}")


def _items(
    listing: _Listing, method: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Iterator[Any]:
    """Yield the items of a list without pages."""
    try:
        page = listing.checked(method(*args, **kwargs))
    except BaseException as error:
        args = kwargs = ()  # type: ignore[assignment]
        clear_locals(error)
        raise
    yield from page


def _items_of_pages(
    listing: _Listing,
    method: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    size: int,
    start: int,
) -> Iterator[Any]:
    """Yield the items of all pages.

    The API keeps the order of items, so on a page, the items after the last returned one come next, and those
    before it are new. Each page overlaps with the one before. If it has no item that has been returned, the position is
    lost, because a page or more of items have been deleted or created: `find_position` searches the other pages.
    """
    seen: set[tuple[Any, Any] | None] = {None}

    def read(offset: int) -> tuple[list[Any], int, bool]:
        """Return the items of a page, the number of those up to the last returned one, and whether the list ends."""
        nonlocal args, kwargs
        try:
            page = listing.checked(method(*args, **kwargs, limit=size, offset=offset))
        except BaseException as error:
            args = kwargs = ()  # type: ignore[assignment]
            clear_locals(error)
            raise
        items: list[Any] = page.items or []
        known = max((number for number, item in enumerate(items, 1) if _identity(item) in seen), default=0)
        return items, known, not items or not page._is_cut_off(size)

    def find_position(offset: int, number: int, is_last: bool) -> int:
        """Return the offset of a page with a returned item, searched backwards and then forwards, or the start."""
        back, known = offset, 0
        while back > start and not known:
            back = max(back - size, start)
            _, known, _ = read(back)
        while not (known or is_last):
            offset += number
            items, known, is_last = read(offset)
            number, back = len(items), offset if known else back
        return back

    offset, idle = start, 0
    items, known, is_last = read(offset)
    while True:
        for item in items[known:]:
            seen.add(_identity(item))
            yield item
        idle = 0 if items[known:] else idle + 1
        if is_last:
            return
        if idle > len(seen) // (size - 1) + 10:  # reading all returned items again takes fewer requests
            raise OpenApiException(f"{listing.name} returns the same items at every offset, so its pages have no end")
        offset += max(len(items) - 1, 1)
        items, known, is_last = read(offset)
        if not known:
            offset = find_position(offset, len(items), is_last)
            items, known, is_last = read(offset)


def _identity(item: Any) -> tuple[Any, Any] | None:
    """Return what identifies an item; `None` if it has no id."""
    identity = getattr(item, "id", None)
    return None if identity is None else (getattr(item, "type", None), identity)


class _Search:
    """A search for the resources of a list that have certain values.

    Args:
        listing: The operation that lists resources.
        criteria: The values by their names.
        options: Arguments and options of the operation.
    """

    def __init__(self, listing: _Listing, criteria: Mapping[str, Any], options: dict[str, Any]) -> None:
        self.options = options
        known = {name: each for name, each in filters_of(listing.operation).items() if each.part}
        if "id" in item_fields(listing.operation):
            known["id"] = _ID
        self._listing = listing
        self._criteria: list[tuple[Filter, Any]] = []
        if not criteria:
            raise ApiValueError(f'{listing.caller}: at least one criterion must be given, such as name="web-1"')
        for name, value in criteria.items():
            criterion = known.get(name)
            if criterion is None:
                names = [*(each.name for each in known.values()), *listing.parameters, *OPTION_NAMES]
                hint = did_you_mean(name, names)
                raise ApiTypeError(f"{listing.caller}() got an unexpected keyword argument {name!r}{hint}")
            criterion.check_version(listing.operation, listing.version)
            if value is None:
                raise ApiValueError(f"{listing.caller}: {name} must not be None; leave it out to accept any value")
            if criterion in [each for each, _ in self._criteria]:
                raise ApiTypeError(f"{listing.caller}: {criterion.name} is given twice, also as {criterion.wire_name}")
            self._criteria.append((criterion, self._checked(criterion, _comparable(value))))

    def _checked(self, criterion: Filter, value: Any) -> Any:
        """Check that a value can equal one of a resource and return it."""
        fields = item_fields(self._listing.operation)
        if criterion.part:
            part: Any = model_class(fields[criterion.part].type)
            fields = part.fields
        field = fields[criterion.name].in_version(self._listing.version)
        kind = comparable_type(field, value)
        if kind is None:
            return value
        problem = f"{self._listing.caller}: {criterion.name} must be {with_article(kind)}"
        raise ApiTypeError(f"{problem}, not {_described(value, criterion.name)}")

    @classmethod
    def of(cls, method: Any, arguments: Mapping[str, Any], caller: str) -> _Search:
        """Return the search for the keyword arguments of a function, which are criteria and options."""
        listing = _Listing.of(method, caller)
        parameters = listing.parameters
        options = {name: value for name, value in arguments.items() if name in OPTION_NAMES or name in parameters}
        if "depth" in parameters and is_depth_0(options.get("depth")):
            options["depth"] = 1
        return cls(listing, {name: value for name, value in arguments.items() if name not in options}, options)

    def __str__(self) -> str:
        return ", ".join(f"{each.name} {_described(value, each.name)}" for each, value in self._criteria)

    def run(self, method: Callable[..., Collection[ItemT]], args: Sequence[Any]) -> list[ItemT]:
        """Return the matching resources."""
        options = self.options
        filters = self._filters(options)
        own: dict[str, Any] = options.get("filters") or {}
        narrow = {**options, "filters": {**own, **filters}} if filters else options
        return [item for item in iterate(method, *args, **narrow) if not self._mismatches(item)]

    def _filters(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return filters for the criteria that the API can check, except those that the options already set."""
        known, parameters = filters_of(self._listing.operation), self._listing.parameters
        query = pairs_of(options.get("query_params"), f"{self._listing.name}: query_params")
        named = [parameters[name].wire_name for name in options if name in parameters]
        taken = {str(name).removeprefix("filter.") for name in (*named, *(name for name, _ in query))}
        given: Any = options.get("filters") or {}
        if not hasattr(given, "keys"):
            return {}  # the method reports it
        taken |= {known[name].wire_name for name in given if name in known}
        return {
            each.name: value
            for each, value in self._criteria
            if each.part and each.wire_name not in taken and isinstance(value, (str, int)) and value != ""
        }

    def describe_matches(self, items: Sequence[Any]) -> str:
        """Return the message for several matches."""
        lines = [self._line(item) for item in items]
        return f"{len(items)} {self._listing.operation.response_type} have {self}:{on_lines(lines)}"

    def describe_failure(self, items: Sequence[Any]) -> str:
        """Return the message for no match, with similar values, or with the items that meet some criteria."""
        message = f"none of the {self._listing.operation.response_type} has {self}"
        hints = [hint for each, value in self._criteria if (hint := _similar(each, value, items))]
        if hints:
            return f"{message}; did you mean {', '.join(hints)}?"
        groups: dict[tuple[Filter, ...], list[Any]] = {}
        for item in items:
            groups.setdefault(tuple(self._mismatches(item)), []).append(item)
        groups = {missed: group for missed, group in groups.items() if len(missed) < len(self._criteria)}
        if not groups:
            return message
        # Of several groups, the small one is the one with a rare value, which is what the program is looking for.
        missed, group = min(groups.items(), key=lambda each: (len(each[0]), len(each[1])))
        return f"{message}; similar ones:{on_lines([self._line(item, missed) for item in group])}"

    def _mismatches(self, item: Any) -> list[Filter]:
        return [each for each, value in self._criteria if not _agree(_value(item, each), value)]

    def _line(self, item: Any, shown: Sequence[Filter] = ()) -> str:
        """Return the id and the name of an item, and other values to show."""
        name = filters_of(self._listing.operation).get("name")
        columns = [*([name] if name else []), *(each for each in shown if each not in (name, _ID))]
        values = [f"{each.name} {_described(_value(item, each), each.name)}" for each in columns]
        identity = getattr(item, "id", None)
        return ", ".join([*([] if identity is None else [escape_unprintable(str(identity))]), *values])


_ID = Filter("id", "id", "", *VERSIONS)


def _value(item: Any, criterion: Filter) -> Any:
    return getattr(getattr(item, criterion.part, None) if criterion.part else item, criterion.name, None)


def _comparable(value: Any) -> Any:
    """Return a value as models have it."""
    if isinstance(value, Enum):
        return _comparable(value.value)
    if type(value).__name__ == "UUID":
        return str(value)
    if isinstance(value, tuple):
        return [*value]
    return value.replace(tzinfo=timezone.utc) if isinstance(value, datetime) and not value.tzinfo else value


def _agree(actual: Any, wanted: Any) -> bool:
    """Return whether a value is the wanted one, or a list that contains it."""
    if isinstance(actual, list) and not isinstance(wanted, list):
        return any(_agree(item, wanted) for item in actual)
    return isinstance(actual, bool) == isinstance(wanted, bool) and actual == wanted


def _similar(criterion: Filter, wanted: Any, items: Sequence[Any]) -> str:
    """Return the values most similar to a text that no item has; empty if an item has it, or none is similar."""
    from difflib import get_close_matches  # rarely needed

    values: list[Any] = []
    for item in items:
        value = _value(item, criterion)
        values += value if isinstance(value, list) else [value]
    known = {value.lower(): value for value in values if isinstance(value, str)}
    if criterion is _ID or not isinstance(wanted, str) or wanted in values:
        return ""
    close = [known[text] for text in get_close_matches(wanted.lower(), known, 3)]
    return f"{criterion.name} {' or '.join(_described(value, criterion.name) for value in close)}" if close else ""


def _described(value: Any, name: str) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_described(item, name) for item in value[:MAX_LISTED])}]"
    return value.isoformat() if isinstance(value, date) else describe_value(value, name)
