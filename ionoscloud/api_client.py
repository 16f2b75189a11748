"""One call: an operation with its arguments becomes a request, and the answer becomes models."""

from __future__ import annotations

import atexit
import os
import re
import weakref
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Union
from urllib.parse import unquote, urlsplit

from ionoscloud import _waiting
from ionoscloud._checks import check_method, check_regular, checked, headers_as_text
from ionoscloud._models.base import Model
from ionoscloud._models.json import BadAnswer, check_type, from_json, save_file, to_wire, validate
from ionoscloud._operation import OPTION_NAMES, Operation, Parameter, utf8
from ionoscloud._redaction import SHOWN_HEADERS, hidden, hidden_headers, shown_value, without_locals
from ionoscloud._transport.client import RESTClientObject, RESTResponse, name_in
from ionoscloud._transport.proxies import is_loopback, parse_proxy
from ionoscloud.configuration import BASIC, TOKEN, Configuration, normalised_host
from ionoscloud.exceptions import ApiException, ApiTypeError, ApiValueError
from ionoscloud.version import __version__

if TYPE_CHECKING:
    from multiprocessing.pool import ThreadPool

    from ionoscloud._operation import Timeout

    ParameterValue = Union[str, float, date, Iterable[Any], None]
    Parameters = Union[Mapping[Any, ParameterValue], Sequence[tuple[Any, ParameterValue]], None]

JSON = "application/json"

_SEPARATORS = {"ssv": " ", "tsv": "\t", "pipes": "|"}


class _Request(NamedTuple):
    """A request before it has its credentials."""

    operation: str = ""
    method: str = ""
    path: str = ""
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = MappingProxyType({})
    body: Any = None
    form: Sequence[tuple[str, Any]] = ()
    answer_type: str | type | None = None
    host: str | None = None


