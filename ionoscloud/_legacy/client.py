"""Methods of `ApiClient` that programs written for 5.0.x call or override, mainly `call_api`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from functools import lru_cache
from types import MethodType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ionoscloud._argument_errors import ApiTypeError, ApiValueError
from ionoscloud._checks import check_regular_file, check_utf8
from ionoscloud._headers import HTTP_TOKEN, find_header
from ionoscloud._legacy.transport import LegacyTransport, encode
from ionoscloud._models.base import Model
from ionoscloud._models.json import check_type, to_wire
from ionoscloud._operation import JSON, Operation, Parameter
from ionoscloud._query_params import pairs_of, query_pairs, with_query
from ionoscloud._redaction import describe_value, wrap_secret_headers
from ionoscloud._secret_types import wrap_secrets
from ionoscloud._tracebacks import without_locals
from ionoscloud._transport.request import Request
from ionoscloud._versions import VERSIONS
from ionoscloud.configuration import BASIC, TOKEN, normalised_host, version_in

if TYPE_CHECKING:
    from ionoscloud._call_options import Timeout
    from ionoscloud.configuration import Configuration

_SEPARATORS = {"ssv": " ", "tsv": "\t", "pipes": "|"}


class LegacyClient:
    """Adds the methods of 5.0.x to `ApiClient`.

    As in 5.0.x, a program can override `call_api` or `request`, or `request` of the transport. All calls then go
    through the override. Otherwise, calls do not use these methods.
    """

    PRIMITIVE_TYPES = (float, bool, bytes, str, int)
    NATIVE_TYPES_MAPPING = {
        "int": int,
        "long": int,
        "float": float,
        "str": str,
        "bool": bool,
        "date": date,
        "datetime": datetime,
        "object": object,
    }

    configuration: Configuration
    _last_response: Any

    if TYPE_CHECKING:
        rest_client: Any

        def _start_exchange(
            self,
            request: Request,
            options: Mapping[str, Any],
            host: str | None = None,
            send: Callable[[Request], Any] | None = None,
        ) -> Any: ...

        def _decode(self, response: Any, response_type: str | type | None, url: str, method: str) -> Any: ...

    @property
    def last_response(self) -> Any:
        """The last response that any thread has read, with its body as text, as in 5.0.x.

        To get status and headers of a specific call, use its `..._with_http_info` method.
        """
        response = self._last_response
        if isinstance(getattr(response, "data", None), bytes):
            response = self._last_response = copy(response)  # its own call still needs the bytes
            response.data = response.data.decode("utf-8", "replace")
        return response

    @last_response.setter
    def last_response(self, value: Any) -> None:
        self._last_response = value

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
        """Call any path of the API, for example one without a method in this package.

        Args:
            resource_path: Path with path parameters in braces, such as `/images/{imageId}`.
            method: HTTP method.
            path_params: Values of the path parameters. They are percent-encoded, slashes included.
            query_params: Query parameters, as a mapping or as pairs.
            header_params: Headers.
            body: A model, or any value that JSON can represent.
            post_params: Form fields instead of a body, as a mapping or as pairs.
            files: Paths of files to send as a form, by field name.
            response_type: Type of the response, as in `Model.openapi_types`; `None` to ignore the body.
            auth_settings: Ignored: every request is authenticated.
            async_req, _return_http_data_only, _preload_content: See `CallOptions`.
            _request_timeout, _request_auth, _total_timeout: See `CallOptions`.
            collection_formats: How to join a list, by parameter: `ssv`, `tsv`, `pipes` or `multi`; default commas.
            _host: URL of the API to use instead of `Configuration.host`.

        Returns:
            `(data, status, headers)`, or the part of it that the options select.

        Raises:
            ApiException, ApiTypeError, ApiValueError: See `ApiClient.call`.
        """
        check_type(response_type)
        mappings = {"path_params": path_params, "header_params": header_params, "files": files}
        for name, given in {**mappings, "collection_formats": collection_formats}.items():
            if given and not isinstance(given, Mapping):
                raise ApiTypeError(f"{name} must be a dict, not {type(given).__name__}")
        _check_method(method)
        _check_path(resource_path)
        operation = _operation(f"{method} {resource_path}", method.upper(), resource_path, tuple(path_params or ()))
        path, _ = operation.encode(tuple((path_params or {}).values()), self.configuration.api_version)
        query_params = self.parameters_to_tuples(pairs_of(query_params, "query_params"), collection_formats)
        query = query_pairs(query_params, operation.name)
        post_params = self.parameters_to_tuples(pairs_of(post_params, "post_params"), collection_formats)
        for name, value in post_params:
            if isinstance(value, str):
                check_utf8(value, f"post_params: {describe_value(name)}")
        form = [(name, wrap_secrets(value)) for name, value in [*post_params, *self.files_parameters(files)]]
        headers = wrap_secret_headers(
            {name: value for name, value in (header_params or {}).items() if value is not None}
        )
        content_type = find_header(headers, "Content-Type")
        if response_type is not None:
            headers.setdefault(find_header(headers, "Accept"), JSON)
        if body is not None:
            headers.setdefault(content_type, JSON)
            body = wrap_secrets(body) if isinstance(body, str) else to_wire(body)
        elif form:
            headers.setdefault(content_type, "multipart/form-data" if files else "application/x-www-form-urlencoded")
        version = self.configuration.api_version
        host = None if _host is None else normalised_host(_host, version)
        stated = version_in(host)
        if stated in VERSIONS:
            version = stated
        options = {
            "async_req": async_req,
            "_preload_content": _preload_content,
            "_return_http_data_only": _return_http_data_only,
            "_request_timeout": _request_timeout,
            "_total_timeout": _total_timeout,
            "_request_auth": wrap_secrets(_request_auth),
        }
        is_streamed = not _preload_content
        request = Request(operation.name, operation.method, path, headers, None, is_streamed, response_type, version)
        if not self._overrides_request():
            content = encode(headers, body, form)
            return self._start_exchange(request._replace(url=with_query(path, query), content=content), options, host)

        def send(request: Request) -> Any:
            return self.request(
                request.method,
                request.url,
                query_params=query,
                headers=request.headers,
                post_params=form,
                body=body,
                _preload_content=_preload_content,
                _request_timeout=_request_timeout,
                **_if_set(_total_timeout),
            )

        return self._start_exchange(request, options, host, send)

    def _overrides_call(self) -> bool:
        """Return whether a program has replaced `call_api` or `request`, in a subclass or on an object."""
        return _function(self.call_api) is not LegacyClient.call_api or self._overrides_request()

    def _accepts_total_timeout(self) -> bool:
        """Return whether the methods that a program has replaced take `_total_timeout`, which 5.0.x does not have."""
        if not self._overrides_call():
            return True
        import inspect

        replaced = (self.call_api, self.request, getattr(self.rest_client, "request", self.request))
        accepted = [
            {each.name: each.kind for each in inspect.signature(method).parameters.values()} for method in replaced
        ]
        return all("_total_timeout" in kinds or inspect.Parameter.VAR_KEYWORD in kinds.values() for kinds in accepted)

    def _overrides_request(self) -> bool:
        rest_request = getattr(self.rest_client, "request", None)
        return (
            _function(self.request) is not LegacyClient.request
            or _function(rest_request) is not LegacyTransport.request
        )

    def _call_overridden(
        self,
        operation: Operation[Any],
        arguments: Sequence[Any],
        body: Any,
        request: Request,
        options: Mapping[str, Any],
    ) -> Any:
        """Call an operation through `call_api`, with the arguments that 5.0.x passes."""
        path = operation.path
        given: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "form": {}}
        for parameter, value in zip(operation.parameters, arguments):
            if parameter.slashes and "/" in str(value):  # `call_api` would encode them
                path = path.replace("{" + parameter.wire_name + "}", parameter.encode(value, operation.name))
            elif value is not None and parameter.location in given:
                is_field = parameter.location == "form"  # `call_api` encodes the others
                encoded = parameter.encode(value, operation.name) if is_field else value
                given[parameter.location][parameter.wire_name] = encoded
        if isinstance(body, Model) and not operation.attaches and getattr(body, "id", None) is not None:
            body = copy(body)
            body.id = None  # the path has the id
        more = pairs_of(options.get("query_params"), f"{operation.name}: query_params")
        return self.call_api(
            path,
            operation.method,
            given["path"],
            [*given["query"].items(), *((name, wrap_secrets(value)) for name, value in more)],
            dict(request.headers),
            body=body,
            post_params=list(given["form"].items()),
            files={},
            response_type=request.response_type,
            auth_settings=[BASIC, TOKEN],
            async_req=options.get("async_req"),
            _return_http_data_only=options.get("_return_http_data_only"),
            _preload_content=options.get("_preload_content", True),
            _request_timeout=options.get("_request_timeout"),
            collection_formats={},
            _request_auth=wrap_secrets(options.get("_request_auth")),
            **_if_set(options.get("_total_timeout")),
        )

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
    ) -> Any:
        """Send a request without credentials or checks; see `RESTClientObject.request`."""
        arguments = (query_params, headers, body, post_params, _preload_content, _request_timeout)
        return self.rest_client.request(method, url, *arguments, **_if_set(_total_timeout))

    @without_locals
    def deserialize(self, response: Any, response_type: str | type) -> Any:
        """Return the body of a response as the given type.

        Raises:
            ApiException: The body is not JSON, or not of that type.
        """
        return self._decode(response, response_type, self.configuration.host, "")

    @without_locals
    def sanitize_for_serialization(self, obj: Any) -> Any:
        """Return models as plain dicts and lists with the names on the wire, ready for `json.dumps`."""
        return to_wire(obj, read_only=True)

    @without_locals
    def parameters_to_tuples(self, params: Any, collection_formats: Mapping[str, str] | None) -> list[tuple[str, Any]]:
        """Return parameters as pairs, with lists joined by their collection format (`multi` repeats the name)."""
        result: list[tuple[str, Any]] = []
        for name, value in pairs_of(params, "parameters"):
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
        """Return form fields `(name, (file name, content, type))` for files given as a path or a list of paths."""
        import mimetypes
        from pathlib import Path

        result: list[tuple[str, tuple[str, bytes, str]]] = []
        for name, paths in (files or {}).items():
            several: Iterable[Any] = [paths] if isinstance(paths, (str, bytes, int, Path)) else paths or ()
            for each in several:
                if not isinstance(each, str) and not hasattr(each, "__fspath__"):
                    raise ApiTypeError(f"files must be paths, not {describe_value(each, secret=True)}", [name])
                path = Path(each)
                content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                try:
                    check_regular_file(path)
                except ValueError as error:
                    raise ApiValueError(f"files: {str(path)!r} cannot be used: {error}", [name]) from None
                result.append((name, (path.name, path.read_bytes(), content_type)))
        return result

    def select_header_accept(self, accepts: Sequence[str]) -> str | None:
        """Return the `Accept` header for the content types that an operation returns."""
        return (JSON if JSON in map(str.lower, accepts) else ", ".join(accepts)) if accepts else None

    def select_header_content_type(self, content_types: Sequence[str]) -> str:
        """Return the `Content-Type` header for the content types that an operation accepts."""
        return JSON if not content_types or JSON in map(str.lower, content_types) else content_types[0]


def _if_set(_total_timeout: float | None) -> dict[str, Any]:
    """Return the option to pass on only if it is set, because overrides written for 5.0.x do not know it."""
    return {} if _total_timeout is None else {"_total_timeout": _total_timeout}


def _function(method: Any) -> Any:
    """Return the function of a bound method; `None` for a stand-in, which can pass on the attributes of a method."""
    return method.__func__ if type(method) is MethodType else None


@lru_cache(maxsize=256)
def _operation(name: str, method: str, path: str, path_parameters: tuple[str, ...]) -> Operation[Any]:
    return Operation(name, method, path, parameters=tuple(Parameter(p, p, "path") for p in path_parameters))


def _check_method(method: Any) -> None:
    if not isinstance(method, str):
        raise ApiTypeError(f"method must be a str such as 'GET', not {describe_value(method)}")
    if not HTTP_TOKEN.fullmatch(method):
        raise ApiValueError(f"method must be an HTTP method such as 'GET', not {describe_value(method)}")


def _check_path(path: Any) -> None:
    """Check that a path leads to the same server and stays in the API."""
    if not isinstance(path, str):
        raise ApiTypeError(f"resource_path must be a str, not {type(path).__name__}")
    segments = unquote(re.split("[?#]", path)[0]).replace("\\", "/").split("/")
    is_plain = path.isprintable() and "\\" not in path
    if not is_plain or (path and not path.startswith("/")) or path.startswith("//") or {".", ".."} & {*segments}:
        raise ApiValueError(
            "resource_path must start with one slash, without segments `.` and `..`, backslashes or control characters"
        )
