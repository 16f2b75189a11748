"""Life cycle of an image: list, read, patch, replace and delete.

Without credentials, this script uses the emulator. With IONOS_TOKEN (or IONOS_USERNAME and IONOS_PASSWORD), it uses the
real API and only reads. Pass the id of a private image with --change to change that image and then delete it.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from contextlib import ExitStack

import ionoscloud
from ionoscloud import ApiClient, Configuration, Image, ImageApi, ImageProperties
from ionoscloud.emulator import CloudEmulator
from progress import progress


def show(images: list[Image]) -> None:
    """Print images as a table."""
    rows: list[tuple[str, ...]] = [("LOCATION", "ALIAS", "LICENCE", "     GB", "NAME")]
    for image in images:
        properties = image.properties or ImageProperties()
        aliases = ", ".join(properties.image_aliases or ["-"])
        cells = (properties.location, aliases, properties.licence_type, f"{properties.size or 0:7.2f}", properties.name)
        rows.append(tuple(cell or "-" for cell in cells))
    widths = [max(map(len, column)) for column in zip(*rows)]
    print()
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print()


def change(client: ApiClient, image_id: str) -> None:
    """Patch, replace and delete a private image."""
    api = ImageApi(client)
    image = api.images_patch(image_id, ImageProperties(description="patched by the demo"), _wait=progress("patch"))
    assert image.properties
    print(f"  -> description is now {image.properties.description!r}, everything else is unchanged\n")

    image.properties.name = f"renamed-{image.properties.name}"
    show([api.images_put(image_id, image, _wait=progress("replace"))])

    api.images_delete(image_id, _wait=progress("delete"))
    try:
        api.images_find_by_id(image_id)
    except ionoscloud.NotFoundException as error:
        print(f"  -> {error}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Life cycle of an image: list, read, patch, replace and delete.")
    parser.add_argument("--change", metavar="IMAGE_ID", help="private image to change and then delete on the real API")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        real = os.environ.get("IONOS_TOKEN") or os.environ.get("IONOS_USERNAME")
        version = Configuration().api_version  # 5, unless the environment chooses v6
        cloud = None if real else stack.enter_context(CloudEmulator(queue_time=0.6, run_time=1.2, api_version=version))
        client = stack.enter_context(ApiClient(cloud.configuration() if cloud else Configuration()))
        print(f"Using {'the emulator' if cloud else 'the real API'} at {client.configuration.host}")
        api = ImageApi(client)

        images = api.images_get(depth=1)
        properties = [image.properties for image in images if image.properties]
        places = Counter(item.location for item in properties)
        print(f"\n{len(images)} images: " + ", ".join(f"{count} in {place}" for place, count in places.most_common()))
        print("The newest disks in de/fra:")
        found = api.images_get(filters={"location": "de/fra", "image_aliases": ":latest"})
        show([image for image in found if image.properties and image.properties.image_type == "HDD"])

        private = [image for image in images if image.properties and not image.properties.public]
        print(f"{len(private)} private images:")
        show(private)
        chosen = arguments.change if real else private[0].id
        if not chosen:
            print("To also change and delete a private image, pass its id with --change.")
            return
        print(f"Changing {chosen}:")
        change(client, chosen)

        if cloud:
            public = next(image for image in images if image.properties and image.properties.public)
            print("Deleting a public image fails:")
            try:
                api.images_delete(public.id or "")
            except ionoscloud.ForbiddenException as error:
                print(f"  -> {error}")


if __name__ == "__main__":
    main()
