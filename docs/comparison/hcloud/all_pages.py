import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
print(sum(volume.size for volume in client.volumes.get_all()))
