"""A request on its way through the transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Request(NamedTuple):
    """A request, encoded.

    Attributes:
        operation: Name of the operation, for hooks.
        method: HTTP method.
        url: Absolute URL with its query.
        headers: Headers, credentials included.
        content: Encoded body.
        is_streamed: Whether the caller reads the response, which stays open.
        response_type: Type to decode the response as; see `Model.openapi_types`.
    """

    operation: str | None
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | str | None = None
    is_streamed: bool = False
    response_type: str | type | None = None
