"""Bodies as the server receives them: references, several resources, and forms.

The published 5.0.8 sends the same JSON for the calls in COMPOSITE and ATTACH.
"""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

import ionoscloud
from ionoscloud import (
    NULL,
    ApiTypeError,
    ApiValueError,
    AttachedVolumes,
    BalancedNics,
    Cdroms,
    Datacenter,
    DataCenterEntities,
    DatacenterProperties,
    FirewallRule,
    FirewallruleProperties,
    FirewallRules,
    Group,
    GroupEntities,
    GroupMembers,
    GroupProperties,
    Image,
    ImageProperties,
    LabelProperties,
    LabelResource,
    Lan,
    LanEntities,
    LanNics,
    LanPost,
    LanProperties,
    LanPropertiesPost,
    Lans,
    Loadbalancer,
    LoadbalancerEntities,
    LoadbalancerProperties,
    Loadbalancers,
    Nic,
    NicEntities,
    NicProperties,
    Nics,
    ResourceReference,
    Server,
    ServerEntities,
    ServerProperties,
    Servers,
    User,
    UserPropertiesPut,
    UserPut,
    Volume,
    VolumeProperties,
)

NIC = Nic(properties=NicProperties(lan=1))
SERVER = ServerProperties(cores=1, ram=256)
RULES = FirewallRules(items=[FirewallRule(properties=FirewallruleProperties(protocol="TCP"))])
BALANCER = Loadbalancer(
    properties=LoadbalancerProperties(name="l"),
    entities=LoadbalancerEntities(balancednics=BalancedNics(items=[Nic(id="n")])),
)

ATTACH = {
    "ServerApi.datacenters_servers_volumes_post": (("d", "s", Volume(id="x")), "/datacenters/d/servers/s/volumes"),
    "ServerApi.datacenters_servers_cdroms_post": (("d", "s", Image(id="x")), "/datacenters/d/servers/s/cdroms"),
    "LanApi.datacenters_lans_nics_post": (("d", 1, Nic(id="x")), "/datacenters/d/lans/1/nics"),
    "LoadBalancerApi.datacenters_loadbalancers_balancednics_post": (
        ("d", "l", Nic(id="x")),
        "/datacenters/d/loadbalancers/l/balancednics",
    ),
    "UserManagementApi.um_groups_users_post": (("g", User(id="x")), "/um/groups/g/users"),
}
COMPOSITE = {
    "a server with its entities": (
        "ServerApi.datacenters_servers_post",
        (
            "d",
            Server(
                properties=SERVER,
                entities=ServerEntities(
                    cdroms=Cdroms(items=[Image(id="i")]),
                    volumes=AttachedVolumes(items=[Volume(id="v"), Volume(properties=VolumeProperties(size=5))]),
                    nics=Nics(items=[NIC]),
                ),
            ),
        ),
        {
            "properties": {"cores": 1, "ram": 256},
            "entities": {
                "cdroms": {"items": [{"id": "i"}]},
                "volumes": {"items": [{"id": "v"}, {"properties": {"size": 5}}]},
                "nics": {"items": [{"properties": {"lan": 1}}]},
            },
        },
    ),
    "a data center with its entities": (
        "DataCenterApi.datacenters_post",
        (
            Datacenter(
                properties=DatacenterProperties(location="de/fra"),
                entities=DataCenterEntities(
                    servers=Servers(items=[Server(properties=SERVER)]),
                    loadbalancers=Loadbalancers(items=[BALANCER]),
                    lans=Lans(items=[Lan(properties=LanProperties(public=False))]),
                ),
            ),
        ),
        {
            "properties": {"location": "de/fra"},
            "entities": {
                "servers": {"items": [{"properties": {"cores": 1, "ram": 256}}]},
                "loadbalancers": {
                    "items": [{"properties": {"name": "l"}, "entities": {"balancednics": {"items": [{"id": "n"}]}}}]
                },
                "lans": {"items": [{"properties": {"public": False}}]},
            },
        },
    ),
    "a LAN with existing NICs": (
        "LanApi.datacenters_lans_post",
        (
            "d",
            LanPost(
                properties=LanPropertiesPost(name="l", public=True),
                entities=LanEntities(nics=LanNics(items=[Nic(id="n"), Nic(id="m")])),
            ),
        ),
        {
            "properties": {"name": "l", "public": True},
            "entities": {"nics": {"items": [{"id": "n"}, {"id": "m"}]}},
        },
    ),
    "a group with its members": (
        "UserManagementApi.um_groups_post",
        (
            Group(
                properties=GroupProperties(name="g"),
                entities=GroupEntities(users=GroupMembers(items=[User(id="u")])),
            ),
        ),
        {"properties": {"name": "g"}, "entities": {"users": {"items": [{"id": "u"}]}}},
    ),
    "a NIC with firewall rules": (
        "NicApi.datacenters_servers_nics_post",
        ("d", "s", Nic(properties=NicProperties(lan=1), entities=NicEntities(firewallrules=RULES))),
        {"properties": {"lan": 1}, "entities": {"firewallrules": {"items": [{"properties": {"protocol": "TCP"}}]}}},
    ),
    "a volume to boot from": (
        "ServerApi.datacenters_servers_patch",
        ("d", "s", ServerProperties(boot_volume=ResourceReference(id="v"))),
        {"bootVolume": {"id": "v"}},
    ),
}


