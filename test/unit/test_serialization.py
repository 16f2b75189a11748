from __future__ import annotations

import json
import math
import os
import stat
import sys
import tracemalloc
from collections import OrderedDict
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from ionoscloud import NULL
from ionoscloud._json import DecodeError, to_json
from ionoscloud._models.base import Model
from ionoscloud._models.json import from_json, save_file, to_wire, validate
from ionoscloud.configuration import JSON_SCHEMA_VALIDATION_KEYWORDS
from ionoscloud.exceptions import ApiTypeError, ApiValueError
from ionoscloud.models import (
    DatacenterElementMetadata,
    Image,
    ImageProperties,
    Images,
    PaginationLinks,
    Request,
    RequestMetadata,
    RequestProperties,
    Requests,
    RequestStatus,
    RequestStatusMetadata,
    RequestTarget,
    ResourceReference,
    Type,
    Volume,
    VolumeProperties,
)

# Models to JSON


def test_only_attributes_that_are_set_are_sent() -> None:
    assert to_wire(ImageProperties(name="x")) == {"name": "x"}
    assert to_wire(ImageProperties()) == {}


def test_false_and_zero_and_empty_are_sent() -> None:
    properties = ImageProperties(name="", cpu_hot_plug=False, size=0, image_aliases=[])
    assert to_wire(properties, True) == {"name": "", "cpuHotPlug": False, "size": 0, "imageAliases": []}


def test_none_is_not_sent_and_null_is_sent_as_null() -> None:
    assert to_wire(ImageProperties(name=None, description=NULL)) == {"description": None}
    assert to_wire({"a": NULL, "b": [NULL]}) == {"a": None, "b": [None]}


def test_read_only_fields_are_sent_only_if_requested() -> None:
    properties = ImageProperties("x", public=True, size=1.0, image_aliases=["a"])
    image = Image(id="1", type="image", href="https://api/images/1", properties=properties)
    assert to_wire(image) == {"id": "1", "type": "image", "properties": {"name": "x"}}
    assert to_wire(image, read_only=True) == {
        "id": "1",
        "href": "https://api/images/1",
        "type": "image",
        "properties": {"name": "x", "size": 1.0, "public": True, "imageAliases": ["a"]},
    }


def test_a_put_of_a_changed_response_keeps_all_writable_fields() -> None:
    image = Image.from_dict(
        {
            "href": "https://api/images/1",
            "metadata": {"state": "AVAILABLE"},
            "properties": {"name": "x", "size": 2, "licenceType": "RHEL", "exposeSerial": True},
            "future": {"a": None},
        }
    )
    image.properties.name = "y"
    assert to_wire(image) == {
        "properties": {"name": "y", "licenceType": "RHEL", "exposeSerial": True},
        "future": {"a": None},
    }


def test_a_value_of_an_undocumented_type_is_sent_unchanged() -> None:
    assert to_wire(ImageProperties(disc_scsi_hot_plug="True")) == {"discScsiHotPlug": "True"}
    assert to_wire(Image(properties={"name": "x"})) == {"properties": {"name": "x"}}


def test_dict_bodies_are_sent_unchanged() -> None:
    body = {"description": None, "image_type": "HDD", "id": "1", "nested": [{"a": None}]}
    assert to_wire(body) == body


def test_models_inside_dicts_lists_and_tuples_are_encoded() -> None:
    assert to_wire({"a": [ImageProperties(name="x"), (ImageProperties(cloud_init="V1"),)]}) == {
        "a": [{"name": "x"}, [{"cloudInit": "V1"}]]
    }
    assert to_wire(Image(properties=OrderedDict(a=ImageProperties(name="x")))) == {"properties": {"a": {"name": "x"}}}


def test_models_in_unknown_fields_are_encoded() -> None:
    image = Image()
    image.additional_properties["extra"] = ImageProperties(name="x")
    assert to_wire(image) == {"extra": {"name": "x"}}


