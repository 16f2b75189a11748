from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, strategies as st
from urllib3._collections import HTTPHeaderDict

from ionoscloud._redaction import SAFE_HEADERS, redact_body, redact_headers, redact_url
from ionoscloud._secret_types import MASK

SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "AUTHORIZATION",
        "authorization",
        "Cookie",
        "Set-Cookie",
        "Proxy-Authorization",
        "X-Auth-Token",
        "X-Unheard-Of",
    ],
)
def test_headers_that_may_hold_secrets_are_masked(name: str) -> None:
    assert redact_headers({name: SECRET}) == {name: MASK}


@pytest.mark.parametrize("name", ["Content-Type", "content-type", "Location", "X-RateLimit-Remaining", "Retry-After"])
def test_harmless_headers_are_shown(name: str) -> None:
    assert redact_headers({name: "value"}) == {name: "value"}


def test_response_headers_are_redacted_in_a_plain_dict() -> None:
    headers = HTTPHeaderDict({"Set-Cookie": SECRET, "Date": "today"})
    assert redact_headers(headers) == {"Set-Cookie": MASK, "Date": "today"}
    assert headers["Set-Cookie"] == SECRET


@given(st.dictionaries(st.text(min_size=1), st.just(SECRET)))
def test_only_safe_headers_are_shown(headers: dict[str, str]) -> None:
    shown = redact_headers(headers)
    assert shown.keys() == headers.keys()
    assert all(value == MASK for name, value in shown.items() if name.lower() not in SAFE_HEADERS)


@pytest.mark.parametrize(
    "body",
    [
        {"password": SECRET},
        {"imagePassword": SECRET},
        {"PASSWORD": SECRET},
        {"secretKey": SECRET},
        {"token": SECRET},
        {"kubeconfig": SECRET},
        {"ssoUrl": SECRET},
        {"ssoURL": SECRET},
        {"sso_url": SECRET},
        {"user_data": SECRET},
        {"credentials": {"user": SECRET, "more": [SECRET]}},
        {"tokens": [SECRET]},
        *({key: SECRET} for key in ("private_key", "access-key", "API_KEY", "apiKey", "Authorization", "Set-Cookie")),
        *({key: SECRET} for key in ("passphrase", "passwd", "dbPwd", "client_secret", "user_data", "sso-url")),
        [{"password": SECRET}],
        {"properties": {"volumes": {"items": [{"properties": {"imagePassword": SECRET}}]}}},
        # /requests returns the headers and the body of a change.
        {
            "properties": {
                "method": "PUT",
                "headers": {"authorization": SECRET},
                "body": '{"password": "' + SECRET + '"}',
            }
        },
        {"items": [{"properties": {"body": SECRET, "headers": {"cookie": SECRET}}}]},
    ],
)
def test_secrets_in_bodies_are_masked_at_any_depth(body: Any) -> None:
    for encoded in (json.dumps(body), json.dumps(body).encode()):
        assert SECRET not in redact_body(encoded)
        assert MASK in redact_body(encoded)


def test_everything_else_in_a_body_is_shown() -> None:
    body = {"name": "x", "items": [1, None, True, {"size": 0.5}], "password": None}
    assert json.loads(redact_body(json.dumps(body))) == body


@pytest.mark.parametrize("body", [None, b"", ""])
def test_a_missing_body_is_described(body: Any) -> None:
    assert redact_body(body) == "no body"


@pytest.mark.parametrize(
    "body",
    [
        *(f"<html>{SECRET}</html>", f"password={SECRET}&x=1", f'{{"password": "{SECRET}"', f'"{SECRET}"', "12345678"),
        b"\xff\xfe" + SECRET.encode(),
    ],
)
def test_only_the_length_of_other_bodies_is_shown(body: Any) -> None:
    assert redact_body(body) == f"{len(body)} bytes"


def test_a_deeply_nested_body_is_redacted() -> None:
    assert redact_body("[" * 100_000) == "100000 bytes"
    assert isinstance(redact_body("[" * 900 + "]" * 900), str)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h:1/a/b", "https://h:1/a/b"),
        ("/requests/x/status", "/requests/x/status"),
        (f"https://u:{SECRET}@h/a", "https://***@h/a"),
        (f"https://{SECRET}@h", "https://***@h"),
        (f"//u:@{SECRET}@h/a@b", "//***@h/a@b"),
        (f"https://h/a?x={SECRET}&y={SECRET}&z#f", "https://h/a?x=***&y=***&***#***"),
        (f"https://h/a?x={SECRET}={SECRET}?/", "https://h/a?x=***"),
        (f"https://h/a#token={SECRET}", "https://h/a#token=***"),
    ],
)
def test_urls_are_shown_without_credentials_and_values_of_the_query(url: str, shown: str) -> None:
    assert redact_url(url) == shown
    assert redact_headers({"location": url}) == {"location": shown}


@given(st.binary(min_size=1))
def test_any_body_can_be_redacted(body: bytes) -> None:
    assert isinstance(redact_body(body), str)


def test_the_logger_is_silent_by_default() -> None:
    program = (
        "import logging, ionoscloud.api_client;"
        "logger = logging.getLogger('ionoscloud'); logger.error('x');"
        "assert logger.level == logging.NOTSET and not logging.getLogger().handlers;"
        "assert [type(handler) for handler in logger.handlers] == [logging.NullHandler]"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert (result.returncode, result.stdout) == (0, b"")
