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

from werkzeug.datastructures import Authorization, Headers, MIMEAccept
from werkzeug.http import parse_accept_header, parse_options_header, quote_etag

from ionoscloud.emulator import catalogue, rules
from ionoscloud.emulator.changes import Changes, identifier_in
from ionoscloud.emulator.document import BASE_PATHS, Documents, Route, canonical_path
from ionoscloud.emulator.faults import Faults
from ionoscloud.emulator.inventory import Inventory, KeyFunction, resolve_link
from ionoscloud.emulator.listing import MAX_RESULTS, page, select
from ionoscloud.emulator.messages import (
    ACCESS_DENIED,
    NOT_FOUND,
    UNAUTHORIZED,
    VALIDATION,
    ApiError,
    HttpRequest,
    HttpResponse,
    Representations,
)
from ionoscloud.emulator.rate_limit import RateLimit
from ionoscloud.emulator.store import Resource, Store, Viewer
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
    inventory: Inventory  # of the version of the API
    route: Route
    path: str  # without query, each segment percent-encoded
    query: list[tuple[str, str]]
    parameters: dict[str, Any]  # those that the document declares
    contract: int


class Application:
    """Responds to requests for all versions of the API, with the resources of a store.

    Args:
        documents: The documents of the API. The first request for a version loads its document.
        store: Resources and requests.
        keys: The function for the index keys of the store.
        limit: The rate limit.
        credentials: User name, password and token, under the names `username`, `password` and `token`.
        contracts: Numbers of the contracts; the first is the default of a request.

    Attributes:
        root: URL without the base path of a version, which the server sets.
        scheme: Scheme of URLs in responses, which have the host of the request. None: URLs begin with `root`.
        seen: The last requests.
        limit: The rate limit.
        faults: Errors and dropped connections that replace responses.
        delays: Seconds by which responses are delayed.
    """

    def __init__(
        self,
        documents: Documents,
        store: Store,
        keys: KeyFunction,
        limit: RateLimit,
        *,
        credentials: Mapping[str, str],
        contracts: tuple[int, ...],
    ) -> None:
        self.root = ""
        self.scheme: str | None = "http"
        self.seen: deque[HttpRequest] = deque(maxlen=MAX_REQUESTS_SEEN)
        self._documents = documents
        self._store = store
        self._keys = keys
        self._inventories: dict[int, Inventory] = {}  # by version; without those that no request was for
        self._addresses = catalogue.public_addresses()
        self.limit = limit
        self.faults: Faults[ApiError | DroppedConnection] = Faults(documents)
        self.delays: Faults[float] = Faults(documents)
        self._credentials = credentials
        self._contracts = contracts

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Return the response to a request. Its target is that of the HTTP request line."""
        host = request_host(request)
        target = re.sub("^https?://[^/?#]*", "", request.target).partition("#")[0]
        version, path = _split(target)
        request = HttpRequest(request.method, path, request.headers, request.body, version)
        query = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
        with self._store.lock:
            self._store.advance()
            root = build_url(self.scheme, host, "") if self.scheme and host else self.root
            self.seen.append(request.without_secrets())
            for arrival in self._store.pop_arrivals():
                catalogue.add_image(self._store, arrival.contract, arrival.properties)
            delay = self.delays.take(request) or 0.0
            fault = self.faults.take(request)
            if isinstance(fault, DroppedConnection) and not fault.carried_out:
                return HttpResponse(0, {}, delay=delay, dropped=True)
            try:
                if isinstance(fault, ApiError):
                    response = fault.response()
                elif request.method == "OPTIONS":
                    response = self._options(request)
                else:
                    self.limit.take()
                    self._authenticate(request)
                    response = self._dispatch(request, query, root)
            except ApiError as error:
                response = error.response()
            except Exception:
                logger.exception("%s %s", request.method, path)
                response = ApiError(500).response()
            response.pretty = dict(query).get("pretty", "").lower() != "false"
            response.headers.update(self.limit.headers())
            response.delay, response.dropped = delay, isinstance(fault, DroppedConnection)
        return response

    def inventory(self, version: int, root: str | None = None) -> Inventory:
        """Return the inventory of a version for a client that uses a URL; default: the URL of the server."""
        if version not in self._inventories:
            document = self._documents[version]
            self._keys.add(document)
            self._store.index_again()
            self._inventories[version] = Inventory(
                document,
                self._store,
                rules.computed_properties.for_version(version),
                rules.computed_collections.for_version(version),
                self._addresses,
                self._contracts,
            )
        inventory = self._inventories[version]
        inventory.viewer = Viewer(inventory.document, self.root if root is None else root)
        return inventory

    def send(self, version: int, method: str, target: str, body: Any) -> Any:
        """Return the content of the response to a request from this process, without rate limit and faults.

        Args:
            version: Version of the API.
            method: HTTP method.
            target: Path and query, without the base URL.
            body: Body; text is sent as a form, anything else as JSON.
        """
        form = isinstance(body, str)
        data = b"" if body is None else body.encode() if form else json.dumps(body).encode()
        headers = Headers({"Content-Type": FORM if form else "application/json"})
        query = parse_qsl(target.partition("?")[2])
        return self._dispatch(HttpRequest(method, target, headers, data, version), query, self.root).content

    def _options(self, request: HttpRequest) -> HttpResponse:
        """Return the response to OPTIONS, which browsers send without credentials before requests to other sites."""
        allowed = self._allowed(self._routes(request, canonical_path(request.path or "/")))
        # The headers that a browser permits by `*` do not include Authorization.
        headers = {"Access-Control-Allow-Headers": "*, Authorization", "Access-Control-Allow-Methods": allowed}
        return HttpResponse(204, None, {**headers, "Access-Control-Max-Age": "600", "Allow": allowed})

    def _routes(self, request: HttpRequest, path: str) -> dict[str, Route]:
        # Werkzeug ignores the second slash.
        if request.api_version is None or path.startswith("//"):
            raise ApiError(404)
        routes = self._documents[request.api_version].routes_at(path)
        if not routes:
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
            path, version = request.path or "/", request.api_version
            routes = self._documents[version].routes_at(path) if version else {}
            route = routes.get("GET" if request.method == "HEAD" else request.method)
            if route is None or not route.is_public:
                raise ApiError(401, code=UNAUTHORIZED)

    def _dispatch(self, request: HttpRequest, query: list[tuple[str, str]], root: str) -> HttpResponse:
        path = canonical_path(request.path or "/")
        routes = self._routes(request, path)
        assert request.api_version
        inventory = self.inventory(request.api_version, root)
        route = routes.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise ApiError(405, headers={"Allow": self._allowed(routes)})
        parameters = _parameters(route, request, query)
        contract = parameters.get("X-Contract-Number")
        contract = self._contracts[0] if contract is None else contract
        if contract not in self._contracts:
            raise ApiError(403, f"Access denied: contract {contract} is not yours", code=ACCESS_DENIED)
        routed = RoutedRequest(request, inventory, route, path, query, parameters, contract)
        if path == "/":
            info = {"href": f"{inventory.url}/", "name": "CLOUD API", "version": inventory.document.version}
            return HttpResponse(route.status, info)
        for count in route.ancestors:
            if not self._store.is_visible("/".join(path.split("/")[:count]), contract):
                raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
        if compute := rules.computed_responses.find(route.template, inventory.version):
            return _negotiated(routed, compute(inventory, path, contract))
        if route.method == "GET":
            return self._list(routed) if route.is_collection else self._get(routed)
        return self._change(routed)

    def _list(self, routed: RoutedRequest) -> HttpResponse:
        kind, inventory = routed.route.kind, routed.inventory
        assert kind
        members = inventory.members(routed.path, kind, routed.contract)
        if routed.path == "/requests":
            members = members[::-1]  # newest first
        depth = routed.parameters.get("depth", 0)
        members = select(members, routed.route, routed.query, depth)
        content = inventory.envelope(routed.path)
        if "offset" in routed.parameters:
            offset, limit = routed.parameters["offset"], routed.parameters["limit"]
            content.update(page(len(members), content["href"], routed.query, offset, limit))
            members = members[offset : offset + limit]
        elif MAX_RESULTS not in dict(routed.query):
            members = members[: routed.route.page_size]
        items = [inventory.list_item(member, depth, routed.contract) for member in members]
        if kind.template in rules.abridged_collections and depth:
            for item in items:
                own = item["properties"]
                item["properties"] = {name: own[name] for name in own if name in kind.properties}
        return HttpResponse(routed.route.status, {**content, "items": items})

    def _get(self, routed: RoutedRequest) -> HttpResponse:
        member = self._find(routed.path, routed)
        view = routed.inventory.representation(member, routed.parameters.get("depth", 0), routed.contract)
        etag = None if "depth" in dict(routed.query) else view.get("metadata", {}).get("etag")
        return HttpResponse(routed.route.status, view, {"ETag": quote_etag(etag)} if etag else {})

    def _change(self, routed: RoutedRequest) -> HttpResponse:
        route, path, inventory = routed.route, routed.path, routed.inventory
        changes = Changes(inventory, route, routed.request, routed.contract)
        resource: Resource | None = None
        created_with: Properties | None = None
        if route.action:
            acted_on = self._find_changeable(path.rpartition("/")[0], routed)
            body = _body(routed, stored={})
            accepted, resource = changes.run_action(acted_on, body if route.bare_body else body.get("properties", {}))
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
            body = _body(routed, stored=_visible_to(routed, resource))
            accepted = changes.change(resource, body if route.bare_body else body.get("properties", {}))
        headers = {"Location": f"{inventory.url}{accepted.path}/status"} if route.tracked else {}
        if not route.media_types:
            return HttpResponse(route.status, None, headers, media_type=None)
        content: Any = {}
        depth = routed.parameters.get("depth", 0)
        if route.action and route.is_collection:
            content = inventory.collection_view(path, inventory.kind(route.template), routed.contract, depth + 1)
        elif resource:
            member = inventory.find(resource.path, routed.contract, inventory.kind(resource.template))
            if member and depth == 0 and created_with is not None:
                content = inventory.created_representation(member, created_with, routed.contract)
            elif member:
                content = inventory.representation(member, depth, routed.contract)
        return HttpResponse(route.status, content, headers)

    def _find_changeable(self, path: str, routed: RoutedRequest) -> Resource:
        """Return the resource at a path, if the contract is allowed to change it."""
        stored = self._find(path, routed)[0]
        if not isinstance(stored, Resource) or stored.contract is None:
            target = resolve_link(stored)
            name = f"{routed.inventory.kind(target.template).type} {target.id}" if stored else path
            raise ApiError(403, f"Access denied: {name} is public", code=ACCESS_DENIED)
        return stored

    def _find(self, path: str, routed: RoutedRequest) -> Member:
        found = routed.inventory.find(path, routed.contract, routed.route.kind)
        if found is None:
            raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
        return found


def _split(target: str) -> tuple[int | None, str]:
    """Return the version of the API in a target, and the rest of it; None if the target is outside the API."""
    for version, base in BASE_PATHS.items():
        if target.startswith(base) and target[len(base) : len(base) + 1] in ("", "/", "?"):
            return version, target[len(base) :]
    return None, target


def _negotiated(routed: RoutedRequest, content: Any) -> HttpResponse:
    """Return the response with a computed content, in the media type that the client prefers."""
    route = routed.route
    if not isinstance(content, Representations):
        return HttpResponse(route.status, routed.inventory.document.known_response(route, content))
    accepted = parse_accept_header(routed.request.headers.get("Accept"), MIMEAccept)
    media_type = accepted.best_match(content, default=next(iter(content)))
    return HttpResponse(route.status, content[media_type], media_type=media_type)


def _visible_to(routed: RoutedRequest, resource: Resource) -> Properties:
    """Return the stored properties of a resource that a request can know."""
    planned, known = resource.planned(), routed.inventory.kind(resource.template)
    in_bodies = {name: value for name, value in planned.items() if name in routed.route.properties}
    return {**in_bodies, **known.known_properties(planned, resource.undocumented)}


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
    if body is None and route.body_required:
        raise ApiError(422, "[(root)] A body is required", code=VALIDATION)
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
