"""Servers, templates, volumes and snapshots of v6."""

from __future__ import annotations

import base64
import json

import pytest
from account import LINUX, id_of

from ionoscloud import ApiClient
from ionoscloud.api import ServerApi, TemplatesApi
from ionoscloud.emulator import CloudEmulator, catalogue

DAS = {"type": "DAS", "name": "built-in", "licenceType": "LINUX"}
SIZE = {"cores": 1, "ram": 1024}


@pytest.fixture
def home(six):
    """The path of a data center in de/fra."""
    return six.datacenter(name="dc")


def template(name):
    return next(id for id, properties in catalogue.TEMPLATES.items() if properties["name"] == name)


def with_volumes(*volumes):
    return {"volumes": {"items": [{"properties": volume} for volume in volumes]}}


def cube_body(*volumes, size="Basic Cube S", **properties):
    given = {"type": "CUBE", "templateUuid": template(size), **properties}
    return {"properties": given, "entities": with_volumes(*(volumes or [DAS]))}


def new_server(account, home, body):
    return account.done("POST", f"{home}/servers", body)["href"][len(account.url) :]


@pytest.fixture
def cube(six, home):
    return new_server(six, home, cube_body(name="cube"))


def gpu_body(volume, **properties):
    given = {"type": "GPU", "templateUuid": template("GPU M"), **properties}
    return {"properties": given, "entities": with_volumes(volume)}


# Templates


def test_templates_have_the_same_ids_in_every_emulator(six, call_of):
    listed = six.get("/templates?depth=1")["items"]
    assert [item["id"] for item in listed] == [*catalogue.TEMPLATES]
    found = six.get(f"/templates/{template('Memory Cube L')}")
    assert (found["type"], found["href"]) == ("template", f"{six.url}/templates/{found['id']}")
    assert found["properties"] == {
        **{"name": "Memory Cube L", "cores": 8, "ram": 32768, "storageSize": 480, "category": "Memory Cube"},
        **{"storageType": "DAS", "gpus": []},
    }
    (gpus,) = six.properties(f"/templates/{template('GPU M')}")["gpus"]
    assert gpus == {"vendor": "NVIDIA", "model": "H200", "type": "passthrough", "count": 2}
    assert six.send("GET", "/templates/none").status == 404
    assert six.send("DELETE", f"/templates/{found['id']}").status == 405
    with CloudEmulator(api_version=6) as other:
        assert call_of(other)("GET", "/templates").json()["items"][3]["id"] == listed[3]["id"]


# Cubes


def test_a_cube_has_the_size_of_its_template(six, home, cube):
    shown = six.get(f"{cube}?depth=2")
    properties = shown["properties"]
    names = ("type", "cores", "ram", "cpuFamily", "vmState", "hostname")
    assert [properties[name] for name in names] == ["CUBE", 2, 4096, None, "RUNNING", "cube"]
    (volume,) = shown["entities"]["volumes"]["items"]
    assert (volume["properties"]["type"], volume["properties"]["size"]) == ("DAS", 120)
    assert volume["properties"]["bootServer"] == id_of(cube)
    limits = six.get("/contracts")["items"][0]["properties"]["resourceLimits"]
    names = ("coresProvisioned", "ramProvisioned", "dasVolumeProvisioned", "hddVolumeProvisioned")
    assert [limits[name] for name in names] == [2, 4096, 120 * 1024, 0]


