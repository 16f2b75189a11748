# ruff: noqa: SIM117 (a server outlives its clients)
"""Checks calls through a real proxy."""

from __future__ import annotations

import base64
import logging
import pickle
import socket
import sys
from urllib.parse import quote

import pytest
from clients import CALLS, SECRET, client_at, client_of, error_of_call
from proxy_server import start_proxy
from server import FaultyServer, http_response, read, send, stall
from socks_server import SocksServer

import ionoscloud

pytestmark = pytest.mark.once

pytest.importorskip("proxy")

USER, PASSWORD = "proxy-user", "pr0xy:p@ss/word"
LOGIN = f"{quote(USER)}:{quote(PASSWORD, safe='')}"
ENCODED = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
RESPONSES = (read, send(http_response()))


@pytest.fixture(scope="module")
def open_proxy(tmp_path_factory):
    yield from start_proxy(tmp_path_factory.mktemp("proxy"))


@pytest.fixture(scope="module")
def proxy_with_password(tmp_path_factory):
    yield from start_proxy(tmp_path_factory.mktemp("proxy"), "--basic-auth", f"{USER}:{PASSWORD}")


@pytest.fixture(params=["http", "https"])
def target(request, certificates):
    """Run a server; return it with settings for its clients."""
    tls = request.param == "https"
    with FaultyServer(RESPONSES, tls=certificates.context("valid") if tls else None) as server:
        yield server, {"host": "localhost", "ssl_ca_cert": certificates.authority_file if tls else None}


@pytest.fixture
def elsewhere(target):
    """Return the server with settings for an address that the client does not treat as a loopback address."""
    server, settings = target
    return server, {**settings, "host": "0.0.0.0", "assert_hostname": "localhost"}


def came_through(server: FaultyServer) -> list[bool]:
    """Return for each request whether it came through the proxy, which adds a header without TLS."""
    return [b"proxy.py" in request for request in server.requests]


@pytest.mark.parametrize("verb", CALLS)
def test_calls_go_through_the_proxy(target, open_proxy, verb):
    server, settings = target
    with client_of(server, proxy=f"http://127.0.0.1:{open_proxy}", **settings) as client:
        assert error_of_call(client, verb) is None
    assert len(server.requests) == 1
    assert came_through(server) == [not server.is_tls]
    assert b"Authorization: Bearer" in server.requests[0]


@pytest.mark.parametrize("form", ["http://127.0.0.1:{}", "127.0.0.1:{}"])
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_the_environment_sets_the_proxy_for_a_scheme(elsewhere, open_proxy, monkeypatch, form, case):
    server, settings = elsewhere
    right, wrong = ("https_proxy", "http_proxy") if server.is_tls else ("http_proxy", "https_proxy")
    monkeypatch.setenv(case(right), form.format(open_proxy))
    monkeypatch.setenv(case(wrong), "http://127.0.0.1:9")
    with client_of(server, **settings) as client:
        assert error_of_call(client) is None
        assert client.rest_client.pool_manager.proxy.port == open_proxy
    assert len(server.requests) == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_proxies_of_the_environment_are_not_used_for_loopback_addresses(target, monkeypatch, host):
    server, settings = target
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with client_of(server, **{**settings, "host": host, "assert_hostname": "localhost"}) as client:
        assert error_of_call(client) is None


@pytest.mark.parametrize("exempt", ["*", "0.0.0.0", "example.com,0.0.0.0"])
def test_the_environment_can_exempt_a_host(elsewhere, monkeypatch, exempt):
    server, settings = elsewhere
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", exempt)
    with client_of(server, **settings) as client:
        assert error_of_call(client) is None


def test_the_proxy_of_the_client_takes_precedence(elsewhere, open_proxy, monkeypatch):
    server, settings = elsewhere
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("IONOS_HTTP_PROXY", f"http://127.0.0.1:{open_proxy}")
    with client_of(server, **settings) as client:
        assert error_of_call(client) is None


