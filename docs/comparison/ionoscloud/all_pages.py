import ionoscloud

with ionoscloud.ApiClient() as client:
    volumes = ionoscloud.iterate(ionoscloud.VolumeApi(client).datacenters_volumes_get, "datacenter_id_example", depth=1)
    print(sum(volume.properties.size for volume in volumes))
