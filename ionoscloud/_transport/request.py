"""The request that the layers of the client complete and send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Request(NamedTuple):
    """An encoded request.

    Attributes:
        operation: Name of the operation, for hooks.
        method: HTTP method.
        url: Absolute URL with its query. `ApiClient` first has only the path, and adds the host last.
        headers: Headers, credentials included.
        content: Encoded body.
        is_streamed: Whether the response stays open, for the caller to read.
        response_type: Type to decode the response as; see `Model.openapi_types`.
        version: Version of the API that it is for; `None` for the configured one.
    """

    operation: str | None
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | str | None = None
    is_streamed: bool = False
    response_type: str | type | None = None
    version: int | None = None
