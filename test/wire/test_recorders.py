"""Recorders and mocks of the transport: they respond instead of the server."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from unittest import mock

import pytest
import urllib3

import ionoscloud
from ionoscloud import ApiClient, Image, ImageApi, ImageProperties

pytestmark = pytest.mark.once

CANNED = b'{"id": "canned"}'
CALLS = [
    lambda client: ImageApi(client).images_get(),
    lambda client: ImageApi(client).images_patch("x", ImageProperties(name="n")),
    lambda client: ImageApi(client).images_delete("x", response_type="Image"),
]


def call_all(client):
    return [getattr(call(client), "id", None) for call in CALLS]


def canned(*args, **options):
    return urllib3.HTTPResponse(CANNED, status=200, headers={}, preload_content=options.get("preload_content", True))


def mocked(*args, **options):
    return mock.Mock(status=200, reason="OK", headers={}, data=CANNED)


@pytest.fixture
def vcr():
    return pytest.importorskip("vcr")


@pytest.mark.parametrize("form", [canned, mocked])
@pytest.mark.parametrize(
    "place", ["urllib3.PoolManager.request", "urllib3.PoolManager.urlopen", "urllib3.HTTPConnectionPool.urlopen"]
)
@pytest.mark.parametrize("used", [False, True], ids=["new client", "client in use"])
def test_patched_methods_of_urllib3_respond_while_patched(client, server, place, form, used):
    server.respond({"id": "real"}, times=10)
    before = call_all(client) if used else []
    reached = len(server.seen)
    with mock.patch(place, side_effect=form):
        during = call_all(client)
        assert len(server.seen) == reached
    assert during == ["canned"] * 3
    assert call_all(client) == ["real"] * 3
    assert before in ([], ["real"] * 3)


@pytest.mark.parametrize("used", [False, True], ids=["new client", "client in use"])
def test_a_patched_pool_manager_responds_while_patched(client, server, used):
    server.respond({"id": "real"}, times=10)
    if used:
        call_all(client)
    reached = len(server.seen)
    manager = mock.MagicMock()
    manager.return_value.request.side_effect = mocked
    with mock.patch("urllib3.PoolManager", manager):
        assert call_all(client) == ["canned"] * 3
        assert len(server.seen) == reached
    assert call_all(client) == ["real"] * 3


def test_a_pool_manager_that_is_set_sends_all_requests(client, server):
    client.rest_client.pool_manager = mock.Mock(request=mock.Mock(side_effect=mocked))
    assert call_all(client) == ["canned"] * 3
    assert [sent.args[0] for sent in client.rest_client.pool_manager.request.call_args_list] == [
        *("GET", "PATCH", "DELETE")
    ]
    assert server.connections == 0


def test_a_pool_manager_gets_no_options_of_a_pool(client, server):
    """A manager is also what a recorder puts in the place of `PoolManager.request`."""
    manager = mock.Mock(request=mock.Mock(side_effect=mocked))
    client.rest_client.pool_manager = manager
    call_all(client)
    names = {name for sent in manager.request.call_args_list for name in sent.kwargs}
    assert names == {
        *("body", "headers", "timeout", "retries", "redirect", "preload_content", "enforce_content_length")
    }


# vcrpy leaves an idle connection of the real server to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("used", [False, True], ids=["new client", "client in use"])
def test_a_cassette_records_and_replays(vcr, client, server, tmp_path, compressed, used):
    if used:
        call_all(client)
    body = json.dumps({"id": "recorded"}).encode()
    server.respond(
        gzip.compress(body) if compressed else body, times=3, **({"Content-Encoding": "gzip"} if compressed else {})
    )
    reached = len(server.seen)
    for played in (0, 3):
        with vcr.use_cassette(str(tmp_path / "cassette.yaml"), filter_headers=["authorization"]) as cassette:
            assert call_all(client) == ["recorded"] * 3
            assert cassette.play_count == played
        assert len(server.seen) == reached + 3
    server.respond({"id": "real"}, times=3)
    assert call_all(client) == ["real"] * 3


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("used", [False, True], ids=["new client", "client in use"])
def test_a_cassette_that_must_not_record_blocks_all_calls(vcr, client, server, tmp_path, used):
    if used:
        call_all(client)
    reached = len(server.seen)
    with vcr.use_cassette(str(tmp_path / "none.yaml"), record_mode="none"):
        for call in CALLS:
            with pytest.raises(vcr.errors.CannotOverwriteExistingCassetteException):
                call(client)
    assert len(server.seen) == reached
    assert call_all(client) == [None] * 3


FIRST_CALL = """
import sys, vcr, ionoscloud
def call():
    with ionoscloud.ApiClient(ionoscloud.Configuration(sys.argv[1], token="T", max_retries=0)) as client:
        return ionoscloud.ImageApi(client).images_get().id
