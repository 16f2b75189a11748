"""The deadline of an upload. It cuts the connections of the upload."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
from collections.abc import Generator

from ionoscloud import _clock
from ionoscloud._transport.deadline import seconds_until


class Deadline:
    """Deadline of an upload. `cancel` cuts its connections, at the deadline or earlier.

    Socket timeouts alone do not help against a server that keeps sending single bytes.

    This class uses locks only: a signal that interrupts a `threading.Event` can leave it locked for all other threads.

    Args:
        seconds: Time limit in seconds; `None` for no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self._gate = threading.Lock()  # locked until `cancel`
        self._gate.acquire()
        self._seconds = seconds
        self._end = math.inf if seconds is None else _clock.monotonic() + seconds
        self._cancelled = False
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()

    def __str__(self) -> str:
        return "it was cancelled" if self._cancelled else f"it took longer than {self._seconds:g} s"

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed or the upload was cancelled."""
        return self._end <= _clock.monotonic()

    def left(self, longest: float = math.inf) -> float:
        """Return the seconds that an operation may take.

        Args:
            longest: Its own limit in seconds.

        Raises:
            socket.timeout: The deadline has expired.
        """
        return seconds_until(self._end, longest, self)

    def remaining(self, grace: float = 0) -> float:
        """Return the seconds until `grace` seconds after the deadline; at least 0, and no more than a lock can wait."""
        return min(max(self._end + grace - _clock.monotonic(), 0), threading.TIMEOUT_MAX)

    def wait(self, seconds: float) -> bool:
        """Wait for some seconds, or until the deadline; return whether it has expired."""
        if self._gate.acquire(timeout=min(seconds, self.remaining())):
            self._open_gate()
        return self.expired

    @contextlib.contextmanager
    def watching(self, sock: socket.socket) -> Generator[None]:
        """Context manager in which `cancel` cuts this connection."""
        try:
            self.watch(sock)
            yield
        finally:
            self.unwatch(sock)

    def watch(self, sock: socket.socket) -> None:
        """Make `cancel` cut this connection, too."""
        with self._lock:
            self._sockets.add(sock)
        self.left()  # checked last: from now on `cancel` finds the connection

    def unwatch(self, sock: socket.socket | None) -> None:
        """Exclude this connection from `cancel`. Call this before closing the socket, whose number may be reused."""
        with self._lock:
            self._sockets.discard(sock)

    def cancel(self) -> None:
        """Expire now and cut all connections."""
        now = _clock.monotonic()
        self._cancelled = self._cancelled or now < self._end
        self._end = min(self._end, now)
        self._open_gate()
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    # Not SSLSocket.shutdown, after which another thread could continue in clear text.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _open_gate(self) -> None:
        with contextlib.suppress(RuntimeError):  # already open
            self._gate.release()
