"""Code that mypy and pyright must reject; they report lines without an error. This file is never run."""

from __future__ import annotations

from ionoscloud import Configuration, Image, ImageApi, ImageProperties, Images, KubernetesApi, Type
from ionoscloud.models.image_properties import ImageType


def calls(api: ImageApi, image: Image, kubernetes: KubernetesApi) -> None:
    api.images_get(dept=1)  # type: ignore[call-overload]
    api.images_get(1)  # type: ignore[call-overload]
    api.images_get(depth="1")  # type: ignore[call-overload]
    api.images_get(dept=1, async_req=True)  # type: ignore[call-overload]
    api.images_get(depth="1", async_req=True)  # type: ignore[call-overload]
    api.images_get(depth="1", response_type="object")  # type: ignore[call-overload]
    api.images_get(async_req="yes")  # type: ignore[call-overload]
    api.images_find_by_id()  # type: ignore[call-overload]
    api.images_find_by_id(1)  # type: ignore[call-overload]
    api.images_patch("id", image)  # type: ignore[call-overload]
    api.images_put("id", "name")  # type: ignore[call-overload]
    kubernetes.k8s_versions_get(depth=1)  # type: ignore[call-overload]
    kubernetes.k8s_versions_get(depth=1, async_req=True)  # type: ignore[call-overload]
    api.image_get()  # type: ignore[attr-defined]


def results(api: ImageApi) -> None:
    print(api.images_get(async_req=True).items)  # type: ignore[attr-defined]
    print(api.images_get_with_http_info().items)  # type: ignore[attr-defined]
    image: Image = api.images_get()  # type: ignore[assignment]
    images: Images | None = api.images_get().items  # type: ignore[assignment]
    print(image, images)


def models(properties: ImageProperties) -> None:
    ImageProperties(nam="n")  # type: ignore[call-arg]
    ImageProperties(name=1)  # type: ignore[arg-type]
    ImageProperties(licence_type=1)  # type: ignore[arg-type]
    properties.cloud_init = 1  # type: ignore[assignment]
    properties.nam = "n"  # type: ignore[attr-defined]
    kind: Type.Value = "imag"  # type: ignore[assignment]
    image_type: ImageType = "hdd"  # type: ignore[assignment]
    print(kind, image_type)


def settings(newer: dict[str, str]) -> None:
    Configuration(max_retrys=1)  # type: ignore[arg-type]
    Configuration(max_retries="1")  # type: ignore[arg-type]
    Configuration(verify_ssl=None)  # type: ignore[arg-type]
    Configuration(timeout=(1, 2, 3))  # type: ignore[arg-type]
    Configuration(on_retry=print, on_request="hook")  # type: ignore[arg-type]
    Configuration(**newer)  # type: ignore[arg-type]
