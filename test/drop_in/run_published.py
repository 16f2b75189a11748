"""Run scripts with this package and with a published one, and compare what they print and send.

Run `python test/drop_in/run_published.py FOLDER`. FOLDER contains the published packages with their dependencies, each
from `pip install --target FOLDER/<version>`. This package and its emulator are imported as usual. `tox -e published`
does all of this.
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import ionoscloud
from ionoscloud.emulator import CloudEmulator, HttpRequest

HERE = Path(__file__).parent
FORM = "application/x-www-form-urlencoded"
HEADERS = ("Accept", "Authorization", "Content-Type", "X-Contract-Number")


class Comparison(NamedTuple):
    """A script, the published package that it is for, and the versions of the API that the two packages use."""

    script: str
    package: str
    published_version: int
    own_version: int


COMPARISONS = (
    Comparison("datacenter_script.py", "5.0.8", 5, 5),
    Comparison("account_script.py", "5.0.8", 5, 5),
    Comparison("v6_script.py", "6.1.13", 6, 6),
    # A script for v5 can move to v6 without changes.
    Comparison("datacenter_script.py", "5.0.8", 5, 6),
    Comparison("account_script.py", "5.0.8", 5, 6),
)
PUBLISHED = {5: "published.json", 6: "published-6.json"}
# 6.1.13 sends these fields with their defaults if the program has not set them.
SENT_DEFAULTS = {
    "bootOrder": "AUTO",
    "dhcp": True,
    "exposeSerial": False,
    "public": True,
    "requireLegacyBios": True,
}


class Sent(NamedTuple):
    """A request, without the differences between the packages that docs/migration.md lists."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any


class Run(NamedTuple):
    """What a script printed and sent, and the user agents of its requests."""

    printed: Any
    sent: list[Sent]
    agents: set[str]


