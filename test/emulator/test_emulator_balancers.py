"""Network and application load balancers, their forwarding rules, and target groups."""

from __future__ import annotations

from ipaddress import ip_interface

import pytest
from account import id_of

from ionoscloud import NULL, ApiClient, ApplicationLoadBalancersApi
from ionoscloud.models import ApplicationLoadBalancerHttpRule, ApplicationLoadBalancerHttpRuleCondition

API_VERSION = 6
KINDS = ("network", "application")
TARGET = {"ip": "10.0.2.11", "port": 8080, "weight": 100}
LISTENER = {"name": "r", "protocol": "HTTP", "listenerIp": "10.0.1.9", "listenerPort": 80}
NETWORK_RULE = {**LISTENER, "protocol": "TCP", "algorithm": "RANDOM", "targets": [TARGET]}
GROUP = {"name": "t", "algorithm": "ROUND_ROBIN", "protocol": "HTTP"}
REDIRECT = {"name": "away", "type": "REDIRECT", "location": "www.example.com"}
STATIC = {"name": "fixed", "type": "STATIC", "responseMessage": "closed", "contentType": "text/plain"}
HEADER = {"type": "HEADER", "condition": "EQUALS", "key": "Host", "value": "a"}


@pytest.fixture
def lans(account, datacenter):
    """The paths of a private LAN for the listener, a private one for targets, and a public one."""
    return [account.create(f"{datacenter}/lans", public=public) for public in (False, False, True)]


@pytest.fixture
def create(account, datacenter, lans):
    """Return a function that creates a load balancer of a kind between the private LANs."""

    def create(kind, **properties):
        properties = {"name": "b", "listenerLan": 1, "targetLan": 2, "ips": ["10.0.1.9", "10.0.1.8"], **properties}
        return account.create(f"{datacenter}/{kind}loadbalancers", **properties)

    return create


@pytest.fixture
def group(account):
    return account.create("/targetgroups", **GROUP)


@pytest.fixture
def balancer(create):
    return create("application")


@pytest.fixture
def rules(balancer):
    return f"{balancer}/forwardingrules"


@pytest.fixture
def forward(group):
    return {"name": "on", "type": "FORWARD", "targetGroup": id_of(group)}


def rule_of(kind):
    return LISTENER if kind == "application" else NETWORK_RULE


# LANs and addresses


