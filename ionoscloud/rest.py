"""The transport: sends requests, again only where that is safe, and reads answers of bounded time and size."""

# pyright: reportPossiblyUnboundVariable=false
# It cannot know that these loops run at least once.

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from logging import DEBUG
from threading import TIMEOUT_MAX, Lock
from traceback import clear_frames
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urljoin
from weakref import WeakSet

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, ProxyError, SSLError, TimeoutError
from urllib3.util import parse_url

from ionoscloud.connections import bounds, pool_manager
from ionoscloud.exceptions import (
    ApiException as ApiException,  # published here too
    ApiTypeError,
    ApiValueError,
    ConnectionException,
    TimeoutException,
    TlsException,
    request_id_of,
)
from ionoscloud.logs import logger, shown_body, shown_headers
from ionoscloud.retries import TOO_MANY_REQUESTS, RetryBudget, policy_of
from ionoscloud.serialization import to_json

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration
    from ionoscloud.operation import Timeout

Pairs = Sequence["tuple[str, str]"]

MAX_REDIRECTS = 5
CHUNK = 64 * 1024
OVERHEAD = 1024 * 1024  # bytes of an answer that are not its body
_REDIRECTS = {301, 302, 303, 307, 308}


class RESTResponse:
    """The answer to a request, its body read.

    Args:
        resp: The answer as urllib3 has it.
        data: Its body, if that was read already.

    Attributes:
        status: HTTP status.
        reason: Reason phrase.
        data: Body, as bytes.
        headers: Headers, whatever the case of their names.
        urllib3_response: The answer as urllib3 has it.
        attempts: How often the request was sent.
        out_of_time: Whether it would have been sent again, had there been more time.
    """

    attempts = 1
    out_of_time = False

    def __init__(self, resp: Any, data: bytes | None = None) -> None:
        self.urllib3_response = resp
        self.status: int = resp.status
        self.reason: str = resp.reason
        self.data: bytes = resp.data if data is None else data
        self.headers: Mapping[str, str] = resp.headers

    def getheaders(self) -> Mapping[str, str]:
        """Return the headers."""
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return one header, or the default when the answer does not have it."""
        return self.headers.get(name, default)


class _Unreadable(HTTPError):
    """An answer that came, and is not read to its end."""

    def __init__(self, response: Any, problem: str) -> None:
        super().__init__(f"the answer is {problem}")
        self.status: int = response.status
        self.headers: Mapping[str, str] = response.headers


def _reader(method: str) -> Callable[..., Any]:
    """Return the method of `RESTClientObject` that sends requests with an HTTP method that takes no body."""

    def send(
        self: RESTClientObject,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        return self.request(method, url, query_params, headers, None, None, _preload_content, _request_timeout)

    return _named(send, method)


def _writer(method: str) -> Callable[..., Any]:
    """Return the method of `RESTClientObject` that sends requests with an HTTP method that takes a body."""

    def send(
        self: RESTClientObject,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        post_params: Pairs | None = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        return self.request(method, url, query_params, headers, body, post_params, _preload_content, _request_timeout)

    return _named(send, method)


def _named(send: Callable[..., Any], method: str) -> Callable[..., Any]:
    send.__name__ = method
    send.__doc__ = f"Send a request with the method {method}; see `request`."
    return send


class RESTClientObject:
    """Sends requests over pooled connections.

    Args:
        configuration: TLS and proxy settings are read from it now, the others at each request.
        pools_size: For how many hosts connections are kept.
        maxsize: How many connections are kept for each; default `Configuration.connection_pool_maxsize`.
    """

    def __init__(self, configuration: Configuration, pools_size: int = 4, maxsize: int | None = None) -> None:
        self.configuration = configuration
        self.pool_manager = pool_manager(configuration, pools_size, maxsize)
        self._budget = RetryBudget()
        self._open_answers: WeakSet[Any] = WeakSet()
        self._lock = Lock()

    def close(self) -> None:
        """Close the connections: those that wait for reuse, and those of answers that nobody has read."""
        self.pool_manager.clear()
        with self._lock:
            answers = list(self._open_answers)
            self._open_answers.clear()
        for answer in answers:
            answer.close()

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
            _total_timeout: Seconds for all attempts together; default the configured ones.

        Returns:
            A `RESTResponse` with a status of 2xx.

        Raises:
            ApiException: The API refused, or the request or the answer did not come through.
            ApiTypeError: A timeout is of the wrong type.
            ApiValueError: A timeout or the body cannot be right.
        """
        headers = dict(headers or {})
        content = _content(headers, body, post_params)
        timeout = timeout_pair(self.configuration.timeout if _request_timeout is None else _request_timeout)
        total = self.configuration.total_timeout if _total_timeout is None else _total_timeout
        end = time.monotonic() + total_seconds(total)
        if query_params:
            url += ("&" if "?" in url else "?") + urlencode(query_params, quote_via=quote)
        if self.configuration.debug:
            logger.debug("%s %s: %s %s", method, url, shown_headers(headers), shown_body(content))
        attempts = 0
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._send(method, url, headers, content, timeout, end, _preload_content)
            attempts += answer.attempts
            target = _redirect_target(method, url, answer)
            if target is None:
                break
            url = target
        answer.attempts = attempts
        if not 200 <= answer.status <= 299:
            error = ApiException.from_response(answer, url, method)
            error.attempts, error.out_of_time = answer.attempts, answer.out_of_time
            raise error
        return answer if _preload_content else answer.urllib3_response

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | str | None,
        timeout: tuple[float, float],
        end: float,
        preload: bool,
    ) -> RESTResponse:
        """Send a request, again where its outcome and the settings permit it, and return the last answer."""
        policy: urllib3.Retry | None = None
        late = False
        for attempt in count(1):
            started = time.monotonic()
            connect, read = (min(seconds, max(end - started, 0.001), TIMEOUT_MAX) for seconds in timeout)
            outcome: RESTResponse | HTTPError
            response = None
            try:
                with bounds(end, self.configuration.max_response_bytes + OVERHEAD) as call:
                    response = self.pool_manager.urlopen(
                        method,
                        url,
                        body=content,
                        headers=headers,
                        timeout=urllib3.Timeout(connect=connect, read=read),
                        retries=False,
                        redirect=False,
                        preload_content=False,
                        enforce_content_length=True,
                    )
                    outcome = self._received(response, preload)
            except (HTTPError, ValueError, OverflowError) as error:
                # What a ValueError says may hold what was sent.
                if not (isinstance(error, HTTPError) or call.answering):
                    raise ApiValueError("the request cannot be sent: check its method, URL, headers, body") from None
                outcome = (
                    error if isinstance(error, HTTPError) else ProtocolError(f"{type(error).__name__} in the answer")
                )
                if response is not None:
                    response.close()
                clear_frames(error.__traceback__)  # they hold the broken connection open
            _log(method, url, outcome, attempt, time.monotonic() - started)
            if isinstance(outcome, RESTResponse) and outcome.status < 400:
                break
            again = self._next(policy or policy_of(self.configuration), method, url, outcome)
            if again is None:
                break
            policy, wait = again
            late = time.monotonic() + wait >= end
            if late or not self._budget.take():
                break
            time.sleep(wait)
        if isinstance(outcome, _Unreadable):
            refusal = ApiException(outcome.status, str(outcome), url=url, method=method)
            refusal.headers, refusal.attempts = outcome.headers, attempt
            raise refusal
        if isinstance(outcome, HTTPError):
            failure = _transport_error(outcome, url, method, attempt)
            failure.out_of_time = late or time.monotonic() >= end
            raise failure from outcome
        if attempt == 1 and outcome.status < 500 and outcome.status != TOO_MANY_REQUESTS:
            self._budget.refill()
        outcome.attempts, outcome.out_of_time = attempt, late
        return outcome

    def _next(
        self, policy: urllib3.Retry, method: str, url: str, outcome: RESTResponse | HTTPError
    ) -> tuple[urllib3.Retry, float] | None:
        """Return what is left of the retries and the seconds to wait before the next; None when this was the last."""
        answer = error = None
        if isinstance(outcome, _Unreadable):
            return None
        if isinstance(outcome, HTTPError):
            error = outcome
        else:
            answer = outcome.urllib3_response
            if not policy.is_retry(method, outcome.status, "Retry-After" in outcome.headers):
                return None
        try:
            policy = policy.increment(method, url, response=answer, error=error)
        except HTTPError:
            return None
        asked = policy.get_retry_after(answer) if answer is not None and policy.respect_retry_after_header else None
        wait = policy.get_backoff_time() if asked is None else asked
        return (policy, wait) if wait <= self.configuration.max_wait_time else None

    def _received(self, response: Any, preload: bool) -> RESTResponse:
        """Read an answer, up to the size that is permitted; one that the caller wants to read is kept in mind."""
        if not preload and 200 <= response.status <= 299:
            with self._lock:
                self._open_answers.add(response)
            return RESTResponse(response, b"")
        limit = self.configuration.max_response_bytes
        coding = response.headers.get("Content-Encoding")
        length = response.length_remaining
        if coding is None and length and length <= limit:
            data = response.read(length)
            response.close()
            if len(data) < length:
                raise ProtocolError(f"IncompleteRead: {len(data)} bytes of {length}")
        elif coding and "," in coding:
            # One coding unpacks a chunk to a thousand times its size at most; several of them know no bounds.
            raise _Unreadable(response, "packed more than once")
        else:
            chunks = []
            for chunk in response.stream(CHUNK, decode_content=True):
                chunks.append(chunk)
                limit -= len(chunk)
                if limit < 0:
                    maximum = self.configuration.max_response_bytes
                    raise _Unreadable(response, f"larger than max_response_bytes ({maximum})")
            data = b"".join(chunks)
        if self.configuration.debug:
            logger.debug("%s: %s %s", response.status, shown_headers(response.headers), shown_body(data))
        return RESTResponse(response, data)

    def DELETE(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Pairs | None = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout | None = None,
    ) -> Any:
        """Send a request with the method DELETE; see `request`."""
        return self.request("DELETE", url, query_params, headers, body, None, _preload_content, _request_timeout)

    GET, HEAD = _reader("GET"), _reader("HEAD")
    OPTIONS, POST, PUT, PATCH = _writer("OPTIONS"), _writer("POST"), _writer("PUT"), _writer("PATCH")


