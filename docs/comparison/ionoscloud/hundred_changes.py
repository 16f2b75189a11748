from concurrent.futures import ThreadPoolExecutor

import ionoscloud

with ionoscloud.ApiClient() as client, ThreadPoolExecutor(20) as threads:
    api = ionoscloud.VolumeApi(client)

    def rename(volume):
        change = {"name": f"prod-{volume.properties.name}"}
        return api.datacenters_volumes_patch("datacenter_id_example", volume.id, change, _wait=True)

    volumes = ionoscloud.iterate(api.datacenters_volumes_get, "datacenter_id_example", depth=1)
    for volume in threads.map(rename, volumes):
        print(volume.properties.name)