def run(script: str, version: int = 5, folder: Path | None = None) -> Run:
    """Run a script with its own emulator, which sends the same responses in each run."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IONOS_", "PYTHON"))}
    if folder:
        environment["PYTHONPATH"] = str(folder)
    contracts = [31000001]  # only one, as v6 lists all of them
    with CloudEmulator(queue_time=0.02, run_time=0.05, api_version=version, contract_numbers=contracts) as cloud:
        own = {"IONOS_API_URL": cloud.url, "IONOS_USERNAME": cloud.username, "IONOS_PASSWORD": cloud.password}
        result = subprocess.run(
            [sys.executable, str(HERE / script)],
            env={**environment, **own},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        agents = {request.headers["User-Agent"] for request in cloud.requests_seen}
        printed = json.loads(result.stdout.replace(cloud.url, ""), object_hook=_with_plain_links)
        return Run(printed, [*sent(cloud.requests_seen)], agents)


def _with_plain_links(value: dict[str, Any]) -> dict[str, Any]:
    """Normalize the query in a link, which the server repeats as it was sent."""
    if "_self" in value:
        value["_self"] = value["_self"].replace("=True", "=true").replace("=False", "=false")
    return value


def sent(requests: Iterable[HttpRequest]) -> Iterable[Sent]:
    """Yield the requests, and the same GET request only once, as the number of polls depends on the clock."""
    for request, repeated in groupby(map(_sent, requests)):
        yield from [request] if request.method == "GET" else repeated


def _sent(request: HttpRequest) -> Sent:
    """Return a request.

    The published packages send `True` in a query, a space as `+`, the parameters in another order, and a content type
    without a body.
    """
    path, _, query = request.target.partition("?")
    headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
    if not request.body:
        headers.pop("Content-Type", None)
    if path.endswith("/kubeconfig"):
        del headers["Accept"]  # in v6, this package also accepts YAML
    text = request.body.decode()
    body = _values(text) if headers.get("Content-Type") == FORM else json.loads(text or "null")
    return Sent(request.method, path, _values(query), headers, body)


def _values(text: str) -> list[tuple[str, str]]:
    return sorted((name, value.lower() if value in ("True", "False") else value) for name, value in parse_qsl(text))


def missing_attributes(version: int) -> dict[frozenset[str], set[str]]:
    """Return the attributes that the published models lack, for the names of all attributes of a model.

    Both have their names in Python, and their names in JSON.
    """
    published = json.loads((HERE / PUBLISHED[version]).read_text())["models"]
    missing: dict[frozenset[str], set[str]] = {}
    for name, facts in published.items():
        names = getattr(ionoscloud, name).attribute_map
        unknown = {*names} - {*facts.get("attributes", ())}
        missing.setdefault(frozenset(names), set()).update(unknown)
        missing.setdefault(frozenset(names.values()), set()).update(names[name] for name in unknown)
    return missing


def without_missing(own: Any, published: Any, missing: Mapping[frozenset[str], set[str]]) -> Any:
    """Return what this package printed without the attributes that the published models lack."""
    if isinstance(own, dict) and isinstance(published, dict):
        unknown = missing.get(frozenset(own), set())
        return {
            name: without_missing(value, published.get(name), missing)
            for name, value in own.items()
            if name in published or name not in unknown
        }
    if isinstance(own, list) and isinstance(published, list):
        return [without_missing(*pair, missing) for pair in zip_longest(own, published)][: len(own)]
    return own


def without_defaults(published: Any, own: Any) -> Any:
    """Return a body of the published package without the defaults that this package does not send."""
    if isinstance(published, dict) and isinstance(own, dict):
        return {
            name: without_defaults(value, own.get(name))
            for name, value in published.items()
            if name in own or (name, value) not in SENT_DEFAULTS.items()
        }
    if isinstance(published, list) and isinstance(own, list):
        return [without_defaults(*pair) for pair in zip_longest(published, own)][: len(published)]
    return published


def printed_in_v6(value: Any) -> Any:
    """Return what a script printed with v5 as it prints it with v6: the differences of the API in docs/migration.md."""
    if isinstance(value, list):
        name = value[0] if value else None
        if name == "k8s_versions_compatibilities_get":
            return [name, "ApiValueError"]  # v6 does not have the operation
        if value[2:] == [{}]:
            return [*value[:2], None]  # an action without a result
        return [printed_in_v6(item) for item in value]
    if not isinstance(value, dict):
        return value
    type_, id_ = value.get("type"), value.get("id") or ""
    if type_ == "kubeconfig":
        return value["properties"]["kubeconfig"]
    value = {name: None if name == "nat" else printed_in_v6(item) for name, item in value.items()}
    if type_ == "contract":
        return {"id": "contracts", "type": "collection", "href": "/contracts", "items": [value]}
    if id_.endswith("/balancednics") and value["links"]:
        value.update(offset=None, limit=None, links=None)
    if id_ == "datacenters" and value["limit"] == 1000:
        value["limit"] = 100.0
        value["links"]["_self"] = value["links"]["_self"].replace("limit=1000", "limit=100")
    return value


def sent_in_v6(requests: Iterable[Sent]) -> Iterable[Sent]:
    """Yield what a script sent to v5 as it sends it to v6: JSON instead of forms, and only operations of v6."""
    for request in requests:
        if request.headers.get("Content-Type") == FORM:
            values = {name: json.loads(value) if value in ("true", "false") else value for name, value in request.body}
            headers = {**request.headers, "Content-Type": "application/json"}
            yield request._replace(headers=headers, body={"properties": values})
        elif not request.path.endswith("/compatibilities"):
            yield request


def main() -> int:
    return max(compare(comparison, Path(sys.argv[1])) for comparison in COMPARISONS)


def compare(comparison: Comparison, folder: Path) -> int:
    """Print the differences between the runs of a script, and return the exit code."""
    script, package, published_version, own_version = comparison
    own, published = run(script, own_version), run(script, published_version, folder / package)
    if own.agents & published.agents or len(own.agents) != 1 or len(published.agents) != 1:
        print(f"These are not two packages: {own.agents}, {published.agents}")
        return 1
    names = [f"{package} in v{published_version}", f"{ionoscloud.__version__} in v{own_version}"]
    if own_version > published_version:
        published = Run(printed_in_v6(published.printed), [*sent_in_v6(published.sent)], published.agents)
    printed = without_missing(own.printed, published.printed, missing_attributes(published_version))
    bodies = without_defaults([request.body for request in published.sent], [request.body for request in own.sent])
    requests = [request._replace(body=body) for request, body in zip(published.sent, bodies)]
    differences = [
        *difflib.unified_diff(_lines(published.printed), _lines(printed), *names, lineterm=""),
        *difflib.unified_diff(_lines(requests), _lines(own.sent), *names, lineterm=""),
    ]
    print(*differences, sep="\n", end="\n" if differences else "")
    about = f"{script}: {len(_lines(printed))} lines printed and {len(own.sent)} requests sent"
    print(f"{about} are {'not ' if differences else ''}the same through {' and '.join(names)}")
    return 1 if differences else 0


def _lines(value: Any) -> list[str]:
    return json.dumps(value, indent=1, sort_keys=True).splitlines()


if __name__ == "__main__":
    sys.exit(main())
