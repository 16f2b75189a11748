import os

from hcloud import Client

client = Client(token=os.environ["HCLOUD_TOKEN"])
image = client.images.get_by_name_and_architecture("ubuntu-24.04", "x86")
if image is None:
    raise SystemExit("no image has the name ubuntu-24.04")
print(image.id)
