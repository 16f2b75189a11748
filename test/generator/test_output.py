"""Output of the generator, from the real document and from changed copies of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from generated_project import REPOSITORY, Project

FAMILY = """\
tags:
  - {name: Ice Cream, description: Operations on flavours., x-aliases: {SorbetApi: sorbets_api, FlavoursApi: ices_api}}
paths:
  /flavours:
    post:
      operationId: flavoursPost
      tags: [Ice Cream]
      summary: Make a flavour
      description: Makes a flavour.
      parameters: {$ref: "common.yaml#/x-common-parameters"}
      requestBody:
        required: true
        description: The flavour to make.
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Flavour"}
      responses:
        "202":
          description: The flavour with the requested values.
          headers: {$ref: "common.yaml#/x-accepted-headers"}
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Flavour"}
        default: {$ref: "common.yaml#/components/responses/Error"}
components:
  schemas:
    Flavour:
      type: object
      description: A flavour of ice-cream.
      required: [name]
      properties:
        name: {type: string, description: Name of the flavour.}
        weight: {type: number, minimum: 0.5, description: Weight in kg.}
        recipe: {type: string, x-secret: true, description: How it is made.}
        toppings: {$ref: "#/components/schemas/Toppings"}
        madeOn: {type: string, format: date-time, readOnly: true, nullable: true, description: When it was made.}
    Toppings:
      type: object
      description: Toppings by name.
      additionalProperties: {type: string}
"""
FORM = """\
tags:
  - {name: Cone, description: Operations on cones.}
paths:
  /cones/{coneId}/take-picture:
    post:
      operationId: conesTake-picturePost
      tags: [Cone]
      summary: Take a picture
      description: Takes a picture.
      parameters:
        - {name: coneId, in: path, required: true, description: Id of the cone., schema: {type: string}}
        - $ref: "common.yaml#/components/parameters/depth"
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              properties:
                name: {type: string, description: Name of the picture., example: before-lunch}
                secAuthProtection: {type: boolean, description: Whether it is protected.}
      responses:
        "202":
          description: Accepted.
          content:
            application/json:
              schema: {type: object}
"""
SHOP = """\
tags:
  - {name: Shop, description: Operations on shops.}
paths:
  /shops/{shopId}/flavours:
    x-attaches: {from: "/flavours"}
    parameters:
      - $ref: "#/components/parameters/shopId"
    get:
      operationId: shopsFlavoursGet
      tags: [Shop]
      summary: List flavours
      description: Lists the names of the flavours.
      responses:
        "200":
          description: The names.
          content:
            application/json:
              schema: {type: array, items: {type: string}}
    post:
      operationId: shopsFlavoursPost
      tags: [Shop]
      summary: Offer a flavour
      description: Offers a flavour that exists.
      requestBody:
        required: true
        description: The flavour to offer.
        content:
          application/json:
            schema: {$ref: "ice_cream.yaml#/components/schemas/Flavour"}
      responses:
        "202":
          description: The flavour.
          content:
            application/json:
              schema: {$ref: "ice_cream.yaml#/components/schemas/Flavour"}
  /shops/{shopId}:
    parameters:
      - $ref: "#/components/parameters/shopId"
    patch:
      operationId: shopsPatch
      tags: [Shop]
      summary: Change a shop
      description: Changes a shop.
      parameters:
        - $ref: "common.yaml#/components/parameters/depth"
      requestBody:
        required: true
        description: What to change.
        content:
          application/json:
            schema: {$ref: "#/components/schemas/ShopProperties"}
      responses:
        "200":
          description: The shop.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/ShopProperties"}
components:
  parameters:
    shopId:
      name: shopId
      in: path
      required: true
      description: Id of the shop.
      example: corner
      schema: {type: string}
  schemas:
    ShopProperties:
      type: object
      description: What a shop is.
      required: [street]
      properties:
        street: {type: string, description: Where the shop is.}
        keyCode: {type: string, writeOnly: true, description: What opens the door., example: "0000"}
        seats: {type: integer, description: How many guests can sit., example: 12}
