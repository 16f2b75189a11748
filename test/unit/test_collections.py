"""Models with items: the length, indexes and iterators of collections, and whether they are complete."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping, Sequence

import pytest

import ionoscloud
from ionoscloud import Datacenters, Image, ImageProperties, Images, PaginationLinks, Servers, models
from ionoscloud._models.base import Collection, Model
from ionoscloud._models.json import from_json

COLLECTIONS = [cls for name in models.__all__ if issubclass(cls := getattr(models, name), Collection)]
OTHERS = [cls for name in models.__all__ if issubclass(cls := getattr(models, name), Model) and cls not in COLLECTIONS]


@pytest.fixture
def images():
    return Images(id="images", items=[Image(id="a"), Image(id="b"), Image(id="c")])


def test_a_collection_is_a_sequence_of_its_items(images):
    a, b, c = images.items
    assert [*images] == [a, b, c]
    assert len(images) == 3
    assert (images[0], images[-1], images[1:], images[::-1]) == (a, c, [b, c], [c, b, a])
    assert [*reversed(images)] == [c, b, a]
    assert b in images
    assert Image(id="b") in images
    assert Image(id="d") not in images
    with pytest.raises(IndexError):
        images[3]


def test_serializers_do_not_flatten_a_collection(images):
    # Ansible and Sentry, for example, convert instances of these to lists and dicts.
    assert not isinstance(images, (Sequence, Mapping))


def test_fields_are_still_available_by_name(images):
    assert images["id"] == "images"
    assert images["items"] is images.items
    with pytest.raises(ionoscloud.ApiKeyError):
        images["itemz"]


@pytest.mark.parametrize("items", [None, []])
def test_a_collection_without_items_is_empty_but_true(items):
    images = Images(items=items)
    assert (len(images), [*images], images[:1], bool(images)) == (0, [], [], True)
    with pytest.raises(IndexError):
        images[0]


@pytest.mark.parametrize("cls", COLLECTIONS)
def test_every_model_with_items_is_a_collection_of_them(cls):
    item = getattr(models, cls.fields["items"].item_type)()
    assert [*cls(items=[item])] == [item]
    decoded = from_json(b'{"items": [{"type": "a"}, {"type": "b"}]}', cls.__name__)
    assert type(decoded) is cls
    assert [each.type for each in decoded] == ["a", "b"]


@pytest.mark.parametrize("cls", OTHERS)
def test_other_models_have_no_items_and_cannot_be_iterated(cls):
    assert "items" not in cls.fields
    with pytest.raises(TypeError):
        iter(cls())
    with pytest.raises(TypeError):
        len(cls())


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda images: pickle.loads(pickle.dumps(images))])
def test_copies_have_the_same_items(images, duplicate):
    images.note = "mine"
    twin = duplicate(images)
    assert twin == images
    assert type(twin) is Images
    assert ([each.id for each in twin], twin.note) == (["a", "b", "c"], "mine")


def test_a_collection_needs_no_more_memory_than_another_model():
    assert not Collection.__dictoffset__
    assert Images.__basicsize__ == Model.__basicsize__ + 8 * len(Images.fields)


def test_is_complete_cannot_be_set(images):
    with pytest.raises(AttributeError):
        images.is_complete = True


def with_items(cls, count, **fields):
    return cls(items=[getattr(models, cls.fields["items"].item_type)()] * count, **fields)


@pytest.mark.parametrize(
    ("collection", "expected"),
    [
        (with_items(Images, 999), True),
        (with_items(Images, 1000), False),
        (with_items(Images, 1001), True),  # of a server with other pages
        (Images(items=[]), True),
        (Images(href="https://api/images"), False),  # only its URL is known
        (with_items(Datacenters, 99), True),
        (with_items(Datacenters, 100), False),
        (with_items(Datacenters, 1000), False),
        (with_items(Datacenters, 100, offset=0, limit=1000), True),
        (with_items(Datacenters, 1, offset=0, limit=1), False),
        (with_items(Servers, 3, offset=0, limit=3, links=PaginationLinks(next="https://api/next")), False),
        (with_items(Servers, 3, offset=0, limit=3, links=PaginationLinks(_self="https://api/self")), True),
        (with_items(Servers, 3, offset=1, limit=9, links=PaginationLinks(_self="https://api/self")), False),
    ],
)
def test_a_list_is_complete_if_it_has_the_first_and_the_last_item(collection, expected):
    assert collection.is_complete is expected


def test_models_display_as_before(images):
    assert repr(Images(items=[Image(properties=ImageProperties(name="x"))])) == (
        "Images(items=[Image(properties=ImageProperties(name='x'))])"
    )
    assert "<table>" in images._repr_html_()


def test_a_collection_whose_items_are_null_is_empty():
    images = Images.from_json('{"items": null}')
    assert (len(images), [*images], images.to_rows(), images.is_complete) == (0, [], [], False)
