"""Credentials that are sent, and calls that are rejected because of them."""

from __future__ import annotations

import threading
from base64 import b64decode

import pytest

from ionoscloud import ApiClient, ApiValueError, Configuration, ImageApi
from ionoscloud.api_client import _is_cleartext

TOKEN = "Token Authentication"


def sent(server, configuration) -> str | None:
    with ApiClient(configuration) as client:
        ImageApi(client).images_get()
    return server.last.headers.get("Authorization")


def received(server, name: str) -> list[str]:
    """Return the values of a header that the server received."""
    return [value for known, value in server.last.headers.items() if known.lower() == name]


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"token": "T"}, "Bearer T"),
        ({"token": "Bearer T"}, "Bearer T"),
        ({"token": "T", "token_prefix": "Token"}, "Token T"),
        ({"token": {TOKEN: "T"}, "token_prefix": {TOKEN: "Token"}}, "Token T"),
        ({"api_key": {TOKEN: "T"}}, "Bearer T"),
        ({"api_key": {TOKEN: "Bearer T"}}, "Bearer T"),
        ({"api_key": {TOKEN: "T"}, "api_key_prefix": {TOKEN: "Token"}}, "Token T"),
        ({"token": "T", "username": "u", "password": "p"}, "Bearer T"),
        ({"api_key": {TOKEN: "T"}, "username": "u", "password": "p"}, "Bearer T"),
    ],
)
def test_a_token_is_sent_with_its_scheme(server, settings, header):
    assert sent(server, Configuration(host=server.url, **settings)) == header


@pytest.mark.parametrize("name", ["token", "api_key"])
def test_a_token_can_be_set_after_construction(server, name):
    configuration = Configuration(host=server.url)
    setattr(configuration, name, {TOKEN: "T"})
    assert sent(server, configuration) == "Bearer T"
    configuration = Configuration(host=server.url)
    configuration.api_key[TOKEN] = "T"
    assert sent(server, configuration) == "Bearer T"


def test_user_name_and_password_are_sent_as_utf8(server):
    configuration = Configuration(host=server.url)
    configuration.username, configuration.password = "Jörg@example.com", "pass:wörd€"
    scheme, _, value = sent(server, configuration).partition(" ")
    assert scheme == "Basic"
    assert b64decode(value).decode() == "Jörg@example.com:pass:wörd€"


@pytest.mark.parametrize(
    ("environment", "settings", "header"),
    [
        ({"IONOS_TOKEN": "E"}, {}, "Bearer E"),
        ({"IONOS_USERNAME": "e", "IONOS_PASSWORD": "f"}, {}, "Basic ZTpm"),
        ({"IONOS_TOKEN": "E", "IONOS_USERNAME": "e", "IONOS_PASSWORD": "f"}, {}, "Bearer E"),
        ({"IONOS_TOKEN": "E"}, {"token": "T"}, "Bearer T"),
        ({"IONOS_TOKEN": "E"}, {"api_key": {TOKEN: "T"}}, "Bearer T"),
        ({"IONOS_TOKEN": "E"}, {"username": "u", "password": "p"}, "Basic dTpw"),
        ({"IONOS_USERNAME": "e", "IONOS_PASSWORD": "f"}, {"username": "u", "password": "p"}, "Basic dTpw"),
        ({"IONOS_PASSWORD": "p"}, {"username": "u"}, "Basic dTpw"),
    ],
)
def test_the_environment_provides_missing_credentials(server, monkeypatch, environment, settings, header):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert sent(server, Configuration(host=server.url, **settings)) == header


def test_the_environment_provides_host_and_contract_number(server, monkeypatch):
    monkeypatch.setenv("IONOS_API_URL", server.url + "/")
    monkeypatch.setenv("IONOS_CONTRACT_NUMBER", "31884")
    assert sent(server, Configuration(token="T")) == "Bearer T"
    assert server.last.headers["X-Contract-Number"] == "31884"
    assert sent(server, Configuration(token="T", contract_number=7)) == "Bearer T"
    assert server.last.headers["X-Contract-Number"] == "7"


