from __future__ import annotations

import copy
import inspect
import json
import pickle
import re
import traceback
from abc import ABCMeta
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pprint import pformat
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given, strategies as st
from IPython.lib.pretty import pretty

import ionoscloud
from ionoscloud import NULL, models
from ionoscloud._models.base import Model, field
from ionoscloud._models.fields import parse_datetime
from ionoscloud._models.json import from_json, to_wire
from ionoscloud.models import (
    DatacenterElementMetadata,
    Error,
    ErrorMessage,
    Image,
    ImageProperties,
    Images,
    PaginationLinks,
    Request,
    RequestProperties,
    Requests,
    RequestStatus,
    RequestStatusMetadata,
    RequestTarget,
    ResourceReference,
    Type,
)

RESPONSE: dict[str, Any] = {
    "id": "5468d4f1",
    "type": "image",
    "href": "https://api.ionos.com/cloudapi/v5/images/5468d4f1",
    "metadata": {"createdDate": "2015-09-01T15:37:18Z", "createdBy": "System", "state": "AVAILABLE"},
    "properties": {
        "name": "debian.iso",
        "size": 0.23,
        "cpuHotPlug": True,
        "licenceType": "LINUX",
        "imageAliases": ["debian:10_iso"],
        "futureFlag": True,
    },
    "futureField": {"a": [1, None]},
}


MODELS = [model for name in models.__all__ if issubclass(model := getattr(models, name), Model)]


@pytest.fixture
def image() -> Image:
    return Image.from_dict(RESPONSE)


# Constructors


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Image, "id type href metadata properties"),
        (Images, "id type href items"),
        (
            ImageProperties,
            "name description location size cpu_hot_plug cpu_hot_unplug ram_hot_plug ram_hot_unplug nic_hot_plug"
            " nic_hot_unplug disc_virtio_hot_plug disc_virtio_hot_unplug disc_scsi_hot_plug disc_scsi_hot_unplug"
            " licence_type image_type public image_aliases cloud_init"
            " expose_serial require_legacy_bios application_type required_features",
        ),
        (
            DatacenterElementMetadata,
            "etag created_date created_by created_by_user_id last_modified_date last_modified_by"
            " last_modified_by_user_id state",
        ),
        (Error, "http_status messages"),
        (ErrorMessage, "error_code message"),
        (Request, "id type href metadata properties"),
        (RequestProperties, "method headers body url"),
        (Requests, "id type href items offset limit links"),
        (PaginationLinks, "prev _self next"),
        (RequestStatus, "id type href metadata"),
        (RequestStatusMetadata, "status message etag targets"),
        (RequestTarget, "target status"),
        (ResourceReference, "id type href"),
        (Type, ""),
    ],
)
def test_constructors_accept_the_published_arguments_in_the_published_order(model: type[Model], names: str) -> None:
    assert list(inspect.signature(model).parameters) == [*names.split(), "local_vars_configuration"]
    assert list(model.openapi_types) == list(model.attribute_map) == names.split()
    assert all(parameter.default is None for parameter in inspect.signature(model).parameters.values())


def test_arguments_can_be_positional() -> None:
    image = Image("the-id", Type.IMAGE, "https://href", None, ImageProperties("the-name", "text"))
    assert (image.id, image.type, image.href, image.metadata) == ("the-id", "image", "https://href", None)
    assert (image.properties.name, image.properties.description) == ("the-name", "text")


def test_local_vars_configuration_is_accepted_and_ignored() -> None:
    assert ImageProperties(name="a", local_vars_configuration=object()) == ImageProperties(name="a")


def test_every_attribute_can_be_read_and_set() -> None:
    properties = ImageProperties()
    for name in ImageProperties.openapi_types:
        assert getattr(properties, name) is None
        setattr(properties, name, "x")
        assert getattr(properties, name) == "x"


def test_openapi_types_and_attribute_map_are_as_published() -> None:
    assert ImageProperties.openapi_types["image_aliases"] == "list[str]"
    assert ImageProperties.openapi_types["size"] == "float"
    assert ImageProperties.attribute_map["image_aliases"] == "imageAliases"
    assert RequestProperties.openapi_types["headers"] == "dict(str, str)"
    assert DatacenterElementMetadata.openapi_types["created_date"] == "datetime"
    assert Requests.attribute_map["links"] == "_links"


@pytest.mark.parametrize("model", MODELS)
def test_every_model_annotates_every_attribute(model: type[Model]) -> None:
    assert set(model.fields) <= set(model.__annotations__)
    assert set(model.fields) == set(inspect.signature(model).parameters) - {"local_vars_configuration"}


