import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.ServerApi(client)
    size = {"cores": 4, "ram": 8192}
    api.datacenters_servers_patch("datacenter_id_example", "server_id_example", size, _wait=True)