def test_a_field_that_is_set_takes_precedence_over_an_unknown_one_of_its_name() -> None:
    properties = ImageProperties()  # as in a pickle of a version that did not know the field
    properties.additional_properties["exposeSerial"] = True
    assert to_wire(properties) == {"exposeSerial": True}
    properties.expose_serial = False
    assert to_wire(properties) == to_wire(properties, read_only=True) == {"exposeSerial": False}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc), "2020-01-02T03:04:05+00:00"),
        (datetime(2020, 1, 2, 3, 4, 5, 600000, tzinfo=timezone.utc), "2020-01-02T03:04:05.600000+00:00"),
        (date(2020, 1, 2), "2020-01-02"),
    ],
)
def test_dates_are_sent_as_iso_8601(value: Any, expected: str) -> None:
    assert to_wire({"when": value}) == {"when": expected}


def test_encoding_does_not_change_the_value() -> None:
    body = {"a": [ImageProperties(name="x")]}
    to_wire(body)["a"].append("y")
    assert body == {"a": [ImageProperties(name="x")]}


class Color(Enum):
    RED = "red"


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", Decimal("1.5"), UUID(int=1), 1j, Color.RED, iter([])])
def test_values_that_json_cannot_express_are_rejected(value: object) -> None:
    with pytest.raises(ApiTypeError, match=f"an? {type(value).__name__} cannot be encoded as JSON"):
        to_wire({"deep": [ImageProperties(name=value)]})


def test_keys_that_json_cannot_express_are_rejected() -> None:
    with pytest.raises((ApiTypeError, ApiValueError)):
        to_json(to_wire({"a": {(1, 2): "x"}}))


# JSON text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_other_json_parsers_read_the_same_values(value: Any) -> None:
    assert json.loads(to_json(to_wire({"value": value})).decode("ascii")) == {"value": value}


def test_secrets_do_not_show_in_the_repr_of_a_body() -> None:
    volume = Volume(properties=VolumeProperties(image_password="s3cr3t", user_data="s3cr3t"))
    for body in (to_wire(volume), to_wire({"properties": {"userData": "s3cr3t", "list": [{"token": ["s3cr3t"]}]}})):
        assert "s3cr3t" not in repr(body)
        assert b'"userData": "s3cr3t"' in to_json(body)
    shown = to_wire(volume, read_only=True)["properties"]
    assert {type(value) for value in shown.values()} == {str}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("around", "path"),
    [
        (lambda number: ImageProperties(name=number), ["name"]),
        (lambda number: {"items": [1.0, {"size": number}]}, ["items", 1, "size"]),
        (lambda number: Image(properties={"a": (0, number)}), ["properties", "a", 1]),
    ],
)
def test_infinite_numbers_and_nan_are_rejected_with_their_path(number: float, around: Any, path: list) -> None:
    with pytest.raises(ApiValueError, match="finite") as caught:
        to_json(to_wire(around(number)))
    assert caught.value.path_to_item == path


def circular_list() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def circular_dict() -> Any:
    value: dict[str, Any] = {}
    value["self"] = [value]
    return value


def circular_model() -> Any:
    image = Image()
    image.properties = {"image": image}
    return image


@pytest.mark.parametrize("make", [circular_list, circular_dict, circular_model])
def test_circular_structures_are_rejected(make: Any) -> None:
    with pytest.raises(ApiValueError, match="circular reference"):
        to_wire({"a": make()})
    with pytest.raises((ApiValueError, ApiTypeError)):
        to_json({"a": make()})


# Validation

VALID = ImageProperties(name="x", licence_type="LINUX")


def validation_error(model: Model, partial: bool = False, disabled: Any = ()) -> tuple[str, Any]:
    with pytest.raises(ApiValueError) as caught:
        validate(model, [type(model).__name__], partial=partial, version=5, disabled=disabled)
    return str(caught.value), caught.value.path_to_item


