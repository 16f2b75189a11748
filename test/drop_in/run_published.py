"""Runs datacenter_script.py through this package and through the published one; what it prints and sends is the same.

`python test/drop_in/run_published.py FOLDER`, where FOLDER holds the published package with all it needs, put there by
`pip install --target`; this package and its emulator are where this Python finds them. `tox -e published` does it all.
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

from ionoscloud.emulator import CloudEmulator, HttpRequest

SCRIPT = Path(__file__).with_name("datacenter_script.py")


class Run(NamedTuple):
    """What a run of the script has printed and sent, in lines, and the user agents that it has named."""

    printed: list[str]
    sent: list[str]
    agents: set[str]


def run(folder: str | None = None) -> Run:
    """Run the script against a cloud of its own; the same calls get the same answers from each."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IONOS_", "PYTHON"))}
    if folder:
        environment["PYTHONPATH"] = folder
    with CloudEmulator(queue_time=0.02, run_time=0.05) as cloud:
        own = {"IONOS_API_URL": cloud.url, "IONOS_USERNAME": cloud.username, "IONOS_PASSWORD": cloud.password}
        result = subprocess.run(
            [sys.executable, str(SCRIPT)], env={**environment, **own}, stdout=subprocess.PIPE, text=True, check=True
        )
        agents = {request.headers["User-Agent"] for request in cloud.requests_seen}
        seen = json.loads(result.stdout.replace(cloud.url, ""))
        return Run(json.dumps(seen, indent=1).splitlines(), [*lines(cloud.requests_seen)], agents)


def lines(requests: Iterable[HttpRequest]) -> Iterable[str]:
    """Say what was sent: method, path, query, type of content and every byte of the JSON, a request a line.

    Left out is what docs/migration.md lists: the published package writes `True` into a query and a space as `+`, puts
    the parameters in another order, and names a type of content also where there is none. How often it asks for a
    status before it is DONE depends on the clock.
    """
    for line, repeated in groupby(map(_line, requests)):
        yield from [line] if line.startswith("GET /requests/") else repeated


def _line(request: HttpRequest) -> str:
    path, _, query = request.target.partition("?")
    kind = request.headers.get("Content-Type") if request.body else None
    form = kind == "application/x-www-form-urlencoded"
    body = sorted(parse_qsl(request.body.decode())) if form else request.body
    values = [(name, value.lower() if value in ("True", "False") else value) for name, value in parse_qsl(query)]
    return f"{request.method} {path} {sorted(values)} {kind} {body!r}"


def main() -> int:
    here, published = run(), run(sys.argv[1])
    if len(here.agents) != 1 or len(published.agents) != 1 or here.agents == published.agents:
        print(f"These are not two packages: {here.agents}, {published.agents}")
        return 1
    names = [*published.agents, *here.agents]
    differences = [
        *difflib.unified_diff(published.printed, here.printed, *names, lineterm=""),
        *difflib.unified_diff(published.sent, here.sent, *names, lineterm=""),
    ]
    print(*differences, sep="\n", end="\n" if differences else "")
    about = f"{len(here.printed)} lines printed and {len(here.sent)} requests sent"
    print(f"{about} are {'not ' if differences else ''}the same through {' and '.join(names)}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