TYPOS = [
    (ImageProperties, "nmae", "name"),
    (ImageProperties, "nam_e", "name"),
    (ImageProperties, "_name", "name"),
    (ImageProperties, "Name", "name"),
    (ImageProperties, "names", "name"),
    (ImageProperties, "imagge_type", "image_type"),
    (ImageProperties, "license_type", "licence_type"),
    (ImageProperties, "cpu_hotplug", "cpu_hot_plug"),
    (ImageProperties, "cpuHotPlug", "cpu_hot_plug"),
    (ImageProperties, "cup_hot_plug", "cpu_hot_plug"),
    (ImageProperties, "discVirtioHotPulg", "disc_virtio_hot_plug"),
    (Image, "propertes", "properties"),
    (Images, "item", "items"),
    (Requests, "_links", "links"),
    (models.ServerProperties, "vmState", "vm_state"),
    (models.ServerProperties, "vm_State", "vm_state"),
    (models.ServerEntities, "volume", "volumes"),
    (models.VolumeProperties, "ssh_key", "ssh_keys"),
    (models.VolumeProperties, "image_pasword", "image_password"),
    (models.VolumeProperties, "backup_unit_id", "backupunit_id"),
    (models.IpConsumer, "server_di", "server_id"),
]


@pytest.mark.parametrize(("model", "name", "meant"), TYPOS)
def test_a_mistyped_argument_raises_with_a_suggestion(model: Any, name: str, meant: str) -> None:
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'; did you mean '{meant}'"):
        model(**{name: "x"})


def test_an_unknown_argument_raises() -> None:
    with pytest.raises(TypeError, match=r"Server.__init__\(\) got an unexpected keyword argument 'nic'$"):
        models.Server(nic=models.Nic())  # type: ignore[call-arg]


def decode_no_dict() -> None:
    Image._decode([])  # type: ignore[arg-type]


def nest_in_itself() -> None:
    server = models.Server()
    server.entities = models.ServerEntities(volumes=server)  # type: ignore[arg-type]
    server.to_dict()


@pytest.mark.parametrize(
    ("fail", "line"),
    [
        (lambda: ImageProperties(nmae="n"), "in __init__\n    self._reject_unknown(unknown)\n"),  # type: ignore[call-arg]
        (decode_no_dict, "in decode\n    model.id = take('id', None)\n"),
        (nest_in_itself, "in to_dict\n    'entities': value._to_dict() if (value := self.entities)"),
    ],
)
def test_a_traceback_shows_the_lines_of_compiled_code(fail: Callable[[], object], line: str) -> None:
    with pytest.raises((TypeError, RecursionError)) as caught:
        fail()
    assert line in "".join(traceback.format_exception(None, caught.value, caught.tb))


@pytest.mark.parametrize(("model", "name", "meant"), TYPOS)
def test_a_mistyped_attribute_raises_with_a_suggestion(model: Any, name: str, meant: str) -> None:
    some = model()
    with pytest.raises(AttributeError, match=f"{model.__name__} has no field '{name}'; did you mean '{meant}'"):
        setattr(some, name, "x")
    assert not hasattr(some, name)


# Custom attributes


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (models.Server, "nic"),
        (models.ServerEntities, "nic"),
        (models.NicProperties, "ip"),
        (models.Datacenter, "lan"),
        (models.DataCenterEntities, "lan"),
        (models.Volume, "server_id"),
        (models.Volume, "datacenter_id"),
        (models.IpConsumer, "server_ip"),
        (models.Server, "_note"),
        (models.Server, "public_ip"),
        (ImageProperties, "tag"),
        (models.Server, "_ids"),
        (models.Server, "mro"),
    ],
)
def test_custom_attributes_can_be_set_and_deleted(model: Any, name: str) -> None:
    some, other = model(), model()
    assert not hasattr(some, name)
    setattr(some, name, [1])
    assert getattr(some, name) == [1]
    assert name in dir(some)
    assert "discriminator" not in dir(some)
    assert not hasattr(other, name)
    assert getattr(other, name, None) is None
    setattr(some, name, 2)
    assert getattr(some, name) == 2
    delattr(some, name)
    assert not hasattr(some, name)
    assert name not in dir(some)
    with pytest.raises(AttributeError, match=f"'{model.__name__}' object has no attribute '{name}'"):
        delattr(some, name)
    with pytest.raises(AttributeError, match=f"'{model.__name__}' object has no attribute '{name}'"):
        getattr(some, name)


def annotated(image: Any) -> Any:
    image.note = {"by": "me"}
    image.properties.lan = 7
    return image


def test_custom_attributes_are_not_shown_compared_or_sent(image: Image) -> None:
    plain = copy.deepcopy(image)
    annotated(image)
    assert image == plain
    assert plain == image
    assert (repr(image), image.to_str(), image._repr_html_()) == (repr(plain), plain.to_str(), plain._repr_html_())
    assert image.to_dict() == plain.to_dict()
    assert to_wire(image) == to_wire(plain)
    assert to_wire(image, read_only=True) == to_wire(plain, read_only=True)
    assert image.additional_properties == {"futureField": {"a": [1, None]}}
    with pytest.raises(KeyError):
        image["note"]