class ApiClient:
    """Carries the calls of the API classes. One client can serve many threads.

    Args:
        configuration: Settings; default a copy of the default configuration.
        header_name: Name of a header to send with every request.
        header_value: Its value.
        cookie: Value of the `Cookie` header.
        pool_threads: How many calls with `async_req` run at the same time.

    Use it as a context manager, or call `close()`, to give its connections back. The program ends when the calls that
    run in threads have ended.
    """

    PRIMITIVE_TYPES = (float, bool, bytes, str, int)
    NATIVE_TYPES_MAPPING = {
        **{"int": int, "long": int, "float": float, "str": str, "bool": bool},
        **{"date": date, "datetime": datetime, "object": object},
    }

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | bytes | int | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
    ) -> None:
        if isinstance(configuration, (str, dict)):
            kind = type(configuration).__name__
            raise ApiTypeError(f"configuration must be a Configuration, such as Configuration(host), not {kind}")
        self.configuration = Configuration.get_default_copy() if configuration is None else configuration
        self.default_headers: dict[str, Any] = {}
        if header_name is not None:
            self.set_default_header(header_name, "" if header_value is None else header_value)
        self.cookie = cookie
        self.pool_threads = pool_threads
        self._start()
        own = f"ionos-cloud-sdk-python/{__version__}"
        application = self.configuration.application
        self.user_agent = f"{application} {own}" if application else own

    def _start(self) -> None:
        self._made: dict[str, Any] = {}
        self._rest_client: RESTClientObject | None = None
        self._pool: ThreadPool | None = None
        self._last_response: Any = None
        self._pid = os.getpid()  # the last, so that no thread of a new process takes the parent's for its own

    def __getstate__(self) -> dict[str, Any]:
        # A copy in another process opens its own connections and threads.
        shared = ("_pid", "_made", "_rest_client", "_pool", "_last_response")
        return {name: value for name, value in vars(self).items() if name not in shared}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections and threads back. Calls that run in threads still end; a new call connects anew."""
        self._leave_parent()
        if self._pool:
            self._pool.close()
            self._made.pop("pool", None)
            self._pool = None
        if self._rest_client:
            self._rest_client.close()

    # No lock is taken to make the pool or the transport: an exception from a signal handler could leave it taken. Two
    # threads may make one each at the same time; both then use the first one.

    @property
    def pool(self) -> ThreadPool:
        """The threads of the calls with `async_req`, started when first asked for."""
        self._leave_parent()
        pool = self._pool
        if pool is None:
            from multiprocessing.pool import ThreadPool  # seldom needed, and slow to import

            try:
                own = ThreadPool(checked("pool_threads", self.pool_threads))
            except RuntimeError as error:
                if "daemon" not in str(error):
                    raise
                raise ApiValueError("async_req needs daemon threads, which this subinterpreter forbids") from error
            pool = self._pool = self._made.setdefault("pool", own)
            if pool is own:
                weakref.finalize(self, own.close).atexit = False
                _end_at_exit(own)
            else:
                own.close()
        return pool

    @property
    def rest_client(self) -> RESTClientObject:
        """The transport, made at the first request."""
        self._leave_parent()
        rest_client = self._rest_client
        if rest_client is None:
            own = RESTClientObject(self.configuration)
            rest_client = self._rest_client = self._made.setdefault("rest_client", own)
        elif getattr(rest_client, "configuration", self.configuration) is not self.configuration:  # it was replaced
            rest_client.configuration = self.configuration
        return rest_client

    @rest_client.setter
    def rest_client(self, value: Any) -> None:
        self._rest_client = value

    @property
    def last_response(self) -> Any:
        """The last response that was read whole, of any thread, with its body as text, as in 5.0.x.

        `..._with_http_info` returns the status and the headers of its own call.
        """
        response = self._last_response
        if isinstance(response, RESTResponse) and isinstance(response.data, bytes):
            response = self._last_response = copy(response)  # the call that it belongs to reads bytes
            text: Any = response.data.decode("utf-8", "replace")
            response.data = text
        return response

    @last_response.setter
    def last_response(self, value: Any) -> None:
        self._last_response = value

    def _leave_parent(self) -> None:
        # After a fork the connections and threads are still the parent's.
        if self._pid != os.getpid():
            self._start()

    @property
    def user_agent(self) -> str:
        """The `User-Agent` header; name the program in `Configuration.application`, or set the whole of it here."""
        user_agent: str = self.default_headers["User-Agent"]
        return user_agent

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = value

    def set_default_header(self, header_name: str, header_value: str | bytes | int) -> None:
        """Send a header with every request that does not set it itself."""
        self.default_headers[name_in(self.default_headers, header_name)] = header_value

    @without_locals
    def call(self, operation: Operation[Any], arguments: Sequence[Any], body: Any, options: Mapping[str, Any]) -> Any:
        """Call an operation; this is what the methods of the API classes do.

        Args:
            operation: The operation.
            arguments: A value for each of its parameters, `None` for one that was not given.
            body: Its body: a model, a dict, or `None` when the operation has none.
            options: See `CallOptions`.

        Returns:
            `(data, status, headers)`, or what the options ask for.

        Raises:
            ApiTypeError: An argument is of the wrong type or has an unknown name.
            ApiValueError: An argument cannot be right, or there are no credentials.
            ApiException: The call went wrong on the way, or the API refused it.
        """
        for name in options:
            if name not in OPTION_NAMES:
                raise ApiTypeError(f"{operation.name}() got an unexpected keyword argument {name!r}")
        path, others = operation.encode(arguments)
        query, more = others["query"], []
        if options.get("query_params"):
            pairs = _pairs(options["query_params"], f"{operation.name}: query_params")
            more = [(name, hidden(value)) for name, value in pairs]
            query = query + _query(operation.name, more)
        options = _without_secrets(options)
        headers = dict(others["header"])
        if operation.answer or options.get("response_type"):
            headers["Accept"] = JSON
        content = self._checked_body(operation, body) if operation.body_name else None
        if content is not None or operation.content_type != JSON:  # a form without fields is still a form
            headers["Content-Type"] = operation.content_type
        check_type(options.get("response_type"))
        answer_type = options.get("response_type") or operation.answer
        request = _Request(operation.name, operation.method, path, query, headers, content, others["form"], answer_type)
        if getattr(self.call_api, "__func__", None) is not _CALL_API:
            return self._call_overridden(operation, arguments, more, body, request, options)
        return self._dispatch(request, options)

    def _call_overridden(
        self,
        operation: Operation[Any],
        arguments: Sequence[Any],
        more: Sequence[tuple[Any, ParameterValue]],
        body: Any,
        request: _Request,
        options: Mapping[str, Any],
    ) -> Any:
        """Call an operation by `call_api`, which a subclass or a test has replaced, with what 5.0.x gives it."""
        path = operation.path
        given: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
        for parameter, value in zip(operation.parameters, arguments):
            if parameter.slashes and "/" in str(value):  # `call_api` would encode it
                path = path.replace("{" + parameter.wire_name + "}", parameter.encode(value, operation.name))
            elif value is not None and parameter.location in given:
                given[parameter.location][parameter.wire_name] = value
        if isinstance(body, Model) and not operation.attaches and getattr(body, "id", None) is not None:
            body = copy(body)
            body.id = None  # as in `_checked_body`
        return self.call_api(
            path,
            operation.method,
            given["path"],
            [*given["query"].items(), *more],
            dict(request.headers),
            body=body,
            post_params=list(request.form),
            files={},
            response_type=request.answer_type,
            auth_settings=[BASIC, TOKEN],
            async_req=options.get("async_req"),
            _return_http_data_only=options.get("_return_http_data_only"),
            _preload_content=options.get("_preload_content", True),
            _request_timeout=options.get("_request_timeout"),
            collection_formats={},
            _request_auth=options.get("_request_auth"),
            # Other than the rest, 5.0.x does not know it.
            **({"_total_timeout": options["_total_timeout"]} if options.get("_total_timeout") is not None else {}),
        )

    @without_locals
    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Mapping[str, Any] | None = None,
        query_params: Any = None,
        header_params: Mapping[str, Any] | None = None,
        body: Any = None,
        post_params: Any = None,
        files: Mapping[str, Any] | None = None,
        response_type: str | type | None = None,
        auth_settings: Sequence[str] | None = None,
        async_req: bool | None = None,
        _return_http_data_only: bool | None = None,
        collection_formats: Mapping[str, str] | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
        _host: str | None = None,
        _request_auth: Mapping[str, Any] | None = None,
        _total_timeout: float | None = None,
    ) -> Any:
        """Call any path of the API, also one that has no method here.

        Args:
            resource_path: Path with the path parameters in braces, such as `/images/{imageId}`.
            method: HTTP method.
            path_params: Values of the path parameters; they are percent-encoded whole.
            query_params: Query parameters, as a mapping or as pairs.
            header_params: Headers.
            body: A model, or anything that JSON can carry.
            post_params: Form fields in place of a body, as a mapping or as pairs.
            files: Paths of files to send as a form, by field name.
            response_type: Type of the answer, as in `Model.openapi_types`; `None` to leave it aside.
            auth_settings: Kept for programs that give it: every request is authenticated.
            async_req, _return_http_data_only, _preload_content: See `CallOptions`.
            _request_timeout, _request_auth, _total_timeout: See `CallOptions`.
            collection_formats: How a list is joined in a parameter: `ssv`, `tsv`, `pipes` or `multi`; else by commas.
            _host: URL of the API to use in place of `Configuration.host`, in the same forms.

        Returns:
            `(data, status, headers)`, or what the options ask for.

        Raises:
            ApiException, ApiTypeError, ApiValueError: As `call`.
        """
        check_type(response_type)
        mappings = {"path_params": path_params, "header_params": header_params, "files": files}
        for name, given in {**mappings, "collection_formats": collection_formats}.items():
            if given and not isinstance(given, Mapping):
                raise ApiTypeError(f"{name} must be a dict, not {type(given).__name__}")
        check_method(method)
        _check_path(resource_path)
        operation = _operation(f"{method} {resource_path}", method.upper(), resource_path, tuple(path_params or ()))
        path, _ = operation.encode(tuple((path_params or {}).values()))
        query = self.parameters_to_tuples(_pairs(query_params, "query_params"), collection_formats)
        query = _query(operation.name, query)
        post_params = self.parameters_to_tuples(_pairs(post_params, "post_params"), collection_formats)
        for name, value in post_params:
            if isinstance(value, str):
                utf8(value, f"post_params: {shown_value(name)}")
        form = [(name, hidden(value)) for name, value in [*post_params, *self.files_parameters(files)]]
        headers = hidden_headers({name: value for name, value in (header_params or {}).items() if value is not None})
        if response_type is not None:
            headers.setdefault("Accept", JSON)
        if body is not None:
            headers.setdefault("Content-Type", JSON)
            body = hidden(body) if isinstance(body, str) else to_wire(body)
        elif form:
            headers.setdefault("Content-Type", "multipart/form-data" if files else "application/x-www-form-urlencoded")
        host = None if _host is None else normalised_host(_host)
        request = _Request(operation.name, operation.method, path, query, headers, body, form, response_type, host)
        options = {
            "async_req": async_req,
            "_preload_content": _preload_content,
            "_return_http_data_only": _return_http_data_only,
            "_request_timeout": _request_timeout,
            "_total_timeout": _total_timeout,
            "_request_auth": _request_auth,
        }
        return self._dispatch(request, _without_secrets(options))

    def _dispatch(self, request: _Request, options: Mapping[str, Any]) -> Any:
        if not options.get("async_req"):
            return self._send(request, options)
        from contextvars import copy_context  # seldom needed, and slow to import

        # Made by the caller's thread: OpenSSL crashes when the program ends while another thread is setting it up.
        _ = self.rest_client
        # In the context of the caller, which is where tracing keeps what the call is part of.
        return self.pool.apply_async(copy_context().run, (without_locals(self._send), request, options))

    def _send(self, request: _Request, options: Mapping[str, Any]) -> Any:
        host = request.host or self.configuration.host
        if self.configuration.allow_http is not True and _is_cleartext(host, self.configuration.proxy):
            way = " by the configured proxy" if self.configuration.proxy else ""
            raise ApiValueError(
                f"credentials would go unencrypted to {host}{way}: use https, or set Configuration.allow_http = True"
            )
        folder = self.configuration.temp_folder_path
        if request.answer_type == "file" and folder and not os.path.isdir(folder):
            raise ApiValueError(f"temp_folder_path {shown_value(folder)} is no folder, and the answer is to be a file")
        headers = self._with_defaults(request.headers)
        self.update_params_for_auth(headers, request.query, [TOKEN, BASIC], options.get("_request_auth"))
        headers = headers_as_text(headers)
        response = self.request(
            request.method,
            host + request.path,
            query_params=request.query,
            headers=headers,
            post_params=request.form,
            body=request.body,
            _preload_content=options.get("_preload_content", True),
            _request_timeout=options.get("_request_timeout"),
            _total_timeout=options.get("_total_timeout"),
            _operation=request.operation,
        )
        if not isinstance(response, RESTResponse):
            return response
        self._last_response = response
        data = self._decode(response, request)
        return data if options.get("_return_http_data_only") else (data, response.status, response.headers)

    @without_locals
    def request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: Mapping[str, str] | None = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
        _total_timeout: float | None = None,
        _operation: str | None = None,
    ) -> Any:
        """Send a request as it is; see `RESTClientObject.request`."""
        options = (_preload_content, _request_timeout, _total_timeout, _operation)
        return self.rest_client.request(method, url, query_params, headers, body, post_params, *options)

    @without_locals
    def deserialize(self, response: RESTResponse, response_type: str | type) -> Any:
        """Return the body of an answer as the given type.

        Raises:
            ApiException: The body is not JSON, or not of that type.
        """
        return self._decode(response, _Request(answer_type=response_type))

    def _decode(self, response: RESTResponse, request: _Request) -> Any:
        if request.answer_type == "file":
            return save_file(response.data, response.headers, self.configuration.temp_folder_path)
        try:
            return from_json(response.data, request.answer_type, not self.configuration.discard_unknown_keys)
        except BadAnswer as error:
            url = f"{request.host or self.configuration.host}{request.path}"
            reason = f"{response.reason}, but {error}"
            problem = ApiException(reason=reason, http_resp=response, url=url, method=request.method)
            if isinstance(response, RESTResponse):  # tests hand others to `deserialize`
                problem._mask(response.secrets())
                problem.attempts = response.attempts
            raise problem from error

    @without_locals
    def sanitize_for_serialization(self, obj: Any) -> Any:
        """Return models as plain dicts and lists with the names on the wire, ready for `json.dumps`."""
        return to_wire(obj, read_only=True)

    @without_locals
    def parameters_to_tuples(self, params: Any, collection_formats: Mapping[str, str] | None) -> list[tuple[str, Any]]:
        """Return parameters as pairs, with lists joined as their collection format says (`multi` repeats the name)."""
        result: list[tuple[str, Any]] = []
        for name, value in _pairs(params, "parameters"):
            style = (collection_formats or {}).get(name)
            if style is None or isinstance(value, str) or not isinstance(value, Iterable):
                result.append((name, value))
            elif style == "multi":
                result.extend((name, item) for item in value)
            else:
                result.append((name, _SEPARATORS.get(style, ",").join(str(item) for item in value)))
        return result

    @without_locals
    def files_parameters(self, files: Mapping[str, Any] | None = None) -> list[tuple[str, tuple[str, bytes, str]]]:
        """Return form fields `(name, (file name, content, type))` for files that are given by path or list of paths."""
        import mimetypes
        from pathlib import Path

        result: list[tuple[str, tuple[str, bytes, str]]] = []
        for name, paths in (files or {}).items():
            several: Iterable[Any] = [paths] if isinstance(paths, (str, bytes, int, Path)) else paths or ()
            for each in several:
                if not isinstance(each, str) and not hasattr(each, "__fspath__"):
                    raise ApiTypeError(f"files must hold paths, not {shown_value(each, secret=True)}", [name])
                path = Path(each)
                content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                try:
                    check_regular(path)
                except ValueError as error:
                    raise ApiValueError(f"files: {str(path)!r} cannot be used: {error}", [name]) from None
                result.append((name, (path.name, path.read_bytes(), content_type)))
        return result

    def select_header_accept(self, accepts: Sequence[str]) -> str | None:
        """Return the `Accept` header for the content types that an operation answers with."""
        return (JSON if JSON in map(str.lower, accepts) else ", ".join(accepts)) if accepts else None

    def select_header_content_type(self, content_types: Sequence[str]) -> str:
        """Return the `Content-Type` header for the content types that an operation takes."""
        return JSON if not content_types or JSON in map(str.lower, content_types) else content_types[0]

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
            auth_settings: The authentication schemes that the request takes; none for a request without.
            request_auth: Credentials for this request, in place of the configured ones.

        Raises:
            ApiTypeError: The credentials for this request are no such dict.
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
            if name_in(headers, "Authorization") in headers:
                return
            raise ApiValueError(
                "no credentials: set Configuration.token, or username and password"
                " (or in the environment IONOS_TOKEN, or IONOS_USERNAME and IONOS_PASSWORD)"
            )
        if setting.get("in") not in ("header", "cookie"):
            raise ApiValueError("_request_auth must go into a header or a cookie: a URL is no place for credentials")
        headers[name_in(headers, "Cookie" if setting["in"] == "cookie" else setting["key"])] = setting["value"]

    wait_for_completion = _waiting.wait_for_completion
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
                    result[name] = value if lower in SHOWN_HEADERS else hidden(value)
        return result

    def _checked_body(self, operation: Operation[Any], body: Any) -> Any:
        if body is None:
            raise ApiValueError(f"{operation.name}: {operation.body_name} is required, and None was given")
        if not isinstance(body, (Model, dict)):
            raise ApiTypeError(
                f"{operation.name}: {operation.body_name} must be {operation.body_type} or a dict,"
                f" not {type(body).__name__}"
            )
        if isinstance(body, Model) and self.configuration.client_side_validation:
            disabled = self.configuration.disabled_client_side_validations.split(",")
            partial = operation.method == "PATCH" or operation.attaches
            validate(body, operation.body_type, partial=partial, disabled=disabled)
        content = to_wire(body)
        if isinstance(body, Model) and not operation.attaches:
            # The path says which resource it is; further inside, an id names a resource that exists.
            content.pop("id", None)
        return content


_CALL_API = ApiClient.call_api
_pools: weakref.WeakKeyDictionary[ThreadPool, int] = weakref.WeakKeyDictionary()  # with their processes


def _without_secrets(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return options without the query, which is known by now, and with credentials that do not show."""
    if not (options.get("query_params") or options.get("_request_auth")):
        return options
    kept = {name: value for name, value in options.items() if name != "query_params"}
    return {**kept, "_request_auth": hidden(kept.get("_request_auth"))}


