"""Connections that end in time: urllib3 pools with our TLS and proxy settings, and a deadline for whole calls."""

from __future__ import annotations

import http.client
import io
import math
import re
import socket
import ssl
import threading
import time
import warnings
from copy import copy
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, InsecureRequestWarning, NewConnectionError

from ionoscloud._transport.proxies import proxy_kind, proxy_manager, proxy_of_environment
from ionoscloud._transport.resolver import look_up
from ionoscloud._transport.tls import load_client_certificate, ssl_context

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration


_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # in a handshake; which of them depends on the version of Python
LONGEST = 2_000_000.0  # seconds that a socket can wait: it counts milliseconds, and no further than 31 bits


class _Call(threading.local):
    """The call that a thread is about: when it has to be over, on the monotonic clock, and what an answer may weigh.

    `answering` is true once it waits for an answer.
    """

    deadline = math.inf
    size_limit = math.inf
    answering = False


_call = _Call()


class Bounds:
    """Lets every connection that this thread uses meanwhile fail once the deadline is over or so much has come in.

    Calls can be nested, when what logs a call makes another.

    Args:
        deadline: A moment on the monotonic clock.
        size_limit: Bytes of an answer as it comes, with all its headers and whatever else there is.
    """

    def __init__(self, deadline: float, size_limit: float) -> None:
        self._bounds = deadline, size_limit

    def __enter__(self) -> _Call:
        self._before = _call.deadline, _call.size_limit
        _call.deadline, _call.size_limit = self._bounds
        _call.answering = False
        return _call

    def __exit__(self, *exc_info: object) -> None:
        _call.deadline, _call.size_limit = self._before


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket; a read timeout alone would let a server that drips bytes keep a caller for ever."""

    def __init__(self, sock: socket.socket) -> None:
        self.ended = False
        self._size = 0
        self._sock = sock
        self._timeout = sock.gettimeout() or math.inf
        self._file: Any = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._file.fileno())

    def readinto(self, buffer: Any) -> Any:
        remaining = _call.deadline - time.monotonic()
        if remaining <= 0:
            raise socket.timeout("the call took longer than its total timeout")
        timeout = min(self._timeout, remaining)
        if timeout != (self._sock.gettimeout() or math.inf):  # setting it is a system call, reading it is none
            self._sock.settimeout(timeout)
        size = self._file.readinto(buffer)
        self.ended = size == 0
        self._size += size or 0
        if self._size > _call.size_limit:
            raise http.client.HTTPException("the answer never ends")
        return size

    def close(self) -> None:
        self._file.close()
        super().close()


class _DeadlineSocket:
    """What `http.client` wants of a socket to read an answer."""

    def __init__(self, sock: socket.socket) -> None:
        self.reader = _DeadlineReader(sock)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self.reader)


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        self._source = _DeadlineSocket(sock)
        _call.answering = True
        super().__init__(self._source, *args, **options)  # type: ignore[arg-type]

    def _read_status(self) -> tuple[str, int, str]:
        """Skip all interim answers: http.client takes any but 100 for the answer, and the real one for the next."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == 101:
                raise http.client.HTTPException("the server wants to speak another protocol")
            if not 100 <= status < 200:
                return version, status, reason  # pyright: ignore[reportUnknownVariableType]
            http.client._read_headers(self.fp)  # type: ignore[attr-defined]

    def begin(self) -> None:
        super().begin()
        if self._source.reader.ended:  # http.client takes that for the end of the headers
            raise http.client.IncompleteRead(b"")


class _Timed:
    """A connection of urllib3 whose name look-up and whose reading end in time, too.

    What breaks before it stands is a failure to connect, whether TCP, a proxy or TLS got in the way: a request can be
    sent again as long as no byte of it was sent.
    """

    response_class: Any = _Answer
    _dns_host: str
    port: int
    timeout: Any

    def connect(self) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except (ConnectionError, socket.timeout, http.client.HTTPException, *_CLOSED) as error:
            clear_frames(error.__traceback__)  # in older versions of Python they hold the answer of the proxy open
            if isinstance(error, socket.timeout):
                raise ConnectTimeoutError(self, f"connecting timed out: {error}") from error
            raise NewConnectionError(self, f"connecting failed: {error}") from error  # type: ignore[arg-type]

    def _new_conn(self) -> socket.socket:
        host, port = self._dns_host, self.port
        problem: Exception | None = None
        try:
            for address in self._addresses(host, port):
                self._dns_host, self.port = address
                self.timeout = self._time_left()
                try:
                    return super()._new_conn()  # type: ignore[misc, no-any-return]
                except (ConnectTimeoutError, NewConnectionError) as error:
                    problem = error
        finally:
            self._dns_host, self.port = host, port
        raise problem or NewConnectionError(self, f"{host} has no address")  # type: ignore[arg-type]

    def _time_left(self) -> float:
        remaining: float = min(self.timeout, _call.deadline - time.monotonic())
        if remaining <= 0:
            raise ConnectTimeoutError(self, "connecting took longer than the total timeout of the call")
        return remaining

    def _addresses(self, host: str, port: int) -> list[tuple[str, int]]:
        try:
            return look_up(host, port, self._time_left())
        except socket.timeout as error:
            raise ConnectTimeoutError(self, str(error)) from error
        except OSError as error:
            raise NewConnectionError(self, f"{host} cannot be looked up: {error}") from error  # type: ignore[arg-type]


