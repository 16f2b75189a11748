"""Checks proxies in environment variables, and the URLs of proxies."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ionoscloud import ApiClient, Configuration, ImageApi
from ionoscloud._redaction import redact_proxy
from ionoscloud._transport.proxies import environment_proxy, parse_proxy, proxy_kind
from ionoscloud.exceptions import ApiValueError

pytestmark = pytest.mark.once

PROXY = "http://proxy:3128"
EXEMPTIONS = [
    # Networks
    ("10.0.0.0/8", "https://10.1.2.3", True),
    ("10.0.0.0/8", "https://10.1.2.3:8443", True),
    ("10.0.0.0/8", "https://11.1.2.3", False),
    ("10.1.2.3/8", "https://10.9.9.9", True),
    ("10.0.0.0/255.0.0.0", "https://10.9.9.9", True),
    ("10.0.0.0/8", "https://[::ffff:10.1.2.3]", True),
    ("10.0.0.0/8", "https://[2001:db8::1]", False),
    ("10.0.0.0/8", "https://api.ionos.com", False),
    ("10.0.0.0/99", "https://10.1.2.3", False),
    ("2001:db8::/32", "https://[2001:db8::1]", True),
    ("2001:db8::/32", "https://[2001:DB8:0:0::1]:8443", True),
    ("[2001:db8::]/32", "https://[2001:db8::1]", True),
    ("2001:db8::/32", "https://[2001:db9::1]", False),
    ("2001:db8::/32", "https://10.1.2.3", False),
    # Addresses
    ("10.1.2.3", "https://10.1.2.3", True),
    ("10.1.2.3:8443", "https://10.1.2.3:8443", True),
    ("10.1.2.3:8443", "https://10.1.2.3", False),
    ("1.2.3", "https://10.1.2.3", False),
    ("2001:db8::1", "https://[2001:db8::1]:8443", True),
    ("[2001:db8::1]", "https://[2001:db8::1]", True),
    ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443", True),
    ("[2001:db8::1]:8443", "https://[2001:db8::1]", False),
    ("[2001:db8::1]:443", "https://[2001:db8::1]", True),
    ("2001:DB8:0::1", "https://[2001:db8::1]", True),
    ("2001:0db8:0000:0000:0000:0000:0000:0001", "https://[2001:db8::1]", True),
    ("2001:db8::1", "https://[2001:0DB8:0::1]", True),
    ("2001:db8::2", "https://[2001:db8::1]", False),
    # Names
    ("ionos.com", "https://ionos.com", True),
    ("ionos.com", "https://api.ionos.com", True),
    ("ionos.com", "https://notionos.com", False),
    ("ionos.com", "https://ionos.com.example", False),
    (".ionos.com", "https://api.ionos.com", True),
    (".ionos.com", "https://notionos.com", False),
    ("*.ionos.com", "https://api.ionos.com", True),
    ("*.ionos.com", "https://a.b.ionos.com:8443", True),
    ("*.ionos.com", "https://notionos.com", False),
    ("api.ionos.com:443", "https://api.ionos.com", True),
    ("api.ionos.com:443", "http://api.ionos.com", False),
    ("api.ionos.com:80", "http://api.ionos.com", True),
    (".ionos.com:8443", "https://api.ionos.com:8443", True),
    (".ionos.com:8443", "https://api.ionos.com:9443", False),
    ("API.IONOS.COM", "https://api.ionos.com", True),
    ("api.ionos.com", "HTTPS://API.IONOS.COM", True),
    ("api.ionos.com.", "https://api.ionos.com", True),
    ("api.ionos.com", "https://api.ionos.com.:443", True),
    # Lists
    ("*", "https://api.ionos.com", True),
    ("a, *", "https://api.ionos.com", True),
    ("*,a", "https://10.1.2.3", True),
    ("a api.ionos.com", "https://api.ionos.com", True),
    ("a\tapi.ionos.com\n", "https://api.ionos.com", True),
    (".example, api.ionos.com ", "https://api.ionos.com", True),
    (",,a,,", "https://api.ionos.com", False),
    (".", "https://api.ionos.com", False),
    ("*.", "https://api.ionos.com", False),
    (":443", "https://api.ionos.com", False),
    ("[", "https://api.ionos.com", False),
    ("/", "https://api.ionos.com", False),
    ("", "https://api.ionos.com", False),
    # Loopback addresses, which a proxy cannot reach
    ("", "https://localhost", True),
    ("", "https://localhost.:8443", True),
    ("", "https://127.9.9.9:8443", True),
    ("", "http://[::1]:8080", True),
    ("münchen.de", "https://xn--mnchen-3ya.de", True),
    ("xn--mnchen-3ya.de", "https://api.münchen.de", True),
    ("fe80::1%eth0", "https://[fe80::1%25eth0]", True),
    ("fe80::1%eth1", "https://[fe80::1%25eth0]", False),
]


@pytest.mark.parametrize(("exemptions", "server", "exempt"), EXEMPTIONS)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_no_proxy_exempts_the_listed_hosts(
    monkeypatch: pytest.MonkeyPatch, name: str, exemptions: str, server: str, exempt: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv(name, exemptions)
    assert environment_proxy(server) == (None if exempt else PROXY)


@pytest.mark.parametrize(
    ("environment", "server", "proxy"),
    [
        ({"HTTPS_PROXY": "a"}, "https://x", "a"),
        ({"HTTPS_PROXY": "a"}, "http://x", None),
        ({"https_proxy": "a"}, "https://x", "a"),
        ({"https_proxy": "a", "HTTPS_PROXY": "b"}, "https://x", "a"),
        ({"https_proxy": "", "HTTPS_PROXY": "b"}, "https://x", None),
        ({"HTTP_PROXY": "a", "ALL_PROXY": "b"}, "http://x", "a"),
        ({"HTTP_PROXY": "a", "ALL_PROXY": "b"}, "https://x", "b"),
        ({"all_proxy": "a"}, "http://x", "a"),
        ({"ALL_PROXY": "a", "NO_PROXY": "x"}, "https://x", None),
        ({"ALL_PROXY": "a"}, "ftp://x", None),
        ({"NO_PROXY": "y"}, "https://x", None),
        # In a CGI script, HTTP_PROXY is the header `Proxy` of a request, which any client can send.
        ({"REQUEST_METHOD": "GET", "HTTP_PROXY": "a"}, "http://x", None),
        ({"REQUEST_METHOD": "GET", "http_proxy": "a"}, "http://x", "a"),
        ({"REQUEST_METHOD": "GET", "HTTPS_PROXY": "a"}, "https://x", "a"),
    ],
    ids=str,
)
def test_the_variable_of_the_scheme_takes_precedence_over_all_proxy(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], server: str, proxy: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert environment_proxy(server) == proxy


def test_slow_imports_are_skipped_without_a_variable() -> None:
    program = (
        "import os, sys; from ionoscloud._transport.proxies import environment_proxy as of;"
        "[os.environ.pop(name) for name in list(os.environ) if name.lower().endswith('_proxy')];"
        "assert of('https://api.ionos.com') is None; assert 'urllib.request' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("proxy", "kind", "shown"),
    [
        ("http://proxy:3128", "http", "http://proxy:3128"),
        ("HTTP://Proxy", "http", "HTTP://Proxy"),
        ("proxy:3128", "http", "proxy:3128"),
        ("proxy", "http", "proxy"),
        ("https://proxy/", "https", "https://proxy"),
        ("http://[2001:db8::1]:3128", "http", "http://[2001:db8::1]:3128"),
        ("http://u:s3cr3t@proxy:3128", "http", "http://***@proxy:3128"),
        ("u:s3cr3t@proxy:3128", "http", "***@proxy:3128"),
        ("http://u:s3cr3t%40x@proxy:3128/s3cr3t", "http", "http://***@proxy:3128"),
        ("http://u:x@s3cr3t@proxy", "http", "http://***@proxy"),
        *((f"{scheme}://u:s3cr3t@proxy", "socks", f"{scheme}://***@proxy") for scheme in ("socks4", "socks4a")),
        *((f"{scheme}://u:s3cr3t@proxy:1", "socks", f"{scheme}://***@proxy:1") for scheme in ("socks5", "socks5h")),
    ],
)
def test_a_proxy_url_is_classified_and_redacted(proxy: str, kind: str, shown: str) -> None:
    assert proxy_kind(proxy) == kind
    assert redact_proxy(proxy) == shown
    assert "s3cr3t" not in repr(parse_proxy(proxy)).replace("path='/s3cr3t'", "")


@pytest.mark.parametrize(
    "proxy",
    [
        *("http://user:s3cr3t%40proxy:3128", "http://s3cr3t%40proxy:3128", "user:s3cr3t%40proxy:3128"),
        *("socks9://u:s3cr3t@proxy", "ftp://u:s3cr3t@proxy", "http://u:s3cr3t@[::1", "http://u:s3cr3t@p:port"),
        *("http://u:s3cr3t@", "http://u:12/s3cr3t@proxy", "http:/u:s3cr3t@proxy", "//u:s3cr3t@proxy"),
        *("http://proxy?s3cr3t", "http://proxy#s3cr3t", "http://p roxy", "http://u:s3cr3t@p\nroxy", "http://p:0"),
        *("http://p:99999", "http://u:s3cr3t@proxy:3128:3128", "://u:s3cr3t@proxy"),
        *("http://user:s3cr3t", "user:s3cr3t", "user:s3cr3t/proxy", "http://proxy:3128:s3cr3t"),
    ],
)
def test_an_invalid_proxy_is_rejected_before_a_call_and_not_shown(proxy: str) -> None:
    configuration = Configuration("http://127.0.0.1:9", token="t", proxy=proxy)
    assert "s3cr3t" not in repr(configuration)
    with ApiClient(configuration) as client, pytest.raises(ApiValueError, match="proxy must be") as caught:
        ImageApi(client).images_get()
    assert "s3cr3t" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_an_unparsable_proxy_is_masked_as_a_whole() -> None:
    assert redact_proxy("http://user:s3cr3t%40proxy:3128") == "***"
    with pytest.raises(ApiValueError) as caught:
        proxy_kind("http://user:s3cr3t%40proxy:3128")
    assert "s3cr3t" not in str(caught.value)
    frame = caught.traceback[-1].frame
    assert "s3cr3t" not in repr(frame.f_locals)
