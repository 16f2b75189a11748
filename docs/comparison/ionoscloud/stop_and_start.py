import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.ServerApi(client)
    api.datacenters_servers_stop_post("datacenter_id_example", "server_id_example", _wait=True)
    api.datacenters_servers_start_post("datacenter_id_example", "server_id_example", _wait=True)
