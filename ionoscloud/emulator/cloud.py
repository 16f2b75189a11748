"""The public class of the emulator."""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ionoscloud.emulator import catalogue, rules
from ionoscloud.emulator.app import Application, DroppedConnection
from ionoscloud.emulator.checks import check_integer, check_number
from ionoscloud.emulator.clock import Clock, SystemClock
from ionoscloud.emulator.document import BASE_PATHS, Documents, api_document
from ionoscloud.emulator.faults import Faults
from ionoscloud.emulator.inventory import KeyFunction
from ionoscloud.emulator.messages import ApiError, HttpRequest
from ionoscloud.emulator.rate_limit import RateLimit
from ionoscloud.emulator.server import Server
from ionoscloud.emulator.state import dump, read, restore, write
from ionoscloud.emulator.store import Store
from ionoscloud.emulator.types import JsonObject
from ionoscloud.emulator.urls import build_url, parse_base_url

if TYPE_CHECKING:
    from ionoscloud import Configuration
    from ionoscloud.emulator.ftps import FtpServer, Uploads

T = TypeVar("T")

MAX_DELAY = 3600  # seconds
USERNAME = "demo@example.com"
CONTRACT_NUMBERS = (31000001, 31000002)
MAX_CONTRACT_NUMBER = 2**31 - 1  # X-Contract-Number has 32 bits


