import os
import re

import ionoscloud
from ionoscloud import Volume, VolumeProperties

configuration = ionoscloud.Configuration(username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"])
with ionoscloud.ApiClient(configuration) as client:
    api = ionoscloud.ServerApi(client)
    properties = VolumeProperties(name="data", type="SSD", size=50, licence_type="OTHER")
    volume, _, headers = api.datacenters_servers_volumes_post_with_http_info(
        "datacenter_id_example", "server_id_example", Volume(properties=properties)
    )
    request_id = re.search("/requests/([^/]+)/", headers["Location"])[1]
    client.wait_for_completion(request_id, timeout=3600)
    print(volume.id)
