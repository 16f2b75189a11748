"""Hooks of mkdocs: show the version in the header, add the changelog as a page, and make long names wrap."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]


def on_config(config: Any) -> Any:
    version = re.search(r'__version__ = "(.+)"', (ROOT / "ionoscloud" / "version.py").read_text("utf-8"))
    assert version
    config.site_name += f" {version[1]}"
    return config


def on_files(files: Any, config: Any) -> Any:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    text = re.sub(r"\[([^]]+)\]\([A-Z]+\.md[^)]*\)", r"\1", text)  # links to files that are not part of the site
    text = text.replace("](docs/", "](")
    files.append(File.generated(config, "changelog.md", content=text))
    return files


def on_page_content(html: str, **_: Any) -> str:
    """Remove the comment before the title, because the search expects the title first."""
    return re.sub(r"^<!--.*?-->\s*", "", html)


def on_post_page(output: str, **_: Any) -> str:
    """Make paths and names wrap between their parts in tables, headings and the navigation."""
    if loaded := re.search(r'<(?:script|link|img)\b[^>]*(?:src|href)="https?://[^"]*', output):
        raise PluginError(f"the site must not load anything from other hosts: {loaded[0]}")
    places = r'<(td|h\d)\b.*?</\1>|<span class="md-ellipsis">.*?</span>'
    return re.sub(places, lambda place: re.sub(r"(?<=>)[^<]+", _breakable, place[0]), output, flags=re.DOTALL)


def _breakable(text: re.Match[str]) -> str:
    if re.search(r"(^| )/", text[0]):
        return re.sub(r"(?<=[\w}])(?=/[\w{])", "<wbr>", text[0])
    return re.sub(r"(?<=\w_)(?=\w)|(?<=[a-z])(?=[A-Z])", '<wbr class="part">', text[0])
