"""Respond to HTTP requests: run the checks in their order, then read or change resources."""

from __future__ import annotations

import json
import logging
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import Authorization, Headers
from werkzeug.http import parse_options_header, quote_etag

from ionoscloud.emulator import catalogue, rules
from ionoscloud.emulator.changes import Changes, identifier_in
from ionoscloud.emulator.document import ApiDocument, Route, canonical_path
from ionoscloud.emulator.faults import Faults
from ionoscloud.emulator.inventory import Inventory, resolve_link
from ionoscloud.emulator.listing import page, select
from ionoscloud.emulator.messages import (
    ACCESS_DENIED,
    NOT_FOUND,
    UNAUTHORIZED,
    VALIDATION,
    ApiError,
    HttpRequest,
    HttpResponse,
)
from ionoscloud.emulator.rate_limit import RateLimit
from ionoscloud.emulator.store import Resource, Store
from ionoscloud.emulator.types import Json, Member, Properties
from ionoscloud.emulator.urls import build_url, request_host

logger = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
MAX_BODY_DEPTH = 50  # levels of JSON; bodies of the API have ten at most
MAX_REQUESTS_SEEN = 1000


@dataclass(frozen=True)
class DroppedConnection:
    """Break the connection before the response. `carried_out` is whether the request takes effect nevertheless."""

    carried_out: bool


@dataclass(frozen=True)
class RoutedRequest:
    """A request with a valid path, method, query and contract. Its resource and body are not checked yet."""

    request: HttpRequest
    route: Route
    path: str  # without query, each segment percent-encoded
    query: list[tuple[str, str]]
    parameters: dict[str, Any]  # those that the document declares
    contract: int