@pytest.mark.parametrize(
    "environment",
    [
        {"IONOS_HTTP_PROXY": f"http://{LOGIN}@127.0.0.1:PORT"},
        {
            "IONOS_HTTP_PROXY": "http://127.0.0.1:PORT",
            "IONOS_HTTP_PROXY_HEADERS": f"Proxy-Authorization: Basic {ENCODED}, X-Other: 1",
        },
        {"HTTP_PROXY": f"http://{LOGIN}@127.0.0.1:PORT", "HTTPS_PROXY": f"http://{LOGIN}@127.0.0.1:PORT"},
    ],
    ids=["in the URL", "as a header", "in the URL of all programs"],
)
def test_only_the_proxy_gets_its_credentials(elsewhere, proxy_with_password, monkeypatch, environment):
    server, settings = elsewhere
    for name, value in environment.items():
        monkeypatch.setenv(name, value.replace("PORT", str(proxy_with_password)))
    with client_of(server, **settings) as client:
        assert error_of_call(client) is None
    assert len(server.requests) == 1
    assert b"proxy-authorization" not in server.requests[0].lower()
    assert ENCODED.encode() not in server.requests[0]


@pytest.mark.parametrize("login", ["", f"{USER}:wrong-pass@"])
@pytest.mark.parametrize("verb", CALLS)
def test_wrong_credentials_for_a_proxy_raise(target, proxy_with_password, login, verb):
    server, settings = target
    with client_of(server, proxy=f"http://{login}127.0.0.1:{proxy_with_password}", **settings) as client:
        error = error_of_call(client, verb)
    assert "407" in str(error)
    assert "wrong-pass" not in f"{error} {error!r} {error.__cause__!r}"
    assert error.attempts == 1
    assert server.connections == 0


@pytest.mark.parametrize("verb", CALLS)
def test_a_proxy_that_is_down_raises_after_several_attempts(target, verb):
    server, settings = target
    with socket.socket() as not_listening:
        not_listening.bind(("127.0.0.1", 0))
        proxy = f"http://{LOGIN}@127.0.0.1:{not_listening.getsockname()[1]}"
        with client_of(server, proxy=proxy, **settings) as client:
            error = error_of_call(client, verb)
    assert type(error) is ionoscloud.ConnectionException
    assert error.attempts == 4
    assert server.connections == 0
    pickle.loads(pickle.dumps(error))


def test_an_untrusted_certificate_is_rejected_behind_a_proxy(open_proxy, certificates):
    with FaultyServer(RESPONSES, tls=certificates.context("unknown")) as server:
        proxy = f"http://127.0.0.1:{open_proxy}"
        with client_of(server, "localhost", proxy=proxy, ssl_ca_cert=certificates.authority_file) as client:
            error = error_of_call(client)
    assert type(error) is ionoscloud.TlsException
    assert error.attempts == 1
    assert (server.connections, server.requests) == (1, [])


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_untrusted_proxy_is_rejected_at_once(certificates, scheme):
    with FaultyServer(RESPONSES, tls=certificates.context("unknown")) as proxy:
        login = f"https://{LOGIN}@localhost:{proxy.port}"
        with client_at(f"{scheme}://localhost:9/v5", proxy=login, ssl_ca_cert=certificates.authority_file) as client:
            assert type(error_of_call(client)) is ionoscloud.TlsException
    assert (proxy.connections, proxy.requests) == (1, [])


@pytest.mark.parametrize(("host", "settings"), [("localhost", {}), ("127.0.0.1", {"verify_ssl": False})])
@pytest.mark.filterwarnings("ignore:certificates are not verified")
def test_a_proxy_can_speak_tls(target, tls_proxy, certificates, host, settings):
    server, _ = target
    settings = {"ssl_ca_cert": certificates.authority_file, **settings}
    with client_of(server, "localhost", proxy=f"https://{host}:{tls_proxy}", **settings) as client:
        assert error_of_call(client) is None
    assert came_through(server) == [not server.is_tls]


