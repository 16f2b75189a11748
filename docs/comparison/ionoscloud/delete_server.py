import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.ServerApi(client)
    api.datacenters_servers_delete("datacenter_id_example", "server_id_example", delete_volumes=True, _wait=True)
