import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
response = client.servers.get_by_id(42).create_image(description="before-upgrade", type="snapshot")
response.action.wait_until_finished()
print(response.image.id)
