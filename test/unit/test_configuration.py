from __future__ import annotations

import contextlib
import copy
import functools
import http.client
import inspect
import logging
import math
import os
import pickle
import string
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3
from hypothesis import example, given, strategies as st

import ionoscloud
from ionoscloud.configuration import BASIC, JSON_SCHEMA_VALIDATION_KEYWORDS, TOKEN, Configuration
from ionoscloud.exceptions import ApiAttributeError, ApiTypeError, ApiValueError
from ionoscloud.models import ImageProperties

DEFAULT_HOST = "https://api.ionos.com/cloudapi/v5"


def authorization(configuration: Configuration) -> str | None:
    """Return the `Authorization` header of a request."""
    settings = list(configuration.auth_settings().values())
    return settings[0]["value"] if settings else None


def basic(configuration: Configuration) -> str:
    scheme, _, credentials = (authorization(configuration) or "").partition(" ")
    assert scheme == "Basic"
    return b64decode(credentials).decode()


# Names and defaults

PUBLISHED_DEFAULTS = {
    "api_key": {},
    "api_key_prefix": {},
    "assert_hostname": None,
    "cert_file": None,
    "client_side_validation": False,
    "connection_pool_maxsize": 10,
    "debug": False,
    "disabled_client_side_validations": "",
    "discard_unknown_keys": False,
    "host": DEFAULT_HOST,
    "key_file": None,
    "logger_file": None,
    "max_retries": 3,
    "max_wait_time": 2000,
    "password": None,
    "proxy": None,
    "proxy_headers": None,
    "refresh_api_key_hook": None,
    "refresh_token_hook": None,
    "retries": False,
    "safe_chars_for_path_param": "/",
    "server_index": 0,
    "server_operation_index": {},
    "server_operation_variables": {},
    "server_variables": {},
    "ssl_ca_cert": None,
    "temp_folder_path": None,
    "token": {},
    "token_prefix": {},
    "username": None,
    "verify_ssl": True,
    "wait_time": 100,
}
DIFFERENT_DEFAULTS = {
    "max_wait_time": 60.0,  # in seconds; the published default is more than half an hour
    "wait_time": 1.0,  # as above
    "connection_pool_maxsize": 0,  # unlimited, one for each thread that needs it
    "token": None,  # a token is most often a plain str
    "token_prefix": None,  # as above
}


@pytest.mark.parametrize("name", PUBLISHED_DEFAULTS)
def test_every_published_attribute_has_its_default(name: str) -> None:
    expected = {**PUBLISHED_DEFAULTS, **DIFFERENT_DEFAULTS}[name]
    assert getattr(Configuration(), name) == expected


@pytest.mark.parametrize("name", PUBLISHED_DEFAULTS)
def test_every_published_attribute_is_an_argument_and_can_be_set(
    name: str, package_logger: object, tmp_path: Path
) -> None:
    switches = ("client_side_validation", "debug", "discard_unknown_keys", "verify_ssl")
    dicts = ("api_key", "api_key_prefix", "server_operation_variables", "server_variables", "proxy_headers")
    values = {
        **{"host": "https://x", "disabled_client_side_validations": "enum", "logger_file": str(tmp_path / "log")},
        **{"server_index": 0, "server_operation_index": {"a": 1}, "proxy": "http://proxy:3128"},
        **{"refresh_api_key_hook": print, "refresh_token_hook": print},
        **dict.fromkeys(("connection_pool_maxsize", "max_retries", "max_wait_time", "retries", "wait_time"), 1),
        **dict.fromkeys(switches, not PUBLISHED_DEFAULTS.get(name)),
        **{key: {"a": "b"} for key in dicts},
    }
    value: Any = values.get(name, "text")
    configuration = Configuration()
    setattr(configuration, name, value)
    assert getattr(configuration, name) == getattr(Configuration(**{name: value}), name) == value


def test_the_constructor_accepts_positional_arguments_in_the_order_of_5_0_8() -> None:
    names = (
        "host token token_prefix username password discard_unknown_keys disabled_client_side_validations server_index"
        " server_variables server_operation_index server_operation_variables"
    )
    assert list(inspect.signature(Configuration).parameters)[:11] == names.split()
    assert Configuration("https://x", "t", "p", "u", "w", True, "enum").password == "w"


def test_the_package_exports_configuration() -> None:
    assert ionoscloud.Configuration is Configuration


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("hots", "host"),
        ("pasword", "password"),
        ("user_name", "username"),
        ("api_keys", "api_key"),
        ("verify_tls", "verify_ssl"),
        ("maxretries", "max_retries"),
        ("contract_numer", "contract_number"),
        ("refresh_api_hook", "refresh_api_key_hook"),
    ],
)
def test_a_mistyped_setting_is_rejected_with_a_suggestion(wrong: str, right: str) -> None:
    for attempt in (lambda: setattr(Configuration(), wrong, 1), lambda: Configuration(**{wrong: 1})):
        with pytest.raises(ApiAttributeError, match=f"no setting {wrong}; did you mean '{right}'\\?") as caught:
            attempt()
        assert caught.value.path_to_item == [wrong]


def test_an_unknown_setting_is_rejected_without_a_suggestion() -> None:
    with pytest.raises(ApiAttributeError, match="no setting xyzzy") as caught:
        Configuration(xyzzy=1)
    assert "did you mean" not in str(caught.value)


def test_a_subclass_can_add_settings() -> None:
    class Own(Configuration):
        region = "de/fra"

    assert Own(region="de/txl", token="t").region == "de/txl"


# Tokens


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"token": "T"}, "Bearer T"),
        ({"token": {TOKEN: "T"}}, "Bearer T"),
        ({"api_key": {TOKEN: "T"}}, "Bearer T"),
        ({"token": "T", "token_prefix": "Token"}, "Token T"),
        ({"token": "T", "token_prefix": {TOKEN: "Token"}}, "Token T"),
        ({"token": {TOKEN: "T"}, "token_prefix": {TOKEN: "Token"}}, "Token T"),
        ({"api_key": {TOKEN: "T"}, "api_key_prefix": {TOKEN: "Token"}}, "Token T"),
        ({"api_key": {TOKEN: "T"}, "token_prefix": "Token"}, "Token T"),
        ({"token": "T", "api_key_prefix": {TOKEN: "Token"}}, "Token T"),
        ({"token": "Bearer T"}, "Bearer T"),
        ({"token": "Basic dTpw"}, "Basic dTpw"),
        ({"api_key": {TOKEN: "Bearer T"}}, "Bearer T"),
        ({"token": "Bearer T", "token_prefix": "Bearer"}, "Bearer T"),
        ({"token": "bearer T", "token_prefix": "Bearer"}, "bearer T"),
        ({"token": "BearerT", "token_prefix": "Bearer"}, "Bearer BearerT"),
        ({"api_key": {TOKEN: "Bearer T"}, "api_key_prefix": {TOKEN: "Bearer"}}, "Bearer T"),
        ({"token": "T", "api_key": {TOKEN: "K"}}, "Bearer T"),
        ({"token": "T", "username": "u", "password": "p"}, "Bearer T"),
        ({"token": "T", "username": "u"}, "Bearer T"),
        ({"api_key": {TOKEN: "T"}, "username": "u", "password": "p"}, "Bearer T"),
        ({"token": "", "username": "u", "password": "p"}, "Basic dTpw"),
        ({"token": {}, "api_key": {}, "username": "u", "password": "p"}, "Basic dTpw"),
        ({"username": "u", "password": "p"}, "Basic dTpw"),
        ({"api_key": None, "api_key_prefix": None, "token": "T"}, "Bearer T"),
        ({}, None),
    ],
)
def test_credentials_are_sent_with_the_right_scheme(settings: dict[str, Any], expected: str | None) -> None:
    assert authorization(Configuration(**settings)) == expected
    configuration = Configuration()
    for name, value in settings.items():
        setattr(configuration, name, value)
    assert authorization(configuration) == expected


