"""Configurations from a profile in the configuration file of `ionosctl`."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import ionoscloud
from ionoscloud import ApiTypeError, ApiValueError, Configuration

DEFAULT_HOST = "https://api.ionos.com/cloudapi/v5"
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
OTHER_PEM = PEM.replace("AAAA", "BBBB")
SECRET = "s3cr3t"


def endpoint(name: str = "https://staging.example", **more: Any) -> dict[str, Any]:
    return {"name": name, "location": "", **more}


def content_of_file() -> dict[str, Any]:
    """Return the content of a file as `ionosctl` writes it."""
    return {
        "version": 1.0,
        "currentProfile": "user",
        "profiles": [
            {"name": "user", "environment": "prod", "credentials": {"token": SECRET, "s3AccessKey": "a"}},
            {"name": "admin", "environment": "test", "credentials": {"username": "u", "password": SECRET}},
            {"name": "both", "environment": "prod", "credentials": {"token": "T", "username": "u", "password": "p"}},
        ],
        "environments": [
            {"name": "prod", "products": [{"name": "dns", "endpoints": [endpoint("https://dns.example")]}]},
            {"name": "test", "products": [{"name": "cloud", "endpoints": [endpoint()]}]},
        ],
    }


File = Callable[..., Path]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> File:
    """Return a function that writes the file in the home directory, with the changes that it is given."""
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / ".ionos" / "config"
    path.parent.mkdir()

    def write(change: Callable[[dict[str, Any]], object] | None = None, text: str | None = None) -> Path:
        content = content_of_file()
        if change:
            change(content)
        path.write_text(yaml.safe_dump(content) if text is None else text)
        path.chmod(0o600)
        return path

    write()
    return write


def authorization(configuration: Configuration) -> str:
    (setting,) = configuration.auth_settings().values()
    return str(setting["value"])


def of_cloud(*endpoints: Any, **environment: Any) -> Callable[[dict[str, Any]], object]:
    """Return a change of the endpoints of the profile `admin`."""

    def change(content: dict[str, Any]) -> None:
        content["environments"][1] = {"name": "test", "products": [{"name": "cloud", "endpoints": [*endpoints]}]}
        content["environments"][1].update(environment)

    return change


# Which file and which profile


def test_the_current_profile_of_the_file_in_the_home_directory_is_used(file: File) -> None:
    configuration = Configuration.from_profile()
    assert (configuration.token, configuration.username, configuration.password) == (SECRET, None, None)
    assert (configuration.host, configuration.verify_ssl, configuration.ca_cert_data) == (DEFAULT_HOST, True, None)
    assert authorization(configuration) == f"Bearer {SECRET}"


def test_a_profile_has_user_name_password_and_endpoint(file: File) -> None:
    configuration = Configuration.from_profile("admin")
    assert (configuration.token, configuration.username, configuration.password) == (None, "u", SECRET)
    assert configuration.host == "https://staging.example/cloudapi/v5"
    assert authorization(configuration).startswith("Basic ")


def test_the_token_takes_precedence_and_uploads_use_the_password(file: File) -> None:
    configuration = Configuration.from_profile("both")
    assert authorization(configuration) == "Bearer T"
    assert configuration.user_and_password() == ("u", "p")


def test_name_and_file_come_from_arguments_then_the_environment(
    file: File, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(file().read_text().replace(SECRET, "other"))
    other.chmod(0o600)
    monkeypatch.setenv("IONOS_CURRENT_PROFILE", "admin")
    assert Configuration.from_profile().password == SECRET
    assert Configuration.from_profile("user").token == SECRET
    monkeypatch.setenv("IONOS_CONFIG_FILE", str(other))
    assert Configuration.from_profile().password == "other"
    monkeypatch.setenv("IONOS_CONFIG_FILE", "~/other.yaml")
    assert Configuration.from_profile().password == "other"
    assert Configuration.from_profile(file=tmp_path / ".ionos" / "config").password == SECRET
    assert Configuration.from_profile(environ={}).token == SECRET
    assert Configuration.from_profile(environ={"IONOS_CURRENT_PROFILE": "both"}).token == "T"


def test_a_subclass_can_be_created_from_a_profile(file: File) -> None:
    class Own(Configuration):
        host = "https://own.example"
        timeout = 7

    configuration = Own.from_profile("admin", max_retries=1)
    assert type(configuration) is Own
    assert (configuration.host, configuration.timeout, configuration.max_retries) == ("https://own.example", 7, 1)


def test_other_configurations_do_not_read_the_file(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs must not change hosts or accounts because of variables that are set for other tools."""
    monkeypatch.setenv("IONOS_CURRENT_PROFILE", "admin")
    monkeypatch.setenv("IONOS_CONFIG_FILE", "/no/such/file")
    assert (Configuration().host, Configuration().auth_settings()) == (DEFAULT_HOST, {})
    with ionoscloud.ApiClient() as client, pytest.raises(ApiValueError, match=r"or use Configuration.from_profile\(\)"):
        ionoscloud.ImageApi(client).images_get()


