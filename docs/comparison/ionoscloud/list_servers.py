import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.ServerApi(client)
    for datacenter in ionoscloud.iterate(ionoscloud.DataCenterApi(client).datacenters_get):
        for server in ionoscloud.iterate(api.datacenters_servers_get, datacenter.id, depth=3):
            ips = [ip for nic in server.entities.nics for ip in nic.properties.ips]
            print(server.properties.name, server.properties.vm_state, *ips)
