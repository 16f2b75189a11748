"""Images."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from ionoscloud.emulator.rules.paths import IMAGES
from ionoscloud.emulator.rules.tables import Values, indexed, register
from ionoscloud.emulator.store import Keys, Resource

if TYPE_CHECKING:
    pass


@register(indexed, IMAGES)
def _image_keys(image: Resource, planned: Values) -> Keys:
    keys: list[Hashable] = [("alias", alias) for alias in planned.get("imageAliases") or ()]
    return dict.fromkeys([*keys, ("aliases in", planned.get("location"))] if keys else (), 0)
