import ionoscloud

with ionoscloud.ApiClient() as client:
    datacenter = ionoscloud.find(ionoscloud.DataCentersApi(client).datacenters_get, name="prod")
    print(datacenter.id)
