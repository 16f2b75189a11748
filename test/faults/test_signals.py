"""Checks an exception from a signal handler (Ctrl-C, the time limit of a task queue) at any moment of a call.

It must not leave a lock locked, or a connection in use that holds the response: the next call must work.
"""

from __future__ import annotations

import contextlib
import gc
import random
import signal
import sys
import threading
import time

import pytest
from clients import client_of, request_number
from server import HEAD, FaultyServer, read, respond

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    # Interrupted sockets cause this warning; as an error, it would keep them open until the server times out.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(autouse=True)
def garbage():
    """Collect objects of interrupted calls, such as open sockets, before another test gets their warning."""
    yield
    gc.collect()


HANG_SECONDS = 10  # seconds; a call with a total timeout of 2 seconds hangs if it takes longer


class Interrupt(BaseException):
    """The exception that a signal handler raises."""


class Interrupter:
    """Raises at a moment of a call: when a Python function begins or ends, or at a line of the connection pool.

    Args:
        moment: The file, the line and the event; `None` to record all moments.
    """

    FILES = ("ionoscloud", "urllib3", "threading", "queue", "weakref")
    LINES = ("_transport", "retries.py")

    def __init__(self, moment=None):
        self.moment = moment
        self.moments = {}
        self.fired = False

    def __enter__(self):
        self.before = sys.gettrace()  # that of coverage
        sys.settrace(self.trace)

    def __exit__(self, *exc_info):
        sys.settrace(self.before)

    def trace(self, frame, event, arg):
        code = frame.f_code
        if self.moment and self.moment[0] != code.co_filename:
            return None
        if code.co_filename == __file__ or not any(part in code.co_filename for part in self.FILES):
            return None
        frame.f_trace_lines = any(part in code.co_filename for part in self.LINES)
        return self.note(frame, event, arg)

    def note(self, frame, event, arg):
        moment = (frame.f_code.co_filename, frame.f_lineno, event)
        self.moments[moment] = True
        if moment == self.moment and not self.fired:
            self.fired = True
            raise Interrupt
        return self.note


def busy_once():
    """Respond with 503 to the first request for a number."""
    seen = set()

    def step(exchange):
        number = bytes(exchange.request).partition(b"id=")[2][:5]
        if number in seen:
            respond()(exchange)
        else:
            seen.add(number)
            exchange.sock.sendall(HEAD.replace(b"200 OK", b"503 Busy") % 0)

    return step


class Situation:
    """A client with its server, and calls in other threads."""

    def __init__(self, server, settings, kind):
        self.make = lambda: client_of(server, "localhost", total_timeout=2, **settings)
        self.kind = kind
        self.client = self.make()
        self.number = 10_000

    def prepare(self):
        if self.kind in ("new client", "retry"):
            self.client.close()
            self.client = self.make()
        if self.kind == "new connection":
            self.client.rest_client.close()

    def call(self):
        number = self.number
        self.number += 1
        assert request_number(self.client, number) == number

    def problem(self, interrupter=None):
        """Make a call in another thread. Return the problem, or nothing if it gets its own response in time."""
        problem = ["it hangs"]

        def call():
            try:
                with interrupter or contextlib.nullcontext():
                    self.call()
                problem[0] = ""
            except (Exception, Interrupt) as error:
                problem[0] = repr(error)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(HANG_SECONDS)
        return problem[0]


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [
        pytest.param("http", "idle connection", marks=pytest.mark.once),
        pytest.param("http", "new connection", marks=pytest.mark.once),
        ("http", "new client"),
        pytest.param("http", "retry", marks=pytest.mark.once),
        ("https", "idle connection"),
        pytest.param("https", "new connection", marks=pytest.mark.once),
    ],
)
def test_the_next_call_works_after_an_interrupt_at_any_moment(certificates, scheme, kind):
    tls = certificates.context("valid") if scheme == "https" else None
    settings = {"ssl_ca_cert": certificates.authority_file}
    fired = 0
    with FaultyServer((read, busy_once() if kind == "retry" else respond()) * 10_000, tls=tls) as server:
        situation = Situation(server, settings, kind)
        situation.call()
        situation.prepare()
        interrupter = Interrupter()
        with interrupter:
            situation.call()
        moments = list(interrupter.moments)
        for moment in moments:
            situation.prepare()
            interrupter = Interrupter(moment)
            assert situation.problem(interrupter) != "it hangs", moment
            fired += interrupter.fired
            assert not situation.problem(), moment
        situation.client.close()
    assert fired > 0.9 * len(moments) > 100


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such signal")
@pytest.mark.parametrize("kind", [pytest.param("idle connection", marks=pytest.mark.once), "new connection"])
def test_the_next_call_works_after_a_signal_at_a_random_time(certificates, kind):
    armed, interrupts, end = False, 0, time.monotonic() + 1.5
    chance = random.Random(1)

    def interrupt(*_):
        nonlocal armed
        if armed:
            armed = False
            raise Interrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with FaultyServer((read, respond()) * 10_000, tls=certificates.context("valid")) as server:
            situation = Situation(server, {"ssl_ca_cert": certificates.authority_file}, kind)
            while time.monotonic() < end:
                situation.prepare()
                try:
                    armed = True
                    signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 3e-3))
                    situation.call()
                    armed = False
                except Interrupt:
                    interrupts += 1
                assert not situation.problem()
            situation.client.close()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupts > 10
