from __future__ import annotations

import copy
import inspect
import json
import pickle
from typing import Any
from unittest import mock

import pytest
import urllib3
from urllib3.exceptions import (
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

import ionoscloud
from ionoscloud import exceptions, rest
from ionoscloud.exceptions import (
    ApiAttributeError,
    ApiException,
    ApiFailedRequest,
    ApiKeyError,
    ApiTimeout,
    ApiTypeError,
    ApiValueError,
    BadRequestException,
    ConflictException,
    ConnectionException,
    ForbiddenException,
    NotFoundException,
    OpenApiException,
    ResourceLookupError,
    ServiceException,
    TimeoutException,
    TlsException,
    TooManyRequestsException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from ionoscloud.images import ImageLookupError, ImageUploadError, errors
from ionoscloud.images.transfer import Transfer
from ionoscloud.models import Error, ErrorMessage

URL = "https://api.ionos.com/cloudapi/v5/images/1"
REQUEST_ID = "6eaa56eb-328b-4c12-a891-b9c177a39fba"
CLASSES = [
    value
    for module in (exceptions, errors)
    for value in vars(module).values()
    if inspect.isclass(value) and value.__module__ == module.__name__
]
HTTP_CLASSES = [cls for cls in CLASSES if issubclass(cls, ApiException) and cls is not ImageUploadError]


def response(
    body: Any = b"", status: int = 422, reason: str = "Unprocessable Entity", **headers: str
) -> rest.RESTResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    wire_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return rest.RESTResponse(urllib3.HTTPResponse(data, wire_headers, status, reason=reason))


def api_error(body: Any = b"", status: int = 422, reason: str = "Unprocessable Entity", **headers: str) -> ApiException:
    return ApiException.from_response(response(body, status, reason, **headers), URL, "PUT")


# Names and signatures


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (OpenApiException, [Exception]),
        (ApiTypeError, [OpenApiException, TypeError]),
        (ApiValueError, [OpenApiException, ValueError]),
        (ApiAttributeError, [OpenApiException, AttributeError]),
        (ApiKeyError, [OpenApiException, KeyError]),
        (ApiException, [OpenApiException]),
        (ApiTimeout, [OpenApiException, TimeoutError]),
        (ApiFailedRequest, [OpenApiException]),
        (ResourceLookupError, [OpenApiException, LookupError]),
        (ImageLookupError, [ResourceLookupError]),
        (ImageUploadError, [ApiException]),
        (ConnectionException, [ApiException]),
        (TlsException, [ConnectionException]),
        (TimeoutException, [ConnectionException]),
    ],
)
def test_errors_have_their_published_and_builtin_base_classes(error: type, bases: list[type]) -> None:
    assert all(issubclass(error, base) for base in bases)


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (ApiTypeError, ["msg", "path_to_item", "valid_classes", "key_type"]),
        (ApiValueError, ["msg", "path_to_item"]),
        (ApiAttributeError, ["msg", "path_to_item"]),
        (ApiKeyError, ["msg", "path_to_item"]),
        (ApiException, ["status", "reason", "http_resp", "url"]),
        (ApiTimeout, ["message", "request_id"]),
        (ApiFailedRequest, ["message", "request_id"]),
    ],
)
def test_constructors_accept_the_published_arguments_first(error: type, arguments: list[str]) -> None:
    assert list(inspect.signature(error).parameters)[: len(arguments)] == arguments


@pytest.mark.parametrize("error", [cls for cls in CLASSES if not cls.__name__.startswith("_")])
def test_the_package_exports_every_error(error: type) -> None:
    assert getattr(ionoscloud, error.__name__) is error
    assert error.__doc__


def test_the_module_rest_exports_api_exception() -> None:
    assert rest.ApiException is ApiException


# Errors of arguments


@pytest.mark.parametrize("error", [ApiTypeError, ApiValueError, ApiAttributeError, ApiKeyError])
@pytest.mark.parametrize(
    ("path", "text"),
    [
        (None, "wrong"),
        ([], "wrong"),
        (["name"], "wrong at ['name']"),
        (["items", 0, "id"], "wrong at ['items'][0]['id']"),
        (("items", 1), "wrong at ['items'][1]"),
    ],
)
def test_the_message_ends_with_the_path(error: Any, path: Any, text: str) -> None:
    assert str(error("wrong", path)) == str(error(msg="wrong", path_to_item=path)) == text
    assert error("wrong", path).path_to_item == path


def test_a_type_error_has_the_valid_types() -> None:
    error = ApiTypeError("wrong", ["a"], (int, str), True)
    assert (error.path_to_item, error.valid_classes, error.key_type) == (["a"], (int, str), True)


