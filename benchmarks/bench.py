"""Measures this package beside the published ones and the floor, and writes docs/performance.md with its charts.

Each package gets a throw-away environment of its own; the same workloads run in each, one after the other and in
another order every round, so that a noisy machine is noisy for all of them. Run it with `make bench`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
PACKAGES = {"ours": str(HERE.parent), "5.0.8": "ionoscloud==5.0.8", "6.x": "ionoscloud>=6,<7"}

COLOURS = {"ours": "#5c6bc0", "5.0.8": "#d98324", "6.x": "#b8b03e"}  # seen on white and on black

INTRODUCTION = """\
# Performance

Written by `make bench`: medians of several rounds, every ratio from one process. The columns `here`, `5.0.8` and `6.x`
are ratios to the floor: what nobody can go below who uses urllib3 and `json`. Less is better, but for the threads.

Calls without time limits can wait for ever, so those of this package have some, and so has the urllib3 that its threads
are measured against: Python asks the system whether a socket is ready before each use of one with a limit. The last
row says what that costs urllib3 alone. The published packages set no limits, and are measured against none.
"""


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        workload: Name of the workload.
        what: What is measured, and against which floor.
        target: Largest ratio to the floor that is good enough; `None` when there is none.
        target_to_published: Largest ratio to 5.0.8 that is good enough; `None` when there is none.
        inverse: Whether the ratios are of speed, so that more is better.
        ours_only: Whether the published packages are left out, which would take minutes.
    """

    workload: str
    what: str
    target: float | None = None
    target_to_published: float | None = None
    inverse: bool = False
    ours_only: bool = False


ROWS = [
    Row("decode", "list of 10,000 images, over `json.loads` of its body", 2.0),
    Row("decode_many", "one list of 100,000 images, over ten of 10,000 that are all kept", 1.15, ours_only=True),
    Row("json_many", "`json.loads` of 100,000 images, over ten times that of 10,000", ours_only=True),
    Row("memory", "memory of these models, over that of plain dicts", 0.8),
    Row("call", "one `images_find_by_id`, beyond urllib3's `request` and `json.loads`", 40e-6),
    Row("poll", "one `requests_status_get`, over one `images_find_by_id`", 1.0),
    Row("import", "`import ionoscloud`, over `import urllib3` (CPU)", 0.15),
    Row("ready", "import and `ImageApi(ApiClient())`, over urllib3 and `PoolManager()` (CPU)", 1.1),
    Row("to_dict", "`to_dict()` of the list, over `json.loads` of its body", None, 0.25),
    Row("put", "body of a PUT from an `Image`, over `json.dumps` of what is sent", 2.0),
    Row("threads", "calls a second from 16 threads, over urllib3's with the same time limits", 0.85, inverse=True),
    Row("limits", "urllib3's own from 16 threads with these limits, over without", inverse=True, ours_only=True),
]


def environment(folder: Path, python: str, package: str) -> Path:
    """Make an environment with a package in it and return its Python."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    executable = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([str(executable), "-m", "pip", "install", "--quiet", PACKAGES[package]], check=True)
    return executable


def measure(executable: Path, workload: str) -> dict[str, float] | None:
    """Run a workload and return what it took and what the floor took; `None` when the package cannot do it."""
    command = [str(executable), "-I", str(HERE / "workloads.py"), workload]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=executable.parent)
    if result.returncode:
        print(f"  {workload} failed: {result.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    found: dict[str, float] = json.loads(result.stdout)
    return found


def median(runs: list[dict[str, float] | None]) -> dict[str, float] | None:
    done = [run for run in runs if run]
    return sorted(done, key=lambda run: run["taken"] / run["floor"])[len(done) // 2] if done else None


def ratio(row: Row, run: dict[str, float]) -> float:
    if row.workload == "call":
        return run["taken"] - run["floor"]
    return run["floor"] / run["taken"] if row.inverse else run["taken"] / run["floor"]


def shown(row: Row, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value * 1e6:.0f} us" if row.workload == "call" else number(value)


def number(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def line(row: Row, runs: dict[str, dict[str, float] | None]) -> list[str]:
    """Return the cells of a row: what, each package's ratio to the floor, ours to 5.0.8, the target, the verdict."""
    ratios = {name: ratio(row, run) if run else None for name, run in runs.items()}
    ours, published = runs["ours"], runs["5.0.8"]
    assert ours
    to_published = ours["taken"] / published["taken"] if published else None
    met, target = None, "-"
    if row.target_to_published is not None:
        met = to_published is not None and to_published <= row.target_to_published
        target = f"{row.target_to_published} of 5.0.8"
    elif row.target is not None:
        value = ratios["ours"] or 0.0
        met = value >= row.target if row.inverse else value <= row.target
        target = f"{'at least' if row.inverse else 'at most'} {shown(row, row.target)}"
    cells = [row.what, *(shown(row, ratios[name]) for name in PACKAGES)]
    verdict = "" if met is None else "met" if met else "NOT MET"
    return [*cells, f"{to_published:.3f}" if to_published else "-", target, verdict]


