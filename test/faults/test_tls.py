"""Checks TLS settings with real handshakes; untrusted connections are in the table."""

# ruff: noqa: SIM117 (a server outlives its clients)
from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import trustme
import urllib3
import yaml
from clients import CALLS, client_at, client_of, error_of_call
from server import FaultyServer, http_response, read, send, stall

import ionoscloud

RESPONSES = (read, send(http_response()))


@pytest.mark.parametrize("verb", CALLS)
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("valid", {}),
        ("valid", {"assert_hostname": "localhost"}),
        ("other host", {"assert_hostname": "other.example.com"}),
        ("other host", {"assert_hostname": False}),
    ],
)
def test_a_valid_certificate_is_accepted(certificates, verb, kind, settings):
    authority = certificates.authority_file
    with FaultyServer(RESPONSES, tls=certificates.context(kind)) as server:
        with client_of(server, "localhost", ssl_ca_cert=authority, **settings) as client:
            assert error_of_call(client, verb) is None
    assert len(server.requests) == 1


@pytest.mark.parametrize("digest", ["sha256", "sha1", "md5"])
def test_a_pinned_certificate_is_accepted(certificates, digest):
    settings = {"ssl_ca_cert": certificates.authority_file, "fingerprint": certificates.fingerprint(digest)}
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        with client_of(server, "localhost", **settings) as client:
            assert error_of_call(client) is None


@pytest.mark.parametrize(("valid", "error"), [(True, type(None)), (False, ionoscloud.TlsException)])
def test_the_environment_can_pin_a_certificate(certificates, monkeypatch, valid, error):
    monkeypatch.setenv("IONOS_PINNED_CERT", certificates.fingerprint("sha256") if valid else "00" * 32)
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file) as client:
            assert type(error_of_call(client)) is error
    assert len(server.requests) == valid
    assert server.connections == 1


def test_the_asserted_host_name_must_be_in_the_certificate(certificates):
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        settings = {"ssl_ca_cert": certificates.authority_file, "assert_hostname": "other.example.com"}
        with client_of(server, "localhost", **settings) as client:
            assert type(error_of_call(client)) is ionoscloud.TlsException
    assert not server.requests


def test_a_client_certificate_is_sent(certificates):
    settings = {"cert_file": certificates.client_file, "key_file": certificates.client_key}
    with FaultyServer(RESPONSES, tls=certificates.context("client certificate")) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file, **settings) as client:
            assert error_of_call(client) is None


@pytest.mark.parametrize("kind", ["expired", "self-signed", "unknown", "other host"])
def test_without_verification_any_certificate_is_accepted_with_one_warning(certificates, kind):
    with FaultyServer(RESPONSES, tls=certificates.context(kind)) as server:
        with warnings.catch_warnings(record=True) as caught, client_of(server, "localhost", verify_ssl=False) as client:
            warnings.simplefilter("always")
            assert [error_of_call(client) for _ in range(4)] == [None] * 4
    assert [warning.category for warning in caught] == [urllib3.exceptions.InsecureRequestWarning]
    assert server.connections == 4


def test_a_pin_is_checked_without_verification(certificates):
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        with client_of(server, "localhost", verify_ssl=False, fingerprint="00" * 32) as client:
            with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
                assert type(error_of_call(client)) is ionoscloud.TlsException
    assert not server.requests


@pytest.mark.parametrize("setting", [{"assert_hostname": "other.example.com"}, {"fingerprint": "00" * 32}])
def test_settings_for_certificates_are_ignored_without_tls(setting):
    with FaultyServer(RESPONSES) as server, client_of(server, **setting) as client:
        assert error_of_call(client) is None