@pytest.mark.parametrize("settings", [{}, {"username": "u"}, {"password": "p"}, {"token": ""}])
def test_without_credentials_no_request_is_sent(server, settings):
    with pytest.raises(ApiValueError, match="credentials: set Configuration"):
        sent(server, Configuration(host=server.url, **settings))
    assert not server.seen


def test_a_function_provides_one_token_for_each_call_in_its_thread(server):
    threads = []

    def token() -> str:
        threads.append(threading.current_thread())
        return f"T{len(threads)}"

    server.respond(status=503)
    with ApiClient(Configuration(host=server.url, token=token, wait_time=0.001)) as client:
        ImageApi(client).images_get()
        ImageApi(client).images_get(async_req=True).get(10)
    assert [seen.headers["Authorization"] for seen in server.seen] == ["Bearer T1", "Bearer T1", "Bearer T2"]
    assert threads[0] is threading.current_thread() is not threads[1]


def test_an_error_of_the_token_function_ends_the_call_unchanged(server):
    def token() -> str:
        raise OSError("vault is sealed")

    with pytest.raises(OSError, match=r"^vault is sealed$") as caught:
        sent(server, Configuration(host=server.url, token=token))
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert not server.seen


@pytest.mark.parametrize("token", ["secret\n", "Bearer secret\r\nX: y", "secret\ud800"])
def test_a_token_of_a_function_is_validated_like_a_token(server, token):
    messages = []
    for value in (token, lambda: token):
        with pytest.raises(ApiValueError) as caught:
            sent(server, Configuration(host=server.url, token=value))
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert "secret" not in messages[1]
    assert not server.seen


@pytest.mark.parametrize("name", ["refresh_token_hook", "refresh_api_key_hook"])
def test_a_hook_runs_once_per_request_and_can_provide_the_first_token(server, name):
    calls = []

    def refresh(configuration: Configuration) -> None:
        calls.append(configuration)
        configuration.api_key = {TOKEN: f"fresh-{len(calls)}"}

    configuration = Configuration(host=server.url)
    setattr(configuration, name, refresh)
    with ApiClient(configuration) as client:
        ImageApi(client).images_get()
        ImageApi(client).images_get(async_req=True).get(10)
    assert [seen.headers["Authorization"] for seen in server.seen] == ["Bearer fresh-1", "Bearer fresh-2"]
    assert calls == [configuration, configuration]


def test_a_call_can_have_its_own_credentials(api, server):
    api.images_get(_request_auth={"type": "api_key", "in": "header", "key": "Authorization", "value": "Bearer other"})
    assert server.last.headers["Authorization"] == "Bearer other"
    api.images_get(_request_auth={"in": "cookie", "key": "Authorization", "value": "session=1"})
    assert server.last.headers["Cookie"] == "session=1"
    count = len(server.seen)
    with pytest.raises(ApiValueError, match="URL must not contain credentials"):
        api.images_get(_request_auth={"in": "query", "key": "token", "value": "top-secret"})
    assert len(server.seen) == count


NAMES = pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])


@NAMES
@pytest.mark.parametrize("way", ["the client", "the call"])
def test_the_authorization_header_can_be_set_by_the_caller(server, name, way):
    with ApiClient(Configuration(host=server.url)) as client:
        if way == "the client":
            client.set_default_header(name, "Bearer mine")
        client.call_api("/", "GET", header_params={name: "Bearer mine"} if way == "the call" else None)
    assert received(server, "authorization") == ["Bearer mine"]


