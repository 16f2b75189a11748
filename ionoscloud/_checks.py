"""What settings and options can be: anything else is refused by its name, before a request is made with it."""

from __future__ import annotations

import math
import os
import re
import stat
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ionoscloud._redaction import hidden, shown_value
from ionoscloud.exceptions import ApiTypeError, ApiValueError

_HTTP_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LONGEST_NAME = 40
_OWN_HEADERS = {"Accept", "Accept-Encoding", "Authorization", "Content-Type", "User-Agent", "X-Contract-Number"}
_FINGERPRINT = re.compile("[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")


def checked(name: str, value: Any) -> Any:
    """Return the value of a setting or an option as it is used; what has no rule is left alone.

    Raises:
        ApiTypeError: It is of the wrong type.
        ApiValueError: It cannot be right.
    """
    if name == "proxy_headers" and value is not None:
        if not _is_mapping(value):
            raise ApiTypeError(f"proxy_headers must be a dict, not {type(value).__name__}")
        return hidden(headers_as_text(value, "proxy_headers: header"))
    if name in _SWITCHES and is_whole(value) and value in (0, 1):
        return value == 1
    rule = _RULES.get(name) or _SECRET_RULES.get(name)
    if rule:
        has_right_type, is_right, words = rule
        if not has_right_type(value):
            shown = _shown(value) if name in _RULES else type(value).__name__
            raise ApiTypeError(f"{name} must be {words}, not {shown}")
        if not is_right(value):
            raise ApiValueError(f"{name} must be {words}" + (f", not {_shown(value)}" if name in _RULES else ""))
    return value


def has_rule(name: str) -> bool:
    """Say whether `checked` refuses some values of a setting."""
    return name in _RULES or name in _SECRET_RULES or name == "proxy_headers"


def _shown(value: Any) -> str:
    """Return a value for one of the settings with a rule, none of which is a secret."""
    text = repr(value)
    return text if isinstance(value, (bytes, complex, list, tuple)) and len(text) <= 80 else shown_value(value)


def headers_as_text(headers: Mapping[Any, Any], what: str = "header") -> dict[str, str]:
    """Return headers with their values as text; the values stay out of messages, since they may be secrets.

    Raises:
        ApiTypeError: A name is no text, or a value neither text nor a number.
        ApiValueError: A name or a value has characters that HTTP cannot carry.
    """
    if _is_plain(headers):
        return dict(headers)
    result: dict[str, str] = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, (str, bytes, int)):
            raise ApiTypeError(
                f"{what} {_shown_name(name)} must have a text or a number as its value, and a text as its name"
            )
        if not _HTTP_TOKEN.fullmatch(name):
            raise ApiValueError(f"{what} {_shown_name(name)} must have a name of letters, digits and !#$%&'*+-.^_`|~")
        text = hidden(value.decode("latin-1")) if isinstance(value, bytes) else str(value)
        if not (text.replace("\t", "").isprintable() and (text.isascii() or max(text) <= "\xff")):
            raise ApiValueError(f"{what} {name} must be one line of printable Latin-1: its value has other characters")
        result[name] = text
    return result


def check_method(method: Any) -> None:
    """Refuse what is no HTTP method.

    Raises:
        ApiTypeError: It is no text.
        ApiValueError: It has other characters than HTTP permits.
    """
    if not isinstance(method, str):
        raise ApiTypeError(f"method must be a str such as 'GET', not {shown_value(method)}")
    if not _HTTP_TOKEN.fullmatch(method):
        raise ApiValueError(f"method must be an HTTP method such as 'GET', not {shown_value(method)}")


def _shown_name(name: Any) -> str:
    """Return the name of a header, or its type where it may be the value, taken for the name."""
    return shown_value(name, secret=isinstance(name, str) and (" " in name or len(name) > _LONGEST_NAME))


def is_whole(value: Any) -> bool:
    """Say whether a value is a whole number; `True` and `False` are none, though Python counts them among them."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Say whether a value is a number, whole or not."""
    return isinstance(value, float) or is_whole(value)


def is_seconds(value: Any) -> bool:
    """Say whether a value is a number of seconds from 0 on that a float can hold."""
    return is_number(value) and (0 <= value <= sys.float_info.max or value == math.inf)


def is_fingerprint(value: Any) -> bool:
    """Say whether a value is the SHA-256, SHA-1 or MD5 of a certificate in hexadecimal digits, colons aside."""
    return isinstance(value, str) and _FINGERPRINT.fullmatch(value.replace(":", "")) is not None


def irregular(found: os.stat_result) -> str | None:
    """Return what a path is when it is not a regular file, so that opening it could block; else `None`."""
    if stat.S_ISREG(found.st_mode):
        return None
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(found.st_mode), "a device")


def check_regular(path: str | os.PathLike[str]) -> None:
    """Refuse a path that is no regular file.

    Raises:
        OSError: There is nothing, or it cannot be asked for.
        ValueError: It is something else, such as the pipe of a process substitution.
    """
    kind = irregular(os.stat(path))
    if kind:
        raise ValueError(f"it must be a regular file, not {kind}")


def _is_plain(headers: Mapping[Any, Any]) -> bool:
    """Say whether all is right already, as it is with nearly every request."""
    try:
        values = "".join(headers.values())
        names_are_right = _OWN_HEADERS.issuperset(headers) or all(map(_HTTP_TOKEN.fullmatch, headers))
        return names_are_right and values.isascii() and values.isprintable()
    except TypeError:
        return False


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_retries(value: Any) -> bool:
    if value is None or value is False or is_whole(value):
        return True
    from urllib3 import Retry  # slow to import, and whoever has one has imported it

    return isinstance(value, Retry)


