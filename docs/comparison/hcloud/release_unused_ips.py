import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
for address in client.floating_ips.get_all():
    if address.server is None:
        address.delete()