@lru_cache(maxsize=256)
def _operation(name: str, method: str, path: str, path_parameters: tuple[str, ...]) -> Operation[Any]:
    return Operation(name, method, path, parameters=tuple(Parameter(p, p, "path") for p in path_parameters))


def _pairs(params: Parameters, what: str) -> list[tuple[Any, ParameterValue]]:
    """Return parameters as pairs, from a mapping or from pairs."""
    try:
        return [(name, value) for name, value in (params.items() if isinstance(params, Mapping) else params or ())]
    except (TypeError, ValueError):
        kind = "str" if isinstance(params, str) else type(params).__name__  # not that of text that does not show
        raise ApiTypeError(f"{what} must be a dict, or pairs of name and value, not {kind}") from None


def _query(operation_name: str, params: Any) -> list[tuple[str, str]]:
    """Return query parameters as pairs of text; a list repeats its name, and `None` is left out."""
    if not params:
        return []
    result: list[tuple[str, str]] = []
    for name, value in _pairs(params, f"{operation_name}: query_params"):
        utf8(str(name), f"{operation_name}: query parameter {shown_value(name)}")
        for item in value if isinstance(value, (list, tuple, set)) else [value]:
            if isinstance(item, bool):
                result.append((name, "true" if item else "false"))
            elif isinstance(item, (str, int, float)):
                result.append((name, hidden(utf8(str(item), f"{operation_name}: query parameter {name}"))))
            elif isinstance(item, (datetime, date)):
                result.append((name, item.isoformat()))
            elif item is not None:
                raise ApiTypeError(f"{operation_name}: query parameter {name} must be text, a number or a list of such")
    return result


