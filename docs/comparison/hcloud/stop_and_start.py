import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
server = client.servers.get_by_id(42)
server.power_off().wait_until_finished()
server.power_on().wait_until_finished()
