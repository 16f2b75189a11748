import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.LabelsApi(client)
    label = {"properties": {"key": "stage", "value": "production"}}
    api.datacenters_servers_labels_post("datacenter_id_example", "server_id_example", label)
    for found in api.labels_get(filters={"resource_type": "server", "key": "stage", "value": "production"}):
        if (found.properties.key, found.properties.value) == ("stage", "production"):
            print(found.properties.resource_id)
