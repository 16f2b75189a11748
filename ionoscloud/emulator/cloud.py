"""The emulator as one object: an account, its contracts, and a server."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.app import Application, RateLimit
from ionoscloud.emulator.clock import Clock, SystemClock
from ionoscloud.emulator.document import cloud_api
from ionoscloud.emulator.messages import HttpRequest
from ionoscloud.emulator.server import Server
from ionoscloud.emulator.store import Store

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration


class CloudEmulator:
    """Cloud API v5 in memory, on a port of this machine.

    `with CloudEmulator() as cloud:` serves it; so do `start()` and `stop()`. What is stored outlives a stop.

    An accepted change waits `queue_time` seconds, then runs for `run_time` seconds, both by `clock`. `rate_limit` is
    the requests a minute beyond a `burst` after which the answer is 429; None: no limit. `port` 0 is a free one.
    With `ssl_context` it speaks HTTPS. The same `seed` gives the same ids. The first of `contract_numbers` is the one
    that requests without `X-Contract-Number` act for.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        queue_time: float = 0.1,
        run_time: float = 0.4,
        rate_limit: int | None = None,
        burst: int = 50,
        ssl_context: ssl.SSLContext | None = None,
        seed: int = 5,
        username: str = "demo@example.com",
        password: str = "demo-password",
        token: str = "demo-token",
        contract_numbers: Sequence[int] = (31000001, 31000002),
    ) -> None:
        self.clock = clock or SystemClock()
        self.username = username
        self.password = password
        self.token = token
        self.contract_numbers = tuple(contract_numbers)
        self._host = host
        self._port = port
        self._ssl_context = ssl_context
        self._server: Server | None = None
        self._document = cloud_api()
        self._store = Store(self.clock, username, queue_time=queue_time, run_time=run_time, seed=seed)
        self._app = Application(
            self._document,
            self._store,
            RateLimit(self.clock, rate_limit, burst),
            credentials={"username": username, "password": password, "token": token},
            contracts=self.contract_numbers,
        )
        catalogue.publish(self._store, self.contract_numbers)

    @property
    def contract_number(self) -> int:
        """The contract that requests without `X-Contract-Number` act for."""
        return self.contract_numbers[0]

    @property
    def url(self) -> str:
        """The base URL of the API, for `Configuration(host=...)`. Known while it is served."""
        if self._server is None:
            raise RuntimeError("the emulator is not started")
        return self._store.url

    @property
    def requests_seen(self) -> list[HttpRequest]:
        """The HTTP requests received, oldest first, up to the last thousand, without Authorization and Cookie."""
        with self._store.lock:
            return list(self._app.seen)

    def start(self) -> CloudEmulator:
        """Serves in background threads. Does nothing if it is served already."""
        if self._server is None:
            self._server = Server(self._host, self._port, self._app.answer, self._ssl_context)
            scheme = "https" if self._ssl_context else "http"
            host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
            host = f"[{host}]" if ":" in host else host
            self._store.url = f"{scheme}://{host}:{self._server.server_address[1]}{self._document.base_path}"
        return self

    def stop(self) -> None:
        """Ends serving and closes the open connections. Does nothing if it is not served."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> CloudEmulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def configuration(self, **settings: Any) -> Configuration:
        """A configuration for the client that points here, with the user name and password; `settings` win.

        Nothing comes from the environment, which is about another cloud.
        """
        from ionoscloud.configuration import Configuration

        own = {"host": self.url, "username": self.username, "password": self.password}
        none = dict.fromkeys(("contract_number", "proxy", "proxy_headers", "fingerprint"))
        configuration = Configuration(**{**own, **none, **settings})
        configuration._environment.clear()
        return configuration

    def fail_next_request(self, message: str = "The request could not be executed") -> None:
        """Lets the next change that is accepted end FAILED, with this message. Each call is good for one."""
        with self._store.lock:
            self._store.failures.append(message)

    def add_image(
        self, *, id: str | None = None, contract_number: int | None = None, **properties: Any
    ) -> dict[str, Any]:
        """Adds an image, by default to the first contract, and returns it as the API shows it.

        `properties` have the API's names (`licenceType`), also such as the document does not know. Those left out get
        believable values. `public=True` shows the image to every contract, as IONOS's own.
        """
        contract = self.contract_number if contract_number is None else contract_number
        if contract not in self.contract_numbers:
            raise ValueError(f"contract {contract} is not one of {self.contract_numbers}")
        owner = None if properties.get("public") else contract
        with self._store.lock:
            image = catalogue.add(self._store, id or self._store.new_id(), owner, properties)
            return image.outlook(self._store.url)
