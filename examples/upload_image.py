"""Upload an image, set its properties, find it and delete it, in the emulator or (with a path) on the real API."""

import io
import os
import sys
from contextlib import ExitStack

from tqdm import tqdm

from ionoscloud import ApiClient, Configuration, ImageApi, ImageProperties, find_image, upload_image
from ionoscloud.emulator import CloudEmulator

path, size = (sys.argv[1], os.path.getsize(sys.argv[1])) if sys.argv[1:] else ("demo.iso", 2**23)
with ExitStack() as stack:
    emulator = CloudEmulator(ftps=True, api_version=Configuration().api_version)
    cloud = None if sys.argv[1:] else stack.enter_context(emulator)
    client = stack.enter_context(ApiClient(cloud.configuration() if cloud else None))
    source, name, hosts = (io.BytesIO(os.urandom(size)), path, cloud.ftp_hosts) if cloud else (path, None, None)
    mine = ImageProperties(licence_type="LINUX", description="uploaded by the demo")
    with tqdm(total=size, desc=f"  upload {path} to de/fra", unit="B", unit_scale=True) as bar:

        def show(location: str, sent: int, total: object) -> None:
            bar.update(sent - bar.n)

        upload_image(client, source, "de/fra", mine, name=name, hosts=hosts, progress=show, initial_wait=0.5)
    image = find_image(client, name=os.path.basename(path), location="de/fra", public=False)
    print(f"  -> {image.id} is available, {image.properties and image.properties.description!r}")
    ImageApi(client).images_delete(image.id or "", _wait=True)
    print("  -> deleted again")