# Precedence

CREDENTIALS = [
    ({"token": "A"}, {"IONOS_TOKEN": "E"}, "Bearer A"),
    ({"token": lambda: "A"}, {}, "Bearer A"),
    ({"api_key": {"Token Authentication": "A"}}, {}, "Bearer A"),
    ({"username": "a", "password": "b"}, {"IONOS_TOKEN": "E"}, "Basic YTpi"),
    ({"username": "a", "password": "b"}, {}, "Basic YTpi"),
    ({"refresh_token_hook": lambda configuration: setattr(configuration, "token", "H")}, {}, "Bearer H"),
    ({}, {"IONOS_TOKEN": "E"}, "Bearer E"),
    ({}, {"IONOS_USERNAME": "a", "IONOS_PASSWORD": "b"}, "Basic YTpi"),
    ({"token": None, "username": ""}, {"IONOS_TOKEN": ""}, f"Bearer {SECRET}"),
    ({"token_prefix": "Token"}, {}, f"Token {SECRET}"),
]


@pytest.mark.parametrize(("settings", "environ", "expected"), CREDENTIALS)
def test_credentials_come_from_arguments_then_the_environment_then_the_file(
    file: File, settings: dict[str, Any], environ: dict[str, str], expected: str
) -> None:
    configuration = Configuration.from_profile(environ=environ, **settings)
    assert authorization(configuration) == expected


@pytest.mark.parametrize(
    ("settings", "environ"),
    [
        ({"username": "a"}, {}),
        ({"password": "b"}, {}),
        ({}, {"IONOS_USERNAME": "a"}),
        ({}, {"IONOS_PASSWORD": "b"}),
    ],
)
@pytest.mark.parametrize("name", ["user", "admin", "both"])
def test_credentials_of_different_places_are_never_combined(
    file: File, settings: dict[str, Any], environ: dict[str, str], name: str
) -> None:
    configuration = Configuration.from_profile(name, environ=environ, **settings)
    with pytest.raises(ApiValueError, match="incomplete credentials"):
        configuration.auth_settings()


@pytest.mark.parametrize(
    ("settings", "environ", "host"),
    [
        ({}, {}, "https://staging.example/cloudapi/v5"),
        ({"host": "https://arg.example"}, {"IONOS_API_URL": "https://env.example"}, "https://arg.example"),
        ({}, {"IONOS_API_URL": "https://env.example"}, "https://env.example"),
        ({"server_index": 0}, {}, DEFAULT_HOST),
    ],
)
def test_the_settings_of_an_endpoint_apply_only_to_its_host(
    file: File, settings: dict[str, Any], environ: dict[str, str], host: str
) -> None:
    file(of_cloud(endpoint(skipTlsVerify=True, certificateAuthData=PEM)))
    configuration = Configuration.from_profile("admin", environ=environ, **settings)
    is_from_file = "staging" in host
    assert configuration.host == host
    assert configuration.verify_ssl is not is_from_file
    assert configuration.ca_cert_data == (PEM if is_from_file else None)


class Strict(Configuration):
    verify_ssl = True


class Trusting(Configuration):
    ca_cert_data = OTHER_PEM