def test_unknown_fields_and_custom_attributes_do_not_mix(image: Any) -> None:
    before = image.additional_properties
    image.note = 1
    assert image.additional_properties is before
    image.additional_properties["more"] = 2
    assert image.to_dict()["more"] == 2
    bare: Any = Image()
    bare.note = 1
    bare.additional_properties["note"] = 2
    assert bare.note == 1
    assert to_wire(bare) == {"note": 2}
    assert bare != Image()


def test_methods_and_internals_of_a_model_are_read_only(image: Any) -> None:
    for name in ("to_dict", "additional_properties", "fields", "__dict__"):
        with pytest.raises(AttributeError, match=r"read-only|can't set|no setter"):
            setattr(image, name, {})


def test_models_without_custom_attributes_need_no_extra_memory() -> None:
    word = object.__basicsize__ // 2
    for model in (model for model in MODELS if model.fields):
        assert model.__basicsize__ == object.__basicsize__ + word * (len(model.fields) + 1)


def test_a_custom_attribute_can_be_set_before_init() -> None:
    class Early(Image):
        __slots__ = ()

    annotated(Image.from_dict(RESPONSE))
    early: Any = Early.__new__(Early)
    assert not hasattr(early, "note")
    early.note = 1
    assert early.note == 1


# The internals of published models


def test_vars_is_as_in_the_published_package() -> None:
    properties: Any = models.LanProperties(name="net", public=True)
    properties.note = 1
    assert list(vars(properties).items()) == [
        ("local_vars_configuration", None),
        ("_name", "net"),
        ("_ip_failover", None),
        ("_pcc", None),
        ("_public", True),
        ("_ipv4_cidr_block", None),
        ("_ipv6_cidr_block", None),
        ("discriminator", None),
        ("note", 1),
    ]
    links = PaginationLinks(_self="s")
    assert vars(links)["_PaginationLinks__self"] == "s"
    image = Image(id="1", properties=ImageProperties())
    assert vars(image)["_properties"] is image.properties


def test_changing_vars_does_not_change_the_model(image: Image) -> None:
    vars(image).update(_id="other", note=1)
    assert image == Image.from_dict(RESPONSE)
    assert not hasattr(image, "note")


def test_introspection_tools_can_inspect_models(image: Any) -> None:
    image.metadata.created_date = None  # the json module cannot encode dates
    annotated(image)
    inside = json.loads(json.dumps(vars(image), default=vars))
    assert (inside["_properties"]["_size"], inside["_properties"]["lan"], inside["note"]) == (0.23, 7, {"by": "me"})
    members = dict(inspect.getmembers(image))
    assert (members["id"], members["note"]) == ("5468d4f1", {"by": "me"})
    assert "_id" not in members
    assert "debian.iso" in pformat(vars(image))
    stand_in = mock.create_autospec(image)
    assert stand_in.to_dict() is not None
    with pytest.raises(AttributeError):
        _ = stand_in.nothing
    with mock.patch.object(image, "note", 5), mock.patch.object(image, "id", "6"):
        assert (image.note, image.id) == (5, "6")
    assert (image.note, image.id) == ({"by": "me"}, "5468d4f1")


# Subclasses


def test_a_subclass_inherits_the_fields() -> None:
    class OwnImage(Image):
        pass

    Image.from_dict({})  # decoding the base class first must have no effect
    assert OwnImage(id="1").id == "1"
    assert type(OwnImage.from_dict(RESPONSE)) is OwnImage
    assert OwnImage.from_dict(RESPONSE).properties.name == "debian.iso"


class Tagged(Image):
    """A subclass with its own slots, constructor and `to_dict`."""

    __slots__ = ("tag",)

    def __init__(self, tag: str, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.tag = tag

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "tag": getattr(self, "tag", None)}


class Further(Tagged):
    pass


class Extended(Image):
    __slots__ = "tag"
    extra: str | None = field("extraField", "str")


@pytest.mark.parametrize("model", [Tagged, Further])
def test_a_subclass_can_override_init_and_to_dict(model: type[Tagged]) -> None:
    tagged = model("t", id="1")
    assert (tagged.tag, tagged.id, tagged.properties) == ("t", "1", None)
    assert tagged.to_dict() == {**Image(id="1").to_dict(), "tag": "t"}
    decoded = model.from_dict(RESPONSE)
    assert decoded.to_dict() == {**Image.from_dict(RESPONSE).to_dict(), "tag": None}
    assert Images(items=[decoded]).to_dict()["items"] == [decoded.to_dict()]
    assert to_wire(decoded) == to_wire(Image.from_dict(RESPONSE))
    assert pickle.loads(pickle.dumps(tagged)).tag == "t"
    assert Tagged.__dictoffset__ == 0


