"""Every operation with each kind of argument that is wrong, derived from the document: what a caller then sees."""

from __future__ import annotations

import json
from operator import attrgetter
from types import SimpleNamespace

import pytest
import urllib3
from operations import DOCUMENT, JSON, OPERATIONS
from world import IMMUTABLE

import ionoscloud
from ionoscloud import ApiTypeError, ApiValueError, NotFoundException, UnprocessableEntityException

WITH_BODY = [operation for operation in OPERATIONS if operation.body_name]
# Whose path ends with what selects from a list, rather than with the id of a resource.
SELECTING = ("umResourcesFindByType", "k8sVersionsCompatibilitiesGet")


def each(operations):
    return pytest.mark.parametrize("operation", operations, ids=attrgetter("id"))


@pytest.fixture
def http(built_world):
    """Sends what the package never would; with the right user name and password."""
    right = urllib3.make_headers(basic_auth=f"{built_world.cloud.username}:{built_world.cloud.password}")
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        yield lambda verb, path, body=b"", **headers: pool.request(
            verb,
            built_world.cloud.url + path,
            body=body,
            headers={**right, **{name.replace("_", "-"): value for name, value in headers.items()}},
        )


def refused(world, operation, arguments, error, message):
    """The call fails like this, and nothing was sent."""
    with world.nothing_is_sent(), pytest.raises(error) as caught:
        world.method(operation)(**arguments)
    assert str(caught.value).startswith(operation.method)
    assert message in str(caught.value)


def answered(world, operation, arguments, error, code, client=None):
    """The messages of the error that the call fails with, which is as the document says."""
    with pytest.raises(error) as caught:
        world.method(operation, client)(**arguments)
    error = caught.value
    answer = SimpleNamespace(status=error.status, headers=error.headers, data=error.body.encode())
    world.check_answer(world.cloud.requests_seen[-1], answer)
    assert {message.error_code for message in error.error.messages} == {code}
    return [message.message for message in error.error.messages]


def faults(world, operation, properties, beside=None):
    """The messages for a body that is right but for some of its properties, or for what is beside them."""
    right = world.arguments(operation)
    body = right[operation.body_name]
    changed = operation.wrapped({**(body if operation.bare else body["properties"]), **properties})
    arguments = {**right, operation.body_name: {**body, **changed, **(beside or {})}}
    return answered(world, operation, arguments, UnprocessableEntityException, "100")


# What is refused before anything is sent.


@each([operation for operation in OPERATIONS if operation.placed("path")])
def test_an_id_that_names_no_resource(world, operation):
    right = world.arguments(operation)
    for parameter in operation.placed("path"):
        for value in (None, "", ".", ".."):
            refused(world, operation, {**right, parameter.name: value}, ApiValueError, parameter.name)
        for value in (True, 1.5, [], b"x"):
            refused(world, operation, {**right, parameter.name: value}, ApiTypeError, f"{parameter.name} must be a str")


@each([operation for operation in OPERATIONS if operation.placed("query", "header")])
def test_a_parameter_of_another_type_or_out_of_bounds(world, operation):
    right = world.arguments(operation)
    for parameter in operation.placed("query", "header"):
        schema = parameter.schema
        wrong = {"boolean": ("yes", "", 1, 0), "integer": ("abc", "", 1.0, True, [1]), "string": (b"x", True, 1.5)}
        for value in wrong[schema["type"]]:
            refused(world, operation, {**right, parameter.name: value}, ApiTypeError, f"{parameter.name} must be ")
        for bound, step in (("minimum", -1), ("maximum", 1)):
            if bound in schema:
                value = schema[bound] + step
                refused(world, operation, {**right, parameter.name: value}, ApiValueError, f"{parameter.name} must be ")


@each(WITH_BODY)
def test_a_body_that_is_none(world, operation):
    right = world.arguments(operation)
    name = operation.body_name
    refused(world, operation, {**right, name: None}, ApiValueError, f"{name} is required")
    for value in ([], "{}", b"{}", 5):
        refused(world, operation, {**right, name: value}, ApiTypeError, f"{name} must be {operation.body_model} or")
    del right[name]
    with world.nothing_is_sent(), pytest.raises(TypeError, match=name):
        world.method(operation)(**right)


@each(OPERATIONS)
def test_an_argument_that_does_not_exist(world, operation):
    arguments = {**world.arguments(operation), "dept": 1}
    refused(world, operation, arguments, ApiTypeError, "'dept'")


# What the API refuses.


@each([operation for operation in OPERATIONS if operation.placed("path") and operation.id not in SELECTING])
def test_an_id_that_does_not_exist(world, operation):
    right = world.arguments(operation)
    for parameter in operation.placed("path"):
        arguments = {**right, parameter.name: "nothing"}
        messages = answered(world, operation, arguments, NotFoundException, "309")
        assert messages == ["Resource does not exist"]


@each([operation for operation in OPERATIONS if operation.id in SELECTING])
def test_a_selection_of_which_there_is_nothing(world, operation):
    (parameter,) = operation.placed("path")
    data, _, _ = world.method(operation)(**{parameter.name: "nothing"})
    assert (data if isinstance(data, list) else data.items) == []


