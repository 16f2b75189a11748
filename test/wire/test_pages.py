"""Filters, pages and look-ups: the requests that they send, and what they return if the list changes meanwhile."""

from __future__ import annotations

import functools
import logging
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from unittest import mock
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

import ionoscloud
from ionoscloud import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    DataCenterApi,
    Image,
    ImageApi,
    Images,
    RequestApi,
    ResourceLookupError,
    ServerApi,
    find,
    find_all,
    iterate,
)
from ionoscloud.emulator import CloudEmulator

MOMENT = datetime(2024, 5, 1, 12, 30, 15, 999, tzinfo=timezone(timedelta(hours=2)))


class Kind(str, Enum):
    HDD = "HDD"


@pytest.fixture
def sent(server):
    """Return a function that returns the query of the last request."""
    return lambda: parse_qsl(server.last.target.partition("?")[2], keep_blank_values=True)


# Filters


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("image_type", "HDD", ["imageType", "HDD"]),
        ("imageType", Kind.HDD, ["imageType", "HDD"]),
        ("public", True, ["public", "true"]),
        ("size", 2, ["size", "2"]),
        ("size", 2.0, ["size", "2"]),
        ("size", 2.5, ["size", "2.5"]),
        ("name", "a&b é", ["name", "a&b é"]),
        ("name", ["a", "b"], ["name", "a", "name", "b"]),
        ("name", ("a",), ["name", "a"]),
        ("description", UUID(int=1), ["description", str(UUID(int=1))]),
        ("created_date", MOMENT, ["createdDate", "2024-05-01T10:30:15Z"]),
        ("created_date", MOMENT.replace(tzinfo=None), ["createdDate", "2024-05-01T12:30:15Z"]),
        ("createdDate", date(2024, 5, 1), ["createdDate", "2024-05-01"]),
        ("state", "AVAILABLE", ["state", "AVAILABLE"]),
    ],
    ids=str,
)
def test_filters_are_sent_by_their_names_on_the_wire_at_depth_1(api, sent, name, value, expected):
    api.images_get(filters={name: value})
    pairs = [(f"filter.{key}", text) for key, text in zip(expected[::2], expected[1::2])]
    assert sent() == [("depth", "1"), *pairs]


@pytest.mark.parametrize(
    ("options", "depth"),
    [
        ({"depth": 0}, "1"),
        ({"depth": "0"}, "1"),
        ({"depth": 1}, "1"),
        ({"depth": 3}, "3"),
        ({"query_params": {"depth": 0}}, "1"),
        ({"query_params": {"depth": 2}}, "2"),
    ],
    ids=str,
)
def test_filters_raise_the_depth_to_1(api, sent, options, depth):
    api.images_get(filters={"name": "x"}, **options)
    assert sorted(sent()) == [("depth", depth), ("filter.name", "x")]


@pytest.mark.parametrize("nothing", [None, {}])
def test_no_filters_change_nothing(api, server, nothing):
    api.images_get(filters=nothing)
    assert server.last.target == "/cloudapi/v5/images"


def test_filters_can_be_combined_with_query_params(api, sent):
    api.images_get(filters={"name": "x"}, query_params=[("orderBy", "name"), ("filter.public", True)])
    assert sent() == [("depth", "1"), ("orderBy", "name"), ("filter.public", "true"), ("filter.name", "x")]


def test_filters_work_with_other_options(api, server, sent):
    assert api.images_get_with_http_info(filters={"name": "x"})[1] == 200
    api.images_get(filters={"name": "x"}, async_req=True).get(10)
    assert sent() == [("depth", "1"), ("filter.name", "x")]


def test_filters_reach_a_client_that_overrides_call_api(configuration, sent):
    class Own(ApiClient):
        def call_api(self, *args, **kwargs):
            return super().call_api(*args, **kwargs)

    with Own(configuration) as client:
        ImageApi(client).images_get(filters={"image_type": ["HDD", "CDROM"]})
    assert sent() == [("depth", "1"), ("filter.imageType", "HDD"), ("filter.imageType", "CDROM")]


