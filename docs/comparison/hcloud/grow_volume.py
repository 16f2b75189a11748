import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
client.volumes.get_by_id(42).resize(100).wait_until_finished()
