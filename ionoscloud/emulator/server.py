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
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from werkzeug.datastructures import Headers

from ionoscloud.emulator.messages import ApiError, HttpAnswer, HttpRequest

LARGEST_BODY = 2**20  # bytes; a body of the API has some thousand
LONGEST_LINE = 2**13  # bytes of the size of a chunk or of a trailer
MOST_TRAILERS = 100
MOST_UNREAD = 2**26  # bytes that are thrown away after a refusal
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")  # its size, and an extension that means nothing
CORS = {f"Access-Control-{name}": "*" for name in ("Allow-Origin", "Allow-Methods", "Allow-Headers", "Expose-Headers")}


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
        except ApiError as error:
            self._refuse(error)
            return
        headers = Headers([(name, re.sub(r"\s*[\r\n]+\s*", " ", str(value))) for name, value in self.headers.items()])
        answer = self.server.answer(HttpRequest(self.command, self.path, headers, body))
        if (answer.delay and self.server.stopped.wait(answer.delay)) or answer.lost:
            self._break()
        else:
            self._write(answer)

    def _body(self) -> bytes:
        """The whole body: what is left unread would be taken for the next request."""
        encodings = [str(value).strip().lower() for value in self.headers.get_all("Transfer-Encoding", [])]
        lengths = {str(value).strip() for value in self.headers.get_all("Content-Length", [])}
        if encodings and lengths:
            raise ApiError(400, "The body has both Transfer-Encoding and Content-Length")
        if encodings and encodings != ["chunked"]:
            raise ApiError(501, f"Transfer-Encoding {', '.join(encodings)!r} is not supported")
        if encodings:
            return b"".join(self._chunks())
        if len(lengths) > 1 or not all(re.fullmatch("[0-9]{1,18}", length) for length in lengths):
            raise ApiError(400, "The length of the body is not clear")
        return self._exactly(int(lengths.pop()) if lengths else 0)

    def _chunks(self) -> Iterator[bytes]:
        """The content of each chunk. Werkzeug's `DechunkedInput` takes neither extensions nor trailers."""
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
        for _ in range(MOST_TRAILERS):
            if not self._line().strip(b"\r\n"):
                return
        raise ApiError(400, f"The body has more than {MOST_TRAILERS} trailers")

    def _line(self) -> bytes:
        line = self.rfile.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise ApiError(400, "A line between the chunks of the body does not end")
        return line

    def _exactly(self, length: int, before: int = 0) -> bytes:
        """So many bytes of the body, of which some came before."""
        if before + length > LARGEST_BODY:
            raise ApiError(413, f"The body has more than {LARGEST_BODY} bytes")
        data = self.rfile.read(length)
        if len(data) < length:
            raise ApiError(400, "The body ends before its length")
        return data

    def _refuse(self, error: ApiError) -> None:
        """Writes an error, and ends the connection once the client has sent what it wants to send.

        If it were closed with something unread, the client could lose the response.
        """
        answer = error.answer()
        answer.headers["Connection"] = "close"
        self._write(answer)
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            unread = MOST_UNREAD
            while unread > 0 and (data := self.connection.recv(2**16)):
                unread -= len(data)

    def _break(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, answer: HttpAnswer) -> None:
        body = b"" if answer.status == 204 else answer.body()
        about = {} if answer.status == 204 else {"Content-Type": "application/json", "Content-Length": str(len(body))}
        self.send_response(answer.status)
        for name, value in {**CORS, **answer.headers, **about}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "ionoscloud-emulator"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuses what is not HTTP; the base class calls it too."""
        if not hasattr(self, "command"):
            self.command = ""
        self._refuse(ApiError(code, *([message] if message else [])))

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: what was asked for is in `requests_seen`."""


class Server(ThreadingHTTPServer):
    """Serves in daemon threads from its creation until `stop`, which sets `stopped`."""

    daemon_threads = True
    request_queue_size = 128
    timeout = 0  # of `handle_request`, which is called when there is one

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
                    self.handle_request()

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
