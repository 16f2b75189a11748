"""Look up images by alias, name or pattern. The ids of public images change about once a month."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ionoscloud._checks import check_client
from ionoscloud._redaction import describe_value, escape_unprintable
from ionoscloud.exceptions import ApiTypeError, ApiValueError
from ionoscloud.images.errors import ImageLookupError
from ionoscloud.lists import on_lines

if TYPE_CHECKING:
    from ionoscloud.api_client import ApiClient
    from ionoscloud.models.image import Image
    from ionoscloud.models.images import Images

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FILTERS = {
    "alias": "imageAliases",
    "name": "name",
    "pattern": "name",
    "location": "location",
    "image_type": "imageType",
    "licence_type": "licenceType",
    "public": "public",
}
_CRITERIA = ("location", "image_type", "licence_type", "public")
# Attributes that an error shows if they differ between images.
_DIFFERENCES = (*_CRITERIA, "name", "image_aliases", "cloud_init", "size", "description", "created_date")


def find_image(
    client: ApiClient,
    *,
    alias: str | None = None,
    name: str | None = None,
    pattern: str | None = None,
    location: str | None = None,
    image_type: str | None = None,
    licence_type: str | None = None,
    public: bool | None = None,
) -> Image:
    """Return the only image that matches.

    Args:
        client: Client that sends the request.
        alias: An alias of the image, such as `ubuntu:latest`.
        name: Name of the image.
        pattern: Pattern of the name with `*`, `?` and `[...]`, as in `fnmatch`, but case-insensitive. Exactly one of
            alias, name and pattern is required.
        location: Location such as `de/fra`; default any.
        image_type: `HDD` or `CDROM`; default any.
        licence_type: Licence type such as `LINUX`; default any.
        public: True for an image of IONOS, False for a private one; default any.

    Raises:
        ImageLookupError: No image matches, or more than one. The message says how they differ.
        ApiTypeError: An argument has the wrong type.
        ApiValueError: An argument is invalid, or not exactly one of alias, name and pattern is given.
        ApiException: The request failed (`imagesGet`).
    """
    check_client(client)
    query = _Query(zip(_FILTERS, (alias, name, pattern, location, image_type, licence_type, public)))
    images = query.find(client)
    if len(images) == 1:
        return images[0]
    if images:
        raise ImageLookupError(f"{len(images)} images have {query}:{on_lines(_describe_each(images))}", images)
    message = f"no image has {query}"
    if query.criteria:
        others = _Query(query.subject.items())
        mismatches = dict.fromkeys(map(query.mismatch, others.find(client)))
        if mismatches:
            message += f"; {others} exists with:{on_lines([*mismatches])}"
    raise ImageLookupError(message)


def find_images(
    client: ApiClient,
    *,
    alias: str | None = None,
    name: str | None = None,
    pattern: str | None = None,
    location: str | None = None,
    image_type: str | None = None,
    licence_type: str | None = None,
    public: bool | None = None,
) -> list[Image]:
    """Return all images that match, newest first.

    Args:
        client: Client that sends the request.
        alias, name, pattern, location, image_type, licence_type, public: See `find_image`.

    Raises:
        ApiTypeError, ApiValueError, ApiException: See `find_image`.
    """
    check_client(client)
    return _Query(zip(_FILTERS, (alias, name, pattern, location, image_type, licence_type, public))).find(client)


def find_private_images(client: ApiClient, name: str, total_timeout: float) -> list[Image]:
    """Return the private images with a name. `total_timeout` is in seconds."""
    return _Query([("name", name), ("public", False)]).find(client, _total_timeout=total_timeout)


class _Query:
    """A search for the subject (one of alias, name and pattern) with further criteria.

    Args:
        values: Names and values of the arguments of `find_image`; values that are `None` are ignored.
    """

    def __init__(self, values: Iterable[tuple[str, Any]]) -> None:
        self.criteria: dict[str, Any] = {name: value for name, value in values if value is not None}
        for name, value in self.criteria.items():
            expected = bool if name == "public" else str
            if not isinstance(value, expected):
                raise ApiTypeError(f"{name} must be a {expected.__name__}, not {describe_value(value)}")
            if value == "":
                raise ApiValueError(f"{name} must not be empty")
        subjects = [name for name in ("alias", "name", "pattern") if name in self.criteria]
        if len(subjects) != 1:
            given = " and ".join(subjects) or "none"
            raise ApiValueError(f"exactly one of alias, name and pattern must be given, not {given}")
        self.subject: dict[str, Any] = {name: self.criteria.pop(name) for name in subjects}
        self._pattern = _compile(self.subject["pattern"]) if "pattern" in self.subject else None

    def __str__(self) -> str:
        return ", ".join(f"{name} {value!r}" for name, value in {**self.subject, **self.criteria}.items())

    def find(self, client: ApiClient, **options: Any) -> list[Image]:
        """Return the matching images, newest first."""
        from ionoscloud.api.image_api import ImageApi

        values = {**self.subject, **self.criteria}
        if self._pattern:
            values["pattern"] = max(re.split(r"\*|\?|\[!?\]?[^]]*\]", values["pattern"]), key=len)
        # Without maxResults, which the API applies before the filters.
        filters = {f"filter.{_FILTERS[name]}": value for name, value in values.items() if value != ""}
        api: Any = ImageApi(client)
        images: Images = api.images_get(depth=1, query_params=filters, **options)
        # The filters of the API also accept partial matches, and ignore case.
        found = [image for image in images.items or () if self._matches_subject(image) and not self.mismatch(image)]
        return sorted(found, key=_created, reverse=True)

    def _matches_subject(self, image: Image) -> bool:
        aliases, name = _value(image, "image_aliases"), _value(image, "name")
        if self._pattern:
            return isinstance(name, str) and self._pattern.match(name) is not None
        if "alias" in self.subject:
            return isinstance(aliases, list) and self.subject["alias"] in aliases
        return bool(name == self.subject["name"])

    def mismatch(self, image: Image) -> str:
        """Return the values of an image that do not meet the criteria; empty if it meets them all."""
        actual = {name: _value(image, name) for name in self.criteria}
        return ", ".join(f"{name} {value!r}" for name, value in actual.items() if value != self.criteria[name])


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(fnmatch.translate(pattern), re.IGNORECASE)
    except re.error as error:
        problem = escape_unprintable(str(error))
        raise ApiValueError(
            f"pattern must be valid for fnmatch, such as 'ubuntu-*', not {describe_value(pattern)}: {problem}"
        ) from error


def _value(image: Image, name: str) -> Any:
    source = image.metadata if name == "created_date" else image.properties
    return getattr(source, name, None)


def _created(image: Image) -> float:
    date = _value(image, "created_date")
    if not isinstance(date, datetime):
        return float("-inf")
    return ((date if date.tzinfo else date.replace(tzinfo=timezone.utc)) - _EPOCH).total_seconds()


def _describe_each(images: list[Image]) -> list[str]:
    """Return a line for each image, with its id and the values that differ between the images."""
    names = [name for name in _DIFFERENCES if len({repr(_value(image, name)) for image in images}) > 1]
    return [
        ", ".join([escape_unprintable(str(image.id)), *(f"{name} {_shown(_value(image, name))}" for name in names)])
        for image in images
    ]


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
