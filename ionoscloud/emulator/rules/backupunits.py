"""Backup units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ionoscloud.emulator.rules.paths import BACKUPUNITS
from ionoscloud.emulator.rules.tables import Fault, Values, faults, indexed, register
from ionoscloud.emulator.store import Keys, Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


@register(indexed, BACKUPUNITS)
def _backupunit_keys(unit: Resource, planned: Values) -> Keys:
    return {("backupunit", planned.get("name")): 0}


@register(faults, BACKUPUNITS)
def _backupunit_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    name = str(planned.get("name", ""))
    if not re.fullmatch("[A-Za-z0-9 ]+", name):
        yield "name", "The name of a backup unit has only letters, digits and spaces"
    for other in inventory.store.having(("backupunit", name), resource.contract or 0):
        if other is not resource:
            yield "name", f"There is a backup unit with the name {name}"
