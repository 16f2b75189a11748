"""Create the resources of `demo=True`: a shop with two web servers, a database and a Kubernetes cluster.

Requests of API v5 create them, so that resources refer to the ids and addresses that the emulator generates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ionoscloud.emulator.types import JsonObject, Properties

Send = Callable[[str, str, Any], Any]  # method, path and body of a request; returns the content of the response

SYSTEM = {"size": 20, "type": "SSD", "bus": "VIRTIO", "imageAlias": "ubuntu:latest", "imagePassword": "DemoPassword1"}
DATA = {"size": 100, "type": "SSD", "bus": "VIRTIO", "licenceType": "OTHER"}
USER = {"lastname": "Example", "administrator": False, "forceSecAuth": False, "password": "DemoPassword1"}
NODES = {
    **{"nodeCount": 3, "coresCount": 2, "ramSize": 4096, "cpuFamily": "INTEL_SKYLAKE", "availabilityZone": "AUTO"},
    **{"storageType": "SSD", "storageSize": 50},
}


def fill(send: Send) -> None:
    """Create the resources."""

    def create(collection: str, *entities: Properties, **properties: Any) -> str:
        """Create a resource with the entities below it, and return its path."""
        made = send("POST", collection, _resource_body(*entities, **properties))
        return f"{collection}/{made['id']}"

    datacenter = create("/datacenters", name="shop", description="Web shop", location="de/fra")
    create(f"{datacenter}/labels", key="environment", value="demo")
    public, private = (
        int(create(f"{datacenter}/lans", name=name, public=name == "public").rpartition("/")[2])
        for name in ("public", "private")
    )
    block = create("/ipblocks", name="shop", location="de/fra", size=4)
    addresses = send("GET", block, None)["properties"]["ips"]
    ports = [("https", 443), ("ssh", 22)]
    rules = [_resource_body(name=name, protocol="TCP", portRangeStart=port, portRangeEnd=port) for name, port in ports]
    for name, address in zip(("web-1", "web-2"), addresses):
        front = _resource_body({"firewallrules": rules}, name="public", lan=public, ips=[address])
        parts = {
            "volumes": [_resource_body(name="system", **SYSTEM)],
            "nics": [front, _resource_body(name="private", lan=private)],
        }
        create(f"{datacenter}/servers", parts, name=name, cores=2, ram=4096)
    disks = [_resource_body(name="system", **SYSTEM), _resource_body(name="data", **DATA)]
    parts = {"volumes": disks, "nics": [_resource_body(name="private", lan=private)]}
    create(f"{datacenter}/servers", parts, name="db-1", cores=4, ram=16384)
    data = next(each for each in send("GET", f"{datacenter}/volumes?depth=1", None)["items"] if _name(each) == "data")
    send("POST", f"{datacenter}/volumes/{data['id']}/create-snapshot", "name=before-update")
    cluster = create("/k8s", name="shop")
    create(f"{cluster}/nodepools", name="workers", datacenterId=datacenter.rpartition("/")[2], **NODES)
    group = create("/um/groups", name="operators", createSnapshot=True, reserveIp=True)
    for name in ("operator", "viewer"):
        user = create("/um/users", firstname=name.title(), email=f"{name}@example.com", **USER)
        send("POST", f"{group}/users", {"id": user.rpartition("/")[2]})
    share = f"{group}/shares/{datacenter.rpartition('/')[2]}"
    send("POST", share, _resource_body(editPrivilege=True, sharePrivilege=False))


def _resource_body(*entities: Mapping[str, list[Any]], **properties: Any) -> JsonObject:
    """Return the body that creates a resource, with the items of the collections below it."""
    collections = {name: {"items": items} for each in entities for name, items in each.items()}
    return {"properties": properties, **({"entities": collections} if collections else {})}


def _name(resource: Properties) -> Any:
    return resource["properties"]["name"]