def test_documented_filters_have_the_format_of_the_api(client, sent):
    filters = {"status": "DONE", "created_after": MOMENT, "createdBefore": date(2025, 1, 1), "url": "/images"}
    RequestApi(client).requests_get(filters=filters)
    assert sent() == [
        ("depth", "1"),
        ("filter.status", "DONE"),
        ("filter.createdAfter", "2024-05-01+10:30:15"),
        ("filter.createdBefore", "2025-01-01+00:00:00"),
        ("filter.url", "/images"),
    ]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"filters": {"imageTyp": "x"}}, ApiValueError, "unknown name 'imageTyp'; did you mean 'image_type'"),
        ({"filters": {"locatoin_": "x"}}, ApiValueError, "unknown name 'locatoin_'; did you mean 'location'"),
        ({"filters": {"id": "x"}}, ApiValueError, "images_get: filters has the unknown name 'id'$"),
        ({"filters": {"expose_serial": True}}, ApiValueError, "expose_serial is not part of Cloud API v5, only of v6"),
        ({"filters": {1: "x"}}, ApiTypeError, "filters must have the names of properties as its keys"),
        ({"filters": {"name": None}}, ApiValueError, r"filters\['name'\] must be text, .*, not None"),
        ({"filters": {"name": {}}}, ApiTypeError, r"filters\['name'\] must be text, .*, not a dict"),
        ({"filters": {"name": Image()}}, ApiTypeError, r"filters\['name'\] must be text, .*, not an Image"),
        ({"filters": {"name": b"x"}}, ApiTypeError, r"filters\['name'\] must be text, .*, not a bytes"),
        ({"filters": {"name": ["x", None]}}, ApiValueError, r"filters\['name'\] must be text, .*, not None"),
        ({"filters": {"name": []}}, ApiValueError, r"filters\['name'\] must have at least one value"),
        ({"filters": {"name": ""}}, ApiValueError, r"filters\['name'\] must not be empty"),
        ({"filters": {"size": float("nan")}}, ApiValueError, r"filters\['size'\] must be a finite number, not nan"),
        ({"filters": {"name": "\ud800"}}, ApiValueError, "filter.name must be text that UTF-8 can encode"),
        ({"filters": "name=x"}, ApiTypeError, "images_get: filters must be a dict of names and values"),
        ({"filters": 0}, ApiTypeError, "images_get: filters must be a dict of names and values"),
        ({"filters": {"image_type": "x", "imageType": "y"}}, ApiValueError, r"'imageType'\] sets filter.imageType"),
        (
            {"filters": {"name": "x"}, "query_params": {"filter.name": "y"}},
            ApiValueError,
            r"filters\['name'\] sets filter.name, which the call also sets",
        ),
        ({"filters": {"name": "x"}, "depth": 11}, ApiValueError, "depth must be an integer from 0 to 10, not 11"),
        ({"filters": {"name": "x"}, "depth": False}, ApiTypeError, "depth must be an integer"),
    ],
    ids=str,
)
def test_filters_that_are_not_valid_are_errors_before_anything_is_sent(api, server, options, error, message):
    with pytest.raises(error, match=message):
        api.images_get(**options)
    assert not server.seen


def test_a_filter_and_an_argument_for_the_same_parameter_are_an_error(client, server):
    with pytest.raises(ApiValueError, match=r"sets filter\.status, which the call also sets"):
        RequestApi(client).requests_get(filter_status="DONE", filters={"status": "FAILED"})
    assert not server.seen


def test_filters_are_only_for_lists(api, server):
    with pytest.raises(ApiTypeError, match="images_find_by_id: filters works only with methods that return a list"):
        api.images_find_by_id("id", filters={"name": "x"})
    assert not server.seen


def test_methods_have_their_operation():
    operation = ImageApi.images_get.operation
    assert (operation.name, operation.path, operation.page_size) == ("images_get", "/images", 1000)
    assert ImageApi.images_get_with_http_info.operation is operation
    assert ImageApi.images_find_by_id.operation.page_size == 0
    listed = DataCenterApi.datacenters_get.operation
    assert [listed.in_version(version, (), None)[0].page_size for version in (5, 6)] == [1000, 100]


# Pages


@pytest.fixture
def cloud():
    with CloudEmulator(queue_time=0, run_time=0) as cloud:  # deleted items disappear at once
        yield cloud


