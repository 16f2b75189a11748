import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.IPBlocksApi(client)
    for block in ionoscloud.iterate(api.ipblocks_get, depth=1):
        if not block.properties.ip_consumers:
            api.ipblocks_delete(block.id, _wait=True)
