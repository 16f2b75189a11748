"""The script for 6.1.13 uses what v6 adds; `tox -e published` compares it with the published package."""

from __future__ import annotations

import pytest
from run_published import run

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def result():
    return run("v6_script.py", 6)


@pytest.fixture(scope="module")
def steps(result):
    return result.printed


def test_the_script_uses_every_family_of_v6(result):
    parts = {part for request in result.sent for part in request.path.split("/")}
    assert parts >= {
        *("applicationloadbalancers", "flowlogs", "forwardingrules", "natgateways", "networkloadbalancers"),
        *("securitygroups", "targetgroups", "templates"),
    }


def test_only_invalid_calls_are_rejected(steps):
    rejected = [(step[0], step[1]) for step in steps if len(step) > 2 and isinstance(step[1], int) and step[1] >= 400]
    assert rejected == [
        ("images_patch", 403),
        ("datacenters_servers_find_by_id", 404),
        ("datacenters_servers_post", 422),
        ("datacenters_natgateways_find_by_nat_gateway_id", 404),
    ]


def test_long_operations_complete(steps):
    states = [step[1] for step in steps if len(step) == 2 and str(step[0]).partition("_")[0] in ("k8s", "datacenters")]
    assert states == ["AVAILABLE", "ACTIVE", "ACTIVE", 404, 404]


def test_the_kubeconfig_is_text(steps):
    (config,) = [step[1] for step in steps if step[0] is True]
    assert config.startswith("apiVersion: v1\n")


def test_the_script_deletes_its_resources(steps):
    before, after = (step[2]["items"] for step in steps if step[0] == "contracts_get")
    assert before == after
    (left,) = [step[2]["items"] for step in steps if step[0] == "datacenters_volumes_get"]
    assert left == []
    assert set(steps[-1]) == {"DELETE"}