class Application:
    """Responds to requests for the API of a document, with the resources of a store.

    Args:
        document: The document of the API.
        store: Resources and requests.
        limit: The rate limit.
        credentials: User name, password and token, under the names `username`, `password` and `token`.
        contracts: Numbers of the contracts; the first is the default of a request.

    Attributes:
        url: Base URL of the API, which the server sets.
        scheme: Scheme of URLs in responses, which have the host of the request. None: URLs begin with `url`.
        seen: The last requests.
        limit: The rate limit.
        faults: Errors and dropped connections that replace responses.
        delays: Seconds by which responses are delayed.
    """

    def __init__(
        self,
        document: ApiDocument,
        store: Store,
        limit: RateLimit,
        *,
        credentials: Mapping[str, str],
        contracts: tuple[int, ...],
    ) -> None:
        self.url = ""
        self.scheme: str | None = "http"
        self.seen: deque[HttpRequest] = deque(maxlen=MAX_REQUESTS_SEEN)
        self._document = document
        self._store = store
        self._inventory = Inventory(document, store, rules.computed_properties, rules.computed_collections)
        self.limit = limit
        self.faults: Faults[ApiError | DroppedConnection] = Faults(document)
        self.delays: Faults[float] = Faults(document)
        self._credentials = credentials
        self._contracts = contracts

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Return the response to a request. Its target is that of the HTTP request line."""
        host = request_host(request)
        target = re.sub("^https?://[^/?#]*", "", request.target).partition("#")[0]
        base = self._document.base_path
        inside = target.startswith(base) and target[len(base) : len(base) + 1] in ("", "/", "?")
        path = target[len(base) :] if inside else target
        request = HttpRequest(request.method, path, request.headers, request.body)
        query = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
        with self._store.lock:
            self._store.advance()
            self._store.url = build_url(self.scheme, host, base) if self.scheme and host else self.url
            self.seen.append(request.without_secrets())
            for arrival in self._store.pop_arrivals():
                catalogue.add_image(self._store, self._document.kinds["/images"], arrival.contract, arrival.properties)
            delay = self.delays.take(request) or 0.0
            fault = self.faults.take(request)
            if isinstance(fault, DroppedConnection) and not fault.carried_out:
                return HttpResponse(0, {}, delay=delay, dropped=True)
            try:
                if isinstance(fault, ApiError):
                    response = fault.response()
                elif request.method == "OPTIONS":
                    response = self._options(request) if inside else ApiError(404).response()
                else:
                    self.limit.take()
                    self._authenticate(request)
                    response = self._dispatch(request, query) if inside else ApiError(404).response()
            except ApiError as error:
                response = error.response()
            except Exception:
                logger.exception("%s %s", request.method, path)
                response = ApiError(500).response()
            response.pretty = dict(query).get("pretty", "").lower() != "false"
            response.headers.update(self.limit.headers())
            response.delay, response.dropped = delay, isinstance(fault, DroppedConnection)
        return response

    def send(self, method: str, target: str, body: Any) -> Any:
        """Return the content of the response to a request from this process, without rate limit and faults.

        Args:
            method: HTTP method.
            target: Path and query, without the base URL.
            body: Body; text is sent as a form, anything else as JSON.
        """
        form = isinstance(body, str)
        data = b"" if body is None else body.encode() if form else json.dumps(body).encode()
        headers = Headers({"Content-Type": FORM if form else "application/json"})
        query = parse_qsl(target.partition("?")[2])
        return self._dispatch(HttpRequest(method, target, headers, data), query).content

    def _options(self, request: HttpRequest) -> HttpResponse:
        """Return the response to OPTIONS, which browsers send without credentials before requests to other sites."""
        allowed = self._allowed(self._routes(canonical_path(request.path or "/")))
        # The headers that a browser permits by `*` do not include Authorization.
        headers = {"Access-Control-Allow-Headers": "*, Authorization", "Access-Control-Allow-Methods": allowed}
        return HttpResponse(204, None, {**headers, "Access-Control-Max-Age": "600", "Allow": allowed})

    def _routes(self, path: str) -> dict[str, Route]:
        # Werkzeug ignores the second slash.
        if path.startswith("//") or not (routes := self._document.routes_at(path)):
            raise ApiError(404)
        return routes

    def _allowed(self, routes: Mapping[str, Route]) -> str:
        return ", ".join(sorted({*routes, "OPTIONS", *(["HEAD"] if "GET" in routes else [])}))

    def _authenticate(self, request: HttpRequest) -> None:
        given = Authorization.from_header(request.headers.get("Authorization"))
        own = self._credentials
        if given is None or not (
            (given.type == "basic" and (given.username, given.password) == (own["username"], own["password"]))
            or (given.type == "bearer" and given.token == own["token"])
        ):
            raise ApiError(401, code=UNAUTHORIZED)

    def _dispatch(self, request: HttpRequest, query: list[tuple[str, str]]) -> HttpResponse:
        path = canonical_path(request.path or "/")
        routes = self._routes(path)
        route = routes.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise ApiError(405, headers={"Allow": self._allowed(routes)})
        parameters = _parameters(route, request, query)
        contract = parameters.get("X-Contract-Number")
        contract = self._contracts[0] if contract is None else contract
        if contract not in self._contracts:
            raise ApiError(403, f"Access denied: contract {contract} is not yours", code=ACCESS_DENIED)
        routed = RoutedRequest(request, route, path, query, parameters, contract)
        if path == "/":
            info = {"href": f"{self._store.url}/", "name": "CLOUD API", "version": self._document.version}
            return HttpResponse(route.status, info)
        for count in route.ancestors:
            if not self._store.is_visible("/".join(path.split("/")[:count]), contract):
                raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
        if route.template in rules.computed_responses:
            return HttpResponse(route.status, rules.computed_responses[route.template](self._inventory, path, contract))
        if route.method == "GET":
            return self._list(routed) if route.is_collection else self._get(routed)
        return self._change(routed)

    def _list(self, routed: RoutedRequest) -> HttpResponse:
        kind = routed.route.kind
        assert kind
        members = self._inventory.members(routed.path, kind, routed.contract)
        if routed.path == "/requests":
            members = members[::-1]  # newest first
        depth = routed.parameters.get("depth", 0)
        members = select(members, routed.route, routed.query, depth)
        content = self._inventory.envelope(routed.path)
        if "offset" in routed.parameters:
            offset, limit = routed.parameters["offset"], routed.parameters["limit"]
            content.update(page(len(members), content["href"], routed.query, offset, limit))
            members = members[offset : offset + limit]
        items = [self._inventory.list_item(member, depth, routed.contract) for member in members]
        if kind.template in rules.abridged_collections and depth:
            for item in items:
                own = item["properties"]
                item["properties"] = {name: own[name] for name in own if name in kind.properties}
        return HttpResponse(routed.route.status, {**content, "items": items})

    def _get(self, routed: RoutedRequest) -> HttpResponse:
        member = self._find(routed.path, routed)
        view = self._inventory.representation(member, routed.parameters.get("depth", 0), routed.contract)
        etag = None if "depth" in dict(routed.query) else view.get("metadata", {}).get("etag")
        return HttpResponse(routed.route.status, view, {"ETag": quote_etag(etag)} if etag else {})

    def _change(self, routed: RoutedRequest) -> HttpResponse:
        route, path = routed.route, routed.path
        changes = Changes(self._inventory, route, routed.request, routed.contract)
        resource: Resource | None = None
        created_with: Properties | None = None
        if route.action:
            acted_on = self._find_changeable(path.rpartition("/")[0], routed)
            accepted, resource = changes.run_action(acted_on, _body(routed, stored={}))
        elif route.method == "POST":
            identifier = None if route.is_collection else identifier_in(path)
            collection = path if route.is_collection else path.rpartition("/")[0]
            body = _body(routed, stored={})
            accepted, resource = changes.create(collection, body, identifier)
            if route.kind and not route.kind.attachment:
                created_with = body.get("entities") or {}
        elif route.method == "DELETE":
            accepted = changes.delete(self._find_changeable(path, routed))
        else:
            resource = self._find_changeable(path, routed)
            body = _body(routed, stored=resource.planned())
            accepted = changes.change(resource, body if route.bare_body else body.get("properties", {}))
        content: Any = {}
        if resource:
            member = self._inventory.find(resource.path, routed.contract, resource.kind)
            depth = routed.parameters.get("depth", 0)
            if member and depth == 0 and created_with is not None:
                content = self._inventory.created_representation(member, created_with, routed.contract)
            elif member:
                content = self._inventory.representation(member, depth, routed.contract)
        headers = {"Location": f"{self._store.url}{accepted.path}/status"} if route.tracked else {}
        return HttpResponse(route.status, content, headers)

    def _find_changeable(self, path: str, routed: RoutedRequest) -> Resource:
        """Return the resource at a path, if the contract is allowed to change it."""
        stored = self._find(path, routed)[0]
        if not isinstance(stored, Resource) or stored.contract is None:
            name = f"{resolve_link(stored).kind.type} {resolve_link(stored).id}" if stored else path
            raise ApiError(403, f"Access denied: {name} is public", code=ACCESS_DENIED)
        return stored

    def _find(self, path: str, routed: RoutedRequest) -> Member:
        found = self._inventory.find(path, routed.contract, routed.route.kind)
        if found is None:
            raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
        return found


def _parameters(route: Route, request: HttpRequest, query: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the values of the parameters that the document declares."""
    given = dict(reversed(query))
    values: dict[str, Any] = {}
    violations: list[str] = []
    for parameter in route.parameters:
        raw = request.headers.get(parameter.name) if parameter.location == "header" else given.get(parameter.name)
        values[parameter.name], violation = parameter.parse(raw)
        violations += [violation] if violation else []
    if violations:
        raise ApiError(422, *violations, code=VALIDATION)
    return values