"""


def test_the_committed_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    from generator.__main__ import main

    assert main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("version", [5, 6])
def test_the_merged_document_is_valid(version: int) -> None:
    validate = pytest.importorskip("openapi_spec_validator").validate
    document = json.loads((REPOSITORY / f"ionoscloud/emulator/openapi-v{version}.json").read_text("utf-8"))
    validate(document)
    references = re.findall(r'"\$ref": "([^"]*)"', json.dumps(document))
    assert references and all(reference.startswith("#/components/") for reference in references)


def test_the_document_of_v5_has_not_changed() -> None:
    """v5 is complete: what v6 adds must not reach it. Descriptions and the order of the parts may change."""
    document = without_texts(json.loads((REPOSITORY / "ionoscloud/emulator/openapi-v5.json").read_text("utf-8")))
    found = {name: document[name] for name in ("openapi", "info", "servers", "security")}
    for path, item in document["paths"].items():
        shared = item.pop("parameters", [])
        found.update({f"{method.upper()} {path}": {"path parameters": shared, **item[method]} for method in item})
    for group, members in document["components"].items():
        found.update({f"{group} {name}": member for name, member in members.items()})
    assert found == json.loads(Path(__file__).with_name("openapi-v5-facts.json").read_text("utf-8"))


def without_texts(value: Any) -> Any:
    """Return a part of a document without its descriptions, the examples of objects and its `x-` keys."""
    if isinstance(value, list):
        return [without_texts(item) for item in value]
    if not isinstance(value, dict):
        return value
    texts = {key for key in ("description", "summary") if isinstance(value.get(key), str)}
    texts |= {"example"} if value.get("type") == "object" else set()
    return {key: without_texts(item) for key, item in value.items() if key not in texts and key[:2] != "x-"}


def test_a_second_run_writes_the_same_files(project: Project) -> None:
    assert project.generate()[0] == 0
    first = project.files()
    assert len(first) > 40
    assert project.generate() == (0, "")
    assert project.files() == first
    assert project.generate("--check") == (0, "")
    assert all(b"\r" not in content and content.endswith(b"\n") for content in first.values())


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_output_does_not_depend_on_the_hash_seed(project: Project, seed: str) -> None:
    project.generate()
    command = [sys.executable, "-m", "generator", "--check", "--root", str(project.root)]
    environment = {"PYTHONHASHSEED": seed, "PATH": ""}
    assert subprocess.run(command, cwd=REPOSITORY, env=environment).returncode == 0


def test_check_reports_changed_missing_and_stale_files(project: Project) -> None:
    project.generate()
    project.replace("docs/models/Image.md", "# Image", "# Picture")
    (project.root / "ionoscloud/models/image.py").unlink()
    project.write("ionoscloud/api/old_api.py", "# Generated by `make generate` from openapi/old.yaml; ...\n")
    before = project.files()
    code, output = project.generate("--check")
    assert code == 1
    assert "-# Picture\n+# Image\n" in output
    assert "ionoscloud/models/image.py: is missing" in output
    assert "ionoscloud/api/old_api.py: is no longer generated" in output
    assert project.files() == before


def test_only_stale_generated_files_are_deleted(project: Project) -> None:
    project.write("ionoscloud/api/old_api.py", "# Generated by `make generate` from openapi/old.yaml; ...\n")
    project.write("docs/models/Old.md", "<!-- Generated by `make generate` from openapi/old.yaml; ... -->\n")
    project.write("docs/models/README.md", "By hand.\n")
    assert project.generate()[0] == 0
    assert {"ionoscloud/api/old_api.py", "docs/models/Old.md"}.isdisjoint(project.files())
    assert project.read("docs/models/README.md") == "By hand.\n"


def test_one_line_in_the_document_adds_an_attribute(project: Project) -> None:
    project.generate()
    before = project.files()
    project.replace(
        "openapi/images.yaml",
        "        cpuHotPlug:",
        "        freeOfCharge: {type: boolean, description: Whether it costs nothing.}\n        cpuHotPlug:",
    )
    assert project.generate()[0] == 0
    after = project.files()
    assert {path for path in after if after[path] != before.get(path)} == {
        "docs/models/ImageProperties.md",
        "ionoscloud/emulator/openapi-v5.json",
        "ionoscloud/emulator/openapi-v6.json",
        "ionoscloud/models/image_properties.py",
    }
    model = project.read("ionoscloud/models/image_properties.py")
    declaration = (
        '    free_of_charge: bool | None = field("freeOfCharge", "bool")\n    """Whether it costs nothing."""\n'
    )
    assert declaration in model
    assert re.findall(r"^    (\w+): ", model, re.M)[3:6] == ["size", "free_of_charge", "cpu_hot_plug"]
    assert "| `free_of_charge` | `freeOfCharge` | `bool` | Whether it costs nothing. |" in project.read(
        "docs/models/ImageProperties.md"
    )


def test_one_file_in_the_document_adds_a_family(project: Project) -> None:
    project.generate()
    before = project.files()
    project.write("openapi/ice_cream.yaml", FAMILY)
    assert project.generate()[0] == 0
    after = project.files()
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {
        "docs/api/IceCreamApi.md",
        "docs/models/Flavour.md",
        "docs/reference.md",
        "ionoscloud/api/__init__.py",
        "ionoscloud/api/ice_cream_api.py",
        "ionoscloud/api/ice_cream_api.pyi",
        "ionoscloud/api/ices_api.py",
        "ionoscloud/api/sorbets_api.py",
        "ionoscloud/emulator/openapi-v5.json",
        "ionoscloud/emulator/openapi-v6.json",
        "ionoscloud/models/__init__.py",
        "ionoscloud/models/flavour.py",
    }
    assert '"IceCreamApi": "ionoscloud.api.ice_cream_api",' in project.read("ionoscloud/api/__init__.py")
    assert '"SorbetApi": "ionoscloud.api.ice_cream_api:IceCreamApi",' in project.read("ionoscloud/api/__init__.py")
    assert "\n\n    FlavoursApi = IceCreamApi\n    ImagesApi =" in project.read("ionoscloud/api/__init__.py")
    sorbets = project.read("ionoscloud/api/sorbets_api.py")
    assert "\nfrom ionoscloud.api.ice_cream_api import IceCreamApi\n" in sorbets
    assert sorbets.endswith("\nSorbetApi = IceCreamApi\n")
    assert "import Flavour as Flavour" in project.read("ionoscloud/models/__init__.py")
    model = project.read("ionoscloud/models/flavour.py")
    weight = 'weight: float | None = field("weight", "float", minimum=0.5)'
    assert f'{weight}\n    """Weight in kg. At least 0.5."""' in model
    assert 'toppings: dict[str, str] | None = field("toppings", "dict(str, str)")\n    """Toppings by name."""' in model
    assert 'made_on: datetime | None = field("madeOn", "datetime", read_only=True, nullable=True)' in model
    assert 'recipe: str | None = field("recipe", "str", secret=True)' in model
    api = project.read("ionoscloud/api/ice_cream_api.py")
    assert "        self,\n        flavour: models.Flavour | dict[str, Any],\n        *,\n        pretty: bool" in api
    (project.root / "openapi/ice_cream.yaml").unlink()
    project.generate()
    assert project.files() == before


RESULT = 'content: {application/json: {schema: {$ref: "#/components/schemas/Flavour"}}}'


def operation(verb: str, number: int, headers: str, result: str = RESULT) -> str:
    """Return an operation of a document."""
    return f"""
    {verb}:
      operationId: {verb}Flavours{number}
      tags: [Ice Cream]
      summary: Do it
      description: Does it.
      responses:
        "202":
          description: It.
          headers: {{$ref: "common.yaml#/{headers}"}}
          {result}
