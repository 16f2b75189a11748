"""Read a profile from the configuration file of the vendor's other clients, such as `ionosctl`.

An error names the place in the file, and never shows what the file contains there: it may be a secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from ionoscloud._argument_errors import ApiValueError, did_you_mean
from ionoscloud._checks import PATH, SETTINGS, TEXT, check_regular_file, is_number
from ionoscloud._logs import log_warning
from ionoscloud._redaction import describe_value

DEFAULT_FILE = "~/.ionos/config"
PRODUCT = "cloud"
_KINDS: dict[type[Any], str] = {
    **{dict: "a mapping", list: "a list", str: "text"},
    **{bool: "true or false", int: "a number", float: "a number"},
}
_reported: set[str] = set()  # files with a warning about their permissions


class _Value:
    """A value of the file.

    Args:
        value: The value; `None` if it is missing or empty.
        place: Where it is, for messages, such as `profiles[0].name`.
        file: Path of the file.
    """

    def __init__(self, value: Any, place: str, file: str) -> None:
        self.value = value
        self.place = place
        self.file = file

    def error(self, problem: str) -> ApiValueError:
        return ApiValueError(f"{self.file}: {self.place} {problem}")

    def _check(self, kind: type, expected: str) -> Any:
        found = self.value.__class__
        if self.value is None or found is kind:
            return self.value
        hint = "; put it in quotes" if kind is str and found not in (dict, list) else ""
        raise self.error(f"must be {expected}, not {_KINDS.get(found, f'a {found.__name__}')}{hint}")

    def get(self, key: str) -> _Value:
        """Return the value of a key, if this is a mapping."""
        place = f"{self.place}.{key}" if self.place != _WHOLE else key
        mapping: dict[str, Any] = self._check(dict, "a mapping") or {}
        return _Value(mapping.get(key), place, self.file)

    def items(self) -> list[_Value]:
        """Return the items, if this is a list."""
        items: list[Any] = self._check(list, "a list") or []
        return [_Value(item, f"{self.place}[{index}]", self.file) for index, item in enumerate(items)]

    def text(self) -> str | None:
        """Return the text; `None` if it is missing or blank."""
        text: str | None = self._check(str, "text")
        return text if text and text.strip() else None

    def is_true(self) -> bool:
        return self._check(bool, "true or false") is True

    def named(self, name: str) -> _Value | None:
        """Return the item of this list that has a name; `None` if there is none.

        Raises:
            ApiValueError: Several have this name.
        """
        found = [item for item in self.items() if item.get("name").text() == name]
        if len(found) > 1:
            raise self.error(f"must not have several items with the name {describe_value(name)}")
        return found[0] if found else None

    def names(self) -> list[str]:
        return [name for item in self.items() if (name := item.get("name").text())]


_WHOLE = "the file"


class Endpoint(NamedTuple):
    """An endpoint of the Cloud API.

    Attributes:
        host: URL or host name.
        place: Where it is in the file, for messages.
        verify_ssl: Whether its certificate is verified.
        ca_cert_data: Certificates that are trusted instead of the default ones.
    """

    host: str
    place: str
    verify_ssl: bool
    ca_cert_data: str | None


class Profile:
    """A profile, and the environment that it names.

    Args:
        file: Path of the file.
        name: Name of the profile; default the one that is current in the file.

    Raises:
        ApiValueError: The file cannot be read, or the profile does not exist or is invalid.
    """

    def __init__(self, file: str, name: str | None) -> None:
        content, self._mode = _load(file)
        self._file = file
        root = _Value(content, _WHOLE, file)
        version = root.get("version")
        if version.value is not None and not _is_supported(version.value):
            raise version.error("must be 1.0: this version of the package cannot read other files")
        profiles, environments = root.get("profiles"), root.get("environments")
        name = root.get("currentProfile").text() if name is None else name
        if name is None:
            raise root.get("currentProfile").error(
                f"is missing: set it or IONOS_CURRENT_PROFILE, or pass the name of a profile{_listed(profiles)}"
            )
        self._profile = _named(profiles, name, "profile")
        environment = self._profile.get("environment")
        if not environment.text():
            raise environment.error(f"is missing: it must name an environment{_listed(environments)}")
        self._environment = _named(environments, environment.text() or "", "environment", environment)

    def report_permissions(self) -> None:
        """Warn once for each file that users other than its owner can access."""
        if os.name == "posix" and self._mode & 0o077 and self._file not in _reported:
            _reported.add(self._file)
            problem = f"contains credentials, but other users have access to it (mode {self._mode:o})"
            log_warning(f"{self._file} {problem}: chmod 600 {self._file}")

    def credentials(self) -> dict[str, str]:
        """Return token, user name and password, as far as the profile has them.

        Raises:
            ApiValueError: They are incomplete.
        """
        section = self._profile.get("credentials")
        found = {name: text for name in ("token", "username", "password") if (text := section.get(name).text())}
        if "token" in found:
            found["token"] = found["token"].strip()
        else:
            missing = [name for name in ("username", "password") if name not in found]
            if len(missing) == 2:
                raise section.error("must have a token, or username and password")
            if missing:
                raise section.get(missing[0]).error("is missing: set it, or a token")
        return found

    def endpoint(self, location: str | None) -> Endpoint | None:
        """Return the endpoint of the Cloud API; `None` for the default one.

        Args:
            location: The location of the endpoint; default the endpoint for all locations, or else the only one.

        Raises:
            ApiValueError: There are several, or none for the location.
        """
        product = self._environment.get("products").named(PRODUCT)
        endpoints = product.get("endpoints") if product else None
        if endpoints is None or not endpoints.items():
            if location is None:
                return None
            raise (product or self._environment.get("products")).error(
                f"must have an endpoint of {PRODUCT!r} for the location {describe_value(location)}"
            )
        items = [(item, item.get("location").text()) for item in endpoints.items()]
        found = [item for item, where in items if where == location]
        if not found and location is None and len(items) == 1:
            found = [items[0][0]]
        if len(found) != 1:
            known = ", ".join(sorted({describe_value(where) for _, where in items if where}))
            which = f"for the location {describe_value(location)}" if location else "without a location"
            hint = f" (locations: {known}); pass location or host" if known else "; pass host"
            raise endpoints.error(f"must have one endpoint {which}, not {len(found)}{hint}")
        host = found[0].get("name")
        if not host.text():
            raise host.error("is missing: it must be the URL or the host name of the API")
        verify_ssl = not found[0].get("skipTlsVerify").is_true()
        return Endpoint(
            (host.text() or "").strip(), f"{host.file}: {host.place}", verify_ssl, self._certificates(found[0])
        )

    def _certificates(self, endpoint: _Value) -> str | None:
        for holder in (endpoint, self._environment):
            found = holder.get("certificateAuthData")
            if text := found.text():
                rule = SETTINGS["ca_cert_data"]._replace(is_optional=False)
                return str(rule.check(f"{found.file}: {found.place}", text))
        return None


def read_profile(name: str | None, file: str | os.PathLike[str] | None, variables: Mapping[str, str]) -> Profile:
    """Read a profile.

    Args:
        name: Its name; default `IONOS_CURRENT_PROFILE`, or else the one that is current in the file.
        file: The file; default `IONOS_CONFIG_FILE`, or else `~/.ionos/config`.
        variables: The environment variables.

    Raises:
        ApiTypeError: An argument has the wrong type.
        ApiValueError: The file cannot be read, or the profile does not exist or is invalid.
    """
    name = TEXT.check("name", name) or variables.get("IONOS_CURRENT_PROFILE") or None
    path = PATH.check("file", file) or variables.get("IONOS_CONFIG_FILE") or DEFAULT_FILE
    return Profile(os.path.expanduser(os.fspath(path)), name)


def _load(file: str) -> tuple[Any, int]:
    """Return the content of a YAML file, and its permissions."""
    try:
        import yaml
    except ImportError:
        yaml = None  # type: ignore[assignment]
    if yaml is None:
        raise ApiValueError('a profile needs PyYAML: pip install "ionoscloud[config]"')
    try:
        check_regular_file(file)
        with open(file, "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode & 0o777
            content = stream.read()
    except FileNotFoundError:
        raise ApiValueError(
            f"{file} does not exist: run `ionosctl config login`, or set IONOS_CONFIG_FILE to the configuration file"
        ) from None
    except (OSError, ValueError) as error:
        raise ApiValueError(f"{file} cannot be read: {error}") from error
    where = ""
    try:
        return yaml.safe_load(content), mode
    except Exception as error:  # of any class: PyYAML also raises a ValueError or an AttributeError for some values
        mark = getattr(error, "problem_mark", None)
        where = f": line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    # Not in the `except` block: the error of PyYAML quotes the file.
    raise ApiValueError(f"{file} is not valid YAML{where}")


def _is_supported(version: Any) -> bool:
    text = str(version).strip()
    return (is_number(version) or isinstance(version, str)) and text.partition(".")[0] == "1"


def _named(items: _Value, name: str, kind: str, place: _Value | None = None) -> _Value:
    """Return the item with a name. The error for another name lists the names, and suggests the closest."""
    found = items.named(name)
    if found:
        return found
    start = f"{items.file}:" if place is None else f"{place.file}: {place.place}:"
    hint = did_you_mean(name, items.names())
    raise ApiValueError(f"{start} {kind} {describe_value(name)} does not exist{_listed(items)}{hint}")


def _listed(items: _Value) -> str:
    names = [describe_value(name) for name in items.names()]
    return f" ({items.place}: {', '.join(names)})" if names else f" ({items.place} is empty)"
