import ionoscloud

with ionoscloud.ApiClient() as client:
    list_volumes = ionoscloud.VolumesApi(client).datacenters_volumes_get
    volumes = ionoscloud.iterate(list_volumes, "datacenter_id_example", depth=1)
    print(sum(volume.properties.size for volume in volumes))
