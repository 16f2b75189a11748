"""The API client: turn operations and arguments into requests, and responses into models."""

from __future__ import annotations

import atexit
import os
import re
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ionoscloud import _waiting
from ionoscloud._argument_errors import ApiTypeError, ApiValueError, did_you_mean
from ionoscloud._call_options import OPTION_NAMES, Unpack, Wait
from ionoscloud._checks import check_setting
from ionoscloud._headers import checked_headers, find_header
from ionoscloud._json import DecodeError, to_json
from ionoscloud._legacy.client import LegacyClient
from ionoscloud._logs import logger
from ionoscloud._models.base import Collection, Model
from ionoscloud._models.json import (
    NO_CHECKS,
    REQUIRED,
    VALUES,
    check_body,
    check_type,
    from_json,
    save_file,
    to_wire,
    validate,
    without_older_fields,
)
from ionoscloud._operation import JSON, Operation
from ionoscloud._polling import RequestPolls
from ionoscloud._query_params import encode_pairs, query_pairs, with_query
from ionoscloud._redaction import SAFE_HEADERS, describe_value
from ionoscloud._secret_types import SecretBytes, SecretStr, wrap_secrets
from ionoscloud._tracebacks import clear_locals, without_locals
from ionoscloud._transport.client import RESTClientObject, RESTResponse
from ionoscloud._transport.deadline import limits_of
from ionoscloud._transport.proxies import is_loopback, parse_proxy
from ionoscloud._transport.request import Request
from ionoscloud.configuration import ACCOUNT_SETTINGS, BASIC, TOKEN, Configuration
from ionoscloud.exceptions import ApiException
from ionoscloud.version import __version__

if TYPE_CHECKING:
    from multiprocessing.pool import ThreadPool

    from typing_extensions import Self

    from ionoscloud._settings import ClientSettings, Settings
else:
    Settings = ClientSettings = dict[str, Any]  # only for `typing.get_type_hints`


