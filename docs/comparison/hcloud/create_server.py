import os
from pathlib import Path

from hcloud import Client
from hcloud.images import Image
from hcloud.server_types import ServerType

client = Client(token=os.environ["HCLOUD_TOKEN"])
network = client.networks.get_by_name("prod")
if network is None:
    raise SystemExit("no network has the name prod")
key = client.ssh_keys.create(name="web-1", public_key=Path("id_ed25519.pub").read_text())
response = client.servers.create(
    name="web-1",
    server_type=ServerType(name="cx22"),
    image=Image(name="ubuntu-24.04"),
    ssh_keys=[key],
    networks=[network],
)
for action in (response.action, *response.next_actions):
    action.wait_until_finished()
print(response.server.public_net.ipv4.ip)