"""


@pytest.mark.parametrize(
    ("verb", "path", "reads", "result", "expected"),
    [
        ("put", "/flavours/{id}", ["/flavours/{id}"], RESULT, "/flavours/{id}"),
        ("delete", "/flavours/{id}", ["/flavours/{id}"], "", "/flavours/{id}"),
        ("delete", "/shops/{shop}/flavours/{id}", ["/flavours/{id}"], "", ""),
        ("post", "/flavours", ["/flavours/{id}", "/top/{topId}"], RESULT, "/flavours/{id}"),
        ("post", "/shops/{shop}/mix", ["/flavours/{id}"], RESULT, "/flavours/{id}"),
        ("post", "/shops/{shop}/mix", ["/towns/{town}/flavours/{id}"], RESULT, ""),
        ("post", "/shops/{shop}/flavours/{id}", ["/shops/{shop}/flavours/{id}"], RESULT, "/shops/{shop}/flavours/{id}"),
        ("post", "/flavours/{id}/freeze", ["/flavours/{id}"], "", "/flavours/{id}"),
        ("post", "/flavours/{id}/freeze", ["/flavours/{other}"], "", ""),
    ],
)
def test_a_change_has_the_path_that_returns_its_resource(
    project: Project, verb: str, path: str, reads: list[str], result: str, expected: str
) -> None:
    head, components = FAMILY.partition("paths:")[0], FAMILY.partition("components:\n")[2]
    paths = dict.fromkeys([path, *reads], "")
    paths[path] += operation(verb, 0, "x-accepted-headers", result)
    for number, place in enumerate(reads, 1):
        paths[place] += operation("get", number, "x-headers")
    for place in paths:
        names = re.findall("{(.*?)}", place)
        given = [f"{{name: {name}, in: path, required: true, schema: {{type: string}}}}" for name in names]
        described = ", ".join(each.replace(", schema", ", description: Its id., schema") for each in given)
        paths[place] = f"  {place}:\n    parameters: [{described}]{paths[place]}"
    text = f"{head}paths:\n{''.join(paths.values())}components:\n{components}"
    project.write("openapi/ice_cream.yaml", text)
    assert project.generate()[0] == 0
    api = project.read("ionoscloud/api/ice_cream_api.py")
    declaration = api.partition(f"_{verb.upper()}_FLAVOURS0: ")[2].partition("\n)\n")[0]
    assert re.findall('waits_for="(.*)"', declaration) == ["request"]
    assert re.findall('resource_path="(.*)"', declaration) == ([expected] if expected else [])


def test_the_stub_has_an_overload_for_each_result(project: Project) -> None:
    project.write("openapi/ice_cream.yaml", FAMILY)
    project.generate()
    stub = project.read("ionoscloud/api/ice_cream_api.pyi")
    assert stub.count("    @overload\n    def ") == stub.count("def ") == 6
    assert stub.count("        depth: int | None = None,\n        x_contract_number: int | None = None,\n") == 2
    assert stub.count("flavour: models.Flavour | dict[str, Any]") == 6
    assert re.findall(r"def flavours_post(\w*)\([^()]*\*\*options: Unpack\[(\w+)\],?\s*\) -> (.*): \.\.\.\n", stub) == [
        ("", "SyncChangeOptions", "models.Flavour"),
        ("", "AsyncChangeArguments", "AsyncResult[models.Flavour]"),
        ("", "ChangeArguments", "Any"),
        ("_with_http_info", "SyncChangeOptions", "ApiResponse[models.Flavour]"),
        ("_with_http_info", "AsyncChangeArguments", "AsyncResult[ApiResponse[models.Flavour]]"),
        ("_with_http_info", "ChangeArguments", "Any"),
    ]


def test_a_method_accepts_only_its_own_common_parameters(project: Project) -> None:
    project.write("openapi/cones.yaml", FORM)
    assert project.generate() == (0, "")
    stub = project.read("ionoscloud/api/cone_api.pyi")
    assert re.findall(r"Unpack\[(\w+)\]", stub) == ["SyncOptions", "AsyncOptions", "CallOptions"] * 2
    assert stub.count("depth: int | None = None") == 6


def test_documented_values_become_a_literal_and_other_text_is_allowed(project: Project) -> None:
    size = "        size: {type: string, enum: [small, very large], description: Size.}\n"
    project.write("openapi/ice_cream.yaml", FAMILY.replace("        toppings:", f"{size}        toppings:"))
    assert project.generate() == (0, "")
    model = project.read("ionoscloud/models/flavour.py")
    assert model.count("very large") == 2
    assert (
        '\nfrom ionoscloud._models.base import Model, field\n\nSize = Literal["small", "very large"]\n\n\nclass '
        in model
    )
    assert '    size: Size | str | None = field("size", "str", enum=get_args(Size))\n' in model
    assert '"""Size. One of `small`, `very large`; servers may add more."""' in model


def test_a_form_becomes_keyword_parameters(project: Project) -> None:
    project.write("openapi/cones.yaml", FORM)
    assert project.generate() == (0, "")
    api = project.read("ionoscloud/api/cone_api.py")
    assert 'content_type="application/x-www-form-urlencoded"' in api
    assert 'Parameter("sec_auth_protection", "secAuthProtection", "form", "bool")' in api
    signature = api[api.index("    def cones_take_picture_post(") :].partition("\n    ) ->")[0]
    names = re.findall(r"^        ([\w*]+)", signature, re.M)
    assert names == ["self", "cone_id", "*", "depth", "name", "sec_auth_protection", "**options"]
    assert "(cone_id, depth, name, sec_auth_protection), options)" in api
    page = project.read("docs/api/ConeApi.md")
    assert "Whether it is protected." in page
    assert "cones_take_picture_post(cone_id, *, name=None, sec_auth_protection=None, **options) -> Any\n" in page
    assert '\napi.cones_take_picture_post("cone_id_example", name="before-lunch")\n' in page
    assert "- Options: [`depth`](../guides/call-options.md#depth), [`query_params`](" in page


def test_a_path_parameter_can_hold_slashes(project: Project) -> None:
    project.replace("openapi/images.yaml", "        in: path\n", "        in: path\n        x-slashes: true\n")
    assert project.generate() == (0, "")
    parameters = project.read("ionoscloud/api/_parameters.py") + project.read("ionoscloud/api/image_api.py")
    assert 'Parameter("image_id", "imageId", "path", slashes=True)' in parameters


def test_deprecated_operations_are_marked(project: Project) -> None:
    project.write("openapi/cones.yaml", FORM.replace("[Cone]", "[Cone]\n      deprecated: true"))
    assert project.generate()[0] == 0
    assert "**Deprecated.**" in project.read("docs/api/ConeApi.md")


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("openapi/ice_cream.yaml", FAMILY)
    project.write("openapi/shops.yaml", SHOP)
    assert project.generate() == (0, "")
    return project


def test_a_post_that_attaches_accepts_an_id(shop: Project) -> None:
    api = shop.read("ionoscloud/api/shop_api.py")
    operations = api[api.index("_SHOPS_FLAVOURS_GET") : api.index("\n\n\nclass ")].split("\n)\n")
    assert [name.partition(":")[0] for name in operations if "attaches=True" in name] == ["_SHOPS_FLAVOURS_POST"]
    example = 'flavour = api.shops_flavours_post("corner", ionoscloud.Flavour(id="flavour_id_example"))'
    assert example in shop.read("docs/api/ShopApi.md")


def test_a_response_can_be_a_list_of_strings(shop: Project) -> None:
    api = shop.read("ionoscloud/api/shop_api.py")
    assert "_SHOPS_FLAVOURS_GET: Operation[list[str]] = Operation(" in api
    assert 'response_type="list[str]"' in api
    assert "- Returns: `list[str]`. The names." in shop.read("docs/api/ShopApi.md")


def test_a_path_parameter_is_declared_once(shop: Project) -> None:
    assert 'SHOP_ID = Parameter("shop_id", "shopId", "path")\n' in shop.read("ionoscloud/api/_parameters.py")
    api = shop.read("ionoscloud/api/shop_api.py")
    assert "from ionoscloud.api._parameters import DEPTH, SHOP_ID\n" in api
    assert re.findall(r"parameters=(.*),\n", api) == ["(SHOP_ID,)", "(SHOP_ID,)", "(SHOP_ID, DEPTH)"]


def test_write_only_properties_are_marked(shop: Project) -> None:
    declaration = 'key_code: str | None = field("keyCode", "str")\n    """What opens the door. Not in responses."""'
    assert declaration in shop.read("ionoscloud/models/shop_properties.py")
    row = "| `key_code` | `keyCode` | `str` | What opens the door. Not in responses. |"
    assert row in shop.read("docs/models/ShopProperties.md")


def test_the_example_of_a_patch_sets_a_writable_property(shop: Project) -> None:
    example = 'shop_properties = api.shops_patch("corner", ionoscloud.ShopProperties(seats=12))'
    assert example in shop.read("docs/api/ShopApi.md")


def test_the_example_of_a_model_sets_the_required_properties(shop: Project) -> None:
    example = """\
