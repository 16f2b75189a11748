"""Clients: threads, closing, copies and logging."""

from __future__ import annotations

import gc
import http.client
import logging
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import weakref
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

import ionoscloud
from ionoscloud import ApiClient, ApiException, ApiTypeError, ApiValueError, Configuration, ImageApi
from ionoscloud.rest import RESTResponse


def test_async_req_returns_at_once_and_its_result_waits(api, server):
    event = server.hang()
    result = api.images_get(async_req=True)
    assert not result.ready()
    event.set()
    assert result.get(10) == ionoscloud.Images()
    server.respond(b"{}", 404)
    with pytest.raises(ApiException, match="404"):
        api.images_get(async_req=True).get(10)


def test_with_http_info_supports_async_req(api):
    data, status, _ = api.images_get_with_http_info(async_req=True).get(10)
    assert (data, status) == (ionoscloud.Images(), 200)


@pytest.mark.parametrize("threads", ["2", 0, -1, 1.5])
def test_invalid_pool_threads_is_rejected_when_used(server, configuration, threads):
    with ApiClient(configuration, pool_threads=threads) as client:
        client.call_api("/", "GET")
        with pytest.raises((ApiTypeError, ApiValueError), match=r"^pool_threads must be an integer, 1 or more"):
            client.call_api("/", "GET", async_req=True)


def test_pool_threads_run_in_parallel(server, configuration):
    with ApiClient(configuration, pool_threads=3) as client:
        events = [server.hang() for _ in range(3)]
        results = [ImageApi(client).images_get(async_req=True) for _ in range(3)]
        while len(server.seen) < 3:
            pass
        for event in events:
            event.set()
        assert [result.get(10) for result in results] == [ionoscloud.Images()] * 3


def test_threads_are_started_only_for_async_calls(server, configuration):
    before = threading.active_count()
    with ApiClient(configuration) as client:
        ImageApi(client).images_get()
        threads_of_server = 1  # one for each connection
        assert threading.active_count() <= before + threads_of_server


def test_running_calls_finish_after_closing(server, configuration):
    event = server.hang()
    with ApiClient(configuration) as client:
        result = ImageApi(client).images_get(async_req=True)
    event.set()
    assert result.get(10) == ionoscloud.Images()


def test_a_replaced_configuration_applies_to_the_next_call(server, configuration):
    with ApiClient(configuration) as client:
        ImageApi(client).images_get()
        seen = []
        client.configuration = Configuration(server.url, token="new", max_response_bytes=1, on_request=seen.append)
        with pytest.raises(ionoscloud.ApiException, match="max_response_bytes"):
            ImageApi(client).images_get()
    assert server.seen[1].headers["Authorization"] == "Bearer new" and len(seen) == 1


def test_the_transport_can_be_replaced(configuration):
    class Transport:
        def request(self, method, url, *args):
            return RESTResponse(urllib3.HTTPResponse(b'{"id": "replaced"}', status=200), b'{"id": "replaced"}')

    client = ApiClient(configuration)
    client.rest_client = Transport()
    assert ImageApi(client).images_get().id == "replaced"


def test_a_connection_that_is_returned_twice_is_kept_once(configuration, server):
    with ApiClient(configuration) as client:
        response = ImageApi(client).images_get(_preload_content=False)
        response.read()
        pool = client.rest_client.pool_manager.connection_from_url(server.url)
        connection = pool.pool.queue[-1]
        pool._put_conn(connection)
        assert pool.pool.queue == deque([connection])


def test_a_closed_client_reconnects_as_in_5_0(server, configuration):
    with ApiClient(configuration) as client:
        api = ImageApi(client)
        api.images_get(async_req=True).get(10)
    client.close()
    api.images_get()
    api.images_get(async_req=True).get(10)
    assert (len(server.seen), server.connections) == (3, 2)
    client.close()


def test_last_response_is_available_as_in_5_0(server, client):
    assert client.last_response is None
    server.respond({"id": "x"}, Location="/requests/1/status")
    image = ImageApi(client).images_patch("x", {"name": "n"})
    response = client.last_response
    assert (response.status, response.getheader("location"), image.id) == (200, "/requests/1/status", "x")
    assert response.data == '{"id": "x"}'
    ImageApi(client).images_get(_preload_content=False).release_conn()
    assert client.last_response is response
    assert pickle.loads(pickle.dumps(client)).last_response is None


def test_the_loggers_have_the_same_names_as_in_5_0(configuration):
    assert {name: logger.name for name, logger in configuration.logger.items()} == {
        "package_logger": "ionoscloud",
        "urllib3_logger": "urllib3",
    }


