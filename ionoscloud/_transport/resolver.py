"""Name look-ups that end in time."""

from __future__ import annotations

import _thread
import os
import socket
from ipaddress import ip_address
from typing import Any


def look_up(host: str, port: int, timeout: float) -> list[tuple[str, int]]:
    """Return the addresses of a host.

    Nothing can interrupt `getaddrinfo`, so that it runs in a thread of its own and the caller stops waiting for it.

    Args:
        host: A name or an address.
        port: The port that goes with each address.
        timeout: Seconds to wait at most.

    Raises:
        OSError: The name cannot be looked up; `socket.timeout` when it took too long.
    """
    try:
        return [(str(ip_address(host.strip("[]"))), port)]
    except ValueError:
        pass
    look_up = _LookUp.of(host, port)
    if not look_up.wait(timeout):
        raise socket.timeout(f"looking up {host} took too long")
    if look_up.problem:
        raise look_up.problem
    return look_up.addresses


class _LookUp:
    """A look-up in a thread; every caller that needs the same name at the same time shares it.

    Neither `threading.Thread` nor `threading.Event` is used: both take locks in Python code, and an exception from a
    signal handler (Ctrl-C) at the wrong moment would leave one taken for good.
    """

    _pending: dict[tuple[int, str, int], _LookUp] = {}

    def __init__(self, key: tuple[int, str, int]) -> None:
        self.key = key
        self.started = self.done = False
        self.addresses: list[Any] = []
        self.problem: OSError | None = None
        self._waiting: list[_thread.LockType] = []

    @classmethod
    def of(cls, host: str, port: int) -> _LookUp:
        """Return the look-up of a name that is under way, or start one."""
        key = (os.getpid(), host, port)  # a forked process does not have the threads of its parent
        look_up = cls._pending.setdefault(key, cls(key))
        if not look_up.started:  # one that was interrupted before it started is started by the next caller
            look_up.start()
        return look_up

    def start(self) -> None:
        # An isolated subinterpreter (Python 3.12+) must not end while a thread of its own is still running.
        threads_allowed = getattr(_thread, "daemon_threads_allowed", lambda: True)
        try:
            if threads_allowed():
                _thread.start_new_thread(self.run, ())
                self.started = True
                return
        except RuntimeError:  # there are too many threads, or the program is about to end
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
            for gate in self._waiting:
                gate.release()

    def wait(self, timeout: float) -> bool:
        """Wait until the look-up is done; False when it takes longer than so many seconds."""
        gate = _thread.allocate_lock()
        gate.acquire()
        self._waiting.append(gate)
        # Done is set before the gates are opened: a gate that comes too late to be opened sees it.
        return self.done or gate.acquire(timeout=min(timeout, _thread.TIMEOUT_MAX))
