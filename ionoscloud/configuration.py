"""Settings of a client and where they come from: arguments first, then `IONOS_*` environment variables."""

from __future__ import annotations

import copy
import logging
import os
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ionoscloud import _logs
from ionoscloud._checks import checked, has_rule
from ionoscloud._operation import utf8
from ionoscloud._redaction import MASK, SecretStr, hidden, shown_value, without_locals
from ionoscloud._transport.proxies import without_credentials
from ionoscloud.exceptions import ApiAttributeError, ApiTypeError, ApiValueError
from ionoscloud.version import __version__

if TYPE_CHECKING:
    from typing_extensions import Never
    from urllib3.util import Retry

    from ionoscloud._operation import Timeout
    from ionoscloud.hooks import RequestEvent, ResponseEvent, RetryEvent

TOKEN = "Token Authentication"
BASIC = "Basic Authentication"

JSON_SCHEMA_VALIDATION_KEYWORDS = {
    *("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength"),
    *("pattern", "maxItems", "minItems", "required", "type", "enum"),
}

_LOGGER_FORMAT = "%(asctime)s %(levelname)s %(message)s"
_SERVERS: list[dict[str, Any]] = [{"url": "https://api.ionos.com/cloudapi/v5", "description": "The production API."}]
_SECRETS = (
    *("api_key", "key_password", "password", "proxy_headers", "server_operation_variables", "server_variables"),
    "token",
)
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first that is set counts
_SECRET_VARIABLES = {"IONOS_TOKEN", "IONOS_PASSWORD", "IONOS_HTTP_PROXY", "IONOS_HTTP_PROXY_HEADERS"}
_TEXT_SECRETS = ("key_password", "password", "proxy", "token")
_ENVIRONMENT = (
    *("IONOS_TOKEN", "IONOS_USERNAME", "IONOS_PASSWORD", "IONOS_API_URL", "IONOS_CONTRACT_NUMBER"),
    *("IONOS_HTTP_PROXY", "IONOS_HTTP_PROXY_HEADERS", "IONOS_PINNED_CERT", *_AUTHORITIES),
)
# What is shown of a host that is refused, up to where a path begins.
_HARMLESS_HOST = re.compile(r"((?:[a-z][a-z0-9+.-]{0,9}://)?[a-z0-9.-]*(?::\d{0,5})?)(?:[/?#](?!/).*)?", re.I | re.S)

T = TypeVar("T")


class _Default:
    """The default of an argument: it tells what was not given, and looks like the value that is used then."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return repr(self.value)


def _unless_given(value: T) -> T:
    default: Any = _Default(value)
    return default  # type: ignore[no-any-return]


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that the constructor was given, and what it does not know."""
    settings = {name: arguments[name] for name in _SETTINGS if not isinstance(arguments[name], _Default)}
    return {**settings, **arguments["unknown"]}


