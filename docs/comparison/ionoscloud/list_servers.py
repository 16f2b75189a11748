import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.ServersApi(client)
    for datacenter in ionoscloud.iterate(ionoscloud.DataCentersApi(client).datacenters_get):
        for server in ionoscloud.iterate(api.datacenters_servers_get, datacenter.id, depth=3):
            ips = [ip for nic in server.entities.nics for ip in nic.properties.ips]
            print(server.properties.name, server.properties.vm_state, *ips)
