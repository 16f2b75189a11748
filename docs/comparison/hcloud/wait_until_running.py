import os
import time

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
server = client.servers.get_by_id(42)
deadline = time.monotonic() + 600
while server.status != "running":
    if time.monotonic() > deadline:
        raise TimeoutError(f"server is {server.status}")
    time.sleep(2)
    server.reload()
