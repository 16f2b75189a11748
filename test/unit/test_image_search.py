"""Image lookup: requests, matching and errors."""

from __future__ import annotations

import pickle
from urllib.parse import parse_qsl, urlsplit

import pytest

import ionoscloud
from ionoscloud import find_image, find_images

pytestmark = pytest.mark.once


def image(id, created="2024-03-04T08:30:00Z", **properties):
    defaults = {"name": "a.iso", "location": "de/fra", "imageType": "CDROM", "licenceType": "LINUX"}
    defaults |= {"public": True, "imageAliases": []}
    return {
        "id": id,
        "metadata": {"createdDate": created},
        "properties": {**defaults, "imageAliases": [], **properties},
    }


@pytest.fixture
def listing(server):
    """Return a function that makes the server list the given images in each response."""
    return lambda *images: server.respond({"items": list(images)}, times=5)


def query_of_request(server, number=-1):
    return dict(parse_qsl(urlsplit(server.seen[number].target).query))


@pytest.mark.parametrize(
    ("wanted", "filters"),
    [
        ({"name": "a.iso"}, {"name": "a.iso"}),
        ({"alias": "ubuntu:latest"}, {"imageAliases": "ubuntu:latest"}),
        ({"pattern": "*ubuntu-2?.04*[ab]x"}, {"name": "ubuntu-2"}),
        ({"pattern": "[!]x]-server-[0-9]*"}, {"name": "-server-"}),
        ({"pattern": "a[b"}, {"name": "a[b"}),
        ({"pattern": "*"}, {}),
        (
            {"name": "a", "location": "de/fra", "image_type": "HDD", "licence_type": "LINUX", "public": False},
            {"name": "a", "location": "de/fra", "imageType": "HDD", "licenceType": "LINUX", "public": "false"},
        ),
    ],
)
def test_criteria_are_sent_as_filters(server, client, wanted, filters):
    server.respond({"items": []})
    assert find_images(client, **wanted) == []
    assert query_of_request(server) == {"depth": "1", **{f"filter.{name}": value for name, value in filters.items()}}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"name": "a.iso"}, "1256789"),
        ({"name": "A.iso"}, "3"),
        ({"name": "a.iso", "location": "de/fra"}, "156789"),
        ({"name": "a.iso", "image_type": "HDD"}, "5"),
        ({"name": "a.iso", "licence_type": "WINDOWS"}, "6"),
        ({"name": "a.iso", "public": False}, "7"),
        ({"alias": "debian:10"}, "8"),
        ({"pattern": "A*"}, "123456789"),
        ({"pattern": "?.ISO"}, "12356789"),
        ({"pattern": "a.iso"}, "12356789"),
        ({"pattern": "a.iso.*"}, "4"),
    ],
)
def test_partial_matches_of_the_server_are_dropped(client, listing, wanted, found):
    listing(
        image("1"),
        image("2", location="de/fra/2"),
        image("3", name="A.iso"),
        image("4", name="a.iso.img"),
        image("5", imageType="HDD"),
        image("6", licenceType="WINDOWS"),
        image("7", public=False),
        image("8", imageAliases=["debian:10", "debian:latest"]),
        image("9", imageAliases=["debian:10_iso"], licenceType="WINDOWS2016"),
    )
    assert sorted(image.id for image in find_images(client, **wanted)) == list(found)


def test_the_newest_image_is_the_first(client, listing):
    listing(
        image("b", "2023-01-01T00:00:00Z"),
        image("c", "long ago"),
        image("a", "2024-01-01T00:00:00.5Z"),
        image("d", None),
        image("e", "2024-01-01T00:00:00"),
    )
    assert [found.id for found in find_images(client, name="a.iso")] == ["a", "e", "b", "c", "d"]