def table(results: dict[str, dict[str, dict[str, float] | None]]) -> list[str]:
    heads = ["What", "here", "5.0.8", "6.x", "here / 5.0.8", "target", ""]
    rows = [heads, [":---"] + ["---:"] * 4 + [":---"] * 2, *(line(row, results[row.workload]) for row in ROWS)]
    return ["| " + " | ".join(cells) + " |" for cells in rows]


def chart(results: dict[str, dict[str, dict[str, float] | None]]) -> str:
    """Return an SVG with a bar for each time over its floor, on a logarithmic scale; less is better for all.

    What is measured stands above its bars and not beside them, so that it can be read on a phone, too.
    """
    left, right, bar, text = 22, 424, 14, 17
    bars = {
        row: [(name, run["taken"] / run["floor"]) for name, run in results[row.workload].items() if run]
        for row in ROWS
        if row.target is not None or row.target_to_published is not None
    }
    values = [value for found in bars.values() for _, value in found]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(value: float) -> float:
        return left + (math.log10(value) - low) / (high - low) * (right - left)

    parts, y = [], 58.0
    for position, (name, colour) in zip((left, left + 80, left + 160), COLOURS.items()):
        parts.append(f'<rect x="{position}" y="6" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{position + 18}" y="17">{"here" if name == "ours" else name}</text>')
    parts.append(f'<text x="{left}" y="38">Time or memory over the floor; less is better</text>')
    for row, found in bars.items():
        what = row.what.replace("`", "").replace("calls a second", "calls")
        parts.append(f'<text x="{left}" y="{y + 12}">{escape(what.partition(", ")[0])}</text>')
        y += text
        for name, value in found:
            start, end = sorted((x(1), x(value)))
            parts.append(
                f'<rect x="{start:.1f}" y="{y}" width="{end - start:.1f}" height="{bar - 2}" fill="{COLOURS[name]}"/>'
            )
            parts.append(f'<text x="{end + 5:.1f}" y="{y + bar - 3}" font-size="12">{number(value)}</text>')
            y += bar
        y += 20
    for tick in range(low, high + 1):
        colour = "#808080" if tick == 0 else "#80808055"
        parts.insert(0, f'<path d="M{x(10**tick):.1f} 50V{y}" stroke="{colour}"/>')
        parts.append(f'<text x="{x(10**tick):.1f}" y="{y + 16}" text-anchor="middle">{10.0**tick:g}</text>')
    size = f'viewBox="0 0 {right + 56} {y + 24:.0f}" width="600" font-family="sans-serif" font-size="14"'
    style = "<style>svg{fill:#595959}@media(prefers-color-scheme:dark){svg{fill:#c0c0c0}}</style>"
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', style, *parts, "</svg>"]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare with the published packages and with the floor.")
    parser.add_argument("--python", action="append", help="a Python to measure with; may be given more than once")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    text = [*INTRODUCTION.splitlines(), "", f"Measured on {date.today():%Y-%m-%d}, {machine}."]
    for python in options.python or [sys.executable]:
        with tempfile.TemporaryDirectory() as folder:
            print(f"making environments for {python}", file=sys.stderr)
            executables = {name: environment(Path(folder, name), python, name) for name in PACKAGES}
            runs: dict[str, dict[str, list[dict[str, float] | None]]] = {
                row.workload: {name: [] for name in PACKAGES} for row in ROWS
            }
            for turn in range(options.rounds):
                order = [*PACKAGES][:: 1 if turn % 2 else -1]
                for row in ROWS:
                    print(f"round {turn + 1}: {row.workload}", file=sys.stderr)
                    for name in ["ours"] if row.ours_only else order:
                        runs[row.workload][name].append(measure(executables[name], row.workload))
            script = "import platform, urllib3; print(platform.python_version(), urllib3.__version__)"
            versions = subprocess.check_output([str(executables["ours"]), "-c", script], text=True).split()
        medians = {name: {package: median(found) for package, found in each.items()} for name, each in runs.items()}
        picture = PAGE.with_name(f"performance-{versions[0].rpartition('.')[0]}.svg")
        picture.write_text(chart(medians), encoding="utf-8")
        lines = ["", f"## CPython {versions[0]}, urllib3 {versions[1]}", "", *table(medians)]
        print("\n".join(lines))
        text += [*lines[:2], "", f"![The table as a chart]({picture.name})", *lines[2:]]
    PAGE.write_text("\n".join(text) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
