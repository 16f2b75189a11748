"""Client of the IONOS Cloud API v5.

Every public name is imported when it is first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from ionoscloud._lazy import TYPE_CHECKING, attach as _attach
from ionoscloud.api import MODULES as _API_MODULES
from ionoscloud.models import MODULES as _MODEL_MODULES
from ionoscloud.version import __version__

if TYPE_CHECKING:
    from ionoscloud._models.base import NULL as NULL
    from ionoscloud.api import *
    from ionoscloud.api_client import ApiClient as ApiClient
    from ionoscloud.configuration import Configuration as Configuration
    from ionoscloud.exceptions import (
        ApiAttributeError as ApiAttributeError,
        ApiException as ApiException,
        ApiFailedRequest as ApiFailedRequest,
        ApiKeyError as ApiKeyError,
        ApiTimeout as ApiTimeout,
        ApiTypeError as ApiTypeError,
        ApiValueError as ApiValueError,
        BadRequestException as BadRequestException,
        ConflictException as ConflictException,
        ConnectionException as ConnectionException,
        ForbiddenException as ForbiddenException,
        ImageLookupError as ImageLookupError,
        ImageUploadError as ImageUploadError,
        NotFoundException as NotFoundException,
        OpenApiException as OpenApiException,
        ServiceException as ServiceException,
        TimeoutException as TimeoutException,
        TlsException as TlsException,
        TooManyRequestsException as TooManyRequestsException,
        UnauthorizedException as UnauthorizedException,
        UnprocessableEntityException as UnprocessableEntityException,
    )
    from ionoscloud.hooks import (
        RequestEvent as RequestEvent,
        ResponseEvent as ResponseEvent,
        RetryEvent as RetryEvent,
    )
    from ionoscloud.images.search import find_image as find_image, find_images as find_images
    from ionoscloud.images.transfer import Transfer as Transfer
    from ionoscloud.images.upload import (
        describe_images as describe_images,
        transfer_image as transfer_image,
        upload_image as upload_image,
        wait_for_images as wait_for_images,
    )
    from ionoscloud.models import *

_EXCEPTIONS = (
    "ApiAttributeError",
    "ApiException",
    "ApiFailedRequest",
    "ApiKeyError",
    "ApiTimeout",
    "ApiTypeError",
    "ApiValueError",
    "BadRequestException",
    "ConflictException",
    "ConnectionException",
    "ForbiddenException",
    "ImageLookupError",
    "ImageUploadError",
    "NotFoundException",
    "OpenApiException",
    "ServiceException",
    "TimeoutException",
    "TlsException",
    "TooManyRequestsException",
    "UnauthorizedException",
    "UnprocessableEntityException",
)
_UPLOAD = ("describe_images", "transfer_image", "upload_image", "wait_for_images")
_MODULES = {
    **_API_MODULES,
    **_MODEL_MODULES,
    **dict.fromkeys(_EXCEPTIONS, "ionoscloud.exceptions"),
    **dict.fromkeys(("RequestEvent", "ResponseEvent", "RetryEvent"), "ionoscloud.hooks"),
    **dict.fromkeys(("find_image", "find_images"), "ionoscloud.images.search"),
    **dict.fromkeys(_UPLOAD, "ionoscloud.images.upload"),
    "ApiClient": "ionoscloud.api_client",
    "Configuration": "ionoscloud.configuration",
    "NULL": "ionoscloud._models.base",
    "Transfer": "ionoscloud.images.transfer",
}

__all__ = ["__version__", *_MODULES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = _attach(__name__, _MODULES)
