"""Labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ionoscloud.emulator.document import missing
from ionoscloud.emulator.rules.paths import LABELS
from ionoscloud.emulator.rules.tables import Fault, Values, View, faults, identifiers, made_up, register
from ionoscloud.emulator.store import Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


@register(identifiers, *LABELS)
def _label_key(inventory: Inventory, path: str, values: Values) -> str:
    return str(values.get("key", ""))


@register(faults, *LABELS)
def _label_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    for name in ("key", "value"):
        if not planned.get(name):
            yield name, missing(name)


@register(made_up, "/labels")
def _labels(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    for template in LABELS:
        for label, view in inventory.everything(template, contract):
            path = label.path.rpartition("/labels/")[0]
            owner = inventory.store.resource(path)
            assert owner
            urn = f"urn:label:{owner.kind.type}:{owner.id}:{label.id}"
            about = {"resourceId": owner.id, "resourceType": owner.kind.type}
            about["resourceHref"] = inventory.store.url + owner.path
            href = f"{inventory.store.url}/labels/{urn}"
            yield {**view, "id": urn, "href": href, "properties": {**view["properties"], **about}}
