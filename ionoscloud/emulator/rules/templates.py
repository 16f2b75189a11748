"""Templates, and the GPUs of servers that are created from them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.paths import SERVER_GPUS, TEMPLATES
from ionoscloud.emulator.rules.tables import computed_collections, validators
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import JsonObject, Properties, Violations

CUBE, GPU = "CUBE", "GPU"  # types of servers that are created from a template


@computed_collections.register(TEMPLATES)
def _list_templates(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    for identifier, properties in catalogue.TEMPLATES.items():
        yield {
            "id": identifier,
            "type": inventory.kind(TEMPLATES).type,
            "href": f"{inventory.url}{TEMPLATES}/{identifier}",
            "metadata": {"state": "AVAILABLE", **catalogue.PUBLISHED},
            "properties": inventory.kind(TEMPLATES).visible_properties(properties),
        }


@computed_collections.register(SERVER_GPUS)
def _list_gpus(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    server = inventory.look_up(path.rpartition("/")[0], contract)
    assert server
    models = (template_of(server[0].planned()) or {}).get("gpus", ())
    for index, model in enumerate(each for each in models for _ in range(each["count"])):
        identifier = uuid.uuid5(catalogue.NAMESPACE, f"{path} {index}")
        yield {
            "id": str(identifier),
            "type": inventory.kind(SERVER_GPUS).type,
            "href": f"{inventory.url}{path}/{identifier}",
            "metadata": server[1]["metadata"],
            "properties": {"name": f"{model['vendor']} {model['model']} {index + 1}", **_without_count(model)},
        }


@validators.register(SERVER_GPUS)
def _validate_gpu(inventory: Inventory, gpu: Resource, values: Properties, planned: Properties) -> Violations:
    yield "name", "The GPUs of a server come from its template"


def template_of(server: Properties) -> Properties | None:
    """Return the properties of the template in the properties of a server, if there is one."""
    return catalogue.TEMPLATES.get(server.get("templateUuid") or "")


def _without_count(model: Properties) -> JsonObject:
    return {name: value for name, value in model.items() if name != "count"}
