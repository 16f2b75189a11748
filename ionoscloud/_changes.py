"""Send a change, and wait until it is done: the option `_wait`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ionoscloud._argument_errors import ApiTypeError
from ionoscloud._call_options import Wait
from ionoscloud._checks import WAIT_TIMEOUT, is_number
from ionoscloud._headers import request_id_in
from ionoscloud._operation import Operation, Parameter
from ionoscloud._polling import Client, Schedule, timeout_option
from ionoscloud._redaction import describe_value
from ionoscloud._waiting import field_of, location_in, poll_resource, resource_state, schedule_of, wait_for_requests
from ionoscloud.exceptions import NotFoundException

# The states of a resource with a change in progress. Those of a failed change start with FAILED.
_BUSY_STATES = {
    *("BUSY", "DEPLOYING", "UPDATING", "DESTROYING", "UNKNOWN"),
    *("PROVISIONING", "PROVISIONED", "REBUILDING", "TERMINATING"),
}
_NO_RESULT = (None, "object")  # response types of actions
_READ_ARGUMENTS = ("pretty", "depth", "x_contract_number")
_READ_OPTIONS = ("_request_auth", "_request_timeout")


def wait_option(value: Wait | float | bool | None, operation: Operation[Any]) -> Wait | None:
    """Return the wait that the option `_wait` asks for; `None` for none.

    Raises:
        ApiTypeError: The value has the wrong type, or there is nothing to wait for.
        ApiValueError: It is negative.
    """
    if value is None or value is False:
        return None
    name = f"{operation.name}: _wait"
    if value is not True and not isinstance(value, Wait) and not is_number(value):
        raise ApiTypeError(f"{name} must be True, a number of seconds or a Wait, not {describe_value(value)}")
    if not operation.waits_for:
        raise ApiTypeError(f"{name} has nothing to wait for: the operation is done when the response comes")
    if isinstance(value, Wait):
        return value
    return Wait() if value is True else Wait(WAIT_TIMEOUT.check(name, value))


def send_and_wait(
    client: Client,
    send: Callable[[], Any],
    operation: Operation[Any],
    arguments: Sequence[Any],
    options: Mapping[str, Any],
    wait: Wait,
) -> Any:
    """Send a change, and wait until it is done.

    Args:
        client: Client that polls.
        send: Sends the change, and returns `(data, status, headers)`.
        operation: The operation.
        arguments: A value for each of its parameters.
        options: Those of the call.
        wait: Timeout, interval and progress.

    Returns:
        The result of the call, with the resource in its new state; for a deletion, `None` as the data.

    Raises:
        ApiFailedRequest: The change failed. As with the other errors of the wait, `resource` is what the API returned
            when it accepted the change.
        ApiTimeout: It was not done in time.
        ApiException: The API rejected the change, or a poll failed.
        KeyboardInterrupt, ...: The wait was interrupted; `resource` is set, too.
    """
    schedule = schedule_of(client, wait.timeout, wait.poll_interval, at_once=False)
    try:
        data, status, headers = send()
    except NotFoundException as error:
        if operation.method != "DELETE" or (error.attempts or 0) < 2:
            raise
        data, status, headers = None, error.status, error.headers or {}  # an earlier attempt has deleted it
    try:
        data = _wait_until_done(client, operation, arguments, options, wait, schedule, data, headers)
    except BaseException as error:  # also a KeyboardInterrupt: the API carries out the change
        holder: Any = error
        with suppress(Exception):  # an exception of the program can reject attributes
            holder.resource = data or getattr(error, "resource", None)
        raise
    return data if options.get("_return_http_data_only") else (data, status, headers)


def _wait_until_done(
    client: Client,
    operation: Operation[Any],
    arguments: Sequence[Any],
    options: Mapping[str, Any],
    wait: Wait,
    schedule: Schedule,
    data: Any,
    headers: Mapping[str, str],
) -> Any:
    """Wait for a change that the API has accepted, and return the resource in its new state."""
    named = {parameter.name: value for parameter, value in zip(operation.parameters, arguments)}
    request_id = request_id_in(location_in(headers))
    if request_id:
        contract, request_auth = named.get("x_contract_number"), options.get("_request_auth")
        progress = wait.progress if operation.waits_for == "request" else None  # otherwise, it gets the resource
        wait_for_requests(client, [request_id], schedule, progress, contract, request_auth)
    read = _reader(client, operation, named, data, options)
    has_result = operation.response_type not in _NO_RESULT
    is_deletion = operation.method == "DELETE" or operation.waits_for == "deletion"
    resource = None
    if read is not None and (operation.waits_for != "request" or not request_id):
        is_wanted, wanted = (None, "deleted") if is_deletion else (_is_settled, "done")
        resource = poll_resource(client, read, is_wanted, schedule, wanted, wait.progress)
    elif read is not None and has_result and not is_deletion:
        resource = read(schedule.left)
    if operation.method == "DELETE":
        return None
    return resource if resource is not None and has_result else data


def _reader(
    client: Client, operation: Operation[Any], arguments: Mapping[str, Any], data: Any, options: Mapping[str, Any]
) -> Callable[[float], Any] | None:
    """Return a function that reads the resource of a change, given the seconds left; `None` if nothing can be read."""
    known = {parameter.wire_name: parameter for parameter in operation.parameters}
    path = re.findall("{(.*?)}", operation.resource_path)
    new_id = field_of(data, "id")
    parameters = [known.get(name) or Parameter("id", name, "path") for name in path]
    values: list[Any] = [arguments[each.name] if each in operation.parameters else new_id for each in parameters]
    if not operation.resource_path or None in values:
        return None
    for parameter in operation.parameters:
        if parameter.name in _READ_ARGUMENTS:
            parameters.append(parameter)
            values.append(arguments[parameter.name])
    response_type: Any = "object"
    if operation.response_type not in _NO_RESULT:
        response_type = options.get("response_type") or operation.response_type
    read: Operation[Any] = Operation(
        operation.name, "GET", operation.resource_path, parameters=tuple(parameters), response_type=response_type
    )
    given = {name: options[name] for name in _READ_OPTIONS if name in options}
    given["_return_http_data_only"] = True
    return lambda left: client.call(read, tuple(values), None, {**given, **timeout_option(client, left)})


def _is_settled(resource: Any) -> bool:
    state = str(resource_state(resource))
    return state not in _BUSY_STATES and not state.startswith("FAILED")
