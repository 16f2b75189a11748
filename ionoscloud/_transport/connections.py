"""Adds deadlines and guards against stale responses to the connections of urllib3.

The mixins are added when a pool or a connection is created, and only to classes of urllib3: classes that a recorder or
a test has put in their place stay as they are.
"""

from __future__ import annotations

import _socket
import http.client
import io
import math
import queue
import re
import socket
import ssl
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from copy import copy
from functools import lru_cache
from traceback import clear_frames
from types import FunctionType
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.exceptions import ConnectTimeoutError, InsecureRequestWarning, NewConnectionError
from urllib3.util.ssltransport import SSLTransport

from ionoscloud._checks import check_setting
from ionoscloud._transport.deadline import current, seconds_left
from ionoscloud._transport.proxies import environment_proxy, proxy_manager
from ionoscloud._transport.resolver import look_up
from ionoscloud._transport.tls import tls_options

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration

_MAX_IDLE = 10_000  # urllib3 fills the queue of a new pool up to its size
_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # in a handshake; which one depends on the version of Python


class BoundedSocket:
    """A socket, or a TLS layer on one, whose operations end at the deadline of the current call of the thread.

    The timeout of a socket starts again with each piece: a peer that drips bytes would block a caller for hours.
    https://github.com/urllib3/urllib3/issues/1271

    Args:
        sock: The socket or TLS layer that reads and writes.

    Attributes:
        has_leftovers: Whether the peer sent more than the responses that were read.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._timeout: float = sock.gettimeout() or math.inf
        self._pending = tuple(_pending_of(sock))
        self.fileno = sock.fileno  # urllib3 calls it before each use
        self.has_leftovers = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    @property
    def _io_refs(self) -> int:
        """Number of files that read from the socket; urllib3 writes to it for TLS in TLS."""
        count: int = self._sock._io_refs
        return count

    @_io_refs.setter
    def _io_refs(self, value: int) -> None:
        self._sock._io_refs = value

    def settimeout(self, value: float | None) -> None:
        self._timeout = math.inf if value is None else value

    def gettimeout(self) -> float:
        try:
            self.limit()
        except socket.timeout:
            # `ssl` calls this while two sockets own one file descriptor: after an error both would close it.
            return 0.001
        seconds: float = self._sock.gettimeout()
        return seconds

    def limit(self) -> None:
        """Limit the next operation to what is left of the call.

        Raises:
            socket.timeout: The deadline of the call has passed.
        """
        timeout = seconds_left(self._timeout)
        if timeout != self._sock.gettimeout():  # setting it takes a system call, reading it does not
            self._sock.settimeout(timeout)

    def recv(self, *args: Any) -> Any:
        self.limit()
        return self._sock.recv(*args)

    def recv_into(self, *args: Any) -> Any:
        self.limit()
        return self._sock.recv_into(*args)

    def sendall(self, data: Any) -> None:
        if not isinstance(self._sock, _socket.socket):  # TLS in TLS, whose outer socket is bounded, or a stand-in
            self._sock.sendall(data)
            return
        rest = memoryview(data).cast("B")
        while rest:
            self.limit()
            rest = rest[self._sock.send(rest) :]

    def makefile(self, mode: str, buffering: int | None = None) -> Any:
        return _ResponseFile(_ResponseReader(self, self._sock.makefile(mode, 0)))

    def pending(self) -> int:
        """Return the number of bytes that the TLS layers hold, which polling the TCP socket does not show."""
        return sum(pending() for pending in self._pending)


def _pending_of(sock: Any) -> Iterator[Callable[[], int]]:
    """Yield the function that counts the held bytes, for each TLS layer of a socket."""
    if isinstance(sock, BoundedSocket):
        yield from sock._pending
    elif isinstance(sock, SSLTransport):  # TLS in TLS
        yield sock.sslobj.pending
        yield lambda: int(sock.incoming.pending)
        yield from _pending_of(sock.socket)
    elif isinstance(sock, ssl.SSLSocket):
        yield sock.pending


class _ResponseReader(io.RawIOBase):
    """Reads a response, up to its deadline and its size limit."""

    def __init__(self, sock: BoundedSocket, file: Any) -> None:
        self.sock = sock
        self.at_end = False
        self._file = file
        self._size = 0

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._file.fileno())

    def readinto(self, buffer: Any) -> Any:
        if self._file.closed:
            return 0
        self.sock.limit()
        size = self._file.readinto(buffer)
        self.at_end = size == 0
        self._size += size or 0
        if self._size > current.limits.size:
            raise http.client.HTTPException("the response never ends")
        return size

    def close(self) -> None:
        self._file.close()
        super().close()


class _ResponseFile(io.BufferedReader):
    """The buffer between a socket and a response; it notices bytes that do not belong to the response."""

    raw: Any  # a _ResponseReader

    def close(self) -> None:
        if not self.closed:
            self.raw._file.close()  # so that `peek` returns buffered bytes only and does not read
            self.raw.sock.has_leftovers = bool(self.peek(1))
        super().close()


class _Response(http.client.HTTPResponse):
    """A response of http.client that skips interim responses and detects truncated headers."""

    fp: Any = None  # a signal can interrupt the constructor before it sets this, and `close` needs it

    def __init__(self, sock: BoundedSocket, *args: Any, **options: Any) -> None:
        current.limits.responding = True
        super().__init__(sock, *args, **options)  # type: ignore[arg-type]
        self._reader: Any = self.fp.raw

    def _read_status(self) -> tuple[str, int, str]:
        """Skip all interim responses.

        http.client skips 100 only: it returns a 103 as the response, and the response itself to the next request.
        https://github.com/urllib3/urllib3/pull/3319, https://www.rfc-editor.org/rfc/rfc9110.html#section-15.2
        """
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == 101:
                raise http.client.HTTPException("the server wants to speak another protocol")
            if not 100 <= status < 200:
                return version, status, reason  # pyright: ignore[reportUnknownVariableType]
            http.client._read_headers(self.fp)  # type: ignore[attr-defined]

    def begin(self) -> None:
        super().begin()
        # http.client takes the end of the connection for the end of the headers, as in truncated ones.
        # https://www.rfc-editor.org/rfc/rfc9112.html#section-8
        if self._reader.at_end:
            raise http.client.IncompleteRead(b"")


class BoundedConnection:
    """A connection of urllib3 whose name look-up, handshakes, reads and writes end at the deadline of the call.

    Every failure before the connection is ready counts as a failure to connect, also in a proxy or in TLS: no byte of
    the request was sent, so it can be retried.
    """

    _dns_host: str
    port: int
    timeout: Any
    sock: Any
    _response: _Response | None = None

    def connect(self) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except (ConnectionError, socket.timeout, http.client.HTTPException, *_CLOSED) as error:
            clear_frames(error.__traceback__)  # in older versions of Python they keep the response of the proxy open
            if isinstance(error, socket.timeout):
                raise ConnectTimeoutError(self, f"connecting timed out: {error}") from error
            raise NewConnectionError(self, f"connecting failed: {error}") from error  # type: ignore[arg-type]
        if not isinstance(self.sock, BoundedSocket):
            self.sock = BoundedSocket(self.sock)

    def response_class(self, sock: BoundedSocket, *args: Any, **options: Any) -> _Response:
        self._response = _Response(sock, *args, **options)
        return self._response

    @property
    def can_be_reused(self) -> bool:
        """Whether the last response was read to its end, and nothing followed it.

        The next request would get such leftovers as its response.
        https://www.rfc-editor.org/rfc/rfc9112.html#section-9.2
        """
        if self.sock is None:
            return True
        is_read = self._response is None or self._response.isclosed()
        return is_read and not self.sock.has_leftovers and not self.sock.pending()

    def _new_conn(self) -> BoundedSocket:
        host, port = self._dns_host, self.port
        problem: Exception | None = None
        try:
            for address in self._addresses(host, port):
                self._dns_host, self.port = address
                self.timeout = self._time_left()
                try:
                    return BoundedSocket(super()._new_conn())  # type: ignore[misc]
                except (ConnectTimeoutError, NewConnectionError) as error:
                    problem = error
        finally:
            self._dns_host, self.port = host, port
        raise problem or NewConnectionError(self, f"{host} has no address")  # type: ignore[arg-type]

    def _connect_tls_proxy(self, hostname: str, sock: BoundedSocket) -> BoundedSocket:
        return BoundedSocket(super()._connect_tls_proxy(hostname, sock))  # type: ignore[misc]

    def _time_left(self) -> float:
        try:
            return seconds_left(math.inf if self.timeout is None else self.timeout)
        except socket.timeout as error:
            raise ConnectTimeoutError(self, str(error)) from error

    def _addresses(self, host: str, port: int) -> list[tuple[str, int]]:
        try:
            return look_up(host, port, self._time_left())
        except socket.timeout as error:
            raise ConnectTimeoutError(self, str(error)) from error
        except OSError as error:
            raise NewConnectionError(self, f"{host} cannot be looked up: {error}") from error  # type: ignore[arg-type]


class IdleConnections:
    """The queue of a pool, last in, first out, without a lock.

    The queue of urllib3 has a lock in Python code. An exception from a signal handler (Ctrl-C, a time limit of a task)
    at the wrong moment would leave it locked, and every later call would hang.
    https://docs.python.org/3/library/signal.html#note-on-signal-handlers-and-exceptions
    """

    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = maxsize
        self.queue: deque[Any] = deque()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if 0 < self.maxsize <= len(self.queue):
            raise queue.Full
        if item is None or item not in self.queue:  # an interrupt can put a connection back twice
            self.queue.append(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        try:
            return self.queue.pop()
        except IndexError:
            raise queue.Empty from None

    def qsize(self) -> int:
        return len(self.queue)

    def empty(self) -> bool:
        return not self.queue


class _BoundedPool:
    """A pool of urllib3 with bounded connections, which does not keep a connection with leftovers."""

    QueueCls = IdleConnections

    @property
    def ConnectionCls(self) -> Any:
        """The class of connections, looked up each time because recorders replace it in urllib3's pool."""
        parent: Any = super()
        base: Any = parent.ConnectionCls
        if base.__module__ == "urllib3.contrib.socks":
            from ionoscloud._transport.socks import BoundedSocksConnection

            return _bounded(base, BoundedSocksConnection)
        return _bounded(base, BoundedConnection)

    def _put_conn(self, conn: Any) -> None:
        if not getattr(conn, "can_be_reused", True):
            conn.close()
        super()._put_conn(conn)  # type: ignore[misc]