@pytest.mark.parametrize(
    ("volumes", "properties", "message"),
    [
        ([DAS], {"templateUuid": None}, "properties.templateUuid] Attribute 'templateUuid' is required"),
        ([DAS], {"templateUuid": "none"}, "properties.templateUuid] Template 'none' does not exist"),
        ([DAS], {"size": "GPU S"}, "properties.templateUuid] Template 'GPU S' is not for servers of type CUBE"),
        ([DAS], {"cores": 2}, "properties.cores] Attribute 'cores' of a server of type CUBE comes from its template"),
        ([DAS], {"ram": 4096}, "properties.ram] Attribute 'ram' of a server of type CUBE comes from its template"),
        ([DAS], {"cpuFamily": "AMD_EPYC"}, "properties.cpuFamily] Attribute is not allowed for a server of type CUBE"),
        ([DAS], {"enabledFeatures": ["SEV-SNP"]}, "properties.enabledFeatures] Attribute is not allowed for a server"),
        ([DAS], {"nicMultiQueue": True}, "properties.nicMultiQueue] A server of type CUBE does not support several"),
        ([{"size": 10}], {}, "entities.volumes] A server of type CUBE needs exactly one new volume of type DAS"),
        ([DAS, DAS], {}, "entities.volumes] A server of type CUBE needs exactly one new volume of type DAS"),
        ([{"type": "SSD"}], {}, "entities.volumes] The volume of a server of type CUBE has to be of type DAS"),
        ([{**DAS, "size": 120}], {}, "entities.volumes.items.[0].properties.size] The size of a volume of type DAS"),
        ([{**DAS, "size": 1, "imageAlias": "ubuntu:latest"}], {}, "entities.volumes.items.[0].properties.size] The "),
    ],
)
def test_an_invalid_cube_is_rejected(six, home, volumes, properties, message):
    body = cube_body(*volumes, **properties)
    messages = six.rejected("POST", f"{home}/servers", body)
    assert any(text.startswith(f"[(root).{message}") for text in messages), messages
    assert six.ids(f"{home}/servers") == six.ids(f"{home}/volumes") == []


def test_a_cube_needs_a_volume(six, home):
    body = {"properties": {"type": "CUBE", "templateUuid": template("Basic Cube S")}}
    (message,) = six.rejected("POST", f"{home}/servers", body)
    assert message.startswith("[(root).entities.volumes] A server of type CUBE needs exactly one new volume of type ")


def test_the_cores_of_a_cube_count_for_the_contract(six, home):
    for _ in range(31):
        six.accepted("POST", f"{home}/servers", cube_body(size="Basic Cube XL"))
    (message,) = six.rejected("POST", f"{home}/servers", cube_body(size="Basic Cube XL"))
    assert message == "[(root).properties.templateUuid] The contract's limit of 500 cores is exceeded"


def test_an_image_has_to_fit_on_the_volume_of_a_cube(cloud, six, home):
    image = cloud.add_image(name="big.qcow2", size=100.0, licenceType="LINUX")["id"]
    body = cube_body({"type": "DAS", "image": image}, size="Basic Cube XS")
    (message,) = six.rejected("POST", f"{home}/servers", body)
    assert message.endswith("volumes.items.[0].properties.size] The volume is smaller than the image (100.0 GB)")
    cube = new_server(six, home, cube_body({"type": "DAS", "image": image}))
    assert six.get(f"{cube}/volumes?depth=1")["items"][0]["properties"]["licenceType"] == "LINUX"


def test_a_cube_can_have_other_volumes(six, home):
    old = six.volume(home)
    body = cube_body(DAS, {"type": "SSD", "size": 10})
    body["entities"]["volumes"]["items"].append({"id": id_of(old)})
    cube = new_server(six, home, body)
    shown = six.get(f"{cube}/volumes?depth=1")["items"]
    assert [item["properties"]["size"] for item in shown] == [120, 10, 10]
    six.delete(cube)
    assert len(six.ids(f"{home}/volumes")) == 2


def test_a_data_center_can_be_created_with_a_cube(six):
    body = {"properties": {"location": "de/fra"}, "entities": {"servers": {"items": [cube_body()]}}}
    path = six.done("POST", "/datacenters", body)["href"][len(six.url) :]
    (volume,) = six.get(f"{path}/volumes?depth=1")["items"]
    assert volume["properties"]["size"] == 120
    body["entities"]["servers"]["items"][0]["entities"] = {}
    (message,) = six.rejected("POST", "/datacenters", body)
    assert message.startswith("[(root).entities.servers.items.[0].entities.volumes] A server of type CUBE needs")


