import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.UserManagementApi(client)
    group = ionoscloud.find(api.um_groups_get, name="developers")
    share = {"properties": {"edit_privilege": True}}
    api.um_groups_shares_post(group.id, "datacenter_id_example", share)
