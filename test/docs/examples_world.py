"""Resources for the examples of the reference: one for each id in them."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from unittest import mock

from werkzeug.datastructures import Headers

from ionoscloud.emulator import CloudEmulator
from ionoscloud.emulator.messages import HttpRequest

IDS = {  # by collection
    "datacenters": ["resource_id_example", "datacenter_id_example"],
    **{name: [f"{name[:-1]}_id_example"] for name in ("servers", "volumes", "nics", "firewallrules", "loadbalancers")},
    **{name: [f"{name[:-1]}_id_example"] for name in ("snapshots", "ipblocks", "pccs", "nodepools", "nodes")},
    **{name: [f"{name[:-1]}_id_example"] for name in ("users", "groups", "backupunits")},
    "k8s": ["k8s_cluster_id_example"],
    "s3keys": ["key_id_example"],
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
FORM = "application/x-www-form-urlencoded"


def populate(cloud: CloudEmulator, without: tuple[str, ...]) -> None:
    """Create the resources of the examples, except those at paths with these endings, which the example creates."""
    ids = {collection: list(names) for collection, names in IDS.items()}
    add = cloud._store.add

    def add_with_its_name(collection: str, identifier: str, kind: Any, **details: Any) -> Any:
        names = ids.get(collection.rpartition("/")[2])
        return add(collection, names.pop(0) if names else identifier, kind, **details)

    user = b64encode(f"{cloud.username}:{cloud.password}".encode()).decode()
    cloud.add_image(id="cdrom_id_example", name="c.iso", imageType="CDROM", location="de/fra")
    with mock.patch.object(cloud._store, "add", add_with_its_name):
        for path, content in CALLS:
            if path.endswith(without):
                continue
            body = json.dumps(content if "id" in content else {"properties": content}).encode() if content else b""
            kind = "application/json" if content else FORM
            headers = Headers({"Authorization": f"Basic {user}", "Content-Type": kind})
            response = cloud._app.respond(HttpRequest("POST", f"/cloudapi/v5{path}", headers, body))
            assert response.status < 300, (path, response.content)
    cloud._app.seen.clear()


def add_old_images(cloud: CloudEmulator) -> None:
    """Add private images with an old creation date."""
    for month in ("2023-01", "2023-02"):
        image = cloud.add_image(name=f"backup-{month}.qcow2", size=8.0)
        resource = cloud._store.resource(f"/images/{image['id']}")
        assert resource
        resource.metadata = {**resource.metadata, "createdDate": f"{month}-01T00:00:00Z"}
