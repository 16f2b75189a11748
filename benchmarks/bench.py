"""Compare this package with the published ones and with a baseline, and write docs/performance.md with its charts.

Each package is installed into a temporary environment. The workloads run in all environments in turn, in alternating
order, so that noise on the machine affects all packages. Run it with `make bench`.
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

from ionoscloud.emulator import CloudEmulator

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
PACKAGES = {"ours": str(HERE.parent), "5.0.8": "ionoscloud==5.0.8", "6.x": "ionoscloud>=6,<7"}

COLOURS = {"ours": "#5c6bc0", "5.0.8": "#d98324", "6.x": "#b8b03e"}  # visible on white and on black

INTRODUCTION = """\
# Performance

Written by `make bench`. Each value is the median of several runs, except the changes of 20 threads, which take minutes.
The columns `ours`, `5.0.8` and `6.x` are ratios to a baseline that is measured in the same process: the same work done
with urllib3 and `json` alone, or the time that a change or the rate limit needs. Lower is better, except for the
throughput of threads. Calls that failed are in brackets.

The published packages set no timeouts, so their calls can hang. This package always sets timeouts, which has a cost:
Python polls the socket before each operation. Its throughput from threads is therefore compared with urllib3 with the
same timeouts, and that of the published packages with urllib3 without timeouts. The last row shows what timeouts cost
urllib3 alone.
"""


class Row(NamedTuple):
    """A row of the table.

    Attributes:
        workload: Name of the workload.
        what: Description of the workload and of its baseline.
        target: Maximum ratio to the baseline, or `None`.
        target_to_published: Maximum ratio to 5.0.8, or `None`.
        difference: Whether to show the additional time of a call instead of the ratio.
        inverse: Whether the ratios are speeds, so that higher is better and `target` is a minimum.
        ours_only: Whether to skip the published packages, which would take minutes.
        cloud: Settings of the emulator that the workload needs, which also gets their values.
        once: Whether to run it in the first round only, because it takes minutes and hardly varies.
    """

    workload: str
    what: str
    target: float | None = None
    target_to_published: float | None = None
    difference: bool = False
    inverse: bool = False
    ours_only: bool = False
    cloud: tuple[tuple[str, float], ...] = ()
    once: bool = False


ROWS = [
    Row("decode", "list of 10,000 images, relative to `json.loads` of the body", 2.0),
    Row(
        "decode_many",
        "one list of 100,000 images, relative to ten of 10,000 that are all kept in memory",
        1.15,
        ours_only=True,
    ),
    Row("json_many", "`json.loads` of 100,000 images, relative to ten times that of 10,000", ours_only=True),
    Row("decode_v6", "list of 10,000 images in v6, relative to `json.loads` of the body", 2.0),
    Row("memory", "memory of the models of 10,000 images, relative to plain dicts", 0.8),
    Row("memory_v6", "memory of these models in v6, relative to plain dicts", 0.8),
    Row("call", "one `images_find_by_id`, in addition to urllib3's `request` and `json.loads`", 40e-6, difference=True),
    Row("call_v6", "one `images_find_by_id` in v6, in addition to the same", 40e-6, difference=True),
    Row("poll", "one `requests_status_get`, relative to one `images_find_by_id`", 1.0),
    Row("import", "`import ionoscloud`, relative to `import urllib3` (CPU)", 0.15),
    Row("ready", "import and `ImageApi(ApiClient())`, relative to urllib3 and `PoolManager()` (CPU)", 1.1),
    Row("to_dict", "`to_dict()` of the list, relative to `json.loads` of the body", None, 0.25),
    Row("put", "body of a PUT from an `Image`, relative to `json.dumps` of the body", 2.0),
    Row("threads", "calls per second from 16 threads, relative to urllib3 with the same timeouts", 0.85, inverse=True),
    Row(
        "wait",
        "a wait for a change that takes 2 s, relative to its duration",
        1.35,
        cloud=(("queue_time", 0.5), ("run_time", 1.5)),
    ),
    Row(
        "changes",
        "100 changes from 20 threads, each with a wait and a read, relative to what the rate limit permits",
        1.1,
        cloud=(("rate_limit", 120), ("burst", 50)),  # of the live API
        once=True,
    ),
    Row("limits", "urllib3 from 16 threads with these timeouts, relative to without", inverse=True, ours_only=True),
]


def environment(folder: Path, python: str, package: str) -> Path:
    """Create an environment with a package and return the path of its Python."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    executable = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([str(executable), "-m", "pip", "install", "--quiet", PACKAGES[package]], check=True)
    return executable


