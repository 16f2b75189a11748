"""The HTTP server, and the settings of the emulator."""

from __future__ import annotations

import json
import random
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
import urllib3

from ionoscloud.emulator import CloudEmulator, ManualClock


def raw(cloud, data):
    """Send bytes, and read until the server closes the connection."""
    port = urllib3.util.parse_url(cloud.url).port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_connections_are_persistent(cloud, image):
    with urllib3.HTTPConnectionPool("127.0.0.1", urllib3.util.parse_url(cloud.url).port, maxsize=1) as pool:
        headers = urllib3.make_headers(basic_auth=f"{cloud.username}:{cloud.password}")
        for method, path, body in [
            ("GET", "/", None),
            ("POST", "/nowhere", b"not read"),
            ("PATCH", image, b"{"),
            ("PATCH", image, iter([b'{"name":', b'"chunked"}'])),
            ("DELETE", image, b"a body that DELETE has no use for"),
            ("HEAD", "/", None),
        ]:
            with_type = {**headers, "Content-Type": "application/json"}
            response = pool.request(method, f"/cloudapi/v5{path}", body=body, headers=with_type)
            assert response.status in (200, 202, 400, 404)
        assert pool.num_connections == 1
        assert json.loads(cloud.requests_seen[3].body) == {"name": "chunked"}


def test_requests_seen(cloud, call, image):
    call("PATCH", image + "?depth=1", {"X-Mine": "yes"}, json={"name": "x"})
    seen = cloud.requests_seen[-1]
    assert (seen.method, seen.path, seen.query, seen.json) == ("PATCH", image, {"depth": "1"}, {"name": "x"})
    assert seen.target == image + "?depth=1"
    assert seen.headers["x-mine"] == "yes"
    assert "Authorization" not in seen.headers
    call("GET", "/?a=1&a=2&b=", {"authorization": "Bearer wrong", "X-Mine": "no"})
    seen = cloud.requests_seen[-1]
    assert (seen.path, seen.query, seen.json) == ("/", {"a": "1", "b": ""}, None)
    assert repr(seen) == "HttpRequest(method='GET', target='/?a=1&a=2&b=', api_version=5)"
    assert [request.path for request in cloud.requests_seen] == [image, "/"]
    cloud.clear_requests()
    assert cloud.requests_seen == []


def test_requests_seen_is_bounded(cloud, call):
    for _ in range(1100):
        call("GET", "/nowhere")
    assert len(cloud.requests_seen) == 1000


def test_start_and_stop(call_of):
    cloud = CloudEmulator()
    with pytest.raises(RuntimeError, match="not running"):
        _ = cloud.url
    cloud.stop()
    assert cloud.start() is cloud
    url = cloud.url
    cloud.start()
    assert cloud.url == url
    call = call_of(cloud)
    identifier = cloud.add_image(name="kept")["id"]
    assert call("GET", "/images").status == 200
    cloud.stop()
    cloud.stop()
    with pytest.raises(urllib3.exceptions.HTTPError):
        call("GET", f"{url}/images")
    with cloud:
        assert call("GET", f"/images/{identifier}").json()["href"] == f"{cloud.url}/images/{identifier}"


def test_port_in_use(cloud):
    with pytest.raises(OSError):
        CloudEmulator(port=urllib3.util.parse_url(cloud.url).port).start()


def test_no_threads_are_left():
    before = threading.active_count()
    for _ in range(3):
        with CloudEmulator() as cloud:
            urllib3.PoolManager().request("GET", cloud.url)
    deadline = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


@pytest.mark.parametrize("data", [
    b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/x\r\n\r\n", b"\x00\xff\r\n\r\n",
    b"GET " + b"x" * 70000,
    b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET http://[ HTTP/1.1\r\n\r\n", b"GET //[ HTTP/1.1\r\n\r\n", b"GET http://x/cloudapi/v5/images HTTP/1.1\r\n\r\n",
    b"GET * HTTP/1.1\r\n\r\n", b"G\xc4T / HTTP/1.1\r\n\r\n", b"GET /cloudapi/v5/im\xffges HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\xff: \xff\r\nno colon\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: 10\r\n\r\nx",
])  # fmt: skip
def test_broken_http(cloud, call, capfd, data):
    response = raw(cloud, data)
    assert b" 500 " not in response.partition(b"\r\n")[0]
    if b"\r\n\r\n" in response:
        assert json.loads(response.rpartition(b"\r\n\r\n")[2])["messages"]
    assert call("GET", "/").status == 200
    assert capfd.readouterr() == ("", "")