def test_auth_settings_describe_the_header() -> None:
    where = {"in": "header", "key": "Authorization"}
    assert Configuration(token="T").auth_settings() == {TOKEN: {"type": "api_key", "value": "Bearer T", **where}}
    assert Configuration(username="u", password="p").auth_settings() == {
        BASIC: {"type": "basic", "value": "Basic dTpw", **where}
    }


def test_the_published_methods_return_the_header() -> None:
    configuration = Configuration(token="T", username="u", password="p")
    assert configuration.get_api_key_with_prefix(TOKEN) == "Bearer T"
    assert configuration.get_token_with_prefix() == "Bearer T"
    assert configuration.get_basic_auth_token() == "Basic dTpw"
    assert Configuration().get_token_with_prefix() is None
    assert Configuration().get_api_key_with_prefix(TOKEN) is None
    assert Configuration().get_basic_auth_token() is None


def test_an_alias_is_used_if_the_identifier_is_missing() -> None:
    assert Configuration(api_key={TOKEN: "T"}).get_api_key_with_prefix("other", alias=TOKEN) == "Bearer T"


@pytest.mark.parametrize("name", ["api_key", "api_key_prefix", "token", "token_prefix"])
@pytest.mark.parametrize("wrong", ["Authorization", "token authentication", "TokenAuthentication"])
def test_an_unknown_identifier_is_rejected(name: str, wrong: str) -> None:
    configuration = Configuration(**{"username": "u", "password": "p", name: {wrong: "T"}})
    with pytest.raises(ApiValueError, match=f"{name} must be a dict with the key 'Token Authentication'"):
        configuration.auth_settings()


@pytest.mark.parametrize(
    "settings", [{"api_key": "T"}, {"token": "T", "api_key_prefix": "Bearer"}, {"token": 5}], ids=str
)
def test_a_token_of_the_wrong_type_is_rejected_with_its_setting(settings: dict[str, Any]) -> None:
    with pytest.raises((ApiTypeError, ApiValueError), match=list(settings)[-1]):
        Configuration(**settings).auth_settings()


def test_reading_the_credentials_changes_no_setting() -> None:
    configuration = Configuration(token="T", api_key={TOKEN: "K"})
    before = copy.deepcopy(vars(configuration))
    configuration.auth_settings()
    assert vars(configuration) == before


# Hooks


class Vault:
    """Provides a new token for each call, and cannot be copied."""

    def __init__(self) -> None:
        self.calls = 0

    def __deepcopy__(self, memo: object) -> Vault:
        raise TypeError("there is only one vault")

    def read(self, _: str) -> str:
        self.calls += 1
        return f"T{self.calls}"

    def into_token(self, configuration: Configuration) -> None:
        self.calls += 1
        configuration.token = f"T{self.calls}"

    def into_api_key(self, configuration: Configuration) -> None:
        self.calls += 1
        configuration.api_key[TOKEN] = f"T{self.calls}"


def token_for_tests() -> str:
    return "T"


HOOKS = pytest.mark.parametrize(
    ("name", "method"),
    [
        ("refresh_token_hook", "into_token"),
        ("refresh_api_key_hook", "into_api_key"),
        ("refresh_api_key_hook", "into_token"),
    ],
)


@HOOKS
def test_a_hook_supplies_every_token_and_runs_once_for_each_request(name: str, method: str) -> None:
    vault = Vault()
    configuration = Configuration(**{name: getattr(vault, method)})
    assert authorization(configuration) == "Bearer T1"
    assert authorization(configuration) == "Bearer T2"
    assert vault.calls == 2


@HOOKS
def test_a_token_of_a_hook_takes_precedence(name: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_TOKEN", "ENV")
    configuration = Configuration(**{name: getattr(Vault(), method)}, username="u", password="p")
    assert authorization(configuration) == "Bearer T1"


def test_a_hook_can_supply_a_password() -> None:
    def hook(configuration: Configuration) -> None:
        configuration.username, configuration.password = "u", "p"

    assert authorization(Configuration(refresh_token_hook=hook)) == "Basic dTpw"


def test_each_of_two_hooks_runs_once() -> None:
    keys, tokens = Vault(), Vault()
    configuration = Configuration(refresh_api_key_hook=keys.into_api_key, refresh_token_hook=tokens.into_token)
    configuration.auth_settings()
    assert (keys.calls, tokens.calls) == (1, 1)


def test_the_published_methods_run_their_hook() -> None:
    assert Configuration(refresh_token_hook=Vault().into_token).get_token_with_prefix() == "Bearer T1"
    assert Configuration(refresh_api_key_hook=Vault().into_api_key).get_api_key_with_prefix(TOKEN) == "Bearer T1"


def test_errors_of_a_hook_are_raised() -> None:
    def hook(_: Configuration) -> None:
        raise OSError("vault is sealed")

    with pytest.raises(OSError, match="sealed"):
        Configuration(refresh_token_hook=hook).auth_settings()


# User name and password


@pytest.mark.parametrize("password", ["p", "100 €", "päss", "a:b", "🔑", " "])
def test_passwords_are_encoded_as_utf8(password: str) -> None:
    assert basic(Configuration(username="ü@x.de", password=password)) == f"ü@x.de:{password}"


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"username": "u"}, "password"),
        ({"password": "p"}, "username"),
        ({"username": "u", "password": ""}, "password"),
        ({"username": "", "password": "p"}, "username"),
    ],
)
def test_incomplete_credentials_are_rejected_with_the_missing_setting(settings: dict[str, str], missing: str) -> None:
    with pytest.raises(ApiValueError, match=f"set Configuration.{missing} \\(or IONOS_{missing.upper()}\\)"):
        Configuration(**settings).auth_settings()


def test_a_user_name_with_a_colon_is_rejected() -> None:
    with pytest.raises(ApiValueError, match="colon"):
        Configuration(username="a:b", password="p").auth_settings()


@pytest.mark.parametrize("name", ["username", "password"])
@pytest.mark.parametrize(
    ("value", "error"),
    [(b"secret", ApiTypeError), (5, ApiTypeError), (0, ApiTypeError), ("secret\ud800", ApiValueError)],
)
def test_credentials_that_are_not_text_are_rejected_without_their_value(
    name: str, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match=f"^{name} must be") as caught:
        Configuration(**{"username": "u", "password": "p", name: value}).auth_settings()
    assert "secret" not in str(caught.value)


# Environment

