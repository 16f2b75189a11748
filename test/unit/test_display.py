"""Display of models in a terminal and in a notebook, as IPython shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from pprint import pformat
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter
from IPython.lib.pretty import pretty

from ionoscloud import models
from ionoscloud._models.base import Model, field
from ionoscloud._redaction import redact
from ionoscloud._secret_types import MASK
from ionoscloud.models import Image, ImageProperties, Images

MODELS: list[Any] = [getattr(models, name) for name in models.__all__]
TAGS = "<script>alert('x')</script>&amp;"


class Page(HTMLParser):
    """Parses the cells of tables, each with its depth, and fails if tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.notes: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        assert tag in ("table", "thead", "tr", "th", "td", "div", "b"), f"<{tag}> is no tag of ours"
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "div":
            self.notes.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        elif "div" in self.open:
            self.notes[-1] += data


def shown(model: Any) -> Page:
    """Return the parsed HTML that a notebook shows."""
    return Page(DisplayFormatter().format(model)[0]["text/html"])


def images(count: int) -> Images:
    return Images.from_dict(
        {
            "id": "images",
            "items": [
                {
                    "id": str(number),
                    "type": "image",
                    "href": f"https://x/{number}",
                    "metadata": {"state": "AVAILABLE", "etag": str(number)},
                    "properties": {
                        "public": number % 2 == 0,
                        "name": f"image-{number}",
                        "size": 1.5,
                        "imageAliases": ["a:1", f"a:{number}"],
                    },
                }
                for number in range(count)
            ],
        }
    )


# In a notebook


def test_a_list_is_a_table_of_the_differences_between_its_items() -> None:
    page = shown(images(3))
    assert page.rows == [
        ["id", "name", "image_aliases", "public"],
        ["0", "image-0", "a:1, a:0", "True"],
        ["1", "image-1", "a:1, a:1", "False"],
        ["2", "image-2", "a:1, a:2", "True"],
    ]
    assert page.notes == ["Images", "in all rows: size = 1.5, type = image, metadata.state = AVAILABLE"]


def test_a_long_list_is_truncated_with_a_note() -> None:
    page = shown(images(10_000))
    assert len(page.rows) == 1 + 20
    assert page.notes[1] == "and 9,980 more"


@pytest.mark.parametrize(
    ("item", "change", "same"),
    [
        (19, {"type": "snapshot"}, "size = 1.5, metadata.state = AVAILABLE"),
        (20, {"type": "snapshot"}, "size = 1.5, metadata.state = AVAILABLE"),
        (999, {"type": None}, "size = 1.5, metadata.state = AVAILABLE"),
        (500, {"metadata": None}, "size = 1.5, type = image"),
        (500, {"properties": ImageProperties(size=2)}, "type = image, metadata.state = AVAILABLE"),
        (500, {"metadata": {"state": "AVAILABLE"}}, "size = 1.5, type = image"),
        (500, {"extra": "not sent"}, "size = 1.5, type = image, metadata.state = AVAILABLE"),
    ],
)
def test_common_values_hold_for_hidden_items_too(item: int, change: Any, same: str) -> None:
    some = images(1000)
    for name, value in change.items():
        setattr(some.items[item], name, value)
    assert shown(some).notes[2] == f"in all rows: {same}"


@pytest.mark.parametrize("count", [30, 10_000])
def test_a_column_that_only_hidden_items_have_is_listed(count: int) -> None:
    some = images(count)
    other: Any = some.items[25]
    other.properties.description = "the only one"
    other.metadata.last_modified_by = "columns like this one are never shown"
    other.properties.cloud_init = ""
    other.properties.additional_properties["later"] = 1
    some.items[26].properties.expose_serial = False
    some.items[27].additional_properties  # only reading them must not add a column  # noqa: B018
    page = shown(some)
    assert page.rows[0] == ["id", "name", "image_aliases", "public"]
    hidden = "description, cloud_init, additional_properties, expose_serial"
    assert page.notes[3] == f"not shown: {hidden}"


def test_a_value_that_only_a_hidden_item_lacks_is_not_common() -> None:
    some = images(30)
    for item in some.items:
        item.properties.licence_type = "LINUX"
    some.items[25].properties.licence_type = None
    assert "licence_type" in shown(some).rows[0]
    assert "licence_type" not in " ".join(shown(some).notes)


@pytest.mark.parametrize("item", [5, 25])
@pytest.mark.parametrize(
    ("name", "common", "other"),
    [
        ("image_aliases", [f"a:{n}" for n in range(12)], [*(f"a:{n}" for n in range(11)), "b"]),
        ("description", {"a": [*range(12)]}, {"a": [*range(11), 0]}),
        ("description", datetime(2020, 1, 1), datetime(2020, 1, 1, 0, 0, 0, 5)),
    ],
)
def test_values_that_differ_only_where_cells_are_shortened_are_not_common(
    item: int, name: str, common: Any, other: Any
) -> None:
    some = images(30)
    for number, each in enumerate(some.items):
        setattr(each.properties, name, other if number == item else common)
    assert name in shown(some).rows[0]
    setattr(some.items[item].properties, name, common)
    assert f"{name} = " in shown(some).notes[2]


