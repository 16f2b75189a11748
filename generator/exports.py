"""Names that `ionoscloud` exports in addition to API classes and models, by the module that defines them."""

from __future__ import annotations

EXPORTS = {
    "ionoscloud._call_options": ["Wait"],
    "ionoscloud._models.base": ["NULL"],
    "ionoscloud.api_client": ["ApiClient"],
    "ionoscloud.configuration": ["Configuration"],
    "ionoscloud.exceptions": [
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
        "NotFoundException",
        "OpenApiException",
        "ResourceLookupError",
        "ServiceException",
        "TimeoutException",
        "TlsException",
        "TooManyRequestsException",
        "UnauthorizedException",
        "UnprocessableEntityException",
    ],
    "ionoscloud.hooks": ["RequestEvent", "ResponseEvent", "RetryEvent"],
    "ionoscloud.lists": ["find", "find_all", "iterate"],
    "ionoscloud.images.errors": ["ImageLookupError", "ImageUploadError"],
    "ionoscloud.images.search": ["find_image", "find_images"],
    "ionoscloud.images.transfer": ["Transfer"],
    "ionoscloud.images.upload": ["describe_images", "transfer_image", "upload_image", "wait_for_images"],
}

# Models that are text, with an `x-class` in the document, by the module that defines them.
TEXT_CLASSES = {"Kubeconfig": "ionoscloud._models.kubeconfig"}
