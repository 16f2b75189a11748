"""A progress bar for the other scripts."""

from __future__ import annotations

import sys

from tqdm import tqdm

from ionoscloud import RequestStatus, Wait

STEPS = ["QUEUED", "RUNNING", "DONE"]
LAYOUT = "{desc} |{bar:24}| {unit}"  # the unit is the state


def progress(title: str) -> Wait:
    """Return a value for the option `_wait` of a call, which shows a progress bar until the change is done."""
    bar = tqdm(total=len(STEPS), desc=f"  {title:<11}", bar_format=LAYOUT, unit="", file=sys.stdout)

    def show(status: RequestStatus) -> None:
        bar.unit = (status.metadata and status.metadata.status) or ""
        bar.n = STEPS.index(bar.unit) + 1 if bar.unit in STEPS else 0
        bar.refresh()
        if bar.unit in ("DONE", "FAILED"):
            bar.close()

    return Wait(timeout=600, progress=show)