def call(client, name, /, *arguments, **options):
    class_name, _, method = name.partition(".")
    return getattr(getattr(ionoscloud, class_name)(client), method)(*arguments, **options)


@pytest.fixture(params=[False, True], ids=["not validated", "validated"])
def client_side_validation(request, configuration):
    """Run the test with and without client-side validation."""
    configuration.client_side_validation = request.param
    return request.param


@pytest.mark.usefixtures("client_side_validation")
@pytest.mark.parametrize("name", ATTACH)
def test_existing_resources_are_attached_by_id(client, server, name):
    arguments, path = ATTACH[name]
    call(client, name, *arguments)
    assert (server.last.method, server.last.target) == ("POST", f"/cloudapi/v5{path}")
    assert server.last.json == {"id": "x"}


@pytest.mark.usefixtures("client_side_validation")
@pytest.mark.parametrize("name", ATTACH)
def test_a_response_can_be_attached(client, server, name):
    (*path, resource), _ = ATTACH[name]
    read = {"id": "v", "href": "https://api/v", "metadata": {"state": "AVAILABLE"}, "properties": {"name": "n"}}
    call(client, name, *path, type(resource).from_dict(read))
    assert server.last.json == {"id": "v", "properties": {"name": "n"}}


@pytest.mark.usefixtures("client_side_validation")
def test_only_writable_fields_of_a_volume_are_sent(client, server):
    server.respond(
        {
            "id": "v",
            "type": "volume",
            "href": "https://api/datacenters/d/volumes/v",
            "metadata": {"state": "AVAILABLE", "createdDate": "2020-01-01T00:00:00Z"},
            "properties": {"name": "n", "size": 5, "licenceType": "LINUX", "deviceNumber": 1},
        }
    )
    volume = call(client, "VolumeApi.datacenters_volumes_find_by_id", "d", "v")
    call(client, "ServerApi.datacenters_servers_volumes_post", "d", "s", volume)
    sent = {"name": "n", "size": 5, "licenceType": "LINUX"}
    assert server.last.json == {"id": "v", "type": "volume", "properties": sent}


@pytest.mark.usefixtures("client_side_validation")
def test_a_new_volume_can_be_attached(client, server):
    volume = Volume(properties=VolumeProperties(size=5, image_alias="ubuntu:latest"))
    call(client, "ServerApi.datacenters_servers_volumes_post", "d", "s", volume)
    assert server.last.json == {"properties": {"size": 5, "imageAlias": "ubuntu:latest"}}


@pytest.mark.usefixtures("client_side_validation")
@pytest.mark.parametrize("case", COMPOSITE)
def test_a_body_of_several_resources_is_sent_completely(client, server, case):
    name, arguments, body = COMPOSITE[case]
    call(client, name, *arguments)
    assert server.last.json == body


@pytest.mark.usefixtures("client_side_validation")
def test_a_data_center_can_be_read_changed_and_put(client, server):
    server.respond(
        {
            "id": "d",
            "type": "datacenter",
            "href": "https://api/datacenters/d",
            "metadata": {"state": "AVAILABLE"},
            "properties": {"name": "n", "location": "de/fra", "version": 3, "features": ["SSD"]},
            "entities": {"lans": {"id": "d/lans", "href": "https://api/datacenters/d/lans", "type": "collection"}},
        }
    )
    datacenter = call(client, "DataCenterApi.datacenters_find_by_id", "d", depth=1)
    datacenter.properties.name = "m"
    call(client, "DataCenterApi.datacenters_put", "d", datacenter)
    assert server.last.json == {
        "type": "datacenter",
        "properties": {"name": "m", "location": "de/fra"},
        "entities": {"lans": {"id": "d/lans", "type": "collection"}},
    }