shop_properties = ionoscloud.ShopProperties(street="street_example", key_code="0000", seats=12)
"""
    assert example in shop.read("docs/models/ShopProperties.md")


def test_the_example_of_a_new_resource_has_the_nested_resources_of_the_document(project: Project) -> None:
    example = """      example:
        flavours: [{name: lemon, madeOn: "2030-01-01T00:00:00Z"}]
"""
    project.write(
        "openapi/ice_cream.yaml",
        FAMILY.replace(
            "        toppings:", '        goesWith: {$ref: "#/components/schemas/Pairing"}\n        toppings:'
        )
        + f"""\
    Pairing:
      type: object
      description: Flavours for the same cone.
{example}      properties:
        flavours:
          type: array
          description: The other flavours.
          items: {{$ref: "#/components/schemas/Flavour"}}
""",
    )
    assert project.generate() == (0, "")
    nested = """\
ionoscloud.Pairing(
    flavours=[ionoscloud.Flavour(name="lemon", made_on="2030-01-01T00:00:00Z")],
)
"""
    assert f"\npairing = {nested}" in project.read("docs/models/Pairing.md")
    whole = nested.rstrip().replace("\n", "\n    ")
    assert f'Flavour(\n    name="my-flavour",\n    goes_with={whole},\n)\n' in project.read("docs/models/Flavour.md")

    project.replace("openapi/ice_cream.yaml", "{name: lemon,", "{nam: lemon,")
    place = "openapi/ice_cream.yaml#/components/schemas/Pairing/example/flavours/0/nam"
    assert project.generate() == (2, f"{place}: 'nam' is not a property\n")


@pytest.mark.parametrize(
    ("change", "way"),
    [
        ("", "until the request is done"),
        ("x-waits-for: state", "for the state of the resource, such as `ACTIVE`"),
        ("x-waits-for: deletion", "until the resource is gone"),
    ],
)
def test_the_page_of_a_change_shows_how_to_wait_for_it(project: Project, change: str, way: str) -> None:
    project.write("openapi/ice_cream.yaml", FAMILY.replace("      tags: [Ice", f"      {change}\n      tags: [Ice"))
    assert project.generate() == (0, "")
    page = project.read("docs/api/IceCreamApi.md")
    assert f"\n- Asynchronous: with [`_wait=True`](../guides/waiting.md), the method waits {way}.\n" in page
    assert 'flavour = api.flavours_post(ionoscloud.Flavour(name="my-flavour"), _wait=True)\n' in page
    assert "With `_wait`, the resource" in project.read("ionoscloud/api/ice_cream_api.py")


def boxes_in(picture: str) -> list[str | None]:
    return [text.text for text in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]


def test_a_picture_shows_the_collections_of_the_document(project: Project) -> None:
    path = "openapi/images.yaml"
    project.write(path, project.read(path).replace("\n  /images", "\n  /pictures"))
    assert project.generate() == (0, "")
    assert "pictures" in (boxes := boxes_in(project.read("docs/pictures/resources.svg")))
    assert "images" not in boxes
    assert re.search(r"parentheses: (.+, )?pictures", project.read("docs/reference.md"))


def test_the_picture_nests_collections_as_their_paths_do() -> None:
    documents = Path(REPOSITORY, "ionoscloud/emulator").glob("openapi-v*.json")
    paths = {path for each in documents for path in json.loads(each.read_text("utf-8"))["paths"]}
    stated = {tuple(re.findall(r"/(\w+)/{", path.replace("/um/", "/"))) for path in paths if path.endswith("}")}
    stated = {names for names in stated if "labels" not in names}
    text = Path(REPOSITORY, "docs/reference.md").read_text("utf-8").partition("in parentheses: ")[2].partition(".](")[0]
    shown, above, last = set(), (), ""
    for token in re.findall(r"\w+|[()]", text):
        if token == "(":
            above = (*above, last)
        elif token == ")":
            above = above[:-1]
        else:
            last = token
            shown.add((*above, token))
    assert len(stated) > 40 and stated <= shown
    names = boxes_in(Path(REPOSITORY, "docs/pictures/resources.svg").read_text("utf-8"))
    assert {chain[-1] for chain in shown} <= {*names}


def test_pictures_are_whole_and_have_a_background() -> None:
    paths = sorted(Path(REPOSITORY, "docs/pictures").glob("*.svg"))
    assert len(paths) == 3
    for path in paths:
        picture = ElementTree.parse(path).getroot()
        right, bottom = float(picture.attrib["width"]), float(picture.attrib["height"])
        back, *boxes = (rect.attrib for rect in picture.iter("{http://www.w3.org/2000/svg}rect"))
        assert (back["class"], float(back["width"])) == ("back", right - 1)
        for box in boxes:
            assert float(box["x"]) + float(box["width"]) < right and float(box["y"]) + float(box["height"]) < bottom


def test_the_example_of_a_long_body_uses_a_variable(project: Project) -> None:
    project.write("openapi/ice_cream.yaml", FAMILY.replace("Flavour", "FlavourOfTheMonthForEveryShop"))
    assert project.generate() == (0, "")
    example = """\
