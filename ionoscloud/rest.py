"""The transport: urllib3 pools, TLS, proxies, timeouts, and retries of what is safe to retry."""

from __future__ import annotations

import math
import random
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

import certifi
import urllib3
from urllib3.util.ssl_ import create_urllib3_context

from ionoscloud.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    ConnectionException,
    TimeoutException,
    TlsException,
)
from ionoscloud.logs import logger, shown_body, shown_headers
from ionoscloud.serialization import to_json

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration
    from ionoscloud.operation import Timeout

Pairs = Sequence["tuple[str, str]"]

# Sending one of these twice leaves the server in the same state as sending it once.
_IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_TRANSIENT_STATUSES = frozenset({502, 503, 504})


class RESTResponse:
    """The answer to a request, its body read.

    Attributes:
        status: HTTP status.
        reason: Reason phrase.
        data: Body, as bytes.
        headers: Headers, whatever the case of their names.
        urllib3_response: The answer as urllib3 has it.
    """

    def __init__(self, resp: Any) -> None:
        self.urllib3_response = resp
        self.status: int = resp.status
        self.reason: str = resp.reason
        self.data: bytes = resp.data
        self.headers: Mapping[str, str] = resp.headers

    def getheaders(self) -> Mapping[str, str]:
        """Return the headers."""
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return one header, or the default when the answer does not have it."""
        return self.headers.get(name, default)


class Retries(urllib3.Retry):
    """When a request is sent again, and after how long.

    Every method is retried when the connection could not be made and after a 429, which the API answers before it does
    anything. Idempotent methods are also retried after 502, 503, 504 and when the connection broke. TLS failures never.

    Args:
        wait_time: Seconds before the first retry; doubled for each further one, and shortened at random by up to half.
        max_wait_time: Most seconds before a retry; an answer that asks for more is not retried.
        options: As for `urllib3.Retry`.
    """

    def __init__(self, *args: Any, wait_time: float = 1.0, max_wait_time: float = 60.0, **options: Any) -> None:
        options.setdefault("allowed_methods", _IDEMPOTENT_METHODS)
        options.setdefault("raise_on_status", False)
        super().__init__(*args, **options)
        self.wait_time = wait_time
        self.max_wait_time = max_wait_time

    def new(self, **options: Any) -> Retries:
        return super().new(wait_time=self.wait_time, max_wait_time=self.max_wait_time, **options)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        if not self.total:
            return False
        return status_code == 429 or (method.upper() in _IDEMPOTENT_METHODS and status_code in _TRANSIENT_STATUSES)

    def get_retry_after(self, response: Any) -> float | None:
        try:
            return super().get_retry_after(response)
        except urllib3.exceptions.InvalidHeader:
            return None

    def increment(self, method: Any = None, url: Any = None, *args: Any, **details: Any) -> Any:
        error, response = details.get("error"), details.get("response")
        if isinstance(error, urllib3.exceptions.SSLError):
            raise error
        if response is not None and (self.get_retry_after(response) or 0) > self.max_wait_time:
            raise urllib3.exceptions.MaxRetryError(details["_pool"], url)
        result = super().increment(method, url, *args, **details)
        logger.debug("%s %s: to be tried again after %s", method, url, error or (response and response.status))
        return result

    def get_backoff_time(self) -> float:
        failures = len(self.history)
        longest = min(self.wait_time * 2 ** max(failures - 1, 0), self.max_wait_time)
        return longest * random.uniform(0.5, 1) if failures else 0


def _sender(method: str) -> Callable[..., Any]:
    """Return the method of `RESTClientObject` that sends requests with an HTTP method."""

    def send(
        self: RESTClientObject,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: Any = None,
        **options: Any,
    ) -> Any:
        return self.request(method, url, query_params, headers, body, post_params, **options)

    send.__name__ = method
    send.__doc__ = f"Send a request with the method {method}; see `request`."
    return send


class RESTClientObject:
    """Sends requests over pooled connections.

    Args:
        configuration: TLS, proxy and retry settings are read from it now, the others at each request.
        pools_size: For how many hosts connections are kept.
        maxsize: How many connections are kept for each; default `Configuration.connection_pool_maxsize`.
    """

    def __init__(self, configuration: Configuration, pools_size: int = 4, maxsize: int | None = None) -> None:
        self.configuration = configuration
        self.retries = (
            configuration.retries
            if isinstance(configuration.retries, urllib3.Retry)
            else Retries(
                configuration.max_retries,
                wait_time=configuration.wait_time,
                max_wait_time=configuration.max_wait_time,
            )
        )
        options: dict[str, Any] = {
            "num_pools": pools_size,
            "maxsize": maxsize or configuration.connection_pool_maxsize,
            "cert_reqs": ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE,
            "ssl_context": _ssl_context(configuration),
        }
        if configuration.assert_hostname is not None:
            options["assert_hostname"] = configuration.assert_hostname
        if configuration.fingerprint:
            options["assert_fingerprint"] = configuration.fingerprint
        proxy = configuration.proxy or _proxy_of_environment(configuration.host)
        self.pool_manager = (
            urllib3.ProxyManager(proxy, proxy_headers=_proxy_headers(proxy, configuration.proxy_headers), **options)
            if proxy
            else urllib3.PoolManager(**options)
        )

    def close(self) -> None:
        """Close the connections that wait for reuse."""
        self.pool_manager.clear()

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
    ) -> Any:
        """Send a request and return the answer.

        Args:
            method: HTTP method.
            url: Absolute URL without a query.
            query_params: Query parameters, as pairs of text.
            headers: Headers; `Content-Type` decides how the body is encoded.
            body: What to send as JSON; bytes and text go out as they are.
            post_params: Form fields, in place of a body.
            _preload_content: False to get the open `urllib3.HTTPResponse`.
            _request_timeout: Seconds to connect and for each read, or a pair of both; default the configured ones.

        Returns:
            A `RESTResponse` with a status of 2xx.

        Raises:
            ApiException: The API refused, or the request or the answer did not come through.
            ApiTypeError: The timeout is of the wrong type.
            ApiValueError: The timeout or the body cannot be right.
        """
        headers = dict(headers or {})
        if query_params:
            url += ("&" if "?" in url else "?") + urlencode(query_params, quote_via=quote)
        options: dict[str, Any] = {
            "timeout": _timeout(self.configuration.timeout if _request_timeout is None else _request_timeout),
            "retries": self.retries,
            "redirect": False,
            "preload_content": _preload_content,
        }
        if post_params:
            if "multipart/form-data" in headers.get("Content-Type", ""):
                body, headers["Content-Type"] = urllib3.encode_multipart_formdata(post_params)
            else:
                body = urlencode(post_params, quote_via=quote)
        elif body is not None and not isinstance(body, (bytes, str)):
            body = to_json(body)
        debug = self.configuration.debug
        if debug:
            logger.debug("%s %s %s %s", method, url, shown_headers(headers), shown_body(body))
        started = time.monotonic()
        try:
            answer = self.pool_manager.urlopen(method, url, body=body, headers=headers, **options)
            if not 200 <= answer.status <= 299:
                response = RESTResponse(answer)
                answer.release_conn()
                raise ApiException.from_response(response, url, method)
        except urllib3.exceptions.HTTPError as error:
            raise _transport_error(error, url, method) from error
        finally:
            elapsed = time.monotonic() - started
            logger.debug("%s %s took %.3f s", method, url, elapsed)
        if not _preload_content:
            return answer
        if debug:
            logger.debug("%s %s %s", answer.status, shown_headers(answer.headers), shown_body(answer.data))
        return RESTResponse(answer)

    def DELETE(self, url: str, headers: Any = None, query_params: Any = None, body: Any = None, **options: Any) -> Any:
        """Send a DELETE; see `request`."""
        return self.request("DELETE", url, query_params, headers, body, **options)

    GET, HEAD, OPTIONS = _sender("GET"), _sender("HEAD"), _sender("OPTIONS")
    POST, PUT, PATCH = _sender("POST"), _sender("PUT"), _sender("PATCH")


def _timeout(value: Any) -> urllib3.Timeout:
    pair = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    if not all(isinstance(seconds, (int, float)) and not isinstance(seconds, bool) for seconds in pair):
        raise ApiTypeError(f"_request_timeout must be seconds or a pair (connect, read) of them, not {value!r}")
    if not all(0 < seconds < math.inf for seconds in pair):
        raise ApiValueError(f"_request_timeout must be more than 0 seconds and finite, not {value!r}")
    return urllib3.Timeout(connect=pair[0], read=pair[1])


def _ssl_context(configuration: Configuration) -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(configuration.ssl_ca_cert or certifi.where())
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file)
    return context


def _proxy_of_environment(host: str) -> str | None:
    """Return the proxy that `HTTPS_PROXY` (or `HTTP_PROXY`) names for the host, unless `NO_PROXY` exempts it."""
    proxies = getproxies_environment()
    parts = urlsplit(host)
    return None if proxy_bypass_environment(parts.netloc, proxies) else proxies.get(parts.scheme)


def _proxy_headers(proxy: str, headers: Mapping[str, str] | None) -> dict[str, str]:
    parts = urlsplit(proxy)
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return {**urllib3.make_headers(proxy_basic_auth=credentials), **(headers or {})}


def _transport_error(error: urllib3.exceptions.HTTPError, url: str, method: str) -> ConnectionException:
    reason: Any = error
    while isinstance(reason, (urllib3.exceptions.MaxRetryError, urllib3.exceptions.ProxyError)):
        reason = getattr(reason, "reason", None) or getattr(reason, "original_error", None) or reason.args[-1]
    if isinstance(reason, (urllib3.exceptions.SSLError, ssl.SSLError)):
        error_class: type[ConnectionException] = TlsException
    elif isinstance(reason, urllib3.exceptions.TimeoutError) and not isinstance(
        reason, urllib3.exceptions.NewConnectionError
    ):
        error_class = TimeoutException
    else:
        error_class = ConnectionException
    return error_class(reason=f"{type(reason).__name__}: {reason}", url=url, method=method)