def _body(routed: RoutedRequest, stored: Properties) -> Any:
    """Return the validated body of a request; empty if the route takes none."""
    route, request = routed.route, routed.request
    if route.body_required and not request.body.strip():
        raise ApiError(422, "[(root)] A body is required", code=VALIDATION)
    if not (route.content_types and request.body.strip()):
        return {}
    content_type = parse_options_header(request.headers.get("Content-Type"))[0].lower()
    # Older clients send vendor-specific types, such as application/vnd.profitbricks.resource+json.
    if not ({content_type, "*/*"} & {*route.content_types} or content_type.endswith("+json")):
        raise ApiError(415, f"Content type {content_type!r} is not supported")
    try:
        body = _form(request) if content_type == FORM else json.loads(request.body)
        # Raises for values that JSON or UTF-8 cannot represent.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ApiError(400, f"The body is not valid JSON{where}") from None
    if _is_deeper_than(body, MAX_BODY_DEPTH):
        raise ApiError(400, f"The body has more than {MAX_BODY_DEPTH} levels")
    body, violations = route.read_body(body, stored)
    if violations:
        raise ApiError(422, *violations, code=VALIDATION)
    return body


def _form(request: HttpRequest) -> dict[str, Any]:
    """Return the fields of a form."""
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def _is_deeper_than(value: Json, levels: int) -> bool:
    """Return whether a value is nested deeper than some levels, without recursion, which Python limits."""
    level: list[Json] = [value]
    while level and levels >= 0:
        containers = [value for value in level if isinstance(value, (dict, list))]
        level = [child for each in containers for child in (each.values() if isinstance(each, dict) else each)]
        levels -= bool(containers)
    return levels < 0
