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
    describe_value,
    escape_unprintable,
    find_secrets,
    mask_secrets,
    mask_secrets_in_headers,
    mask_secrets_in_json,
    redact,
    redact_body,
    redact_headers,
    redact_url,
)
from ionoscloud._secret_types import MASK, SecretBytes, SecretStr, unwrap_headers, wrap_secrets
from ionoscloud._tracebacks import clear_locals, without_locals
from ionoscloud.models import Image

pytestmark = pytest.mark.once

SECRET = "s3cr3t-value"


# Secret text


@pytest.mark.parametrize("secret", [SecretStr(SECRET), SecretBytes(SECRET.encode())])
def test_a_secret_is_masked_in_the_repr_of_a_container(secret: Any) -> None:
    longer = type(secret)(secret * 100)
    for holder in (secret, [secret], {"a": (secret,)}, secret[:3], longer[:80], secret[1:]):
        assert "s3" not in repr(holder)
        assert MASK in repr(holder)


@given(st.text())
def test_secret_text_behaves_like_text(text: str) -> None:
    secret = SecretStr(text)
    assert secret == text
    assert hash(secret) == hash(text)
    assert (f"{secret}.", "%s." % secret, secret + ".", str(secret) + ".") == (text + ".",) * 4  # noqa: UP031
    assert json.loads(json.dumps({"a": secret})) == {"a": text}
    assert secret[1:] == text[1:]
    assert [*secret] == [*text]


@given(st.binary())
def test_secret_bytes_behave_like_bytes(data: bytes) -> None:
    secret = SecretBytes(data)
    assert secret == data
    assert (secret + b".", bytes(secret), secret[1:], [*secret]) == (data + b".", data, data[1:], [*data])


@pytest.mark.parametrize("secret", [SecretStr(SECRET), SecretBytes(SECRET.encode())])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_copies_of_a_secret_are_secret(secret: Any, protocol: int) -> None:
    for clone in (pickle.loads(pickle.dumps(secret, protocol)), copy.copy(secret), copy.deepcopy(secret)):
        assert type(clone) is type(secret)
        assert clone == secret
        assert SECRET not in repr(clone)


def test_secrets_are_wrapped_within_containers() -> None:
    value = {"a": [SECRET, 5, None], "b": (SECRET.encode(),)}
    assert wrap_secrets(value) == value
    assert "s3cr3t" not in repr(wrap_secrets(value))


def test_unwrapped_headers_are_plain_text() -> None:
    headers = unwrap_headers({"a": SecretStr(SECRET), "b": "x"})
    assert headers == {"a": SECRET, "b": "x"}
    assert {type(value) for value in headers.values()} == {str}
    assert unwrap_headers({"a": SecretStr(SECRET), "b": 5}) == {"a": SECRET, "b": 5}


# Text of servers


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
def test_unprintable_characters_are_escaped(text: str, shown: str) -> None:
    assert escape_unprintable(text) == shown


@given(st.text())
def test_any_text_becomes_one_line(text: str) -> None:
    assert escape_unprintable(text).isprintable()


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
def test_secrets_are_masked_with_any_escapes(text: str, secrets: list[str], shown: str) -> None:
    assert mask_secrets(text, secrets) == shown


@given(st.text(), st.text(min_size=4), st.text())
def test_no_secret_stays(before: str, secret: str, after: str) -> None:
    shown = mask_secrets(before + secret + after, [secret])
    assert secret not in shown or secret in MASK * 3 or secret in mask_secrets(before + MASK + after, [])


def test_secrets_are_found_in_body_headers_and_query() -> None:
    body = {
        "properties": {"password": "abcd", "name": "n", "tokens": ["t1", {"x": 12345}], "sshPassword": None},
        "env": [{"name": "API_TOKEN", "value": "efgh"}, {"name": "HOME", "value": "/root"}],
    }
    assert find_secrets(json.dumps(body).encode(), {"Accept": "json"}) == ["abcd", "t1", "12345", "efgh"]
    assert find_secrets("a=b&password=p%20w", {}) == ["p w"]
    assert find_secrets(b"\xff\xfe", {}) == []
    assert find_secrets(None, {"Authorization": "Bearer tok"}) == ["Bearer tok", "tok"]
    assert find_secrets(None, {"authorization": b"Basic dTpwdw=="}) == ["Basic dTpwdw==", "dTpwdw==", "pw"]
    assert find_secrets(None, {"Authorization": "Basic ?"}) == ["Basic ?", "?"]
    assert find_secrets(None, {"Cookie": "a=b; c=d"}) == ["a=b; c=d", "b", "d"]
    assert find_secrets(None, {"X-Auth-Token": "t"}) == ["t"]
    assert find_secrets(None, {"X-Session": "abcd", "X-Debug": "true", "X-Level": "3", "Server": "abcd"}) == ["abcd"]
    url = "https://h/a?depth=5&pretty=true&x=a%2Fbc&y=1&z=false;abcd#efgh"
    assert find_secrets(None, {}, url) == ["a%2Fbc", "a/bc", "abcd", "efgh"]
    content, content_type = encode_multipart_formdata([("password", "abcd"), ("name", "n"), ("file", ("f", b"\xff"))])
    assert find_secrets(content, {"Content-Type": content_type}) == ["abcd"]