@pytest.fixture(params=[5, 6])
def datacenters(cloud, request):
    """The methods of an emulator with ten data centers."""
    with ApiClient(cloud.configuration(api_version=request.param)) as client:
        api = DataCenterApi(client)
        for number in range(10):
            api.datacenters_post({"properties": {"name": f"dc-{number}", "location": "de/fra"}})
        cloud.clear_requests()
        yield api


def queries(cloud):
    return [dict(parse_qsl(request.target.partition("?")[2])) for request in cloud.requests_seen]


def names(items):
    return [item.properties.name for item in items]


NAMES = [f"dc-{number}" for number in range(10)]


@pytest.mark.parametrize(("limit", "requests"), [(None, 1), (100, 1), (10, 1), (4, 3), (3, 5), (2, 9), (1, 9)])
def test_iterate_returns_the_items_of_all_pages(cloud, datacenters, limit, requests):
    assert names(iterate(datacenters.datacenters_get, depth=1, limit=limit)) == NAMES
    assert len(queries(cloud)) == requests


def test_pages_have_1000_items_or_the_maximum(cloud, datacenters):
    users = ionoscloud.UserManagementApi(datacenters.api_client)
    assert len([*iterate(users.um_users_get)]) == 1
    assert [*iterate(datacenters.datacenters_get, filters={"name": "dc-1"})]
    assert queries(cloud) == [
        {"limit": "100", "offset": "0"},
        {"depth": "1", "offset": "0", "limit": "1000", "filter.name": "dc-1"},
    ]


def test_iterate_is_lazy_and_starts_at_the_offset(cloud, datacenters):
    items = iterate(datacenters.datacenters_get, depth=1, limit=3, offset=4)
    assert not cloud.requests_seen
    assert next(items).properties.name == "dc-4"
    assert queries(cloud) == [{"depth": "1", "limit": "3", "offset": "4"}]
    assert names(items) == NAMES[5:]


@pytest.mark.parametrize("limit", [2, 3, 4, 9, 100])
@pytest.mark.parametrize("delay", [0, 1, 2, 5])
def test_items_deleted_meanwhile_make_no_other_item_missing(datacenters, limit, delay):
    found = []
    for item in iterate(datacenters.datacenters_get, depth=1, limit=limit):
        found.append(item)
        if len(found) > delay:
            datacenters.datacenters_delete(found[len(found) - 1 - delay].id)
    assert names(found) == NAMES


def test_all_returned_items_can_be_deleted_at_once(datacenters):
    items = iterate(datacenters.datacenters_get, depth=1, limit=3)
    found = [next(items) for _ in range(6)]
    for item in found:
        datacenters.datacenters_delete(item.id)
    assert names([*found, *items]) == NAMES


@pytest.mark.parametrize("speed", [1, 2, 7])
def test_new_items_make_no_other_item_missing_or_come_twice(datacenters, speed):
    requests = RequestApi(datacenters.api_client)  # the newest first
    before = {each.id for each in requests.requests_get()}
    found = []
    for item in iterate(requests.requests_get, limit=3):
        found.append(item.id)
        for _ in range(speed):
            datacenters.datacenters_post({"properties": {"name": "more", "location": "de/fra"}})
    assert before <= {*found}
    assert len({*found}) == len(found)


def test_a_list_without_pages_takes_one_request(cloud, datacenters):
    images = ImageApi(datacenters.api_client)
    assert [each.id for each in iterate(images.images_get)] == [each.id for each in images.images_get()]
    assert [request.target for request in cloud.requests_seen] == ["/images", "/images"]


def answer(server, **content):
    server.respond(content)


def test_a_server_without_links_ends_with_a_page_that_is_not_full(client, server):
    api = ServerApi(client)
    answer(server, items=[{"id": "a"}, {"id": "b"}])
    answer(server, items=[{"id": "b"}])
    assert [each.id for each in iterate(api.datacenters_servers_get, "dc", limit=2)] == ["a", "b"]


def test_a_server_that_ignores_the_offset_is_an_error(client, server):
    for _ in range(50):
        answer(server, items=[{"id": "a"}, {"id": "b"}])
    with pytest.raises(ionoscloud.OpenApiException, match="datacenters_servers_get returns the same items at every"):
        list(iterate(ServerApi(client).datacenters_servers_get, "dc", limit=2))
    assert len(server.seen) < 20


