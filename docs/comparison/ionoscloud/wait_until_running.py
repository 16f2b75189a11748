import ionoscloud

with ionoscloud.ApiClient() as client:
    read = ionoscloud.ServerApi(client).datacenters_servers_find_by_id
    ids = ("datacenter_id_example", "server_id_example")
    client.wait_until(read, *ids, check=lambda server: server.properties.vm_state == "RUNNING", timeout=600)
