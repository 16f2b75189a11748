"""Resources for the examples of the reference: one for each id in them."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any
from unittest import mock

from werkzeug.datastructures import Headers

from ionoscloud import ApiClient, DataCenterApi, IPBlocksApi, LanApi, ServerApi, VolumeApi, find
from ionoscloud.emulator import CloudEmulator
from ionoscloud.emulator.messages import HttpRequest

IDS = {  # by collection
    "datacenters": ["resource_id_example", "datacenter_id_example"],
    **{name: [f"{name[:-1]}_id_example"] for name in ("servers", "volumes", "nics", "firewallrules", "loadbalancers")},
    **{name: [f"{name[:-1]}_id_example"] for name in ("snapshots", "ipblocks", "pccs", "nodepools", "nodes")},
    **{name: [f"{name[:-1]}_id_example"] for name in ("users", "groups", "backupunits")},
    "k8s": ["k8s_cluster_id_example"],
    "s3keys": ["key_id_example"],
    "targetgroups": ["target_group_id_example"],
    "securitygroups": ["security_group_id_example"],
    "applicationloadbalancers": ["application_load_balancer_id_example"],
    "networkloadbalancers": ["network_load_balancer_id_example"],
    "natgateways": ["nat_gateway_id_example"],
    "forwardingrules": ["forwarding_rule_id_example"] * 2,
    "rules": ["rule_id_example", "nat_gateway_rule_id_example"],
    "flowlogs": ["flowlog_id_example", *["flow_log_id_example"] * 3],
}
DATACENTER = "/datacenters/datacenter_id_example"
SERVER = f"{DATACENTER}/servers/server_id_example"
VOLUME = f"{DATACENTER}/volumes/volume_id_example"
GROUP = "/um/groups/group_id_example"
LABEL = {"key": "environment", "value": "test"}
NODES = {"name": "p", "datacenterId": "datacenter_id_example", "nodeCount": 2, "cpuFamily": "INTEL_SKYLAKE"}
SERVERS = {"coresCount": 1, "ramSize": 2048, "availabilityZone": "AUTO", "storageType": "HDD", "storageSize": 10}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("/datacenters", {"name": "shared", "location": "de/fra"}),
    ("/datacenters", {"name": "d", "location": "de/fra"}),
    (f"{DATACENTER}/lans", {"name": "l", "public": True}),
    (f"{DATACENTER}/servers", {"name": "s", "cores": 1, "ram": 1024}),
    (f"{DATACENTER}/volumes", {"name": "v", "size": 5, "type": "HDD"}),
    (f"{SERVER}/volumes", {"id": "volume_id_example"}),
    (f"{SERVER}/cdroms", {"id": "cdrom_id_example"}),
    (f"{SERVER}/nics", {"name": "n", "lan": 1}),
    (f"{SERVER}/nics/nic_id_example/firewallrules", {"protocol": "TCP"}),
    (f"{DATACENTER}/loadbalancers", {"name": "l"}),
    (f"{DATACENTER}/loadbalancers/loadbalancer_id_example/balancednics", {"id": "nic_id_example"}),
    (f"{VOLUME}/create-snapshot", {}),
    ("/ipblocks", {"location": "de/fra", "size": 2}),
    ("/pccs", {"name": "p"}),
    ("/k8s", {"name": "k"}),
    ("/k8s/k8s_cluster_id_example/nodepools", {**NODES, **SERVERS}),
    ("/um/users", {"firstname": "f", "lastname": "l", "email": "a@example.com", "password": "secretSecret1"}),
    ("/um/users/user_id_example/s3keys", {}),
    ("/um/groups", {"name": "g"}),
    (f"{GROUP}/users", {"id": "user_id_example"}),
    (f"{GROUP}/shares/resource_id_example", {"editPrivilege": True}),
    ("/backupunits", {"name": "mybackups", "password": "secretSecret1", "email": "b@example.com"}),
    *((f"{path}/labels", LABEL) for path in (DATACENTER, SERVER, VOLUME, "/ipblocks/ipblock_id_example")),
    ("/snapshots/snapshot_id_example/labels", LABEL),
]
SECURITY_GROUP = f"{DATACENTER}/securitygroups/security_group_id_example"
ALB = f"{DATACENTER}/applicationloadbalancers/application_load_balancer_id_example"
NLB = f"{DATACENTER}/networkloadbalancers/network_load_balancer_id_example"
NAT = f"{DATACENTER}/natgateways/nat_gateway_id_example"
LANS = {"listenerLan": 1, "targetLan": 2}
LISTENER = {"name": "r", "listenerIp": "203.0.113.40", "listenerPort": 80}
TARGETS = {"algorithm": "RANDOM", "targets": [{"ip": "10.0.2.11", "port": 80, "weight": 1}]}
NAT_RULE = {"name": "r", "sourceSubnet": "10.0.1.0/24", "publicIp": "203.0.113.30"}
FLOW_LOG = {"name": "f", "action": "ALL", "direction": "INGRESS", "bucket": "b"}
CALLS_OF_V6: list[tuple[str, dict[str, Any]]] = [
    ("/ipblocks", {"location": "de/fra", "size": 40}),  # with all addresses in the examples
    ("/images/image_id_example/labels", LABEL),
    (f"{DATACENTER}/lans", {"name": "l", "public": False}),
    (f"{DATACENTER}/securitygroups", {"name": "s"}),
    (f"{SECURITY_GROUP}/rules", {"protocol": "TCP"}),
    (f"{SERVER}/nics/nic_id_example/flowlogs", FLOW_LOG),
    ("/targetgroups", {"name": "t", "algorithm": "RANDOM", "protocol": "HTTP"}),
    (f"{DATACENTER}/applicationloadbalancers", {"name": "a", "ips": ["203.0.113.40"], **LANS}),
    (f"{ALB}/forwardingrules", {"protocol": "HTTP", **LISTENER}),
    (f"{ALB}/flowlogs", FLOW_LOG),
    (f"{DATACENTER}/networkloadbalancers", {"name": "n", "ips": ["203.0.113.40"], **LANS}),
    (f"{NLB}/forwardingrules", {"protocol": "TCP", **LISTENER, **TARGETS}),
    (f"{NLB}/flowlogs", FLOW_LOG),
    (f"{DATACENTER}/natgateways", {"name": "n", "publicIps": ["203.0.113.30"]}),
    (f"{NAT}/rules", NAT_RULE),
    (f"{NAT}/flowlogs", FLOW_LOG),
]
FORM = "application/x-www-form-urlencoded"


def populate(cloud: CloudEmulator, without: list[str], version: int) -> None:
    """Create the resources of the examples for a version of the API.

    Those at and below the collections in `without` are left out: the example creates them, or they are in its way.
    """
    ids = {collection: list(names) for collection, names in IDS.items()}
    add = cloud._store.add

    def add_with_its_name(collection: str, identifier: str, kind: Any, **details: Any) -> Any:
        names = ids.get(collection.rpartition("/")[2])
        return add(collection, names.pop(0) if names else identifier, kind, **details)

    user = b64encode(f"{cloud.username}:{cloud.password}".encode()).decode()
    cloud.add_image(id="cdrom_id_example", name="c.iso", imageType="CDROM", location="de/fra")
    with mock.patch.object(cloud._store, "add", add_with_its_name):
        calls = [(5, call) for call in CALLS] + [(6, call) for call in CALLS_OF_V6 if version == 6]
        for of_call, (path, content) in calls:
            if any(f"{left_out}/" in f"{path}/" for left_out in without):
                continue
            body = json.dumps(content if "id" in content else {"properties": content}).encode() if content else b""
            kind = "application/json" if content else FORM
            headers = Headers({"Authorization": f"Basic {user}", "Content-Type": kind})
            response = cloud._app.respond(HttpRequest("POST", f"/cloudapi/v{of_call}{path}", headers, body))
            assert response.status < 300, (path, response.content)
    cloud._app.seen.clear()


def add_old_images(cloud: CloudEmulator) -> None:
    """Add private images with an old creation date."""
    for month in ("2023-01", "2023-02"):
        image = cloud.add_image(name=f"backup-{month}.qcow2", size=8.0)
        set_creation_date(cloud, f"/images/{image['id']}", f"{month}-01")


def add_shop(cloud: CloudEmulator) -> None:
    """Add a data center with two servers, their IP block, an unused one, and old snapshots of a volume."""
    with ApiClient() as client:
        blocks = IPBlocksApi(client)
        block, unused = (
            blocks.ipblocks_post({"properties": {"name": name, "location": "de/fra", "size": 1}})
            for name in ("web", "old")
        )
        set_creation_date(cloud, f"/ipblocks/{unused.id}", "2023-01-01")
        dc = DataCenterApi(client).datacenters_post({"properties": {"name": "shop", "location": "de/fra"}}).id
        LanApi(client).datacenters_lans_post(dc, {"properties": {"public": True}})
        volumes = []
        for name, ips in (("web-1", block.properties.ips), ("web-2", [])):
            nic = {"lan": 1, "ips": ips}
            parts = {"volumes": {"name": name, "size": 10, "type": "SSD", "licenceType": "LINUX"}, "nics": nic}
            entities = {kind: {"items": [{"properties": properties}]} for kind, properties in parts.items()}
            body = {"properties": {"name": name, "cores": 1, "ram": 1024}, "entities": entities}
            server = ServerApi(client).datacenters_servers_post(dc, body, depth=3)
            volumes.append(server.entities.volumes[0].id)
        for day in range(1, 9):
            texts = {"name": f"nightly-{volumes[0]}", "description": "shop, web-1"}
            snapshot = VolumeApi(client).datacenters_volumes_create_snapshot_post(dc, volumes[0], **texts)
            set_creation_date(cloud, f"/snapshots/{snapshot.id}", f"2023-01-0{day}")
    cloud.clear_requests()


def add_unused_resources(cloud: CloudEmulator) -> None:
    """Add a volume without a server, an IP block without a user and an old snapshot, with a client for the examples."""
    with ApiClient() as client:
        datacenter = find(DataCenterApi(client).datacenters_get, name="shop").id
        volumes = VolumeApi(client)
        attached = find(volumes.datacenters_volumes_get, datacenter, name="data").id
        body = {"properties": {"name": "forgotten", "size": 10, "type": "HDD", "licenceType": "OTHER"}}
        volumes.datacenters_volumes_post(datacenter, body, _wait=True)
        body = {"properties": {"name": "spare", "location": "de/fra", "size": 1}}
        IPBlocksApi(client).ipblocks_post(body, _wait=True)
        create_snapshot = volumes.datacenters_volumes_create_snapshot_post
        made = create_snapshot(datacenter, attached, name="before-migration", _wait=True)
    set_creation_date(cloud, f"/snapshots/{made.id}", "2023-01-01")
    cloud.clear_requests()


def set_creation_date(cloud: CloudEmulator, path: str, day: str) -> None:
    resource = cloud._store.resource(path)
    assert resource
    resource.metadata = {**resource.metadata, "createdDate": f"{day}T00:00:00Z"}


def profiles_on(page: Path) -> str:
    """Return the file of `ionosctl` that a page shows; empty if it shows none."""
    return page.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
