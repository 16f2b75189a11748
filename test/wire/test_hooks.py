"""Hooks: the events that they receive, and how they change a call."""

from __future__ import annotations

import contextlib
import copy
import json
import logging
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import FrozenInstanceError

import pytest
import urllib3

import ionoscloud
from ionoscloud import ApiClient, Configuration, ImageApi, ImageProperties
from ionoscloud.hooks import RequestEvent, ResponseEvent, RetryEvent

HOOKS = ("on_request", "on_response", "on_retry")
SECRETS = ("pa55word", "ZGVtbzpwYTU1d29yZA==", "s3ss10n", "t0ken")


@pytest.fixture
def configuration(server):
    return Configuration(host=server.url, username="demo", password="pa55word", wait_time=0.01)


@pytest.fixture
def events(configuration):
    """The events that the hooks received, in order."""
    events = []
    for name in HOOKS:
        setattr(configuration, name, events.append)
    return events


def kinds(events):
    return [type(event) for event in events]


def note(event):
    """Act as a hook that can be pickled."""
    event.headers["X-Note"] = event.operation


# Events


def test_hooks_are_called_for_every_attempt(server, api, events):
    server.respond(status=503, X_Request_Id="first")
    server.respond(X_Request_Id="second")
    api.images_find_by_id("x", depth=1)
    assert kinds(events) == [RequestEvent, ResponseEvent, RetryEvent, RequestEvent, ResponseEvent]
    url = f"{server.url}/images/x?depth=1"
    assert {(e.operation, e.method, e.url) for e in events} == {("images_find_by_id", "GET", url)}
    assert [e.attempt for e in events] == [1, 1, 1, 2, 2]
    first, retry, second = events[1], events[2], events[4]
    assert (first.status, first.reason, first.request_id, first.error) == (503, "503", "first", None)
    assert (retry.status, retry.reason, retry.request_id, retry.seconds) == (503, "503", "first", first.seconds)
    assert 0.005 <= retry.wait <= 0.01
    assert (second.status, second.request_id, second.headers["x-request-id"]) == (200, "second", "second")
    assert first.seconds > 0


def test_an_error_response_is_a_response_event(server, api, events):
    server.respond({"httpStatus": 404}, 404)
    with pytest.raises(ionoscloud.NotFoundException):
        api.images_find_by_id("x")
    assert kinds(events) == [RequestEvent, ResponseEvent]
    assert (events[1].status, events[1].error) == (404, None)


def test_an_attempt_without_a_response_has_the_error_of_the_call(server, api, events):
    server.respond(status=0, times=4)
    with pytest.raises(ionoscloud.ConnectionException) as caught:
        api.images_get()
    ended = [event for event in events if type(event) is ResponseEvent]
    assert [(e.status, dict(e.headers), e.request_id) for e in ended] == [(None, {}, None)] * 4
    assert [str(e.error) for e in ended][3] == str(caught.value)
    assert {type(e.error) for e in ended} == {ionoscloud.ConnectionException}
    assert all(isinstance(e.error.__cause__, urllib3.exceptions.HTTPError) for e in ended)
    assert [e.reason for e in events if type(e) is RetryEvent] == [e.error.reason for e in ended[:3]]


def test_a_response_that_cannot_be_read_has_a_status_and_an_error(server, api, configuration, events):
    configuration.max_response_bytes = 10
    server.respond(b" " * 100)
    with pytest.raises(ionoscloud.ApiException, match="max_response_bytes"):
        api.images_get()
    assert (events[1].status, events[1].headers["content-length"]) == (200, "100")
    assert "max_response_bytes" in events[1].reason


def test_hooks_are_called_for_every_request_of_a_redirect(server, api, events):
    server.respond(status=302, Location=f"{server.url}/elsewhere")
    api.images_get()
    assert [e.url for e in events if type(e) is RequestEvent] == [f"{server.url}/images", f"{server.url}/elsewhere"]


def test_an_open_response_is_reported_when_it_begins(server, api, events):
    server.respond({"id": "images"})
    response = api.images_get(_preload_content=False)
    assert (events[1].status, response.read()) == (200, b'{"id": "images"}')


def test_events_of_other_calls_have_the_operation_if_known(server, client, events):
    client.call_api("/images/{imageId}", "GET", {"imageId": "x"})
    client.rest_client.GET(f"{server.url}/images")
    assert [e.operation for e in events] == ["GET /images/{imageId}"] * 2 + [None] * 2


