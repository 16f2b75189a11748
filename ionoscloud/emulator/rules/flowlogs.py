"""Flow logs of NICs, NAT gateways and load balancers."""

from __future__ import annotations

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.addresses import ADDRESS_USERS
from ionoscloud.emulator.rules.paths import FLOW_LOGS
from ionoscloud.emulator.rules.tables import validators
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import Properties, Violations


@validators.register(*FLOW_LOGS)
def _validate_flow_log(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    if not planned["bucket"]:
        yield "bucket", "The name of a bucket cannot be empty"
    for other in inventory.store.members(resource.path.rpartition("/")[0], resource.contract):
        if other is not resource and other.will_exist():
            above = ADDRESS_USERS[resource.template.rpartition("/{}")[0]]
            yield "name", f"The {above} already has flow log {other.id}, and can have only one"
