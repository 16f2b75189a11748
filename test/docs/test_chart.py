"""The chart of docs/performance.md, which `make bench` draws, shows every measured value and nothing else."""

from __future__ import annotations

import runpy
from pathlib import Path
from xml.etree import ElementTree

BENCH = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "bench.py"))
SVG = "{http://www.w3.org/2000/svg}"


def test_the_chart_has_a_bar_for_each_time_relative_to_its_baseline():
    nothing = dict.fromkeys(BENCH["PACKAGES"])
    results = {row.workload: {**nothing, "ours": {"taken": 2.0, "baseline": 1.0}} for row in BENCH["ROWS"]}
    results["decode"]["5.0.8"] = {"taken": 40.0, "baseline": 1.0}
    results["memory"]["ours"] = {"taken": 0.5, "baseline": 1.0}
    chart = ElementTree.fromstring(BENCH["chart"](results))
    _, _, _, *bars = [rect.attrib for rect in chart.iter(f"{SVG}rect")]  # the first three are the legend
    assert len(bars) == 1 + sum(row.target is not None or row.target_to_published is not None for row in BENCH["ROWS"])
    ours, published, _, _, memory, *_ = bars
    assert float(published["width"]) > float(ours["width"]) > 0
    assert ours["x"] == published["x"]  # from the baseline to the right
    assert abs(float(memory["x"]) + float(memory["width"]) - float(ours["x"])) < 0.2  # to its left
    texts = [text.text for text in chart.iter(f"{SVG}text")]
    assert {"list of 10,000 images", "40.00", "0.50"} <= {*texts}
    assert not any("json.loads" in text for text in texts)  # details are in the table only