def test_a_proxy_with_the_certificate_of_another_host_is_rejected(tls_proxy, certificates):
    settings = {"proxy": f"https://127.0.0.1:{tls_proxy}", "ssl_ca_cert": certificates.authority_file}
    with client_at("https://localhost:9/v5", **settings) as client:
        assert type(error_of_call(client)) is ionoscloud.TlsException


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_does_not_get_the_client_certificate(certificates, scheme):
    settings = {"cert_file": certificates.client_file, "key_file": certificates.client_key}
    with FaultyServer(RESPONSES, tls=certificates.context("client certificate")) as proxy:
        settings |= {"proxy": f"https://localhost:{proxy.port}", "ssl_ca_cert": certificates.authority_file}
        with client_at(f"{scheme}://localhost:9/v5", **settings) as client:
            assert isinstance(error_of_call(client), ionoscloud.ConnectionException)
    assert not proxy.requests


def test_each_url_has_its_own_proxy(target, elsewhere, open_proxy, monkeypatch):
    server, settings = target
    far = f"{'https' if server.is_tls else 'http'}://0.0.0.0:{server.port}/v5"
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{open_proxy}")
    with client_of(server, **{**settings, "assert_hostname": "localhost"}) as client:
        managers = [client.rest_client._pools.manager_for(url) for url in (server.url(), far, far + "/x?y")]
        assert [manager.proxy is not None for manager in managers] == [False, True, True]
        assert managers[1] is managers[2]
        for host in (None, far, None):
            client.call_api("/images", "GET", _host=host)
        client.configuration.host = far
        assert error_of_call(client) is None
    assert came_through(server) == [False, not server.is_tls, False, not server.is_tls]


