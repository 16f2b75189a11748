import ionoscloud

with ionoscloud.ApiClient() as client:
    (image,) = ionoscloud.upload_image(client, "base.qcow2", "de/fra", {"licence_type": "LINUX"})
    print(image.id)
