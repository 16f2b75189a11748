from __future__ import annotations

import copy
import json
import pickle
import time
import traceback
from typing import Any

import pytest
from hypothesis import given, strategies as st
from urllib3 import encode_multipart_formdata
from urllib3._collections import HTTPHeaderDict

from ionoscloud._models.base import NULL
from ionoscloud._redaction import (
    MASK,
    SecretBytes,
    SecretStr,
    forget_locals,
    hidden,
    masked,
    plain_headers,
    printable,
    redacted,
    redacted_headers,
    redacted_json,
    secrets_of,
    shown_body,
    shown_headers,
    shown_url,
    shown_value,
    without_locals,
)
from ionoscloud.models import Image

SECRET = "s3cr3t-value"


# Text that does not show


@pytest.mark.parametrize("secret", [SecretStr(SECRET), SecretBytes(SECRET.encode())])
def test_a_secret_is_masked_in_what_holds_it(secret: Any) -> None:
    longer = type(secret)(secret * 100)
    for holder in (secret, [secret], {"a": (secret,)}, secret[:3], longer[:80], secret[1:]):
        assert "s3" not in repr(holder)
        assert MASK in repr(holder)


@given(st.text())
def test_a_secret_text_is_used_like_any_other(text: str) -> None:
    secret = SecretStr(text)
    assert secret == text
    assert hash(secret) == hash(text)
    assert (f"{secret}.", "%s." % secret, secret + ".", str(secret) + ".") == (text + ".",) * 4  # noqa: UP031
    assert json.loads(json.dumps({"a": secret})) == {"a": text}
    assert secret[1:] == text[1:]
    assert [*secret] == [*text]


@given(st.binary())
def test_secret_bytes_are_used_like_any_others(data: bytes) -> None:
    secret = SecretBytes(data)
    assert secret == data
    assert (secret + b".", bytes(secret), secret[1:], [*secret]) == (data + b".", data, data[1:], [*data])


@pytest.mark.parametrize("secret", [SecretStr(SECRET), SecretBytes(SECRET.encode())])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_copies_of_a_secret_are_secret(secret: Any, protocol: int) -> None:
    for twin in (pickle.loads(pickle.dumps(secret, protocol)), copy.copy(secret), copy.deepcopy(secret)):
        assert type(twin) is type(secret)
        assert twin == secret
        assert SECRET not in repr(twin)


def test_values_are_hidden_inside_of_others() -> None:
    value = {"a": [SECRET, 5, None], "b": (SECRET.encode(),)}
    assert hidden(value) == value
    assert "s3cr3t" not in repr(hidden(value))


def test_other_packages_get_plain_text() -> None:
    headers = plain_headers({"a": SecretStr(SECRET), "b": "x"})
    assert headers == {"a": SECRET, "b": "x"}
    assert {type(value) for value in headers.values()} == {str}
    assert plain_headers({"a": SecretStr(SECRET), "b": 5}) == {"a": SECRET, "b": 5}


# Text of others


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain ü", "plain ü"),
        ("a\r\nb", "a\\r\\nb"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u2028\u202e\x85", "\\u2028\\u202e\\x85"),
        ("\ud800", "\\ud800"),
        ("a\\n", "a\\n"),
    ],
)
def test_what_is_not_printable_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_any_text_becomes_one_line(text: str) -> None:
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("abcd abcde", ["abcd", "abcde"], "*** ***"),
        ("abcd", [], "abcd"),
        ("abcd", [""], "abcd"),
        ("x a%2Fb%3Fc x a%2fb%3fc a/b%3Fc", ["a/b?c"], "x *** x *** ***"),
        ("p+w+d+s", ["p w d s"], "***"),
        ('{"m": "it is p\\"wd\\n"}', ['p"wd\n'], '{"m": "it is ***"}'),
        (
            "P&amp;&lt;&#x27; P&amp;&lt;&#39; P\\u0026\\u003c\\u0027 P\\u0026\\u003C\\u0027 P&amp;&lt;'",
            ["P&<'"],
            "*** *** *** *** ***",
        ),
        ("\\u00FCber \\u00fcber", ["über"], "*** ***"),
        ("p\\u00e4ss pässwort", ["päss"], "*** ***wort"),
        ("ab 'ab' \"ab\" cab", ["ab"], "ab '***' \"***\" cab"),
        ("a.c+ abc", ["a.c+"], "*** abc"),
    ],
)
def test_secrets_are_masked_however_they_are_spelled(text: str, secrets: list[str], shown: str) -> None:
    assert redacted(text, secrets) == shown


@given(st.text(), st.text(min_size=4), st.text())
def test_no_secret_stays(before: str, secret: str, after: str) -> None:
    shown = redacted(before + secret + after, [secret])
    assert secret not in shown or secret in MASK * 3 or secret in redacted(before + MASK + after, [])


