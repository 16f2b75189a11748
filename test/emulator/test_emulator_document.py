"""The emulator follows its document: with another document it is another API."""

from __future__ import annotations

import copy
import json
from importlib import resources

import pytest

from ionoscloud.emulator import CloudEmulator, ManualClock, cloud
from ionoscloud.emulator.document import ApiDocument

TREE = {"type": "object", "required": ["height"], "properties": {
    "height": {"type": "integer", "format": "int32", "minimum": 1},
    "name": {"type": "string", "maxLength": 5},
    "zone": {"type": "string", "enum": ["AUTO", "ZONE_1"], "default": "AUTO"},
    "branches": {"type": "array", "items": {"type": "object", "properties": {"size": {"type": "number"}}}},
}}  # fmt: skip


def reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


def envelope(**properties):
    return {"allOf": [reference("ResourceEnvelope"), {"properties": properties}]}


@pytest.fixture
def content():
    return json.loads(resources.files("ionoscloud.emulator").joinpath("openapi-v5.json").read_text(encoding="utf-8"))


@pytest.fixture
def call(content, monkeypatch, call_of):
    """An API with gardens and trees in them, which no code of the emulator knows."""
    content["components"]["schemas"].update(
        {
            "TreeProperties": TREE,
            "GardenProperties": {"type": "object", "properties": {"name": {"type": "string"}}},
        }
    )
    for path, name in (("/gardens", "Garden"), ("/gardens/{gardenId}/trees", "Tree")):
        metadata = reference("DatacenterElementMetadata")
        content["components"]["schemas"][name] = envelope(metadata=metadata, properties=reference(f"{name}Properties"))
        content["components"]["schemas"][f"{name}s"] = envelope(items={"type": "array", "items": reference(name)})
        text = json.dumps([content["paths"]["/images"], content["paths"]["/images/{imageId}"]])
        for old in ("Images", "ImageProperties", "Image"):
            text = text.replace(f'schemas/{old}"', f'schemas/{old.replace("Image", name)}"')
        collection, item = json.loads(text)
        collection["post"] = copy.deepcopy(item["put"])
        start = {"post": copy.deepcopy(item["delete"])}
        content["paths"].update({f"{path}/{{id}}/start": start})
        content["paths"].update({path: collection, f"{path}/{{id}}": item})
    monkeypatch.setattr(cloud, "api_document", lambda version: ApiDocument(content))
    with CloudEmulator(clock=ManualClock(), queue_time=1, run_time=1) as emulator:
        call = call_of(emulator)
        call.cloud = emulator
        yield call


def test_nested_collections(call):
    assert call("GET", "/gardens").json()["items"] == []
    made = call("POST", "/gardens", json={"properties": {"name": "one"}})
    assert made.status == 202
    assert (made.json()["type"], made.json()["metadata"]["state"]) == ("resource", "BUSY")
    garden = "/gardens/" + made.json()["id"]
    made = call("POST", f"{garden}/trees", json={"properties": {"height": 2}}).json()
    assert made["properties"] == {"height": 2, "name": "", "zone": "AUTO", "branches": []}
    call.cloud.clock.advance(4)  # the garden comes first
    tree = f"{garden}/trees/{made['id']}"
    assert call("GET", tree).json()["metadata"]["state"] == "AVAILABLE"
    assert call("PATCH", tree, json={"name": "web"}).json()["properties"]["height"] == 2
    assert [item["href"] for item in call("GET", f"{garden}/trees").json()["items"]] == [made["href"]]
    assert call("POST", f"{tree}/start").status == 501
    assert call("GET", "/gardens/none/trees").status == 404
    assert call("POST", "/gardens/none/trees", json={"properties": {"height": 2}}).status == 404
    call("DELETE", garden)
    call.cloud.clock.advance(2)
    assert call("GET", tree).status == 404
    assert call("GET", f"{garden}/trees").status == 404


def test_a_failed_creation_leaves_nothing(call):
    call.cloud.fail_next_change()
    garden = "/gardens/" + call("POST", "/gardens", json={"properties": {"name": "one"}}).json()["id"]
    late = call("PATCH", garden, json={"name": "two"}).headers["Location"]
    assert call("GET", garden).json()["metadata"]["state"] == "BUSY"
    call.cloud.clock.advance(4)
    assert call("GET", garden).status == 404
    assert call("GET", "/gardens").json()["items"] == []
    assert call("GET", late).json()["metadata"]["status"] == "FAILED"


def test_limits_of_properties(call):
    garden = "/gardens/" + call("POST", "/gardens", json={"properties": {}}).json()["id"]
    body = {"height": 0, "name": "too long", "branches": [{"size": 1}, {"size": "big", "odd": 1}]}
    response = call("POST", f"{garden}/trees", json={"properties": body})
    assert response.status == 422
    paths = {
        message["message"][1:].partition("]")[0]
        for message in response.json()["messages"]
        if "[1]" not in message["message"]
    }
    assert paths == {"(root).properties.height", "(root).properties.name"}
    messages = [message["message"] for message in response.json()["messages"]]
    assert "[(root).properties.branches.[1].odd] Attribute is not allowed in create requests" in messages
    assert '[(root).properties.branches.[1].size] The value has to be a number, not "big"' in messages


def test_a_parameter_that_is_not_declared_is_not_checked(content, monkeypatch, call_of):
    operation = content["paths"]["/images"]["get"]
    operation["parameters"] = [p for p in operation["parameters"] if not p["$ref"].endswith("depth")]
    operation["responses"]["203"] = operation["responses"].pop("200")
    monkeypatch.setattr(cloud, "api_document", lambda version: ApiDocument(content))
    with CloudEmulator() as emulator:
        assert call_of(emulator)("GET", "/images?depth=99").status == 203
