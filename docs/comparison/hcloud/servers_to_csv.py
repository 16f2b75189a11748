import csv
import os

from hcloud import Client

with open("servers.csv", "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    for project in ("SHOP", "BLOG"):
        client = Client(token=os.environ[f"HCLOUD_TOKEN_{project}"])
        for server in client.servers.get_all():
            writer.writerow([project, server.id, server.name, server.status])
