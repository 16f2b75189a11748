from __future__ import annotations

import pytest

from generator import naming


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("imagesFindById", "images_find_by_id"),
        ("apiInfoGet", "api_info_get"),
        ("k8sNodepoolsFindById", "k8s_nodepools_find_by_id"),
        ("datacentersVolumesCreate-snapshotPost", "datacenters_volumes_create_snapshot_post"),
        ("umUsersS3keysGet", "um_users_s3keys_get"),
        ("S3KeyMetadata", "s3_key_metadata"),
        ("IPFailover", "ip_failover"),
        ("X-Contract-Number", "x_contract_number"),
        ("filter.createdAfter", "filter_created_after"),
        ("cpuHotUnplug", "cpu_hot_unplug"),
        ("httpStatus", "http_status"),
        ("lastModifiedByUserId", "last_modified_by_user_id"),
        ("secAuthProtection", "sec_auth_protection"),
        ("KubernetesNodePool", "kubernetes_node_pool"),
        ("IP Blocks", "ip_blocks"),
    ],
)
def test_snake_case(name: str, expected: str) -> None:
    assert naming.snake_case(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("_links", "links"), ("self", "_self"), ("class", "_class"), ("public", "public"), ("imageId", "image_id")],
)
def test_variable_names(name: str, expected: str) -> None:
    assert naming.variable_name(name) == expected


@pytest.mark.parametrize(
    ("tag", "name", "module"),
    [
        ("Image", "ImageApi", "image_api"),
        ("IP Blocks", "IPBlocksApi", "ip_blocks_api"),
        ("Data Center", "DataCenterApi", "data_center_api"),
        ("/", "Api", "__api"),
    ],
)
def test_names_of_api_classes(tag: str, name: str, module: str) -> None:
    assert (naming.api_class_name(tag), naming.api_module_name(tag)) == (name, module)


def test_names_of_constants() -> None:
    assert [naming.constant_name(value) for value in ("firewall-rule", "k8s", "S3")] == ["FIREWALL_RULE", "K8S", "S3"]


@pytest.mark.parametrize("name", ["", "2fa", "class", "a b", "größe", "a-b"])
def test_invalid_names(name: str) -> None:
    assert not naming.is_name(name)
