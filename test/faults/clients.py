"""Clients and calls for the tests."""

from __future__ import annotations

from typing import Any

from server import FaultyServer

from ionoscloud import ApiClient, ApiException, Configuration, ImageApi

SECRET = "top-secret"
CALLS = {
    "GET": lambda client: ImageApi(client).images_get(),
    "PUT": lambda client: ImageApi(client).images_put("x", {"properties": {"name": "n"}}),
    "DELETE": lambda client: ImageApi(client).images_delete("x"),
    "PATCH": lambda client: ImageApi(client).images_patch("x", {"name": "n"}),
    "POST": lambda client: client.call_api("/things", "POST", body={"name": "n"}, response_type="object"),
}


def client_of(server: FaultyServer, host: str = "127.0.0.1", **settings: Any) -> ApiClient:
    """Return a client of the server that does not wait long between attempts."""
    return client_at(server.url(host), **settings)


def client_at(url: str, **settings: Any) -> ApiClient:
    defaults = {"token": SECRET, "wait_time": 0.001, "timeout": 10, "allow_http": True}
    return ApiClient(Configuration(url, **{**defaults, **settings}))


def error_of_call(client: ApiClient, verb: str = "GET") -> ApiException | None:
    """Return the error of a call, or None."""
    try:
        CALLS[verb](client)
    except ApiException as error:
        return error
    return None


def request_number(client: ApiClient, number: int, verb: str = "GET") -> int:
    """Make a call for a number and return the number in its response."""
    body = None if verb == "GET" else {"name": "n"}
    thing, *_ = client.call_api("/things", verb, query_params={"id": number}, body=body, response_type="object")
    return int(thing["id"])