def test_a_das_volume_belongs_to_its_cube(five, six, home, cube):
    (volume,) = six.ids(f"{cube}/volumes")
    path, server = f"{home}/volumes/{volume}", six.server(home)
    das = "A volume of type DAS"
    assert six.rejected("DELETE", path) == [f"[(root)] {das} is deleted with its server"]
    assert five.rejected("DELETE", path) == [f"[(root)] {das} is deleted with its server"]
    assert six.rejected("DELETE", f"{cube}/volumes/{volume}") == [f"[(root)] {das} cannot be detached"]
    (message,) = six.rejected("POST", f"{server}/volumes", {"id": volume})
    assert message == f"[(root).id] {das} belongs to the server that it was created with"
    for change in ({"size": 200}, {"size": None}):
        (message,) = six.rejected("PATCH", path, change)
        assert (
            message
            == f"[(root).properties.size] The size of a volume of type DAS {'comes from the template'} of its server"
        )
    assert six.change(path, name="renamed")["size"] == 120
    assert six.done("PUT", path, {"properties": {"name": "again"}})["properties"]["size"] == 120
    assert five.done("PUT", path, {"properties": {"size": 120}})["properties"]["size"] == 120
    six.delete(cube)
    assert six.gone(path)


def test_a_das_volume_cannot_be_created_without_a_cube(five, six, home, cube):
    server = six.server(home)
    for collection in (f"{home}/volumes", f"{server}/volumes", f"{cube}/volumes"):
        (message,) = six.not_created(collection, **DAS)
        assert message.endswith("type] A volume of type DAS can only be created with a server of type CUBE")
    body = {"properties": SIZE, "entities": with_volumes(DAS)}
    (message,) = six.rejected("POST", f"{home}/servers", body)
    assert message.startswith("[(root).entities.volumes.items.[0].properties.type] A volume of type DAS can only be ")
    (message,) = five.not_created(f"{home}/volumes", **DAS, size=10)
    assert message.startswith("[(root).properties.size] The size of a volume of type DAS")


def test_a_das_volume_cannot_be_attached_while_its_cube_is_created(six, home):
    server = six.server(home)
    cube = six.accepted("POST", f"{home}/servers", cube_body())["id"]
    (volume,) = six.ids(f"{home}/servers/{cube}/volumes")
    (message,) = six.rejected("POST", f"{server}/volumes", {"id": volume})
    assert message.startswith("[(root).id] A volume of type DAS belongs to")
    assert six.rejected("PATCH", f"{home}/servers/{cube}", {"cores": 3}) == [
        "[(root).properties.cores] Attribute 'cores' of a server of type CUBE comes from its template"
    ]


def test_a_cube_that_is_not_created_leaves_no_volume(cloud, six, home):
    cloud.fail_next_change()
    six.done("POST", f"{home}/servers", cube_body())
    assert six.ids(f"{home}/servers") == six.ids(f"{home}/volumes") == []


def test_the_size_and_type_of_a_cube_cannot_be_changed(five, six, cube):
    for name, value in (("cores", 4), ("ram", 8192), ("cores", None)):
        (message,) = six.rejected("PATCH", cube, {name: value})
        assert (
            message == f"[(root).properties.{name}] Attribute '{name}' of a server of type CUBE comes from its template"
        )
    for name, value in (("templateUuid", template("Basic Cube M")), ("type", "ENTERPRISE")):
        (message,) = six.rejected("PATCH", cube, {name: value})
        assert message == f"[(root).properties.{name}] Attribute is not allowed in update requests"
    assert six.change(cube, name="renamed", type="CUBE")["cores"] == 2
    assert six.done("PUT", cube, {"properties": {"name": "again"}})["properties"]["cores"] == 2


