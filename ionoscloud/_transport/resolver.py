"""Name look-ups that end in time."""

from __future__ import annotations

import os
import socket
import threading
from ipaddress import ip_address
from typing import Any


def look_up(host: str, port: int, timeout: float) -> list[tuple[str, int]]:
    """Return the addresses of a host, looked up in a thread, since nothing can interrupt a look-up.

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
    if not look_up.over.wait(timeout):
        raise socket.timeout(f"looking up {host} took too long")
    if look_up.problem:
        raise look_up.problem
    return look_up.addresses


class _LookUp(threading.Thread):
    """Looks a name up in a thread, since nothing can interrupt a look-up; all that need it meanwhile share it."""

    _pending: dict[tuple[int, str, int], _LookUp] = {}

    def __init__(self, key: tuple[int, str, int]) -> None:
        super().__init__(name=f"look up {key[1]}", daemon=True)
        self.key = key
        self.over = threading.Event()
        self.addresses: list[Any] = []
        self.problem: OSError | None = None

    @classmethod
    def of(cls, host: str, port: int) -> _LookUp:
        """Return the look-up of a name that is under way, or start it."""
        own = cls((os.getpid(), host, port))  # a process does not have the threads of its parent
        look_up = cls._pending.setdefault(own.key, own)
        if look_up is own:
            try:
                own.start()
            except RuntimeError:  # there are too many threads, or the program is about to end
                own.run()
        return look_up

    def run(self) -> None:
        try:
            found = socket.getaddrinfo(self.key[1], self.key[2], 0, socket.SOCK_STREAM)
            self.addresses = [entry[4][:2] for entry in found]
        except OSError as error:
            self.problem = error
        except UnicodeError as error:
            self.problem = OSError(str(error))
        finally:
            del self._pending[self.key]
            self.over.set()
