"""Wait until a change is done, or until any polled result is accepted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast

from ionoscloud._argument_errors import ApiTypeError, ApiValueError
from ionoscloud._checks import FUNCTION, HOOK, Default, check_client, unless_given
from ionoscloud._headers import find_header, request_id_in
from ionoscloud._polling import Client, RequestPolls, Schedule, is_late, state_of, timeout_option
from ionoscloud._redaction import describe_value
from ionoscloud.exceptions import ApiException, ApiFailedRequest, ApiTimeout, NotFoundException, shorten

if TYPE_CHECKING:
    from ionoscloud._call_options import ApiResponse
    from ionoscloud.models.request_status import RequestStatus

T = TypeVar("T")
RequestSource = Union[str, Mapping[str, str], "ApiResponse[Any]", None]

_MAX_SHOWN = 3  # resources and failures in a message


def wait_for(
    fn_check: Callable[[T], Any],
    fn_request: Callable[[], T],
    timeout: float | None = 3600,
    initial_wait: float | None = None,
    scaleup: int | None = None,
    console_print: str | None = None,
    max_wait: float | None = None,
) -> T:
    """Poll until `fn_check` accepts a result, and return that result.

    Args:
        fn_check: Returns whether a result is accepted.
        fn_request: Returns a result; called at least once.
        timeout: Seconds to wait; `None` for no limit.
        initial_wait: Seconds between the first polls. Default: a few tenths of a second at first, and then a tenth of
            the time that has passed, up to 20 seconds; with `scaleup`, 5 seconds.
        scaleup: Number of polls after which the wait doubles, repeatedly. Default with `initial_wait`: 10.
        console_print: Text to print after each result that is not accepted, such as `.`.
        max_wait: Maximum number of seconds between two polls; `None` for no limit.

    Raises:
        ApiTimeout: No result was accepted in time.
        ApiTypeError, ApiValueError: An argument is invalid.
    """
    for name, function in {"fn_check": fn_check, "fn_request": fn_request}.items():
        FUNCTION.check(name, function)
    for _ in Schedule(timeout, initial_wait=initial_wait, scaleup=scaleup, max_wait=max_wait).polls():
        result = fn_request()
        if fn_check(result):
            return result
        if console_print is not None:
            print(console_print, end="", flush=True)
    raise ApiTimeout(f"the wait timed out after {timeout:g} s")


def wait_for_completion(
    api_client: Client,
    request_id: RequestSource | Iterable[RequestSource],
    timeout: float | None = unless_given(3600.0),
    initial_wait: float | None = None,
    scaleup: int | None = None,
    progress: Callable[[RequestStatus], object] | None = None,
    x_contract_number: int | None = None,
    max_wait: float | None = None,
) -> None:
    """Wait until one or several requests are done.

    Waits of a client that run at the same time share their polls: one list of requests serves them all.

    Args:
        api_client: Client that polls; this function is also its method.
        request_id: Id of the request, the `Location` or all headers of the response that accepted it, or the result of
            a `..._with_http_info` method. `None`, and headers without a `Location`, mean that there is nothing to wait
            for. Or a list of these.
        timeout: Seconds to wait; `None` for no limit. Default: `Configuration.wait_timeout`. The last poll ends at this
            timeout, but has at least a second.
        initial_wait: Seconds between the first polls. Default: `Configuration.poll_interval`; with `scaleup`, 5.
        scaleup: Number of polls after which the wait doubles, repeatedly. Default with `initial_wait`: 10.
        progress: Called with the status of each request after each poll (schema `RequestStatus`).
        x_contract_number: Contract of the requests; default the configured one.
        max_wait: Maximum number of seconds between two polls; `None` for no limit.

    Raises:
        ApiFailedRequest: A request failed; the message is that of the server. The other requests have ended, too.
        ApiTimeout: A request was not done in time.
        ApiException: A poll failed (operation `requestsStatusGet` or `requestsGet`).
        ApiTypeError, ApiValueError: An argument is invalid.
    """
    check_client(api_client, "api_client")
    request_ids = request_ids_in(request_id)
    options: dict[str, Any] = {"initial_wait": initial_wait, "scaleup": scaleup, "max_wait": max_wait}
    schedule = schedule_of(api_client, timeout, **options, at_once=False)
    HOOK.check("progress", progress)
    if request_ids:
        wait_for_requests(api_client, request_ids, schedule, progress, x_contract_number)


def wait_until(
    api_client: Client,
    method: Callable[..., T],
    *args: Any,
    state: str | Collection[str] | None = None,
    check: Callable[[T], object] | None = None,
    gone: bool = False,
    timeout: float | None = unless_given(3600.0),
    progress: Callable[[T], object] | None = None,
    **kwargs: Any,
) -> T:
    """Call a method until the resource that it returns has a state, meets a condition, or is gone.

    Pass exactly one of `state`, `check` and `gone`.

    Args:
        api_client: Client whose settings apply; this function is also its method.
        method: Method that returns the resource or a list, such as `ServerApi(client).datacenters_servers_find_by_id`.
        *args: Positional arguments of the method.
        state: Wanted state in the metadata of the resource, such as `AVAILABLE` or `ACTIVE`, or several states.
        check: Function that returns whether the resource meets the condition.
        gone: True to wait until the resource does not exist; the result is then `None`.
        timeout: Seconds to wait; `None` for no limit. Default: `Configuration.wait_timeout`.
        progress: Called with the resource after each poll.
        **kwargs: Keyword arguments of the method.

    Returns:
        The resource in the wanted state; `None` with `gone`.

    Raises:
        ApiFailedRequest: `state` is given, and the state shows that a change failed.
        ApiTimeout: The timeout expired; `resource` is the last result.
        ApiException: A poll failed.
        ApiTypeError, ApiValueError: An argument is invalid.
    """
    if not callable(method):
        raise ApiTypeError(f"method must be a method such as api.images_find_by_id, not {describe_value(method)}")
    given = [name for name, value in (("state", state), ("check", check), ("gone", gone or None)) if value is not None]
    if len(given) != 1:
        stated = " and ".join(given) or "none of them"
        raise ApiTypeError(f"wait_until() needs exactly one of state, check and gone, but got {stated}")
    if kwargs.get("async_req"):
        raise ApiTypeError("wait_until: async_req must be False, because every poll needs the result of the method")
    HOOK.check("check", check)
    HOOK.check("progress", progress)
    states = [state] if isinstance(state, str) else [*state] if isinstance(state, Collection) else []
    if state is not None and not (states and all(isinstance(each, str) and each for each in states)):
        raise ApiTypeError(f"state must be a state such as 'AVAILABLE', or several, not {describe_value(state)}")
    schedule = schedule_of(api_client, timeout)
    is_ours = str(getattr(method, "__module__", None)).startswith("ionoscloud.api.")

    def read(left: float) -> T:
        return method(*args, **{**(timeout_option(api_client, left) if is_ours else {}), **kwargs})

    def is_wanted(resource: T) -> object:
        if check:
            return check(resource)
        if field_of(resource, "metadata") is None:
            kind = type(resource).__name__
            raise ApiTypeError(f"method must return a resource with a state, or `check` is needed, but got {kind}")
        return resource_state(resource) in states

    wanted = "gone" if gone else "as wanted" if check else " or ".join(sorted(states))
    resource: T = poll_resource(api_client, read, None if gone else is_wanted, schedule, wanted, progress, bool(check))
    return resource


def schedule_of(
    client: Client, timeout: float | None, interval: float | None = None, *, at_once: bool = True, **options: Any
) -> Schedule:
    """Return the schedule of a wait that starts now, with the settings of the client for what is not given."""
    configuration = client.configuration
    seconds = configuration.wait_timeout if isinstance(timeout, Default) else timeout
    return Schedule(seconds, configuration.poll_interval if interval is None else interval, at_once=at_once, **options)


def request_ids_in(source: RequestSource | Iterable[RequestSource]) -> list[str]:
    """Return the ids of the requests in ids, `Location` headers, and headers of responses.

    Raises:
        ApiTypeError, ApiValueError: One of them is not valid.
    """
    given: Any = source
    is_one = isinstance(source, (str, bytes, Mapping)) or _is_response(source) or not isinstance(source, Iterable)
    found = (_request_id(each) for each in ((given,) if is_one else given))
    return list(dict.fromkeys(request_id for request_id in found if request_id is not None))


def location_in(headers: Mapping[str, str]) -> str | None:
    """Return the `Location` in headers, whose names can have any case."""
    return headers.get(find_header(headers, "Location"))


def _is_response(source: object) -> bool:
    """Return whether a value is `(data, status, headers)`."""
    parts = cast("tuple[object, ...]", source) if isinstance(source, tuple) else ()
    return len(parts) == 3 and isinstance(parts[1], int) and isinstance(parts[2], Mapping)


def _request_id(source: object) -> str | None:
    if _is_response(source):
        source = cast("ApiResponse[Any]", source)[2]
    if isinstance(source, Mapping):
        source = location_in(cast("Mapping[str, str]", source))
    if source is None:
        return None
    if not isinstance(source, str):
        kind = type(source).__name__
        raise ApiTypeError(f"request_id must be an id, a Location, headers or a response, or several, not {kind}")
    request_id = request_id_in(source) if "/" in source else source.strip()
    if not request_id:
        raise ApiValueError(f"request_id must name a request, not {describe_value(source)}")
    return request_id


def wait_for_requests(
    client: Client,
    request_ids: Collection[str],
    schedule: Schedule,
    progress: Callable[[RequestStatus], object] | None,
    contract: int | None = None,
    request_auth: Mapping[str, Any] | None = None,
) -> None:
    """Wait until all requests are done or failed; see `wait_for_completion`."""
    # Other contracts have other requests, and other credentials may see other ones.
    shared_by = str(client.configuration.contract_number if contract is None else contract)
    polls = RequestPolls() if request_auth else client._request_polls.setdefault(shared_by, RequestPolls())
    options = {"_request_auth": request_auth} if request_auth else {}
    statuses, poll_error = polls.wait(client, request_ids, schedule, progress, options, contract)
    failed = [request_id for request_id, status in statuses.items() if state_of(status) == "FAILED"]
    if failed:
        reasons = [f"request {shorten(each)} failed: {_reason(statuses[each])}" for each in failed[:_MAX_SHOWN]]
        more = [f"and {len(failed) - _MAX_SHOWN:,} more"] if failed[_MAX_SHOWN:] else []
        raise ApiFailedRequest("; ".join(reasons + more), failed[0], statuses[failed[0]])
    late = [request_id for request_id, status in statuses.items() if state_of(status) != "DONE"]
    if late:
        first = late[0]
        count = f" and {len(late) - 1:,} more were" if late[1:] else " was"
        last = shorten(state_of(statuses[first]))
        message = f"request {shorten(first)}{count} not done after {schedule.timeout:g} s; its last status was {last}"
        raise ApiTimeout(message, first, statuses[first]) from poll_error


def _reason(status: RequestStatus | None) -> str:
    """Return the message of a failed request, and the resources that it was for."""
    metadata = getattr(status, "metadata", None)
    message = getattr(metadata, "message", None) or "the server gave no reason"
    targets = [target.target for target in getattr(metadata, "targets", None) or () if target.target]
    shown = ", ".join(f"{shorten(target.type)} {shorten(target.id)}" for target in targets[:_MAX_SHOWN])
    return f"{shorten(message)} ({shown})" if shown else shorten(message)


def poll_resource(
    client: Client,
    read: Callable[[float], Any],
    is_wanted: Callable[[Any], object] | None,
    schedule: Schedule,
    wanted: str,
    progress: Callable[[Any], object] | None = None,
    accepts_failure: bool = False,
) -> Any:
    """Read a resource until it is as wanted, and return it.

    Args:
        client: Client whose settings apply.
        read: Reads the resource, given the seconds that are left of the wait.
        is_wanted: Returns whether a resource is as wanted; `None` to wait until it is gone.
        schedule: The times of the polls.
        wanted: What is wanted, for messages.
        progress: Called with the resource after each poll.
        accepts_failure: Whether a state such as `FAILED` does not end the wait.

    Raises:
        ApiFailedRequest: The state of the resource shows that the change failed.
        ApiTimeout: The resource was not as wanted in time.
        ApiException: A poll failed.
    """
    resource = state = poll_error = None
    for left in schedule.polls():
        try:
            resource = read(left)
        except NotFoundException:
            if is_wanted is None:
                return None
            raise
        except ApiException as error:
            if not is_late(client, error, left):
                raise
            poll_error = error
            break
        if progress:
            progress(resource)
        if is_wanted and is_wanted(resource):
            return resource
        state = resource_state(resource)
        has_failed = state == "FAILED_DESTROYING" if is_wanted is None else str(state).startswith("FAILED")
        if has_failed and not accepts_failure:
            raise ApiFailedRequest(f"{_name_of(resource)} is {state}, not {wanted}", resource=resource)
    last = f"; its last state was {shorten(state)}" if state else ""
    message = f"{_name_of(resource)} was not {wanted} after {schedule.timeout:g} s{last}"
    raise ApiTimeout(message, resource=resource) from poll_error


def resource_state(resource: Any) -> str | None:
    """Return the state in the metadata of a resource, decoded or not."""
    state: str | None = field_of(field_of(resource, "metadata"), "state")
    return state


def _name_of(resource: Any) -> str:
    kind, resource_id = field_of(resource, "type"), field_of(resource, "id")
    return f"{shorten(kind)} {shorten(resource_id)}" if kind and resource_id else "the resource"


def field_of(resource: Any, name: str) -> Any:
    """Return a field of a resource, decoded or not; `None` if it does not have it."""
    return cast("Any", resource).get(name) if isinstance(resource, Mapping) else getattr(resource, name, None)
