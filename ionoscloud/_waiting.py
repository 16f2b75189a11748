"""Wait until a request is done, or until any polled result is accepted."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ionoscloud import _clock
from ionoscloud._argument_errors import ApiTypeError, ApiValueError
from ionoscloud._checks import POSITIVE, SECONDS, WAIT_TIMEOUT
from ionoscloud._headers import request_id_in
from ionoscloud._operation import Operation, Parameter
from ionoscloud._redaction import describe_value
from ionoscloud.exceptions import ApiException, ApiFailedRequest, ApiTimeout, shorten

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration
    from ionoscloud.models.request_status import RequestStatus

T = TypeVar("T")

MIN_POLL_TIMEOUT = 1.0  # seconds of a poll, also of the last one, at the deadline

# The same operation as in `RequestApi`, which cannot be imported here because it imports the client.
REQUESTS_STATUS_GET: Operation[RequestStatus] = Operation(
    "requests_status_get",
    "GET",
    "/requests/{requestId}/status",
    parameters=(
        Parameter("request_id", "requestId", "path"),
        Parameter("x_contract_number", "X-Contract-Number", "header", "int"),
    ),
    response_type="RequestStatus",
)


class Client(Protocol):
    """The part of `ApiClient` that polling needs."""

    configuration: Configuration

    def call(
        self, operation: Operation[Any], arguments: tuple[Any, ...], body: Any, options: dict[str, Any]
    ) -> Any: ...


def wait_for(
    fn_check: Callable[[T], Any],
    fn_request: Callable[[], T],
    timeout: float | None = 3600,
    initial_wait: float = 5,
    scaleup: int = 10,
    console_print: str | None = None,
    max_wait: float | None = None,
) -> T:
    """Poll until `fn_check` accepts a result, and return that result.

    Args:
        fn_check: Returns whether a result is accepted.
        fn_request: Returns a result; called at least once.
        timeout: Seconds to wait; `None` for no limit.
        initial_wait: Seconds between the first polls.
        scaleup: Number of polls after which the wait doubles, repeatedly.
        console_print: Text to print after each result that is not accepted, such as `.`.
        max_wait: Maximum number of seconds between two polls; `None` for no limit.

    Raises:
        ApiTimeout: No result was accepted in time.
        ApiTypeError, ApiValueError: An argument is invalid.
    """
    for _ in _polls(timeout, initial_wait, scaleup, max_wait):
        result = fn_request()
        if fn_check(result):
            return result
        if console_print is not None:
            print(console_print, end="", flush=True)
    raise ApiTimeout(f"the wait timed out after {timeout:g} s")


def wait_for_completion(
    api_client: Client,
    request_id: str | Mapping[str, str] | None,
    timeout: float | None = 3600,
    initial_wait: float = 5,
    scaleup: int = 10,
    progress: Callable[[RequestStatus], object] | None = None,
    x_contract_number: int | None = None,
    max_wait: float | None = None,
) -> None:
    """Wait until a request is done.

    Args:
        api_client: Client that polls; this function is also its method.
        request_id: Id of the request, or the `Location` or all headers of the response that accepted it. `None`, and
            headers without a `Location`, mean that there is nothing to wait for.
        timeout: Seconds to wait; `None` for no limit. The last poll ends at this timeout, but has at least a second.
        initial_wait: Seconds between the first polls.
        scaleup: Number of polls after which the wait doubles, repeatedly.
        progress: Called with the status after each poll (schema `RequestStatus`).
        x_contract_number: Contract of the request; default the configured one.
        max_wait: Maximum number of seconds between two polls; `None` for no limit.

    Raises:
        ApiFailedRequest: The request failed; the message is that of the server.
        ApiTimeout: It was not done in time.
        ApiException: A poll failed (operation `requestsStatusGet`).
        ApiTypeError, ApiValueError: An argument is invalid.
    """
    request_id = _request_id(request_id)
    if request_id is None:
        return
    status: str | None = None
    poll_error: ApiException | None = None
    total = api_client.configuration.total_timeout
    max_poll_timeout = math.inf if total is None else total
    for left in _polls(timeout, initial_wait, scaleup, max_wait):
        left = max(left, MIN_POLL_TIMEOUT)
        options = {"_total_timeout": min(left, max_poll_timeout), "_return_http_data_only": True}
        try:
            result = api_client.call(REQUESTS_STATUS_GET, (request_id, x_contract_number), None, options)
        except ApiException as error:
            if not error.out_of_time or left > max_poll_timeout:
                raise
            poll_error = error
            break
        metadata = getattr(result, "metadata", None)
        status = getattr(metadata, "status", None)
        if progress:
            progress(result)
        if status == "DONE":
            return
        if status == "FAILED":
            message = getattr(metadata, "message", None) or "the server gave no reason"
            raise ApiFailedRequest(f"request {shorten(request_id)} failed: {shorten(message)}", request_id)
    message = f"request {shorten(request_id)} was not done after {timeout:g} s; its last status was {shorten(status)}"
    raise ApiTimeout(message, request_id) from poll_error


def _request_id(source: str | Mapping[str, str] | None) -> str | None:
    """Return the request id in an id, a `Location` or the headers of a response."""
    if source is None:
        return None
    if isinstance(source, Mapping):
        source = next((value for name, value in source.items() if name.lower() == "location"), None)
        if source is None:
            return None
    if not isinstance(source, str):
        raise ApiTypeError(f"request_id must be an id, a Location or headers, not {type(source).__name__}")
    request_id = request_id_in(source) if "/" in source else source.strip()
    if not request_id:
        raise ApiValueError(f"request_id must name a request, not {describe_value(source)}")
    return request_id


def _polls(timeout: float | None, initial_wait: float, scaleup: int, max_wait: float | None) -> Iterator[float]:
    """Yield the seconds until the deadline before each poll, and wait in between. The last poll is at the deadline."""
    WAIT_TIMEOUT.check("timeout", timeout)
    SECONDS.check("initial_wait", initial_wait)
    POSITIVE.check("scaleup", scaleup)
    WAIT_TIMEOUT.check("max_wait", max_wait)
    deadline = _clock.monotonic() + (math.inf if timeout is None else timeout)
    limit = math.inf if max_wait is None else max_wait
    wait = initial_wait
    polls = 0
    while True:
        yield deadline - _clock.monotonic()
        polls += 1
        remaining = deadline - _clock.monotonic()
        if remaining <= 0:
            return
        time.sleep(min(wait, limit, remaining))
        if polls % scaleup == 0:
            wait *= 2
