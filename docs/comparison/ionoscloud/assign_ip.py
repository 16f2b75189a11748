import ionoscloud

with ionoscloud.ApiClient() as client:
    body = {"properties": {"name": "web-1", "location": "de/fra", "size": 1}}
    block = ionoscloud.IPBlocksApi(client).ipblocks_post(body, _wait=True)
    ids = ("datacenter_id_example", "server_id_example", "nic_id_example")
    change = {"ips": block.properties.ips}
    ionoscloud.NicApi(client).datacenters_servers_nics_patch(*ids, change, _wait=True)
    print(block.properties.ips[0])