flavour_of_the_month_for_every_shop = ionoscloud.FlavourOfTheMonthForEveryShop(
    name="my-flavour-of-the-month-for-every-shop",
)
flavour_of_the_month_for_every_shop = api.flavours_post(
    flavour_of_the_month_for_every_shop,
    _wait=True,
)
"""
    assert example in project.read("docs/api/IceCreamApi.md")


def test_the_page_of_an_operation_lists_only_its_own_errors(project: Project) -> None:
    error = '        "409":\n          description: Sold out.\n        default: '
    project.write("openapi/ice_cream.yaml", FAMILY.replace("        default: ", error))
    assert project.generate() == (0, "")
    assert "\n- Errors: Sold out. " in project.read("docs/api/IceCreamApi.md")
    assert "- Errors: " not in project.read("docs/api/ImageApi.md")


def test_the_pages_of_an_api_and_its_models_are_listed(shop: Project) -> None:
    page = shop.read("docs/reference.md")
    assert "| [ShopApi](api/ShopApi.md) | 3 | Operations on shops. |" in page
    assert "| [ShopProperties](models/ShopProperties.md) | What a shop is. |" in page


def test_a_long_import_is_wrapped() -> None:
    from generator.render import import_from

    fits, name = "N" * 84, "N" * 85
    assert import_from("ionoscloud.models.n", [fits], 4) == f"from ionoscloud.models.n import {fits}"
    assert import_from("ionoscloud.models.n", [name], 4) == f"from ionoscloud.models.n import (\n        {name},\n    )"


def test_text_of_the_document_is_escaped(project: Project) -> None:
    text = r"""Ends with \d, a | b, <b> and \"\"\" or \"x\""""
    project.replace(
        "openapi/images.yaml", "description: Free-form text.", f'description: "{text}"'.replace(r"\d", r"\\d")
    )
    project.replace("openapi/images.yaml", "description: A list of images.", "description: 'A list of \"images\"'")
    assert project.generate()[0] == 0
    for module in ("image_properties", "images"):
        compile(project.read(f"ionoscloud/models/{module}.py"), module, "exec")
    assert "a \\| b, &lt;b>" in project.read("docs/models/ImageProperties.md")


