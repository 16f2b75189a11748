"""Choose credentials by precedence, and build the `Authorization` header."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from ionoscloud._argument_errors import ApiTypeError, ApiValueError
from ionoscloud._checks import check_utf8
from ionoscloud._secret_types import SecretStr, wrap_secrets

TOKEN = "Token Authentication"
BASIC = "Basic Authentication"


class Credentials:
    """The part of `Configuration` that authenticates requests."""

    token: str | Mapping[str, str] | Callable[[], str] | None
    token_prefix: str | Mapping[str, str] | None
    api_key: Mapping[str, str]
    api_key_prefix: Mapping[str, str]
    username: str | None
    password: str | None
    refresh_token_hook: Callable[[Any], object] | None
    refresh_api_key_hook: Callable[[Any], object] | None
    _environment: dict[str, str]

    def user_and_password(self) -> tuple[str, str] | None:
        """Return user name and password, as set or from the environment; `None` if there is neither.

        Raises:
            ApiValueError: Only one of them is set.
        """
        username = self._environment.get("IONOS_USERNAME") if self.username is None else self.username
        password = self._environment.get("IONOS_PASSWORD") if self.password is None else self.password
        password = wrap_secrets(password)
        if username is None and password is None:
            return None
        for name, value in (("username", username), ("password", password)):
            check_utf8(value or "", name)
        if not username or not password:
            missing = "password (or IONOS_PASSWORD)" if username else "username (or IONOS_USERNAME)"
            raise ApiValueError(f"incomplete credentials: set Configuration.{missing}")
        return username, password

    def get_basic_auth_token(self) -> str | None:
        """Return the `Authorization` header for user name and password, encoded as UTF-8."""
        if self.username is None and self.password is None and self._environment.get("IONOS_TOKEN"):
            return None
        found = self.user_and_password()
        if found is None:
            return None
        username, password = found
        if ":" in username:
            raise ApiValueError("username must not contain a colon: HTTP Basic authentication does not support it")
        return SecretStr("Basic " + b64encode(f"{username}:{password}".encode()).decode())

    def auth_settings(self) -> dict[str, dict[str, Any]]:
        """Return the credentials by authentication scheme, in order of precedence; empty if there are none.

        Calls `refresh_api_key_hook` and `refresh_token_hook` first.
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
        """Return the `Authorization` header for the token that was set, under any of its names."""
        if not (self.token or callable(self.token) or self.api_key or self.token_prefix or self.api_key_prefix):
            return None
        token = self._entry("token", identifier) or self._entry("api_key", identifier)
        prefix = self._entry("token_prefix", identifier) or self._entry("api_key_prefix", identifier)
        return _with_scheme(token, prefix) if token else None

    def _entry(self, name: str, identifier: str) -> str | None:
        """Return the value of a setting that is text, or a dict with the authentication scheme as its key."""
        if name == "token" and callable(self.token):
            return _token_of(self.token)
        value: str | Mapping[str, Any] | None = getattr(self, name)
        if not value:
            return None
        if isinstance(value, Mapping):
            if set(value) - {TOKEN, identifier}:  # not shown: a program may have used the token as the key
                del value
                raise ApiValueError(f"{name} must be a dict with the key {TOKEN!r} and no other", [name])
            value = wrap_secrets(value.get(identifier))
        elif isinstance(value, str) and name.startswith("api_key"):
            raise ApiTypeError(f"{name} must be a dict with the key {TOKEN!r}, not a str", [name])
        if not isinstance(value, (str, type(None))):
            raise ApiTypeError(f"{name} must be a str, not {type(value).__name__}", [name])
        return value


def _token_of(function: Callable[[], object]) -> str:
    """Call the function that a program has set as the token. An empty token must not select other credentials."""
    token = function()
    if not isinstance(token, str):
        raise ApiTypeError(f"token must be a function that returns a str, not {type(token).__name__}", ["token"])
    if not token.strip():
        raise ApiValueError("token must be a function that returns a token, not an empty str", ["token"])
    return SecretStr(token)


def _with_scheme(token: str, prefix: str | None) -> str:
    if prefix:
        return SecretStr(token if token.lower().startswith(f"{prefix.lower()} ") else f"{prefix} {token}")
    return SecretStr(token if " " in token.strip() else "Bearer " + token)
