from __future__ import annotations

from collections.abc import Iterator

import pytest
from world import World

from ionoscloud import ApiClient
from ionoscloud.emulator import CloudEmulator, ManualClock


@pytest.fixture(scope="session")
def built_world() -> Iterator[World]:
    with (
        CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2) as cloud,
        ApiClient(cloud.configuration(api_version=5)) as older,
        ApiClient(cloud.configuration(api_version=6)) as newer,
    ):
        yield World(cloud, older, newer)


@pytest.fixture
def world(built_world: World) -> World:
    """An emulator with a resource of each type, in the same state for each test."""
    built_world.restore()
    return built_world
