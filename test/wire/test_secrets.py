"""Checks that tracebacks, errors and logs show no credentials, passwords or bodies."""

from __future__ import annotations

import html
import http.client
import inspect
import json
import logging
import os
import pickle
import socket
import sys
import threading
import traceback
from base64 import b64encode
from contextlib import contextmanager
from typing import Any

import pytest

import ionoscloud
from ionoscloud import (
    ApiClient,
    ApiException,
    Configuration,
    ImageApi,
    UserManagementApi,
    Volume,
    VolumeApi,
    VolumeProperties,
)
from ionoscloud.api import user_management_api

SECRET = "hunter2-Secret-99"
POST_USER = user_management_api._UM_USERS_POST
BASIC = b64encode(f"demo:{SECRET}".encode()).decode()
BODY = {"properties": {"password": SECRET, "firstname": "x"}}
ELSEWHERE = os.path.dirname(__file__)  # variables of the caller are not redacted


def chain(error):
    """Return the error and its causes."""
    found, waiting = [], [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            waiting += [each.__cause__, each.__context__]
    return found


def exposed(error):
    """Return the local variables in tracebacks that show a secret, and the text of the error if it shows one."""
    found = []
    for each in chain(error):
        for frame in traceback.TracebackException.from_exception(each, capture_locals=True).stack:
            if ELSEWHERE not in frame.filename:
                found += [f"{frame.filename}:{frame.name}:{n}" for n, v in (frame.locals or {}).items() if leaks(v)]
        words = f"{each} {each!r} { {**vars(each), 'url': None} }"  # the attribute of an error has the full URL
        found += [type(each).__name__] if leaks(words) else []
    return found


def leaks(text):
    return SECRET in text or BASIC in text


@contextmanager
def raised(kind=ApiException):
    with pytest.raises(kind) as caught:
        yield caught
    assert not exposed(caught.value)


@pytest.fixture(params=["token", "password"])
def client(request, server):
    settings: dict[str, Any] = (
        {"token": SECRET} if request.param == "token" else {"username": "demo", "password": SECRET}
    )
    with ApiClient(Configuration(server.url, max_retries=0, timeout=5, **settings), cookie=f"a={SECRET}") as client:
        yield client


def post(client, **options):
    return UserManagementApi(client).um_users_post(BODY, **options)


# Local variables in tracebacks, which Sentry, rich and `pytest -l` show


def test_local_variables_show_no_secret_after_an_error_response(server, client):
    server.respond(status=404)
    with raised():
        post(client)


def test_local_variables_show_no_secret_after_a_refused_connection(client):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        client.configuration.host = f"http://127.0.0.1:{free.getsockname()[1]}"
        with raised(ionoscloud.ConnectionException):
            post(client)


def test_local_variables_show_no_secret_after_a_broken_connection(server, client):
    server.respond(status=0)
    with raised(ionoscloud.ConnectionException):
        post(client)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: UserManagementApi(client).um_users_post_with_http_info(BODY),
        lambda client: ImageApi(client).images_get(query_params={"token": SECRET}),
        lambda client: ImageApi(client).images_get(
            _request_auth={"in": "header", "key": "Authorization", "value": SECRET}
        ),
        lambda client: client.call(POST_USER, (), BODY, {"query_params": {"token": SECRET}}),
        lambda client: client.call(POST_USER, (), BODY, {"async_req": True}).get(10),
        lambda client: client.request("POST", client.configuration.host, headers={"X-Auth": SECRET}, body=BODY),
        lambda client: client.rest_client.request("POST", client.configuration.host, None, {"X-Auth": SECRET}, BODY),
        lambda client: client.rest_client.GET(client.configuration.host, {"X-Auth": SECRET}),
        lambda client: client.rest_client.PUT(client.configuration.host, body=BODY),
        lambda client: client.rest_client.DELETE(client.configuration.host, body=BODY),
    ],
)
def test_local_variables_show_no_secret_for_any_way_to_call(server, client, call):
    server.respond(status=0)
    with raised(ionoscloud.ConnectionException):
        call(client)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.sanitize_for_serialization({"password": SECRET, "x": object()}),
        lambda client: client.parameters_to_tuples({"password": [SECRET, Unprintable()]}, {"password": "csv"}),
        lambda client: client.files_parameters({SECRET: "/no/such/file"}),
        lambda client: client.update_params_for_auth({}, [], ["x"], {"in": "query", "key": "k", "value": SECRET}),
    ],
)
def test_local_variables_show_no_secret_after_an_error_in_the_client(client, call):
    with pytest.raises(Exception) as caught:
        call(client)
    assert not exposed(caught.value)


