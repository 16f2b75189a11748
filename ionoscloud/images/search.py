"""Finding images: public ones get a new id about monthly, so that programs look them up by alias or name."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ionoscloud._redaction import printable, shown_value
from ionoscloud.exceptions import ApiTypeError, ApiValueError, ImageLookupError

if TYPE_CHECKING:
    from ionoscloud.api_client import ApiClient
    from ionoscloud.models.image import Image
    from ionoscloud.models.images import Images

SHOWN = 10  # candidates, and other places to look, that an error lists
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_CRITERIA = ("location", "image_type", "licence_type", "public")
_WIRE_NAMES = {
    **{"alias": "imageAliases", "name": "name", "pattern": "name", "location": "location"},
    **{"image_type": "imageType", "licence_type": "licenceType", "public": "public"},
}
# What tells images apart, as an error shows it.
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
    """Return the one image that is what was asked for.

    Args:
        client: Client that asks.
        alias: One of the image's aliases, such as `ubuntu:latest`.
        name: Its name.
        pattern: Pattern of its name, with `*`, `?` and `[...]` as in `fnmatch`, whatever the case of the letters.
            Exactly one of alias, name and pattern must be given.
        location: Where it is, such as `de/fra`; default anywhere.
        image_type: `HDD` or `CDROM`; default any.
        licence_type: Such as `LINUX`; default any.
        public: True for an image of IONOS, False for one of yours; default any.

    Raises:
        ImageLookupError: There is no such image, or more than one; the message says how to tell them apart.
        ApiTypeError: An argument is of the wrong type.
        ApiValueError: Not exactly one of alias, name and pattern is given, or one cannot be right.
        ApiException: Asking went wrong (`imagesGet`).
    """
    wanted = _Wanted(alias, name, pattern, location, image_type, licence_type, public)
    images = wanted.find(client)
    if len(images) == 1:
        return images[0]
    if images:
        raise ImageLookupError(f"{len(images)} images have {wanted}:{_lines(_told_apart(images))}", images)
    elsewhere = wanted.without_criteria().find(client) if len(wanted.values) > 1 else []
    message = f"no image has {wanted}"
    if elsewhere:
        message += f"; {wanted.subject} exists with:{_lines(wanted.deviations(elsewhere))}"
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
    """Return all images that are what was asked for, the newest first.

    Args:
        client: Client that asks.
        alias, name, pattern, location, image_type, licence_type, public: See `find_image`.

    Raises:
        ApiTypeError, ApiValueError, ApiException: See `find_image`.
    """
    return _Wanted(alias, name, pattern, location, image_type, licence_type, public).find(client)


def find_own_images(client: ApiClient, name: str, total_timeout: float | None) -> list[Image]:
    """Return the private images of a name, asked for within so many seconds."""
    return _Wanted(None, name, None, None, None, None, False).find(client, _total_timeout=total_timeout)


class _Wanted:
    """What is asked for: one of alias, name and pattern, and any of the criteria."""

    def __init__(self, *values: Any) -> None:
        self.values = {name: value for name, value in zip(_WIRE_NAMES, values) if value is not None}
        subjects = [name for name in ("alias", "name", "pattern") if name in self.values]
        if len(subjects) != 1:
            raise ApiValueError(
                f"exactly one of alias, name and pattern must be given, not {' and '.join(subjects) or 'none'}"
            )
        for name, value in self.values.items():
            if not isinstance(value, bool if name == "public" else str):
                right = "True or False" if name == "public" else "a str"
                raise ApiTypeError(f"{name} must be {right}, not {shown_value(value)}")
            if value == "":
                raise ApiValueError(f"{name} must not be empty")
        self._key = subjects[0]
        self._matches_name = _name_matcher(self.values["pattern"]) if self._key == "pattern" else None

    def __str__(self) -> str:
        return ", ".join(f"{name} {value!r}" for name, value in self.values.items())

    @property
    def subject(self) -> str:
        return f"{self._key} {self.values[self._key]!r}"

    def without_criteria(self) -> _Wanted:
        return _Wanted(*(self.values[name] if name == self._key else None for name in _WIRE_NAMES))

    def find(self, client: ApiClient, **options: Any) -> list[Image]:
        from ionoscloud.api.image_api import ImageApi

        # Never with maxResults, which the API applies before it filters.
        api: Any = ImageApi(client)
        answer: Images = api.images_get(depth=1, query_params=self._filters(), **options)
        return sorted(filter(self._matches, answer.items or ()), key=_created, reverse=True)

    def _filters(self) -> Mapping[str, Any]:
        values = dict(self.values)
        if "pattern" in values:
            values["pattern"] = max(re.split(r"\*|\?|\[!?\]?[^]]*\]", values["pattern"]), key=len)
        return {f"filter.{_WIRE_NAMES[name]}": value for name, value in values.items() if value != ""}

    def _matches(self, image: Image) -> bool:
        """Check again: the API's filters look for a part of a value, whatever its case."""
        aliases, name = _value(image, "image_aliases"), _value(image, "name")
        if self._key == "alias":
            found = isinstance(aliases, list) and self.values["alias"] in aliases
        elif self._matches_name:
            found = isinstance(name, str) and self._matches_name(name)
        else:
            found = name == self.values["name"]
        return found and all(_value(image, name) == value for name, value in self._criteria())

    def _criteria(self) -> Iterator[tuple[str, Any]]:
        return ((name, self.values[name]) for name in _CRITERIA if name in self.values)

    def deviations(self, images: list[Image]) -> list[str]:
        """Return in what the images are not what was asked for, each way once."""
        ways = (
            ", ".join(
                f"{name} {_value(image, name)!r}" for name, value in self._criteria() if _value(image, name) != value
            )
            for image in images
        )
        return list(dict.fromkeys(ways))


def _name_matcher(pattern: str) -> Callable[[str], bool]:
    try:
        match = re.compile(fnmatch.translate(pattern), re.IGNORECASE).match
    except re.error as error:
        raise ApiValueError(
            f"pattern must be one of fnmatch, such as 'ubuntu-*', not {shown_value(pattern)}: {printable(str(error))}"
        ) from error
    return lambda name: match(name) is not None


def _value(image: Image, name: str) -> Any:
    source = image.metadata if name == "created_date" else image.properties
    return getattr(source, name, None)


def _created(image: Image) -> float:
    date = _value(image, "created_date")
    if not isinstance(date, datetime):
        return float("-inf")
    return ((date if date.tzinfo else date.replace(tzinfo=timezone.utc)) - _EPOCH).total_seconds()


def _told_apart(images: list[Image]) -> list[str]:
    """Return a line for each image, with its id and what it differs from the others in."""
    names = [name for name in _DIFFERENCES if len({repr(_value(image, name)) for image in images}) > 1]
    return [
        ", ".join([printable(str(image.id)), *(f"{name} {_shown(_value(image, name))}" for name in names)])
        for image in images
    ]


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)


def _lines(lines: list[str]) -> str:
    more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "".join(f"\n  {line}" for line in (*lines[:SHOWN], *more))
