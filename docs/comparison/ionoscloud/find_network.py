import ionoscloud

with ionoscloud.ApiClient() as client:
    datacenter = ionoscloud.find(ionoscloud.DataCenterApi(client).datacenters_get, name="prod")
    print(datacenter.id)
