"""NAT gateways and their rules."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

import pytest
from account import id_of

from ionoscloud import ApiClient, NATGatewaysApi

API_VERSION = 6
RULE = {"name": "r", "sourceSubnet": "10.0.1.0/24"}


@pytest.fixture
def block(account):
    return account.create("/ipblocks", location="de/fra", size=3)


@pytest.fixture
def ips(account, block):
    return account.properties(block)["ips"]


@pytest.fixture
def lan(account, datacenter):
    return account.create(f"{datacenter}/lans", name="private")


@pytest.fixture
def gateway(account, datacenter, lan, ips):
    return account.create(f"{datacenter}/natgateways", name="g", publicIps=ips[:2], lans=[{"id": 1}])


# LANs and their addresses


def test_a_gateway_has_an_address_on_each_lan(account, gateway, datacenter):
    (lan,) = account.properties(gateway)["lans"]
    (address,) = lan["gatewayIps"]
    assert ip_interface(address).network.prefixlen == 24
    assert ip_address(address.partition("/")[0]) in ip_network("10.0.0.0/8")
    for _ in range(2):
        account.create(f"{datacenter}/lans")
    lans = [{"id": 2, "gatewayIps": ["10.2.0.1", "10.2.0.2/16"]}, {"id": 1}, {"id": 3}]
    changed = account.change(gateway, lans=lans)["lans"]
    assert changed[:2] == [{"id": 2, "gatewayIps": ["10.2.0.1/24", "10.2.0.2/16"]}, lan]
    assert changed[2]["gatewayIps"] != [address]
    assert account.properties(gateway)["lans"] == changed
    account.done("PUT", gateway, {"properties": {"name": "h", "publicIps": account.properties(gateway)["publicIps"]}})
    assert account.properties(gateway)["lans"] == []


@pytest.mark.parametrize(
    ("lans", "message"),
    [
        ([{"id": 9}], "lans.[0].id] LAN 9 does not exist"),
        ([{"id": 1}, {"id": 2}], "lans.[1].id] LAN 2 is public, but a NAT gateway needs private LANs"),
        ([{"id": 1}, {"id": 1}], "lans.[1].id] LAN 1 is listed twice"),
        ([{"id": 1, "gatewayIps": ["10.0.0.1", "203.0.113.9"]}], "lans.[0].gatewayIps] '203.0.113.9' is not a private"),
        ([{"id": 1, "gatewayIps": ["fd00::1"]}], "lans.[0].gatewayIps] 'fd00::1' is not a private IPv4 address"),
        ([{"id": 1, "gatewayIps": ["10.0.0.1/33"]}], "lans.[0].gatewayIps] '10.0.0.1/33' is not a private"),
        ([{"id": number} for number in (1, 3, 4, 5, 6, 7, 8)], "lans] A NAT gateway can use 6 LANs at most"),
    ],
)
def test_invalid_lans_are_rejected(account, datacenter, gateway, ips, lans, message):
    for number in range(2, 9):
        account.create(f"{datacenter}/lans", public=number == 2)
    (text,) = account.rejected("PATCH", gateway, {"lans": lans})
    assert text.startswith(f"[(root).properties.{message}")
    assert account.not_created(f"{datacenter}/natgateways", name="n", publicIps=ips[2:], lans=lans) == [text]
    assert account.ids(f"{datacenter}/natgateways") == [id_of(gateway)]


def test_a_lan_in_use_stays_private_and_cannot_be_deleted(account, cloud, lan, gateway):
    expected = [f"[(root)] It is in use by NAT gateway {id_of(gateway)}"]
    assert account.rejected("DELETE", lan) == account.rejected("DELETE", cloud.urls[5] + lan) == expected
    (message,) = account.rejected("PATCH", lan, {"public": True})
    assert message.startswith(
        "[(root).properties.public] The LAN has to stay private, since it is in use by NAT gateway"
    )
    account.change(lan, name="n")
    account.accepted("PATCH", gateway, {"lans": []})
    account.change(lan, public=True)
    account.delete(lan)
    assert account.gone(lan)


def test_a_lan_is_free_once_the_deletion_of_its_gateway_is_accepted(account, call, lan, gateway):
    assert call("DELETE", gateway).status == call("DELETE", lan).status == 202
    account.cloud.clock.advance(5)
    assert account.gone(gateway) and account.gone(lan)


# Public addresses


def test_public_addresses_are_reserved_ones_of_the_location(account, datacenter, gateway, ips):
    far = account.properties(account.create("/ipblocks", location="de/txl", size=1))["ips"]
    for address in (*far, "203.0.113.250", "x"):
        expected = f"[(root).properties.publicIps] '{address}' is not a reserved IP address in de/fra"
        assert account.not_created(f"{datacenter}/natgateways", name="n", publicIps=[address]) == [expected]
        assert account.rejected("PATCH", gateway, {"publicIps": [*ips[:2], address]}) == [expected]
    (message,) = account.not_created(f"{datacenter}/natgateways", name="n", publicIps=[])
    assert message == "[(root).properties.publicIps] A NAT gateway needs a public IP address"


def test_a_public_address_has_one_user(account, datacenter, gateway, ips):
    nic = account.nic(account.server(datacenter), ips=[ips[2]])
    for address, user in ((ips[0], f"NAT gateway {id_of(gateway)}"), (ips[2], f"NIC {id_of(nic)}")):
        (message,) = account.not_created(f"{datacenter}/natgateways", name="n", publicIps=[address])
        assert message == f"[(root).properties.publicIps] {address} is in use by {user}"
    account.change(gateway, publicIps=ips[:1])
    account.create(f"{datacenter}/natgateways", name="n", publicIps=ips[1:2])


def test_an_ip_block_shows_the_gateway_and_cannot_be_deleted(account, cloud, call, datacenter, block, gateway, ips):
    consumers = account.properties(block)["ipConsumers"]
    assert consumers == [
        {
            "ip": ip,
            "datacenterId": id_of(datacenter),
            "datacenterName": "dc",
            **dict.fromkeys(("nicId", "mac", "serverId", "serverName", "k8sNodePoolUuid", "k8sClusterUuid")),
        }
        for ip in ips[:2]
    ]
    assert call("GET", cloud.urls[5] + block).json()["properties"]["ipConsumers"] == consumers
    assert account.rejected("DELETE", block) == [f"[(root)] {ips[0]} is in use by NAT gateway {id_of(gateway)}"]
    limits = account.get("/contracts")["items"][0]["properties"]["resourceLimits"]
    assert (limits["reservedIpsInUse"], limits["natGatewayProvisioned"]) == (2, 1)
    account.delete(gateway)
    account.delete(block)
    assert account.gone(block)


# Rules


def test_a_rule_has_defaults(account, gateway, ips):
    rule = account.create(f"{gateway}/rules", **RULE, publicIp=ips[0])
    shown = account.properties(rule)
    assert (shown["type"], shown["protocol"], shown["targetPortRange"]) == ("SNAT", "ALL", None)
    ports = {"protocol": "tcp", "targetPortRange": {"start": "80", "end": 80}, "targetSubnet": "0.0.0.0/0"}
    changed = account.change(rule, **ports)
    assert (changed["protocol"], changed["targetPortRange"]) == ("TCP", {"start": 80, "end": 80})


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"publicIp": "203.0.113.77"}, "publicIp] '203.0.113.77' is not a public IP address of the NAT gateway"),
        ({"sourceSubnet": "10.0.1.0"}, "sourceSubnet] '10.0.1.0' is not an IPv4 subnet in CIDR notation"),
        ({"targetSubnet": "fd00::/8"}, "targetSubnet] 'fd00::/8' is not an IPv4 subnet in CIDR notation"),
        ({"targetSubnet": "10.0.0.0/40"}, "targetSubnet] '10.0.0.0/40' is not an IPv4 subnet"),
        ({"protocol": "ICMP", "targetPortRange": {"start": 1, "end": 2}}, "targetPortRange] The protocol ICMP has no"),
        ({"protocol": "UDP", "targetPortRange": {"start": 3, "end": 2}}, "targetPortRange] A port range needs a start"),
        ({"targetPortRange": {"start": 3}}, "targetPortRange] A port range needs a start and an end"),
        ({"targetPortRange": {"start": 0, "end": 9}}, "targetPortRange.start] The value has to be 1 or more"),
        ({"type": "DNAT"}, "type] The value has to be one of SNAT"),
    ],
)
def test_an_invalid_rule_is_rejected(account, gateway, ips, properties, message):
    valid = {**RULE, "publicIp": ips[0]}
    (text,) = account.not_created(f"{gateway}/rules", **{**valid, **properties})
    assert text.startswith(f"[(root).properties.{message}")
    rule = account.create(f"{gateway}/rules", **valid)
    assert account.rejected("PATCH", rule, properties) == [text]


def test_an_address_of_a_rule_cannot_be_removed(account, gateway, ips):
    rule = account.create(f"{gateway}/rules", **RULE, publicIp=ips[1])
    (message,) = account.rejected("PATCH", gateway, {"publicIps": ips[:1]})
    assert message == f"[(root).properties.publicIps] {ips[1]} is in use by rule {id_of(rule)}"
    account.change(rule, publicIp=ips[0])
    assert account.change(gateway, publicIps=ips[:1])["publicIps"] == ips[:1]


# Entities, deletions and limits


def test_a_data_center_is_created_with_a_gateway_and_its_rules(account, ips):
    rules = {"items": [{"properties": {**RULE, "publicIp": ips[0]}}]}
    gateway = {"properties": {"name": "g", "publicIps": ips, "lans": [{"id": 1}]}, "entities": {"rules": rules}}
    entities = {"natgateways": {"items": [gateway]}, "lans": {"items": [{"properties": {}}]}}
    datacenter = account.create("/datacenters", entities, location="de/fra")
    (shown,) = account.get(f"{datacenter}?depth=5")["entities"]["natgateways"]["items"]
    assert [rule["properties"]["name"] for rule in shown["entities"]["rules"]["items"]] == ["r"]
    assert len(shown["properties"]["lans"][0]["gatewayIps"]) == 1


def test_a_gateway_with_an_invalid_rule_is_not_created(account, datacenter, lan, ips):
    rules = {"items": [{"properties": {**RULE, "publicIp": ip}} for ip in (ips[0], ips[1])]}
    body = {"properties": {"name": "g", "publicIps": ips[:1], "lans": [{"id": 1}]}, "entities": {"rules": rules}}
    (message,) = account.rejected("POST", f"{datacenter}/natgateways", body)
    assert message.startswith("[(root).entities.rules.items.[1].properties.publicIp]")
    account.delete(lan)
    account.create(f"{datacenter}/natgateways", name="g", publicIps=ips)


def test_a_deleted_data_center_frees_what_its_gateways_use(account, datacenter, block, gateway, ips):
    rule = account.create(f"{gateway}/rules", **RULE, publicIp=ips[0])
    account.delete(datacenter)
    assert account.gone(gateway) and account.gone(rule)
    assert account.properties(block)["ipConsumers"] == []
    account.delete(block)


def test_a_change_of_a_gateway_increases_the_version_of_the_data_center(account, datacenter, gateway):
    before = account.properties(datacenter)["version"]
    account.change(gateway, name="n")
    assert account.properties(datacenter)["version"] == before + 1


def test_a_contract_limits_the_number_of_gateways(account, datacenter):
    ips = account.properties(account.create("/ipblocks", location="de/fra", size=6))["ips"]
    collection = f"{datacenter}/natgateways"
    made = [account.create(collection, name="g", publicIps=[ip]) for ip in ips[:5]]
    (message,) = account.not_created(collection, name="g", publicIps=ips[5:])
    assert message == "[(root).properties.name] The contract's limit of 5 NAT gateways is exceeded"
    account.change(made[0], name="n")
    account.delete(made[0])
    pending = account.accepted("POST", collection, {"properties": {"name": "g", "publicIps": ips[5:]}})
    account.change(f"{collection}/{pending['id']}", name="changed while it is created")


def test_v5_does_not_have_gateways(account, cloud, call, datacenter, gateway):
    for path in (gateway, f"{datacenter}/natgateways", f"{gateway}/rules"):
        assert call("GET", cloud.urls[5] + path).status == 404
    assert "natgateways" not in call("GET", f"{cloud.urls[5]}{datacenter}?depth=2").json()["entities"]
    assert call("PATCH", cloud.urls[5] + datacenter, json={"name": "n"}).status == 202
    cloud.clock.advance(5)
    assert account.ids(f"{datacenter}/natgateways") == [id_of(gateway)]


def test_the_client_manages_gateways(cloud, datacenter, lan, ips):
    with ApiClient(cloud.configuration(api_version=6)) as client:
        api = NATGatewaysApi(client)
        body = {"properties": {"name": "g", "publicIps": ips, "lans": [{"id": 1}]}}
        gateway = api.datacenters_natgateways_post(id_of(datacenter), body)
        assert gateway.properties.lans[0].gateway_ips[0].endswith("/24")
        rule = {"properties": {**RULE, "publicIp": ips[0]}}
        made = api.datacenters_natgateways_rules_post(id_of(datacenter), gateway.id, rule)
        assert (made.properties.type, made.properties.protocol) == ("SNAT", "ALL")
