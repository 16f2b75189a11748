import os
from contextlib import ExitStack

from hcloud import Client
from hcloud.images import Image
from hcloud.networks import NetworkSubnet
from hcloud.server_types import ServerType

client = Client(token=os.environ["HCLOUD_TOKEN"])
subnet = NetworkSubnet(ip_range="10.0.1.0/24", type="cloud", network_zone="eu-central")
with ExitStack() as undo:
    network = client.networks.create(name="shop", ip_range="10.0.0.0/16", subnets=[subnet])
    undo.callback(network.delete)
    response = client.servers.create(
        name="web-1", server_type=ServerType(name="cx22"), image=Image(name="ubuntu-24.04"), networks=[network]
    )
    undo.callback(lambda: response.server.delete().wait_until_finished())
    for action in (response.action, *response.next_actions):
        action.wait_until_finished()
    undo.pop_all()
print(response.server.id)
