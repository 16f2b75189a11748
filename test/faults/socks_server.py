"""A SOCKS5 proxy on a real socket that records the targets of its clients."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import socketserver
import threading
import time
from typing import Any

PATIENCE = 30  # seconds to wait for a silent client or server
NO_LOGIN, LOGIN, REJECTED = 0, 2, 255


class SocksServer(socketserver.ThreadingTCPServer):
    """A proxy that runs in a thread as a context manager.

    Args:
        login: Required user name and password, or `None` for an open proxy.
        pause: Seconds before each byte of its negotiation.

    Attributes:
        targets: Host, as sent by the client, and port of each connection.
    """

    daemon_threads = True

    def __init__(self, login: tuple[str, str] | None = None, pause: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.login = login
        self.pause = pause
        self.targets: list[tuple[bytes, int]] = []
        self.port: int = self.server_address[1]

    def __enter__(self) -> SocksServer:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: disconnecting clients are part of the tests."""


class _Handler(socketserver.StreamRequestHandler):
    server: SocksServer
    timeout = PATIENCE

    def handle(self) -> None:
        _, count = self.rfile.read(2)
        offered = self.rfile.read(count)
        wanted = LOGIN if self.server.login else NO_LOGIN
        self._send(bytes([5, wanted if wanted in offered else REJECTED]))
        if wanted not in offered or (wanted == LOGIN and not self._is_authenticated()):
            return
        *_, kind = self.rfile.read(4)
        size = {1: 4, 4: 16}.get(kind) or self.rfile.read(1)[0]
        host = self.rfile.read(size)
        if kind in (1, 4):
            host = str(ipaddress.ip_address(host)).encode()
        port = int.from_bytes(self.rfile.read(2), "big")
        self.server.targets.append((host, port))
        with socket.create_connection((host.decode(), port), PATIENCE) as upstream:
            self._send(b"\5\0\0\1" + bytes(6))
            threading.Thread(target=_copy, args=(upstream, self.request), daemon=True).start()
            _copy(self.request, upstream)

    def _send(self, data: bytes) -> None:
        for byte in data if self.server.pause else ():
            time.sleep(self.server.pause)
            self.request.sendall(bytes([byte]))
        if not self.server.pause:
            self.request.sendall(data)

    def _is_authenticated(self) -> bool:
        self.rfile.read(1)
        given = tuple(self.rfile.read(self.rfile.read(1)[0]).decode() for _ in range(2))
        right = given == self.server.login
        self._send(bytes([1, 0 if right else 1]))
        return right


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):  # also if the source was reset
        target.shutdown(socket.SHUT_WR)