ENVIRONMENT = {
    "IONOS_API_URL": "https://env.example/v5",
    "IONOS_CONTRACT_NUMBER": "31111",
    "IONOS_HTTP_PROXY": "http://env.proxy:3128",
    "IONOS_HTTP_PROXY_HEADERS": "X-One: 1, X-Two: a:b",
    "IONOS_PINNED_CERT": "AA:" * 19 + "bb",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "from_environment", "explicit"),
    [
        ("host", "https://env.example/v5", "https://explicit.example"),
        ("contract_number", 31111, 5),
        ("contract_number", 31111, None),
        ("proxy", "http://env.proxy:3128", "http://explicit:1"),
        ("proxy", "http://env.proxy:3128", None),
        ("proxy_headers", {"X-One": "1", "X-Two": "a:b"}, {"X-Three": "3"}),
        ("proxy_headers", {"X-One": "1", "X-Two": "a:b"}, None),
        ("fingerprint", "AA:" * 19 + "bb", "cd" * 16),
        ("fingerprint", "AA:" * 19 + "bb", None),
    ],
)
def test_arguments_take_precedence_over_the_environment(
    environment: Any, name: str, from_environment: Any, explicit: Any
) -> None:
    assert getattr(Configuration(), name) == from_environment
    assert getattr(Configuration(**{name: explicit}), name) == explicit
    configuration = Configuration()
    setattr(configuration, name, explicit)
    assert getattr(configuration, name) == explicit


@pytest.mark.parametrize(
    ("variables", "settings", "expected"),
    [
        ("IONOS_TOKEN", {}, "Bearer ET"),
        ("IONOS_USERNAME IONOS_PASSWORD", {}, "Basic RVU6RVA="),
        ("IONOS_TOKEN IONOS_USERNAME IONOS_PASSWORD", {}, "Bearer ET"),
        ("IONOS_TOKEN IONOS_USERNAME", {}, "Bearer ET"),
        ("IONOS_TOKEN", {"token": "T"}, "Bearer T"),
        ("IONOS_TOKEN", {"api_key": {TOKEN: "T"}}, "Bearer T"),
        ("IONOS_TOKEN", {"username": "u", "password": "p"}, "Basic dTpw"),
        ("IONOS_TOKEN IONOS_USERNAME IONOS_PASSWORD", {"username": "u", "password": "p"}, "Basic dTpw"),
        ("IONOS_USERNAME IONOS_PASSWORD", {"token": "T"}, "Bearer T"),
        ("IONOS_USERNAME IONOS_PASSWORD", {"username": "u", "password": "p"}, "Basic dTpw"),
        ("IONOS_PASSWORD", {"username": "u"}, "Basic dTpFUA=="),
        ("IONOS_TOKEN", {"token_prefix": None}, "Bearer ET"),
        ("", {}, None),
    ],
)
def test_credentials_are_read_from_the_environment_only_if_none_are_given(
    monkeypatch: pytest.MonkeyPatch, variables: str, settings: dict[str, Any], expected: str | None
) -> None:
    values = {"IONOS_TOKEN": "ET", "IONOS_USERNAME": "EU", "IONOS_PASSWORD": "EP"}
    for name in variables.split():
        monkeypatch.setenv(name, values[name])
    assert authorization(Configuration(**settings)) == expected
    configuration = Configuration()
    for name, value in settings.items():
        setattr(configuration, name, value)
    assert authorization(configuration) == expected


def test_a_token_in_the_environment_can_include_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_TOKEN", "Bearer ET")
    assert authorization(Configuration()) == "Bearer ET"


@pytest.mark.parametrize("name", ["IONOS_TOKEN", "IONOS_USERNAME", "IONOS_API_URL", "IONOS_CONTRACT_NUMBER"])
def test_an_empty_variable_is_ignored(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    configuration = Configuration()
    assert (configuration.host, configuration.contract_number) == (DEFAULT_HOST, None)
    assert configuration.auth_settings() == {}


@pytest.mark.parametrize("name", ["IONOS_USERNAME", "IONOS_PASSWORD"])
def test_incomplete_credentials_in_the_environment_are_rejected(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(ApiValueError, match="incomplete credentials"):
        Configuration().auth_settings()


def test_the_environment_is_read_when_the_configuration_is_created(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_TOKEN", "before")
    configuration = Configuration()
    monkeypatch.setenv("IONOS_TOKEN", "after")
    assert authorization(configuration) == "Bearer before"
    assert authorization(Configuration()) == "Bearer after"


def test_an_environ_that_is_not_a_dict_is_rejected_without_its_value() -> None:
    environ: Any = ["IONOS_TOKEN=secret-token"]
    with pytest.raises(ApiTypeError, match=r"environ must be a dict, or None, not list$"):
        Configuration(environ=environ)


@pytest.mark.parametrize("text", ["nonsense", ": x", "a: b, c"])
def test_invalid_proxy_headers_in_the_environment_are_rejected(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("IONOS_HTTP_PROXY_HEADERS", text)
    with pytest.raises(ApiValueError, match="IONOS_HTTP_PROXY_HEADERS"):
        Configuration()


@pytest.mark.parametrize(
    ("variable", "setting"),
    [
        ("IONOS_CONTRACT_NUMBER", {"contract_number": 5}),
        ("IONOS_HTTP_PROXY_HEADERS", {"proxy_headers": {"a": "b"}}),
        ("IONOS_API_URL", {"host": "https://x"}),
    ],
)
def test_an_argument_takes_precedence_over_an_invalid_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, setting: dict[str, Any]
) -> None:
    monkeypatch.setenv(variable, "?")
    (name, value), *_ = setting.items()
    assert getattr(Configuration(**setting), name) == value


# Host


@pytest.mark.parametrize(
    ("given_host", "host"),
    [
        (DEFAULT_HOST, DEFAULT_HOST),
        (DEFAULT_HOST + "/", DEFAULT_HOST),
        (DEFAULT_HOST + "///", DEFAULT_HOST),
        (f"  {DEFAULT_HOST}\n", DEFAULT_HOST),
        ("api.ionos.com", DEFAULT_HOST),
        ("api.ionos.com/", DEFAULT_HOST),
        ("https://api.ionos.com", DEFAULT_HOST),
        ("https://api.ionos.com/", DEFAULT_HOST),
        ("HTTPS://api.ionos.com", DEFAULT_HOST),
        ("api.ionos.com/cloudapi/v6", "https://api.ionos.com/cloudapi/v6"),
        ("https://api.ionos.com/cloudapi/v6/", "https://api.ionos.com/cloudapi/v6"),
        ("gateway.example", "https://gateway.example/cloudapi/v5"),
        ("gateway.example:8443", "https://gateway.example:8443/cloudapi/v5"),
        ("https://gateway.example", "https://gateway.example"),
        ("https://gateway.example/a/b/", "https://gateway.example/a/b"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://api.ionos.com", "http://api.ionos.com/cloudapi/v5"),
    ],
)
def test_hosts_are_normalized(given_host: str, host: str) -> None:
    assert Configuration(host=given_host).host == host
    configuration = Configuration()
    configuration.host = given_host
    assert configuration.host == host


def test_a_bare_host_in_the_environment_gets_the_path_of_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_API_URL", "api.ionos.com")
    assert Configuration().host == DEFAULT_HOST


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "/",
        "https://",
        "ftp://api.ionos.com",
        "file:///etc/passwd",
        "https://x?y=1",
        "https://x#y",
        "https://[::1",
    ],
)
def test_a_host_that_is_not_a_url_is_rejected(host: str) -> None:
    with pytest.raises(ApiValueError, match="host"):
        Configuration(host=host)


@pytest.mark.parametrize("host", ["https://u:secret@api.ionos.com", "u:secret@api.ionos.com", "https://secret@x?y"])
def test_a_host_with_credentials_is_rejected_without_its_value(host: str) -> None:
    with pytest.raises(ApiValueError, match="credentials") as caught:
        Configuration(host=host)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("https://user:S3cret%40api.ionos.com", None),
        ("https://S3cret%40api.ionos.com", None),
        ("user:S3cret%40api.ionos.com", None),
        ("https://user:S3cret", None),
        ("https://api.ionos.com/?token=S3cret", "'https://api.ionos.com'"),
        ("https://api.ionos.com#S3cret", "'https://api.ionos.com'"),
        ("https://api.ionos.com:99999/S3cret", "'https://api.ionos.com:99999'"),
        ("ftp://api.ionos.com/S3cret", "'ftp://api.ionos.com'"),
        ("https://[::1?S3cret", None),
        ("https://api.ionos.com\x1b[31m", None),
        ("https://api.ion\nos.com", None),
        ("https://api.ionos.com/a b?S3cret", "'https://api.ionos.com'"),
    ],
)
def test_only_parts_of_a_host_without_secrets_are_shown(host: str, shown: str | None) -> None:
    with pytest.raises(ApiValueError, match=r"^host must ") as caught:
        Configuration(host=host)
    assert "S3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "\x1b" not in str(caught.value)
    assert str(caught.value).endswith(f", not {shown}" if shown else ("or token", "cloudapi/v5"))


