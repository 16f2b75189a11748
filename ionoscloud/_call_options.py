"""The options that every method accepts, and the types of the results that they select."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Union

from ionoscloud._checks import HOOK, WAIT_TIMEOUT, Default, unless_given

T = TypeVar("T")
Timeout = Union[float, "tuple[float, float]"]

if TYPE_CHECKING:
    from typing import Literal

    from typing_extensions import Required, Unpack as Unpack
    from urllib3._collections import HTTPHeaderDict

    ApiResponse = tuple[T, int, HTTPHeaderDict]
else:
    # Only for `typing.get_type_hints`. Python 3.11 added `Unpack`.
    Unpack = getattr(typing, "Unpack", None)
    ApiResponse = tuple[T, int, Mapping[str, str]]


class Wait:
    """A value of the option `_wait`: timeout, progress and poll interval of the wait for a change.

    Args:
        timeout: Seconds to wait; `None` for no limit. Default: `Configuration.wait_timeout`.
        progress: Called after each poll: with the status of the request (schema `RequestStatus`), or with the resource
            if its state shows when the change is done.
        poll_interval: Seconds between two polls. Default: `Configuration.poll_interval`.

    Raises:
        ApiTypeError, ApiValueError: An argument is invalid.
    """

    def __init__(
        self,
        timeout: float | None = unless_given(3600.0),
        progress: Callable[[Any], object] | None = None,
        poll_interval: float | None = None,
    ) -> None:
        if not isinstance(timeout, Default):
            WAIT_TIMEOUT.check("timeout", timeout)
        HOOK.check("progress", progress)
        WAIT_TIMEOUT.check("poll_interval", poll_interval)
        self.timeout = timeout
        self.progress = progress
        self.poll_interval = poll_interval

    def __repr__(self) -> str:
        return f"Wait(timeout={self.timeout!r}, progress={self.progress!r}, poll_interval={self.poll_interval!r})"


class _RequestOptions(TypedDict, total=False):
    _request_timeout: Timeout | None
    _total_timeout: float | None
    _request_auth: Mapping[str, Any] | None
    query_params: Mapping[str, Any] | None


class CallOptions(_RequestOptions, total=False):
    """Options that every method accepts.

    Keys:
        async_req: True to run the call in a thread: the method returns an `AsyncResult` at once, and its `get()` waits
            for the result. Default False.
        _preload_content: False to get the open `urllib3.HTTPResponse` instead of its decoded body. The caller reads and
            releases it. While it is read, only the read timeout applies, and `max_response_bytes` does not: read it in
            chunks, with `response.stream(65536)`. Default True.
        _return_http_data_only: True to get only the data from a `..._with_http_info` method. Default False.
        _request_timeout: Seconds to wait for the connection and for each read, or a pair of both. Default, also for 0:
            `Configuration.timeout`.
        _total_timeout: Seconds for the whole call with all its attempts. Default: `Configuration.total_timeout`.
        _request_auth: Authentication for this call, in the form of an entry of `Configuration.auth_settings()`.
        response_type: Type to decode the response as, instead of the documented one; `"object"` for plain dicts.
        query_params: Additional query parameters by their names in the API, such as `{"orderBy": "name"}`. A list
            repeats the parameter.
    """

    async_req: bool | None
    _preload_content: bool
    _return_http_data_only: bool | None
    response_type: str | type | None


class ChangeOptions(CallOptions, total=False):
    """Options of methods whose changes the API accepts and carries out later.

    Keys:
        _wait: Wait until the change is done, and return the resource in its new state (`None` for a deletion): True, a
            timeout in seconds, or a `Wait`. Default False: return the response that accepted the change.
    """

    _wait: Wait | float | None


class ListOptions(CallOptions, total=False):
    """Options that every method accepts, and those of methods that return a list.

    Keys:
        filters: Only items with these values, such as `{"location": "de/fra", "image_type": "HDD"}`. Names are those of
            the properties and the metadata of the items. The API ignores case, and matches parts of values. If the
            value is a list, one of its values must match. Raises `depth` to 1, because the
            API ignores filters at depth 0.
    """

    filters: Mapping[str, object] | None


OPTION_NAMES = ChangeOptions.__optional_keys__ | ListOptions.__optional_keys__

if TYPE_CHECKING:
    # For the overloads in api/*.pyi: options that determine the type of the result. Other options make it `Any`.

    class _DecodedOptions(_RequestOptions, total=False):
        _preload_content: Literal[True]
        _return_http_data_only: Literal[False] | None
        response_type: None

    class SyncOptions(_DecodedOptions, total=False):
        async_req: Literal[False] | None

    class SyncChangeOptions(SyncOptions, total=False):
        _wait: Wait | float | None

    class AsyncOptions(_DecodedOptions, total=False):
        async_req: Required[Literal[True]]

    class AsyncChangeOptions(AsyncOptions, total=False):
        _wait: Wait | float | None

    # The same, with the parameters that nearly all operations have. Only the first overload lists these one by one.

    class CommonParameters(TypedDict, total=False):
        pretty: bool | None
        depth: int | None
        x_contract_number: int | None

    class CallArguments(CommonParameters, CallOptions, total=False):
        pass

    class AsyncArguments(CommonParameters, AsyncOptions, total=False):
        pass

    class ChangeArguments(CommonParameters, ChangeOptions, total=False):
        pass

    class AsyncChangeArguments(CommonParameters, AsyncChangeOptions, total=False):
        pass

    class SyncListOptions(SyncOptions, total=False):
        filters: Mapping[str, object] | None

    class AsyncListOptions(AsyncOptions, total=False):
        filters: Mapping[str, object] | None

    class ListArguments(CommonParameters, ListOptions, total=False):
        pass

    class AsyncListArguments(CommonParameters, AsyncListOptions, total=False):
        pass
