"""TLS that works, with real handshakes; what must not work is in the table."""

# ruff: noqa: SIM117 (a server outlives its clients)
from __future__ import annotations

import warnings

import pytest
import urllib3
from clients import CALLS, client_at, client_of, outcome
from server import FaultyServer, answer, read, send, stall

import ionoscloud

ANSWERS = (read, send(answer()))


@pytest.mark.parametrize("verb", CALLS)
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("right", {}),
        ("right", {"assert_hostname": "localhost"}),
        ("other host", {"assert_hostname": "other.example.com"}),
        ("other host", {"assert_hostname": False}),
    ],
)
def test_a_certificate_that_is_right_is_taken(certificates, verb, kind, settings):
    authority = certificates.authority_file
    with FaultyServer(ANSWERS, tls=certificates.context(kind)) as server:
        with client_of(server, "localhost", ssl_ca_cert=authority, **settings) as client:
            assert outcome(client, verb) is None
    assert len(server.requests) == 1


@pytest.mark.parametrize("digest", ["sha256", "sha1", "md5"])
def test_a_pinned_certificate_is_taken(certificates, digest):
    settings = {"ssl_ca_cert": certificates.authority_file, "fingerprint": certificates.fingerprint(digest)}
    with FaultyServer(ANSWERS, tls=certificates.context("right")) as server:
        with client_of(server, "localhost", **settings) as client:
            assert outcome(client) is None


@pytest.mark.parametrize(("right", "error"), [(True, type(None)), (False, ionoscloud.TlsException)])
def test_the_environment_can_pin_a_certificate(certificates, monkeypatch, right, error):
    monkeypatch.setenv("IONOS_PINNED_CERT", certificates.fingerprint("sha256") if right else "00" * 32)
    with FaultyServer(ANSWERS, tls=certificates.context("right")) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file) as client:
            assert type(outcome(client)) is error
    assert len(server.requests) == right
    assert server.connections == 1


def test_the_host_name_that_is_asked_for_must_be_in_the_certificate(certificates):
    with FaultyServer(ANSWERS, tls=certificates.context("right")) as server:
        settings = {"ssl_ca_cert": certificates.authority_file, "assert_hostname": "other.example.com"}
        with client_of(server, "localhost", **settings) as client:
            assert type(outcome(client)) is ionoscloud.TlsException
    assert not server.requests


def test_a_client_certificate_opens_the_door(certificates):
    settings = {"cert_file": certificates.client_file, "key_file": certificates.client_key}
    with FaultyServer(ANSWERS, tls=certificates.context("demanding")) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file, **settings) as client:
            assert outcome(client) is None


@pytest.mark.parametrize("kind", ["expired", "self-signed", "unknown", "other host"])
def test_verification_that_is_off_takes_any_certificate_and_warns_once(certificates, kind):
    with FaultyServer(ANSWERS, tls=certificates.context(kind)) as server:
        with warnings.catch_warnings(record=True) as caught, client_of(server, "localhost", verify_ssl=False) as client:
            warnings.simplefilter("always")
            assert [outcome(client) for _ in range(4)] == [None] * 4
    assert [warning.category for warning in caught] == [urllib3.exceptions.InsecureRequestWarning]
    assert server.connections == 4


def test_a_pin_holds_without_verification_too(certificates):
    with FaultyServer(ANSWERS, tls=certificates.context("right")) as server:
        with client_of(server, "localhost", verify_ssl=False, fingerprint="00" * 32) as client:
            with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
                assert type(outcome(client)) is ionoscloud.TlsException
    assert not server.requests


@pytest.mark.parametrize("setting", [{"assert_hostname": "other.example.com"}, {"fingerprint": "00" * 32}])
def test_what_a_certificate_must_have_is_no_obstacle_where_there_is_none(setting):
    with FaultyServer(ANSWERS) as server, client_of(server, **setting) as client:
        assert outcome(client) is None


def test_a_handshake_with_something_else_is_refused_at_once():
    with FaultyServer((send(b"SSH-2.0-OpenSSH_9.6\r\n"), stall)) as server:
        with client_at(f"https://localhost:{server.port}/v5") as client:
            assert type(outcome(client)) is ionoscloud.TlsException
    assert server.connections == 1