def test_secrets_of_a_request_are_those_of_its_body_and_its_headers() -> None:
    body = {
        "properties": {"password": "abcd", "name": "n", "tokens": ["t1", {"x": 12345}], "sshPassword": None},
        "env": [{"name": "API_TOKEN", "value": "efgh"}, {"name": "HOME", "value": "/root"}],
    }
    assert secrets_of(json.dumps(body).encode(), {"Accept": "json"}) == ["abcd", "t1", "12345", "efgh"]
    assert secrets_of("a=b&password=p%20w", {}) == ["p w"]
    assert secrets_of(b"\xff\xfe", {}) == []
    assert secrets_of(None, {"Authorization": "Bearer tok"}) == ["Bearer tok", "tok"]
    assert secrets_of(None, {"authorization": b"Basic dTpwdw=="}) == ["Basic dTpwdw==", "dTpwdw==", "pw"]
    assert secrets_of(None, {"Authorization": "Basic ?"}) == ["Basic ?", "?"]
    assert secrets_of(None, {"Cookie": "a=b; c=d"}) == ["a=b; c=d", "b", "d"]
    assert secrets_of(None, {"X-Auth-Token": "t"}) == ["t"]
    assert secrets_of(None, {"X-Session": "abcd", "X-Debug": "true", "X-Level": "3", "Server": "abcd"}) == ["abcd"]
    url = "https://h/a?depth=5&pretty=true&x=a%2Fbc&y=1&z=false;abcd#efgh"
    assert secrets_of(None, {}, url) == ["a%2Fbc", "a/bc", "abcd", "efgh"]
    content, content_type = encode_multipart_formdata([("password", "abcd"), ("name", "n"), ("file", ("f", b"\xff"))])
    assert secrets_of(content, {"Content-Type": content_type}) == ["abcd"]


def test_json_is_masked_in_what_only_shows_when_it_is_decoded() -> None:
    escaped = "".join(f"\\u{ord(c):04x}" for c in SECRET)
    assert json.loads(redacted_json(f'{{"a": ["{escaped}", 5], "{escaped}": "\\n"}}', [SECRET])) == {
        "a": [MASK, 5],
        MASK: "\n",
    }
    for other in ('{"a":  "\\n"}', "\\", "[" * 1000 + "\\", '{"a":  1}'):
        assert redacted_json(other, [SECRET]) == other


@pytest.mark.parametrize(
    "text",
    [
        "//:" + "a" * 10**5 + "]",
        "x://:" + "a" * 10**5 + "]",
        "x://" + ":a" * 10**5 + "]",
        "x://" + "@" * 10**5,
        "x://" + "a" * 10**5 + "?@" + "&" * 10**5,
        ":" * 10**5,
        "//" * 10**5 + "?@",
        "-----" * 10**5 + "PRIVATE KEY----",
        "a+" * 10**5,
    ],
    ids=lambda text: text[:8],
)
@pytest.mark.parametrize("function", [shown_url, masked, printable, lambda text: redacted(text, [SECRET, "://:aaaa"])])
def test_hostile_text_takes_linear_time(text: str, function: Any) -> None:
    start = time.process_time()
    function(text)
    assert time.process_time() - start < 10  # some hundredths of a second; minutes where time grows with the square


def test_of_a_long_body_only_the_length_is_shown() -> None:
    assert shown_body(b'["a"]') == '["a"]'
    assert shown_body(b'["' + b"a" * 70_000 + b'"]') == "70004 bytes"
    assert shown_body(b"[" * 1000) == "1000 bytes"


def test_headers_keep_what_is_not_shown_and_lose_secrets_that_would_be() -> None:
    headers = HTTPHeaderDict({"Location": f"/{SECRET}", "Set-Cookie": SECRET})
    headers.add("Set-Cookie", "other")
    clean = redacted_headers(headers, [SECRET])
    assert dict(clean) == {"Location": "/***", "Set-Cookie": f"{SECRET}, other"}
    assert headers["Location"] == f"/{SECRET}"
    assert redacted_headers(clean, [SECRET]) is clean


