"""What happens between an HTTP request and its answer: the checks in their order, then what the verb means."""

from __future__ import annotations

import json
import logging
import math
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from werkzeug.datastructures import Authorization
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.http import parse_options_header, quote_etag

from ionoscloud.emulator.clock import Clock
from ionoscloud.emulator.document import Document, Operation
from ionoscloud.emulator.listing import page, select, shown
from ionoscloud.emulator.messages import (
    ACCESS_DENIED,
    NOT_FOUND,
    UNAUTHORIZED,
    VALIDATION,
    ApiError,
    HttpAnswer,
    HttpRequest,
)
from ionoscloud.emulator.store import Store

logger = logging.getLogger(__name__)

DEEPEST_BODY = 50  # levels of JSON; none of the API's own has more than ten
REQUESTS_KEPT = 1000
USUAL_RATE = 120  # requests a minute that the answers of an emulator without a limit announce


class RateLimit:
    """A bucket of `burst` tokens that fills at `per_minute`; a request takes one. None: there is always one left."""

    def __init__(self, clock: Clock, per_minute: int | None, burst: int) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._burst = burst
        self._tokens = float(burst)
        self._filled = clock.now()

    def take(self) -> None:
        """Takes a token, or refuses with the seconds until there is one."""
        if self._per_minute is None:
            return
        now = self._clock.now()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._per_minute / 60)
        self._filled = now
        if self._tokens < 1:
            wait = max(1, math.ceil((1 - self._tokens) * 60 / self._per_minute))
            raise ApiError(429, "Request rate limit exceeded", headers={"Retry-After": str(wait)})
        self._tokens -= 1

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self._per_minute or USUAL_RATE),
            "X-RateLimit-Remaining": str(int(self._tokens)),
            "X-RateLimit-Burst": str(self._burst),
        }


@dataclass(frozen=True)
class Call:
    """A request that has passed the checks which come before its resource and body are looked at."""

    request: HttpRequest
    operation: Operation
    path: str  # without query, each segment percent-encoded
    query: list[tuple[str, str]]
    parameters: dict[str, Any]  # as the document declares them
    contract: int


