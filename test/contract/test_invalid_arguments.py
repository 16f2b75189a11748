"""Errors of every operation for each kind of invalid argument, derived from the document."""

from __future__ import annotations

import json
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
import urllib3
from operations import DOCUMENTS, JSON, OPERATIONS, Operation, where
from world import IMMUTABLE

import ionoscloud
from ionoscloud import ApiTypeError, ApiValueError, NotFoundException, UnprocessableEntityException

WITH_BODY = where(lambda operation: operation.body_name, same=Operation.request)
CHECKED = set()  # operations and statuses whose errors match the document, as checking each error takes long
# Operations whose path ends with a filter instead of the id of a resource.
SELECTING = ("umResourcesFindByType", "k8sVersionsCompatibilitiesGet")


def each(operations):
    return pytest.mark.parametrize("operation", operations, ids=repr)


@pytest.fixture
def http(built_world):
    """Send requests that the package never sends, with valid credentials."""
    valid = urllib3.make_headers(basic_auth=f"{built_world.cloud.username}:{built_world.cloud.password}")
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        yield lambda version, verb, path, body=b"", **headers: pool.request(
            verb,
            built_world.cloud.urls[version] + path,
            body=body,
            headers={**valid, **{name.replace("_", "-"): value for name, value in headers.items()}},
        )


def assert_rejected(world, operation, arguments, error, message):
    """Check that the call raises this error, and sends nothing."""
    with world.nothing_is_sent(), pytest.raises(error) as caught:
        world.method(operation)(**arguments)
    assert str(caught.value).startswith(operation.method)
    assert message in str(caught.value)


def error_messages(world, operation, arguments, error, code, client=None):
    """Return the messages of the error that the call raises. Its response must match the document."""
    with pytest.raises(error) as caught:
        world.method(operation, client)(**arguments)
    error = caught.value
    if (operation, error.status) not in CHECKED:
        CHECKED.add((operation, error.status))
        response = SimpleNamespace(status=error.status, headers=error.headers, data=error.body.encode())
        world.check_response(world.cloud.requests_seen[-1], response)
    assert {message.error_code for message in error.error.messages} == {code}
    return [message.message for message in error.error.messages]


def body_errors(world, operation, properties, beside=None):
    """Return the messages for a valid body with some other properties, or with keys beside them."""
    valid = world.arguments(operation)
    body = valid[operation.body_name]
    changed = operation.wrapped({**(body if operation.bare else body["properties"]), **properties})
    arguments = {**valid, operation.body_name: {**body, **changed, **(beside or {})}}
    unchecked = world.client(operation).with_options(disabled_client_side_validations="type")
    return error_messages(world, operation, arguments, UnprocessableEntityException, "100", unchecked)


def path_of(operation, name):
    """Return the path of an attribute in error messages. Those about PATCH name `properties` although it has none."""
    return f"(root).{name}" if operation.bare and operation.verb != "PATCH" else f"(root).properties.{name}"


# Arguments that are rejected before anything is sent.


@each(where(lambda operation: operation.placed("path")))
def test_an_invalid_id_is_rejected_before_it_is_sent(world, operation):
    valid = world.arguments(operation)
    for parameter in operation.placed("path"):
        for value in (None, "", ".", ".."):
            assert_rejected(world, operation, {**valid, parameter.name: value}, ApiValueError, parameter.name)
        for value in (True, 1.5, [], b"x"):
            assert_rejected(
                world, operation, {**valid, parameter.name: value}, ApiTypeError, f"{parameter.name} must be a str"
            )


@each(where(lambda operation: operation.placed("query", "header")))
def test_an_invalid_parameter_is_rejected_before_it_is_sent(world, operation):
    valid = world.arguments(operation)
    for parameter in operation.placed("query", "header"):
        schema = parameter.schema
        wrong = {"boolean": ("yes", "", 1, 0), "integer": ("abc", "", 1.0, True, [1]), "string": (b"x", True, 1.5)}
        for value in wrong[schema["type"]]:
            assert_rejected(
                world, operation, {**valid, parameter.name: value}, ApiTypeError, f"{parameter.name} must be "
            )
        for bound, step in (("minimum", -1), ("maximum", 1)):
            if bound in schema:
                value = schema[bound] + step
                assert_rejected(
                    world, operation, {**valid, parameter.name: value}, ApiValueError, f"{parameter.name} must be "
                )