def test_a_cube_that_v5_changes_stays_a_cube(five, six, cube):
    shown = five.properties(cube)
    assert (shown["cores"], shown["ram"], "type" in shown, "templateUuid" in shown) == (2, 4096, False, False)
    (message,) = five.rejected("PUT", cube, {"properties": {"cores": 4, "ram": 4096}})
    assert message.startswith("[(root).properties.cores] Attribute 'cores' of a server of type CUBE")
    five.done("PUT", cube, {"properties": {"cores": 2, "ram": 4096, "name": "v5"}})
    kept = six.properties(cube)
    assert (kept["type"], kept["templateUuid"], kept["name"]) == ("CUBE", template("Basic Cube S"), "v5")
    assert five.rejected("POST", f"{cube}/stop") == [
        "[(root).properties.type] A server of type CUBE cannot be stopped: suspend it"
    ]


def test_a_cube_is_suspended_and_resumed(six, home, cube):
    assert six.send("POST", f"{cube}/suspend").status == 202
    assert six.properties(cube)["vmState"] == "RUNNING"
    six.cloud.clock.advance(5)
    assert six.properties(cube)["vmState"] == "SUSPENDED"
    for action in ("start", "reboot"):
        (message,) = six.rejected("POST", f"{cube}/{action}")
        assert message == "[(root).properties.vmState] The server is suspended: resume it first"
    assert six.send("POST", f"{cube}/resume").status == 202
    six.cloud.clock.advance(5)
    assert six.properties(cube)["vmState"] == "RUNNING"
    assert six.send("POST", f"{cube}/reboot").status == 202
    server = six.server(home)
    for action in ("suspend", "resume"):
        (message,) = six.rejected("POST", f"{server}/{action}")
        assert message == "[(root).properties.type] Only a server of type CUBE can be suspended and resumed"


# Servers of other types


def test_a_server_is_of_type_enterprise_by_default(five, six, home):
    for account in (five, six):
        assert six.properties(account.server(home))["type"] == "ENTERPRISE"
    server = five.server(home)
    assert six.change(server, type="ENTERPRISE", cores=2)["cores"] == 2
    (message,) = six.not_created(f"{home}/servers", **SIZE, type="HUGE")
    assert message == "[(root).properties.type] The type of a server has to be one of ENTERPRISE, VCPU, CUBE, GPU"
    (message,) = six.not_created(f"{home}/servers", **SIZE, templateUuid=template("Basic Cube S"))
    assert message == "[(root).properties.templateUuid] Only a server of type CUBE or GPU has a template"


def test_a_server_with_shared_cores_has_no_cpu_family(five, six, home):
    server = six.server(home, type="VCPU", cores=62)
    assert six.properties(server)["cpuFamily"] is None
    expected = "[(root).properties.cpuFamily] Attribute is not allowed for a server of type VCPU"
    assert six.not_created(f"{home}/servers", **SIZE, type="VCPU", cpuFamily="AMD_OPTERON") == [expected]
    for account in (five, six):
        assert account.rejected("PATCH", server, {"cpuFamily": "AMD_OPTERON"}) == [expected]
        assert account.change(server, cores=3)["cores"] == 3


@pytest.mark.parametrize("type", ["ENTERPRISE", "VCPU"])
def test_cores_and_memory_are_required(six, home, type):
    server = six.server(home, type=type)
    required = [f"[(root).properties.{name}] Attribute '{name}' is required" for name in SIZE]
    assert six.not_created(f"{home}/servers", type=type) == required
    assert six.rejected("PATCH", server, dict.fromkeys(SIZE)) == required
    assert six.done("PUT", server, {"properties": {"name": "s"}})["properties"]["cores"] == 1


