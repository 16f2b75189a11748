"""Contracts and their limits."""

from __future__ import annotations

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.rules.paths import IPBLOCKS
from ionoscloud.emulator.rules.tables import computed_responses
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import JsonObject, Violations

LIMITED_USES = {  # use: its limit
    "coresProvisioned": "coresPerContract",
    "ramProvisioned": "ramPerContract",
    "hddVolumeProvisioned": "hddLimitPerContract",
    "ssdVolumeProvisioned": "ssdLimitPerContract",
    "reservedIpsOnContract": "reservableIps",
    "k8sClustersProvisioned": "k8sClusterLimitTotal",
    "natGatewayProvisioned": "natGatewayLimitTotal",
    "nlbProvisioned": "nlbLimitTotal",
}
UNLIMITED_USES = ("dasVolumeProvisioned",)


@computed_responses.register("/contracts", version=6)
def _list_contracts(inventory: Inventory, path: str, contract: int) -> JsonObject:
    others = (number for number in inventory.contracts if number != contract)
    items = [_compute_contract(inventory, path, number) for number in (contract, *others)]
    return {**inventory.envelope(path), "items": items}


@computed_responses.register("/contracts")
def _compute_contract(inventory: Inventory, path: str, contract: int) -> JsonObject:
    properties = {"contractNumber": contract, "owner": inventory.store.user, "status": "BILLABLE"}
    uses = {name: inventory.store.total((name, contract)) for name in (*LIMITED_USES, *UNLIMITED_USES)}
    addresses = [ip for block in inventory.store.members(IPBLOCKS, contract) for ip in block.planned()["ips"]]
    uses["reservedIpsInUse"] = sum(
        any(inventory.store.with_key((key, ip), contract) for key in ("ip", "node")) for ip in {*addresses}
    )
    limits = {**catalogue.LIMITS, **uses}
    return {"type": "contract", "properties": {**properties, "regDomain": "ionos.de", "resourceLimits": limits}}


def limit_violations(
    inventory: Inventory, resource: Resource, name: str, increase: float, use: str, unit: str
) -> Violations:
    """Yield a violation if an increase exceeds the limit of the contract."""
    limit = catalogue.LIMITS[LIMITED_USES[use]]
    if increase > 0 and inventory.store.total((use, resource.contract)) + increase > limit:
        yield name, f"The contract's limit of {limit} {unit} is exceeded"


def count_violations(inventory: Inventory, resource: Resource, limit: str, unit: str) -> Violations:
    """Yield a violation if a new resource exceeds the limit of its collection."""
    collection = resource.path.rpartition("/")[0]
    if resource.properties is None and not resource.pending:
        present = sum(member.will_exist() for member in inventory.store.members(collection, resource.contract))
        if present >= catalogue.LIMITS[limit]:
            yield "name", f"The contract's limit of {catalogue.LIMITS[limit]} {unit} is exceeded"
