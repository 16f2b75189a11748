"""The example runs all steps, in the emulator unless it gets a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "upload_image.py"


@pytest.mark.once
def test_the_example_uploads_describes_finds_and_deletes_an_image():
    env = {**os.environ, "IONOS_TOKEN": "x", "IONOS_API_URL": "http://127.0.0.1:1"}
    command = [sys.executable, "-W", "error", EXAMPLE]
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert "is available, 'uploaded by the demo'" in result.stdout and "deleted again" in result.stdout
    assert "upload demo.iso to de/fra: 100%" in result.stderr and "8.39M/8.39M" in result.stderr
    assert len(EXAMPLE.read_text().splitlines()) < 30
