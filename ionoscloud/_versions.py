"""The versions of the API: what differs between them, and the message about something that one of them lacks."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, TypeVar

T = TypeVar("T")

VERSIONS = (5, 6)
DEFAULT_VERSION = 5
HOSTS = {version: f"https://api.ionos.com/cloudapi/v{version}" for version in VERSIONS}


def is_missing(what: str, version: int, since: int, until: int) -> str:
    """Return the message for something that a version lacks, since it exists from `since` to `until`."""
    other = since if version < since else until
    return (
        f"{what} is not part of Cloud API v{version}, only of v{other}"
        f" (set Configuration.api_version or IONOS_API_VERSION to {other})"
    )


def with_changes(original: T, changes: Mapping[str, Any]) -> T:
    """Return a copy of something with the attributes that differ in another version."""
    result = copy(original)
    for name, value in changes.items():
        setattr(result, name, value)
    return result
