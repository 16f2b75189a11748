"""The transport: sends requests, again only where that is safe, and reads answers of bounded time and size."""

# pyright: reportPossiblyUnboundVariable=false
# It cannot know that these loops run at least once.

from __future__ import annotations

import math
import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from logging import DEBUG
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import quote, urlencode, urljoin
from weakref import WeakValueDictionary

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError, TimeoutError
from urllib3.util import parse_url

from ionoscloud import _clock
from ionoscloud._checks import checked, headers_as_text
from ionoscloud._logs import log_failure, logger
from ionoscloud._models.json import to_json
from ionoscloud._redaction import (
    SecretBytes,
    SecretStr,
    forget_locals,
    hidden,
    hidden_headers,
    plain_headers,
    printable,
    redact_error,
    redacted,
    redacted_headers,
    secrets_of,
    shown_body,
    shown_headers,
    shown_url,
    without_locals,
)
from ionoscloud._transport.body import UnreadableResponse, read_body
from ionoscloud._transport.connections import Pools, made_of
from ionoscloud._transport.deadline import LONGEST, Limits, current
from ionoscloud._transport.retries import TOO_MANY_REQUESTS, RetryBudget, policy_of, reason_of
from ionoscloud._transport.tls import trust_hint
from ionoscloud.exceptions import (
    ApiException as ApiException,  # published here too
    ApiValueError,
    ConnectionException,
    OpenApiException,
    TimeoutException,
    TlsException,
    request_id_of,
    retry_after_in,
)

if TYPE_CHECKING:
    from ionoscloud._operation import Timeout
    from ionoscloud.configuration import Configuration
    from ionoscloud.hooks import RequestEvent, ResponseEvent

Pairs = Sequence["tuple[str, str]"]
_What = tuple[Optional[str], str, str, int]  # operation, method, URL, attempt

MAX_REDIRECTS = 5
OVERHEAD = 1024 * 1024  # bytes of an answer that are not its body
_REDIRECTS = {301, 302, 303, 307, 308}
_ONCE = urllib3.Retry(False, redirect=False)  # what urllib3 would make of `retries=False` at each request


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
        out_of_budget: Whether it would have been sent again, had the client had retries left.
    """

    attempts = 1
    out_of_time = out_of_budget = unread = False
    sent: tuple[bytes | str | None, Mapping[str, str], str] = (None, {}, "")  # body, headers and URL of the request

    def __init__(self, resp: Any, data: bytes | None = None) -> None:
        self.urllib3_response = resp
        self.status: int = resp.status
        self.reason: str = resp.reason
        self.data: bytes = resp.data if data is None else data
        self.headers: Mapping[str, str] = resp.headers

    def secrets(self) -> list[str]:
        """Return the secrets of the request, which the server may repeat."""
        return secrets_of(*self.sent)

    def getheaders(self) -> Mapping[str, str]:
        """Return the headers."""
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return one header, or the default when the answer does not have it."""
        return self.headers.get(name, default)


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
    return without_locals(send)


