"""Faults that tests inject, and the requests that they apply to."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Generic, TypeVar

from ionoscloud.emulator.checks import check_integer
from ionoscloud.emulator.document import METHODS, ApiDocument, Documents, canonical_path
from ionoscloud.emulator.messages import HttpRequest

T = TypeVar("T")


class RequestSelector:
    """The requests with a method and a path, for all versions of the API that have them.

    Args:
        documents: The documents that have the paths.
        method: Method such as `PATCH`, case-insensitive; None: any.
        path: Path of the document, such as `/images/{imageId}`, or one with an id for a parameter; None: any.

    Raises:
        ValueError: No request can have this method and path.
    """

    def __init__(self, documents: Documents, method: str | None, path: str | None) -> None:
        self._documents = documents
        self._given = path
        self._templates: dict[ApiDocument, set[str]] = {}  # of the routes with the path
        self._method = method and method.upper()
        self._path: re.Pattern[str] | None = None
        known = [name.upper() for name in METHODS]
        if self._method is not None and self._method not in known:
            raise ValueError(f"method must be one of {', '.join(known)}, not {method!r}")
        if path is not None:
            parts = re.split(r"({\w+})", path)
            self._path = re.compile(
                "".join("[^/]+" if part[:1] == "{" else re.escape(canonical_path(part)) for part in parts)
            )
            methods: set[str] = set()
            for document in documents:
                methods.update(document.routes_at(path))
                if methods and self._method in (None, *methods):
                    break
            if not methods:
                similar = difflib.get_close_matches(path, [path for each in documents for path in each.paths], n=1)
                hint = f"; did you mean {similar[0]!r}?" if similar else ""
                raise ValueError(f"path must be one of the API, such as '/images/{{imageId}}', not {path!r}{hint}")
            if self._method not in (None, *methods):
                names = [name for name in known if name in methods]
                raise ValueError(f"method must be one of {', '.join(names)} at {path!r}, not {method!r}")

    def __contains__(self, request: HttpRequest) -> bool:
        if self._method not in (None, request.method):
            return False
        if self._path is None or self._given is None:
            return self._path is None
        path = canonical_path(request.path)
        if not self._path.fullmatch(path):
            return False
        # `/k8s/{k8sClusterId}` matches `/k8s/versions`, which is another route.
        document = self._documents[request.api_version or self._documents.default]
        if document not in self._templates:
            self._templates[document] = {route.template for route in document.routes_at(self._given).values()}
        route = document.routes_at(path).get(request.method)
        return route is not None and route.template in self._templates[document]


@dataclass
class Fault(Generic[T]):
    """An effect on the next requests that a selector matches.

    Attributes:
        effect: An error, for instance.
        remaining: Number of requests; None: all.
        selector: The requests.
    """

    effect: T
    remaining: int | None
    selector: RequestSelector


class Faults(Generic[T]):
    """Faults of one kind. At most one of them applies to a request.

    The first fault for a number of requests takes precedence over later ones, and these over the last fault for all.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._faults: list[Fault[T]] = []

    def add(self, effect: T, times: int | None, method: str | None, path: str | None) -> None:
        """Add a fault for a number of requests; None: for all until `clear`."""
        if times is not None:
            check_integer("times", times, "a number of requests, 1 or more, or None", 1)
        self._faults.append(Fault(effect, times, RequestSelector(self._documents, method, path)))

    def take(self, request: HttpRequest) -> T | None:
        """Return the effect on a request, and count the request; None if no fault applies."""
        found = [fault for fault in self._faults if request in fault.selector]
        fault = next((fault for fault in found if fault.remaining is not None), found[-1] if found else None)
        if fault is None:
            return None
        if fault.remaining is not None:
            fault.remaining -= 1
            if not fault.remaining:
                self._faults.remove(fault)
        return fault.effect

    def clear(self) -> None:
        self._faults.clear()