def _is_path(value: Any) -> bool:
    is_path: bool = hasattr(value, "__fspath__") and _is_text(os.fspath(value))
    return value is None or isinstance(value, str) or is_path


def _is_no_content(path: Any) -> bool:
    """Say whether this can be a path: some pass the text of a certificate or a key, which no error must show."""
    return path is None or not any(mark in os.fspath(path) for mark in ("\n", "-----BEGIN"))


def _is_format(value: str | None) -> bool:
    from logging import Formatter

    try:
        return bool(Formatter(value))
    except ValueError:
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_mapping_or_none(value: Any) -> bool:
    return value is None or isinstance(value, Mapping)


def _any(value: Any) -> bool:
    return True


def _each(value: float | tuple[Any, ...]) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) and len(value) == 2 else (value,)


_Rule = tuple[Callable[[Any], bool], Callable[[Any], bool], str]  # the type, the value, and both in words

_SECONDS: _Rule = (is_number, is_seconds, "a number of seconds from 0 on")
_TIMEOUT: _Rule = (
    lambda value: all(map(is_number, _each(value))),
    lambda value: all(0 < seconds <= sys.float_info.max for seconds in _each(value)),
    "a number of seconds, more than 0 and finite, or a pair (connect, read) of such",
)
_TOTAL: _Rule = (
    lambda value: value is None or is_number(value),
    lambda value: value is None or (value > 0 and is_seconds(value)),
    "a number of seconds, more than 0, or None for no limit",
)
_HOOK: _Rule = (lambda value: value is None or callable(value), _any, "a function, or None")
# What has a truth value only could switch verification off by accident: `verify_ssl=os.environ.get(...)` does.
_SWITCH: _Rule = (lambda value: value is True or value is False, _any, "True or False")
_TEXT: _Rule = (_is_text_or_none, _any, "a str, or None")
_TOKEN: _Rule = (
    lambda value: _is_text_or_none(value) or _is_mapping(value),
    _any,
    "a str, a dict with the key 'Token Authentication', or None",
)
_TOKENS: _Rule = (_is_mapping_or_none, _any, "a dict with the key 'Token Authentication', or None")
_VARIABLES: _Rule = (_is_mapping_or_none, _any, "a dict, or None")
_FILE: _Rule = (_is_path, _is_no_content, "the path of a file, or None")
_SWITCHES = {"verify_ssl", "allow_http", "client_side_validation", "debug", "discard_unknown_keys"}
_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_SWITCHES - {"discard_unknown_keys"}, _SWITCH),
    "on_request": _HOOK,
    "on_response": _HOOK,
    "on_retry": _HOOK,
    "timeout": _TIMEOUT,
    "_request_timeout": _TIMEOUT,
    "total_timeout": _TOTAL,
    "_total_timeout": _TOTAL,
    "max_retries": (is_whole, lambda value: value >= 0, "a whole number from 0 on"),
    "wait_time": _SECONDS,
    "max_wait_time": _SECONDS,
    "max_response_bytes": (is_whole, lambda value: value > 0, "a whole number of bytes, more than 0"),
    "retries": (
        _is_retries,
        lambda value: not is_whole(value) or value >= 0,
        "a urllib3.Retry, a whole number from 0 on, False or None",
    ),
    "connection_pool_maxsize": (
        lambda value: value is None or is_whole(value),
        lambda value: value is None or value >= 0,
        "a whole number from 0 on, or None",
    ),
    "assert_hostname": (
        lambda value: value is False or _is_text_or_none(value),
        _any,
        "the host name that the certificate must have, False for any, or None",
    ),
    "application": (
        _is_text_or_none,
        lambda value: not value or (value.isascii() and value.isprintable()),
        "a line of printable ASCII such as 'my-tool/1.2', or None",
    ),
    "pool_threads": (
        lambda value: value is None or is_whole(value),
        lambda value: value is None or value > 0,
        "a whole number from 1 on, or None for as many as there are processors",
    ),
    "server_index": (lambda value: value is None or is_whole(value), _any, "a whole number, or None"),
    "safe_chars_for_path_param": (_is_text, _any, "a str"),
    "logger_format": (_is_text_or_none, _is_format, "a format for logging, such as '%(asctime)s %(message)s'"),
    "fingerprint": (
        _is_text_or_none,
        lambda value: not value or is_fingerprint(value),
        "the SHA-256, SHA-1 or MD5 of a certificate in hexadecimal digits (also as IONOS_PINNED_CERT)",
    ),
}
# Whose values may be secrets, if only because somebody took one setting for another: errors show none of them.
_SECRET_RULES: dict[str, _Rule] = {
    "discard_unknown_keys": _SWITCH,  # follows the password
    "disabled_client_side_validations": _TEXT,
    "refresh_token_hook": _HOOK,
    "refresh_api_key_hook": _HOOK,
    "token": _TOKEN,
    "token_prefix": _TOKEN,
    "api_key": _TOKENS,
    "api_key_prefix": _TOKENS,
    "username": _TEXT,
    "password": _TEXT,
    "key_password": _TEXT,
    "server_variables": _VARIABLES,
    "server_operation_index": _VARIABLES,
    "server_operation_variables": _VARIABLES,
    "cert_file": _FILE,
    "key_file": _FILE,
    "ssl_ca_cert": (_is_path, _is_no_content, "the path of a file, or of a folder with hashed certificates, or None"),
    "logger_file": _FILE,
    "temp_folder_path": (_is_path, _is_no_content, "the path of a folder, or None"),
    "proxy": _TEXT,
}
