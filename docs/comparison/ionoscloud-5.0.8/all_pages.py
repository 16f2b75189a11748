import os

import ionoscloud

configuration = ionoscloud.Configuration(username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"])
with ionoscloud.ApiClient(configuration) as client:
    api = ionoscloud.VolumeApi(client)
    total = offset = 0
    while True:
        page = api.datacenters_volumes_get("datacenter_id_example", depth=1, offset=offset, limit=1000).items
        total += sum(volume.properties.size for volume in page)
        if len(page) < 1000:
            break
        offset += 1000
    print(total)
