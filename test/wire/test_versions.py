"""Clients for v5 and v6 of the API: how a program chooses one, and what each sends, accepts and rejects."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

import ionoscloud
from ionoscloud import (
    ApiClient,
    ApiException,
    ApiTypeError,
    ApiValueError,
    BackupUnitProperties,
    Configuration,
    CreateSnapshot,
    CreateSnapshotProperties,
    Datacenter,
    DatacenterPost,
    DatacenterProperties,
    DatacenterPropertiesPost,
    FlowLog,
    Lan,
    LanPost,
    LanProperties,
    LanPropertiesPost,
    Nic,
    NicProperties,
    RestoreSnapshot,
    RestoreSnapshotProperties,
    Server,
    ServerProperties,
)

V5, V6 = "https://api.ionos.com/cloudapi/v5", "https://api.ionos.com/cloudapi/v6"
Connect = Callable[[int], ApiClient]


@pytest.fixture
def connect(server: Any) -> Connect:
    """Return a client of a version of the API, which the server is for."""

    def connect(version: int, **settings: Any) -> ApiClient:
        return ApiClient(Configuration(server.url[:-1] + str(version), "token", wait_time=0.01, **settings))

    return connect


@pytest.mark.parametrize(
    ("arguments", "environ", "host", "version"),
    [
        ({}, {}, V5, 5),
        ({"api_version": 5}, {}, V5, 5),
        ({"api_version": 6}, {}, V6, 6),
        ({"api_version": "6"}, {}, V6, 6),
        ({"host": V6}, {}, V6, 6),
        ({"host": V6 + "/"}, {}, V6, 6),
        ({"host": "api.ionos.com", "api_version": 6}, {}, V6, 6),
        ({"host": "cloud.example.com", "api_version": 6}, {}, "https://cloud.example.com/cloudapi/v6", 6),
        ({"host": "http://localhost:8080", "api_version": 6}, {}, "http://localhost:8080", 6),
        ({"host": "https://cloud.example.com/ionos"}, {}, "https://cloud.example.com/ionos", 5),
        ({"server_index": 0}, {"IONOS_API_VERSION": "6"}, V6, 6),
        ({}, {"IONOS_API_VERSION": "6"}, V6, 6),
        ({}, {"IONOS_API_VERSION": ""}, V5, 5),
        ({}, {"IONOS_API_URL": V6}, V6, 6),
        ({}, {"IONOS_API_URL": "https://api.ionos.com", "IONOS_API_VERSION": "6"}, V6, 6),
        ({"api_version": 5}, {"IONOS_API_VERSION": "6"}, V5, 5),
        ({"host": V6}, {"IONOS_API_URL": V5}, V6, 6),
    ],
)
def test_host_and_version_follow_from_each_other(arguments, environ, host, version):
    configuration = Configuration(**arguments, environ=environ)
    assert (configuration.host, configuration.api_version) == (host, version)
    for twin in (copy.deepcopy(configuration), pickle.loads(pickle.dumps(configuration))):
        assert (twin.host, twin.api_version) == (host, version)


@pytest.mark.parametrize(
    ("arguments", "environ", "message"),
    [
        ({"api_version": 7}, {}, "^api_version must be 5 or 6, or None, not 7$"),
        ({"api_version": "six"}, {}, "^api_version must be 5 or 6, or None, not 'six'$"),
        ({"api_version": True}, {}, "^api_version must be 5 or 6, or None, not True$"),
        ({"api_version": 6.0}, {}, "^api_version must be 5 or 6, or None, not 6.0$"),
        ({}, {"IONOS_API_VERSION": "v6"}, "^IONOS_API_VERSION must be 5 or 6, not 'v6'$"),
        ({"host": V5, "api_version": 6}, {}, "cloudapi/v5 is that of Cloud API v5, but api_version is 6: change one"),
        ({"host": V6, "api_version": 5}, {}, "cloudapi/v6 is that of Cloud API v6, but api_version is 5: change one"),
        ({"host": V5}, {"IONOS_API_VERSION": "6"}, "with IONOS_API_URL and IONOS_API_VERSION"),
        ({}, {"IONOS_API_URL": V5, "IONOS_API_VERSION": "6"}, "Cloud API v5, but api_version is 6"),
        ({"host": "https://api.ionos.com/cloudapi/v7"}, {}, "host must be that of Cloud API v5 or v6"),
        ({"host": "https://api.ionos.com/cloudapi/v0"}, {}, "host must be that of Cloud API v5 or v6"),
    ],
)
def test_an_invalid_or_contradictory_version_is_rejected(arguments, environ, message):
    with pytest.raises((ApiTypeError, ApiValueError), match=message):
        Configuration(**arguments, environ=environ)


class Newer(Configuration):
    api_version = 6


class Hosted(Configuration):
    host = V6 + "/"


class Contract:
    contract_number = "5"
    logger_format = "%(message)s"


class Inherited(Contract, Newer):
    disabled_client_side_validations = "enum"


@pytest.mark.parametrize(
    ("cls", "arguments", "environ", "host", "version"),
    [
        (Newer, {}, {}, V6, 6),
        (Newer, {"host": "cloud.example.com"}, {}, "https://cloud.example.com/cloudapi/v6", 6),
        (Newer, {"api_version": 5}, {}, V5, 5),
        (Newer, {}, {"IONOS_API_VERSION": "5"}, V6, 6),
        (Hosted, {}, {}, V6, 6),
        (Hosted, {"host": V5}, {}, V5, 5),
        (Hosted, {"server_index": 0}, {}, V5, 5),
        (Hosted, {}, {"IONOS_API_URL": V5}, V6, 6),
        (Inherited, {}, {}, V6, 6),
    ],
)
def test_a_subclass_can_choose_the_version(cls, arguments, environ, host, version):
    configuration = cls(**arguments, environ=environ)
    for twin in (configuration, copy.deepcopy(configuration), pickle.loads(pickle.dumps(configuration))):
        assert (twin.host, twin.api_version) == (host, version)
    with pytest.raises(ApiValueError, match="change one of them"):
        cls(host=V5, api_version=6, environ=environ)


def test_a_subclass_can_set_a_default_of_each_property():
    configuration = Inherited(environ={"IONOS_CONTRACT_NUMBER": "7"})
    found = (configuration.contract_number, configuration.logger_format)
    assert (*found, configuration.disabled_client_side_validations) == (5, "%(message)s", "enum")
    assert Inherited(contract_number=8, disabled_client_side_validations="type").contract_number == 8


def test_the_version_of_a_configuration_can_change():
    configuration = Configuration()
    configuration.api_version = 6
    assert (configuration.host, configuration.api_version) == (V6, 6)
    with pytest.raises(ApiValueError, match="change one of them"):
        configuration.host = V5
    assert (configuration.host, configuration.api_version) == (V6, 6)
    configuration.api_version = None
    configuration.host = V5
    assert configuration.api_version == 5
    assert configuration.get_host_settings()[0]["url"] == V5


def test_one_process_uses_both_versions(server, connect):
    older, newer = connect(5), connect(6)
    ionoscloud.ServersApi(older).datacenters_servers_get("d")
    ionoscloud.ServersApi(newer).datacenters_servers_get("d")
    ionoscloud.ServersApi(older).datacenters_servers_get("d")
    paths = [f"/cloudapi/v{version}/datacenters/d/servers" for version in (5, 6, 5)]
    assert [request.target for request in server.seen] == paths


NAT = Nic(properties=NicProperties(lan=1, nat=True))
CUBE = Server(properties=ServerProperties(name="x", type="CUBE"))
NESTED = Datacenter(entities=ionoscloud.DataCenterEntities(servers=ionoscloud.Servers(items=[CUBE])))
DICTS = Server(entities=ionoscloud.ServerEntities(nics=ionoscloud.Nics(items=[{"properties": {"ipv6Ips": ["x"]}}])))
FORM = {"name": "x", "sec_auth_protection": True}
SNAPSHOT = CreateSnapshot(properties=CreateSnapshotProperties(name="x"))


CREATE = "datacenters_volumes_create_snapshot_post"


@pytest.mark.parametrize(
    ("version", "api", "method", "arguments", "message"),
    [
        (5, "TemplatesApi", "templates_get", {}, r"^templates_get\(\) is not part of Cloud API v5, only of v6"),
        (6, "KubernetesApi", "k8s_versions_compatibilities_get", {"cluster_version": "1"}, "v6, only of v5"),
        (5, "ServerApi", "datacenters_servers_delete", {"delete_volumes": True}, "delete_volumes is not part"),
        (6, "LabelApi", "datacenters_labels_get", {"limit": 5}, "datacenters_labels_get: limit is not part"),
        (6, "NicApi", "datacenters_servers_nics_post", {"nic": NAT}, "NicProperties.nat is not part"),
        (6, "NicApi", "datacenters_servers_nics_patch", {"nic": {"nat": False}}, "NicProperties.nat is not part"),
        (6, "NicApi", "datacenters_servers_nics_post", {"nic": Nic(properties={"nat": True})}, "NicProperties.nat is"),
        (5, "ServerApi", "datacenters_servers_post", {"server": CUBE}, "ServerProperties.type is not part"),
        (5, "ServerApi", "datacenters_servers_post", {"server": DICTS}, "NicProperties.ipv6_ips is not part"),
        (5, "DataCenterApi", "datacenters_post", {"datacenter": NESTED}, "ServerProperties.type is not part"),
        (5, "DataCenterApi", "datacenters_post", {"datacenter": DatacenterPost(properties={})}, "DatacenterPost.prop"),
        (5, "VolumeApi", CREATE, {"snapshot": SNAPSHOT}, "snapshot is not part of Cloud API v5"),
        (6, "VolumeApi", CREATE, {"snapshot": SNAPSHOT, **FORM}, "name cannot be combined with snapshot"),
        (6, "VolumeApi", CREATE, {"sec_auth_protection": "x"}, "sec_auth_protection must be True or False"),
    ],
)
def test_a_part_that_the_version_lacks_is_rejected_before_anything_is_sent(
    server, connect, version, api, method, arguments, message
):
    call = getattr(getattr(ionoscloud, api)(connect(version)), method)
    required = {name: "x" for name in inspect.signature(call).parameters if name.endswith("_id")}
    with pytest.raises((ApiTypeError, ApiValueError), match=message):
        call(**{**required, **arguments})
    assert not server.seen


def test_the_error_names_the_field_and_how_to_choose_the_version(server, connect):
    with pytest.raises(ApiValueError) as caught:
        ionoscloud.DataCenterApi(connect(5)).datacenters_post(NESTED)
    assert "only of v6 (set Configuration.api_version or IONOS_API_VERSION to 6)" in str(caught.value)
    assert "['entities']['servers']['items'][0]['properties']['type']" in str(caught.value)


def test_a_circular_dict_is_rejected_in_both_versions(server, connect):
    nics: dict[str, Any] = {}
    nics["items"] = [{"entities": {"securitygroups": {"items": [{"entities": {"nics": nics}}]}}}]
    for version in (5, 6):
        with pytest.raises(
            ApiValueError, match="circular" if version == 6 else "NicEntities.securitygroups is not part"
        ):
            ionoscloud.ServerApi(connect(version)).datacenters_servers_post("d", {"entities": {"nics": nics}})
    assert not server.seen


def test_a_field_that_is_not_set_is_not_rejected(server, connect):
    nic = Nic(properties=NicProperties(lan=1, nat=None, ipv6_ips=None))
    for version in (5, 6):
        ionoscloud.NicApi(connect(version)).datacenters_servers_nics_post("d", "s", nic)
        assert server.last.json == {"properties": {"lan": 1}}


def test_the_form_of_a_snapshot_becomes_the_body_of_v6(server, connect):
    for version in (5, 6):
        api = ionoscloud.VolumeApi(connect(version))
        api.datacenters_volumes_create_snapshot_post("d", "v", name="a b", sec_auth_protection="true", depth=1)
        create = server.last
        api.datacenters_volumes_restore_snapshot_post("d", "v", snapshot_id="s")
        restore = server.last
    assert create.target == "/cloudapi/v6/datacenters/d/volumes/v/create-snapshot?depth=1"
    assert create.headers["Content-Type"] == restore.headers["Content-Type"] == "application/json"
    assert create.json == {"properties": {"name": "a b", "secAuthProtection": True}}
    assert restore.json == {"properties": {"snapshotId": "s"}}
    assert [request.headers["Content-Type"] for request in server.seen[:2]] == ["application/x-www-form-urlencoded"] * 2
    assert server.seen[0].body == b"name=a%20b&secAuthProtection=true"


def test_snapshots_take_the_bodies_of_v6(server, connect):
    api = ionoscloud.VolumesApi(connect(6))
    api.datacenters_volumes_create_snapshot_post("d", "v", snapshot=SNAPSHOT)
    assert server.last.json == {"properties": {"name": "x"}}
    body = RestoreSnapshot(properties=RestoreSnapshotProperties(snapshot_id="s"))
    api.datacenters_volumes_restore_snapshot_post("d", "v", restore_snapshot=body)
    assert server.last.json == {"properties": {"snapshotId": "s"}}
    api.datacenters_volumes_create_snapshot_post("d", "v")
    assert server.last.body == b""


@pytest.mark.parametrize(
    "body", [LanPost(properties=LanPropertiesPost(name="x")), Lan(properties=LanProperties(name="x"))]
)
def test_a_lan_of_either_version_can_be_created_in_v6(server, connect, body):
    server.respond({"id": "1", "properties": {"name": "x", "ipv6CidrBlock": "AUTO"}}, 202)
    lan = ionoscloud.LanApi(connect(6, client_side_validation=True)).datacenters_lans_post("d", body)
    assert isinstance(lan, Lan)
    assert lan.properties.ipv6_cidr_block == "AUTO"
    assert server.last.json == {"properties": {"name": "x"}}


@pytest.mark.parametrize("model", [Datacenter, DatacenterPost])
def test_a_data_center_of_either_version_can_be_created_in_v6(server, connect, model):
    properties = {Datacenter: DatacenterProperties, DatacenterPost: DatacenterPropertiesPost}[model]
    body = model(properties=properties(name="x", location="de/fra"))
    api = ionoscloud.DataCentersApi(connect(6, client_side_validation=True))
    assert isinstance(api.datacenters_post(body), Datacenter)
    assert server.last.json == {"properties": {"name": "x", "location": "de/fra"}}


def test_fields_of_an_object_of_v5_that_v6_does_not_take_are_not_sent(server, connect):
    user = ionoscloud.User(
        id="u", properties=ionoscloud.UserProperties(firstname="x"), entities=ionoscloud.UsersEntities()
    )
    nic = Nic(id="n", properties=NicProperties(lan=1), entities=ionoscloud.NicEntities())
    nic.additional_properties["future"] = 1
    for version in (5, 6):
        ionoscloud.UserManagementApi(connect(version)).um_groups_users_post("g", user)
        ionoscloud.NicApi(connect(version)).datacenters_servers_nics_put("d", "s", "n", nic)
    bodies = [request.json for request in server.seen]
    assert bodies[2] == {"id": "u"}
    assert bodies[3] == {"properties": {"lan": 1}, "future": 1}
    assert bodies[0].keys() == {"id", "properties", "entities"}
    assert bodies[1] == {"properties": {"lan": 1}, "entities": {}, "future": 1}


@pytest.mark.parametrize("version", [5, 6])
def test_a_backup_unit_is_changed_with_the_argument_of_either_version(server, connect, version):
    properties = BackupUnitProperties(email="a@example.com")
    api = ionoscloud.BackupUnitApi(connect(version))
    api.backupunits_patch("b", properties)
    api.backupunits_patch("b", backup_unit_properties=properties)
    api.backupunits_patch("b", backup_unit=properties)
    assert [request.json for request in server.seen] == [{"email": "a@example.com"}] * 3
    with pytest.raises(ApiValueError, match=r"backup_unit.* is required"):
        api.backupunits_patch("b")
    with pytest.raises(ApiValueError, match="backup_unit_properties cannot be combined with backup_unit"):
        api.backupunits_patch("b", properties, backup_unit=properties)
    assert len(server.seen) == 3


def test_the_contract_is_read_in_the_same_way_in_both_versions(server, connect):
    contract = {"type": "contract", "properties": {"contractNumber": 5}}
    server.respond(contract)
    assert ionoscloud.ContractApi(connect(5)).contracts_get().properties.contract_number == 5
    server.respond({"id": "contracts", "type": "collection", "items": [contract, contract]})
    contracts = ionoscloud.ContractApi(connect(6)).contracts_get()
    assert contracts.properties.contract_number == 5
    assert [item.properties.contract_number for item in contracts.items] == [5, 5]
    assert ionoscloud.Contracts().properties is None


KUBECONFIG = 'apiVersion: "v1"\nkind: Config\n'


@pytest.mark.parametrize("body", [KUBECONFIG, '{"apiVersion": "v1"}', "apiVersion: v1"])
def test_the_kubeconfig_is_text_in_v6(server, connect, body):
    server.respond(body.encode())
    config = ionoscloud.KubernetesApi(connect(6)).k8s_kubeconfig_get("k")
    assert config == body
    assert config.properties.kubeconfig == body
    assert type(config.properties.kubeconfig) is str
    assert body not in repr(config)
    assert server.last.headers["Accept"] == "application/yaml, application/x-yaml, application/json"


def test_the_kubeconfig_is_a_resource_in_v5(server, connect):
    server.respond({"properties": {"kubeconfig": KUBECONFIG}})
    config = ionoscloud.KubernetesApi(connect(5)).k8s_kubeconfig_get("k")
    assert config.properties.kubeconfig == KUBECONFIG
    assert server.last.headers["Accept"] == "application/json"


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_deletion_returns_nothing_in_v6(server, connect, body):
    server.respond(body, 202)
    assert ionoscloud.ServersApi(connect(6)).datacenters_servers_delete("d", "s", delete_volumes=True) is None
    assert server.last.target == "/cloudapi/v6/datacenters/d/servers/s?deleteVolumes=true"
    assert server.last.headers["Accept"] == "application/json"


CUBE_PROPERTIES = {"name": "x", "cores": 1, "type": "CUBE", "templateUuid": "t", "future": {"a": 1}}


def test_a_field_of_another_version_in_a_response_is_kept_and_sent_back(server, connect):
    server.respond({"id": "s", "properties": CUBE_PROPERTIES, "entities": {"securitygroups": {"items": []}}})
    api = ionoscloud.ServerApi(connect(5))
    found = api.datacenters_servers_find_by_id("d", "s")
    assert (found.properties.type, found.properties.additional_properties) == ("CUBE", {"future": {"a": 1}})
    for nested in (copy.deepcopy(found), pickle.loads(pickle.dumps(found)), found):
        assert nested == found
        nested.properties.note = "an attribute of the program"
        nested.properties.name = "y"
        api.datacenters_servers_put("d", "s", nested)
        assert server.last.json["properties"] == {**CUBE_PROPERTIES, "name": "y"}
        assert server.last.json["entities"] == {"securitygroups": {"items": []}}
    found.properties.hostname = "set-by-the-program"
    with pytest.raises(ApiValueError, match=r"ServerProperties\.hostname is not part of Cloud API v5"):
        api.datacenters_servers_put("d", "s", found)


def test_a_field_of_v5_in_a_response_is_kept_and_sent_back_by_v6(server, connect):
    server.respond({"id": "n", "properties": {"lan": 1, "nat": False}})
    api = ionoscloud.NetworkInterfacesApi(connect(6))
    nic = api.datacenters_servers_nics_find_by_id("d", "s", "n")
    assert nic.properties.nat is False
    api.datacenters_servers_nics_patch("d", "s", "n", nic.properties)
    assert server.last.json == {"lan": 1, "nat": False}


def test_a_field_of_another_version_is_dropped_like_an_unknown_one(server, connect):
    server.respond({"id": "s", "properties": CUBE_PROPERTIES})
    api = ionoscloud.ServerApi(connect(5, discard_unknown_keys=True))
    found = api.datacenters_servers_find_by_id("d", "s")
    assert (found.properties.type, found.properties.additional_properties) == (None, {})


def test_a_model_of_v6_is_complete_in_v6(server, connect):
    properties = {"name": "f", "action": "ALL", "direction": "BIDIRECTIONAL", "bucket": "b"}
    server.respond({"id": "f", "properties": properties}, 202)
    flow_log = ionoscloud.FlowLogsApi(connect(6)).datacenters_servers_nics_flowlogs_post(
        "d", "s", "n", FlowLog(properties=ionoscloud.FlowLogProperties.from_dict(properties))
    )
    assert server.last.json == {"properties": properties}
    assert flow_log.properties.bucket == "b"


@pytest.mark.parametrize(
    ("version", "properties", "message"),
    [
        (5, ServerProperties(name="x"), "server.properties.cores is required"),
        (6, ServerProperties(name="x"), None),
        (5, ionoscloud.VolumeProperties(size=1, licence_type="RHEL"), "licence_type must be one of"),
        (6, ionoscloud.VolumeProperties(size=1, licence_type="RHEL"), None),
    ],
)
def test_bodies_are_validated_against_the_schema_of_the_version(server, connect, version, properties, message):
    client = connect(version, client_side_validation=True)
    with pytest.raises(ApiValueError, match=message) if message else nullcontext():
        if isinstance(properties, ServerProperties):
            ionoscloud.ServerApi(client).datacenters_servers_post("d", Server(properties=properties))
        else:
            ionoscloud.VolumeApi(client).datacenters_volumes_post("d", ionoscloud.Volume(properties=properties))
    assert bool(server.seen) is (message is None)


@pytest.mark.parametrize(
    ("status", "body", "headers", "is_hinted"),
    [
        (404, b"", {}, True),
        (404, b"<html>Not found</html>", {}, True),
        (410, b'{"message": "gone"}', {}, True),
        (301, b"", {"Location": "https://elsewhere.example.com/"}, True),
        (200, b"<!DOCTYPE html><title>Cloud</title>", {}, True),
        (503, b"\n<html></html>", {}, True),
        (200, b"\xef\xbb\xbf<html></html>", {}, True),
        (304, b"", {}, False),
        (404, b'{"httpStatus": 404, "messages": [{"errorCode": "309", "message": "no such image"}]}', {}, False),
        (410, b'{"httpStatus": 410}', {}, False),
        (503, b"", {}, False),
        (200, b"[]", {}, False),
    ],
)
def test_an_error_of_a_server_of_v5_that_is_not_the_api_mentions_v6(server, connect, status, body, headers, is_hinted):
    for version in (5, 6):
        server.respond(body, status, **headers)
        with pytest.raises(ApiException) as caught:
            ionoscloud.ImageApi(connect(version, max_retries=0)).images_find_by_id("x")
        hint = "IONOS announced the end of Cloud API v5: set IONOS_API_VERSION=6"
        assert (hint in str(caught.value)) is (is_hinted and version == 5)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_call_keeps_its_version_if_the_configuration_changes(server, connect):
    client = connect(5, max_retries=0)
    image_api, volume_api = ionoscloud.ImageApi(client), ionoscloud.VolumeApi(client)
    hang = server.hang()
    first = image_api.images_find_by_id("x", async_req=True)
    server.respond(b"", 404)
    second = volume_api.datacenters_volumes_create_snapshot_post("d", "v", name="x", async_req=True)
    client.configuration.host = client.configuration.host[:-1] + "6"
    hang.set()
    first.get()
    with pytest.raises(ApiException, match="IONOS announced the end of Cloud API v5"):
        second.get()
    volume_api.datacenters_volumes_create_snapshot_post("d", "v", name="x")
    sent = [(request.target[:12], request.body) for request in server.seen[1:]]
    assert sent == [("/cloudapi/v5", b"name=x"), ("/cloudapi/v6", b'{"properties": {"name": "x"}}')]


def test_call_api_has_the_version_of_its_host(server, connect):
    for version, own in ((5, 6), (6, 5), (6, 7)):
        server.respond({"properties": {"exposeSerial": True}})
        server.respond(b"", 404)
        client = connect(version)
        call = {"response_type": "Image", "_host": server.url[:-1] + str(own), "_return_http_data_only": True}
        assert client.call_api("/images/x", "GET", **call).properties.expose_serial is True
        with pytest.raises(ApiException) as caught:
            client.call_api("/images/x", "GET", **call)
        assert caught.value.api_version == (own if own != 7 else version)


def test_call_api_takes_the_models_of_any_version(server, connect):
    connect(5).call_api("/datacenters/d/servers", "POST", body=CUBE)
    assert server.last.json == {"properties": {"name": "x", "type": "CUBE"}}


def test_a_client_that_overrides_call_api_gets_the_operation_of_the_version(server, connect):
    class Client(ApiClient):
        def call_api(self, *arguments: Any, **keywords: Any) -> Any:
            seen.append((arguments[0], keywords["body"], keywords["post_params"]))
            return super().call_api(*arguments, **keywords)

    seen: list[Any] = []
    client = Client(connect(6).configuration)
    api = ionoscloud.VolumeApi(client)
    api.datacenters_volumes_create_snapshot_post("d", "v", name="x")
    path = "/datacenters/{datacenterId}/volumes/{volumeId}/create-snapshot"
    assert seen == [(path, {"properties": {"name": "x"}}, [])]
    assert server.last.json == {"properties": {"name": "x"}}
    nic = Nic(id="n", properties=NicProperties(lan=1), entities=ionoscloud.NicEntities())
    ionoscloud.NicApi(client).datacenters_servers_nics_put("d", "s", "n", nic)
    assert server.last.json == {"properties": {"lan": 1}}
    assert nic.entities == ionoscloud.NicEntities()
