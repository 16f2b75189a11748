import os

import ionoscloud

configuration = ionoscloud.Configuration(username=os.environ["IONOS_USERNAME"], password=os.environ["IONOS_PASSWORD"])
with ionoscloud.ApiClient(configuration) as client:
    images = [
        image
        for image in ionoscloud.ImageApi(client).images_get(depth=1).items
        if "ubuntu:latest" in (image.properties.image_aliases or [])
        and image.properties.location == "de/fra"
        and image.properties.image_type == "HDD"
    ]
    if len(images) != 1:
        raise SystemExit(f"{len(images)} images have the alias ubuntu:latest")
    print(images[0].id)
