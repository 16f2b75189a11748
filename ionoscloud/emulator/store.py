"""Resources, and the requests that change them.

No thread carries out a request: when one is accepted it is already known when it starts, when it ends and whether it
fails, and whoever looks later sees what has become true by then.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol
from urllib.parse import quote

from ionoscloud.emulator.clock import Clock
from ionoscloud.emulator.messages import HttpRequest

Values = Mapping[str, Any]


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
    target: dict[str, str]  # type and path

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
                "url": url + self.message.path,
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
        identifier = request.target["path"].rpartition("/")[2]
        target = {"id": identifier, "type": request.target["type"], "href": url + request.target["path"]}
        return {
            "id": f"{request.id}/status",
            "type": "request-status",
            "href": f"{url}{request.path}/status",
            "metadata": {
                "status": status,
                "message": message,
                "etag": uuid.uuid5(uuid.UUID(request.id), status).hex,
                "targets": [{"target": target, "status": status}],
            },
        }


@dataclass
class Change:
    """What a request does to a resource: sets values, or removes it if they are None."""

    request: Request
    values: Values | None
    metadata: Values


@dataclass
class Resource:
    """A resource as it was when its last request was done, and the changes that are under way.

    A failed change is taken back by leaving it out: what came before and after it stays.
    """

    id: str
    type: str
    path: str
    contract: int | None
    metadata: Values
    properties: Values | None  # None until the request that creates it is done, and once it is deleted
    pending: deque[Change] = field(default_factory=deque)

    def settle(self, now: float) -> None:
        """Makes true what should have happened by now."""
        while self.pending and self.pending[0].request.end <= now:
            change = self.pending.popleft()
            if change.request.failure is None:
                self.properties = None if change.values is None else {**(self.properties or {}), **change.values}
                self.metadata = {**self.metadata, **change.metadata}

    def will_exist(self) -> bool:
        """Whether there is something to change after all that is under way."""
        outcomes = [change.values is not None for change in self.pending if change.request.failure is None]
        return outcomes[-1] if outcomes else self.properties is not None

    def view(self, now: float, url: str) -> dict[str, Any] | None:
        self.settle(now)
        return self.outlook(url) if self.pending or self.properties is not None else None

    def outlook(self, url: str) -> dict[str, Any]:
        """The resource with the changes that are under way."""
        properties, metadata = dict(self.properties or {}), {**self.metadata, "state": "AVAILABLE"}
        for change in self.pending:
            properties.update(change.values or {})
            metadata.update(change.metadata, state="BUSY")
        return {
            "id": self.id,
            "type": self.type,
            "href": url + self.path,
            "metadata": metadata,
            "properties": properties,
        }


class Store:
    """Collections by path, and in each the resources by the last segment of theirs (percent-encoded as in a URL).

    Whoever uses it holds `lock` meanwhile. `queue_time` and `run_time` are seconds.
    """

    def __init__(self, clock: Clock, user: str, *, queue_time: float, run_time: float, seed: int) -> None:
        self.lock = threading.RLock()
        self.failures: deque[str] = deque()
        self.url = ""
        self._clock = clock
        self._user = user
        self._queue_time = queue_time
        self._run_time = run_time
        self._random = random.Random(seed)
        self._user_id = self.new_id()
        self._collections: defaultdict[str, dict[str, Stored]] = defaultdict(dict)
        self._began = datetime.now(timezone.utc) - timedelta(seconds=clock.now())

    def new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def stamp(self, *events: str) -> dict[str, str]:
        """Metadata for what the account's user does now: a new etag, and when and by whom for each of the events."""
        stamp = {"etag": uuid.UUID(self.new_id()).hex}
        for event in events:
            stamp.update({f"{event}Date": self._date(), f"{event}By": self._user, f"{event}ByUserId": self._user_id})
        return stamp

    def add(self, collection: str, identifier: str, kind: str, **details: Any) -> Resource:
        """Adds a resource; `details` are those of `Resource`."""
        segment = quote(identifier, safe="")
        taken = self._collections[collection].get(segment)
        if taken and taken.view(self._clock.now(), self.url):
            raise ValueError(f"{collection} already has a resource {identifier!r}")
        resource = Resource(identifier, kind, f"{collection}/{segment}", **details)
        self._collections[collection][segment] = resource
        return resource

    def find(self, path: str, contract: int) -> tuple[Stored, dict[str, Any]] | None:
        """The resource at a path, as it is stored and as it is now; None if the contract sees none there."""
        collection, _, segment = path.rpartition("/")
        stored = self._collections.get(collection, {}).get(segment)
        return next(self._visible([stored], contract), None) if stored else None

    def list(self, collection: str, contract: int) -> list[dict[str, Any]]:
        """What the contract sees of a collection, in the order in which it was added."""
        return [view for _, view in self._visible(self._collections.get(collection, {}).values(), contract)]

    def accept(self, resource: Resource, values: Values | None, message: HttpRequest, contract: int) -> Request:
        """Accepts a change of a resource (None: its deletion), which starts when the ones before are done."""
        now = self._clock.now()
        resource.settle(now)
        creating = resource.properties is None and not resource.pending
        start = max([now + self._queue_time, *(change.request.end for change in resource.pending)])
        failure = self.failures.popleft() if self.failures else None
        if not creating and not resource.will_exist():
            failure = failure or "Resource does not exist"
        request = Request(
            id=self.new_id(),
            contract=contract,
            message=message.without_secrets(),
            created_by=self._user,
            created_date=self._date(),
            start=start,
            end=start + self._run_time,
            failure=failure,
            target={"type": resource.type, "path": resource.path},
        )
        resource.pending.append(Change(request, values, self.stamp("lastModified")))
        self._collections["/requests"][request.id] = request
        self._collections[request.path]["status"] = RequestStatus(request)
        return request

    def _visible(self, entries: Iterable[Stored], contract: int) -> Any:
        now = self._clock.now()
        for stored in entries:
            view = stored.view(now, self.url) if stored.contract in (None, contract) else None
            if view is not None:
                yield stored, view

    def _date(self) -> str:
        return (self._began + timedelta(seconds=self._clock.now())).strftime("%Y-%m-%dT%H:%M:%SZ")
