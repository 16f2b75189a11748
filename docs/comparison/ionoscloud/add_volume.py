import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.ServerApi(client)
    body = {"properties": {"name": "data", "type": "SSD", "size": 50, "licence_type": "OTHER"}}
    volume = api.datacenters_servers_volumes_post("datacenter_id_example", "server_id_example", body, _wait=True)
    print(volume.id)
