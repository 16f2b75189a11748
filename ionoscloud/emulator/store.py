"""Resources, and the requests that change them.

No thread carries out a request: when one is accepted it is already known when it starts, when it ends and whether it
fails, and whoever looks later sees what has become true by then.
"""

from __future__ import annotations

import heapq
import math
import random
import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import count
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from ionoscloud.emulator.clock import Clock
from ionoscloud.emulator.document import Kind
from ionoscloud.emulator.faults import Faults
from ionoscloud.emulator.messages import HttpRequest

Values = Mapping[str, Any]
Keys = Mapping[Hashable, int]  # what a resource is found by, and how much it adds to the total of each
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
    number: int = -1

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
    number: int = -1  # its place in the order of all that is stored, once it is there
    keys: Keys = field(default_factory=dict[Hashable, int])  # those that the store has filed it under

    @property
    def there(self) -> bool:
        """Whether it can be seen: not before a change says so, and no longer once it is gone."""
        return not self.gone and (bool(self.pending) or self.properties is not None)

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
        return self.outlook(url) if self.there else None

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
    """Resources and requests by their paths, whose segments are percent-encoded as in a URL.

    Hold `lock` while you use it, and call `advance` first. `queue_time` and `run_time` are seconds.
    `keys_of` returns the keys by which `having` finds a resource and what it adds to the `total` of each; they are made
    anew with each of its changes.

    No call walks through more than it returns: everything is in an index, which `_file` and `_forget` keep, and what
    is due waits in a heap.
    """

    def __init__(
        self,
        clock: Clock,
        user: str,
        failures: Faults[str],
        *,
        queue_time: float,
        run_time: float,
        seed: int,
        keys_of: Callable[[Resource], Keys],
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
        self._now = clock.now()
        self._queue_time = queue_time
        self._run_time = run_time
        self._keys_of = keys_of
        self._stored: dict[str, Stored] = {}  # by path; all but what is gone
        self._index: dict[Hashable, dict[str, Any]] = {}  # what is there by each key, and in that by path
        self._totals: Counter[Hashable] = Counter()
        self._due: list[tuple[float, int, Resource]] = []  # a heap of when changes end
        self._numbers = count()
        self._touched: list[Resource] = []  # by the request that is being planned
        self.undo: list[Callable[[], Any]] = []  # what the request at hand has done that is no change of a resource
        self._began = datetime.now(timezone.utc) - timedelta(seconds=self.now())

    def new_id(self) -> str:
        return str(self._uuid())

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def stamp(self, *events: str) -> dict[str, str]:
        """Metadata for what the account's user does now: a new etag, and when and by whom for each of the events."""
        stamp = {"etag": self._uuid().hex}
        for event in events:
            stamp.update({f"{event}Date": self._date(), f"{event}By": self.user, f"{event}ByUserId": self.user_id})
        return stamp

    def add(self, collection: str, identifier: str, kind: Kind, **details: Any) -> Resource:
        """Adds a resource; `details` are those of `Resource`."""
        if "metadata" not in details:
            details["metadata"] = self.stamp("created")
        return self._put(Resource(identifier, kind, f"{collection}/{quote(identifier, safe='')}", **details))

    def link(self, collection: str, target: Resource, kind: Kind, contract: int) -> Link:
        """Adds a resource that lives elsewhere to a collection, as soon as a change says so."""
        path = f"{collection}/{quote(target.id, safe='')}"
        present = self._stored.get(path)
        if isinstance(present, Link) and present.there:
            return present
        return self._put(Link(target, kind, path, contract))

    def _put(self, resource: ResourceT) -> ResourceT:
        taken = self._stored.get(resource.path)
        if isinstance(taken, Resource):
            if taken.there:
                raise ValueError(f"{resource.path.rpartition('/')[0]} already has a resource {resource.id!r}")
            self._forget(taken)
        self._file(resource)
        self.undo.append(partial(self._forget, resource))
        return resource

    def _file(self, entry: Resource | Request) -> None:
        """Stores an entry, and files it under what it is found by; to be called again when it has changed."""
        self._stored[entry.path] = entry
        if isinstance(entry, Request):
            self._stored[f"{entry.path}/status"] = RequestStatus(entry)
        new = entry.number < 0 and (isinstance(entry, Request) or entry.there)
        if new:
            entry.number = next(self._numbers)
            for key in _places(entry):
                self._index.setdefault(key, {})[entry.path] = entry
        if isinstance(entry, Resource) and entry.number >= 0:
            keys = self._keys_of(entry)
            if keys != entry.keys:
                self._take_out(entry, entry.keys)
                entry.keys = keys
                for key, amount in keys.items():
                    self._index.setdefault(key, {})[entry.path] = entry
                    self._totals[key] += amount

    def _forget(self, resource: Resource) -> None:
        """Drops a resource, what is below it and the links to it."""
        if self._stored.get(resource.path) is not resource:
            return
        del self._stored[resource.path]
        if resource.number >= 0:
            self._take_out(resource, [*_places(resource), *resource.keys])
        for key in (("below", resource.path), ("to", resource.path)):
            for other in [*self._index.get(key, {}).values()]:
                self._forget(other)

    def _take_out(self, resource: Resource, keys: Iterable[Hashable]) -> None:
        for key in keys:
            del self._index[key][resource.path]
            if not self._index[key]:
                del self._index[key]
            if key in resource.keys:
                self._totals[key] -= resource.keys[key]
                if key not in self._index:
                    del self._totals[key]

    def resource(self, path: str) -> Resource | None:
        """The resource at a path, also one that is only about to be created."""
        found = self._stored.get(path)
        return found if isinstance(found, Resource) else None

    def having(self, key: Hashable, contract: int) -> list[Resource]:
        """The resources with a key that the contract sees, in the order in which they were added."""
        found = [each for each in self._index.get(key, {}).values() if each.contract in (None, contract)]
        return sorted(found, key=_number)

    def has(self, key: Hashable) -> bool:
        """Whether there is a resource with a key, in any contract."""
        return bool(self._index.get(key))

    def total(self, key: Hashable) -> int:
        """The sum of what the resources with a key add to it."""
        return self._totals[key]

    def links(self, target: Resource, template: str) -> list[Link]:
        """The members of collections of a template that stand for a resource."""
        return [link for link in self._index.get(("to", target.path), {}).values() if link.kind.template == template]

    def expect(self, key: str, seconds: float, contract: int, properties: Values) -> None:
        """Lets an image arrive in so many seconds, unless it is taken out of `expected` before."""
        self.advance()
        self.expected[key] = Arrival(self.now() + seconds, contract, properties)

    def arrived(self) -> list[Arrival]:
        """What should be there by now and is not yet, for whoever adds it."""
        now = self.now()
        return [self.expected.pop(key) for key, arrival in [*self.expected.items()] if arrival.time <= now]

    def contents(self) -> list[Resource | Request]:
        """All there is, in the order in which it was added."""
        return sorted((each for each in self._stored.values() if isinstance(each, (Resource, Request))), key=_number)

    def restore(self, entries: Iterable[Resource | Request], now: float) -> None:
        """Replaces all there is, and goes on from a time."""
        for content in (self._stored, self._index, self._totals, self._due):
            content.clear()
        self._offset, self._now = now - self._clock.now(), now
        self._began = datetime.now(timezone.utc) - timedelta(seconds=now)
        for entry in entries:
            self._file(entry)
            if isinstance(entry, Resource):
                for change in entry.pending:
                    self._expect_end(change.request, entry)

    def find(self, path: str, contract: int) -> tuple[Stored, dict[str, Any]] | None:
        """The resource at a path, as it is stored and as it is now; None if the contract sees none there."""
        stored = self._stored.get(path)
        view = self.view(stored) if stored and stored.contract in (None, contract) else None
        return (stored, view) if stored and view is not None else None

    def sees(self, path: str, contract: int) -> bool:
        """Whether a contract sees something at a path."""
        stored = self._stored.get(path)
        there = stored.there if isinstance(stored, Resource) else stored is not None
        return there and stored is not None and stored.contract in (None, contract)

    def members(self, collection: str, contract: int) -> Sequence[Any]:
        """What is stored in a collection and the contract sees, in the order in which it was added."""
        return self._seen("in", collection, contract)

    def list(self, collection: str, contract: int) -> list[tuple[Any, dict[str, Any]]]:
        """What the contract sees of a collection, in the order in which it was added, with how it is now."""
        return [(stored, self.view(stored)) for stored in self.members(collection, contract)]

    def scan(self, template: str, contract: int) -> Iterator[tuple[Any, dict[str, Any]]]:
        """What the contract sees of every collection of a template."""
        return ((stored, self.view(stored)) for stored in self._seen("of", template, contract))

    def view(self, stored: Stored) -> Any:
        """How it is now; None if it is not there yet."""
        return stored.view(self.now(), self.url)

    def _seen(self, place: str, name: str, contract: int) -> Sequence[Any]:
        shared, own = (self._index.get((place, name, each), {}) for each in (None, contract))
        found = [*shared.values(), *own.values()]
        return sorted(found, key=_number) if shared and own else found

    @contextmanager
    def at_once(self) -> Generator[None]:
        """Carries out at once what is accepted meanwhile."""
        usual = self._queue_time, self._run_time
        self._queue_time = self._run_time = 0.0
        try:
            yield
        finally:
            self._queue_time, self._run_time = usual

    @contextmanager
    def request(
        self, message: HttpRequest, contract: int, *after: Resource, followed: bool = True, instant: bool = False
    ) -> Generator[Request]:
        """A request that is accepted if the block that plans its changes is left without an error.

        It starts when those that change one of the resources `after` are done. One that is not `followed` is not
        listed; an `instant` one is done at once.
        """
        now = self.now()
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
                if self._stored.get(resource.path) is resource:
                    self._file(resource)
            raise
        request.end = start + (0 if instant else self._run_time)
        for resource in self._touched:
            self._expect_end(request, resource)
        if followed:
            request.failure = request.failure or self.failures.take(message)
            self._file(request)
        self._settle()

    def change(self, request: Request, resource: Resource, values: Values | None, late: bool = False) -> None:
        """Lets a request change a resource (None: remove it)."""
        creating = resource.properties is None and not resource.pending
        if not creating and not resource.will_exist():
            request.failure = request.failure or "Resource does not exist"
        stamp = self.stamp("lastModified")
        resource.pending.append(Change(request, values, stamp, late))
        self._file(resource)
        self._touched.append(resource)
        touched = resource.target if isinstance(resource, Link) else resource
        target = {"type": touched.kind.type, "path": touched.path}
        if target not in request.targets:
            request.targets.append(target)

    def advance(self) -> None:
        """Goes on to the time of the clock and lets happen what is due; time stands still until the next call."""
        self._now = self._clock.now() + self._offset
        self._settle()

    def _settle(self) -> None:
        while self._due and self._due[0][0] <= self._now:
            resource = heapq.heappop(self._due)[2]
            if self._stored.get(resource.path) is resource:
                resource.settle(self._now)
                if resource.gone:
                    self._forget(resource)
                else:
                    self._file(resource)

    def now(self) -> float:
        return self._now

    def _expect_end(self, request: Request, resource: Resource) -> None:
        heapq.heappush(self._due, (request.end, next(self._numbers), resource))

    def _date(self) -> str:
        return (self._began + timedelta(seconds=self.now())).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(stored: Any) -> int:
    return int(stored.number)


def _places(entry: Resource | Request) -> Iterator[Hashable]:
    """The keys of an entry that stay the same."""
    collection = entry.path.rpartition("/")[0]
    yield "in", collection, entry.contract
    if isinstance(entry, Resource):
        yield "of", entry.kind.template, entry.contract
        yield "below", collection.rpartition("/")[0]
    if isinstance(entry, Link):
        yield "to", entry.target.path
