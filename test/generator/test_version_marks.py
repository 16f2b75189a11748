"""Marks of the versions of the API in the document, and what the generator makes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from generated_project import Project

PROPERTIES = "        cpuHotPlug:"
IMAGES = "openapi/images.yaml"


def documents(project: Project) -> dict[int, Any]:
    code, output = project.generate()
    assert (code, output) == (0, "")
    return {version: json.loads(project.read(f"ionoscloud/emulator/openapi-v{version}.json")) for version in (5, 6)}


def image_properties(project: Project) -> dict[int, Any]:
    found = documents(project).items()
    return {version: tree["components"]["schemas"]["ImageProperties"]["properties"] for version, tree in found}


@pytest.mark.parametrize(("mark", "version"), [("x-since: 6", 6), ("x-until: 5", 5)])
def test_a_field_of_one_version_is_one_line(project, mark, version):
    line = f"        vault: {{{mark}, type: string, description: Vault of the image.}}\n"
    project.replace(IMAGES, PROPERTIES, line + PROPERTIES)
    found = image_properties(project)
    assert "vault" in found[version]
    assert "vault" not in found[11 - version]
    declaration = f'    vault: str | None = field("vault", "str", {mark.removeprefix("x-").replace(": ", "=")})\n'
    model = project.read("ionoscloud/models/image_properties.py")
    assert f'{declaration}    """Vault of the image. Only in v{version}."""\n' in model
    assert f"Vault of the image. Only in v{version}." in project.read("docs/models/ImageProperties.md")


def test_a_field_of_v6_comes_after_those_of_v5(project):
    line = "        vault: {x-since: 6, type: string, description: Vault of the image.}\n"
    project.replace(IMAGES, PROPERTIES, line + PROPERTIES)
    documents(project)
    model = project.read("ionoscloud/models/image_properties.py")
    assert model.index("vault: str") > model.index("cloud_init: ")


def test_a_reference_can_be_marked(project):
    line = '        owner: {$ref: "info.yaml#/components/schemas/Info", x-since: 6}\n'
    project.replace(IMAGES, PROPERTIES, line + PROPERTIES)
    found = image_properties(project)
    assert "owner" not in found[5]
    assert found[6]["owner"] == {"$ref": "#/components/schemas/Info"}


def test_values_of_a_list_can_be_marked(project):
    line = (
        "        tier:\n          type: string\n          description: Tier of the storage.\n"
        "          enum: [COLD, {value: HOT, x-since: 6}]\n"
    )
    project.replace(IMAGES, PROPERTIES, line + PROPERTIES)
    found = image_properties(project)
    assert [found[version]["tier"]["enum"] for version in (5, 6)] == [["COLD"], ["COLD", "HOT"]]
    model = project.read("ionoscloud/models/image_properties.py")
    assert 'Tier = Literal["COLD", "HOT"]' in model
    assert '"tier", "str", enum=get_args(Tier)[:1], v6={"enum": get_args(Tier)}' in model
    assert "One of `COLD`, `HOT` (in v6); servers may add more." in project.read("docs/models/ImageProperties.md")


def test_a_constant_of_one_version_is_marked(project):
    value = "        - datacenter\n"
    project.replace("openapi/common.yaml", value, value + "        - {value: vault, x-since: 6}\n")
    documents(project)
    page = project.read("docs/models/Type.md")
    assert "| `datacenter` |" in page
    assert "| `Type.VAULT` | `vault` (in v6) |" in page


def test_a_field_can_be_required_in_one_version(project):
    required = "required: [licenceType]"
    project.replace(IMAGES, required, "required: [licenceType, {value: name, x-since: 6}]")
    documents(project)
    model = project.read("ionoscloud/models/image_properties.py")
    assert 'name: str | None = field("name", "str", v6={"required": True})' in model
    assert "Required in v6." in model


def test_a_response_can_differ_between_the_versions(project):
    images, image = (f'{{$ref: "#/components/schemas/{name}"}}' for name in ("Images", "Image"))
    project.replace(IMAGES, f"schema: {images}", f"schema: {{x-v5: {images}, x-v6: {image}}}")
    project.replace(IMAGES, "x-page-size: 1000", "x-v5: {x-page-size: 1000}")
    found = documents(project)
    schemas = [
        tree["paths"]["/images"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        for tree in found.values()
    ]
    assert schemas == ["#/components/schemas/Images", "#/components/schemas/Image"]
    api = project.read("ionoscloud/api/image_api.py")
    assert (
        '    response_type="Images",\n    page_size=1000,\n    v6={"response_type": "Image", "page_size": 0},\n' in api
    )
    assert "-> models.Images | models.Image:" in api


def test_an_operation_and_a_parameter_of_one_version_are_marked(project):
    project.replace(IMAGES, "    delete:\n", "    delete:\n      x-until: 5\n")
    parameter = "{name: fast, in: query, x-since: 6, description: Whether to hurry., schema: {type: boolean}}"
    project.replace(IMAGES, 'parameters: {$ref: "common.yaml#/x-common-parameters"}', f"parameters: [{parameter}]")
    found = documents(project)
    assert "delete" in found[5]["paths"]["/images/{imageId}"]
    assert "delete" not in found[6]["paths"]["/images/{imageId}"]
    assert [len(found[version]["paths"]["/images"]["get"]["parameters"]) for version in (5, 6)] == [0, 1]
    api = project.read("ionoscloud/api/image_api.py")
    assert 'parameters=(Parameter("fast", "fast", "query", "bool", since=6),),' in api
    assert "    until=5,\n" in api
    assert "fast: Whether to hurry. Only in v6." in api


def test_the_example_of_a_call_is_valid_in_the_older_version(project):
    older, newer = '"#/components/schemas/ImageProperties"', '"info.yaml#/components/schemas/Info"'
    both = f"schema:\n              x-v5: {{$ref: {older}}}\n              x-v6: {{$ref: {newer}}}"
    project.replace(IMAGES, f"schema: {{$ref: {older}}}", both)
    project.replace(IMAGES, "        name: {", "        name: {x-since: 6, ")
    documents(project)
    page = project.read("docs/api/ImageApi.md")
    example = page.partition("\n## `images_patch`\n")[2].partition("```python\n")[2].partition("```")[0]
    assert "ionoscloud.ImageProperties(" in example
    assert "(name=" not in example
    names = ("ImageProperties", "Info")
    assert " or ".join(f"[{name}](../models/{name}.md)" for name in names) in page


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cpuHotPlug: {", "cpuHotPlug: {x-since: 7, ", "cpuHotPlug/x-since: must be a version of the API: 5 or 6"),
        ("cpuHotPlug: {", "cpuHotPlug: {x-until: six, ", "cpuHotPlug/x-until: must be a version of the API: 5 or 6"),
        ("cpuHotPlug: {", "cpuHotPlug: {x-v7: {type: string}, ", "cpuHotPlug/x-v7: must be a mapping for a version"),
        ("cpuHotPlug: {", "cpuHotPlug: {x-v6: true, ", "cpuHotPlug/x-v6: must be a mapping for a version of the API"),
        ("cpuHotPlug: {", "cpuHotPlug: {x-v6: {type: string}, ", "is bool in one version, str in the other"),
        ("x-page-size: 1000", "x-size: 1000", "has no x-page-size: the number of items that the list has at most"),
        (
            "operationId: imagesPatch",
            "operationId: imagesPatch\n      x-v6: {x-waits-for: state}",
            "images_patch: the versions differ in what shows that the change is done",
        ),
        ("operationId: imagesGet", "x-v5: {operationId: imagesGet}", "~1images/get: has no operationId"),
    ],
)  # fmt: skip
def test_an_invalid_mark_or_difference_is_rejected(project, old, new, message):
    project.generate()
    before = project.files()
    project.replace(IMAGES, old, new)
    code, output = project.generate()
    assert code == 2
    assert message in output
    assert project.files() == before
