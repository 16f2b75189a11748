"""Models as JSON text, as dicts of JSON types, and as rows of tables."""

from __future__ import annotations

import csv
import io
import json
import re
import traceback
from datetime import datetime, timedelta, timezone
from enum import Enum, IntEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from ionoscloud import NULL, models
from ionoscloud._models.base import Model, field
from ionoscloud._models.fields import Field, model_class
from ionoscloud._models.json import from_json, to_wire
from ionoscloud._secret_types import SecretStr
from ionoscloud.exceptions import ApiTypeError, ApiValueError
from ionoscloud.models import Image, ImageProperties, Images, Server, ServerProperties, Servers

MODELS: list[Any] = [cls for name in models.__all__ if getattr(cls := getattr(models, name), "fields", None)]
COLLECTIONS = [cls for cls in MODELS if "items" in cls.fields]
UTC = timezone.utc
SECRET = "pa55word"

# Any model: fields that are set, not set or null, nested models, and unknown fields

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.text(max_size=5), inside, max_size=2),
    max_leaves=4,
)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "str": st.text(max_size=5),
    "bool": st.booleans(),
    "int": st.integers(),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "datetime": st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))])),
}


def any_model(cls: Any, levels: int = 2) -> st.SearchStrategy[Any]:
    def values(field: Field) -> st.SearchStrategy[Any]:
        nested = model_class(field.item_type)
        if not nested or not nested.fields:
            value = SCALARS[field.item_type if not nested else "str"]
        elif levels:
            value = st.deferred(lambda: any_model(nested, levels - 1))
        else:
            return st.none()
        if field.type.startswith("list["):
            value = st.lists(value, max_size=2)
        elif field.type.startswith("dict("):
            value = st.dictionaries(st.text(max_size=5), value, max_size=2)
        return st.none() | st.just(NULL) | value

    def with_unknown(model: Model, unknown: dict[str, Any]) -> Model:
        model.additional_properties.update(unknown)
        return model

    known = {each.wire_name for each in cls.fields.values()}
    names = (st.text(max_size=5) | st.sampled_from([*cls.fields])).filter(lambda name: name not in known)
    unknown = st.dictionaries(names, JSON, max_size=2) if cls._keeps_unknown else st.just({})
    fields = st.fixed_dictionaries({}, optional={name: values(each) for name, each in cls.fields.items()})
    return st.builds(with_unknown, fields.map(lambda values: cls(**values)), unknown)


class Nested(Model):
    by_name: dict[str, Image] | None = field("byName", "dict(str, Image)")
    links: dict[str, str] | None = field("_links", "dict(str, str)")


def assert_plain(value: Any) -> None:
    assert type(value) in (dict, list, str, int, float, bool, type(None))
    if isinstance(value, dict):
        assert {type(key) for key in value} <= {str}
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        assert_plain(item)


def assert_survives_json(model: Any) -> None:
    cls = type(model)
    plain = model.to_dict(json=True)
    assert_plain(plain)
    for text in (model.to_json(), model.to_json(indent=2), model.to_json().encode()):
        assert json.loads(text) == plain
        assert cls.from_json(text) == model
    assert cls.from_dict(plain, json=True) == model
    for version in (5, 6):
        assert cls.from_json(model.to_json(), api_version=version) == model


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([*MODELS, Nested]).flatmap(any_model))
def test_any_model_survives_json(model: Any) -> None:
    assert_survives_json(model)


def filled(cls: Any, levels: int = 3) -> Any:
    values: dict[str, Any] = {}
    scalars = {"bool": False, "int": 0, "float": 1.5, "datetime": datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)}
    for name, each in cls.fields.items():
        nested = model_class(each.item_type)
        if not nested or not nested.fields:
            value = scalars.get(each.item_type, "text")
        elif levels:
            value = filled(nested, levels - 1)
        else:
            continue
        is_list, is_dict = each.type.startswith("list["), each.type.startswith("dict(")
        values[name] = [value, value] if is_list else {"image_type": value, "id": value} if is_dict else value
    return cls(**values)


@pytest.mark.parametrize("cls", [*MODELS, Nested], ids=lambda cls: cls.__name__)
def test_every_field_of_every_model_survives_json(cls: Any) -> None:
    model = filled(cls)
    assert {*model.to_dict(json=True)} == {each.wire_name for each in cls.fields.values()}
    assert_survives_json(model)
    nulls = cls(**dict.fromkeys(cls.fields, NULL))
    assert json.loads(nulls.to_json()) == dict.fromkeys(each.wire_name for each in cls.fields.values())
    assert_survives_json(nulls)


