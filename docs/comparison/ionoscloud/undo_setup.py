import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.DataCenterApi(client)
    datacenter = api.datacenters_post({"properties": {"name": "shop", "location": "de/fra"}})
    try:
        client.wait_until(api.datacenters_find_by_id, datacenter.id, state="AVAILABLE")
        disk = {"name": "web-1", "type": "SSD", "size": 20, "licence_type": "LINUX"}
        volumes = {"items": [{"properties": disk}]}
        nics = {"items": [{"properties": {"lan": 1}}]}
        properties = {"name": "web-1", "cores": 2, "ram": 4096}
        body = {"properties": properties, "entities": {"volumes": volumes, "nics": nics}}
        server = ionoscloud.ServerApi(client).datacenters_servers_post(datacenter.id, body, _wait=True)
    except BaseException:
        api.datacenters_delete(datacenter.id, _wait=True)
        raise
    print(server.id)
