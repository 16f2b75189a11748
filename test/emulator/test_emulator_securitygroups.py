"""Security groups, their rules and members, and the firewall rules that only v6 has."""

from __future__ import annotations

import pytest
from account import AccountInVersion, id_of

from ionoscloud import ApiClient, SecurityGroupsApi
from ionoscloud.emulator import CloudEmulator, ManualClock, catalogue

RULE = {"protocol": "TCP", "portRangeStart": 22, "portRangeEnd": 22}


@pytest.fixture
def datacenter(six):
    return six.datacenter(name="dc")


@pytest.fixture
def server(six, datacenter):
    return six.server(datacenter, name="web")


@pytest.fixture
def nic(six, server):
    return six.nic(server, name="front")


@pytest.fixture
def groups(six, datacenter):
    return [six.create(f"{datacenter}/securitygroups", name=name) for name in ("a", "b", "c")]


def assign(account, path, *groups):
    return account.done("PUT", f"{path}/securitygroups", {"ids": [id_of(group) for group in groups]})


def members(account, path, name="securitygroups", depth=2):
    return [item["id"] for item in account.get(f"{path}?depth={depth}")["entities"][name]["items"]]


# Groups and rules


def test_a_group_is_created_with_its_rules(six, datacenter):
    items = [{"properties": {**RULE, "name": "ssh"}}, {"properties": {"protocol": "VRRP", "name": "vrrp"}}]
    group = six.create(f"{datacenter}/securitygroups", {"rules": {"items": items}}, name="g", description="d")
    shown = six.get(f"{group}?depth=2")
    assert (shown["type"], shown["properties"]) == ("security-group", {"name": "g", "description": "d"})
    assert [rule["properties"]["name"] for rule in shown["entities"]["rules"]["items"]] == ["ssh", "vrrp"]
    rule = six.create(f"{group}/rules", protocol="ICMPv6", icmpType=128, type="EGRESS")
    assert six.change(rule, name="ping")["type"] == "EGRESS"
    assert six.names(f"{group}/rules") == ["ssh", "vrrp", "ping"]
    six.delete(group)
    assert six.gone(rule)


def test_an_invalid_rule_creates_no_group(six, datacenter):
    items = [{"properties": RULE}, {"properties": {**RULE, "protocol": "GRE"}}]
    body = {"properties": {"name": "g"}, "entities": {"rules": {"items": items}}}
    (message,) = six.rejected("POST", f"{datacenter}/securitygroups", body)
    where = "[(root).entities.rules.items.[1].properties.portRangeStart]"
    assert message == f"{where} The protocol GRE has no ports"
    assert six.ids(f"{datacenter}/securitygroups") == []


@pytest.mark.parametrize("of", ["group", "nic"])
@pytest.mark.parametrize(
    ("properties", "name", "message"),
    [
        ({"protocol": "AH", "portRangeStart": 1, "portRangeEnd": 2}, "portRangeStart", "The protocol AH has no ports"),
        ({"protocol": "TCP", "portRangeStart": 9}, "portRangeEnd", "A port range needs a start and an end"),
        ({"protocol": "GRE", "icmpType": 8}, "icmpType", "The protocol GRE has no icmpType"),
        ({"protocol": "TCP", "sourceIp": "10.0.0"}, "sourceIp", "'10.0.0' is not an IP address"),
        ({"protocol": "TCP", "targetIp": "2001:db8::/129"}, "targetIp", "'2001:db8::/129' is not an IP address"),
        ({"protocol": "TCP", "sourceIp": "10.0.0.1", "targetIp": "::1"}, "targetIp", "'::1' is not IPv4"),
        ({"protocol": "TCP", "sourceIp": "::1", "ipVersion": "IPv4"}, "sourceIp", "'::1' is not IPv4"),
    ],
)
def test_an_invalid_rule_is_rejected(six, groups, nic, of, properties, name, message):
    collection = f"{groups[0]}/rules" if of == "group" else f"{nic}/firewallrules"
    (text,) = six.not_created(collection, **properties)
    assert text.startswith(f"[(root).properties.{name}] {message}")
    assert six.ids(collection) == []
    if properties["protocol"] == "TCP":  # the protocol cannot be changed later
        rule = six.create(collection, protocol="TCP")
        assert six.rejected("PATCH", rule, properties) == [text]