@pytest.mark.parametrize("host", [5, b"https://x", ["https://x"]])
def test_a_host_of_another_type_is_rejected(host: Any) -> None:
    with pytest.raises(ApiTypeError, match="host must be a str"):
        Configuration(host=host)


@pytest.mark.parametrize("server_index", [None, 0])
def test_a_host_takes_precedence_over_the_server_index(server_index: int | None) -> None:
    assert Configuration(host="https://x", server_index=server_index).host == "https://x"


def test_a_server_index_takes_precedence_over_the_environment(environment: Any) -> None:
    assert Configuration(server_index=0).host == DEFAULT_HOST
    assert Configuration(server_index=None).host == ENVIRONMENT["IONOS_API_URL"]


@pytest.mark.parametrize("server_index", [1, -1, 99])
def test_an_undocumented_server_index_is_rejected(server_index: int) -> None:
    with pytest.raises(ApiValueError, match="server_index"):
        Configuration(server_index=server_index)


def test_changing_the_returned_servers_has_no_effect() -> None:
    servers = Configuration().get_host_settings()
    assert [server["url"] for server in servers] == [DEFAULT_HOST]
    servers[0]["url"] = "https://evil.example"
    assert Configuration().host == DEFAULT_HOST


def test_hosts_are_built_from_server_variables() -> None:
    servers = [
        {
            "url": "https://{region}.x/{version}",
            "variables": {
                "region": {"default_value": "de", "enum_values": ["de", "us"]},
                "version": {"default_value": "v5"},
            },
        }
    ]
    configuration = Configuration(host="https://own")
    assert configuration.get_host_from_settings(None) == "https://own"
    assert configuration.get_host_from_settings(0) == DEFAULT_HOST
    assert configuration.get_host_from_settings(0, servers=servers) == "https://de.x/v5"
    assert configuration.get_host_from_settings(0, {"region": "us", "version": "v6"}, servers) == "https://us.x/v6"
    with pytest.raises(ApiValueError, match="region"):
        configuration.get_host_from_settings(0, {"region": "fr"}, servers)
    with pytest.raises(ApiValueError):
        configuration.get_host_from_settings(1)


# Other settings


@pytest.mark.parametrize(("value", "expected"), [(31111, 31111), ("31111", 31111), (None, None)])
def test_a_contract_number_is_a_number(value: Any, expected: int | None) -> None:
    assert Configuration(contract_number=value).contract_number == expected


@pytest.mark.parametrize("value", ["", "x", "1.5", 1.5, True, "-1", "٣", [1]])
def test_an_invalid_contract_number_is_rejected(value: Any) -> None:
    with pytest.raises(ApiValueError, match="contract_number"):
        Configuration(contract_number=value)


SWITCHES = ("verify_ssl", "allow_http", "client_side_validation", "debug")
NO_NUMBERS = ["1", True, None, [1], 1j]
WRONG_SETTINGS = [
    *((name, value, ApiTypeError) for name in ("wait_time", "max_wait_time") for value in NO_NUMBERS),
    *((name, value, ApiValueError) for name in ("wait_time", "max_wait_time") for value in (-1, -0.1, math.nan)),
    *(("max_retries", value, ApiTypeError) for value in (*NO_NUMBERS, 1.0)),
    ("max_retries", -1, ApiValueError),
    *(("timeout", value, ApiTypeError) for value in (*NO_NUMBERS, (1, "2"), (1, 2, 3), (1, None))),
    *(("timeout", value, ApiValueError) for value in (0, -1, math.nan, math.inf, (1, 0), (math.nan, 1))),
    *(("total_timeout", value, ApiTypeError) for value in ("1", True, (1, 2))),
    *(("total_timeout", value, ApiValueError) for value in (0, -1, math.nan)),
    *(("max_response_bytes", value, ApiTypeError) for value in (*NO_NUMBERS, 1.0)),
    *(("max_response_bytes", value, ApiValueError) for value in (0, -1)),
    *(("connection_pool_maxsize", value, ApiTypeError) for value in ("1", True, 1.0)),
    ("connection_pool_maxsize", -1, ApiValueError),
    *(("retries", value, ApiTypeError) for value in ("1", True, 1.0, [1])),
    ("retries", -1, ApiValueError),
    *((name, value, ApiTypeError) for name in SWITCHES for value in (None, "", "False", "no", 2, 1.0, [])),
    *(("assert_hostname", value, ApiTypeError) for value in (True, 0, [], b"host")),
    *(("application", value, ApiTypeError) for value in (1, b"tool", ["tool"])),
    *(("application", value, ApiValueError) for value in ("a\nb: c", "tööl")),
    ("logger_format", 1, ApiTypeError),
    *(("safe_chars_for_path_param", value, ApiTypeError) for value in (None, 1)),
    *(("logger_format", value, ApiValueError) for value in ("%(message", "hello")),
    *(("server_index", value, ApiTypeError) for value in ("0", True, 1.0)),
    *((name, 5, ApiTypeError) for name in ("on_request", "on_response", "on_retry")),
    *(("fingerprint", value, ApiTypeError) for value in (1, b"ab" * 16)),
    *(("fingerprint", value, ApiValueError) for value in ("ab", "ab" * 21, "xy" * 32, "ab" * 32 + "\n")),
]


