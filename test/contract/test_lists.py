"""Pages, filters and order of every list in the document."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from operations import EVERY, OPERATIONS, where

import ionoscloud

LISTS = where(lambda each: each.is_list)
PAGED = [operation for operation in LISTS if any(parameter.name == "offset" for parameter in operation.parameters)]
each_list_of_both_versions = pytest.mark.parametrize("operation", [each for each in EVERY if each.is_list], ids=repr)
each_list = pytest.mark.parametrize("operation", LISTS, ids=repr)


def test_the_complete_id_of_a_location_finds_it(world):
    api = ionoscloud.LocationApi(world.clients[5])
    location = api.locations_find_by_region_id_and_id("de", "fra", depth=1)
    assert (location.id, location.properties.name) == ("de/fra", "frankfurt")
    assert api.locations_find_by_region_id("de/fra", response_type="Location", depth=1) == location
    assert [item.id for item in api.locations_find_by_region_id("de").items] == ["de/fra", "de/txl"]
    with pytest.raises(ionoscloud.NotFoundException):
        api.locations_find_by_region_id("de/nowhere")


@pytest.fixture
def listed(world):
    """Return a function that calls a list operation and returns plain JSON."""

    def listed(operation, **query):
        arguments = {**world.arguments(operation), "query_params": query, "response_type": "object"}
        return world.method(operation)(**arguments)[0]

    return listed


def identities(response):
    return [item["href"] for item in response["items"]]


def attributes(item):
    return {**item.get("metadata", {}), **item["properties"]}


def test_the_number_of_lists_with_pages():
    counts = {version: sum(operation.version == version for operation in PAGED) for version in OPERATIONS}
    assert counts == {5: 17, 6: 9}  # the other pages of v6 are those of v5


@pytest.mark.parametrize("operation", PAGED, ids=repr)
def test_the_pages_contain_every_item_once(world, listed, operation):
    for create in OPERATIONS[operation.version].values():
        if (create.path, create.verb) == (operation.path, "POST"):
            world.method(create)(**world.arguments(create))
            world.cloud.clock.advance(10)
    every = listed(operation)
    assert len(every["items"]) > (0 if operation.path.endswith("/flowlogs") else 1)  # a resource has one flow log
    default = next(p.schema["default"] for p in operation.parameters if p.name == "limit")
    assert (every["offset"], every["limit"], {*every["_links"]}) == (0, default, {"self"})
    seen, url, query, before = [], None, {"limit": 1, "depth": 1}, None
    while query:
        page = listed(operation, **query)
        seen += identities(page)
        assert (page["offset"], page["limit"], len(page["items"])) == (len(seen) - 1, 1, 1)
        links = page["_links"]
        assert urlsplit(links["self"]).path == urlsplit(world.cloud.urls[operation.version]).path + world.path(
            operation
        )
        assert url in (None, links["self"])
        assert links.get("prev") == before
        url, before = links.get("next"), links["self"]
        query = dict(parse_qsl(urlsplit(url).query)) if url else {}
    assert seen == identities(every)
    beyond = listed(operation, offset=len(seen), limit=2)
    assert (beyond["items"], "next" in beyond["_links"], "prev" in beyond["_links"]) == ([], False, True)


@pytest.mark.parametrize("operation", [o for o in LISTS if o not in PAGED], ids=repr)
def test_the_other_lists_have_no_pages(listed, operation):
    assert not listed(operation).keys() & {"offset", "limit", "_links"}


@each_list
def test_items_are_bare_at_depth_0_and_complete_at_1(listed, operation):
    bare, full = listed(operation), listed(operation, depth=1)
    assert bare["type"] == full["type"] == "collection"
    assert bare["items"]
    assert all({*item} == {"id", "type", "href"} for item in bare["items"])
    assert [{key: item[key] for key in ("id", "type", "href")} for item in full["items"]] == bare["items"]
    assert all({"properties"} <= {*item} for item in full["items"])
    assert not any("items" in entity for item in full["items"] for entity in item.get("entities", {}).values())


@each_list
def test_every_attribute_filters(listed, operation):
    every = listed(operation, depth=1)["items"]
    wanted = every[-1]
    for name, value in attributes(wanted).items():
        if isinstance(value, (str, bool, int)) and value != "":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found = listed(operation, depth=1, **{f"filter.{name}": text.upper()})
            expected = [item["href"] for item in every if text.lower() in str(attributes(item).get(name)).lower()]
            assert identities(found) == expected
            assert wanted["href"] in expected
        assert identities(listed(operation, depth=1, **{f"filter.{name}": "without match"})) == []
    everything = [item["href"] for item in every]
    assert identities(listed(operation, depth=0, **{f"filter.{name}": "without match"})) == everything
    with pytest.raises(ionoscloud.UnprocessableEntityException, match="Unknown attribute to filter by"):
        listed(operation, depth=1, **{"filter.bogus": "x"})


@each_list
def test_every_list_can_be_limited_and_sorted(listed, operation):
    every = listed(operation, depth=1)["items"]
    assert identities(listed(operation, maxResults=1)) == [every[0]["href"]]
    name = next(name for name, value in attributes(every[0]).items() if isinstance(value, (str, bool)))
    ordered = listed(operation, depth=1, orderBy=name)["items"]
    values = [str(attributes(item).get(name)).casefold() for item in ordered]
    assert values == sorted(values)
    assert sorted(item["href"] for item in ordered) == sorted(item["href"] for item in every)
    for query in ({"orderBy": "bogus"}, {"maxResults": 0}, {"maxResults": "x"}):
        with pytest.raises(ionoscloud.UnprocessableEntityException):
            listed(operation, **query)


@each_list_of_both_versions
def test_filters_accept_every_property_of_the_items(world, operation):
    method, arguments = world.method(operation), world.arguments(operation)
    every = method(**arguments, depth=1, response_type="object")[0]["items"]
    merged = operation.document.merged
    item = getattr(ionoscloud, getattr(ionoscloud, operation.python_type).fields["items"].item_type)
    parts = merged(operation.content["properties"]["items"]["items"])["properties"]
    for part in {"properties", "metadata"} & {*parts}:
        model = getattr(ionoscloud, item.fields[part].type)
        fields = {field.wire_name: field for field in model.fields.values()}
        for wire_name in merged(parts[part])["properties"]:
            value = attributes(every[-1]).get(wire_name)
            wanted = value if isinstance(value, (str, bool, int)) and value != "" else "without match"
            for name in {wire_name, fields[wire_name].name}:
                found = method(**arguments, filters={name: wanted}, response_type="object")[0]["items"]
                # The emulator does not filter contracts.
                assert (every[-1] in found) == (wanted != "without match") or operation.id == "contractsGet", name


@each_list_of_both_versions
@pytest.mark.parametrize("size", [1, 2])
def test_iterate_returns_every_item_once(world, operation, size):
    api = getattr(ionoscloud, operation.api)(world.client(operation))
    method, arguments = getattr(api, operation.method), world.arguments(operation)
    pages = {"limit": size} if any(each.name == "offset" for each in operation.parameters) else {}
    listed = method(**arguments, depth=1)
    assert listed.is_complete
    assert [*ionoscloud.iterate(method, **arguments, depth=1, **pages)] == [*listed]


@each_list_of_both_versions
def test_find_finds_an_item_by_all_its_values(world, operation):
    api = getattr(ionoscloud, operation.api)(world.client(operation))
    method, arguments = getattr(api, operation.method), world.arguments(operation)
    for item in [*method(**arguments, depth=1)][:3]:
        values = {
            name: getattr(part, name)
            for part in (getattr(item, "metadata", None), item.properties)
            if part is not None
            for name, field in part.fields.items()
            if field.type in ("str", "int", "bool", "float", "datetime") and getattr(part, name) is not None
        }
        values.update({"id": item.id} if hasattr(item, "id") else {})
        criteria = {name: value for name, value in values.items() if name not in arguments}
        assert ionoscloud.find(method, **arguments, **criteria) == item