def test_closing_the_client_closes_its_connections(server, configuration):
    client = ApiClient(configuration)
    ImageApi(client).images_get()
    idle = client.rest_client.pool_manager.connection_from_url(server.url).pool.queue[-1].sock
    assert idle.fileno() > 0
    client.close()
    assert idle.fileno() == -1


def test_connections_are_reused(api, server):
    for _ in range(5):
        api.images_get()
    assert server.connections == 1


def test_a_huge_pool_size_is_accepted(configuration, server):
    configuration.connection_pool_maxsize = 10**9
    with ApiClient(configuration) as client:
        client.call_api("/", "GET")
    assert server.connections == 1


@pytest.mark.parametrize("maxsize", [None, 0])
def test_a_pool_without_a_size_keeps_every_connection(configuration, server, maxsize):
    configuration.connection_pool_maxsize = maxsize
    with ApiClient(configuration) as client:
        ImageApi(client).images_get()
        pool = client.rest_client.pool_manager.connection_from_url(server.url).pool
        assert (pool.maxsize, pool.qsize()) == (0, 1)


def test_one_client_serves_many_threads(api, server):
    def call(number: int) -> str:
        return api.images_find_by_id(f"image-{number}", response_type="object", query_params={"n": number})

    with ThreadPoolExecutor(16) as executor:
        assert list(executor.map(call, range(200))) == [{}] * 200
    assert sorted(seen.target for seen in server.seen) == sorted(
        f"/cloudapi/v5/images/image-{number}?n={number}" for number in range(200)
    )


def test_dropped_clients_are_freed_with_their_threads(server, configuration):
    before = threading.active_count()
    references = []
    for _ in range(5):
        client = ApiClient(configuration)
        ImageApi(client).images_get(async_req=True).get(10)
        references.append(weakref.ref(client))
    del client
    gc.collect()
    assert [reference() for reference in references] == [None] * 5
    threads_of_server = 5
    for thread in threading.enumerate():
        if "ThreadPool" in thread.name or "worker" in thread.name.lower():
            thread.join(5)
    assert threading.active_count() <= before + threads_of_server