def test_iterate_calls_overridden_decorated_and_patched_methods(client, server):
    seen = []

    class Own(ImageApi):
        def images_get(self, **options):
            seen.append("own")
            return super().images_get(**options)

    api = Own(client)

    @functools.wraps(api.images_get)
    def decorated(**options):
        seen.append("decorated")
        return api.images_get(**options)

    assert not [*iterate(decorated)]
    assert seen == ["decorated", "own"]
    with mock.patch.object(ImageApi, "images_get", autospec=True, return_value=Images(items=[Image(id="x")])):
        assert [each.id for each in iterate(ImageApi(client).images_get)] == ["x"]
    with (
        mock.patch.object(ImageApi, "images_get", autospec=True, return_value=None),
        pytest.raises(ApiTypeError, match="images_get must return a list, not NoneType"),
    ):
        list(iterate(ImageApi(client).images_get))


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        (lambda client: ImageApi(client).images_get, {"async_req": True}, "iterate: async_req cannot be used"),
        (lambda client: ImageApi(client).images_get, {"response_type": "object"}, "iterate: response_type cannot"),
        (lambda client: ImageApi(client).images_get, {"_preload_content": False}, "iterate: _preload_content must be"),
        (lambda client: ImageApi(client).images_get, {"limit": 5}, "limit cannot be used: images_get has no pages in"),
        (lambda client: ImageApi(client).images_get, {"query_params": {"offset": 5}}, "must not contain offset"),
        (lambda client: DataCenterApi(client).datacenters_get, {"limit": 0}, "limit must be an integer from 1 to 1000"),
        (lambda client: DataCenterApi(client).datacenters_get, {"offset": "x"}, "offset must be an integer of at"),
        (lambda client: ImageApi(client).images_get_with_http_info, {}, "method must be api.images_get, not images_ge"),
        (lambda client: ImageApi(client).images_find_by_id, {}, "a method that returns a list, .*, not images_find_by"),
        (lambda client: ImageApi(client).images_delete, {}, "method must be a method that returns a list"),
        (lambda client: ionoscloud.ContractApi(client).contracts_get, {}, "a list, .*, not contracts_get"),
        (lambda client: ionoscloud.TemplatesApi(client).templates_get, {}, "not part of Cloud API v5, only of v6"),
        (lambda client: ImageApi.images_get, {}, "method must be a method .*, not ImageApi.images_get"),
        (lambda client: Images(), {}, "a method that returns a list, .*, without calling it, not an Images"),
        (lambda client: len, {}, "method must be a method that returns a list, .*, not len"),
        (lambda client: None, {}, "method must be a method that returns a list, .*, not None"),
    ],
)
def test_iterate_rejects_other_methods_and_options_at_once(client, server, method, options, message):
    with pytest.raises((ApiTypeError, ApiValueError), match=message):
        iterate(method(client), **options)
    assert not server.seen


def test_an_error_of_a_page_shows_no_credentials(client, server):
    auth = {"in": "header", "key": "Authorization", "value": "Bearer s3cret"}
    for items in (
        iterate(DataCenterApi(client).datacenters_get, _request_auth=auth),
        iterate(ImageApi(client).images_get, _request_auth=auth),
    ):
        server.respond(status=404)
        with pytest.raises(ionoscloud.NotFoundException) as caught:
            next(items)
        trace, shown = caught.tb.tb_next, []
        while trace:
            shown.append(repr(trace.tb_frame.f_locals))
            trace = trace.tb_next
        assert shown
        assert "s3cret" not in "".join(shown)


# Logs


def test_a_list_that_is_cut_off_is_logged(client, server, caplog):
    caplog.set_level(logging.INFO, "ionoscloud")
    items = [{"id": str(number)} for number in range(1000)]
    answer(server, items=items, offset=0, limit=1000, _links={"next": "https://api/next"})
    ServerApi(client).datacenters_servers_get("dc")
    assert caplog.messages == [
        "datacenters_servers_get returned 1000 items, the size of a page, so there may be more: "
        "get all with ionoscloud.iterate(api.datacenters_servers_get, ...)"
    ]


