"""Checks each row of the table: the result, and how often the request reached the server."""

# ruff: noqa: SIM117 (a server outlives its clients)
from __future__ import annotations

import contextlib
import socket
import time

import pytest
from clients import CALLS, SECRET, client_at, client_of, error_of_call
from server import FaultyServer, http_response, read, send, stall
from table import FAULTS, PAGE, Fault, page, redirect, side_of, then_ok

import ionoscloud
from ionoscloud import ApiException, ImageApi, NotFoundException

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("paused_gc")]


@contextlib.contextmanager
def url_of(server: FaultyServer, row: Fault):
    """Return the URL for the client: of the server, of one behind it, or where no server listens."""
    if row.proxy:
        yield "https://api.example.com/v5"
    elif row.scripts:
        yield server.url("localhost" if row.tls else "127.0.0.1").replace("http:", "https:" if row.tls else "http:")
    else:
        with socket.socket() as not_listening:
            not_listening.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{not_listening.getsockname()[1]}/v5"


@pytest.mark.parametrize("verb", CALLS)
@pytest.mark.parametrize(
    ("title", "row"),
    [pytest.param(title, row, id=f"{title}: {row.name}") for title, rows in FAULTS.items() for row in rows],
)
def test_a_fault_has_the_outcome_of_the_table(title, row, verb, certificates, no_sleep):
    side = side_of(verb, title)
    tls = certificates.context(row.tls) if row.tls not in (None, "broken") else None
    settings = {"ssl_ca_cert": certificates.authority_file if row.tls else None, **row.settings}
    started = time.monotonic()
    with FaultyServer((read, send(http_response()))) as other, FaultyServer(*row.scripts, tls=tls) as server:
        server.other = other
        settings["proxy"] = server.url() if row.proxy else None
        with url_of(server, row) as url, client_at(url, **settings) as client:
            error = error_of_call(client, verb)
    waited = sum(call.args[0] for call in no_sleep.call_args_list)
    assert type(error).__name__ == (row.errors[side] or "NoneType"), error
    reached = [request for request in server.requests if not request.startswith(b"CONNECT")]
    assert (len(reached), server.connections) == (row.reached[side], row.connections[side])
    assert other.connections == 0
    assert row.waits[0] <= waited <= row.waits[1]
    assert time.monotonic() - started < 8
    if error:
        assert str(error).startswith(f"{verb} {url}/")
        assert row.message.lower() in str(error).lower()
        assert error.attempts == row.attempts[side]
        assert (f"after {error.attempts} attempts" in str(error)) == (error.attempts != 1)
        assert SECRET not in f"{error} {error!r} {error.__cause__!r}"
    if row.retry_after:
        assert row.retry_after[0] <= error.retry_after <= row.retry_after[1]


def test_the_reliability_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "generate it again: python test/faults/table.py"


def test_a_retried_delete_can_end_as_not_found():
    steps = ((read, send(http_response(b"", status))) for status in ("503 Busy", "404 Not Found"))
    with FaultyServer(*steps) as server, client_of(server) as client, pytest.raises(NotFoundException) as caught:
        ImageApi(client).images_delete("x")
    assert caught.value.attempts == len(server.requests) == 2


def test_a_redirect_on_the_same_server_sends_the_credentials():
    with FaultyServer(*then_ok(redirect("/v5/moved"))) as server, client_of(server) as client:
        ImageApi(client).images_get()
    assert server.requests[1].startswith(b"GET /v5/moved HTTP/1.1\r\n")
    assert b"Authorization: Bearer " + SECRET.encode() in server.requests[1]


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
def test_read_requests_follow_redirects(verb):
    with FaultyServer(*then_ok(redirect("/v5/moved"))) as server, client_of(server) as client:
        assert client.call_api("/images", verb)[1] == 200
    assert server.requests[1].startswith(f"{verb} /v5/moved HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Moved", "308 Moved"])
def test_changes_do_not_follow_redirects(status):
    with (
        FaultyServer(*then_ok(redirect("/v5/moved", status))) as server,
        client_of(server) as client,
        pytest.raises(ApiException, match=status),
    ):
        ImageApi(client).images_delete("x")
    assert len(server.requests) == 1


@pytest.mark.parametrize("verb", CALLS)
@pytest.mark.parametrize("interim", [b"HTTP/1.1 %d Wait\r\n\r\n" % status for status in (100, 102, 103, 199)])
def test_each_call_gets_its_own_response_after_an_interim_response(verb, interim):
    def step(exchange):
        number = len(exchange.server.requests)
        body = b'{"id": "%d"}' % number
        exchange.sock.sendall(interim * number + b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with FaultyServer((read, step) * 3) as server, client_of(server) as client:
        responses = [client.call_api("/things", verb, response_type="object")[0] for _ in range(3)]
    assert responses == [{"id": "1"}, {"id": "2"}, {"id": "3"}]
    assert (len(server.requests), server.connections) == (3, 1)


def test_a_python_error_in_a_response_is_not_quoted(monkeypatch, no_sleep):
    def fail(*_):
        raise ValueError(f"cannot read {SECRET}")

    with FaultyServer((read, send(http_response()))) as server, client_of(server) as client:
        monkeypatch.setattr(client.rest_client, "_read", fail)
        error = error_of_call(client)
    assert type(error) is ionoscloud.ConnectionException
    assert "ValueError in the response" in str(error)
    assert SECRET not in f"{error!r} {error} {error.__cause__!r}"


def test_a_change_that_the_server_does_not_read_times_out():
    with FaultyServer((stall,)) as server:
        with client_of(server, timeout=0.2) as client, pytest.raises(ionoscloud.TimeoutException) as caught:
            client.call_api("/things", "POST", body={"name": "n" * 30_000_000})
    assert caught.value.attempts == 1
    assert server.connections == 1
