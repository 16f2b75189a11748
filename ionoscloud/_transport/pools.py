"""Pools of connections for the TLS and proxy settings of a configuration.

Mixins are added to the classes of urllib3 when a pool is created. Classes that a recorder or a test has substituted
are not changed.
"""

from __future__ import annotations

import queue
import re
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext
from copy import copy
from functools import lru_cache
from types import FunctionType
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.exceptions import InsecureRequestWarning

from ionoscloud._checks import check_setting
from ionoscloud._transport.connections import BoundedConnection
from ionoscloud._transport.proxies import environment_proxy, proxy_manager
from ionoscloud._transport.tls import tls_options

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration

_MAX_IDLE = 10_000  # urllib3 fills the queue of a new pool with placeholders


class IdleConnections:
    """The queue of a pool, last in, first out, without a lock.

    The queue of urllib3 has a lock in Python code. An exception from a signal handler (Ctrl-C, a time limit of a task)
    at the wrong moment would leave it locked, and every later call would hang.
    https://docs.python.org/3/library/signal.html#note-on-signal-handlers-and-exceptions
    """

    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = maxsize
        self.queue: deque[Any] = deque()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if 0 < self.maxsize <= len(self.queue):
            raise queue.Full
        if item is None or item not in self.queue:  # an interrupt can put a connection back twice
            self.queue.append(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        try:
            return self.queue.pop()
        except IndexError:
            raise queue.Empty from None

    def qsize(self) -> int:
        return len(self.queue)

    def empty(self) -> bool:
        return not self.queue


class _BoundedPool:
    """A pool of urllib3 with bounded connections, which does not keep a connection with leftovers."""

    QueueCls = IdleConnections

    @property
    def ConnectionCls(self) -> Any:
        """The class of connections, looked up each time because recorders replace it in urllib3's pool."""
        parent: Any = super()
        base: Any = parent.ConnectionCls
        if base.__module__ == "urllib3.contrib.socks":
            from ionoscloud._transport.socks import BoundedSocksConnection

            return _bounded(base, BoundedSocksConnection)
        return _bounded(base, BoundedConnection)

    def _put_conn(self, conn: Any) -> None:
        if not getattr(conn, "can_be_reused", True):
            conn.close()
        super()._put_conn(conn)  # type: ignore[misc]


class _BoundedHTTPPool(_BoundedPool):
    def __init__(
        self, *args: Any, assert_hostname: object = None, assert_fingerprint: object = None, **options: Any
    ) -> None:
        # urllib3 2.6 would pass TLS options to connections without TLS, which do not accept them.
        super().__init__(*args, **options)


class _BoundedHTTPSPool(_BoundedPool):
    def _validate_conn(self, conn: Any) -> None:
        # Like the method of urllib3, but without its warning for each request: `Pools` warns once.
        if conn.sock is None:
            conn.connect()


_POOLS = {"http": _BoundedHTTPPool, "https": _BoundedHTTPSPool}


@lru_cache(maxsize=32)
def _bounded(base: Any, mixin: type) -> Any:
    """Return a class of urllib3 with a mixin; return any other class unchanged."""
    is_own = isinstance(base, type) and base.__module__.partition(".")[0] == "urllib3"
    return type(f"Bounded{base.__name__}", (mixin, base), {}) if is_own else base


class _Pools(dict[Any, Any]):
    """The pools of a manager by their keys, without urllib3's lock, for the reason in `IdleConnections`.

    Args:
        maxsize: Number of pools to keep; the oldest is closed when there are more.
    """

    lock = nullcontext()

    def __init__(self, maxsize: int) -> None:
        super().__init__()
        self._maxsize = maxsize

    def __setitem__(self, key: Any, pool: Any) -> None:
        # If two threads create the pool of a server at the same time, both use the connections of the first.
        pool.pool = self.setdefault(key, pool).pool
        for oldest in list(self)[: -self._maxsize]:
            self._close(oldest)

    def clear(self) -> None:
        for key in list(self):
            self._close(key)

    def _close(self, key: Any) -> None:
        pool = self.pop(key, None)
        if pool is not None:
            pool.close()


class Pools:
    """urllib3's pools for the current TLS and proxy settings of a configuration.

    Args:
        configuration: The settings.
        pools_size: Number of hosts to keep connections for.
        maxsize: Number of connections to keep for each; 0 for no limit.

    Attributes:
        settings_key: The value of `settings_key()` when the pools were created.
    """

    def __init__(self, configuration: Configuration, pools_size: int, maxsize: int | None) -> None:
        self._configuration = copy(configuration)
        self.settings_key = settings_key(configuration)
        self._managers: dict[tuple[str | None, bool], urllib3.PoolManager] = {}  # by proxy and whether TLS is used
        self._by_server: dict[str, urllib3.PoolManager] = {}
        self._direct: dict[str, Any] = {}  # pools of servers that are reached without a proxy
        self._options: dict[str, Any] = {
            "num_pools": pools_size,
            "maxsize": min((configuration.connection_pool_maxsize if maxsize is None else maxsize) or 0, _MAX_IDLE),
        }
        if not check_setting("verify_ssl", configuration.verify_ssl):
            warnings.warn("certificates are not verified: verify_ssl is off", InsecureRequestWarning, stacklevel=2)

    def route(self, url: str) -> tuple[Callable[..., Any], str]:
        """Return the function that sends requests for a URL, and the target to call it with.

        Without a proxy and with an unpatched urllib3, these are `urlopen` of the pool and the path, because parsing the
        URL and looking up the pool take a quarter of the time that urllib3 needs for a request. Otherwise, they are
        `PoolManager.request` and the URL.
        """
        scheme, _, rest = url.partition("//")
        authority, _, target = rest.partition("/")
        server = f"{scheme}//{authority}"
        pool = self._direct.get(server)
        if pool is None or pool.pool is None:  # the manager closes the oldest pools
            manager = self.manager_for(server)
            is_plain = type(manager) is urllib3.PoolManager and all(map(_is_from_urllib3, _sending_methods()))
            if not is_plain or "?" in authority or "#" in url:
                return manager.request, url
            pool = self._direct[server] = manager.connection_from_url(server)
        return pool.urlopen, f"/{target}"  # with the slash, urllib3 does not compare the host again

    def manager_for(self, url: str) -> urllib3.PoolManager:
        """Return the manager for a URL. The proxy is looked up once for each server."""
        server: str = next(re.finditer("(?:[^/?#]*//)?[^/?#]*", url))[0]  # matches any text
        if server not in self._by_server:
            key = self._configuration.proxy or environment_proxy(server), server.lower().startswith("https:")
            if key not in self._managers:
                self._managers.setdefault(key, self._manager(*key))
            self._by_server[server] = self._managers[key]
        return self._by_server[server]

    def _manager(self, proxy: str | None, over_tls: bool) -> urllib3.PoolManager:
        settings = self._configuration
        options = {**self._options}
        if over_tls:
            options.update(tls_options(settings))
        manager = proxy_manager(proxy, settings, options) if proxy else urllib3.PoolManager(**options)
        manager.pools = _Pools(options["num_pools"])  # type: ignore[assignment]
        manager.pool_classes_by_scheme = {
            scheme: _bounded(base, _POOLS[scheme]) for scheme, base in manager.pool_classes_by_scheme.items()
        }
        return manager

    def clear(self) -> None:
        """Close idle connections."""
        for manager in self._managers.values():
            manager.clear()
        for pool in self._direct.values():
            pool.close()
        self._direct.clear()


def settings_key(configuration: Configuration) -> tuple[Any, ...]:
    """Return a value that changes when the pools must be replaced."""
    # Tests and recorders replace classes and methods of urllib3, and put them back.
    return urllib3.PoolManager, urllib3.ProxyManager, *_sending_methods(), *configuration.transport_settings()


def _sending_methods() -> tuple[Any, ...]:
    """Return the methods of `PoolManager` that a request without a proxy skips."""
    manager = urllib3.PoolManager
    return manager.request, manager.urlopen, manager.connection_from_host


def _is_from_urllib3(function: Any) -> bool:
    """Return whether a function is defined in urllib3. A wrapper can copy its name, but not its globals."""
    return type(function) is FunctionType and str(function.__globals__["__name__"]).startswith("urllib3.")