@pytest.mark.parametrize("wanted", [{"name": "a.iso"}, {"alias": "x"}, {"pattern": "*"}])
def test_images_without_properties_are_skipped(client, listing, wanted):
    empty = [{"id": "1"}, {"id": "2", "properties": {}}, {"id": "3", "properties": None, "metadata": None}]
    odd = [{"properties": {"name": 5, "imageAliases": "xyz", "licenceType": "LINUX"}}]
    odd += [{"properties": {"name": None, "imageAliases": None}}]
    listing(*empty, *odd)
    assert find_images(client, **wanted) == []


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": []}])
def test_a_response_without_images_returns_an_empty_list(server, client, body):
    server.respond(body)
    assert find_images(client, name="x") == []


def test_the_only_match_is_returned(client, listing):
    listing(image("1"), image("2", location="de/txl"))
    assert find_image(client, name="a.iso", location="de/txl").id == "2"


def test_several_matches_are_listed_with_their_differences(client, listing):
    listing(image("1"), image("2", "2024-04-05T06:07:08Z", location="de/txl"))
    with pytest.raises(ionoscloud.ImageLookupError) as caught:
        find_image(client, name="a.iso")
    assert str(caught.value) == (
        "2 images have name 'a.iso':\n"
        "  2, location 'de/txl', created_date 2024-04-05T06:07:08+00:00\n"
        "  1, location 'de/fra', created_date 2024-03-04T08:30:00+00:00"
    )
    assert [image.id for image in caught.value.candidates] == ["2", "1"]
    assert isinstance(caught.value, LookupError)


def test_identical_images_are_listed_by_id_up_to_a_limit(client, listing):
    listing(*(image(str(number)) for number in range(100, 125)))
    with pytest.raises(ionoscloud.ImageLookupError) as caught:
        find_image(client, name="a.iso")
    assert str(caught.value).splitlines()[1:3] == ["  100", "  101"]
    assert str(caught.value).splitlines()[-1] == "  and 15 more" and len(caught.value.candidates) == 25


def test_no_match_lists_near_matches(server, client, listing):
    server.respond({"items": []})
    listing(image("1"), image("2", location="de/txl"), image("3", location="de/txl"), image("4", imageType="HDD"))
    with pytest.raises(ionoscloud.ImageLookupError) as caught:
        find_image(client, name="a.iso", location="us/las", image_type="HDD")
    assert str(caught.value) == (
        "no image has name 'a.iso', location 'us/las', image_type 'HDD'; name 'a.iso' exists with:\n"
        "  location 'de/fra', image_type 'CDROM'\n"
        "  location 'de/txl', image_type 'CDROM'\n"
        "  location 'de/fra'"
    )
    assert query_of_request(server) == {"depth": "1", "filter.name": "a.iso"}
    assert caught.value.candidates == []


def test_a_search_without_criteria_sends_one_request(server, client):
    server.respond({"items": []})
    with pytest.raises(ionoscloud.ImageLookupError, match=r"^no image has alias 'ubuntu:latest'$"):
        find_image(client, alias="ubuntu:latest")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        ({}, ionoscloud.ApiValueError, "exactly one of alias, name and pattern must be given, not none"),
        ({"location": "de/fra"}, ionoscloud.ApiValueError, "not none"),
        ({"alias": "a", "pattern": "b"}, ionoscloud.ApiValueError, "not alias and pattern"),
        ({"name": ""}, ionoscloud.ApiValueError, "name must not be empty"),
        ({"name": "a", "location": ""}, ionoscloud.ApiValueError, "location must not be empty"),
        ({"name": 5}, ionoscloud.ApiTypeError, "name must be a str, not 5"),
        ({"name": "a", "public": "no"}, ionoscloud.ApiTypeError, "public must be a bool, not 'no'"),
    ],
)
@pytest.mark.parametrize("function", [find_image, find_images])
def test_invalid_arguments_are_rejected_before_the_request(server, client, function, wanted, error, words):
    with pytest.raises(error, match=words):
        function(client, **wanted)
    assert server.seen == []


def test_a_lookup_error_survives_pickling(client, listing):
    listing(image("1"), image("2"))
    with pytest.raises(ionoscloud.ImageLookupError) as caught:
        find_image(client, name="a.iso")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.candidates, copy.message) == (str(caught.value), caught.value.candidates, str(caught.value))
