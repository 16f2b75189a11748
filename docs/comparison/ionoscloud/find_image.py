import ionoscloud

with ionoscloud.ApiClient() as client:
    image = ionoscloud.find_image(client, alias="ubuntu:latest", location="de/fra", image_type="HDD")
    print(image.id)
