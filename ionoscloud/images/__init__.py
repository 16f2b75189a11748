"""Look up images, and upload your own."""

from __future__ import annotations

from ionoscloud._lazy import TYPE_CHECKING, attach

if TYPE_CHECKING:
    from ionoscloud.images.errors import ImageLookupError as ImageLookupError, ImageUploadError as ImageUploadError
    from ionoscloud.images.search import find_image as find_image, find_images as find_images
    from ionoscloud.images.transfer import Transfer as Transfer
    from ionoscloud.images.upload import (
        describe_images as describe_images,
        transfer_image as transfer_image,
        upload_image as upload_image,
        wait_for_images as wait_for_images,
    )

MODULES = {
    "ImageLookupError": "ionoscloud.images.errors",
    "ImageUploadError": "ionoscloud.images.errors",
    "Transfer": "ionoscloud.images.transfer",
    "describe_images": "ionoscloud.images.upload",
    "find_image": "ionoscloud.images.search",
    "find_images": "ionoscloud.images.search",
    "transfer_image": "ionoscloud.images.upload",
    "upload_image": "ionoscloud.images.upload",
    "wait_for_images": "ionoscloud.images.upload",
}

__all__ = [*MODULES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = attach(__name__, MODULES)