class ApiClient(LegacyClient):
    """Client of the API, which all API classes use. Threads can share a client.

    Args:
        configuration: Settings; default a copy of the default configuration.
        header_name: Name of a header to send with every request.
        header_value: Its value.
        cookie: Value of the `Cookie` header.
        pool_threads: Number of calls with `async_req` that run at the same time; default 1, `None` for one per
            processor.
        settings: Settings of `Configuration` by their names, such as `token` and `timeout`, instead of a configuration.
            The others are those of the default configuration.

    Use it as a context manager, or call `close()`, to close its connections. When the program exits, it waits for calls
    that still run in threads.
    """

    _origin: ApiClient | None = None  # the client that a view shares connections and threads with
    _shares_polls = False

    @without_locals
    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | bytes | int | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
        **settings: Unpack[ClientSettings],
    ) -> None:
        if configuration is None:
            configuration = _configuration_of(settings)
        elif not hasattr(configuration, "auth_settings"):
            raise ApiTypeError(
                "configuration must be a Configuration, such as Configuration(token=...), not"
                f" {type(configuration).__name__}; settings can also be given by name, as in ApiClient(token=...)"
            )
        elif settings:
            name = next(iter(settings))
            raise ApiTypeError(
                f"{name} cannot be combined with configuration: set it in the configuration,"
                f" or use client.with_options({name}=...)"
            )
        self.configuration = configuration
        self.default_headers: dict[str, Any] = {}
        if header_name is not None:
            self.set_default_header(header_name, "" if header_value is None else header_value)
        self.cookie = cookie
        self.pool_threads = pool_threads
        self._start()
        self.user_agent = _default_user_agent(self.configuration)

    def _start(self) -> None:
        self._created: dict[str, Any] = {}
        self._rest_client: RESTClientObject | None = None
        self._pool: ThreadPool | None = None
        self._last_response: Any = None
        self._polls: dict[str, RequestPolls] = {}
        self._pid = os.getpid()  # set last: other threads of a forked process then do not use the state of the parent

    def __getstate__(self) -> dict[str, Any]:
        # A copy creates its own connections and threads.
        shared = ("_pid", "_created", "_rest_client", "_pool", "_last_response", "_polls", "_origin")
        return {name: value for name, value in vars(self).items() if name not in shared}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and stop threads. Calls in threads still complete, and later calls open new connections.

        Connections and threads that a client from `with_options` shares with its original stay open.
        """
        self._reset_after_fork()
        if self._pool:
            self._pool.close()
            self._created.pop("pool", None)
            self._pool = None
        if self._rest_client and self._rest_client is not self._created.get("source"):
            self._rest_client.close()

    @without_locals
    def with_options(self, **options: Unpack[Settings]) -> Self:
        """Return a client with other settings that shares the connections of this one.

        Use it for calls that need, for example, another contract or timeout:
        `ServerApi(client.with_options(contract_number=31000002, timeout=5))`. This is cheap, and does not change this
        client.

        The new client also shares the threads for `async_req`, the retry budget and the polls of waits. It starts with
        the other settings, the headers and the cookie that this client has at the time; later changes of one do not
        affect the other. With other TLS or proxy settings it has its own connections. New credentials replace all of
        this client's, except that a new password keeps the user name. Closing the new client leaves shared connections
        and threads open; closing this one closes them for both.

        Args:
            options: Settings of `Configuration` by their names. `api_version` also changes a default host.

        Raises:
            ApiAttributeError: A setting has an unknown name.
            ApiTypeError: A setting has the wrong type.
            ApiValueError: A setting is invalid, or the program has replaced a method on this object, such as
                `call_api`, whose replacement would use the settings of this client.
        """
        view = type(self).__new__(type(self))
        for name, value in ApiClient.__getstate__(self).items():
            if callable(value) and hasattr(type(self), name):
                raise ApiValueError(
                    f"with_options cannot apply settings to {name}, which was replaced on this object: override it in a"
                    " subclass of ApiClient"
                )
            vars(view)[name] = value
        view._start()
        view._origin = self
        view._shares_polls = not options.keys() & ACCOUNT_SETTINGS
        view.configuration = self.configuration._with(options)
        view.default_headers = {**self.default_headers}
        if "contract_number" in options:  # a default header would take precedence
            view.default_headers.pop(find_header(view.default_headers, "X-Contract-Number"), None)
        if "application" in options:
            view.user_agent = _default_user_agent(view.configuration)
        return view

    # Pool and transport are created without a lock: an exception from a signal handler could leave it locked. If two
    # threads create one at the same time, both use the first.

    @property
    def pool(self) -> ThreadPool:
        """The threads for calls with `async_req`, started on first use."""
        if self._origin is not None:
            return self._origin.pool
        self._reset_after_fork()
        pool = self._pool
        if pool is None:
            from multiprocessing.pool import ThreadPool  # rarely needed, and slow to import

            try:
                own = ThreadPool(check_setting("pool_threads", self.pool_threads))
            except RuntimeError as error:
                if "daemon" not in str(error):
                    raise
                raise ApiValueError("async_req needs daemon threads, which this subinterpreter forbids") from error
            pool = self._pool = self._created.setdefault("pool", own)
            if pool is own:
                weakref.finalize(self, own.close).atexit = False
                _wait_at_exit(own)
            else:
                own.close()
        return pool

    @property
    def _request_polls(self) -> dict[str, RequestPolls]:
        """The polls of the waits that run now, by contract."""
        if self._origin is not None and self._shares_polls:
            return self._origin._request_polls
        self._reset_after_fork()
        return self._polls

    @property
    def rest_client(self) -> RESTClientObject:
        """The transport, created on first use."""
        self._reset_after_fork()
        rest_client = self._rest_client
        if self._origin is not None:
            rest_client = self._rest_client = self._follow(self._origin.rest_client)
        if rest_client is None:
            own = RESTClientObject(self.configuration)
            rest_client = self._rest_client = self._created.setdefault("rest_client", own)
        elif getattr(
            rest_client, "configuration", self.configuration
        ) is not self.configuration and rest_client is not self._created.get("source"):
            rest_client.configuration = self.configuration  # a program has replaced it
        return rest_client

    @rest_client.setter
    def rest_client(self, value: Any) -> None:
        self._rest_client = value
        self._created.pop("source", None)

    def _follow(self, source: Any) -> Any:
        """Return the transport of a view: one that shares connections with a source, unless the program has set one.

        A program can also replace the source, or its pool manager, by a recorder. The view then uses the new one.
        """
        before = self._created.get("source"), self._created.get("manager")
        now = source, getattr(source, "_own_manager", None)
        if self._rest_client is not None and (before[0] is None or (before[0] is now[0] and before[1] is now[1])):
            return self._rest_client
        self._created["source"], self._created["manager"] = now
        if not isinstance(source, RESTClientObject):
            return source
        return source.with_configuration(self.configuration, is_other_account=not self._shares_polls)

    def _reset_after_fork(self) -> None:
        # After a fork, connections and threads belong to the parent.
        if self._pid != os.getpid():
            self._start()

    @property
    def user_agent(self) -> str:
        """The whole `User-Agent` header. To only add the name of a program, use `Configuration.application`."""
        user_agent: str = self.default_headers["User-Agent"]
        return user_agent

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = value

    def set_default_header(self, header_name: str, header_value: str | bytes | int) -> None:
        """Set a header to send with every request that does not set it itself."""
        self.default_headers[find_header(self.default_headers, header_name)] = header_value

    def call(self, operation: Operation[Any], arguments: Sequence[Any], body: Any, options: Mapping[str, Any]) -> Any:
        """Call an operation. The methods of the API classes use this.

        Args:
            operation: The operation.
            arguments: A value for each parameter, in order; `None` for a missing one.
            body: A model, a dict, or `None` if the operation has no body.
            options: See `CallOptions`.

        Returns:
            `(data, status, headers)`, or the part of it that the options select.

        Raises:
            ApiTypeError: An argument has the wrong type or an unknown name.
            ApiValueError: An argument is invalid, or there are no credentials.
            ApiException: The API rejected the call, or the call failed.
        """
        request: Request | None = None
        try:
            version = self.configuration.api_version
            operation, body = operation.in_version(version, arguments, body)
            if len(operation.body_types) > 1 and isinstance(body, Model):
                body = without_older_fields(body, *operation.body_types)
            if "filters" in options:
                from ionoscloud._filters import with_filters  # rarely needed

                arguments, options = with_filters(operation, arguments, options, version)
            request = self._encode(operation, arguments, body, options, version)
            overridden = self._overrides_call()
            if "_wait" in options:
                from ionoscloud._changes import wait_option  # not needed by programs that only read

                if wait := wait_option(options["_wait"], operation):
                    return self._change(operation, arguments, body, request, options, wait, overridden)
            if overridden:
                return self._call_overridden(operation, arguments, body, request, options)
            if options.get("query_params") or options.get("_request_auth"):
                options = {**options, "query_params": None, "_request_auth": wrap_secrets(options.get("_request_auth"))}
            if options.get("async_req"):
                return self._start_exchange(request, options)
            return self._exchange(request, options)
        except BaseException as error:
            # As `without_locals`, which would add a frame to each call.
            arguments = body = options = request = None  # type: ignore[assignment]
            clear_locals(error)
            raise

    def _encode(
        self, operation: Operation[Any], arguments: Sequence[Any], body: Any, options: Mapping[str, Any], version: int
    ) -> Request:
        """Return the request of a call. The configuration later adds host, default headers and credentials."""
        for name in options:
            if name not in OPTION_NAMES:
                known = [*OPTION_NAMES, operation.body_name, *(parameter.name for parameter in operation.parameters)]
                hint = did_you_mean(name, known)
                raise ApiTypeError(f"{operation.name}() got an unexpected keyword argument {name!r}{hint}")
        target, others = operation.encode(arguments, version)
        query, headers = others["query"], dict(others["header"])
        if options.get("query_params"):
            query = query + query_pairs(options["query_params"], operation.name)
        target = with_query(target, query)
        response_type = options.get("response_type") or operation.response_type
        if options.get("response_type"):
            check_type(response_type)
        headers["Accept"] = operation.accept  # also without a response type, because errors are JSON
        content: bytes | str | None = None
        if body is not None or (operation.body_name and operation.body_required):
            content = self._encode_body(operation, body, version)
        elif others["form"]:
            content = SecretStr(encode_pairs(others["form"]))
        if content is not None or operation.content_type != JSON:  # a form without fields is still a form
            headers["Content-Type"] = operation.content_type
        is_streamed = not options.get("_preload_content", True)
        return Request(operation.name, operation.method, target, headers, content, is_streamed, response_type, version)

    def _encode_body(self, operation: Operation[Any], body: Any, version: int) -> bytes:
        if body is None:
            raise ApiValueError(f"{operation.name}: {operation.body_name} is required, but None was given")
        if not isinstance(body, (Model, dict)):
            raise ApiTypeError(
                f"{operation.name}: {operation.body_name} must be {operation.body_type} or a dict,"
                f" not {type(body).__name__}"
            )
        where = f"{operation.name}: {operation.body_name}"
        disabled = self.configuration.disabled_client_side_validations
        checks = REQUIRED if operation.method == "POST" and not operation.attaches else VALUES
        if disabled:
            is_off = "type" in disabled or "minimum" in disabled
            checks = NO_CHECKS if is_off else VALUES if "required" in disabled else checks
        if isinstance(body, Model):
            if self.configuration.client_side_validation:
                partial = operation.method == "PATCH" or operation.attaches
                keywords = disabled.split(",")
                validate(body, operation.body_types, partial=partial, version=version, disabled=keywords, where=where)
            elif checks and type(body).__name__ not in operation.body_types:
                check_body(body, operation.body_types, where)
        content = to_wire(body, version=version, type_name=operation.body_type, checks=checks, where=where)
        if isinstance(body, Model) and not operation.attaches:
            content.pop("id", None)  # the path has the id; deeper in the body, an id names another resource
        return SecretBytes(to_json(content))

    def _change(
        self,
        operation: Operation[Any],
        arguments: Sequence[Any],
        body: Any,
        request: Request,
        options: Mapping[str, Any],
        wait: Wait,
        overridden: bool,
    ) -> Any:
        """Send a change and wait until it is done, in a thread if the options have `async_req`."""
        from ionoscloud._changes import send_and_wait

        if request.is_streamed:
            raise ApiTypeError(f"{operation.name}: _wait needs the decoded response, so _preload_content must be True")
        is_async = options.get("async_req")
        options = {**options, "async_req": None, "_request_auth": wrap_secrets(options.get("_request_auth"))}
        alone = {**options, "_return_http_data_only": None}
        if overridden:
            send = partial(self._call_overridden, operation, arguments, body, request, alone)
        else:
            send = partial(self._exchange, request, alone, self.configuration.host)
        change = partial(send_and_wait, self, send, operation, arguments, options, wait)
        return self._in_thread(change) if is_async else change()

    def _start_exchange(
        self,
        request: Request,
        options: Mapping[str, Any],
        host: str | None = None,
        send: Callable[[Request], Any] | None = None,
    ) -> Any:
        """Run `_exchange`, in a thread if the options have `async_req`."""
        if not options.get("async_req"):
            return self._exchange(request, options, host, send)
        # The host of now, because the request is encoded for its version.
        return self._in_thread(self._exchange, request, options, host or self.configuration.host, send)

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        from contextvars import copy_context  # slow to import

        # Created in the caller's thread: OpenSSL crashes if the program exits while another thread initializes it.
        _ = self.rest_client
        # Tracing tools store the parent of a call in the context of the caller.
        return self.pool.apply_async(copy_context().run, (without_locals(function), *arguments))

    def _exchange(
        self,
        request: Request,
        options: Mapping[str, Any],
        host: str | None = None,
        send: Callable[[Request], Any] | None = None,
    ) -> Any:
        """Complete a request, send it, and return the result that the options select.

        Args:
            request: A request whose URL is a path.
            options: See `CallOptions`.
            host: URL of the API; default the configured one.
            send: Function that sends the request instead of the transport.
        """
        configuration = self.configuration
        host = host or configuration.host
        if configuration.allow_http is not True and _is_cleartext(host, configuration.proxy):
            way = " through the configured proxy" if configuration.proxy else ""
            raise ApiValueError(
                f"credentials would be sent unencrypted to {host}{way}: use https, or set Configuration.allow_http"
            )
        folder = configuration.temp_folder_path
        if request.response_type == "file" and folder and not os.path.isdir(folder):
            raise ApiValueError(f"temp_folder_path must be a directory, not {describe_value(folder)}")
        headers = self._with_defaults(request.headers)
        extra: list[tuple[str, Any]] = []  # query parameters that an override adds, as it could in 5.0.x
        self.update_params_for_auth(headers, extra, [TOKEN, BASIC], options.get("_request_auth"))
        operation, method, target, _, content, is_streamed, response_type, version = request
        url, headers = with_query(host + target, extra), checked_headers(headers)
        request = Request(operation, method, url, headers, content, is_streamed, response_type, version)
        if send is None:
            limits = limits_of(configuration, options.get("_request_timeout"), options.get("_total_timeout"))
            response: Any = self.rest_client.send(request, limits)
            if request.is_streamed:
                return response.urllib3_response
        else:
            response = send(request)
            if not isinstance(response, RESTResponse):
                return response
        self._last_response = response
        data = self._decode(response, response_type, url, method, version)
        if issubclass(type(data), Collection):
            _log_if_cut_off(data, operation, url)
        return data if options.get("_return_http_data_only") else (data, response.status, response.headers)

    def _decode(
        self,
        response: RESTResponse,
        response_type: str | type | None,
        url: str,
        method: str,
        version: int | None = None,
    ) -> Any:
        if response_type == "file":
            return save_file(response.data, response.headers, self.configuration.temp_folder_path)
        try:
            configuration = self.configuration
            keep_unknown = not configuration.discard_unknown_keys
            return from_json(response.data, response_type, keep_unknown, version or configuration.api_version)
        except DecodeError as error:
            secrets = response.secrets() if isinstance(response, RESTResponse) else []
            reason = f"{response.reason}, but {error}"
            raise ApiException.from_response(response, url, method, secrets, reason=reason) from error

    @without_locals
    def update_params_for_auth(
        self,
        headers: dict[str, str],
        querys: Any,
        auth_settings: Sequence[str] | None,
        request_auth: Mapping[str, Any] | None = None,
    ) -> None:
        """Put credentials into the headers.

        Args:
            headers: The headers of a request, which are changed.
            querys: Not used: credentials never go into a URL.
            auth_settings: The authentication schemes of the operation; empty for a request without credentials.
            request_auth: Credentials for this request, which take precedence over the configured ones.

        Raises:
            ApiTypeError: `request_auth` is not a dict with the keys `in`, `key` and `value`.
            ApiValueError: There are no credentials, or they would go into the URL.
        """
        if not auth_settings:
            return
        if request_auth and not (isinstance(request_auth, Mapping) and {"in", "key", "value"} <= {*request_auth}):
            raise ApiTypeError("_request_auth must be a dict with the keys 'in', 'key' and 'value'")
        given = {auth_settings[0]: dict(request_auth)} if request_auth else None
        settings = given or self.configuration.auth_settings()
        setting = next((settings[scheme] for scheme in auth_settings if scheme in settings), None)
        if setting is None or not setting.get("value"):
            if find_header(headers, "Authorization") in headers:
                return
            raise ApiValueError(
                "no credentials: set Configuration.token, or username and password"
                " (or in the environment IONOS_TOKEN, or IONOS_USERNAME and IONOS_PASSWORD),"
                " or use Configuration.from_profile() for a profile of ionosctl"
            )
        if setting.get("in") not in ("header", "cookie"):
            raise ApiValueError("_request_auth['in'] must be 'header' or 'cookie': a URL must not contain credentials")
        headers[find_header(headers, "Cookie" if setting["in"] == "cookie" else setting["key"])] = setting["value"]

    wait_for_completion = without_locals(_waiting.wait_for_completion)
    wait_until = without_locals(_waiting.wait_until)
    wait_for = staticmethod(_waiting.wait_for)

    def _with_defaults(self, headers: Mapping[str, str]) -> dict[str, str]:
        own: dict[str, Any] = {"Accept-Encoding": "gzip, deflate"}
        if self.cookie:
            if not isinstance(self.cookie, (str, bytes)):
                raise ApiTypeError(f"cookie must be a str, not {type(self.cookie).__name__}")
            own["Cookie"] = self.cookie
        if self.configuration.contract_number is not None:
            own["X-Contract-Number"] = str(self.configuration.contract_number)
        result: dict[str, str] = {}
        given: set[str] = set()
        for some in (headers, self.default_headers, own):
            for name, value in some.items():
                lower = str(name).lower()
                if lower not in given:
                    given.add(lower)
                    result[name] = value if lower in SAFE_HEADERS else wrap_secrets(value)
        return result


def _log_if_cut_off(data: Collection[Any], operation: str | None, url: str) -> None:
    """Log that more items follow, unless the call has set the number of items."""
    # `call_api` has no method that `iterate` could call.
    if not operation or " " in operation or not data._is_cut_off() or _HAS_LIMIT.search(url):
        return
    if getattr(data, "limit", None) is None and getattr(data, "links", None) is None:
        rest = "the API has no further pages of this list; use filters to get the others"
    else:
        rest = f"get all with ionoscloud.iterate(api.{operation}, ...)"
    logger.info("%s returned %d items, the size of a page, so there may be more: %s", operation, len(data), rest)


def _configuration_of(settings: Mapping[str, Any]) -> Configuration:
    """Return the default configuration, with other settings if there are any."""
    if not settings:
        return Configuration.get_default_copy()
    if Configuration._default is None:
        return Configuration(**settings)
    return Configuration.get_default_copy()._with(settings)


def _default_user_agent(configuration: Configuration) -> str:
    own = f"ionos-cloud-sdk-python/{__version__}"
    return f"{configuration.application} {own}" if configuration.application else own


_HAS_LIMIT = re.compile("[?&](limit|maxResults)=")
_pools: weakref.WeakKeyDictionary[ThreadPool, int] = weakref.WeakKeyDictionary()  # with their process ids


def _wait_at_exit(pool: ThreadPool) -> None:
    """Make the program wait for the calls of a pool before it exits, so that no change is lost.

    Deadlines limit the wait. Without it, Python would stop the daemon threads of the pool, and drop its queue.
    """
    _pools[pool] = os.getpid()
    atexit.unregister(_wait_for_pools)  # runs before the handler of `multiprocessing`, which drops the queues
    atexit.register(_wait_for_pools)


def _wait_for_pools() -> None:
    for pool, pid in [*_pools.items()]:
        if pid == os.getpid():  # after a fork, the threads belong to the parent
            pool.close()
            pool.join()


@lru_cache(maxsize=64)
def _is_cleartext(url: str, proxy: str | None) -> bool:
    """Return whether requests to a URL cross a network unencrypted, to the server or to the proxy."""
    if urlsplit(url).scheme == "https":
        return False
    return not is_loopback(urlsplit(url).hostname) or bool(proxy and not is_loopback(parse_proxy(proxy).host))