class Unprintable:
    def __str__(self) -> str:
        raise ValueError


def test_methods_of_the_api_classes_keep_their_names_and_signatures():
    method = ImageApi.images_find_by_id
    assert method.__qualname__ == "ImageApi.images_find_by_id"
    assert [*inspect.signature(method).parameters][:2] == ["self", "image_id"]
    assert pickle.loads(pickle.dumps(method)) is method


def test_methods_of_a_subclass_are_unchanged():
    class Mine(ImageApi):
        def mine(self):
            pass

    assert not hasattr(Mine.mine, "__wrapped__")


@pytest.mark.parametrize("body", [f'{{"password": "{SECRET}"'.encode(), b"[" * 100_000, b"[1]"])
def test_local_variables_show_no_secret_after_an_unreadable_response(server, client, body):
    server.respond(body)
    with pytest.raises(ApiException) as caught:
        post(client)
    caught.value.body = None  # not redacted
    assert not exposed(caught.value)


def test_local_variables_show_no_secret_after_an_async_call(server, client):
    server.respond(status=0)
    call = post(client, async_req=True)
    with raised():
        call.get(10)


@pytest.mark.parametrize("name", ["on_request", "refresh_token_hook"])
def test_local_variables_show_no_secret_after_an_error_in_a_hook(client, name):
    def hook(event):
        headers = dict(getattr(event, "headers", {}))
        raise KeyError(len(headers))

    setattr(client.configuration, name, hook)
    with raised(KeyError):
        post(client)


def test_local_variables_show_no_secret_after_an_interrupt(server, client, monkeypatch):
    def interrupt(self, data):
        raise KeyboardInterrupt

    monkeypatch.setattr("http.client.HTTPConnection.send", interrupt)
    with raised(KeyboardInterrupt):
        post(client)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.call_api("/x", "POST", body={"password": SECRET, "bad": object()}),
        lambda client: client.call_api("/x", "POST", body={"password": SECRET, "bad": float("nan")}),
        lambda client: client.call_api("/x", "POST", body={"password": SECRET, (1, 2): 1}),
        lambda client: client.call_api("/x", "POST", post_params={"password": SECRET}, header_params={"a b": SECRET}),
        lambda client: client.call_api("/x", "GET", header_params={"X-Auth": f"{SECRET}\n"}),
        lambda client: client.call_api("/{id}", "GET", {"id": {"password": SECRET}}),
        lambda client: client.call_api("/x", "GET", query_params={"token": {"a": SECRET}}),
        lambda client: client.call_api("/x", "GET", query_params={"token": SECRET + "\ud800"}),
        lambda client: client.call_api("/x", "GET", response_type={"password": SECRET}),
        lambda client: client.call_api("/x", "GET", _request_auth={"in": "query", "key": "k", "value": SECRET}),
        lambda client: client.call_api("/x", "GET", _request_auth={"key": SECRET}),
        lambda client: client.call_api("/x", "GET", _request_timeout={"password": SECRET}),
        lambda client: client.call(POST_USER, (), [SECRET], {}),
        lambda client: client.call(POST_USER, (), BODY, {"unknown": SECRET}),
        lambda client: UserManagementApi(client).um_users_post([SECRET]),
        lambda client: VolumeApi(client).datacenters_volumes_post(Volume(id=SECRET), BODY),
        lambda client: ImageApi(client).images_find_by_id(BODY),
        lambda client: ImageApi(client).images_find_by_id("x", depth=BODY),
        lambda client: ImageApi(client).images_get(pretty=SECRET.encode()),
    ],
)
def test_local_variables_show_no_secret_after_a_wrong_argument(server, client, call):
    with raised((ionoscloud.ApiTypeError, ionoscloud.ApiValueError)):
        call(client)
    assert not server.seen


