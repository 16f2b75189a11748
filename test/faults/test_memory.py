"""Checks that no response fills the memory, and that large responses of the API are accepted."""

# ruff: noqa: SIM117 (a server outlives its clients)
from __future__ import annotations

import contextlib
import gzip
import json
import time
import tracemalloc
import zlib

import pytest
from clients import client_of, error_of_call
from server import FaultyServer, await_close, flood, http_response, read, send
from table import CHUNKED, HEAD

from ionoscloud import ApiException, Configuration, ImageApi

pytestmark = pytest.mark.usefixtures("paused_gc")

MIB = 2**20
IMAGE = {
    "id": "f0000000-0000-4000-8000-000000000000",
    "type": "image",
    "href": "https://api.ionos.com/cloudapi/v5/images/f0000000-0000-4000-8000-000000000000",
    "metadata": {"etag": "0" * 32, "createdDate": "2024-02-29T12:00:00Z", "createdBy": "x", "state": "AVAILABLE"},
    "properties": {
        **{"name": "CentOS-6.9", "description": "d" * 200, "location": "de/fra", "size": 2, "licenceType": "LINUX"},
        **{"cpuHotPlug": True, "ramHotPlug": True, "nicHotPlug": True, "public": True, "imageType": "HDD"},
        **{"imageAliases": ["centos:6", "centos:latest"], "cloudInit": "NONE"},
    },
}


@contextlib.contextmanager
def peak_of_memory():
    """Measure the peak of allocated memory, in bytes."""
    peak = 0
    tracemalloc.start()
    try:
        yield lambda: peak
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()


@pytest.mark.parametrize("status", ["200 OK", "500 Oops"])
def test_a_gzip_bomb_does_not_fill_the_memory(status):
    unfolded = 64 * 2**20
    bomb = gzip.compress(bytes(unfolded))
    with (
        FaultyServer((read, send(http_response(bomb, status, Content_Encoding="gzip")))) as server,
        client_of(server, max_response_bytes=2**20) as client,
    ):
        with peak_of_memory() as peak, pytest.raises(ApiException, match="larger than max_response_bytes"):
            ImageApi(client).images_get()
    assert peak() < unfolded / 8


@pytest.mark.parametrize(
    "start",
    [CHUNKED, CHUNKED + b"1;", CHUNKED + b"2\r\n{}\r\n0\r\n", HEAD + b"Content-Length: 2, 2\r\n\r\n"],
    ids=["length of a chunk", "extension of a chunk", "trailer", "body with its length twice"],
)
def test_an_endless_response_does_not_fill_the_memory(start):
    with FaultyServer((read, send(start), flood(b"1" * 65536))) as server:
        with client_of(server, max_response_bytes=1000, total_timeout=0.5) as client, peak_of_memory() as peak:
            error_of_call(client, "PATCH")
    assert peak() < 32 * 2**20


def test_a_response_above_the_limit_is_not_read_to_its_end():
    with (
        FaultyServer((read, send(http_response(bytes(2**20), length=10**12)), await_close)) as server,
        client_of(server, max_response_bytes=1000) as client,
    ):
        with pytest.raises(ApiException, match="larger than max_response_bytes"):
            ImageApi(client).images_get()
        assert server.closed.acquire(timeout=10)


def tiny_values(name: str) -> bytes:
    """Return 32 MiB of JSON that has 11 million values."""
    return b'{"%s":[' % name.encode() + b"{}," * (32 * MIB // 3) + b"{}]}"


def in_members(data: bytes) -> bytes:
    return b"".join(gzip.compress(data[start : start + MIB]) for start in range(0, len(data), MIB))


@pytest.mark.once
@pytest.mark.parametrize(("status", "name"), [("200 OK", "items"), ("500 Oops", "messages")])
@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("gzip", in_members)], ids=str
)
def test_tiny_compressed_values_are_rejected_during_decompression(status, name, coding, pack):
    body = pack(tiny_values(name))
    with FaultyServer((read, send(http_response(body, status, Content_Encoding=coding)))) as server:
        with client_of(server, max_retries=0) as client:
            started = time.process_time()
            with peak_of_memory() as peak:
                error = error_of_call(client)
                assert "compressed more than 250 to 1" in str(error)
            assert time.process_time() - started < 5
    assert error.status == int(status[:3])
    assert peak() < 32 * MIB


