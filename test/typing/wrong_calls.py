"""Code that mypy and pyright must reject; they report lines without an error. This file is never run."""

from __future__ import annotations

import ionoscloud
from ionoscloud import (
    ApiClient,
    BackupUnitApi,
    Configuration,
    Image,
    ImageApi,
    ImageProperties,
    Images,
    KubernetesApi,
    KubernetesNodePoolTaint,
    Lan,
    LanApi,
    NatGateway,
    NatGatewayProperties,
    NATGatewaysApi,
    TaintEffect,
    Type,
    VolumeApi,
)
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
    api.images_patch("id", {}, _wait="5")  # type: ignore[call-overload]
    api.images_patch("id", {}, async_req=True, _wait="5")  # type: ignore[call-overload]
    api.images_get(_wait=True)  # type: ignore[call-overload]
    api.images_get(async_req=True, _wait=True)  # type: ignore[call-overload]
    kubernetes.k8s_versions_get(depth=1)  # type: ignore[call-overload]
    kubernetes.k8s_versions_get(depth=1, async_req=True)  # type: ignore[call-overload]
    api.image_get()  # type: ignore[attr-defined]


def lists(api: ImageApi, image: Image, images: Images) -> None:
    api.images_find_by_id("id", filters={"name": "ubuntu"})  # type: ignore[call-overload]
    api.images_get(filters="ubuntu")  # type: ignore[call-overload]
    ionoscloud.find(images, name="ubuntu")  # type: ignore[arg-type]
    print(images[0].items)  # type: ignore[attr-defined]
    print([*image])  # type: ignore[misc]


def calls_of_v6(gateways: NATGatewaysApi, lans: LanApi, image: Image) -> None:
    gateways.datacenters_natgateways_get()  # type: ignore[call-overload]
    gateways.datacenters_natgateways_get("datacenter", depth="1")  # type: ignore[call-overload]
    gateways.datacenters_natgateways_post("datacenter", NatGatewayProperties())  # type: ignore[call-overload]
    gateways.datacenters_natgateways_patch("datacenter", "gateway", NatGateway())  # type: ignore[call-overload]
    lans.datacenters_lans_post("datacenter", image)  # type: ignore[call-overload]
    lans.datacenters_lans_post("datacenter", lan=image, async_req=True)  # type: ignore[call-overload]


def calls_of_both_versions(units: BackupUnitApi, volumes: VolumeApi, kubernetes: KubernetesApi) -> None:
    units.backupunits_patch("unit", email="a@example.com")  # type: ignore[call-overload]
    units.backupunits_patch("unit", backup_unit="a@example.com")  # type: ignore[call-overload]
    snapshot, restore = (
        volumes.datacenters_volumes_create_snapshot_post,
        volumes.datacenters_volumes_restore_snapshot_post,
    )
    snapshot("datacenter", "volume", sec_auth_protection="yes")  # type: ignore[call-overload]
    snapshot("datacenter", "volume", snapshot="name")  # type: ignore[call-overload]
    restore("datacenter", "volume", snapshot_id=1)  # type: ignore[call-overload]
    print(kubernetes.k8s_kubeconfig_get("cluster").kubeconfig)  # type: ignore[attr-defined]
    kubeconfig: bytes = kubernetes.k8s_kubeconfig_get("cluster")  # type: ignore[assignment]
    lan: Lan = kubernetes.k8s_find_by_cluster_id("cluster")  # type: ignore[assignment]
    print(kubeconfig, lan)


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
    effect: TaintEffect.Value = "Evict"  # type: ignore[assignment]
    KubernetesNodePoolTaint(key="dedicated", effect=1)  # type: ignore[arg-type]
    print(kind, image_type, effect)


def settings(newer: dict[str, str]) -> None:
    Configuration(max_retrys=1)  # type: ignore[arg-type]
    Configuration(max_retries="1")  # type: ignore[arg-type]
    Configuration(verify_ssl=None)  # type: ignore[arg-type]
    Configuration(timeout=(1, 2, 3))  # type: ignore[arg-type]
    Configuration(on_retry=print, on_request="hook")  # type: ignore[arg-type]
    Configuration(token=int)  # type: ignore[arg-type]
    Configuration(api_version=6.0)  # type: ignore[arg-type]
    Configuration(**newer)  # type: ignore[arg-type]
    client = ApiClient(tokn="token")  # type: ignore[call-arg]
    ApiClient("token")  # type: ignore[arg-type]
    ApiClient(timeout="5")  # type: ignore[arg-type]
    client.with_options(contract=1)  # type: ignore[call-arg]
    client.with_options(max_retries="1")  # type: ignore[arg-type]
    client.with_options(environ={})  # type: ignore[call-arg]
