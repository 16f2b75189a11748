"""A server on a real socket that follows the scripts of a test."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import Any

PATIENCE = 30  # seconds to wait for a client


class Exchange:
    """One connection, as seen by the server."""

    def __init__(self, server: FaultyServer, sock: Any) -> None:
        self.server = server
        self.sock = sock
        self.request = bytearray()  # the last one

    def receive(self) -> bytes:
        return self.sock.recv(65536)


Step = Callable[[Exchange], None]


def read(exchange: Exchange) -> None:
    """Read a request with its body; it is counted from its first byte."""
    request = bytearray()
    while b"\r\n\r\n" not in request:
        _count(exchange, request, exchange.receive())
    head, _, body = bytes(request).partition(b"\r\n\r\n")
    lengths = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = sum(lengths) - len(body)
    while missing > 0:
        missing -= len(_count(exchange, request, exchange.receive()))


def read_first_bytes(exchange: Exchange) -> None:
    """Wait for the first bytes of a request."""
    _count(exchange, bytearray(), exchange.receive())


def read_tls_greeting(exchange: Exchange) -> None:
    """Wait for the first bytes of a TLS handshake, which do not count as a request."""
    exchange.receive()


def _count(exchange: Exchange, request: bytearray, data: bytes) -> bytes:
    if not data:
        raise ConnectionError("the client is gone")
    if not request:
        exchange.server.requests.append(request)
        exchange.request = request
    request += data
    return data


def send(data: bytes | Callable[[FaultyServer], bytes]) -> Step:
    return lambda exchange: exchange.sock.sendall(data(exchange.server) if callable(data) else data)


def drip(data: bytes, seconds: float = 0.02) -> Step:
    """Send one byte at a time."""

    def step(exchange: Exchange) -> None:
        for byte in data:
            exchange.sock.sendall(bytes([byte]))
            if exchange.server.over.wait(seconds):
                return

    return step


def flood(data: bytes) -> Step:
    """Send the same bytes until the client closes the connection."""

    def step(exchange: Exchange) -> None:
        while not exchange.server.over.is_set():
            exchange.sock.sendall(data)

    return step


def stall(exchange: Exchange) -> None:
    """Do nothing until the end of the test."""
    exchange.server.over.wait(PATIENCE)


def await_close(exchange: Exchange) -> None:
    """Wait until the client closes the connection."""
    with contextlib.suppress(ConnectionError):
        while exchange.receive():
            pass
    exchange.server.closed.release()


def reset(exchange: Exchange) -> None:
    exchange.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class InnerTls:
    """TLS within the TLS of a connection, as seen by the server: the connection of a client behind an https proxy.

    Args:
        outer: The TLS of the connection.
        context: That of the inner one.
    """

    def __init__(self, outer: socket.socket, context: ssl.SSLContext) -> None:
        self.outer = outer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def do_handshake(self, write: Callable[[bytes], None] | None = None) -> None:
        self._do(self._tls.do_handshake, write=write or self.outer.sendall)

    def recv(self, size: int) -> bytes:
        data: bytes = self._do(self._tls.read, size, write=self.outer.sendall)
        return data

    def sendall(self, *records: bytes, write: Callable[[bytes], None] | None = None) -> None:
        """Send inner records, all within one outer record, or as `write` sends them."""
        for data in records:
            self._tls.write(data)
        (write or self.outer.sendall)(self._outgoing.read())

    def _do(self, action: Callable[..., Any], *args: Any, write: Callable[[bytes], None]) -> Any:
        while True:
            try:
                result = action(*args)
                write(self._outgoing.read())
                return result
            except ssl.SSLWantReadError:
                write(self._outgoing.read())
                data = self.outer.recv(65536)
                if not data:
                    raise ConnectionError("the client is gone") from None
                self._incoming.write(data)


def act_as_proxy(target: ssl.SSLContext, seconds: float = 0) -> Step:
    """Act as a proxy and as the TLS server behind it, with a delay before each byte of the handshake."""

    def step(exchange: Exchange) -> None:
        read(exchange)
        exchange.sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        inner = InnerTls(exchange.sock, target)
        slowly = Exchange(exchange.server, exchange.sock)
        inner.do_handshake((lambda data: drip(data, seconds)(slowly)) if seconds else None)
        exchange.sock = inner

    return step


class FaultyServer:
    """A server that runs the first script on its first connection, and so on; further connections get the last one.

    Args:
        scripts: The steps of each connection, which is closed after the last step.
        tls: Context to speak TLS with.

    Attributes:
        requests: The bytes of each request, also of incomplete ones.
        connections: Number of connections.
        closed: Released for each connection that `await_close` saw closed.
        over: Set when the test is over.
        other: Another server, for scripts that redirect a client.
    """

    other: FaultyServer

    def __init__(self, *scripts: tuple[Step, ...], tls: ssl.SSLContext | None = None) -> None:
        self.scripts = scripts
        self.requests: list[bytearray] = []
        self.connections = 0
        self.closed = threading.Semaphore(0)
        self.over = threading.Event()
        self._tls = tls
        self._last: Any = None
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def is_tls(self) -> bool:
        return self._tls is not None

    def url(self, host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}/v5"

    def __enter__(self) -> FaultyServer:
        return self

    def __exit__(self, *_: Any) -> None:
        """Run the scripts of all connections to their end, so that the counts are final."""
        self.over.set()
        with socket.socket() as last:
            last.bind(("127.0.0.1", 0))
            self._last = last.getsockname()
            last.connect(("127.0.0.1", self.port))
            self._threads[0].join(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            sock, address = self._listener.accept()
            if address == self._last:
                sock.close()
                return
            script = self.scripts[min(self.connections, len(self.scripts) - 1)]
            self.connections += 1
            self._start(self._run, sock, script)

    def _run(self, sock: socket.socket, script: tuple[Step, ...]) -> None:
        sock.settimeout(PATIENCE)
        sock.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # so that the bytes of a step arrive before the next step
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(lambda: sock.close())
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                try:
                    sock.do_handshake()
                except OSError:
                    # Closing at once could reset the connection before the client has read the alert.
                    sock = socket.socket(fileno=sock.detach())
                    sock.settimeout(PATIENCE)
                    script = (await_close,)
            exchange = Exchange(self, sock)
            for step in script:
                step(exchange)


def http_response(body: bytes = b"{}", status: str = "200 OK", length: int | None = None, **headers: str) -> bytes:
    """Return a response that closes the connection."""
    named = {"Connection": "close", "Content-Length": str(len(body) if length is None else length)}
    named.update((name.replace("_", "-"), value) for name, value in headers.items())
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %05d\r\n\r\n"


def respond(size: int = 0, then: bytes = b"") -> Step:
    """Send the requested response, padded to a size, and more bytes in the same write."""

    def step(exchange: Exchange) -> None:
        number = re.findall(rb"[?&]id=(\d+)", exchange.request)[0]
        body = b'{"id": "%s"}' % number
        body += b" " * (size - len(HEAD % 0) - len(body))
        exchange.sock.sendall(HEAD % len(body) + body + then)

    return step