class Application:
    """Answers requests from a document and a store."""

    def __init__(
        self,
        document: Document,
        store: Store,
        limit: RateLimit,
        *,
        credentials: Mapping[str, str],
        contracts: tuple[int, ...],
    ) -> None:
        """`credentials` are the user name, the password and the token, by these names."""
        self.seen: deque[HttpRequest] = deque(maxlen=REQUESTS_KEPT)
        self._document = document
        self._store = store
        self._limit = limit
        self._credentials = credentials
        self._contracts = contracts

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answers a request, whose path is the raw target of the HTTP request line."""
        target = re.sub("^https?://[^/?#]*", "", request.path).partition("#")[0]
        base = self._document.base_path
        inside = target.startswith(base) and target[len(base) : len(base) + 1] in ("", "/", "?")
        path = target[len(base) :] if inside else target
        request = HttpRequest(request.method, path, request.headers, request.body)
        query = parse_qsl(path.partition("?")[2], keep_blank_values=True)
        with self._store.lock:
            self.seen.append(request.without_secrets())
            try:
                self._limit.take()
                self._authenticate(request)
                answer = self._dispatch(request, query) if inside else ApiError(404).answer()
            except ApiError as error:
                answer = error.answer()
            except Exception:
                logger.exception("%s %s", request.method, path)
                answer = ApiError(500).answer()
            answer.pretty = dict(query).get("pretty", "").lower() != "false"
            answer.headers.update(self._limit.headers())
        return answer

    def _authenticate(self, request: HttpRequest) -> None:
        given = Authorization.from_header(request.headers.get("Authorization"))
        own = self._credentials
        if given is None or not (
            (given.type == "basic" and (given.username, given.password) == (own["username"], own["password"]))
            or (given.type == "bearer" and given.token == own["token"])
        ):
            raise ApiError(401, code=UNAUTHORIZED)

    def _dispatch(self, request: HttpRequest, query: list[tuple[str, str]]) -> HttpAnswer:
        segments = (request.path.partition("?")[0] or "/").split("/")
        # Decoded and encoded again, a segment has one spelling only, and a slash inside of it stays one.
        path = "/".join(quote(unquote(segment, errors="replace"), safe="") for segment in segments)
        if path.startswith("//"):  # Werkzeug would overlook the second one
            raise ApiError(404)
        try:
            operation: Operation = self._document.routes.match(path, method=request.method)[0]
        except NotFound:
            raise ApiError(404) from None
        except MethodNotAllowed as error:
            raise ApiError(405, headers={"Allow": ", ".join(sorted(error.valid_methods or ()))}) from None
        parameters = _parameters(operation, request, query)
        contract = parameters.get("X-Contract-Number")
        contract = self._contracts[0] if contract is None else contract
        if contract not in self._contracts:
            raise ApiError(403, f"Access denied: contract {contract} is not yours", code=ACCESS_DENIED)
        call = Call(request, operation, path, query, parameters, contract)
        if path == "/":
            info = {"href": f"{self._store.url}/", "name": "CLOUD API", "version": self._document.version}
            return HttpAnswer(operation.status, info)
        for count in operation.ancestors:
            self._find("/".join(path.split("/")[:count]), contract)
        if operation.method == "GET":
            return self._list(call) if operation.lists else self._single(call)
        return self._change(call)

    def _list(self, call: Call) -> HttpAnswer:
        items = self._store.list(call.path, call.contract)
        if call.path == "/requests":
            items.reverse()  # newest first
        depth = call.parameters.get("depth", 0)
        items = select(items, call.operation, call.query, depth)
        url, paging = self._store.url + call.path, {}
        if "offset" in call.parameters:
            paging = page(items, url, call.query, call.parameters["offset"], call.parameters["limit"])
            items = paging["items"]
        content = {"id": call.path.rpartition("/")[2], "type": "collection", "href": url}
        return HttpAnswer(call.operation.status, {**content, **paging, "items": [shown(item, depth) for item in items]})

    def _single(self, call: Call) -> HttpAnswer:
        view = self._find(call.path, call.contract)[1]
        headers = {} if "depth" in dict(call.query) else {"ETag": quote_etag(view["metadata"]["etag"])}
        return HttpAnswer(call.operation.status, view, headers)

    def _change(self, call: Call) -> HttpAnswer:
        operation = call.operation
        if operation.method == "POST":
            if not operation.properties:
                raise ApiError(501, f"The emulator does not know what {call.path} does")
            body = _body(call, kept={})
            new = {"contract": call.contract, "metadata": self._store.stamp("created"), "properties": None}
            resource = self._store.add(call.path, self._store.new_id(), operation.resource_type, **new)
        else:
            resource, view = self._find(call.path, call.contract)
            if resource.contract is None:
                raise ApiError(403, f"Access denied: {resource.type} {resource.id} is public", code=ACCESS_DENIED)
            body = _body(call, kept=view["properties"])
        values = body if operation.bare_body else body.get("properties", {})
        if operation.method in ("POST", "PUT"):
            values = {**operation.defaults(), **values}
        elif operation.method == "DELETE":
            values = None
        accepted = self._store.accept(resource, values, call.request, call.contract)
        content = {} if values is None else resource.outlook(self._store.url)
        return HttpAnswer(operation.status, content, {"Location": f"{self._store.url}{accepted.path}/status"})

    def _find(self, path: str, contract: int) -> tuple[Any, dict[str, Any]]:
        found = self._store.find(path, contract)
        if found is None:
            raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
        return found


def _parameters(operation: Operation, request: HttpRequest, query: list[tuple[str, str]]) -> dict[str, Any]:
    """The values of the parameters that the document declares."""
    given = dict(reversed(query))
    values, faults = {}, []
    for parameter in operation.parameters:
        raw = request.headers.get(parameter.name) if parameter.place == "header" else given.get(parameter.name)
        values[parameter.name], fault = parameter.parse(raw)
        faults += [fault] if fault else []
    if faults:
        raise ApiError(422, *faults, code=VALIDATION)
    return values


def _body(call: Call, kept: Mapping[str, Any]) -> Any:
    """The checked body of a request; empty if the operation takes none."""
    operation, request = call.operation, call.request
    if operation.body_required and not request.body.strip():
        raise ApiError(422, "[(root)] A body is required", code=VALIDATION)
    if not (operation.content_types and request.body.strip()):
        return {}
    content_type = parse_options_header(request.headers.get("Content-Type"))[0].lower()
    # Older clients send types of their own, such as application/vnd.profitbricks.resource+json.
    if content_type not in operation.content_types and not content_type.endswith("+json"):
        raise ApiError(415, f"Content type {content_type!r} is not supported")
    try:
        body = json.loads(request.body)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()  # finds what JSON or UTF-8 does not have
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"The body is not JSON: {error}") from None
    if _deeper(body, DEEPEST_BODY):
        raise ApiError(400, f"The body has more than {DEEPEST_BODY} levels")
    faults = tuple(operation.faults(body, kept))
    if faults:
        raise ApiError(422, *faults, code=VALIDATION)
    return body


def _deeper(value: Any, levels: int) -> bool:
    """Whether a value nests more containers than that; without recursion, which has a limit of its own."""
    level = [value]
    while level and levels >= 0:
        containers = [value for value in level if isinstance(value, (dict, list))]
        level = [child for each in containers for child in (each.values() if isinstance(each, dict) else each)]
        levels -= bool(containers)
    return levels < 0