@pytest.mark.parametrize("kind", KINDS)
def test_a_balancer_has_an_address_on_the_lan_of_its_targets(account, create, kind):
    balancer = create(kind)
    (address,) = account.properties(balancer)["lbPrivateIps"]
    assert ip_interface(address).is_private and address.endswith("/24")
    body = {"name": "n", "listenerLan": 1, "targetLan": 2}
    account.done("PUT", balancer, {"properties": body})
    assert {"lbPrivateIps": [address], "ips": []}.items() <= account.properties(balancer).items()
    assert account.change(balancer, lbPrivateIps=["10.9.0.1/16"])["lbPrivateIps"] == ["10.9.0.1/16"]
    account.done("PUT", balancer, {"properties": {**body, "listenerLan": 2, "targetLan": 1}})
    assert account.properties(balancer)["lbPrivateIps"] not in ([address], ["10.9.0.1/16"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"listenerLan": 9}, "listenerLan] LAN 9 does not exist"),
        ({"targetLan": 9}, "targetLan] LAN 9 does not exist"),
        ({"targetLan": 3}, "targetLan] LAN 3 is public, but the targets need a private LAN"),
        ({"targetLan": 1}, "targetLan] The LAN of the targets cannot be that of the listener"),
        ({"ips": ["203.0.113.1"]}, "ips] '203.0.113.1' is not a private IPv4 address, but LAN 1 is private"),
        ({"ips": ["10.0.1.256"]}, "ips] '10.0.1.256' is not a private IPv4 address"),
        ({"ips": ["fd00::1"]}, "ips] 'fd00::1' is not a private IPv4 address"),
        ({"listenerLan": 3, "ips": ["10.0.1.9"]}, "ips] '10.0.1.9' is not a reserved IP address in de/fra"),
        ({"lbPrivateIps": ["10.0.1.9"]}, "lbPrivateIps] '10.0.1.9' is not a private IPv4 address with the length of"),
        ({"lbPrivateIps": ["203.0.113.9/24"]}, "lbPrivateIps] '203.0.113.9/24' is not a private IPv4 address"),
    ],
)
def test_an_invalid_balancer_is_rejected(account, datacenter, create, kind, properties, message):
    balancer = create(kind)
    valid = {"name": "b", "listenerLan": 1, "targetLan": 2, "ips": ["10.0.1.9"]}
    (text,) = account.not_created(f"{datacenter}/{kind}loadbalancers", **{**valid, **properties})
    assert text.startswith(f"[(root).properties.{message}")
    assert account.rejected("PUT", balancer, {"properties": {**valid, **properties}}) == [text]
    assert account.ids(f"{datacenter}/{kind}loadbalancers") == [id_of(balancer)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_public_balancer_uses_reserved_addresses(account, datacenter, create, kind):
    block = account.create("/ipblocks", location="de/fra", size=2)
    first, second = account.properties(block)["ips"]
    balancer = create(kind, listenerLan=3, ips=[first])
    assert [consumer["ip"] for consumer in account.properties(block)["ipConsumers"]] == [first]
    expected = f"{first} is in use by {kind} load balancer {id_of(balancer)}"
    assert account.rejected("DELETE", block) == [f"[(root)] {expected}"]
    body = {"properties": {"name": "b", "listenerLan": 3, "targetLan": 2, "ips": [second, first]}}
    assert account.rejected("POST", f"{datacenter}/{kind}loadbalancers", body) == [
        f"[(root).properties.ips] {expected}"
    ]
    (message,) = account.rejected("PATCH", balancer, {"listenerLan": 1})
    assert message.startswith(f"[(root).properties.ips] '{first}' is not a private IPv4 address")
    account.change(balancer, ips=[second])
    account.change(balancer, name="n")
    account.delete(balancer)
    account.delete(block)


@pytest.mark.parametrize("kind", KINDS)
def test_a_lan_of_a_balancer_stays_public_or_private_and_cannot_be_deleted(account, datacenter, lans, create, kind):
    balancer = create(kind)
    for lan in lans[:2]:
        assert account.rejected("DELETE", lan) == [f"[(root)] It is in use by {kind} load balancer {id_of(balancer)}"]
        (message,) = account.rejected("PATCH", lan, {"public": True})
        assert message.startswith("[(root).properties.public] The LAN has to stay private, since it is in use by")
    account.change(balancer, listenerLan=3, ips=[])
    account.delete(lans[0])
    (message,) = account.rejected("PUT", lans[2], {"properties": {"name": "n"}})
    assert message.startswith("[(root).properties.public] The LAN has to stay public")
    account.delete(balancer)
    for lan in lans[1:]:
        account.delete(lan)
    assert account.ids(f"{datacenter}/lans") == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_a_balancer_increases_the_version_of_the_data_center(account, datacenter, create, kind):
    balancer = create(kind)
    before = account.properties(datacenter)["version"]
    account.change(balancer, name="n")
    account.delete(balancer)
    assert account.properties(datacenter)["version"] == before + 2


def test_a_contract_limits_the_number_of_network_balancers(account, create, datacenter):
    balancers = [create("network") for _ in range(5)]
    body = {"name": "b", "listenerLan": 1, "targetLan": 2}
    (message,) = account.not_created(f"{datacenter}/networkloadbalancers", **body)
    assert message == "[(root).properties.name] The contract's limit of 5 network load balancers is exceeded"
    limits = account.get("/contracts")["items"][0]["properties"]["resourceLimits"]
    assert (limits["nlbProvisioned"], limits["nlbLimitTotal"]) == (5, 5)
    create("application")
    account.delete(balancers[0])
    create("network")


# Listeners


@pytest.mark.parametrize("kind", KINDS)
def test_two_rules_of_a_balancer_cannot_have_the_same_listener(account, create, kind):
    balancer, other = create(kind), create(kind)
    rule = account.create(f"{balancer}/forwardingrules", **rule_of(kind))
    protocol = rule_of(kind)["protocol"]
    (message,) = account.not_created(f"{balancer}/forwardingrules", **rule_of(kind))
    listener = f"listens on port 80 of 10.0.1.9 with {protocol}"
    assert message == f"[(root).properties.listenerPort] Forwarding rule {id_of(rule)} {listener}"
    account.create(f"{other}/forwardingrules", **rule_of(kind))
    second = account.create(f"{balancer}/forwardingrules", **{**rule_of(kind), "listenerPort": 81})
    assert account.rejected("PATCH", second, {"listenerPort": 80}) == [message]
    account.create(f"{balancer}/forwardingrules", **{**rule_of(kind), "listenerIp": "10.0.1.8"})
    account.change(rule, name="n")
    account.accepted("DELETE", rule)
    account.change(second, listenerPort=80)


@pytest.mark.parametrize("kind", KINDS)
def test_the_address_of_a_listener_is_one_of_the_balancer(account, create, kind):
    balancer = create(kind)
    (message,) = account.not_created(f"{balancer}/forwardingrules", **{**rule_of(kind), "listenerIp": "10.0.1.7"})
    assert message == "[(root).properties.listenerIp] '10.0.1.7' is not an IP address of the load balancer"
    rule = account.create(f"{balancer}/forwardingrules", **rule_of(kind))
    (message,) = account.rejected("PATCH", balancer, {"ips": ["10.0.1.8"]})
    assert message == f"[(root).properties.ips] 10.0.1.9 is in use by rule {id_of(rule)}"
    account.change(rule, listenerIp="10.0.1.8")
    account.change(balancer, ips=["10.0.1.8"])
    account.delete(balancer)
    assert account.gone(rule)


@pytest.mark.parametrize("kind", KINDS)
def test_a_balancer_is_created_with_its_rules(account, datacenter, lans, kind):
    properties = {"name": "b", "listenerLan": 1, "targetLan": 2, "ips": ["10.0.1.9"]}
    items = [{"properties": {**rule_of(kind), "listenerPort": port}} for port in (80, 443)]
    collection = f"{datacenter}/{kind}loadbalancers"
    balancer = account.create(collection, {"forwardingrules": {"items": items}}, **properties)
    shown = account.get(f"{balancer}?depth=3")["entities"]["forwardingrules"]["items"]
    assert [rule["properties"]["listenerPort"] for rule in shown] == [80, 443]
    body = {"properties": properties, "entities": {"forwardingrules": {"items": items + items[:1]}}}
    (message,) = account.rejected("POST", collection, body)
    assert message.startswith("[(root).entities.forwardingrules.items.[2].properties.listenerPort]")
    assert account.ids(collection) == [id_of(balancer)]


def test_a_data_center_is_created_with_a_network_balancer(account):
    balancer = {"properties": {"name": "b", "listenerLan": 2, "targetLan": 1, "ips": []}}
    lans = {"items": [{"properties": {"public": public}} for public in (False, True)]}
    entities = {"networkloadbalancers": {"items": [balancer]}, "lans": lans}
    datacenter = account.create("/datacenters", entities, location="de/fra")
    assert account.names(f"{datacenter}/networkloadbalancers") == ["b"]
    account.delete(datacenter)
    assert account.gone(f"{datacenter}/networkloadbalancers")


# Targets and health checks


def test_targets_and_health_checks_have_defaults(account, create):
    rule = account.create(f"{create('network')}/forwardingrules", **NETWORK_RULE)
    shown = account.properties(rule)
    timeouts = {"clientTimeout": 50000, "connectTimeout": 5000, "targetTimeout": 50000, "retries": 3}
    check = {"checkInterval": 2000, "maintenance": False}
    assert shown["healthCheck"] == timeouts
    assert shown["targets"] == [{**TARGET, "proxyProtocol": "none", "healthCheck": check}]
    target = {**TARGET, "healthCheck": {"check": "true", "maintenance": True}}
    changed = account.change(rule, healthCheck={"retries": 0}, targets=[target])
    assert changed["healthCheck"] == {**timeouts, "retries": 0}
    assert changed["targets"][0]["healthCheck"] == {"check": True, "checkInterval": 2000, "maintenance": True}
    account.done("PUT", rule, {"properties": NETWORK_RULE})
    assert account.properties(rule) == shown


def test_a_target_group_has_defaults(account):
    group = account.create("/targetgroups", **GROUP)
    shown = account.properties(group)
    assert shown["healthCheck"] == {"checkInterval": 2000, "retries": 3}
    assert (shown["targets"], shown["httpHealthCheck"]) == ([], None)
    check = {"matchType": "status_code", "response": "200"}
    changed = account.change(group, targets=[TARGET], httpHealthCheck=check, healthCheck={"checkTimeout": 10})
    flags = {"proxyProtocol": "none", "healthCheckEnabled": True, "maintenanceEnabled": False}
    assert changed["targets"] == [{**TARGET, **flags}]
    assert changed["healthCheck"] == {"checkTimeout": 10, "checkInterval": 2000, "retries": 3}
    shown = {"path": "/", "regex": False, "negate": False, "matchType": "STATUS_CODE", "response": "200"}
    assert changed["httpHealthCheck"] == shown


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"ip": "web"}, "ip] 'web' is not an IPv4 address"),
        ({"ip": "fd00::1"}, "ip] 'fd00::1' is not an IPv4 address"),
        ({"port": 0}, "port] The value has to be 1 or more"),
        ({"port": 65536}, "port] The value has to be 65535 or less"),
        ({"weight": -1}, "weight] The value has to be 0 or more"),
        ({"weight": 257}, "weight] The value has to be 256 or less"),
        ({"proxyProtocol": "v3"}, "proxyProtocol] The value has to be one of none, v1, v2, v2ssl"),
    ],
)
def test_an_invalid_target_is_rejected(account, create, group, target, message):
    targets = [TARGET, {**TARGET, **target}]
    expected = f"[(root).properties.targets.[1].{message}"
    (text,) = account.not_created(f"{create('network')}/forwardingrules", **{**NETWORK_RULE, "targets": targets})
    assert text.startswith(expected)
    assert account.not_created("/targetgroups", **GROUP, targets=targets) == [text]
    assert account.rejected("PATCH", group, {"targets": targets}) == [text]