@pytest.mark.parametrize(
    "settings",
    [
        {"token": SECRET, "timeout": "x"},
        {"token": {SECRET: "Token Authentication"}},
        {"api_key": {"Token Authentication": SECRET}, "max_retries": -1},
        {"username": "a:b", "password": SECRET},
        {"password": SECRET},
        {"username": "demo", "password": SECRET + "\ud800"},
        {"username": "demo", "password": SECRET.encode()},
        {"proxy_headers": {"Proxy-Authorization": f"{SECRET}\n"}},
        {"token": SECRET, "tokn": SECRET},
    ],
)
def test_local_variables_show_no_secret_after_a_wrong_setting(settings):
    with raised((ionoscloud.ApiTypeError, ionoscloud.ApiValueError, ionoscloud.ApiAttributeError)):
        Configuration(**settings).auth_settings()


def test_credentials_do_not_show_during_a_call(client):
    """Error reporters can read the whole stack, for example when a hook logs a message."""
    shown = []

    def look(_):
        frame = sys._getframe(1)
        while frame:
            if "ionoscloud" in frame.f_code.co_filename and "test" not in frame.f_code.co_filename:
                shown.extend(f"{frame.f_code.co_name}:{n}" for n, v in frame.f_locals.items() if leaks(repr(v)))
            frame = frame.f_back

    for name in ("on_request", "on_response", "refresh_token_hook"):
        setattr(client.configuration, name, look)
    ImageApi(client).images_get()
    client.call_api("/x", "POST", header_params={"X-Auth": "x"}, body={"name": "x"})
    client.call_api("/x", "POST", post_params={"name": "x"})
    assert not shown


@pytest.mark.parametrize("name", ["on_response", "on_retry"])
def test_the_log_of_a_failed_hook_shows_no_secret(server, client, caplog, name):
    """Sentry reads the local variables in the traceback of a log record."""

    def hook(_):
        raise KeyError

    client.configuration.max_retries, client.configuration.wait_time = 1, 0.001
    server.respond(status=503, Set_Cookie=SECRET, Location=f"/x?{SECRET}")
    setattr(client.configuration, name, hook)
    ImageApi(client).images_get(query_params={"token": SECRET})
    logged = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert logged
    assert not any(map(exposed, logged))


def test_other_packages_get_headers_as_plain_text(client, monkeypatch):
    """An HTTP recorder would write the class `SecretStr` into its file."""
    seen = []

    def putheader(self, name, *values, put=http.client.HTTPConnection.putheader):
        seen.extend(map(type, values))
        put(self, name, *values)

    monkeypatch.setattr(http.client.HTTPConnection, "putheader", putheader)
    post(client)
    assert set(seen) == {str}


def test_an_exception_that_the_caller_handles_keeps_its_local_variables(server, client):
    def load():
        mine = "mine"
        raise ValueError(len(mine))

    server.respond(status=404)
    with pytest.raises(ApiException) as caught:
        try:
            load()
        except ValueError:
            post(client)
    context = next(each for each in chain(caught.value) if type(each) is ValueError)
    assert "mine" in traceback.TracebackException.from_exception(context, capture_locals=True).stack[-1].locals


def test_credentials_of_a_configuration_are_secret_strings():
    configuration = Configuration(token=SECRET, username="demo", password=SECRET)
    for copy in (configuration, pickle.loads(pickle.dumps(configuration))):
        assert (copy.token, copy.password) == (SECRET, SECRET)
        assert isinstance(copy.token, str)
        assert not leaks(repr(vars(copy)))
        assert not leaks(repr(copy.auth_settings()))
        assert copy.auth_settings()["Token Authentication"]["value"] == f"Bearer {SECRET}"


# Text of the server


def error_body(text, status=422):
    return {"httpStatus": status, "messages": [{"errorCode": "100", "message": text}]}