@pytest.mark.parametrize("volume", [{}, {"type": "SSD Premium"}, {"type": "DAS"}])
def test_a_server_has_the_gpus_of_its_template(five, six, home, volume):
    server = new_server(six, home, gpu_body({"licenceType": "LINUX", **volume}, name="train"))
    shown = six.get(f"{server}?depth=2")
    assert [shown["properties"][name] for name in ("type", "cores", "ram")] == ["GPU", 30, 534 * 1024]
    (disk,) = shown["entities"]["volumes"]["items"]
    assert (disk["properties"]["size"], disk["properties"]["type"]) == (2048, volume.get("type", "SSD Premium"))
    gpus = six.get(f"{server}/gpus?depth=1")["items"]
    assert gpus == shown["entities"]["gpus"]["items"]
    assert [gpu["properties"]["name"] for gpu in gpus] == ["NVIDIA H200 1", "NVIDIA H200 2"]
    one = six.get(f"{server}/gpus/{gpus[1]['id']}")
    assert one["href"] == f"{six.url}{server}/gpus/{one['id']}"
    assert one["properties"] == {"name": "NVIDIA H200 2", "vendor": "NVIDIA", "model": "H200", "type": "passthrough"}
    assert six.send("GET", f"{server}/gpus/none").status == 404
    assert five.send("GET", f"{server}/gpus").status == 404
    assert six.get(f"{six.server(home)}/gpus")["items"] == []


def test_an_invalid_server_with_gpus_is_rejected(six, home):
    elsewhere = six.datacenter("us/las")
    (message,) = six.rejected("POST", f"{elsewhere}/servers", gpu_body({"licenceType": "LINUX"}))
    assert message == "[(root).properties.templateUuid] Location us/las does not have the GPU H200"
    (message,) = six.rejected("POST", f"{home}/servers", gpu_body({}, templateUuid=template("Basic Cube S")))
    assert message.endswith("Template 'Basic Cube S' is not for servers of type GPU")
    (message,) = six.rejected("POST", f"{home}/servers", gpu_body({"size": 10}))
    assert message == "[(root).entities.volumes] A server of type GPU needs exactly one new volume without a size"
    (message,) = six.rejected("POST", f"{home}/servers", gpu_body({"type": "SSD Standard"}))
    assert message.endswith("The volume of a server of type GPU has to be of type SSD Premium")
    body = {"properties": SIZE, "entities": {"gpus": {"items": [{"properties": {}}]}}}
    (message,) = six.rejected("POST", f"{home}/servers", body)
    assert message.endswith("The GPUs of a server come from its template")


# CPU families


def test_locations_and_data_centers_show_their_cpu_families(five, six, home):
    families = catalogue.cpu_architectures("de/fra")
    shown = six.properties(home)
    assert shown["cpuArchitecture"] == six.properties("/locations/de/fra")["cpuArchitecture"] == families
    assert shown["gpuArchitecture"] == [{"vendor": "NVIDIA", "model": "H200"}]
    assert six.properties(five.datacenter("us/las"))["gpuArchitecture"] == []
    assert not {"cpuArchitecture", "gpuArchitecture"} & {*five.properties(home), *five.properties("/locations/de/fra")}


def test_a_server_has_a_cpu_family_of_its_location(five, six, home):
    elsewhere = six.datacenter("us/las")
    six.server(home, cpuFamily="INTEL_ICELAKE")
    for account in (five, six):
        (message,) = account.not_created(f"{elsewhere}/servers", **SIZE, cpuFamily="INTEL_ICELAKE")
        offered = "AMD_OPTERON, INTEL_XEON, INTEL_SKYLAKE"
        assert message == f"[(root).properties.cpuFamily] CPU family has to be one of {offered}"
    (message,) = six.not_created(f"{home}/servers", cpuFamily="INTEL_ICELAKE", cores=33, ram=1024)
    assert message == "[(root).properties.cores] A server has 1 to 32 cores"
    (message,) = six.rejected("PATCH", six.server(home, cores=40), {"cpuFamily": "INTEL_ICELAKE"})
    assert message == "[(root).properties.cores] A server has 1 to 32 cores"


def test_the_enabled_features_of_a_server_are_those_of_its_cpu_family(six, home):
    assert six.properties(six.server(home, enabledFeatures=["SEV-SNP"]))["cpuFamily"] == "AMD_EPYC"
    (message,) = six.not_created(f"{home}/servers", **SIZE, enabledFeatures=["SEV-SNP"], cpuFamily="INTEL_XEON")
    assert message == "[(root).properties.enabledFeatures] CPU family INTEL_XEON does not have SEV-SNP"
    (message,) = six.not_created(f"{six.datacenter('us/las')}/servers", **SIZE, enabledFeatures=["SEV-SNP"])
    assert message == "[(root).properties.enabledFeatures] Location us/las does not have SEV-SNP"


