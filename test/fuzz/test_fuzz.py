"""What schemathesis makes up from the document, right and wrong, is always answered as the document says.

`tox -e fuzz` runs it; `HYPOTHESIS_PROFILE=search tox -e fuzz` makes up five times as much, and other things each time.
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

PRESENT = ("present", "there", "here", "found")  # each stands for an id that exists
SELECTING = {"clusterVersion", "regionId", "resourceType"}  # they may lead to an empty list
# That much is not wrong in a body which keeps to its schema may still be refused: the rest is said in words. Whether
# credentials are looked at, the contract tests ask. And a body that does not keep to its schema can be accepted: the
# API takes numbers as text, and null for what is optional.
NOT_CHECKED = [positive_data_acceptance, negative_data_rejection, ignored_auth]
REFUSALS = {400, 403, 404, 405, 415, 422}
SUCCESS = {operation.id: operation.status for operation in OPERATIONS}
answers: Counter[int] = Counter()


def document():
    """The document, with less room for what is refused before anything is looked at."""
    result = for_validators("http://127.0.0.1/cloudapi/v5")
    parameters = result["components"]["parameters"]
    for parameter in parameters.values():
        if parameter["in"] == "path" and parameter["name"] not in SELECTING:
            parameter.update(schema={"type": "string", "enum": [*PRESENT, "absent"]}, example="there")
    parameters["X-Contract-Number"]["schema"] = {"type": "integer", "enum": [31000001]}
    for item in result["paths"].values():
        for media in item.get("patch", {}).get("requestBody", {}).get("content", {}).values():
            media["schema"] = {**merged(media["schema"]), "required": []}  # as it says: the others stay as they are
    return result


schema = schemathesis.openapi.from_dict(document())
schema.config.phases.coverage.enabled = False  # the contract tests go through all of this


@pytest.fixture(scope="module")
def world():
    with CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2) as cloud, ApiClient(cloud.configuration()) as client:
        yield World(cloud, client)


@pytest.fixture(scope="module")
def session(world):
    with requests.Session() as session:
        session.auth = (world.cloud.username, world.cloud.password)
        yield session


@schema.parametrize()
@settings(max_examples=max(20, settings().max_examples // 10), suppress_health_check=[*HealthCheck])
def test_every_answer_is_as_the_document_says(case, world, session):
    world.restore()
    for name, value in (case.path_parameters or {}).items():
        if value in PRESENT:
            case.path_parameters[name] = world.ids[name]
    answer = case.call(base_url=world.cloud.url, session=session)
    answers[answer.status_code] += 1
    if answer.content and answer.status_code < 300:
        answer.content = json.dumps(without_empty(json.loads(answer.content))).encode()
    case.validate_response(answer, excluded_checks=NOT_CHECKED)
    assert answer.status_code in {SUCCESS[case.operation.definition.raw["operationId"]], *REFUSALS}


def test_much_of_it_was_right_and_much_was_wrong():
    assert sum(answers.values()) > 10 * len(OPERATIONS)
    assert min(answers[status] for status in (200, 202, 404, 422)) > 100