def _end_at_exit(pool: ThreadPool) -> None:
    """Have the program wait for the calls of a pool before it ends: a change that it began must not be lost.

    Each call ends by its deadlines. Python itself would stop the threads, which are daemons, and drop their queue.
    """
    _pools[pool] = os.getpid()
    atexit.unregister(_end_pools)  # it comes before what `multiprocessing` does at exit, which drops the queues
    atexit.register(_end_pools)


def _end_pools() -> None:
    for pool, pid in [*_pools.items()]:
        if pid == os.getpid():  # after a fork the threads are the parent's
            pool.close()
            pool.join()


def _check_path(path: str) -> None:
    """Refuse a path that would lead to another server, or out of the API."""
    if not isinstance(path, str):
        raise ApiTypeError(f"resource_path must be a str, not {type(path).__name__}")
    segments = unquote(re.split("[?#]", path)[0]).replace("\\", "/").split("/")
    is_plain = path.isprintable() and "\\" not in path
    if not is_plain or (path and not path.startswith("/")) or path.startswith("//") or {".", ".."} & {*segments}:
        raise ApiValueError(
            "resource_path must begin with one slash, with no segments `.` and `..`, backslashes or control characters"
        )


@lru_cache(maxsize=64)
def _is_cleartext(url: str, proxy: str | None) -> bool:
    """Say whether requests to the URL travel unencrypted over a network: to the server, or to the proxy before it."""
    if urlsplit(url).scheme == "https":
        return False
    return not is_loopback(urlsplit(url).hostname) or bool(proxy and not is_loopback(parse_proxy(proxy).host))
