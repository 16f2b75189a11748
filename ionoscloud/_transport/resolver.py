"""Look up host names with a timeout.

`getaddrinfo` has no timeout and cannot be interrupted: https://github.com/urllib3/urllib3/issues/1334
"""

from __future__ import annotations

import _thread
import os
import socket
from contextlib import suppress
from ipaddress import ip_address
from typing import Any


def look_up(host: str, port: int, timeout: float) -> list[tuple[str, int]]:
    """Return the addresses of a host, each with the port.

    `getaddrinfo` runs in its own thread, and the caller stops waiting after the timeout.

    Args:
        host: A name or an address.
        port: The port.
        timeout: Maximum seconds to wait.

    Raises:
        OSError: The name cannot be looked up; `socket.timeout` if that takes too long.
    """
    try:
        return [(str(ip_address(host.strip("[]"))), port)]
    except ValueError:
        pass
    pending = _LookUp.shared(host, port)
    if not pending.wait(timeout):
        raise socket.timeout(f"looking up {host} took too long")
    if pending.problem:
        raise pending.problem
    return pending.addresses


class _LookUp:
    """A lookup in a thread, shared by all callers that need the same name at the same time.

    This avoids `threading.Thread` and `threading.Event`: both hold locks in Python code, and an exception from a signal
    handler (Ctrl-C) at the wrong moment would leave one locked.
    https://docs.python.org/3/library/signal.html#note-on-signal-handlers-and-exceptions
    """

    _pending: dict[tuple[int, str, int], _LookUp] = {}

    def __init__(self, key: tuple[int, str, int]) -> None:
        self.key = key
        self.started = self.done = False
        self.addresses: list[Any] = []
        self.problem: OSError | None = None
        self._waiting: list[_thread.LockType] = []

    @classmethod
    def shared(cls, host: str, port: int) -> _LookUp:
        """Return the pending lookup of a name, or start one."""
        key = (os.getpid(), host, port)  # a forked process does not have the threads of its parent
        look_up = cls._pending.setdefault(key, cls(key))
        if not look_up.started:  # also if an interrupt hit the first caller before it could start the lookup
            look_up.start()
        return look_up

    def start(self) -> None:
        # An isolated subinterpreter (Python 3.12+) must not end while one of its threads is still running.
        threads_allowed = getattr(_thread, "daemon_threads_allowed", lambda: True)
        try:
            if threads_allowed():
                _thread.start_new_thread(self.run, ())
                self.started = True
                return
        except RuntimeError:  # too many threads, or the interpreter is shutting down
            pass
        self.run()

    def run(self) -> None:
        try:
            found = socket.getaddrinfo(self.key[1], self.key[2], 0, socket.SOCK_STREAM)
            self.addresses = [entry[4][:2] for entry in found]
        except OSError as error:
            self.problem = error
        except UnicodeError as error:
            self.problem = OSError(str(error))
        finally:
            self._pending.pop(self.key, None)
            self.done = True
            # Two callers can start the same lookup at the same time. `pop` is atomic, so each gate opens only once.
            with suppress(IndexError):
                while True:
                    self._waiting.pop().release()

    def wait(self, timeout: float) -> bool:
        """Wait until the lookup is done; return False after the timeout."""
        gate = _thread.allocate_lock()
        gate.acquire()
        self._waiting.append(gate)
        # `run` sets `done` before it releases the gates, so a gate that was added too late sees it.
        return self.done or gate.acquire(timeout=min(timeout, _thread.TIMEOUT_MAX))
