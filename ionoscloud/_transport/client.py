"""The HTTP client: `send` follows redirects and retries, `_attempt` sends once, `_decide` chooses whether to retry."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Mapping
from copy import copy
from functools import lru_cache
from logging import DEBUG
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin
from weakref import WeakValueDictionary

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError, TimeoutError
from urllib3.util import parse_url

from ionoscloud import _clock
from ionoscloud._argument_errors import ApiValueError, OpenApiException
from ionoscloud._headers import checked_headers, find_header, request_id_of, retry_after_of
from ionoscloud._legacy.transport import LegacyResponse, LegacyTransport
from ionoscloud._logs import log_failure, logger
from ionoscloud._redaction import (
    escape_unprintable,
    find_secrets,
    mask_secrets,
    mask_secrets_in_error,
    mask_secrets_in_headers,
    redact_body,
    redact_headers,
    redact_url,
    wrap_secret_headers,
)
from ionoscloud._secret_types import unwrap_headers
from ionoscloud._tracebacks import clear_locals
from ionoscloud._transport.body import UnreadableResponse, read_body
from ionoscloud._transport.deadline import MAX_WAIT, Limits, current
from ionoscloud._transport.pools import Pools, settings_key
from ionoscloud._transport.rate_limit import RateLimit
from ionoscloud._transport.request import Request
from ionoscloud._transport.retries import TOO_MANY_REQUESTS, RetryBudget, retry_policy, unwrap_proxy_error
from ionoscloud._transport.tls import trust_hint
from ionoscloud.exceptions import ApiException, ConnectionException, TimeoutException, TlsException

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration
    from ionoscloud.hooks import RequestEvent, ResponseEvent

MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_NO_RETRIES = urllib3.Retry(False, redirect=False)  # created once: urllib3 would create one for each request


class RESTResponse(LegacyResponse):
    """A response whose body has been read.

    Args:
        resp: The response of urllib3.
        data: The body, if it has been read already.

    Attributes:
        status: HTTP status.
        reason: Reason phrase.
        data: Body, as bytes.
        headers: Headers; their names are case-insensitive.
        urllib3_response: The response of urllib3.
        request: The request.
        attempts: How many times the request was sent.
        out_of_time: Whether the total timeout prevented a retry.
        out_of_budget: Whether the retry budget of the client prevented a retry.
        api_version: Version of the API that the request was for; `None` if unknown.
    """

    __module__ = "ionoscloud.rest"  # the published path, which reprs and pickles show
    request: Request | None = None
    attempts = 1
    out_of_time = out_of_budget = False
    api_version: int | None = None

    def __init__(self, resp: Any, data: bytes | None = None) -> None:
        self.urllib3_response = resp
        self.status: int = resp.status
        self.reason: str = resp.reason
        self.data: bytes = resp.data if data is None else data
        self.headers: Mapping[str, str] = resp.headers

    def secrets(self) -> list[str]:
        """Return the secrets of the request, which the server may repeat."""
        return find_secrets(self.request.content, self.request.headers, self.request.url) if self.request else []


class _Decision(NamedTuple):
    """The decision after a failed attempt: retry after `wait` seconds, or do not retry (`wait` is None)."""

    wait: float | None = None
    policy: urllib3.Retry | None = None
    out_of_time: bool = False
    out_of_budget: bool = False


class RESTClientObject(LegacyTransport):
    """Sends requests over pooled connections.

    Args:
        configuration: Settings, which can change at any time. New TLS or proxy settings open new connections.
        pools_size: Number of hosts to keep connections for.
        maxsize: Number of connections to keep for each host; default `Configuration.connection_pool_maxsize`.
    """

    __module__ = "ionoscloud.rest"

    def __init__(self, configuration: Configuration, pools_size: int = 4, maxsize: int | None = None) -> None:
        self.configuration = configuration
        self._sizes = pools_size, maxsize
        self._pools: Pools | None = None
        self._own_manager: Any = None
        self._source: RESTClientObject | None = None
        self._shares_pools = False
        self._budget = RetryBudget()
        self.rate_limit = RateLimit()
        self._open_responses: WeakValueDictionary[int, Any] = WeakValueDictionary()
        _ = self.pool_manager  # raises an error now if settings cannot be used

    @property
    def pool_manager(self) -> Any:
        """The `urllib3.PoolManager` for the configured host. If a program sets one, it sends all requests."""
        return self._own_manager or self._current_pools().manager_for(self.configuration.host)

    @pool_manager.setter
    def pool_manager(self, manager: Any) -> None:
        self._own_manager = manager

    def _current_pools(self) -> Pools:
        """Return the pools. Create new ones if TLS or proxy settings have changed."""
        pools = self._pools
        key = settings_key(self.configuration)
        if pools is None or pools.settings_key != key:
            own = None if self._shares_pools else pools
            source = self._source
            if source is not None and settings_key(source.configuration) == key:
                pools, self._shares_pools = source._current_pools(), True
            else:
                pools, self._shares_pools = Pools(self.configuration, *self._sizes), False
            self._pools = pools
            if own is not None:
                own.clear()
        return pools

    def with_configuration(self, configuration: Configuration, *, is_other_account: bool = False) -> RESTClientObject:
        """Return a transport with other settings that shares the retry budget, and connections if TLS and proxy agree.

        To close it does not close shared connections. Another account or host has a rate limit of its own.
        """
        result = copy(self)
        result.configuration = configuration
        result._pools, result._shares_pools, result._source = None, False, self
        if is_other_account:
            result.rate_limit = RateLimit()
        _ = result.pool_manager  # as in `__init__`
        return result

    def close(self) -> None:
        """Close all connections: idle ones, and those of streamed responses that are still open."""
        if self._pools and not self._shares_pools:
            self._pools.clear()
        if self._source:
            return
        for reference in self._open_responses.valuerefs():
            response = reference()
            if response is not None:
                response.close()

    def send(self, request: Request, limits: Limits) -> RESTResponse:
        """Send a request: follow redirects, and retry where that is safe.

        Args:
            request: The request.
            limits: Timeouts, deadline and size limit of the call.

        Returns:
            A response with a status of 2xx.

        Raises:
            ApiException: The API rejected the request, or there is no readable response.
            ApiValueError: The request cannot be sent.
        """
        if self.configuration.debug:
            shown = redact_headers(request.headers), redact_body(request.content)
            logger.debug("%s %s: %s %s", escape_unprintable(request.method), redact_url(request.url), *shown)
        policy: urllib3.Retry | None = None
        decision = _Decision()
        attempts = before = redirects = 0  # `before`: attempts before the last redirect
        while True:
            attempts += 1
            number = attempts - before
            outcome, seconds = self._attempt(request, limits, number)
            if isinstance(outcome, RESTResponse):
                if number == 1 and outcome.status < 500 and outcome.status != TOO_MANY_REQUESTS:
                    self._budget.refill()
                if outcome.status < 400:
                    target = _redirect_target(request, outcome) if redirects < MAX_REDIRECTS else None
                    if target is None:
                        break
                    request, before, redirects, policy = request._replace(url=target), attempts, redirects + 1, None
                    continue
            decision = self._decide(request, limits, outcome, policy)
            if decision.wait is None:
                break
            policy = decision.policy
            if self.configuration.on_retry:
                event = _event_of(request, number, seconds, outcome, decision.wait)
                _notify("on_retry", self.configuration.on_retry, event)
            time.sleep(min(decision.wait, MAX_WAIT))
        if isinstance(outcome, HTTPError):
            is_late = decision.out_of_time or _clock.monotonic() >= limits.deadline
            raise _error_of(outcome, request, attempts, out_of_time=is_late, out_of_budget=decision.out_of_budget)
        outcome.attempts = attempts
        outcome.out_of_time, outcome.out_of_budget = decision.out_of_time, decision.out_of_budget
        if not 200 <= outcome.status <= 299:
            raise ApiException.from_response(outcome, request.url, request.method, outcome.secrets())
        return outcome

    def _attempt(self, request: Request, limits: Limits, number: int) -> tuple[RESTResponse | HTTPError, float]:
        """Send a request once. Return its response, or the error if there is none to read, and the seconds it took."""
        configuration = self.configuration
        if configuration.on_request:
            request = request._replace(headers=_headers_of(configuration.on_request, request, number))
        outcome: RESTResponse | HTTPError
        response = headers = None
        before = current.limits
        started = _clock.monotonic()
        try:
            wait = self.rate_limit.reserve(limits)
            if wait and started + wait < limits.deadline:  # otherwise, the server decides
                logger.debug("%s %s: waits %.1f s for the rate limit", request.method, redact_url(request.url), wait)
                time.sleep(wait)
                started = _clock.monotonic()
            current.limits = limits
            limits.responding = False
            own = self._own_manager
            send, target = (own.request, request.url) if own else self._current_pools().route(request.url)
            response = send(
                request.method,
                target,
                body=request.content,
                headers=unwrap_headers(request.headers),
                timeout=_timeout(min(limits.connect, max(limits.deadline - started, 0.001), MAX_WAIT), limits.read),
                retries=_NO_RETRIES,
                redirect=False,
                preload_content=False,
                enforce_content_length=True,
            )
            outcome = self._read(response, request)
            headers = outcome.headers
            if configuration.debug or not 200 <= outcome.status <= 299:
                self._redact(outcome, request)
        except BaseException as error:
            if response is not None:
                response.close()
            clear_locals(error)  # they hold credentials, and keep the broken connection open
            if isinstance(error, OpenApiException) or not isinstance(error, (HTTPError, ValueError)):
                raise
            if not (isinstance(error, HTTPError) or limits.responding):
                # The text of a ValueError may contain the request.
                raise ApiValueError("the request cannot be sent: check its method, URL, headers and body") from None
            outcome = _redacted_failure(error, request)
        finally:
            current.limits = before
            self.rate_limit.settle(limits, headers)
        seconds = _clock.monotonic() - started
        if logger.isEnabledFor(DEBUG):
            _log(request, outcome, number, seconds)
        if configuration.on_response:
            _notify("on_response", configuration.on_response, _event_of(request, number, seconds, outcome))
        return outcome, seconds

    def _decide(
        self, request: Request, limits: Limits, outcome: RESTResponse | HTTPError, policy: urllib3.Retry | None
    ) -> _Decision:
        """Decide whether to retry a failed request, and when.

        Args:
            request: The request.
            limits: Limits of the call. No retry starts after its deadline.
            outcome: The error response, or the error if there is no readable response.
            policy: The remaining retries; `None` before the first one.
        """
        policy = policy or retry_policy(self.configuration)
        response = error = None
        if isinstance(outcome, HTTPError):
            if isinstance(unwrap_proxy_error(outcome), (SSLError, UnreadableResponse)):
                return _Decision()
            error = outcome
        else:
            response = outcome.urllib3_response
            if not policy.is_retry(request.method, outcome.status, "Retry-After" in outcome.headers):
                return _Decision()
        try:
            policy = policy.increment(request.method, redact_url(request.url), response=response, error=error)
        except HTTPError:
            return _Decision()
        # Parsed here, because urllib3's own policies raise an error for an invalid `Retry-After`.
        asked = retry_after_of(response.headers) if response is not None and policy.respect_retry_after_header else None
        wait = policy.get_backoff_time() if asked is None else asked
        if wait > self.configuration.max_wait_time:
            return _Decision()
        if _clock.monotonic() + wait >= limits.deadline:
            return _Decision(out_of_time=True)
        if not self._budget.take():
            logger.debug("%s %s: not retried: the retry budget is used up", request.method, redact_url(request.url))
            return _Decision(out_of_budget=True)
        return _Decision(wait, policy)

    def _read(self, response: Any, request: Request) -> RESTResponse:
        """Read a response, up to the size limit. Leave a streamed one open for the caller, and track it for `close`."""
        is_open = _stays_open(request, response.status)
        if is_open:
            self._open_responses[id(response)] = response
        result = RESTResponse(response, b"" if is_open else read_body(response, self.configuration.max_response_bytes))
        result.request = request
        result.api_version = request.version or self.configuration.api_version
        return result

    def _redact(self, response: RESTResponse, request: Request) -> None:
        """Mask secrets of the request in an error response, which may repeat them. In debug mode, log the response."""
        secrets = response.secrets()
        if not 200 <= response.status <= 299:
            response.headers = mask_secrets_in_headers(response.headers, secrets)
        if self.configuration.debug and not _stays_open(request, response.status):
            text = redact_headers(response.headers), redact_body(response.data, secrets)
            logger.debug("%s: %s %s", response.status, *(mask_secrets(str(part), secrets) for part in text))


def _stays_open(request: Request, status: int) -> bool:
    """Return whether the caller reads the body of a response. The body of an error response is read here."""
    return request.is_streamed and 200 <= status <= 299


def _redirect_target(request: Request, response: RESTResponse) -> str | None:
    """Return the URL of a redirect to follow: only of a GET or HEAD request, and only to the same server."""
    if response.status not in _REDIRECTS or request.method not in ("GET", "HEAD"):
        return None
    location = response.headers.get("Location")
    if not location:
        return None
    try:
        target = urljoin(request.url, location)
        # The same parser decides where to connect. Different parsers can find different hosts in a URL.
        there, here = parse_url(target), parse_url(request.url)
    except (HTTPError, ValueError):
        return None
    ports = {"http": 80, "https": 443}
    same = there.scheme == here.scheme and there.host == here.host and not there.auth
    same_port = (there.port or ports.get(there.scheme or "")) == (here.port or ports.get(here.scheme or ""))
    return target if same and same_port else None


@lru_cache(maxsize=16)
def _timeout(connect: float, read: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=connect, read=read)


def _redacted_failure(error: Exception, request: Request) -> HTTPError:
    """Return the error of an attempt as an error of urllib3, with the secrets of the request masked."""
    failure = error if isinstance(error, HTTPError) else ProtocolError(f"{type(error).__name__} in the response")
    secrets = find_secrets(request.content, request.headers, request.url)
    mask_secrets_in_error(failure, [*secrets, *re.split("[?#]", request.url)[1:]])
    if isinstance(failure, UnreadableResponse):
        failure.headers = mask_secrets_in_headers(failure.headers, secrets)
    return failure


def _error_of(error: HTTPError, request: Request, attempts: int, **facts: bool) -> ApiException:
    """Return the exception for a request without a readable response."""
    if isinstance(error, UnreadableResponse):
        refusal = ApiException(error.status, str(error), url=request.url, method=request.method, attempts=attempts)
        refusal.headers = error.headers
        return refusal
    reason = unwrap_proxy_error(error)
    error_class: type[ConnectionException] = ConnectionException
    if isinstance(reason, SSLError):
        error_class = TlsException
    elif _is_timeout(reason):
        error_class = TimeoutException
    text = escape_unprintable(f"{type(reason).__name__}: {reason}{trust_hint(reason)}")
    result = error_class(reason=text, url=request.url, method=request.method, attempts=attempts, **facts)
    result.__cause__ = error
    return result


def _is_timeout(error: Exception) -> bool:
    if isinstance(error, ProtocolError):  # raised by urllib3 if a body cannot be sent in time
        return isinstance(error.args[-1], socket.timeout)
    return isinstance(error, (TimeoutError, socket.timeout)) and not isinstance(error, NewConnectionError)


def _log(request: Request, outcome: RESTResponse | HTTPError, attempt: int, seconds: float) -> None:
    result, request_id = escape_unprintable(f"{type(outcome).__name__}: {outcome}"), None
    if isinstance(outcome, RESTResponse):
        result, request_id = str(outcome.status), request_id_of(outcome.headers)
    suffix = f", request id {escape_unprintable(request_id)}" if request_id else ""
    target = request.method, redact_url(request.url)
    logger.debug("%s %s: %s in %.3f s, attempt %d%s", *target, result, seconds, attempt, suffix)


def _headers_of(hook: Callable[[RequestEvent], object], request: Request, attempt: int) -> dict[str, str]:
    """Return the headers of an attempt after `Configuration.on_request`, which can replace them."""
    from ionoscloud.hooks import RequestEvent  # loaded only if there are hooks

    event = RequestEvent(request.operation, request.method, request.url, attempt, {**request.headers})
    hook(event)
    result: dict[str, str] = {}
    for name, value in checked_headers(event.headers, "on_request: header").items():
        result[find_header(result, name)] = value
    return wrap_secret_headers(result)


def _notify(name: str, hook: Callable[[Any], object], event: ResponseEvent) -> None:
    """Call a hook with the outcome of an attempt. Log its errors, so that the response is not lost."""
    try:
        hook(event)
    except Exception:
        log_failure(f"the hook Configuration.{name}")


def _event_of(
    request: Request, attempt: int, seconds: float, outcome: RESTResponse | HTTPError, wait: float | None = None
) -> ResponseEvent:
    """Return the event for `on_response`, or, with a wait, for `on_retry`."""
    from ionoscloud.hooks import ResponseEvent, RetryEvent

    status: int | None = None
    headers: Mapping[str, str] = {}
    if isinstance(outcome, (RESTResponse, UnreadableResponse)):
        status, headers = outcome.status, outcome.headers
    error = _error_of(outcome, request, attempt) if isinstance(outcome, HTTPError) else None
    facts = (request.operation, request.method, request.url, attempt, seconds, status, headers, error)
    return ResponseEvent(*facts) if wait is None else RetryEvent(*facts, wait)