@pytest.mark.parametrize(
    ("properties", "version"),
    [
        ({"protocol": "TCP"}, "IPv4"),
        ({"protocol": "ANY", "ipVersion": "IPv6"}, "IPv6"),
        ({"protocol": "UDP", "sourceIp": "2001:db8::/56"}, "IPv6"),
        ({"protocol": "AH", "targetIp": "10.0.0.0/8", "ipVersion": None}, "IPv4"),
        ({"protocol": "ICMPv6", "icmpType": 128, "icmpCode": 0}, "IPv6"),
    ],
)
def test_the_ip_version_of_a_rule_is_that_of_its_addresses(five, six, groups, nic, properties, version):
    assert six.properties(six.create(f"{groups[0]}/rules", **properties))["ipVersion"] == version
    rule = six.create(f"{nic}/firewallrules", **properties)
    shown = six.properties(rule)
    assert (shown["ipVersion"], shown["type"]) == (version, "INGRESS")
    assert not {"ipVersion", "type"} & five.properties(rule).keys()


def test_a_rule_keeps_what_v5_does_not_have(five, six, nic):
    rule = six.create(f"{nic}/firewallrules", protocol="TCP", ipVersion="IPv6", type="EGRESS")
    five.change(rule, name="a")
    five.done("PUT", rule, {"properties": {"protocol": "TCP", "name": "b"}})
    shown = six.properties(rule)
    assert (shown["name"], shown["ipVersion"], shown["type"]) == ("b", "IPv6", "EGRESS")


# Members


def test_groups_are_assigned_to_servers_and_nics(six, server, nic, groups):
    for path, entity in ((server, "servers"), (nic, "nics")):
        a, b, c = map(id_of, groups)
        content = assign(six, path, groups[0], groups[1], groups[0])
        assert [item["id"] for item in content["items"]] == [a, b]
        assert content["items"][0]["href"] == six.url + groups[0]
        assert [members(six, group, entity) for group in groups] == [[id_of(path)], [id_of(path)], []]
        assign(six, path, groups[2], groups[1])
        assert members(six, path) == [c, b]
        assert [members(six, group, entity) for group in groups] == [[], [id_of(path)], [id_of(path)]]
    shown = six.get(f"{groups[1]}?depth=2")["entities"]
    assert shown["servers"]["items"][0]["properties"]["name"] == "web"
    assert shown["nics"]["items"][0]["properties"]["name"] == "front"
    assign(six, server)
    assert (members(six, server), members(six, nic)) == ([], [c, b])


def test_a_failed_change_restores_the_groups_of_a_server(six, server, groups):
    assign(six, server, groups[0])
    six.cloud.fail_next_change("No")
    six.accepted("PUT", f"{server}/securitygroups", {"ids": []})
    assert (members(six, server), six.state(server)) == ([], "BUSY")
    six.cloud.clock.advance(10)
    assert (members(six, server), six.state(server)) == ([id_of(groups[0])], "AVAILABLE")
    for ids in ([], [id_of(groups[0])]):  # without waiting
        six.accepted("PUT", f"{server}/securitygroups", {"ids": ids})
    six.cloud.clock.advance(10)
    assert members(six, server) == members(six, server) == [id_of(groups[0])]


def test_only_groups_of_the_data_center_can_be_assigned(six, server, nic, groups):
    foreign = six.create(f"{six.datacenter()}/securitygroups", name="far")
    six.accepted("DELETE", groups[2])
    for path in (server, nic):
        for unknown in ("nothing", id_of(foreign), id_of(groups[2]), ""):
            body = {"ids": [id_of(groups[0]), unknown]}
            message = f"[(root).ids] Security group '{unknown}' does not exist in the data center"
            assert six.rejected("PUT", f"{path}/securitygroups", body) == [message]
        assert members(six, path) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "[(root).ids] Attribute 'ids' is required"),
        ({"ids": [5]}, "[(root).ids.[0]] The value has to be a string, not 5"),
        ({"ids": [], "name": "x"}, "[(root).name] Attribute is not allowed in update requests"),
    ],
)
def test_an_invalid_list_of_ids_is_rejected(six, server, body, message):
    assert six.rejected("PUT", f"{server}/securitygroups", body) == [message]


def test_groups_can_be_assigned_by_their_url(six, server, groups):
    six.done("PUT", f"{server}/securitygroups", {"ids": [six.url + groups[0]]})
    assert members(six, server) == [id_of(groups[0])]


