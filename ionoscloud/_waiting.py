"""Waiting: for a request to be carried out, or for anything that a caller can ask for again and again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ionoscloud import _clock
from ionoscloud._checks import is_seconds, is_whole
from ionoscloud._redaction import shown_value
from ionoscloud.exceptions import (
    ApiException,
    ApiFailedRequest,
    ApiTimeout,
    ApiTypeError,
    ApiValueError,
    request_id_in,
    shortened,
)

if TYPE_CHECKING:
    from ionoscloud.api_client import ApiClient
    from ionoscloud.models.request_status import RequestStatus

T = TypeVar("T")

LEAST = 1.0  # seconds that each question has: the last one is asked when the time is over


def wait_for(
    fn_check: Callable[[T], Any],
    fn_request: Callable[[], T],
    timeout: float | None = 3600,
    initial_wait: float = 5,
    scaleup: int = 10,
    console_print: str | None = None,
) -> T:
    """Ask again and again until the answer is right, and return it.

    Args:
        fn_check: Says whether an answer is right.
        fn_request: Asks; called at least once.
        timeout: Seconds to wait at most; `None` for no limit.
        initial_wait: Seconds between the first questions.
        scaleup: After every so many questions the wait doubles.
        console_print: Text to print after each wrong answer, such as `.`.

    Raises:
        ApiTimeout: No answer was right in time.
        ApiValueError: A number cannot be right.
    """
    for _ in _rounds(timeout, initial_wait, scaleup):
        answer = fn_request()
        if fn_check(answer):
            return answer
        if console_print is not None:
            print(console_print, end="", flush=True)
    raise ApiTimeout(f"what was waited for did not happen in {timeout:g} s")


def wait_for_completion(
    api_client: ApiClient,
    request_id: str | Mapping[str, str] | None,
    timeout: float | None = 3600,
    initial_wait: float = 5,
    scaleup: int = 10,
    progress: Callable[[RequestStatus], object] | None = None,
    x_contract_number: int | None = None,
) -> None:
    """Wait until a request is done.

    Args:
        api_client: Client that asks; the function is also its method.
        request_id: Id of the request, or the `Location` or all the headers of the answer that accepted it. `None`, and
            headers without a `Location`, mean that there is nothing to wait for.
        timeout: Seconds to wait at most; `None` for no limit. A question ends when they are over, too, except that it
            always has a second.
        initial_wait: Seconds between the first questions.
        scaleup: After every so many questions the wait doubles.
        progress: Called with the status after each question (schema `RequestStatus`).
        x_contract_number: Contract of the request; default the configured one.

    Raises:
        ApiFailedRequest: The request failed; the message is the server's.
        ApiTimeout: It was not done in time.
        ApiException: Asking went wrong (`requestsStatusGet`).
    """
    request_id = _request_id(request_id)
    if request_id is None:
        return
    from ionoscloud.api.request_api import RequestApi

    request_api = RequestApi(api_client)
    status: str | None = None
    late: ApiException | None = None
    total = api_client.configuration.total_timeout
    most = math.inf if total is None else total
    for left in _rounds(timeout, initial_wait, scaleup):
        left = max(left, LEAST)
        try:
            answer = request_api.requests_status_get(
                request_id, x_contract_number=x_contract_number, _total_timeout=min(left, most)
            )
        except ApiException as error:
            if not error.out_of_time or left > most:
                raise
            late = error
            break
        metadata = getattr(answer, "metadata", None)
        status = getattr(metadata, "status", None)
        if progress:
            progress(answer)
        if status == "DONE":
            return
        if status == "FAILED":
            message = getattr(metadata, "message", None) or "the server gave no reason"
            raise ApiFailedRequest(f"request {shortened(request_id)} failed: {shortened(message)}", request_id)
    message = (
        f"request {shortened(request_id)} was not done after {timeout:g} s, its last status was {shortened(status)}"
    )
    raise ApiTimeout(message, request_id) from late


def _request_id(source: str | Mapping[str, str] | None) -> str | None:
    """Return the request id that an id, a `Location` or the headers of an answer name."""
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
        raise ApiValueError(f"request_id must name a request, not {shown_value(source)}")
    return request_id


def check_seconds(name: str, value: float) -> None:
    """Refuse what is no time to wait.

    Raises:
        ApiValueError: The value is no number, less than 0, or too large for a float.
    """
    if not is_seconds(value):
        raise ApiValueError(f"{name} must be a number of seconds, 0 or more, not {shown_value(value)}")


def check_timeout(name: str, value: float | None) -> None:
    """Refuse what is no longest time to wait; `None` is one without an end.

    Raises:
        ApiValueError: The value is neither `None` nor a number from 0 on.
    """
    if value is not None:
        check_seconds(name, value)


def _rounds(timeout: float | None, initial_wait: float, scaleup: int) -> Iterator[float]:
    """Yield what is left of the time once for each question, waiting in between; the last one is at the deadline."""
    check_timeout("timeout", timeout)
    check_seconds("initial_wait", initial_wait)
    if not is_whole(scaleup) or scaleup < 1:
        raise ApiValueError(f"scaleup must be a number of questions, 1 or more, not {shown_value(scaleup)}")
    deadline = _clock.monotonic() + (math.inf if timeout is None else timeout)
    wait = initial_wait
    asked = 0
    while True:
        yield deadline - _clock.monotonic()
        asked += 1
        remaining = deadline - _clock.monotonic()
        if remaining <= 0:
            return
        time.sleep(min(wait, remaining))
        if asked % scaleup == 0:
            wait *= 2