# URLs


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://h/a?{SECRET}", "https://h/a?***"),
        (f"https://h/a?{SECRET}==", "https://h/a?***"),
        (f"https://h/a#{SECRET}", "https://h/a#***"),
        (f"https://h/a?x={SECRET};{SECRET}#{SECRET}&a={SECRET}", "https://h/a?x=***;***#***&a=***"),
        (f"https://u:{SECRET}%40h/a", "https://***@h/a"),
        (f"https://u:{SECRET}@x@h:80/a", "https://***@h:80/a"),
        (f"https://u:{SECRET}/x@h/a", "https://***@h/a"),
        (f"https://u:{SECRET}", "https://***"),
        (f"https://u:{SECRET}?x@h", "https://***"),
        (f"https://u:a#{SECRET}@h/a", "https://***"),
        (f"u:{SECRET}@h:80", "***@h:80"),
        ("https://h/a?depth=1&pretty=true&limit=x", "https://h/a?depth=1&pretty=true&limit=***"),
        ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
        ("h:80/x", "h:80/x"),
        ("/images/a@b", "/images/a@b"),
        ("https://h/\x1b\n", "https://h/\\x1b\\n"),
    ],
)
def test_nothing_secret_of_a_strange_url_is_shown(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@given(st.text())
def test_any_url_can_be_shown(text: str) -> None:
    assert shown_url(text).isprintable()


def test_headers_are_shown_on_one_line() -> None:
    assert shown_headers({"Server": "a\nb", "Location": f"/x\n?{SECRET}", "Content-Length": 5}) == {
        "Server": "a\\nb",
        "Location": "/x\\n?***",
        "Content-Length": 5,
    }


# Values


@pytest.mark.parametrize(
    "value",
    [
        {"a": ({"password": SECRET},)},
        [({"imagePassword": SECRET},)],
        {"a": {("token", SECRET)}},
        {"a": frozenset({("token", SECRET)})},
        {"href": f"/a?{SECRET}"},
        {"url": f"https://h/a?token={SECRET}"},
        {"properties": {"description": f"https://u:{SECRET}@h"}},
        {"location": f"x?{SECRET}"},
        [f"https://h/?{SECRET}"],
        HTTPHeaderDict({"Authorization": SECRET}),
        {"users": [{"user": {"client-key-data": SECRET, "client-certificate-data": SECRET, "client-key": SECRET}}]},
        {"user": {"auth-provider": {"config": {"id-token": SECRET, "refresh-token": SECRET, "x": SECRET}}}},
        {"user": {"exec": {"env": [{"name": "OS_PASSWORD", "value": SECRET}]}}},
        {"file": f"users:\n- user:\n    client-key-data: {SECRET}\n"},
        {"key": f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}"},
    ],
)
def test_secrets_are_masked_in_every_container(value: Any) -> None:
    before = repr(value)
    assert SECRET not in repr(masked(value))
    assert MASK in repr(masked(value))
    assert repr(value) == before


@pytest.mark.parametrize(
    "value",
    [None, 5, "x", {"location": "de/fra", "href": "https://h/a"}, [1, (2, {"a": {3}})], {"password": None}, ("a", "b")],
)
def test_everything_else_is_left_as_it_is(value: Any) -> None:
    assert masked(value) == value


def test_a_model_inside_masks_its_own_secrets() -> None:
    image = Image(id="x")
    assert masked({"a": [image]})["a"][0] is image


def test_what_holds_itself_or_is_nested_deeply_is_cut_short() -> None:
    value: dict[str, Any] = {"token": SECRET}
    value["me"] = [value, (value,)]
    assert masked(value) == {"token": MASK, "me": ["...", ("...",)]}
    deep: list[Any] = [{"token": SECRET}]
    for _ in range(100_000):
        deep = [deep]
    assert "..." in repr(masked(deep))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (NULL, "NULL"),
        (True, "True"),
        (5, "5"),
        (0.5, "0.5"),
        ("a\n", "'a\\n'"),
        ("a" * 100, f"'{'a' * 80}'..."),
        (10**100, "an int"),
        (f"https://u:{SECRET}@h", "'https://***@h'"),
        (json.dumps({"password": SECRET}), "a str"),
        (SecretStr(SECRET), "a str"),
        ("Basic dTpwdw==", "a str"),
        ("eyJhbGciOi.x.y", "a str"),
        (SecretBytes(b"x"), "a bytes"),
        (b"x", "a bytes"),
        ({"a": SECRET}, "a dict"),
        ([SECRET], "a list"),
        (Image(), "an Image"),
    ],
)
def test_a_value_is_shown_if_it_is_short_and_simple(value: Any, shown: str) -> None:
    assert shown_value(value) == shown


@pytest.mark.parametrize("value", [SECRET, 12345])
def test_a_value_is_not_shown_under_the_name_of_a_secret(value: Any) -> None:
    kind = {str: "a str", int: "an int"}[type(value)]
    assert shown_value(value, "image_password") == shown_value(value, secret=True) == kind


# Tracebacks


def variables(error: BaseException) -> str:
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    return str([frame.locals for frame in frames])


def fail(secret: str) -> None:
    raise ValueError(len(secret))


def fail_again(secret: str) -> None:
    try:
        fail(secret)
    except ValueError as error:
        raise KeyError("x") from error


def test_an_error_forgets_the_local_variables_on_its_way_and_of_its_causes() -> None:
    with pytest.raises(KeyError) as caught:
        fail_again(SECRET)
    error: Any = caught.value
    assert SECRET in variables(error)
    assert SECRET in variables(error.__cause__)
    forget_locals(error)
    assert SECRET not in variables(error) + variables(error.__cause__)


def test_errors_that_lead_to_each_other_are_no_obstacle() -> None:
    first, second = ValueError(), KeyError()
    first.__context__, second.__context__ = second, first
    forget_locals(first)


def test_a_function_without_locals_has_its_name_and_its_result() -> None:
    @without_locals
    def answer(value: int, *, more: int = 0) -> int:
        """Say it."""
        return value + more

    assert (answer(1, more=2), answer.__name__, answer.__doc__) == (3, "answer", "Say it.")
    with pytest.raises(KeyError) as caught:
        without_locals(fail_again)(secret=SECRET)
    assert SECRET not in variables(caught.value)
