"""Store resources, and the requests that change them.

No thread carries out a request. When the store accepts one, it sets when the request starts and ends and whether it
fails. Each read shows the state at its own time.
"""

from __future__ import annotations

import heapq
import math
import random
import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import count
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from ionoscloud.emulator.clock import Clock
from ionoscloud.emulator.document import BASE_PATHS, ApiDocument
from ionoscloud.emulator.faults import Faults
from ionoscloud.emulator.messages import HttpRequest
from ionoscloud.emulator.types import JsonObject, Keys, Properties

ResourceT = TypeVar("ResourceT", bound="Resource")


@dataclass(frozen=True)
class Viewer:
    """A client: it uses one version of the API, at one URL."""

    document: ApiDocument
    root: str  # URL without the base path of the version

    url: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", self.root + self.document.base_path)


class Stored(Protocol):
    """A member of a collection. `contract` is None if all contracts share it, and none can change it."""

    @property
    def contract(self) -> int | None: ...

    def view(self, now: float, viewer: Viewer) -> JsonObject | None:
        """Return the resource as the API shows it at a time; None if it does not exist then, or for the viewer."""


@dataclass
class ChangeRequest:
    """An accepted request that changes resources. Times are seconds of the clock."""

    id: str
    contract: int | None
    http_request: HttpRequest
    created_by: str
    created_date: str
    start: float
    end: float
    failure: str | None
    targets: dict[str, str] = field(default_factory=dict[str, str])  # template of each changed resource, by its path
    position: int = -1  # in the order of creation; -1 until the store has it

    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.path = f"/requests/{self.id}"

    def view(self, now: float, viewer: Viewer) -> JsonObject:
        called = self.http_request
        return {
            "id": self.id,
            "type": "request",
            "href": viewer.url + self.path,
            "metadata": {
                "createdDate": self.created_date,
                "createdBy": self.created_by,
                "etag": uuid.UUID(self.id).hex,
                "requestStatus": RequestStatus(self).view(now, viewer),
            },
            "properties": {
                "method": called.method,
                "headers": dict(called.headers),
                "body": called.body.decode(errors="replace") or None,
                "url": f"{viewer.root}{BASE_PATHS[called.api_version or viewer.document.api_version]}{called.target}",
            },
        }