class RESTClientObject:
    """Sends requests over pooled connections.

    Args:
        configuration: TLS and proxy settings are read from it now, the others at each request.
        pools_size: For how many hosts connections are kept.
        maxsize: How many connections are kept for each; default `Configuration.connection_pool_maxsize`.
    """

    def __init__(self, configuration: Configuration, pools_size: int = 4, maxsize: int | None = None) -> None:
        self.configuration = configuration
        self._sizes = pools_size, maxsize
        self._pools: Pools | None = None
        self._own_manager: Any = None
        self._budget = RetryBudget()
        self._open_responses: WeakValueDictionary[int, Any] = WeakValueDictionary()
        _ = self.pool_manager  # so that settings that cannot be used fail here

    @property
    def pool_manager(self) -> Any:
        """The `urllib3.PoolManager` that sends the requests to the configured host; setting one uses it for all."""
        return self._own_manager or self._current_pools().of(self.configuration.host)

    @pool_manager.setter
    def pool_manager(self, manager: Any) -> None:
        self._own_manager = manager

    def _current_pools(self) -> Pools:
        """Return the pools, made anew where TLS or proxy settings have changed since."""
        pools = self._pools
        if pools is None or pools.made_of != made_of(self.configuration):
            self._pools = Pools(self.configuration, *self._sizes)
            if pools is not None:
                pools.clear()
            pools = self._pools
        return pools

    def close(self) -> None:
        """Close the connections: those that wait for reuse, and those of responses that nobody has read."""
        if self._pools:
            self._pools.clear()
        for reference in self._open_responses.valuerefs():
            response = reference()
            if response is not None:
                response.close()

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
        _operation: str | None = None,
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
            _request_timeout: Seconds to connect and for each read, or a pair of both; default (and 0) the configured
                ones.
            _total_timeout: Seconds for all attempts together; default the configured ones.
            _operation: Name of what is called, for hooks.

        Returns:
            A `RESTResponse` with a status of 2xx.

        Raises:
            ApiException: The API refused, or the request or the answer did not come through.
            ApiTypeError: A timeout is of the wrong type.
            ApiValueError: A timeout or the body cannot be right.
        """
        headers = dict(headers or {})
        content = _content(headers, body, post_params)
        each, total = self.configuration.timeout, self.configuration.total_timeout
        if _request_timeout is not None and _request_timeout != 0:  # 0 is "not given", as in 5.0.x
            each = checked("_request_timeout", _request_timeout)
        if _total_timeout is not None:
            total = checked("_total_timeout", _total_timeout)
        timeout = timeout_pair(each)
        end = _clock.monotonic() + (math.inf if total is None else total)
        if query_params:
            url += ("&" if "?" in url else "?") + urlencode(query_params, quote_via=quote)
        if self.configuration.debug:
            shown = shown_headers(headers), shown_body(content)
            logger.debug("%s %s: %s %s", printable(method), shown_url(url), *shown)
        attempts = 0
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._send(_operation, method, url, headers, content, timeout, end, _preload_content)
            attempts += answer.attempts
            target = _redirect_target(method, url, answer)
            if target is None:
                break
            url = target
        answer.attempts = attempts
        if not 200 <= answer.status <= 299:
            error = ApiException.from_response(answer, url, method, answer.secrets())
            error.attempts, error.out_of_time = answer.attempts, answer.out_of_time
            error.out_of_budget = answer.out_of_budget
            raise error
        return answer if _preload_content else answer.urllib3_response

    def _send(
        self,
        operation: str | None,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | str | None,
        timeout: tuple[float, float],
        end: float,
        preload: bool,
    ) -> RESTResponse:
        """Send a request, again where its outcome and the settings permit it, and return the last response."""
        on_request = self.configuration.on_request
        on_response, on_retry = self.configuration.on_response, self.configuration.on_retry
        policy: urllib3.Retry | None = None
        late = spent = False
        for attempt in count(1):
            what: _What = (operation, method, url, attempt)
            sent = _headers_of(on_request, what, headers) if on_request else headers
            started = _clock.monotonic()
            outcome = self._attempt(method, url, sent, content, timeout, started, end, preload)
            seconds = _clock.monotonic() - started
            _log(method, url, outcome, attempt, seconds)
            if on_response:
                _tell("on_response", on_response, _event_of(what, seconds, outcome))
            if isinstance(outcome, RESTResponse) and outcome.status < 400:
                break
            again = self._next(policy or policy_of(self.configuration), method, url, outcome)
            if again is None:
                break
            policy, wait = again
            late = _clock.monotonic() + wait >= end
            spent = not late and not self._budget.take()
            if spent:
                logger.debug("%s %s: not sent again: the retry budget of the client is used up", method, shown_url(url))
            if late or spent:
                break
            if on_retry:
                _tell("on_retry", on_retry, _event_of(what, seconds, outcome, wait))
            time.sleep(min(wait, LONGEST))
        if isinstance(outcome, UnreadableResponse):
            raise _failure(outcome, url, method, attempt)
        if isinstance(outcome, HTTPError):
            failure = _failure(outcome, url, method, attempt)
            failure.out_of_time, failure.out_of_budget = late or _clock.monotonic() >= end, spent
            raise failure
        if attempt == 1 and outcome.status < 500 and outcome.status != TOO_MANY_REQUESTS:
            self._budget.refill()
        outcome.attempts, outcome.out_of_time, outcome.out_of_budget = attempt, late, spent
        return outcome

    def _attempt(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | str | None,
        timeout: tuple[float, float],
        started: float,
        end: float,
        preload: bool,
    ) -> RESTResponse | HTTPError:
        """Send a request once, and return its response, or why there is none that can be read."""
        connect, read = min(timeout[0], max(end - started, 0.001), LONGEST), min(timeout[1], LONGEST)
        limits = Limits(end, self.configuration.max_response_bytes + OVERHEAD)
        response = None
        before = current.limits
        try:
            current.limits = limits
            response = (self._own_manager or self._current_pools()).request(
                method,
                url,
                body=content,
                headers=plain_headers(headers),
                timeout=_timeout(connect, read),
                retries=_ONCE,
                redirect=False,
                preload_content=False,
                enforce_content_length=True,
            )
            outcome = self._received(response, preload)
            outcome.sent = content, headers, url
            if self.configuration.debug or not 200 <= outcome.status <= 299:
                self._note(outcome)
            return outcome
        except BaseException as error:
            if response is not None:
                response.close()
            forget_locals(error)  # they hold the credentials, and keep the broken connection open
            if isinstance(error, OpenApiException) or not isinstance(error, (HTTPError, ValueError)):
                raise
            if not (isinstance(error, HTTPError) or limits.responding):
                # The text of a ValueError may hold what was sent.
                raise ApiValueError("the request cannot be sent: check its method, URL, headers, body") from None
            failure = (
                error if isinstance(error, HTTPError) else ProtocolError(f"{type(error).__name__} in the response")
            )
            secrets = secrets_of(content, headers, url)
            redact_error(failure, [*secrets, *re.split("[?#]", url)[1:]])
            if isinstance(failure, UnreadableResponse):
                failure.headers = redacted_headers(failure.headers, secrets)
            return failure
        finally:
            current.limits = before

    def _next(
        self, policy: urllib3.Retry, method: str, url: str, outcome: RESTResponse | HTTPError
    ) -> tuple[urllib3.Retry, float] | None:
        """Return what is left of the retries and the seconds to wait before the next; None when this was the last."""
        answer = error = None
        if isinstance(outcome, HTTPError):
            if isinstance(reason_of(outcome), (SSLError, UnreadableResponse)):
                return None
            error = outcome
        else:
            answer = outcome.urllib3_response
            if not policy.is_retry(method, outcome.status, "Retry-After" in outcome.headers):
                return None
        try:
            policy = policy.increment(method, shown_url(url), response=answer, error=error)
        except HTTPError:
            return None
        # Policies of urllib3 would raise errors of their own on a `Retry-After` that they cannot read.
        asked = retry_after_in(answer.headers) if answer is not None and policy.respect_retry_after_header else None
        wait = policy.get_backoff_time() if asked is None else asked
        return (policy, wait) if wait <= self.configuration.max_wait_time else None

    def _received(self, response: Any, preload: bool) -> RESTResponse:
        """Read a response, up to the size that is permitted; one that the caller wants to read is kept in mind."""
        if not preload and 200 <= response.status <= 299:
            self._open_responses[id(response)] = response
            result = RESTResponse(response, b"")
            result.unread = True
            return result
        return RESTResponse(response, read_body(response, self.configuration.max_response_bytes))

    def _note(self, answer: RESTResponse) -> None:
        """Log an answer; in a refusal, which may repeat what was sent, mask the secrets of the request."""
        secrets = answer.secrets()
        if not 200 <= answer.status <= 299:
            answer.headers = redacted_headers(answer.headers, secrets)
        if self.configuration.debug and not answer.unread:
            text = shown_headers(answer.headers), shown_body(answer.data, secrets)
            logger.debug("%s: %s %s", answer.status, *(redacted(str(part), secrets) for part in text))

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
        """Send a request with the method DELETE; see `request`."""
        return self.request("DELETE", url, query_params, headers, body, None, _preload_content, _request_timeout)

    GET, HEAD = _reader("GET"), _reader("HEAD")
    OPTIONS, POST, PUT, PATCH = _writer("OPTIONS"), _writer("POST"), _writer("PUT"), _writer("PATCH")


def name_in(headers: Mapping[str, Any], name: str) -> str:
    """Return the name of a header as the headers have it, whatever its case; as it is when they do not have it."""
    wanted = str(name).lower()
    for known in headers:
        if str(known).lower() == wanted:
            return known
    return name


def _content(headers: dict[str, str], body: Any, post_params: Pairs | None) -> bytes | str | None:
    if post_params:
        content_type = name_in(headers, "Content-Type")
        if "multipart/form-data" not in headers.get(content_type, ""):
            return SecretStr(urlencode(post_params, quote_via=quote))
        content, headers[content_type] = urllib3.encode_multipart_formdata(post_params)
        return SecretBytes(content)
    return body if body is None else hidden(body) if isinstance(body, (bytes, str)) else to_json(body)


def timeout_pair(value: Timeout) -> tuple[float, float]:
    """Return the seconds to connect and for each read that a time-out stands for."""
    return value if isinstance(value, tuple) else (value, value)


def _redirect_target(method: str, url: str, answer: RESTResponse) -> str | None:
    """Return where a redirect leads that may be followed: a reading request, on the same server."""
    if answer.status not in _REDIRECTS or method not in ("GET", "HEAD"):
        return None
    location = answer.headers.get("Location")
    if not location:
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


@lru_cache(maxsize=16)
def _timeout(connect: float, read: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=connect, read=read)


def _log(method: str, url: str, outcome: RESTResponse | HTTPError, attempt: int, seconds: float) -> None:
    if not logger.isEnabledFor(DEBUG):
        return
    result, request_id = printable(f"{type(outcome).__name__}: {outcome}"), None
    if isinstance(outcome, RESTResponse):
        result, request_id = str(outcome.status), request_id_of(outcome.headers)
    suffix = f", request id {printable(request_id)}" if request_id else ""
    logger.debug("%s %s: %s in %.3f s, attempt %d%s", method, shown_url(url), result, seconds, attempt, suffix)


def _is_timeout(error: Exception) -> bool:
    if isinstance(error, ProtocolError):  # urllib3 says this of a body that could not be sent in time
        return isinstance(error.args[-1], socket.timeout)
    return isinstance(error, (TimeoutError, socket.timeout)) and not isinstance(error, NewConnectionError)


def _headers_of(hook: Callable[[RequestEvent], object], what: _What, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers as `Configuration.on_request` leaves them; what it adds takes the place of its namesake."""
    from ionoscloud.hooks import RequestEvent  # where there are hooks only

    event = RequestEvent(*what, {**headers})
    hook(event)
    result: dict[str, str] = {}
    for name, value in headers_as_text(event.headers, "on_request: header").items():
        result[name_in(result, name)] = value
    return hidden_headers(result)


