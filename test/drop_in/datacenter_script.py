"""Create, change and delete a data center, with the calls of the published package 5.0.8.

The script uses only names and call forms of 5.0.8, and runs with this package unchanged. It prints its results as JSON,
without values that depend on the clock.
"""

import datetime
import json
import os
import sys

import ionoscloud
from ionoscloud.models import (
    AttachedVolumes,
    Datacenter,
    DatacenterProperties,
    FirewallRule,
    FirewallruleProperties,
    LabelResource,
    LabelResourceProperties,
    Lan,
    LanPost,
    LanProperties,
    LanPropertiesPost,
    Nic,
    NicProperties,
    Nics,
    Server,
    ServerEntities,
    ServerProperties,
    SnapshotProperties,
    Volume,
    VolumeProperties,
)
from ionoscloud.rest import ApiException

configuration = ionoscloud.Configuration(
    host=os.environ["IONOS_API_URL"], username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"]
)
summary = {}


def wait(client, headers):
    client.wait_for_completion(request_id=headers["Location"].split("/")[-2], timeout=60, initial_wait=0.05)


def record(title, value):
    summary[title] = value.to_dict() if hasattr(value, "to_dict") else value


def plain(value):
    """Encode a value for JSON: of a date only its type, because runs have different dates."""
    return type(value).__name__ if isinstance(value, datetime.datetime) else repr(value)


