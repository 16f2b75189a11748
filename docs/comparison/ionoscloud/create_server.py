from pathlib import Path

import ionoscloud

with ionoscloud.ApiClient() as client:
    datacenter = ionoscloud.find(ionoscloud.DataCenterApi(client).datacenters_get, name="prod")
    lan = ionoscloud.find(ionoscloud.LanApi(client).datacenters_lans_get, datacenter.id, name="public")
    key = Path("id_ed25519.pub").read_text()
    disk = {"name": "web-1", "type": "SSD", "size": 20, "image_alias": "ubuntu:latest", "ssh_keys": [key]}
    volumes = {"items": [{"properties": disk}]}
    nics = {"items": [{"properties": {"lan": int(lan.id)}}]}
    properties = {"name": "web-1", "cores": 2, "ram": 4096}
    body = {"properties": properties, "entities": {"volumes": volumes, "nics": nics}}
    api = ionoscloud.ServerApi(client)
    server = api.datacenters_servers_post(datacenter.id, body, depth=3, _wait=True)
    print(server.entities.nics[0].properties.ips[0])
