"""Measure `examples/fleet_audit.py` with threads and with Dask, and write the results into docs/scaling.md.

A server in a separate process responds after 50 ms, like a remote API. The result is the number of contracts audited
per second, relative to auditing them sequentially in the same round. Run it with `make fleet`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import platform
import re
import sys
import time
from contextlib import ExitStack
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from workloads import images

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "scaling.md"
LATENCY = 0.05  # seconds until a response
SIZES = (5, 1000)  # images per contract; the last digit of the contract number is the index
ROUNDS = 3
# Name, number of contracts at the same time, number of Dask workers.
WAYS = [
    ("sequentially", 1, 0),
    ("4 threads", 4, 0),
    ("16 threads", 16, 0),
    ("64 threads", 64, 0),
    ("Dask, 2 workers with 8 threads each", 16, 2),
    ("Dask, 2 workers with 32 threads each", 64, 2),
]


def response(size: int) -> bytes:
    """Return a response with a number of images."""
    body = images(size)
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Server(asyncio.Protocol):
    """A server with prepared responses, so that creating them is not part of the measurement."""

    responses = [response(size) for size in SIZES]
    nothing = response(0)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        contract = re.search(rb"X-Contract-Number: (\d+)", data)
        assert contract and data.endswith(b"\r\n\r\n")
        data = self.responses[int(contract[1]) % 10] if data.startswith(b"GET /images") else self.nothing
        asyncio.get_running_loop().call_later(LATENCY, partial(self.transport.write, data))


def serve(pipe: Any) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=256)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def measured(pool: Any, size: int, parallel: int) -> float:
    """Return how many contracts of a size are audited per second."""
    from fleet_audit import audit_all

    count = min(10 * parallel, 320)
    contracts = [10 * number + size for number in range(count)]
    started = time.perf_counter()
    audits = [*audit_all(pool, contracts, parallel)]
    taken = time.perf_counter() - started
    assert sum(len(audit.images) for audit in audits) == count * SIZES[size], audits[0].error
    return count / taken


def main() -> int:
    receiver, sender = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(sender,), daemon=True)
    server.start()
    os.environ.update(IONOS_API_URL=f"http://127.0.0.1:{receiver.recv()}", IONOS_TOKEN="none")
    sys.path.insert(0, str(ROOT / "examples"))
    from dask.distributed import LocalCluster

    from fleet_audit import workers

    rates: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as stack:
        pools = {}
        for name, parallel, processes in WAYS:
            address = None
            if processes:
                options = {"threads_per_worker": parallel // processes, "dashboard_address": "127.0.0.1:0"}
                cluster = stack.enter_context(LocalCluster(n_workers=processes, **options))
                address = cluster.scheduler_address
            pools[name] = stack.enter_context(workers(address, parallel))
            measured(pools[name], 0, parallel)  # open the connections first
        for turn in range(ROUNDS):
            print(f"round {turn + 1} of {ROUNDS}", file=sys.stderr)
            for size in range(len(SIZES)):
                for name, parallel, _ in WAYS[:: 1 if turn % 2 else -1]:
                    rates.setdefault((name, size), []).append(measured(pools[name], size, parallel))
    server.terminate()

    first = WAYS[0][0]
    rows = ["| Contracts at the same time | 5 images each | 1,000 images each |", "| :--- | ---: | ---: |"]
    for name, _, _ in WAYS:
        found = [zip(rates[name, size], rates[first, size]) for size in range(len(SIZES))]
        rows.append(f"| {name} | " + " | ".join(f"{median(one / other for one, other in f):.1f}" for f in found) + " |")
    base = " and ".join(f"{median(rates[first, size]):.1f}" for size in range(len(SIZES)))
    machine = f"{platform.system()} {platform.machine()} with {os.cpu_count()} cores"
    versions = ", ".join(f"{name} {version(name)}" for name in ("urllib3", "distributed"))
    python = f"CPython {platform.python_version()}"
    conditions = f"Measured on {date.today():%Y-%m-%d}: {machine}, {python}, {versions}."
    text = "\n".join([*rows, "", conditions, f"The sequential audits reached {base} contracts per second."])
    print(text)
    begin, end = "<!-- Generated by `make fleet`; do not edit. -->\n", "<!-- End of the generated part. -->"
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.partition(begin)[0], page.partition(end)[2]
    PAGE.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
