"""What goes in and out: HTTP requests as they were received, answers, and refusals with the API's error body."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Union
from urllib.parse import parse_qsl

from werkzeug.datastructures import Headers

Json = Union[dict[str, Any], list[Any], str, float, None]
PHRASES = {status.value: status.phrase for status in HTTPStatus}

VALIDATION = "100"  # error codes as the API numbers them; where its number is not known, the HTTP status stands in
DELETED_MEANWHILE = "200"
NOT_FOUND = "309"
UNAUTHORIZED = "315"
ACCESS_DENIED = "451"


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was received.

    Attributes:
        method: Such as `PATCH`.
        target: Path and query, encoded as they were sent, without the API's base URL.
        headers: Headers, whose names can be asked for in letters of any case.
        body: Body; empty if there was none.
    """

    method: str
    target: str
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """The target without its query, such as `/images/b6c3b0f1`."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The parameters in the query; of one that is there more than once the first value."""
        query: dict[str, str] = {}
        for name, value in parse_qsl(self.target.partition("?")[2], keep_blank_values=True):
            query.setdefault(name, value)
        return query

    @property
    def json(self) -> Any:
        """What the body says in JSON; None if it says nothing in JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def without_secrets(self) -> HttpRequest:
        """The request without the headers that carry credentials."""
        shown = [(name, value) for name, value in self.headers if name.lower() not in ("authorization", "cookie")]
        return HttpRequest(self.method, self.target, Headers(shown), self.body)


@dataclass
class HttpAnswer:
    """An answer before it is written as bytes, `delay` seconds late; a `lost` one ends the connection instead."""

    status: int
    content: Json
    headers: dict[str, str] = field(default_factory=dict[str, str])
    pretty: bool = True
    delay: float = 0.0
    lost: bool = False

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
        self.messages: Iterable[str] = messages or (PHRASES.get(status, "Error"),)
        self.headers = dict(headers or {})
        super().__init__(f"{status}: {'; '.join(self.messages)}")

    def answer(self, pretty: bool = True) -> HttpAnswer:
        """The refusal as an answer."""
        messages = [{"errorCode": self.code, "message": message} for message in self.messages]
        return HttpAnswer(self.status, {"httpStatus": self.status, "messages": messages}, {**self.headers}, pretty)