def test_secrets_in_escaped_json_are_masked() -> None:
    escaped = "".join(f"\\u{ord(c):04x}" for c in SECRET)
    assert json.loads(mask_secrets_in_json(f'{{"a": ["{escaped}", 5], "{escaped}": "\\n"}}', [SECRET])) == {
        "a": [MASK, 5],
        MASK: "\n",
    }
    for other in ('{"a":  "\\n"}', "\\", "[" * 1000 + "\\", '{"a":  1}'):
        assert mask_secrets_in_json(other, [SECRET]) == other


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
@pytest.mark.parametrize(
    "function", [redact_url, redact, escape_unprintable, lambda text: mask_secrets(text, [SECRET, "://:aaaa"])]
)
def test_hostile_text_takes_linear_time(text: str, function: Any) -> None:
    start = time.process_time()
    function(text)
    assert time.process_time() - start < 10  # hundredths of a second; quadratic time would take minutes


def test_only_the_length_of_a_long_body_is_shown() -> None:
    assert redact_body(b'["a"]') == '["a"]'
    assert redact_body(b'["' + b"a" * 70_000 + b'"]') == "70004 bytes"
    assert redact_body(b"[" * 1000) == "1000 bytes"


def test_secrets_are_masked_in_safe_headers_only() -> None:
    headers = HTTPHeaderDict({"Location": f"/{SECRET}", "Set-Cookie": SECRET})
    headers.add("Set-Cookie", "other")
    clean = mask_secrets_in_headers(headers, [SECRET])
    assert dict(clean) == {"Location": "/***", "Set-Cookie": f"{SECRET}, other"}
    assert headers["Location"] == f"/{SECRET}"
    assert mask_secrets_in_headers(clean, [SECRET]) is clean


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
def test_secrets_in_ambiguous_urls_are_masked(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@given(st.text())
def test_any_url_can_be_redacted(text: str) -> None:
    assert redact_url(text).isprintable()


def test_headers_are_shown_on_one_line() -> None:
    assert redact_headers({"Server": "a\nb", "Location": f"/x\n?{SECRET}", "Content-Length": 5}) == {
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
    assert SECRET not in repr(redact(value))
    assert MASK in repr(redact(value))
    assert repr(value) == before


@pytest.mark.parametrize(
    "value",
    [None, 5, "x", {"location": "de/fra", "href": "https://h/a"}, [1, (2, {"a": {3}})], {"password": None}, ("a", "b")],
)
def test_harmless_values_are_unchanged(value: Any) -> None:
    assert redact(value) == value


def test_models_are_not_copied() -> None:
    image = Image(id="x")
    assert redact({"a": [image]})["a"][0] is image


def test_recursive_and_deeply_nested_values_are_cut_off() -> None:
    value: dict[str, Any] = {"token": SECRET}
    value["me"] = [value, (value,)]
    assert redact(value) == {"token": MASK, "me": ["...", ("...",)]}
    deep: list[Any] = [{"token": SECRET}]
    for _ in range(100_000):
        deep = [deep]
    assert "..." in repr(redact(deep))


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
def test_short_and_simple_values_are_quoted(value: Any, shown: str) -> None:
    assert describe_value(value) == shown


@pytest.mark.parametrize("value", [SECRET, 12345])
def test_the_value_of_a_secret_is_not_quoted(value: Any) -> None:
    kind = {str: "a str", int: "an int"}[type(value)]
    assert describe_value(value, "image_password") == describe_value(value, secret=True) == kind


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


def test_local_variables_of_an_error_and_its_causes_are_cleared() -> None:
    with pytest.raises(KeyError) as caught:
        fail_again(SECRET)
    error: Any = caught.value
    assert SECRET in variables(error)
    assert SECRET in variables(error.__cause__)
    clear_locals(error)
    assert SECRET not in variables(error) + variables(error.__cause__)


def test_errors_that_cause_each_other_are_cleared() -> None:
    first, second = ValueError(), KeyError()
    first.__context__, second.__context__ = second, first
    clear_locals(first)


def test_a_function_without_locals_keeps_its_name_and_result() -> None:
    @without_locals
    def add(value: int, *, more: int = 0) -> int:
        """Add numbers."""
        return value + more

    assert (add(1, more=2), add.__name__, add.__doc__) == (3, "add", "Add numbers.")
    with pytest.raises(KeyError) as caught:
        without_locals(fail_again)(secret=SECRET)
    assert SECRET not in variables(caught.value)