def test_a_server_is_created_with_groups(six, datacenter, groups):
    first, second = ({"securitygroups": {"items": [{"id": id_of(group)}]}} for group in groups[:2])
    nics = {"items": [{"properties": {"lan": 1}, "entities": second}]}
    server = six.create(f"{datacenter}/servers", {**first, "nics": nics}, cores=1, ram=1024)
    assert members(six, server) == [id_of(groups[0])]
    assert members(six, f"{server}/nics/{six.ids(f'{server}/nics')[0]}") == [id_of(groups[1])]
    for item, message in (
        ({"id": "no"}, "ids] Security group 'no' does not exist in the data center"),
        ({"properties": {"name": "new"}}, "items.[0].id] Attribute 'id' is required"),
    ):
        body = {"properties": {"cores": 1, "ram": 1024}, "entities": {"securitygroups": {"items": [item]}}}
        (text,) = six.rejected("POST", f"{datacenter}/servers", body)
        assert text == f"[(root).entities.securitygroups.{message}"
    assert len(six.ids(f"{datacenter}/servers")) == 1


def test_a_deleted_group_is_removed_from_its_servers_and_nics(six, server, nic, groups):
    for path in (server, nic):
        assign(six, path, *groups)
    six.delete(groups[1])
    left = [id_of(groups[0]), id_of(groups[2])]
    assert members(six, server) == members(six, nic) == left
    six.delete(nic)
    assert members(six, groups[0], "nics") == []
    six.delete(server)
    assert members(six, groups[0], "servers") == []


def test_members_are_kept_when_v5_writes_back(five, six, server, nic, groups):
    for path in (server, nic):
        assign(six, path, groups[0])
        assert "securitygroups" not in five.get(f"{path}?depth=1")["entities"]
        assert "securityGroups" not in {**five.properties(path), **six.properties(path)}
    five.change(server, cores=2)
    five.done("PUT", server, {"properties": {"cores": 3, "ram": 1024}})
    five.change(nic, dhcp=False)
    five.done("PUT", nic, {"properties": {"lan": 1}})
    six.done("PUT", nic, {"properties": {"lan": 1}})
    assert members(six, server) == members(six, nic) == [id_of(groups[0])]


def test_groups_are_saved(six, server, groups, tmp_path, call_of):
    assign(six, server, groups[0])
    six.cloud.save(tmp_path / "cloud.json")
    with CloudEmulator(clock=ManualClock(), state=tmp_path / "cloud.json") as again:
        loaded = AccountInVersion(again, call_of(again), 6)
        assert members(loaded, server) == [id_of(groups[0])]
        assert members(loaded, groups[0], "servers") == [id_of(server)]


def test_the_client_assigns_groups(cloud, server, groups):
    datacenter = server.split("/")[2]
    with ApiClient(cloud.configuration(api_version=6)) as client:
        api = SecurityGroupsApi(client)
        found = api.datacenters_servers_securitygroups_put(datacenter, id_of(server), {"ids": [id_of(groups[0])]})
        assert [group.id for group in found.items] == [id_of(groups[0])]


# Limits


def test_the_contract_limits_groups_and_rules(six, datacenter, server, monkeypatch):
    limits = six.get("/contracts")["items"][0]["properties"]["resourceLimits"]
    names = ("securityGroupsPerVdc", "securityGroupsPerResource", "rulesPerSecurityGroup")
    assert [limits[name] for name in names] == [200, 10, 100]
    for name, limit in zip(names, (2, 1, 2)):
        monkeypatch.setitem(catalogue.LIMITS, name, limit)
    groups = [six.create(f"{datacenter}/securitygroups", name=name) for name in "ab"]
    limit = "[(root).properties.name] The contract's limit of 2"
    message = f"{limit} security groups per data center is exceeded"
    assert six.not_created(f"{datacenter}/securitygroups", name="c") == [message]
    six.change(groups[0], name="c")
    six.accepted("DELETE", groups[1])
    groups[1] = six.create(f"{datacenter}/securitygroups", name="d")
    body = {"ids": [id_of(group) for group in groups]}
    (text,) = six.rejected("PUT", f"{server}/securitygroups", body)
    assert text == "[(root).ids] The contract's limit of 1 security groups per server or NIC is exceeded"
    rules = [six.create(f"{groups[0]}/rules", protocol="TCP") for _ in range(2)]
    message = f"{limit} rules per security group is exceeded"
    assert six.not_created(f"{groups[0]}/rules", protocol="TCP") == [message]
    six.change(rules[0], name="changed")