CREATE = b"POST /cloudapi/v5/datacenters HTTP/1.1\r\nAuthorization: Bearer demo-token\r\n"
JSON = b"Content-Type: application/json\r\n"
BODY = b'{"properties":{"name":"sent","location":"de/fra"}}'
NEXT = b"GET /cloudapi/v5/images HTTP/1.1\r\n\r\n"
HALF, REST = BODY[:20], BODY[20:]


def statuses(data):
    """Return the status of each response on a connection."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", data)]


@pytest.mark.parametrize("chunks", [
    b"14\r\n" + HALF + b"\r\n1E\r\n" + REST + b"\r\n0\r\n\r\n",
    b"14;name=value\r\n" + HALF + b"\r\n01e ; a ; b=\"c\"\r\n" + REST + b"\r\n0;last\r\n\r\n",
    b"32\r\n" + BODY + b"\r\n0\r\nX-Checksum: 1\r\nX-More: 2\r\n\r\n",
    b"32\n" + BODY + b"\n0\n\n",
])  # fmt: skip
def test_chunks_with_extensions_and_trailers(cloud, chunks):
    response = raw(cloud, CREATE + JSON + b"Transfer-Encoding: Chunked\r\n\r\n" + chunks + NEXT)
    assert statuses(response) == [202, 401]
    assert cloud.requests_seen[0].json["properties"]["name"] == "sent"
    assert [request.method for request in cloud.requests_seen] == ["POST", "GET"]


@pytest.mark.parametrize(("headers", "body", "status"), [
    (b"Content-Length: 50\r\nTransfer-Encoding: chunked\r\n", b"32\r\n" + BODY + b"\r\n0\r\n\r\n", 400),
    (b"Content-Length: 50\r\nContent-Length: 49\r\n", BODY, 400),
    (b"Content-Length: 50, 50\r\n", BODY, 400),
    (b"Content-Length: +50\r\n", BODY, 400),
    (b"Content-Length: 5_0\r\n", BODY, 400),
    (b"Content-Length: " + b"9" * 5000 + b"\r\n", BODY, 400),
    (b"Content-Length: 51\r\n", BODY, 400),
    (b"Transfer-Encoding: gzip, chunked\r\n", BODY, 501),
    (b"Transfer-Encoding: identity\r\n", BODY, 501),
    (b"Transfer-Encoding: chunked\r\n", b"+32\r\n" + BODY + b"\r\n0\r\n\r\n", 400),
    (b"Transfer-Encoding: chunked\r\n", b"0x32\r\n" + BODY + b"\r\n0\r\n\r\n", 400),
    (b"Transfer-Encoding: chunked\r\n", b"31\r\n" + BODY + b"\r\n0\r\n\r\n", 400),
    (b"Transfer-Encoding: chunked\r\n", b"32\r\n" + BODY + b"\r\n", 400),
    (b"Transfer-Encoding: chunked\r\n", b"32\r\n" + BODY + b"\r\n0\r\n", 400),
    (b"Transfer-Encoding: chunked\r\n", b"32\r\n" + BODY + b"\r\n0\r\n" + b"a: b\r\n" * 200 + b"\r\n", 400),
    (b"Transfer-Encoding: chunked\r\n", b"32;" + b"x" * 10_000 + b"\r\n" + BODY + b"\r\n0\r\n\r\n", 400),
])  # fmt: skip
def test_a_body_of_ambiguous_length_is_rejected_and_closes_the_connection(cloud, headers, body, status):
    response = raw(cloud, CREATE + JSON + headers + b"\r\n" + body)
    assert statuses(response) == [status]
    assert b"Connection: close" in response
    assert json.loads(response.rpartition(b"\r\n\r\n")[2])["messages"]
    assert cloud.requests_seen == []


def test_the_same_length_twice_is_accepted(cloud):
    assert statuses(raw(cloud, CREATE + JSON + b"Content-Length: 50\r\n" * 2 + b"\r\n" + BODY + NEXT)) == [202, 401]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_rejected_and_the_client_reads_the_response(cloud, call, chunked):
    piece, count = b"x" * 2**16, 400
    headers = {} if chunked else {"Content-Length": str(len(piece) * count)}
    pieces = iter([piece] * count)
    response = call("POST", "/datacenters", headers, body=pieces, chunked=chunked)
    assert response.status == 413
    assert response.json()["messages"][0]["message"] == "The body has more than 1048576 bytes"
    largest = b'"' + b"x" * (2**20 - 2) + b'"'
    assert call("POST", "/datacenters", {"Content-Type": "application/json"}, body=largest).status == 422


def test_a_body_with_many_violations_is_rejected_with_some_of_them(account):
    items = [{}] * 10_000
    body = {"properties": {"location": "de/fra"}, "entities": {"servers": {"items": items}}}
    assert len(account.rejected("POST", "/datacenters", body)) == 100


def test_every_response_allows_all_origins(cloud, call, image):
    wanted = {
        f"Access-Control-{name}": "*" for name in ("Allow-Origin", "Allow-Methods", "Allow-Headers", "Expose-Headers")
    }
    cloud.fail_next(503)
    for path, headers in ((image, {}), (image, {}), (image, {"Authorization": "Bearer no"}), ("/nowhere", {})):
        assert wanted.items() <= dict(call("GET", path, headers).headers).items()
    assert b"Access-Control-Allow-Origin: *" in raw(cloud, b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n")


def test_options_needs_no_credentials(cloud, call, image):
    cloud.rate_limit(1)
    asked = {"Authorization": "", "Origin": "https://example.com", "Access-Control-Request-Method": "PATCH"}
    for _ in range(2):
        response = call("OPTIONS", image, asked)
        assert (response.status, response.data) == (204, b"")
        assert {*response.headers["Access-Control-Allow-Methods"].split(", ")} >= {"GET", "PUT", "PATCH", "DELETE"}
        assert "POST" not in response.headers["Access-Control-Allow-Methods"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert call("OPTIONS", "/nowhere", asked).status == 404
    assert call("GET", image).status == 200


@pytest.mark.parametrize("body", [b"{", b"\xff", b"name=x", b"[" * 100_000, b""])
def test_json_of_a_seen_request_is_none_if_the_body_is_not_json(cloud, call, body):
    call("POST", "/datacenters", body=body)
    assert cloud.requests_seen[-1].json is None
    assert cloud.requests_seen[-1].body == body


@pytest.mark.parametrize("name", ["queue_time", "run_time", "arrival_time"])
@pytest.mark.parametrize("value", [-1, -0.001, float("nan"), float("inf"), "1", None, True])
def test_an_invalid_time_is_rejected(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a number of seconds, 0 or more, not {value!r}"):
        CloudEmulator(**{name: value})


@pytest.mark.parametrize(("settings", "message"), [
    ({"port": -1}, "port must be a port number, 0 to 65535, not -1"),
    ({"port": 65536}, "port must be .*, not 65536"),
    ({"seed": 1.5}, "seed must be an integer, not 1.5"),
    ({"upload_quota": -1}, "upload_quota must be a number of bytes, 0 or more, or None, not -1"),
    ({"contract_numbers": []}, "contract_numbers must be one or more different numbers"),
    ({"contract_numbers": [7, 7]}, "contract_numbers must be one or more different numbers"),
    ({"contract_numbers": [7, 0]}, "contract_numbers must be integers, 1 to 2147483647, not 0"),
    ({"contract_numbers": [2**31]}, "contract_numbers must be integers"),
    ({"contract_numbers": ["7"]}, "contract_numbers must be integers"),
])  # fmt: skip
def test_an_invalid_number_is_rejected(settings, message):
    with pytest.raises(ValueError, match=message):
        CloudEmulator(**settings)


def test_arbitrary_requests_never_cause_500(cloud, call, image):
    chance = random.Random(1)
    values = [
        None,
        True,
        0,
        -1,
        1e308,
        10**400,
        "",
        "x" * 10_000,
        "\x00",
        "ü",
        "\U0001f600",
        [],
        [[]],
        {},
        {"a": {"b": []}},
    ]
    keys = [
        "name",
        "description",
        "licenceType",
        "cloudInit",
        "size",
        "properties",
        "metadata",
        "id",
        "type",
        "",
        "$ref",
        "ü",
    ]
    texts = [
        "0",
        "1",
        "-1",
        "true",
        "",
        "%",
        "%zz",
        "%00",
        "%FF",
        "+",
        "&",
        "=",
        "#",
        "filter.name",
        "null",
        "[]",
        "'",
        "9" * 30,
    ]
    for _ in range(500):
        body = {chance.choice(keys): chance.choice(values) for _ in range(chance.randrange(4))}
        body = chance.choice([body, {"properties": body}, [body], chance.choice(values)])
        names = [
            "depth",
            "pretty",
            "limit",
            "offset",
            "maxResults",
            "orderBy",
            "filter.name",
            "filter.createdAfter",
            "filter.",
        ]
        query = "&".join(f"{chance.choice(names)}={chance.choice(texts)}" for _ in range(chance.randrange(4)))
        path = chance.choice(
            [image, "/images", "/requests", "/images/" + chance.choice(texts), "/" + chance.choice(texts)]
        )
        headers = {"X-Contract-Number": chance.choice(["", str(cloud.contract_number), *texts]), "X-Odd": "é"}
        method = chance.choice(["GET", "PUT", "PATCH", "DELETE", "POST"])
        response = call(method, f"{path}?{query}", headers, json=body)
        assert response.status < 500, (method, path, query, body)
        response.json()
        cloud.clock.advance(1)


def test_tls(tmp_path, call_of):
    if not shutil.which("openssl"):
        pytest.skip("needs openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with CloudEmulator(ssl_context=context) as cloud:
        assert cloud.url.startswith("https://127.0.0.1:")
        address = ("127.0.0.1", urllib3.util.parse_url(cloud.url).port)
        with (
            socket.create_connection(address),
            urllib3.PoolManager(ca_certs=str(certificate), retries=False, timeout=5) as pool,
        ):
            headers = urllib3.make_headers(basic_auth=f"{cloud.username}:{cloud.password}")
            assert json.loads(pool.request("GET", cloud.url, headers=headers).data)["href"] == cloud.url + "/"
            with pytest.raises(urllib3.exceptions.SSLError):
                urllib3.PoolManager(retries=False, timeout=5).request("GET", cloud.url)
            assert pool.request("GET", cloud.url, headers=headers).status == 200


def test_configuration(cloud):
    pytest.importorskip("ionoscloud.configuration")
    ours = cloud.configuration()
    assert (ours.host, ours.username, ours.password) == (cloud.url, cloud.username, cloud.password)
    theirs = cloud.configuration(username=None, password=None, token=cloud.token, timeout=3)
    assert (theirs.username, theirs.token, theirs.timeout) == (None, cloud.token, 3)


def test_configuration_ignores_the_environment(cloud, monkeypatch):
    ionoscloud = pytest.importorskip("ionoscloud")
    for name in ("TOKEN", "USERNAME", "PASSWORD", "API_URL", "CONTRACT_NUMBER", "PINNED_CERT", "HTTP_PROXY_HEADERS"):
        monkeypatch.setenv(f"IONOS_{name}", "5")
    for name in ("IONOS_HTTP_PROXY", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with ionoscloud.ApiClient(cloud.configuration()) as client:
        assert ionoscloud.ImageApi(client).images_get().items
    assert "X-Contract-Number" not in cloud.requests_seen[-1].headers
    assert cloud.configuration(username=None, password=None).auth_settings() == {}
    assert cloud.configuration(contract_number=7).contract_number == 7


@pytest.mark.parametrize(
    "code",
    ["from ionoscloud.emulator import CloudEmulator", "import ionoscloud.emulator; ionoscloud.emulator.CloudEmulator"],
)
def test_without_the_extra_the_emulator_says_what_to_install(code):
    block = "import sys; sys.modules['werkzeug'] = None; "
    result = subprocess.run([sys.executable, "-c", block + code], capture_output=True, text=True)
    message = "ionoscloud.emulator needs werkzeug: run `pip install ionoscloud[emulator]`"
    assert result.stderr.splitlines()[-1] == f"ModuleNotFoundError: {message}"


def test_manual_clock():
    clock = ManualClock(5)
    clock.advance(1.5)
    assert clock.now() == 6.5
    for seconds in (-1, float("nan"), float("inf"), "1"):
        with pytest.raises(ValueError, match=f"not {seconds!r}"):
            clock.advance(seconds)
    assert clock.now() == 6.5
    with pytest.raises(ValueError, match="nan"):
        ManualClock(float("nan"))
