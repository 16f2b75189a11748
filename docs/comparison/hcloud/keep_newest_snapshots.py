import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
snapshots = client.images.get_all(type=["snapshot"], label_selector="job=nightly", sort=["created:desc"])
for snapshot in snapshots[7:]:
    snapshot.delete()
