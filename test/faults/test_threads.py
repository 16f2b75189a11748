# ruff: noqa: SIM117 (a server outlives its clients)
"""Checks a client in many threads, its retry budget and the connections that it keeps."""

from __future__ import annotations

import gc
import logging
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from clients import CALLS, SECRET, client_of, error_of_call
from server import FaultyServer, await_close, http_response, read, reset, send

import ionoscloud
from ionoscloud import ApiClient, Configuration, ImageApi

BUSY = http_response(b"", "503 Service Unavailable")


@pytest.fixture
def frequent_switches():
    """Make Python switch threads at nearly every opportunity, which races need."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_threads_that_start_together_share_one_pool(server, frequent_switches):
    threads = 16
    together = threading.Barrier(threads)
    with ThreadPoolExecutor(threads) as pool:

        def work(client: ApiClient) -> None:
            together.wait(30)
            for _ in range(5):
                assert error_of_call(client) is None

        for _ in range(10):
            before = server.connections
            with ApiClient(Configuration(server.url, token="T", max_retries=0)) as client:
                list(pool.map(work, [client] * threads))
            assert server.connections - before <= threads


def test_64_threads_use_at_most_64_connections(server):
    threads, rounds = 64, 5
    together = threading.Barrier(threads)
    with ApiClient(Configuration(server.url, token="T", max_retries=0)) as client, ThreadPoolExecutor(threads) as pool:

        def work(_: int) -> None:
            together.wait(30)
            for _ in range(rounds):
                assert error_of_call(client) is None

        list(pool.map(work, range(threads)))
        assert len(server.seen) == threads * rounds
        assert server.connections <= threads
        together.reset()
        list(pool.map(work, range(threads)))
        assert server.connections <= threads


def test_a_limited_pool_keeps_no_more_connections(server):
    configuration = Configuration(server.url, token="T", connection_pool_maxsize=2)
    with ApiClient(configuration) as client, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: error_of_call(client), range(40))) == [None] * 40
        kept = client.rest_client.pool_manager.connection_from_url(server.url).pool
        assert kept.qsize() == 2


def test_an_outage_does_not_cause_a_retry_storm():
    threads, calls, retries = 32, 10, 3
    scripts = [(read, send(BUSY))]
    with FaultyServer(*scripts) as server:
        with client_of(server, max_retries=retries) as client, ThreadPoolExecutor(threads) as pool:
            errors = list(pool.map(lambda _: error_of_call(client), range(threads * calls)))
            assert {type(error) for error in errors} == {ionoscloud.ServiceException}
            during = len(server.requests)
            server.scripts = ((read, send(http_response())),)
            assert list(pool.map(lambda _: error_of_call(client), range(threads * calls))) == [None] * threads * calls
            server.scripts = ((read, send(BUSY)),)
            again = len(server.requests)
            assert error_of_call(client).attempts == 1 + retries
            assert len(server.requests) == again + 1 + retries
    every = threads * calls
    assert every + retries <= during < every * 1.6
    assert sum(error.attempts for error in errors) == during


@pytest.mark.once
@pytest.mark.parametrize(
    "steps", [(send(http_response(b"", "429 Too Many Requests")),), (reset,)], ids=["429", "reset"]
)
def test_an_error_says_that_the_retry_budget_is_used_up(caplog, steps):
    caplog.set_level(logging.DEBUG, "ionoscloud")
    message = "the retry budget of the client is used up"
    with FaultyServer((read, *steps)) as server:
        with client_of(server, max_retries=1000, max_wait_time=0.001) as client:
            first, second = error_of_call(client), error_of_call(client)
    assert (first.attempts, second.attempts) == (101, 1)
    assert first.out_of_budget and second.out_of_budget and str(second).endswith(message)
    assert caplog.text.count("not retried: the retry budget is used up") == 2


@pytest.mark.once
@pytest.mark.parametrize(
    ("statuses", "retries"),
    [
        (["200 OK"] * 5, 1),
        (["404 Not Found"] * 5, 1),
        (["200 OK"] * 4, 0),
        (["500 Oops"] * 5, 0),
        (["429 Slow"] * 5, 0),
        ([None] * 5, 0),
    ],
    ids=str,
)
def test_the_budget_grows_with_successful_first_attempts(statuses, retries):
    busy = [(read, send(http_response(b"", "503 Busy")))]
    scripts = [(read, send(http_response(b"", status)) if status else reset) for status in statuses]
    with FaultyServer(*busy * 101, *scripts, *busy) as server:
        with client_of(server, max_retries=100, max_wait_time=0.001) as client:
            assert error_of_call(client).attempts == 101
            for _ in statuses:
                assert getattr(error_of_call(client), "attempts", 1) == 1
            error = error_of_call(client)
    assert (error.attempts, error.out_of_budget) == (1 + retries, True)


@pytest.mark.once
def test_a_successful_retry_does_not_refill_the_budget():
    busy, fine = (read, send(http_response(b"", "503 Busy"))), (read, send(http_response()))
    with FaultyServer(*[busy, fine] * 100, busy) as server:
        with client_of(server, max_retries=1, max_wait_time=0.001) as client:
            assert [error_of_call(client) for _ in range(100)] == [None] * 100
            assert error_of_call(client).out_of_budget


def test_an_unread_response_is_closed_with_the_client():
    with FaultyServer((read, send(http_response(b"x" * 100, length=10**9)), await_close)) as server:
        client = client_of(server)
        response = ImageApi(client).images_get(_preload_content=False)
        assert response.read(10) == b"x" * 10
        assert response.fileno() > 0
        assert not server.closed.acquire(blocking=False)
        client.close()
        assert server.closed.acquire(timeout=10)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_response_without_references_is_closed_at_once():
    with FaultyServer((read, send(http_response(b"x" * 100, length=10**9)), await_close)) as server:
        with client_of(server) as client:
            ImageApi(client).images_get(_preload_content=False)
            gc.collect()
            assert server.closed.acquire(timeout=10)


def test_a_read_response_allows_reuse_of_its_connection(server):
    with ApiClient(Configuration(server.url, token="T")) as client:
        for _ in range(3):
            response = ImageApi(client).images_get(_preload_content=False)
            assert response.read() == b"{}"
        assert server.connections == 1


def test_an_error_response_allows_reuse_of_its_connection(server):
    with ApiClient(Configuration(server.url, token="T")) as client:
        server.respond(b"{}", 404, times=3)
        assert [error_of_call(client).status for _ in range(3)] == [404] * 3
        assert server.connections == 1


def test_an_error_response_is_read_even_without_preloading(server):
    with ApiClient(Configuration(server.url, token="T")) as client:
        for _ in range(2):
            server.respond({"httpStatus": 404, "messages": [{"errorCode": "309", "message": "gone"}]}, 404)
            with pytest.raises(ionoscloud.NotFoundException, match="gone"):
                ImageApi(client).images_get(_preload_content=False)
        assert server.connections == 1


LINE = r"([A-Z]+) http://127\.0\.0\.1:\d+/v5/\S+: (.+) in \d+\.\d{3} s, attempt (\d+)(, request id (\S+))?"


def attempts_of(caplog) -> list[re.Match[str]]:
    """Return the parsed log lines of the attempts."""
    lines = [record.getMessage() for record in caplog.records if record.name == "ionoscloud"]
    return [match for match in (re.fullmatch(LINE, line) for line in lines) if match]


@pytest.mark.parametrize("debug", [False, True])
def test_each_attempt_is_logged_on_one_line_without_secrets(caplog, debug):
    for name in ("", "ionoscloud"):
        caplog.set_level(logging.DEBUG, name)
    scripts = [
        (read, reset),
        (
            read,
            send(http_response(b'{"token": "top-secret"}', "503 Busy", X_Request_Id="abc", Set_Cookie="c=top-secret")),
        ),
        (read, send(http_response(b'{"password": "top-secret"}', Set_Cookie="c=top-secret"))),
    ]
    with FaultyServer(*scripts) as server:
        with client_of(server, debug=debug) as client:
            client.cookie = f"session={SECRET}"
            client.set_default_header("X-Auth-Token", SECRET)
            assert error_of_call(client) is None
    seen = [(line[1], line[2], line[3], line[5]) for line in attempts_of(caplog)]
    assert seen[0][1].startswith("ProtocolError")
    assert [(verb, attempt) for verb, _, attempt, _ in seen] == [("GET", "1"), ("GET", "2"), ("GET", "3")]
    assert [line[1:] for line in seen[1:]] == [("503", "2", "abc"), ("200", "3", None)]
    assert debug or len([record for record in caplog.records if record.name == "ionoscloud"]) == 3
    assert SECRET not in caplog.text


def test_urls_are_logged_without_secrets(caplog):
    for name in ("", "ionoscloud"):
        caplog.set_level(logging.DEBUG, name)
    moved = http_response(b"", "302 Found", Location=f"/v5/x?key={SECRET}")
    with FaultyServer(
        (read, send(moved)), (read, send(http_response(b"", "503 Busy"))), (read, send(http_response()))
    ) as server:
        with client_of(server, debug=True) as client:
            ImageApi(client).images_get(query_params={"key": SECRET})
    lines = [record.getMessage() for record in caplog.records if record.name == "ionoscloud"]
    assert len(server.requests) == 3
    assert not [line for line in lines if SECRET in line]


@pytest.mark.parametrize("verb", CALLS)
def test_the_password_is_never_logged(caplog, verb):
    for name in ("", "ionoscloud"):
        caplog.set_level(logging.DEBUG, name)
    with FaultyServer((read, send(http_response()))) as server:
        with client_of(server, token=None, username="demo", password=SECRET, debug=True) as client:
            assert error_of_call(client, verb) is None
            assert SECRET not in f"{client!r} {client.configuration!r} {client.rest_client!r}"
    assert len(attempts_of(caplog)) == 1
    for secret in (SECRET, "ZGVtbzp0b3Atc2VjcmV0"):
        assert secret not in caplog.text


def test_a_response_above_the_limit_is_logged(caplog):
    caplog.set_level(logging.DEBUG, "ionoscloud")
    with FaultyServer((read, send(http_response(b" " * 2000)))) as server:
        with client_of(server, max_response_bytes=1000) as client:
            assert error_of_call(client).status == 200
    assert len(attempts_of(caplog)) == 1
