"""An emulator with hundreds of contracts, which can fail or delay requests of a contract."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from typing import Any, Callable

from ionoscloud.emulator import CloudEmulator
from ionoscloud.emulator.messages import ApiError, HttpRequest, HttpResponse

CONTRACTS = range(31000001, 31000201)
FOREIGN = 31999999  # a contract of another customer
ACCOUNT = {"username": "auditor@example.com", "password": "top-secret-password", "token": "top-secret-token"}


class Fleet(CloudEmulator):
    """An emulator whose next responses for a contract can be replaced or delayed.

    Attributes:
        requested: Number of requests for each contract.
        max_concurrent: Maximum number of concurrent requests.
        connections: Number of connections.
    """

    def __init__(self) -> None:
        super().__init__(contract_numbers=CONTRACTS, queue_time=0, run_time=0, **ACCOUNT)
        self.requested: Counter[int] = Counter()
        self.max_concurrent = self.connections = 0
        self._active = 0
        self._lock = threading.Lock()
        self._planned: dict[int, deque[Callable[[], HttpResponse | None]]] = defaultdict(deque)
        self._respond = self._app.respond
        self._app.respond = self._respond_as_planned

    def start(self) -> Fleet:
        super().start()
        process = self._server.process_request

        def counted(*arguments: Any) -> None:
            self.connections += 1
            process(*arguments)

        self._server.process_request = counted
        return self

    def fail(self, contract: int, status: int, times: int = 1, **headers: str) -> None:
        """Respond to the next requests of a contract with an error."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._planned[contract].extend([lambda: ApiError(status, headers=named).response()] * times)

    def hold(self, contract: int, seconds: float = 60) -> tuple[threading.Event, threading.Event]:
        """Delay the response to the next request of a contract. The first event is set when the request arrives, and
        setting the second one ends the delay."""
        arrived, proceed = threading.Event(), threading.Event()

        def wait() -> None:
            arrived.set()
            proceed.wait(seconds)

        self._planned[contract].append(wait)
        return arrived, proceed

    def reset_counts(self) -> None:
        """Set all counts to zero."""
        with self._lock:
            self.requested.clear()
            self.max_concurrent = self.connections = 0

    def _respond_as_planned(self, request: HttpRequest) -> HttpResponse:
        contract = int(request.headers.get("X-Contract-Number", 0))
        with self._lock:
            self.requested[contract] += 1
            self._active += 1
            self.max_concurrent = max(self.max_concurrent, self._active)
            planned = self._planned[contract].popleft() if self._planned[contract] else None
        try:
            return (planned and planned()) or self._respond(request)
        finally:
            with self._lock:
                self._active -= 1
