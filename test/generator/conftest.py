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
    shutil.copytree(REPOSITORY / "openapi", tmp_path / "openapi")
    return Project(tmp_path, capsys)