@pytest.mark.parametrize(
    ("kind", "settings", "environ", "expected"),
    [
        (Configuration, {}, {}, (False, None, PEM)),
        (Configuration, {"verify_ssl": True}, {}, (True, None, PEM)),
        (Strict, {}, {}, (True, None, PEM)),
        (Configuration, {"ssl_ca_cert": "/a"}, {}, (False, "/a", None)),
        (Configuration, {"ca_cert_data": OTHER_PEM}, {}, (False, None, OTHER_PEM)),
        (Configuration, {"ca_cert_data": None}, {}, (False, None, PEM)),
        (Trusting, {}, {}, (False, None, OTHER_PEM)),
        *((Configuration, {}, {f"{name}": "/b"}, (False, None, None)) for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE")),
    ],
)
def test_arguments_and_the_environment_take_precedence_over_certificates_of_the_file(
    file: File, kind: type[Configuration], settings: dict[str, Any], environ: dict[str, str], expected: object
) -> None:
    file(of_cloud(endpoint(skipTlsVerify=True, certificateAuthData=PEM)))
    made = kind.from_profile("admin", environ=environ, **settings)
    assert (made.verify_ssl, made.ssl_ca_cert, made.ca_cert_data) == expected


def test_an_invalid_argument_is_not_replaced_by_the_file(file: File) -> None:
    file(of_cloud(endpoint(skipTlsVerify=True)))
    with pytest.raises(ApiTypeError, match="verify_ssl"):
        Configuration.from_profile("admin", verify_ssl=None)


# Endpoints


@pytest.mark.parametrize(
    ("name", "settings", "environ", "host", "version"),
    [
        ("https://a.example", {}, {}, "https://a.example/cloudapi/v5", 5),
        ("https://a.example/", {"api_version": 6}, {}, "https://a.example/cloudapi/v6", 6),
        ("a.example", {}, {"IONOS_API_VERSION": "6"}, "https://a.example/cloudapi/v6", 6),
        ("a.example:8443", {}, {}, "https://a.example:8443/cloudapi/v5", 5),
        ("https://api.ionos.com", {}, {}, DEFAULT_HOST, 5),
        ("https://a.example/cloudapi/v6", {}, {}, "https://a.example/cloudapi/v6", 6),
        ("a.example/cloudapi/v6/", {}, {}, "https://a.example/cloudapi/v6", 6),
        ("https://a.example/cloudapi/v6", {"api_version": 5}, {}, "https://a.example/cloudapi/v5", 5),
        ("https://a.example/cloudapi/v5", {}, {"IONOS_API_VERSION": "6"}, "https://a.example/cloudapi/v6", 6),
        ("https://a.example/gateway", {"api_version": 6}, {}, "https://a.example/gateway", 6),
        ("http://127.0.0.1:9", {"api_version": 6}, {}, "http://127.0.0.1:9/cloudapi/v6", 6),
        (" a.example\n", {}, {}, "https://a.example/cloudapi/v5", 5),
    ],
)
def test_the_endpoint_is_a_url_or_a_host_name(
    file: File, name: str, settings: dict[str, Any], environ: dict[str, str], host: str, version: int
) -> None:
    file(of_cloud(endpoint(name)))
    configuration = Configuration.from_profile("admin", environ=environ, **settings)
    assert (configuration.host, configuration.api_version) == (host, version)


def test_a_host_from_a_file_follows_the_version(file: File) -> None:
    configuration = Configuration.from_profile("admin")
    configuration.api_version = 6
    assert configuration.host == "https://staging.example/cloudapi/v6"


FRA, LAS = (endpoint(f"{location[3:]}.example", location=location) for location in ("de/fra", "us/las"))


@pytest.mark.parametrize(
    ("endpoints", "location", "host"),
    [
        ([FRA, endpoint("all.example"), LAS], None, "all.example"),
        ([FRA, {"name": "all.example"}], None, "all.example"),
        ([FRA], None, "fra.example"),
        ([FRA, endpoint(), LAS], "us/las", "las.example"),
        ([], None, "api.ionos.com"),
        (None, None, "api.ionos.com"),
    ],
)
def test_the_endpoint_is_chosen_by_location(file: File, endpoints: Any, location: str | None, host: str) -> None:
    file(lambda content: content["environments"][1]["products"][0].update(endpoints=endpoints))
    assert Configuration.from_profile("admin", location=location).host == f"https://{host}/cloudapi/v5"


@pytest.mark.parametrize(
    ("endpoints", "location", "message"),
    [
        ([FRA, LAS], None, "one endpoint without a location, not 0 (locations: 'de/fra', 'us/las'); pass location"),
        ([endpoint(), endpoint("x.example")], None, "must have one endpoint without a location, not 2; pass host"),
        ([FRA, LAS], "de/txl", "one endpoint for the location 'de/txl', not 0 (locations: 'de/fra', 'us/las')"),
        ([], "de/fra", "environments[1].products[0] must have an endpoint of 'cloud' for the location 'de/fra'"),
    ],
)
def test_an_ambiguous_endpoint_is_rejected(file: File, endpoints: Any, location: str | None, message: str) -> None:
    path = file(lambda content: content["environments"][1]["products"][0].update(endpoints=endpoints))
    with pytest.raises(ApiValueError) as caught:
        Configuration.from_profile("admin", location=location)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: environments[1].products[0]")
    assert Configuration.from_profile("admin", location=location, host="x.example").host.startswith("https://x.example")


def test_a_location_needs_an_endpoint(file: File) -> None:
    with pytest.raises(ApiValueError, match=r"environments\[0\].products must have an endpoint of 'cloud'"):
        Configuration.from_profile(location="de/fra")


@pytest.mark.parametrize(
    ("environment", "endpoints", "expected"),
    [
        ({"certificateAuthData": PEM}, [endpoint()], PEM),
        ({"certificateAuthData": OTHER_PEM}, [endpoint(certificateAuthData=PEM)], PEM),
        ({"certificateAuthData": PEM}, [endpoint(certificateAuthData="")], PEM),
        ({}, [endpoint()], None),
    ],
)
def test_an_endpoint_or_its_environment_names_an_authority(
    file: File, environment: Any, endpoints: Any, expected: str | None
) -> None:
    file(of_cloud(*endpoints, **environment))
    assert Configuration.from_profile("admin").ca_cert_data == expected


# Errors


def put(*path: Any) -> Callable[[Any], Callable[[dict[str, Any]], object]]:
    """Return a function that returns a change of the value at a path."""

    def of(value: Any) -> Callable[[dict[str, Any]], object]:
        def change(content: Any) -> None:
            for key in path[:-1]:
                content = content[key]
            content[path[-1]] = value

        return change

    return of


ENVIRONMENT = ("environments", 1)
CLOUD = (*ENVIRONMENT, "products", 0)
ENDPOINT = (*CLOUD, "endpoints", 0)
TEXTS = {
    "currentProfile": ("currentProfile",),
    "profiles[1].name": ("profiles", 1, "name"),
    "profiles[1].environment": ("profiles", 1, "environment"),
    **{f"profiles[1].credentials.{x}": ("profiles", 1, "credentials", x) for x in ("token", "username", "password")},
    "environments[1].name": (*ENVIRONMENT, "name"),
    "environments[1].certificateAuthData": (*ENVIRONMENT, "certificateAuthData"),
    "environments[1].products[0].name": (*CLOUD, "name"),
    **{
        f"environments[1].products[0].endpoints[0].{key}": (*ENDPOINT, key)
        for key in ("name", "location", "certificateAuthData")
    },
}
SHAPES = [
    *((put(*path)(value), place, "must be text, not a") for place, path in TEXTS.items() for value in (5, [SECRET])),
    *((put(*path)(True), place, "must be text, not true or false; put it") for place, path in TEXTS.items()),
    *((put(x)({SECRET: 1}), x, "must be a list, not a mapping") for x in ("profiles", "environments")),
    (put(*ENVIRONMENT, "products")(SECRET), "environments[1].products", "must be a list, not text"),
    (put(*CLOUD, "endpoints")(SECRET), "environments[1].products[0].endpoints", "must be a list, not text"),
    *((put(x, 1)(SECRET), f"{x}[1]", "must be a mapping, not text") for x in ("profiles", "environments")),
    (put("profiles", 1, "credentials")(SECRET), "profiles[1].credentials", "must be a mapping, not text"),
    (put(*CLOUD)(SECRET), "environments[1].products[0]", "must be a mapping, not text"),
    (put(*ENDPOINT)(SECRET), "environments[1].products[0].endpoints[0]", "must be a mapping, not text"),
    *(
        (
            put(*ENDPOINT, "skipTlsVerify")(value),
            "environments[1].products[0].endpoints[0].skipTlsVerify",
            "must be true",
        )
        for value in ("true", 1, SECRET)
    ),
    *((put("version")(value), "version", "must be 1.0") for value in (2.0, "2", True, [SECRET], 10)),
    (put("currentProfile")(None), "currentProfile", "is missing: set it or IONOS_CURRENT_PROFILE, or pass the name"),
    (put("currentProfile")(""), "currentProfile", "(profiles: 'user', 'admin', 'both')"),
    (put("profiles", 1, "environment")(None), "profiles[1].environment", "is missing: it must name an environment"),
    (put("profiles", 1, "environment")("tst"), "profiles[1].environment:", "'test'); did you mean 'test'?"),
    (put("profiles", 1, "credentials")(None), "profiles[1].credentials", "must have a token, or username and password"),
    (put("profiles", 1, "credentials", "password")(""), "profiles[1].credentials.password", "is missing"),
    (put("profiles", 1, "credentials", "username")(" "), "profiles[1].credentials.username", "is missing"),
    (put("profiles", 0, "name")("admin"), "profiles", "must not have several items with the name 'admin'"),
    (put(*ENDPOINT, "name")(""), "environments[1].products[0].endpoints[0].name", "is missing: it must be the URL"),
    (put(*ENDPOINT, "name")("ftp://x"), "environments[1].products[0].endpoints[0].name", "host must be a URL"),
    (put(*ENDPOINT, "name")(f"https://u:{SECRET}@x"), "environments[1].products[0].endpoints[0].name", "credentials"),
    (put(*ENDPOINT, "certificateAuthData")(SECRET), "environments[1].products[0].endpoints[0].", "-----BEGIN"),
]


@pytest.mark.parametrize(("change", "place", "problem"), SHAPES)
def test_a_file_of_the_wrong_shape_is_rejected_with_the_place_and_without_its_content(
    file: File, change: Callable[[dict[str, Any]], object], place: str, problem: str
) -> None:
    path = file(change)
    with pytest.raises(ApiValueError) as caught:
        Configuration.from_profile(None if place == "currentProfile" else "admin")
    message = str(caught.value)
    assert message.startswith(f"{path}: {place}"), message
    assert problem in message
    assert_hidden(caught.value)


def assert_hidden(error: BaseException | None) -> None:
    """Check that neither the texts nor the local variables of an error and its causes show a secret."""
    while error is not None:
        lines = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert SECRET not in f"{error} {error!r} {vars(error)}"
        assert not [x for x in lines.stack if "site-packages" not in x.filename and SECRET in str(x.locals)
                    and Path(x.filename).name != Path(__file__).name]  # fmt: skip
        assert error.__suppress_context__ or error.__context__ is None or error.__cause__ is not None
        error = error.__cause__


@pytest.mark.parametrize("value", [1, "1.0", 1.5, "1", None])
def test_minor_versions_of_the_file_are_accepted(file: File, value: Any) -> None:
    file(put("version")(value))
    assert Configuration.from_profile().token == SECRET


@pytest.mark.parametrize("token", [f"|\n      {SECRET}\n", f"'{SECRET}  '"])
def test_white_space_around_a_token_is_ignored(file: File, token: str) -> None:
    text = f"profiles:\n- name: x\n  environment: y\n  credentials:\n    token: {token}\nenvironments: [{{name: y}}]\n"
    file(text=text)
    assert Configuration.from_profile("x").token == SECRET


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"password: '{SECRET}\n", "line 2, column 1"),
        (f"a: b\n  {SECRET}: c", "line 2, column "),
        (f"a: @{SECRET}", "line 1, column 4"),
        (f"a: *{SECRET}", "line 1, column 4"),
        (f"!!python/object:os.system {SECRET}", "line 1, column 1"),
        (f"!!timestamp {SECRET}", ""),
        (f"a: 2020-99-99 # {SECRET}", ""),
        (f"a: \x01{SECRET}", ""),
        (f"{SECRET}" + "[" * 10_000, ""),
        ("[" * 10_000, ""),
    ],
)
def test_a_file_that_is_not_yaml_is_rejected_without_its_content(file: File, text: str, problem: str) -> None:
    path = file(text=text)
    with pytest.raises(ApiValueError) as caught:
        Configuration.from_profile("x")
    assert str(caught.value).startswith(f"{path}")
    assert problem in str(caught.value)
    assert_hidden(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "profile 'x' does not exist (profiles is empty)"),
        ("[1]", "must be a mapping, not a list"),
        ("a", "not text"),
    ],
)
def test_another_file_is_rejected(file: File, text: str, problem: str) -> None:
    path = file(text=text)
    with pytest.raises(ApiValueError) as caught:
        Configuration.from_profile("x")
    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)


