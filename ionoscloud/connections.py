"""Connections that end in time: urllib3 pools with our TLS and proxy settings, and a deadline for whole calls."""

from __future__ import annotations

import http.client
import io
import math
import os
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, InsecureRequestWarning, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from ionoscloud.exceptions import ApiValueError

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration


class _Call(threading.local):
    """The call that a thread is about: when it has to be over, on the monotonic clock, and what an answer may weigh.

    `answering` is true once it waits for an answer.
    """

    deadline = math.inf
    size_limit = math.inf
    answering = False


_call = _Call()


@contextmanager
def bounds(deadline: float, size_limit: float) -> Generator[_Call]:
    """Let every connection that this thread uses meanwhile fail once the deadline is over or so much has come in.

    Args:
        deadline: A moment on the monotonic clock.
        size_limit: Bytes of an answer as it comes, with all its headers and whatever else there is.
    """
    _call.deadline, _call.size_limit, _call.answering = deadline, size_limit, False
    try:
        yield _call
    finally:
        _call.deadline = _call.size_limit = math.inf


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket; a read timeout alone would let a server that drips bytes keep a caller for ever."""

    def __init__(self, sock: socket.socket) -> None:
        self.ended = False
        self._size = 0
        self._sock = sock
        self._file: Any = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._file.fileno())

    def readinto(self, buffer: Any) -> Any:
        remaining = _call.deadline - time.monotonic()
        if remaining <= 0:
            raise socket.timeout("the call took longer than its total timeout")
        timeout = self._sock.gettimeout()
        if timeout is None or timeout > remaining:
            self._sock.settimeout(None if remaining == math.inf else remaining)
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

    def begin(self) -> None:
        super().begin()
        if self._source.reader.ended:  # http.client takes that for the end of the headers
            raise http.client.IncompleteRead(b"")


def look_up(host: str, port: int, timeout: float) -> list[tuple[str, int]]:
    """Return the addresses of a host, looked up in a thread, since nothing can interrupt a look-up.

    Args:
        host: A name or an address.
        port: The port that goes with each address.
        timeout: Seconds to wait at most.

    Raises:
        OSError: The name cannot be looked up; `socket.timeout` when it took too long.
    """
    try:
        return [(str(ip_address(host.strip("[]"))), port)]
    except ValueError:
        pass
    found: list[Any] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error if isinstance(error, OSError) else OSError(str(error)))

    thread = threading.Thread(target=ask, name=f"look up {host}", daemon=True)
    thread.start()
    thread.join(timeout)
    if not found:
        raise socket.timeout(f"looking up {host} took too long")
    if isinstance(found[0], OSError):
        raise found[0]
    return [entry[4][:2] for entry in found]


class _Timed:
    """A connection of urllib3 whose name look-up and whose reading end in time, too."""

    response_class: Any = _Answer
    _dns_host: str
    port: int
    timeout: Any

    def _new_conn(self) -> socket.socket:
        host, port = self._dns_host, self.port
        problem: Exception | None = None
        try:
            for address in self._addresses(host, port):
                self._dns_host, self.port = address
                self.timeout = self._time_left()
                try:
                    connection: socket.socket = super()._new_conn()  # type: ignore[misc]
                    return connection
                except (ConnectTimeoutError, NewConnectionError) as error:
                    problem = error
        finally:
            self._dns_host, self.port = host, port
        raise problem or NewConnectionError(self, f"{host} has no address")  # type: ignore[arg-type]

    def _time_left(self) -> float:
        remaining = min(self.timeout or math.inf, _call.deadline - time.monotonic(), threading.TIMEOUT_MAX)
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
    pass


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


def pool_manager(configuration: Configuration, pools_size: int, maxsize: int | None) -> urllib3.PoolManager:
    """Return urllib3's pools for the TLS and proxy settings of a configuration.

    Args:
        configuration: The settings.
        pools_size: For how many hosts connections are kept.
        maxsize: How many connections are kept for each; 0 for as many as there were at the same time.
    """
    options: dict[str, Any] = {
        "num_pools": pools_size,
        "maxsize": (configuration.connection_pool_maxsize if maxsize is None else maxsize) or 0,
        "cert_reqs": ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE,
        "ssl_context": ssl_context(configuration),
    }
    if configuration.assert_hostname is not None:
        options["assert_hostname"] = configuration.assert_hostname
    if configuration.fingerprint:
        options["assert_fingerprint"] = configuration.fingerprint
    if not configuration.verify_ssl:
        warnings.warn("certificates are not verified: verify_ssl is off", InsecureRequestWarning, stacklevel=2)
    proxy = configuration.proxy or _proxy_of_environment(configuration.host)
    manager = _proxy_manager(proxy, configuration, options) if proxy else urllib3.PoolManager(**options)
    pools: dict[str, Any] = {"http": _HTTPPool, "https": _HTTPSPool}
    manager.pool_classes_by_scheme = pools
    return manager


def ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """Return what a configuration trusts, shows and at least asks for. urllib3 decides on host names by itself."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context.load_verify_locations, ssl_ca_cert=configuration.ssl_ca_cert or certifi.where())
    if configuration.cert_file:
        _load(context.load_cert_chain, cert_file=configuration.cert_file, key_file=configuration.key_file)
    return context


def _load(load: Callable[..., object], **files: str | None) -> None:
    culprit = ""
    try:
        for name, path in files.items():
            culprit = f"{name} {path!r}"
            if path is not None:
                open(os.fspath(path), "rb").close()  # OpenSSL would not say which of them it cannot read
        culprit = ", ".join(f"{name} {path!r}" for name, path in files.items())
        load(*files.values())
    except (OSError, TypeError, ValueError) as error:
        raise ApiValueError(f"{culprit} cannot be used: {error}") from error


def is_loopback(host: str | None) -> bool:
    """Say whether the host is this machine, so that nothing goes over a network."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def _proxy_of_environment(host: str) -> str | None:
    """Return the proxy that `HTTPS_PROXY` (or `HTTP_PROXY`) names for the host.

    There is none for this machine itself, which no proxy can reach, and for what `NO_PROXY` exempts.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    # Seldom needed, and slow to import.
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    proxies = getproxies_environment()
    parts = urlsplit(host)
    exempt = is_loopback(parts.hostname) or proxy_bypass_environment(parts.netloc, proxies)
    return None if exempt else proxies.get(parts.scheme)


def _proxy_manager(proxy: str, configuration: Configuration, options: dict[str, Any]) -> urllib3.ProxyManager:
    url = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = urlsplit(url)
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        headers = {**urllib3.make_headers(proxy_basic_auth=credentials), **(configuration.proxy_headers or {})}
        return urllib3.ProxyManager(url, proxy_headers=headers, **options)
    except (HTTPError, ValueError, AssertionError):
        # Neither the URL nor the cause is shown: both hold the credentials.
        raise ApiValueError("proxy must be a URL such as http://host:3128 or http://user:password@host:3128") from None
