"""Methods of `Configuration` that programs written for 5.0.x call."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ionoscloud import _logs
from ionoscloud._argument_errors import ApiValueError
from ionoscloud._credentials import TOKEN, Credentials
from ionoscloud._redaction import describe_value
from ionoscloud._versions import HOSTS
from ionoscloud.version import __version__


class LegacyConfiguration(Credentials):
    """Adds the methods of 5.0.x to `Configuration`."""

    if TYPE_CHECKING:

        @property
        def host(self) -> str: ...

        @property
        def api_version(self) -> int: ...

    safe_chars_for_path_param: str = "/"
    """Ignored: path arguments are always percent-encoded."""

    @property
    def logger(self) -> dict[str, logging.Logger]:
        """The loggers of the package and of urllib3, by their names in 5.0.x."""
        return {"package_logger": _logs.logger, "urllib3_logger": logging.getLogger("urllib3")}

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

    def to_debug_report(self) -> str:
        """Return a text for bug reports, without secrets."""
        import platform  # slow to import

        return (
            "Python SDK Debug Report:\n"
            f"OS: {platform.system()}\n"
            f"Python Version: {platform.python_version()}\n"
            f"Version of the API: {self.api_version}.0\n"
            f"SDK Package Version: {__version__}"
        )

    def get_host_settings(self) -> list[dict[str, Any]]:
        """Return the documented servers of the API."""
        return [{"url": HOSTS[self.api_version], "description": "The production API."}]

    def get_host_from_settings(
        self,
        index: int | None,
        variables: Mapping[str, str] | None = None,
        servers: list[dict[str, Any]] | None = None,
    ) -> str:
        """Return the URL of a documented server, with its variables replaced.

        Args:
            index: Index of the server; `None` for the configured host.
            variables: Values of the variables in the URL.
            servers: Other servers to choose from.

        Raises:
            ApiValueError: The index or the value of a variable is invalid.
        """
        if index is None:
            return self.host
        servers = self.get_host_settings() if servers is None else servers
        if not 0 <= index < len(servers):
            raise ApiValueError(f"server_index must be from 0 to {len(servers) - 1}, not {describe_value(index)}")
        url: str = servers[index]["url"]
        all_variables: dict[str, dict[str, Any]] = servers[index].get("variables", {})
        for name, variable in all_variables.items():
            default: str = variable["default_value"]
            value = (variables or {}).get(name, default)
            if value not in variable.get("enum_values", [value]):
                raise ApiValueError(f"server variable {name} must be one of {variable['enum_values']}, not {value!r}")
            url = url.replace("{" + name + "}", value)
        return url


def published_settings(state: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return the settings in the state of a configuration that 5.0.8 or 6.1.13 pickled.

    Loggers are dropped, and so are the default waits of those versions, whose unit was never defined.
    """
    private = {name: state.get(f"_Configuration__{name}") for name in ("debug", "logger_file", "logger_format")}
    settings = {name: value for name, value in {**state, **private}.items() if name in names and value is not None}
    for name, default in (("wait_time", 100), ("max_wait_time", 2000)):
        if settings.get(name) == default:
            del settings[name]
    return settings
