import os
import re

import ionoscloud


def wait(response):
    _, _, headers = response
    request_id = re.search("/requests/([^/]+)/", headers["Location"])[1]
    client.wait_for_completion(request_id, timeout=3600)


configuration = ionoscloud.Configuration(username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"])
with ionoscloud.ApiClient(configuration) as client:
    api = ionoscloud.ServerApi(client)
    wait(api.datacenters_servers_stop_post_with_http_info("datacenter_id_example", "server_id_example"))
    wait(api.datacenters_servers_start_post_with_http_info("datacenter_id_example", "server_id_example"))
