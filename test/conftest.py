"""Fixtures for all tests: a server on a real socket that records requests and sends the responses of the test."""

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
from pathlib import Path
from typing import Any
from unittest import mock

import hypothesis
import pytest

import ionoscloud
from ionoscloud.configuration import _VARIABLES

# Tests do not fail on slow machines, store no examples, and have the same result in each run;
# `HYPOTHESIS_PROFILE=search pytest` looks for new examples.
hypothesis.settings.register_profile("same", deadline=None, database=None, derandomize=True)
hypothesis.settings.register_profile("few", deadline=None, database=None, derandomize=True, max_examples=10)
hypothesis.settings.register_profile("search", deadline=None, database=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Folders with tests of the document, the emulator, the generator and the pages, which run with one Python only.
ONCE = {"contract", "docs", "emulator", "fleet", "generator"}

# Folders with tests that also run with the oldest dependencies if they have the marker `once`, except these modules.
WITH_DEPENDENCIES = {"faults", "unit", "wire"}
WITHOUT_DEPENDENCIES = {"test_completion", "test_signals"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import modules without a test to run. Some of them import large packages."""
    if config.option.markexpr == "not once" and collection_path.suffix == ".py":
        return "\npytestmark = pytest.mark.once\n" in collection_path.read_text("utf-8") or None
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in ONCE:
            item.add_marker("once")
        if item.path.parent.name in WITH_DEPENDENCIES and item.path.stem not in WITHOUT_DEPENDENCIES:
            item.add_marker("dependencies")


def pytest_collection_finish() -> None:
    """Keep the modules and the collected tests out of later collections: each would visit all of their objects."""
    gc.collect()
    gc.freeze()


@dataclass
class ReceivedRequest:
    """A request that the server received."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Response:
    """A response to send; a status of 0 closes the connection without a response."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay: threading.Event | None = None


class RecordingServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[ReceivedRequest] = []
        self.responses: deque[Response] = deque()
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cloudapi/v5"

    @property
    def last(self) -> ReceivedRequest:
        return self.seen[-1]

    def respond(self, body: Any = b"{}", status: int = 200, times: int = 1, **headers: str) -> None:
        """Queue responses; while the queue is empty, the server sends an empty JSON object."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.responses.extend(Response(status, data, named) for _ in range(times))

    def hang(self) -> threading.Event:
        """Delay the next response until the returned event is set."""
        event = threading.Event()
        self.responses.append(Response(delay=event))
        return event

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: disconnecting clients are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RecordingServer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.handle_request
        raise AttributeError(name)

    def handle_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(ReceivedRequest(self.command, self.path, dict(self.headers.items()), body))
        response = self.server.responses.popleft() if self.server.responses else Response()
        if response.delay:
            response.delay.wait(30)
        if response.status == 0:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(response.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(response.body)), **response.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of the developer out of the tests."""
    profile = ("IONOS_CONFIG_FILE", "IONOS_CURRENT_PROFILE")
    for name in (*_VARIABLES, *profile, "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUEST_METHOD"):
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
    """Prevent finalizers from running at the recursion limit, where they would fail."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def no_sleep() -> Iterator[mock.Mock]:
    """Replace `time.sleep` by a mock that returns at once."""
    with mock.patch("time.sleep") as sleep:
        yield sleep