@pytest.mark.parametrize(
    ("model", "path", "words"),
    [
        (ImageProperties(), ["licence_type"], "is required"),
        (Image(), ["properties"], "is required"),
        (Image(properties=ImageProperties()), ["properties", "licence_type"], "is required"),
        (ImageProperties(name=5, licence_type="LINUX"), ["name"], "must be a str, not 5"),
        (ImageProperties(cpu_hot_plug="no", licence_type="LINUX"), ["cpu_hot_plug"], "must be a bool, not 'no'"),
        (ImageProperties(cpu_hot_plug=1, licence_type="LINUX"), ["cpu_hot_plug"], "must be a bool, not 1"),
        (ImageProperties(licence_type="BEOS"), ["licence_type"], "must be one of UNKNOWN, WINDOWS, "),
        (Image("1", "picture", properties=VALID), ["type"], "must be one of datacenter, server"),
        (Image("1", 5, properties=VALID), ["type"], "must be a Type, not 5"),
        (Image(properties="x"), ["properties"], "must be an ImageProperties or a dict, not 'x'"),
        (Image(properties=[VALID]), ["properties"], "must be an ImageProperties or a dict"),
        (Image(properties=Image()), ["properties"], "must be an ImageProperties or a dict"),
        (Requests(limit=1, links=PaginationLinks()), ["offset"], "is required"),
        (Requests(offset="1", limit=1, links=PaginationLinks()), ["offset"], "must be a float, not '1'"),
        (Requests(offset=True, limit=1, links=PaginationLinks()), ["offset"], "must be a float, not True"),
        (RequestStatusMetadata(targets="x"), ["targets"], "must be a list, not 'x'"),
        (RequestStatusMetadata(targets={"a": 1}), ["targets"], "must be a list"),
        (RequestStatusMetadata(targets=[RequestTarget(), 5]), ["targets", 1], "must be a RequestTarget or a dict"),
        (
            RequestStatusMetadata(targets=[RequestTarget(), RequestTarget(status="LOST")]),
            ["targets", 1, "status"],
            "must be one of QUEUED, RUNNING, DONE, FAILED, not 'LOST'",
        ),
        (
            RequestStatusMetadata(targets=[RequestTarget(target=ResourceReference())]),
            ["targets", 0, "target", "id"],
            "is required",
        ),
        (RequestProperties(headers=["a"]), ["headers"], "must be a dict, not a list"),
        (RequestProperties(headers={"a": "b", "c": 5}), ["headers", "c"], "must be a str, not an int"),
        (RequestProperties(headers={"a": None}), ["headers", "a"], "must be a str, not None"),
        (RequestProperties(headers={"a": NULL}), ["headers", "a"], "must be a str, not NULL"),
        (ImageProperties(name=NULL, licence_type="LINUX"), ["name"], "cannot be null"),
        (ImageProperties(licence_type=NULL), ["licence_type"], "cannot be null"),
        (Image(properties=NULL), ["properties"], "cannot be null"),
        (RequestStatusMetadata(targets=[NULL]), ["targets", 0], "must be a RequestTarget or a dict, not NULL"),
    ],
)
def test_an_invalid_body_is_rejected_with_the_path_of_the_item(model: Model, path: list, words: str) -> None:
    message, path_to_item = validation_error(model)
    assert path_to_item == path
    dotted = "".join(f".{part}" if isinstance(part, str) else f"[{part}]" for part in path)
    assert message.startswith(f"{dotted[1:]} {words}")


@pytest.mark.parametrize(
    "model",
    [
        VALID,
        Image(type=Type.IMAGE, properties=VALID),
        Image(properties={"anything": 5}),
        ImageProperties(description=NULL, licence_type="LINUX"),
        Requests(offset=0, limit=1.5, links=PaginationLinks()),
        RequestStatusMetadata(targets=[]),
        RequestStatusMetadata(targets=[RequestTarget(status="DONE"), {"status": 5}]),
        RequestProperties(headers={"a": "b"}),
    ],
)
def test_a_valid_body_is_accepted(model: Model) -> None:
    validate(model, [type(model).__name__], version=5, partial=False)


def test_read_only_fields_are_neither_required_nor_validated() -> None:
    validate(Image(href=5, metadata="x", properties=VALID), ["Image"], version=5, partial=False)
    validate(
        ImageProperties(licence_type="LINUX", size="x", image_type="x", image_aliases="x"),
        ["ImageProperties"],
        version=5,
        partial=False,
    )


def test_unknown_fields_are_not_validated() -> None:
    properties = ImageProperties.from_dict({"licenceType": "LINUX", "future": {"a": 1}})
    validate(properties, ["ImageProperties"], version=5, partial=False)