def test_an_image_can_require_features_of_the_cpu(cloud, six, home):
    image = cloud.add_image(name="sealed.qcow2", licenceType="LINUX", requiredFeatures=["SEV-SNP"])["id"]
    assert six.properties(f"/images/{image}")["requiredFeatures"] == ["SEV-SNP"]
    assert six.get("/images?depth=1&maxResults=1")["items"][0]["properties"]["requiredFeatures"] == []
    volume = six.volume(home, image=image)
    (message,) = six.rejected("POST", f"{six.server(home)}/volumes", {"id": id_of(volume)})
    assert message == f"[(root).id] Volume {id_of(volume)} requires a server with SEV-SNP"
    server = six.server(home, enabledFeatures=["SEV-SNP"])
    six.attach(f"{server}/volumes", volume)
    (message,) = six.rejected("PATCH", server, {"enabledFeatures": []})
    assert message == f"[(root).properties.enabledFeatures] Volume {id_of(volume)} requires SEV-SNP"


# Other properties of servers


@pytest.mark.parametrize(
    ("name", "hostname"),
    [("Web Server_1", "web-server-1"), ("--x--", "x"), ("", None), ("é", None), ("a" * 70, "a" * 63)],
)
def test_the_host_name_follows_from_the_name(five, six, home, name, hostname):
    assert six.properties(five.server(home, name=name))["hostname"] == hostname


def test_a_host_name_can_be_set(six, home):
    server = six.server(home, name="a", hostname="web")
    assert six.properties(server)["hostname"] == "web"
    for given in ("-web", "Web", "a.b", "a" * 64):
        (message,) = six.rejected("PATCH", server, {"hostname": given})
        assert message.startswith("[(root).properties.hostname] A host name has up to 63 of the characters a-z, 0-9 ")
    assert six.change(server, hostname=None)["hostname"] == "a"


def test_only_ionos_sets_the_placement_group(six, home):
    server = six.server(home)
    (message,) = six.rejected("PATCH", server, {"placementGroupId": "g"})
    assert message == "[(root).properties.placementGroupId] Only IONOS can set the placement group"
    six.change(server, placementGroupId=None, nicMultiQueue=True)


def test_a_server_has_a_token_and_while_it_runs_a_console(five, six, home):
    server = six.server(home)
    token = six.get(f"{server}/token")["token"]
    header, payload, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
    assert json.loads(base64.urlsafe_b64decode(header))["typ"] == "JWT"
    assert json.loads(base64.urlsafe_b64decode(payload)) == {"server": server}
    assert six.get(f"{server}/remoteconsole")["url"].startswith("https://console.example.com/?token=ey")
    six.done("POST", f"{server}/stop")
    assert six.rejected("GET", f"{server}/remoteconsole") == ["[(root)] The server is not running"]
    assert six.get(f"{server}/token")["token"] == token
    assert six.send("GET", f"{home}/servers/none/token").status == 404
    assert five.send("GET", f"{server}/token").status == 404


@pytest.mark.parametrize(
    ("version", "query", "deleted"),
    [(6, "?deleteVolumes=true", 2), (6, "?deleteVolumes=false", 0), (6, "", 0), (5, "?deleteVolumes=true", 0)],
)
def test_volumes_can_be_deleted_with_their_server(five, six, home, version, query, deleted):
    account, server = {5: five, 6: six}[version], six.server(home)
    for _ in range(2):
        six.create(f"{server}/volumes", size=5)
    six.accepted("DELETE", f"{server}/volumes/{id_of(six.create(f'{server}/volumes', size=5))}")
    account.delete(server + query)
    assert len(six.ids(f"{home}/volumes")) == 3 - deleted


