"""The emulator as one object: an account, its contracts, and a server."""

from __future__ import annotations

import math
import os
import ssl
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ionoscloud._checks import is_number, is_whole
from ionoscloud.emulator import catalogue, rules
from ionoscloud.emulator.address import checked_base_url, url_at
from ionoscloud.emulator.app import Application, Lost, RateLimit
from ionoscloud.emulator.clock import Clock, SystemClock
from ionoscloud.emulator.document import cloud_api
from ionoscloud.emulator.faults import Faults
from ionoscloud.emulator.inventory import keys_by
from ionoscloud.emulator.messages import ApiError, HttpRequest
from ionoscloud.emulator.server import Server
from ionoscloud.emulator.state import dump, read, restore, write
from ionoscloud.emulator.store import Store

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration
    from ionoscloud.emulator.ftps import Door, Uploads

LONGEST_DELAY = 3600  # seconds
USERNAME = "demo@example.com"
CONTRACT_NUMBERS = (31000001, 31000002)
LARGEST_CONTRACT = 2**31 - 1  # X-Contract-Number has 32 bits


class CloudEmulator:
    """Cloud API v5 in memory, on a port of this machine.

    `with CloudEmulator() as cloud:` serves it; so do `start()` and `stop()`. `stop()` keeps what is stored.

    An accepted change is queued for `queue_time` seconds, then runs for `run_time` seconds, both by `clock`.
    `rate_limit` is how many requests a minute are allowed, and `burst` how many of them may come at once (default:
    all); beyond that the response is 429. None: no limit. `port` 0 picks a free port. With `ssl_context` the server
    uses HTTPS. The same `seed` gives the same ids. Requests without `X-Contract-Number` act for the first of
    `contract_numbers`.

    With `demo`, the first contract starts with a data center with servers, volumes and networks, an IP block, a
    snapshot, users and a Kubernetes cluster.

    The URLs in responses have the host and port of the request's `Host` header, so that clients behind a port mapping
    can follow them. Where a proxy changes the host, the scheme or the path, set `base_url` to the URL that clients use:
    it takes precedence over the header, and `url` returns it, with the path of the API at its end.

    `state` is a file that `save` wrote. The emulator continues from it, with its user name and contracts, and ignores
    `demo`. The file does not have the password, the token, the other settings, pending faults and `requests_seen`.

    With `ftps` there is also an FTP server for each location, which accepts uploads over TLS: True creates a
    certificate; a PEM file has a certificate (with its chain) and its key. An uploaded file becomes a private image of
    the first contract after `arrival_time` seconds by `clock`; the FTP server keeps its name as long as it runs.
    `upload_quota` is how many bytes the server of a location stores; None: no limit.
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
        burst: int | None = None,
        ssl_context: ssl.SSLContext | None = None,
        base_url: str | None = None,
        seed: int = 5,
        username: str | None = None,
        password: str = "demo-password",
        token: str = "demo-token",
        contract_numbers: Sequence[int] | None = None,
        state: str | os.PathLike[str] | None = None,
        ftps: bool | str | os.PathLike[str] = False,
        arrival_time: float = 0.5,
        upload_quota: int | None = None,
        demo: bool = False,
    ) -> None:
        for name, seconds in (("queue_time", queue_time), ("run_time", run_time), ("arrival_time", arrival_time)):
            if not is_number(seconds) or not 0 <= seconds < math.inf:
                raise ValueError(f"{name} must be a number of seconds, 0 or more, not {seconds!r}")
        _check("port", port, "the number of a port, 0 to 65535", 0, 65535)
        _check("seed", seed, "a whole number", -math.inf, math.inf)
        _check("upload_quota", upload_quota or 0, "a number of bytes, 0 or more, or None", 0, math.inf)
        contract_numbers = None if contract_numbers is None else [*contract_numbers]
        for number in contract_numbers or ():
            _check("contract_numbers", number, f"whole numbers, 1 to {LARGEST_CONTRACT}", 1, LARGEST_CONTRACT)
        if contract_numbers is not None and (not contract_numbers or len({*contract_numbers}) < len(contract_numbers)):
            raise ValueError(f"contract_numbers must be at least one, and each only once, not {contract_numbers!r}")
        self.clock = clock or SystemClock()
        self._document = cloud_api()
        saved = None if state is None else read(state)
        if saved:
            for name, given, kept in (
                ("username", username, saved["user"]["name"]),
                ("contract_numbers", contract_numbers, saved["contractNumbers"]),
            ):
                if given not in (None, kept):
                    raise ValueError(f"{name} must be that of the state, {kept!r}, not {given!r}")
            username, contract_numbers = saved["user"]["name"], saved["contractNumbers"]
        self.username = username or USERNAME
        self.password = password
        self.token = token
        self.contract_numbers = tuple(contract_numbers or CONTRACT_NUMBERS)
        self._host = host
        self._port = port
        self._ssl_context = ssl_context
        self._scheme = "https" if ssl_context else "http"
        self._base_url = None if base_url is None else checked_base_url(base_url, self._document.base_path)
        self._server: Server | None = None
        self._failures: Faults[str] = Faults(self._document)
        self._store = Store(
            self.clock,
            self.username,
            self._failures,
            queue_time=queue_time,
            run_time=run_time,
            seed=seed,
            keys_of=keys_by(self._document, rules.indexed),
        )
        self._app = Application(
            self._document,
            self._store,
            RateLimit(self.clock, rate_limit, burst=burst),
            credentials={"username": self.username, "password": password, "token": token},
            contracts=self.contract_numbers,
        )
        self._app.scheme = self._scheme if base_url is None else None
        self._door: Door | None = None
        self._uploads: Uploads | None = None
        self._certificate = None if isinstance(ftps, bool) else os.fspath(ftps)
        if ftps:
            from ionoscloud.emulator.ftps import Uploads  # slow to import

            self._uploads = Uploads(self._store, self.contract_number, arrival_time, upload_quota)
        if state is not None and saved:
            restore(self._store, self._document, saved, state)
        else:
            catalogue.publish(self._store, self._document.kinds, self.contract_numbers)
            if demo:
                from ionoscloud.emulator.demo import fill

                with self._store.at_once():
                    fill(self._app.carry_out)

    @property
    def contract_number(self) -> int:
        """The contract that requests without `X-Contract-Number` act for."""
        return self.contract_numbers[0]

    @property
    def url(self) -> str:
        """The base URL of the API, for `Configuration(host=...)`, while it is served."""
        if self._server is None:
            raise RuntimeError("the emulator is not started")
        return self._app.url

    @property
    def ftp_hosts(self) -> dict[str, str]:
        """Host and port of the FTP server of each location, for `upload_image(hosts=...)`, while it is served."""
        return dict(self._opened_door().hosts)

    @property
    def ca_file(self) -> str | None:
        """File with the certificate that a client must trust; None if `ftps` is a file with a certificate."""
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

    def clear_requests(self) -> None:
        """Empties `requests_seen`. What the API itself lists under `/requests` stays."""
        with self._store.lock:
            self._app.seen.clear()

    def start(self) -> CloudEmulator:
        """Serves in background threads. Does nothing if it is already served."""
        if self._server is None:
            self._server = Server(self._host, self._port, self._app.answer, self._ssl_context)
            try:
                self._open_door()
            except BaseException:
                self.stop()
                raise
            host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
            host = f"[{host}]" if ":" in host else host
            host = f"{host}:{self._server.server_address[1]}"
            self._app.url = self._base_url or url_at(self._scheme, host, self._document.base_path)
        return self

    def stop(self) -> None:
        """Stops serving and closes the open connections. Does nothing if it is not served."""
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
        """A configuration for the client that points here, with the user name and password; `settings` take precedence.

        It trusts the certificate of the FTP servers. With `ssl_context`, pass an `ssl_ca_cert` that the API's
        certificate can be verified with. Environment variables, which are for another cloud, are ignored.
        """
        from ionoscloud.configuration import Configuration

        own: dict[str, Any] = {"host": self.url, "username": self.username, "password": self.password}
        none: dict[str, Any] = dict.fromkeys(("contract_number", "proxy", "proxy_headers", "fingerprint"))
        own.update({"ssl_ca_cert": self._door.ca_file} if self._door and self._door.ca_file else {})
        configuration = Configuration(**{**own, **none, **settings})
        configuration._environment.clear()
        return configuration

    def environment(self) -> dict[str, str]:
        """The variables that point a client here, for another process: `env={**os.environ, **cloud.environment()}`."""
        return {"IONOS_API_URL": self.url, "IONOS_USERNAME": self.username, "IONOS_PASSWORD": self.password}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Saves all resources, requests and pending changes to a JSON file for `CloudEmulator(state=...)`.

        The time between does not count: a request with 2 s left to run has 2 s left when it is loaded. New ids continue
        as they would have here.

        Args:
            path: The file. An existing one must be such a file; it is replaced atomically.

        Raises:
            OSError: It cannot be written.
            ValueError: There is a file, and it is not the state of an emulator.
        """
        with self._store.lock:
            self._store.advance()
            write(path, dump(self._store, self.contract_numbers))

    def fail_next(
        self,
        status: int,
        times: int | None = 1,
        *,
        method: str | None = None,
        path: str | None = None,
        retry_after: int | None = None,
        message: str | None = None,
    ) -> None:
        """Lets the next requests fail with an error; they change nothing, and do not count for the rate limit.

        Args:
            status: HTTP status, 400 to 599.
            times: How many requests; None: all until `clear_faults`.
            method: Only requests with this method, such as `PATCH`; default any.
            path: Only requests to this path of the API, such as `/images/{imageId}` for every image, or one with an id
                in it for one alone; default any.
            retry_after: Seconds for the `Retry-After` header of the response; default none.
            message: What the body says; default the name of the status.

        Raises:
            ValueError: An argument cannot be right.
        """
        _check("status", status, "an HTTP status, 400 to 599", 400, 599)
        headers: dict[str, str] = {}
        if retry_after is not None:
            _check("retry_after", retry_after, "a whole number of seconds, 0 or more", 0, math.inf)
            headers["Retry-After"] = str(retry_after)
        error = ApiError(status, *([message] if message else []), headers=headers)
        with self._store.lock:
            self._app.faults.add(error, times, method, path)

    def drop_next(
        self,
        times: int | None = 1,
        *,
        method: str | None = None,
        path: str | None = None,
        carried_out: bool = False,
    ) -> None:
        """Lets the connection break before the response to the next requests.

        Args:
            times: How many requests; None: all until `clear_faults`.
            method: Only requests with this method; default any.
            path: Only requests to this path, as for `fail_next`; default any.
            carried_out: Whether the request is carried out before its response is lost; by default it changes nothing.

        Raises:
            ValueError: An argument cannot be right.
        """
        with self._store.lock:
            self._app.faults.add(Lost(carried_out), times, method, path)

    def delay(
        self, seconds: float, times: int | None = None, *, method: str | None = None, path: str | None = None
    ) -> None:
        """Delays responses from now on. The requests are carried out at once.

        Args:
            seconds: How long, by the time of the machine (whatever `clock` is); at most 3600. 0 ends it.
            times: How many responses; default all until `clear_faults`.
            method: Only requests with this method; default any.
            path: Only requests to this path, as for `fail_next`; default any.

        Raises:
            ValueError: An argument cannot be right.
        """
        if not is_number(seconds) or not 0 <= seconds <= LONGEST_DELAY:
            raise ValueError(f"seconds must be a number, 0 to {LONGEST_DELAY}, not {seconds!r}")
        with self._store.lock:
            self._app.delays.add(seconds, times, method, path)

    def rate_limit(self, requests: int | None, per: float = 60, *, burst: int | None = None) -> None:
        """Changes the rate limit, and starts to count again.

        Args:
            requests: How many requests are allowed in `per` seconds; None: no limit.
            per: Seconds, by `clock`.
            burst: How many of them may come at once; default all.

        Raises:
            ValueError: An argument cannot be right.
        """
        with self._store.lock:
            self._app.limit.set(requests, per, burst)

    def fail_next_change(
        self,
        message: str = "The request could not be executed",
        times: int | None = 1,
        *,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Lets the next accepted changes end as FAILED, and be rolled back.

        Args:
            message: What their status says.
            times: How many changes; None: all until `clear_faults`.
            method: Only changes by this method; default any.
            path: Only changes by requests to this path, as for `fail_next`; default any.

        Raises:
            ValueError: An argument cannot be right.
        """
        with self._store.lock:
            self._failures.add(message, times, method, path)

    def break_next_upload(self, after: int) -> None:
        """Lets the connections of the next upload break after `after` bytes. Each call applies to one upload."""
        if self._uploads is None:
            raise RuntimeError("the emulator is not made with ftps=True")
        self._uploads.breaks.append(after)

    def clear_faults(self) -> None:
        """Removes all pending faults and delays; the rate limit stays."""
        with self._store.lock:
            for faults in (self._app.faults, self._app.delays, self._failures):
                faults.clear()
            if self._uploads:
                self._uploads.breaks.clear()

    def add_image(
        self, *, id: str | None = None, contract_number: int | None = None, **properties: Any
    ) -> dict[str, Any]:
        """Adds an image, by default to the first contract, and returns it as the API shows it.

        `properties` have the API's names (`licenceType`), including names that the document does not have. Those left
        out get plausible values. `public=True` shows the image to every contract, like the images of IONOS.
        """
        contract = self.contract_number if contract_number is None else contract_number
        if contract not in self.contract_numbers:
            raise ValueError(f"contract {contract} is not one of {self.contract_numbers}")
        owner = None if properties.get("public") else contract
        with self._store.lock:
            self._store.advance()
            image = catalogue.add(self._store, self._document.kinds["/images"], owner, properties, id)
            return image.outlook(self._app.url)


def _check(name: str, value: int, wanted: str, least: float, most: float) -> None:
    if not is_whole(value) or not least <= value <= most:
        raise ValueError(f"{name} must be {wanted}, not {value!r}")
