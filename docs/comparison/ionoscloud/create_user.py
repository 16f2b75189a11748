import os

import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.UserManagementApi(client)
    group = ionoscloud.find(api.um_groups_get, name="developers")
    password = os.environ["INITIAL_PASSWORD"]
    properties = {"firstname": "New", "lastname": "Developer", "email": "developer@example.com", "password": password}
    user = api.um_users_post({"properties": properties})
    api.um_groups_users_post(group.id, {"id": user.id})
