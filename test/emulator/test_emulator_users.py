"""Users, groups and their shares, S3 keys, backup units, and labels."""

from __future__ import annotations

import re

import pytest
from account import id_of

from ionoscloud.emulator.document import api_document

ADA = {"firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.com", "password": "password1"}


@pytest.fixture
def user(account):
    return account.create("/um/users", **ADA)


@pytest.fixture
def group(account):
    return account.create("/um/groups", name="admins", createDataCenter=True)


# Users


def test_a_new_user(account, user):
    properties = account.properties(user)
    assert (properties["firstname"], properties["email"], properties["active"]) == ("Ada", "ada@example.com", True)
    assert (properties["administrator"], properties["secAuthActive"]) == (False, False)
    assert re.fullmatch("[0-9a-f]{32}", properties["s3CanonicalUserId"])
    assert "password" not in properties
    own, new = account.get("/um/users?depth=1")["items"]
    assert own["properties"]["email"] == account.cloud.username
    assert new["id"] == id_of(user)


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("nobody", "'nobody' is not an e-mail address"),
        ("a b@c", "'a b@c' is not an e-mail address"),
        ("ADA@example.com", "A user with the e-mail address ADA@example.com exists already"),
    ],
)
def test_an_invalid_user_is_rejected(account, user, email, message):
    other = account.create("/um/users", **{**ADA, "email": "other@example.com"})
    expected = [f"[(root).properties.email] {message}"]
    assert account.not_created("/um/users", **{**ADA, "email": email}) == expected
    properties = {"firstname": "A", "lastname": "B", "administrator": False, "forceSecAuth": False, "email": email}
    assert account.rejected("PUT", other, {"properties": properties}) == expected
    account.done("PUT", user, {"properties": {**properties, "email": "ada@example.com"}})
    assert account.properties(user)["firstname"] == "A"
    assert len(account.ids("/um/users")) == 3


def test_the_owner_of_the_account_cannot_be_changed(account):
    (owner,) = account.ids("/um/users")
    (message,) = account.rejected("DELETE", f"/um/users/{owner}", status=403)
    assert message.startswith("Access denied: user")


# Groups


def test_users_are_added_to_groups_and_removed(account, user, group):
    assert account.attach(f"{group}/users", user)["id"] == id_of(user)
    assert account.ids(f"{group}/users") == [id_of(user)]
    assert account.names(f"{user}/groups") == ["admins"]
    (nested,) = account.get(f"{user}?depth=2")["entities"]["groups"]["items"]
    assert nested["properties"]["createDataCenter"] is True
    assert "createDataCenter" not in account.get(f"{user}/groups?depth=1")["items"][0]["properties"]
    account.delete(f"{group}/users/{id_of(user)}")
    assert account.ids(f"{group}/users") == account.ids(f"{user}/groups") == []
    assert account.get(user)["id"] == id_of(user)
    (message,) = account.rejected("POST", f"{group}/users", {"id": "nobody"}, status=404)
    assert message == "[(root).id] Resource 'nobody' does not exist"


def test_deleting_a_group_or_a_user_ends_the_membership_only(account, user, group):
    other = account.create("/um/groups", name="others")
    for each in (group, other):
        account.attach(f"{each}/users", user)
    account.delete(group)
    assert account.names(f"{user}/groups") == ["others"]
    account.delete(user)
    assert account.ids(f"{other}/users") == []


def test_the_privileges_of_a_group(account, group):
    properties = account.properties(group)
    assert (properties["createDataCenter"], properties["createPcc"]) == (True, False)
    account.done("PUT", group, {"properties": {"name": "admins", "createPcc": True}})
    properties = account.properties(group)
    assert (properties["createDataCenter"], properties["createPcc"]) == (False, True)


