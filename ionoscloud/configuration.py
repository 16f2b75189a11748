"""Settings of a client, from arguments or `IONOS_*` environment variables."""

from __future__ import annotations

import copy
import logging
import os
import re
from collections.abc import Callable, Mapping
from inspect import isroutine
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from ionoscloud import _logs
from ionoscloud._argument_errors import ApiAttributeError, ApiTypeError, ApiValueError, did_you_mean
from ionoscloud._checks import LOG_LEVEL, MAPPING, SETTINGS, TEXT, Default, check_setting, unless_given as _unless_given
from ionoscloud._credentials import BASIC as BASIC, TOKEN as TOKEN
from ionoscloud._legacy.configuration import LegacyConfiguration, published_settings
from ionoscloud._redaction import describe_value, redact_proxy
from ionoscloud._secret_types import MASK, SecretStr
from ionoscloud._tracebacks import without_locals
from ionoscloud._versions import DEFAULT_VERSION, HOSTS, VERSIONS

if TYPE_CHECKING:
    from typing_extensions import Never, Self
    from urllib3.util import Retry

    from ionoscloud._call_options import Timeout
    from ionoscloud._profiles import Endpoint
    from ionoscloud.hooks import RequestEvent, ResponseEvent, RetryEvent

_VERSION_IN_PATH = re.compile(r"/cloudapi/v([0-9]+)$")
JSON_SCHEMA_VALIDATION_KEYWORDS = {
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "required",
    "type",
    "enum",
}