def name_in(headers: Mapping[str, Any], name: str) -> str:
    """Return the name of a header as the headers have it, whatever its case; as it is when they do not have it."""
    return next((known for known in headers if str(known).lower() == str(name).lower()), name)


def _content(headers: dict[str, str], body: Any, post_params: Pairs | None) -> bytes | str | None:
    if post_params:
        content_type = name_in(headers, "Content-Type")
        if "multipart/form-data" not in headers.get(content_type, ""):
            return urlencode(post_params, quote_via=quote)
        content, headers[content_type] = urllib3.encode_multipart_formdata(post_params)
        return content
    return body if body is None or isinstance(body, (bytes, str)) else to_json(body)


def timeout_pair(value: Any) -> tuple[float, float]:
    """Return the seconds to connect and for each read that a time-out stands for."""
    pair: tuple[Any, Any] = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    if not all(isinstance(seconds, (int, float)) and not isinstance(seconds, bool) for seconds in pair):
        raise ApiTypeError(f"_request_timeout must be seconds or a pair (connect, read) of them, not {value!r}")
    if not all(0 < seconds < math.inf for seconds in pair):
        raise ApiValueError(f"_request_timeout must be more than 0 seconds and finite, not {value!r}")
    return pair


def total_seconds(value: float | None) -> float:
    """Return a total timeout as a number, which is infinite for no limit.

    Raises:
        ApiValueError: It cannot be right.
    """
    if value is None:
        return math.inf
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ApiValueError(f"total_timeout must be more than 0 seconds, or None for no limit, not {value!r}")
    return value


