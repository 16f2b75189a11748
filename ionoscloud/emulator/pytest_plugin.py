"""Pytest plugin with the fixtures `cloud_emulator` and `cloud_client`. Load it in the `conftest.py` of your tests:

pytest_plugins = ["ionoscloud.emulator.pytest_plugin"]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ionoscloud import ApiClient
from ionoscloud.emulator import CloudEmulator

INI_OPTION = "cloud_emulator_api_version"
MARKER = "cloud_emulator(**settings): settings of the fixture `cloud_emulator`, such as run_time=2"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(INI_OPTION, "version of the API for the fixtures `cloud_emulator` and `cloud_client`", default="5")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def cloud_emulator(request: pytest.FixtureRequest) -> Iterator[CloudEmulator]:
    """Run an emulator for each test, which carries out changes at once.

    `@pytest.mark.cloud_emulator(...)` sets its arguments, such as `api_version=6` or `run_time=2`.
    """
    version: str = request.config.getini(INI_OPTION)
    if version not in ("5", "6"):
        pytest.fail(f"the ini option {INI_OPTION} must be 5 or 6, not {version!r}")
    settings: dict[str, Any] = {}
    for marker in request.node.iter_markers("cloud_emulator"):  # the closest first
        if marker.args:
            pytest.fail(f"the marker cloud_emulator takes settings by name, such as run_time=2, not {marker.args!r}")
        settings = {**marker.kwargs, **settings}
    defaults: dict[str, Any] = {"api_version": int(version), "queue_time": 0, "run_time": 0}
    with CloudEmulator(**{**defaults, **settings}) as cloud:
        yield cloud


@pytest.fixture
def cloud_client(cloud_emulator: CloudEmulator) -> Iterator[ApiClient]:
    """Create a client of `cloud_emulator` that polls without a wait, and waits 10 ms before the first retry."""
    with ApiClient(cloud_emulator.configuration(wait_time=0.01, poll_interval=0)) as client:
        yield client
