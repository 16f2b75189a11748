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
from urllib.parse import parse_qsl

from werkzeug.datastructures import Authorization, Headers
from werkzeug.http import parse_options_header, quote_etag

from ionoscloud._checks import is_number, is_whole
from ionoscloud.emulator import catalogue, rules
from ionoscloud.emulator.address import host_of, url_at
from ionoscloud.emulator.changes import Changes, identifier_in
from ionoscloud.emulator.clock import Clock
from ionoscloud.emulator.document import Document, Operation, canonical
from ionoscloud.emulator.faults import Faults
from ionoscloud.emulator.inventory import Inventory, Member, itself
from ionoscloud.emulator.listing import page, select
from ionoscloud.emulator.messages import (
    ACCESS_DENIED,
    NOT_FOUND,
    UNAUTHORIZED,
    VALIDATION,
    ApiError,
    HttpAnswer,
    HttpRequest,
    Json,
)
from ionoscloud.emulator.store import Resource, Store

logger = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
DEEPEST_BODY = 50  # levels of JSON; none of the API's own has more than ten
REQUESTS_KEPT = 1000
USUAL_RATE, USUAL_BURST = 120, 50  # requests a minute and at once that answers announce where there is no limit


class RateLimit:
    """A bucket of tokens that fills as time goes by; a request takes one."""

    def __init__(self, clock: Clock, requests: int | None = None, per: float = 60, burst: int | None = None) -> None:
        self._clock = clock
        self.set(requests, per, burst)

    def set(self, requests: int | None, per: float = 60, burst: int | None = None) -> None:
        """Begins with a full bucket.

        Args:
            requests: How many tokens come in `per` seconds; None: there is always one left.
            per: Seconds.
            burst: How many tokens the bucket holds; default as many as come in `per` seconds.
        """
        for name, value in (("rate_limit", requests), ("burst", burst)):
            if value is not None and (not is_whole(value) or value < 1):
                raise ValueError(f"{name} must be a number of requests, 1 or more, or None, not {value!r}")
        if not is_number(per) or not 0 < per < math.inf:
            raise ValueError(f"per must be a number of seconds, more than 0, not {per!r}")
        self._requests = requests
        self._per = per
        self._burst = burst or requests or USUAL_BURST
        self._tokens = float(self._burst)
        self._filled = self._clock.now()

    def take(self) -> None:
        """Takes a token, or refuses with the seconds until there is one."""
        if self._requests is None:
            return
        now = self._clock.now()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._requests / self._per)
        self._filled = now
        if self._tokens < 1:
            wait = max(1, math.ceil((1 - self._tokens) * self._per / self._requests))
            raise ApiError(429, "Request rate limit exceeded", headers={"Retry-After": str(wait)})
        self._tokens -= 1

    def headers(self) -> dict[str, str]:
        per_minute = USUAL_RATE if self._requests is None else max(round(self._requests * 60 / self._per), 1)
        return {
            "X-RateLimit-Limit": str(per_minute),
            "X-RateLimit-Remaining": str(int(self._tokens)),
            "X-RateLimit-Burst": str(self._burst),
        }


