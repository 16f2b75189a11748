"""Responses to valid and invalid requests, which schemathesis generates from the document, must match the document.

`tox -e fuzz` runs it. `HYPOTHESIS_PROFILE=search tox -e fuzz` generates five times as many requests, and new ones in
each run.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

schemathesis = pytest.importorskip("schemathesis")
sys.path.insert(0, str(Path(__file__).parent.parent / "contract"))

import requests  # noqa: E402
from operations import OPERATIONS, for_validators, merged, without_empty  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)
from world import World  # noqa: E402

from ionoscloud import ApiClient  # noqa: E402
from ionoscloud.emulator import CloudEmulator, ManualClock  # noqa: E402

PRESENT = ("present", "there", "here", "found")  # placeholders for existing ids
SELECTING = {"clusterVersion", "regionId", "resourceType"}  # values without matches return an empty list
# A body that is valid for its schema can be rejected, because some rules are only in descriptions. A body that is
# invalid for its schema can be accepted: numbers as text, and null for optional properties. The contract tests check
# credentials.
NOT_CHECKED = [positive_data_acceptance, negative_data_rejection, ignored_auth]
REJECTED = {400, 403, 404, 405, 415, 422}
SUCCESS = {operation.id: operation.status for operation in OPERATIONS}
counts: Counter[int] = Counter()


def document():
    """Return the document with fewer parameter values that are rejected before the body is validated."""
    result = for_validators("http://127.0.0.1/cloudapi/v5")
    parameters = result["components"]["parameters"]
    for parameter in parameters.values():
        if parameter["in"] == "path" and parameter["name"] not in SELECTING:
            parameter.update(schema={"type": "string", "enum": [*PRESENT, "absent"]}, example="there")
    parameters["X-Contract-Number"]["schema"] = {"type": "integer", "enum": [31000001]}
    for item in result["paths"].values():
        for media in item.get("patch", {}).get("requestBody", {}).get("content", {}).values():
            media["schema"] = {**merged(media["schema"]), "required": []}  # a PATCH keeps missing properties
    return result


schema = schemathesis.openapi.from_dict(document())
schema.config.phases.coverage.enabled = False  # the contract tests cover this


@pytest.fixture(scope="module")
def world():
    with (
        CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2) as cloud,
        ApiClient(cloud.configuration()) as client,
    ):
        yield World(cloud, client)


@pytest.fixture(scope="module")
def session(world):
    with requests.Session() as session:
        session.auth = (world.cloud.username, world.cloud.password)
        yield session


@schema.parametrize()
@settings(max_examples=max(20, settings().max_examples // 10), suppress_health_check=[*HealthCheck])
def test_every_response_matches_the_document(case, world, session):
    world.restore()
    for name, value in (case.path_parameters or {}).items():
        if value in PRESENT:
            case.path_parameters[name] = world.ids[name]
    response = case.call(base_url=world.cloud.url, session=session)
    counts[response.status_code] += 1
    if response.content and response.status_code < 300:
        response.content = json.dumps(without_empty(json.loads(response.content))).encode()
    case.validate_response(response, excluded_checks=NOT_CHECKED)
    assert response.status_code in {SUCCESS[case.operation.definition.raw["operationId"]], *REJECTED}


def test_many_requests_were_accepted_and_many_were_rejected():
    assert sum(counts.values()) > 10 * len(OPERATIONS)
    assert min(counts[status] for status in (200, 202, 404, 422)) > 100
