"""The details that each operation returns at each depth."""

from __future__ import annotations

import re

import pytest
from operations import OPERATIONS, where

REFERENCE = {"id", "type", "href"}
UNLIKE_HREFS = {"umUsersGroupsGet"}  # lists groups in another form than their hrefs return


def nested(condition):
    """Return the operations that meet a condition, and whose response is a resource with collections."""
    return where(lambda each: each.entities and condition(each), same=lambda each: each.entities)


def is_creation(operation):
    return operation.verb == "POST" and not operation.attaches


def is_readable(href):
    """Return whether the document has a path for the href of a collection, which returns it in the same form."""
    version, path = re.search(r"/cloudapi/v(\d)(/.*)", href).groups()
    lists = (each for each in OPERATIONS[int(version)].values() if each.is_list and each.id not in UNLIKE_HREFS)
    return any(re.fullmatch(re.sub("{.*?}", "[^/]+", each.path), path) for each in lists)


LISTS = where(lambda each: each.is_list and each.id not in UNLIKE_HREFS)


@pytest.fixture
def shown(world):
    """Return a function that calls an operation and returns plain JSON."""

    def shown(operation, **query):
        arguments = {**world.arguments(operation), **query, "response_type": "object"}
        return world.method(operation)(**arguments)[0]

    return shown


@pytest.fixture
def read(world):
    """Return a function that reads an href of a response and returns plain JSON."""

    def read(href, depth):
        version, url = next((version, url) for version, url in world.cloud.urls.items() if href.startswith(url))
        return world.send("GET", f"{href[len(url) :]}?depth={depth}", version=version)

    return read


@pytest.mark.parametrize("operation", nested(lambda each: not is_creation(each)), ids=repr)
def test_a_resource_always_lists_its_collections(shown, operation):
    view = shown(operation)
    assert {*view["entities"]} == operation.entities
    assert all({*entity} == REFERENCE for entity in view["entities"].values())


@pytest.mark.parametrize("operation", nested(is_creation), ids=repr)
def test_a_new_resource_has_no_entities(shown, operation):
    assert "entities" not in shown(operation)


@pytest.mark.parametrize("operation", nested(lambda each: each.verb != "GET"), ids=repr)
@pytest.mark.parametrize("depth", [1, 2])
def test_the_response_to_a_change_is_as_deep_as_a_read(shown, read, operation, depth):
    view = shown(operation, depth=depth)
    assert all("items" in entity for entity in view["entities"].values())
    assert view["entities"] == read(view["href"], depth)["entities"]


@pytest.mark.parametrize("operation", nested(lambda each: each.verb == "GET"), ids=repr)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_nested_collection_equals_the_collection_read_directly(shown, read, operation, depth):
    for name, entity in shown(operation, depth=depth)["entities"].items():
        assert {*entity} == {*REFERENCE, "items"}
        if depth == 1:
            assert all({*item} == REFERENCE for item in entity["items"])
        elif is_readable(entity["href"]):
            assert read(entity["href"], depth - 1)["items"] == entity["items"], name


@pytest.mark.parametrize("operation", LISTS, ids=repr)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_listed_item_equals_the_item_read_directly(shown, read, operation, depth):
    items = shown(operation, depth=depth)["items"]
    assert items
    for item in items[:5]:
        assert read(item["href"], depth - 1) == item
