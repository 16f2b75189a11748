import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.LabelApi(client)
    label = {"key": "stage", "value": "production"}
    api.datacenters_servers_labels_post("datacenter_id_example", "server_id_example", {"properties": label})
    for found in ionoscloud.find_all(api.labels_get, resource_type="server", **label):
        print(found.properties.resource_id)
