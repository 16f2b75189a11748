import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.VolumeApi(client)
    api.datacenters_volumes_patch("datacenter_id_example", "volume_id_example", {"size": 100}, _wait=True)