def test_the_number_of_retries_is_limited(account):
    for retries, text in ((-1, "0 or more"), (65536, "65535 or less")):
        (message,) = account.not_created("/targetgroups", **GROUP, healthCheck={"retries": retries})
        assert message.startswith(f"[(root).properties.healthCheck.retries] The value has to be {text}")


# HTTP rules


def test_http_rules_have_defaults_and_those_that_forward_come_last(account, rules, forward):
    given = [forward, STATIC, {**forward, "name": "on2"}, {**REDIRECT, "conditions": [HEADER]}]
    rule = account.create(rules, **LISTENER, httpRules=given)
    shown = account.properties(rule)
    assert shown["clientTimeout"] == 50000
    fixed, away, on, on2 = shown["httpRules"]
    assert fixed == {**STATIC, "statusCode": 503, "dropQuery": False}
    assert away == {**REDIRECT, "statusCode": 301, "dropQuery": False, "conditions": [{**HEADER, "negate": False}]}
    assert (on, on2) == ({**forward, "dropQuery": False}, {**forward, "dropQuery": False, "name": "on2"})
    changed = account.change(rule, httpRules=[on, {**REDIRECT, "statusCode": 308, "dropQuery": True}])
    assert [(http["name"], http.get("statusCode")) for http in changed["httpRules"]] == [("away", 308), ("on", None)]
    account.done("PUT", rule, {"properties": LISTENER})
    assert account.properties(rule)["httpRules"] == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "x", "type": "FORWARD"}, "targetGroup] Attribute 'targetGroup' is required for type FORWARD"),
        ({"type": "FORWARD", "targetGroup": "none"}, "targetGroup] Target group 'none' does not exist"),
        ({"type": "FORWARD", "targetGroup": "a/b"}, "targetGroup] Target group 'a/b' does not exist"),
        ({"type": "REDIRECT"}, "location] Attribute 'location' is required for type REDIRECT"),
        ({"type": "REDIRECT", "location": ""}, "location] Attribute 'location' is required for type REDIRECT"),
        ({"type": "STATIC"}, "responseMessage] Attribute 'responseMessage' is required for type STATIC"),
        ({**STATIC, "targetGroup": "{group}"}, "targetGroup] Attribute 'targetGroup' is only allowed for type FORWARD"),
        ({**STATIC, "location": "/"}, "location] Attribute 'location' is only allowed for type REDIRECT"),
        ({**STATIC, "dropQuery": True}, "dropQuery] Attribute 'dropQuery' is only allowed for type REDIRECT"),
        ({**REDIRECT, "contentType": "a/b"}, "contentType] Attribute 'contentType' is only allowed for type STATIC"),
        (
            {"type": "FORWARD", "targetGroup": "{group}", "statusCode": 200},
            "statusCode] Attribute 'statusCode' is only allowed for type REDIRECT or STATIC",
        ),
        ({**REDIRECT, "statusCode": 304}, "statusCode] The status of a redirect has to be one of 301, 302, 303, 307, "),
        ({**STATIC, "statusCode": 199}, "statusCode] The value has to be 200 or more"),
        ({**STATIC, "statusCode": 600}, "statusCode] The value has to be 599 or less"),
        ({**REDIRECT, "name": "first"}, "name] Another HTTP rule has the name 'first'"),
    ],
)
def test_an_invalid_http_rule_is_rejected(account, rules, group, given, message):
    if given.get("targetGroup") == "{group}":
        given = {**given, "targetGroup": id_of(group)}
    http_rules = [{**REDIRECT, "name": "first"}, {"name": "x", **given}]
    (text,) = account.not_created(rules, **LISTENER, httpRules=http_rules)
    assert text.startswith(f"[(root).properties.httpRules.[1].{message}")
    rule = account.create(rules, **LISTENER)
    assert account.rejected("PATCH", rule, {"httpRules": http_rules}) == [text]


