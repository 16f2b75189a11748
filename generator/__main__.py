"""`python -m generator [--check] [--root DIR]`."""

from __future__ import annotations

import argparse
import difflib
import sys
from itertools import chain
from pathlib import Path

from generator.combine import Difference, combine
from generator.document import load
from generator.parser import parse
from generator.render import MARK, render

FOLDERS = ("ionoscloud/api", "ionoscloud/models", "docs/api", "docs/models", "docs/pictures")


def main(arguments: list[str] | None = None) -> int:
    """Write or check the generated files and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m generator", description="Generate code and reference pages from openapi/*.yaml."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of date")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parents[1], help="the folder that contains openapi/"
    )
    options = parser.parse_args(arguments)
    root: Path = options.root

    documents = load(root / "openapi")
    versions = [parse(document) for document in documents.values()]
    problems: list[object] = [*dict.fromkeys(chain.from_iterable(document.problems for document in documents.values()))]
    if not problems:
        try:
            api = combine(*versions)
        except Difference as difference:
            problems = [difference]
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 2
    files = {path: text.encode() for path, text in render(documents, api).items()}
    leftovers = [path for path in _generated(root) if path not in files]
    if options.check:
        return _check(root, files, leftovers)
    for path in leftovers:
        (root / path).unlink()
    for path, content in files.items():
        if _read(root / path) != content:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
    return 0


def _generated(root: Path) -> list[str]:
    """Return the paths of files that are marked as generated."""
    paths = (path for folder in FOLDERS for path in sorted((root / folder).glob("*.*")))
    return [path.relative_to(root).as_posix() for path in paths if MARK.encode() in _read(path).partition(b"\n")[0]]


def _check(root: Path, files: dict[str, bytes], leftovers: list[str]) -> int:
    found = [f"{path}: is no longer generated\n" for path in leftovers]
    for path, content in files.items():
        if not (root / path).exists():
            found.append(f"{path}: is missing\n")
        elif (present := _read(root / path)) != content:
            before, after = (text.decode("utf-8", "replace").splitlines(keepends=True) for text in (present, content))
            found += difflib.unified_diff(before, after, path, f"{path} (as generated)")
    if found:
        sys.stdout.writelines(found)
        print("\nRun `make generate`.")
    return 1 if found else 0


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


if __name__ == "__main__":
    sys.exit(main())
