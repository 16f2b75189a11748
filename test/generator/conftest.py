from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from generated_project import REPOSITORY, Project

pytest.importorskip("jinja2")
pytest.importorskip("yaml")
sys.path.insert(0, str(REPOSITORY))  # the generator is not installed with the package


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    """A project with a few families, so that the generator is fast."""
    (tmp_path / "openapi").mkdir()
    for name in ("openapi", "common", "images", "info", "requests"):
        shutil.copy(REPOSITORY / "openapi" / f"{name}.yaml", tmp_path / "openapi")
    return Project(tmp_path, capsys)
