import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
network = client.networks.get_by_name("prod")
if network is None:
    raise SystemExit("no network has the name prod")
print(network.id)