def test_an_unknown_profile_is_rejected_with_the_known_ones(file: File) -> None:
    with pytest.raises(ApiValueError) as caught:
        Configuration.from_profile("amdin")
    names = "(profiles: 'user', 'admin', 'both')"
    assert str(caught.value) == f"{file()}: profile 'amdin' does not exist {names}; did you mean 'admin'?"


def test_a_missing_file_is_rejected_with_its_path(file: File) -> None:
    path = file()
    path.unlink()
    with pytest.raises(
        ApiValueError, match=f"^{path} does not exist: run `ionosctl config login`, or set IONOS_CONFIG"
    ):
        Configuration.from_profile()
    path.mkdir()
    with pytest.raises(ApiValueError, match=f"^{path} cannot be read: it must be a regular file, not a directory$"):
        Configuration.from_profile()


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="the superuser can read every file")
def test_an_unreadable_file_is_rejected(file: File) -> None:
    path = file()
    path.chmod(0)
    with pytest.raises(ApiValueError, match=f"^{path} cannot be read: .*Permission denied"):
        Configuration.from_profile()


@pytest.mark.parametrize("arguments", [{"name": 5}, {"file": 5}, {"file": PEM}, {"location": 5}, {"environ": 5}])
def test_an_invalid_argument_is_rejected_with_its_name(file: File, arguments: dict[str, Any]) -> None:
    with pytest.raises((ApiTypeError, ApiValueError), match=f"^{next(iter(arguments))} must be "):
        Configuration.from_profile(**arguments)


