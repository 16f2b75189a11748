"""Errors of the generator: an invalid document is rejected with the file and the position."""

from __future__ import annotations

import pytest
from generated_project import Project

from ionoscloud import ApiClient
from ionoscloud._base_api import BaseApi
from ionoscloud._models.base import Collection

IMAGES = "openapi/images.yaml"
GET = "#/paths/~1images/get"
PROPERTIES = "#/components/schemas/ImageProperties/properties"
NAME = "name: {type: string, x-kept: true, description: Name of the image; the file name for an uploaded image.}"
SIZE = "size: {type: number, readOnly: true"
PARAMETERS = '      parameters: {$ref: "common.yaml#/x-common-parameters"}'


def case(old: str, new: str, where: str, message: str, path: str = IMAGES) -> tuple[str, str, str, str]:
    return path, old, new, f"{path}{where}: {message}"


CASES = {
    "unknown component": case(
        'schema: {$ref: "#/components/schemas/Images"}',
        'schema: {$ref: "#/components/schemas/Pictures"}',
        f"{GET}/responses/200/content/application~1json/schema",
        "$ref #/components/schemas/Pictures: the target does not exist",
    ),
    "unknown file": case(
        '"common.yaml#/x-headers"',
        '"comon.yaml#/x-headers"',
        f"{GET}/responses/200/headers",
        "$ref comon.yaml#/x-headers: openapi/comon.yaml does not exist",
    ),
    "unknown part": case(
        '"common.yaml#/x-headers"',
        '"common.yaml#/x-header"',
        f"{GET}/responses/200/headers",
        "$ref common.yaml#/x-header: the target does not exist",
    ),
    "reference to a path": case(
        'schema: {$ref: "#/components/schemas/Images"}',
        'schema: {$ref: "#/paths/~1images"}',
        f"{GET}/responses/200/content/application~1json/schema",
        "$ref #/paths/~1images: the target is neither a component nor an x- key",
    ),
    "sibling of a reference": case(
        'properties: {$ref: "#/components/schemas/ImageProperties"}',
        'properties: {$ref: "#/components/schemas/ImageProperties", readOnly: true}',
        "#/components/schemas/Image/allOf/1/properties/properties",
        "keys next to a $ref have no effect; use allOf",
    ),
    "duplicate operationId": case(
        "operationId: imagesFindById",
        "operationId: imagesGet",
        "#/paths/~1images~1{imageId}/get/operationId",
        "'imagesGet' is already the operationId of GET /images",
    ),
    "same method name": case(
        "operationId: imagesFindById",
        "operationId: ImagesGet",
        "#/paths/~1images~1{imageId}/get",
        "the Python name 'images_get' is already used",
    ),
    "no operationId": case("      operationId: imagesGet\n", "", GET, "has no operationId"),
    "operationId": case("operationId: imagesGet", "operationId: 2get", GET, "'2get' is not a valid Python name"),
    "operationId with an underscore": case(
        "operationId: imagesGet", "operationId: _call", GET, "'_call' starts with an underscore"
    ),
    "operationId of the base": case(
        "operationId: imagesGet", "operationId: apiClient", GET, "'api_client' is reserved in generated classes"
    ),
    "operationId that annotations use": case(
        "operationId: imagesGet", "operationId: models", GET, "'models' is reserved in generated classes"
    ),
    "what shows the end of a change": case(
        "operationId: imagesPatch",
        "operationId: imagesPatch\n      x-waits-for: progress",
        "#/paths/~1images~1{imageId}/patch/x-waits-for",
        "must be one of request, state, deletion",
    ),
    "undeclared tag": case("tags: [Image]", "tags: [Imge]", GET, "the tag 'Imge' is not declared under tags"),
    "alias that is not a valid name": case("{ImagesApi:", "{2Api:", GET, "'2Api' is not a valid Python name"),
    "alias that is a model": case("{ImagesApi:", "{Images:", GET, "'Images' is reserved in generated classes"),
    "alias of the base": case("{ImagesApi:", "{BaseApi:", GET, "'BaseApi' is reserved in generated classes"),
    "alias that is a class": case("{ImagesApi:", "{ImageApi:", GET, "the Python name 'imageapi' is already used"),
    "alias without a module": (
        IMAGES,
        "{ImagesApi: images_api}",
        "[ImagesApi]",
        "openapi/openapi.yaml#/tags/0/x-aliases: must be a mapping",
    ),
    "alias in no module": case("images_api", "a-b", GET, "'a-b' is not a valid Python name"),
    "alias in a module of the package": case(
        "images_api", "_parameters", GET, "'_parameters' is reserved in generated classes"
    ),
    "alias in the module of a class": case(
        "{RequestsApi: requests_api}",
        "{RequestsApi: image_api}",
        "#/paths/~1requests/get",
        "the Python name 'image_api' is already used",
        "openapi/requests.yaml",
    ),
    "slashes in a query": case(
        "        in: path\n",
        "        in: query\n        x-slashes: true\n",
        "#/paths/~1images~1{imageId}/parameters/0",
        "only a path parameter can have x-slashes",
    ),
    "alias of another": case(
        "{RequestsApi:",
        "{imagesApi:",
        "#/paths/~1requests/get",
        "the Python name 'imagesapi' is already used",
        "openapi/requests.yaml",
    ),
    "no tag": case("      tags: [Image]\n", "", GET, "has no tag"),
    "two tags": case("tags: [Image]", "tags: [Image, Disk]", GET, "must have exactly one tag"),
    "no summary": case("      summary: List images\n", "", GET, "has no summary"),
    "no description": case(
        "      description: Return one image with all its properties, regardless of `depth`.\n",
        "",
        "#/paths/~1images~1{imageId}/get",
        "has no description",
    ),
    "no success": case('        "200":\n', '        "400":\n', GET, "has no success response"),
    "no description of a parameter": case(
        "        description: ID of the image.\n",
        "",
        "#/paths/~1images~1{imageId}/parameters/0",
        "has no description",
    ),
    "no description of a property": case(NAME, "name: {type: string}", f"{PROPERTIES}/name", "has no description"),
    "no description of a schema": case(
        "      description: A list of images.\n", "", "#/components/schemas/Images", "has no description"
    ),
    "no name of a property": case(NAME, f"2{NAME}", f"{PROPERTIES}/2name", "'2name' is not a valid Python name"),
    "property of the base": case(
        NAME,
        NAME.replace("name:", "toDict:", 1),
        f"{PROPERTIES}/toDict",
        "'to_dict' is reserved in generated classes",
    ),
    "property whose values have the name of the class": case(
        NAME,
        "imageProperties: {type: string, enum: [A], description: A.}",
        f"{PROPERTIES}/imageProperties",
        "'ImageProperties' is reserved in generated classes",
    ),
    "same attribute": case(
        SIZE,
        SIZE.replace("size", "Name"),
        f"{PROPERTIES}/Name",
        "the Python name 'name' is already used",
    ),
    "no name of a schema": case(
        "    Image:\n      type: object",
        "    2Image:\n      type: object",
        "#/components/schemas/2Image",
        "'2Image' is not a valid Python name",
    ),
    "same module": case(
        "    ImageProperties:\n",
        "    IMAGE: {type: object, description: Another., properties: {a: {type: string, description: A.}}}\n"
        "    ImageProperties:\n",
        "#/components/schemas/IMAGE",
        "the Python name 'image' is already used",
    ),
    "unknown required property": case(
        "required: [licenceType]",
        "required: [licenseType]",
        "#/components/schemas/ImageProperties",
        "requires 'licenseType', which is not a property",
    ),
    "unsupported keyword": case(
        NAME,
        "name: {oneOf: [{type: string}], type: string, description: Name.}",
        f"{PROPERTIES}/name/oneOf",
        "the keyword oneOf is not supported in a schema",
    ),
    "unsupported type": case(
        NAME, 'name: {type: "null", description: N.}', f"{PROPERTIES}/name", "type 'null' is not supported"
    ),
    "type that is not a string": case(
        NAME, "name: {type: [string], description: N.}", f"{PROPERTIES}/name", "type \"['string']\" is not supported"
    ),
    "parameters that are not a list": case(PARAMETERS, "      parameters: all", f"{GET}/parameters", "must be a list"),
    "object inside": case(
        NAME,
        "name: {type: object, description: N., properties: {a: {type: string, description: A.}}}",
        f"{PROPERTIES}/name",
        "nested objects are not supported; define a named schema under components",
    ),
    "array without items": case(NAME, "name: {type: array, description: N.}", f"{PROPERTIES}/name", "has no items"),
    "enum of other values than strings": case(
        "enum: [NONE, V1]", "enum: [NO, V1]", f"{PROPERTIES}/cloudInit/enum", "every value must be a string; quote it"
    ),
    "abstract property": case(
        'properties: {$ref: "#/components/schemas/ImageProperties"}',
        'properties: {$ref: "common.yaml#/components/schemas/ResourceEnvelope"}',
        "#/components/schemas/Image/allOf/1/properties/properties",
        "ResourceEnvelope is abstract: only allOf may refer to it",
    ),
    "path parameter without a place": case(
        "  /images/{imageId}:",
        "  /images/one:",
        "#/paths/~1images~1one/get",
        "the path parameter 'imageId' is not in the path",
    ),
    "place without a path parameter": case(
        "  /images:", "  /{kind}/images:", "#/paths/~1{kind}~1images/get", "the path has {kind} but no parameter for it"
    ),
    "optional path parameter": case(
        "        required: true\n        description: ID",
        "        description: ID",
        "#/paths/~1images~1{imageId}/parameters/0",
        "a path parameter must have required: true",
    ),
    "parameter in a cookie": case(
        "        in: path\n",
        "        in: cookie\n",
        "#/paths/~1images~1{imageId}/parameters/0",
        "parameters in 'cookie' are not supported",
    ),
    "parameter named like an option": case(
        PARAMETERS,
        "      parameters: [{name: asyncReq, in: query, description: A., schema: {type: string}}]",
        f"{GET}/parameters/0",
        "'async_req' is reserved in generated classes",
    ),
    "parameter listed twice": case(
        PARAMETERS,
        "      parameters:\n        - {name: a, in: query, description: A., schema: {type: string}}\n"
        "        - {name: a, in: query, description: A., schema: {type: string}}",
        f"{GET}/parameters/1",
        "the parameter 'a' is listed twice",
    ),
    "allOf in a circle": case(
        "    Images:\n      type: object\n      description: A list of images.\n      allOf:\n",
        "    Images:\n      type: object\n      description: A list of images.\n      allOf:\n"
        '        - $ref: "#/components/schemas/Images"\n',
        "#/components/schemas/Images",
        "allOf is circular",
    ),
    "content of another type": case(
        '          application/json:\n            schema: {$ref: "#/components/schemas/ImageProperties"}',
        '          application/xml:\n            schema: {$ref: "#/components/schemas/ImageProperties"}',
        "#/paths/~1images~1{imageId}/patch/requestBody/content",
        "only JSON and",
    ),
    "key of a path": case(
        "  /images:\n", "  /images:\n    trace: {}\n", "#/paths/~1images/trace", "trace is not supported in a path"
    ),
    "key of a family": case("\npaths:\n", "\nservers: []\npaths:\n", "#/servers", "only paths, components, tags"),
    "x- parts in a circle": case(
        "x-common-parameters:\n",
        'x-a: {$ref: "#/x-b"}\nx-b: {$ref: "#/x-a"}\nx-common-parameters:\n',
        "#/x-a",
        "contains itself",
        "openapi/common.yaml",
    ),
    "duplicate key": case(
        "      summary: List images\n",
        "      summary: List images\n      summary: List\n",
        ": line ",
        "",
    ),
    "wrong YAML": case("tags: [Image]", "tags: [Image", ": line ", ""),
    "key that is not a string": case('        "200":\n', "        200:\n", ": line ", ""),
}