def test_a_dict_can_have_the_names_of_python_or_of_the_api(client, server):
    volume = {"properties": {"name": "data", "licence_type": "LINUX", "sshKeys": ["a"]}}
    body = {"properties": {"cpu_family": "AMD", "new_field": 1}, "entities": {"volumes": {"items": [volume]}}}
    call(client, SERVERS_POST, "d", body)
    sent = json.loads(server.last.body)
    assert sent["properties"] == {"cpuFamily": "AMD", "new_field": 1}
    (volume,) = sent["entities"]["volumes"]["items"]
    assert volume["properties"] == {"name": "data", "licenceType": "LINUX", "sshKeys": ["a"]}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"name": "web", "cores": 1}, "server.properties"),
        (
            {"properties": {}, "entities": {"volumes": {"items": [{"id": "v"}, {"name": "data"}]}}},
            "server.entities.volumes.items[1].properties",
        ),
    ],
)
def test_a_dict_for_a_new_resource_needs_properties(client, server, body, where):
    with pytest.raises(ApiValueError, match=f"{re.escape(where)} is required"):
        call(client, SERVERS_POST, "d", body)
    assert server.seen == []
    call(client, "ServerApi.datacenters_servers_volumes_post", "d", "s", {"id": "v"})  # attaches a volume
    call(client, "ServerApi.datacenters_servers_patch", "d", "s", {"name": "web"})


@pytest.mark.parametrize("names", [("cpu_family", "cpuFamily"), ("cpuFamily", "cpu_family")])
def test_a_field_of_a_dict_cannot_have_both_names(client, server, names):
    body = {"properties": dict.fromkeys(names, "AMD")}
    with pytest.raises(ApiValueError, match=r"server.properties.\w+ is given twice, as cpu_family and as cpuFamily"):
        call(client, SERVERS_POST, "d", body)
    assert server.seen == []


def test_a_put_sends_the_id_of_a_dict_but_not_of_a_model(client, server):
    user = UserPut(id="u", properties=UserPropertiesPut(firstname="f"))
    call(client, "UserManagementApi.um_users_put", "u", user)
    assert server.last.json == {"properties": {"firstname": "f"}}
    call(client, "UserManagementApi.um_users_put", "u", {"id": "u", "properties": {"firstname": "f"}})
    assert server.last.json == {"id": "u", "properties": {"firstname": "f"}}


@pytest.mark.parametrize(
    ("name", "arguments", "path"),
    [
        ("VolumeApi.datacenters_volumes_post", ("d", Volume(id="x")), ["properties"]),
        ("VolumeApi.datacenters_volumes_put", ("d", "v", Volume(id="x")), ["properties"]),
        (
            "ServerApi.datacenters_servers_post",
            ("d", Server(properties=SERVER, entities=ServerEntities(volumes=AttachedVolumes(items=[Volume()])))),
            ["entities", "volumes", "items", 0, "properties"],
        ),
        (
            "ServerApi.datacenters_servers_post",
            (
                "d",
                Server(properties=SERVER, entities=ServerEntities(nics=Nics(items=[Nic(properties=NicProperties())]))),
            ),
            ["entities", "nics", "items", 0, "properties", "lan"],
        ),
        (
            "ServerApi.datacenters_servers_post",
            ("d", Server(properties=ServerProperties(cores=1, ram=256, boot_volume=ResourceReference()))),
            ["properties", "boot_volume", "id"],
        ),
    ],
)
def test_nested_resources_without_an_id_need_their_required_properties(
    client, server, configuration, name, arguments, path
):
    configuration.client_side_validation = True
    with pytest.raises(ApiValueError, match="is required") as caught:
        call(client, name, *arguments)
    assert caught.value.path_to_item == path
    assert not server.seen


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        (
            {"name": "a b&c", "description": "ü", "sec_auth_protection": True, "licence_type": "LINUX"},
            [("name", "a b&c"), ("description", "ü"), ("secAuthProtection", "true"), ("licenceType", "LINUX")],
        ),
        ({"sec_auth_protection": False}, [("secAuthProtection", "false")]),
        ({"name": "", "description": None}, [("name", "")]),
        ({}, []),
    ],
)
def test_a_form_has_exactly_the_given_fields(client, server, fields, sent):
    call(client, "VolumeApi.datacenters_volumes_create_snapshot_post", "d", "v", depth=1, **fields)
    seen = server.last
    assert (seen.method, seen.target) == ("POST", "/cloudapi/v5/datacenters/d/volumes/v/create-snapshot?depth=1")
    assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert seen.headers["Content-Length"] == str(len(seen.body))
    assert parse_qsl(seen.body.decode(), keep_blank_values=True, strict_parsing=bool(sent)) == sent


