"""What goes in and out: HTTP requests as they were received, answers, and refusals with the API's error body."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Union

from werkzeug.datastructures import Headers

Json = Union[dict[str, Any], list[Any]]

VALIDATION = "100"  # error codes as the API numbers them; where its number is not known, the HTTP status stands in
DELETED_MEANWHILE = "200"
NOT_FOUND = "309"
UNAUTHORIZED = "315"
ACCESS_DENIED = "451"


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was received. `path` includes the query and is relative to the API's base URL."""

    method: str
    path: str
    headers: Headers
    body: bytes

    def without_secrets(self) -> HttpRequest:
        """The request without the headers that carry credentials."""
        shown = [(name, value) for name, value in self.headers if name.lower() not in ("authorization", "cookie")]
        return HttpRequest(self.method, self.path, Headers(shown), self.body)


@dataclass
class HttpAnswer:
    """An answer before it is written as bytes."""

    status: int
    content: Json
    headers: dict[str, str] = field(default_factory=dict)
    pretty: bool = True

    def body(self) -> bytes:
        """The content as JSON: indented with a space on both sides of a colon, as the API writes it, or compact."""
        style: dict[str, Any] = {"indent": 2, "separators": (",", " : ")} if self.pretty else {"separators": (",", ":")}
        return json.dumps(self.content, ensure_ascii=False, **style).encode()


class ApiError(Exception):
    """A refusal: an HTTP status and one message for each thing that is wrong."""

    def __init__(
        self,
        status: int,
        *messages: str,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code or str(status)
        self.messages: Iterable[str] = messages or (HTTPStatus(status).phrase,)
        self.headers = dict(headers or {})
        super().__init__(f"{status}: {'; '.join(self.messages)}")

    def answer(self, pretty: bool = True) -> HttpAnswer:
        """The refusal as an answer."""
        messages = [{"errorCode": self.code, "message": message} for message in self.messages]
        return HttpAnswer(self.status, {"httpStatus": self.status, "messages": messages}, self.headers, pretty)
