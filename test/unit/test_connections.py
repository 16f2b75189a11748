from __future__ import annotations

import ssl
from typing import Any
from unittest import mock

import pytest
from urllib3.util.ssl_ import create_urllib3_context

from ionoscloud._transport.pools import Pools
from ionoscloud.configuration import Configuration
from ionoscloud.exceptions import ApiValueError


@pytest.mark.parametrize(
    ("exempt", "url", "proxied"),
    [
        ("", "http://[::1]:8080/v5", False),
        ("", "https://localhost", False),
        ("", "http://127.9.9.9", False),
        ("", "http://[fd00::1]", True),
        ("fd00::1", "http://[fd00::1]/v5", False),
        ("fd00::1", "http://[fd00::1]:8080/v5", False),
        ("fd00::2", "http://[fd00::1]:8080/v5", True),
        ("example.com", "https://API.example.com?x", False),
        ("example.com:8080", "https://api.example.com:8080/v5", False),
        ("example.com:8080", "https://api.example.com:9090/v5", True),
        ("*", "https://api.example.com/v5", False),
        ("", "https://api.example.com/v5", True),
        ("", "HTTPS://API.example.com/v5", True),
        ("", "ftp://api.example.com/v5", False),
        ("", "api.example.com/v5", False),
    ],
)
def test_proxies_in_the_environment_are_used_except_for_no_proxy(
    monkeypatch: pytest.MonkeyPatch, exempt: str, url: str, proxied: bool
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", exempt)
    pools = Pools(Configuration(), 4, None)
    manager = pools.manager_for(url)
    assert (manager.proxy is not None) is proxied
    monkeypatch.setenv("HTTP_PROXY", "http://another.example.com:3128")
    assert pools.manager_for(url + "/more") is manager


@pytest.mark.parametrize("verify_ssl", [True, False])
@pytest.mark.filterwarnings("ignore:certificates are not verified")
def test_tls_is_modern_and_verified_for_servers_and_proxies(monkeypatch: pytest.MonkeyPatch, verify_ssl: bool) -> None:
    made: list[ssl.SSLContext] = []

    def permissive(**options: Any) -> ssl.SSLContext:
        context = create_urllib3_context(**options)
        made.append(context)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED  # the default of older versions of Python
        return context

    monkeypatch.setattr("urllib3.util.ssl_.create_urllib3_context", permissive)
    pools = Pools(Configuration(verify_ssl=verify_ssl, proxy="https://proxy.example.com"), 4, None)
    manager = pools.manager_for("https://api.example.com")
    to_server, to_proxy = manager.connection_pool_kw["ssl_context"], manager.proxy_config.ssl_context
    assert {id(context) for context in made} >= {id(to_server), id(to_proxy)}, "the replacement of a tool is not used"
    for context in (to_server, to_proxy):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert context.verify_mode == (ssl.CERT_REQUIRED if verify_ssl else ssl.CERT_NONE)
        assert context.cert_store_stats()["x509_ca"] > 100
    assert to_proxy.check_hostname is verify_ssl


def test_the_default_certificates_are_those_of_certifi() -> None:
    with mock.patch("certifi.where", return_value=__file__), pytest.raises(ApiValueError, match="ssl_ca_cert"):
        Pools(Configuration(), 4, None).manager_for("https://api.example.com")


def context_of(settings: dict[str, Any], url: str = "https://api.example.com") -> ssl.SSLContext | None:
    context: ssl.SSLContext | None = (
        Pools(Configuration(**settings), 4, None).manager_for(url).connection_pool_kw.get("ssl_context")
    )
    return context


def test_clients_with_default_tls_settings_share_the_trusted_certificates() -> None:
    shared = context_of({})
    assert shared is not None
    assert context_of({"token": "t", "timeout": 5}) is shared
    assert context_of({}, "http://127.0.0.1") is None, "30 ms for an unused context"


@pytest.mark.parametrize(
    "settings",
    [{"verify_ssl": False}, {"assert_hostname": False}, {"assert_hostname": "h"}, {"fingerprint": "ab" * 32}],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:certificates are not verified")
def test_tls_settings_of_one_client_do_not_affect_others(settings: dict[str, Any]) -> None:
    shared, own = context_of({}), context_of(settings)
    assert own is not shared
    assert context_of(settings) is not own


def test_tls_contexts_are_created_again_if_their_factory_is_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = context_of({})
    monkeypatch.setattr("urllib3.util.ssl_.create_urllib3_context", lambda **given: create_urllib3_context(**given))
    assert context_of({}) is not shared
