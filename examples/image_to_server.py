"""From an image to a running server: create a data center, a LAN, a volume from the image, a server and a NIC.

By default, this script uses the emulator. With --real, it uses the real API with credentials from the environment,
which costs money. It deletes everything at the end, even after an error.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import ionoscloud as ionos
from ionoscloud.emulator import CloudEmulator
from progress import progress

KINDS: dict[str, tuple[str, list[str]]] = {  # text and children in the tree, for each type of resource
    "datacenter": ("{location}", ["lans", "securitygroups", "servers"]),
    "lan": ("public: {public}", []),
    "server": ("{vm_state}, {cores} cores, {ram} MB of RAM", ["volumes", "nics"]),
    "volume": ("{size:g} GB {type}, {licence_type}", []),
    "nic": ("{ips[0]} in LAN {lan}", ["firewallrules"]),
    "security-group": ("{description}", ["rules"]),
    "firewall-rule": ("{protocol} {port_range_start}-{port_range_end}", []),
}


def tree(resource: dict[str, Any], first: str = "  ", others: str = "  ") -> Iterator[str]:
    """Draw a resource and its children; `first` is the prefix of the first line, `others` that of the other lines."""
    about, below = KINDS[resource["type"]]
    properties: dict[str, Any] = resource["properties"]
    entities: dict[str, Any] = resource.get("entities") or {}
    yield f"{first}{resource['type']} {properties['name']!r}: {about.format(**properties)}"
    lists: list[dict[str, Any]] = [entities[name] for name in below if entities.get(name)]
    children: list[dict[str, Any]] = [item for each in lists for item in each["items"] or ()]
    for child in children:
        last = child is children[-1]
        yield from tree(child, others + ("└─ " if last else "├─ "), others + ("   " if last else "│  "))


def show_usage(client: ionos.ApiClient) -> None:
    """Print how much of the contract is in use."""
    properties = ionos.ContractApi(client).contracts_get(depth=1).properties or ionos.ContractProperties()
    used = properties.to_dict()["resource_limits"]
    memory, disk = used["ram_provisioned"] // 1024, used["hdd_volume_provisioned"] // 1024
    print(f"\nThe contract uses {used['cores_provisioned']} cores, {memory} GB of RAM, {disk} GB of HDD")


@contextmanager
def datacenter(client: ionos.ApiClient, location: str) -> Generator[str]:
    """Create a data center, and delete it with everything in it at the end."""
    api = ionos.DataCenterApi(client)
    wanted = ionos.Datacenter(properties=ionos.DatacenterProperties(name="demo", location=location))
    wait = progress("data center")
    accepted = api.datacenters_post_with_http_info(wanted)
    identifier = accepted[0].id or ""
    try:  # it exists from now on, whatever ends the wait
        client.wait_for_completion(accepted, wait.timeout, progress=wait.progress)
        yield identifier
    finally:
        print("\nDeleting the data center with everything in it:")
        with suppress(ionos.NotFoundException):  # if its creation failed
            api.datacenters_delete(identifier, _wait=progress("delete"))


def newest_ubuntu(client: ionos.ApiClient, location: str) -> ionos.Image:
    """Return the newest Ubuntu image in a location."""
    return ionos.find_image(client, alias="ubuntu:latest", image_type="HDD", location=location)


def build(client: ionos.ApiClient, dc: str, image: ionos.Image) -> str:
    """Create a server that boots the image, and return its id."""
    outside = ionos.LanPost(properties=ionos.LanPropertiesPost(name="outside", public=True))
    lan = ionos.LanApi(client).datacenters_lans_post(dc, outside, _wait=progress("LAN"))

    password = secrets.token_hex(12)  # required to log in, unless ssh_keys are set
    disk = ionos.VolumeProperties(name="system", type="HDD", size=10, image=image.id, image_password=password)
    system = ionos.Volume(properties=disk)
    volume = ionos.VolumeApi(client).datacenters_volumes_post(dc, system, _wait=progress("volume"))

    servers = ionos.ServerApi(client)
    web = ionos.Server(properties=ionos.ServerProperties(name="web", cores=2, ram=4096))
    server = servers.datacenters_servers_post(dc, web, _wait=progress("server")).id or ""
    servers.datacenters_servers_volumes_post(dc, server, ionos.Volume(id=volume.id), _wait=progress("attach"))

    ssh = ionos.FirewallruleProperties(name="ssh", protocol="TCP", port_range_start=22, port_range_end=22)
    rules = ionos.FirewallRules(items=[ionos.FirewallRule(properties=ssh)])
    eth0 = ionos.NicProperties(name="eth0", lan=int(lan.id or 0), dhcp=True, firewall_active=True)
    nic = ionos.Nic(properties=eth0, entities=ionos.NicEntities(firewallrules=rules))
    ionos.NicApi(client).datacenters_servers_nics_post(dc, server, nic, _wait=progress("NIC"))
    return server


def main() -> None:
    parser = argparse.ArgumentParser(description="From an image to a running server.")
    parser.add_argument("--real", action="store_true", help="use the real API, which costs money")
    parser.add_argument("--location", default="de/fra", help="location of the data center (default: %(default)s)")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        emulator = CloudEmulator(queue_time=0.3, run_time=0.6, api_version=ionos.Configuration().api_version)
        cloud = None if arguments.real else stack.enter_context(emulator)
        client = stack.enter_context(ionos.ApiClient(cloud.configuration() if cloud else ionos.Configuration()))
        print(f"Using {'the emulator' if cloud else 'the real API'} at {client.configuration.host}")
        show_usage(client)
        place = arguments.location
        image = newest_ubuntu(client, place)
        print(f"\nCreating a server from the newest Ubuntu image in {place}, {image.to_dict()['properties']['name']}:")
        with datacenter(client, place) as dc:
            server = build(client, dc, image)
            built = ionos.DataCenterApi(client).datacenters_find_by_id(dc, depth=6)
            print("", *tree(built.to_dict()), sep="\n")
            show_usage(client)
            print("\nStopping the server:")
            servers = ionos.ServerApi(client)
            servers.datacenters_servers_stop_post(dc, server, _wait=progress("stop"))
            stopped = servers.datacenters_servers_find_by_id(dc, server).properties
            print(f"  -> it is now {stopped and stopped.vm_state}")
        show_usage(client)


if __name__ == "__main__":
    main()
