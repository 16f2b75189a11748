import os
import re

import ionoscloud

configuration = ionoscloud.Configuration(username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"])
with ionoscloud.ApiClient(configuration) as client:
    api = ionoscloud.SnapshotApi(client)
    found = api.snapshots_get(depth=1).items
    nightly = [snapshot for snapshot in found if snapshot.properties.name == "nightly"]
    for snapshot in sorted(nightly, key=lambda snapshot: snapshot.metadata.created_date)[:-7]:
        _, _, headers = api.snapshots_delete_with_http_info(snapshot.id)
        request_id = re.search("/requests/([^/]+)/", headers["Location"])[1]
        client.wait_for_completion(request_id, timeout=3600)