def test_a_handshake_with_a_server_without_tls_fails_at_once():
    with FaultyServer((send(b"SSH-2.0-OpenSSH_9.6\r\n"), stall)) as server:
        with client_at(f"https://localhost:{server.port}/v5") as client:
            assert type(error_of_call(client)) is ionoscloud.TlsException
    assert server.connections == 1


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("SSL_CERT_FILE", "authority_file"),
        ("SSL_CERT_DIR", "hashed_folder"),
        ("REQUESTS_CA_BUNDLE", "authority_file"),
        ("REQUESTS_CA_BUNDLE", "hashed_folder"),
        ("CURL_CA_BUNDLE", "authority_file"),
        ("ssl_ca_cert", "authority_file"),
        ("ssl_ca_cert", "hashed_folder"),
    ],
)
def test_a_setting_or_a_variable_can_trust_an_authority(certificates, monkeypatch, name, attribute):
    path = getattr(certificates, attribute)
    settings = {"ssl_ca_cert": Path(path)} if name == "ssl_ca_cert" else {}
    if not settings:
        monkeypatch.setenv(name, path)
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        with client_of(server, "localhost", **settings) as client:
            monkeypatch.delenv(name, raising=False)  # the variable was read when the configuration was created
            assert error_of_call(client) is None
            store = client.rest_client.pool_manager.connection_pool_kw["ssl_context"].cert_store_stats()
            assert store["x509_ca"] <= 1, "those of certifi are trusted, too"


@pytest.mark.parametrize("verb", CALLS)
def test_certificates_can_be_trusted_as_text(certificates, monkeypatch, verb):
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such.pem")  # not used, as with ssl_ca_cert
    authority = Path(certificates.authority_file).read_text()
    other = trustme.CA().cert_pem.bytes().decode().replace("\n", "\r\n")
    text = f"# Főtanúsítvány\n{other}\n# ours\n{authority}"
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        with client_of(server, "localhost", ca_cert_data=text) as client:
            assert error_of_call(client, verb) is None
            store = client.rest_client.pool_manager.connection_pool_kw["ssl_context"].cert_store_stats()
            assert store["x509_ca"] == 2, "those of certifi are trusted, too"


@pytest.mark.parametrize("kind", ["unknown", "other host", "expired", "self-signed"])
def test_other_certificates_are_rejected_with_an_authority_as_text(certificates, kind):
    text = Path(certificates.authority_file).read_text()
    with FaultyServer(RESPONSES, tls=certificates.context(kind)) as server:
        with client_of(server, "localhost", ca_cert_data=text) as client:
            assert type(error_of_call(client)) is ionoscloud.TlsException
    assert not server.requests


def profile_file(folder, endpoint, **of_environment):
    """Write a configuration file of `ionosctl` with a profile `p`."""
    environment = {"name": "e", "products": [{"name": "cloud", "endpoints": [endpoint]}], **of_environment}
    profile = {"name": "p", "environment": "e", "credentials": {"token": "T"}}
    file = folder / "config"
    file.write_text(yaml.safe_dump({"profiles": [profile], "environments": [environment]}))
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("holder", ["environment", "endpoint"])
def test_a_profile_names_the_authority_of_its_endpoint(certificates, tmp_path, trusted, holder):
    authority = Path(certificates.authority_file).read_text() if trusted else trustme.CA().cert_pem.bytes().decode()
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        settings = {"certificateAuthData": authority}
        of_endpoint, of_environment = (settings, {}) if holder == "endpoint" else ({}, settings)
        file = profile_file(tmp_path, {"name": f"https://localhost:{server.port}", **of_endpoint}, **of_environment)
        with ionoscloud.ApiClient(ionoscloud.Configuration.from_profile("p", file)) as client:
            assert type(error_of_call(client)) is (type(None) if trusted else ionoscloud.TlsException)
    assert [bytes(request).split()[1] for request in server.requests] == [b"/cloudapi/v5/images"] * trusted
    assert all(b"Authorization: Bearer T\r\n" in request for request in server.requests)


def test_a_profile_can_turn_verification_off_with_the_usual_warning(certificates, tmp_path):
    with FaultyServer(RESPONSES, tls=certificates.context("unknown")) as server:
        file = profile_file(tmp_path, {"name": f"localhost:{server.port}", "skipTlsVerify": True})
        with ionoscloud.ApiClient(ionoscloud.Configuration.from_profile("p", file)) as client:
            with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
                assert error_of_call(client) is None