def test_items_that_are_not_models_are_counted() -> None:
    server = models.Server(entities=models.ServerEntities(nics=models.Nics(items=[{"id": "1"}, {"id": "2"}])))
    assert shown(server).rows == [["entities.nics", "2 items"]]
    server.entities.nics.items = "none of them"
    assert shown(server).rows == [["entities.nics", "'none of them'"]]


def test_secrets_are_masked_in_every_row() -> None:
    properties = [models.VolumeProperties(name=f"n{i}", image_password=f"pa55word-{i}") for i in range(99)]
    some = models.Volumes(items=[models.Volume(properties=value) for value in properties])
    assert shown(some).notes[2] == f"in all rows: image_password = {MASK}"


def test_a_list_of_one_and_a_single_model_are_shown_by_attribute() -> None:
    rows = [
        ["id", "0"],
        ["type", "image"],
        ["href", "https://x/0"],
        ["metadata.etag", "0"],
        ["metadata.state", "AVAILABLE"],
        ["properties.name", "image-0"],
        ["properties.size", "1.5"],
        ["properties.public", "True"],
        ["properties.image_aliases", "a:1, a:0"],
    ]
    assert shown(images(1)).rows == shown(images(1).items[0]).rows == rows
    assert (shown(images(1)).notes, shown(images(1).items[0]).notes) == (["Images.items[0]"], ["Image"])


@pytest.mark.parametrize(("model", "rows"), [(Images(), []), (Images(id="x", items=[]), [["id", "x"], ["items", ""]])])
def test_a_list_without_items_is_shown_by_attribute(model: Images, rows: list[list[str]]) -> None:
    assert shown(model).rows == rows


def test_a_missing_value_is_an_empty_cell() -> None:
    some = images(2)
    some.items[1].properties = None
    assert shown(some).rows[1:] == [["0", "image-0", "1.5", "a:1, a:0", "True"], ["1", "", "", "", ""]]


def test_a_wide_table_is_truncated_and_lists_the_hidden_columns() -> None:
    wide = type(Image)("Wide", (Model,), {f"a{i}": field(f"a{i}", "str") for i in range(30)})
    some = Images(items=[Image(id=str(n), properties=wide(*(f"{n}-{i}" for i in range(30)))) for n in range(2)])
    page = shown(some)
    assert page.rows[0] == ["id", *(f"a{i}" for i in range(19))]
    assert page.rows[2] == ["1", *(f"1-{i}" for i in range(19))]
    assert page.notes[1] == "not shown: " + ", ".join(f"a{i}" for i in range(19, 30))


def test_nested_lists_are_tables_and_in_a_row_their_length() -> None:
    servers = [
        models.Server(id=str(n), entities=models.ServerEntities(nics=models.Nics(items=[models.Nic()] * n)))
        for n in range(2, 4)
    ]
    datacenter = models.Datacenter(
        id="d",
        entities=models.DataCenterEntities(
            servers=models.Servers(items=servers), volumes=models.Volumes(items=[]), lans=models.Lans(href="https://x")
        ),
    )
    assert shown(datacenter).rows == [
        ["id", "d"],
        ["entities.servers", ""],
        ["id", "entities.nics"],
        ["2", "2 items"],
        ["3", "3 items"],
        ["entities.volumes", "0 items"],
    ]


def test_dates_lists_and_unknown_fields_are_readable() -> None:
    image = Image.from_dict(
        {
            "metadata": {"createdDate": "2015-09-01T15:37:18.250Z"},
            "properties": {"imageAliases": [f"a:{n}" for n in range(12)]},
            "future": {"a": [1, None]},
        }
    )
    assert shown(image).rows == [
        ["metadata.created_date", "2015-09-01 15:37:18+00:00"],
        ["properties.image_aliases", ", ".join(f"a:{n}" for n in range(10)) + ", and 2 more"],
        ["additional_properties", "{'future': {'a': [1, None]}}"],
    ]


def test_html_in_a_response_is_escaped() -> None:
    """`Page` accepts only the tags of tables, and only in pairs."""
    properties = {"name": TAGS, "imageAliases": [TAGS]}
    item = {"id": TAGS, "type": TAGS, "properties": properties, TAGS: {TAGS: TAGS}}
    for items in ([item], [item, {"id": "1"}]):
        page = shown(Images.from_dict({"items": items}))
        assert [cell.count(TAGS) for row in page.rows for cell in row if TAGS in cell] == [1, 1, 1, 1, 3]
    assert shown(Images.from_dict({"items": [item, item]})).rows == [["id"], [TAGS], [TAGS]]
    page = shown(Images.from_dict({"items": [item, {**item, "id": "1"}]}))
    assert page.rows == [["id"], [TAGS], ["1"]]
    assert page.notes[1].count(TAGS) == 6


# In a terminal