def test_every_generated_module_compiles(project: Project) -> None:
    project.write("openapi/ice_cream.yaml", FAMILY)
    project.write("openapi/cones.yaml", FORM)
    project.write("openapi/shops.yaml", SHOP)
    assert project.generate()[0] == 0
    for path, content in project.files().items():
        if path.endswith(".py"):
            compile(content, path, "exec")


def test_every_example_compiles() -> None:
    for page in sorted(Path(REPOSITORY, "docs/api").glob("*.md")):
        blocks = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.S)
        assert blocks
        for block in blocks:
            compile(block, page.name, "exec")


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)


@pytest.mark.parametrize(
    "code",
    [
        "import ionoscloud.models, ionoscloud.api, sys; "
        "assert not [m for m in sys.modules if m.startswith(('ionoscloud.models.', 'ionoscloud.api.'))]",
        "from ionoscloud.models import ImageProperties; assert ImageProperties().name is None",
        "import ionoscloud.models as m; assert m.Image is m.Image and 'Image' in vars(m) and 'Images' not in vars(m)",
        "import ionoscloud.models; assert ionoscloud.models.image.Image is ionoscloud.models.Image",
        "from ionoscloud.models import *; assert Image and Type.FIREWALL_RULE == 'firewall-rule'",
        "import ionoscloud.api as a; assert a.__dir__() == sorted(a.__dir__()) and 'ImageApi' in dir(a); a.ImageApi",
        "import ionoscloud.models as m; assert set(m.__all__) == set(m.MODULES) and not hasattr(m, 'Nope')",
        "import ionoscloud.models as m\ntry: m.Nope\nexcept AttributeError as e: assert str(e) == "
        "\"module 'ionoscloud.models' has no attribute 'Nope'\"\nelse: raise SystemExit(1)",
        "from ionoscloud.models import Type; "
        "assert not Type.fields and Type.allowable_values[0] == Type.DATACENTER == 'datacenter'",
    ],
)
def test_generated_packages_import_lazily(code: str) -> None:
    result = run(code)
    assert result.returncode == 0, result.stderr