# JSON


def test_json_has_the_names_and_dates_of_the_api() -> None:
    text = (
        '{"id": "1", "metadata": {"createdDate": "2015-09-01T15:37:18Z"}, '
        '"properties": {"imageType": "HDD", "future": [{"a": null}]}}'
    )
    assert Image.from_json(text).to_json() == text
    image = Image.from_json(b"\xef\xbb\xbf" + text.encode())
    assert image.metadata and image.metadata.created_date == datetime(2015, 9, 1, 15, 37, 18, tzinfo=UTC)
    assert image.to_json(indent=1).splitlines()[:3] == ["{", ' "id": "1",', ' "metadata": {']
    assert image.to_dict(json=True) == json.loads(text)


@pytest.mark.parametrize("seconds", [30, 0, -30])
def test_dates_of_any_zone_survive_json(seconds: int) -> None:
    date = datetime(2020, 1, 1, microsecond=5, tzinfo=timezone(timedelta(seconds=seconds)))
    metadata = models.DatacenterElementMetadata(created_date=date)
    assert models.DatacenterElementMetadata.from_json(metadata.to_json()) == metadata


def test_json_contains_secrets_as_to_dict_does() -> None:
    volume = models.VolumeProperties(image_password=SECRET, user_data=SecretStr(SECRET))
    assert volume.to_json() == f'{{"imagePassword": "{SECRET}", "userData": "{SECRET}"}}'


def test_models_in_a_dict_are_converted_whatever_their_keys() -> None:
    image = Image(id="1", properties=ImageProperties(image_type="HDD", description=NULL))
    nested = Nested(by_name={"id": image, "properties": image})
    assert Nested.from_dict(nested.to_dict()) == Nested.from_json(nested.to_json()) == nested


class Kind(str, Enum):
    IMAGE = "image"


class Cores(IntEnum):
    FOUR = 4


class Size(float):  # as the numbers of numpy
    pass


def test_text_and_numbers_of_other_classes_become_plain() -> None:
    plain = Image(id=SecretStr("1"), type=Kind.IMAGE).to_dict(json=True)
    assert plain == {"id": "1", "type": "image"}
    assert_plain(plain)
    plain = Image(properties=ImageProperties(size=Size(1.5), public=True)).to_dict(json=True)
    assert plain == {"properties": {"size": 1.5, "public": True}}
    assert_plain(plain)
    plain = ServerProperties(cores=Cores.FOUR, ram=1024).to_dict(json=True)
    assert plain == {"cores": 4, "ram": 1024}
    assert_plain(plain)


def test_to_dict_without_arguments_is_unchanged() -> None:
    date = datetime(2020, 1, 1, tzinfo=UTC)
    metadata = models.DatacenterElementMetadata(created_date=date, etag=NULL)
    assert metadata.to_dict()["created_date"] is date
    assert metadata.to_dict()["etag"] is NULL
    assert metadata.to_dict()["state"] is None


def test_null_in_json_is_sent_as_null_and_null_in_a_response_is_not() -> None:
    text = '{"description": null}'
    assert ImageProperties.from_json(text).description is NULL
    assert ImageProperties.from_dict(json.loads(text)).description is None
    assert from_json(text, ImageProperties).description is None


def test_json_has_only_names_on_the_wire() -> None:
    properties = ImageProperties.from_json('{"image_type": "HDD"}')
    assert properties.image_type is None
    assert properties.additional_properties == {"image_type": "HDD"}


def test_fields_of_another_version_in_a_stored_response_can_be_sent_back() -> None:
    received = from_json('{"name": "n", "exposeSerial": true}', ImageProperties, version=5)
    text = received.to_json()
    restored = ImageProperties.from_json(text, api_version=5)
    assert restored == received
    assert to_wire(restored, version=5) == to_wire(received, version=5) == {"name": "n", "exposeSerial": True}
    from_plain = ImageProperties.from_dict(received.to_dict(json=True), json=True, api_version=5)
    assert to_wire(from_plain, version=5) == to_wire(received, version=5)
    assert to_wire(ImageProperties.from_dict(received.to_dict(), api_version=5), version=5) == json.loads(text)
    for version in (None, 6):
        with pytest.raises(ApiValueError, match="expose_serial is not part of Cloud API v5"):
            to_wire(ImageProperties.from_json(text, api_version=version), version=5)


