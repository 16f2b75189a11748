"""Validate settings, options and arguments. Each has a `Rule`, whose errors name the setting or argument."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# The functions take values of any type.

from __future__ import annotations

import math
import os
import re
import stat
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from ionoscloud._argument_errors import ApiTypeError, ApiValueError
from ionoscloud._headers import checked_headers
from ionoscloud._logs import LEVELS
from ionoscloud._redaction import describe_value
from ionoscloud._secret_types import wrap_secrets
from ionoscloud._versions import VERSIONS

T = TypeVar("T")

_FINGERPRINT = re.compile("[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")


def is_integer(value: Any) -> bool:
    """Return whether a value is an integer; a bool is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Return whether a value is an integer or a float; a bool is neither."""
    return isinstance(value, float) or is_integer(value)


def is_seconds(value: Any) -> bool:
    """Return whether a value is a number of seconds, 0 or more, that a float can hold."""
    return is_number(value) and (0 <= value <= sys.float_info.max or value == math.inf)


def is_fingerprint(value: Any) -> bool:
    """Return whether a value is a SHA-256, SHA-1 or MD5 in hexadecimal digits, with or without colons."""
    return isinstance(value, str) and _FINGERPRINT.fullmatch(value.replace(":", "")) is not None


def irregular_kind(found: os.stat_result) -> str | None:
    """Return the kind of a file that is not regular, such as "a directory", and can block; `None` for a regular one."""
    if stat.S_ISREG(found.st_mode):
        return None
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(found.st_mode), "a device")


def check_regular_file(path: str | os.PathLike[str]) -> None:
    """Check that a path is a regular file.

    Raises:
        OSError: It does not exist, or is not accessible.
        ValueError: It is something else, such as the pipe of a process substitution.
    """
    kind = irregular_kind(os.stat(path))
    if kind:
        raise ValueError(f"it must be a regular file, not {kind}")


def check_utf8(text: str, name: str) -> str:
    """Check that UTF-8 can encode a text, and return it.

    Raises:
        ApiValueError: It has half of a surrogate pair. The message contains the name but not the text.
    """
    if not (text.isascii() or _is_utf8(text)):
        # Not in the `except` block: the UnicodeEncodeError holds the text.
        raise ApiValueError(f"{name} must be text that UTF-8 can encode: it has half of a surrogate pair")
    return text


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) or (hasattr(value, "__fspath__") and _is_text(os.fspath(value)))


def _is_retry_policy(value: Any) -> bool:
    if value is False or is_integer(value):
        return True
    from urllib3 import Retry  # slow to import; loaded already if the value is one

    return isinstance(value, Retry)


def _is_format(value: str) -> bool:
    from logging import Formatter

    try:
        return bool(Formatter(value))
    except ValueError:
        return False


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) and len(value) == 2 else (value,)


def _accept_any(value: Any) -> bool:
    return True


class Default:
    """Default of an argument. It marks the argument as not given; its repr shows the value that applies."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return repr(self.value)


def unless_given(value: T) -> T:
    default: Any = Default(value)
    return default  # type: ignore[no-any-return]