@pytest.mark.parametrize("trusted", ["ssl_ca_cert", "ca_cert_data"])
def test_authorities_in_a_file_and_as_text_are_both_trusted(certificates, tmp_path, trusted):
    other = trustme.CA().cert_pem
    other.write_to_path(tmp_path / "other.pem")
    settings = {
        "ssl_ca_cert": {"ssl_ca_cert": certificates.authority_file, "ca_cert_data": other.bytes().decode()},
        "ca_cert_data": {
            "ssl_ca_cert": tmp_path / "other.pem",
            "ca_cert_data": Path(certificates.authority_file).read_text(),
        },
    }[trusted]
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        with client_of(server, "localhost", **settings) as client:
            assert error_of_call(client) is None


@pytest.mark.parametrize("text", ["AAAA", "%%", "é"])
def test_text_with_an_invalid_certificate_is_rejected(certificates, text):
    valid = Path(certificates.authority_file).read_text()
    broken = f"{valid}\n-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        for value in (broken, broken.replace(valid, ""), f"{valid}\n-----BEGIN CERTIFICATE-----\nAAAA"):
            with client_of(server, "localhost", ca_cert_data=value) as client:
                with pytest.raises(ionoscloud.ApiValueError, match=r"^ca_cert_data cannot be used: "):
                    error_of_call(client)
    assert not server.connections


def test_an_authority_as_text_can_be_set_later_and_removed(certificates):
    text = Path(certificates.authority_file).read_text()
    with FaultyServer(*[RESPONSES] * 2, tls=certificates.context("valid")) as server:
        with client_of(server, "localhost") as client:
            outcomes = []
            for value in (None, text, None):
                client.configuration.ca_cert_data = value
                outcomes.append(type(error_of_call(client)))
    assert outcomes == [ionoscloud.TlsException, type(None), ionoscloud.TlsException]


AUTHORITIES = ["ssl_ca_cert", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]


@pytest.mark.parametrize("number", range(len(AUTHORITIES)))
def test_the_first_setting_for_authorities_takes_precedence(certificates, monkeypatch, number):
    path = certificates.hashed_folder if AUTHORITIES[number] == "SSL_CERT_DIR" else certificates.authority_file
    values = dict.fromkeys(AUTHORITIES[number + 1 :], "/no/such.pem") | {AUTHORITIES[number]: path}
    settings = {"ssl_ca_cert": values.pop("ssl_ca_cert", None)}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        with client_of(server, "localhost", **settings) as client:
            assert error_of_call(client) is None


@pytest.mark.parametrize("name", AUTHORITIES)
@pytest.mark.parametrize("kind", ["missing", "empty", "no hashes"])
def test_unreadable_authorities_are_reported_before_anything_is_sent(certificates, tmp_path, monkeypatch, name, kind):
    (tmp_path / "empty").write_text("")
    (tmp_path / "no hashes").mkdir()
    path = str(tmp_path / kind)
    monkeypatch.setenv(name, path)
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        settings = {"ssl_ca_cert": path} if name == "ssl_ca_cert" else {}
        with client_of(server, "localhost", **settings) as client, pytest.raises(ionoscloud.ApiValueError) as caught:
            CALLS["GET"](client)
    assert str(caught.value).startswith(f"{name} {path!r} cannot be used: ")
    assert server.connections == 0


@pytest.mark.parametrize(
    ("kind", "helps"), [("unknown", True), ("self-signed", True), ("expired", False), ("other host", False)]
)
def test_an_error_about_an_unknown_authority_says_how_to_trust_it(certificates, kind, helps):
    with FaultyServer(RESPONSES, tls=certificates.context(kind)) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file) as client:
            error = error_of_call(client)
    assert type(error) is ionoscloud.TlsException
    assert ("ssl_ca_cert" in str(error), "SSL_CERT_FILE" in str(error)) == (helps, helps)


TRUSTSTORE = """
import sys, truststore, ionoscloud
before = len(sys.argv) > 3
if before:
    ionoscloud.ApiClient, __import__("ionoscloud.rest")
truststore.inject_into_ssl()
with ionoscloud.ApiClient(ionoscloud.Configuration(sys.argv[1], token="T", max_retries=0)) as client:
    ionoscloud.ImageApi(client).images_get()
    print(type(client.rest_client.pool_manager.connection_pool_kw["ssl_context"]).__module__)
"""