@pytest.mark.parametrize(("value", "kind"), [(4, ApiValueError), ("v6", ApiValueError), (True, ApiTypeError)])
def test_a_wrong_version_is_rejected(value: Any, kind: Any) -> None:
    with pytest.raises(kind, match="api_version must be 5 or 6, or None, not "):
        Image.from_json("{}", api_version=value)


@pytest.mark.parametrize("data", [[], "text", None])
def test_from_dict_rejects_other_types(data: Any) -> None:
    with pytest.raises(ApiTypeError, match="`data` must be a dict with the fields of Image, not a"):
        Image.from_dict(data)


@pytest.mark.parametrize(
    ("cls", "text", "message"),
    [
        (Image, "", "the JSON for Image is empty"),
        (Image, b" \n", "the JSON for Image is empty"),
        (Image, f'{{"a": {SECRET}}}', "the JSON for Image is not valid: Expecting value in line 1, column 7"),
        (Image, f"{{'{SECRET}': 1}}", "the JSON for Image is not valid: "),
        (Image, b'{"a": "\xff' + SECRET.encode() + b'"}', "the JSON for Image is not valid"),
        (Image, f'"{SECRET}"', "the JSON for Image must be an object, not text"),
        (Image, "null", "the JSON for Image must be an object, not null"),
        (Image, "true", "the JSON for Image must be an object, not a boolean"),
        (Image, "[" * 200 + "]" * 200, "the JSON for Image is rejected: the JSON is nested too deeply"),
        (
            Image,
            f'["{SECRET}"]',
            "the JSON for Image must be an object, not a list; call Image.from_dict(item, json=True) for each item",
        ),
        (
            Images,
            f'[{{"id": "{SECRET}"}}]',
            'the JSON for Images must be an object, not a list; put the items of a list into {"items": [...]}',
        ),
    ],
)
def test_wrong_json_is_rejected_without_showing_it(cls: Any, text: Any, message: str) -> None:
    with pytest.raises(ApiValueError, match=f"^{re.escape(message)}") as caught:
        cls.from_json(text)
    assert_hides_secrets(caught.value)


@pytest.mark.parametrize("data", [None, {"id": SECRET}, 5, bytearray(SECRET.encode())])
def test_only_text_and_bytes_are_json(data: Any) -> None:
    with pytest.raises(ApiTypeError, match=r"Image.from_json\(\) takes JSON as str or bytes, not an? \w+$") as caught:
        Image.from_json(data)
    assert_hides_secrets(caught.value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"x", "a bytes cannot be encoded as JSON at ['properties']['name']"),
        (float("nan"), "a number must be finite at ['properties']['name']"),
        ({(1, 2): 3}, "keys must be str"),
    ],
)
def test_a_value_that_json_does_not_have_is_rejected_with_its_path(value: Any, message: str) -> None:
    image = Image(properties=models.VolumeProperties(name=value, image_password=SECRET))
    with pytest.raises((ApiTypeError, ApiValueError), match=re.escape(message)) as caught:
        image.to_json()
    assert_hides_secrets(caught.value)


@pytest.mark.parametrize(("indent", "kind"), [(-1, ApiValueError), ("  ", ApiTypeError), (True, ApiTypeError)])
def test_a_wrong_indent_is_rejected(indent: Any, kind: Any) -> None:
    with pytest.raises(kind, match="indent must be an integer, 0 or more, or None, not "):
        Image().to_json(indent)


def assert_hides_secrets(error: BaseException) -> None:
    """Check what error reporters show: messages, causes, and local variables of this package."""
    assert error.__context__ is error.__cause__ is None
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    inside = [frame for frame in shown.stack if "ionoscloud" in frame.filename and "test" not in frame.filename]
    assert inside
    assert SECRET not in str(error) + "".join(str(frame.locals) for frame in inside)


# Rows