class Rule(NamedTuple):
    """The requirements of a value.

    Attributes:
        expected: Description of valid values, for messages.
        has_type: Returns whether a value has the right type.
        is_valid: Returns whether a value of that type is valid.
        is_optional: Whether `None` is valid, too.
        is_secret: Whether the value may be a secret. Messages then do not show it.
    """

    expected: str
    has_type: Callable[[Any], bool]
    is_valid: Callable[[Any], bool] = _accept_any
    is_optional: bool = True
    is_secret: bool = False

    def check(self, name: str, value: Any) -> Any:
        """Validate a value and return it.

        Raises:
            ApiTypeError: It has the wrong type.
            ApiValueError: It is invalid.
        """
        if value is None and self.is_optional:
            return value
        if self.has_type(value):
            if self.is_valid(value):
                return value
            error: type[ApiTypeError | ApiValueError] = ApiValueError
        else:
            error = ApiTypeError
        shown = type(value).__name__ if self.is_secret else _shown(value)
        tail = "" if self.is_secret and error is ApiValueError else f", not {shown}"
        raise error(f"{name} must be {self.expected}{', or None' if self.is_optional else ''}{tail}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if isinstance(value, (bytes, complex, list, tuple)) and len(text) <= 80 else describe_value(value)


def check_client(client: Any, name: str = "client") -> None:
    """Check that an argument is a client: an `ApiClient`, or an object with its methods.

    Raises:
        ApiTypeError: It is something else.
    """
    if not (hasattr(client, "call") or hasattr(client, "call_api")):
        hint = "api.api_client" if hasattr(client, "api_client") else "ApiClient(configuration)"
        raise ApiTypeError(f"{name} must be an ApiClient, such as {hint}, not {type(client).__name__}")


SECONDS = Rule("a number of seconds, 0 or more", is_number, is_seconds, is_optional=False)
WAIT_TIMEOUT = Rule("a number of seconds, 0 or more", is_number, is_seconds)
TOTAL_TIMEOUT = Rule("a number of seconds, more than 0", is_number, lambda value: value > 0 and is_seconds(value))
REQUEST_TIMEOUT = Rule(
    "a number of seconds, more than 0 and finite, or a pair (connect, read)",
    lambda value: all(map(is_number, _as_tuple(value))),
    lambda value: all(0 < seconds <= sys.float_info.max for seconds in _as_tuple(value)),
    is_optional=False,
)
NATURAL = Rule("an integer, 0 or more", is_integer, lambda value: value >= 0, is_optional=False)
POSITIVE = Rule("an integer, 1 or more", is_integer, lambda value: value > 0, is_optional=False)
TEXT = Rule("a str", _is_text)
HOOK = Rule("a function", callable)
FUNCTION = HOOK._replace(is_optional=False)
# Other truthy and falsy values are rejected: `verify_ssl=os.environ.get(...)` could turn verification off.
SWITCH = Rule("True or False", lambda value: value is True or value is False, is_optional=False)
LOG_LEVEL = Rule(f"one of {', '.join(LEVELS)}", _is_text, lambda value: value in LEVELS, is_optional=False)
# Secret, because some programs pass the text of a certificate or key instead of a path.
PATH = Rule(
    "the path of a file",
    _is_path,
    lambda path: not any(mark in os.fspath(path) for mark in ("\n", "-----BEGIN")),
    is_secret=True,
)
MAPPING = Rule("a dict", lambda value: isinstance(value, Mapping), is_secret=True)
_TOKENS = MAPPING._replace(expected="a dict with the key 'Token Authentication'")
_PREFIX = _TOKENS._replace(
    expected="a str, a dict with the key 'Token Authentication'",
    has_type=lambda value: isinstance(value, (str, Mapping)),
)
_TOKEN = _PREFIX._replace(
    expected=f"{_PREFIX.expected}, a function", has_type=lambda value: _PREFIX.has_type(value) or callable(value)
)
_SECRET_TEXT = TEXT._replace(is_secret=True)

SETTINGS: dict[str, Rule] = {
    "verify_ssl": SWITCH,
    "allow_http": SWITCH,
    "client_side_validation": SWITCH,
    "debug": SWITCH,
    "discard_unknown_keys": SWITCH._replace(is_secret=True),  # a misplaced positional argument can be a password
    "on_request": HOOK,
    "on_response": HOOK,
    "on_retry": HOOK,
    "refresh_token_hook": HOOK._replace(is_secret=True),
    "refresh_api_key_hook": HOOK._replace(is_secret=True),
    "timeout": REQUEST_TIMEOUT,
    "total_timeout": TOTAL_TIMEOUT,
    "wait_time": SECONDS,
    "max_wait_time": SECONDS,
    "wait_timeout": WAIT_TIMEOUT,
    "poll_interval": WAIT_TIMEOUT,
    "max_retries": NATURAL,
    "retries": Rule(
        "a urllib3.Retry, an integer of at least 0, False",
        _is_retry_policy,
        lambda value: not is_integer(value) or value >= 0,
    ),
    "max_response_bytes": POSITIVE,
    "connection_pool_maxsize": NATURAL._replace(is_optional=True),
    "pool_threads": POSITIVE._replace(is_optional=True),
    "api_version": Rule(
        " or ".join(map(str, VERSIONS)),
        lambda value: is_integer(value) or _is_text(value),
        lambda value: str(value).strip() in {*map(str, VERSIONS)},
    ),
    "server_index": Rule("an integer", is_integer),
    "assert_hostname": Rule(
        "the host name of the certificate, False for any", lambda value: value is False or _is_text(value)
    ),
    "application": Rule(
        "one line of printable ASCII such as 'my-tool/1.2'",
        _is_text,
        lambda value: value.isascii() and value.isprintable(),
    ),
    "fingerprint": Rule(
        "the SHA-256, SHA-1 or MD5 of a certificate in hexadecimal digits (also in IONOS_PINNED_CERT)",
        _is_text,
        lambda value: not value or is_fingerprint(value),
    ),
    "safe_chars_for_path_param": TEXT._replace(is_optional=False),
    "logger_format": Rule("a format such as '%(asctime)s %(message)s'", _is_text, _is_format),
    "logger_file": PATH,
    "cert_file": PATH,
    "key_file": PATH,
    "ssl_ca_cert": PATH._replace(expected="the path of a file, or of a directory with hashed certificates"),
    "ca_cert_data": Rule(
        "certificates as text that starts with -----BEGIN CERTIFICATE-----",
        _is_text,
        lambda value: "-----BEGIN CERTIFICATE-----" in value and "PRIVATE KEY" not in value,
        is_secret=True,
    ),
    "temp_folder_path": PATH._replace(expected="the path of a directory"),
    # No error shows these values, even if the type is wrong: a secret may be in the wrong setting.
    "token": _TOKEN,
    "token_prefix": _PREFIX,
    "api_key": _TOKENS,
    "api_key_prefix": _TOKENS,
    "username": _SECRET_TEXT,
    "password": _SECRET_TEXT,
    "key_password": _SECRET_TEXT,
    "proxy": _SECRET_TEXT,
    "disabled_client_side_validations": _SECRET_TEXT,
    "server_variables": MAPPING,
    "server_operation_index": MAPPING,
    "server_operation_variables": MAPPING,
    "proxy_headers": MAPPING,
}


def check_setting(name: str, value: Any) -> Any:
    """Validate the value of a setting and return it, with 0 and 1 as booleans where a boolean is expected.

    A setting without a rule can have any value.

    Raises:
        ApiTypeError: It has the wrong type.
        ApiValueError: It is invalid.
    """
    rule = SETTINGS.get(name)
    if rule is None:
        return value
    if rule.has_type is SWITCH.has_type and is_integer(value) and value in (0, 1):
        return value == 1
    rule.check(name, value)
    if name == "proxy_headers" and value is not None:
        return wrap_secrets(checked_headers(value, "proxy_headers: header"))
    return value
