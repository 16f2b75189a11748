"""The emulator as one object: an account, its contracts, and a server."""

from __future__ import annotations

import os
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
    from ionoscloud.emulator.ftps import Door, Uploads


class CloudEmulator:
    """Cloud API v5 in memory, on a port of this machine.

    `with CloudEmulator() as cloud:` serves it; so do `start()` and `stop()`. What is stored outlives a stop.

    An accepted change waits `queue_time` seconds, then runs for `run_time` seconds, both by `clock`. `rate_limit` is
    the requests a minute beyond a `burst` after which the answer is 429; None: no limit. `port` 0 is a free one.
    With `ssl_context` it speaks HTTPS. The same `seed` gives the same ids. The first of `contract_numbers` is the one
    that requests without `X-Contract-Number` act for.

    With `ftps` it also has an FTP server for each location, which takes uploads over TLS: True for one with a
    certificate made up for it, or a PEM file with a certificate (its chain) and its key. What is uploaded there is a
    private image of the first contract `arrival_time` seconds later by `clock`; its name stays taken on the FTP server
    as long as that runs. `upload_quota` is the bytes that fit on the server of a location; None: no limit.
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
        ftps: bool | str | os.PathLike[str] = False,
        arrival_time: float = 0.5,
        upload_quota: int | None = None,
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
        self._door: Door | None = None
        self._uploads: Uploads | None = None
        self._certificate = None if isinstance(ftps, bool) else os.fspath(ftps)
        if ftps:
            from ionoscloud.emulator.ftps import Uploads  # slow to import

            images = self._document.kinds["/images"]
            self._uploads = Uploads(self._store, images, self.contract_number, arrival_time, upload_quota)
        catalogue.publish(self._store, self._document.kinds, self.contract_numbers)

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
    def ftp_hosts(self) -> dict[str, str]:
        """Host and port of the FTP server of each location, for `upload_image(hosts=...)`. Known while it is served."""
        return dict(self._opened_door().hosts)

    @property
    def ca_file(self) -> str | None:
        """File with the certificate that a client must trust; None if the FTP servers' was brought along."""
        return self._opened_door().ca_file

    def _opened_door(self) -> Door:
        if self._door is None:
            raise RuntimeError("the emulator is not started with ftps=True")
        return self._door

    @property
    def requests_seen(self) -> list[HttpRequest]:
        """The HTTP requests received, oldest first, up to the last thousand, without Authorization and Cookie."""
        with self._store.lock:
            return list(self._app.seen)

    def start(self) -> CloudEmulator:
        """Serves in background threads. Does nothing if it is served already."""
        if self._server is None:
            self._server = Server(self._host, self._port, self._app.answer, self._ssl_context)
            try:
                self._open_door()
            except BaseException:
                self.stop()
                raise
            scheme = "https" if self._ssl_context else "http"
            host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
            host = f"[{host}]" if ":" in host else host
            self._store.url = f"{scheme}://{host}:{self._server.server_address[1]}{self._document.base_path}"
        return self

    def stop(self) -> None:
        """Ends serving and closes the open connections. Does nothing if it is not served."""
        server, self._server = self._server, None
        door, self._door = self._door, None
        if server is not None:
            server.stop()
        if door is not None:
            door.stop()

    def _open_door(self) -> None:
        if self._uploads:
            from ionoscloud.emulator.ftps import Door

            account = (self.username, self.password)
            self._door = Door(self._host, catalogue.LOCATIONS, self._uploads, account, self._certificate)

    def __enter__(self) -> CloudEmulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def configuration(self, **settings: Any) -> Configuration:
        """A configuration for the client that points here, with the user name and password; `settings` win.

        It trusts the FTP servers, and the API, too, as long as that speaks plain HTTP. Nothing comes from the
        environment, which is about another cloud.
        """
        from ionoscloud.configuration import Configuration

        own: dict[str, Any] = {"host": self.url, "username": self.username, "password": self.password}
        none: dict[str, Any] = dict.fromkeys(("contract_number", "proxy", "proxy_headers", "fingerprint"))
        own.update({"ssl_ca_cert": self._door.ca_file} if self._door and self._door.ca_file else {})
        configuration = Configuration(**{**own, **none, **settings})
        configuration._environment.clear()
        return configuration

    def fail_next_request(self, message: str = "The request could not be executed") -> None:
        """Lets the next change that is accepted end FAILED, with this message. Each call is good for one."""
        with self._store.lock:
            self._store.failures.append(message)

    def break_next_upload(self, after: int) -> None:
        """Lets the connections of the next upload break once so many bytes of it came. Each call is good for one."""
        if self._uploads is None:
            raise RuntimeError("the emulator is not made with ftps=True")
        self._uploads.breaks.append(after)

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
            image = catalogue.add(
                self._store, self._document.kinds["/images"], id or self._store.new_id(), owner, properties
            )
            return image.outlook(self._store.url)