def test_a_subclass_can_add_fields_and_slots() -> None:
    extended = Extended.from_dict({**RESPONSE, "extraField": "x"})
    extended.tag = "t"
    assert extended.extra == extended.to_dict()["extra"] == "x"
    assert Extended(id="1", extra="y").to_dict() == {**Image(id="1").to_dict(), "extra": "y"}
    assert Extended.__dictoffset__ == 0


def test_a_subclass_without_slots_accepts_custom_attributes() -> None:
    clone = pickle.loads(pickle.dumps(Further("t")))
    clone.note = "n"
    assert (clone.tag, copy.copy(clone).note) == ("t", "n")


def test_a_subclass_can_intercept_setattr() -> None:
    seen: list[str] = []

    class Watched(Image):
        def __setattr__(self, name: str, value: Any) -> None:
            seen.append(name)
            Model.__setattr__(self, name, value)

    watched = Watched(id="1")
    assert watched.id == "1"
    assert set(seen) > set(Image.fields)
    seen.clear()
    assert Watched.from_dict(RESPONSE).properties.name == "debian.iso"
    assert set(seen) > set(Image.fields)

    class Direct(Model):
        name: str | None = field("name", "str")
        __setattr__ = Watched.__setattr__

    seen.clear()
    Direct.from_dict({"name": "x"})
    assert "name" in seen


def test_init_subclass_and_metaclasses_see_no_internal_classes() -> None:
    seen: list[type] = []

    class Counted(Model):
        name: str | None = field("name", "str")

        def __init_subclass__(cls) -> None:
            seen.append(cls)

    class Own(Counted):
        pass

    assert [type(model.from_dict({"name": "x"})) for model in (Counted, Own)] == [Counted, Own]
    assert seen == [Own]

    class Meta(type(Image)):  # type: ignore[misc]
        def __init__(cls, *arguments: Any) -> None:
            super().__init__(*arguments)
            seen.append(cls)

    class Direct(Model, metaclass=Meta):
        name: str | None = field("name", "str")

    assert Direct.from_dict({"name": "x"}).name == "x"
    assert seen == [Own, Direct]


def test_a_subclass_can_have_a_custom_metaclass() -> None:
    class Abstract(type(Image), ABCMeta):  # type: ignore[misc]
        pass

    class Own(Image, metaclass=Abstract):
        pass

    assert Own.fields == Image.fields
    assert Own.from_dict(RESPONSE).id == Image.from_dict(RESPONSE).id


# Comparing, printing, copying


def test_models_compare_by_value() -> None:
    assert Image.from_dict(RESPONSE) == Image.from_dict(RESPONSE)
    assert Image(id="1") != Image(id="2")
    assert Image(id="1") != Images(id="1")
    assert Image(id="1") != {"id": "1"}
    assert ImageProperties(name=NULL) != ImageProperties()


def test_reading_additional_properties_changes_nothing() -> None:
    image = Image(id="1")
    assert image.additional_properties == {}
    assert image == Image(id="1")
    assert repr(image) == "Image(id='1')"
    assert to_wire(image, read_only=True) == {"id": "1"}


def test_models_that_differ_in_an_unknown_field_are_not_equal(image: Image) -> None:
    other = Image.from_dict(RESPONSE)
    other.additional_properties["futureField"] = 1
    assert image != other


def test_models_are_not_hashable(image: Image) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(image)


def test_a_short_repr_is_one_line_of_python() -> None:
    short = Image(id="1", properties=ImageProperties(name="x", image_aliases=["a:b"]))
    text = repr(short)
    assert text == "Image(id='1', properties=ImageProperties(name='x', image_aliases=['a:b']))"
    assert eval(text, vars(models)) == short


def test_a_long_repr_is_indented(image: Image) -> None:
    lines = repr(image).splitlines()
    assert lines[0] == "Image("
    assert lines[1] == "    id='5468d4f1',"
    assert "        name='debian.iso'," in lines
    assert lines[-1] == ")"
    assert "futureField" in repr(image)


def test_the_repr_of_an_empty_model_is_its_name() -> None:
    assert repr(Image()) == "Image()"


@pytest.mark.parametrize(
    "model",
    [
        models.VolumeProperties(image_password="top-secret"),
        models.VolumeProperties(user_data="top-secret"),
        models.S3KeyProperties(secret_key="top-secret"),
        models.KubernetesConfigProperties(kubeconfig="top-secret"),
        models.BackupUnitSSO(sso_url="https://x?token=top-secret"),
        models.RequestProperties(headers={"a": "top-secret"}, body='{"password": "top-secret"}'),
        models.Volumes(items=[models.Volume(properties=models.VolumeProperties(image_password="top-secret"))]),
        models.Volume(properties={"imagePassword": "top-secret", 1: 2}),
        Image.from_dict({"newPassword": "top-secret", "more": [{"token": "top-secret"}]}),
    ],
    ids=lambda model: type(model).__name__,
)
def test_secrets_are_masked_only_in_the_repr(model: Any) -> None:
    before = copy.deepcopy(model)
    assert "top-secret" not in repr(model) + str(model) + f"{model} {[model]}"
    assert "***" in repr(model)
    assert model == before
    assert "top-secret" in str(model.to_dict())


