import os
from concurrent.futures import ThreadPoolExecutor

from hcloud import Client


def rename(volume):
    return volume.update(name=f"prod-{volume.name}")


client = Client(token=os.environ["HCLOUD_TOKEN"])
with ThreadPoolExecutor(20) as threads:
    for volume in threads.map(rename, client.volumes.get_all()):
        print(volume.name)