def test_a_list_without_pages_that_may_be_cut_off_is_logged(client, server, caplog):
    caplog.set_level(logging.INFO, "ionoscloud")
    for _ in range(2):
        answer(server, items=[{"id": str(number)} for number in range(1000)])
    ImageApi(client).images_get()
    assert len([*iterate(ImageApi(client).images_get)]) == 1000
    message = "images_get returned 1000 items, the size of a page, so there may be more: the API has no further pages"
    assert [each.partition(" of this list")[0] for each in caplog.messages] == [message] * 2


@pytest.mark.parametrize("options", [{"limit": 2}, {"query_params": {"maxResults": 2}}, {"offset": 3}])
def test_other_lists_are_not_logged(client, server, caplog, options):
    caplog.set_level(logging.INFO, "ionoscloud")
    links = {"next": "https://api/next"} if "offset" not in options else {}
    answer(server, items=[{"id": "a"}, {"id": "b"}], offset=options.get("offset", 0), limit=2, _links=links)
    ServerApi(client).datacenters_servers_get("dc", **options)
    answer(server, items=[{"id": str(number)} for number in range(1000)])
    client.call_api("/images", "GET", response_type="Images")
    assert not caplog.messages


# Look-ups


@pytest.fixture
def images(cloud):
    with ApiClient(cloud.configuration(api_version=5)) as client:
        cloud.clear_requests()
        yield ImageApi(client)


def test_find_returns_the_only_match(cloud, images):
    image = find(images.images_get, image_aliases="ubuntu:latest", location="de/fra", image_type="HDD")
    assert image.properties.name == "Ubuntu-24.04-LTS-server"
    assert queries(cloud) == [
        {"depth": "1", "filter.imageAliases": "ubuntu:latest", "filter.location": "de/fra", "filter.imageType": "HDD"}
    ]


def test_find_compares_exactly_although_the_api_does_not(datacenters, cloud):
    datacenters.datacenters_post({"properties": {"name": "DC-1", "location": "de/fra"}})
    datacenters.datacenters_post({"properties": {"name": "dc-11", "location": "de/fra"}})
    found = find(datacenters.datacenters_get, name="dc-1")
    assert found.properties.name == "dc-1"
    assert find(datacenters.datacenters_get, id=found.id) == found
    assert find(datacenters.datacenters_get, id=UUID(found.id), depth=2, name="dc-1").id == found.id
    state = {"state": "AVAILABLE"} if found.metadata.state == "AVAILABLE" else {"state": "BUSY"}
    assert find(datacenters.datacenters_get, name="dc-1", created_date=found.metadata.created_date, **state)


def test_find_all_returns_the_exact_matches(datacenters, cloud):
    datacenters.datacenters_post({"properties": {"name": "dc-1", "location": "de/txl"}})
    datacenters.datacenters_post({"properties": {"name": "dc-11", "location": "de/txl"}})
    found = find_all(datacenters.datacenters_get, name="dc-1")
    assert [each.properties.name for each in found] == ["dc-1", "dc-1"]
    assert find_all(datacenters.datacenters_get, name="no such name") == []
    with pytest.raises(ApiTypeError, match=r"^find_all\(\) got an unexpected .* 'nme'; did you mean 'name'"):
        find_all(datacenters.datacenters_get, nme="x")


def test_find_takes_arguments_and_options_of_the_method(cloud, datacenters):
    datacenter = find(datacenters.datacenters_get, name="dc-3", x_contract_number=cloud.contract_number)
    servers = ServerApi(datacenters.api_client)
    body = {"properties": {"name": "web-1", "cores": 1, "ram": 1024}}
    servers.datacenters_servers_post(datacenter.id, body)
    assert find(servers.datacenters_servers_get, datacenter.id, cores=1).properties.name == "web-1"
    cloud.clear_requests()
    find(servers.datacenters_servers_get, datacenter_id=datacenter.id, name="web-1", depth=3, limit=20, pretty=False)
    expected = {"pretty": "false", "depth": "3", "offset": "0", "limit": "20", "filter.name": "web-1"}
    assert queries(cloud) == [expected]


def test_find_combines_criteria_with_filters(cloud, images):
    find(images.images_get, image_aliases="ubuntu:latest", location="de/fra", filters={"location": "de/"}, public=True)
    assert queries(cloud)[0]["filter.location"] == "de/"