def test_restoring_a_snapshot_sends_a_form(client, server):
    server.respond(b"", status=202)
    assert call(client, "VolumeApi.datacenters_volumes_restore_snapshot_post", "d", "v", snapshot_id="s") is None
    assert server.last.body == b"snapshotId=s"


def test_an_action_has_neither_body_nor_content_type(client, server):
    call(client, "ServerApi.datacenters_servers_start_post", "d", "s")
    assert server.last.body == b""
    assert "Content-Type" not in server.last.headers


# Values that no server accepts


def server_with(**properties):
    return Server(properties=ServerProperties(**{"cores": 1, "ram": 256, **properties}))


def volume_in(volume):
    return Server(properties=SERVER, entities=ServerEntities(volumes=AttachedVolumes(items=[Volume(id="v"), volume])))


SERVERS_POST = "ServerApi.datacenters_servers_post"
VOLUMES_POST = "VolumeApi.datacenters_volumes_post"
NICS_PATCH = "NicApi.datacenters_servers_nics_patch"
IMAGES_PATCH = "ImageApi.images_patch"
IN_VOLUME = "server.entities.volumes.items[1].properties"
REFUSED = [
    (SERVERS_POST, ("d", server_with(cores="two")), "server.properties.cores must be an int, not 'two'"),
    (SERVERS_POST, ("d", server_with(cores=2.5)), "server.properties.cores must be an int, not 2.5"),
    (SERVERS_POST, ("d", server_with(cores=True)), "server.properties.cores must be an int, not True"),
    (SERVERS_POST, ("d", server_with(cores=[2])), "server.properties.cores must be an int, not a list"),
    (SERVERS_POST, ("d", server_with(cores=-1)), "server.properties.cores must be at least 0, not -1"),
    (SERVERS_POST, ("d", server_with(cores="-1")), "server.properties.cores must be at least 0, not '-1'"),
    (SERVERS_POST, ("d", server_with(name=["x"])), "server.properties.name must be a str, not a list"),
    (SERVERS_POST, ("d", server_with(name={"x": 1})), "server.properties.name must be a str, not a dict"),
    (SERVERS_POST, ("d", Server(properties="x")), "server.properties must be a ServerProperties or a dict, not 'x'"),
    (SERVERS_POST, ("d", Server(properties=[SERVER])), "server.properties must be a ServerProperties or a dict, not a"),
    (
        SERVERS_POST,
        ("d", Server(properties=VolumeProperties(size=5))),
        "server.properties must be a ServerProperties or a dict, not a VolumeProperties",
    ),
    (SERVERS_POST, ("d", Server(properties=ImageProperties(licence_type="LINUX"))), "not an ImageProperties"),
    (SERVERS_POST, ("d", volume_in(Volume(properties={"size": -5}))), f"{IN_VOLUME}.size must be at least 0, not -5"),
    (
        SERVERS_POST,
        ("d", volume_in(Volume(properties=VolumeProperties(size=float("nan"))))),
        f"{IN_VOLUME}.size must be a float, not nan",
    ),
    (
        SERVERS_POST,
        ("d", volume_in(Nic())),
        "server.entities.volumes.items[1] must be a Volume or a dict, not a Nic",
    ),
    (SERVERS_POST, ("d", {"properties": {"cores": "two"}}), "server.properties.cores must be an int, not 'two'"),
    (SERVERS_POST, ("d", {"properties": [1]}), "server.properties must be a ServerProperties or a dict, not a list"),
    (
        SERVERS_POST,
        ("d", {"entities": {"nics": {"items": [{"properties": {"ips": "10.0.0.1"}}]}}}),
        "server.entities.nics.items[0].properties.ips must be a list, not '10.0.0.1'",
    ),
    (NICS_PATCH, ("d", "s", "n", NicProperties(ips="10.0.0.1")), "nic.ips must be a list, not '10.0.0.1'"),
    (NICS_PATCH, ("d", "s", "n", NicProperties(ips=["a", {}])), "nic.ips[1] must be a str, not a dict"),
    (NICS_PATCH, ("d", "s", "n", NicProperties(dhcp="maybe")), "nic.dhcp must be a bool, not 'maybe'"),
    (
        "NicApi.datacenters_servers_nics_firewallrules_patch",
        ("d", "s", "n", "f", FirewallruleProperties(port_range_start=0)),
        "port_range_start must be at least 1, not 0",
    ),
    (VOLUMES_POST, ("d", Volume(properties=VolumeProperties(name="n"))), "volume.properties.size is required"),
    (VOLUMES_POST, ("d", Volume()), "volume.properties is required"),
    (
        SERVERS_POST,
        ("d", Server(properties=SERVER, entities=ServerEntities(nics=Nics(items=[Nic(properties=NicProperties())])))),
        "server.entities.nics.items[0].properties.lan is required",
    ),
]


