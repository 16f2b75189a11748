import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
server = client.servers.get_by_id(42)
response = client.floating_ips.create(type="ipv4", name="web-1", server=server)
if response.action:
    response.action.wait_until_finished()
print(response.floating_ip.ip)
