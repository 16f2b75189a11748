"""The script for 5.0.8 uses all resource families of v5, and runs in v6, too.

`tox -e published` compares it with the published package.
"""

from __future__ import annotations

import pytest
from run_published import run

pytestmark = pytest.mark.once


@pytest.fixture(scope="module", params=[5, 6])
def result(request):
    return run("account_script.py", request.param)


@pytest.fixture(scope="module")
def steps(result):
    return result.printed


def test_the_script_uses_every_resource_family(result):
    paths = {request.path.split("/")[1] for request in result.sent}
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
    states = [step[1] for step in steps if len(step) == 2 and step[0].startswith("k8s")]
    assert [state for state in states if state != "ApiValueError"] == ["ACTIVE"] * 3 + [404] * 2


def test_only_an_operation_that_v6_lacks_cannot_be_called(steps, request):
    refused = [step[0] for step in steps if "ApiValueError" in step]
    assert refused == {5: [], 6: ["k8s_versions_compatibilities_get"]}[request.node.callspec.params["result"]]


def test_the_script_deletes_its_resources(steps):
    before, after = (step[2] for step in steps if step[0] == "contracts_get")
    assert before == after
    assert steps[-1] == ["PUT"] * len(steps[-1])