def measure(executable: Path, row: Row) -> dict[str, float] | None:
    """Run the workload of a row and return its result, or `None` if the package does not support it."""
    if not row.cloud:
        return run(executable, row.workload)
    with CloudEmulator(username="u", password="p", **dict(row.cloud)) as cloud:  # type: ignore[arg-type]
        for number in range(100):
            cloud.add_image(name=f"image-{number}.iso")
        return run(executable, row.workload, cloud.url, *(str(value) for _, value in row.cloud))


def run(executable: Path, workload: str, *arguments: str) -> dict[str, float] | None:
    command = [str(executable), "-I", str(HERE / "workloads.py"), workload, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=executable.parent)
    if result.returncode:
        print(f"  {workload} failed: {result.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    found: dict[str, float] = json.loads(result.stdout)
    return found


def median(runs: list[dict[str, float] | None]) -> dict[str, float] | None:
    done = [run for run in runs if run]
    return sorted(done, key=lambda run: run["taken"] / run["baseline"])[len(done) // 2] if done else None


def ratio(row: Row, run: dict[str, float]) -> float:
    if row.difference:
        return run["taken"] - run["baseline"]
    return run["baseline"] / run["taken"] if row.inverse else run["taken"] / run["baseline"]


def shown(row: Row, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value * 1e6:.0f} us" if row.difference else number(value)


def number(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def line(row: Row, runs: dict[str, dict[str, float] | None]) -> list[str]:
    """Return the cells of a row: description, ratio of each package, ratio of ours to 5.0.8, target, verdict."""
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
    for index, name in enumerate(PACKAGES, 1):
        if (found := runs[name]) and found.get("failed"):
            cells[index] += f" ({found['failed']:.0f} failed)"
    verdict = "" if met is None else "met" if met else "NOT MET"
    return [*cells, f"{to_published:.3f}" if to_published else "-", target, verdict]


def table(results: dict[str, dict[str, dict[str, float] | None]]) -> list[str]:
    heads = ["Workload", "ours", "5.0.8", "6.x", "ours / 5.0.8", "target", ""]
    rows = [heads, [":---"] + ["---:"] * 4 + [":---"] * 2, *(line(row, results[row.workload]) for row in ROWS)]
    return ["| " + " | ".join(cells) + " |" for cells in rows]


def chart(results: dict[str, dict[str, dict[str, float] | None]]) -> str:
    """Return an SVG with a bar for each ratio to the baseline on a logarithmic scale; lower is better for all.

    Labels are above the bars instead of beside them, so that the chart is readable on a phone.
    """
    left, right, bar, text = 22, 424, 14, 17
    bars = {
        row: [(name, run["taken"] / run["baseline"]) for name, run in results[row.workload].items() if run]
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
        parts.append(f'<text x="{position + 18}" y="17">{name}</text>')
    parts.append(f'<text x="{left}" y="38">Time or memory relative to the baseline; lower is better</text>')
    for row, found in bars.items():
        what = row.what.replace("`", "").replace("calls per second", "calls")
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
    parser = argparse.ArgumentParser(description="Compare this package with the published ones and with a baseline.")
    parser.add_argument("--python", action="append", help="Python to use; can be repeated")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    text = [*INTRODUCTION.splitlines(), "", f"Measured on {date.today():%Y-%m-%d}, {machine}."]
    for python in options.python or [sys.executable]:
        with tempfile.TemporaryDirectory() as folder:
            print(f"creating environments for {python}", file=sys.stderr)
            executables = {name: environment(Path(folder, name), python, name) for name in PACKAGES}
            runs: dict[str, dict[str, list[dict[str, float] | None]]] = {
                row.workload: {name: [] for name in PACKAGES} for row in ROWS
            }
            for turn in range(options.rounds):
                order = [*PACKAGES][:: 1 if turn % 2 else -1]
                for row in ROWS:
                    print(f"round {turn + 1}: {row.workload}", file=sys.stderr)
                    if row.once and turn:
                        continue
                    for name in ["ours"] if row.ours_only else order:
                        runs[row.workload][name].append(measure(executables[name], row))
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