def test_events_are_read_only(api, events):
    api.images_get()
    for event in events:
        with pytest.raises(FrozenInstanceError):
            event.url = "https://elsewhere"


def test_the_repr_of_events_shows_no_secrets(server, client, events):
    client.cookie = "s3ss10n"
    server.respond(status=503, Set_Cookie="s3ss10n", Location=f"{server.url}/x?token=t0ken")
    client.call_api("/images?token=t0ken", "GET", query_params={"token": "t0ken"})
    assert (events[0].headers["Authorization"], events[0].headers["Cookie"]) == (f"Basic {SECRETS[1]}", "s3ss10n")
    assert "t0ken" in events[0].url
    assert events[2].headers["Set-Cookie"] == "s3ss10n"
    shown = repr(events) + str(events) + "".join(f"{event}" for event in events)
    assert not [secret for secret in SECRETS if secret in shown]
    assert "operation='GET /images?token=***', method='GET'" in shown


def test_events_become_json_without_secrets(server, client, configuration, events):
    client.cookie = "s3ss10n"
    written = []
    for name in HOOKS:
        setattr(configuration, name, lambda event: written.append((json.dumps(event.to_dict()), event)))
    server.respond(status=503, Set_Cookie="s3ss10n", Location=f"{server.url}/x?token=t0ken", X_Request_Id="first")
    client.call_api("/images?token=t0ken", "GET", query_params={"token": "t0ken"})
    assert not [secret for secret in SECRETS for text, _ in written if secret in text]
    request, response, retry = (json.loads(text) for text, _ in written[:3])
    common = ["event", "operation", "method", "url", "attempt"]
    ended = [*common, "seconds", "status", "headers", "error"]
    assert [*request] == [*common, "headers"]
    assert [*response] == [*ended, "error_type", "request_id"]
    assert [*retry] == [*ended, "wait", "error_type", "request_id"]
    assert [each["event"] for each in (request, response, retry)] == ["request", "response", "retry"]
    assert request["operation"] == "GET /images?token=***"
    assert request["headers"]["Authorization"] == request["headers"]["Cookie"] == "***"
    assert (response["status"], response["error"], response["request_id"]) == (503, None, "first")
    assert response["headers"]["Location"] == f"{server.url}/x?token=***"
    assert (retry["seconds"], retry["wait"]) == (written[2][1].seconds, written[2][1].wait)


def test_an_error_becomes_its_text_and_class_in_json(server, api, events):
    server.respond(status=0, times=4)
    with pytest.raises(ionoscloud.ConnectionException) as caught:
        api.images_get()
    ended = [json.loads(json.dumps(event.to_dict())) for event in events if type(event) is ResponseEvent]
    assert [(e["status"], e["headers"], e["request_id"], e["error_type"]) for e in ended] == (
        [(None, {}, None, "ConnectionException")] * 4
    )
    assert ended[3]["error"] == str(caught.value)


def test_headers_of_a_hook_become_text_in_json(api, configuration):
    written = []

    def change(event):
        event.headers.update({"Retry-After": 2, "ETag": b"\xff", "X-Own": b"t0ken"})
        written.append(json.loads(json.dumps(event.to_dict())))

    configuration.on_request = change
    with contextlib.suppress(ionoscloud.ApiTypeError):  # bytes cannot be sent
        api.images_get()
    headers = written[0]["headers"]
    assert (headers["Retry-After"], headers["ETag"], headers["X-Own"]) == ("2", "\xff", "***")


# Effects of hooks


def test_on_request_can_add_a_header_to_an_attempt(server, api, configuration):
    def number(event):
        if event.attempt == 2:
            event.headers["X-Attempt"] = 2

    configuration.on_request = number
    server.respond(status=503)
    server.respond(status=503)
    api.images_get()
    assert [seen.headers.get("X-Attempt") for seen in server.seen] == [None, "2", None]


def test_a_header_of_on_request_replaces_one_of_the_same_name(server, api, configuration):
    configuration.on_request = lambda event: event.headers.update({"user-agent": "mine", "AUTHORIZATION": "Bearer t"})
    api.images_get()
    names = [name.lower() for name in server.last.headers]
    assert (names.count("user-agent"), names.count("authorization")) == (1, 1)
    assert (server.last.headers["User-Agent"], server.last.headers["Authorization"]) == ("mine", "Bearer t")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("X-Trace", None, "on_request: header 'X-Trace' must have a str as its name, and a str or an"),
        ("X-Trace", "a\r\nX-Other: b", "on_request: header X-Trace must be one line"),
        ("X/Trace", "a", "on_request: header 'X/Trace' must have a name of letters"),
    ],
)
def test_an_invalid_header_of_on_request_is_rejected(server, api, configuration, name, value, problem):
    configuration.on_request = lambda event: event.headers.update({name: value})
    with pytest.raises((ionoscloud.ApiTypeError, ionoscloud.ApiValueError), match=problem):
        api.images_get()
    assert not server.seen


