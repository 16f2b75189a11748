"""Users, groups, and what they share."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from ionoscloud.emulator.messages import NOT_FOUND, ApiError
from ionoscloud.emulator.rules.paths import GROUP_SHARES, GROUP_USERS, GROUPS, S3KEYS, SHAREABLE, USERS
from ionoscloud.emulator.rules.tables import (
    Fault,
    Values,
    View,
    answers,
    born,
    faults,
    identifiers,
    indexed,
    made_up,
    register,
)
from ionoscloud.emulator.store import Keys, Resource

if TYPE_CHECKING:
    from ionoscloud.emulator.inventory import Inventory


@register(indexed, USERS)
def _user_keys(user: Resource, planned: Values) -> Keys:
    return {("email", str(planned.get("email")).casefold()): 0}


@register(faults, USERS)
def _user_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> Iterator[Fault]:
    email = str(planned.get("email", ""))
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        yield "email", f"'{email}' is no e-mail address"
    for other in inventory.store.having(("email", email.casefold()), resource.contract or 0):
        if other is not resource:
            yield "email", f"There is a user with the e-mail address {email}"


@register(born, USERS)
def _new_user(inventory: Inventory, resource: Resource, values: View) -> Values:
    return {
        **values,
        "secAuthActive": False,
        "s3CanonicalUserId": inventory.store.random.randbytes(16).hex(),
    }


@register(made_up, "/um/users/{}/groups")
def _groups_of_user(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    user = path.split("/")[3]
    found = inventory.store.resource(f"{USERS}/{user}")
    for link in inventory.store.links(found, GROUP_USERS) if found else ():
        group = inventory.store.find(link.path.rpartition("/users/")[0], contract)
        if group and link.contract in (None, contract):
            yield group[1]


@register(made_up, "/um/users/{}/owns")
def _owned_by_user(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    user = path.split("/")[3]
    if user != inventory.store.user_id:  # who creates everything
        return iter(())
    return (view for view in _resources(inventory, path, contract) if view["metadata"].get("createdByUserId") == user)


@register(identifiers, S3KEYS)
def _access_key(inventory: Inventory, path: str, values: Values) -> str:
    return inventory.store.random.randbytes(10).hex()


@register(born, S3KEYS)
def _new_key(inventory: Inventory, resource: Resource, values: View) -> Values:
    secret = base64.b64encode(inventory.store.random.randbytes(30)).decode()
    return {**values, "secretKey": secret, "active": True}


@register(answers, "/um/users/{}/s3ssourl", "/backupunits/{}/ssourl")
def _sign_on(inventory: Inventory, path: str, contract: int) -> View:
    return {"ssoUrl": f"{inventory.store.url}/sso/{inventory.store.random.randbytes(16).hex()}"}


@register(indexed, GROUP_SHARES)
def _share_keys(share: Resource, planned: Values) -> Keys:
    """Those of a link to what is shared, so that the store drops both together; only one of the paths exists."""
    return {("to", f"{template}/{quote(share.id, safe='')}"): 0 for template in SHAREABLE}


@register(faults, GROUP_SHARES)
def _share_faults(inventory: Inventory, resource: Resource, values: Values, planned: Values) -> tuple[Fault, ...]:
    if not any(_shareable(inventory, resource.id, resource.contract or 0)):
        raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
    return ()


@register(made_up, "/um/resources/{}/{}/groups")
def _groups_of_resource(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    identifier = path.split("/")[4]
    for group, view in inventory.everything(GROUPS, contract):
        if inventory.store.find(f"{group.path}/shares/{identifier}", contract):
            yield {**view, "properties": {"name": view["properties"]["name"]}}


@register(made_up, "/um/resources")
def _resources(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    for template in SHAREABLE:
        for resource, view in inventory.everything(template, contract):
            if resource.contract is not None:
                yield _as_resource(inventory, view)


def _as_resource(inventory: Inventory, view: View) -> View:
    protection = view["properties"].get("secAuthProtection", False)
    href = f"{inventory.store.url}/um/resources/{view['type']}/{view['id']}"
    properties = {"name": view["properties"].get("name", ""), "secAuthProtection": protection}
    return {**view, "href": href, "properties": properties}


def _shareable(inventory: Inventory, identifier: str, contract: int) -> Iterator[View]:
    """What can be shared and has that id."""
    for template in SHAREABLE:
        found = inventory.store.find(f"{template}/{quote(identifier, safe='')}", contract)
        if found and found[0].contract is not None:
            yield found[1]


@register(made_up, "/um/resources/{}")
def _resources_of_type(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    wanted = path.rpartition("/")[2]
    return (view for view in _resources(inventory, path, contract) if view["type"] == wanted)


@register(made_up, "/um/groups/{}/resources")
def _resources_of_group(inventory: Inventory, path: str, contract: int) -> Iterator[View]:
    for share in inventory.store.members(path.replace("/resources", "/shares"), contract):
        yield from (_as_resource(inventory, view) for view in _shareable(inventory, share.id, contract))
