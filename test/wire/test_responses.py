"""Decoding of responses, and options of a call that change its result."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from datetime import datetime, timezone

import pytest

import ionoscloud
from ionoscloud import ApiException, Image, Images, Volume, VolumeApi, VolumeProperties

IMAGE = {"id": "x", "type": "image", "properties": {"name": "n", "size": 0.39, "imageAliases": ["ubuntu:latest"]}}


def test_responses_are_decoded_to_models(api, server):
    server.respond({"id": "images", "type": "collection", "items": [IMAGE]})
    images = api.images_get(depth=1)
    assert type(images) is Images
    (image,) = images.items
    assert type(image) is Image
    assert (image.id, image.properties.size, image.properties.image_aliases) == ("x", 0.39, ["ubuntu:latest"])
    assert image.properties.public is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-09-02T11:48:55Z", datetime(2019, 9, 2, 11, 48, 55, tzinfo=timezone.utc)),
        ("2019-09-02T11:48:55.809Z", datetime(2019, 9, 2, 11, 48, 55, 809000, tzinfo=timezone.utc)),
        ("2019-09-02T13:48:55.8+02:00", datetime(2019, 9, 2, 11, 48, 55, 800000, tzinfo=timezone.utc)),
        ("2019-09-02T11:48:55", datetime(2019, 9, 2, 11, 48, 55, tzinfo=timezone.utc)),
    ],
)
def test_dates_are_in_their_time_zone(api, server, text, moment):
    server.respond({"metadata": {"createdDate": text}})
    assert api.images_find_by_id("x").metadata.created_date == moment


@pytest.mark.parametrize(
    "properties",
    [
        {"cpuHotPlug": "false"},
        {"imageAliases": "abc"},
        {"name": 123},
        {"size": "100"},
        {"licenceType": "WINDOWS2025"},
        {"name": ["x"]},
    ],
)
def test_values_of_an_unexpected_type_are_unchanged(api, server, properties):
    server.respond({"properties": properties})
    received = api.images_find_by_id("x").properties
    (name,) = [name for name, wire_name in received.attribute_map.items() if wire_name in properties]
    (value,) = properties.values()
    assert getattr(received, name) == value
    assert type(getattr(received, name)) is type(value)


def test_decoded_sizes_are_floats_and_given_sizes_are_sent_unchanged(api, server):
    server.respond({"id": "x", "properties": {"name": "n", "size": 20}}, times=3)
    assert repr(api.images_find_by_id("x").properties.size) == "20.0"
    volumes = VolumeApi(api.api_client)
    volume = volumes.datacenters_volumes_find_by_id("dc", "x")
    volumes.datacenters_volumes_put("dc", "x", volume)
    assert b'"size": 20.0' in server.last.body
    volumes.datacenters_volumes_put("dc", "x", Volume(properties=VolumeProperties(size=20)))
    assert b'"size": 20}' in server.last.body


@pytest.mark.parametrize("date", ["", "yesterday", "12", 5, None, []])
def test_an_invalid_date_does_not_prevent_decoding(api, server, date):
    server.respond({"id": "x", "metadata": {"createdDate": date}})
    image = api.images_find_by_id("x")
    assert (image.id, image.metadata.created_date) == ("x", date)


def test_items_of_an_unexpected_type_are_unchanged(api, server):
    server.respond({"items": {"a": 1}})
    assert api.images_get().items == {"a": 1}
    server.respond({"items": [1, None, IMAGE]})
    assert api.images_get().items == [1, None, Image.from_dict(IMAGE)]


@pytest.mark.parametrize("body", [b"", b"  \n"])
@pytest.mark.parametrize("status", [200, 202, 204])
def test_an_empty_response_is_none(api, server, body, status):
    server.respond(b"" if status == 204 else body, status)
    assert api.images_delete("x") is None


@pytest.mark.usefixtures("paused_gc")
@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Please log in</body></html>",
        b'{"id": "x", "items": [',
        b"[]",
        b'"text"',
        b"null",
        b"7",
        b'{"id": "\xff\xfe"}',
        b"[" * 200_000,
        b'{"items":' * 200_000,
    ],
    ids=["html", "truncated", "list", "text", "null", "number", "not utf-8", "deep list", "deep object"],
)
def test_an_undecodable_body_raises_with_status_and_body(api, server, body):
    server.respond(body)
    with pytest.raises(ApiException, match=r"GET .*/images: 200 OK, but the") as caught:
        api.images_get()
    assert caught.value.status == 200
    assert caught.value.body == body.decode("utf-8", "replace")
    assert caught.value.headers["content-type"] == "application/json"


def test_an_unknown_charset_is_ignored(api, server):
    server.respond(IMAGE, Content_Type="application/json; charset=latin-9x")
    assert api.images_find_by_id("x", depth=None, pretty=None).id == "x"


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def gzip_members(data: bytes) -> bytes:
    return gzip.compress(data[:7]) + gzip.compress(data[7:])


CODINGS = [
    ("identity", bytes),
    ("gzip", gzip.compress),
    ("GZip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("gzip", gzip_members),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
]


@pytest.mark.once
@pytest.mark.parametrize("chunk", [None, 1, 5, 100_000])
@pytest.mark.parametrize("size", [1, 7, 65_537, 65_680, 1_000_000])
@pytest.mark.parametrize(("coding", "compress"), CODINGS)
def test_every_accepted_content_encoding_is_decoded(api, server, coding, compress, size, chunk):
    text = "x" * size
    body = compress(json.dumps(text).encode())
    if chunk:
        parts = [body[start : start + chunk] for start in range(0, len(body), chunk)][:2000]
        parts.append(body[sum(map(len, parts)) :])
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part) + b"0\r\n\r\n"
        server.respond(body, Content_Encoding=coding, Transfer_Encoding="chunked")
    else:
        server.respond(body, Content_Encoding=coding)
    assert api.images_get(response_type="object") == text


@pytest.mark.parametrize("coding", ["", "identity", "gzip", "deflate"])
def test_an_empty_body_with_a_content_encoding_is_accepted(client, server, coding):
    server.respond(b"", Content_Encoding=coding, times=2)
    assert client.rest_client.GET(server.url).data == b""
    assert client.rest_client.HEAD(server.url).data == b""
    assert server.connections == 1


@pytest.mark.once
@pytest.mark.parametrize("response_type", ["str", "file", "object"])
@pytest.mark.parametrize(("coding", "compress"), CODINGS[1:])
def test_a_truncated_compressed_response_raises(api, server, coding, compress, response_type):
    body = compress(b'{"id": "a rather long name"}')
    for length in range(1, len(body)):
        if compress is gzip_members and length == len(gzip.compress(b'{"id": ')):
            continue  # a complete gzip member
        server.respond(body[:length], Content_Encoding=coding)
        with pytest.raises(ApiException, match=f"the response is truncated {coding.lower()}") as caught:
            api.images_get(response_type=response_type)
        assert (caught.value.status, caught.value.attempts) == (200, 1)


def test_with_http_info_returns_data_status_and_headers(api, server):
    server.respond(IMAGE, 202, Location="https://api/requests/abc/status")
    data, status, headers = api.images_patch_with_http_info("x", ionoscloud.ImageProperties(name="n"))
    assert (data.id, status) == ("x", 202)
    assert headers["location"] == headers["Location"] == "https://api/requests/abc/status"
    assert "LOCATION" in headers
    assert api.images_get_with_http_info(_return_http_data_only=True) == Images()
    assert api.images_get(_return_http_data_only=False) == Images()


def test_response_type_selects_another_type(api, server):
    for response_type, expected in (("object", IMAGE), (Image, Image.from_dict(IMAGE)), ("dict(str, object)", IMAGE)):
        server.respond(IMAGE)
        assert api.images_get_with_http_info(response_type=response_type)[0] == expected
    server.respond([IMAGE])
    assert api.images_get(response_type="list[Image]") == [Image.from_dict(IMAGE)]
    server.respond(b"plain text")
    assert api.images_get(response_type="str") == "plain text"


def test_response_type_can_be_a_subclass_of_a_model(api, server):
    class MyImage(Image):
        @property
        def name(self):
            return self.properties.name

    server.respond(IMAGE)
    image = api.images_find_by_id("x", response_type=MyImage)
    assert type(image) is MyImage
    assert image.name == "n"


def test_preload_content_false_returns_an_open_response(api, server):
    server.respond(IMAGE)
    response = api.images_find_by_id("x", _preload_content=False)
    assert response.status == 200
    assert json.loads(response.read()) == IMAGE
    response.release_conn()


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", r"..\evil", "", "x" * 500, 'a"b', "..", "nül\0"])
def test_files_of_any_name_are_written_into_the_folder(api, server, configuration, tmp_path, name):
    folder = tmp_path / "responses"
    folder.mkdir()
    configuration.temp_folder_path = str(folder)
    header = name.replace("ü", "\xfc").replace("\0", "%00")
    server.respond(b"content", Content_Disposition=f'attachment; filename="{header}"')
    path = api.images_get(response_type="file")
    assert [str(file) for file in folder.iterdir()] == [path]
    assert list(tmp_path.iterdir()) == [folder]
    with open(path, "rb") as file:
        assert file.read() == b"content"


def test_any_path_can_be_called(client, server):
    server.respond({"a": 1}, 201)
    data, status, headers = client.call_api(
        "/datacenters/{datacenterId}",
        "POST",
        path_params={"datacenterId": "a/b"},
        query_params=[("depth", 1), ("tags", ["x", "y"])],
        header_params={"X-Contract-Number": 5, "X-None": None},
        body={"properties": ionoscloud.ImageProperties(name="n", public=True)},
        response_type="object",
        auth_settings=["Basic Authentication"],
        collection_formats={"tags": "csv"},
    )
    assert (data, status, headers["content-type"]) == ({"a": 1}, 201, "application/json")
    assert server.last.target == "/cloudapi/v5/datacenters/a%2Fb?depth=1&tags=x%2Cy"
    assert server.last.json == {"properties": {"name": "n"}}
    assert server.last.headers["X-Contract-Number"] == "5"
    assert client.call_api("/", "GET", _return_http_data_only=True) is None


def test_forms_and_files_can_be_sent(client, server, tmp_path):
    client.call_api("/form", "POST", post_params={"name": "a b", "x": "ü"})
    assert server.last.body == b"name=a%20b&x=%C3%BC"
    assert server.last.headers["Content-Type"] == "application/x-www-form-urlencoded"
    (tmp_path / "disk.iso").write_bytes(b"content")
    client.call_api("/form", "POST", post_params={"name": "n"}, files={"file": str(tmp_path / "disk.iso")})
    assert server.last.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'filename="disk.iso"' in server.last.body
    assert b"content" in server.last.body


def test_a_named_pipe_is_rejected_as_a_file_of_a_form(client, server, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ionoscloud.ApiValueError, match=r"files: '.*pipe' .* must be a regular file, not a named pipe"):
        client.call_api("/form", "POST", files={"file": str(tmp_path / "pipe")})


@pytest.mark.parametrize("name", ["path_params", "header_params", "files", "collection_formats"])
@pytest.mark.parametrize("value", ["s3cr3t", [("s3cr3t", "x")]])
def test_arguments_that_must_be_dicts_are_rejected_with_their_name(client, name, value):
    with pytest.raises(ionoscloud.ApiTypeError, match=f"^{name} must be a dict, not {type(value).__name__}"):
        client.call_api("/x", "GET", **{name: value})


@pytest.mark.parametrize("value", [5, b"/etc/hostname", [None], {1: "s3cr3t"}], ids=str)
def test_a_file_that_is_not_a_path_is_rejected(client, value):
    with pytest.raises(ionoscloud.ApiTypeError, match=r"^files must be paths, not (an int|a bytes|a NoneType|None)"):
        client.call_api("/x", "POST", files={"file": value})


@pytest.mark.parametrize("method", [None, b"GET", 5, "", "GE T", "G\r\nX: y"])
def test_an_invalid_method_is_rejected_before_connecting(client, server, method):
    with pytest.raises((ionoscloud.ApiTypeError, ionoscloud.ApiValueError), match=r"^method must be"):
        client.call_api("/x", method)
    assert server.connections == 0


def test_half_a_surrogate_pair_in_a_form_is_rejected(client):
    with pytest.raises(ionoscloud.ApiValueError, match=r"^post_params: .* half of a surrogate pair") as caught:
        client.call_api("/x", "POST", post_params={"password": "s3cr3t\ud800"})
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("value", ["https://s3cr3t", {"token": "s3cr3t"}])
def test_a_client_accepts_only_a_configuration(value):
    with pytest.raises(ionoscloud.ApiTypeError, match=r"^configuration must be a Configuration, .*, not (str|dict)"):
        ionoscloud.ApiClient(value)


def test_operations_accept_only_a_client():
    with pytest.raises(ionoscloud.ApiTypeError, match=r"^api_client must be an ApiClient, .*, not Configuration"):
        ionoscloud.ImageApi(ionoscloud.Configuration())
