"""Every link within the documentation works, and the pages of the reference link to each other."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

import ionoscloud
from ionoscloud import _call_options

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
    """Return the anchors of the headings, as GitHub generates them."""
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
    pairs = {(page, target) for page in REFERENCE for target, _ in LINKS[page] if target in REFERENCE}
    pairs = {pair for pair in pairs if error not in pair}
    assert len(pairs) > 300
    assert {(target, page) for page, target in pairs} == pairs


def test_the_reference_lists_every_page():
    index = ROOT / "docs/reference.md"
    assert set(REFERENCE) <= {target for target, _ in LINKS[index]}
    assert index in [target for target, _ in LINKS[ROOT / "README.md"]]


def test_one_page_describes_every_option_and_every_method_links_to_it():
    page = ROOT / "docs/guides/call-options.md"
    assert {*_call_options.OPTION_NAMES, "pretty", "depth", "x_contract_number", "_with_http_info"} <= HEADINGS[page]
    for api in sorted((ROOT / "docs/api").glob("*.md")):
        _, *sections = re.split(r"^## `", api.read_text("utf-8"), flags=re.MULTILINE)
        assert sections
        for section in sections:
            method = getattr(getattr(ionoscloud, api.stem), section.partition("`")[0])
            options = re.fullmatch(r"Unpack\[(\w+)\]", method.__annotations__["options"])[1]
            expected = {*getattr(_call_options, options).__optional_keys__}
            expected |= {"pretty", "depth", "x_contract_number"} & {*method.__annotations__}
            waits = options == "ChangeOptions"
            options = re.search("^- Options: (.*)", section, re.MULTILINE)[1]
            assert {*re.findall(r"\[`(\w+)`\]\(../guides/call-options.md#\1\)", options)} == expected, section
            example = section.partition("```python\n")[2].partition("```")[0]
            assert ("_wait=True" in example) == ("\n- Asynchronous: with [`_wait=True`]" in section) == waits, section


def test_the_site_shows_lines_of_code_whole():
    blocks = [
        block
        for page in PAGES
        for block in re.findall(r"^ *```python\n.*?^ *```", page.read_text("utf-8"), re.M | re.S)
    ]
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 2000
    assert [line for line in lines if len(line) > 120] == []  # docs/stylesheets/extra.css


def test_a_dead_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A `head`, two\n[x](no.md) [`y`](#a-head-two) `[z](z.md)`\n```text\n[a](a.md)\n```\n[w](https://w.w)"
    )
    assert links(page) == [(tmp_path / "no.md", ""), (page, "a-head-two")]
    assert anchors(page) == {"a-head-two"}
