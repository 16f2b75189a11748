"""Users, groups and shares."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote

from ionoscloud.emulator.inventory import Inventory
from ionoscloud.emulator.messages import NOT_FOUND, ApiError
from ionoscloud.emulator.rules.paths import GROUP_SHARES, GROUP_USERS, GROUPS, S3KEYS, SHAREABLE, USERS
from ionoscloud.emulator.rules.tables import (
    computed_collections,
    computed_responses,
    defaults_on_create,
    id_generators,
    index_keys,
    validators,
)
from ionoscloud.emulator.store import Resource
from ionoscloud.emulator.types import JsonObject, Keys, Properties, Violations


@index_keys.register(USERS)
def _user_keys(user: Resource, planned: Properties) -> Keys:
    return {("email", str(planned.get("email")).casefold()): 0}


@validators.register(USERS)
def _validate_user(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    email = str(planned.get("email", ""))
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        yield "email", f"'{email}' is not an e-mail address"
    for other in inventory.store.with_key(("email", email.casefold()), resource.contract):
        if other is not resource:
            yield "email", f"A user with the e-mail address {email} exists already"


@defaults_on_create.register(USERS)
def _user_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    return {
        **values,
        "secAuthActive": False,
        "s3CanonicalUserId": inventory.store.random.randbytes(16).hex(),
    }


@computed_collections.register("/um/users/{}/groups")
def _groups_of_user(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    user = path.split("/")[3]
    found = inventory.store.resource(f"{USERS}/{user}")
    for link in inventory.store.links(found, GROUP_USERS) if found else ():
        group = inventory.look_up(link.path.rpartition("/users/")[0], contract)
        if group and link.contract in (None, contract):
            yield group[1]


@computed_collections.register("/um/users/{}/owns")
def _resources_of_user(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    user = path.split("/")[3]
    if user != inventory.store.user_id:  # the only user who creates resources
        return iter(())
    return (view for view in _resources(inventory, path, contract) if view["metadata"].get("createdByUserId") == user)


@id_generators.register(S3KEYS)
def _s3key_id(inventory: Inventory, path: str, values: Properties) -> str:
    return inventory.store.random.randbytes(10).hex()


@defaults_on_create.register(S3KEYS)
def _s3key_defaults(inventory: Inventory, resource: Resource, values: JsonObject) -> Properties:
    secret = base64.b64encode(inventory.store.random.randbytes(30)).decode()
    return {**values, "secretKey": secret, "active": True}


@computed_responses.register("/um/users/{}/s3ssourl", "/backupunits/{}/ssourl")
def _single_sign_on_url(inventory: Inventory, path: str, contract: int) -> JsonObject:
    return {"ssoUrl": f"{inventory.url}/sso/{inventory.store.random.randbytes(16).hex()}"}


@index_keys.register(GROUP_SHARES)
def _share_keys(share: Resource, planned: Properties) -> Keys:
    """Return the keys of a link to the shared resource, so that the store removes both together.

    The id does not tell the collection, so there is a key for each collection. Only one of the paths exists.
    """
    return {("to", f"{template}/{quote(share.id, safe='')}"): 0 for template in SHAREABLE}


@validators.register(GROUP_SHARES)
def _validate_share(inventory: Inventory, resource: Resource, values: Properties, planned: Properties) -> Violations:
    if not any(_shareable(inventory, resource.id, resource.contract)):
        raise ApiError(404, "Resource does not exist", code=NOT_FOUND)
    return iter(())


@computed_collections.register("/um/resources/{}/{}/groups")
def _groups_of_resource(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    identifier = path.split("/")[4]
    for group, view in inventory.scan(GROUPS, contract):
        if inventory.store.is_visible(f"{group.path}/shares/{identifier}", contract):
            yield {**view, "properties": {"name": view["properties"]["name"]}}


@computed_collections.register("/um/resources")
def _resources(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    for template in SHAREABLE:
        for resource, view in inventory.scan(template, contract):
            if resource.contract is not None:
                yield _as_resource(inventory, view)


def _as_resource(inventory: Inventory, view: JsonObject) -> JsonObject:
    protection = view["properties"].get("secAuthProtection", False)
    href = f"{inventory.url}/um/resources/{view['type']}/{view['id']}"
    properties = {"name": view["properties"].get("name", ""), "secAuthProtection": protection}
    return {**view, "href": href, "properties": properties}


def _shareable(inventory: Inventory, identifier: str, contract: int | None) -> Iterator[JsonObject]:
    """Return the resource with an id, if it can be shared."""
    for template in SHAREABLE:
        found = inventory.look_up(f"{template}/{quote(identifier, safe='')}", contract)
        if found and found[0].contract is not None:
            yield found[1]


@computed_collections.register("/um/resources/{}")
def _resources_of_type(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    wanted = path.rpartition("/")[2]
    return (view for view in _resources(inventory, path, contract) if view["type"] == wanted)


@computed_collections.register("/um/groups/{}/resources")
def _resources_of_group(inventory: Inventory, path: str, contract: int) -> Iterator[JsonObject]:
    for share in inventory.store.members(path.replace("/resources", "/shares"), contract):
        yield from (_as_resource(inventory, view) for view in _shareable(inventory, share.id, contract))
