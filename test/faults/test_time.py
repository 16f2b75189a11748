"""Checks that no call exceeds its timeouts."""

# ruff: noqa: SIM117 (a server outlives its clients)
from __future__ import annotations

import _thread
import contextlib
import math
import queue
import socket
import ssl
import threading
import time
from copy import copy

import pytest
from clients import client_at, client_of, error_of_call
from server import FaultyServer, Step, act_as_proxy, drip, http_response, read, send, stall
from socks_server import SocksServer

import ionoscloud
from ionoscloud import ApiClient
from ionoscloud._transport.connections import BoundedSocket
from ionoscloud._transport.deadline import Limits, current

LATE = ionoscloud.TimeoutException
SLACK = 5  # additional seconds for slow machines


def timed(client: ApiClient, verb: str = "GET"):
    started = time.monotonic()
    return error_of_call(client, verb), time.monotonic() - started


@pytest.fixture
def look_up_that_hangs(monkeypatch):
    end, look_up = threading.Event(), socket.getaddrinfo
    end.started, end.ended = [], []

    def hang(host, *args, **options):
        if host == "slow.example.com":
            end.started.append(host)
            end.wait(60)
            end.ended.append(host)
        return look_up("127.0.0.1", *args, **options)

    monkeypatch.setattr("socket.getaddrinfo", hang)
    yield end
    end.set()
    while len(end.ended) < len(end.started):
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("settings", "attempts"),
    [
        ({"timeout": (0.1, 60)}, 4),
        ({"timeout": (60, 60), "total_timeout": 0.2}, 1),
        ({"timeout": (0.1, 60), "max_retries": 0}, 1),
    ],
)
def test_an_endless_name_look_up_raises_timeout(look_up_that_hangs, settings, attempts):
    with client_at("https://slow.example.com/v5", **settings) as client:
        error, seconds = timed(client, "POST")
    assert type(error) is LATE
    assert error.attempts == attempts
    assert seconds < SLACK
    assert len(look_up_that_hangs.started) == 1  # of all attempts together


def test_a_name_is_looked_up_again_after_a_timeout(look_up_that_hangs):
    with FaultyServer((read, send(http_response()))) as server:
        with client_of(server, "slow.example.com", timeout=0.1, max_retries=0) as client:
            assert type(error_of_call(client)) is LATE
            look_up_that_hangs.set()
            assert error_of_call(client) is None


def test_a_name_is_looked_up_even_if_no_thread_can_start(monkeypatch):
    def fail(*args):
        raise RuntimeError("can't start new thread")

    with FaultyServer((read, send(http_response()))) as server, client_of(server, "localhost") as client:
        monkeypatch.setattr("_thread.start_new_thread", fail)  # `threading` has its own reference
        assert error_of_call(client) is None


def test_a_look_up_that_two_callers_start_at_the_same_time_ends_without_an_error(monkeypatch, look_up_that_hangs):
    start, ends = _thread.start_new_thread, queue.Queue()

    def start_twice(run, arguments):
        def run_and_report():
            try:
                ends.put(run())
            except RuntimeError as error:
                ends.put(error)

        start(run_and_report, arguments)
        return start(run_and_report, arguments)

    with client_at("https://slow.example.com/v5", timeout=0.1, max_retries=0) as client:
        monkeypatch.setattr("_thread.start_new_thread", start_twice)
        assert type(error_of_call(client)) is LATE
    look_up_that_hangs.set()
    assert [ends.get(timeout=10) for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    ("responding", "message"), [([], "no address"), ([False] * 2, "refused"), ([False, True], None)]
)
def test_each_address_of_a_name_is_tried(monkeypatch, responding, message):
    with FaultyServer((read, send(http_response()))) as server, socket.socket() as not_listening:
        not_listening.bind(("127.0.0.1", 0))
        addresses = [
            ("127.0.0.1", server.port) if responses else not_listening.getsockname() for responses in responding
        ]
        look_up = socket.getaddrinfo

        def several(host, *args, **options):
            if host != "several.example.com":
                return look_up(host, *args, **options)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

        monkeypatch.setattr("socket.getaddrinfo", several)
        with client_of(server, "several.example.com") as client:
            error = error_of_call(client)
    assert type(error) is (ionoscloud.ConnectionException if message else type(None))
    assert (message or "") in str(error)


