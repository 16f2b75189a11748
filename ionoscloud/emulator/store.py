"""Resources, and the requests that change them.

No thread carries out a request: when one is accepted it is already known when it starts, when it ends and whether it
fails, and whoever looks later sees what has become true by then.
"""

from __future__ import annotations

import math
import random
import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from ionoscloud.emulator.clock import Clock
from ionoscloud.emulator.document import Kind
from ionoscloud.emulator.faults import Faults
from ionoscloud.emulator.messages import HttpRequest

Values = Mapping[str, Any]
ResourceT = TypeVar("ResourceT", bound="Resource")


class Stored(Protocol):
    """What a collection holds. `contract` is None for what every contract shares, which nobody can change."""

    @property
    def contract(self) -> int | None: ...

    def view(self, now: float, url: str) -> dict[str, Any] | None:
        """The resource as it is at a time; None once it is gone."""


@dataclass
class Request:
    """A change that was accepted. Times are the clock's."""

    id: str
    contract: int | None
    message: HttpRequest
    created_by: str
    created_date: str
    start: float
    end: float
    failure: str | None
    targets: list[dict[str, str]] = field(default_factory=list[dict[str, str]])  # the type and the path of each

    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.path = f"/requests/{self.id}"

    def view(self, now: float, url: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "request",
            "href": url + self.path,
            "metadata": {
                "createdDate": self.created_date,
                "createdBy": self.created_by,
                "etag": uuid.UUID(self.id).hex,
                "requestStatus": RequestStatus(self).view(now, url),
            },
            "properties": {
                "method": self.message.method,
                "headers": dict(self.message.headers),
                "body": self.message.body.decode(errors="replace") or None,
                "url": url + self.message.target,
            },
        }


@dataclass
class RequestStatus:
    """How far a request is; found below the request."""

    request: Request

    @property
    def contract(self) -> int | None:
        return self.request.contract

    def view(self, now: float, url: str) -> dict[str, Any]:
        request = self.request
        if now < request.start:
            status, message = "QUEUED", "Request is queued"
        elif now < request.end:
            status, message = "RUNNING", "Request is being executed"
        elif request.failure is None:
            status, message = "DONE", "Request has been successfully executed"
        else:
            status, message = "FAILED", request.failure
        targets = (
            {"id": target["path"].rpartition("/")[2], "type": target["type"], "href": url + target["path"]}
            for target in request.targets
        )
        return {
            "id": f"{request.id}/status",
            "type": "request-status",
            "href": f"{url}{request.path}/status",
            "metadata": {
                "status": status,
                "message": message,
                "etag": uuid.uuid5(uuid.UUID(request.id), status).hex,
                "targets": [{"target": target, "status": status} for target in targets],
            },
        }


@dataclass
class Change:
    """What a request does to a resource: sets values, or removes it if they are None."""

    request: Request
    values: Values | None
    metadata: Values
    late: bool  # seen only when it is done; others are announced at once


@dataclass
class Resource:
    """A resource as it was when its last request was done, and the changes that are under way.

    A failed change is taken back by leaving it out: what came before and after it stays.
    """

    id: str
    kind: Kind
    path: str
    contract: int | None
    metadata: Values
    properties: Values | None = None  # None until the request that creates it is done, and once it is deleted
    pending: deque[Change] = field(default_factory=deque[Change])
    gone: bool = False

    def settle(self, now: float) -> None:
        """Makes true what should have happened by now."""
        while self.pending and self.pending[0].request.end <= now:
            change = self.pending.popleft()
            if change.request.failure is None and not self.gone:
                self.properties = None if change.values is None else {**(self.properties or {}), **change.values}
                self.metadata = {**self.metadata, **change.metadata}
            self.gone = self.gone or self.properties is None  # deleted, or never created

    def will_exist(self) -> bool:
        """Whether there is something to change after all that is under way."""
        outcomes = [change.values is not None for change in self.pending if change.request.failure is None]
        return not self.gone and (outcomes[-1] if outcomes else self.properties is not None)

    def view(self, now: float, url: str) -> dict[str, Any] | None:
        self.settle(now)
        there = not self.gone and (self.pending or self.properties is not None)
        return self.outlook(url) if there else None

    def planned(self) -> dict[str, Any]:
        """The properties with the changes that are under way."""
        properties = dict(self.properties or {})
        for change in self.pending:
            properties.update({} if change.late else change.values or {})
        return properties

    def outlook(self, url: str) -> dict[str, Any]:
        """The resource with the changes that are under way."""
        metadata = dict(self.metadata)
        for change in self.pending:
            metadata.update(change.metadata)
        if self.kind.states:
            metadata["state"] = self.kind.states[self._phase()]
        shown = {name: value for name, value in metadata.items() if name in self.kind.metadata}
        return {
            "id": self.id,
            "type": self.kind.type,
            "href": url + self.path,
            **({"metadata": shown} if shown else {}),
            "properties": self.kind.shown(self.planned()),
        }

    def _phase(self) -> int:
        if not self.pending:
            return 0
        return 3 if self.pending[-1].values is None else 1 if self.properties is None else 2


