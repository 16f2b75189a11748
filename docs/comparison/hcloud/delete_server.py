import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
server = client.servers.get_by_id(42)
volumes = server.volumes
server.delete().wait_until_finished()
for volume in volumes:
    volume.delete()
