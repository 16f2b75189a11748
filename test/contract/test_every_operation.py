"""Calls of each operation of both versions through the package, with valid arguments from the document.

openapi-core checks the requests and the responses against the document.
"""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from operations import EVERY, OPERATIONS, where

import ionoscloud
from ionoscloud._models.base import Model
from ionoscloud.models import ResourceReference

each_operation = pytest.mark.parametrize("operation", EVERY, ids=repr)


def unknown(value):
    """Yield the attributes of a response that its models lack, except in references, which have more from depth 1."""
    if isinstance(value, Model) and not isinstance(value, ResourceReference):
        yield from value.additional_properties
        for name in value.openapi_types:
            yield from unknown(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from unknown(item)


def test_the_number_of_operations():
    assert {version: len(operations) for version, operations in OPERATIONS.items()} == {5: 174, 6: 266}
    assert len(EVERY) == 174 + 266


@pytest.mark.parametrize("everything", [False, True], ids=["required", "everything"])
@each_operation
def test_requests_and_responses_match_the_document(world, operation, everything):
    arguments = world.arguments(operation, everything, as_model=everything)
    data, status, headers = world.method(operation)(**arguments)

    request, response = world.cloud.requests_seen[-1], world.client(operation).last_response
    url = urlsplit(request.target)
    sent = (request.api_version, request.method, unquote(url.path))
    assert sent == (operation.version, operation.verb, world.path(operation))
    expected = {parameter.wire_name for parameter in operation.placed("query")} if everything else set()
    assert dict(parse_qsl(url.query)).keys() == expected
    world.check_request(request)

    assert (response.status, status) == (operation.status, operation.status)
    documented = {*operation.response.get("headers", ())}
    assert documented <= {*headers}
    assert ("Location" in headers) == ("Location" in documented)
    world.check_response(request, response)
    assert [*unknown(data)] == []
    assert type(data).__name__ == operation.python_type


def assert_is_in(part, whole):
    """Check that a dict contains the other one, at any depth."""
    if isinstance(part, dict):
        for name, value in part.items():
            assert_is_in(value, whole[name])
    elif isinstance(part, list):
        assert len(part) == len(whole)
        for value, other in zip(part, whole):
            assert_is_in(value, other)
    else:
        assert part == whole


def returns_model(operation):
    return hasattr(getattr(ionoscloud, operation.python_type, None), "fields")


@pytest.mark.parametrize("operation", where(lambda each: each.verb == "GET" and returns_model(each)), ids=repr)
def test_models_become_the_json_that_they_came_from(world, operation):
    data, _, _ = world.method(operation)(**world.arguments(operation, everything=True))
    assert_is_in(data.to_dict(json=True), json.loads(world.client(operation).last_response.data))
    assert type(data).from_json(data.to_json()) == data
    if "items" in data.fields:
        assert len(data.to_rows()) == len(data.items)


@pytest.mark.parametrize("operation", where(lambda each: "Location" in each.response.get("headers", ())), ids=repr)
def test_every_change_can_be_waited_for(world, operation, monkeypatch):
    monkeypatch.setattr("time.sleep", world.cloud.clock.advance)
    _, _, headers = world.method(operation)(**world.arguments(operation))
    url = world.cloud.urls[operation.version]
    assert re.fullmatch(re.escape(url) + "/requests/[0-9a-f-]{36}/status", headers["Location"])
    seen = []
    world.client(operation).wait_for_completion(headers, progress=seen.append)
    assert seen[-1].metadata.status == "DONE"
    assert seen[-1].metadata.targets


def assert_is_done(world, operation, arguments, data):
    """Check that a change is done, and that the result is the resource as it is then."""
    if operation.verb == "DELETE":
        assert data is None
        with pytest.raises(ionoscloud.NotFoundException, match=r"\[309\] Resource does not exist"):
            world.method(operation)(**arguments)
        return
    assert type(data).__name__ == operation.python_type
    for resource in getattr(data, "items", None) if "items" in getattr(data, "fields", ()) else [data]:
        assert getattr(getattr(resource, "metadata", None), "state", None) in (None, "AVAILABLE", "ACTIVE")


@pytest.mark.parametrize("operation", [each for each in EVERY if each.is_asynchronous], ids=repr)
def test_a_call_waits_until_its_change_is_done(world, operation, monkeypatch):
    monkeypatch.setattr("time.sleep", world.cloud.clock.advance)
    arguments = world.arguments(operation)
    data, status, headers = world.method(operation)(**arguments, _wait=True)
    assert (status, "Location" in headers) == (operation.status, "Location" in operation.response.get("headers", ()))
    assert_is_done(world, operation, arguments, data)
    requests = world.client(operation).call_api("/requests", "GET", query_params={"depth": 2}, response_type="Requests")
    assert {each.metadata.request_status.metadata.status for each in requests[0].items} == {"DONE"}


@pytest.mark.parametrize("operation", where(lambda each: each.is_asynchronous and each.resource_path), ids=repr)
def test_without_a_location_a_call_waits_for_the_state(world, operation, monkeypatch):
    monkeypatch.setattr("time.sleep", world.cloud.clock.advance)
    transport = world.client(operation).rest_client
    send = transport.send

    def send_without_location(request, limits):
        response = send(request, limits)
        response.headers.pop("Location", None)
        return response

    monkeypatch.setattr(transport, "send", send_without_location)
    arguments = world.arguments(operation)
    world.cloud.clear_requests()
    data, _, _ = world.method(operation)(**arguments, _wait=True)
    assert not [each for each in world.cloud.requests_seen if "/requests" in each.target]
    assert_is_done(world, operation, arguments, data)


@pytest.mark.parametrize("operation", where(lambda each: not each.is_asynchronous), ids=repr)
def test_a_call_that_is_done_at_once_cannot_wait(world, operation):
    arguments = world.arguments(operation)
    with (
        world.nothing_is_sent(),
        pytest.raises(ionoscloud.ApiTypeError, match=f"{operation.method}: _wait has nothing"),
    ):
        world.method(operation)(**arguments, _wait=True)


@pytest.mark.parametrize("operation", where(lambda each: each.verb == "DELETE"), ids=repr)
def test_a_deleted_resource_is_not_found(world, operation):
    arguments = world.arguments(operation)
    world.method(operation)(**arguments)
    world.cloud.clock.advance(10)
    with pytest.raises(ionoscloud.NotFoundException, match=r"\[309\] Resource does not exist"):
        world.method(operation)(**arguments)
