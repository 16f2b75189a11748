"""Errors of image lookups and uploads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionoscloud.exceptions import ApiException, ResourceLookupError

if TYPE_CHECKING:
    from ionoscloud.images.transfer import Transfer
    from ionoscloud.models.image import Image


class ImageLookupError(ResourceLookupError):
    """The number of matching images is not exactly one.

    Attributes:
        message: The search criteria and the images found.
        candidates: The matching images, newest first; empty if there is none.
    """

    candidates: list[Image]


class ImageUploadError(ApiException):
    """An upload failed; the first error is the `__cause__`.

    If the cause is an `ApiException`, this error has its status, body and headers, too.

    Attributes:
        message: What failed, and the state of the image in each location.
        transfers: The transfers to all locations with their states.
        images: The images that are already listed.
    """

    def __init__(
        self,
        message: str,
        transfers: Sequence[Transfer] = (),
        images: Sequence[Image] = (),
        cause: BaseException | None = None,
    ) -> None:
        super().__init__()
        if isinstance(cause, ApiException):
            self.__dict__.update(vars(cause))
        self.args = (message,)
        self.message = message
        self.transfers = list(transfers)
        self.images = list(images)

    def __str__(self) -> str:
        return self.message