@dataclass
class RequestStatus:
    """The status of a request, `/requests/{requestId}/status`."""

    request: ChangeRequest

    @property
    def contract(self) -> int | None:
        return self.request.contract

    def view(self, now: float, viewer: Viewer) -> JsonObject:
        request, kinds, url = self.request, viewer.document.kinds, viewer.url
        if now < request.start:
            status, message = "QUEUED", "Request is queued"
        elif now < request.end:
            status, message = "RUNNING", "Request is being executed"
        elif request.failure is None:
            status, message = "DONE", "Request has been successfully executed"
        else:
            status, message = "FAILED", request.failure
        targets = (
            {"id": path.rpartition("/")[2], "type": kinds[template].type, "href": url + path}
            for path, template in request.targets.items()
            if template in kinds
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
    """The change of one resource by a request: values to set, or None to delete it."""

    request: ChangeRequest
    values: Properties | None
    metadata: Properties
    on_completion: bool  # reads show the values only when the request is done; others they show at once


@dataclass
class Resource:
    """A resource after its last completed request, and its pending changes.

    A change that fails is never applied, so that earlier and later changes stay.
    """

    id: str
    template: str  # of its collection, with `{}` for each parameter
    path: str
    contract: int | None
    metadata: Properties
    properties: Properties | None = None  # None before it is created and after it is deleted
    pending: deque[Change] = field(default_factory=deque[Change])
    undocumented: frozenset[str] = frozenset()  # names of properties that no version of the API has
    gone: bool = False  # deleted, or its creation failed
    position: int = -1  # in the order of creation; -1 until it exists
    keys: Keys = field(default_factory=dict[Hashable, int])  # those that the index of the store has

    @property
    def exists(self) -> bool:
        """Whether the API shows it: from the request that creates it until it is deleted."""
        return not self.gone and (bool(self.pending) or self.properties is not None)

    def settle(self, now: float) -> None:
        """Apply the changes whose requests are done."""
        while self.pending and self.pending[0].request.end <= now:
            change = self.pending.popleft()
            if change.request.failure is None and not self.gone:
                self.properties = None if change.values is None else {**(self.properties or {}), **change.values}
                self.metadata = {**self.metadata, **change.metadata}
            self.gone = self.gone or self.properties is None

    def is_created_by(self, request: ChangeRequest) -> bool:
        """Return whether a request, which is being planned, creates this resource."""
        return self.properties is None and all(change.request is request for change in self.pending)

    def will_exist(self) -> bool:
        """Return whether the resource exists after its pending changes."""
        outcomes = [change.values is not None for change in self.pending if change.request.failure is None]
        return not self.gone and (outcomes[-1] if outcomes else self.properties is not None)

    def view(self, now: float, viewer: Viewer) -> JsonObject | None:
        return self.planned_view(viewer) if self.exists else None

    def planned(self) -> JsonObject:
        """Return the properties with the pending changes."""
        properties = dict(self.properties or {})
        for change in self.pending:
            properties.update({} if change.on_completion else change.values or {})
        return properties

    def planned_view(self, viewer: Viewer) -> JsonObject | None:
        """Return the resource with the pending changes, as the API shows it; None if its version has no such kind."""
        kind = viewer.document.kinds.get(self.template)
        if kind is None:
            return None
        metadata = dict(self.metadata)
        for change in self.pending:
            metadata.update(change.metadata)
        if kind.states:
            metadata["state"] = kind.states[self.phase()]
        metadata = {name: value for name, value in metadata.items() if name in kind.metadata}
        return {
            "id": self.id,
            "type": kind.type,
            "href": viewer.url + self.path,
            **({"metadata": metadata} if metadata else {}),
            "properties": kind.visible_properties(self.planned(), self.undocumented),
        }

    def phase(self) -> int:
        """Return the index of the current state in `Kind.states`."""
        if not self.pending:
            return 0
        return 3 if self.pending[-1].values is None else 1 if self.properties is None else 2


class Link(Resource):
    """A resource of another collection that is attached; exists as long as the resource and the attachment do."""

    def __init__(self, target: Resource, template: str, path: str, contract: int | None) -> None:
        super().__init__(target.id, template, path, contract, metadata={})
        self.target = target

    def view(self, now: float, viewer: Viewer) -> JsonObject | None:
        kind = viewer.document.kinds.get(self.template)
        view = self.target.view(now, viewer) if kind and self.exists else None
        if kind and view and self.pending and kind.states:  # being attached or detached
            view["metadata"]["state"] = kind.states[self.phase()]
        return view


@dataclass
class Arrival:
    """An uploaded file that becomes an image at a time."""

    time: float
    contract: int
    properties: Properties


class Store:
    """Resources and requests by path. The segments of a path are percent-encoded as in a URL.

    Hold `lock` while you use the store, and call `advance` first.

    The time of a call depends on its result, not on the size of the store: all entries are indexed, and a heap has the
    ends of pending requests.

    Args:
        clock: The clock of the emulator.
        user: Name of the account's user.
        failures: Messages with which accepted changes fail.
        queue_time: Seconds before a request starts.
        run_time: Seconds from the start of a request to its end.
        seed: Seed of all random values, such as ids.
        keys_of: Returns the keys by which `with_key` finds a resource, each with the amount that it adds to `total`.
            Called after each change of the resource.
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
        self.lock = threading.RLock()
        self.failures = failures
        self.arrivals: dict[str, Arrival] = {}  # by path of the uploaded file
        self.random = random.Random(seed)
        self.user = user
        self.user_id = self.new_id()
        self._clock = clock
        self._offset = 0.0
        self._now = clock.now()
        self._queue_time = queue_time
        self._run_time = run_time
        self._keys_of = keys_of
        self._stored: dict[str, Stored] = {}  # by path
        self._index: dict[Hashable, dict[str, Any]] = {}  # by key, then by path
        self._totals: Counter[Hashable] = Counter()
        self._due: list[tuple[float, int, Resource]] = []  # a heap: end of a change, tie-breaker, resource
        self._positions = count()
        self._changed: list[Resource] = []  # by the request that is being planned
        self.undo: list[Callable[[], Any]] = []  # reverts the request so far, apart from its changes
        self._epoch = datetime.now(timezone.utc) - timedelta(seconds=self.now())

    def new_id(self) -> str:
        return str(self._uuid())

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def stamp(self, *events: str) -> dict[str, str]:
        """Return metadata for events such as `created`: a new etag, the time, and the account's user."""
        stamp = {"etag": self._uuid().hex}
        for event in events:
            stamp.update({f"{event}Date": self._date(), f"{event}By": self.user, f"{event}ByUserId": self.user_id})
        return stamp

    def add(self, collection: str, identifier: str, template: str, **details: Any) -> Resource:
        """Add a resource to a collection, which has a template. `details` are further arguments of `Resource`.

        Raises:
            ValueError: The collection has a resource with this id.
        """
        if "metadata" not in details:
            details["metadata"] = self.stamp("created")
        return self._put(Resource(identifier, template, f"{collection}/{quote(identifier, safe='')}", **details))

    def link(self, collection: str, target: Resource, template: str, contract: int | None) -> Link:
        """Add a link to a resource of another collection. It exists once a request changes it."""
        path = f"{collection}/{quote(target.id, safe='')}"
        present = self._stored.get(path)
        if isinstance(present, Link) and present.exists:
            return present
        return self._put(Link(target, template, path, contract))

    def _put(self, resource: ResourceT) -> ResourceT:
        taken = self._stored.get(resource.path)
        if isinstance(taken, Resource):
            if taken.exists:
                raise ValueError(f"{resource.path.rpartition('/')[0]} already has a resource {resource.id!r}")
            self._remove(taken)
        self._store_entry(resource)
        self.undo.append(partial(self._remove, resource))
        return resource

    def _store_entry(self, entry: Resource | ChangeRequest) -> None:
        """Store and index an entry; called again after each change of it."""
        self._stored[entry.path] = entry
        if isinstance(entry, ChangeRequest):
            self._stored[f"{entry.path}/status"] = RequestStatus(entry)
        new = entry.position < 0 and (isinstance(entry, ChangeRequest) or entry.exists)
        if new:
            entry.position = next(self._positions)
            for key in _fixed_keys(entry):
                self._index.setdefault(key, {})[entry.path] = entry
        if isinstance(entry, Resource) and entry.position >= 0:
            keys = self._keys_of(entry)
            if keys != entry.keys:
                self._remove_keys(entry, entry.keys)
                entry.keys = keys
                for key, amount in keys.items():
                    self._index.setdefault(key, {})[entry.path] = entry
                    self._totals[key] += amount

    def index_again(self) -> None:
        """Update the index after `keys_of` has changed."""
        for entry in self.entries():
            self._store_entry(entry)

    def _remove(self, resource: Resource) -> None:
        """Remove a resource, everything below it and the links to it."""
        if self._stored.get(resource.path) is not resource:
            return
        del self._stored[resource.path]
        if resource.position >= 0:
            self._remove_keys(resource, [*_fixed_keys(resource), *resource.keys])
        for key in (("below", resource.path), ("to", resource.path)):
            for other in [*self._index.get(key, {}).values()]:
                self._remove(other)

    def _remove_keys(self, resource: Resource, keys: Iterable[Hashable]) -> None:
        for key in keys:
            del self._index[key][resource.path]
            if not self._index[key]:
                del self._index[key]
            if key in resource.keys:
                self._totals[key] -= resource.keys[key]
                if key not in self._index:
                    del self._totals[key]

    def resource(self, path: str) -> Resource | None:
        """Return the resource at a path, even if no request has created it yet."""
        found = self._stored.get(path)
        return found if isinstance(found, Resource) else None

    def with_key(self, key: Hashable, contract: int | None) -> list[Resource]:
        """Return the resources with a key that a contract can see, in the order of creation."""
        found = [each for each in self._index.get(key, {}).values() if each.contract in (None, contract)]
        return sorted(found, key=_position)

    def has_key(self, key: Hashable) -> bool:
        """Return whether a resource of any contract has a key."""
        return bool(self._index.get(key))

    def total(self, key: Hashable) -> int:
        """Return the sum of the amounts that resources add to a key."""
        return self._totals[key]

    def links(self, target: Resource, template: str) -> list[Link]:
        """Return the links to a resource in the collections of a template."""
        return [link for link in self._index.get(("to", target.path), {}).values() if link.template == template]

    def add_arrival(self, file: str, seconds: float, contract: int, properties: Properties) -> None:
        """Schedule an uploaded file to become an image, unless it is removed from `arrivals` before."""
        self.advance()
        self.arrivals[file] = Arrival(self.now() + seconds, contract, properties)

    def pop_arrivals(self) -> list[Arrival]:
        """Remove and return the arrivals that are due."""
        now = self.now()
        return [self.arrivals.pop(file) for file, arrival in [*self.arrivals.items()] if arrival.time <= now]

    def entries(self) -> list[Resource | ChangeRequest]:
        """Return all resources and requests, in the order of creation."""
        return sorted(
            (each for each in self._stored.values() if isinstance(each, (Resource, ChangeRequest))), key=_position
        )

    def restore(self, entries: Iterable[Resource | ChangeRequest], now: float) -> None:
        """Replace all resources and requests, and continue from a time."""
        for entries_by_key in (self._stored, self._index, self._totals, self._due):
            entries_by_key.clear()
        self._offset, self._now = now - self._clock.now(), now
        self._epoch = datetime.now(timezone.utc) - timedelta(seconds=now)
        for entry in entries:
            self._store_entry(entry)
            if isinstance(entry, Resource):
                for change in entry.pending:
                    self._schedule(change.request, entry)

    def find(self, path: str, contract: int | None) -> Stored | None:
        """Return the stored resource at a path; None if the contract cannot see it."""
        stored = self._stored.get(path)
        return stored if stored and stored.contract in (None, contract) else None

    def is_visible(self, path: str, contract: int | None) -> bool:
        """Return whether a contract can see a resource at a path."""
        stored = self.find(path, contract)
        return stored.exists if isinstance(stored, Resource) else stored is not None

    def members(self, collection: str, contract: int | None) -> Sequence[Any]:
        """Return the members of a collection that a contract can see, in the order of creation."""
        return self._visible("in", collection, contract)

    def scan(self, template: str, contract: int | None) -> Sequence[Any]:
        """Return the members of all collections of a template that a contract can see, in the order of creation."""
        return self._visible("of", template, contract)

    def _visible(self, relation: str, name: str, contract: int | None) -> Sequence[Any]:
        shared: dict[str, Any] = self._index.get((relation, name, None), {})
        own: dict[str, Any] = {} if contract is None else self._index.get((relation, name, contract), {})
        found = [*shared.values(), *own.values()]
        return sorted(found, key=_position) if shared and own else found

    @contextmanager
    def instant_changes(self) -> Generator[None]:
        """Carry out requests that are accepted in the block at once."""
        usual = self._queue_time, self._run_time
        self._queue_time = self._run_time = 0.0
        try:
            yield
        finally:
            self._queue_time, self._run_time = usual

    @contextmanager
    def request(
        self, http_request: HttpRequest, contract: int, *after: Resource, tracked: bool = True, instant: bool = False
    ) -> Generator[ChangeRequest]:
        """Accept a request whose changes the block plans; an error in the block reverts it.

        Args:
            http_request: The request as it was received.
            contract: The contract that it acts for.
            after: The request starts when the pending changes of these resources are done.
            tracked: Whether `/requests` lists it.
            instant: Whether it is done at once.
        """
        now = self.now()
        ends = [change.request.end for resource in after for change in resource.pending]
        start = now if instant else max([now + self._queue_time, *ends])
        request = ChangeRequest(
            id=self.new_id(),
            contract=contract,
            http_request=http_request.without_secrets(),
            created_by=self.user,
            created_date=self._date(),
            start=start,
            end=math.inf,  # until all changes are planned
            failure=None,
        )
        self._changed.clear()
        self.undo.clear()
        try:
            yield request
        except Exception:
            for undo in reversed(self.undo):
                undo()
            for resource in self._changed:
                resource.pending = deque(change for change in resource.pending if change.request is not request)
                if self._stored.get(resource.path) is resource:
                    self._store_entry(resource)
            raise
        request.end = start + (0 if instant else self._run_time)
        for resource in self._changed:
            self._schedule(request, resource)
        if tracked:
            request.failure = request.failure or self.failures.take(http_request)
            self._store_entry(request)
        self._settle()

    def change(
        self, request: ChangeRequest, resource: Resource, values: Properties | None, on_completion: bool = False
    ) -> None:
        """Plan the change of a resource by a request; None deletes the resource."""
        creating = resource.properties is None and not resource.pending
        if not creating and not resource.will_exist():
            request.failure = request.failure or "Resource does not exist"
        stamp = self.stamp("lastModified")
        resource.pending.append(Change(request, values, stamp, on_completion))
        self._store_entry(resource)
        self._changed.append(resource)
        touched = resource.target if isinstance(resource, Link) else resource
        request.targets[touched.path] = touched.template

    def advance(self) -> None:
        """Read the clock, and apply the changes that are done by then."""
        self._now = self._clock.now() + self._offset
        self._settle()

    def _settle(self) -> None:
        while self._due and self._due[0][0] <= self._now:
            resource = heapq.heappop(self._due)[2]
            if self._stored.get(resource.path) is resource:
                resource.settle(self._now)
                if resource.gone:
                    self._remove(resource)
                else:
                    self._store_entry(resource)

    def now(self) -> float:
        return self._now

    def _schedule(self, request: ChangeRequest, resource: Resource) -> None:
        heapq.heappush(self._due, (request.end, next(self._positions), resource))

    def _date(self) -> str:
        return (self._epoch + timedelta(seconds=self.now())).strftime("%Y-%m-%dT%H:%M:%SZ")


def _position(stored: Any) -> int:
    return int(stored.position)


def _fixed_keys(entry: Resource | ChangeRequest) -> Iterator[Hashable]:
    """Return the keys of an entry that never change."""
    collection = entry.path.rpartition("/")[0]
    yield "in", collection, entry.contract
    if isinstance(entry, Resource):
        yield "of", entry.template, entry.contract
        yield "below", collection.rpartition("/")[0]
    if isinstance(entry, Link):
        yield "to", entry.target.path
