"""Audit the images of one contract: the part of `fleet_audit.py` that runs in threads or Dask workers.

Dask workers receive this module as a file, and take the credentials from their own environment.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ionoscloud import ApiClient, Configuration, DataCenterApi, ImageApi, NotFoundException, SnapshotApi

CLIENT = ApiClient(Configuration(application="fleet-audit"))  # one client for all threads of this process
_aliases: dict[str, str] = {}  # results of `old_alias`; public images are the same for every contract


class PrivateImage(NamedTuple):
    """A private image of a contract.

    Attributes:
        name: Name of the image.
        location: Location of the image.
        gb: Size in GB.
        licence: Licence type.
        age: Days since it was created.
        idle: Days since it was last changed.
        uses: Number of volumes and drives that use it.
    """

    name: str
    location: str
    gb: float
    licence: str
    age: int
    idle: int
    uses: int


@dataclass
class Audit:
    """Result of an audit: private images, and the number of volumes and drives per outdated image, or an error."""

    contract: int
    images: list[PrivateImage] = field(default_factory=list[PrivateImage])
    outdated: dict[str, int] = field(default_factory=dict[str, int])
    error: str = ""


def audit(contract: int) -> Audit:
    """Get the private images of a contract, and the images that its volumes and drives use.

    Raises:
        ApiException: A request failed.
    """
    # At depth 4, data centers include the properties of their volumes and the ids of the images in their drives.
    found = DataCenterApi(CLIENT).datacenters_get(depth=4, x_contract_number=contract).to_dict()
    centers: list[dict[str, Any]] = found["items"] or []
    uses = Counter(volume["properties"]["image"] for center in centers for volume in _below(center, "volumes"))
    servers = [server for center in centers for server in _below(center, "servers")]
    uses.update(drive["id"] for server in servers for drive in _below(server, "cdroms"))
    found = ImageApi(CLIENT).images_get(filters={"public": False}, x_contract_number=contract).to_dict()
    images: list[dict[str, Any]] = found["items"] or []
    result = Audit(contract)
    for image in images:
        about, dates = image["properties"], image["metadata"]
        days = (_days_since(dates["created_date"]), _days_since(dates["last_modified_date"]))
        what = (about["name"], about["location"], about["size"] or 0.0, about["licence_type"])
        result.images.append(PrivateImage(*what, *days, uses.pop(image["id"], 0)))
    for image_id, times in uses.items():
        old = image_id and old_alias(image_id, contract)  # a volume can be created without an image
        if old:
            result.outdated[old] = result.outdated.get(old, 0) + times
    return result


def old_alias(image_id: str, contract: int) -> str:
    """Return the alias of an outdated public image, the id of a deleted image, or '' for other images."""
    if image_id not in _aliases:
        try:
            properties = ImageApi(CLIENT).images_find_by_id(image_id, x_contract_number=contract).properties
            aliases = (properties and properties.image_aliases) or [""]
            _aliases[image_id] = "" if any(":latest" in alias for alias in aliases) else aliases[0]
        except NotFoundException:
            snapshots = SnapshotApi(CLIENT).snapshots_get(x_contract_number=contract)
            there = any(snapshot.id == image_id for snapshot in snapshots)
            _aliases[image_id] = "" if there else f"{image_id}, which was deleted"
    return _aliases[image_id]


def _below(resource: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entities: dict[str, Any] = resource["entities"] or {}
    collection: dict[str, Any] = entities.get(name) or {}
    return collection.get("items") or []


def _days_since(date: datetime) -> int:
    return (datetime.now(timezone.utc) - date).days