@pytest.mark.parametrize(
    "condition",
    [
        HEADER,
        {"type": "HEADER", "condition": "STARTS_WITH", "value": "Friday"},  # of the vendor's Ansible tests
        {"type": "QUERY", "condition": "EXISTS", "key": "q"},
        {"type": "PATH", "condition": "MATCHES", "value": "/a.*"},
        {"type": "SOURCE_IP", "condition": None, "value": "10.12.118.224/24"},  # of the vendor's Terraform tests
    ],
)
def test_a_valid_condition_is_shown(account, rules, condition):
    rule = account.create(rules, **LISTENER, httpRules=[{**REDIRECT, "conditions": [condition]}])
    assert account.properties(rule)["httpRules"][0]["conditions"] == [{"negate": False, **condition}]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({**HEADER, "condition": None}, "condition] The condition cannot be null for type HEADER"),
        ({**HEADER, "condition": "IS"}, "condition] The value has to be one of EXISTS, CONTAINS, EQUALS, MATCHES, "),
        ({**HEADER, "condition": "none"}, "condition] The value has to be one of EXISTS, CONTAINS, EQUALS, MATCHES, "),
        ({**HEADER, "condition": "EXISTS"}, "value] Attribute 'value' is not allowed for condition EXISTS"),
        ({**HEADER, "value": ""}, "value] Attribute 'value' is required for condition EQUALS"),
        ({**HEADER, "type": "PATH"}, "key] Attribute 'key' is only allowed for type HEADER or COOKIE or QUERY"),
        ({"type": "METHOD", "condition": "EQUALS"}, "value] Attribute 'value' is required for condition EQUALS"),
        ({"type": "HOST", "value": "a"}, "condition] Attribute 'condition' is required"),
        (
            {"type": "SOURCE_IP", "condition": "EQUALS", "value": "10.0.0.0/8"},
            "condition] The condition has to be null for type SOURCE_IP",
        ),
        ({"type": "SOURCE_IP", "condition": None}, "value] Attribute 'value' is required for type SOURCE_IP"),
        ({"type": "SOURCE_IP", "condition": None, "value": "10.0.0.1"}, "value] '10.0.0.1' is not an IPv4 network in"),
    ],
)
def test_an_invalid_condition_is_rejected(account, rules, condition, message):
    (text,) = account.not_created(rules, **LISTENER, httpRules=[{**REDIRECT, "conditions": [HEADER, condition]}])
    assert text.startswith(f"[(root).properties.httpRules.[0].conditions.[1].{message}")


