"""Connections of urllib3 with deadlines, and with guards against responses of another call."""

from __future__ import annotations

import _socket
import http.client
import io
import math
import socket
import ssl
from collections.abc import Callable, Iterator
from traceback import clear_frames
from typing import Any

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.ssltransport import SSLTransport

from ionoscloud._transport.deadline import current, seconds_left
from ionoscloud._transport.resolver import look_up

_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # in a handshake; which one depends on the version of Python


class BoundedSocket:
    """A socket or TLS layer whose operations end at the deadline of the call that the thread is making.

    The timeout of a plain socket restarts with each piece: a peer that drips bytes could block a caller for hours.
    https://github.com/urllib3/urllib3/issues/1271

    Args:
        sock: The socket or TLS layer that reads and writes.

    Attributes:
        has_leftovers: Whether the peer sent bytes after the last response.
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
            # `ssl` calls this while two sockets share a file descriptor. After an error, both would close it.
            return 0.001
        seconds: float = self._sock.gettimeout()
        return seconds

    def limit(self) -> None:
        """Limit the next operation to the remaining time of the call.

        Raises:
            socket.timeout: The deadline of the call has passed.
        """
        timeout = seconds_left(self._timeout)
        if timeout != self._sock.gettimeout():  # setting it is a system call, reading it is not
            self._sock.settimeout(timeout)

    def recv(self, *args: Any) -> Any:
        self.limit()
        return self._sock.recv(*args)

    def recv_into(self, *args: Any) -> Any:
        self.limit()
        return self._sock.recv_into(*args)

    def sendall(self, data: Any) -> None:
        if not isinstance(self._sock, _socket.socket):  # TLS in TLS, whose outer socket is bounded, or a test double
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
            raise http.client.HTTPException("the response exceeds the size limit")
        return size

    def close(self) -> None:
        self._file.close()
        super().close()


class _ResponseFile(io.BufferedReader):
    """The buffer between a socket and a response. It detects bytes after the end of the response."""

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

        http.client only skips 100. It returns a 103 as the response, and the actual response to the next request.
        https://github.com/urllib3/urllib3/pull/3319, https://www.rfc-editor.org/rfc/rfc9110.html#section-15.2
        """
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == 101:
                raise http.client.HTTPException("the server switched to another protocol")
            if not 100 <= status < 200:
                return version, status, reason  # pyright: ignore[reportUnknownVariableType]
            http.client._read_headers(self.fp)  # type: ignore[attr-defined]

    def begin(self) -> None:
        super().begin()
        # http.client treats the end of the connection as the end of the headers, which may be truncated.
        # https://www.rfc-editor.org/rfc/rfc9112.html#section-8
        if self._reader.at_end:
            raise http.client.IncompleteRead(b"")


class BoundedConnection:
    """A connection of urllib3 whose name lookup, handshakes, reads and writes end at the deadline of the call.

    Every failure before the connection is ready counts as a failure to connect, including failures of proxies and TLS:
    no byte of the request was sent, so it can be retried.
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
            clear_frames(error.__traceback__)  # in older Python versions, they keep the response of the proxy open
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

        Otherwise the next request could get these bytes as its response.
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
