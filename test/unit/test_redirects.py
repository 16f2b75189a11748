from __future__ import annotations

import pytest
import urllib3

from ionoscloud._transport.client import RESTResponse, _redirect_target
from ionoscloud._transport.request import Request

pytestmark = pytest.mark.once

HERE = "https://api.example.com/v5/images"


@pytest.mark.parametrize(
    ("here", "location", "target"),
    [
        (HERE, "/v6", "https://api.example.com/v6"),
        (HERE, "other?x=1", "https://api.example.com/v5/other?x=1"),
        (HERE, "//api.example.com/v6", "https://api.example.com/v6"),
        (HERE, "https://API.example.com/v6", "https://API.example.com/v6"),
        (HERE, "https://api.example.com:443/v6", "https://api.example.com:443/v6"),
        ("https://api.example.com:443/v5", "https://api.example.com/v6", "https://api.example.com/v6"),
        ("http://localhost/v5", "http://localhost:80/v6", "http://localhost:80/v6"),
        ("http://localhost:8080/v5", "http://localhost:8080/v6", "http://localhost:8080/v6"),
        (HERE, "https://api.example.com:80/v6", None),
        (HERE, "http://api.example.com/v6", None),
        (HERE, "http://api.example.com:443/v6", None),
        ("http://localhost/v5", "https://localhost/v6", None),
        ("http://localhost/v5", "https://localhost:80/v6", None),
        ("http://localhost/v5", "http://localhost:443/v6", None),
        (HERE, "//example.com/v6", None),
        (HERE, "https://me@api.example.com/v6", None),
        (HERE, "ftp://api.example.com/v6", None),
        (HERE, "https://[", None),
        (HERE, "https://api.example.com:port/v6", None),
        (HERE, "", None),
        (HERE, None, None),
    ],
)
def test_a_redirect_is_followed_on_the_same_server_only(here: str, location: str | None, target: str | None) -> None:
    headers = {} if location is None else {"Location": location}
    response = RESTResponse(urllib3.HTTPResponse(b"", headers, 302))
    followed = [_redirect_target(Request(None, method, here, {}), response) for method in ("GET", "HEAD", "PUT")]
    assert followed == [target, target, None]