class _BoundedHTTPPool(_BoundedPool):
    def __init__(
        self, *args: Any, assert_hostname: object = None, assert_fingerprint: object = None, **options: Any
    ) -> None:
        # urllib3 2.6 would pass the options for TLS on to connections without TLS, which do not know them.
        super().__init__(*args, **options)


class _BoundedHTTPSPool(_BoundedPool):
    def _validate_conn(self, conn: Any) -> None:
        # As in urllib3, which also warns at each request if certificates are not verified. `Pools` warns once.
        if conn.sock is None:
            conn.connect()


_POOLS = {"http": _BoundedHTTPPool, "https": _BoundedHTTPSPool}


@lru_cache(maxsize=32)
def _bounded(base: Any, mixin: type) -> Any:
    """Return a class of urllib3 with a mixin; return any other class unchanged."""
    is_own = isinstance(base, type) and base.__module__.partition(".")[0] == "urllib3"
    return type(f"Bounded{base.__name__}", (mixin, base), {}) if is_own else base


class _Pools(dict[Any, Any]):
    """The pools of a manager by their keys, without urllib3's lock, for the reason in `IdleConnections`.

    Args:
        maxsize: Number of pools to keep; the oldest is closed when there are more.
    """

    lock = nullcontext()

    def __init__(self, maxsize: int) -> None:
        super().__init__()
        self._maxsize = maxsize

    def __setitem__(self, key: Any, pool: Any) -> None:
        super().__setitem__(key, pool)
        for oldest in list(self)[: -self._maxsize]:
            self._close(oldest)

    def clear(self) -> None:
        for key in list(self):
            self._close(key)

    def _close(self, key: Any) -> None:
        pool = self.pop(key, None)
        if pool is not None:
            pool.close()


