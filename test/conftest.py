"""A server that records what reaches it and answers what a test tells it to, on a real socket."""

from __future__ import annotations

import gc
import json
import os
import socket
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock

import hypothesis
import pytest

import ionoscloud
from ionoscloud.configuration import _VARIABLES

# A slow machine does not fail a test, nothing is written beside the tests, and each run has the same result;
# `HYPOTHESIS_PROFILE=search pytest` looks for new examples.
hypothesis.settings.register_profile("same", deadline=None, database=None, derandomize=True)
hypothesis.settings.register_profile("few", deadline=None, database=None, derandomize=True, max_examples=10)
hypothesis.settings.register_profile("search", deadline=None, database=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Folders whose tests look at the document, the emulator, the generator and the pages: the same on every Python.
ONCE = {"contract", "docs", "emulator", "fleet", "generator"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in ONCE:
            item.add_marker("once")


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What to answer; a status of 0 closes the connection without a word."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay: threading.Event | None = None


class RecordingServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[Seen] = []
        self.answers: deque[Answer] = deque()
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cloudapi/v5"

    @property
    def last(self) -> Seen:
        return self.seen[-1]

    def answer(self, body: Any = b"{}", status: int = 200, times: int = 1, **headers: str) -> None:
        """Queue an answer; when the queue is empty, the answer is an empty JSON object."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.extend(Answer(status, data, named) for _ in range(times))

    def hang(self) -> threading.Event:
        """Let the next request wait until the event that is returned is set."""
        event = threading.Event()
        self.answers.append(Answer(delay=event))
        return event

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients that go away are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RecordingServer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.respond
        raise AttributeError(name)

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(Seen(self.command, self.path, dict(self.headers.items()), body))
        answer = self.server.answers.popleft() if self.server.answers else Answer()
        if answer.delay:
            answer.delay.wait(30)
        if answer.status == 0:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of the developer out of the tests."""
    for name in (*_VARIABLES, "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(ionoscloud.Configuration, "_default", None)


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def configuration(server: RecordingServer) -> ionoscloud.Configuration:
    return ionoscloud.Configuration(host=server.url, username="demo", password="secret", wait_time=0.01)


@pytest.fixture
def client(configuration: ionoscloud.Configuration) -> Iterator[ionoscloud.ApiClient]:
    with ionoscloud.ApiClient(configuration) as client:
        yield client


@pytest.fixture
def api(client: ionoscloud.ApiClient) -> ionoscloud.ImageApi:
    return ionoscloud.ImageApi(client)


@pytest.fixture
def paused_gc() -> Iterator[None]:
    """Keep finalizers from running at the recursion limit, where they can only fail."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def no_sleep() -> Iterator[mock.Mock]:
    """Skip what the client would sleep, and record it."""
    with mock.patch("time.sleep") as sleep:
        yield sleep