@pytest.mark.parametrize(("name", "value", "error"), WRONG_SETTINGS, ids=str)
def test_an_invalid_setting_is_rejected_with_its_name_and_value(name: str, value: Any, error: type[Exception]) -> None:
    for attempt in (lambda: setattr(Configuration(), name, value), lambda: Configuration(**{name: value})):
        with pytest.raises(error) as caught:
            attempt()
        assert str(caught.value).startswith(f"{name} must be ")
        assert repr(value) in str(caught.value)


@pytest.mark.parametrize("token", ["s3cr3t", "Basic czNjcjN0", "eyJhbGciOi.s3cr3t.x"])
def test_a_credential_given_as_another_setting_is_not_shown(token: str) -> None:
    for arguments in ((None, None, "u", "p", token), (None, None, "u", "p", False, token)):
        with pytest.raises((ApiTypeError, ApiValueError), match=r"discard_unknown_keys|validations must be") as caught:
            Configuration("https://h", *arguments)
        assert token not in str(caught.value)
    for name in ("contract_number", "server_index", "timeout", "fingerprint", "debug"):
        with pytest.raises((ApiTypeError, ApiValueError), match=name) as caught:
            Configuration("https://h", **{name: "Basic czNjcjN0"})
        assert "czNj" not in str(caught.value)


@pytest.mark.parametrize("name", [*SWITCHES, "discard_unknown_keys"])
@pytest.mark.parametrize("value", [0, 1, False, True])
def test_a_switch_can_be_0_or_1_as_with_5_0(name: str, value: int) -> None:
    configuration = Configuration()
    setattr(configuration, name, value)
    assert getattr(configuration, name) is getattr(Configuration(**{name: value}), name) is bool(value)
    configuration.debug = False


@pytest.mark.parametrize("value", [None, "", "False", 2, []])
def test_an_invalid_discard_unknown_keys_is_rejected_with_its_type_only(value: Any) -> None:
    with pytest.raises(ApiTypeError, match=f"^discard_unknown_keys must be True or False, not {type(value).__name__}$"):
        Configuration(discard_unknown_keys=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("wait_time", 0), ("wait_time", 0.5), ("max_wait_time", math.inf), ("max_retries", 0), ("retries", 0)),
        *(("timeout", 1), ("timeout", (1, 0.5)), ("total_timeout", None), ("total_timeout", math.inf)),
        *(("retries", None), ("retries", urllib3.Retry(2)), ("max_response_bytes", 1), ("fingerprint", "")),
        *(("fingerprint", "ab" * 16), ("fingerprint", "AB:" * 19 + "ab"), ("fingerprint", "Ab" * 32)),
    ],
    ids=str,
)
def test_a_setting_at_its_bounds_is_accepted(name: str, value: Any) -> None:
    assert getattr(Configuration(**{name: value}), name) == value


PATHS = ("ssl_ca_cert", "cert_file", "key_file", "temp_folder_path", "logger_file")
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        *((name, value, ApiTypeError) for name in PATHS for value in (b"s3cr3t", 5, ["s3cr3t"], True)),
        *((name, KEY, ApiValueError) for name in PATHS),
        *((name, Path(KEY), ApiValueError) for name in PATHS),
        *(("ca_cert_data", value, ApiTypeError) for value in (b"s3cr3t", 5, Path("s3cr3t"))),
        *(("ca_cert_data", value, ApiValueError) for value in (KEY, f"{CERTIFICATE}{KEY}", "/s3cr3t.pem", "")),
        *((f"refresh_{kind}_hook", "s3cr3t", ApiTypeError) for kind in ("token", "api_key")),
        *(
            (name, b"s3cr3t", ApiTypeError)
            for name in ("username", "password", "key_password", "token", "token_prefix")
        ),
        *((name, "s3cr3t", ApiTypeError) for name in ("api_key", "api_key_prefix")),
        *((name, "s3cr3t", ApiTypeError) for name in ("server_variables", "server_operation_variables")),
        *(("proxy", value, ApiTypeError) for value in (b"http://u:s3cr3t@p", 12, ["s3cr3t"])),
    ],
    ids=str,
)
def test_settings_that_may_hold_a_secret_are_rejected_without_their_value(
    name: str, value: Any, error: type[Exception]
) -> None:
    for attempt in (lambda: setattr(Configuration(), name, value), lambda: Configuration(**{name: value})):
        with pytest.raises(error) as caught:
            attempt()
        assert str(caught.value).startswith(f"{name} must be ")
        assert "s3cr3t" not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize("name", ["IONOS_HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
def test_an_invalid_proxy_in_the_environment_is_not_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://user:s3cr3t%40proxy:3128")
    with pytest.raises(ApiValueError, match=r"^proxy ") as caught:
        ionoscloud.ApiClient(Configuration(token="t")).call_api("/x", "GET")
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("name", [*SWITCHES, *PATHS, "proxy", "refresh_token_hook", "timeout"])
def test_defaults_of_a_subclass_are_validated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name != "discard_unknown_keys":  # the constructor always sets it
        with pytest.raises(ApiTypeError, match=f"^{name} must be "):
            type("Own", (Configuration,), {name: b"s3cr3t"})()
    if name not in ("debug", "discard_unknown_keys", "logger_file"):
        monkeypatch.setattr(Configuration, name, b"s3cr3t")
        with pytest.raises(ApiTypeError, match=f"^{name} must be "):
            Configuration()


def test_defaults_of_a_subclass_take_precedence_over_the_environment(environment: Any) -> None:
    class Own(Configuration):
        proxy = "http://own:1"
        fingerprint = "cd" * 16
        proxy_headers = {"X-Number": 1}

        def on_request(self, event: object) -> None:
            """Act as a hook: methods are accepted, too."""

    own = Own()
    assert (own.proxy, own.fingerprint, own.proxy_headers) == ("http://own:1", "cd" * 16, {"X-Number": "1"})
    assert own.on_request.__self__ is own
    assert copy.deepcopy(own).on_request.__self__ is not own


@pytest.mark.parametrize("name", ["verify_ssl", "allow_http"])
def test_an_invalid_switch_never_disables_a_protection(name: str, server: Any) -> None:
    configuration = Configuration(server.url.replace("127.0.0.1", "0.0.0.0"), token="T")
    vars(configuration)[name] = "false" if name == "allow_http" else None
    with pytest.raises((ApiTypeError, ApiValueError), match=name), ionoscloud.ApiClient(configuration) as client:
        if name == "verify_ssl":
            configuration.allow_http = True
        client.call_api("/x", "GET")
    assert not server.seen


TRANSPORT_SETTINGS: dict[str, Any] = {
    **{"verify_ssl": False, "ssl_ca_cert": "/a", "cert_file": Path("/b"), "key_file": "/c", "key_password": "s3cr3t"},
    **{"assert_hostname": False, "fingerprint": "ab" * 16, "proxy": "http://u:s3cr3t@proxy:1"},
    **{"proxy_headers": {"A": "s3cr3t"}, "connection_pool_maxsize": 7, "ca_cert_data": "-----BEGIN CERTIFICATE-----"},
}


@pytest.mark.parametrize("name", TRANSPORT_SETTINGS)
def test_transport_settings_change_with_each_of_their_settings(name: str) -> None:
    configuration = Configuration()
    before = configuration.transport_settings()
    configuration.token, configuration.timeout = "T", 3
    assert configuration.transport_settings() == before
    setattr(configuration, name, TRANSPORT_SETTINGS[name])
    after = configuration.transport_settings()
    assert after != before and hash(after) and after == copy.deepcopy(configuration).transport_settings()
    assert "s3cr3t" not in repr(after)
    if configuration.proxy_headers:
        configuration.proxy_headers["B"] = "b"  # type: ignore[index]
        assert configuration.transport_settings() != after


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_transport_settings_include_certificates_in_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Configuration().transport_settings()
    monkeypatch.setenv(name, "/a")
    assert Configuration().transport_settings() != before
    assert Configuration(environ={}).transport_settings() == before


def test_proxy_headers_are_converted_to_text() -> None:
    headers = Configuration(proxy_headers={"X-A": 1, "X-B": "b", "X-C": b"c"}).proxy_headers
    assert headers == {"X-A": "1", "X-B": "b", "X-C": "c"}


@pytest.mark.parametrize(
    ("headers", "error", "message"),
    [
        ("a: b", ApiTypeError, "proxy_headers must be a dict, or None, not str"),
        ({"a": None}, ApiTypeError, "proxy_headers: header 'a'"),
        ({1: "s3cr3t"}, ApiTypeError, "proxy_headers: header 1"),
        ({"a b": "s3cr3t"}, ApiValueError, "proxy_headers: header a str must have a name"),
        ({"Basic_czNjcjN0" * 3: None}, ApiTypeError, "proxy_headers: header a str must"),
        ({"a": "s3cr3t\r\nb: c"}, ApiValueError, "proxy_headers: header a"),
    ],
)
def test_invalid_proxy_headers_are_rejected(headers: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        Configuration(proxy_headers=headers)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("value", ["", "type", "type,enum", ",".join(sorted(JSON_SCHEMA_VALIDATION_KEYWORDS))])
def test_validations_can_be_disabled_by_keyword(value: str) -> None:
    assert Configuration(disabled_client_side_validations=value).disabled_client_side_validations == value


def test_an_unknown_validation_keyword_is_rejected() -> None:
    with pytest.raises(ApiValueError, match=r"must be some of .*maxLength, .*separated by commas") as caught:
        Configuration(disabled_client_side_validations="type,maxLengths")
    assert "maxLengths" not in str(caught.value)  # it could be a misplaced token


def test_the_debug_report_shows_the_versions() -> None:
    report = Configuration().to_debug_report()
    assert "SDK Package Version: " + ionoscloud.__version__ in report
    assert "Python Version: " in report


# The default configuration, and copies


def test_clients_without_a_configuration_get_a_copy_of_the_default() -> None:
    mine = Configuration(token="T", api_key={TOKEN: "K"})
    Configuration.set_default(mine)
    mine.token = "changed"
    first, second = Configuration.get_default_copy(), Configuration.get_default_copy()
    assert (first.token, second.token) == ("T", "T")
    first.api_key[TOKEN] = "changed"
    assert second.api_key == Configuration.get_default_copy().api_key == {TOKEN: "K"}


def test_without_a_default_each_client_gets_a_new_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Configuration.get_default_copy() is not Configuration.get_default_copy()
    monkeypatch.setenv("IONOS_TOKEN", "ET")
    assert authorization(Configuration.get_default_copy()) == "Bearer ET"


def test_the_default_can_be_removed() -> None:
    Configuration.set_default(Configuration(token="T"))
    Configuration.set_default(None)
    assert Configuration.get_default_copy().token is None


COPIERS = pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c)), copy.copy], ids=["deepcopy", "pickle", "copy"]
)