def test_several_matches_are_listed(images):
    with pytest.raises(ResourceLookupError) as caught:
        find(images.images_get, image_aliases="ubuntu:latest")
    error = caught.value
    assert len(error.candidates) == 5
    first, *lines = str(error).splitlines()
    assert first == "5 Images have image_aliases 'ubuntu:latest':"
    assert lines == [f"  {image.id}, name 'Ubuntu-24.04-LTS-server'" for image in error.candidates]


def test_the_list_of_matches_is_short(images):
    with pytest.raises(ResourceLookupError, match=r"and \d+ more$") as caught:
        find(images.images_get, public=True)
    assert len(str(caught.value).splitlines()) == 12
    assert len(caught.value.candidates) > 100


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"image_aliases": "ubuntu:22.40"}, "; did you mean image_aliases 'ubuntu:22.04' or"),
        ({"image_aliases": "ubuntu:latest", "location": "de/frx"}, "; did you mean location 'de/fra'"),
        (
            {"image_aliases": "ubuntu:latest", "location": "de/fra", "image_type": "CDROM"},
            "similar ones:\n  .*, name 'Ubuntu-24.04-LTS-server', image_type 'HDD'$",
        ),
        ({"name": "zzzzzzzzz"}, "none of the Images has name 'zzzzzzzzz'$"),
        ({"size": 123456}, "none of the Images has size 123456$"),
        ({"id": "5468d4f1"}, "none of the Images has id '5468d4f1'$"),
    ],
    ids=str,
)
def test_no_match_is_an_error_with_similar_values(cloud, images, criteria, message):
    with pytest.raises(ResourceLookupError, match=message) as caught:
        find(images.images_get, **criteria)
    assert caught.value.candidates == []
    assert len(cloud.requests_seen) == 2
    assert [name for name in queries(cloud)[-1] if name.startswith("filter.")] == []


def test_an_error_of_the_second_request_hides_nothing(client, server):
    answer(server, items=[])
    server.respond(status=500)
    client.configuration.max_retries = 0
    with pytest.raises(ResourceLookupError, match=r"none of the Images has name 'x'$"):
        find(ImageApi(client).images_get, name="x")


@pytest.mark.parametrize(
    ("criteria", "error", "message"),
    [
        ({}, ApiValueError, "find: at least one criterion must be given"),
        ({"depth": 2}, ApiValueError, "find: at least one criterion must be given"),
        ({"nam": "x"}, ApiTypeError, r"find\(\) got an unexpected keyword argument 'nam'; did you mean 'name'"),
        ({"dept": 1, "name": "x"}, ApiTypeError, "unexpected keyword argument 'dept'; did you mean 'depth'"),
        ({"name": None}, ApiValueError, "find: name must not be None"),
        ({"image_type": "a", "imageType": "b"}, ApiTypeError, "image_type is given twice, also as imageType"),
        ({"public": 1}, ApiTypeError, "find: public must be a bool, not 1"),
        ({"size": "2"}, ApiTypeError, "find: size must be a float, not '2'"),
        ({"name": ["web-1"]}, ApiTypeError, r"find: name must be a str, not \['web-1'\]"),
        ({"image_aliases": ["a", 1]}, ApiTypeError, r"find: image_aliases must be a str, not \['a', 1\]"),
        ({"created_date": date(2024, 5, 1)}, ApiTypeError, "created_date must be a datetime, not 2024-05-01"),
        ({"id": 5}, ApiTypeError, "find: id must be a str, not 5"),
        ({"expose_serial": True}, ApiValueError, "expose_serial is not part of Cloud API v5, only of v6"),
        ({"name": "x", "async_req": True}, ApiTypeError, "async_req cannot be used"),
        ({"name": "x", "filters": "y"}, ApiTypeError, "filters must be a dict"),
    ],
    ids=str,
)
def test_criteria_that_are_not_valid_are_errors_before_anything_is_sent(api, server, criteria, error, message):
    with pytest.raises(error, match=message):
        find(api.images_get, **criteria)
    assert not server.seen


def test_documented_filters_are_no_criteria(client):
    with pytest.raises(ApiTypeError, match="unexpected keyword argument 'created_after'"):
        find(RequestApi(client).requests_get, created_after="2020")