# Default group


def test_a_data_center_is_created_with_a_default_group(five, six):
    datacenter = six.datacenter(createDefaultSecurityGroup=True)
    shown = six.properties(datacenter)
    assert "createDefaultSecurityGroup" not in shown
    (group,) = six.ids(f"{datacenter}/securitygroups")
    assert shown["defaultSecurityGroupId"] == group
    rules = six.get(f"{datacenter}/securitygroups/{group}/rules?depth=1")["items"]
    names = ("protocol", "type", "ipVersion", "sourceIp")
    assert [tuple(rule["properties"][name] for name in names) for rule in rules] == [
        ("ANY", "EGRESS", "IPv4", None),
        ("ANY", "EGRESS", "IPv6", None),
        ("ANY", "INGRESS", "IPv4", "10.0.0.0/24"),
        ("ANY", "INGRESS", "IPv6", shown["ipv6CidrBlock"]),
    ]
    assert "defaultSecurityGroupId" not in five.properties(datacenter)


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_a_default_group_is_created_by_a_change_if_there_is_none(six, datacenter, verb):
    old = six.server(datacenter)
    values = {"createDefaultSecurityGroup": True}
    for _ in range(2):
        six.done(verb, datacenter, {"properties": values} if verb == "PUT" else values)
        (group,) = six.ids(f"{datacenter}/securitygroups")
        assert six.properties(datacenter)["defaultSecurityGroupId"] == group
    assert members(six, old) == []


def test_new_servers_are_members_of_the_default_group(five, six):
    datacenter = six.datacenter(createDefaultSecurityGroup=True)
    group = f"{datacenter}/securitygroups/{six.properties(datacenter)['defaultSecurityGroupId']}"
    servers = [account.server(datacenter) for account in (six, five)]
    assert members(six, group, "servers") == [id_of(server) for server in servers]
    assert members(six, servers[1]) == [id_of(group)]
    assert members(six, six.nic(servers[0])) == []  # it inherits the rules of its server
    assign(six, servers[0])
    assert members(six, servers[0]) == []


def test_the_default_group_is_replaced_and_unset(five, six, datacenter, groups):
    six.change(datacenter, defaultSecurityGroupId=id_of(groups[0]))
    six.done("PUT", datacenter, {"properties": {"name": "dc", "defaultSecurityGroupId": six.url + groups[1]}})
    five.done("PUT", datacenter, {"properties": {"name": "written back"}})
    assert six.properties(datacenter)["defaultSecurityGroupId"] == id_of(groups[1])
    six.change(datacenter, defaultSecurityGroupId="")  # as Terraform's provider does
    assert not six.properties(datacenter)["defaultSecurityGroupId"]
    assert members(six, six.server(datacenter)) == []


def test_deleting_the_default_group_leaves_the_data_center_without(six, datacenter, groups):
    six.change(datacenter, defaultSecurityGroupId=id_of(groups[0]))
    six.delete(groups[1])
    assert six.properties(datacenter)["defaultSecurityGroupId"] == id_of(groups[0])
    six.delete(groups[0])
    assert six.properties(datacenter)["defaultSecurityGroupId"] is None
    assert members(six, six.server(datacenter)) == []


def test_an_invalid_default_group_is_rejected(six, datacenter, groups):
    foreign = id_of(six.create(f"{six.datacenter()}/securitygroups", name="far"))
    for unknown in ("nothing", foreign):
        (message,) = six.rejected("PATCH", datacenter, {"defaultSecurityGroupId": unknown})
        where = "[(root).properties.defaultSecurityGroupId]"
        assert message == f"{where} Security group '{unknown}' does not exist in the data center"
    both = {"defaultSecurityGroupId": id_of(groups[0]), "createDefaultSecurityGroup": True}
    (message,) = six.rejected("PATCH", datacenter, both)
    assert message == "[(root).properties.createDefaultSecurityGroup] Cannot be combined with defaultSecurityGroupId"
    assert len(six.ids(f"{datacenter}/securitygroups")) == 3


def test_security_groups_increase_the_version_of_their_data_center(six, datacenter):
    before = six.properties(datacenter)["version"]
    six.create(f"{datacenter}/securitygroups", name="g")
    assert six.properties(datacenter)["version"] > before