def test_rows_are_flat_and_have_the_same_keys() -> None:
    boot = models.ResourceReference(id="v")
    created = datetime(2020, 1, 1, tzinfo=UTC)
    servers = Servers(
        items=[
            Server(
                id="1",
                type="server",
                href="h",
                metadata=models.DatacenterElementMetadata(state="AVAILABLE", created_date=created),
                properties=ServerProperties(name="web", cores=2, type="CUBE", boot_volume=boot, hostname=NULL),
                entities=models.ServerEntities(volumes=models.AttachedVolumes(items=[models.Volume(id="v")])),
            ),
            {"id": "2", "properties": {"name": "db", "bootVolume": {"id": "w"}, "future": 1}},
        ]
    )
    first, second = servers.to_rows()
    assert list(first)[:4] == ["id", "name", "cores", "ram"]
    assert list(first)[-2:] == ["type", "href"]
    assert list(first).index("properties_type") < list(first).index("created_date")
    set_in_first = {key: value for key, value in first.items() if value is not None}
    assert set_in_first == {
        "id": "1",
        "name": "web",
        "cores": 2,
        "properties_type": "CUBE",
        "boot_volume_id": "v",
        "state": "AVAILABLE",
        "created_date": created,
        "type": "server",
        "href": "h",
    }
    assert list(second) == list(first)
    assert {key: value for key, value in second.items() if value is not None} == {
        "id": "2",
        "name": "db",
        "boot_volume_id": "w",
    }


def test_keys_do_not_depend_on_the_values() -> None:
    one = Images(items=[Image(properties=ImageProperties())])
    two = Images(items=[Image(properties=ImageProperties(name="n", image_aliases=["a"])), Image()])
    assert [list(row) for row in two.to_rows()] == [list(one.to_rows()[0])] * 2


def test_rows_of_depth_0_have_no_properties() -> None:
    images = Images(items=[Image(id="1", type="image", href="h")])
    assert images.to_rows() == [{"id": "1", "type": "image", "href": "h"}]


@pytest.mark.parametrize("collection", [Images(), Images(items=[])])
def test_a_collection_without_items_has_no_rows(collection: Images) -> None:
    assert collection.to_rows() == []


def test_lists_and_dicts_become_text() -> None:
    taint = models.KubernetesNodePoolTaint(key="k", effect="NoSchedule")
    pool = models.KubernetesNodePoolProperties(
        public_ips=["1.2.3.4", "5.6.7.8"],
        available_upgrade_versions=[],
        labels={"a": "b", "token": SECRET},
        taints=[taint],
    )
    (row,) = models.KubernetesNodePools(items=[models.KubernetesNodePool(properties=pool)]).to_rows()
    assert (row["public_ips"], row["available_upgrade_versions"]) == ("1.2.3.4, 5.6.7.8", "")
    assert json.loads(row["taints"]) == [{"key": "k", "effect": "NoSchedule"}]
    assert json.loads(row["labels"]) == {"a": "b", "token": "***"}
    assert row["annotations"] is None


@pytest.mark.parametrize("cls", COLLECTIONS, ids=lambda cls: cls.__name__)
def test_the_rows_of_every_collection_have_flat_values_and_no_secrets(cls: Any) -> None:
    rows = cls(items=filled(cls).items).to_rows()
    item_class: Any = model_class(cls.fields["items"].item_type)
    nested = [
        model_class(item_class.fields[name].type) for name in ("properties", "metadata") if name in item_class.fields
    ]
    expected = [each for model in (item_class, *nested) for each in model.fields.values()]
    secret = {each.name for each in expected if each.secret}
    wanted = [each.name for each in expected if not each.secret and not getattr(model_class(each.type), "fields", None)]
    for row in rows:
        assert {type(value) for value in row.values()} <= {str, int, float, bool, datetime, type(None)}
        assert {name for name in wanted if row[name] is None} == set()
        assert not secret & {*row}
        assert len(row) >= len(wanted)  # each field has a key of its own
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0])
    writer.writerows(rows)
    assert len(list(csv.reader(io.StringIO(stream.getvalue())))) == len(rows)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Images(items="text"), "items must be a list, not a str at ['items']"),
        (Images(items=[Image(), None]), "an item must be an Image or a dict, not a NoneType at ['items'][1]"),
        (Images(items=[Server()]), "an item must be an Image or a dict, not a Server at ['items'][0]"),
    ],
)
def test_only_collections_of_models_have_rows(model: Any, message: str) -> None:
    with pytest.raises(ApiTypeError, match=f"^{re.escape(message)}$"):
        model.to_rows()


def test_unexpected_values_are_kept_and_a_wrong_object_is_empty() -> None:
    images = Images.from_json('{"items": [{"properties": {"name": 5, "size": "big"}}, {"properties": "broken"}]}')
    first, second = images.to_rows()
    assert (first["name"], first["size"]) == (5, "big")
    assert (second["name"], second["size"]) == (None, None)