_CREDENTIALS = ("token", "api_key", "username", "password")
_CREDENTIAL_HOOKS = ("refresh_token_hook", "refresh_api_key_hook")
# The credentials that replace a user name or a password.
_REPLACES = {"username": ("token", "api_key"), "password": ("token", "api_key", "username")}
_CREDENTIAL_VARIABLES = ("IONOS_TOKEN", "IONOS_USERNAME", "IONOS_PASSWORD")
_LOGGER_FORMAT = "%(asctime)s %(levelname)s %(message)s"
_CA_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first one set wins
_SECRET_VARIABLES = {"IONOS_TOKEN", "IONOS_PASSWORD", "IONOS_HTTP_PROXY", "IONOS_HTTP_PROXY_HEADERS"}
_VARIABLES = {
    "IONOS_USERNAME",
    "IONOS_API_URL",
    "IONOS_API_VERSION",
    "IONOS_CONTRACT_NUMBER",
    "IONOS_LOG_LEVEL",
    "IONOS_PINNED_CERT",
    *_SECRET_VARIABLES,
    *_CA_VARIABLES,
}
_SECRET_TEXTS = {"key_password", "password", "proxy", "token"}
_MASKED = {"server_operation_variables", "server_variables", "api_key", "proxy_headers", *_SECRET_TEXTS}
# The part of an invalid host that a message can show: up to its path.
_HARMLESS_HOST = re.compile(r"((?:[a-z][a-z0-9+.-]{0,9}://)?[a-z0-9.-]*(?::\d{0,5})?)(?:[/?#](?!/).*)?", re.I | re.S)


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments that were given to the constructor, including unknown ones."""
    settings = {name: arguments[name] for name in _KEYWORDS if not isinstance(arguments[name], Default)}
    return {**settings, **arguments["unknown"]}


class Configuration(LegacyConfiguration):
    """Settings of an `ApiClient`.

    Every attribute can be given as a keyword argument. Settings that are not given come from environment variables,
    read when the configuration is made: `IONOS_TOKEN`, or `IONOS_USERNAME` with `IONOS_PASSWORD`; `IONOS_API_URL`;
    `IONOS_API_VERSION`; `IONOS_CONTRACT_NUMBER`; `IONOS_HTTP_PROXY` and `IONOS_HTTP_PROXY_HEADERS`;
    `IONOS_PINNED_CERT`; `IONOS_LOG_LEVEL`. Without `ssl_ca_cert` and `ca_cert_data`, the first of
    `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE` applies.

    Args:
        host: URL of the API; default `https://api.ionos.com/cloudapi/v5`, or `.../v6` with `api_version=6`. A host name
            alone gets the default path.
        token: Access token, or a dict with the token under `Token Authentication`, or a function without arguments that
            returns the token. The function is called once for each call of the API, in the thread that sends it; its
            exceptions end the call. A token takes precedence over a password.
        token_prefix: Authentication scheme of the token, or a dict like that of `token`; default `Bearer`.
        username: User name of the account.
        password: Password of the account.
        discard_unknown_keys: True to drop fields of a response that the models do not know; default False, keep them.
        disabled_client_side_validations: JSON schema keywords that are not validated, separated by commas. `type`,
            `minimum` and `required` also turn off checks that do not depend on `client_side_validation`.
        server_index: Index of the documented server to use if no host is given.
        server_variables: Variables in the URL of that server.
        server_operation_index: Servers of single operations; the API has none.
        server_operation_variables: Variables in their URLs; the API has none.
        api_key: Access token in the form of 5.0.5: `{"Token Authentication": token}`.
        api_key_prefix: Its authentication scheme, in a dict of the same form.
        api_version: Version of the Cloud API, 5 or 6; default the one that the path of the host ends with, such as
            `/cloudapi/v6`, or else 5.
        environ: Environment variables to read instead of `os.environ`; `{}` for none.
        contract_number, debug, ...: Any other attribute by its name; default that of the class.

    Raises:
        ApiAttributeError: A setting has an unknown name.
        ApiTypeError: A setting has the wrong type.
        ApiValueError: A setting is invalid, or `host` and `api_version` contradict each other.
    """

    temp_folder_path: str | os.PathLike[str] | None = None
    """Directory for responses that are files; default the system's directory for temporary files."""
    refresh_token_hook: Callable[[Configuration], object] | None = None
    """Called with the configuration before each call, to set a fresh token."""
    refresh_api_key_hook: Callable[[Configuration], object] | None = None
    """The same hook by its name in 5.0.5."""
    on_request: Callable[[RequestEvent], object] | None = None
    """Called before each attempt; can change its headers. An exception ends the call before anything is sent."""
    on_response: Callable[[ResponseEvent], object] | None = None
    """Called after each attempt, successful or not. An exception is logged and otherwise ignored."""
    on_retry: Callable[[RetryEvent], object] | None = None
    """Called before the wait for a retry. An exception is logged and otherwise ignored."""
    application: str | None = None
    """Name and version of the program, such as `my-tool/1.2`, for the `User-Agent`."""
    client_side_validation: bool = False
    """Whether models are validated against the API's schemas before they are sent: only the documented types and values
    are accepted. By default, only values that no server accepts are rejected."""
    allow_http: bool = False
    """Whether credentials can be sent unencrypted to other hosts than localhost."""
    verify_ssl: bool = True
    """Whether the server's certificate is verified."""
    ssl_ca_cert: str | os.PathLike[str] | None = None
    """File with trusted certificates, or a directory with hashed ones; default the environment, then certifi."""
    ca_cert_data: str | None = None
    """Trusted certificates as text (PEM), instead of `ssl_ca_cert` or in addition to it."""
    cert_file: str | os.PathLike[str] | None = None
    """File with the client's certificate, and with its key if there is no `key_file`."""
    key_file: str | os.PathLike[str] | None = None
    """File with the key of the client's certificate."""
    key_password: str | None = None
    """Password of that key, if it is encrypted."""
    assert_hostname: str | bool | None = None
    """Host name that the certificate must have; default that of the host, False for any."""
    fingerprint: str | None = None
    """Fingerprint (SHA-256, SHA-1 or MD5, hexadecimal) that the server's certificate must have."""
    connection_pool_maxsize: int | None = 0
    """Number of idle connections to keep; 0 or `None` to keep all."""
    proxy: str | None = None
    """URL of an HTTP or SOCKS proxy, with percent-encoded credentials if needed. SOCKS needs `ionoscloud[socks]`."""
    proxy_headers: Mapping[str, str] | None = None
    """Headers for an HTTP proxy."""
    timeout: Timeout = (10.0, 60.0)
    """Seconds to connect and for each read of a response, or one number for both."""
    total_timeout: float | None = 600.0
    """Seconds for a call with all its attempts; `None` for no limit."""
    max_response_bytes: int = 128 * 1024**2
    """Size limit of a response in bytes, decompressed; 100,000 images have 90 MB. Streamed responses
    (`_preload_content=False`) have no limit."""
    retries: Retry | int | bool | None = False
    """A `urllib3.Retry` that decides on retries and waits. `max_wait_time`, `total_timeout` and the retry budget still
    apply, and TLS failures are never retried. An integer replaces `max_retries`. With `None` and (as in 5.0.x) `False`,
    the three settings below apply: `max_retries=0` turns retries off."""
    max_retries: int = 3
    """Maximum number of retries of a request, which are only made if they are safe; 0 for none."""
    wait_time: float = 1.0
    """Seconds before the first retry, doubled for each further one."""
    max_wait_time: float = 60.0
    """Maximum seconds before a retry. If the server asks for a longer wait, the call fails at once."""
    wait_timeout: float | None = 3600.0
    """Seconds to wait for a change, unless the call sets another timeout; `None` for no limit."""
    poll_interval: float | None = None
    """Seconds between two polls while waiting for a change; default `None`: a few tenths of a second at first, and then
    a tenth of the time that has passed, up to 20 seconds."""

    _default: Configuration | None = None
    _class_settings: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # A default of a subclass must not replace a property, or host and version would no longer fit each other.
        inherited = [base._class_settings for base in reversed(cls.__mro__[1:]) if issubclass(base, Configuration)]
        cls._class_settings = {name: value for some in inherited for name, value in some.items()}
        for name, setting in vars(Configuration).items():
            if isinstance(setting, property) and not hasattr(value := getattr(cls, name), "__get__"):
                cls._class_settings[name] = value
                setattr(cls, name, setting)

    @without_locals
    def __init__(
        self,
        host: str | None = None,
        token: str | Mapping[str, str] | Callable[[], str] | None = None,
        token_prefix: str | Mapping[str, str] | None = None,
        username: str | None = None,
        password: str | None = None,
        discard_unknown_keys: bool = False,
        disabled_client_side_validations: str = "",
        server_index: int | None = None,
        server_variables: Mapping[str, str] | None = None,
        server_operation_index: Mapping[str, int] | None = None,
        server_operation_variables: Mapping[str, Mapping[str, str]] | None = None,
        *,
        api_key: dict[str, str] | None = None,
        api_key_prefix: dict[str, str] | None = None,
        api_version: int | str | None = None,
        environ: Mapping[str, str] | None = None,
        temp_folder_path: str | os.PathLike[str] | None = _unless_given(temp_folder_path),
        refresh_token_hook: Callable[[Configuration], object] | None = _unless_given(refresh_token_hook),
        refresh_api_key_hook: Callable[[Configuration], object] | None = _unless_given(refresh_api_key_hook),
        on_request: Callable[[RequestEvent], object] | None = _unless_given(on_request),
        on_response: Callable[[ResponseEvent], object] | None = _unless_given(on_response),
        on_retry: Callable[[RetryEvent], object] | None = _unless_given(on_retry),
        application: str | None = _unless_given(application),
        client_side_validation: bool = _unless_given(client_side_validation),
        allow_http: bool = _unless_given(allow_http),
        verify_ssl: bool = _unless_given(verify_ssl),
        ssl_ca_cert: str | os.PathLike[str] | None = _unless_given(ssl_ca_cert),
        ca_cert_data: str | None = _unless_given(ca_cert_data),
        cert_file: str | os.PathLike[str] | None = _unless_given(cert_file),
        key_file: str | os.PathLike[str] | None = _unless_given(key_file),
        key_password: str | None = _unless_given(None),
        assert_hostname: str | bool | None = _unless_given(assert_hostname),
        fingerprint: str | None = _unless_given(fingerprint),
        connection_pool_maxsize: int | None = _unless_given(connection_pool_maxsize),
        proxy: str | None = _unless_given(proxy),
        proxy_headers: Mapping[str, str] | None = _unless_given(proxy_headers),
        safe_chars_for_path_param: str = _unless_given("/"),
        timeout: Timeout = _unless_given(timeout),
        total_timeout: float | None = _unless_given(total_timeout),
        max_response_bytes: int = _unless_given(max_response_bytes),
        retries: Retry | int | bool | None = _unless_given(retries),
        max_retries: int = _unless_given(max_retries),
        wait_time: float = _unless_given(wait_time),
        max_wait_time: float = _unless_given(max_wait_time),
        wait_timeout: float | None = _unless_given(wait_timeout),
        poll_interval: float | None = _unless_given(poll_interval),
        contract_number: int | str | None = _unless_given(None),
        debug: bool = _unless_given(False),
        logger_file: str | os.PathLike[str] | None = _unless_given(None),
        logger_format: str = _unless_given(_LOGGER_FORMAT),
        **unknown: Never,
    ) -> None:
        settings = {**self._class_settings, **_given(locals())}
        class_host, class_version = settings.pop("host", None), settings.pop("api_version", None)
        class_disabled = settings.pop("disabled_client_side_validations", "")
        variables: Mapping[str, str] = os.environ if environ is None else MAPPING.check("environ", environ)
        self._environment = {
            name: SecretStr(value) if name in _SECRET_VARIABLES else value
            for name in _VARIABLES
            if (value := variables.get(name))
        }
        found = (name for name in _CA_VARIABLES if name in self._environment)
        self._ca_variable = next(((name, self._environment[name]) for name in found), None)
        self._contract_number: int | None = None
        self._debug = False
        self._logger_file: str | os.PathLike[str] | None = None
        self._logger_format = _LOGGER_FORMAT
        self.token = token
        self.token_prefix = token_prefix
        self.api_key = {} if api_key is None else api_key
        self.api_key_prefix = {} if api_key_prefix is None else api_key_prefix
        self.username = username
        self.password = password
        self.discard_unknown_keys = discard_unknown_keys
        self.disabled_client_side_validations = disabled_client_side_validations or class_disabled
        self.server_index = server_index or 0
        self.server_variables = server_variables or {}
        self.server_operation_index = server_operation_index or {}
        self.server_operation_variables = server_operation_variables or {}
        if host is None and server_index is None:
            host = self._environment.get("IONOS_API_URL") if class_host is None else class_host
        self._locate(host, _chosen_version(api_version, {"api_version": class_version}, self._environment))
        for name, variable in _FROM_ENVIRONMENT.items():
            if name not in settings and getattr(self, name) is None:
                text = self._environment.get(variable)
                settings[name] = _parse_headers(text) if name == "proxy_headers" else text
        for name, default in _DEFAULTS.items():
            if name not in settings and getattr(type(self), name) is not default:  # a default of a subclass
                value = getattr(self, name)
                if check_setting(name, value) is not value:
                    settings[name] = value
        # The format comes first, because handlers use it.
        self.logger_format = settings.pop("logger_format", _LOGGER_FORMAT)
        if level := self._environment.get("IONOS_LOG_LEVEL"):
            level = LOG_LEVEL.check("IONOS_LOG_LEVEL", level.strip().lower())
            _logs.apply_level(level, logging.Formatter(self.logger_format))
            if level == "trace":
                settings.setdefault("debug", True)
        for name, value in settings.items():
            setattr(self, name, value)

    @without_locals
    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and name not in _INSTANCE_ATTRIBUTES and not hasattr(type(self), name):
            raise self._unknown(name)
        value = check_setting(name, value)
        # A dict is not copied, so that the caller can replace the token in it.
        super().__setattr__(name, SecretStr(value) if name in _SECRET_TEXTS and type(value) is str else value)

    def _unknown(self, name: str) -> ApiAttributeError:
        cls = type(self)
        known = [some for some in dir(cls) if not some.startswith("_") and not isroutine(getattr(cls, some))]
        return ApiAttributeError(
            f"Configuration has no setting {name}{did_you_mean(name, {*_INSTANCE_ATTRIBUTES, *known})}", [name]
        )

    def _with(self, settings: Mapping[str, Any]) -> Configuration:
        """Return a copy with some other settings."""
        result = copy.copy(self)
        settings = {**settings}
        for name in settings:
            if name in _CONSTRUCTION_ONLY:
                raise ApiValueError(f"{name} can only be given to Configuration()", [name])
            if isroutine(getattr(type(self), name, None)) and name not in SETTINGS:
                raise self._unknown(name)
        if settings.keys() & {*_CREDENTIALS}:
            # Without this, a token of the original would take precedence over a new password, and its password would be
            # sent with another user name, or used for uploads to another account.
            replaced = {name: None for name in ("username", "password") if any(map(settings.get, _REPLACES[name]))}
            settings = {"token": None, "api_key": {}, **dict.fromkeys(_CREDENTIAL_HOOKS), **replaced, **settings}
        if settings.keys() & {"host", "api_version"}:
            version = settings.pop("api_version", self._given_version)
            version = None if version is None else int(check_setting("api_version", version))
            result._locate(settings.pop("host", self._given_host), version)
        # The format comes first, because handlers use it.
        for name in sorted(settings, key="logger_format".__ne__):
            setattr(result, name, settings[name])
        return result

    def __repr__(self) -> str:
        settings = {"host": self.host, "contract_number": self.contract_number}
        settings.update((name, value) for name, value in vars(self).items() if not name.startswith("_") and value)
        for name in _MASKED:
            if settings.get(name):
                settings[name] = MASK
        if self.proxy:
            settings["proxy"] = redact_proxy(self.proxy)
        if self.ca_cert_data:
            settings["ca_cert_data"] = f"{len(self.ca_cert_data)} characters"
        for name, value in settings.items():
            if callable(value):  # a hook may hold a secret
                settings[name] = type(value).__name__
        return f"Configuration({', '.join(f'{name}={value!r}' for name, value in settings.items())})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Configuration:
        result = type(self).__new__(type(self))
        for name, value in vars(self).items():
            # A hook is often a method, whose object belongs to the caller and must not be copied.
            result.__dict__[name] = value if callable(value) else copy.deepcopy(value, memo)
        return result

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "_base_path" in state:  # pickled by 5.0.8 or 6.1.13
            names = {*_KEYWORDS, *_INSTANCE_ATTRIBUTES, "disabled_client_side_validations"}
            host = state["_base_path"]
            host = None if host == HOSTS[DEFAULT_VERSION] else host  # nobody chose the default
            Configuration.__init__(self, host, **published_settings(state, names))
        else:
            self.__dict__.update(state)
            if "_given_host" not in state:  # pickled by 5.1
                self._locate(state["_host"], None)

    @classmethod
    @without_locals
    def set_default(cls, default: Configuration | None) -> None:
        """Set the configuration that is copied for clients created without one; `None` resets it."""
        if default is not None and not isinstance(default, Configuration):
            raise ApiTypeError(f"default must be a Configuration or None, not {type(default).__name__}")
        Configuration._default = copy.deepcopy(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """Return a copy of the default configuration, or a new configuration if none is set."""
        return cls() if Configuration._default is None else copy.deepcopy(Configuration._default)

    @classmethod
    @without_locals
    def from_profile(
        cls,
        name: str | None = None,
        file: str | os.PathLike[str] | None = None,
        *,
        location: str | None = None,
        **settings: Any,
    ) -> Self:
        """Return a configuration with the settings of a profile in the configuration file of `ionosctl`.

        Arguments take precedence over environment variables, and those over the profile. Credentials belong together:
        those of the profile are used only if neither arguments nor the environment have any. Verification and
        authorities of the profile apply only to its endpoint. Needs `ionoscloud[config]`.

        Args:
            name: Name of the profile; default `IONOS_CURRENT_PROFILE`, or else `currentProfile` in the file.
            file: The file; default `IONOS_CONFIG_FILE`, or else `~/.ionos/config`.
            location: Location of the endpoint, such as `de/fra`; default the endpoint for all locations, or else the
                only one.
            settings: Arguments of the class.

        Raises:
            ApiAttributeError: A setting has an unknown name.
            ApiTypeError: An argument has the wrong type.
            ApiValueError: The file cannot be read or is invalid, or the profile does not exist or is incomplete, or
                PyYAML is not installed, or an argument is invalid.
        """
        from ionoscloud._profiles import read_profile  # rarely needed

        environ = settings.get("environ")
        variables: Mapping[str, str] = os.environ if environ is None else MAPPING.check("environ", environ)
        profile = read_profile(name, file, variables)
        stated = {*cls._class_settings, *(name for name, value in settings.items() if value is not None)}
        own: dict[str, Any] = {}
        given = [*map(settings.get, (*_CREDENTIALS, *_CREDENTIAL_HOOKS)), *map(variables.get, _CREDENTIAL_VARIABLES)]
        if not (cls.refresh_token_hook or cls.refresh_api_key_hook or any(given)):
            own.update(profile.credentials())
        if not (stated & {"host", "server_index"} or variables.get("IONOS_API_URL")):
            endpoint = profile.endpoint(TEXT.check("location", location))
            if endpoint:
                version = _chosen_version(settings.get("api_version"), cls._class_settings, variables)
                own["host"] = _host_of(endpoint, version)
                if not endpoint.verify_ssl and "verify_ssl" not in settings and not cls._redefines("verify_ssl"):
                    own["verify_ssl"] = False
                authorities = stated & {"ssl_ca_cert", "ca_cert_data"} or cls.ssl_ca_cert or cls.ca_cert_data
                if not (authorities or any(map(variables.get, _CA_VARIABLES))):
                    own["ca_cert_data"] = endpoint.ca_cert_data
        configuration = cls(**{**settings, **own})
        profile.report_permissions()  # after the log level has been set
        return configuration

    @classmethod
    def _redefines(cls, name: str) -> bool:
        """Return whether a subclass has its own default for a setting."""
        return any(name in vars(base) for base in cls.__mro__[: cls.__mro__.index(Configuration)])

    @property
    def host(self) -> str:
        """URL of the API, without a trailing slash."""
        return self._host

    @host.setter
    def host(self, value: str) -> None:
        self._locate(value, self._given_version)

    @property
    def api_version(self) -> int:
        """Version of the Cloud API, 5 or 6. `None` sets the one that the path of the host ends with, or else 5."""
        return self._api_version

    @api_version.setter
    def api_version(self, value: int | str | None) -> None:
        self._locate(self._given_host, None if value is None else int(value))

    def _locate(self, host: str | None, version: int | None) -> None:
        """Set host and version, of which one can follow from the other.

        Args:
            host: The host that was given; `None` for the documented server.
            version: The version that was given, if any.
        """
        url = normalised_host(host, version or DEFAULT_VERSION) if host is not None else None
        stated = version_in(url)
        if stated is not None and stated not in VERSIONS:
            raise ApiValueError(f"host must be that of Cloud API v5 or v6, such as {HOSTS[6]}, not {url}")
        if stated and version not in (None, stated):
            raise ApiValueError(
                f"host {url} is that of Cloud API v{stated}, but api_version is {version}: change one of them"
                " (the environment sets them with IONOS_API_URL and IONOS_API_VERSION)"
            )
        self._given_host, self._given_version = host, version
        self._api_version = version or stated or DEFAULT_VERSION
        self._host: str = url or self.get_host_from_settings(self.server_index, self.server_variables)

    @property
    def contract_number(self) -> int | None:
        """Contract number of calls that do not specify one."""
        return self._contract_number

    @contract_number.setter
    def contract_number(self, value: int | str | None) -> None:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise ApiValueError(f"contract_number must be an integer, not {describe_value(value)}")
        self._contract_number = value

    @property
    def disabled_client_side_validations(self) -> str:
        """JSON schema keywords that are not validated, separated by commas."""
        return self._disabled_client_side_validations

    @disabled_client_side_validations.setter
    def disabled_client_side_validations(self, value: str | None) -> None:
        value = value or ""
        unknown = {keyword for keyword in value.split(",") if keyword} - JSON_SCHEMA_VALIDATION_KEYWORDS
        if unknown:
            known = ", ".join(sorted(JSON_SCHEMA_VALIDATION_KEYWORDS))  # the value may be a secret in the wrong place
            raise ApiValueError(f"disabled_client_side_validations must be some of {known}, separated by commas")
        self._disabled_client_side_validations = value

    @property
    def debug(self) -> bool:
        """Whether the logger `ionoscloud` also logs headers and bodies, with secrets masked.

        True sets the level of that logger to DEBUG, and adds a handler for stderr unless the program has one.
        """
        return self._debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self._debug = value
        if value:
            _logs.log_to_stderr(logging.Formatter(self.logger_format))

    @property
    def logger_file(self) -> str | os.PathLike[str] | None:
        """File that the logger `ionoscloud` writes to until the program ends. Another value adds a file."""
        return self._logger_file

    @logger_file.setter
    def logger_file(self, value: str | os.PathLike[str] | None) -> None:
        if value:
            _logs.log_to_file(os.fspath(value), logging.Formatter(self.logger_format))
        self._logger_file = value

    @property
    def logger_format(self) -> str:
        """Format of the lines that `debug` and `logger_file` write; set it before them."""
        return self._logger_format

    @logger_format.setter
    def logger_format(self, value: str) -> None:
        self._logger_format = value

    def transport_settings(self) -> tuple[Any, ...]:
        """Return the settings of connections. When they change, new connections are opened.

        The tuple is hashable, and its `repr` shows no secrets.
        """
        headers = self.proxy_headers
        return (
            self.verify_ssl,
            self.ssl_ca_cert,
            self.ca_cert_data,
            self.cert_file,
            self.key_file,
            self.key_password,
            self.assert_hostname,
            self.fingerprint,
            self.proxy,
            tuple(headers.items()) if headers else None,
            self.connection_pool_maxsize,
            self._ca_variable,
        )


_FROM_ENVIRONMENT = {
    "contract_number": "IONOS_CONTRACT_NUMBER",
    "proxy": "IONOS_HTTP_PROXY",
    "proxy_headers": "IONOS_HTTP_PROXY_HEADERS",
    "fingerprint": "IONOS_PINNED_CERT",
}
# The constructor sets only the keyword arguments that were given, so that a subclass can define other defaults.
_CONSTRUCTOR: Any = Configuration.__init__
_KEYWORDS = [name for name, value in _CONSTRUCTOR.__wrapped__.__kwdefaults__.items() if isinstance(value, Default)]
_INSTANCE_ATTRIBUTES = {
    "token",
    "token_prefix",
    "api_key",
    "api_key_prefix",
    "username",
    "password",
    "discard_unknown_keys",
    "server_index",
    "server_variables",
    "server_operation_index",
    "server_operation_variables",
}
# What decides which requests a client sees.
ACCOUNT_SETTINGS = {
    *_CREDENTIALS,
    *_CREDENTIAL_HOOKS,
    *("token_prefix", "api_key_prefix", "host", "api_version"),
}
_CONSTRUCTION_ONLY = {"environ", *(name for name in _INSTANCE_ATTRIBUTES if name.startswith("server_"))}
_DEFAULTS = {
    name: value for name, value in vars(Configuration).items() if name in SETTINGS and not isinstance(value, property)
}


def _chosen_version(given: Any, defaults: Mapping[str, Any], variables: Mapping[str, str]) -> int | None:
    """Return the version of the API that an argument, a subclass or the environment chooses; `None` if none does."""
    version = defaults.get("api_version") if given is None else given
    if version is None and (text := variables.get("IONOS_API_VERSION")):
        return int(SETTINGS["api_version"]._replace(is_optional=False).check("IONOS_API_VERSION", text))
    return None if version is None else int(check_setting("api_version", version))


def _host_of(endpoint: Endpoint, version: int | None) -> str:
    """Return the host for an endpoint of a profile.

    An endpoint without a path gets that of the API. A version that was chosen takes precedence over the one of the
    endpoint.
    """
    url = problem = ""
    try:
        url = normalised_host(endpoint.host, version or DEFAULT_VERSION)
    except ApiValueError as error:
        problem = str(error)
    if problem:
        raise ApiValueError(f"{endpoint.place}: {problem}")
    if urlsplit(endpoint.host if "://" in endpoint.host else f"https://{endpoint.host}").path.strip("/"):
        return _VERSION_IN_PATH.sub(f"/cloudapi/v{version}", url) if version else url
    parts = urlsplit(url)
    if parts.scheme == "https":
        return parts.netloc  # without a path, so that it follows later changes of `api_version`
    return f"http://{parts.netloc}{urlsplit(HOSTS[version or DEFAULT_VERSION]).path}"


def version_in(url: str | None) -> int | None:
    """Return the version of the API that the path of a URL ends with."""
    stated = _VERSION_IN_PATH.search(url or "")
    return int(stated[1]) if stated else None


def normalised_host(host: str, version: int) -> str:
    """Return the URL of a version of the API with a scheme and without a trailing slash.

    Raises:
        ApiTypeError: It is not text.
        ApiValueError: It is not a URL of an API, or it contains credentials.
    """
    if not isinstance(host, str):
        raise ApiTypeError(f"host must be a str, not {type(host).__name__}")
    text = host.strip()
    is_bare = "://" not in text
    harmless = _HARMLESS_HOST.fullmatch(text)
    shown = f", not {harmless[1]!r}" if harmless else ""
    problem = ApiValueError(f"host must be a URL such as {HOSTS[version]}{shown}")
    if "@" in text or "%40" in text:
        raise ApiValueError("host must not contain credentials: set username and password, or token")
    try:
        parts = urlsplit(f"https://{text}" if is_bare else text)
        has_valid_port = parts.port is None or parts.port > 0
    except ValueError:
        raise problem from None
    is_wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment
    if is_wrong or not has_valid_port or " " in text or not text.isprintable():
        raise problem
    default = urlsplit(HOSTS[version])
    path = parts.path.rstrip("/") or (default.path if is_bare or parts.hostname == default.hostname else "")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _parse_headers(text: str | None) -> dict[str, str] | None:
    """Parse headers such as `Name: value, Other-Name: value`."""
    if not text:
        return None
    pairs = [pair.partition(":") for pair in text.split(",")]
    if not all(name.strip() and colon for name, colon, _ in pairs):
        raise ApiValueError("IONOS_HTTP_PROXY_HEADERS must look like `Name: value, Other-Name: value`")
    return {name.strip(): value.strip() for name, _, value in pairs}
