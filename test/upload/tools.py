"""Data to upload, and misbehaving servers."""

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

BYTES = os.urandom(1_000_000)  # random, so that no two parts are equal
HALF = len(BYTES) // 2
PATIENCE = 30  # seconds after which a test server closes a connection


class Pipe(io.RawIOBase):
    """A stream that cannot seek, and can block at its end until it is closed."""

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


class FunctionServer:
    """A server that handles each connection with a function of a test, until `over` is set."""

    def __init__(self, behave: Callable[[socket.socket, threading.Event], None]) -> None:
        self.over = threading.Event()
        self.connections = 0
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.02)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> FunctionServer:
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


def relay_to(address: str, seen: bytearray) -> FunctionServer:
    """Relay connections to a server, and record what its clients send."""
    host, _, port = address.rpartition(":")

    def behave(sock: socket.socket, over: threading.Event) -> None:
        with socket.create_connection((host, int(port))) as server:
            replies = threading.Thread(target=pump, args=(server, sock, bytearray()))
            replies.start()
            pump(sock, server, seen)
            replies.join()

    def pump(source: socket.socket, target: socket.socket, seen: bytearray) -> None:
        with contextlib.suppress(OSError):
            for data in iter(lambda: source.recv(65536), b""):
                seen += data
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    return FunctionServer(behave)


class ScriptedServer(FunctionServer):
    """An FTPS server whose commands a test can replace.

    Args:
        pem: File with its certificate and key.
        steps: Functions by command, called with the login and the argument. They return the reply, or None to run the
            normal step.

    Attributes:
        files: The bytes of each file by its name.
        commands: The commands of all clients.
    """

    def __init__(self, pem: str, **steps: Callable[[Login, str], str | None]) -> None:
        super().__init__(lambda sock, over: Login(self, sock).serve())
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self.steps = steps
        self.files: dict[str, bytes] = {}
        self.commands: list[str] = []

    def count(self, command: str) -> int:
        return sum(line.partition(" ")[0] == command for line in self.commands)


class Login:
    """One control channel of a scripted server."""

    def __init__(self, server: ScriptedServer, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.offset = 0
        self.listener: socket.socket | None = None

    def serve(self) -> None:
        try:
            self.say("220 Hello")
            for command, _, argument in iter(self.read, ("", "", "")):
                step = self.server.steps.get(command)
                reply = step(self, argument) if step else None
                self.say(getattr(self, f"do_{command.lower()}")(argument) if reply is None else reply)
                if command == "AUTH":
                    self.sock = self.server.context.wrap_socket(self.sock, server_side=True)
        finally:
            self.sock.close()
            if self.listener:
                self.listener.close()

    def say(self, reply: str | bytes) -> None:
        self.sock.sendall(reply if isinstance(reply, bytes) else f"{reply}\r\n".encode())

    def read(self) -> tuple[str, str, str]:
        line = b""
        while not line.endswith(b"\r\n"):
            byte = self.sock.recv(1)
            if not byte:
                return ("", "", "")
            line += byte
        text = line.decode().rstrip("\r\n")
        self.server.commands.append(text)
        return text.partition(" ")

    def listen(self) -> int:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        return self.listener.getsockname()[1]

    def receive(self) -> bytes:
        assert self.listener
        plain, _ = self.listener.accept()
        with self.server.context.wrap_socket(plain, server_side=True) as channel:
            return b"".join(iter(lambda: channel.recv(65536), b""))

    def do_auth(self, _: str) -> str:
        return "234 Go ahead"

    def do_user(self, _: str) -> str:
        return "331 And the password?"

    def ok(self, _: str) -> str:
        return "200 Fine"

    do_pass = do_pbsz = do_prot = do_type = do_cwd = do_quit = ok

    def do_rest(self, argument: str) -> str:
        self.offset = int(argument)
        return "350 Go ahead"

    def do_size(self, name: str) -> str:
        return f"213 {len(self.server.files[name])}" if name in self.server.files else "550 Not there"

    def do_pasv(self, _: str) -> str:
        port = self.listen()
        return f"227 Here (127,0,0,1,{port // 256},{port % 256})"

    def do_stor(self, name: str) -> str:
        offset, self.offset = self.offset, 0
        self.server.files[name] = self.server.files.get(name, b"")[:offset]
        self.say("150 Go ahead")
        self.server.files[name] += self.receive()
        return "226 Thanks"

    def do_dele(self, name: str) -> str:
        del self.server.files[name]
        return "250 Gone"
