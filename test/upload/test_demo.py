"""The example does the whole story, and `make demo` keeps it from the real API unless it is asked to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "upload_image.py"


def test_the_example_uploads_describes_finds_and_deletes_an_image():
    result = subprocess.run([sys.executable, "-W", "error", EXAMPLE], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert "is there, 'uploaded by the demo'" in result.stdout and "deleted again" in result.stdout
    assert "upload demo.iso to de/fra: 100%" in result.stderr and "8.39M/8.39M" in result.stderr
    assert len(EXAMPLE.read_text().splitlines()) < 30


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
@pytest.mark.parametrize(
    ("variables", "uploads"),
    [
        ({}, True),
        ({"IONOS_TOKEN": "x"}, False),
        ({"IONOS_USERNAME": "x"}, False),
        ({"IONOS_TOKEN": "x", "UPLOAD": "a.iso"}, True),
    ],
)
def test_the_demo_uploads_to_the_real_api_only_when_asked(variables, uploads):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IONOS_")}
    command = ["make", "-n", "demo"]
    result = subprocess.run(command, cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, check=True)
    assert ("python examples/upload_image.py" in result.stdout) == uploads
    assert ("Not uploading" in result.stdout) != uploads
    if "UPLOAD" in variables:
        assert "examples/upload_image.py a.iso" in result.stdout