def test_clients_manage_cubes(cloud):
    with ApiClient(cloud.configuration(api_version=6)) as client, cloud._store.instant_changes():
        servers, templates = ServerApi(client), TemplatesApi(client)
        datacenter = cloud._app.send(6, "POST", "/datacenters", {"properties": {"location": "de/fra"}})["id"]
        small = next(each for each in templates.templates_get(depth=1).items if each.properties.name == "Basic Cube XS")
        cube = servers.datacenters_servers_post(datacenter, cube_body(templateUuid=small.id))
        assert cube.properties.cores == small.properties.cores
        servers.datacenters_servers_suspend_post(datacenter, cube.id)
        assert servers.datacenters_servers_find_by_id(datacenter, cube.id).properties.vm_state == "SUSPENDED"
        servers.datacenters_servers_delete(datacenter, cube.id, delete_volumes=True)
        assert servers.datacenters_servers_get(datacenter).items == []


# Volumes and snapshots


def test_the_size_of_a_volume_is_required(six, home):
    server, expected = six.server(home), "Attribute 'size' is required"
    for collection in (f"{home}/volumes", f"{server}/volumes"):
        for properties in ({}, {"type": "SSD", **LINUX}):
            assert six.not_created(collection, **properties) == [f"[(root).properties.size] {expected}"]
    body = {"properties": SIZE, "entities": with_volumes({"name": "v"})}
    (message,) = six.rejected("POST", f"{home}/servers", body)
    assert message == f"[(root).entities.volumes.items.[0].properties.size] {expected}"
    volume = six.volume(home)
    assert six.rejected("PATCH", volume, {"size": None}) == [f"[(root).properties.size] {expected}"]
    assert six.done("PUT", volume, {"properties": {"name": "v"}})["properties"]["size"] == 10


def test_a_volume_shows_its_server_and_its_numbers_there(five, six, home):
    server = six.server(home)
    first, second = (six.create(f"{server}/volumes", size=5) for _ in range(2))
    for volume, number in ((first, 1), (second, 2)):
        shown = six.properties(volume)
        assert [shown[name] for name in ("deviceNumber", "pciSlot", "bootServer")] == [
            number,
            number + 5,
            id_of(server),
        ]
        assert five.properties(volume)["deviceNumber"] == number and "pciSlot" not in five.properties(volume)
    six.delete(f"{server}/volumes/{id_of(second)}")
    assert {six.properties(second)[name] for name in ("deviceNumber", "pciSlot", "bootServer")} == {None}


def test_a_server_boots_from_the_volume_that_the_boot_order_selects(five, six, home):
    server = six.server(home)
    first, second = (six.create(f"{server}/volumes", size=5) for _ in range(2))

    def boots():
        found = six.properties(server)["bootVolume"]
        return found and found["id"]

    def rejected(verb, path, body):
        (message,) = six.rejected(verb, path, body)
        return message

    text = "All other volumes of the server need the boot order"
    assert boots() == id_of(first)
    assert rejected("PATCH", second, {"bootOrder": "PRIMARY"}) == (
        f"[(root).properties.bootOrder] {text} NONE if this one has PRIMARY"
    )
    six.change(first, bootOrder="NONE")
    assert boots() == id_of(second)
    six.change(second, bootOrder="PRIMARY")
    assert boots() == id_of(second)
    six.change(server, bootVolume={"id": id_of(first)})
    assert boots() == id_of(second)
    assert rejected("PATCH", first, {"bootOrder": "AUTO"}).endswith(f"{text} AUTO if this one has AUTO")
    for account in (five, six):
        (message,) = account.not_created(f"{server}/volumes", size=5)
        assert message.endswith(f"{text} AUTO if this one has AUTO")
    six.create(f"{server}/volumes", size=5, bootOrder="NONE")
    five.change(second, size=6)
    assert six.properties(second)["bootOrder"] == "PRIMARY"
    six.change(server, bootVolume=None)
    six.change(second, bootOrder="NONE")
    assert boots() is None
    both = with_volumes({"size": 5, "bootOrder": "NONE"}, {"size": 5, "bootOrder": "PRIMARY"})
    made = new_server(six, home, {"properties": SIZE, "entities": both})
    assert six.properties(made)["bootVolume"]["id"] == six.ids(f"{made}/volumes")[1]


