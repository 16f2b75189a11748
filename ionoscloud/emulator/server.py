"""Serve HTTP: persistent connections, threads, TLS.

Werkzeug's own server closes the connection after each response. Clients would never reuse one from their pool.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from werkzeug.datastructures import Headers

from ionoscloud.emulator.messages import ApiError, HttpRequest, HttpResponse

MAX_BODY_SIZE = 2**20  # bytes; bodies of the API have a few thousand
MAX_LINE_LENGTH = 2**13  # bytes; the line with the size of a chunk, or a trailer
MAX_TRAILERS = 100
MAX_DISCARDED = 2**26  # bytes of a request that are read and discarded after an error
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")  # its size, and an extension, which is ignored
CORS = {f"Access-Control-{name}": "*" for name in ("Allow-Origin", "Allow-Methods", "Allow-Headers", "Expose-Headers")}


class Handler(BaseHTTPRequestHandler):
    """Reads requests from a connection and writes the responses."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # the base class calls a method for each HTTP method
            return self._respond
        raise AttributeError(name)

    def _respond(self) -> None:
        try:
            body = self._body()
        except ApiError as error:
            self._reject(error)
            return
        headers = Headers([(name, re.sub(r"\s*[\r\n]+\s*", " ", str(value))) for name, value in self.headers.items()])
        response = self.server.respond(HttpRequest(self.command, self.path, headers, body))
        if (response.delay and self.server.stopped.wait(response.delay)) or response.dropped:
            self._break()
        else:
            self._write(response)

    def _body(self) -> bytes:
        """Read the whole body. Otherwise, the server would parse an unread rest as the next request."""
        encodings = [str(value).strip().lower() for value in self.headers.get_all("Transfer-Encoding", [])]
        lengths = {str(value).strip() for value in self.headers.get_all("Content-Length", [])}
        if encodings and lengths:
            raise ApiError(400, "The body has both Transfer-Encoding and Content-Length")
        if encodings and encodings != ["chunked"]:
            raise ApiError(501, f"Transfer-Encoding {', '.join(encodings)!r} is not supported")
        if encodings:
            return b"".join(self._chunks())
        if len(lengths) > 1 or not all(re.fullmatch("[0-9]{1,18}", length) for length in lengths):
            raise ApiError(400, "The length of the body is ambiguous")
        return self._exactly(int(lengths.pop()) if lengths else 0)

    def _chunks(self) -> Iterator[bytes]:
        """Read the content of each chunk. Werkzeug's `DechunkedInput` rejects extensions and trailers."""
        size = 0
        while True:
            head = CHUNK.fullmatch(self._line())
            if head is None:
                raise ApiError(400, "A chunk of the body does not begin with its size")
            length = int(head[1], 16)
            if length == 0:
                break
            yield self._exactly(length, size)
            size += length
            if self._line().strip(b"\r\n"):
                raise ApiError(400, "A chunk of the body is longer than its size")
        for _ in range(MAX_TRAILERS):
            if not self._line().strip(b"\r\n"):
                return
        raise ApiError(400, f"The body has more than {MAX_TRAILERS} trailers")

    def _line(self) -> bytes:
        line = self.rfile.readline(MAX_LINE_LENGTH)
        if not line.endswith(b"\n"):
            raise ApiError(400, "A line between the chunks of the body is too long or not terminated")
        return line

    def _exactly(self, length: int, before: int = 0) -> bytes:
        """Read `length` bytes of the body, after the `before` bytes that were read already."""
        if before + length > MAX_BODY_SIZE:
            raise ApiError(413, f"The body has more than {MAX_BODY_SIZE} bytes")
        data = self.rfile.read(length)
        if len(data) < length:
            raise ApiError(400, "The body ends before its length")
        return data

    def _reject(self, error: ApiError) -> None:
        """Write an error, read and discard the rest of the request, and close the connection.

        A client can lose the response if the connection is closed while data is unread.
        """
        response = error.response()
        response.headers["Connection"] = "close"
        self._write(response)
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            unread = MAX_DISCARDED
            while unread > 0 and (data := self.connection.recv(2**16)):
                unread -= len(data)

    def _break(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, response: HttpResponse) -> None:
        body = b"" if response.status == 204 else response.body()
        about = {} if response.status == 204 else {"Content-Length": str(len(body))}
        if about and response.media_type:
            about["Content-Type"] = response.media_type
        self.send_response(response.status)
        for name, value in {**CORS, **response.headers, **about}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "ionoscloud-emulator"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Reject a request that is not HTTP. The base class calls this method, too."""
        if not hasattr(self, "command"):
            self.command = ""
        self._reject(ApiError(code, *([message] if message else [])))

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing. `requests_seen` has the requests."""


class Server(ThreadingHTTPServer):
    """Serves in daemon threads from its creation until `stop`, which sets `stopped`."""

    daemon_threads = True
    request_queue_size = 128
    timeout = 0  # of `handle_request`, which is called when there is a connection

    def __init__(
        self,
        host: str,
        port: int,
        respond: Callable[[HttpRequest], HttpResponse],
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self.respond = respond
        self.stopped = threading.Event()
        self._ssl_context = ssl_context
        self._connections: set[socket.socket] = set()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)
        self._wakes, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="CloudEmulator")
        self._thread.start()

    def _serve(self) -> None:
        """Serve without `serve_forever`: it polls, and `stop` would have to wait for it."""
        with selectors.DefaultSelector() as selector:
            for each in (self.socket, self._woken):
                selector.register(each, selectors.EVENT_READ)
            while not self.stopped.is_set():
                selector.select()
                if not self.stopped.is_set():
                    self.handle_request()

    def stop(self) -> None:
        """Stop listening, and close the open connections."""
        self.stopped.set()
        self._wakes.send(b"x")
        self._thread.join()
        for connection in tuple(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._wakes.close()
        self._woken.close()

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # that of HTTPServer looks up the host name, which can be slow

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._ssl_context:
            # The handshake is part of the first read, in the thread of the connection.
            connection = self._ssl_context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # the client disconnected, or does not trust the certificate
            super().handle_error(request, client_address)
