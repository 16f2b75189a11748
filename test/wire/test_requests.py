"""Requests that methods send, and arguments that are rejected before anything is sent."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import ionoscloud
from ionoscloud import ApiTypeError, ApiValueError, Image, ImageApi, ImageProperties

BASE = "/cloudapi/v5"
CALLS = {
    "images_get": lambda api, **options: api.images_get(**options),
    "images_find_by_id": lambda api, **options: api.images_find_by_id("x", **options),
    "images_patch": lambda api, **options: api.images_patch("x", ImageProperties(name="n"), **options),
    "images_put": lambda api, **options: api.images_put("x", Image(properties=ImageProperties(name="n")), **options),
    "images_delete": lambda api, **options: api.images_delete("x", **options),
}


@pytest.mark.parametrize(
    ("call", "verb", "path", "body"),
    [
        ("images_get", "GET", "/images", None),
        ("images_find_by_id", "GET", "/images/x", None),
        ("images_patch", "PATCH", "/images/x", {"name": "n"}),
        ("images_put", "PUT", "/images/x", {"properties": {"name": "n"}}),
        ("images_delete", "DELETE", "/images/x", None),
    ],
)
def test_each_method_sends_the_documented_request(api, server, call, verb, path, body):
    CALLS[call](api)
    seen = server.last
    assert (seen.method, seen.target) == (verb, BASE + path)
    assert seen.headers["Accept"] == "application/json"
    assert "gzip" in seen.headers["Accept-Encoding"]
    if body is None:
        assert seen.body == b""
        assert "Content-Type" not in seen.headers
    else:
        assert seen.json == body
        assert seen.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("call", CALLS)
def test_each_method_accepts_the_common_parameters(api, server, call):
    CALLS[call](api, pretty=False, depth=10, x_contract_number=56)
    assert parse_qsl(urlsplit(server.last.target).query) == [("pretty", "false"), ("depth", "10")]
    assert server.last.headers["X-Contract-Number"] == "56"


@pytest.mark.parametrize("call", CALLS)
def test_an_unknown_argument_is_reported_with_its_method(api, server, call):
    with pytest.raises(ApiTypeError, match=rf"{call}\(\).*'dept'"):
        CALLS[call](api, dept=1)
    assert not server.seen


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"depth": 11}, ApiValueError, "depth must be an integer from 0 to 10, not 11"),
        ({"depth": -1}, ApiValueError, "depth must be an integer from 0 to 10, not -1"),
        ({"depth": True}, ApiTypeError, "depth must be an integer"),
        ({"depth": "11"}, ApiValueError, "depth must be an integer from 0 to 10, not '11'"),
        ({"depth": "-1"}, ApiTypeError, "depth must be an integer"),
        ({"depth": "one"}, ApiTypeError, "depth must be an integer"),
        ({"depth": 1.0}, ApiTypeError, "depth must be an integer"),
        ({"pretty": "yes"}, ApiTypeError, "pretty must be True or False"),
        ({"x_contract_number": "12\r\nX-Evil: 1"}, ApiTypeError, "x_contract_number must be an integer"),
        ({"x_contract_number": "²"}, ApiTypeError, "x_contract_number must be an integer"),
        ({"query_params": {"filter.name": object()}}, ApiTypeError, "filter.name"),
        ({"query_params": "a=b"}, ApiTypeError, "images_get: query_params must be a dict, or pairs .* not str"),
        ({"query_params": 5}, ApiTypeError, "images_get: query_params must be a dict, or pairs .* not int"),
        ({"query_params": ["name"]}, ApiTypeError, "images_get: query_params must be a dict, or pairs .* not list"),
        ({"query_params": {"filter.name": "\ud800"}}, ApiValueError, "images_get: query parameter filter.name must be"),
        ({"query_params": {"x\ud800": 1}}, ApiValueError, r"images_get: query parameter 'x\\ud800' must be"),
        ({"response_type": "Picture"}, ApiTypeError, "response_type must be a model.*Picture"),
        ({"response_type": "list[Picture]"}, ApiTypeError, "response_type must be a model"),
        ({"_request_timeout": "1"}, ApiTypeError, "_request_timeout"),
        ({"_request_timeout": (1, 2, 3)}, ApiTypeError, "_request_timeout"),
        ({"_request_timeout": True}, ApiTypeError, "_request_timeout"),
        ({"_request_timeout": -1}, ApiValueError, "_request_timeout"),
        ({"_request_timeout": math.nan}, ApiValueError, "_request_timeout"),
        ({"_request_timeout": math.inf}, ApiValueError, "_request_timeout"),
    ],
)
def test_invalid_arguments_are_rejected_before_the_request_is_sent(api, server, arguments, error, message):
    with pytest.raises(error, match=message):
        api.images_get(**arguments)
    assert not server.seen


@pytest.mark.parametrize(
    ("arguments", "query", "contract"),
    [
        ({"depth": "1", "pretty": "false", "x_contract_number": " 56 "}, "pretty=false&depth=1", "56"),
        ({"depth": "0", "pretty": "True"}, "pretty=true&depth=0", None),
        ({"x_contract_number": 7}, "", "7"),
        ({"x_contract_number": "7"}, "", "7"),
    ],
)
def test_numbers_and_booleans_can_be_text_as_in_5_0(api, server, arguments, query, contract):
    api.images_get(**arguments)
    assert urlsplit(server.last.target).query == query
    assert server.last.headers.get("X-Contract-Number") == contract


@pytest.mark.parametrize("number", [7, "7"])
def test_a_default_header_can_be_a_number_or_its_text(client, api, server, number):
    client.set_default_header("X-Contract-Number", number)
    api.images_get()
    assert server.last.headers["X-Contract-Number"] == "7"


def test_a_path_can_be_empty(client, server):
    client.call_api("", "GET")
    assert server.last.target == BASE


@pytest.mark.parametrize("timeout", [5, 5.5, (1, 2.5), 0])
def test_every_type_of_timeout_is_accepted(api, timeout):
    assert api.images_get(_request_timeout=timeout) == ionoscloud.Images()


@pytest.mark.parametrize("image_id", [None, "", ".", ".."])
@pytest.mark.parametrize("call", ["images_find_by_id", "images_delete"])
def test_an_id_without_a_resource_is_rejected(api, server, call, image_id):
    with pytest.raises(ApiValueError, match=f"{call}: image_id"):
        getattr(api, call)(image_id)
    assert not server.seen


@pytest.mark.parametrize("call", ["images_find_by_id", "images_delete"])
def test_half_a_surrogate_pair_is_rejected(api, server, call):
    with pytest.raises(ApiValueError, match=f"{call}: image_id must be text that UTF-8 can encode"):
        getattr(api, call)("x\ud800")
    with pytest.raises(ApiValueError, match=r"GET /x/{id}: id must be text"):
        api.api_client.call_api("/x/{id}", "GET", path_params={"id": "\ud800"})
    with pytest.raises(ApiValueError, match="cannot be sent"):
        api.api_client.call_api("/x", "POST", body="\ud800")
    assert not server.seen


@pytest.mark.parametrize("params", [{"query_params": "a=b"}, {"post_params": "a=b"}, {"query_params": [1]}], ids=str)
def test_parameters_that_are_not_pairs_are_rejected(client, server, params):
    with pytest.raises(ApiTypeError, match=f"^{next(iter(params))} must be a dict, or pairs of name and value"):
        client.call_api("/x", "POST", **params)
    assert not server.seen


@pytest.mark.parametrize("image_id", [True, ["x"], b"x", 1.5])
def test_an_id_of_the_wrong_type_is_rejected(api, server, image_id):
    with pytest.raises(ApiTypeError, match="image_id must be a str"):
        api.images_delete(image_id)
    assert not server.seen


@pytest.mark.parametrize(
    ("image_id", "segment"),
    [
        ("../datacenters/x", "..%2Fdatacenters%2Fx"),
        ("a/b", "a%2Fb"),
        ("x?y", "x%3Fy"),
        ("ü", "%C3%BC"),
        ("a%2Fb", "a%252Fb"),
        ("#;&=+ \r\n", "%23%3B%26%3D%2B%20%0D%0A"),
        ("...", "..."),
        (7, "7"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_an_id_is_sent_as_one_path_segment(api, server, image_id, segment):
    api.images_delete(image_id)
    assert server.last.target == f"{BASE}/images/{segment}"


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (("de",), "/locations/de"),
        (("de/fra",), "/locations/de/fra"),
        (("de", "fra"), "/locations/de/fra"),
        (("de", "fra/2"), "/locations/de/fra/2"),
        (("de/fra", "2"), "/locations/de/fra/2"),
        (("d?/#ü/ /%2F",), "/locations/d%3F/%23%C3%BC/%20/%252F"),
    ],
)
def test_the_id_of_a_location_is_sent_with_its_slashes(client, server, arguments, path):
    """As in 5.0.x, also for a subclass that overrides `call_api`."""

    class Overriding(ionoscloud.ApiClient):
        def call_api(self, *args: object, **kwargs: object) -> object:
            return super().call_api(*args, **kwargs)

    for each in (client, Overriding(client.configuration)):
        api = ionoscloud.LocationApi(each)
        call = api.locations_find_by_region_id if len(arguments) == 1 else api.locations_find_by_region_id_and_id
        call(*arguments)
        assert server.last.target == f"{BASE}{path}"


@pytest.mark.parametrize("region", ["/", "de/", "/fra", "de//fra", "de/..", "../images", "./images", "de/./fra"])
def test_the_id_of_a_location_cannot_change_the_path(client, server, region):
    api = ionoscloud.LocationApi(client)
    with pytest.raises(ApiValueError, match="locations_find_by_region_id: region_id must be the id of a resource"):
        api.locations_find_by_region_id(region)
    with pytest.raises(ApiValueError, match="location_id must be the id of a resource"):
        api.locations_find_by_region_id_and_id("de", region)
    assert not server.seen


anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@anything
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text not in (".", "..")))
def test_any_text_in_a_path_and_a_query_arrives_unchanged(api, server, text):
    api.images_find_by_id(text, query_params={"filter.name": text})
    parts = urlsplit(server.last.target)
    assert parts.path.count("/") == 4
    assert unquote(parts.path.rpartition("/")[2], errors="strict") == text
    assert parse_qsl(parts.query, keep_blank_values=True) == [("filter.name", text)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


UNKNOWN = st.text().filter(lambda key: key not in ImageProperties.attribute_map.values())


@anything
@given(st.dictionaries(UNKNOWN, JSON))
def test_any_body_arrives_unchanged(api, server, body):
    api.images_patch("x", body)
    assert server.last.json == body
    assert server.last.headers["Content-Length"] == str(len(server.last.body))


@pytest.mark.parametrize(("value", "sent"), [(5, "5"), (b"bytes", "bytes"), ("", ""), ("a\tb", "a\tb")])
def test_a_header_can_be_a_number_or_bytes(server, configuration, value, sent):
    with ionoscloud.ApiClient(configuration, "X-First", value) as client:
        client.set_default_header("X-Second", value)
        client.call_api("/", "GET", header_params={"X-Third": value})
    assert [server.last.headers[name] for name in ("X-First", "X-Second", "X-Third")] == [sent] * 3


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("X-Custom", None, ApiTypeError),
        ("X-Custom", 1.5, ApiTypeError),
        ("X-Custom", ["secret"], ApiTypeError),
        ("X-Custom", b"secret\x85", ApiValueError),
        ("User-Agent", None, ApiTypeError),
        (None, "secret", ApiTypeError),
        (5, "secret", ApiTypeError),
        ("", "secret", ApiValueError),
        ("X/Custom", "secret", ApiValueError),
        ("X-Custom:", "secret", ApiValueError),
        ("X-Custom\r\n", "secret", ApiValueError),
        ("X-\xfc", "secret", ApiValueError),
        ("X-\ud800", "secret", ApiValueError),
    ],
)
def test_an_invalid_header_is_rejected_with_its_name(client, server, name, value, error):
    client.set_default_header(name, value)
    with pytest.raises(error) as caught:
        ImageApi(client).images_get()
    assert f"header {name} " in str(caught.value) or f"header {name!r} " in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not server.seen


def test_a_cookie_must_be_text(server, configuration):
    with ionoscloud.ApiClient(configuration, cookie=5) as client, pytest.raises(ApiTypeError, match="cookie must be"):
        ImageApi(client).images_get()
    assert not server.seen


@pytest.mark.parametrize("auth", ["Bearer secret", 5, ["secret"], {"value": "secret"}, {"in": "header", "key": "X"}])
def test_an_invalid_request_auth_is_rejected(api, server, auth):
    with pytest.raises(ApiTypeError, match="_request_auth must be a dict") as caught:
        api.images_get(_request_auth=auth)
    assert "secret" not in str(caught.value)
    assert not server.seen


@pytest.mark.parametrize(
    ("method", "headers"), [("GE T", {}), ("GET", {"X-Custom\n": "secret"}), ("GET", {"X-\ud800": "secret"})]
)
def test_invalid_http_is_rejected_without_a_retry(client, server, caplog, method, headers):
    caplog.set_level("DEBUG", "ionoscloud")
    with pytest.raises(ApiValueError, match="cannot be sent") as caught:
        client.request(method, server.url, headers=headers)
    assert "secret" not in str(caught.value)
    assert "attempt" not in caplog.text
    assert not server.seen


@pytest.mark.parametrize("total_timeout", [600, None])
def test_a_timeout_can_be_arbitrarily_long(api, configuration, total_timeout):
    configuration.total_timeout = total_timeout
    assert api.images_get(_request_timeout=1e300) == ionoscloud.Images()


@anything
@given(st.text())
def test_any_header_arrives_unchanged_or_is_rejected(client, server, value):
    client.set_default_header("X-Custom", value)
    sent = len(server.seen)
    if all(character <= "\xff" for character in value) and value.replace("\t", "").isprintable():
        ImageApi(client).images_get()
        assert server.last.headers["X-Custom"].strip(" \t") == value.strip(" \t")
    else:
        with pytest.raises(ApiValueError, match="header X-Custom must be"):
            ImageApi(client).images_get()
        assert len(server.seen) == sent


@anything
@given(st.datetimes(timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))))
def test_any_date_is_decoded_and_encoded_as_the_same_moment(api, server, moment):
    server.respond({"metadata": {"createdDate": moment.isoformat()}})
    assert api.images_find_by_id("x").metadata.created_date == moment
    api.images_patch("x", {"date": moment})
    assert datetime.fromisoformat(server.last.json["date"]) == moment


def test_query_params_are_added_to_the_query(api, server):
    moment = datetime(2026, 1, 2, tzinfo=timezone.utc)
    api.images_get(
        depth=1,
        query_params={"filter.name": ["a b", "c&d"], "filter.public": False, "maxResults": 3, "x": None, "d": moment},
    )
    assert parse_qsl(urlsplit(server.last.target).query) == [
        ("depth", "1"),
        ("filter.name", "a b"),
        ("filter.name", "c&d"),
        ("filter.public", "false"),
        ("maxResults", "3"),
        ("d", "2026-01-02T00:00:00+00:00"),
    ]


@pytest.mark.parametrize("nothing", [None, {}])
def test_empty_query_params_add_nothing(api, server, nothing):
    api.images_get(query_params=nothing)
    assert server.last.target == f"{BASE}/images"


def test_the_filters_of_requests_have_python_names(client, server):
    ionoscloud.RequestApi(client).requests_get(
        filter_status="DONE", filter_created_after="2021-01-01+00:00:00", limit=5
    )
    assert parse_qsl(urlsplit(server.last.target).query) == [
        ("filter.status", "DONE"),
        ("filter.createdAfter", "2021-01-01+00:00:00"),
        ("limit", "5"),
    ]


def test_the_contract_number_of_a_call_takes_precedence(api, server, configuration):
    configuration.contract_number = 12
    api.images_get()
    assert server.last.headers["X-Contract-Number"] == "12"
    api.images_get(x_contract_number="56")
    assert server.last.headers["X-Contract-Number"] == "56"
    configuration.contract_number = None
    api.images_get(x_contract_number=None)
    assert "X-Contract-Number" not in server.last.headers


def test_only_set_attributes_are_sent(api, server):
    api.images_patch("x", ImageProperties(name="n", description=None, public=True, size=3, location="de/fra"))
    assert server.last.json == {"name": "n"}
    api.images_patch("x", ImageProperties())
    assert server.last.json == {}
    api.images_patch("x", ImageProperties(description=ionoscloud.NULL))
    assert server.last.json == {"description": None}


def test_a_dict_is_sent_unchanged(api, server):
    body = {"description": None, "public": True, "anything": [1, {"deep": 1.5}]}
    api.images_patch("x", body)
    assert server.last.json == body


def test_unknown_fields_of_a_newer_server_survive_get_and_put(api, server):
    received = {
        "id": "x",
        "type": "image",
        "href": "https://api/images/x",
        "metadata": {"state": "AVAILABLE", "createdDate": "2020-01-01T00:00:00Z"},
        "properties": {"name": "old", "licenceType": "WINDOWS2025", "location": "de/fra", "exposeSerial": True},
    }
    server.respond(received)
    image = api.images_find_by_id("x")
    image.properties.name = "new"
    api.images_put("x", image)
    properties = {"name": "new", "licenceType": "WINDOWS2025", "exposeSerial": True}
    assert server.last.json == {"type": "image", "properties": properties}


def test_unknown_fields_can_be_dropped(api, server, configuration):
    configuration.discard_unknown_keys = True
    server.respond({"id": "x", "new": 1, "properties": {"exposeSerial": True, "name": "n"}})
    image = api.images_find_by_id("x")
    api.images_put("x", image)
    assert server.last.json == {"properties": {"name": "n"}}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_infinity_and_nan_are_rejected_with_their_path(api, server, number):
    with pytest.raises(ApiValueError, match=r"\['properties'\]\['list'\]\[1\]"):
        api.images_put("x", {"properties": {"list": [1, number]}})
    assert not server.seen


@pytest.mark.parametrize(("body", "error"), [(None, ApiValueError), ("{}", ApiTypeError), ([], ApiTypeError)])
def test_a_missing_or_invalid_body_is_rejected(api, server, body, error):
    with pytest.raises(error, match="images_patch: image"):
        api.images_patch("x", body)
    assert not server.seen


def test_client_side_validation_validates_bodies(api, server, configuration):
    configuration.client_side_validation = True
    with pytest.raises(ApiValueError, match="licence_type is required") as caught:
        api.images_put("x", Image(properties=ImageProperties(name="n")))
    assert caught.value.path_to_item == ["properties", "licence_type"]
    with pytest.raises(ApiValueError, match="licence_type must be one of UNKNOWN"):
        api.images_patch("x", ImageProperties(licence_type="LINUS"))
    with pytest.raises(ApiValueError, match="must be ImageProperties, not Image"):
        api.images_patch("x", Image(properties=ImageProperties(name="n")))
    with pytest.raises(ApiValueError, match="cpu_hot_plug must be a bool"):
        api.images_patch("x", ImageProperties(cpu_hot_plug="False"))
    assert not server.seen
    api.images_patch("x", ImageProperties(name="n"))
    assert server.last.json == {"name": "n"}


def test_client_side_validation_of_the_default_configuration_applies(server, configuration):
    configuration.client_side_validation = True
    ionoscloud.Configuration.set_default(configuration)
    with pytest.raises(ApiValueError, match="cpu_hot_plug must be a bool"):
        ImageApi().images_patch("x", ImageProperties(cpu_hot_plug="False"))
    assert not server.seen


def test_client_side_validation_accepts_a_depth_of_none(api, server, configuration):
    configuration.client_side_validation = True
    assert api.images_get(depth=None, pretty=None) == ionoscloud.Images()
    assert server.last.target == f"{BASE}/images"


def test_bodies_are_not_validated_by_default(api, server):
    api.images_patch("x", ImageProperties(disc_scsi_hot_plug="True", licence_type="NEW"))
    assert server.last.json == {"discScsiHotPlug": "True", "licenceType": "NEW"}


def test_required_arguments_can_be_positional_or_keywords(api, server):
    api.images_patch(image_id="x", image=ImageProperties(name="n"))
    by_keyword = server.last
    api.images_patch("x", ImageProperties(name="n"))
    assert (by_keyword.target, by_keyword.body) == (server.last.target, server.last.body)
    with pytest.raises(TypeError):
        api.images_find_by_id()
    with pytest.raises(TypeError):
        api.images_get(True)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "ü\x85", "ü€"])
def test_a_header_that_is_not_one_line_of_latin_1_is_rejected(client, server, value):
    client.set_default_header("X-Custom", value)
    with pytest.raises(ApiValueError, match="header X-Custom must be"):
        ImageApi(client).images_get()
    assert not server.seen


@pytest.mark.parametrize("value", ["a\tü", "a\tü".encode("latin-1")])
def test_a_header_is_sent_as_latin_1(client, server, value):
    client.set_default_header("X-Custom", value)
    ImageApi(client).images_get()
    assert server.last.headers["X-Custom"] == "a\tü"


def test_headers_of_a_call_take_precedence_over_default_headers(client, server):
    client.set_default_header("accept", "text/plain")
    client.set_default_header("X-Custom", "yes")
    client.set_default_header("X-Contract-Number", "1")
    ImageApi(client).images_get(x_contract_number=2)
    assert server.last.headers["Accept"] == "application/json"
    assert server.last.headers["X-Custom"] == "yes"
    assert server.last.headers["X-Contract-Number"] == "2"


def test_the_user_agent_names_the_package_and_the_program(server, configuration):
    own = f"ionos-cloud-sdk-python/{ionoscloud.__version__}"
    with ionoscloud.ApiClient(configuration) as client:
        assert client.user_agent == own
        client.user_agent = "ansible-module/1.0_ionos-cloud-sdk-python/6.2.0"
        ImageApi(client).images_get()
    assert server.last.headers["User-Agent"] == "ansible-module/1.0_ionos-cloud-sdk-python/6.2.0"
    configuration.application = "my-tool/1.2"
    with ionoscloud.ApiClient(configuration) as client:
        ImageApi(client).images_get()
    assert server.last.headers["User-Agent"] == f"my-tool/1.2 {own}"


def test_a_client_can_have_a_default_header_and_a_cookie(server, configuration):
    with ionoscloud.ApiClient(configuration, "X-Custom", "yes", cookie="a=b", pool_threads=2) as client:
        ImageApi(client).images_get()
    assert server.last.headers["X-Custom"] == "yes"
    assert server.last.headers["Cookie"] == "a=b"


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    [
        *("images", "@127.0.0.1", ".example.com", ":9/x", "//127.0.0.1/x", "?x", "#x"),
        *("/../x", "/a/../x", "/.", "/a/.", "/a/./b", "/%2e%2e/x", "/%2E./x", "/a/..%2fx", "/%2e"),
        *("/a/..\\..", "/..\\x", "\\\\127.0.0.1\\x", "/\\127.0.0.1", "\\x", "/a%5c..%5cx"),
        *("/a\r\nX: y", "/a\nb", "/a\0", "/a\x7f", "/a b\tc", "/a\x85b"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_a_path_outside_the_api_is_rejected_before_connecting(client, server, path, method):
    with pytest.raises(ionoscloud.ApiValueError, match="resource_path"):
        client.call_api(path, method)
    assert server.connections == 0


@pytest.mark.parametrize("path", [None, 1, b"/images", ["/images"]])
def test_a_path_that_is_not_text_is_rejected(client, server, path):
    with pytest.raises(ionoscloud.ApiTypeError, match="resource_path must be a str"):
        client.call_api(path, "GET")
    assert server.connections == 0


@pytest.mark.parametrize("path", ["/images", "/a/..b/.c/d..", "/a%20b", "/images?depth=1", "/a/", "/%252e%252e/x"])
def test_any_other_path_is_sent_unchanged(client, server, path):
    client.call_api(path, "GET")
    assert server.last.target == f"/cloudapi/v5{path}"