@pytest.mark.parametrize(("name", "arguments", "message"), REFUSED)
def test_a_value_that_no_server_accepts_is_rejected(client, server, name, arguments, message):
    with pytest.raises(ApiValueError) as caught:
        call(client, name, *arguments)
    assert str(caught.value).startswith(f"{name.partition('.')[2]}: ")
    assert message in str(caught.value)
    assert not server.seen


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        (IMAGES_PATCH, ("x", Server()), "image must be ImageProperties or a dict, not Server"),
        (IMAGES_PATCH, ("x", server_with()), "image must be ImageProperties or a dict, not Server"),
        ("ImageApi.images_put", ("x", server_with()), "image must be Image or a dict, not Server"),
        (IMAGES_PATCH, ("x", Server(id="s")), "image must be ImageProperties or a dict, not Server"),
        ("ImageApi.images_put", ("x", ImageProperties(name="n")), "image must be Image or a dict, not ImageProperties"),
        (SERVERS_POST, ("d", SERVER), "server must be Server or a dict, not ServerProperties"),
    ],
)
def test_a_model_of_another_resource_is_not_a_body(client, server, name, arguments, message):
    with pytest.raises(ApiTypeError) as caught:
        call(client, name, *arguments)
    assert str(caught.value) == f"{name.partition('.')[2]}: {message}"
    assert not server.seen


@pytest.mark.parametrize("value", [["s3cr3t-value"], {"a": "s3cr3t-value"}])
@pytest.mark.parametrize("name", ["image_password", "user_data"])
def test_an_error_does_not_show_a_secret(client, server, name, value):
    body = Volume(properties=VolumeProperties(size=1, **{name: value}))
    with pytest.raises(ApiValueError) as caught:
        call(client, VOLUMES_POST, "d", body)
    problem = f"must be a str, not a {type(value).__name__}"
    assert str(caught.value) == f"datacenters_volumes_post: volume.properties.{name} {problem}"
    assert caught.value.path_to_item == ["properties", name]
    assert not server.seen


# Values that a server may accept: programs for 5.0.x and 6.x send them.

