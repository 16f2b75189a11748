"""Runs scripts through this package and through the published one; what they print and send is the same.

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
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ionoscloud.emulator import CloudEmulator, HttpRequest

SCRIPTS = ("datacenter_script.py", "account_script.py")


class Run(NamedTuple):
    """What a run of a script has printed and sent, in lines, and the user agents that it has named."""

    printed: list[str]
    sent: list[str]
    agents: set[str]


def run(script: str, folder: str | None = None) -> Run:
    """Run a script against a cloud of its own; the same calls get the same answers from each."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IONOS_", "PYTHON"))}
    if folder:
        environment["PYTHONPATH"] = folder
    with CloudEmulator(queue_time=0.02, run_time=0.05) as cloud:
        own = {"IONOS_API_URL": cloud.url, "IONOS_USERNAME": cloud.username, "IONOS_PASSWORD": cloud.password}
        result = subprocess.run(
            [sys.executable, str(Path(__file__).with_name(script))],
            env={**environment, **own},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        agents = {request.headers["User-Agent"] for request in cloud.requests_seen}
        seen = json.loads(result.stdout.replace(cloud.url, ""), object_hook=_known)
        return Run(json.dumps(seen, indent=1).splitlines(), [*lines(cloud.requests_seen)], agents)


def lines(requests: Iterable[HttpRequest]) -> Iterable[str]:
    """Say what was sent: method, path, query, type of content and every byte of the JSON, a request a line.

    Left out is what docs/migration.md lists: the published package writes `True` into a query and a space as `+`, puts
    the parameters in another order, and names a type of content also where there is none. How often they ask for a
    status before it is DONE depends on the clock.
    """
    for line, repeated in groupby(map(_line, requests)):
        yield from [line] if line.startswith("GET ") else repeated


def _line(request: HttpRequest) -> str:
    path, _, query = request.target.partition("?")
    kind = request.headers.get("Content-Type") if request.body else None
    form = kind == "application/x-www-form-urlencoded"
    body = _values(request.body.decode()) if form else request.body
    return f"{request.method} {path} {_values(query)} {kind} {body!r}"


def _values(text: str) -> list[tuple[str, str]]:
    return sorted((name, value.lower() if value in ("True", "False") else value) for name, value in parse_qsl(text))


def _known(value: dict[str, Any]) -> dict[str, Any]:
    """Leave out the two fields that 5.0.8 does not know, and what it wrote into the query that a link repeats."""
    value.pop("gateway_ip", None)
    if "s3_buckets" in value:
        value.pop("public", None)
    if "_self" in value:
        value["_self"] = value["_self"].replace("=True", "=true").replace("=False", "=false")
    return value


def main() -> int:
    return max(compare(script, sys.argv[1]) for script in SCRIPTS)


def compare(script: str, folder: str) -> int:
    """Print how the runs of a script differ; return the exit code."""
    here, published = run(script), run(script, folder)
    if len(here.agents) != 1 or len(published.agents) != 1 or here.agents == published.agents:
        print(f"These are not two packages: {here.agents}, {published.agents}")
        return 1
    names = [*published.agents, *here.agents]
    differences = [
        *difflib.unified_diff(published.printed, here.printed, *names, lineterm=""),
        *difflib.unified_diff(published.sent, here.sent, *names, lineterm=""),
    ]
    print(*differences, sep="\n", end="\n" if differences else "")
    about = f"{script}: {len(here.printed)} lines printed and {len(here.sent)} requests sent"
    print(f"{about} are {'not ' if differences else ''}the same through {' and '.join(names)}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
