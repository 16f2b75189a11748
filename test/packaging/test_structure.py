"""The structure of the package: no import circles, few frames per call, and one definition of each operation."""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

import ionoscloud
from ionoscloud import ApiClient, Configuration, ImageApi, _polling
from ionoscloud.api import request_api

ROOT = Path(ionoscloud.__file__).parent
CONTRIBUTING = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAX_FRAMES = 6  # from the method of an API class to urllib3


def modules() -> dict[str, Path]:
    """Return the modules by name. The generated modules of `api` and of `models` count as one module each."""
    found: dict[str, Path] = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if len(parts) == 1 or parts[0] not in ("api", "models"):
            found[".".join(("ionoscloud", *(part for part in parts if part != "__init__")))] = path
    return {**found, "ionoscloud.api": ROOT / "api" / "image_api.py", "ionoscloud.models": ROOT / "models" / "image.py"}


def imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Yield the modules of the package that a module imports: at the top, in a function, or for type checkers."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            while name and name not in known:
                name = name.rpartition(".")[0]
            if name and name != "ionoscloud":  # it loads its names lazily
                yield name


@pytest.mark.once
def test_there_are_no_import_circles() -> None:
    known = modules()
    graph = {name: {*imports(path, known)} - {name} for name, path in known.items() if name != "ionoscloud"}
    assert len([*TopologicalSorter(graph).static_order()]) > 60  # raises an error for a circle


def layers() -> dict[str, int]:
    """Return the layer of each module in the tables of CONTRIBUTING.md, counted from the top."""
    known, base = modules(), ""
    found: dict[str, int] = {}
    for number, line in enumerate(CONTRIBUTING.splitlines()):
        if header := re.match(r"\| Layer \| Modules in `(.*)/` \|", line):
            base = header[1].replace("/", ".")
        elif not line.startswith("|"):
            base = ""
        elif base and (row := re.match(r"\| (?:`(\w+)/`|[^|`]+) \| (.*) \|", line)):
            folder = f"{base}.{row[1]}" if row[1] else base
            names = [name.replace("/", ".") for name in re.findall(r"`([\w/]+)`", re.sub(r"\([^)]*\)", "", row[2]))]
            if "a module for each resource family" in line:
                names += [name.rpartition(".")[2] for name in known if name.startswith(f"{folder}.")] + [""]
            for name in names:
                module = next(m for m in (f"{folder}.{name}".rstrip("."), f"{base}.{name}") if m in known)
                found.setdefault(module, number)
    return found


@pytest.mark.once
def test_the_layers_in_the_documentation_are_complete_and_the_imports_follow_them() -> None:
    known, layer = modules(), layers()
    packages = {name for name, path in known.items() if path.name == "__init__.py" and name not in layer}
    assert {*known} - packages == {*layer}
    for name in layer:
        lower = {other for other in imports(known[name], known) if layer.get(other, 0) > layer[name]}
        assert not lower, f"{name} imports {lower}, of a lower layer"


def test_a_call_reaches_urllib3_in_few_frames() -> None:
    frames: list[str] = []

    class Manager:
        def request(self, *_: Any, **__: Any) -> Any:
            frames.extend(frame.name for frame in traceback.extract_stack()[:-1])
            raise KeyboardInterrupt

    with ApiClient(Configuration("http://127.0.0.1:9", token="t")) as client:
        client.rest_client.pool_manager = Manager()
        with pytest.raises(KeyboardInterrupt):
            ImageApi(client).images_find_by_id("x")
    way = frames[frames.index("images_find_by_id") :]
    assert len(way) <= MAX_FRAMES, way


@pytest.mark.once
@pytest.mark.parametrize("name", ["REQUESTS_STATUS_GET", "REQUESTS_GET"])
def test_polling_uses_the_documented_operations(name: str) -> None:
    stated, used = getattr(request_api, f"_{name}"), getattr(_polling, name)
    names = ("name", "method", "path", "response_type")
    assert [getattr(used, name) for name in names] == [getattr(stated, name) for name in names]
    facts = {
        parameter.name: (parameter.wire_name, parameter.location, parameter.type) for parameter in stated.parameters
    }
    assert used.parameters
    for parameter in used.parameters:
        assert (parameter.wire_name, parameter.location, parameter.type) == facts[parameter.name]