@COPIERS
def test_copies_have_every_setting(duplicate: Callable[[Any], Any], environment: pytest.MonkeyPatch) -> None:
    environment.setenv("IONOS_TOKEN", "ET")
    configuration = Configuration(host="https://x", contract_number=5, timeout=3, retries=2, verify_ssl=False)
    environment.delenv("IONOS_TOKEN")
    clone = duplicate(configuration)
    assert vars(clone) == vars(configuration)
    assert authorization(clone) == "Bearer ET"
    clone.host = "https://y"
    assert configuration.host == "https://x"


@COPIERS
def test_a_copy_rejects_a_mistyped_setting(duplicate: Callable[[Any], Any]) -> None:
    with pytest.raises(ApiAttributeError):
        duplicate(Configuration()).hots = "x"


def test_a_hook_that_is_a_method_keeps_its_owner_in_a_deep_copy() -> None:
    vault = Vault()
    clone = copy.deepcopy(Configuration(refresh_token_hook=vault.into_token))
    assert authorization(clone) == "Bearer T1"
    assert vault.calls == 1


def test_a_hook_works_on_the_copy_that_it_belongs_to() -> None:
    configuration = Configuration(refresh_api_key_hook=Vault().into_api_key)
    authorization(copy.deepcopy(configuration))
    assert configuration.api_key == {}


# Functions as tokens