def test_to_str_shows_python_names() -> None:
    assert "'cpu_hot_plug': True" in ImageProperties(cpu_hot_plug=True).to_str()


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        *(lambda m, p=p: pickle.loads(pickle.dumps(m, p)) for p in range(pickle.HIGHEST_PROTOCOL + 1)),
    ],
)
def test_copies_and_pickles_are_complete(duplicate: Any, image: Image) -> None:
    image.properties.description = NULL
    image.note = nic = models.Nic(id="n")  # type: ignore[attr-defined]
    clone = duplicate(image)
    assert clone == image
    assert clone.note == nic
    clone.note = clone.more = 1
    assert image.note is nic  # type: ignore[attr-defined]
    assert not hasattr(image, "more")
    assert clone is not image
    assert clone.properties.description is NULL
    assert clone.additional_properties == {"futureField": {"a": [1, None]}}
    clone.id = "other"
    assert image.id == "5468d4f1"


def test_a_deep_copy_shares_nothing(image: Image) -> None:
    clone = copy.deepcopy(image)
    clone.properties.image_aliases.append("x")
    clone.additional_properties["futureField"]["a"].append("x")
    assert image == Image.from_dict(RESPONSE)


def test_a_pickled_model_is_small() -> None:
    assert len(pickle.dumps(ImageProperties(name="x"))) < 22 * len(ImageProperties.fields)


def test_newer_fields_are_none_in_a_pickle_of_an_older_version() -> None:
    older = Image.__new__(Image)
    older.__setstate__((None, {"id": "1", "_additional_properties": None}))
    assert older == Image(id="1")
    assert older.properties is None


def test_newer_fields_of_a_pickle_are_kept_as_unknown_fields() -> None:
    newer = Image.__new__(Image)
    newer.__setstate__((None, {"id": "1", "boot_order": ["a"], "gone": None, "_additional_properties": {"x": 1}}))
    assert newer.additional_properties == {"x": 1, "bootOrder": ["a"]}
    assert to_wire(newer) == {"id": "1", "x": 1, "bootOrder": ["a"]}


def test_a_pickle_of_a_published_model_keeps_custom_attributes() -> None:
    published: Any = Image.__new__(Image)
    published.__setstate__({"local_vars_configuration": object(), "_id": "1", "discriminator": None, "note": 2})
    assert published == Image(id="1")
    assert (published.note, "discriminator" in dir(published)) == (2, False)


class Pickled(Image):
    """A subclass that defines its pickled state."""

    def __getstate__(self) -> Any:
        return {"own": self.id}

    def __setstate__(self, state: Any) -> None:
        super().__setstate__((None, {}))
        self.id = state["own"]


class Reduced(Image):
    def __reduce__(self) -> Any:
        return Reduced, (self.id,)


@pytest.mark.parametrize("model", [Pickled("1"), Reduced("1")])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_subclass_can_customize_pickling(model: Image, duplicate: Any) -> None:
    assert duplicate(model) == model
    assert duplicate(model) is not model


def test_a_deep_copy_of_a_recursive_model_contains_the_copy() -> None:
    image = Image()
    image.additional_properties["self"] = image
    clone = copy.deepcopy(image)
    assert clone.additional_properties["self"] is clone


# Deep nesting

LEVELS = 100  # the maximum depth of a response


def nested(opening: str, closing: str, unit: int = 1) -> str:
    return opening * (LEVELS // unit) + closing * (LEVELS // unit)


DEEP = {
    "lists": ("object", nested("[", "]")),
    "unknown fields": ("Images", nested('{"a":', "}")[:-LEVELS] + "1" + "}" * LEVELS),
    "both": ("Images", nested('{"a":[', "]}", 2)),
    "fields of the wrong type": ("Image", '{"id":' + "[" * (LEVELS - 1) + "]" * (LEVELS - 1) + "}"),
    "models": ("Resource", nested('{"entities":{"groups":{"items":[', "]}}}", 4)),
}


def below(frames: int, function: Any) -> Any:
    return function() if frames == 0 else below(frames - 1, function)


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("frames", [0, 500])
def test_deeply_nested_models_can_be_shown_compared_and_copied(name: str, frames: int) -> None:
    response_type, text = DEEP[name]

    def use() -> None:
        value = from_json(text, response_type)
        model = value if isinstance(value, Model) else Image(id=value)
        assert not re.search("too deeply", model.to_str() + repr(model) + model._repr_html_() + pretty(model))
        assert model.to_dict()
        assert copy.deepcopy(model) == model == pickle.loads(pickle.dumps(model))

    below(frames, use)


@pytest.mark.parametrize("holder", [dict, list, tuple])
def test_recursive_models_can_be_shown(holder: type) -> None:
    image, loop = Image(id="1"), {}
    loop["again"] = holder([("x", loop)] if holder is dict else [loop])
    image.additional_properties["loop"] = loop
    image.properties = loop
    for text in (repr(image), image.to_str(), image._repr_html_(), pretty(image)):
        assert "Image" in text or "'id': '1'" in text


# Dicts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "5468d4f1"),
        ("properties", ImageProperties.from_dict(RESPONSE["properties"])),
        ("futureField", {"a": [1, None]}),
    ],
)
def test_attributes_can_be_read_as_items(image: Image, name: str, value: Any) -> None:
    assert image[name] == value
    assert image["properties"]["cpuHotPlug"] is image["properties"]["cpu_hot_plug"] is True
    assert Image()["id"] is None