def test_the_privileges_of_a_group_in_v6(five, six):
    new = api_document(6).kinds["/um/groups"].properties.keys() - api_document(5).kinds["/um/groups"].properties.keys()
    assert {"createFlowLog", "createNetworkSecurityGroups", "accessAndManageDns", "manageDBaaS"} < new
    group = six.create("/um/groups", name="g", **dict.fromkeys(new, True))
    assert (
        five.done("PUT", group, {"properties": {"name": "h", "createPcc": True}})["properties"].keys().isdisjoint(new)
    )
    shown = six.properties(group)
    assert (shown["name"], shown["createPcc"], {shown[name] for name in new}) == ("h", True, {True})
    six.done("PUT", group, {"properties": {"name": "h", "createFlowLog": True}})
    shown = six.properties(group)
    assert [name for name, value in shown.items() if value is True] == ["createFlowLog"]
    (message,) = five.not_created("/um/groups", name="g", createFlowLog=True)
    assert message == "[(root).properties.createFlowLog] Attribute is not allowed in create requests"


def test_members_are_added_to_a_group_in_v6(six):
    user, group = six.create("/um/users", **ADA), six.create("/um/groups", name="g")
    added = six.attach(f"{group}/users", user)
    assert (added["id"], added["properties"]["email"]) == (id_of(user), ADA["email"])
    assert six.names(f"{user}/groups") == ["g"]
    (message,) = six.rejected("POST", f"{group}/users", {})
    assert message == "[(root).id] Attribute 'id' is required"
    six.delete(f"{group}/users/{id_of(user)}")
    assert six.ids(f"{group}/users") == []


def test_users_and_keys_have_the_dates_and_authors_of_their_changes_in_v6(cloud, five, six):
    user = six.create("/um/users", **ADA)
    key = f"{user}/s3keys/{six.accepted('POST', f'{user}/s3keys')['id']}"
    changes = {user: {key: ADA[key] for key in ("firstname", "lastname", "email")}, key: {"active": False}}
    for path, properties in changes.items():
        before = six.get(path)["metadata"]
        assert before["createdDate"] <= before["lastModifiedDate"]
        for event in ("created", "lastModified"):
            assert before[f"{event}By"] == cloud.username
            assert before[f"{event}ByUserId"] == six.ids("/um/users")[0]
        cloud.clock.advance(60)
        six.done("PUT", path, {"properties": {"administrator": False, "forceSecAuth": False, **properties}
                               if path == user else properties})  # fmt: skip
        after = six.get(path)["metadata"]
        assert after["createdDate"] == before["createdDate"]
        assert after["lastModifiedDate"] > before["lastModifiedDate"]
        assert after["etag"] != before["etag"]
        assert five.get(path)["metadata"].keys() == {"etag", "createdDate"}


def test_a_resource_is_shared_with_a_group(account, datacenter, group):
    share = f"{group}/shares/{id_of(datacenter)}"
    shared = account.done("POST", share, {"properties": {"editPrivilege": True}})
    assert shared["properties"] == {"editPrivilege": True, "sharePrivilege": False}
    assert account.ids(f"{group}/shares") == account.ids(f"{group}/resources") == [id_of(datacenter)]
    assert account.names(f"{group}/resources") == ["dc"]
    (message,) = account.rejected("POST", share, {"properties": {}})
    assert message == f"[(root)] A resource with the id '{id_of(datacenter)}' exists already"
    account.done("PUT", share, {"properties": {"sharePrivilege": True}})
    assert account.properties(share) == {"editPrivilege": False, "sharePrivilege": True}
    account.delete(share)
    assert account.gone(share)
    assert account.ids(f"{group}/shares") == account.ids(f"{group}/resources") == []


def test_a_missing_resource_cannot_be_shared(account, datacenter, group):
    public = account.get("/images?depth=1&filter.public=true")["items"][0]["id"]
    server = account.server(datacenter)
    for identifier in ("nothing", public, id_of(server)):
        path = f"{group}/shares/{identifier}"
        assert account.rejected("POST", path, {"properties": {}}, status=404) == ["Resource does not exist"]