@pytest.mark.parametrize("other", [{"username": "u", "password": "p"}, {"api_key": {TOKEN: "K"}}])
def test_a_function_provides_the_token_of_each_request(other: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_TOKEN", "ENV")
    tokens = iter(["T1", "Bearer T2", "T3"])
    configuration = Configuration(token=lambda: next(tokens), **other)
    assert authorization(configuration) == "Bearer T1"
    assert authorization(configuration) == "Bearer T2"
    configuration.token_prefix = "Token"
    assert authorization(configuration) == "Token T3"


def test_a_function_that_is_false_as_a_condition_provides_the_token() -> None:
    class Cache(dict):
        def __call__(self) -> str:
            return "T"

    class Empty:
        def __len__(self) -> int:
            return 0

        def __call__(self) -> str:
            return "T"

    assert authorization(Configuration(token=Empty(), username="u", password="p")) == "Bearer T"
    assert authorization(Configuration(token=Cache())) == "Bearer T"


@pytest.mark.parametrize(
    ("token", "error", "shown"),
    [
        ("", ApiValueError, "not an empty str"),
        (" \n", ApiValueError, "not an empty str"),
        (None, ApiTypeError, "not NoneType"),
        (b"s3cr3t", ApiTypeError, "not bytes"),
        ({TOKEN: "s3cr3t"}, ApiTypeError, "not dict"),
    ],
)
def test_a_function_must_return_a_token(token: Any, error: type[Exception], shown: str) -> None:
    configuration = Configuration(token=lambda: token, username="u", password="p")
    with pytest.raises(error, match=f"token must be a function that returns a .*{shown}") as caught:
        configuration.auth_settings()
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("name", ["token_prefix", "api_key", "username"])
def test_only_the_token_can_be_a_function(name: str) -> None:
    with pytest.raises(ApiTypeError, match=f"{name} must be a"):
        Configuration(**{name: print})


def test_a_function_as_token_is_shared_by_copies_and_not_shown() -> None:
    vault = Vault()
    configuration = Configuration(token=functools.partial(vault.read, "s3cr3t"))
    for clone in (configuration, copy.copy(configuration), copy.deepcopy(configuration)):
        authorization(clone)
        assert repr(clone) == f"Configuration(host={DEFAULT_HOST!r}, contract_number=None, token='***')"
    assert vault.calls == 3


def test_a_function_as_token_is_pickled_by_name() -> None:
    assert authorization(pickle.loads(pickle.dumps(Configuration(token=token_for_tests)))) == "Bearer T"
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(Configuration(token=lambda: "T"))


# Secrets

SECRETS = st.text(string.ascii_letters + string.digits + "-_.", min_size=4).map(lambda text: f"s3cr3t{text}")
SECRET_PLACES: list[Callable[[str], dict[str, Any]]] = [
    lambda secret: {"token": secret},
    lambda secret: {"token": {TOKEN: secret}},
    lambda secret: {"api_key": {TOKEN: secret}},
    lambda secret: {"username": "u", "password": secret},
    lambda secret: {"key_password": secret},
    lambda secret: {"proxy": f"http://user:{quote(secret)}@proxy:3128"},
    lambda secret: {"proxy": f"http://{quote(secret)}@proxy:3128"},
    lambda secret: {"proxy": f"user:{quote(secret)}@proxy:3128"},
    lambda secret: {"proxy": f"http://user:x@{quote(secret)}@proxy:3128"},
    lambda secret: {"proxy_headers": {"Proxy-Authorization": secret}},
    lambda secret: {"server_variables": {"token": secret}},
    lambda secret: {"server_operation_variables": {"images_get": {"token": secret}}},
    lambda secret: {"refresh_token_hook": functools.partial(print, secret)},
    lambda secret: {"refresh_api_key_hook": functools.partial(print, secret)},
]


@pytest.mark.parametrize("place", range(len(SECRET_PLACES)))
@given(SECRETS)
def test_secrets_are_never_shown(place: int, secret: str) -> None:
    configuration = Configuration(**SECRET_PLACES[place](secret))
    settings = repr(configuration.transport_settings())
    for text in (repr(configuration), str(configuration), configuration.to_debug_report(), settings):
        assert secret not in text


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("IONOS_TOKEN", "{}"),
        ("IONOS_PASSWORD", "{}"),
        ("IONOS_HTTP_PROXY", "http://user:{}@proxy"),
        ("IONOS_HTTP_PROXY_HEADERS", "a: {}"),
    ],
)
@given(SECRETS)
@example("s3cr3t")
def test_secrets_in_the_environment_are_never_shown(name: str, form: str, secret: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv(name, form.format(secret))
        configuration = Configuration()
    assert secret not in repr(configuration) + configuration.to_debug_report()


def test_repr_does_not_show_long_certificates() -> None:
    assert f"ca_cert_data='{len(CERTIFICATE)} characters'" in repr(Configuration(ca_cert_data=CERTIFICATE))


def test_repr_shows_settings_that_are_not_secret() -> None:
    configuration = Configuration(username="me", password="x", contract_number=5, proxy="http://a:b@proxy:3128")
    assert repr(configuration) == (
        f"Configuration(host='{DEFAULT_HOST}', contract_number=5, username='me', password='***',"
        " proxy='http://***@proxy:3128')"
    )


# Global state of the process


@contextlib.contextmanager
def handlers_of_the_program(*handlers: logging.Handler) -> Iterator[None]:
    """Replace the handlers of the root logger, which are those of pytest, temporarily."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(logging.getLogger(), "handlers", list(handlers))
        yield


def state_of_the_process() -> Any:
    loggers = [logging.getLogger(), *map(logging.getLogger, ("ionoscloud", "urllib3", "client", "http"))]
    return [(x.name, x.level, list(x.handlers), x.propagate, x.disabled) for x in loggers]


@pytest.mark.parametrize(
    "make",
    [
        Configuration,
        ImageProperties,
        lambda: Configuration(debug=False, logger_file=None, token="T"),
        lambda: copy.deepcopy(Configuration()),
        Configuration.get_default_copy,
        lambda: Configuration.set_default(Configuration()),
        lambda: Configuration(username="u", password="p").auth_settings(),
    ],
)
def test_constructing_changes_nothing_in_the_process(
    make: Callable[[], object], package_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    for logger in (logging.getLogger("urllib3"), package_logger):
        monkeypatch.setattr(logger, "level", logging.DEBUG)
    with handlers_of_the_program():
        before = state_of_the_process()
        make()
        assert state_of_the_process() == before
    assert http.client.HTTPConnection.debuglevel == 1


def test_debug_writes_each_message_to_stderr_once(
    package_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    with handlers_of_the_program():
        configuration = Configuration(debug=True)
        configuration.debug = True
        copy.deepcopy(Configuration(debug=True))
        package_logger.debug("hello")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("hello") == 1
    assert " DEBUG hello" in err


def test_debug_stays_on_when_other_objects_are_created(package_logger: logging.Logger) -> None:
    configuration = Configuration(debug=True)
    Configuration()
    ImageProperties()
    assert configuration.debug is True
    assert package_logger.level == logging.DEBUG


def test_debug_does_not_change_http_client_and_urllib3(package_logger: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 0)
    urllib3_logger = logging.getLogger("urllib3")
    before = urllib3_logger.level, list(urllib3_logger.handlers)
    Configuration(debug=True)
    assert (urllib3_logger.level, urllib3_logger.handlers) == before
    assert http.client.HTTPConnection.debuglevel == 0


def test_debug_adds_no_handler_if_the_program_has_one(package_logger: logging.Logger) -> None:
    with handlers_of_the_program(logging.NullHandler()):
        Configuration(debug=True)
    assert [type(handler) for handler in package_logger.handlers] == [logging.NullHandler]


def test_a_logger_file_gets_each_message_once(package_logger: logging.Logger, tmp_path: Path) -> None:
    path = tmp_path / "client.log"
    configuration = Configuration(logger_file=str(path))
    configuration.logger_file = str(path)
    for _ in range(3):
        configuration = copy.deepcopy(configuration)
    assert configuration.logger_file == str(path)
    package_logger.warning("hello")
    assert path.read_text().count("hello") == 1


def test_a_logger_file_receives_debug_messages_instead_of_stderr(
    package_logger: logging.Logger, tmp_path: Path
) -> None:
    configuration = Configuration()
    configuration.logger_format = "<%(message)s>"
    configuration.logger_file = str(tmp_path / "client.log")
    configuration.debug = True
    package_logger.debug("hello")
    assert (tmp_path / "client.log").read_text() == "<hello>\n"


@pytest.mark.parametrize("order", [1, -1])
def test_logger_format_applies_regardless_of_the_argument_order(
    package_logger: logging.Logger, tmp_path: Path, order: int
) -> None:
    settings = {"logger_file": str(tmp_path / "client.log"), "logger_format": "<%(message)s>"}
    Configuration(**dict(list(settings.items())[::order]))
    package_logger.warning("hello")
    assert (tmp_path / "client.log").read_text() == "<hello>\n"


@pytest.mark.parametrize("kind", ["no folder", "a folder", "no path", "a named pipe"])
def test_a_logger_file_that_cannot_be_opened_is_rejected_when_set(
    package_logger: logging.Logger, tmp_path: Path, kind: str
) -> None:
    path = {"no folder": str(tmp_path / "no" / "log"), "a folder": str(tmp_path), "no path": "a\0b"}.get(kind)
    if path is None:
        path = str(tmp_path / "pipe")
        os.mkfifo(path)
    configuration = Configuration()
    for attempt in (lambda: setattr(configuration, "logger_file", path), lambda: Configuration(logger_file=path)):
        with pytest.raises(ApiValueError, match=r"^logger_file .* cannot be opened: "):
            attempt()
    assert configuration.logger_file is None
    assert [type(handler) for handler in package_logger.handlers] == [logging.NullHandler]


@pytest.mark.parametrize("name", ["timeout", "total_timeout", "wait_time", "max_wait_time"])
def test_seconds_beyond_the_range_of_float_are_rejected(name: str) -> None:
    with pytest.raises(ApiValueError, match=rf"^{name} must be a number of seconds"):
        Configuration(**{name: 10**400})


def test_a_logger_file_can_be_standard_output_in_a_pipe() -> None:
    code = "import ionoscloud; ionoscloud.Configuration(logger_file='/dev/stdout', debug=True);"
    code += "import logging; logging.getLogger('ionoscloud').info('hello')"
    assert "hello" in subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, timeout=20).stdout.decode()


def test_logger_files_add_up_and_none_keeps_them(package_logger: logging.Logger, tmp_path: Path) -> None:
    """As in 5.0.x, all configurations share the logger."""
    configuration = Configuration(logger_file=tmp_path / "a")
    configuration.logger_file = str(tmp_path / "b")
    configuration.logger_file = None
    package_logger.warning("hello \udcff ü")
    for name in "ab":
        assert (tmp_path / name).read_text("utf-8").endswith("WARNING hello \\udcff ü\n")


@pytest.mark.parametrize("stream", ["disk full", "closed", "folder gone"])
def test_calls_work_if_the_logger_file_can_no_longer_be_written(
    api: ionoscloud.ImageApi, package_logger: logging.Logger, tmp_path: Path, stream: str
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    path = "/dev/full" if stream == "disk full" else folder / "client.log"
    package_logger.setLevel(logging.DEBUG)
    Configuration(logger_file=path)
    handler = package_logger.handlers[-1]
    assert isinstance(handler, logging.FileHandler)
    if stream == "closed":
        handler.stream.close()
    if stream == "folder gone":
        handler.close()
        (folder / "client.log").unlink()
        folder.rmdir()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(logging, "raiseExceptions", False)  # otherwise logging prints the error to stderr
        assert api.images_get().items is None


@pytest.mark.parametrize("setting", ["debug", "logger_file"])
def test_a_logger_that_dict_config_disabled_is_enabled(
    package_logger: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    package_logger.disabled = True  # dictConfig disables loggers that it does not name
    path = tmp_path / "client.log"
    with handlers_of_the_program():
        Configuration(**{setting: True if setting == "debug" else path})
        package_logger.warning("hello")
    assert "WARNING hello" in (capsys.readouterr().err if setting == "debug" else path.read_text())


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_debug_messages_are_shown_despite_the_level_of_existing_handlers(level: str) -> None:
    program = f"""
import logging, logging.config, ionoscloud
ionoscloud.ApiClient
handlers = {{"h": {{"class": "logging.StreamHandler", "level": {level!r}}}}}
logging.config.dictConfig({{"version": 1, "handlers": handlers, "root": {{"handlers": ["h"]}}}})
ionoscloud.Configuration(debug=True)
logging.getLogger("ionoscloud").debug("hello")
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stderr.count("hello") == 1


LEVELS = {"trace": "DEBUG", "debug": "DEBUG", "info": "INFO", "warning": "WARNING", "error": "ERROR"}


@pytest.mark.parametrize("value", [*LEVELS, "critical", " Debug ", "off", "OFF"])
def test_a_variable_sets_the_level_of_the_logger(
    package_logger: logging.Logger, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    with handlers_of_the_program():
        Configuration(environ={"IONOS_LOG_LEVEL": value}, logger_format="<%(levelname)s>")
        Configuration(environ={"IONOS_LOG_LEVEL": value})
        for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
            package_logger.log(getattr(logging, name), "hello")
        package_logger.log(logging.CRITICAL, "hello")
    shown = capsys.readouterr().err.splitlines()
    if value.lower() == "off":
        assert not shown
    else:
        assert shown[0] == f"<{LEVELS.get(value.strip().lower(), 'CRITICAL')}>"
        assert shown[-2:] == ["<CRITICAL>"] * 2
        assert len(shown) == len({*shown}) + 1


def test_an_invalid_log_level_is_rejected_with_the_valid_ones(package_logger: logging.Logger) -> None:
    message = "^IONOS_LOG_LEVEL must be one of off, trace, debug, info, warning, error, critical, not 'loud'$"
    with pytest.raises(ApiValueError, match=message):
        Configuration(environ={"IONOS_LOG_LEVEL": "loud"})
    assert package_logger.level == logging.NOTSET


@pytest.mark.parametrize(
    ("value", "settings", "debug"),
    [("trace", {}, True), ("trace", {"debug": False}, False), ("debug", {}, False), ("off", {"debug": True}, True)],
)
def test_the_argument_debug_takes_precedence_over_the_variable(
    package_logger: logging.Logger, value: str, settings: dict[str, Any], debug: bool
) -> None:
    assert Configuration(environ={"IONOS_LOG_LEVEL": value}, **settings).debug is debug
    assert package_logger.level == logging.DEBUG


@pytest.mark.parametrize("way", ["setLevel", "debug", "argument"])
def test_a_level_that_the_program_sets_stays(package_logger: logging.Logger, way: str) -> None:
    environ = {"IONOS_LOG_LEVEL": "info"}
    configuration = Configuration(environ=environ, debug=way == "argument")
    if way == "setLevel":
        package_logger.setLevel(logging.DEBUG)
    elif way == "debug":
        configuration.debug = True
    Configuration(environ=environ)
    assert package_logger.level == logging.DEBUG


@pytest.mark.parametrize("setup", ["debug=True", "environ={'IONOS_LOG_LEVEL': 'debug'}"])
def test_no_line_appears_twice_if_the_program_configures_logging_later(setup: str) -> None:
    program = f"""
import logging, ionoscloud
ionoscloud.Configuration({setup}, logger_format="hello %(message)s")
logging.getLogger("ionoscloud").debug("before")
logging.basicConfig(format="of the program: %(message)s")
logging.getLogger("ionoscloud").debug("after")
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stderr.splitlines() == ["hello before", "of the program: after"]


def test_environ_replaces_the_environment_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOS_TOKEN", "of-the-process")
    monkeypatch.setenv("IONOS_CONTRACT_NUMBER", "1")
    assert Configuration(environ={}).auth_settings() == {}
    configuration = Configuration(environ={"IONOS_TOKEN": "given", "IONOS_CONTRACT_NUMBER": "2"})
    assert configuration.auth_settings()["Token Authentication"]["value"] == "Bearer given"
    assert configuration.contract_number == 2
