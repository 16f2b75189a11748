import os

import ionoscloud

configuration = ionoscloud.Configuration(username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"])
with ionoscloud.ApiClient(configuration) as client:
    api = ionoscloud.ServerApi(client)
    for datacenter in ionoscloud.DataCenterApi(client).datacenters_get().items:
        offset = 0
        while True:
            page = api.datacenters_servers_get(datacenter.id, depth=3, offset=offset, limit=1000).items
            for server in page:
                ips = [ip for nic in server.entities.nics.items for ip in nic.properties.ips]
                print(server.properties.name, server.properties.vm_state, *ips)
            if len(page) < 1000:
                break
            offset += 1000
