"""Report the results of `fleet_audit.py`: one row per contract, and the findings."""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from contract_audit import Audit, PrivateImage

KINDS = ("undescribed", "unused", "duplicate", "outdated")


def findings(audit: Audit, owners: Mapping[str, set[int]], unused_days: int) -> Iterator[tuple[str, str]]:
    """Yield the kind and a description of each finding."""
    for image in audit.images:
        which = f"{image.name!r} in {image.location}"
        if image.licence == "UNKNOWN":
            yield "undescribed", which
        if not image.uses and image.idle >= unused_days:
            yield "unused", f"{which}, {image.gb:g} GB, unchanged for {image.idle} days"
        others = sorted(owners[image.name] - {audit.contract})
        if others:
            yield "duplicate", f"{which}, also in {others[0]}" + (f" and {len(others) - 1} more" if others[1:] else "")
    for origin, times in audit.outdated.items():
        yield "outdated", f"{origin}, in {times} volumes or drives"


def rows_of(audits: list[Audit], unused_days: int) -> list[dict[str, Any]]:
    """Return one row per contract."""
    owners: dict[str, set[int]] = defaultdict(set)
    for audit in audits:
        for image in audit.images:
            owners[image.name].add(audit.contract)
    rows: list[dict[str, Any]] = []
    for audit in audits:
        places = sorted({image.location for image in audit.images})
        found = [*findings(audit, owners, unused_days)]
        row = {"contract": audit.contract, **summary(audit.images)}
        row["locations"] = {place: summary([i for i in audit.images if i.location == place]) for place in places}
        row.update({kind: sum(kind == each for each, _ in found) for kind in KINDS})
        rows.append({**row, "error": audit.error, "findings": [f"{kind}: {what}" for kind, what in found]})
    return rows


def summary(images: list[PrivateImage]) -> dict[str, Any]:
    gb = round(sum(image.gb for image in images), 2)
    return {"images": len(images), "gb": gb, "oldest_days": max((image.age for image in images), default=0)}


def show(rows: list[dict[str, Any]], style: str) -> None:
    """Print the rows as JSON, CSV, or a table followed by the findings."""
    if style == "json":
        print(json.dumps(rows, indent=2))
        return
    lines = [[*rows[0]], *([cell(value) for value in row.values()] for row in rows)]
    if style == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows(lines)
        return
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line[:-1], widths)).rstrip())
    print(*(f"{row['contract']} {finding}" for row in rows for finding in row["findings"]), sep="\n")


def cell(value: dict[str, Any] | list[str] | str | float) -> str:
    if isinstance(value, dict):
        value = [f"{place}: {its['images']} ({its['gb']:g} GB, {its['oldest_days']} d)" for place, its in value.items()]
    return "; ".join(value) if isinstance(value, list) else str(value)