@pytest.mark.parametrize("stage", [(), (read,)], ids=["before it read", "before its response"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_silent_proxy_raises_timeout(stage, scheme):
    with FaultyServer((*stage, stall)) as silent:
        proxy = f"http://{LOGIN}@127.0.0.1:{silent.port}"
        with client_at(f"{scheme}://localhost:9/v5", proxy=proxy, timeout=0.1) as client:
            error = error_of_call(client, "PATCH")
    assert type(error) is ionoscloud.TimeoutException


@pytest.mark.parametrize("port", [9, None], ids=["down", "with password"])
@pytest.mark.parametrize("way", ["URL", "headers"])
def test_the_credentials_of_the_proxy_are_never_shown(target, proxy_with_password, caplog, way, port):
    server, settings = target
    for name in ("", "ionoscloud"):
        caplog.set_level(logging.DEBUG, name)
    at = f"127.0.0.1:{port or proxy_with_password}"
    settings["proxy"] = f"http://{LOGIN}@{at}" if way == "URL" else f"http://{at}"
    settings["proxy_headers"] = {"Proxy-Authorization": f"Basic {ENCODED}"} if way == "headers" else None
    with client_of(server, debug=True, **settings) as client:
        error = error_of_call(client)
        shown = f"{error} {error and (error, error.__cause__, vars(error))!r} {client!r} {client.configuration!r}"
        shown += f"{client.rest_client!r} {client.rest_client.pool_manager!r} {caplog.text}"
    assert "GET" in caplog.text
    for secret in (PASSWORD, quote(PASSWORD, safe=""), ENCODED, "top-secret"):
        assert secret not in shown


@pytest.mark.parametrize("proxy", [f"http://{LOGIN}@[::1", f"socks9://{LOGIN}@proxy:1", f"http://{LOGIN}@host:port"])
@pytest.mark.parametrize("where", ["setting", "HTTPS_PROXY"])
def test_an_invalid_proxy_is_rejected_without_showing_its_credentials(proxy, where, monkeypatch):
    settings = {"proxy": proxy} if where == "setting" else {}
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ionoscloud.ApiValueError) as caught:
        with client_at("https://api.example.com/v5", **settings) as client:
            CALLS["GET"](client)
    assert PASSWORD not in str(caught.value)
    assert quote(PASSWORD, safe="") not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize("login", [None, (USER, PASSWORD)], ids=["open", "with password"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("verb", CALLS)
def test_calls_go_through_a_socks_proxy(target, login, scheme, verb):
    pytest.importorskip("socks")
    server, settings = target
    with SocksServer(login) as proxy:
        at = f"{f'{LOGIN}@' if login else ''}127.0.0.1:{proxy.port}"
        with client_of(server, proxy=f"{scheme}://{at}", **settings) as client:
            assert [error_of_call(client, verb) for _ in range(2)] == [None, None]
    assert len(server.requests) == 2
    host = b"localhost" if scheme == "socks5h" else b"127.0.0.1"
    assert set(proxy.targets) == {(host, server.port)}
    assert len(proxy.targets) == server.connections


@pytest.mark.parametrize("name", ["ALL_PROXY", "HTTPS_PROXY", "IONOS_HTTP_PROXY"])
def test_the_environment_can_set_a_socks_proxy(certificates, monkeypatch, name):
    pytest.importorskip("socks")
    settings = {"ssl_ca_cert": certificates.authority_file, "assert_hostname": "localhost"}
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server, SocksServer() as proxy:
        monkeypatch.setenv(name, f"socks5h://127.0.0.1:{proxy.port}")
        with client_of(server, "0.0.0.0", **settings) as client:
            assert error_of_call(client) is None
    assert proxy.targets == [(b"0.0.0.0", server.port)]


@pytest.mark.parametrize("login", ["", f"{USER}:wrong-pass@"])
def test_wrong_credentials_for_a_socks_proxy_raise(target, login):
    pytest.importorskip("socks")
    server, settings = target
    with SocksServer((USER, PASSWORD)) as proxy:
        with client_of(server, proxy=f"socks5://{login}127.0.0.1:{proxy.port}", **settings) as client:
            error = error_of_call(client)
    assert type(error) is ionoscloud.ConnectionException
    assert "wrong-pass" not in f"{error} {error!r} {error.__cause__!r}"
    assert (proxy.targets, server.connections) == ([], 0)


def test_a_server_behind_a_socks_proxy_must_be_trusted(certificates):
    pytest.importorskip("socks")
    with FaultyServer(RESPONSES, tls=certificates.context("unknown")) as server, SocksServer() as proxy:
        settings = {"proxy": f"socks5://127.0.0.1:{proxy.port}", "ssl_ca_cert": certificates.authority_file}
        with client_of(server, "localhost", **settings) as client:
            assert type(error_of_call(client)) is ionoscloud.TlsException
    assert server.requests == []


@pytest.mark.parametrize("where", ["proxy", "ALL_PROXY"])
def test_an_error_about_missing_pysocks_says_what_to_install(monkeypatch, where):
    url = f"socks5://{LOGIN}@127.0.0.1:9"
    monkeypatch.setenv("ALL_PROXY", url)
    monkeypatch.setitem(sys.modules, "socks", None)
    with pytest.raises(ionoscloud.ApiValueError, match=r"pip install ionoscloud\[socks\]") as caught:
        with client_at("https://api.example.com/v5", **({"proxy": url} if where == "proxy" else {})) as client:
            CALLS["GET"](client)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("way", ["setting", "IONOS_HTTP_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("verb", CALLS)
def test_credentials_are_not_sent_unencrypted_to_a_remote_proxy(open_proxy, monkeypatch, way, host, verb):
    proxy = f"http://0.0.0.0:{open_proxy}"  # the client does not treat it as a loopback address
    monkeypatch.setenv("IONOS_HTTP_PROXY", proxy if way != "setting" else "")
    settings = {"proxy": proxy} if way == "setting" else {}
    with FaultyServer(RESPONSES) as server:
        with client_of(server, host, allow_http=False, **settings) as client:
            with pytest.raises(ionoscloud.ApiValueError, match="through the configured proxy") as caught:
                CALLS[verb](client)
            assert SECRET not in str(caught.value)
            assert server.connections == 0
            client.configuration.allow_http = True
            assert error_of_call(client, verb) is None
    assert came_through(server) == [True]


def test_https_is_allowed_through_any_proxy(open_proxy, certificates):
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        settings = {"proxy": f"http://0.0.0.0:{open_proxy}", "ssl_ca_cert": certificates.authority_file}
        with client_of(server, "localhost", allow_http=False, **settings) as client:
            assert error_of_call(client) is None
