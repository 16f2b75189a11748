"""Types of the results of calls, for mypy and pyright. This file is never run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from multiprocessing.pool import AsyncResult
from typing import Any

from typing_extensions import assert_type
from urllib3._collections import HTTPHeaderDict

from ionoscloud import (
    ApiClient,
    BackupUnit,
    BackupUnitApi,
    BackupUnitProperties,
    BackupUnitsApi,
    Configuration,
    ContractApi,
    ContractResourcesApi,
    Contracts,
    CreateSnapshot,
    Image,
    ImageApi,
    ImageProperties,
    Images,
    ImagesApi,
    KubernetesApi,
    Lan,
    LanPost,
    LanProperties,
    LanPropertiesPost,
    LANsApi,
    ListOfIds,
    NatGateway,
    NatGatewayProperties,
    NatGateways,
    NATGatewaysApi,
    Request,
    RequestApi,
    RestoreSnapshot,
    SecurityGroups,
    SecurityGroupsApi,
    Server,
    ServerApi,
    Servers,
    Snapshot,
    VolumeApi,
    Volumes,
    Wait,
    find,
    iterate,
)
from ionoscloud._call_options import ApiResponse, CallOptions
from ionoscloud.api.volumes_api import VolumesApi


def data_only(api: ImageApi) -> None:
    assert_type(api.images_get(), Images)
    assert_type(api.images_get(depth=1, query_params={"filter.name": "ubuntu"}, _request_timeout=(3, 20)), Images)
    assert_type(api.images_find_by_id("id", async_req=False), Image)
    assert_type(api.images_find_by_id("id", async_req=None, _preload_content=True, response_type=None), Image)
    assert_type(api.images_patch("id", ImageProperties(name="n")), Image)
    assert_type(api.images_patch(image_id="id", image={"name": "n"}), Image)
    assert_type(api.images_delete("id"), Any)


def with_filters(api: ImageApi, servers: ServerApi, moment: datetime) -> None:
    assert_type(
        api.images_get(filters={"location": "de/fra", "public": True, "size": 2, "image_type": ["HDD"]}), Images
    )
    assert_type(api.images_get(filters={"created_date": moment}, async_req=True), AsyncResult[Images])
    assert_type(servers.datacenters_servers_get_with_http_info("id", filters={"cores": 2}), ApiResponse[Servers])
    names: list[str] = []
    assert_type(api.images_get(filters={"name": names}), Images)
    texts: dict[str, str] = {}
    assert_type(api.images_get(filters=texts), Images)


def of_all_pages(servers: ServerApi, requests: RequestApi) -> None:
    assert_type(iterate(servers.datacenters_servers_get, "id", depth=1), Iterator[Server])
    for request in iterate(requests.requests_get, filters={"status": "DONE"}):
        assert_type(request, Request)
    assert_type(find(servers.datacenters_servers_get, "id", name="web-1"), Server)


def with_http_info(api: ImageApi) -> None:
    assert_type(api.images_get_with_http_info(), tuple[Images, int, HTTPHeaderDict])
    data, status, headers = api.images_put_with_http_info("id", Image())
    assert_type(data, Image)
    assert_type(status, int)
    assert_type(headers["Location"], str)
    assert_type(api.images_get_with_http_info(_return_http_data_only=False), ApiResponse[Images])
    assert_type(api.images_get_with_http_info(depth=1, query_params={"limit": 1}), ApiResponse[Images])


def in_a_thread(api: ImageApi) -> None:
    assert_type(api.images_get(async_req=True), AsyncResult[Images])
    assert_type(api.images_get(depth=1, async_req=True).get(timeout=5), Images)
    assert_type(api.images_get(async_req=True).ready(), bool)
    assert_type(api.images_delete("id", depth=1, async_req=True), AsyncResult[Any])
    assert_type(api.images_get_with_http_info(async_req=True).get(), ApiResponse[Images])


def that_wait(api: ImageApi, client: ApiClient, groups: SecurityGroupsApi) -> None:
    change = {"name": "n"}
    assert_type(api.images_patch("id", change, _wait=True), Image)
    assert_type(api.images_patch("id", change, depth=1, _wait=60.5, _request_timeout=5), Image)
    assert_type(api.images_patch("id", change, _wait=None), Image)
    assert_type(api.images_patch("id", change, async_req=True, _wait=True), AsyncResult[Image])
    assert_type(api.images_patch_with_http_info("id", change, _wait=Wait(60, progress=print)), ApiResponse[Image])
    assert_type(api.images_patch("id", change, response_type="object", _wait=True), Any)
    assert_type(groups.datacenters_securitygroups_delete("datacenter", "group", _wait=Wait(None)), None)
    client.wait_for_completion([{"Location": "x"}, "id", None], timeout=None)
    assert_type(client.wait_until(lambda: len("x"), check=bool, timeout=60), int)


def with_options_that_change_the_result(api: ImageApi) -> None:
    assert_type(api.images_get(_preload_content=False), Any)
    assert_type(api.images_get_with_http_info(depth=1, _preload_content=False), Any)
    assert_type(api.images_get(_return_http_data_only=True), Any)
    assert_type(api.images_get_with_http_info(_return_http_data_only=True), Any)


def as_another_type(api: ImageApi) -> None:
    assert_type(api.images_get(response_type="object"), Any)
    assert_type(api.images_get(response_type=Image, async_req=True), Any)
    assert_type(api.images_get_with_http_info(response_type="object"), Any)


def with_options_of_unknown_value(api: ImageApi, flag: bool, options: CallOptions) -> None:
    assert_type(api.images_get(async_req=flag), Any)
    assert_type(api.images_get(async_req=True, _preload_content=False), Any)
    assert_type(api.images_get(**options), Any)


def with_untyped_arguments(api: ImageApi, anything: Any) -> None:
    assert_type(api.images_find_by_id(anything), Image)
    assert_type(api.images_find_by_id(anything, depth=anything, _request_timeout=anything), Image)
    assert_type(api.images_patch(anything, anything, async_req=True), AsyncResult[Image])


def other_classes(images: ImagesApi, volumes: VolumesApi, kubernetes: KubernetesApi, contracts: ContractApi) -> None:
    assert_type(images.images_get(), Images)
    assert_type(volumes.datacenters_volumes_get("datacenter"), Volumes)
    assert_type(kubernetes.k8s_versions_get(), list[str])
    assert_type(kubernetes.k8s_versions_get(async_req=True), AsyncResult[list[str]])
    contract = contracts.contracts_get()
    assert contract.properties
    assert_type(contract.properties.contract_number, "int | None")
    config = kubernetes.k8s_kubeconfig_get("cluster")
    len(str.splitlines(config))
    if config.properties is not None:  # pyright reports checks that are always true
        assert_type(config.properties.kubeconfig, "str | None")


def of_v6_only(gateways: NATGatewaysApi, groups: SecurityGroupsApi) -> None:
    properties = NatGatewayProperties(name="out", public_ips=["203.0.113.1"])
    assert_type(gateways.datacenters_natgateways_get("datacenter", depth=1), NatGateways)
    assert_type(gateways.datacenters_natgateways_post("datacenter", NatGateway(properties=properties)), NatGateway)
    assert_type(
        gateways.datacenters_natgateways_patch_with_http_info("datacenter", "gateway", {"name": "out"}),
        ApiResponse[NatGateway],
    )
    assert_type(gateways.datacenters_natgateways_delete("datacenter", "gateway", async_req=True), AsyncResult[None])
    attached = groups.datacenters_servers_securitygroups_put("datacenter", "server", ListOfIds(ids=["group"]))
    assert_type(attached, SecurityGroups)


def that_differ_in_v6(contracts: ContractResourcesApi, kubernetes: KubernetesApi, lans: LANsApi) -> None:
    assert_type(contracts.contracts_get(), Contracts)
    kubeconfig = kubernetes.k8s_kubeconfig_get("cluster")
    text: str = kubeconfig
    assert_type(kubeconfig.splitlines(), list[str])
    assert kubeconfig.properties
    assert_type(kubeconfig.properties.kubeconfig, "str | None")
    assert_type(lans.datacenters_lans_post("datacenter", Lan(properties=LanProperties(name=text))), Lan)
    assert_type(lans.datacenters_lans_post("datacenter", LanPost(properties=LanPropertiesPost(name=text))), Lan)
    assert_type(lans.datacenters_lans_post("datacenter", {"properties": {"name": text}}, async_req=True).get(), Lan)


def with_arguments_of_both_versions(units: BackupUnitApi, newer: BackupUnitsApi, volumes: VolumeApi) -> None:
    assert_type(units.backupunits_patch("unit", BackupUnitProperties(email="a@example.com")), BackupUnit)
    assert_type(units.backupunits_patch("unit", backup_unit_properties={"email": "a@example.com"}), BackupUnit)
    assert_type(
        newer.backupunits_patch("unit", backup_unit={"email": "a@example.com"}, async_req=True).get(), BackupUnit
    )
    snapshot, restore = (
        volumes.datacenters_volumes_create_snapshot_post,
        volumes.datacenters_volumes_restore_snapshot_post,
    )
    assert_type(snapshot("datacenter", "volume"), Snapshot)
    assert_type(snapshot("datacenter", "volume", name="n", sec_auth_protection=True, licence_type="LINUX"), Snapshot)
    assert_type(snapshot("datacenter", "volume", snapshot=CreateSnapshot()), Snapshot)
    restore("datacenter", "volume", snapshot_id="snapshot")
    restore("datacenter", "volume", restore_snapshot=RestoreSnapshot())


def with_settings(from_a_file: dict[str, Any], hook: Any) -> None:
    Configuration("https://api", "token", timeout=5, total_timeout=None, retries=3, contract_number="1", debug=True)
    Configuration(proxy_headers={"a": "b"}, refresh_token_hook=hook, on_retry=print, key_password=None)
    Configuration(api_version=6)
    Configuration(token=str)
    Configuration(**from_a_file)
    client = ApiClient(token="token", timeout=5, environ={}, cookie="a=b")
    assert_type(client.with_options(contract_number=1, timeout=(1, 2)), ApiClient)
    ApiClient(**from_a_file)
