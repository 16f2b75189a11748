"""The script uses all resource families; `tox -e published` compares it with the published package."""

from __future__ import annotations

import json

import pytest
from run_published import run

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def result():
    return run("account_script.py")


@pytest.fixture(scope="module")
def steps(result):
    return json.loads("\n".join(result.printed))


def test_the_script_uses_every_resource_family(result):
    paths = {line.split()[1].split("/")[1] for line in result.sent}
    assert paths == {
        *("backupunits", "contracts", "datacenters", "images", "ipblocks", "k8s", "labels", "locations", "pccs"),
        *("requests", "snapshots", "um"),
    }


def test_only_invalid_calls_are_rejected(steps):
    rejected = [(step[0], step[1]) for step in steps if len(step) > 2 and isinstance(step[1], int) and step[1] >= 400]
    assert rejected == [
        ("datacenters_servers_nics_firewallrules_post", 422),
        ("datacenters_servers_find_by_id", 404),
        ("datacenters_servers_post", 422),
        ("ipblocks_post", 422),
        ("images_delete", 403),
    ]


def test_long_operations_complete(steps):
    assert not [step for step in steps if "never" in step]
    assert [step[1:] for step in steps if len(step) == 2 and step[0].startswith("k8s")] == [
        *(["ACTIVE"],) * 3,
        *([404],) * 2,
    ]


def test_the_script_deletes_its_resources(steps):
    before, after = (step[2] for step in steps if step[0] == "contracts_get")
    assert before == after
    assert steps[-1] == ["PUT"] * len(steps[-1])