class Pools:
    """urllib3's pools for the current TLS and proxy settings of a configuration.

    Args:
        configuration: The settings.
        pools_size: Number of hosts to keep connections for.
        maxsize: Number of connections to keep for each; 0 for no limit.

    Attributes:
        settings_key: The value of `settings_key()` when the pools were created.
    """

    def __init__(self, configuration: Configuration, pools_size: int, maxsize: int | None) -> None:
        self._configuration = copy(configuration)
        self.settings_key = settings_key(configuration)
        self._managers: dict[tuple[str | None, bool], urllib3.PoolManager] = {}  # by proxy and whether TLS is used
        self._by_server: dict[str, urllib3.PoolManager] = {}
        self._direct: dict[str, Any] = {}  # pools of servers that are reached without a proxy
        self._options: dict[str, Any] = {
            "num_pools": pools_size,
            "maxsize": min((configuration.connection_pool_maxsize if maxsize is None else maxsize) or 0, _MAX_IDLE),
        }
        if not check_setting("verify_ssl", configuration.verify_ssl):
            warnings.warn("certificates are not verified: verify_ssl is off", InsecureRequestWarning, stacklevel=2)

    def route(self, url: str) -> tuple[Callable[..., Any], str]:
        """Return the function that sends requests for a URL, and the target to call it with.

        This is `PoolManager.request` and the URL. Without a proxy, and with an unchanged urllib3, it is `urlopen` of
        the pool and a path: to parse the URL and look up the pool takes a quarter of the time that urllib3 needs for a
        request.
        """
        scheme, _, rest = url.partition("//")
        authority, slash, target = rest.partition("/")
        server = f"{scheme}//{authority}"
        pool = self._direct.get(server)
        if pool is None or pool.pool is None:  # the manager closes the oldest pools
            manager = self.of(server)
            is_plain = type(manager) is urllib3.PoolManager and all(map(_is_of_urllib3, self.settings_key[2:5]))
            if not is_plain or "?" in authority or "#" in url:
                return manager.request, url
            pool = self._direct[server] = manager.connection_from_url(server)
        return pool.urlopen, slash + target

    def of(self, url: str) -> urllib3.PoolManager:
        """Return the manager for a URL; its proxy is looked up once for each server."""
        server: str = next(re.finditer("(?:[^/?#]*//)?[^/?#]*", url))[0]  # matches any text
        if server not in self._by_server:
            key = self._configuration.proxy or environment_proxy(server), server.lower().startswith("https:")
            if key not in self._managers:
                self._managers.setdefault(key, self._manager(*key))
            self._by_server[server] = self._managers[key]
        return self._by_server[server]

    def _manager(self, proxy: str | None, over_tls: bool) -> urllib3.PoolManager:
        settings = self._configuration
        options = {**self._options}
        if over_tls:
            options.update(tls_options(settings))
        manager = proxy_manager(proxy, settings, options) if proxy else urllib3.PoolManager(**options)
        manager.pools = _Pools(options["num_pools"])  # type: ignore[assignment]
        manager.pool_classes_by_scheme = {
            scheme: _bounded(base, _POOLS[scheme]) for scheme, base in manager.pool_classes_by_scheme.items()
        }
        return manager

    def clear(self) -> None:
        """Close idle connections."""
        for manager in self._managers.values():
            manager.clear()
        self._direct.clear()


def settings_key(configuration: Configuration) -> tuple[Any, ...]:
    """Return a value that changes when pools must be created again."""
    # Tests and recorders replace classes and methods of urllib3, and put them back.
    manager = urllib3.PoolManager
    stand_ins = (manager, urllib3.ProxyManager, manager.request, manager.urlopen, manager.connection_from_host)
    return (*stand_ins, *configuration.transport_settings())


def _is_of_urllib3(function: Any) -> bool:
    """Say whether a function is defined in urllib3; a wrapper can copy its name, but not its globals."""
    return type(function) is FunctionType and str(function.__globals__["__name__"]).startswith("urllib3.")
