"""The emulator uses the client as any program does: by its public names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import ionoscloud.emulator

FOLDER = Path(ionoscloud.emulator.__file__).parent


def private_names(source: str) -> list[str]:
    """Return the private names of the client that a module imports, and the private attributes that it reads."""
    tree = ast.parse(source)
    return [name for node in ast.walk(tree) for name in _private_in(node)]


def _private_in(node: ast.AST) -> Iterator[str]:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.endswith("__"):
        root: ast.AST = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not (isinstance(root, ast.Name) and root.id == "self"):
            yield node.attr
    for name in names:
        first, *rest = name.split(".")
        if first == "ionoscloud" and any(part.startswith("_") for part in rest):
            yield name


def test_the_emulator_uses_public_names_of_the_client_only() -> None:
    sources = {path.relative_to(FOLDER): path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py")}
    assert len(sources) > 20
    assert {path: found for path, source in sources.items() if (found := private_names(source))} == {}


def test_private_names_are_found() -> None:
    source = """
import ionoscloud._lazy
from ionoscloud import ApiClient, _checks
from ionoscloud._redaction import MASK
configuration._environment.clear()
self._store.lock
type(self).__name__
"""
    assert private_names(source) == [
        "ionoscloud._lazy",
        "ionoscloud._checks",
        "ionoscloud._redaction.MASK",
        "_environment",
    ]
