"""Soak test: 20,000 calls from 32 threads with one client, 2% of them with a fault.

Every call must return the right image or raise the expected exception, without leaking sockets or memory. Otherwise,
the exit code is 1. Run it with `make soak`.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import resource
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import ionoscloud
from ionoscloud import ApiClient, ApiException, Configuration, ImageApi

# Expected exception for each fault. None: the second attempt succeeds.
FAULTS: dict[str, type[ApiException] | None] = {
    "429": None,
    "503": None,
    "dropped": None,
    "cut": None,
    "500": ionoscloud.ServiceException,
    "html": ApiException,
    "404": ionoscloud.NotFoundException,
}
FINE = "fine"


def kind_of(number: int) -> str:
    """Return the kind of a call: every 50th one has a fault, each in turn."""
    return FINE if number % 50 else [*FAULTS][number // 50 % len(FAULTS)]


class Handler(BaseHTTPRequestHandler):
    """A server that returns the requested image, or produces the fault that the id names."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    met: set[str] = set()

    def do_GET(self) -> None:
        image_id = self.path.rpartition("/")[2]
        kind = image_id.partition("-")[0]
        first = image_id not in self.met
        if kind != FINE:
            self.met.add(image_id)
        body = json.dumps({"id": image_id, "properties": {"name": image_id}}).encode()
        if kind == FINE or (FAULTS[kind] is None and not first):
            self.reply(200, body)
        elif kind == "dropped":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif kind == "cut":
            self.reply(200, body[:10], length=len(body))
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif kind == "html":
            self.reply(200, b"<html>")
        else:
            self.reply(int(kind), b"{}")

    def reply(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


def serve(pipe: Any) -> None:
    ThreadingHTTPServer.request_queue_size = 128
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        pipe.send(server.server_port)
        server.serve_forever()


def result_of(api: ImageApi, number: int) -> str:
    """Make a call and return `right`, or a description of the failure."""
    kind = kind_of(number)
    image_id = f"{kind}-{number}"
    expected = FAULTS.get(kind)
    try:
        image = api.images_find_by_id(image_id)
    except ApiException as error:
        return "right" if type(error) is expected else f"{kind}: {error}"
    return "right" if expected is None and image.id == image_id else f"{kind}: returned {image.id}"


def sockets() -> int:
    """Return the number of open files and sockets of this process."""
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="20,000 calls from 32 threads, 2% of them with a fault.")
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=32)
    options = parser.parse_args()
    receiver, sender = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(sender,), daemon=True)
    server.start()
    configuration = Configuration(host=f"http://127.0.0.1:{receiver.recv()}", token="T", wait_time=0.01)
    marks: list[tuple[int, int, int]] = []
    results: Counter[str] = Counter()
    started = time.monotonic()
    with ApiClient(configuration) as client, ThreadPoolExecutor(options.threads) as executor:
        api = ImageApi(client)
        step = options.calls // 10
        for begin in range(0, options.calls, step):
            results.update(executor.map(lambda number: result_of(api, number), range(begin, begin + step)))
            gc.collect()
            marks.append((begin + step, sockets(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    seconds = time.monotonic() - started
    server.terminate()

    rate = options.calls / seconds
    print(f"{options.calls} calls from {options.threads} threads in {seconds:.1f} s: {rate:.0f} per second")
    print("  calls  sockets  peak memory (kB)")
    for calls, open_sockets, memory in marks:
        print(f"{calls:>7}  {open_sockets:>7}  {memory:>16}")
    for result, times in results.most_common():
        print(f"{times:>7}  {result}")
    flat = marks[-1][1] <= marks[1][1] + 4 and marks[-1][2] <= marks[1][2] * 1.05
    print("no leak" if flat else "SOCKETS OR MEMORY LEAK")
    return 0 if flat and set(results) == {"right"} else 1


if __name__ == "__main__":
    sys.exit(main())
