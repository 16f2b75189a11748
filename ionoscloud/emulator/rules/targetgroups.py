"""Target groups of application load balancers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.addresses import is_ipv4
from ionoscloud.emulator.rules.paths import TARGET_GROUPS
from ionoscloud.emulator.rules.shared import remains
from ionoscloud.emulator.rules.tables import delete_blockers, validators
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import Properties, Violations


@validators.register(TARGET_GROUPS)
def _validate_group(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    yield from target_violations(planned.get("targets") or ())


@delete_blockers.register(TARGET_GROUPS)
def _group_blocker(inventory: Inventory, group: Resource) -> str | None:
    for rule in inventory.store.with_key(("target group", group.id), group.contract):
        if remains(inventory, rule):
            http = next(http for http in rule.planned()["httpRules"] if http.get("targetGroup") == group.id)
            return f"HTTP rule '{http['name']}' of forwarding rule {rule.id} uses it"
    return None


def target_violations(targets: Collection[Any]) -> Violations:
    """Validate the targets of a load balancer."""
    for index, target in enumerate(targets):
        if not is_ipv4(target["ip"]):
            yield f"targets.[{index}].ip", f"'{target['ip']}' is not an IPv4 address"
