"""Responses to valid and invalid requests, which schemathesis generates from a document, must match the document.

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
from operations import DOCUMENTS, JSON, OPERATIONS, without_empty  # noqa: E402
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
EXAMPLES = max(8, settings().max_examples // 25)  # for each operation of each version
counts: dict[int, Counter[int]] = {version: Counter() for version in OPERATIONS}


def document(version):
    """Return the document with fewer parameter values that are rejected before the body is validated."""
    result = DOCUMENTS[version].for_validators(f"http://127.0.0.1/cloudapi/v{version}")
    parameters = result["components"]["parameters"]
    for parameter in parameters.values():
        if parameter["in"] == "path" and parameter["name"] not in SELECTING:
            parameter.update(schema={"type": "string", "enum": [*PRESENT, "absent"]}, example="there")
    parameters["X-Contract-Number"]["schema"] = {"type": "integer", "enum": [31000001]}
    # The document describes YAML as text, but schemathesis parses it.
    yaml = result["paths"]["/k8s/{k8sClusterId}/kubeconfig"]["get"]["responses"]["200"]["content"]
    yaml.update({name: {} for name in yaml if "yaml" in name})
    for item in result["paths"].values():
        for media in item.get("patch", {}).get("requestBody", {}).get("content", {}).values():
            schema = DOCUMENTS[version].merged(media["schema"])
            media["schema"] = {**schema, "required": []}  # a PATCH keeps missing properties
    return result


@pytest.fixture(scope="module")
def world():
    with (
        CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2) as cloud,
        ApiClient(cloud.configuration(api_version=5)) as older,
        ApiClient(cloud.configuration(api_version=6)) as newer,
    ):
        yield World(cloud, older, newer)


@pytest.fixture(scope="module")
def session(world):
    with requests.Session() as session:
        session.auth = (world.cloud.username, world.cloud.password)
        yield session


def responses_match_the_document(version):
    """Return a test of each operation of a version."""
    schema = schemathesis.openapi.from_dict(document(version))
    schema.config.phases.coverage.enabled = False  # the contract tests cover this

    @schema.parametrize()
    @settings(max_examples=EXAMPLES, suppress_health_check=[*HealthCheck])
    def test(case, world, session):
        world.restore()
        operation = OPERATIONS[version][case.operation.definition.raw["operationId"]]
        ids = world.path_arguments(operation)
        for name, value in (case.path_parameters or {}).items():
            if value in PRESENT:
                case.path_parameters[name] = ids[name]
        response = case.call(base_url=world.cloud.urls[version], session=session)
        counts[version][response.status_code] += 1
        if response.status_code < 300 and response.headers.get("content-type") == [JSON]:
            response.content = json.dumps(without_empty(json.loads(response.content))).encode()
        case.validate_response(response, excluded_checks=NOT_CHECKED)
        assert response.status_code in {operation.status, *REJECTED}

    return test


test_every_response_of_v5_matches_the_document = responses_match_the_document(5)
test_every_response_of_v6_matches_the_document = responses_match_the_document(6)


@pytest.mark.parametrize("version", OPERATIONS)
def test_many_requests_were_accepted_and_many_were_rejected(version):
    assert sum(counts[version].values()) > 5 * len(OPERATIONS[version])
    assert min(counts[version][status] for status in (200, 202, 404, 422)) > 50