ids = []
for _ in range(2):
    with vcr.use_cassette(sys.argv[2]):
        ids.append(call())
ids.append(call())
with vcr.use_cassette(sys.argv[2]):
    ids.append(call())
print(*ids)
"""


def test_the_first_call_of_a_program_can_be_recorded(vcr, server, tmp_path):
    for identifier in ("first", "second"):
        server.respond({"id": identifier})
    command = [sys.executable, "-c", FIRST_CALL, server.url, str(tmp_path / "cassette.yaml")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert printed.split() == ["first", "first", "second", "first"]
    assert len(server.seen) == 2


@pytest.fixture
def mocket():
    yield pytest.importorskip("mocket")
    if urllib3.util.IS_PYOPENSSL:  # mocket does not undo this
        urllib3.contrib.pyopenssl.extract_from_urllib3()


@pytest.mark.usefixtures("mocket")
@pytest.mark.parametrize("used", [False, True], ids=["new client", "client in use"])
def test_mocket_responds_while_active(client, server, used):
    from mocket import Mocketizer
    from mocket.mockhttp import Entry

    server.respond({"id": "real"}, times=10)
    if used:
        call_all(client)
    reached = len(server.seen)
    for verb, path in (("GET", "images"), ("PATCH", "images/x"), ("DELETE", "images/x")):
        Entry.single_register(verb, f"{server.url}/{path}", body=CANNED.decode())
    with Mocketizer(strict_mode=True):
        assert call_all(ApiClient(client.configuration)) == ["canned"] * 3
    assert len(server.seen) == reached
    assert call_all(client) == ["real"] * 3


OPTIONS = {
    "post_params": [],
    "files": {},
    "auth_settings": ["Basic Authentication", "Token Authentication"],
    "async_req": None,
    "_return_http_data_only": True,
    "_preload_content": True,
    "_request_timeout": None,
    "collection_formats": {},
    "_request_auth": None,
}
JSON = {"Accept": "application/json"}
WITH_BODY = {**JSON, "Content-Type": "application/json"}
FORM = {**JSON, "Content-Type": "application/x-www-form-urlencoded"}
NEW_IMAGE = Image(properties=ImageProperties(name="n"))
VOLUME = ionoscloud.Volume(id="v")
SNAPSHOT = "/datacenters/{datacenterId}/volumes/{volumeId}"
# The arguments of `call_api` in 5.0.8: path, method, path parameters, query, headers, and options by name.
PUBLISHED = {
    "list": (
        lambda client: ImageApi(client).images_get(depth=1, pretty=True),
        ("/images", "GET", {}, [("pretty", True), ("depth", 1)], JSON),
        {"body": None, "response_type": "Images"},
    ),
    "query": (
        lambda client: ImageApi(client).images_get(query_params={"filter.name": "u"}),
        ("/images", "GET", {}, [("filter.name", "u")], JSON),
        {"body": None, "response_type": "Images"},
    ),
    "find": (
        lambda client: ImageApi(client).images_find_by_id("a/b", _request_timeout=3),
        ("/images/{imageId}", "GET", {"imageId": "a/b"}, [], JSON),
        {"body": None, "response_type": "Image", "_request_timeout": 3},
    ),
    "delete": (
        lambda client: ImageApi(client).images_delete("x"),
        ("/images/{imageId}", "DELETE", {"imageId": "x"}, [], JSON),
        {"body": None, "response_type": "object"},
    ),
    "patch": (
        lambda client: ImageApi(client).images_patch("x", NEW_IMAGE.properties),
        ("/images/{imageId}", "PATCH", {"imageId": "x"}, [], WITH_BODY),
        {"body": NEW_IMAGE.properties, "response_type": "Image"},
    ),
    "put": (
        lambda client: ImageApi(client).images_put("x", NEW_IMAGE, response_type="object"),
        ("/images/{imageId}", "PUT", {"imageId": "x"}, [], WITH_BODY),
        {"body": NEW_IMAGE, "response_type": "object"},
    ),
    "attach": (
        lambda client: ionoscloud.ServerApi(client).datacenters_servers_volumes_post("d", "s", VOLUME),
        (
            "/datacenters/{datacenterId}/servers/{serverId}/volumes",
            "POST",
            {"datacenterId": "d", "serverId": "s"},
            [],
            WITH_BODY,
        ),
        {"body": VOLUME, "response_type": "Volume"},
    ),
    "form": (
        lambda client: ionoscloud.VolumeApi(client).datacenters_volumes_create_snapshot_post(
            "d", "v", name="n", description="e"
        ),
        (f"{SNAPSHOT}/create-snapshot", "POST", {"datacenterId": "d", "volumeId": "v"}, [], FORM),
        {"body": None, "response_type": "Snapshot", "post_params": [("name", "n"), ("description", "e")]},
    ),
    "no body": (
        lambda client: ionoscloud.ServerApi(client).datacenters_servers_reboot_post("d", "s"),
        (
            "/datacenters/{datacenterId}/servers/{serverId}/reboot",
            "POST",
            {"datacenterId": "d", "serverId": "s"},
            [],
            JSON,
        ),
        {"body": None, "response_type": "object"},
    ),
    "async, open": (
        lambda client: ImageApi(client).images_get(async_req=True, _preload_content=False),
        ("/images", "GET", {}, [], JSON),
        {"body": None, "response_type": "Images", "async_req": True, "_preload_content": False},
    ),
}


@pytest.mark.parametrize(("call", "arguments", "options"), PUBLISHED.values(), ids=PUBLISHED)
@pytest.mark.parametrize("way", ["subclass", "mock"])
def test_a_replaced_call_api_gets_the_published_arguments(configuration, server, call, arguments, options, way):
    replacement = mock.Mock(return_value="canned")

    class Client(ApiClient):
        def call_api(self, *args, **kwargs):
            return replacement(*args, **kwargs)

    with (Client if way == "subclass" else ApiClient)(configuration) as client:
        if way == "mock":
            client.call_api = replacement
        assert call(client) == "canned"
    replacement.assert_called_once_with(*arguments, **{**OPTIONS, **options})
    assert server.connections == 0


def snapshot_of(client, protection):
    api = ionoscloud.VolumeApi(client)
    return api.datacenters_volumes_create_snapshot_post("d", "v", sec_auth_protection=protection)


@pytest.mark.parametrize("name", ["call_api", "request"])
@pytest.mark.parametrize(
    "call",
    [
        *(call for call, *_ in PUBLISHED.values()),
        lambda client: snapshot_of(client, True),
        lambda client: snapshot_of(client, "FALSE"),
    ],
    ids=[*PUBLISHED, "boolean field", "boolean field as text"],
)
def test_a_method_that_delegates_sends_the_same_request(configuration, server, call, name):
    class Client(ApiClient):
        pass

    setattr(Client, name, lambda self, *args, **given: getattr(super(Client, self), name)(*args, **given))
    for make in (ApiClient, Client):
        with make(configuration) as client:
            result = call(client)
            if hasattr(result, "wait"):
                result.get(10).read()
    first, second = server.seen
    assert (first.method, first.target, first.body) == (second.method, second.target, second.body)
    assert first.headers == second.headers


def test_an_overridden_update_params_for_auth_can_add_to_the_query(configuration, server):
    class Client(ApiClient):
        def update_params_for_auth(self, headers, querys, auth_settings, request_auth=None):
            querys.append(("key", "a b"))
            super().update_params_for_auth(headers, querys, auth_settings, request_auth)

    with Client(configuration) as client:
        ImageApi(client).images_get()
        ImageApi(client).images_get(depth=1)
        client.call_api("/images?a=1", "GET")
    queries = [request.target.partition("?")[2] for request in server.seen]
    assert queries == ["key=a%20b", "depth=1&key=a%20b", "a=1&key=a%20b"]


@pytest.mark.parametrize("name", ["call_api", "request"])
def test_a_method_that_wrapt_has_wrapped_is_called(configuration, server, name):
    """Tracing tools wrap methods with it. Its wrapper passes on all attributes of the method, `__func__` included."""
    wrapt = pytest.importorskip("wrapt")
    seen = []

    class Client(ApiClient):
        pass

    def wrapper(wrapped, instance, args, given):
        seen.append(args[0])
        return wrapped(*args, **given)

    wrapt.wrap_function_wrapper(Client, name, wrapper)
    with Client(configuration) as client:
        ImageApi(client).images_get()
    assert len(seen) == 1
    assert server.last.target.endswith("/images")


def test_a_replaced_call_api_does_not_send_the_id_of_a_body(configuration, server):
    class Client(ApiClient):
        def call_api(self, *args, **kwargs):
            return super().call_api(*args, **kwargs)

    image = Image(id="other", properties=ImageProperties(name="n"))
    with Client(configuration) as client:
        ImageApi(client).images_put("x", image)
    assert server.last.json == {"properties": {"name": "n"}}
    assert image.id == "other"
