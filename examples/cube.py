"""A Cube in v6 of the API: a small server from a template, behind a security group. It is suspended and resumed.

By default, this script uses the emulator. With --real, it uses the real API with credentials from the environment,
which costs money. It deletes everything at the end, even after an error.
"""

from __future__ import annotations

import argparse
import secrets
from contextlib import ExitStack

import ionoscloud as ionos
from image_to_server import datacenter, newest_ubuntu, tree
from ionoscloud.emulator import CloudEmulator
from progress import progress


def smallest_template(client: ionos.ApiClient) -> ionos.Template:
    """Return the template for Cubes with the least memory."""
    templates = ionos.TemplatesApi(client).templates_get(depth=1)
    cubes = [each for each in templates if each.properties and not each.properties.gpus]
    return min(cubes, key=lambda each: (each.properties and each.properties.ram) or 0)


def security_group(client: ionos.ApiClient, dc: str) -> str:
    """Create a security group that permits SSH, and return its id."""
    ssh = ionos.FirewallruleProperties(name="ssh", protocol="TCP", port_range_start=22, port_range_end=22)
    rules = ionos.FirewallRules(items=[ionos.FirewallRule(properties=ssh)])
    group = ionos.SecurityGroupRequest(
        properties=ionos.SecurityGroupProperties(name="ssh only", description="Permits nothing but SSH."),
        entities=ionos.SecurityGroupEntitiesRequest(rules=rules),
    )
    api = ionos.SecurityGroupsApi(client)
    return api.datacenters_securitygroups_post(dc, group, _wait=progress("group")).id or ""


def cube(client: ionos.ApiClient, dc: str, template: ionos.Template, image: ionos.Image) -> str:
    """Create a Cube, whose size and storage come from the template, and return its id."""
    disk = ionos.VolumeProperties(name="direct", type="DAS", image=image.id, image_password=secrets.token_hex(12))
    wanted = ionos.Server(
        properties=ionos.ServerProperties(name="tiny", type="CUBE", template_uuid=template.id),
        entities=ionos.ServerEntities(volumes=ionos.AttachedVolumes(items=[ionos.Volume(properties=disk)])),
    )
    return ionos.ServersApi(client).datacenters_servers_post(dc, wanted, _wait=progress("Cube")).id or ""


def main() -> None:
    parser = argparse.ArgumentParser(description="A Cube behind a security group, in v6 of the API.")
    parser.add_argument("--real", action="store_true", help="use the real API, which costs money")
    parser.add_argument("--location", default="de/fra", help="location of the data center (default: %(default)s)")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        cloud = None if arguments.real else stack.enter_context(CloudEmulator(queue_time=0.3, run_time=0.6))
        configuration = cloud.configuration(api_version=6) if cloud else ionos.Configuration(api_version=6)
        client = stack.enter_context(ionos.ApiClient(configuration))
        print(f"Using {'the emulator' if cloud else 'the real API'} at {client.configuration.host}")
        template = smallest_template(client)
        size = template.to_dict()["properties"]
        print(f"\nCreating a Cube of the size {size['name']!r} ({size['cores']:g} core, {size['ram']:g} MB of RAM):")
        with datacenter(client, arguments.location) as dc:
            group = security_group(client, dc)
            server = cube(client, dc, template, newest_ubuntu(client, arguments.location))
            groups = ionos.SecurityGroupsApi(client)
            attached = ionos.ListOfIds(ids=[group])
            groups.datacenters_servers_securitygroups_put(dc, server, attached, _wait=progress("attach"))
            print("", *tree(ionos.DataCentersApi(client).datacenters_find_by_id(dc, depth=6).to_dict()), sep="\n")
            print("\nA suspended Cube keeps its storage:")
            servers = ionos.ServersApi(client)
            servers.datacenters_servers_suspend_post(dc, server, _wait=progress("suspend"))
            servers.datacenters_servers_resume_post(dc, server, _wait=progress("resume"))


if __name__ == "__main__":
    main()
