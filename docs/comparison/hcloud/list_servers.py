import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
for server in client.servers.get_all():
    nets = (server.public_net.ipv4, server.public_net.ipv6, *server.private_net)
    print(server.name, server.status, *(net.ip for net in nets if net))
