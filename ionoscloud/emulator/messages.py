"""HTTP requests and responses, and errors with the body that the API sends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import Headers

from ionoscloud.emulator.types import Json, JsonObject

PHRASES = {status.value: status.phrase for status in HTTPStatus}

JSON = "application/json"

# Error codes of the API. Where its code is not known, the HTTP status replaces it.
VALIDATION = "100"
NOT_FOUND = "309"
UNAUTHORIZED = "315"
ACCESS_DENIED = "451"


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was received.

    Attributes:
        method: Such as `PATCH`.
        target: Path and query as they were sent, without the API's base URL.
        headers: Headers, with case-insensitive names.
        body: Body; empty if there was none.
        api_version: Version of the API in the base URL; None if the request was for a URL outside the API.
    """

    method: str
    target: str
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    api_version: int | None = None

    @property
    def path(self) -> str:
        """The target without its query, such as `/images/b6c3b0f1`."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The parameters in the query; the first value of each."""
        query: dict[str, str] = {}
        for name, value in parse_qsl(self.target.partition("?")[2], keep_blank_values=True):
            query.setdefault(name, value)
        return query

    @property
    def json(self) -> Any:
        """The body decoded from JSON; None if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def without_secrets(self) -> HttpRequest:
        """Return the request without the headers that carry credentials."""
        shown = [(name, value) for name, value in self.headers if name.lower() not in ("authorization", "cookie")]
        return replace(self, headers=Headers(shown))


class Representations(JsonObject):
    """The content of a response in several media types, by media type. The client chooses with its header `Accept`."""


@dataclass
class HttpResponse:
    """A response.

    Attributes:
        status: HTTP status.
        content: Content of the body.
        headers: Further headers.
        media_type: Media type of the body; None: no body. A body that is not JSON is the text `content`.
        pretty: Whether the body is indented.
        delay: Seconds before it is sent.
        dropped: Whether the connection breaks instead.
    """

    status: int
    content: Json
    headers: dict[str, str] = field(default_factory=dict[str, str])
    media_type: str | None = JSON
    pretty: bool = True
    delay: float = 0.0
    dropped: bool = False

    def body(self) -> bytes:
        """Encode the content. JSON is compact, or indented as the API does, with spaces around colons."""
        if self.media_type is None:
            return b""
        if self.media_type != JSON:
            return str(self.content).encode()
        style: dict[str, Any] = {"indent": 2, "separators": (",", " : ")} if self.pretty else {"separators": (",", ":")}
        return json.dumps(self.content, ensure_ascii=False, **style).encode()


class ApiError(Exception):
    """An error response: an HTTP status and a message for each violation."""

    def __init__(
        self,
        status: int,
        *messages: str,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code or str(status)
        self.messages: Iterable[str] = messages or (PHRASES.get(status, "Error"),)
        self.headers = dict(headers or {})
        super().__init__(f"{status}: {'; '.join(self.messages)}")

    def response(self) -> HttpResponse:
        """Return the error as a response."""
        messages = [{"errorCode": self.code, "message": message} for message in self.messages]
        return HttpResponse(self.status, {"httpStatus": self.status, "messages": messages}, {**self.headers})