@pytest.mark.parametrize("order", [[], ["imported before"]], ids=["first", "last"])
def test_truststore_decides_which_certificates_are_trusted(certificates, order):
    pytest.importorskip("truststore")
    environment = {**os.environ, "SSL_CERT_FILE": certificates.authority_file}
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        command = [sys.executable, "-c", TRUSTSTORE, server.url("localhost"), "x", *order]
        printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.startswith("truststore")


@pytest.mark.parametrize(
    "files",
    [
        {"cert_file": "client_both"},
        {"cert_file": "client_file", "key_file": "client_key"},
        {"cert_file": "client_file", "key_file": "client_key_encrypted", "key_password": "KEY_PASSWORD"},
        {"cert_file": "client_both_encrypted", "key_password": "KEY_PASSWORD"},
        {"cert_file": "client_file", "key_file": "client_key", "key_password": "KEY_PASSWORD"},
    ],
    ids=lambda files: "+".join(files.values()),
)
def test_the_key_of_a_client_certificate_can_have_any_form(certificates, files):
    settings = {name: getattr(certificates, attribute) for name, attribute in files.items()}
    with FaultyServer(RESPONSES, tls=certificates.context("client certificate")) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file, **settings) as client:
            assert error_of_call(client) is None


@pytest.mark.parametrize("cert_file", ["client_file", "client_both_encrypted"])
@pytest.mark.parametrize(
    ("password", "message"),
    [
        (None, "the key is encrypted, set key_password"),
        ("", "key_password does not decrypt the key"),
        ("s3cr3t", "key_password does not decrypt the key"),
        ("s3cr3t" * 300, "key_password does not decrypt the key"),
        ("s3cr3t\udcff", "key_password does not decrypt the key"),
    ],
    ids=["none", "empty", "wrong", "long", "no text"],
)
def test_an_encrypted_key_raises_without_the_right_password(certificates, cert_file, password, message):
    files = {"cert_file": getattr(certificates, cert_file)}
    if cert_file == "client_file":
        files["key_file"] = certificates.client_key_encrypted
    with FaultyServer(RESPONSES, tls=certificates.context("client certificate")) as server:
        with client_of(server, "localhost", key_password=password, **files) as client:
            with pytest.raises(ionoscloud.ApiValueError) as caught:
                CALLS["GET"](client)
    assert message in str(caught.value) and "key_file" in str(caught.value)
    ours = [entry.frame.f_locals for entry in caught.traceback if "ionoscloud" in str(entry.path.parent)]
    assert ours and "s3cr3t" not in repr(ours)
    assert "s3cr3t" not in f"{caught.value!r} {caught.value.__cause__!r}" and caught.value.__suppress_context__
    assert server.connections == 0


def test_a_key_of_another_certificate_is_not_reported_as_a_wrong_password(certificates):
    files = {"cert_file": certificates.leaf_file, "key_file": certificates.client_key_encrypted}
    with client_at("https://localhost:9/v5", key_password=certificates.KEY_PASSWORD, **files) as client:
        with pytest.raises(ionoscloud.ApiValueError, match=r"cannot be used: .*mismatch"):
            CALLS["GET"](client)


@pytest.mark.parametrize("setting", ["ssl_ca_cert", "cert_file", "key_file"])
def test_a_named_pipe_is_rejected_at_once(certificates, tmp_path, setting):
    os.mkfifo(tmp_path / "pipe")
    files = {"cert_file": certificates.client_file, setting: str(tmp_path / "pipe")}
    with client_at("https://localhost:9/v5", **files) as client:
        words = rf"{setting} '.*pipe' cannot be used: it must be a regular file, not a named pipe"
        with pytest.raises(ionoscloud.ApiValueError, match=words):
            CALLS["GET"](client)