@pytest.mark.parametrize("error", [ValueError("no"), urllib3.exceptions.HTTPError("no"), KeyboardInterrupt()])
def test_an_error_of_on_request_ends_the_call_before_it_is_sent(server, api, configuration, events, error):
    def fail(event):
        raise error

    configuration.on_request = fail
    with pytest.raises(type(error)) as caught:
        api.images_get()
    assert caught.value is error
    assert not server.seen
    assert not events
    configuration.on_request = None
    api.images_get()


@pytest.mark.parametrize("name", ["on_response", "on_retry"])
def test_errors_of_the_other_hooks_are_logged_and_ignored(server, api, configuration, caplog, name):
    setattr(configuration, name, lambda event: 1 / 0)
    server.respond(status=429, Retry_After="0")
    server.respond({"id": "x"}, 202, Location=f"{server.url}/requests/abc/status")
    image, status, headers = api.images_patch_with_http_info("x", ImageProperties(name="a"))
    assert (image.id, status, headers["Location"][-11:]) == ("x", 202, "/abc/status")
    assert (len(server.seen), server.connections) == (2, 1)
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(logged) == {"on_response": 2, "on_retry": 1}[name]
    assert logged[0].getMessage() == f"the hook Configuration.{name} failed"
    assert "ZeroDivisionError" in caplog.text


def test_errors_of_hooks_are_shown_without_configured_logging(api, configuration, monkeypatch, capsys):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configuration.on_response = lambda event: 1 / 0
    api.images_get()
    assert "Configuration.on_response failed\nTraceback" in capsys.readouterr().err
    Configuration(environ={"IONOS_LOG_LEVEL": "off"})
    try:
        api.images_get()
    finally:
        logging.getLogger("ionoscloud").setLevel(logging.NOTSET)
    assert capsys.readouterr().err == ""


def test_an_interrupt_in_a_hook_is_raised(server, api, configuration):
    def interrupt(event):
        raise KeyboardInterrupt

    configuration.on_response = interrupt
    with pytest.raises(KeyboardInterrupt):
        api.images_get()
    configuration.on_response = None
    api.images_get()
    assert server.connections == 1


# Threads


def test_hooks_run_in_the_thread_of_their_call(api, configuration):
    seen = []
    configuration.on_request = configuration.on_response = lambda event: seen.append((threading.get_ident(), event.url))
    together = threading.Barrier(64)

    def call(number):
        together.wait(30)
        api.images_find_by_id(str(number))
        return threading.get_ident(), number

    with ThreadPoolExecutor(64) as pool:
        calls = list(pool.map(call, range(64)))
    where = configuration.host + "/images/"
    assert sorted(seen) == sorted(2 * [(thread, f"{where}{number}") for thread, number in calls])
    assert len({thread for thread, _ in calls}) == 64


def test_hooks_of_async_calls_run_in_the_pool_with_the_context_of_the_caller(api, configuration):
    job = ContextVar("job", default="none")
    seen = []
    configuration.on_request = lambda event: seen.append((threading.get_ident(), job.get()))
    job.set("audit")
    api.images_get(async_req=True).get(30)
    ((thread, name),) = seen
    assert name == "audit"
    assert thread != threading.get_ident()


# Settings


@pytest.mark.parametrize("name", HOOKS)
def test_hooks_must_be_functions(name):
    with pytest.raises(ionoscloud.ApiTypeError, match=f"{name} must be a function, or None, not 'x'"):
        Configuration(**{name: "x"})


def test_copies_keep_the_hooks(events, configuration):
    Configuration.set_default(configuration)
    for clone in (copy.copy(configuration), copy.deepcopy(configuration), Configuration.get_default_copy()):
        for name in HOOKS:
            getattr(clone, name)(name)
    assert events == [*HOOKS] * 3


def test_a_function_can_be_pickled_as_a_hook_and_a_lambda_cannot(server, configuration):
    configuration.on_request = note
    with pickle.loads(pickle.dumps(ApiClient(configuration))) as clone:
        ImageApi(clone).images_get()
    assert server.last.headers["X-Note"] == "images_get"
    configuration.on_request = lambda event: None
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(configuration)
