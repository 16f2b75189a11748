import os
import re
from pathlib import Path

import ionoscloud
from ionoscloud.models import NicProperties, ServerProperties, VolumeProperties


def find_by_name(resources, name):
    found = [resource for resource in resources.items if resource.properties.name == name]
    if len(found) != 1:
        raise SystemExit(f"{len(found)} resources have the name {name}")
    return found[0]


configuration = ionoscloud.Configuration(username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"])
with ionoscloud.ApiClient(configuration) as client:
    datacenter = find_by_name(ionoscloud.DataCenterApi(client).datacenters_get(depth=1), "prod")
    lan = find_by_name(ionoscloud.LanApi(client).datacenters_lans_get(datacenter.id, depth=1), "public")
    key = Path("id_ed25519.pub").read_text()
    disk = VolumeProperties(name="web-1", type="SSD", size=20, image_alias="ubuntu:latest", ssh_keys=[key])
    volumes = ionoscloud.AttachedVolumes(items=[ionoscloud.Volume(properties=disk)])
    nics = ionoscloud.Nics(items=[ionoscloud.Nic(properties=NicProperties(lan=int(lan.id)))])
    properties = ServerProperties(name="web-1", cores=2, ram=4096)
    entities = ionoscloud.ServerEntities(volumes=volumes, nics=nics)
    body = ionoscloud.Server(properties=properties, entities=entities)
    api = ionoscloud.ServerApi(client)
    server, _, headers = api.datacenters_servers_post_with_http_info(datacenter.id, body)
    request_id = re.search("/requests/([^/]+)/", headers["Location"])[1]
    client.wait_for_completion(request_id, timeout=3600)
    server = api.datacenters_servers_find_by_id(datacenter.id, server.id, depth=3)
    print(server.entities.nics.items[0].properties.ips[0])