def test_a_named_pipe_in_the_environment_is_rejected_at_once(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pipe"))
    with client_at("https://localhost:9/v5") as client:
        with pytest.raises(ionoscloud.ApiValueError, match=r"SSL_CERT_FILE '.*pipe' .* must be a regular file"):
            CALLS["GET"](client)


def test_a_key_without_its_certificate_is_rejected(certificates):
    with client_at("https://localhost:9/v5", key_file=certificates.client_key) as client:
        with pytest.raises(ionoscloud.ApiValueError, match=r"key_file needs .* set cert_file"):
            CALLS["GET"](client)


ASKING = """
import os, sys, ionoscloud
os.open(sys.argv[3], os.O_RDWR)  # becomes the terminal of this session
files = dict(cert_file=sys.argv[1], key_file=sys.argv[2])
with ionoscloud.ApiClient(ionoscloud.Configuration("https://localhost:9", token="T", **files)) as client:
    try:
        ionoscloud.ImageApi(client).images_get()
    except ionoscloud.ApiValueError as error:
        print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no such terminal")
def test_openssl_does_not_prompt_for_the_password_of_a_key(certificates):
    ours, terminal = os.openpty()
    files = (certificates.client_file, certificates.client_key_encrypted, os.ttyname(terminal))
    command = [sys.executable, "-c", ASKING, *files]
    options = {"stdin": terminal, "stdout": subprocess.PIPE, "start_new_session": True, "timeout": 30}
    printed = subprocess.run(command, check=True, **options).stdout
    for descriptor in (ours, terminal):
        os.close(descriptor)
    assert b"set key_password" in printed


@pytest.fixture
def pyopenssl():
    """Let urllib3 use pyOpenSSL, as mocket and some programs do."""
    module = pytest.importorskip("urllib3.contrib.pyopenssl")
    was_in = urllib3.util.IS_PYOPENSSL
    module.inject_into_urllib3()
    yield
    if not was_in:
        module.extract_from_urllib3()


@pytest.mark.usefixtures("pyopenssl")
@pytest.mark.filterwarnings("ignore:certificates are not verified")
@pytest.mark.parametrize(
    ("kind", "settings", "error"),
    [
        ("valid", {}, type(None)),
        ("client certificate", {"cert_file": "client_both"}, type(None)),
        ("unknown", {"verify_ssl": False}, type(None)),
        ("unknown", {}, ionoscloud.TlsException),
        ("other host", {}, ionoscloud.TlsException),
        ("valid", {"fingerprint": "00" * 32}, ionoscloud.TlsException),
    ],
)
def test_calls_work_and_verify_where_urllib3_uses_pyopenssl(certificates, kind, settings, error):
    settings = {name: getattr(certificates, str(value), value) for name, value in settings.items()}
    with FaultyServer(RESPONSES, tls=certificates.context(kind)) as server:
        with client_of(server, "localhost", ssl_ca_cert=certificates.authority_file, **settings) as client:
            assert [type(error_of_call(client, verb)) for verb in ("GET", "PUT", "POST")] == [error] * 3
    assert len(server.requests) == (0 if error is ionoscloud.TlsException else 3)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("used", [False, True], ids=["new client", "client in use"])
def test_a_recorder_records_and_replays_over_tls(certificates, tmp_path, used):
    vcr = pytest.importorskip("vcr")
    file = str(tmp_path / "cassette.yaml")
    with FaultyServer(RESPONSES, tls=certificates.context("valid")) as server:
        settings = {"ssl_ca_cert": certificates.authority_file, "max_retries": 0}
        with client_of(server, "localhost", **settings) as client:
            assert not used or error_of_call(client) is None
            for played in (0, 2):
                with vcr.use_cassette(file, filter_headers=["authorization"]) as cassette:
                    assert [error_of_call(client, verb) for verb in ("GET", "DELETE")] == [None] * 2
                    assert cassette.play_count == played
            with vcr.use_cassette(str(tmp_path / "none.yaml"), record_mode="none"):
                with pytest.raises(vcr.errors.CannotOverwriteExistingCassetteException):
                    error_of_call(client, "DELETE")
            assert len(server.requests) == 2 + used
            assert error_of_call(client) is None