def test_a_share_is_deleted_with_its_resource(account, datacenter, group):
    shared = [
        account.create("/ipblocks", location="de/fra", size=1),
        account.create("/pccs", name="pcc"),
        account.create("/backupunits", name="backups"),
        account.create("/k8s", name="cluster"),
        f"/snapshots/{account.done('POST', f'{account.volume(datacenter)}/create-snapshot')['id']}",
        f"/images/{account.ids('/images?depth=1&filter.public=false')[0]}",
        datacenter,
    ]
    for path in shared:
        account.done("POST", f"{group}/shares/{id_of(path)}", {"properties": {}})
    left = [id_of(path) for path in shared]
    assert account.ids(f"{group}/shares") == left
    for path in shared:
        account.delete(path)
        left.remove(id_of(path))
        assert account.gone(f"{group}/shares/{id_of(path)}")
        assert account.ids(f"{group}/shares") == left


def test_the_resources_that_can_be_shared(account, datacenter, user):
    created = {
        "datacenter": id_of(datacenter),
        "ipblock": id_of(account.create("/ipblocks", location="de/fra", size=1)),
        "pcc": id_of(account.create("/pccs", name="pcc")),
        "backupunit": id_of(account.create("/backupunits", name="backups")),
        "k8s": id_of(account.create("/k8s", name="cluster")),
        "snapshot": account.done("POST", f"{account.volume(datacenter)}/create-snapshot")["id"],
    }
    every = {(item["type"], item["id"]) for item in account.get("/um/resources?depth=1")["items"]}
    assert {(kind, identifier) for kind, identifier in every if kind != "image"} == {*created.items()}
    assert len(every) == 6 + 5  # with the private images
    for kind, identifier in created.items():
        assert account.ids(f"/um/resources/{kind}") == [identifier]
        assert account.get(f"/um/resources/{kind}/{identifier}")["type"] == kind
        assert account.gone(f"/um/resources/image/{identifier}")
    owner = account.ids("/um/users")[0]
    assert {*created.values()} <= {*account.ids(f"/um/users/{owner}/owns")}
    assert account.ids(f"{user}/owns") == []


# S3 keys, backup units, single sign-on


def test_an_s3_key_is_created_deactivated_and_deleted(account, user):
    response = account.send("POST", f"{user}/s3keys")
    key = f"{user}/s3keys/{response.json()['id']}"
    assert response.status == 200
    properties = account.properties(key)
    assert properties["active"] is True
    assert re.fullmatch("[A-Za-z0-9+/]{40}", properties["secretKey"])
    account.done("PUT", key, {"properties": {"active": False}})
    assert account.properties(key) == {**properties, "active": False}
    account.delete(key)
    assert account.ids(f"{user}/s3keys") == []
    account.send("POST", f"{user}/s3keys")
    account.delete(user)
    assert account.gone(f"{user}/s3keys")


def test_single_sign_on_urls(account, user):
    unit = account.create("/backupunits", name="backups")
    urls = [account.get(f"{user}/s3ssourl")["ssoUrl"], account.get(f"{unit}/ssourl")["ssoUrl"]]
    assert urls[0] != urls[1]
    assert all(url.startswith(f"{account.cloud.url}/sso/") for url in urls)


def test_names_of_backup_units_are_unique(account):
    unit = account.create("/backupunits", name="backups", password="password1", email="a@example.com")
    properties = account.properties(unit)
    assert properties == {"name": "backups", "email": "a@example.com", "password": None}
    (message,) = account.not_created("/backupunits", name="backups")
    assert message == "[(root).properties.name] A backup unit with the name backups exists already"
    assert account.properties(account.create("/backupunits", name="with space"))["name"] == "with space"
    for name in ("", "with-dash"):
        (message,) = account.not_created("/backupunits", name=name)
        assert (
            message == "[(root).properties.name] The name of a backup unit can contain only letters, digits and spaces"
        )


# Labels


@pytest.fixture
def labelled(account, datacenter):
    """The paths of resources of the five kinds with labels, by kind."""
    volume = account.volume(datacenter)
    return {
        "datacenter": datacenter,
        "server": account.server(datacenter),
        "volume": volume,
        "snapshot": f"/snapshots/{account.done('POST', f'{volume}/create-snapshot')['id']}",
        "ipblock": account.create("/ipblocks", location="de/fra", size=1),
    }


