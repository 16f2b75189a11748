"""Contracts and their limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ionoscloud.emulator import catalogue
from ionoscloud.emulator.rules.paths import IPBLOCKS
from ionoscloud.emulator.rules.tables import Fault, View, answers, register
from ionoscloud.emulator.store import Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


@register(answers, "/contracts")
def _contract(inventory: Inventory, path: str, contract: int) -> View:
    properties = {"contractNumber": contract, "owner": inventory.store.user, "status": "BILLABLE"}
    uses = {name: inventory.store.total((name, contract)) for name in LIMITED}
    addresses = [ip for block in inventory.store.members(IPBLOCKS, contract) for ip in block.planned()["ips"]]
    uses["reservedIpsInUse"] = sum(
        any(inventory.store.having((key, ip), contract) for key in ("ip", "node")) for ip in {*addresses}
    )
    limits = {**catalogue.LIMITS, **uses}
    return {"type": "contract", "properties": {**properties, "regDomain": "ionos.de", "resourceLimits": limits}}


LIMITED = {
    "coresProvisioned": "coresPerContract",
    "ramProvisioned": "ramPerContract",
    "hddVolumeProvisioned": "hddLimitPerContract",
    "ssdVolumeProvisioned": "ssdLimitPerContract",
    "reservedIpsOnContract": "reservableIps",
    "k8sClustersProvisioned": "k8sClusterLimitTotal",
}


def beyond_contract(
    inventory: Inventory, resource: Resource, name: str, more: float, use: str, unit: str
) -> Iterator[Fault]:
    """Whether a contract would use more than it may."""
    limit = catalogue.LIMITS[LIMITED[use]]
    if more > 0 and inventory.store.total((use, resource.contract)) + more > limit:
        yield name, f"The contract's limit of {limit} {unit} is exceeded"