def test_a_patch_needs_no_required_fields() -> None:
    validate(ImageProperties(name="x"), ["ImageProperties"], version=5, partial=True)
    validate(Image(properties=ImageProperties()), ["Image"], version=5, partial=True)


def test_types_and_values_of_a_patch_are_validated() -> None:
    assert validation_error(ImageProperties(name=5), partial=True)[1] == ["name"]
    assert validation_error(ImageProperties(licence_type="BEOS"), partial=True)[1] == ["licence_type"]
    assert validation_error(ImageProperties(licence_type=NULL), partial=True)[1] == ["licence_type"]


@pytest.mark.parametrize(
    ("keyword", "model"),
    [
        ("required", Image(properties=ImageProperties())),
        ("type", ImageProperties(name=5, licence_type="LINUX")),
        ("type", Image(properties="x")),
        ("type", RequestStatusMetadata(targets="x")),
        ("type", RequestProperties(headers={"a": 5})),
        ("type", ImageProperties(name=NULL, licence_type="LINUX")),
        ("enum", ImageProperties(licence_type="BEOS")),
        ("enum", Image(type="picture", properties=VALID)),
    ],
)
def test_a_validation_keyword_can_be_disabled(keyword: str, model: Model) -> None:
    validate(model, [type(model).__name__], version=5, partial=False, disabled=[keyword])
    validation_error(model, disabled=JSON_SCHEMA_VALIDATION_KEYWORDS - {keyword})


# JSON to models