class Link(Resource):
    """A member of a collection that lives elsewhere: there as long as both it and what it stands for are."""

    def __init__(self, target: Resource, kind: Kind, path: str, contract: int) -> None:
        super().__init__(target.id, kind, path, contract, metadata={})
        self.target = target

    def view(self, now: float, url: str) -> dict[str, Any] | None:
        view = self.target.view(now, url) if super().view(now, url) else None
        if view and self.pending and self.kind.states:  # it is being attached or detached
            view["metadata"]["state"] = self.kind.states[self._phase()]
        return view


@dataclass
class Arrival:
    """An image that is on its way, and there when its time has come."""

    time: float
    contract: int
    properties: Values


class Store:
    """Collections by path, and in each the resources by the last segment of theirs (percent-encoded as in a URL).

    Whoever uses it holds `lock` meanwhile. `queue_time` and `run_time` are seconds.
    """

    def __init__(
        self, clock: Clock, user: str, failures: Faults[str], *, queue_time: float, run_time: float, seed: int
    ) -> None:
        """`failures` are the messages with which changes that are accepted fail."""
        self.lock = threading.RLock()
        self.failures = failures
        self.expected: dict[str, Arrival] = {}  # by a key of whoever sends them
        self.url = ""
        self.random = random.Random(seed)
        self.user = user
        self.user_id = self.new_id()
        self._clock = clock
        self._offset = 0.0
        self._queue_time = queue_time
        self._run_time = run_time
        self._collections: defaultdict[str, dict[str, Stored]] = defaultdict(dict)
        self._touched: list[Resource] = []  # by the request that is being planned
        self.undo: list[Callable[[], Any]] = []  # what the request at hand has done that is no change of a resource
        self._began = datetime.now(timezone.utc) - timedelta(seconds=self.now())

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def stamp(self, *events: str) -> dict[str, str]:
        """Metadata for what the account's user does now: a new etag, and when and by whom for each of the events."""
        stamp = {"etag": uuid.UUID(self.new_id()).hex}
        for event in events:
            stamp.update({f"{event}Date": self._date(), f"{event}By": self.user, f"{event}ByUserId": self.user_id})
        return stamp

    def add(self, collection: str, identifier: str, kind: Kind, **details: Any) -> Resource:
        """Adds a resource; `details` are those of `Resource`."""
        details.setdefault("metadata", self.stamp("created"))
        return self._put(Resource(identifier, kind, f"{collection}/{quote(identifier, safe='')}", **details))

    def link(self, collection: str, target: Resource, kind: Kind, contract: int) -> Link:
        """Adds a resource that lives elsewhere to a collection, as soon as a change says so."""
        path = f"{collection}/{quote(target.id, safe='')}"
        present = self._at(path)
        if isinstance(present, Link) and present.view(self.now(), self.url):
            return present
        return self._put(Link(target, kind, path, contract))

    def _put(self, resource: ResourceT) -> ResourceT:
        collection, _, segment = resource.path.rpartition("/")
        taken = self._collections[collection].get(segment)
        if taken and taken.view(self.now(), self.url):
            raise ValueError(f"{collection} already has a resource {resource.id!r}")
        self._file(resource)
        self.undo.append(partial(self._collections[collection].pop, segment))
        return resource

    def _file(self, entry: Resource | Request) -> None:
        collection, _, segment = entry.path.rpartition("/")
        self._collections[collection][segment] = entry
        if isinstance(entry, Request):
            self._collections[entry.path]["status"] = RequestStatus(entry)

    def _at(self, path: str) -> Stored | None:
        collection, _, segment = path.rpartition("/")
        return self._collections.get(collection, {}).get(segment)

    def resource(self, path: str) -> Resource | None:
        """The resource at a path, also one that is only about to be created."""
        found = self._at(path)
        return found if isinstance(found, Resource) and not self._is_gone(found) else None

    def identifiers(self, collection: str) -> list[str]:
        """The ids in a collection, also of what is only about to be created."""
        resources = (
            stored for stored in self._collections.get(collection, {}).values() if isinstance(stored, Resource)
        )
        return [resource.id for resource in resources if not self._is_gone(resource)]

    def _is_gone(self, resource: Resource) -> bool:
        resource.settle(self.now())
        return resource.gone

    def expect(self, key: str, seconds: float, contract: int, properties: Values) -> None:
        """Lets an image arrive in so many seconds, unless it is taken out of `expected` before."""
        self.expected[key] = Arrival(self.now() + seconds, contract, properties)

    def arrived(self) -> list[Arrival]:
        """What should be there by now and is not yet, for whoever adds it."""
        now = self.now()
        return [self.expected.pop(key) for key, arrival in [*self.expected.items()] if arrival.time <= now]

    def contents(self) -> list[Resource | Request]:
        """All there is, collection by collection; what is gone is forgotten before."""
        now = self.now()
        stored = [entry for collection in self._collections.values() for entry in collection.values()]
        resources = [entry for entry in stored if isinstance(entry, Resource)]
        for resource in resources:
            resource.settle(now)
        for resource in sorted(resources, key=lambda resource: isinstance(resource, Link)):  # after what they lead to
            collection, _, segment = resource.path.rpartition("/")
            above = ancestors(collection, resource.kind)
            reachable = all(map(self.resource, above)) and not resource.gone
            if isinstance(resource, Link):
                reachable = reachable and self.resource(resource.target.path) is resource.target
            if not reachable:
                del self._collections[collection][segment]
        for collection in [path for path, members in self._collections.items() if not members]:
            del self._collections[collection]
        kept = (entry for members in self._collections.values() for entry in members.values())
        return [entry for entry in kept if isinstance(entry, (Resource, Request))]

    def restore(self, entries: Iterable[Resource | Request], now: float) -> None:
        """Replaces all there is, and goes on from a time."""
        self._offset = now - self._clock.now()
        self._began = datetime.now(timezone.utc) - timedelta(seconds=now)
        self._collections.clear()
        for entry in entries:
            self._file(entry)

    def find(self, path: str, contract: int) -> tuple[Stored, dict[str, Any]] | None:
        """The resource at a path, as it is stored and as it is now; None if the contract sees none there."""
        stored = self._at(path)
        return next(self._visible([stored], contract), None) if stored else None

    def list(self, collection: str, contract: int) -> list[tuple[Any, dict[str, Any]]]:
        """What the contract sees of a collection, in the order in which it was added."""
        return [*self._visible(self._collections.get(collection, {}).values(), contract)]

    def everywhere(self, template: str) -> Iterator[Resource]:
        """The resources of a template in every contract, also what is only about to be created."""
        for collection, members in [*self._collections.items()]:
            first = next(iter(members.values()), None)  # all of a collection are of one kind
            if not isinstance(first, Resource) or first.kind.template != template:
                continue
            if all(map(self.resource, ancestors(collection, first.kind))):
                found = (self.resource(f"{collection}/{segment}") for segment in members)
                yield from (resource for resource in found if resource)

    def scan(self, template: str, contract: int) -> Iterator[tuple[Any, dict[str, Any]]]:
        """What the contract sees of every collection of a template, and of what is above it."""
        for collection, members in [*self._collections.items()]:
            first = next(iter(members.values()), None)  # all of a collection are of one kind
            if not isinstance(first, Resource) or first.kind.template != template:
                continue
            if all(self.find(above, contract) for above in ancestors(collection, first.kind)):
                yield from self._visible(members.values(), contract)

    @contextmanager
    def request(
        self, message: HttpRequest, contract: int, *after: Resource, followed: bool = True, instant: bool = False
    ) -> Generator[Request]:
        """A request that is accepted if the block that plans its changes is left without an error.

        It starts when those that change one of the resources `after` are done. One that is not `followed` is not
        listed; an `instant` one is done at once.
        """
        now = self.now()
        for resource in after:
            resource.settle(now)
        ends = [change.request.end for resource in after for change in resource.pending]
        start = now if instant else max([now + self._queue_time, *ends])
        request = Request(
            id=self.new_id(),
            contract=contract,
            message=message.without_secrets(),
            created_by=self.user,
            created_date=self._date(),
            start=start,
            end=math.inf,  # nothing of it happens before all of it is planned
            failure=None,
        )
        self._touched.clear()
        self.undo.clear()
        try:
            yield request
        except Exception:
            for undo in reversed(self.undo):
                undo()
            for resource in self._touched:
                resource.pending = deque(change for change in resource.pending if change.request is not request)
            raise
        request.end = start + (0 if instant else self._run_time)
        if followed:
            request.failure = request.failure or self.failures.take(message)
            self._file(request)

    def change(self, request: Request, resource: Resource, values: Values | None, late: bool = False) -> None:
        """Lets a request change a resource (None: remove it)."""
        creating = resource.properties is None and not resource.pending
        if not creating and not resource.will_exist():
            request.failure = request.failure or "Resource does not exist"
        stamp = self.stamp("lastModified")
        resource.pending.append(Change(request, values, stamp, late))
        self._touched.append(resource)
        touched = resource.target if isinstance(resource, Link) else resource
        target = {"type": touched.kind.type, "path": touched.path}
        if target not in request.targets:
            request.targets.append(target)

    def _visible(self, entries: Any, contract: int) -> Iterator[tuple[Any, dict[str, Any]]]:
        now = self.now()
        for stored in [*entries]:
            view = stored.view(now, self.url) if stored.contract in (None, contract) else None
            if view is not None:
                yield stored, view

    def now(self) -> float:
        return self._clock.now() + self._offset

    def _date(self) -> str:
        return (self._began + timedelta(seconds=self.now())).strftime("%Y-%m-%dT%H:%M:%SZ")


def ancestors(path: str, kind: Kind) -> list[str]:
    """The paths of the resources above a collection."""
    return ["/".join(path.split("/")[:count]) for count in kind.ancestors]
