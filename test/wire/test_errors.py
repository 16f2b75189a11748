"""Errors of calls, and how often the request reached the server."""

from __future__ import annotations

import copy
import json
import pickle
import socket
import ssl
import threading

import pytest
import trustme
import urllib3

import ionoscloud
from ionoscloud import ApiClient, ApiException, Configuration, ImageApi, ImageProperties

NOT_FOUND = {"httpStatus": 404, "messages": [{"errorCode": "309", "message": "Resource does not exist"}]}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, ApiException),
        (400, ionoscloud.BadRequestException),
        (401, ionoscloud.UnauthorizedException),
        (402, ApiException),
        (403, ionoscloud.ForbiddenException),
        (404, ionoscloud.NotFoundException),
        (405, ApiException),
        (409, ionoscloud.ConflictException),
        (422, ionoscloud.UnprocessableEntityException),
        (429, ionoscloud.TooManyRequestsException),
        (500, ionoscloud.ServiceException),
        (503, ionoscloud.ServiceException),
    ],
)
def test_each_status_has_its_class(api, server, configuration, status, error):
    configuration.max_retries = 0
    server.respond(NOT_FOUND, status, Location="https://elsewhere.example.com/")
    with pytest.raises(ApiException) as caught:
        api.images_find_by_id("x")
    assert type(caught.value) is error
    assert caught.value.status == status
    assert len(server.seen) == 1


def test_an_error_shows_the_request_and_the_response(api, server):
    server.respond(NOT_FOUND, 404, X_Request_Id="abc")
    with pytest.raises(ionoscloud.NotFoundException) as caught:
        api.images_find_by_id("x", depth=1)
    error = caught.value
    url = f"{server.url}/images/x?depth=1"
    assert str(error) == f"GET {url}: 404 Not Found: [309] Resource does not exist: request id abc"
    assert (error.status, error.reason, error.url, error.method) == (404, "Not Found", url, "GET")
    assert json.loads(error.body) == NOT_FOUND
    assert error.headers["CONTENT-TYPE"] == "application/json"
    assert (error.error.http_status, error.error.messages[0].error_code) == (404, "309")
    assert error.request_id == "abc"


@pytest.mark.parametrize(
    "body", [b"<h1>Bad gateway</h1>", b"", b"\xff\xfe", b"[]", b'{"messages": null}', b'{"messages": 7}']
)
def test_an_error_response_with_an_invalid_body_raises_by_status(api, server, body):
    server.respond(body, 404)
    with pytest.raises(ionoscloud.NotFoundException, match="404 Not Found") as caught:
        api.images_find_by_id("x")
    assert caught.value.body == body.decode("utf-8", "replace")


def test_pickles_and_copies_of_errors_are_complete(api, server):
    server.respond(NOT_FOUND, 404)
    with pytest.raises(ApiException) as caught:
        api.images_find_by_id("x")
    for error in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value), copy.deepcopy(caught.value)):
        assert type(error) is ionoscloud.NotFoundException
        assert str(error) == str(caught.value)
        assert (error.body, dict(error.headers)) == (caught.value.body, dict(caught.value.headers))


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def failing_call(host: str, **settings) -> ApiException:
    configuration = Configuration(host=host, token="top-secret", **{"max_retries": 0, **settings})
    with ApiClient(configuration) as client, pytest.raises(ApiException) as caught:
        ImageApi(client).images_get(_request_timeout=0.3)
    assert "top-secret" not in f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert isinstance(caught.value.__cause__, urllib3.exceptions.HTTPError)
    assert pickle.loads(pickle.dumps(caught.value)).reason == caught.value.reason
    return caught.value


def test_a_refused_connection_raises_connection_exception():
    error = failing_call(f"http://127.0.0.1:{closed_port()}/v5")
    assert type(error) is ionoscloud.ConnectionException
    assert (error.status, error.method) == (None, "GET")