@NAMES
def test_configured_credentials_take_precedence_over_a_default_header(client, server, name):
    client.set_default_header(name, "Bearer default")
    ImageApi(client).images_get()
    assert received(server, "authorization") == ["Basic ZGVtbzpzZWNyZXQ="]
    ImageApi(client).images_get(_request_auth={"in": "header", "key": name.title(), "value": "Bearer own"})
    assert received(server, "authorization") == ["Bearer own"]


def test_headers_that_differ_only_in_case_are_sent_once(client, server):
    client.set_default_header("user-agent", "mine")
    client.set_default_header("X-One", "1")
    client.set_default_header("x-one", "2")
    headers = {"content-type": "multipart/form-data"}
    client.call_api("/form", "POST", header_params=headers, post_params={"name": "n"})
    assert client.user_agent == "mine"
    assert [received(server, name) for name in ("user-agent", "x-one")] == [["mine"], ["2"]]
    (content_type,) = received(server, "content-type")
    assert content_type.startswith("multipart/form-data; boundary=")


def test_a_token_with_a_line_break_is_rejected_without_its_value(server):
    with pytest.raises(ApiValueError, match="header Authorization must be one line") as caught:
        sent(server, Configuration(host=server.url, token="top-secret\n"))
    assert "top-secret" not in str(caught.value)
    assert not server.seen


@pytest.mark.parametrize("host", ["http://api.example.com/v5", "http://10.0.0.1", "http://[2001:db8::1]:80/v5"])
def test_credentials_are_not_sent_unencrypted_to_another_host(host):
    with pytest.raises(ApiValueError, match="unencrypted"):
        ImageApi(ApiClient(Configuration(host=host, token="T"))).images_get()


@pytest.mark.parametrize("host", ["http://api.example.com/v5", "http://10.0.0.1/"])
def test_credentials_are_not_sent_unencrypted_to_the_host_of_a_call(client, host):
    with pytest.raises(ApiValueError, match="unencrypted"):
        client.call_api("/", "GET", _host=host)


def test_the_host_of_a_call_is_validated_and_normalized(client, server, monkeypatch):
    with pytest.raises(ApiValueError, match="credentials"):
        client.call_api("/", "GET", _host="https://u:secret@api.example.com")
    client.call_api("/x", "GET", _host=server.url + "//")
    assert server.last.target == "/cloudapi/v5/x"
    urls = []
    monkeypatch.setattr(client, "request", lambda method, url, **_: urls.append(url))
    client.call_api("/x", "GET", _host="api.example.test:1")
    assert urls == ["https://api.example.test:1/cloudapi/v5/x"]


@pytest.mark.parametrize(
    ("url", "proxy", "cleartext"),
    [
        ("https://api.example.test", None, False),
        ("https://api.example.test", "http://proxy.example.test", False),
        ("http://127.0.0.1:1", None, False),
        ("http://localhost", "", False),
        ("http://localhost", "http://127.0.0.1:3128", False),
        ("http://localhost", "localhost:3128", False),
        ("http://localhost", "http://proxy.example.test:3128", True),
        ("http://localhost", "u:p@proxy.example.test", True),
        ("http://localhost", "socks5h://proxy.example.test", True),
        ("http://localhost", "https://proxy.example.test", True),
        ("http://api.example.test", None, True),
        ("http://api.example.test", "http://127.0.0.1:3128", True),
        ("api.example.test:1", None, True),
        ("ftp://api.example.test", None, True),
        ("//api.example.test", None, True),
    ],
)
def test_everything_but_https_and_loopback_is_cleartext(url, proxy, cleartext):
    assert _is_cleartext(url, proxy) is cleartext


def test_unencrypted_hosts_can_be_allowed(server, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", server.server_port))])
    configuration = Configuration(host="http://lab.example.com/v5", token="T", allow_http=True)
    assert sent(server, configuration) == "Bearer T"


def test_loopback_needs_no_encryption(server):
    configuration = Configuration(host=server.url.replace("127.0.0.1", "localhost"), token="T")
    assert sent(server, configuration) == "Bearer T"
