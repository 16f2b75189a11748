"""Audits the images of one contract: the part of `fleet_audit.py` that runs where the calls are made.

A Dask worker gets this module as a file, and takes the credentials from its own environment.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ionoscloud import ApiClient, Configuration, DataCenterApi, ImageApi, NotFoundException, SnapshotApi

CLIENT = ApiClient(Configuration(application="fleet-audit"))  # the one of this process, for all of its threads
_aliases: dict[str, str] = {}  # as `old_alias` returns them; public images are the same for every contract


class PrivateImage(NamedTuple):
    """An image of a contract: `age` and `idle` are the days since it was made and since it was last changed, `uses` the
    volumes that were made from it and the drives that hold it."""

    name: str
    location: str
    gb: float
    licence: str
    age: int
    idle: int
    uses: int


@dataclass
class Audit:
    """What a contract has: its images, how many volumes and drives come from which old one, or why it is not known."""

    contract: int
    images: list[PrivateImage] = field(default_factory=list[PrivateImage])
    outdated: dict[str, int] = field(default_factory=dict[str, int])
    error: str = ""


def audit(contract: int) -> Audit:
    """Ask for the private images of a contract, and for what its volumes and drives come from.

    Raises:
        ApiException: Asking went wrong.
    """
    # At depth 4 data centers show the details of their volumes, and the ids of what is in the drives of their servers.
    found = DataCenterApi(CLIENT).datacenters_get(depth=4, x_contract_number=contract).to_dict()
    centers: list[dict[str, Any]] = found["items"] or []
    uses = Counter(volume["properties"]["image"] for center in centers for volume in _below(center, "volumes"))
    servers = [server for center in centers for server in _below(center, "servers")]
    uses.update(drive["id"] for server in servers for drive in _below(server, "cdroms"))
    query = {"filter.public": "false"}
    found = ImageApi(CLIENT).images_get(depth=1, query_params=query, x_contract_number=contract).to_dict()
    images: list[dict[str, Any]] = found["items"] or []
    result = Audit(contract)
    for image in images:
        about, dates = image["properties"], image["metadata"]
        days = (_days_since(dates["created_date"]), _days_since(dates["last_modified_date"]))
        what = (about["name"], about["location"], about["size"] or 0.0, about["licence_type"])
        result.images.append(PrivateImage(*what, *days, uses.pop(image["id"], 0)))
    for image_id, times in uses.items():
        old = image_id and old_alias(image_id, contract)  # a volume that was made empty comes from no image
        if old:
            result.outdated[old] = result.outdated.get(old, 0) + times
    return result


def old_alias(image_id: str, contract: int) -> str:
    """Return the alias of a public image of which there is a newer one, the id of one that is gone, else ''."""
    if image_id not in _aliases:
        try:
            properties = ImageApi(CLIENT).images_find_by_id(image_id, x_contract_number=contract).properties
            aliases = (properties and properties.image_aliases) or [""]
            _aliases[image_id] = "" if any(":latest" in alias for alias in aliases) else aliases[0]
        except NotFoundException:
            snapshots = SnapshotApi(CLIENT).snapshots_get(x_contract_number=contract).items or []
            there = any(snapshot.id == image_id for snapshot in snapshots)
            _aliases[image_id] = "" if there else f"{image_id}, which is gone"
    return _aliases[image_id]


def _below(resource: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entities: dict[str, Any] = resource["entities"] or {}
    collection: dict[str, Any] = entities.get(name) or {}
    return collection.get("items") or []


def _days_since(date: datetime) -> int:
    return (datetime.now(timezone.utc) - date).days
