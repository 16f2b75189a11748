import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
server = client.servers.get_by_id(42)
server.update(labels={**server.labels, "stage": "production"})
for found in client.servers.get_all(label_selector="stage=production"):
    print(found.id)
