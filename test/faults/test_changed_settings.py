"""Checks that changed settings apply from the next call, and that old connections are closed."""

# ruff: noqa: SIM117 (a server outlives its clients)
from __future__ import annotations

import pytest
from clients import CALLS, client_at, client_of, error_of_call
from server import HEAD, FaultyServer, act_as_proxy, await_close, http_response as last_response, read, send

import ionoscloud

KEPT = (read, send(HEAD % 2 + b"{}"))
UNTRUSTED = ionoscloud.TlsException
INVALID = ionoscloud.ApiValueError


@pytest.mark.parametrize(
    ("kind", "before", "name", "value", "error"),
    [
        ("valid", {}, "verify_ssl", False, None),
        ("valid", {}, "ssl_ca_cert", "other authority", UNTRUSTED),
        ("valid", {}, "ssl_ca_cert", "/nonexistent", INVALID),
        ("valid", {}, "cert_file", "/nonexistent", INVALID),
        ("valid", {}, "cert_file", "client_both", None),
        ("valid", {}, "fingerprint", "00" * 32, UNTRUSTED),
        ("valid", {}, "assert_hostname", "other.example.com", UNTRUSTED),
        ("valid", {}, "connection_pool_maxsize", 3, None),
        ("unknown", {"verify_ssl": False}, "verify_ssl", True, UNTRUSTED),
        ("valid", {"fingerprint": "sha256"}, "fingerprint", None, None),
    ],
)
@pytest.mark.filterwarnings("ignore:certificates are not verified")
def test_a_changed_setting_applies_from_the_next_call(certificates, tmp_path, kind, before, name, value, error):
    if value == "other authority":
        value = str(tmp_path / "other.pem")
        type(certificates.authority)().cert_pem.write_to_path(value)
    value = getattr(certificates, str(value), value)
    settings = {"ssl_ca_cert": certificates.authority_file, "max_retries": 0, **before}
    if "fingerprint" in before:
        settings["fingerprint"] = certificates.fingerprint("sha256")
    with FaultyServer((*KEPT, await_close), KEPT, tls=certificates.context(kind)) as server:
        with client_of(server, "localhost", **settings) as client:
            assert error_of_call(client) is None
            _kept = client.rest_client.pool_manager  # not freed, which would close its connections, too
            setattr(client.configuration, name, value)
            if error is INVALID:
                with pytest.raises(INVALID, match=name):
                    CALLS["GET"](client)
            else:
                assert type(error_of_call(client)) is (error or type(None))
            assert error is INVALID or server.closed.acquire(timeout=10)
    assert len(server.requests) == (1 if error else 2)
    assert server.connections == (1 if error is INVALID else 2)


def test_a_changed_pool_size_applies():
    with FaultyServer(KEPT) as server, client_of(server) as client:
        assert error_of_call(client) is None
        client.configuration.connection_pool_maxsize = 3
        assert client.rest_client.pool_manager.connection_pool_kw["maxsize"] == 3


def test_a_client_certificate_that_is_set_later_is_sent(certificates):
    with FaultyServer((read, send(last_response())), tls=certificates.context("client certificate")) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file, max_retries=0) as client:
            assert type(error_of_call(client)) is UNTRUSTED
            client.configuration.cert_file = certificates.client_both
            assert error_of_call(client) is None


def test_a_proxy_that_is_set_later_is_used(certificates):
    tls = certificates.context("valid")
    with FaultyServer((act_as_proxy(tls), *KEPT)) as proxy, FaultyServer((*KEPT, await_close), tls=tls) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file) as client:
            assert error_of_call(client) is None
            client.configuration.proxy = f"http://127.0.0.1:{proxy.port}"
            assert error_of_call(client) is None
            assert server.closed.acquire(timeout=10)
            client.configuration.proxy = None
    assert proxy.requests[0].startswith(b"CONNECT localhost:")
    assert (len(proxy.requests), server.connections) == (2, 1)


@pytest.mark.parametrize("in_place", [False, True])
def test_headers_for_the_proxy_that_are_changed_later_are_sent(certificates, in_place):
    tls = certificates.context("valid")
    with FaultyServer((act_as_proxy(tls), *KEPT)) as proxy:
        settings = {"proxy": f"http://127.0.0.1:{proxy.port}", "proxy_headers": {"X-Way": "first"}}
        with client_at("https://localhost:9/v5", ssl_ca_cert=certificates.authority_file, **settings) as client:
            assert error_of_call(client) is None
            if in_place:
                client.configuration.proxy_headers["X-Way"] = "second"
            else:
                client.configuration.proxy_headers = {"X-Way": "second"}
            assert error_of_call(client) is None
    tunnels = [bytes(request) for request in proxy.requests if request.startswith(b"CONNECT")]
    assert [b"X-Way: first" in tunnel for tunnel in tunnels] == [True, False]
    assert b"X-Way: second" in tunnels[1]


def test_settings_that_stay_keep_the_connection(certificates):
    with FaultyServer(KEPT * 3, tls=certificates.context("valid")) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file) as client:
            for _ in range(3):
                client.configuration.ssl_ca_cert = certificates.authority_file
                client.configuration.timeout = 9
                assert error_of_call(client) is None
    assert server.connections == 1
