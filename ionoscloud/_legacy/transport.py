"""Methods of `RESTClientObject` and `RESTResponse` that programs written for 5.0.x call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import urllib3

from ionoscloud._headers import find_header
from ionoscloud._json import to_json
from ionoscloud._query_params import encode_pairs, with_query
from ionoscloud._secret_types import SecretBytes, SecretStr, wrap_secrets
from ionoscloud._tracebacks import without_locals
from ionoscloud._transport.deadline import limits_of
from ionoscloud._transport.request import Request

if TYPE_CHECKING:
    from ionoscloud._call_options import Timeout
    from ionoscloud._transport.deadline import Limits
    from ionoscloud.configuration import Configuration

Pairs = Sequence["tuple[str, Any]"]


class LegacyResponse:
    """Adds the accessors of 5.0.x to `RESTResponse`."""

    headers: Mapping[str, str]

    def getheaders(self) -> Mapping[str, str]:
        """Return the headers."""
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return a header, or the default if the response does not have it."""
        return self.headers.get(name, default)


class LegacyTransport:
    """Adds `request` and a method for each HTTP method to `RESTClientObject`."""

    configuration: Configuration

    if TYPE_CHECKING:

        def send(self, request: Request, limits: Limits) -> Any: ...

    @without_locals
    def request(
        self,
        method: str,
        url: str,
        query_params: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        post_params: Pairs | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
        _total_timeout: float | None = None,
    ) -> Any:
        """Send a request and return its response.

        Args:
            method: HTTP method.
            url: Absolute URL.
            query_params: Query parameters, as pairs of text.
            headers: Headers; `Content-Type` decides how form fields are encoded.
            body: A value that is sent as JSON. Bytes and text are sent as they are.
            post_params: Form fields instead of a body.
            _preload_content: False to return the open `urllib3.HTTPResponse`.
            _request_timeout: Seconds to connect and for each read, or a pair of both; default (and 0)
                `Configuration.timeout`.
            _total_timeout: Seconds for all attempts; default `Configuration.total_timeout`.

        Returns:
            A `RESTResponse` with a status of 2xx.

        Raises:
            ApiException: The API rejected the request, or there is no readable response.
            ApiTypeError: A timeout has the wrong type.
            ApiValueError: A timeout or the body is invalid.
        """
        headers = dict(headers or {})
        content = encode(headers, body, post_params)
        url = with_query(url, query_params or ())
        limits = limits_of(self.configuration, _request_timeout, _total_timeout)
        response = self.send(Request(None, method, url, headers, content, not _preload_content), limits)
        return response if _preload_content else response.urllib3_response

    @without_locals
    def GET(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        """Send a GET request; see `request`."""
        return self.request("GET", url, query_params, headers, None, None, _preload_content, _request_timeout)

    @without_locals
    def HEAD(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        """Send a HEAD request; see `request`."""
        return self.request("HEAD", url, query_params, headers, None, None, _preload_content, _request_timeout)

    @without_locals
    def OPTIONS(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        """Send an OPTIONS request; see `request`."""
        options = (_preload_content, _request_timeout)
        return self.request("OPTIONS", url, query_params, headers, body, post_params, *options)

    @without_locals
    def DELETE(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        """Send a DELETE request; see `request`."""
        return self.request("DELETE", url, query_params, headers, body, None, _preload_content, _request_timeout)

    @without_locals
    def POST(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        """Send a POST request; see `request`."""
        options = (_preload_content, _request_timeout)
        return self.request("POST", url, query_params, headers, body, post_params, *options)

    @without_locals
    def PUT(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        """Send a PUT request; see `request`."""
        options = (_preload_content, _request_timeout)
        return self.request("PUT", url, query_params, headers, body, post_params, *options)

    @without_locals
    def PATCH(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        """Send a PATCH request; see `request`."""
        options = (_preload_content, _request_timeout)
        return self.request("PATCH", url, query_params, headers, body, post_params, *options)


def encode(headers: dict[str, str], body: Any, post_params: Pairs | None) -> bytes | str | None:
    """Return the encoded body. For a multipart form, add the boundary to `headers`."""
    if post_params:
        content_type = find_header(headers, "Content-Type")
        if "multipart/form-data" not in headers.get(content_type, ""):
            return SecretStr(encode_pairs(post_params))
        content, headers[content_type] = urllib3.encode_multipart_formdata(post_params)
        return SecretBytes(content)
    return body if body is None else wrap_secrets(body if isinstance(body, (bytes, str)) else to_json(body))
