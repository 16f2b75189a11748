"""A progress bar for the other scripts."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from tqdm import tqdm

from ionoscloud import ApiClient
from ionoscloud.models import RequestStatus

STEPS = ["QUEUED", "RUNNING", "DONE"]
LAYOUT = "{desc} |{bar:24}| {unit}"  # the unit is the state


def follow(client: ApiClient, title: str, headers: Mapping[str, str]) -> None:
    """Wait until an accepted request is done, and show a progress bar."""
    with tqdm(total=len(STEPS), desc=f"  {title:<11}", bar_format=LAYOUT, unit="", file=sys.stdout) as bar:

        def progress(status: RequestStatus) -> None:
            bar.unit = (status.metadata and status.metadata.status) or ""
            bar.n = STEPS.index(bar.unit) + 1 if bar.unit in STEPS else 0
            bar.refresh()

        client.wait_for_completion(headers, timeout=600, initial_wait=0.2, progress=progress)
