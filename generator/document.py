"""Read the files of the document, resolve the references between them, and merge them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml.composer import Composer

from generator.versions import VERSIONS, select

ROOT = "openapi.yaml"

Pointer = tuple[str, ...]


class Problem(NamedTuple):
    """A problem in the document: its file, a pointer to its place (`None` for invalid YAML), and a message."""

    file: str
    at: Pointer | None
    message: str

    def __str__(self) -> str:
        where = "" if self.at is None else "#" + _pointer_text(self.at)
        return f"openapi/{self.file}{where}: {self.message}"


class Document:
    """The merged document.

    Attributes:
        tree: The document, in which every reference is to a component.
        problems: The problems found so far.
    """

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {}
        self._files: dict[Pointer, str] = {}
        self._problems: dict[Problem, None] = {}  # a dict, because a shared part is visited once per use

    @property
    def problems(self) -> list[Problem]:
        return list(self._problems)

    def report(self, file: str, at: Pointer | None, message: str) -> None:
        """Add a problem."""
        self._problems[Problem(file, at, message)] = None

    def file_of(self, at: Pointer) -> str:
        """Return the name of the file that defines a part of the merged document."""
        return self._files.get(at[:3], self._files.get(at[:2], ROOT))

    def add(self, file: str, at: Pointer, value: Any) -> None:
        """Add a part of a file; report a problem if a different part already has its place."""
        parent = self.tree
        for key in at[:-1]:
            parent = parent.setdefault(key, {})
        if at[-1] in parent:
            if at[0] != "paths" or at[-1] != "parameters" or parent[at[-1]] != value:
                self.report(file, at, f"is already defined in openapi/{self.file_of(at)}")
            return
        parent[at[-1]] = value
        self._files[at] = file
        self._files.setdefault(at[:2], file)


def load(folder: Path) -> dict[int, Document]:
    """Read the files of a folder, and merge what each version has: the root first, then the others by name."""
    document = Document()
    files: dict[str, Any] = {}
    names = sorted((path.name for path in folder.glob("*.yaml")), key=lambda name: (name != ROOT, name))
    if ROOT not in names:
        document.report(ROOT, None, "is missing")
    for name in names:
        try:
            files[name] = yaml.load((folder / name).read_text("utf-8"), _Loader) or {}
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            document.report(name, None, f"line {line}: {error.problem}")
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            document.report(name, None, " ".join(str(error).split()))
    if document.problems:
        return dict.fromkeys(VERSIONS, document)
    return {version: _merged(files, version) for version in VERSIONS}


def _merged(files: dict[str, Any], version: int) -> Document:
    document = Document()
    selected = {name: select(tree, version, partial(document.report, name)) for name, tree in files.items()}
    _Merger(document, selected).merge()
    return document


_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is several times as fast


class _Loader(Composer, _BASE):  # type: ignore[misc]  # whose own composer would ignore `compose_mapping_node`
    """Reject duplicate keys and keys that are not strings, and keep dates as strings."""

    def __init__(self, stream: str) -> None:
        _BASE.__init__(self, stream)
        Composer.__init__(self)

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
                raise yaml.MarkedYAMLError(problem="a key is not a string; quote it", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"duplicate key {key.value!r}", problem_mark=key.start_mark)
            seen.add(key.value)
        return node


class _Merger:
    def __init__(self, document: Document, files: dict[str, Any]) -> None:
        self.document = document
        self.files = files

    def merge(self) -> None:
        for file, tree in self.files.items():
            for key, value in self._entries(file, (), tree):
                if key.startswith("x-"):
                    self._resolved(value, file, (key,))  # only to report problems; each use makes a copy
                elif key in ("paths", "components"):
                    self._merge_section(file, key, value)
                elif key == "tags" and isinstance(value, list):
                    self.document.tree.setdefault(key, []).extend(value)
                elif file == ROOT:
                    self.document.tree[key] = value
                else:
                    self.document.report(file, (key,), "only paths, components, tags and x- keys are allowed here")
        for section in ("tags", "paths", "components"):  # where readers expect them
            self.document.tree[section] = self.document.tree.pop(section, [] if section == "tags" else {})

    def _merge_section(self, file: str, section: str, value: Any) -> None:
        for group, members in self._entries(file, (section,), value):
            for name, member in self._entries(file, (section, group), members):
                at = (section, group, name)
                self.document.add(file, at, self._resolved(member, file, at))

    def _entries(self, file: str, at: Pointer, value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            yield from value.items()
        else:
            self.document.report(file, at, "must be a mapping")

    def _resolved(self, value: Any, file: str, at: Pointer, trail: tuple[int, ...] = ()) -> Any:
        """Return a copy of the value in which every reference points into the merged document."""
        if not isinstance(value, (dict, list)):
            return value
        if id(value) in trail:
            self.document.report(file, at, "contains itself")
            return None
        trail += (id(value),)
        if isinstance(value, list):
            return [self._resolved(item, file, (*at, str(index)), trail) for index, item in enumerate(value)]
        if "$ref" in value:
            return self._reference(value, file, at, trail)
        return {key: self._resolved(item, file, (*at, key), trail) for key, item in value.items()}

    def _reference(self, value: dict[str, Any], file: str, at: Pointer, trail: tuple[int, ...]) -> Any:
        reference = str(value["$ref"])
        name, _, text = reference.partition("#")
        name = name or file
        target = tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])
        if len(value) > 1:
            self.document.report(file, at, "keys next to a $ref have no effect; use allOf")
        if name not in self.files:
            self.document.report(file, at, f"$ref {reference}: openapi/{name} does not exist")
        elif (found := _find(self.files[name], target)) is None:
            self.document.report(file, at, f"$ref {reference}: the target does not exist")
        elif target[0].startswith("x-"):
            return self._resolved(found, name, target, trail)
        elif target[0] != "components" or len(target) != 3:
            self.document.report(file, at, f"$ref {reference}: the target is neither a component nor an x- key")
        return {"$ref": f"#{text}"}


def _find(tree: Any, at: Pointer) -> Any:
    for key in at:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree if at else None


def _pointer_text(at: Pointer) -> str:
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in at)