def test_volumes_and_snapshots_inherit_from_their_image(cloud, five, six, home):
    kept = {"exposeSerial": True, "requireLegacyBios": False, "applicationType": "MSSQL-2022-Web"}
    image = cloud.add_image(name="sql.qcow2", licenceType="WINDOWS2022", **kept)["id"]
    for account in (five, six):
        volume = account.volume(home, image=image)
        assert six.properties(volume).items() >= kept.items()
        form = {"body": "", "headers": {"Content-Type": "application/x-www-form-urlencoded"}} if account is five else {}
        snapshot = account.call("POST", f"{volume}/create-snapshot", **form).json()["id"]
        cloud.clock.advance(5)
        assert six.properties(f"/snapshots/{snapshot}").items() >= kept.items()
        assert six.properties(account.volume(home, image=snapshot)).items() >= kept.items()
    assert six.properties(six.volume(home)).items() >= {"exposeSerial": False, "requireLegacyBios": True}.items()
    plain, given = cloud.add_image(name="x.qcow2")["id"], {"exposeSerial": True, "requireLegacyBios": False}
    assert six.properties(six.volume(home, image=plain, **given)).items() >= given.items()


def test_an_application_type_comes_from_an_image(cloud, six, home):
    text = "[(root).properties.applicationType] An application type other than UNKNOWN comes from a public image"
    image = "/images/" + cloud.add_image(name="x.qcow2", licenceType="LINUX", applicationType="MSSQL")["id"]
    assert six.not_created(f"{home}/volumes", size=5, applicationType="MSSQL") == [text]
    volume = six.volume(home, image=id_of(image), applicationType="MSSQL")
    plain = six.volume(home)
    for path in (plain, image, volume):
        assert six.rejected("PATCH", path, {"applicationType": "OTHER"}) == [text]
    assert six.change(image, applicationType="MSSQL", name="y")["name"] == "y"
    body = {"properties": {"applicationType": "MSSQL"}}
    assert six.rejected("POST", f"{plain}/create-snapshot", body) == [text]
    made = six.done("POST", f"{volume}/create-snapshot", {"properties": {"applicationType": "UNKNOWN"}})
    assert made["properties"]["applicationType"] == "UNKNOWN"


def test_snapshots_are_created_and_restored_with_the_bodies_of_v6(six, home):
    volume = six.volume(home, licenceType="LINUX")
    given = {"name": "n", "description": "d", "secAuthProtection": True, "licenceType": "RHEL"}
    made = six.done("POST", f"{volume}/create-snapshot", {"properties": given})
    assert made["properties"].items() >= {**given, "size": 10, "location": "de/fra"}.items()
    for body in (None, {}, {"properties": {}}, {"properties": {"name": None}}):
        assert six.done("POST", f"{volume}/create-snapshot", body)["properties"]["licenceType"] == "LINUX"
    for body in (None, {}, {"properties": {}}, {"properties": {"snapshotId": None}}):
        (message,) = six.rejected("POST", f"{volume}/restore-snapshot", body)
        assert message == "[(root).properties.snapshotId] Attribute 'snapshotId' is required"


# Null and missing values


@pytest.mark.parametrize("kind", ["server", "volume", "snapshot", "image", "datacenter", "cube"])
def test_null_is_accepted_or_rejected_for_each_property(cloud, six, home, cube, kind):
    volume = six.volume(home, licenceType="LINUX")
    path = {
        **{"server": six.server(home), "volume": volume, "datacenter": home, "cube": cube},
        "snapshot": "/snapshots/" + six.done("POST", f"{volume}/create-snapshot")["id"],
        "image": "/images/" + cloud.add_image(name="x.iso")["id"],
    }[kind]
    for name in six.properties(path):
        assert six.send("PATCH", path, {name: None}).status in (202, 422), name
        assert six.send("PUT", path, {"properties": {name: None}}).status in (202, 422), name
        cloud.clock.advance(5)
        assert six.get(path)
