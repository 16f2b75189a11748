"""Backup units."""

from __future__ import annotations

import re

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.paths import BACKUPUNITS
from ionoscloud.emulator.rules.tables import index_keys, validators
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import Keys, Properties, Violations


@index_keys.register(BACKUPUNITS)
def _backupunit_keys(unit: Resource, planned: Properties) -> Keys:
    return {("backupunit", planned.get("name")): 0}


@validators.register(BACKUPUNITS)
def _validate_backupunit(
    inventory: Inventory, resource: Resource, values: Properties, planned: Properties
) -> Violations:
    name = str(planned.get("name", ""))
    if not re.fullmatch("[A-Za-z0-9 ]+", name):
        yield "name", "The name of a backup unit can contain only letters, digits and spaces"
    for other in inventory.store.with_key(("backupunit", name), resource.contract):
        if other is not resource:
            yield "name", f"A backup unit with the name {name} exists already"
