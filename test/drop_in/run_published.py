"""Run scripts with this package and with the published one, and compare what they print and send.

Run `python test/drop_in/run_published.py FOLDER`. FOLDER contains the published package and its dependencies, from
`pip install --target`. This package and its emulator are imported as usual. `tox -e published` does all of this.
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
    """The lines that a script printed and sent, and the user agents of its requests."""

    printed: list[str]
    sent: list[str]
    agents: set[str]


def run(script: str, folder: str | None = None) -> Run:
    """Run a script with its own emulator, which sends the same responses in each run."""
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
    """Yield one line per request: method, path, query, content type and body.

    The lines omit the differences that docs/migration.md lists: the published package sends `True` in a query, a space
    as `+`, the parameters in another order, and a content type without a body. The number of status polls depends on
    the clock.
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
    """Remove the two fields that 5.0.8 does not know, and normalize the query in links."""
    value.pop("gateway_ip", None)
    if "s3_buckets" in value:
        value.pop("public", None)
    if "_self" in value:
        value["_self"] = value["_self"].replace("=True", "=true").replace("=False", "=false")
    return value


def main() -> int:
    return max(compare(script, sys.argv[1]) for script in SCRIPTS)


def compare(script: str, folder: str) -> int:
    """Print the differences between the runs of a script, and return the exit code."""
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