def test_a_mistyped_setting_is_rejected(file: File) -> None:
    with pytest.raises(ionoscloud.ApiAttributeError, match="did you mean 'timeout'"):
        Configuration.from_profile(timeuot=5)


def test_without_pyyaml_the_error_says_how_to_install_it(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ApiValueError, match=r'^a profile needs PyYAML: pip install "ionoscloud\[config\]"$'):
        Configuration.from_profile()


def test_pyyaml_is_only_imported_for_a_profile() -> None:
    code = (
        "import sys, ionoscloud; ionoscloud.ApiClient(); assert not {'yaml', 'ionoscloud._profiles'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Secrets and permissions


def test_secrets_of_a_profile_are_not_shown(file: File) -> None:
    for name in ("user", "admin"):
        configuration = Configuration.from_profile(name)
        assert SECRET not in repr(configuration) + repr(vars(configuration))


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
@pytest.mark.parametrize(("mode", "is_reported"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_file_that_others_can_access_is_reported_once(
    file: File, caplog: pytest.LogCaptureFixture, mode: int, is_reported: bool
) -> None:
    path = file()
    path.chmod(mode)
    for _ in range(2):
        assert Configuration.from_profile().token == SECRET
    logged = [(record.name, record.levelname) for record in caplog.records]
    assert logged == [("ionoscloud", "WARNING")] * is_reported
    if is_reported:
        assert f"{path} contains credentials" in caplog.text
        assert f"(mode {mode:o}): chmod 600 {path}" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
@pytest.mark.parametrize(("level", "is_shown"), [(None, True), ("error", False), ("off", False), ("info", True)])
def test_open_permissions_are_shown_on_stderr_unless_the_log_level_hides_them(
    file: File, level: str | None, is_shown: bool
) -> None:
    path = file()
    path.chmod(0o644)
    environ = {**os.environ, **({"IONOS_LOG_LEVEL": level} if level else {})}
    command = [sys.executable, "-W", "error", "-c", "import ionoscloud; ionoscloud.Configuration.from_profile()"]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert result.stderr.count("chmod 600") == is_shown


def test_reading_a_profile_changes_nothing_in_the_process(file: File) -> None:
    before = dict(os.environ), [(x.level, [*x.handlers]) for x in map(logging.getLogger, (None, "ionoscloud"))]
    Configuration.from_profile()
    assert before == (
        dict(os.environ),
        [(x.level, [*x.handlers]) for x in map(logging.getLogger, (None, "ionoscloud"))],
    )