@each(WITH_BODY)
def test_a_missing_or_invalid_body_is_rejected_before_it_is_sent(world, operation):
    valid = world.arguments(operation)
    name = operation.body_name
    for value in ([], "{}", b"{}", 5):
        assert_rejected(
            world, operation, {**valid, name: value}, ApiTypeError, f"{name} must be {operation.body_model} or"
        )
    if operation.body_required:
        assert_rejected(world, operation, {**valid, name: None}, ApiValueError, f"{name} is required")
        del valid[name]
        # Python does not require an argument that has another name in the other version.
        with world.nothing_is_sent(), pytest.raises((TypeError, ApiValueError), match=name):
            world.method(operation)(**valid)


@each(where(lambda operation: True))
def test_an_unknown_argument_is_rejected_before_it_is_sent(world, operation):
    arguments = {**world.arguments(operation), "dept": 1}
    assert_rejected(world, operation, arguments, ApiTypeError, "'dept'")


# Requests that the API rejects.


@each(where(lambda operation: operation.placed("path") and operation.id not in SELECTING))
def test_an_unknown_id_raises_not_found(world, operation):
    valid = world.arguments(operation)
    for parameter in operation.placed("path"):
        arguments = {**valid, parameter.name: "nothing"}
        messages = error_messages(world, operation, arguments, NotFoundException, "309")
        assert messages == ["Resource does not exist"]


@each(where(lambda operation: operation.id in SELECTING))
def test_a_selection_without_matches_is_empty(world, operation):
    (parameter,) = operation.placed("path")
    data, _, _ = world.method(operation)(**{parameter.name: "nothing"})
    assert (data if isinstance(data, list) else data.items) == []


@each(WITH_BODY)
def test_an_attribute_of_the_wrong_type_is_rejected(world, operation):
    for name, schema in operation.new_attributes.items():
        messages = body_errors(world, operation, {name: 5 if schema.get("type") == "string" else "wrong"})
        assert [message for message in messages if message.startswith(f"[{path_of(operation, name)}] ")]


@each(WITH_BODY)
def test_an_unknown_attribute_is_rejected(world, operation):
    verb = "create" if operation.verb == "POST" else "update"
    expected = f"[{path_of(operation, 'bogus')}] Attribute is not allowed in {verb} requests"
    assert body_errors(world, operation, {"bogus": 1}) == [expected]
    if not operation.bare:
        expected = f"[(root).bogus] Attribute is not allowed in {verb} requests"
        assert body_errors(world, operation, {}, beside={"bogus": 1}) == [expected]


@each([o for o in WITH_BODY if any(schema.get("readOnly") for schema in o.attributes.values())])
def test_a_read_only_attribute_is_rejected(world, operation):
    verb = "create" if operation.verb == "POST" else "update"
    for name, schema in operation.attributes.items():
        if schema.get("readOnly"):
            expected = f"[(root).properties.{name}] Attribute is not allowed in {verb} requests"
            assert body_errors(world, operation, {name: "x"}) == [expected]


@each([o for o in WITH_BODY if o.verb != "POST" and any(IMMUTABLE in schema for schema in o.attributes.values())])
def test_changing_an_immutable_attribute_is_rejected(world, operation):
    for name, schema in operation.attributes.items():
        if schema.get(IMMUTABLE):
            other = schema["enum"][-1] if "enum" in schema else 49 if schema["type"] == "integer" else "other"
            expected = f"[(root).properties.{name}] Attribute is not allowed in update requests"
            assert body_errors(world, operation, {name: other}) == [expected]


