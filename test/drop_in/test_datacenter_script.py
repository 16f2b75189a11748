"""The script for 5.0.8 runs with this package in v5 and v6.

`tox -e published` compares it with the published package.
"""

from __future__ import annotations

import pytest
from run_published import run

pytestmark = pytest.mark.once


@pytest.fixture(scope="module", params=[5, 6])
def summary(request):
    return run("datacenter_script.py", request.param).printed


def test_the_script_creates_its_resources(summary):
    server = summary["server"]
    assert server["metadata"]["state"] == "AVAILABLE"
    assert server["properties"]["boot_volume"]["id"] == server["entities"]["volumes"]["items"][0]["id"]
    assert server["entities"]["nics"]["items"][0]["properties"]["ips"]
    assert summary["inside of a LAN"][1] is True
    assert summary["own attribute"] == ["eth0", False, True]
    assert str(server["entities"]["volumes"]["items"][0]["properties"]["size"]) == "10.0"
    assert summary["volumes"] == [["system", 1], ["data", 2]]
    (datacenter,) = summary["everything"]["items"]
    assert len(datacenter["entities"]["volumes"]["items"]) == 2
    assert summary["names"] == ["script"]
    assert summary["without depth"]["items"][0]["properties"] is None


def test_the_script_changes_its_resources(summary):
    assert summary["patched"] == [202, 4, 2048]
    assert summary["stopped"] == "SHUTOFF"
    assert summary["snapshots"]["items"][0]["properties"]["name"] == "kept"
    assert [summary[title][0] for title in ("not there", "too small", "odd")] == [404, 422, 422]


def test_the_script_deletes_its_resources(summary):
    assert summary["contract in use"]["ssd_volume_provisioned"] == 20480
    assert summary["left"] == [0, 0]
    assert summary["requests"] == ["DELETE"] * 5
    assert summary["contract after"] == summary["contract before"]