@pytest.mark.parametrize("name", ["imageAliases", "nmae", 0, None])
def test_an_unknown_item_raises_key_error(image: Image, name: Any) -> None:
    with pytest.raises(KeyError, match=f"Image has no field {name!r}"):
        _ = image[name]


def test_a_model_is_not_iterable(image: Image) -> None:
    with pytest.raises(TypeError, match="not iterable"):
        list(image)  # type: ignore[call-overload]


def test_to_dict_returns_every_python_name_and_no_models(image: Image) -> None:
    result = image.to_dict()
    assert list(result)[:5] == ["id", "type", "href", "metadata", "properties"]
    assert result["metadata"]["created_date"] == datetime(2015, 9, 1, 15, 37, 18, tzinfo=timezone.utc)
    assert result["properties"]["cpu_hot_plug"] is True
    assert result["properties"]["description"] is None
    assert result["properties"]["futureFlag"] is True
    assert result["futureField"] == {"a": [1, None]}


def test_to_dict_converts_models_in_lists_tuples_and_dicts() -> None:
    images = Images(items=[Image(id="1")])
    assert images.to_dict()["items"] == [Image(id="1").to_dict()]
    assert Images(items=(Image(id="1"),)).to_dict() == images.to_dict()
    assert Images(items={"a": Image(id="1")}).to_dict()["items"] == {"a": Image(id="1").to_dict()}


def test_to_dict_keeps_null_for_from_dict() -> None:
    image = Image(properties=ImageProperties(name=NULL))
    assert image.to_dict()["properties"]["name"] is NULL
    assert Image.from_dict(image.to_dict()) == image


def test_an_unknown_field_never_hides_a_known_one_in_to_dict() -> None:
    requests = Requests.from_dict({"_links": {"next": "https://next"}})
    requests.additional_properties["links"] = "unknown"
    assert requests.to_dict()["links"]["next"] == "https://next"


def test_from_dict_accepts_the_result_of_to_dict(image: Image) -> None:
    assert Image.from_dict(image.to_dict()) == image


@pytest.mark.parametrize(
    "data",
    [
        {"items": [{"properties": {"imageType": "HDD", "cpuHotPlug": True}}]},
        {"items": [{"properties": {"image_type": "HDD", "cpu_hot_plug": True}}]},
        {"items": [{"properties": {"image_type": "HDD", "cpuHotPlug": True}}]},
    ],
)
def test_from_dict_accepts_json_names_and_python_names(data: dict[str, Any]) -> None:
    before = copy.deepcopy(data)
    properties = Images.from_dict(data).items[0].properties
    assert properties == ImageProperties(image_type="HDD", cpu_hot_plug=True)
    assert data == before


@pytest.mark.parametrize(
    "data", [{"_links": {"self": "s", "next": "n"}}, {"links": {"_self": "s", "next": "n"}}], ids=["wire", "python"]
)
def test_names_that_differ_by_an_underscore_are_distinct(data: dict[str, Any]) -> None:
    requests = Requests.from_dict(data)
    assert requests.links == PaginationLinks(_self="s", next="n")
    assert to_wire(requests, read_only=True) == {"_links": {"self": "s", "next": "n"}}


# Decoding


def test_unknown_fields_are_kept_at_every_level(image: Image) -> None:
    assert image.additional_properties == {"futureField": {"a": [1, None]}}
    assert image.properties.additional_properties == {"futureFlag": True}


def test_unknown_fields_can_be_dropped_at_every_level() -> None:
    image = Image._decode(copy.deepcopy(RESPONSE), False)
    assert image.additional_properties == {}
    assert image.properties.additional_properties == {}
    assert image.properties.name == "debian.iso"


def test_an_unknown_field_with_a_python_name_stays_unknown() -> None:
    image = ImageProperties._decode({"image_type": "x", "imageType": "HDD"})
    assert image.image_type == "HDD"
    assert image.additional_properties == {"image_type": "x"}


def test_nested_lists_and_models_are_decoded() -> None:
    images = Images.from_dict({"items": [RESPONSE, {}]})
    assert [type(item) for item in images.items] == [Image, Image]
    assert type(images.items[0].properties) is ImageProperties
    assert type(images.items[0].metadata) is DatacenterElementMetadata


