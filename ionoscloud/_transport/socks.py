"""Add deadlines to connections through SOCKS proxies. Needs PySocks, from the extra `socks`."""

from __future__ import annotations

import socket
from typing import Any

import socks  # type: ignore[import-untyped]
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from ionoscloud._transport.connections import BoundedConnection, BoundedSocket
from ionoscloud._transport.deadline import seconds_left


class _NegotiatingSocket(socks.socksocket):  # type: ignore[misc]
    """A socket whose negotiation with the proxy ends at the deadline of the call."""

    step: float | None = None  # seconds for each step of the negotiation; None afterwards

    def recv_into(self, *args: Any) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._limit()
        size: int = super().recv_into(*args)
        return size

    def send(self, *args: Any) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._limit()
        size: int = super().send(*args)
        return size

    def _limit(self) -> None:
        if self.step is not None:
            socket.socket.settimeout(self, seconds_left(self.step))


class BoundedSocksConnection(BoundedConnection):
    """A connection of urllib3 through a SOCKS proxy that ends at the deadline of the call."""

    _socks_options: dict[str, Any]
    socket_options: Any
    host: str

    def _new_conn(self) -> BoundedSocket:
        options = self._socks_options
        target = self.host.strip("[]")
        if not options["rdns"]:  # the proxy gets an address instead of the name
            target = self._addresses(target, self.port)[0][0]
        problem: Exception | None = None
        for address in self._addresses(options["proxy_host"], options["proxy_port"] or 1080):
            try:
                return BoundedSocket(self._negotiate(address, target))
            except socks.ProxyError as error:
                problem = error.socket_err if isinstance(error.socket_err, Exception) else error
            except OSError as error:
                problem = error
        if isinstance(problem, socket.timeout):
            raise ConnectTimeoutError(self, f"connecting through the SOCKS proxy timed out: {problem}") from problem
        text = f"connecting through the SOCKS proxy failed: {problem}"
        raise NewConnectionError(self, text) from problem  # type: ignore[arg-type]

    def _negotiate(self, proxy: tuple[str, int], target: str) -> Any:
        options = self._socks_options
        sock = _NegotiatingSocket(socket.AF_INET6 if ":" in proxy[0] else socket.AF_INET)
        try:
            sock.step = self._time_left()
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(sock.step)
            credentials = options["username"], options["password"]
            sock.set_proxy(options["socks_version"], *proxy, options["rdns"], *credentials)
            sock.connect((target, self.port))
            sock.step = None
        except BaseException:
            sock.close()
            raise
        return sock
