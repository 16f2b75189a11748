"""Checks that connections are reused only after a complete response, so that each call gets its own response."""

# ruff: noqa: SIM117 (a server outlives its clients)
from __future__ import annotations

import ssl
import threading

import pytest
from clients import client_at, client_of, request_number
from server import HEAD, FaultyServer, Step, act_as_proxy, await_close, read, respond, send

pytestmark = pytest.mark.once

SURPLUS = b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"id": "of another"}'


RIGHT = (read, respond()) * 10


@pytest.fixture(params=["http", "https"])
def tls(request, certificates) -> ssl.SSLContext | None:
    return certificates.context("valid") if request.param == "https" else None


@pytest.fixture
def settings(certificates):
    return {"host": "localhost", "ssl_ca_cert": certificates.authority_file, "max_retries": 0}


@pytest.fixture
def arrived():
    return threading.Event()


def surplus(arrival: str, size: int, arrived: threading.Event) -> tuple[Step, ...]:
    """Return the steps of a server whose first response is followed by an extra one."""
    sent = lambda _: arrived.set()  # noqa: E731
    if arrival == "the same record":
        return (read, respond(size, SURPLUS), sent, *RIGHT)
    pause = lambda _: arrived.wait(0.1 if arrival == "later" else 0)  # noqa: E731
    return (read, respond(size), pause, send(SURPLUS), sent, *RIGHT)


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("size", [1000, 8192, 16384])
@pytest.mark.parametrize("arrival", ["the same record", "a record of its own", "later"])
def test_extra_bytes_after_a_response_do_not_reach_another_call(tls, settings, arrived, arrival, size, verb):
    with FaultyServer(surplus(arrival, size, arrived), RIGHT, tls=tls) as server:
        with client_of(server, **settings) as client:
            responses = [request_number(client, 0)]
            assert arrived.wait(10)
            responses += [request_number(client, number, verb) for number in range(1, 6)]
    assert responses == [*range(6)]
    assert server.connections == 2


@pytest.mark.parametrize("size", [1000, 8192])
@pytest.mark.parametrize("arrival", ["the same record", "the same record of the proxy", "a record of its own"])
def test_extra_bytes_behind_an_https_proxy_do_not_reach_another_call(certificates, settings, arrived, arrival, size):
    steps = surplus(arrival, size, arrived)
    if arrival == "the same record of the proxy":
        records = HEAD % 10 + b'{"id":"0"}', SURPLUS
        steps = (read, lambda exchange: exchange.sock.sendall(*records), lambda _: arrived.set(), *RIGHT)
    tls = certificates.context("valid")
    with FaultyServer((act_as_proxy(tls), *steps), (act_as_proxy(tls), *RIGHT), tls=tls) as proxy:
        settings.update(host="https://localhost:9/v5", proxy=f"https://localhost:{proxy.port}")
        with client_at(settings.pop("host"), **settings) as client:
            responses = [request_number(client, 0)]
            assert arrived.wait(10)
            responses += [request_number(client, number) for number in range(1, 6)]
    assert responses == [*range(6)]
    assert proxy.connections == 2


CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize("more", [b"", SURPLUS], ids=["clean", "and more"])
@pytest.mark.parametrize(
    ("verb", "response"), [("GET", CHUNKS), ("GET", NO_CONTENT), ("DELETE", HEAD % 0), ("HEAD", HEAD % 99)], ids=str
)
def test_a_response_without_a_plain_body_allows_reuse_unless_extra_bytes_follow(tls, settings, verb, response, more):
    with FaultyServer((read, send(response + more), *RIGHT), RIGHT, tls=tls) as server:
        with client_of(server, **settings) as client:
            client.call_api("/things", verb)
            assert [request_number(client, number) for number in range(3)] == [0, 1, 2]
    assert server.connections == (2 if more else 1)


@pytest.mark.parametrize("way", ["direct", "https proxy"])
def test_a_clean_connection_is_reused(request, tls, settings, way):
    if way == "https proxy":
        if tls is None:
            pytest.skip("the proxy decides on its connections to a server without TLS")
        settings["proxy"] = f"https://localhost:{request.getfixturevalue('tls_proxy')}"
    with FaultyServer((read, respond(20_000)) * 5, RIGHT, tls=tls) as server, client_of(server, **settings) as client:
        assert [request_number(client, number) for number in range(5)] == [*range(5)]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("use", "reused"),
    [
        (lambda response: response.read(), True),
        (lambda response: [*response.stream(1000)], True),
        (lambda response: [response.read(10), response.release_conn()], False),
        (lambda response: response.release_conn(), False),
        (lambda response: [response.read(10), response.close()], False),
        (lambda response: [response.read(10), response.drain_conn()], True),
    ],
    ids=["read", "streamed", "released half read", "released unread", "closed half read", "drained"],
)
@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("size", [1000, 9000, 100_000])
def test_an_open_response_allows_reuse_after_it_was_read_to_its_end(tls, settings, use, reused, verb, size):
    big = HEAD % size + b'{"id": "big"}'.ljust(size)
    with FaultyServer((read, send(big), *RIGHT), RIGHT, tls=tls) as server, client_of(server, **settings) as client:
        use(client.call_api("/big", "GET", _preload_content=False))
        assert [request_number(client, number, verb) for number in range(3)] == [0, 1, 2]
    assert server.connections == (1 if reused else 2)


def test_a_connection_that_cannot_be_reused_is_closed(tls, settings):
    big = HEAD % 9000 + b" " * 9000
    with (
        FaultyServer((read, send(big), await_close), RIGHT, tls=tls) as server,
        client_of(server, **settings) as client,
    ):
        response = client.call_api("/big", "GET", _preload_content=False)
        response.read(10)
        response.release_conn()
        assert server.closed.acquire(timeout=10)
