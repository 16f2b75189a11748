"""The details that each operation returns at each depth."""

from __future__ import annotations

from operator import attrgetter

import pytest
from operations import OPERATIONS, merged

REFERENCE = {"id", "type", "href"}
UNLIKE_HREFS = {"umUsersGroupsGet"}  # lists groups in another form than their hrefs return


def attributes(operation):
    content = operation.response.get("content", {}).get("application/json", {})
    return merged(content.get("schema", {})).get("properties", {})


def entities(operation):
    """Return the names of the collections in the resource that an operation returns."""
    return {*merged(attributes(operation).get("entities", {})).get("properties", {})}


NESTED = [operation for operation in OPERATIONS if entities(operation)]
CREATIONS = [operation for operation in NESTED if operation.verb == "POST" and not operation.attaches]
READS = [operation for operation in NESTED if operation.verb == "GET"]
LISTS = [o for o in OPERATIONS if o.verb == "GET" and "items" in attributes(o) and o.id not in UNLIKE_HREFS]


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
        assert href.startswith(world.cloud.url)
        return world.send("GET", f"{href[len(world.cloud.url) :]}?depth={depth}")

    return read


@pytest.mark.parametrize("operation", [o for o in NESTED if o not in CREATIONS], ids=attrgetter("id"))
def test_a_resource_always_lists_its_collections(shown, operation):
    view = shown(operation)
    assert {*view["entities"]} == entities(operation)
    assert all({*entity} == REFERENCE for entity in view["entities"].values())


@pytest.mark.parametrize("operation", CREATIONS, ids=attrgetter("id"))
def test_a_new_resource_has_no_entities(shown, operation):
    assert "entities" not in shown(operation)


@pytest.mark.parametrize("operation", [o for o in NESTED if o.verb != "GET"], ids=attrgetter("id"))
@pytest.mark.parametrize("depth", [1, 2])
def test_the_response_to_a_change_is_as_deep_as_a_read(shown, read, operation, depth):
    view = shown(operation, depth=depth)
    assert all("items" in entity for entity in view["entities"].values())
    assert view["entities"] == read(view["href"], depth)["entities"]


@pytest.mark.parametrize("operation", READS, ids=attrgetter("id"))
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_nested_collection_equals_the_collection_read_directly(shown, read, operation, depth):
    for name, entity in shown(operation, depth=depth)["entities"].items():
        assert {*entity} == {*REFERENCE, "items"}
        if depth == 1:
            assert all({*item} == REFERENCE for item in entity["items"])
        elif name != "groups":  # no path in the document for a resource, and another form for a user
            assert read(entity["href"], depth - 1)["items"] == entity["items"], name


@pytest.mark.parametrize("operation", LISTS, ids=attrgetter("id"))
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_listed_item_equals_the_item_read_directly(shown, read, operation, depth):
    items = shown(operation, depth=depth)["items"]
    assert items
    for item in items[:5]:
        assert read(item["href"], depth - 1) == item