def test_the_client_sends_null_as_a_condition(cloud, datacenter, balancer, forward):
    condition = ApplicationLoadBalancerHttpRuleCondition(type="SOURCE_IP", condition=NULL, value="10.0.0.0/8")
    http_rule = ApplicationLoadBalancerHttpRule(
        name="on", type="FORWARD", target_group=forward["targetGroup"], conditions=[condition]
    )
    with ApiClient(cloud.configuration(api_version=6)) as client:
        made = ApplicationLoadBalancersApi(client).datacenters_applicationloadbalancers_forwardingrules_post(
            id_of(datacenter), id_of(balancer), {"properties": {**LISTENER, "httpRules": [http_rule]}}
        )
    (shown,) = made.properties.http_rules[0].conditions
    assert (shown.type, shown.condition, shown.negate) == ("SOURCE_IP", None, False)


# Target groups in use


def test_a_target_group_in_use_cannot_be_deleted(account, balancer, rules, group, forward):
    rule = account.create(rules, **LISTENER, httpRules=[REDIRECT, forward])
    expected = [f"[(root)] HTTP rule 'on' of forwarding rule {id_of(rule)} uses it"]
    assert account.rejected("DELETE", group) == expected
    account.change(rule, httpRules=[REDIRECT])
    account.change(rule, httpRules=[forward])
    assert account.rejected("DELETE", group) == expected
    account.delete(rule)
    account.create(rules, **LISTENER, httpRules=[forward])
    account.send("DELETE", balancer)
    assert account.send("DELETE", group).status == 202  # although the deletion of the load balancer is pending
    account.cloud.clock.advance(5)
    assert account.gone(balancer) and account.gone(group)


