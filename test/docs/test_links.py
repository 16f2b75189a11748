"""Every link within the documentation works, and the pages of the reference link to each other."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
REFERENCE = [page for page in PAGES if page.parent.name in ("api", "models")]


def prose(page: Path) -> str:
    return re.sub(r"^( *)```.*?^\1```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[tuple[Path, str]]:
    """Return the page and the anchor of each relative link."""
    found = re.findall(r"\]\(([^()\s]+)\)", re.sub(r"`[^`\n]*`", "code", prose(page)))
    relative = [link.partition("#") for link in found if not re.match(r"[a-z]+:", link)]
    return [((page.parent / unquote(path)).resolve() if path else page, anchor) for path, _, anchor in relative]


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub makes them."""
    heads = re.findall(r"^#+ +(.*?)\s*$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


HEADINGS = {page: anchors(page) for page in PAGES}
LINKS = {page: links(page) for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_works(page):
    for target, anchor in LINKS[page]:
        assert target.exists(), target
        assert not anchor or anchor in HEADINGS[target], f"{target}#{anchor}"


def test_pages_that_use_each_other_link_both_ways():
    error = ROOT / "docs/models/Error.md"  # used by every operation
    pairs = {(page, target) for page in REFERENCE for target, _ in LINKS[page] if error not in (page, target)}
    assert len(pairs) > 300
    assert {(target, page) for page, target in pairs} == pairs


def test_the_reference_lists_every_page():
    index = ROOT / "docs/reference.md"
    assert {target for target, _ in LINKS[index]} == set(REFERENCE)
    assert index in [target for target, _ in LINKS[ROOT / "README.md"]]


def test_a_dead_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A `head`, two\n[x](no.md) [`y`](#a-head-two) `[z](z.md)`\n```text\n[a](a.md)\n```\n[w](https://w.w)"
    )
    assert links(page) == [(tmp_path / "no.md", ""), (page, "a-head-two")]
    assert anchors(page) == {"a-head-two"}