class _TimedHTTPConnection(_Timed, HTTPConnection):
    pass


class _TimedHTTPSConnection(_Timed, HTTPSConnection):
    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> Any:
        # The versions of urllib3 differ in what they verify of a proxy.
        return self.proxy_config.ssl_context.wrap_socket(sock, server_hostname=hostname.strip("[]"))  # type: ignore


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _TimedHTTPConnection  # pyright: ignore[reportAssignmentType]  # its base would not do either

    def __init__(
        self, *args: Any, assert_hostname: object = None, assert_fingerprint: object = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)  # older versions would hand over what is for TLS, and fail


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimedHTTPSConnection  # pyright: ignore[reportAssignmentType]

    def _validate_conn(self, conn: Any) -> None:
        # As in urllib3, which would also warn at each connection when certificates are not verified.
        if conn.sock is None:
            conn.connect()


class Pools:
    """urllib3's pools for the TLS and proxy settings that a configuration has now.

    Args:
        configuration: The settings.
        pools_size: For how many hosts connections are kept.
        maxsize: How many connections are kept for each; 0 for as many as there were at the same time.
    """

    def __init__(self, configuration: Configuration, pools_size: int, maxsize: int | None) -> None:
        self._configuration = copy(configuration)
        self._by_proxy: dict[str | None, urllib3.PoolManager] = {}
        self._by_server: dict[str, urllib3.PoolManager] = {}
        self._direct: dict[str, Any] = {}  # the pools of servers that no proxy leads to
        self._options: dict[str, Any] = {
            "num_pools": pools_size,
            "maxsize": (configuration.connection_pool_maxsize if maxsize is None else maxsize) or 0,
            "cert_reqs": ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE,
            "ssl_context": ssl_context(configuration),
        }
        load_client_certificate(self._options["ssl_context"], configuration)
        if configuration.assert_hostname is not None:
            self._options["assert_hostname"] = configuration.assert_hostname
        if configuration.fingerprint:
            self._options["assert_fingerprint"] = configuration.fingerprint
        if not configuration.verify_ssl:
            warnings.warn("certificates are not verified: verify_ssl is off", InsecureRequestWarning, stacklevel=2)

    def urlopen(self, method: str, url: str, **options: Any) -> Any:
        """Send a request, by the proxy that leads to its server if there is one, and return the answer."""
        scheme, _, rest = url.partition("//")
        authority, slash, target = rest.partition("/")
        server = f"{scheme}//{authority}"
        pool = self._direct.get(server)
        if pool is None or pool.pool is None:  # its manager keeps the pools of so many servers and closes the others
            manager = self.of(server)
            if isinstance(manager, urllib3.ProxyManager) or "?" in authority or "#" in url:
                return manager.urlopen(method, url, **options)
            pool = self._direct[server] = manager.connection_from_url(server)
        return pool.urlopen(method, slash + target, assert_same_host=False, **options)

    def of(self, url: str) -> urllib3.PoolManager:
        """Return the manager for a URL: that of the proxy that leads there, looked for once for each server."""
        server: str = next(re.finditer("(?:[^/?#]*//)?[^/?#]*", url))[0]  # there is one in any text
        if server not in self._by_server:
            proxy = self._configuration.proxy or proxy_of_environment(server)
            manager = (
                proxy_manager(proxy, self._configuration, self._options)
                if proxy
                else urllib3.PoolManager(**self._options)
            )
            pools: dict[str, Any] = {"http": _HTTPPool, "https": _HTTPSPool}
            if not proxy or proxy_kind(proxy) != "socks":  # whose manager has pools of its own
                manager.pool_classes_by_scheme = pools
            self._by_server[server] = self._by_proxy.setdefault(proxy, manager)
        return self._by_server[server]

    def clear(self) -> None:
        """Close the connections that wait for reuse."""
        for manager in self._by_proxy.values():
            manager.clear()
        while self._direct:
            self._direct.popitem()[1].close()