def _tell(name: str, hook: Callable[[Any], object], event: ResponseEvent) -> None:
    """Tell a hook how an attempt ended. Should the hook fail, the answer must not be lost."""
    try:
        hook(event)
    except Exception:
        log_failure(f"the hook Configuration.{name}")


def _event_of(
    what: _What, seconds: float, outcome: RESTResponse | HTTPError, wait: float | None = None
) -> ResponseEvent:
    """Return what a hook is told of an attempt that has ended."""
    from ionoscloud.hooks import ResponseEvent, RetryEvent

    _, method, url, attempt = what
    status: int | None = None
    headers: Mapping[str, str] = {}
    if isinstance(outcome, (RESTResponse, UnreadableResponse)):
        status, headers = outcome.status, outcome.headers
    error = None if isinstance(outcome, RESTResponse) else _failure(outcome, url, method, attempt)
    facts = (*what, seconds, status, headers, error)
    return ResponseEvent(*facts) if wait is None else RetryEvent(*facts, wait)


def _failure(error: HTTPError, url: str, method: str, attempts: int) -> ApiException:
    if isinstance(error, UnreadableResponse):
        refusal = ApiException(error.status, str(error), url=url, method=method)
        refusal.headers, refusal.attempts = error.headers, attempts
        return refusal
    reason = reason_of(error)
    error_class: type[ConnectionException] = ConnectionException
    if isinstance(reason, SSLError):
        error_class = TlsException
    elif _is_timeout(reason):
        error_class = TimeoutException
    text = printable(f"{type(reason).__name__}: {reason}{trust_hint(reason)}")
    result = error_class(reason=text, url=url, method=method)
    result.attempts = attempts
    result.__cause__ = error
    return result