def test_members_of_the_base_classes_are_reserved() -> None:
    from generator.parser import API_MEMBERS, MODEL_MEMBERS

    for base, members in ((BaseApi(ApiClient()), API_MEMBERS), (Collection(), MODEL_MEMBERS)):
        assert {name for name in dir(base) if not name.startswith("_")} == members


@pytest.mark.parametrize("name", CASES)
def test_an_invalid_document_is_rejected(project: Project, name: str) -> None:
    path, old, new, expected = CASES[name]
    project.replace(path, old, new)
    code, output = project.generate()
    assert code == 2
    assert expected.rstrip(": ") in output, output
    assert not project.files(), "something was written"


def test_a_duplicate_key_is_reported_with_its_line(project: Project) -> None:
    project.write("openapi/more.yaml", "paths: {}\npaths: {}\n")
    assert project.generate() == (2, "openapi/more.yaml: line 2: duplicate key 'paths'\n")


def test_a_duplicate_component_or_method_is_rejected(project: Project) -> None:
    text = project.read(IMAGES)
    project.write("openapi/more.yaml", text[text.index("paths:") :])
    code, output = project.generate()
    assert code == 2
    assert "openapi/more.yaml#/paths/~1images/get: is already defined in openapi/images.yaml" in output
    assert "openapi/more.yaml#/components/schemas/Image: is already defined in openapi/images.yaml" in output


def test_all_problems_are_reported_together(project: Project) -> None:
    project.replace(IMAGES, "      tags: [Image]\n", "")
    project.replace(IMAGES, NAME, "name: {type: string}")
    project.replace("openapi/info.yaml", '"common.yaml#/x-headers"', '"#/x-headers"')
    code, output = project.generate("--check")
    assert code == 2
    assert sorted(output.splitlines()) == [
        f"{IMAGES}{PROPERTIES}/name: has no description",
        f"{IMAGES}{GET}: has no tag",
        "openapi/info.yaml#/paths/~1/get/responses/200/headers: $ref #/x-headers: the target does not exist",
    ]


def test_an_invalid_document_changes_no_files(project: Project) -> None:
    project.generate()
    before = project.files()
    project.replace(IMAGES, "      tags: [Image]\n", "")
    assert project.generate()[0] == 2
    assert project.files() == before


def test_without_the_main_file_nothing_is_written(project: Project) -> None:
    (project.root / "openapi/openapi.yaml").unlink()
    assert project.generate() == (2, "openapi/openapi.yaml: is missing\n")
