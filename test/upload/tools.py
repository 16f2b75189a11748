"""What the tests upload, and servers that are none."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

BYTES = os.urandom(1_000_000)  # of which no part looks like another
PATIENCE = 30  # seconds after which a server gives up on a client


class Pipe(io.RawIOBase):
    """A stream that can only be read on; after so many bytes it waits until it is closed."""

    def __init__(self, data: bytes = BYTES, stops: bool = False) -> None:
        self._data = io.BytesIO(data)
        self._stops = stops
        self._end = threading.Event()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self._data.readinto(buffer)
        if not size and self._stops:
            self._end.wait(PATIENCE)
        return size

    def close(self) -> None:
        self._end.set()
        super().close()


def fingerprint(pem: str, digest: str = "sha256") -> str:
    """Return the fingerprint of the first certificate in a file."""
    start, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    certificate = start + Path(pem).read_text().partition(start)[2].partition(end)[0] + end
    return hashlib.new(digest, ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()


class Impostor:
    """Listens, and does with each connection what a test says; `over` is set when that has to end."""

    def __init__(self, behave: Callable[[socket.socket, threading.Event], None]) -> None:
        self.over = threading.Event()
        self.connections = 0
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.02)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Impostor:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listener.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            with contextlib.suppress(socket.timeout):
                sock, _ = self._listener.accept()
                self.connections += 1
                self._threads.append(threading.Thread(target=self._serve, args=(sock,), daemon=True))
                self._threads[-1].start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            sock.settimeout(PATIENCE)
            self._behave(sock, self.over)


def relay_to(address: str, seen: bytearray) -> Impostor:
    """Pass everything on to a server, and note what its clients say."""
    host, _, port = address.rpartition(":")

    def behave(sock: socket.socket, over: threading.Event) -> None:
        with socket.create_connection((host, int(port))) as server:
            answers = threading.Thread(target=pump, args=(server, sock, bytearray()))
            answers.start()
            pump(sock, server, seen)
            answers.join()

    def pump(source: socket.socket, target: socket.socket, seen: bytearray) -> None:
        with contextlib.suppress(OSError):
            for data in iter(lambda: source.recv(65536), b""):
                seen += data
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    return Impostor(behave)