def test_a_list_of_depth_0_has_no_properties() -> None:
    (item,) = Images.from_dict({"items": [{"id": "1", "type": "image", "href": "https://h"}]}).items
    assert item.properties is None


@pytest.mark.parametrize(
    ("model", "wire_name", "name", "value"),
    [
        (ImageProperties, "cpuHotPlug", "cpu_hot_plug", "false"),
        (ImageProperties, "imageAliases", "image_aliases", "abc"),
        (ImageProperties, "imageAliases", "image_aliases", {"a": 1}),
        (ImageProperties, "imageAliases", "image_aliases", [1, None]),
        (ImageProperties, "name", "name", 123),
        (ImageProperties, "size", "size", "100"),
        (ImageProperties, "size", "size", True),
        (ImageProperties, "size", "size", 2**53 + 1),
        (ImageProperties, "size", "size", 10**400),
        (ImageProperties, "licenceType", "licence_type", "RHEL"),
        (Images, "items", "items", {"a": 1}),
        (Images, "items", "items", [1, "a", None, []]),
        (Image, "properties", "properties", "text"),
        (Image, "properties", "properties", []),
        (Image, "type", "type", "quantum-image"),
        (Image, "type", "type", {}),
        (DatacenterElementMetadata, "createdDate", "created_date", 1234567890),
        (DatacenterElementMetadata, "createdDate", "created_date", ["2020-01-01"]),
        (RequestProperties, "headers", "headers", {"a": 1}),
        (RequestProperties, "headers", "headers", []),
    ],
)
def test_values_of_an_unexpected_type_are_unchanged(
    model: type[Model], wire_name: str, name: str, value: object
) -> None:
    decoded = getattr(model.from_dict({wire_name: value}), name)
    assert decoded == value
    assert type(decoded) is type(value)


def test_a_reference_does_not_keep_the_properties_of_its_resource() -> None:
    shown = {"id": "1", "type": "volume", "href": "h", "properties": {"licenceType": "LINUX"}}
    server = models.ServerProperties.from_dict({"bootVolume": shown})
    assert server.to_dict()["boot_volume"] == {"id": "1", "type": "volume", "href": "h"}
    assert to_wire(server) == {"bootVolume": {"id": "1", "type": "volume"}}


def test_decoded_float_fields_are_floats() -> None:
    class Measured(Model):
        sizes: list[float] | None = field("sizes", "list[float]")
        by_name: dict[str, float] | None = field("byName", "dict(str, float)")

    size = models.VolumeProperties.from_dict({"size": 20}).size
    assert repr(size) == "20.0"
    assert repr(models.VolumeProperties(size=20).size) == "20"  # only decoding converts the number
    measured = Measured.from_dict({"sizes": [1, 1.5], "byName": {"a": 2}})
    assert repr(measured) == "Measured(sizes=[1.0, 1.5], by_name={'a': 2.0})"


def test_models_do_not_create_configurations(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a model created a Configuration")

    monkeypatch.setattr(ionoscloud.Configuration, "__init__", fail)
    images = from_json(json.dumps({"items": [RESPONSE] * 3}), "Images")
    assert [type(image.properties) for image in images.items] == [ImageProperties] * 3
    assert pickle.loads(pickle.dumps(images)) == Images.from_dict(images.to_dict())
    assert Image(properties=ImageProperties(name="n")).to_str()


# Dates

UTC = timezone.utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-09-02T11:48:55Z", datetime(2019, 9, 2, 11, 48, 55, tzinfo=UTC)),
        ("2019-09-02T11:48:55.809Z", datetime(2019, 9, 2, 11, 48, 55, 809000, tzinfo=UTC)),
        ("2019-09-02T11:48:55.8Z", datetime(2019, 9, 2, 11, 48, 55, 800000, tzinfo=UTC)),
        ("2019-09-02T11:48:55.123456789Z", datetime(2019, 9, 2, 11, 48, 55, 123456, tzinfo=UTC)),
        ("2019-09-02T11:48:55", datetime(2019, 9, 2, 11, 48, 55, tzinfo=UTC)),
        ("2019-09-02 11:48:55", datetime(2019, 9, 2, 11, 48, 55, tzinfo=UTC)),
        ("2019-09-02T11:48:55+02:00", datetime(2019, 9, 2, 9, 48, 55, tzinfo=UTC)),
        ("2019-09-02T11:48:55+0200", datetime(2019, 9, 2, 9, 48, 55, tzinfo=UTC)),
    ],
)
def test_dates_are_timezone_aware(text: str, expected: datetime) -> None:
    date = DatacenterElementMetadata.from_dict({"createdDate": text}).created_date
    assert date == expected
    assert date.tzinfo is not None