UNUSUAL = [
    (SERVERS_POST, ("d", server_with(cores="2", ram=1024.0)), {"properties": {"cores": "2", "ram": 1024.0}}),
    (SERVERS_POST, ("d", server_with(cores="", name="")), {"properties": {"cores": "", "ram": 256, "name": ""}}),
    (SERVERS_POST, ("d", server_with(cores=10**6)), {"properties": {"cores": 10**6, "ram": 256}}),
    (SERVERS_POST, ("d", server_with(name=5)), {"properties": {"cores": 1, "ram": 256, "name": 5}}),
    (
        SERVERS_POST,
        ("d", server_with(boot_volume="v", boot_cdrom={"id": "c"}, availability_zone="ZONE_9")),
        {
            "properties": {
                **{"cores": 1, "ram": 256, "availabilityZone": "ZONE_9"},
                **{"bootVolume": "v", "bootCdrom": {"id": "c"}},
            }
        },
    ),
    (SERVERS_POST, ("d", {"properties": {"name": "n"}, "new": [1]}), {"properties": {"name": "n"}, "new": [1]}),
    (
        NICS_PATCH,
        ("d", "s", "n", NicProperties(ips=("a",), dhcp="True", lan="1")),
        {"ips": ["a"], "dhcp": "True", "lan": "1"},
    ),
    (NICS_PATCH, ("d", "s", "n", NicProperties(dhcp=1, ips=[UUID(int=1)])), {"dhcp": 1, "ips": [str(UUID(int=1))]}),
    (NICS_PATCH, ("d", "s", "n", NicProperties(ips=NULL)), {"ips": None}),
    (NICS_PATCH, ("d", "s", "n", NicProperties()), {}),
    (IMAGES_PATCH, ("x", Image(properties={"name": "n"})), {"properties": {"name": "n"}}),
    (IMAGES_PATCH, ("x", ImageProperties(disc_scsi_hot_plug="True", licence_type="NEW")), ...),
    (VOLUMES_POST, ("d", Volume(properties=VolumeProperties(size="1.5"))), {"properties": {"size": "1.5"}}),
    (VOLUMES_POST, ("d", Volume(properties={"name": "n"})), {"properties": {"name": "n"}}),
    # Models of another resource, with nothing that the documented model lacks.
    (VOLUMES_POST, ("d", Volume(properties=ImageProperties(name="n"))), {"properties": {"name": "n"}}),
    (VOLUMES_POST, ("d", Image(properties=VolumeProperties(size=1))), {"properties": {"size": 1}}),
    ("ImageApi.images_put", ("x", Image(properties=VolumeProperties(name="n"))), {"properties": {"name": "n"}}),
    (IMAGES_PATCH, ("x", VolumeProperties(name="n")), {"name": "n"}),
    (
        "LabelApi.datacenters_labels_post",
        ("d", LabelResource(properties=LabelProperties(key="k", value="v"))),
        {"properties": {"key": "k", "value": "v"}},
    ),
    (
        "LanApi.datacenters_lans_post",
        ("d", Lan(properties=LanProperties(public="True"))),
        {"properties": {"public": "True"}},
    ),
    ("LanApi.datacenters_lans_patch", ("d", 1, LanProperties(pcc={"id": "p"})), {"pcc": {"id": "p"}}),
    ("ServerApi.datacenters_servers_volumes_post", ("d", "s", ResourceReference(id="v")), {"id": "v"}),
    (
        "ServerApi.datacenters_servers_patch",
        ("d", "s", ServerProperties(boot_volume=Volume(id="v"))),
        {"bootVolume": {"id": "v"}},
    ),
    (
        "ServerApi.datacenters_servers_patch",
        ("d", "s", ServerProperties(boot_volume=Volume(id="v", properties=VolumeProperties(size=1)))),
        {"bootVolume": {"id": "v", "properties": {"size": 1}}},
    ),
]


@pytest.mark.parametrize(("name", "arguments", "body"), UNUSUAL)
def test_a_value_that_a_server_may_accept_is_sent(client, server, name, arguments, body):
    call(client, name, *arguments)
    if body is not ...:
        assert server.last.json == body


def test_a_subclass_of_a_model_can_be_sent(client, server):
    class Mine(Server):
        __slots__ = ()

    class Reference(ResourceReference):
        pass

    call(client, SERVERS_POST, "d", Mine(properties=ServerProperties(cores=1, ram=256, boot_volume=Reference(id="v"))))
    assert server.last.json["properties"]["bootVolume"] == {"id": "v"}


@pytest.mark.parametrize("name", ["type", "minimum", "required,type"])
def test_the_checks_can_be_disabled(client, server, name):
    client = client.with_options(disabled_client_side_validations=name)
    call(client, SERVERS_POST, "d", server_with(cores="two"))
    assert server.last.json["properties"]["cores"] == "two"
    call(client, IMAGES_PATCH, "x", Server(properties={"a": 1}))
    call(client, VOLUMES_POST, "d", Volume())
    assert server.last.json == {}


def test_the_check_for_required_fields_can_be_disabled(client, server):
    client = client.with_options(disabled_client_side_validations="required")
    call(client, VOLUMES_POST, "d", Volume())
    assert server.last.json == {}
    with pytest.raises(ApiValueError, match="cores must be an int"):
        call(client, SERVERS_POST, "d", server_with(cores="two"))


def test_call_api_checks_no_values(client, server):
    client.call_api("/datacenters/d/servers", "POST", body=server_with(cores="two"))
    assert server.last.json["properties"]["cores"] == "two"
