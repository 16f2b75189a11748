import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
server = client.servers.get_by_id(42)
response = client.volumes.create(size=50, name="data", server=server)
for action in (response.action, *response.next_actions):
    action.wait_until_finished()
print(response.volume.id)