def test_an_invalid_host_name_raises():
    with client_at(f"https://{'a' * 70}.example.com") as client:
        assert type(error_of_call(client)) is ionoscloud.ConnectionException


@contextlib.contextmanager
def port_with_full_backlog():
    """A port on which connections hang, because its backlog is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.parametrize(("verb", "addresses"), [("GET", 1), ("PATCH", 1), ("POST", 40)])
def test_connecting_ends_at_the_total_deadline(monkeypatch, verb, addresses):
    look_up = socket.getaddrinfo

    def several(host, *args, **options):
        name = host == "silent.example.com"
        return look_up("127.0.0.1" if name else host, *args, **options)[:1] * (addresses if name else 1)

    monkeypatch.setattr("socket.getaddrinfo", several)
    with port_with_full_backlog() as port:
        with client_at(f"http://silent.example.com:{port}/v5", timeout=30, total_timeout=0.3) as client:
            error, seconds = timed(client, verb)
    assert type(error) is LATE
    assert seconds < SLACK


@pytest.mark.parametrize("total", [0.3, 0.6])
def test_all_attempts_together_end_at_the_total_deadline(total):
    with FaultyServer((read, stall)) as server:
        with client_of(server, timeout=0.2, max_retries=1000, max_wait_time=0.01, total_timeout=total) as client:
            error, seconds = timed(client)
    assert type(error) is LATE
    assert error.attempts > 1
    assert total - 0.25 < seconds < total + SLACK
    assert len(server.requests) == error.attempts


def pause(seconds: float) -> Step:
    return lambda exchange: time.sleep(seconds)


def test_a_call_can_have_its_own_timeout():
    with FaultyServer((read, stall)) as server:
        with client_of(server, timeout=60, max_retries=0) as client, pytest.raises(LATE):
            ionoscloud.ImageApi(client).images_get(_request_timeout=(60, 0.1))


# poll() has 32 bits for milliseconds: 49.7 days and 0.1 seconds came out as 0.1 seconds.
@pytest.mark.parametrize("timeout", [(0.1, 60), (4_294_967.4, 4_294_967.4)])
def test_a_response_may_take_as_long_as_the_timeout(timeout):
    with FaultyServer((read, pause(0.3), send(http_response()))) as server:
        with client_of(server, timeout=timeout, total_timeout=None, max_retries=0) as client:
            assert error_of_call(client) is None


def test_a_tiny_total_timeout_raises_timeout():
    with FaultyServer((read, send(http_response()))) as server, client_of(server, total_timeout=1e-9) as client:
        assert type(error_of_call(client)) is LATE
    assert server.connections == 0


def test_an_open_response_has_the_whole_timeout_for_each_read():
    with FaultyServer((read, send(http_response(length=4)), pause(0.6), send(b"xx"))) as server:
        with client_of(server, timeout=60, total_timeout=0.5) as client:
            response = ionoscloud.ImageApi(client).images_get(_preload_content=False)
            assert response.read() == b"{}xx"


@pytest.mark.parametrize("reused", [False, True])
def test_a_change_that_is_not_read_ends_at_the_total_deadline(reused):
    first = (read, send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) if reused else ()
    with FaultyServer((*first, stall)) as server:
        with client_of(server, timeout=60, total_timeout=0.3) as client:
            if reused:
                assert error_of_call(client) is None
            started = time.monotonic()
            with pytest.raises(LATE) as caught:
                client.call_api("/things", "POST", body={"name": "n" * 30_000_000})
            assert time.monotonic() - started < SLACK
    assert caught.value.out_of_time
    assert server.connections == 1


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_no_wait_exceeds_the_total_timeout(status, no_sleep):
    with FaultyServer((read, send(http_response(b"", status, Retry_After="30")))) as server:
        with client_of(server, max_wait_time=60, total_timeout=20) as client:
            error = error_of_call(client)
    assert (error.attempts, error.retry_after) == (1, 30)
    assert not no_sleep.called


SLOW = "429 Slow down"


@pytest.mark.parametrize(
    ("steps", "settings"),
    [
        ((read, stall), {}),
        ((read, stall), {"timeout": 0.2, "max_retries": 1000}),
        ((read, send(http_response(b"", SLOW, Retry_After="6"))), {}),
        ((read, send(http_response(b"", "503 Busy"))), {"wait_time": 0.2, "max_retries": 1000}),
        ((read, drip(http_response(), 1)), {}),
    ],
    ids=["silent", "silent for each attempt", "429 and a long wait", "503 always", "byte by byte"],
)
def test_waiting_ends_at_its_deadline_despite_failed_polls(steps, settings):
    with FaultyServer(steps) as server, client_of(server, **settings) as client:
        started = time.monotonic()
        with pytest.raises(ionoscloud.ApiTimeout) as caught:
            client.wait_for_completion("the-id", timeout=1.1)
        seconds = time.monotonic() - started
    assert isinstance(caught.value.__cause__, ionoscloud.ApiException)
    assert caught.value.__cause__.out_of_time
    assert seconds < 1.1 + 1


@pytest.mark.parametrize(
    ("status", "error", "attempts"),
    [
        ("401 No", ionoscloud.UnauthorizedException, 1),
        ("404 No", ionoscloud.NotFoundException, 1),
        ("503 Busy", ionoscloud.ServiceException, 4),
        (SLOW, ionoscloud.TooManyRequestsException, 4),
    ],
)
def test_an_error_before_the_deadline_of_waiting_keeps_its_class(status, error, attempts):
    with FaultyServer((read, send(http_response(b"", status)))) as server, client_of(server) as client:
        with pytest.raises(ionoscloud.ApiException) as caught:
            client.wait_for_completion("the-id", timeout=30)
    assert type(caught.value) is error
    assert (caught.value.attempts, caught.value.out_of_time) == (attempts, False)


def test_a_call_can_have_its_own_total_timeout():
    with FaultyServer((read, stall)) as server, client_of(server) as client:
        for call in (
            lambda: ionoscloud.ImageApi(client).images_get(_total_timeout=0.1),
            lambda: client.call_api("/images", "GET", _total_timeout=0.1),
            lambda: client.rest_client.request("GET", server.url(), _total_timeout=0.1),
        ):
            with pytest.raises(LATE) as caught:
                call()
            assert caught.value.out_of_time
    with client_at("http://localhost:9/v5") as client, pytest.raises(ionoscloud.ApiValueError, match="total_timeout"):
        ionoscloud.ImageApi(client).images_get(_total_timeout=0)


def test_an_unlimited_wait_is_shortened_to_what_sleep_accepts(no_sleep):
    slow = http_response(b"", SLOW, Retry_After="9" * 300)
    with FaultyServer((read, send(slow)), (read, send(http_response()))) as server:
        with client_of(server, max_wait_time=math.inf, total_timeout=None) as client:
            assert error_of_call(client) is None
    assert no_sleep.call_args.args[0] < threading.TIMEOUT_MAX


def test_waits_grow_with_jitter(no_sleep):
    waits = []
    for _ in range(3):
        no_sleep.reset_mock()
        with FaultyServer((read, send(http_response(b"", "503 Busy")))) as server:
            with client_of(server, wait_time=1.0, max_wait_time=3.0, max_retries=4) as client:
                error_of_call(client)
        waits.append([call.args[0] for call in no_sleep.call_args_list])
    for first, second, third, fourth in waits:
        assert (0.5 <= first <= 1, 1 <= second <= 2, 1.5 <= third <= 3, 1.5 <= fourth <= 3) == (True,) * 4
    assert len({tuple(wait) for wait in waits}) == 3


OK = http_response(b"{}".rjust(600))
QUICK = {"timeout": 3, "total_timeout": 0.5, "max_retries": 0}


@pytest.mark.parametrize(
    "steps",
    [
        lambda tls: (act_as_proxy(tls, 0.02), stall),
        lambda tls: (act_as_proxy(tls), read, drip(OK)),
        lambda tls: (act_as_proxy(tls), read, lambda exchange: exchange.sock.sendall(OK, write=drip_to(exchange))),
        lambda tls: (read, drip(b"HTTP/1.1 200 Connection established\r\n" + b"X: x\r\n" * 90)),
    ],
    ids=["handshake", "records of the response", "bytes of a record of the response", "response of the proxy"],
)
def test_slow_tls_behind_an_https_proxy_ends_at_the_total_deadline(certificates, steps):
    tls = certificates.context("valid")
    with FaultyServer(steps(tls), tls=tls) as proxy:
        settings = {"proxy": f"https://localhost:{proxy.port}", "ssl_ca_cert": certificates.authority_file}
        with client_at("https://localhost:9/v5", **QUICK, **settings) as client:
            error, seconds = timed(client)
    assert type(error) is LATE
    assert seconds < SLACK


def drip_to(exchange):
    outer = copy(exchange)
    outer.sock = exchange.sock.outer
    return lambda data: drip(data)(outer)


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_slow_response_of_a_proxy_ends_at_the_total_deadline(certificates, tls):
    drips = drip(b"HTTP/1.1 200 Connection established\r\n" + b"X: x\r\n" * 90)
    context = certificates.context("valid") if tls else None
    with FaultyServer((read, drips), tls=context) as proxy:
        url = proxy.url("localhost" if tls else "127.0.0.1").removesuffix("/v5")
        settings = {"proxy": url, "ssl_ca_cert": certificates.authority_file}
        with client_at("https://localhost:9/v5", **QUICK, **settings) as client:
            error, seconds = timed(client, "POST")
    assert type(error) is LATE
    assert seconds < SLACK


@pytest.mark.parametrize("login", [None, ("user", "pass")], ids=["open", "with password"])
def test_a_slow_socks_negotiation_ends_at_the_total_deadline(login):
    pytest.importorskip("socks")
    who = "user:pass@" if login else ""
    with FaultyServer((stall,)) as server, SocksServer(login, pause=0.6) as proxy:
        settings = {**QUICK, "total_timeout": 0.9, "proxy": f"socks5h://{who}127.0.0.1:{proxy.port}"}
        with client_of(server, **settings) as client:
            error, seconds = timed(client)
    assert type(error) is LATE
    assert seconds < SLACK


def read_slowly(exchange):
    """Read a body slowly in pieces, so that each write of the client is short."""
    exchange.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    while not exchange.server.over.wait(0.02):
        exchange.sock.recv(65536)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_change_that_is_read_slowly_ends_at_the_total_deadline(certificates, scheme):
    tls = certificates.context("valid") if scheme == "https" else None
    with FaultyServer((read_slowly,), tls=tls) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file, **QUICK) as client:
            started = time.monotonic()
            with pytest.raises(LATE):
                client.call_api("/things", "POST", body={"name": "n" * 30_000_000})
            assert time.monotonic() - started < SLACK


def test_a_slow_look_up_and_a_slow_handshake_share_the_total_timeout(monkeypatch):
    look_up = socket.getaddrinfo

    def slow(host, *args, **options):
        time.sleep(1 if host == "localhost" else 0)
        return look_up(host, *args, **options)

    monkeypatch.setattr("socket.getaddrinfo", slow)
    with FaultyServer((stall,)) as server:
        with client_at(f"https://localhost:{server.port}/v5", timeout=30, total_timeout=1.5) as client:
            error, seconds = timed(client)
    assert type(error) is LATE
    assert 1.4 < seconds < 2.4


def test_a_handshake_that_begins_too_late_leaves_its_socket_with_one_owner(monkeypatch):
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(current, "limits", Limits(deadline=time.monotonic() - 1))
    context = ssl.create_default_context()
    with theirs, ours, pytest.raises(socket.timeout):
        try:
            context.wrap_socket(BoundedSocket(ours), server_hostname="localhost")
        finally:
            assert ours.fileno() == -1


def test_a_response_in_time_behind_an_https_proxy_is_read(certificates):
    tls = certificates.context("valid")
    with FaultyServer((act_as_proxy(tls), read, drip(http_response(), 0.001)), tls=tls) as proxy:
        settings = {"proxy": f"https://localhost:{proxy.port}", "ssl_ca_cert": certificates.authority_file}
        with client_at("https://localhost:9/v5", total_timeout=SLACK, max_retries=0, **settings) as client:
            assert error_of_call(client) is None
