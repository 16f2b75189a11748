"""A copy of the document that tests can change and generate from."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


class Project:
    """A folder with a copy of the document."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys

    def generate(self, *arguments: str) -> tuple[int, str]:
        """Run the generator, and return its exit code and its output."""
        from generator.__main__ import main

        code = main([*arguments, "--root", str(self.root)])
        captured = self._capsys.readouterr()
        return code, captured.out + captured.err

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(text.encode())

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def replace(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert old in text, f"{path} does not contain {old!r}"
        self.write(path, text.replace(old, new, 1))

    def files(self) -> dict[str, bytes]:
        paths = (path for path in self.root.rglob("*") if path.is_file() and path.parent.name != "openapi")
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}