def test_a_deleted_data_center_frees_its_target_groups(account, datacenter, rules, group, forward):
    account.create(rules, **LISTENER, httpRules=[forward])
    account.delete(datacenter)
    account.delete(group)
    assert account.ids("/targetgroups") == []


def test_a_target_group_that_is_being_deleted_cannot_be_used(account, rules, group, forward):
    account.accepted("DELETE", group)
    (message,) = account.not_created(rules, **LISTENER, httpRules=[forward])
    assert message.endswith(f"Target group '{id_of(group)}' does not exist")


def test_a_target_group_of_another_contract_cannot_be_used(account, cloud, rules, forward):
    other = {"X_Contract_Number": str(cloud.contract_numbers[1])}
    group = account.done("POST", "/targetgroups", {"properties": GROUP}, **other)["id"]
    (message,) = account.not_created(rules, **LISTENER, httpRules=[{**forward, "targetGroup": group}])
    assert message.endswith(f"Target group '{group}' does not exist")


# v5


def test_v5_does_not_have_balancers_and_target_groups(account, cloud, call, datacenter, balancer, rules, group, lans):
    for path in (balancer, rules, f"{datacenter}/networkloadbalancers", "/targetgroups", group):
        assert call("GET", cloud.urls[5] + path).status == 404
    assert call("DELETE", cloud.urls[5] + lans[0]).status == 422
    assert call("DELETE", cloud.urls[5] + datacenter).status == 202
    cloud.clock.advance(5)
    assert account.gone(balancer) and account.ids("/targetgroups") == [id_of(group)]
