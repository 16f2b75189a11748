"""The HTTP side: connections that stay open, threads, TLS.

Werkzeug's own server closes the connection after every answer and waits 10 ms before it does; clients that pool
connections, which this emulator is made for, would never meet a pooled one.
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
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any, cast

from werkzeug.datastructures import Headers
from werkzeug.serving import DechunkedInput

from ionoscloud.emulator.messages import ApiError, HttpAnswer, HttpRequest


class Handler(BaseHTTPRequestHandler):
    """Reads requests from a connection and writes the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # the base class looks for one method per verb
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        try:
            body = self._body()
        except (ValueError, OSError):
            self.send_error(400, "The length of the body is not clear")
            return
        headers = Headers([(name, re.sub(r"\s*[\r\n]+\s*", " ", str(value))) for name, value in self.headers.items()])
        answer = self.server.answer(HttpRequest(self.command, self.path, headers, body))
        if (answer.delay and self.server.stopped.wait(answer.delay)) or answer.lost:
            self._break()
        else:
            self._write(answer)

    def _body(self) -> bytes:
        """The whole body: what is left unread would be taken for the next request."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return DechunkedInput(cast(IO[bytes], self.rfile)).read()
        length = int(self.headers.get("Content-Length", "0"))
        if length < 0:
            raise ValueError(length)
        return self.rfile.read(length)

    def _break(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, answer: HttpAnswer) -> None:
        body = answer.body()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "ionoscloud-emulator"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuses what is not HTTP; the base class calls it too."""
        if not hasattr(self, "command"):
            self.command = ""
        answer = ApiError(code, *([message] if message else [])).answer()
        answer.headers["Connection"] = "close"
        self._write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: what was asked for is in `requests_seen`."""


class Server(ThreadingHTTPServer):
    """Serves in daemon threads from its creation until `stop`, which sets `stopped`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        host: str,
        port: int,
        answer: Callable[[HttpRequest], HttpAnswer],
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self.answer = answer
        self.stopped = threading.Event()
        self._ssl_context = ssl_context
        self._connections: set[socket.socket] = set()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)
        self._wakes, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="CloudEmulator")
        self._thread.start()

    def _serve(self) -> None:
        """Not `serve_forever`, which polls: `stop` would have to wait for it."""
        with selectors.DefaultSelector() as selector:
            for each in (self.socket, self._woken):
                selector.register(each, selectors.EVENT_READ)
            while not self.stopped.is_set():
                selector.select()
                if not self.stopped.is_set():
                    self._handle_request_noblock()

    def stop(self) -> None:
        """Stops listening and cuts the open connections, which would be served on otherwise."""
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
        socketserver.TCPServer.server_bind(self)  # not HTTPServer's: it looks the host's name up, which can take long

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._ssl_context:
            # The handshake happens at the first read, in the connection's own thread.
            connection = self._ssl_context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that went away or does not trust us is no error
            super().handle_error(request, client_address)
