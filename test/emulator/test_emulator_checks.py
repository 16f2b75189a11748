"""Requests that every path rejects, and their errors."""

from __future__ import annotations

import base64

import pytest

from ionoscloud.emulator import CloudEmulator, ManualClock

LIMITS = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-burst"}


def messages(response, status):
    assert response.status == status, response.data
    assert response.json()["httpStatus"] == status
    assert response.headers["Content-Type"] == "application/json"
    assert {name.lower() for name in response.headers} >= LIMITS
    return [(message["errorCode"], message["message"]) for message in response.json()["messages"]]


def basic(text, encoding="utf-8"):
    return "Basic " + base64.b64encode(text.encode(encoding)).decode()


def test_authentication(cloud, call):
    assert call("GET", "/").status == 200
    assert call("GET", "/", {"authorization": f"Bearer {cloud.token}"}).status == 200
    wrong = ["", "Bearer", "Bearer nope", cloud.token, "Basic", "Basic !!", "Digest x=y", basic("x"), basic("\x00:")]
    wrong += [basic(f"{cloud.username}:{cloud.password}x"), basic(f"{cloud.username}:"), "Basic /w=="]
    for header in wrong:
        for path in ("/", "/images", "/nowhere"):
            rejected = call("GET", path, {"authorization": header})
            assert messages(rejected, 401) == [("315", "Unauthorized")], header


def test_information_about_v6_is_public(cloud, call):
    for header in ("", "Bearer nope"):
        for method in ("GET", "HEAD"):
            assert call(method, f"{cloud.urls[6]}/", {"authorization": header}).status == 200
        for method, path in (("POST", "/"), ("GET", "/images"), ("GET", "/nowhere")):
            assert call(method, f"{cloud.urls[6]}{path}", {"authorization": header}).status == 401
        assert call("GET", f"{cloud.urls[5]}/", {"authorization": header}).status == 401


def test_credentials_can_be_set(call_of):
    with CloudEmulator(username="jörg", password="pass:wörd", token="t", contract_numbers=(7,)) as cloud:
        call = call_of(cloud)
        assert call("GET", "/", {"authorization": basic("jörg:pass:wörd")}).status == 200
        assert call("GET", "/", {"authorization": basic("jörg:pass:wörd", "latin-1")}).status == 401
        assert call("GET", "/", {"authorization": "Bearer t", "X-Contract-Number": "7"}).status == 200


@pytest.mark.parametrize("path", ["/images/none", "/images/a%2Fb", "/images/%zz", "/images/%FF", "/images/%C3%BC",
                                  "/images/..%2Frequests", "/requests/none", "/requests/none/status"])  # fmt: skip
def test_unknown_resources(call, path):
    assert messages(call("GET", path), 404) == [("309", "Resource does not exist")]


@pytest.mark.parametrize(
    "path", ["/image", "/images/", "//images", "/images//", "/images/a/b", "/requests/a/b", "x", "/IMAGES"]
)
def test_unknown_paths(call, path):
    assert messages(call("GET", path), 404) == [("404", "Not Found")]


def test_paths_outside_the_api(cloud, call):
    root = cloud.url[: -len("/cloudapi/v5")]
    for path in ("/", "/cloudapi/v5images", "/cloudapi/v6images", "/cloudapi/v7/images", "/images"):
        assert messages(call("GET", root + path), 404)


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("POST", "/images", {"GET", "HEAD", "OPTIONS"}),
    ("DELETE", "/images", {"GET", "HEAD", "OPTIONS"}),
    ("POST", "/images/x", {"GET", "HEAD", "PATCH", "PUT", "DELETE", "OPTIONS"}),
    ("TRACE", "/requests/x/status", {"GET", "HEAD", "OPTIONS"}),
    ("BREW", "/", {"GET", "HEAD", "OPTIONS"}),
])  # fmt: skip
def test_wrong_methods(call, method, path, allowed):
    response = call(method, path, body=b"x")
    assert messages(response, 405)
    assert set(response.headers["Allow"].split(", ")) == allowed
    assert call("GET", "/").status == 200


def test_head_has_no_body(call):
    response = call("HEAD", "/images")
    assert (response.status, response.data) == (200, b"")
    assert int(response.headers["Content-Length"]) > 1000


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "x"])
def test_wrong_content_types(call, image, kind):
    assert messages(call("PATCH", image, {"Content-Type": kind}, body=b'{"name":"x"}'), 415)


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8",
                                  "application/vnd.profitbricks.partial-properties+json"])  # fmt: skip
def test_right_content_types(call, image, kind):
    assert call("PATCH", image, {"Content-Type": kind}, body=b'{"name":"x"}').status == 202


