"""Images."""

from __future__ import annotations

from collections.abc import Hashable

from ionoscloud.emulator.rules.paths import IMAGES
from ionoscloud.emulator.rules.tables import index_keys
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import Keys, Properties


@index_keys.register(IMAGES)
def _image_keys(image: Resource, planned: Properties) -> Keys:
    keys: list[Hashable] = [("alias", alias) for alias in planned.get("imageAliases") or ()]
    return dict.fromkeys([*keys, ("aliases in", planned.get("location"))] if keys else (), 0)