# Errors of the API


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, BadRequestException),
        (401, UnauthorizedException),
        (403, ForbiddenException),
        (404, NotFoundException),
        (409, ConflictException),
        (422, UnprocessableEntityException),
        (429, TooManyRequestsException),
        *((status, ServiceException) for status in (500, 501, 502, 503, 504, 599)),
        *((status, ApiException) for status in (302, 402, 405, 415, 418, 600)),
    ],
)
def test_each_status_has_its_exception_class(status: int, expected: type) -> None:
    error = api_error(status=status)
    assert type(error) is expected
    assert error.status == status


def test_an_error_has_the_complete_response() -> None:
    error = api_error({"httpStatus": 422}, location="https://x", X_Thing="y")
    assert (error.status, error.reason, error.url, error.method) == (422, "Unprocessable Entity", URL, "PUT")
    assert error.body == '{"httpStatus": 422}'
    assert error.headers is not None
    assert error.headers["Location"] == error.headers["location"] == "https://x"
    assert error.headers["x-thing"] == "y"


def test_an_error_without_a_response_has_all_attributes() -> None:
    error = ApiException(status=0, reason="no way")
    assert (error.status, error.reason) == (0, "no way")
    assert (error.body, error.headers, error.url, error.error, error.request_id) == (None,) * 5


def test_an_explicit_reason_takes_precedence_over_the_response() -> None:
    assert ApiException(reason="mine", http_resp=response()).reason == "mine"
    assert ApiException(http_resp=response(reason="theirs")).reason == "theirs"


def test_arguments_can_be_positional() -> None:
    error = ApiException(404, "Not Found", None, URL)
    assert (error.status, error.reason, error.url) == (404, "Not Found", URL)


def test_a_response_of_urllib3_is_accepted() -> None:
    assert ApiException(http_resp=response(b"text", status=404).urllib3_response).body == "text"


def test_a_body_that_is_not_utf8_is_decoded_with_replacements() -> None:
    assert api_error(b"Fehler f\xfcr \xff", 502).body == "Fehler f\ufffdr \ufffd"


def test_the_body_of_an_error_is_parsed() -> None:
    error = api_error({"httpStatus": 422, "messages": [{"errorCode": "100", "message": "[(root).x] no"}]}).error
    assert error == Error(422, [ErrorMessage("100", "[(root).x] no")])


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Bad Gateway</html>", b'{"httpStatus": 4', b"[]", b'"text"', b"null", b"5", b"\xff\xfe", b"[" * 9999],
)
def test_a_body_without_an_error_document_is_parsed_as_none(body: bytes) -> None:
    error = api_error(body, 502, "Bad Gateway")
    assert error.error is None
    assert str(error) == f"PUT {URL}: 502 Bad Gateway"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Location": f"https://api.ionos.com/cloudapi/v5/requests/{REQUEST_ID}/status"}, REQUEST_ID),
        ({"location": f"/requests/{REQUEST_ID}"}, REQUEST_ID),
        ({"location": f"/requests/{REQUEST_ID}?x=/y#z"}, REQUEST_ID),
        ({"location": "https://api.ionos.com/cloudapi/v5/images/1"}, None),
        ({"x_request_id": "abc"}, "abc"),
    ],
)
def test_the_request_id_comes_from_the_headers(headers: dict[str, str], expected: str | None) -> None:
    assert api_error(**headers).request_id == expected


# Text of errors


def test_str_shows_method_url_status_messages_and_request_id() -> None:
    messages = [{"errorCode": "100", "message": "[(root).x] no"}, {"errorCode": "101", "message": "nor this"}]
    error = api_error({"httpStatus": 422, "messages": messages}, location=f"/requests/{REQUEST_ID}/status")
    assert str(error) == (
        f"PUT {URL}: 422 Unprocessable Entity: [100] [(root).x] no: [101] nor this: request id {REQUEST_ID}"
    )


@pytest.mark.parametrize(
    ("messages", "shown"),
    [
        (None, ""),
        ([], ""),
        ("text", ""),
        (5, ""),
        (True, ""),
        ({"errorCode": "1"}, ""),
        (["plain words"], ": plain words"),
        ([{"message": "no code"}], ": no code"),
        ([{"errorCode": 7, "message": "number"}], ": [7] number"),
        ([{"errorCode": "7"}], ": [7]"),
        ([{}], ""),
        ([None], ""),
    ],
)
def test_str_tolerates_invalid_messages(messages: Any, shown: str) -> None:
    assert str(api_error({"messages": messages})) == f"PUT {URL}: 422 Unprocessable Entity{shown}"