def test_five_kinds_of_resources_have_labels(account, labelled):
    for kind, path in labelled.items():
        response = account.send("POST", f"{path}/labels", {"properties": {"key": "env", "value": "test"}})
        assert (response.status, response.json()["id"], response.json()["type"]) == (201, "env", "label")
        assert account.properties(f"{path}/labels/env") == {"key": "env", "value": "test"}
        urn = f"urn:label:{kind}:{id_of(path)}:env"
        about = {"resourceId": id_of(path), "resourceType": kind, "resourceHref": account.cloud.url + path}
        assert account.get(f"/labels/{urn}")["properties"] == {"key": "env", "value": "test", **about}
        assert account.get(f"/labels/{urn}")["id"] == urn
        response = account.send("PUT", f"{path}/labels/env", {"properties": {"key": "env", "value": "live"}})
        assert (response.status, response.json()["properties"]["value"]) == (200, "live")
        assert account.get(f"/labels/{urn}")["properties"]["value"] == "live"
    assert [urn.split(":")[2] for urn in account.ids("/labels")] == [
        "datacenter", "server", "volume", "snapshot", "ipblock",
    ]  # fmt: skip
    for path in labelled.values():
        assert account.send("DELETE", f"{path}/labels/env").status == 200
        assert account.ids(f"{path}/labels") == []
    assert account.ids("/labels") == []


def test_an_invalid_label_is_rejected(account, datacenter):
    labels = f"{datacenter}/labels"
    assert account.create(labels, key="a/b c", value="x").endswith("/labels/a%2Fb%20c")
    assert account.not_created(labels, key="a/b c", value="y") == [
        "[(root)] A resource with the id 'a/b c' exists already"
    ]
    for missing in ("key", "value"):
        given = {"key": "k", "value": "v", missing: ""}
        expected = [f"[(root).properties.{missing}] Attribute '{missing}' is required"]
        assert account.not_created(labels, **given) == expected
        given.pop(missing)
        assert account.not_created(labels, **given) == expected
    assert account.ids(labels) == ["a/b c"]


def test_labels_are_deleted_with_their_resource(account, labelled):
    for path in labelled.values():
        account.create(f"{path}/labels", key="env", value="test")
    account.delete(labelled["datacenter"])
    assert [urn.split(":")[2] for urn in account.ids("/labels")] == ["snapshot", "ipblock"]


def test_private_images_have_labels_in_v6(five, six, image):
    path = six.create(f"{image}/labels", key="env", value="test")
    assert path == f"{image}/labels/env"
    urn = f"urn:label:image:{id_of(image)}:env"
    about = {"resourceId": id_of(image), "resourceType": "image", "resourceHref": six.url + image}
    assert six.properties(f"/labels/{urn}") == {"key": "env", "value": "test", **about}
    assert six.done("PUT", path, {"properties": {"key": "env", "value": "live"}})["properties"]["value"] == "live"
    assert six.not_created(f"{image}/labels", key="env", value="x")
    assert (six.ids("/labels"), five.ids("/labels")) == ([urn], [])
    assert five.gone(path) and five.gone(f"/labels/{urn}")
    five.done("PUT", image, {"properties": {"licenceType": "LINUX"}})
    assert six.ids(f"{image}/labels") == ["env"]
    assert six.send("DELETE", path).status == 200
    assert six.ids(f"{image}/labels") == six.ids("/labels") == []
    six.create(f"{image}/labels", key="env", value="test")
    six.delete(image)
    assert six.ids("/labels") == []


def test_public_images_cannot_have_labels(six):
    image = six.public_image("Ubuntu-24.04-LTS-server")
    body = {"properties": {"key": "env", "value": "test"}}
    (message,) = six.rejected("POST", f"/images/{image}/labels", body, status=403)
    assert message == f"Access denied: image {image} is public"
    assert six.ids(f"/images/{image}/labels") == []