with ionoscloud.ApiClient(configuration) as client:
    datacenters = ionoscloud.DataCenterApi(client)
    servers = ionoscloud.ServerApi(api_client=client)
    volumes = ionoscloud.VolumeApi(client)
    lans = ionoscloud.LanApi(client)
    nics = ionoscloud.NicApi(client)
    labels = ionoscloud.LabelApi(client)
    snapshots = ionoscloud.SnapshotApi(client)
    contracts = ionoscloud.ContractApi(client)
    requests = ionoscloud.RequestApi(client)

    record("contract before", contracts.contracts_get())

    # A data center and a LAN.
    properties = DatacenterProperties(name="script", description="made by a script", location="de/fra")
    datacenter, status, headers = datacenters.datacenters_post_with_http_info(Datacenter(properties=properties))
    record("data center accepted", [status, datacenter.to_dict()])
    wait(client, headers)
    dc = datacenter.id

    lan = LanPost(properties=LanPropertiesPost(name="outside", public=True))
    (lan, _, headers) = lans.datacenters_lans_post_with_http_info(datacenter_id=dc, lan=lan)
    wait(client, headers)
    lan = lans.datacenters_lans_find_by_id(dc, lan.id)
    inside = {**vars(lan.properties), "local_vars_configuration": None}
    record("inside of a LAN", [list(inside.items())[:5], inside.get("_public")])

    # A server with its volume and NIC, in one body.
    disk = VolumeProperties(
        name="system", size=10, type="HDD", image_alias="ubuntu:latest", image_password="Secret123456", bus="VIRTIO"
    )
    nic = NicProperties(name="eth0", lan=int(lan.id), dhcp=True, firewall_active=True)
    server = Server(
        properties=ServerProperties(name="web", cores=2, ram=2048, cpu_family="INTEL_SKYLAKE"),
        entities=ServerEntities(
            volumes=AttachedVolumes(items=[Volume(properties=disk)]), nics=Nics(items=[Nic(properties=nic)])
        ),
    )
    server, status, headers = servers.datacenters_servers_post_with_http_info(dc, server)
    record("server accepted", [status, server.properties.name, server.metadata.state])
    wait(client, headers)
    server = servers.datacenters_servers_find_by_id(dc, server.id, depth=3)
    record("server", server)
    server.nic = server.entities.nics.items[0]  # a custom attribute
    record("own attribute", [server.nic.properties.name, "nic" in server.to_dict(), "nic" in vars(server)])
    nic_id = server.entities.nics.items[0].id
    system_id = server.entities.volumes.items[0].id

    rule = FirewallruleProperties(name="ssh", protocol="TCP", port_range_start=22, port_range_end=22)
    _, status, headers = nics.datacenters_servers_nics_firewallrules_post_with_http_info(
        dc, server.id, nic_id, FirewallRule(properties=rule)
    )
    record("rule accepted", status)
    wait(client, headers)

    label = LabelResource(properties=LabelResourceProperties(key="stage", value="test"))
    record("label", labels.datacenters_servers_labels_post(dc, server.id, label))

    # Another volume, created alone and then attached by its id.
    disk = VolumeProperties(name="data", size=20.5, type="SSD")
    data, _, headers = volumes.datacenters_volumes_post_with_http_info(dc, Volume(properties=disk))
    wait(client, headers)
    data, status, headers = servers.datacenters_servers_volumes_post_with_http_info(dc, server.id, Volume(id=data.id))
    record("attached", [status, data.id, data.properties.size])
    wait(client, headers)
    attached = servers.datacenters_servers_volumes_get(dc, server.id, depth=1)
    record("volumes", [(volume.properties.name, volume.properties.device_number) for volume in attached.items])

    # Nested lists, as models and as plain dicts.
    record("everything", datacenters.datacenters_get(depth=5))
    record("names", [item.properties.name for item in datacenters.datacenters_get(depth=1, offset=0, limit=10).items])
    query = {"filter.name": "a b+c/d&e=ü", "orderBy": "name"}
    record("filtered", datacenters.datacenters_get(depth=1, query_params=query).items)
    record("without depth", datacenters.datacenters_get())
    found = lans.datacenters_lans_get(dc, depth=3, pretty=True, response_type="object")
    record("as a dict", [item["properties"] for item in found["items"]])
    record("all labels", [label.id for label in labels.labels_get(depth=1).items])
    record("contract in use", contracts.contracts_get(pretty=False, depth=1).properties.resource_limits)

    # Changes.
    server, status, headers = servers.datacenters_servers_patch_with_http_info(dc, server.id, ServerProperties(cores=4))
    record("patched", [status, server.properties.cores, server.properties.ram])
    wait(client, headers)
    _, _, headers = datacenters.datacenters_patch_with_http_info(dc, DatacenterProperties(description=""))
    wait(client, headers)
    _, _, headers = lans.datacenters_lans_put_with_http_info(
        dc, lan.id, Lan(properties=LanProperties(name="inside", public=False))
    )
    wait(client, headers)
    _, _, headers = nics.datacenters_servers_nics_patch_with_http_info(dc, server.id, nic_id, {"name": "eth1"})
    wait(client, headers)
    _, _, headers = servers.datacenters_servers_stop_post_with_http_info(dc, server.id)
    wait(client, headers)
    record("stopped", servers.datacenters_servers_find_by_id(dc, server.id).properties.vm_state)

    snapshot, status, headers = volumes.datacenters_volumes_create_snapshot_post_with_http_info(
        dc, system_id, name="before & after", description="50 % of it: ü"
    )
    record("snapshot accepted", [status, snapshot.properties.name, snapshot.properties.description])
    wait(client, headers)
    _, _, headers = snapshots.snapshots_patch_with_http_info(snapshot.id, SnapshotProperties(name="kept"))
    wait(client, headers)
    record("snapshots", snapshots.snapshots_get(depth=1))
    _, _, headers = volumes.datacenters_volumes_restore_snapshot_post_with_http_info(
        dc, system_id, snapshot_id=snapshot.id
    )
    wait(client, headers)

    # Rejected calls.
    for title, call in (
        ("not there", lambda: servers.datacenters_servers_find_by_id(dc, "no-such-server")),
        ("too small", lambda: volumes.datacenters_volumes_patch(dc, system_id, VolumeProperties(size=1))),
        ("odd", lambda: servers.datacenters_servers_patch(dc, server.id, ServerProperties(ram=1000))),
    ):
        try:
            call()
        except ApiException as error:
            record(title, [error.status, error.reason, json.loads(error.body)])

    # Deletion of all resources.
    labels.datacenters_servers_labels_delete(dc, server.id, "stage")
    for delete, ids in (
        (servers.datacenters_servers_volumes_delete_with_http_info, (dc, server.id, data.id)),
        (volumes.datacenters_volumes_delete_with_http_info, (dc, data.id)),
        (servers.datacenters_servers_delete_with_http_info, (dc, server.id)),
        (snapshots.snapshots_delete_with_http_info, (snapshot.id,)),
        (datacenters.datacenters_delete_with_http_info, (dc,)),
    ):
        _, status, headers = delete(*ids)
        wait(client, headers)
    record(
        "requests", [item.properties.method for item in requests.requests_get(depth=1, filter_method="DELETE").items]
    )
    record("left", [len(datacenters.datacenters_get().items), len(snapshots.snapshots_get().items)])
    record("contract after", contracts.contracts_get())

json.dump(summary, sys.stdout, indent=1, default=plain)