@each([o for o in WITH_BODY if o.required and o.verb != "PATCH"])
def test_a_missing_required_attribute_is_rejected(world, operation):
    """PUT accepts a body without immutable properties, such as the location of a data center."""
    valid = world.arguments(operation)
    body = valid[operation.body_name]
    for name in operation.required:
        content = body if operation.bare else body["properties"]
        left = operation.wrapped({key: value for key, value in content.items() if key != name})
        arguments = {**valid, operation.body_name: left if operation.bare else {**body, **left}}
        if operation.verb == "PUT" and IMMUTABLE in operation.attributes[name]:
            world.method(operation)(**arguments)
            continue
        messages = error_messages(world, operation, arguments, UnprocessableEntityException, "100")
        assert messages == [f"[{path_of(operation, name)}] Attribute '{name}' is required"]


@each(where(lambda operation: True))
def test_wrong_credentials_raise_unauthorized(world, operation, unauthorized_clients):
    for client in unauthorized_clients[operation.version]:
        messages = error_messages(
            world, operation, world.arguments(operation), ionoscloud.UnauthorizedException, "315", client
        )
        assert messages == ["Unauthorized"]


@pytest.fixture(scope="module")
def unauthorized_clients(built_world):
    """Clients with wrong credentials, by version."""
    wrong = {"password": "wrong"}, {"token": "wrong"}
    configuration = built_world.cloud.configuration
    with ExitStack() as stack:
        yield {
            version: [
                stack.enter_context(ionoscloud.ApiClient(configuration(api_version=version, **settings)))
                for settings in wrong
            ]
            for version in OPERATIONS
        }


@each(where(lambda operation: operation.placed("header")))
def test_another_contract_raises_forbidden(world, operation):
    arguments = {**world.arguments(operation), "x_contract_number": 99}
    (message,) = error_messages(world, operation, arguments, ionoscloud.ForbiddenException, "451")
    assert "contract 99 is not yours" in message


# Requests that the package never sends.


@pytest.mark.parametrize(
    ("version", "path"),
    [
        (document.version, path)
        for document in DOCUMENTS.values()
        for path in document.content["paths"]
        if document.version == 5 or path not in DOCUMENTS[5].content["paths"]
    ],
)
def test_an_unsupported_verb_returns_405(world, http, version, path):
    here = [operation for operation in OPERATIONS[version].values() if operation.path == path]
    verbs = {operation.verb for operation in here}
    for verb in {"GET", "PUT", "POST", "PATCH", "DELETE"} - verbs:
        response = http(version, verb, world.path(here[0]))
        assert response.status == 405
        assert verbs <= {*response.headers["Allow"].split(", ")} <= {*verbs, "HEAD", "OPTIONS"}
        assert json.loads(response.data)["httpStatus"] == 405


@each(where(lambda operation: operation.content_type not in (None, "*/*")))
def test_an_unsupported_content_type_returns_415(world, http, operation):
    body = json.dumps(world.body(operation, False)).encode() if operation.body_name else b"snapshotId=1"
    for content_type in ("text/plain", "application/xml", "multipart/form-data", ""):
        response = http(operation.version, operation.verb, world.path(operation), body, Content_Type=content_type)
        assert (response.status, json.loads(response.data)["httpStatus"]) == (415, 415)


@each(WITH_BODY)
def test_an_invalid_body_returns_400_or_422(world, http, operation):
    for body in (b"{", b"\xff", b"nothing", b'{"a": NaN}'):
        response = http(operation.version, operation.verb, world.path(operation), body, Content_Type=JSON)
        assert response.status == 400
    for body in (b"[]", b"5", b'"text"', b"null"):
        response = http(operation.version, operation.verb, world.path(operation), body, Content_Type=JSON)
        assert response.status == 422
        assert json.loads(response.data)["messages"][0]["message"].startswith("[(root)")
    if operation.body_required:
        response = http(operation.version, operation.verb, world.path(operation), b"", Content_Type=JSON)
        assert response.status == 422
        assert json.loads(response.data)["messages"] == [{"errorCode": "100", "message": "[(root)] A body is required"}]
