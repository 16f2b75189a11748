"""URLs in responses: clients can follow them, however they reach the emulator."""

from __future__ import annotations

import json
import socket
import ssl
from base64 import b64encode
from urllib.parse import urlsplit

import pytest
import trustme
import urllib3

from ionoscloud.emulator import CloudEmulator, ManualClock

BASE = "/cloudapi/v5"


def urls_in(value):
    """Return the URLs in a response, apart from those within texts."""
    if isinstance(value, dict):
        return [url for each in value.values() for url in urls_in(each)]
    if isinstance(value, list):
        return [url for each in value for url in urls_in(each)]
    return [value] if isinstance(value, str) and value.startswith("http") else []


HOSTS = [
    ("emulator.test", "http://emulator.test"),
    ("emulator.test:80", "http://emulator.test"),
    ("emulator.test:443", "http://emulator.test:443"),
    ("my_service:8080", "http://my_service:8080"),
    ("192.0.2.7:5000", "http://192.0.2.7:5000"),
    ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
    ("[::1]", "http://[::1]"),
]


@pytest.mark.parametrize(("host", "origin"), HOSTS)
def test_location_and_hrefs_follow_the_host_of_the_request(cloud, call, datacenter, host, origin):
    headers = {"Host": host}
    made = call("POST", f"{datacenter}/servers?depth=2", headers, json={"properties": {"cores": 1, "ram": 1024}})
    assert made.headers["Location"].startswith(f"{origin}{BASE}/requests/")
    server = f"{datacenter}/servers/{made.json()['id']}"
    call("POST", f"{server}/labels", headers, json={"properties": {"key": "a", "value": "b"}})
    responses = [made.json()]
    for path in ("/", "/requests?depth=2&limit=1&offset=1", "/labels?depth=1", "/datacenters?depth=5&limit=1"):
        responses.append(call("GET", path, headers).json())
    responses.append(call("GET", urlsplit(made.headers["Location"]).path[len(BASE) :], headers).json())
    urls = urls_in(responses)
    assert len(urls) > 20
    assert all(url.startswith(f"{origin}{BASE}/") for url in urls)
    # The next client and the emulator itself have their own URL.
    assert all(url.startswith(f"{cloud.url}/") for url in urls_in(call("GET", "/datacenters?depth=5").json()))
    assert cloud.add_image(name="x.iso")["href"].startswith(f"{cloud.url}/")
    assert cloud.environment()["IONOS_API_URL"] == cloud.url


@pytest.mark.parametrize(
    "host", ["", "user@evil.test", "evil.test/path", "a b", "evil.test:port", "ümlaut.test", "[::1"]
)
def test_an_invalid_host_header_is_ignored(cloud, call, host):
    href = f"{cloud.url}/images"
    assert call("GET", "/images", {"Host": host.encode() if host else b" "}).json()["href"] == href


@pytest.mark.parametrize(
    ("line", "headers", "origin"),
    [
        (f"GET {BASE}/images HTTP/1.0", "", None),
        (f"GET http://proxied.test:81{BASE}/images HTTP/1.1", "Host: other.test\r\n", "http://proxied.test:81"),
    ],
    ids=["no Host", "a URL in the request line"],
)
def test_a_host_in_the_request_line_takes_precedence(cloud, line, headers, origin):
    credentials = b64encode(f"{cloud.username}:{cloud.password}".encode()).decode()
    address = urlsplit(cloud.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        request = f"{line}\r\n{headers}Authorization: Basic {credentials}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    href = json.loads(received.partition(b"\r\n\r\n")[2])["href"]
    assert href == f"{origin + BASE if origin else cloud.url}/images"


def test_urls_are_https_with_an_ssl_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with CloudEmulator(clock=ManualClock(), ssl_context=context) as cloud:
        headers = urllib3.make_headers(basic_auth=f"{cloud.username}:{cloud.password}")
        with urllib3.PoolManager(ssl_context=trusting, retries=False, timeout=5) as pool:
            for host, origin in (("a.test:443", "https://a.test"), ("a.test:80", "https://a.test:80")):
                response = pool.request("GET", f"{cloud.url}/images", headers={**headers, "Host": host})
                assert response.json()["href"] == f"{origin}{BASE}/images"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://cloud.example.com", "https://cloud.example.com/cloudapi/v5"),
        ("https://cloud.example.com:443/", "https://cloud.example.com/cloudapi/v5"),
        ("http://[::1]:8080/cloudapi/v5/", "http://[::1]:8080/cloudapi/v5"),
        ("https://example.com/ionos/cloudapi/v5", "https://example.com/ionos/cloudapi/v5"),
        ("https://example.com/ionos", "https://example.com/ionos/cloudapi/v5"),
    ],
)
def test_base_url_takes_precedence_over_the_host(call_of, given, url):
    with CloudEmulator(clock=ManualClock(), base_url=given) as cloud:
        call = call_of(cloud)
        address = f"http://127.0.0.1:{cloud._server.server_address[1]}{BASE}"
        made = call("POST", f"{address}/datacenters", json={"properties": {"name": "x", "location": "de/fra"}})
        assert made.json()["href"].startswith(f"{url}/datacenters/")
        assert made.headers["Location"].startswith(f"{url}/requests/")
        assert cloud.url == cloud.environment()["IONOS_API_URL"] == cloud.configuration().host == url
        assert cloud.add_image(name="x.iso")["href"].startswith(f"{url}/images/")


@pytest.mark.parametrize(
    "given",
    [
        *("", "cloud.example.com", "ftp://a.test", "https://", "https://user@a.test", "https://a.test?x=1"),
        *("https://a.test#x", "https://a.test:0", "https://a.test:99999", "https://a.test:x", "https://a b.test"),
        *("https://a.test/\n", 8080, b"x"),
    ],
)
def test_an_invalid_base_url_is_rejected(given):
    with pytest.raises(ValueError, match="base_url must be a URL such as"):
        CloudEmulator(base_url=given)


def test_a_state_has_no_host(cloud, call, call_of, datacenter, tmp_path):
    headers = {"Host": "first.test"}
    call("POST", f"{datacenter}/servers", headers, json={"properties": {"cores": 1, "ram": 1024}})
    cloud.save(tmp_path / "cloud.json")
    with CloudEmulator(clock=ManualClock(), state=tmp_path / "cloud.json") as loaded:
        again = call_of(loaded)
        for path in ("/datacenters?depth=5", "/requests?depth=2", "/images?depth=1"):
            urls = urls_in(again("GET", path, {"Host": "second.test"}).json())
            assert urls
            assert all(url.startswith(f"http://second.test{BASE}/") for url in urls)