@pytest.mark.parametrize("body", [
    b"{", b"x", b'{"name":}', b"\xff", b'{"name":"\xff"}', b'{"name":NaN}', b'{"name":Infinity}', b'{"name":1e999}',
    b'{"name":"\\ud800"}', b"[" * 100_000, b"[" * 900 + b"]" * 900, b'{"name":' * 60 + b"1" + b"}" * 60,
    b'{"name":' + b"9" * 5000 + b"}", b'"' + b"x" * 1000,
])  # fmt: skip
def test_unreadable_bodies(call, image, body):
    for method in ("PATCH", "PUT"):
        assert messages(call(method, image, {"Content-Type": "application/json"}, body=body), 400)
    assert call("GET", image).json()["metadata"]["state"] == "AVAILABLE"


def test_missing_bodies(call, image):
    for method in ("PATCH", "PUT"):
        assert messages(call(method, image, {"Content-Type": "application/json"}), 422)
        assert messages(call(method, image), 422)


NOT_ALLOWED = "Attribute is not allowed in update requests"


def test_patch_reports_each_violation(call, image):
    body = {"location": "x", "size": 1, "public": None, "bogus": {}, "name": 5, "description": None,
            "licenceType": "DOS", "cpuHotPlug": "yes"}  # fmt: skip
    found = messages(call("PATCH", image, json=body), 422)
    assert {code for code, _ in found} == {"100"}
    found = dict(message[1:].split("] ", 1) for _, message in found)
    for name in ("location", "size", "public", "bogus"):
        assert found.pop(f"(root).properties.{name}") == NOT_ALLOWED
    licences = "UNKNOWN, WINDOWS, WINDOWS2016, WINDOWS2022, LINUX, OTHER"
    assert found.pop("(root).properties.licenceType") == f'The value has to be one of {licences}, not "DOS"'
    assert found.pop("(root).properties.name") == "The value has to be a string, not 5"
    assert found.pop("(root).properties.cpuHotPlug") == 'The value has to be true or false, not "yes"'
    assert not found


def test_put_reports_each_violation(call, image):
    body = {"id": "1", "href": "x", "metadata": {"etag": "x"}, "type": "server", "entities": {},
            "properties": {"imageAliases": [], "name": None}}  # fmt: skip
    found = dict(message[1:].split("] ", 1) for _, message in messages(call("PUT", image, json=body), 422))
    for name in ("id", "href", "metadata", "entities", "properties.imageAliases"):
        assert found.pop(f"(root).{name}") == NOT_ALLOWED
    assert "image" in found.pop("(root).type")
    assert found.pop("(root).properties.licenceType") == "Attribute 'licenceType' is required"
    assert not found


@pytest.mark.parametrize("body", [[], [1], "x", 5, None, True, {"properties": []}, {"properties": {"properties": {}}}])
def test_bodies_of_another_shape(call, image, body):
    for method in ("PATCH", "PUT"):
        assert messages(call(method, image, json=body), 422)


def test_put_rejects_bare_properties(call, image):
    assert messages(call("PUT", image, json={"licenceType": "LINUX"}), 422)


def test_patch_accepts_properties_with_and_without_an_envelope(call, image):
    for body in ({"name": "bare"}, {"properties": {"name": "whole"}}):
        view = call("PATCH", image, json=body).json()
        assert view["properties"]["name"] == body.get("properties", body)["name"]


def test_no_limit(call):
    for _ in range(60):
        response = call("GET", "/")
        assert response.status == 200
    assert response.headers["x-ratelimit-burst"] == "50"
    assert int(response.headers["x-ratelimit-remaining"]) > 0
    assert int(response.headers["x-ratelimit-limit"]) > 0


def test_rate_limit(call_of):
    with CloudEmulator(clock=ManualClock(), rate_limit=30, burst=3) as cloud:
        call = call_of(cloud)
        responses = [call("GET", "/") for _ in range(3)]
        assert [response.headers["X-RateLimit-Remaining"] for response in responses] == ["2", "1", "0"]
        assert (responses[0].headers["X-RateLimit-Limit"], responses[0].headers["X-RateLimit-Burst"]) == ("30", "3")
        rejected = call("GET", "/")
        assert messages(rejected, 429)
        assert rejected.headers["Retry-After"] == "2"
        cloud.clock.advance(1.5)
        assert call("GET", "/").headers["Retry-After"] == "1"
        cloud.clock.advance(0.5)
        assert [call("GET", "/").status for _ in range(2)] == [200, 429]
        cloud.clock.advance(3600)
        assert [call("GET", "/").status for _ in range(4)] == [200, 200, 200, 429]