class Configuration:
    """Settings of an `ApiClient`.

    Every attribute below can also be given as a keyword argument. What is not given comes from the environment, as it
    was when the configuration was made: `IONOS_TOKEN`, else `IONOS_USERNAME` with `IONOS_PASSWORD`; `IONOS_API_URL`;
    `IONOS_CONTRACT_NUMBER`; `IONOS_HTTP_PROXY` and `IONOS_HTTP_PROXY_HEADERS`; `IONOS_PINNED_CERT`; and where no
    `ssl_ca_cert` is set, the first of `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE`.

    Args:
        host: URL of the API; default `https://api.ionos.com/cloudapi/v5`. A bare host name stands for the API on it.
        token: Access token, or a dict with the token under `Token Authentication`. It wins over a password.
        token_prefix: Scheme of the token, or a dict of the same form; default `Bearer`.
        username: Name of the account.
        password: Password of the account.
        discard_unknown_keys: True to drop what a newer API sends beyond the known fields; default is to keep it.
        disabled_client_side_validations: JSON schema keywords, with commas between, that are not checked.
        server_index: Which of the documented servers to use when no host is given.
        server_variables: Variables in the URL of that server.
        server_operation_index: Servers of single operations; the API has none.
        server_operation_variables: Variables in the URLs of those; the API has none.
        api_key: Access token as 5.0.5 took it: `{"Token Authentication": token}`.
        api_key_prefix: Its scheme as 5.0.5 took it, in a dict of the same form.
        contract_number, debug, ...: Any other attribute by its name; default is that of the class.

    Raises:
        ApiAttributeError: A setting has an unknown name.
        ApiTypeError: A setting is of the wrong type.
        ApiValueError: A setting cannot be right.
    """

    temp_folder_path: str | os.PathLike[str] | None = None
    """Folder for answers that are files; default the system's folder for temporary files."""
    refresh_token_hook: Callable[[Configuration], object] | None = None
    """Called with the configuration before each request, to put a fresh token into it."""
    refresh_api_key_hook: Callable[[Configuration], object] | None = None
    """The same under the name of 5.0.5."""
    on_request: Callable[[RequestEvent], object] | None = None
    """Called before each attempt is sent; can change its headers. What it raises ends the call, with nothing sent."""
    on_response: Callable[[ResponseEvent], object] | None = None
    """Called after each attempt, whether it was answered or failed. What it raises is logged and ends nothing."""
    on_retry: Callable[[RetryEvent], object] | None = None
    """Called when a request will be sent again, before the wait. What it raises is logged and ends nothing."""
    application: str | None = None
    """Name and version of the program, such as `my-tool/1.2`; it goes first in the `User-Agent`."""
    client_side_validation: bool = False
    """Whether model bodies are checked against the API's schemas before they are sent."""
    allow_http: bool = False
    """Whether credentials may go over plain http to other hosts than this one."""
    verify_ssl: bool = True
    """Whether the server's certificate is verified."""
    ssl_ca_cert: str | os.PathLike[str] | None = None
    """File with the trusted certificates, or a folder with hashed ones; default those of the environment, else those of
    certifi."""
    cert_file: str | os.PathLike[str] | None = None
    """File with the client's certificate, and with its key if there is no `key_file`."""
    key_file: str | os.PathLike[str] | None = None
    """File with the key of the client's certificate."""
    key_password: str | None = None
    """Password of that key, if it is encrypted."""
    assert_hostname: str | bool | None = None
    """Host name that the certificate must have, if not the host's own; False for any."""
    fingerprint: str | None = None
    """Fingerprint (SHA-256, SHA-1 or MD5, hexadecimal) that the server's certificate must have."""
    connection_pool_maxsize: int | None = 0
    """How many open connections are kept for reuse; 0 or `None` for as many as there were at the same time."""
    proxy: str | None = None
    """URL of an HTTP or SOCKS proxy, with its credentials, percent-encoded, if it asks for some. SOCKS needs
    `ionoscloud[socks]`."""
    proxy_headers: Mapping[str, str] | None = None
    """Headers for the proxy, unless it is one for SOCKS."""
    safe_chars_for_path_param: str = "/"
    """Kept for programs that set it, without effect: path arguments are always encoded whole."""
    timeout: Timeout = (10.0, 60.0)
    """Seconds to wait for a connection and for each read of an answer; one number stands for both."""
    total_timeout: float | None = 600.0
    """Seconds for a whole call with all its attempts; `None` for no limit."""
    max_response_bytes: int = 128 * 1024**2
    """Largest answer that is read, in bytes, after it was unpacked; 100,000 images have 90 MB. An open answer
    (`_preload_content=False`) has no such limit."""
    retries: Retry | int | bool | None = False
    """A `urllib3.Retry` that decides what is tried again, and after how long; `max_wait_time` and `total_timeout` still
    end it, a client has a budget of retries for an outage, and what cannot be trusted is never tried again. A number
    stands for `max_retries`; `False` and `None` leave it to the three settings below."""
    max_retries: int = 3
    """How often a request is sent again when that is safe; 0 for never."""
    wait_time: float = 1.0
    """Seconds before the first retry; doubled for each further one."""
    max_wait_time: float = 60.0
    """Most seconds before a retry; an answer that asks for more is an error at once."""

    _default: Configuration | None = None

    @without_locals
    def __init__(
        self,
        host: str | None = None,
        token: str | Mapping[str, str] | None = None,
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
        cert_file: str | os.PathLike[str] | None = _unless_given(cert_file),
        key_file: str | os.PathLike[str] | None = _unless_given(key_file),
        key_password: str | None = _unless_given(None),
        assert_hostname: str | bool | None = _unless_given(assert_hostname),
        fingerprint: str | None = _unless_given(fingerprint),
        connection_pool_maxsize: int | None = _unless_given(connection_pool_maxsize),
        proxy: str | None = _unless_given(proxy),
        proxy_headers: Mapping[str, str] | None = _unless_given(proxy_headers),
        safe_chars_for_path_param: str = _unless_given(safe_chars_for_path_param),
        timeout: Timeout = _unless_given(timeout),
        total_timeout: float | None = _unless_given(total_timeout),
        max_response_bytes: int = _unless_given(max_response_bytes),
        retries: Retry | int | bool | None = _unless_given(retries),
        max_retries: int = _unless_given(max_retries),
        wait_time: float = _unless_given(wait_time),
        max_wait_time: float = _unless_given(max_wait_time),
        contract_number: int | str | None = _unless_given(None),
        debug: bool = _unless_given(False),
        logger_file: str | os.PathLike[str] | None = _unless_given(None),
        logger_format: str = _unless_given(_LOGGER_FORMAT),
        **unknown: Never,
    ) -> None:
        settings = _given(locals())
        self._environment = {name: value for name in _ENVIRONMENT if name in os.environ and (value := os.environ[name])}
        found = (name for name in _AUTHORITIES if name in self._environment)
        self._environment_authorities = next(((name, self._environment[name]) for name in found), None)
        self._contract_number: int | None = None
        for name in _SECRET_VARIABLES & {*self._environment}:
            self._environment[name] = SecretStr(self._environment[name])
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
        self.disabled_client_side_validations = disabled_client_side_validations
        self.server_index = server_index or 0
        self.server_variables = server_variables or {}
        self.server_operation_index = server_operation_index or {}
        self.server_operation_variables = server_operation_variables or {}
        if host is None and server_index is None:
            host = self._environment.get("IONOS_API_URL")
        self.host = host if host is not None else self.get_host_from_settings(self.server_index, self.server_variables)
        for name, variable in _FROM_ENVIRONMENT.items():
            if name not in settings and getattr(self, name) is None:
                text = self._environment.get(variable)
                settings[name] = _parse_headers(text) if name == "proxy_headers" else text
        for name, default in _DEFAULTS.items():
            if name not in settings and getattr(type(self), name) is not default:  # that of a subclass
                value = getattr(self, name)
                if checked(name, value) is not value:
                    settings[name] = value
        # The handlers that `debug` and `logger_file` add take the format as it is then.
        for name in sorted(settings, key=lambda name: name != "logger_format"):
            setattr(self, name, settings[name])

    @without_locals
    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and name not in _INSTANCE_ATTRIBUTES and not hasattr(type(self), name):
            from difflib import get_close_matches  # needed by mistakes only

            names = [known for known in {*_INSTANCE_ATTRIBUTES, *dir(type(self))} if not known.startswith("_")]
            close = get_close_matches(name, names, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ApiAttributeError(f"Configuration has no setting {name}{hint}", [name])
        value = checked(name, value)
        # A dict stays the caller's own, who may put another token into it.
        super().__setattr__(name, SecretStr(value) if name in _TEXT_SECRETS and type(value) is str else value)

    def __repr__(self) -> str:
        settings = {"host": self.host, "contract_number": self.contract_number}
        settings.update((name, value) for name, value in vars(self).items() if not name.startswith("_") and value)
        for name in _SECRETS:
            if settings.get(name):
                settings[name] = MASK
        if self.proxy:
            settings["proxy"] = without_credentials(self.proxy)
        for name, value in settings.items():
            if callable(value):  # a hook may hold a secret, too
                settings[name] = type(value).__name__
        return f"Configuration({', '.join(f'{name}={value!r}' for name, value in settings.items())})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Configuration:
        result = type(self).__new__(type(self))
        for name, value in vars(self).items():
            # A hook is often a method: its object belongs to the caller and must stay the same one.
            result.__dict__[name] = value if callable(value) else copy.deepcopy(value, memo)
        return result

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "_base_path" not in state:
            self.__dict__.update(state)
            return
        # Pickled by 5.0.8 or 6.1.13. Their default waits have no unit that holds, and their loggers stay behind.
        names = {*_SETTINGS, *_INSTANCE_ATTRIBUTES, "disabled_client_side_validations"}
        private = {name: state.get(f"_Configuration__{name}") for name in ("debug", "logger_file", "logger_format")}
        settings = {name: value for name, value in {**state, **private}.items() if name in names and value is not None}
        for name, default in (("wait_time", 100), ("max_wait_time", 2000)):
            if settings.get(name) == default:
                del settings[name]
        Configuration.__init__(self, state["_base_path"], **settings)

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """Make a copy of this the configuration of clients that are made without one; `None` ends that."""
        Configuration._default = copy.deepcopy(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """Return a copy of the default configuration, or a new configuration when none is set."""
        return cls() if Configuration._default is None else copy.deepcopy(Configuration._default)

    @property
    def host(self) -> str:
        """URL of the API, without a slash at the end."""
        return self._host

    @host.setter
    def host(self, value: str) -> None:
        self._host = normalised_host(value)

    @property
    def contract_number(self) -> int | None:
        """Contract to act for when a call names none."""
        return self._contract_number

    @contract_number.setter
    def contract_number(self, value: int | str | None) -> None:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise ApiValueError(f"contract_number must be an integer, not {shown_value(value)}")
        self._contract_number = value

    @property
    def disabled_client_side_validations(self) -> str:
        """JSON schema keywords, with commas between, that are not checked."""
        return self._disabled_client_side_validations

    @disabled_client_side_validations.setter
    def disabled_client_side_validations(self, value: str | None) -> None:
        value = value or ""
        unknown = {keyword for keyword in value.split(",") if keyword} - JSON_SCHEMA_VALIDATION_KEYWORDS
        if unknown:
            known = ", ".join(sorted(JSON_SCHEMA_VALIDATION_KEYWORDS))  # the value may be a secret in the wrong place
            raise ApiValueError(f"disabled_client_side_validations must be some of {known}, with commas between")
        self._disabled_client_side_validations = value

    @property
    def debug(self) -> bool:
        """Whether the logger `ionoscloud` also gets headers and bodies, with their secrets masked.

        Switching it on lowers the level of that logger to DEBUG, and shows it on stderr when nothing else would.
        """
        return self._debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self._debug = value
        if value:
            _logs.log_to_stderr(logging.Formatter(self.logger_format))

    @property
    def logger(self) -> dict[str, logging.Logger]:
        """The loggers of the package and of urllib3, by the names that 5.0.x gives them."""
        return {"package_logger": _logs.logger, "urllib3_logger": logging.getLogger("urllib3")}

    @property
    def logger_file(self) -> str | os.PathLike[str] | None:
        """File that the logger `ionoscloud` also writes to, for the rest of the program: another one is one more."""
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
        """Return the settings that connections are made with, to be compared with those of open connections.

        They can be hashed, and their `repr` shows no secrets.
        """
        headers = self.proxy_headers
        return (
            self.verify_ssl,
            self.ssl_ca_cert,
            self.cert_file,
            self.key_file,
            self.key_password,
            self.assert_hostname,
            self.fingerprint,
            self.proxy,
            tuple(headers.items()) if headers else None,
            self.connection_pool_maxsize,
            self._environment_authorities,
        )

    def get_api_key_with_prefix(self, identifier: str = TOKEN, alias: str | None = None) -> str | None:
        """Return the value of the `Authorization` header for the token, after `refresh_api_key_hook`."""
        if self.refresh_api_key_hook:
            self.refresh_api_key_hook(self)
        return self._authorization(identifier) or (self._authorization(alias) if alias else None)

    def get_token_with_prefix(self) -> str | None:
        """Return the value of the `Authorization` header for the token, after `refresh_token_hook`."""
        if self.refresh_token_hook:
            self.refresh_token_hook(self)
        return self._authorization(TOKEN)

    def user_and_password(self) -> tuple[str, str] | None:
        """Return user name and password, each as it was set or else from the environment; `None` when neither is there.

        Raises:
            ApiValueError: Only one of them is there.
        """
        username = self._environment.get("IONOS_USERNAME") if self.username is None else self.username
        password = self._environment.get("IONOS_PASSWORD") if self.password is None else self.password
        password = hidden(password)
        if username is None and password is None:
            return None
        for name, value in (("username", username), ("password", password)):
            utf8(value or "", name)
        if not username or not password:
            missing = "password (or IONOS_PASSWORD)" if username else "username (or IONOS_USERNAME)"
            raise ApiValueError(f"incomplete credentials: set Configuration.{missing}")
        return username, password

    def get_basic_auth_token(self) -> str | None:
        """Return the value of the `Authorization` header for user name and password, which go out as UTF-8."""
        if self.username is None and self.password is None and self._environment.get("IONOS_TOKEN"):
            return None
        found = self.user_and_password()
        if found is None:
            return None
        username, password = found
        if ":" in username:
            raise ApiValueError("username must not contain a colon: HTTP Basic authentication cannot carry it")
        return SecretStr("Basic " + b64encode(f"{username}:{password}".encode()).decode())

    def auth_settings(self) -> dict[str, dict[str, Any]]:
        """Return the credentials by authentication scheme, the one that wins first; empty when there are none.

        Runs `refresh_api_key_hook` and `refresh_token_hook`, each once.
        """
        for hook in (self.refresh_api_key_hook, self.refresh_token_hook):
            if hook:
                hook(self)
        scheme, kind, value = TOKEN, "api_key", self._authorization(TOKEN)
        if not value:
            scheme, kind, value = BASIC, "basic", self.get_basic_auth_token()
        if not value and "IONOS_TOKEN" in self._environment:
            scheme, kind, value = TOKEN, "api_key", _with_scheme(self._environment["IONOS_TOKEN"], None)
        return {scheme: {"type": kind, "in": "header", "key": "Authorization", "value": value}} if value else {}

    def _authorization(self, identifier: str) -> str | None:
        """Return the `Authorization` header for the token that was set, wherever it was set."""
        if not (self.token or self.api_key or self.token_prefix or self.api_key_prefix):
            return None
        token = self._entry("token", identifier) or self._entry("api_key", identifier)
        prefix = self._entry("token_prefix", identifier) or self._entry("api_key_prefix", identifier)
        return _with_scheme(token, prefix) if token else None

    def _entry(self, name: str, identifier: str) -> str | None:
        value: str | Mapping[str, Any] | None = getattr(self, name)
        if not value:
            return None
        if isinstance(value, Mapping):
            if set(value) - {TOKEN, identifier}:  # which may be a token that stands in the place of its name
                del value
                raise ApiValueError(f"{name} must be a dict with the key {TOKEN!r} and no other", [name])
            value = hidden(value.get(identifier))
        elif isinstance(value, str) and name.startswith("api_key"):
            raise ApiTypeError(f"{name} must be a dict with the key {TOKEN!r}, not a str", [name])
        if not isinstance(value, (str, type(None))):
            raise ApiTypeError(f"{name} must be a str, not {type(value).__name__}", [name])
        return value

    def to_debug_report(self) -> str:
        """Return what to put into a bug report; it holds no secrets."""
        import platform  # seldom needed, and slow to import

        return (
            "Python SDK Debug Report:\n"
            f"OS: {platform.system()}\n"
            f"Python Version: {platform.python_version()}\n"
            "Version of the API: 5.0\n"
            f"SDK Package Version: {__version__}"
        )

    def get_host_settings(self) -> list[dict[str, Any]]:
        """Return the documented servers of the API."""
        return copy.deepcopy(_SERVERS)

    def get_host_from_settings(
        self,
        index: int | None,
        variables: Mapping[str, str] | None = None,
        servers: list[dict[str, Any]] | None = None,
    ) -> str:
        """Return the URL of one of the documented servers, with its variables filled in.

        Args:
            index: Which server; `None` for the configured host.
            variables: Values for the variables in the URL.
            servers: Other servers to choose from.

        Raises:
            ApiValueError: There is no such server, or a variable has a value that the server does not know.
        """
        if index is None:
            return self.host
        servers = _SERVERS if servers is None else servers
        if not 0 <= index < len(servers):
            raise ApiValueError(f"server_index must be from 0 to {len(servers) - 1}, not {shown_value(index)}")
        url: str = servers[index]["url"]
        all_variables: dict[str, dict[str, Any]] = servers[index].get("variables", {})
        for name, variable in all_variables.items():
            default: str = variable["default_value"]
            value = (variables or {}).get(name, default)
            if value not in variable.get("enum_values", [value]):
                raise ApiValueError(f"server variable {name} must be one of {variable['enum_values']}, not {value!r}")
            url = url.replace("{" + name + "}", value)
        return url


_FROM_ENVIRONMENT = {
    "contract_number": "IONOS_CONTRACT_NUMBER",
    "proxy": "IONOS_HTTP_PROXY",
    "proxy_headers": "IONOS_HTTP_PROXY_HEADERS",
    "fingerprint": "IONOS_PINNED_CERT",
}
# The constructor sets only those that were given, so that a subclass can have defaults of its own.
_CONSTRUCTOR: Any = Configuration.__init__
_SETTINGS = [name for name, value in _CONSTRUCTOR.__wrapped__.__kwdefaults__.items() if isinstance(value, _Default)]
_INSTANCE_ATTRIBUTES = {
    *("token", "token_prefix", "api_key", "api_key_prefix", "username", "password", "discard_unknown_keys"),
    *("server_index", "server_variables", "server_operation_index", "server_operation_variables"),
}

_DEFAULTS = {
    name: value for name, value in vars(Configuration).items() if has_rule(name) and not isinstance(value, property)
}


def normalised_host(host: str) -> str:
    """Return the URL of the API in its one form: with a scheme, without a slash at the end.

    Raises:
        ApiTypeError: It is no text.
        ApiValueError: It is no such URL, or it carries credentials.
    """
    if not isinstance(host, str):
        raise ApiTypeError(f"host must be a str, not {type(host).__name__}")
    text = host.strip()
    bare = "://" not in text
    documented: str = _SERVERS[0]["url"]
    harmless = _HARMLESS_HOST.fullmatch(text)
    shown = f", not {harmless[1]!r}" if harmless else ""
    problem = ApiValueError(f"host must be a URL such as {documented}{shown}")
    if "@" in text or "%40" in text:
        raise ApiValueError("host must not carry credentials: set username and password, or token")
    try:
        parts = urlsplit(f"https://{text}" if bare else text)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        raise problem from None
    wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment
    if wrong or not port_is_right or " " in text or not text.isprintable():
        raise problem
    of_the_api = bare or parts.hostname == urlsplit(documented).hostname
    path = parts.path.rstrip("/") or (urlsplit(documented).path if of_the_api else "")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _with_scheme(token: str, prefix: str | None) -> str:
    if prefix:
        return SecretStr(token if token.lower().startswith(f"{prefix.lower()} ") else f"{prefix} {token}")
    return SecretStr(token if " " in token.strip() else "Bearer " + token)


def _parse_headers(text: str | None) -> dict[str, str] | None:
    """Return the headers in `Name: value, Other: value`."""
    if not text:
        return None
    pairs = [pair.partition(":") for pair in text.split(",")]
    if not all(name.strip() and colon for name, colon, _ in pairs):
        raise ApiValueError("IONOS_HTTP_PROXY_HEADERS must look like `Name: value, Other-Name: value`")
    return {name.strip(): value.strip() for name, _, value in pairs}