def test_lists_are_shown_item_by_item() -> None:
    some = Images(items=[Image(id="1"), Image(id="2", properties=ImageProperties(name="n" * 60))])
    assert repr(some).splitlines() == [
        "Images(",
        "    items=[",
        "        Image(id='1'),",
        "        Image(",
        "            id='2',",
        f"            properties=ImageProperties(name='{'n' * 60}'),",
        "        ),",
        "    ],",
        ")",
    ]
    assert eval(repr(some), vars(models)) == some


@pytest.mark.once
def test_repr_is_complete_and_ipython_shows_a_part() -> None:
    some = images(10_000)
    assert eval(repr(some), vars(models)) == some
    text = DisplayFormatter().format(some)[0]["text/plain"]
    assert re.findall("name='(.*?)'", text) == [f"image-{number}" for number in range(10)]
    assert text.endswith("        ... and 9,990 more\n    ],\n)")


@pytest.mark.parametrize("levels", [15, 25, 90])
@pytest.mark.parametrize("kind", ["list", "dict"])
def test_deeply_nested_values_are_truncated(levels: int, kind: str) -> None:
    value: Any = list(range(1_000))
    for _ in range(levels):
        value = [value] if kind == "list" else {"k": value}
    model = Image.from_dict({"properties": {"x": value}})
    texts = [repr(model), str(model), model.to_str(), model._repr_html_()]
    for text in texts[:3] if levels < 20 else texts:
        assert ("..." in text, "999" in text) == ((False, True) if levels < 20 else (True, False))
        assert len(text) < 150_000


def test_a_model_with_several_self_references_is_shown_fast() -> None:
    model = Images()
    model.items = [model] * 10
    assert repr(model) == model.to_str() == "<Images, nested too deeply to be shown>"


def test_ipython_indents_models_in_containers() -> None:
    model = Image(id="i" * 60, href="h" * 60)
    assert pretty([model]) == f"[Image(\n     id='{'i' * 60}',\n     href='{'h' * 60}',\n )]"


def test_the_repr_of_a_subclass_is_used() -> None:
    class Own(Image):
        def __repr__(self) -> str:
            return f"<Own {super().__repr__()}>"

    assert repr(Images(items=[Own(id="1")])) == "Images(items=[<Own Own(id='1')>])"


# Secrets


def secrets() -> Iterator[Any]:
    for model in MODELS:
        for own in model.fields.values():
            if own.secret:
                yield pytest.param(model, own.name, id=f"{model.__name__}.{own.name}")


@pytest.mark.parametrize(("model", "name"), list(secrets()))
def test_secrets_are_never_shown(model: Any, name: str) -> None:
    value = model(**{name: "top-secret"})
    holders = [value, Images(items=[Image(properties=value)]), Images(items=[Image(properties=value), Image(id="1")])]
    for holder in holders:
        bundle = DisplayFormatter().format(holder)[0]
        for text in (*bundle.values(), repr(holder), str(holder), f"{[holder]}"):
            assert "top-secret" not in text
            assert MASK in text
    assert getattr(value, name) == value.to_dict()[name] == "top-secret"


def test_unknown_fields_are_masked_by_their_names() -> None:
    image = Image.from_dict({"newPassword": "top-secret", "more": [{"token": "top-secret"}]})
    for text in DisplayFormatter().format(image)[0].values():
        assert "top-secret" not in text
        assert text.count(MASK) == 2


class Own(Model):
    code: str | None = field("code", "str", secret=True)


@pytest.mark.parametrize(
    "model",
    [
        models.Volume(properties=({"imagePassword": "top-secret"},)),
        models.Request.from_dict({"properties": {"url": "https://x/y?token=top-secret"}}),
        Image(properties={"users": [{"user": {"client-key-data": "top-secret"}}]}),
        Image(properties=[models.VolumeProperties(user_data="top-secret")]),
        Images(items=[Image(id="1"), Image(properties=models.VolumeProperties(image_password="top-secret"))]),
        Image(properties=Own(code="top-secret")),
    ],
    ids=["tuple", "url", "kubeconfig", "model in a list", "rows", "own field"],
)
def test_secrets_are_masked_at_any_depth(model: Any) -> None:
    bundle = DisplayFormatter().format(model)[0]
    for text in (*bundle.values(), repr(model), model.to_str()):
        assert "top-secret" not in text
        assert MASK in text or "items" in text
    assert "top-secret" in str(model.to_dict())


def test_to_str_equals_to_dict_except_for_secrets() -> None:
    image = Image.from_dict({"id": "1", "new": {"a": [1]}, "properties": {"name": "n", "imageAliases": ["a"]}})
    assert image.to_str() == pformat(image.to_dict())


def test_the_document_marks_all_fields_that_logs_mask() -> None:
    fields = [(f"{model.__name__}.{own.wire_name}", own) for model in MODELS for own in model.fields.values()]
    marked = {name for name, own in fields if own.secret}
    # In URLs, logs mask the query.
    assert marked - {"RemoteConsoleUrl.url"} == {
        n for n, own in fields if MASK in redact({own.wire_name: "x"}).values()
    }
    assert "VolumeProperties.imagePassword" in marked
