"""Draw the pictures of the documentation as SVG: readable on light and dark pages, and without other files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from generator.parser import Api, Operation

ROW, INDENT, BOX = 26, 26, 20  # pixels
CHARACTER = 7.3  # width of a character of code in pixels

# A picture has its own background, because the media query follows the system, not the palette that a page shows.
STYLE = """\
svg{--back:#fff;--edge:#d0d7de;--text:#1f2328;--weak:#656d76;--plain:#f6f8fa;--blue:#dbe4ff;--blue-edge:#4c63d2;\
--green:#d3f2da;--green-edge:#1a7f37;--amber:#fff1c2;--amber-edge:#9a6700;--red:#ffdcd7;--red-edge:#cf222e}
@media(prefers-color-scheme:dark){svg{--back:#161b22;--edge:#3d444d;--text:#e6edf3;--weak:#9198a1;--plain:#21262d;\
--blue:#25325c;--blue-edge:#8ea2ff;--green:#173d22;--green-edge:#3fb950;--amber:#4a3908;--amber-edge:#d29922;\
--red:#551f1c;--red-edge:#f85149}}
text{font:13px sans-serif;fill:var(--text)}
.code{font-family:monospace;font-size:12px}
.weak{fill:var(--weak)}
.strong{font-weight:bold}
.back{fill:var(--back);stroke:var(--edge)}
.line{fill:none;stroke:var(--weak)}
.plain{fill:var(--plain);stroke:var(--weak)}
.blue{fill:var(--blue);stroke:var(--blue-edge)}
.green{fill:var(--green);stroke:var(--green-edge)}
.amber{fill:var(--amber);stroke:var(--amber-edge)}
.red{fill:var(--red);stroke:var(--red-edge)}
.dashed{stroke-dasharray:4 3}"""


def pictures(api: Api, mark: str) -> dict[str, str]:
    """Return the text of each picture by its path.

    Args:
        api: The API of all versions.
        mark: Says that the file is generated.
    """
    drawn = {"resources": _resources(api), "change": _change(), "depth": _depth()}
    return {f"docs/pictures/{name}.svg": _svg(*picture, f"<!-- {mark} -->") for name, picture in drawn.items()}


def _svg(title: str, width: float, height: float, parts: list[str], mark: str) -> str:
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    back = _rect(0.5, 0.5, width - 1, height - 1, "back")
    return "\n".join([mark, head, f"<title>{title}</title>", f"<style>{STYLE}</style>", back, *parts, "</svg>"]) + "\n"


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" class="{kind}"/>'


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(path: str, kind: str = "line") -> str:
    return f'<path d="{path}" class="{kind}"/>'


def _box(x: float, y: float, text: str, kind: str) -> tuple[str, float]:
    """Return a box with a name, and where it ends."""
    width = len(text) * CHARACTER + 14
    return _rect(x, y, width, BOX, kind) + _text(x + 7, y + 14, text, "code"), x + width


# How resources nest


@dataclass
class Collection:
    """A collection of the API, with the collections in its resources.

    Attributes:
        name: Its name in paths.
        since: The only version of the API that has it; `None` for all.
        refers: Whether it only refers to resources of other collections.
        has_labels: Whether its resources have labels.
        children: The collections in its resources.
    """

    name: str
    since: int | None = None
    refers: bool = False
    has_labels: bool = False
    children: list[Collection] = field(default_factory=list["Collection"])

    def __str__(self) -> str:
        return self.name + (f" ({', '.join(map(str, self.children))})" if self.children else "")

    @property
    def rows(self) -> int:
        return 1 + sum(child.rows for child in self.children)


def collections(api: Api) -> list[Collection]:
    """Return the collections of a contract, as the paths of the API nest them. Labels are only noted."""
    reads: dict[str, Operation] = {}
    attached: set[str] = set()
    for cls in api.classes:
        for operation in cls.operations:
            if operation.method == "GET":
                reads[operation.path] = operation
            elif operation.attaches:
                attached.add(operation.path)

    def below(parent: str) -> Iterator[Collection]:
        """Yield the collections right below the path of a resource."""
        for path, operation in sorted(reads.items()):
            found = re.fullmatch(re.escape(parent) + r"(?:/um)?/(\w+)", path)
            items = [place for place in reads if re.fullmatch(re.escape(path) + r"(/\{\w+\})+", place)]
            if found and found[1] != "labels" and (operation.page_size or items):
                children = [child for item in items for child in below(item)]
                refers = path in attached or not items
                has_labels = any(f"{item}/labels" in reads for item in items)
                yield Collection(found[1], operation.since, refers, has_labels, children)

    return [each for each in below("") if not each.refers]


def _resources(api: Api) -> tuple[str, float, float, list[str]]:
    found = collections(api)
    largest = sorted(found, key=lambda each: each.rows)[-1:]
    columns = [column for column in (largest, [each for each in found if each not in largest]) if column]
    root, root_end = _box(20, 20, "contract", "blue")
    parts, bottom = [root], 0.0
    for number, column in enumerate(columns):
        x, y = 20.0 + 340 * number, 20.0 + ROW
        if number:
            parts.append(_line(f"M{root_end:g} 30H{x + 12}V{y}"))
        for each in column:
            parts += _branch(each, x + INDENT, y)
            y += each.rows * ROW
        last = y - column[-1].rows * ROW + BOX / 2
        parts.insert(0, _line(f"M{x + 12:g} {ROW + 14}V{last:g}"))
        bottom = max(bottom, y)
    y = bottom + 14
    parts += [_box(20, y, "own", "plain")[0], _text(64, y + 14, "has resources of its own", "weak")]
    parts += [
        _box(270, y, "other", "plain dashed")[0],
        _text(328, y + 14, "refers to those of other collections", "weak"),
    ]
    y += ROW
    parts += [*_tags(20, y, ["v6"]), _text(64, y + 14, "only in v6", "weak")]
    parts += [*_tags(270, y, ["labels"]), _text(328, y + 14, "its resources have labels", "weak")]
    return "How resources nest", 640, y + BOX + 16, parts


def _branch(each: Collection, x: float, y: float, version: int | None = None) -> list[str]:
    """Draw a collection, with a line to its left, and those in its resources."""
    box, end = _box(x, y, each.name, "plain dashed" if each.refers else "plain")
    tags = [f"v{each.since}"] if each.since and each.since != version else []
    tags += ["labels"] if each.has_labels else []
    parts = [_line(f"M{x - INDENT + 12:g} {y + BOX / 2:g}H{x:g}"), box, *_tags(end + 6, y, tags)]
    below = y + ROW
    if each.children:
        last = below + (each.rows - 1 - each.children[-1].rows) * ROW
        parts.append(_line(f"M{x + 12:g} {y + BOX:g}V{last + BOX / 2:g}"))
    for child in each.children:
        parts += _branch(child, x + INDENT, below, each.since or version)
        below += child.rows * ROW
    return parts


def _tags(x: float, y: float, tags: list[str]) -> Iterator[str]:
    for tag in tags:
        width = len(tag) * 6.6 + 10
        kind = "amber" if tag == "labels" else "green"
        yield _rect(x, y + 2, width, BOX - 4, kind) + _text(x + width / 2, y + 14, tag, "code", "middle")
        x += width + 6


# What a change goes through

LANES = (62, 114, 176, 228)  # pixels from the top


def _change() -> tuple[str, float, float, list[str]]:
    sent, accepted, running, done, end = 170, 270, 420, 700, 730
    parts = [
        _line(f"M{accepted} 50V274", "line dashed"),
        _line(f"M{done} 50V274", "line dashed"),
        _text(sent, 24, "request sent", "weak", "middle"),
        _text(accepted, 24, "202 Accepted,", "", "middle"),
        _text(accepted, 41, "Location: .../requests/ID/status", "code", "middle"),
        _text(done, 24, "change is done", "", "middle"),
        _text(done, 41, "(or has failed)", "weak", "middle"),
    ]
    lanes = {
        "method": [(sent, accepted, "call", "blue")],
        "method, _wait=True": [(sent, end, "", "blue")],
        "request": [
            (accepted, running, "QUEUED", "plain"),
            (running, done, "RUNNING", "amber"),
            (done, 775, "DONE", "green"),
            (803, 880, "FAILED", "red"),
        ],
        "resource": [(accepted, done, "BUSY", "amber"), (done, 880, "AVAILABLE or gone", "green")],
    }
    for number, (name, bars) in enumerate(lanes.items()):
        y = LANES[number]
        parts.append(_text(20, y + 20, name, "code strong" if number < 2 else "strong"))
        for start, stop, text, kind in bars:
            parts.append(_rect(start, y, stop - start, 30, kind))
            parts.append(_text((start + stop) / 2, y + 20, text, "code", "middle"))
    parts.append(_text(accepted + 10, 82, "returns the resource as it was accepted", "weak"))
    parts.append(_text((sent + accepted) / 2, 134, "call", "code", "middle"))
    parts.append(_text(end + 10, 128, "returns the resource,", "weak"))
    parts.append(_text(end + 10, 143, "or raises an error", "weak"))
    for x in (285, 306, 331, 361, 397, 440, 492, 554, 628, 716):  # polls, further and further apart
        parts.append(f'<circle cx="{x}" cy="129" r="4" class="plain"/>')
    parts.append(_text(accepted + 10, 160, "polls, less and less often", "weak"))
    parts.append(_text(789, LANES[2] + 20, "or", "", "middle"))
    return "What a change goes through", 900, 292, parts


# What depth returns


def _depth() -> tuple[str, float, float, list[str]]:
    full, reference = "blue", "plain dashed"
    own, ids = [("volume", full), ("nic", full)], [("volume", reference), ("nic", reference)]
    rows: list[tuple[str, list[list[tuple[str, str, list[tuple[str, str]]]]]]] = [
        (
            "one server",
            [[("server", full, [])], [("server", full, ids)], [("server", full, own)]],
        ),
        (
            "list of servers",
            [
                [("server", reference, []), ("server", reference, [])],
                [("server", full, []), ("server", full, [])],
                [("server", full, ids), ("server", full, ids)],
            ],
        ),
    ]
    parts = [_text(170 + 240 * depth, 30, f"depth={depth}", "code strong") for depth in range(3)]
    y = 46.0
    for name, cells in rows:
        parts.append(_text(20, y + 14, name, "strong"))
        height = 0.0
        for depth, servers in enumerate(cells):
            x, line = 170.0 + 240 * depth, y
            for server, kind, children in servers:
                parts.append(_box(x, line, server, kind)[0])
                for child, how in children:
                    below = line + BOX if child == children[0][0] else line + BOX / 2
                    line += ROW
                    parts.append(_line(f"M{x + 12:g} {below:g}V{line + BOX / 2:g}H{x + INDENT:g}"))
                    parts.append(_box(x + INDENT, line, child, how)[0])
                line += ROW
            height = max(height, line - y)
        y += height + 14
        parts.append(_line(f"M20 {y - 8:g}H880"))
    parts.append(_box(20, y + 4, "full", full)[0] + _text(76, y + 18, "with its properties and metadata", "weak"))
    parts.append(_box(330, y + 4, "reference", reference)[0] + _text(420, y + 18, "only id, type and href", "weak"))
    return "What depth 0, 1 and 2 return", 900, y + 40, parts