def test_a_date_keeps_its_offset() -> None:
    assert parse_datetime("2019-09-02T11:48:55+02:00").utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    "text",
    ["", "garbage", "yesterday", "2019-13-01T00:00:00Z", "2019-02-30T00:00:00Z", "9999-12-31T24:00:00", "\ud800", "Z"],
)
def test_an_invalid_date_stays_text_and_the_rest_is_decoded(text: str) -> None:
    metadata = DatacenterElementMetadata.from_dict({"createdDate": text, "createdBy": "me"})
    assert (metadata.created_date, metadata.created_by) == (text, "me")


DATE_LIKE = st.from_regex(
    r"[0-9]{4}(-?W?[0-9]{1,2}(-?[0-9]{1,2}([T Z][0-9]{0,2}(:?[0-9]{2}){0,2}([.,][0-9]{1,9})?)?)?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2}(:[0-9]{2})?)?)?",
    fullmatch=True,
)


@given(st.one_of(st.text(), DATE_LIKE))
@example("9999-12-31T24:00")
def test_any_text_in_a_date_field_is_an_aware_date_or_unchanged(text: str) -> None:
    value = parse_datetime(text)
    assert value == text or (isinstance(value, datetime) and value.utcoffset() is not None)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))])))
def test_every_date_survives_encoding_and_decoding(date: datetime) -> None:
    sent = to_wire(DatacenterElementMetadata(created_date=date), read_only=True)
    assert DatacenterElementMetadata.from_dict(sent).created_date == date


# NULL


def test_null_is_a_singleton() -> None:
    assert type(NULL)() is NULL
    assert ionoscloud.NULL is NULL
    assert not NULL
    assert repr(NULL) == "NULL"
    assert repr(ImageProperties(name=NULL)) == "ImageProperties(name=NULL)"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_null_is_the_same_object_after_pickling(protocol: int) -> None:
    assert pickle.loads(pickle.dumps(NULL, protocol)) is NULL


def test_null_is_the_same_object_after_copying() -> None:
    assert copy.copy(NULL) is NULL
    assert copy.deepcopy([NULL])[0] is NULL


# Enumerations


def test_type_has_a_constant_for_each_documented_value() -> None:
    assert (Type.IMAGE, Type.FIREWALL_RULE, Type.REQUEST_STATUS) == ("image", "firewall-rule", "request-status")
    constants = [value for name, value in vars(Type).items() if name.isupper()]
    assert Type.allowable_values == constants
    assert len(constants) == len(set(constants)) == 34


# No data of a response is lost

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
DATES = st.sampled_from(["2019-09-02T11:48:55Z", "2019-09-02T11:48:55.809Z", "2019-09-02T13:48:55+02:00", "never", ""])


def objects(known: dict[str, Any]) -> Any:
    return st.builds(
        lambda some, more: {**more, **some}, st.fixed_dictionaries({}, optional=known), unknown_fields(known)
    )


def unknown_fields(known: dict[str, Any]) -> Any:
    return st.dictionaries(st.text(max_size=8).filter(lambda key: key not in known), JSON, max_size=2)


METADATA = objects({"createdDate": DATES | JSON, "state": st.text() | JSON, "etag": JSON})
PROPERTIES = objects(
    {"name": JSON, "size": JSON, "imageAliases": st.lists(st.text()) | JSON, "cpuHotPlug": JSON, "image_type": JSON}
)
IMAGES = objects(
    {
        "id": JSON,
        "type": JSON,
        "items": st.lists(objects({"metadata": METADATA | JSON, "properties": PROPERTIES | JSON}) | JSON, max_size=3)
        | JSON,
    }
)


def same(model: Any, sent: Any, back: Any) -> bool:
    """Return whether no data was lost: nulls of declared fields may be missing, and dates may have another format."""
    if isinstance(model, Model) and isinstance(sent, dict):
        names = {wire_name: name for name, wire_name in model.attribute_map.items()}
        expected = {key: item for key, item in sent.items() if item is not None or key not in names}
        return expected.keys() == back.keys() and all(
            same(getattr(model, names[key]) if key in names else None, item, back[key])
            for key, item in expected.items()
        )
    if isinstance(model, list) and isinstance(sent, list):
        return len(sent) == len(back) and all(map(same, model, sent, back))
    if isinstance(model, float):
        return sent == back == model
    if isinstance(model, datetime):
        return parse_datetime(sent) == parse_datetime(back) == model
    return type(sent) is type(back) and sent == back


@given(IMAGES)
def test_any_response_survives_decoding_and_encoding(data: dict[str, Any]) -> None:
    images = Images._decode(copy.deepcopy(data))
    assert same(images, data, to_wire(images, read_only=True))


@given(IMAGES)
def test_any_response_survives_copying_and_pickling(data: dict[str, Any]) -> None:
    images = Images.from_dict(data)
    assert pickle.loads(pickle.dumps(images)) == copy.deepcopy(images) == images