def _redirect_target(method: str, url: str, answer: RESTResponse) -> str | None:
    """Return where a redirect leads that may be followed: a reading request, on the same server."""
    location = answer.headers.get("Location")
    if answer.status not in _REDIRECTS or method not in ("GET", "HEAD") or not location:
        return None
    try:
        target = urljoin(url, location)
        # By the parser that also decides where to connect: two parsers can be made to see two hosts in one URL.
        there, here = parse_url(target), parse_url(url)
    except (HTTPError, ValueError):
        return None
    ports = {"http": 80, "https": 443}
    same = there.scheme == here.scheme and there.host == here.host and not there.auth
    same_port = (there.port or ports.get(there.scheme or "")) == (here.port or ports.get(here.scheme or ""))
    return target if same and same_port else None


def _log(method: str, url: str, outcome: RESTResponse | HTTPError, attempt: int, seconds: float) -> None:
    if not logger.isEnabledFor(DEBUG):
        return
    result, request_id = f"{type(outcome).__name__}: {outcome}", None
    if isinstance(outcome, RESTResponse):
        result, request_id = str(outcome.status), request_id_of(outcome.headers)
    suffix = f", request id {request_id}" if request_id else ""
    logger.debug("%s %s: %s in %.3f s, attempt %d%s", method, url, result, seconds, attempt, suffix)


def _is_timeout(error: Exception) -> bool:
    if isinstance(error, ProtocolError):  # urllib3 says this of a body that could not be sent in time
        return isinstance(error.args[-1], socket.timeout)
    return isinstance(error, (TimeoutError, socket.timeout)) and not isinstance(error, NewConnectionError)


def _transport_error(error: HTTPError, url: str, method: str, attempts: int) -> ConnectionException:
    reason: Any = error.original_error if isinstance(error, ProxyError) else error
    error_class: type[ConnectionException] = ConnectionException
    if isinstance(reason, SSLError):
        error_class = TlsException
    elif _is_timeout(reason):
        error_class = TimeoutException
    result = error_class(reason=f"{type(reason).__name__}: {reason}", url=url, method=method)
    result.attempts = attempts
    return result