@each(WITH_BODY)
def test_an_attribute_of_another_type(world, operation):
    for name, schema in operation.attributes.items():
        messages = faults(world, operation, {name: 5 if schema.get("type") == "string" else "wrong"})
        assert [message for message in messages if message.startswith(f"[(root).properties.{name}] ")]


@each(WITH_BODY)
def test_an_attribute_that_does_not_exist(world, operation):
    verb = "create" if operation.verb == "POST" else "update"
    expected = f"[(root).properties.bogus] Attribute is not allowed in {verb} requests"
    assert faults(world, operation, {"bogus": 1}) == [expected]
    if not operation.bare:
        expected = f"[(root).bogus] Attribute is not allowed in {verb} requests"
        assert faults(world, operation, {}, beside={"bogus": 1}) == [expected]


@each([o for o in WITH_BODY if any(schema.get("readOnly") for schema in o.attributes.values())])
def test_an_attribute_that_only_the_api_sets(world, operation):
    verb = "create" if operation.verb == "POST" else "update"
    for name, schema in operation.attributes.items():
        if schema.get("readOnly"):
            expected = f"[(root).properties.{name}] Attribute is not allowed in {verb} requests"
            assert faults(world, operation, {name: "x"}) == [expected]


@each([o for o in WITH_BODY if o.verb != "POST" and any(IMMUTABLE in schema for schema in o.attributes.values())])
def test_an_attribute_that_is_set_only_once(world, operation):
    for name, schema in operation.attributes.items():
        if schema.get(IMMUTABLE):
            other = schema["enum"][-1] if "enum" in schema else 49 if schema["type"] == "integer" else "other"
            expected = f"[(root).properties.{name}] Attribute is not allowed in update requests"
            assert faults(world, operation, {name: other}) == [expected]


@each([o for o in WITH_BODY if o.required and o.verb != "PATCH"])
def test_an_attribute_that_is_missing(world, operation):
    """PUT takes a body without what cannot be changed, such as the location of a data center."""
    right = world.arguments(operation)
    body = right[operation.body_name]
    for name in operation.required:
        properties = {key: value for key, value in body["properties"].items() if key != name}
        arguments = {**right, operation.body_name: {**body, "properties": properties}}
        if operation.verb == "PUT" and IMMUTABLE in operation.attributes[name]:
            world.method(operation)(**arguments)
            continue
        messages = answered(world, operation, arguments, UnprocessableEntityException, "100")
        assert messages == [f"[(root).properties.{name}] Attribute '{name}' is required"]


@each(OPERATIONS)
def test_wrong_credentials(world, operation, strangers):
    for client in strangers:
        messages = answered(
            world, operation, world.arguments(operation), ionoscloud.UnauthorizedException, "315", client
        )
        assert messages == ["Unauthorized"]


@pytest.fixture(scope="module")
def strangers(built_world):
    wrong = {"password": "wrong"}, {"token": "wrong"}
    clients = [ionoscloud.ApiClient(built_world.cloud.configuration(**settings)) for settings in wrong]
    yield clients
    for client in clients:
        client.close()


@each([operation for operation in OPERATIONS if any(p.place == "header" for p in operation.parameters)])
def test_the_contract_of_somebody_else(world, operation):
    arguments = {**world.arguments(operation), "x_contract_number": 99}
    (message,) = answered(world, operation, arguments, ionoscloud.ForbiddenException, "451")
    assert "contract 99 is not yours" in message


# What the package never sends.


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_a_verb_that_a_path_does_not_have(world, http, path):
    here = [operation for operation in OPERATIONS if operation.path == path]
    verbs = {operation.verb for operation in here}
    for verb in {"GET", "PUT", "POST", "PATCH", "DELETE"} - verbs:
        answer = http(verb, world.path(here[0]))
        assert answer.status == 405
        assert verbs <= {*answer.headers["Allow"].split(", ")} <= {*verbs, "HEAD", "OPTIONS"}
        assert json.loads(answer.data)["httpStatus"] == 405


@each([operation for operation in OPERATIONS if operation.content_type not in (None, "*/*")])
def test_a_body_of_another_kind(world, http, operation):
    body = json.dumps(world.body(operation, False)).encode() if operation.body_name else b"snapshotId=1"
    for content_type in ("text/plain", "application/xml", "multipart/form-data", ""):
        answer = http(operation.verb, world.path(operation), body, Content_Type=content_type)
        assert (answer.status, json.loads(answer.data)["httpStatus"]) == (415, 415)


@each(WITH_BODY)
def test_a_body_that_cannot_be_read(world, http, operation):
    for body in (b"{", b"\xff", b"nothing", b'{"a": NaN}'):
        answer = http(operation.verb, world.path(operation), body, Content_Type=JSON)
        assert answer.status == 400
    for body in (b"[]", b"5", b'"text"', b"null"):
        answer = http(operation.verb, world.path(operation), body, Content_Type=JSON)
        assert answer.status == 422
        assert json.loads(answer.data)["messages"][0]["message"].startswith("[(root)")
    answer = http(operation.verb, world.path(operation), b"", Content_Type=JSON)
    assert answer.status == 422
    assert json.loads(answer.data)["messages"] == [{"errorCode": "100", "message": "[(root)] A body is required"}]