def test_str_shows_the_first_messages_and_the_number_of_others() -> None:
    error = api_error({"messages": [{"errorCode": str(n), "message": f"m{n}" + "x" * 1000} for n in range(1234)]})
    assert "m4" in str(error)
    assert "m5" not in str(error)
    assert str(error).endswith(": and 1,229 more")
    assert len(str(error)) < 3000
    assert len(error.error.messages) == 1234


def test_a_body_is_parsed_once_and_pickled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    error = api_error({"messages": [{"message": "no"}] * 1000})
    size = len(pickle.dumps(error))
    with monkeypatch.context() as context:
        loads = mock.Mock(wraps=json.loads)
        context.setattr(json, "loads", loads)
        assert str(error) == str(error)
        assert error.error is error.error
        assert loads.call_count == 1
    assert len(pickle.dumps(error)) == size
    error.body = '{"messages": [{"message": "other"}]}'
    assert str(error).endswith(": other")


def test_str_masks_the_query_and_the_error_keeps_it() -> None:
    error = ApiException(404, "No", url=f"{URL}?token=x&depth=1#y", method="GET")
    assert str(error) == f"GET {URL}?token=***&depth=1#***: 404 No"
    assert error.url == f"{URL}?token=x&depth=1#y"


def test_secrets_of_the_request_are_masked_in_body_and_reason() -> None:
    error = ApiException.from_response(response({"messages": ["no abcd"]}, reason="abcd?"), URL, "PUT", ["abcd"])
    assert (error.body, error.reason) == ('{"messages": ["no ***"]}', "***?")
    assert repr(error) == "UnprocessableEntityException(422, '***?')"


@pytest.mark.parametrize("depth", [100, 600, 900])
def test_str_works_with_a_deeply_nested_body(depth: int) -> None:
    assert str(api_error(b'{"messages":' + b"[" * depth + b"]" * depth + b"}")).startswith(f"PUT {URL}: 422")


@pytest.mark.parametrize(("depth", "parsed"), [(98, True), (100, False), (900, False), (5000, False)])
def test_a_body_that_is_nested_too_deeply_is_not_parsed(depth: int, parsed: bool) -> None:
    error = api_error(b'{"messages":' + b"[" * depth + b"]" * depth + b"}")
    assert (error.error is not None) == parsed


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ApiException(), "unknown error"),
        (ApiException(404), "404"),
        (ApiException(404, "Not Found"), "404 Not Found"),
        (ApiException(reason="gone", url=URL), f"{URL}: gone"),
        (ApiException(reason="gone", url=URL, method="GET"), f"GET {URL}: gone"),
        (ApiTimeout("waited"), "waited"),
        (ApiTimeout(message="waited", request_id="1"), "waited"),
        (ApiFailedRequest("failed", "1"), "failed"),
        (ApiFailedRequest(message="failed", request_id="1"), "failed"),
    ],
)
def test_str_shows_the_known_attributes(error: Exception, expected: str) -> None:
    assert str(error) == expected


def test_repr_shows_the_status() -> None:
    assert repr(api_error(status=404, reason="Not Found")) == "NotFoundException(404, 'Not Found')"


@pytest.mark.parametrize("error", [ApiTimeout, ApiFailedRequest])
def test_errors_of_waiting_have_a_message_and_a_request_id(error: Any) -> None:
    assert (error("m", "1").message, error("m", "1").request_id) == ("m", "1")
    assert error("m").request_id is None


# Copies


def unpickled(error: Any) -> Any:
    return pickle.loads(pickle.dumps(error))


COPIERS = [
    pytest.param(copy.copy, id="copy"),
    pytest.param(copy.deepcopy, id="deepcopy"),
    *(
        pytest.param(
            lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol)), id=f"pickle{protocol}"
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ),
]


def every_error() -> list[Exception]:
    body = {"messages": [{"errorCode": "100", "message": "no"}]}
    return [
        OpenApiException("one", 2),
        ApiTypeError("wrong", ["a", 0], (int, str), True),
        *(error("wrong", ["a", 0]) for error in (ApiValueError, ApiAttributeError, ApiKeyError)),
        ApiTimeout("waited", "1"),
        ApiFailedRequest("failed", "1"),
        ResourceLookupError("several", [Error(http_status=404)]),
        ImageLookupError("none"),
        ImageUploadError("stopped", [Transfer("de/fra", "a.iso")], (), api_error(body)),
        *(error(http_resp=response(body, location="/requests/1"), url=URL, method="PUT") for error in HTTP_CLASSES),
        ApiException(),
    ]