@pytest.mark.parametrize("quote", ["{secret} is too short", "'{secret}'", "no {basic}", "Basic {basic} and {secret}"])
@pytest.mark.parametrize("debug", [False, True])
def test_secrets_that_an_error_response_repeats_are_masked(server, client, caplog, quote, debug):
    text = quote.format(secret=SECRET, basic=BASIC if client.configuration.password else SECRET)
    server.respond(error_body(text), 422, X_Request_Id=f"id-{SECRET}", Location=f"/{SECRET}")
    client.configuration.debug = debug
    events = []
    client.configuration.on_response = events.append
    with caplog.at_level(logging.DEBUG, "ionoscloud"), raised(ionoscloud.UnprocessableEntityException) as caught:
        post(client)
    error = caught.value
    assert "***" in str(error)
    assert "***" in error.error.messages[0].message
    assert not leaks(f"{error} {error!r} {error.body} {error.error} {error.request_id} {events} {caplog.text}")
    assert server.last.json == BODY


def test_harmless_values_that_an_error_response_repeats_are_shown(server, client):
    server.respond(error_body("firstname 'x' is too short"), 422)
    with raised() as caught:
        post(client)
    assert "firstname 'x' is too short" in str(caught.value)


def test_a_short_password_is_masked_between_quotes(server, client):
    server.respond(error_body("'a' is a bad password, and \"a\" is, too"), 422)
    with pytest.raises(ApiException) as caught:
        UserManagementApi(client).um_users_post({"properties": {"password": "a"}})
    assert str(caught.value).endswith("'***' is a bad password, and \"***\" is, too")


def test_secrets_of_a_form_are_masked_in_an_error_response(server, client):
    server.respond(error_body("qwertz is wrong"), 422)
    with pytest.raises(ApiException, match=r"\*\*\* is wrong"):
        client.call_api("/x", "POST", post_params={"password": "qwertz"})


MULTIPART = {"Content-Type": "multipart/form-data"}


@pytest.mark.parametrize(
    "call",
    [
        lambda client: ImageApi(client).images_get(query_params={"token": SECRET}),
        lambda client: client.call_api(f"/images?token={SECRET}", "GET", response_type="Images"),
        lambda client: client.call_api("/x", "GET", header_params={"X-Session": SECRET}, response_type="Images"),
        lambda client: client.call_api("/x", "POST", None, None, MULTIPART, None, {"password": SECRET}, None, "Images"),
        lambda client: post(client),
    ],
)
@pytest.mark.parametrize("status", [200, 422])
def test_all_secrets_of_a_request_are_masked_in_an_error(server, configuration, call, status):
    server.respond([f"/images?token={SECRET}"], status, X_Request_Id=SECRET)
    with ApiClient(configuration) as client, pytest.raises(ApiException) as caught:
        call(client)
    error = caught.value
    assert error.body == '["/images?token=***"]'
    assert not leaks(f"{error} {error!r} {error.body} {error.reason} {error.error} {error.request_id}")


@pytest.mark.parametrize("spell", [html.escape, lambda text: "".join(f"\\u{ord(c):04X}" for c in text)])
def test_a_secret_that_an_error_response_escapes_is_masked(server, client, spell):
    secret = "p<w>&'9xYz"
    body = json.dumps(error_body("no SECRET")).replace("SECRET", spell(secret))
    server.respond(body.encode(), 422)
    with pytest.raises(ApiException) as caught:
        UserManagementApi(client).um_users_post({"properties": {"password": secret}})
    assert str(caught.value).endswith("[100] no ***")
    assert caught.value.error.messages[0].message == "no ***"
    assert spell(secret) not in caught.value.body


def test_urllib3_logs_a_retry_without_the_query(client, caplog):
    client.configuration.max_retries, client.configuration.wait_time = 1, 0.001
    client.configuration.host = "http://127.0.0.1:9"
    with caplog.at_level(logging.DEBUG, "urllib3"), pytest.raises(ApiException):
        ImageApi(client).images_get(query_params={"token": SECRET})
    assert "Incremented Retry" in caplog.text
    assert not leaks(caplog.text)