@dataclass(frozen=True)
class Lost:
    """The connection breaks before the answer, after the request was `carried_out` or instead of that."""

    carried_out: bool


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
        self.url = ""  # the own base URL of the API, to be set by who serves it
        self.scheme: str | None = "http"  # of responses, which name the host that clients use; None: they name `url`
        self.seen: deque[HttpRequest] = deque(maxlen=REQUESTS_KEPT)
        self._document = document
        self._store = store
        self._inventory = Inventory(document, store, rules.derived, rules.made_up)
        self.limit = limit
        self.faults: Faults[ApiError | Lost] = Faults(document)  # instead of the answer
        self.delays: Faults[float] = Faults(document)  # seconds
        self._credentials = credentials
        self._contracts = contracts

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answers a request, whose target is that of the HTTP request line."""
        host = host_of(request)
        target = re.sub("^https?://[^/?#]*", "", request.target).partition("#")[0]
        base = self._document.base_path
        inside = target.startswith(base) and target[len(base) : len(base) + 1] in ("", "/", "?")
        path = target[len(base) :] if inside else target
        request = HttpRequest(request.method, path, request.headers, request.body)
        query = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
        with self._store.lock:
            self._store.advance()
            self._store.url = url_at(self.scheme, host, base) if self.scheme and host else self.url
            self.seen.append(request.without_secrets())
            for arrival in self._store.arrived():
                catalogue.add(self._store, self._document.kinds["/images"], arrival.contract, arrival.properties)
            delay = self.delays.take(request) or 0.0
            fault = self.faults.take(request)
            if isinstance(fault, Lost) and not fault.carried_out:
                return HttpAnswer(0, {}, delay=delay, lost=True)
            try:
                if isinstance(fault, ApiError):
                    answer = fault.answer()
                elif request.method == "OPTIONS":
                    answer = self._options(request) if inside else ApiError(404).answer()
                else:
                    self.limit.take()
                    self._authenticate(request)
                    answer = self._dispatch(request, query) if inside else ApiError(404).answer()
            except ApiError as error:
                answer = error.answer()
            except Exception:
                logger.exception("%s %s", request.method, path)
                answer = ApiError(500).answer()
            answer.pretty = dict(query).get("pretty", "").lower() != "false"
            answer.headers.update(self.limit.headers())
            answer.delay, answer.lost = delay, isinstance(fault, Lost)
        return answer

    def carry_out(self, method: str, target: str, body: Any) -> Any:
        """Returns the content of the response to a request of the account itself, which no limit or fault is for.

        `body` is sent as JSON, text as a form.
        """
        form = isinstance(body, str)
        data = b"" if body is None else body.encode() if form else json.dumps(body).encode()
        headers = Headers({"Content-Type": FORM if form else "application/json"})
        query = parse_qsl(target.partition("?")[2])
        return self._dispatch(HttpRequest(method, target, headers, data), query).content

    def _options(self, request: HttpRequest) -> HttpAnswer:
        """What a browser asks before it lets a page of another site send a request; it has no credentials then."""
        allowed = self._allowed(self._operations(canonical(request.path or "/")))
        # The headers that a browser permits by `*` do not include Authorization.
        headers = {"Access-Control-Allow-Headers": "*, Authorization", "Access-Control-Allow-Methods": allowed}
        return HttpAnswer(204, None, {**headers, "Access-Control-Max-Age": "600", "Allow": allowed})

    def _operations(self, path: str) -> dict[str, Operation]:
        # Werkzeug would overlook the second slash.
        if path.startswith("//") or not (operations := self._document.operations_at(path)):
            raise ApiError(404)
        return operations

    def _allowed(self, operations: Mapping[str, Operation]) -> str:
        return ", ".join(sorted({*operations, "OPTIONS", *(["HEAD"] if "GET" in operations else [])}))

    def _authenticate(self, request: HttpRequest) -> None:
        given = Authorization.from_header(request.headers.get("Authorization"))
        own = self._credentials
        if given is None or not (
            (given.type == "basic" and (given.username, given.password) == (own["username"], own["password"]))
            or (given.type == "bearer" and given.token == own["token"])
        ):
            raise ApiError(401, code=UNAUTHORIZED)

    def _dispatch(self, request: HttpRequest, query: list[tuple[str, str]]) -> HttpAnswer:
        path = canonical(request.path or "/")
        operations = self._operations(path)
        operation = operations.get("GET" if request.method == "HEAD" else request.method)
        if operation is None:
            raise ApiError(405, headers={"Allow": self._allowed(operations)})
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
            if not self._store.sees("/".join(path.split("/")[:count]), contract):
                raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
        if operation.template in rules.answers:
            return HttpAnswer(operation.status, rules.answers[operation.template](self._inventory, path, contract))
        if operation.method == "GET":
            return self._list(call) if operation.lists else self._single(call)
        return self._change(call)

    def _list(self, call: Call) -> HttpAnswer:
        kind = call.operation.kind
        assert kind
        members = self._inventory.members(call.path, kind, call.contract)
        if call.path == "/requests":
            members = members[::-1]  # newest first
        depth = call.parameters.get("depth", 0)
        members = select(members, call.operation, call.query, depth)
        content = self._inventory.heading(call.path)
        if "offset" in call.parameters:
            offset, limit = call.parameters["offset"], call.parameters["limit"]
            content.update(page(len(members), content["href"], call.query, offset, limit))
            members = members[offset : offset + limit]
        items = [self._inventory.shown(member, depth, call.contract) for member in members]
        if kind.template in rules.shortened and depth:
            for item in items:
                own = item["properties"]
                item["properties"] = {name: own[name] for name in own if name in kind.properties}
        return HttpAnswer(call.operation.status, {**content, "items": items})

    def _single(self, call: Call) -> HttpAnswer:
        member = self._find(call.path, call.contract, call.operation)
        view = self._inventory.detailed(member, call.parameters.get("depth", 0), call.contract)
        etag = None if "depth" in dict(call.query) else view.get("metadata", {}).get("etag")
        return HttpAnswer(call.operation.status, view, {"ETag": quote_etag(etag)} if etag else {})

    def _change(self, call: Call) -> HttpAnswer:
        operation, path = call.operation, call.path
        changes = Changes(self._inventory, operation, call.request, call.contract)
        shown: Resource | None = None
        created_with: Mapping[str, Any] | None = None
        if operation.action:
            acted_on = self._changeable(path.rpartition("/")[0], call)
            accepted, shown = changes.act(acted_on, _body(call, kept={}))
        elif operation.method == "POST":
            identifier = None if operation.lists else identifier_in(path)
            collection = path if operation.lists else path.rpartition("/")[0]
            body = _body(call, kept={})
            accepted, shown = changes.create(collection, body, identifier)
            if operation.kind and not operation.kind.attachment:
                created_with = body.get("entities") or {}
        elif operation.method == "DELETE":
            accepted = changes.delete(self._changeable(path, call))
        else:
            shown = self._changeable(path, call)
            body = _body(call, kept=shown.planned())
            accepted = changes.change(shown, body if operation.bare_body else body.get("properties", {}))
        content: Any = {}
        if shown:
            member = self._inventory.find(shown.path, call.contract, shown.kind)
            depth = call.parameters.get("depth", 0)
            if member and depth == 0 and created_with is not None:
                content = self._inventory.new(member, created_with, call.contract)
            elif member:
                content = self._inventory.detailed(member, depth, call.contract)
        headers = {"Location": f"{self._store.url}{accepted.path}/status"} if operation.followed else {}
        return HttpAnswer(operation.status, content, headers)

    def _changeable(self, path: str, call: Call) -> Resource:
        """What is stored at a path, if the contract may change it."""
        stored = self._find(path, call.contract, call.operation)[0]
        if not isinstance(stored, Resource) or stored.contract is None:
            name = f"{itself(stored).kind.type} {itself(stored).id}" if stored else path
            raise ApiError(403, f"Access denied: {name} is public", code=ACCESS_DENIED)
        return stored

    def _find(self, path: str, contract: int, operation: Operation | None = None) -> Member:
        kind = operation.kind if operation else None
        found = self._inventory.find(path, contract, kind)
        if found is None:
            raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
        return found


def _parameters(operation: Operation, request: HttpRequest, query: list[tuple[str, str]]) -> dict[str, Any]:
    """The values of the parameters that the document declares."""
    given = dict(reversed(query))
    values: dict[str, Any] = {}
    faults: list[str] = []
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
    if not ({content_type, "*/*"} & {*operation.content_types} or content_type.endswith("+json")):
        raise ApiError(415, f"Content type {content_type!r} is not supported")
    try:
        body = _form(request) if content_type == FORM else json.loads(request.body)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()  # finds what JSON or UTF-8 does not have
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ApiError(400, f"The body is not valid JSON{where}") from None
    if _deeper(body, DEEPEST_BODY):
        raise ApiError(400, f"The body has more than {DEEPEST_BODY} levels")
    body, faults = operation.read(body, kept)
    if faults:
        raise ApiError(422, *faults, code=VALIDATION)
    return body


def _form(request: HttpRequest) -> dict[str, Any]:
    """The fields of a form."""
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def _deeper(value: Json, levels: int) -> bool:
    """Whether a value nests more containers than that; without recursion, which has a limit of its own."""
    level: list[Json] = [value]
    while level and levels >= 0:
        containers = [value for value in level if isinstance(value, (dict, list))]
        level = [child for each in containers for child in (each.values() if isinstance(each, dict) else each)]
        levels -= bool(containers)
    return levels < 0
