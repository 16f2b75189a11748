"""Base class of the generated API classes."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from ionoscloud._tracebacks import without_locals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ionoscloud._call_options import ApiResponse
    from ionoscloud._operation import Operation
    from ionoscloud.api_client import ApiClient

T = TypeVar("T")


class BaseApi:
    """A group of operations of the API.

    Args:
        api_client: The client that sends the requests; default: a new one with the default configuration.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.__module__.startswith("ionoscloud.api."):  # subclasses that programs define keep their functions
            for name, function in list(vars(cls).items()):
                if isinstance(function, FunctionType):
                    guarded: Any = without_locals(function)
                    guarded.operation = operation_of(cls, name.removesuffix("_with_http_info"))
                    setattr(cls, name, guarded)

    def __init__(self, api_client: ApiClient | None = None) -> None:
        if api_client is None:
            from ionoscloud.api_client import ApiClient

            api_client = ApiClient()
        elif not hasattr(api_client, "call") and not hasattr(api_client, "call_api"):
            from ionoscloud.exceptions import ApiTypeError

            kind = type(api_client).__name__
            raise ApiTypeError(f"api_client must be an ApiClient, such as ApiClient(configuration), not {kind}")
        self.api_client = api_client

    def _call(
        self, operation: Operation[T], arguments: tuple[Any, ...], options: Mapping[str, Any], body: Any = None
    ) -> T:
        data: T = self.api_client.call(operation, arguments, body, {**options, "_return_http_data_only": True})
        return data

    def _call_with_http_info(
        self, operation: Operation[T], arguments: tuple[Any, ...], options: Mapping[str, Any], body: Any = None
    ) -> ApiResponse[T]:
        response: ApiResponse[T] = self.api_client.call(operation, arguments, body, options)
        return response


def operation_of(cls: type[BaseApi], name: str) -> Operation[Any] | None:
    """Return the operation of a method by its name; `None` if the API does not have it.

    It is a constant of the generated module, so that methods that a program overrides or patches have it, too.
    """
    for base in cls.__mro__:
        if base.__module__.startswith("ionoscloud.api."):
            operation: Operation[Any] | None = getattr(sys.modules[base.__module__], f"_{name.upper()}", None)
            if operation is not None:
                return operation
    return None


def either(**arguments: Any) -> Any:
    """Return the value of an argument that has different names in different versions of the API.

    Raises:
        ApiValueError: More than one is given.
    """
    given = [value for value in arguments.values() if value is not None]
    if len(given) > 1:
        from ionoscloud.exceptions import ApiValueError

        raise ApiValueError(" cannot be combined with ".join(arguments))
    return given[0] if given else None