@pytest.mark.parametrize("duplicate", COPIERS)
@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_copies_of_errors_are_complete(error: Any, duplicate: Any) -> None:
    clone = duplicate(error)
    assert type(clone) is type(error)
    assert vars(clone) == vars(error)
    assert (str(clone), clone.args) == (str(error), error.args)
    assert clone is not error


def test_every_error_class_is_tested() -> None:
    missing = set(CLASSES) - {type(error) for error in every_error()}
    assert not [cls for cls in missing if not cls.__name__.startswith("_")]


def test_changing_a_copy_does_not_change_the_original() -> None:
    error = api_error()
    clone = copy.copy(error)
    clone.reason = "other"
    assert error.reason == "Unprocessable Entity"


def test_headers_of_a_copy_are_case_insensitive() -> None:
    assert unpickled(api_error(location="/requests/1")).headers["LOCATION"] == "/requests/1"
    assert unpickled(api_error(location="/requests/1")).request_id == "1"


def causes() -> list[HTTPError]:
    pool = urllib3.HTTPSConnectionPool("api.ionos.com", 443)
    return [
        MaxRetryError(pool, URL, ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))),
        ReadTimeoutError(pool, URL, "Read timed out."),
        NewConnectionError(pool, "refused"),  # type: ignore[arg-type]
        ProtocolError("Connection broken", OSError(5, "I/O error")),
        SSLError("certificate verify failed"),
        ProxyError("Unable to connect to proxy", OSError("refused")),
    ]


@pytest.mark.parametrize("duplicate", COPIERS)
@pytest.mark.parametrize("cause", causes(), ids=lambda cause: type(cause).__name__)
def test_copies_keep_the_cause(cause: HTTPError, duplicate: Any) -> None:
    error = ConnectionException(reason="broken", url=URL, method="GET")
    error.__cause__ = cause
    clone = duplicate(error)
    assert type(clone.__cause__) is type(cause)
    assert str(clone) == str(error)


class CannotBePickled(Exception):
    def __reduce__(self) -> Any:
        raise TypeError("no")


class CannotBeUnpickled(Exception):
    def __init__(self, one: object, two: object) -> None:
        super().__init__(one)


@pytest.mark.parametrize("cause", [CannotBePickled("x"), CannotBeUnpickled(1, 2), Exception(lambda: None)])
def test_a_cause_that_cannot_be_pickled_is_dropped(cause: Exception) -> None:
    error = api_error({"messages": []})
    error.__cause__ = cause
    clone = unpickled(error)
    assert clone.__cause__ is None
    assert vars(clone) == vars(error)


def test_a_deep_copy_shares_no_mutable_values() -> None:
    error = ApiValueError("wrong", ["items", 0])
    copy.deepcopy(error).path_to_item.append("id")
    assert error.path_to_item == ["items", 0]


@pytest.mark.parametrize("cause", [CannotBePickled("x"), CannotBeUnpickled(1, 2)])
def test_a_copy_in_the_same_process_keeps_any_cause(cause: Exception) -> None:
    error = ApiException()
    error.__cause__ = cause
    assert copy.copy(error).__cause__ is cause


def test_a_chain_of_causes_is_pickled() -> None:
    inner = api_error(status=503)
    inner.__cause__ = OSError(5, "I/O error")
    outer = ApiTimeout("waited", "1")
    outer.__cause__ = inner
    clone = unpickled(outer)
    assert isinstance(clone.__cause__, ServiceException)
    assert repr(clone.__cause__.__cause__) == repr(OSError(5, "I/O error"))


def test_custom_attributes_are_pickled() -> None:
    error = api_error()
    error.attempt = 3  # type: ignore[attr-defined]
    assert unpickled(error).attempt == 3


class ToolError(NotFoundException):
    def __init__(self, tool: str, *, hint: str) -> None:
        super().__init__(404, "gone")
        self.tool, self.hint = tool, hint


@pytest.mark.parametrize("duplicate", COPIERS)
def test_copies_of_subclasses_with_another_signature_are_complete(duplicate: Any) -> None:
    clone = duplicate(ToolError("x", hint="y"))
    assert (clone.status, clone.tool, clone.hint) == (404, "x", "y")


def test_an_unpickled_error_keeps_its_context_when_raised() -> None:
    clone = unpickled(ApiValueError("wrong"))
    with pytest.raises(ApiValueError):
        try:
            raise OSError("first")
        finally:
            raise clone
    assert isinstance(clone.__context__, OSError)
    assert not clone.__suppress_context__
