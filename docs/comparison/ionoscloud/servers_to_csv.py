import csv

import ionoscloud

with ionoscloud.ApiClient() as client, open("servers.csv", "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    for contract in (56, 31000001):
        options = client.with_options(contract_number=contract)
        api = ionoscloud.ServerApi(options)
        for datacenter in ionoscloud.iterate(ionoscloud.DataCenterApi(options).datacenters_get):
            for server in ionoscloud.iterate(api.datacenters_servers_get, datacenter.id, depth=1):
                writer.writerow([contract, server.id, server.properties.name, server.properties.vm_state])