@pytest.mark.parametrize(
    ("data", "response_type", "expected"),
    [
        (b'{"id": "1"}', "Image", Image(id="1")),
        (b'{"id": "1"}', Image, Image(id="1")),
        ('{"id": "1"}', "Image", Image(id="1")),
        (b'\xef\xbb\xbf{"id": "1"}', "Image", Image(id="1")),
        (b'[{"id": "1"}]', "list[Image]", [Image(id="1")]),
        (b'{"a": {"id": "1"}}', "dict(str, Image)", {"a": Image(id="1")}),
        (b'{"a": [{"id": "1"}]}', "dict(str, list[Image])", {"a": [Image(id="1")]}),
        (b"[[1]]", "list[list[int]]", [[1]]),
        (b'{"any": ["thing", null]}', "object", {"any": ["thing", None]}),
        (b'{"any": ["thing", null]}', object, {"any": ["thing", None]}),
        (b"[1]", "object", [1]),
        (b"null", "object", None),
        (b'"text"', "str", "text"),
        (b"just text", "str", "just text"),
        ("just text", "str", "just text"),
        (b"\xff\xfe\xfd text", "str", "\ufffd\ufffd\ufffd text"),
        (b"true", "bool", True),
        (b"5", "int", 5),
        (b"1.5", "float", 1.5),
        (b"5", "float", 5.0),
        (b"[5]", "list[float]", [5.0]),
        (b'"2020-01-02T03:04:05Z"', "datetime", datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
        (b'"2020-01-02"', "date", date(2020, 1, 2)),
        (b'{"id": "1"}', None, None),
    ],
)
def test_every_response_type_is_decoded(data: Any, response_type: Any, expected: Any) -> None:
    decoded = from_json(data, response_type)
    assert decoded == expected
    assert type(decoded) is type(expected)


@pytest.mark.parametrize("data", [b"", b" \r\n\t", ""])
@pytest.mark.parametrize("response_type", ["Image", "object", "str", "list[Image]", None])
def test_an_empty_body_is_none(data: Any, response_type: Any) -> None:
    assert from_json(data, response_type) is None


@pytest.mark.parametrize("data", [b"{}", b'{"unknown": 1}'])
def test_an_object_without_known_fields_is_still_a_model(data: bytes) -> None:
    assert isinstance(from_json(data, "Image"), Image)


@pytest.mark.parametrize(
    ("data", "response_type", "words"),
    [
        (b"<html><body>log in to the network</body></html>", "Images", "not JSON"),
        (b'{"items": [{"id": "1"}', "Images", "not JSON"),
        (b'{"items": []} trailing', "Images", "not JSON"),
        (b"\xff\xfe{}", "Images", "not JSON"),
        (b'{"id": "\xfc"}', "Image", "not JSON"),
        (b"{'id': 1}", "Image", "not JSON"),
        (b"text", "int", "not JSON"),
        (b"[]", "Images", "a JSON list, not Images"),
        (b'"text"', "Images", "a JSON str, not Images"),
        (b"null", "Image", "a JSON NoneType, not Image"),
        (b"5", "Image", "a JSON int, not Image"),
        (b"true", "Image", "a JSON bool, not Image"),
        (b"{}", "list[Image]", "a JSON dict, not list"),
        (b"[]", "dict(str, str)", "a JSON list, not dict"),
        (b"null", "list[str]", "a JSON NoneType, not list"),
    ],
)
def test_a_body_of_another_type_than_requested_is_rejected(data: bytes, response_type: str, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        from_json(data, response_type)


@pytest.mark.parametrize(
    ("data", "response_type"),
    [(b'{"a": 1}', "bool"), (b'"yes"', "bool"), (b"true", "int"), (b"[]", "float"), (b'{"a": 1}', "datetime")],
)
def test_a_scalar_of_the_wrong_type_is_rejected(data: bytes, response_type: str) -> None:
    with pytest.raises(DecodeError):
        from_json(data, response_type)


@pytest.mark.parametrize("opening", [b"[", b'{"items":', b'{"a":[', b'{"items":[{"properties":'])
@pytest.mark.parametrize("response_type", ["Images", "object", "list[Images]"])
def test_a_body_that_is_nested_too_deeply_is_rejected(opening: bytes, response_type: str) -> None:
    depth = max(sys.getrecursionlimit(), 100_000)
    with pytest.raises(DecodeError):
        from_json(opening * depth, response_type)


@pytest.mark.parametrize(
    ("opening", "inside", "closing"),
    [
        ("[", "", "]"),
        ('{"a":', "1", "}"),
        ('{"a": {"]": 1}, "b": ', '"}"', "}"),
        ('["]",', "1", "]"),  # brackets in strings do not count
        ('["[[", ', "1", "]"),
        ('["\\"]", "\\\\",', "1", "]"),
        ('[{}, "\\u005d", [1], ', "1", ', "[{"]'),
    ],
)
@pytest.mark.parametrize("encoding", ["", "utf-8", "utf-16", "utf-32"])
def test_responses_of_any_encoding_have_the_same_depth_limit(
    opening: str, inside: str, closing: str, encoding: str
) -> None:
    for depth, rejected in ((99, False), (101, True), (500, True), (5000, True)):
        text: Any = opening * depth + inside + closing * depth
        text = text.encode(encoding) if encoding else text
        if rejected:
            with pytest.raises(DecodeError, match="nested too deeply"):
                from_json(text, "object")
        else:
            assert from_json(text, "object")


@pytest.mark.parametrize(
    ("response_type", "before", "after"),
    [
        ("Images", '{"items": [{"properties": {"later":', "}}]}"),  # an unknown field
        ("Images", '{"items": [{"properties": {"name":', "}}]}"),  # a field of the wrong type
        ("Images", '{"items": ', "}"),
        ("list[str]", "[", "]"),
        ("str", "", ""),
        ("dict(str, object)", '{"a":', "}"),
    ],
)
def test_the_depth_limit_applies_to_every_response_type(response_type: str, before: str, after: str) -> None:
    with pytest.raises(DecodeError, match="nested too deeply"):
        from_json(before + "[" * 101 + "]" * 101 + after, response_type)


def test_brackets_in_strings_do_not_count_as_depth() -> None:
    text = json.dumps({"items": [{"id": "[" * 500, "type": "]}" * 500, "href": '"[\\'}] * 200})
    assert len(from_json(text, "Images").items) == 200


@pytest.mark.parametrize("filler", ["a", "\\\\", '\\"'])
def test_a_long_string_beside_brackets_needs_little_memory(filler: str) -> None:
    text = f'["{"[" * 500}", "{filler * 500_000}"]'.encode()
    tracemalloc.start()
    try:
        assert len(from_json(text, "object")) == 2
        assert tracemalloc.get_traced_memory()[1] < 20 * len(text)
    finally:
        tracemalloc.stop()


def test_unknown_fields_can_be_dropped() -> None:
    assert from_json(b'[{"id": "1", "new": 2}]', "list[Image]", keep_unknown=False) == [Image(id="1")]


@pytest.mark.parametrize("response_type", ["Picture", "list[Picture]", "os", "Model", ""])
def test_an_unknown_response_type_is_rejected(response_type: str) -> None:
    with pytest.raises(ApiTypeError, match="response_type"):
        from_json(b"[1]", response_type)


@given(st.binary(max_size=30))
def test_any_body_is_decoded_to_a_model_or_none_or_rejected(data: bytes) -> None:
    try:
        decoded = from_json(data, "Images")
    except DecodeError:
        return
    assert decoded is None or isinstance(decoded, Images)


def test_dates_in_responses_are_decoded() -> None:
    body = b'{"metadata": {"createdDate": "2020-01-02T03:04:05Z"}}'
    expected = datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert from_json(body, "Image").metadata == DatacenterElementMetadata(created_date=expected)
    assert from_json(body, Request).metadata == RequestMetadata(created_date=expected)
    assert from_json(b'{"metadata": {"status": "DONE"}}', RequestStatus).metadata.status == "DONE"


# Files


def disposition(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


@pytest.mark.parametrize(
    "name",
    [
        "report.txt",
        "/etc/passwd",
        "../../../escape.txt",
        "..",
        ".",
        "...",
        "",
        "a/../../b",
        "..\\..\\windows.ini",
        "C:\\Windows\\system.ini",
        "\\\\server\\share\\file",
        "~/.bashrc",
        "x\x00y",
        "new\nline",
        "a;b",
        "x" * 5000,
        "/" * 5000,
        "ü" * 5000,
        "語" * 5000,
        "%2e%2e%2fescape",
        "$(reboot)",
        "con.txt. ",
        "\ud800",
    ],
    ids=lambda name: ascii(name)[:20],
)
@pytest.mark.parametrize("quoted", [True, False])
def test_files_of_any_name_are_written_inside_the_folder(tmp_path: Path, name: str, quoted: bool) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    headers = disposition(name) if quoted else {"Content-Disposition": f"attachment; filename={name}"}
    path = Path(save_file(b"content", headers, str(folder)))
    assert path.parent.resolve() == folder.resolve()
    assert path.read_bytes() == b"content"
    assert list(tmp_path.rglob("*")) == [folder, path]


@pytest.mark.parametrize(
    ("name", "end"),
    [("a report.txt", "-a_report.txt"), ("/etc/hosts.txt", "-hosts.txt"), ("C:\\x\\hosts.txt", "-hosts.txt")],
)
def test_a_file_keeps_the_last_part_of_its_name(tmp_path: Path, name: str, end: str) -> None:
    assert save_file(b"", disposition(name), str(tmp_path)).endswith(end)


@pytest.mark.parametrize("headers", [{}, {"Content-Disposition": "inline"}, {"Content-Disposition": ""}])
def test_a_file_without_a_name_is_given_one(tmp_path: Path, headers: dict[str, str]) -> None:
    assert Path(save_file(b"\x00\xff", headers, str(tmp_path))).read_bytes() == b"\x00\xff"


def test_files_with_the_same_name_are_kept_apart(tmp_path: Path) -> None:
    paths = {save_file(b"", disposition("same"), str(tmp_path)) for _ in range(3)}
    assert len(paths) == 3


def test_a_file_never_replaces_an_existing_one(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    save_file(b"other", disposition("mine.txt"), str(tmp_path))
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_files_are_written_to_the_temporary_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert Path(save_file(b"", {}, None)).parent == tmp_path


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    assert stat.S_IMODE(os.stat(save_file(b"secret", {}, str(tmp_path))).st_mode) == 0o600


@pytest.mark.parametrize("read_only", [False, True])
def test_null_is_encoded_as_null(read_only: bool) -> None:
    assert to_wire(ImageProperties(name=NULL, location=None), read_only) == {"name": None}
