from __future__ import annotations

from collections.abc import Iterator

import pytest
from fleet_cloud import Fleet


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with Fleet() as fleet:
        yield fleet
