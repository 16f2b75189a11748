"""Labels."""

from __future__ import annotations

from collections.abc import Iterator

from ionoscloud.emulator.document import required_message
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.messages import ACCESS_DENIED, ApiError
from ionoscloud.emulator.rules.paths import LABELS
from ionoscloud.emulator.rules.tables import computed_collections, id_generators, validators
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import JsonObject, Properties, Violations


@id_generators.register(*LABELS)
def _label_id(inventory: Inventory, path: str, values: Properties) -> str:
    return str(values.get("key", ""))


@validators.register(*LABELS)
def _validate_label(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    owner = inventory.store.resource(resource.path.rpartition("/labels/")[0])
    assert owner
    if owner.contract is None:
        type = inventory.kind(owner.template).type
        raise ApiError(403, f"Access denied: {type} {owner.id} is public", code=ACCESS_DENIED)
    for name in ("key", "value"):
        if not planned.get(name):
            yield name, required_message(name)


@computed_collections.register("/labels")
def _labels(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    for template in LABELS:
        for label, view in inventory.scan(template, contract):
            path = label.path.rpartition("/labels/")[0]
            owner = inventory.store.resource(path)
            assert owner
            type = inventory.kind(owner.template).type
            urn = f"urn:label:{type}:{owner.id}:{label.id}"
            about = {"resourceId": owner.id, "resourceType": type}
            about["resourceHref"] = inventory.url + owner.path
            href = f"{inventory.url}/labels/{urn}"
            yield {**view, "id": urn, "href": href, "properties": {**view["properties"], **about}}