@contextmanager
def raw_server(response):
    """A server that sends a raw response."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(response)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


EVIL = "\x1b[31m\x07\x85"


@pytest.mark.parametrize(
    "response",
    [
        f"HTTP/1.1 404 N{EVIL} {SECRET}\r\nX-Request-Id: {EVIL}\r\nContent-Length: 0\r\n\r\n",
        f"HTTP/1.1 404 N\r\nLocation: /requests/{EVIL}/status\r\nContent-Length: 0\r\n\r\n",
        f"{EVIL} {SECRET}\r\n\r\n",
        f"HTTP/1.1 {EVIL}{SECRET} x\r\n\r\n",
        f"HTTP/1.1 200 OK\r\nContent-Encoding: {EVIL}{SECRET}\r\nContent-Length: 1\r\n\r\nx",
        f"HTTP/1.1 200 OK\r\nContent-Length: {EVIL}\r\n\r\nx",
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{EVIL}{SECRET}\r\n",
        f"HTTP/1.1 200 {EVIL}\r\nContent-Length: 1\r\n\r\nx",
    ],
)
def test_text_of_a_server_is_shown_on_one_line_without_control_characters(client, caplog, response):
    client.configuration.debug = True
    events = []
    client.configuration.on_response = events.append
    with raw_server(response.encode("latin-1")) as client.configuration.host:
        with caplog.at_level(logging.DEBUG, "ionoscloud"), pytest.raises(ApiException) as caught:
            ImageApi(client).images_get()
        words = [f"{error} {error!r}" for error in chain(caught.value)] + [str(events), str(events[0].reason)]
        words += [record.getMessage() for record in caplog.records]
    assert all(text.isprintable() for text in words)
    assert not leaks(" ".join(words))


@pytest.mark.parametrize("text", ["a\r\nb", "\x1b[2J", "\u2028", "\u202e", "\x00", "\ud800"])
def test_messages_of_the_api_are_shown_on_one_line(server, client, text):
    server.respond(error_body(text), 422)
    with pytest.raises(ApiException) as caught:
        post(client)
    assert str(caught.value).isprintable()
    assert caught.value.error.messages[0].message == text


def test_the_message_of_a_failed_request_is_shown_on_one_line(server, client):
    server.respond({"metadata": {"status": "FAILED", "message": "no\r\n\x1b[2J" + "x" * 1000}})
    with pytest.raises(ionoscloud.ApiFailedRequest) as caught:
        client.wait_for_completion("x")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "call",
    [
        lambda client: ImageApi(client).images_get(query_params={"token": SECRET}),
        lambda client: client.call_api(f"/images?{SECRET}", "GET"),
        lambda client: client.call_api(f"/images#{SECRET}", "GET"),
    ],
)
def test_the_query_is_masked_in_the_text_of_an_error_but_not_in_its_url(server, client, call):
    server.respond(status=404)
    with pytest.raises(ApiException) as caught:
        call(client)
    assert not leaks(f"{caught.value} {caught.value!r}")
    assert SECRET in caught.value.url
    assert SECRET in pickle.loads(pickle.dumps(caught.value)).url


# Errors of callers


@pytest.mark.parametrize("value", [SECRET.encode(), [SECRET], {"a": SECRET}, object(), 5])
@pytest.mark.parametrize("name", ["image_password", "user_data"])
def test_an_error_about_a_secret_of_the_wrong_type_shows_only_name_and_type(server, configuration, name, value):
    configuration.client_side_validation = True
    body = Volume(properties=VolumeProperties(size=1, type="HDD", **{name: value}))
    kind = type(value).__name__
    article = "an" if kind[0] in "aeiou" else "a"
    with ApiClient(configuration) as client, pytest.raises(ionoscloud.ApiValueError) as caught:
        VolumeApi(client).datacenters_volumes_post("d", body)
    problem = f"must be a str, not {article} {kind}"
    assert str(caught.value) == f"datacenters_volumes_post: volume.properties.{name} {problem}"
    assert not exposed(caught.value)
    assert not server.seen


def test_an_error_about_a_value_that_json_cannot_express_shows_path_and_type(server, client):
    body = Volume(properties=VolumeProperties(name="x", user_data=SECRET.encode()))
    with raised(ionoscloud.ApiTypeError) as caught:
        VolumeApi(client).datacenters_volumes_post("d", body)
    assert str(caught.value) == "a bytes cannot be encoded as JSON at ['properties']['user_data']"
    with raised(ionoscloud.ApiTypeError) as caught:
        client.call_api("/x", "POST", body={"list": [1, ({"imagePassword": SECRET.encode()},)]})
    assert str(caught.value) == "a bytes cannot be encoded as JSON at ['list'][1][0]['imagePassword']"
    assert not server.seen
