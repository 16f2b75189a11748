"""Encode parameters of queries and forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Union
from urllib.parse import quote, urlencode

from ionoscloud._argument_errors import ApiTypeError
from ionoscloud._checks import check_utf8
from ionoscloud._redaction import describe_value
from ionoscloud._secret_types import wrap_secrets

ParameterValue = Union[str, float, date, Iterable[Any], None]
Parameters = Union[Mapping[Any, ParameterValue], Sequence[tuple[Any, ParameterValue]], None]


def pairs_of(params: Parameters, what: str) -> list[tuple[Any, ParameterValue]]:
    """Return parameters as pairs, from a mapping or from pairs."""
    try:
        return [(name, value) for name, value in (params.items() if isinstance(params, Mapping) else params or ())]
    except (TypeError, ValueError):
        kind = "str" if isinstance(params, str) else type(params).__name__  # also for a `SecretStr`
        raise ApiTypeError(f"{what} must be a dict, or pairs of name and value, not {kind}") from None


def query_pairs(params: Parameters, operation_name: str) -> list[tuple[str, str]]:
    """Return query parameters as pairs of text. A list repeats its name, `None` is left out.

    Raises:
        ApiTypeError: A value is not text, a number, a date or a list of these.
        ApiValueError: A name or a value cannot be encoded.
    """
    if not params:
        return []
    result: list[tuple[str, str]] = []
    for name, value in pairs_of(params, f"{operation_name}: query_params"):
        check_utf8(str(name), f"{operation_name}: query parameter {describe_value(name)}")
        for item in value if isinstance(value, (list, tuple, set)) else [value]:
            if isinstance(item, bool):
                result.append((name, "true" if item else "false"))
            elif isinstance(item, (str, int, float)):
                result.append((name, wrap_secrets(check_utf8(str(item), f"{operation_name}: query parameter {name}"))))
            elif isinstance(item, (datetime, date)):
                result.append((name, item.isoformat()))
            elif item is not None:
                raise ApiTypeError(f"{operation_name}: query parameter {name} must be text, a number or a list of them")
    return result


def with_query(url: str, pairs: Sequence[tuple[str, Any]]) -> str:
    """Return a URL with parameters appended to its query."""
    return f"{url}{'&' if '?' in url else '?'}{encode_pairs(pairs)}" if pairs else url


def encode_pairs(pairs: Sequence[tuple[str, Any]]) -> str:
    """Return pairs as the text of a query or a form. A space becomes `%20`, because `+` is one only by convention."""
    return urlencode(pairs, quote_via=quote)