def test_an_unknown_host_raises_connection_exception(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    assert type(failing_call("https://nowhere.example.com/v5")) is ionoscloud.ConnectionException


def test_a_silent_server_raises_timeout_exception(server):
    event = server.hang()
    assert type(failing_call(server.url)) is ionoscloud.TimeoutException
    event.set()


def test_a_dropped_connection_raises_connection_exception(server):
    server.respond(status=0)
    assert type(failing_call(server.url)) is ionoscloud.ConnectionException


def test_a_truncated_response_raises_connection_exception(server):
    server.respond(b"{}", Content_Length="10", Connection="close")
    assert isinstance(failing_call(server.url), ionoscloud.ConnectionException)


@pytest.fixture
def tls_server(server):
    """The recording server with TLS, with a certificate for localhost from a test authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with authority.cert_pem.tempfile() as path:
        yield f"https://localhost:{server.server_port}/v5", path


def test_tls_is_verified_against_certifi(tls_server, server):
    error = failing_call(tls_server[0], max_retries=3)
    assert type(error) is ionoscloud.TlsException
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert not server.seen


def test_a_custom_authority_can_be_trusted(tls_server, server):
    url, authority = tls_server
    with ApiClient(Configuration(host=url, token="T", ssl_ca_cert=authority)) as client:
        ImageApi(client).images_get()
    assert len(server.seen) == 1
    error = failing_call(url.replace("localhost", "127.0.0.1"), ssl_ca_cert=authority)
    assert type(error) is ionoscloud.TlsException


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ssl_ca_cert": "no-ca"}, "ssl_ca_cert 'no-ca' cannot be used: [Errno 2] No such file"),
        ({"ssl_ca_cert": "garbage"}, "ssl_ca_cert 'garbage' cannot be used: "),
        ({"cert_file": "no-cert"}, "cert_file 'no-cert' cannot be used: [Errno 2] No such file"),
        ({"cert_file": "garbage"}, "cert_file 'garbage', key_file None cannot be used: "),
        ({"cert_file": "garbage", "key_file": "no-key"}, "key_file 'no-key' cannot be used: [Errno 2] No such file"),
        ({"cert_file": "garbage", "key_file": "garbage"}, "cert_file 'garbage', key_file 'garbage' cannot be used: "),
    ],
)
def test_an_unusable_file_is_reported_with_its_setting(server, tmp_path, monkeypatch, settings, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "garbage").write_text("no certificate")
    client = ApiClient(Configuration(host=server.url.replace("http:", "https:"), token="T", **settings))
    for _ in range(2):
        with pytest.raises(ionoscloud.ApiValueError) as caught:
            ImageApi(client).images_get()
        assert str(caught.value).startswith(message)
    assert not server.connections


def test_a_missing_folder_is_reported_before_the_request_is_sent(api, server, configuration, tmp_path):
    configuration.temp_folder_path = str(tmp_path / "missing")
    with pytest.raises(ionoscloud.ApiValueError, match=r"temp_folder_path must be a directory, not '.*missing'"):
        api.images_get(response_type="file")
    assert not server.seen
    assert api.images_get() == ionoscloud.Images()


def test_verification_can_be_switched_off(tls_server, server):
    warning = pytest.warns(urllib3.exceptions.InsecureRequestWarning)
    with ApiClient(Configuration(host=tls_server[0], token="T", verify_ssl=False)) as client, warning:
        ImageApi(client).images_get()
    assert len(server.seen) == 1


CALLS = {
    "GET": lambda api: api.images_get(),
    "PATCH": lambda api: api.images_patch("x", ImageProperties()),
    "PUT": lambda api: api.images_put("x", {}),
    "DELETE": lambda api: api.images_delete("x"),
    "POST": lambda api: api.api_client.call_api("/things", "POST", body={}),
}


@pytest.mark.parametrize("verb", CALLS)
def test_429_is_retried_for_every_verb(api, server, verb):
    server.respond(b"", 429, times=2)
    CALLS[verb](api)
    assert [seen.method for seen in server.seen] == [verb] * 3


@pytest.mark.once
@pytest.mark.parametrize("verb", CALLS)
@pytest.mark.parametrize("status", [502, 503, 504, 0])
def test_only_idempotent_requests_are_retried(api, server, verb, status):
    server.respond(b"", status, times=2)
    if verb in ("GET", "PUT", "DELETE"):
        CALLS[verb](api)
        assert len(server.seen) == 3
    else:
        with pytest.raises(ApiException):
            CALLS[verb](api)
        assert len(server.seen) == 1


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_other_statuses_are_not_retried(api, server, status):
    server.respond(b"", status)
    with pytest.raises(ApiException):
        api.images_get()
    assert len(server.seen) == 1


def test_retries_end_after_max_retries(api, server, configuration):
    configuration.max_retries = 2
    server.respond(b"", 503, times=5)
    with pytest.raises(ionoscloud.ServiceException):
        api.images_get()
    assert len(server.seen) == 3


@pytest.mark.parametrize(("given", "slept"), [("7", 7), ("0", 0), ("soon", None)])
def test_retry_after_is_honoured(api, server, no_sleep, given, slept):
    server.respond(b"", 429, Retry_After=given)
    api.images_get()
    waits = [call.args[0] for call in no_sleep.call_args_list]
    assert waits == [slept] if slept else all(wait < 1 for wait in waits)


def test_a_retry_after_above_the_limit_raises_at_once(api, server, no_sleep):
    server.respond(b"", 429, Retry_After="86400")
    with pytest.raises(ionoscloud.TooManyRequestsException) as caught:
        api.images_get()
    assert caught.value.headers["Retry-After"] == "86400"
    assert not no_sleep.called
    assert len(server.seen) == 1


def test_a_custom_retry_policy_replaces_the_default(server, configuration):
    configuration.retries = urllib3.Retry(1, status_forcelist=[500], backoff_factor=0, raise_on_status=False)
    server.respond(b"", 500, times=3)
    with ApiClient(configuration) as client, pytest.raises(ionoscloud.ServiceException):
        ImageApi(client).images_get()
    assert len(server.seen) == 2


@pytest.mark.parametrize(("retries", "sent"), [(0, 1), (1, 2), (False, 3), (None, 3)])
def test_a_number_as_retries_replaces_max_retries(server, configuration, retries, sent):
    configuration.max_retries = 2
    configuration.retries = retries
    server.respond(b"", 503, times=5)
    with ApiClient(configuration) as client, pytest.raises(ionoscloud.ServiceException):
        ImageApi(client).images_get()
    assert len(server.seen) == sent


ODD_RETRY_AFTER = ["soon", "-5", "1.5", "", "9" * 5000, "Fri, 31 Dec 99999 23:59:59 GMT", "Sun, 32 Foo 2026", "0"]


@pytest.mark.parametrize("retry_after", ODD_RETRY_AFTER, ids=lambda value: value[:10])
def test_a_custom_retry_policy_tolerates_any_retry_after(server, configuration, no_sleep, retry_after):
    configuration.retries = urllib3.Retry(1, status_forcelist=[503])
    server.respond(b"", 503, times=2, Retry_After=retry_after)
    with ApiClient(configuration) as client, pytest.raises(ionoscloud.ServiceException) as caught:
        ImageApi(client).images_get()
    too_long = len(retry_after) == 5000
    assert caught.value.attempts == len(server.seen) == (1 if too_long else 2)


@pytest.mark.parametrize(("respected", "slept"), [(True, [7]), (False, [0])])
def test_a_custom_retry_policy_can_ignore_retry_after(server, configuration, no_sleep, respected, slept):
    policy = urllib3.Retry(1, status_forcelist=[503], backoff_factor=0, respect_retry_after_header=respected)
    configuration.retries = policy
    server.respond(b"", 503, Retry_After="7")
    with ApiClient(configuration) as client:
        ImageApi(client).images_get()
    assert [call.args[0] for call in no_sleep.call_args_list] == slept


def test_a_custom_retry_policy_does_not_retry_untrusted_servers(tls_server, server):
    connections = server.connections
    error = failing_call(tls_server[0], retries=urllib3.Retry(3))
    assert type(error) is ionoscloud.TlsException
    assert (error.attempts, server.connections - connections) == (1, 1)


def test_a_custom_retry_policy_does_not_retry_oversized_responses(server, configuration):
    configuration.retries = urllib3.Retry(3, allowed_methods=None)
    configuration.max_response_bytes = 10
    server.respond(b" " * 11)
    with ApiClient(configuration) as client, pytest.raises(ApiException, match="larger than max_response_bytes"):
        ImageApi(client).images_get()
    assert len(server.seen) == 1


def test_only_the_proxy_gets_its_credentials_and_headers(monkeypatch):
    connected = threading.Event()
    received = []

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        received.append(connection.recv(4096).decode())
        connection.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
        connection.close()
        connected.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        proxy = f"http://user:proxy%2Dsecret@127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("IONOS_HTTP_PROXY_HEADERS", "X-Proxy: yes, X-Other: 1")
        error = failing_call("https://api.example.com/v5", proxy=proxy)
        assert connected.wait(5)
    assert received[0].startswith("CONNECT api.example.com:443")
    assert "proxy-authorization: Basic dXNlcjpwcm94eS1zZWNyZXQ=" in received[0]
    assert "X-Proxy: yes" in received[0]
    assert "top-secret" not in received[0]
    assert "proxy-secret" not in str(error)