class CloudEmulator:
    """Cloud API v5 and v6 in memory, on a port of this machine.

    Both versions show the same resources. Use it as a context manager, or call `start` and `stop`. Resources stay after
    `stop`.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 picks a free one.
        clock: Clock for everything but `delay`; default `SystemClock`.
        queue_time: Seconds before an accepted change starts.
        run_time: Seconds from the start of a change to its end.
        rate_limit: Requests that are allowed a minute; beyond that the response is 429. None: no limit.
        burst: Number of requests that can come at once; default all.
        ssl_context: Context for HTTPS; default plain HTTP.
        base_url: URL that clients use, for a proxy that changes the host, the scheme or the path. All URLs in responses
            begin with it, and so does `url`; the path of the version (`/cloudapi/v6`) is added, or replaced. By default
            they have the `Host` of the request, so that clients behind a port mapping can follow them.
        api_version: Version of the API, 5 or 6, that `url`, `configuration` and `environment` are for by default. The
            emulator serves both.
        seed: The same seed gives the same ids.
        username: User name of the account; default `demo@example.com`.
        password: Password of the account.
        token: Token of the account.
        contract_numbers: Numbers of the contracts; the first is the default of a request.
        state: File that `save` wrote. The emulator continues from it, with its user name and contracts. The file does
            not have the password, the token, the other settings, pending faults and `requests_seen`.
        ftps: Whether there is an FTP server with TLS for each location. True creates a certificate; a PEM file has a
            certificate (with its chain) and its key. An uploaded file becomes a private image of the first contract.
        arrival_time: Seconds from the end of an upload until the image exists.
        upload_quota: Bytes that the FTP server of a location stores; None: no limit.
        demo: Whether the first contract starts with a data center with servers, volumes and networks, an IP block, a
            snapshot, users and a Kubernetes cluster. Ignored if there is a `state`.

    Raises:
        OSError: The state cannot be read.
        ValueError: An argument is invalid.
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
        api_version: int = 5,
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
            check_number(name, seconds, "a number of seconds, 0 or more", 0)
        check_integer("port", port, "a port number, 0 to 65535", 0, 65535)
        check_integer("seed", seed, "an integer")
        _check_version(api_version)
        check_integer("upload_quota", upload_quota or 0, "a number of bytes, 0 or more, or None", 0)
        contracts = None if contract_numbers is None else _check_contract_numbers([*contract_numbers])
        saved = None if state is None else read(state)
        if saved:
            username = _same_as_saved("username", username, saved["user"]["name"])
            contracts = _same_as_saved("contract_numbers", contracts, saved["contractNumbers"])
        self.clock = clock or SystemClock()
        self.username = username or USERNAME
        self.password = password
        self.token = token
        self.contract_numbers = tuple(contracts or CONTRACT_NUMBERS)
        self.api_version = api_version
        self._documents = Documents(api_document, api_version)
        self._host = host
        self._port = port
        self._ssl_context = ssl_context
        self._scheme = "https" if ssl_context else "http"
        self._root = None if base_url is None else parse_base_url(base_url)
        self._failures: Faults[str] = Faults(self._documents)
        keys = KeyFunction(rules.index_keys)
        self._store = Store(
            self.clock,
            self.username,
            self._failures,
            queue_time=queue_time,
            run_time=run_time,
            seed=seed,
            keys_of=keys,
        )
        self._app = Application(
            self._documents,
            self._store,
            keys,
            RateLimit(self.clock, rate_limit, burst=burst),
            credentials={"username": self.username, "password": password, "token": token},
            contracts=self.contract_numbers,
        )
        self._app.scheme = self._scheme if base_url is None else None
        self._app.inventory(api_version)  # loads the document before the first request
        self._server: Server | None = None
        self._ftp_server: FtpServer | None = None
        self._uploads: Uploads | None = None
        self._certificate = None if isinstance(ftps, bool) else os.fspath(ftps)
        if ftps:
            from ionoscloud.emulator.ftps import Uploads  # slow to import

            self._uploads = Uploads(self._store, self.contract_number, arrival_time, upload_quota)
        if state is not None and saved:
            restore(self._store, self._documents, saved, state)
        else:
            self._add_resources(demo)

    def _add_resources(self, demo: bool) -> None:
        catalogue.add_initial_resources(self._store, self.contract_numbers)
        if demo:
            from ionoscloud.emulator.demo import fill

            with self._store.instant_changes():
                fill(partial(self._app.send, 5))

    @property
    def contract_number(self) -> int:
        """The contract of requests without `X-Contract-Number`."""
        return self.contract_numbers[0]

    @property
    def url(self) -> str:
        """The base URL of the API in the version `api_version`, while the emulator is running."""
        return self.urls[self.api_version]

    @property
    def urls(self) -> dict[int, str]:
        """The base URL of the API by version, for `Configuration(host=...)`, while the emulator is running."""
        if self._server is None:
            raise RuntimeError("the emulator is not running")
        return {version: self._app.root + path for version, path in BASE_PATHS.items()}

    @property
    def ftp_hosts(self) -> dict[str, str]:
        """Host and port of the FTP server by location, for `upload_image(hosts=...)`, while the emulator is running."""
        return dict(self._running_ftp_server().hosts)

    @property
    def ca_file(self) -> str | None:
        """File with the certificate that a client must trust; None if `ftps` is a file with a certificate."""
        return self._running_ftp_server().ca_file

    def _running_ftp_server(self) -> FtpServer:
        if self._ftp_server is None:
            raise RuntimeError("the emulator has no running FTP server: create it with ftps=True, and start it")
        return self._ftp_server

    @property
    def requests_seen(self) -> list[HttpRequest]:
        """The last thousand HTTP requests, oldest first, without the headers Authorization and Cookie."""
        with self._store.lock:
            return list(self._app.seen)

    def clear_requests(self) -> None:
        """Empty `requests_seen`. The requests that the API lists under `/requests` stay."""
        with self._store.lock:
            self._app.seen.clear()

    def start(self) -> CloudEmulator:
        """Start the server, in background threads, if it is not running."""
        if self._server is None:
            self._server = Server(self._host, self._port, self._app.respond, self._ssl_context)
            try:
                self._start_ftp_server()
            except BaseException:
                self.stop()
                raise
            host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
            host = f"[{host}]" if ":" in host else host
            host = f"{host}:{self._server.server_address[1]}"
            self._app.root = build_url(self._scheme, host, "") if self._root is None else self._root
        return self

    def stop(self) -> None:
        """Stop the server and close the open connections, if it is running."""
        server, self._server = self._server, None
        ftp_server, self._ftp_server = self._ftp_server, None
        if server is not None:
            server.stop()
        if ftp_server is not None:
            ftp_server.stop()

    def _start_ftp_server(self) -> None:
        if self._uploads:
            from ionoscloud.emulator.ftps import FtpServer

            account = (self.username, self.password)
            self._ftp_server = FtpServer(self._host, catalogue.LOCATIONS, self._uploads, account, self._certificate)

    def __enter__(self) -> CloudEmulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def configuration(self, *, api_version: int | None = None, **settings: Any) -> Configuration:
        """Return a configuration for clients of this emulator, with its user name and password.

        The configuration trusts the certificate of the FTP servers and reads no environment variables.

        Args:
            api_version: Version of the API, 5 or 6; default that of the emulator.
            settings: Further settings, which take precedence. With `ssl_context` they need an `ssl_ca_cert` for the
                certificate of the API.
        """
        from ionoscloud import Configuration

        host = self.urls[self._version(api_version)]
        own: dict[str, Any] = {"environ": {}, "host": host, "username": self.username, "password": self.password}
        if self._ftp_server and self._ftp_server.ca_file:
            own["ssl_ca_cert"] = self._ftp_server.ca_file
        return Configuration(**{**own, **settings})

    def environment(self, *, api_version: int | None = None) -> dict[str, str]:
        """Return environment variables for clients in another process: `env={**os.environ, **cloud.environment()}`.

        Args:
            api_version: Version of the API, 5 or 6; default that of the emulator.
        """
        url = self.urls[self._version(api_version)]
        return {"IONOS_API_URL": url, "IONOS_USERNAME": self.username, "IONOS_PASSWORD": self.password}

    def _version(self, api_version: int | None) -> int:
        return self.api_version if api_version is None else _check_version(api_version)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save all resources, requests and pending changes to a JSON file for `CloudEmulator(state=...)`.

        The time until the file is loaded does not count: a request with 2 s left to run still has 2 s left. This
        emulator and the loaded one continue with the same ids.

        Args:
            path: The file. A state in it is replaced atomically.

        Raises:
            OSError: The file cannot be written.
            ValueError: The file exists and is not the state of an emulator.
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
        """Respond to the next requests with an error. They change nothing and do not count for the rate limit.

        Args:
            status: HTTP status, 400 to 599.
            times: Number of requests; None: all until `clear_faults`.
            method: Only requests with this method, such as `PATCH`; default any.
            path: Only requests to this path of the API, in both versions: `/images/{imageId}` for all images, a path
                with an id for one image; default any.
            retry_after: Seconds for the `Retry-After` header of the response; default none.
            message: Message in the body; default the name of the status.

        Raises:
            ValueError: An argument is invalid.
        """
        check_integer("status", status, "an HTTP status, 400 to 599", 400, 599)
        headers: dict[str, str] = {}
        if retry_after is not None:
            check_integer("retry_after", retry_after, "an integer, 0 or more", 0)
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
        """Break the connection before the response to the next requests.

        Args:
            times: Number of requests; None: all until `clear_faults`.
            method: Only requests with this method; default any.
            path: Only requests to this path, as for `fail_next`; default any.
            carried_out: Whether the request is carried out, although the response is lost.

        Raises:
            ValueError: An argument is invalid.
        """
        with self._store.lock:
            self._app.faults.add(DroppedConnection(carried_out), times, method, path)

    def delay(
        self, seconds: float, times: int | None = None, *, method: str | None = None, path: str | None = None
    ) -> None:
        """Delay responses. The requests are carried out at once.

        Args:
            seconds: Delay, 0 to 3600, by the clock of the machine and not by `clock`.
            times: Number of responses; default all until `clear_faults`.
            method: Only requests with this method; default any.
            path: Only requests to this path, as for `fail_next`; default any.

        Raises:
            ValueError: An argument is invalid.
        """
        check_number("seconds", seconds, f"a number, 0 to {MAX_DELAY}", 0, MAX_DELAY)
        with self._store.lock:
            self._app.delays.add(seconds, times, method, path)

    def rate_limit(self, requests: int | None, per: float = 60, *, burst: int | None = None) -> None:
        """Change the rate limit, and reset its count.

        Args:
            requests: Requests that are allowed in `per` seconds; None: no limit.
            per: Seconds, by `clock`.
            burst: Number of requests that can come at once; default all.

        Raises:
            ValueError: An argument is invalid.
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
        """Make the next accepted changes end as FAILED. They are rolled back.

        Args:
            message: Message in the status.
            times: Number of changes; None: all until `clear_faults`.
            method: Only changes by this method; default any.
            path: Only changes by requests to this path, as for `fail_next`; default any.

        Raises:
            ValueError: An argument is invalid.
        """
        with self._store.lock:
            self._failures.add(message, times, method, path)

    def break_next_upload(self, after: int) -> None:
        """Break the connections of the next upload after `after` bytes. Each call applies to one upload."""
        if self._uploads is None:
            raise RuntimeError("the emulator has no FTP server: create it with ftps=True")
        self._uploads.breaks.append(after)

    def clear_faults(self) -> None:
        """Remove all pending faults and delays. The rate limit stays."""
        with self._store.lock:
            for faults in (self._app.faults, self._app.delays, self._failures):
                faults.clear()
            if self._uploads:
                self._uploads.breaks.clear()

    def add_image(self, *, id: str | None = None, contract_number: int | None = None, **properties: Any) -> JsonObject:
        """Add an image, and return it as the API shows it in the version `api_version`.

        Args:
            id: Id; default a random one.
            contract_number: Contract that owns the image; default the first.
            properties: Properties by the API's names (`licenceType`), including names that no version of the API has,
                which both show. Those that are left out get plausible values. `public=True` shows the image to all
                contracts, as the images of IONOS.

        Raises:
            ValueError: The contract does not exist, or an image already has the id.
        """
        contract = self.contract_number if contract_number is None else contract_number
        if contract not in self.contract_numbers:
            raise ValueError(f"contract_number must be one of {self.contract_numbers}, not {contract!r}")
        owner = None if properties.get("public") else contract
        with self._store.lock:
            self._store.advance()
            undocumented = self._documents.undocumented("/images", properties)
            image = catalogue.add_image(self._store, owner, properties, id, undocumented)
            view: JsonObject = self._app.inventory(self.api_version).view(image)
            return view


def _check_contract_numbers(numbers: list[int]) -> list[int]:
    for number in numbers:
        check_integer("contract_numbers", number, f"integers, 1 to {MAX_CONTRACT_NUMBER}", 1, MAX_CONTRACT_NUMBER)
    if not numbers or len({*numbers}) < len(numbers):
        raise ValueError(f"contract_numbers must be one or more different numbers, not {numbers!r}")
    return numbers


def _check_version(version: int) -> int:
    check_integer("api_version", version, "5 or 6", min(BASE_PATHS), max(BASE_PATHS))
    return version


def _same_as_saved(name: str, value: T | None, saved: T) -> T:
    if value not in (None, saved):
        raise ValueError(f"{name} must be that of the state, {saved!r}, not {value!r}")
    return saved
