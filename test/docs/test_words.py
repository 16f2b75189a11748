"""The words and phrases that `make check` rejects."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = (ROOT / ".codespell-words").read_text("utf-8").splitlines()
CONFIG = configparser.ConfigParser(interpolation=None)
CONFIG.read(ROOT / ".codespellrc", "utf-8")


@pytest.mark.parametrize("line", WORDS)
def test_codespell_finds_every_phrase(line):
    # codespell looks up only what `regex` matches as a whole, and silently ignores every other line.
    phrase = line.partition("->")[0]
    assert re.findall(CONFIG["codespell"]["regex"], f"It is {phrase} for us.")[2] == phrase