def run(script: str, server, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in another Python process; `host` is the URL of the server."""
    prelude = f"import ionoscloud\nhost = {server.url!r}\n"
    return subprocess.run(
        [sys.executable, "-c", prelude + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.mark.parametrize("end", ["", "del api", "client.close()", "raise SystemExit"])
def test_async_changes_are_sent_before_the_program_exits(server, end):
    result = run(
        f"""
        client = ionoscloud.ApiClient(ionoscloud.Configuration(host=host, token="T"))
        api = ionoscloud.ImageApi(client)
        for number in range(20):
            api.images_patch(number, {{"name": "n"}}, async_req=True)
        {end}
        """,
        server,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert [request.target.rpartition("/")[2] for request in server.seen] == [str(number) for number in range(20)]


def test_exiting_waits_for_a_call_until_its_deadline(server):
    event = server.hang()
    result = run(
        """
        api = ionoscloud.ImageApi(ionoscloud.ApiClient(ionoscloud.Configuration(host=host, token="T")))
        api.images_get(async_req=True, _total_timeout=0.3)
        print("left")
        """,
        server,
    )
    event.set()
    assert (result.returncode, result.stdout, result.stderr) == (0, "left\n", "")


def test_a_used_client_can_be_pickled_and_its_copy_reconnects(client, server):
    ImageApi(client).images_get(async_req=True).get(10)
    client.set_default_header("X-Custom", "yes")
    with pickle.loads(pickle.dumps(client)) as copy:
        ImageApi(copy).images_get()
    assert server.last.headers["X-Custom"] == "yes"
    assert server.connections == 2


def test_calls_change_no_logging_settings_of_the_process(api, server, caplog):
    caplog.set_level(logging.DEBUG, "urllib3")
    http.client.HTTPConnection.debuglevel = 1
    try:
        before = (logging.getLogger("urllib3").level, list(logging.getLogger().handlers))
        Configuration()
        ionoscloud.ImageProperties()
        server.respond({"items": [{"id": "x"}]})
        api.images_get()
        assert http.client.HTTPConnection.debuglevel == 1
        assert (logging.getLogger("urllib3").level, list(logging.getLogger().handlers)) == before
    finally:
        http.client.HTTPConnection.debuglevel = 0


def test_a_call_is_logged_without_secrets(server, caplog):
    caplog.set_level(logging.DEBUG, "ionoscloud")
    configuration = Configuration(host=server.url, token="top-secret", debug=True)
    server.respond({"password": "top-secret", "name": "shown"}, Set_Cookie="top-secret")
    with ApiClient(configuration, cookie="top-secret") as client:
        ImageApi(client).images_patch("x", {"imagePassword": "top-secret", "name": "sent"})
    assert f"PATCH {server.url}/images/x" in caplog.text
    assert "'Accept': 'application/json'" in caplog.text
    assert '"name": "shown"' in caplog.text
    assert '"name": "sent"' in caplog.text
    assert "top-secret" not in caplog.text


def test_without_debug_bodies_and_headers_are_not_logged(api, server, caplog):
    caplog.set_level(logging.DEBUG, "ionoscloud")
    server.respond({"name": "shown"})
    api.images_patch("x", {"name": "sent"})
    assert f"PATCH {server.url}/images/x" in caplog.text
    assert "shown" not in caplog.text
    assert "sent" not in caplog.text


def test_debug_messages_are_written_to_stderr_without_configured_logging(server):
    result = run(
        """
        configuration = ionoscloud.Configuration(host=host, token="top-secret")
        configuration.debug = True
        ionoscloud.ImageApi(ionoscloud.ApiClient(configuration)).images_get()
        """,
        server,
    )
    assert f"GET {server.url}/images" in result.stderr
    assert "top-secret" not in result.stderr
    assert result.stdout == ""


def test_a_client_without_a_configuration_uses_the_default(server):
    Configuration.set_default(Configuration(host=server.url, token="T"))
    ImageApi().images_get()
    assert server.last.headers["Authorization"] == "Bearer T"
    assert ImageApi(api_client=None).api_client is not ImageApi().api_client


def test_the_helpers_of_the_published_client_exist(client):
    assert client.select_header_accept([]) is None
    assert client.select_header_accept(["text/html", "application/JSON"]) == "application/json"
    assert client.select_header_accept(["a/b", "c/d"]) == "a/b, c/d"
    assert client.select_header_content_type([]) == "application/json"
    assert client.select_header_content_type(["a/b", "c/d"]) == "a/b"
    assert client.parameters_to_tuples({"a": [1, 2], "b": 3}, {"a": "multi"}) == [("a", 1), ("a", 2), ("b", 3)]
    for style, joined in {"csv": "1,2", "ssv": "1 2", "tsv": "1\t2", "pipes": "1|2", "anything": "1,2"}.items():
        assert client.parameters_to_tuples([("a", [1, 2])], {"a": style}) == [("a", joined)]
    image = ionoscloud.Image(id="x", properties=ionoscloud.ImageProperties(name="n", public=False))
    assert client.sanitize_for_serialization([image]) == [{"id": "x", "properties": {"name": "n", "public": False}}]
    headers: dict[str, str] = {}
    client.update_params_for_auth(headers, [], ["Basic Authentication"])
    assert headers == {"Authorization": "Basic ZGVtbzpzZWNyZXQ="}
    response = client.request("GET", client.configuration.host + "/images")
    assert (response.status, response.getheader("content-type")) == (200, "application/json")
    assert client.deserialize(response, "Images") == ionoscloud.Images()


@pytest.mark.parametrize(
    ("verbs", "body"), [("GET HEAD", []), ("DELETE", ["body"]), ("OPTIONS POST PUT PATCH", [None, "body"])]
)
def test_each_verb_accepts_its_arguments_in_the_published_order(client, server, verbs, body):
    for verb in verbs.split():
        send = getattr(client.rest_client, verb)
        response = send(server.url, {"X-Custom": "yes"}, [("a", "b")], *body, False, (5, 5))
        response.read()
        response.release_conn()
        assert (server.last.method, server.last.target) == (verb, "/cloudapi/v5?a=b")
        assert (server.last.headers["X-Custom"], server.last.body) == ("yes", b"body" if body else b"")


@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_the_transport_has_a_method_for_each_verb(client, server, verb):
    response = getattr(client.rest_client, verb)(server.url, headers={"X-Custom": "yes"}, query_params=[("a", "b")])
    assert (response.status, response.reason) == (200, "OK")
    assert response.getheaders()["Content-Type"] == "application/json"
    assert (server.last.method, server.last.target) == (verb, "/cloudapi/v5?a=b")
    assert server.last.headers["X-Custom"] == "yes"


@pytest.mark.parametrize("host", ["http://127.0.0.1", "https://127.0.0.1"])
def test_the_pool_manager_can_send_requests_without_a_timeout(server, host):
    with ApiClient(Configuration(host, token="x", fingerprint="00" * 32)) as client:
        assert client.rest_client.pool_manager.request("GET", server.url).status == 200


@pytest.mark.parametrize("settings", [{"assert_hostname": "x"}, {"assert_hostname": False}, {"fingerprint": "00" * 32}])
def test_tls_settings_are_ignored_without_tls(server, settings):
    with ApiClient(Configuration(server.url, token="x", **settings)) as client:
        assert ImageApi(client).images_get() == ionoscloud.Images()