@pytest.mark.parametrize(("status", "name"), [("200 OK", "items"), ("500 Oops", "messages")])
def test_tiny_values_are_rejected_before_they_are_parsed(status, name):
    with FaultyServer((read, send(http_response(tiny_values(name), status)))) as server:
        with client_of(server, max_retries=0) as client:
            with peak_of_memory() as peak:
                error = error_of_call(client)
                text = str(error)
    assert error.status == int(status[:3])
    assert ("more than one value per 8 bytes" in text) == (status == "200 OK")
    assert peak() < 160 * MIB  # decoded, they would be 700 MiB and more


def test_the_text_of_an_error_is_decoded_once(monkeypatch):
    decoded = []
    body = json.dumps({"httpStatus": 422, "messages": [{"errorCode": "100", "message": "no"}] * 10}).encode()
    with FaultyServer((read, send(http_response(body, "422 No")))) as server, client_of(server) as client:
        error = error_of_call(client)
        loads = json.loads
        monkeypatch.setattr("json.loads", lambda *args: decoded.append(args) or loads(*args))
        assert str(error) == str(error)
    assert len(decoded) <= 1


def test_chunks_of_two_bytes_do_not_fill_the_memory():
    def chunks(exchange):
        for _ in range(10):
            exchange.sock.sendall(b"2\r\n  \r\n" * 10_000)
        exchange.sock.sendall(b"2\r\n{}\r\n0\r\n\r\n")

    with FaultyServer((read, send(CHUNKED), chunks)) as server, client_of(server) as client:
        with peak_of_memory() as peak:
            assert error_of_call(client) is None
    assert peak() < 4 * MIB


@pytest.mark.parametrize("pack", [None, gzip.compress], ids=["plain", "gzip"])
def test_a_long_list_of_images_is_read(pack):
    body = json.dumps({"id": "images", "items": [IMAGE] * 20_000}).encode()
    packed = {} if pack is None else {"Content_Encoding": "gzip"}
    with FaultyServer((read, send(http_response(pack(body) if pack else body, **packed)))) as server:
        with client_of(server) as client:
            images = ImageApi(client).images_get()
    assert len(body) > 12_000_000
    assert len(images.items) == 20_000
    assert images.items[-1].properties.image_aliases == IMAGE["properties"]["imageAliases"]


def test_repetitive_text_is_read():
    text = "the same once more. " * 50_000
    body = gzip.compress(json.dumps({"id": text}).encode())
    with (
        FaultyServer((read, send(http_response(body, Content_Encoding="gzip")))) as server,
        client_of(server) as client,
    ):
        assert ImageApi(client).images_get().id == text


@pytest.mark.once
def test_100000_images_are_within_the_default_limit():
    assert 100_000 * 900 < Configuration().max_response_bytes == 128 * MIB
    body = b" " * 90_000_000
    with FaultyServer((read, send(http_response(body)))) as server, client_of(server) as client:
        assert len(client.request("GET", server.url()).data) == len(body)


@pytest.mark.once
def test_a_response_above_the_default_limit_is_rejected():
    with FaultyServer((read, send(http_response(b" " * 1000, length=128 * MIB + 1)), flood(b" " * MIB))) as server:
        with client_of(server) as client, pytest.raises(ApiException, match=r"max_response_bytes \(134217728\)"):
            client.request("GET", server.url())


def test_an_open_response_has_no_size_limit():
    with (
        FaultyServer((read, send(http_response(b"x" * 5000)))) as server,
        client_of(server, max_response_bytes=10) as client,
    ):
        response = ImageApi(client).images_get(_preload_content=False)
        assert sum(map(len, response.stream(1000))) == 5000
