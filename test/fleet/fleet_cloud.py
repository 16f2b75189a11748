"""A cloud with hundreds of contracts, and what may come between a contract and its answers."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from typing import Any, Callable

from ionoscloud.emulator import CloudEmulator
from ionoscloud.emulator.messages import ApiError, HttpRequest, HttpResponse

CONTRACTS = range(31000001, 31000201)
FOREIGN = 31999999  # a contract of somebody else
ACCOUNT = {"username": "auditor@example.com", "password": "top-secret-password", "token": "top-secret-token"}


class Fleet(CloudEmulator):
    """An emulator in which the next answers to a contract can be planned.

    Attributes:
        asked: How often each contract was asked for.
        most: How many requests were being answered at the same time, at most.
        connections: How many connections were made.
    """

    def __init__(self) -> None:
        super().__init__(contract_numbers=CONTRACTS, queue_time=0, run_time=0, **ACCOUNT)
        self.asked: Counter[int] = Counter()
        self.most = self.connections = 0
        self._active = 0
        self._lock = threading.Lock()
        self._planned: dict[int, deque[Callable[[], HttpResponse | None]]] = defaultdict(deque)
        self._answer = self._app.respond
        self._app.respond = self._answer_as_planned

    def start(self) -> Fleet:
        super().start()
        process = self._server.process_request

        def counted(*arguments: Any) -> None:
            self.connections += 1
            process(*arguments)

        self._server.process_request = counted
        return self

    def refuse(self, contract: int, status: int, times: int = 1, **headers: str) -> None:
        """Answer the next requests of a contract with an error."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._planned[contract].extend([lambda: ApiError(status, headers=named).response()] * times)

    def hold(self, contract: int, seconds: float = 60) -> tuple[threading.Event, threading.Event]:
        """Keep the next request of a contract waiting: the first event is set when it has come, the second ends it, at
        the latest after so many seconds."""
        come, go = threading.Event(), threading.Event()

        def wait() -> None:
            come.set()
            go.wait(seconds)

        self._planned[contract].append(wait)
        return come, go

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self.asked.clear()
            self.most = self.connections = 0

    def _answer_as_planned(self, request: HttpRequest) -> HttpResponse:
        contract = int(request.headers.get("X-Contract-Number", 0))
        with self._lock:
            self.asked[contract] += 1
            self._active += 1
            self.most = max(self.most, self._active)
            planned = self._planned[contract].popleft() if self._planned[contract] else None
        try:
            return (planned and planned()) or self._answer(request)
        finally:
            with self._lock:
                self._active -= 1
