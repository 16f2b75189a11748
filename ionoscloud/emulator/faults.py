"""What goes wrong because a test asked for it, and for which requests."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Generic, TypeVar

from ionoscloud._checks import is_whole
from ionoscloud.emulator.document import METHODS, Document, canonical
from ionoscloud.emulator.messages import HttpRequest

T = TypeVar("T")


class Selection:
    """The requests with a method and a path; None: any.

    Args:
        document: The document that has the paths.
        method: Such as `PATCH`, in letters of any case.
        path: A path of the document, such as `/images/{imageId}`, or one with an id in place of a parameter.

    Raises:
        ValueError: No request can have that method and path.
    """

    def __init__(self, document: Document, method: str | None, path: str | None) -> None:
        self._document = document
        self._method = method and method.upper()
        self._path: re.Pattern[str] | None = None
        known = [name.upper() for name in METHODS]
        if self._method is not None and self._method not in known:
            raise ValueError(f"method must be one of {', '.join(known)}, not {method!r}")
        if path is not None:
            parts = re.split(r"({\w+})", path)
            self._path = re.compile(
                "".join("[^/]+" if part[:1] == "{" else re.escape(canonical(part)) for part in parts)
            )
            found = {name: template for name in known if (template := self._template(name, path))}
            if not found:
                alike = difflib.get_close_matches(path, document.paths, n=1)
                hint = f"; did you mean {alike[0]!r}?" if alike else ""
                raise ValueError(f"path must be one of the API, such as '/images/{{imageId}}', not {path!r}{hint}")
            if self._method is not None and self._method not in found:
                raise ValueError(f"method must be one of {', '.join(found)} at {path!r}, not {method!r}")
            self._templates = {*found.values()}

    def __contains__(self, request: HttpRequest) -> bool:
        if self._method not in (None, request.method):
            return False
        if self._path is None:
            return True
        path = canonical(request.path)
        # `/k8s/versions` is not one of `/k8s/{k8sClusterId}`, though it looks like one.
        return bool(self._path.fullmatch(path)) and self._template(request.method, path) in self._templates

    def _template(self, method: str, path: str) -> str | None:
        operation = self._document.operations_at(path).get(method)
        return operation.template if operation else None


@dataclass
class Fault(Generic[T]):
    """Something that happens to the next requests of a selection; `left` None: to all of them."""

    effect: T
    left: int | None
    selection: Selection


class Faults(Generic[T]):
    """Faults of one sort, of which a request meets one.

    Those for a number of requests come first, the first that was added before the others. Of those without end it is
    the last.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._faults: list[Fault[T]] = []

    def add(self, effect: T, times: int | None, method: str | None, path: str | None) -> None:
        """Adds a fault for so many requests; None: for all until they are cleared."""
        if times is not None and (not is_whole(times) or times < 1):
            raise ValueError(f"times must be a number of requests, 1 or more, or None, not {times!r}")
        self._faults.append(Fault(effect, times, Selection(self._document, method, path)))

    def take(self, request: HttpRequest) -> T | None:
        """What happens to a request, which is one less from now on."""
        found = [fault for fault in self._faults if request in fault.selection]
        fault = next((fault for fault in found if fault.left is not None), found[-1] if found else None)
        if fault is None:
            return None
        if fault.left is not None:
            fault.left -= 1
            if not fault.left:
                self._faults.remove(fault)
        return fault.effect

    def clear(self) -> None:
        self._faults.clear()
