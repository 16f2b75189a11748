"""LANs, NICs and their firewalls, load balancers, IP blocks and private cross connects."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from account import id_of

from ionoscloud.emulator import catalogue


@pytest.fixture
def server(account, datacenter):
    return account.server(datacenter, name="web")


@pytest.fixture
def nic(account, server):
    return account.nic(server, name="front", lan=1)


# LANs


def test_lans_are_numbered_within_their_data_center(account, datacenter):
    lans = f"{datacenter}/lans"
    assert [id_of(account.create(lans, name=name)) for name in "abc"] == ["1", "2", "3"]
    account.delete(f"{lans}/2")
    assert id_of(account.create(lans, name="d")) == "4"
    assert account.ids(lans) == ["1", "3", "4"]
    assert account.create(f"{account.datacenter()}/lans").endswith("/lans/1")


def test_lans_created_in_one_request_have_different_numbers(account, datacenter):
    first, second = (account.accepted("POST", f"{datacenter}/lans", {"properties": {}}) for _ in range(2))
    assert (first["id"], second["id"]) == ("1", "2")


def test_a_nic_creates_its_missing_lan(account, datacenter, server):
    assert account.ids(f"{datacenter}/lans") == []
    nic = account.nic(server, lan=5)
    assert account.ids(f"{datacenter}/lans") == ["5"]
    assert account.properties(f"{datacenter}/lans/5")["public"] is False
    assert account.ids(f"{datacenter}/lans/5/nics") == [id_of(nic)]
    assert id_of(account.create(f"{datacenter}/lans")) == "6"
    account.change(nic, lan=7)
    assert account.ids(f"{datacenter}/lans") == ["5", "6", "7"]


def test_a_lan_with_a_nic_cannot_be_deleted(account, datacenter, nic):
    assert account.rejected("DELETE", f"{datacenter}/lans/1") == [f"[(root)] NIC {id_of(nic)} is connected to it"]
    account.accepted("DELETE", nic)
    account.delete(f"{datacenter}/lans/1")
    assert account.ids(f"{datacenter}/lans") == []


def test_a_rejected_or_failed_lan_does_not_exist(account, datacenter, server):
    account.not_created(f"{datacenter}/lans", pcc="nothing")
    account.cloud.fail_next_change()
    assert account.create(f"{datacenter}/lans").endswith("/lans/1")
    assert id_of(account.create(f"{datacenter}/lans")) == "1"
    account.not_created(f"{datacenter}/lans", pcc="nothing")
    account.nic(server, lan=2)
    assert account.ids(f"{datacenter}/lans") == ["1", "2"]


def test_a_nic_creates_a_deleted_lan_again(account, datacenter, server):
    lan = account.create(f"{datacenter}/lans", name="old")
    account.delete(lan)
    account.nic(server, lan=1)
    assert account.names(f"{datacenter}/lans") == [""]


def test_a_nic_moves_from_one_lan_to_another(account, datacenter, nic):
    lan = account.create(f"{datacenter}/lans")
    moved = account.accepted("POST", f"{lan}/nics", {"id": id_of(nic)})
    assert (moved["properties"]["lan"], moved["metadata"]["state"]) == (2, "BUSY")
    account.cloud.clock.advance(3)
    assert account.ids(f"{lan}/nics") == [id_of(nic)]
    assert account.ids(f"{datacenter}/lans/1/nics") == []
    assert account.get(f"{lan}/nics/{id_of(nic)}")["href"] == account.cloud.url + nic
    assert account.gone(f"{datacenter}/lans/1/nics/{id_of(nic)}")
    assert account.properties(nic)["lan"] == 2


def test_a_nic_of_another_data_center_cannot_be_attached(account, datacenter):
    elsewhere = account.nic(account.server(account.datacenter()))
    lan = account.create(f"{datacenter}/lans")
    balancer = account.create(f"{datacenter}/loadbalancers")
    for collection in (f"{lan}/nics", f"{balancer}/balancednics"):
        (message,) = account.rejected("POST", collection, {"id": id_of(elsewhere)}, status=404)
        assert message == f"[(root).id] Resource '{id_of(elsewhere)}' does not exist"
        (message,) = account.rejected("POST", collection, {"properties": {"lan": 1}})
        assert message == "[(root).id] Attribute 'id' is required"


# NICs


def test_a_new_nic_has_addresses(account, datacenter, server):
    account.create(f"{datacenter}/lans", public=True)
    private = account.properties(account.nic(server, lan=2))
    public = account.properties(account.nic(server, lan=1))
    assert private["mac"] != public["mac"]
    assert ip_address(private["ips"][0]).is_private
    assert ip_address(private["ips"][0]) in ip_network("10.0.0.0/8")
    assert ip_address(public["ips"][0]) in ip_network("203.0.113.0/24")
    given = account.properties(account.nic(server, ips=["10.1.2.3", "10.1.2.4"]))
    assert given["ips"] == ["10.1.2.3", "10.1.2.4"]
    assert (given["dhcp"], given["firewallActive"], given["nat"]) == (True, False, False)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"lan": 0}, "[(root).properties.lan] The number of a LAN has to be 1 or more"),
        ({"lan": -1}, "[(root).properties.lan] The number of a LAN has to be 1 or more"),
        ({"ips": ["10.0.0.1", "10.0.0.256"]}, "[(root).properties.ips] '10.0.0.256' is not an IPv4 address"),
        ({"ips": ["::1"]}, "[(root).properties.ips] '::1' is not an IPv4 address"),
    ],
)
def test_an_invalid_nic_is_rejected(account, server, nic, properties, message):
    assert account.not_created(f"{server}/nics", **{"lan": 1, **properties}) == [message]
    assert account.rejected("PATCH", nic, properties) == [message]
    assert account.ids(f"{server}/nics") == [id_of(nic)]


# Firewalls


def test_the_first_rule_activates_the_firewall(account, nic):
    assert account.properties(nic)["firewallActive"] is False
    rule = account.create(f"{nic}/firewallrules", protocol="TCP", portRangeStart=80, portRangeEnd=90)
    assert account.properties(nic)["firewallActive"] is True
    account.change(nic, firewallActive=False)
    account.change(rule, name="web")
    assert account.properties(nic)["firewallActive"] is False
    assert account.names(f"{nic}/firewallrules") == ["web"]
    account.delete(nic)
    assert account.gone(rule)


@pytest.mark.parametrize(
    ("properties", "name", "message"),
    [
        ({"protocol": "ICMP", "portRangeStart": 1, "portRangeEnd": 2}, "portRangeStart", "The protocol ICMP has no"),
        ({"protocol": "ANY", "portRangeStart": 1, "portRangeEnd": 2}, "portRangeStart", "The protocol ANY has no"),
        ({"protocol": "TCP", "portRangeStart": 1}, "portRangeEnd", "A port range needs a start and an end"),
        ({"protocol": "UDP", "portRangeEnd": 1}, "portRangeEnd", "A port range needs a start and an end"),
        ({"protocol": "TCP", "portRangeStart": 9, "portRangeEnd": 8}, "portRangeEnd", "A port range needs a"),
        ({"protocol": "TCP", "icmpType": 8}, "icmpType", "The protocol TCP has no icmpType"),
        ({"protocol": "ANY", "icmpCode": 0}, "icmpCode", "The protocol ANY has no icmpCode"),
    ],
)
def test_an_invalid_rule_is_rejected(account, nic, properties, name, message):
    (text,) = account.not_created(f"{nic}/firewallrules", **properties)
    assert text.startswith(f"[(root).properties.{name}] {message}")
    assert account.properties(nic)["firewallActive"] is False
    rule = account.create(f"{nic}/firewallrules", protocol="TCP")
    if properties["protocol"] == "TCP":  # the protocol cannot be changed later
        assert account.rejected("PATCH", rule, {**properties}) == [text]


def test_a_rule_for_icmp(account, nic):
    rule = account.create(f"{nic}/firewallrules", protocol="ICMP", icmpType=8, icmpCode=0)
    assert account.properties(rule)["icmpType"] == 8


# Load balancers


def test_nics_are_attached_to_a_load_balancer_and_detached(account, datacenter, server, nic):
    balancer = account.create(f"{datacenter}/loadbalancers", name="lb")
    assert ip_address(account.properties(balancer)["ip"]).is_private
    attached = account.accepted("POST", f"{balancer}/balancednics", {"id": id_of(nic)})
    assert (attached["id"], attached["metadata"]["state"]) == (id_of(nic), "BUSY")
    account.cloud.clock.advance(3)
    assert account.ids(f"{balancer}/balancednics") == [id_of(nic)]
    assert account.get(f"{balancer}/balancednics/{id_of(nic)}")["metadata"]["state"] == "AVAILABLE"
    account.delete(f"{balancer}/balancednics/{id_of(nic)}")
    assert account.ids(f"{balancer}/balancednics") == []
    assert account.ids(f"{server}/nics") == [id_of(nic)]


def test_deleting_a_load_balancer_keeps_its_nics(account, datacenter, server, nic):
    balancer = account.create(f"{datacenter}/loadbalancers", name="lb", ip="203.0.113.20")
    assert account.properties(balancer)["ip"] == "203.0.113.20"
    account.attach(f"{balancer}/balancednics", nic)
    account.delete(balancer)
    assert account.gone(balancer)
    assert account.ids(f"{server}/nics") == [id_of(nic)]


def test_deleting_a_nic_detaches_it_from_its_load_balancer(account, datacenter, nic):
    balancer = account.create(f"{datacenter}/loadbalancers")
    account.attach(f"{balancer}/balancednics", nic)
    account.delete(nic)
    assert account.ids(f"{balancer}/balancednics") == account.ids(f"{datacenter}/lans/1/nics") == []


# IP blocks


def test_an_ip_block_has_its_number_of_public_addresses(account):
    networks = [ip_network(network) for network in catalogue.PUBLIC_NETWORKS]
    blocks = [account.create("/ipblocks", location="de/fra", size=size) for size in (1, 20, 29)]
    ips = [account.properties(block)["ips"] for block in blocks]
    assert [len(each) for each in ips] == [1, 20, 29]
    every = [ip for each in ips for ip in each]
    assert len({*every}) == 50
    assert all(any(ip_address(ip) in network for network in networks) for ip in every)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"size": 0}, "[(root).properties.size] The number of IP addresses has to be 1 or more"),
        ({"size": 51}, "[(root).properties.size] The contract's limit of 50 IP addresses is exceeded"),
        ({"location": "de/atlantis"}, "[(root).properties.location] Location 'de/atlantis' does not exist"),
    ],
)
def test_an_invalid_ip_block_is_rejected(account, properties, message):
    assert account.not_created("/ipblocks", **{"size": 1, "location": "de/fra", **properties}) == [message]
    assert account.ids("/ipblocks") == []


def test_an_ip_block_shows_its_consumers_and_cannot_be_deleted_with_them(account, datacenter, server):
    block = account.create("/ipblocks", location="de/fra", size=2)
    first, second = account.properties(block)["ips"]
    assert account.properties(block)["ipConsumers"] == []
    account.nic(server)
    nic = account.nic(server, ips=[second])
    (consumer,) = account.properties(block)["ipConsumers"]
    assert consumer == {
        "ip": second,
        "mac": account.properties(nic)["mac"],
        "nicId": id_of(nic),
        "serverId": id_of(server),
        "serverName": "web",
        "datacenterId": id_of(datacenter),
        "datacenterName": "dc",
        "k8sNodePoolUuid": None,
        "k8sClusterUuid": None,
    }
    assert account.rejected("DELETE", block) == [f"[(root)] {second} is in use by NIC {id_of(nic)}"]
    account.change(nic, ips=[first])
    assert [consumer["ip"] for consumer in account.properties(block)["ipConsumers"]] == [first]
    account.delete(server)
    assert account.properties(block)["ipConsumers"] == []
    account.delete(block)
    assert account.ids("/ipblocks") == []


# Private cross connects


def test_the_peers_of_a_private_cross_connect_are_its_lans(account, datacenter):
    other, far = account.datacenter(name="other"), account.datacenter("us/las", name="far")
    pcc = account.create("/pccs", name="pcc", description="between them")
    connectable = account.properties(pcc)["connectableDatacenters"]
    assert {item["id"] for item in connectable} == {id_of(path) for path in (datacenter, other, far)}
    lan = account.create(f"{datacenter}/lans", name="inner", pcc=id_of(pcc))
    later = account.create(f"{other}/lans", name="later")
    account.change(later, pcc=id_of(pcc))
    properties = account.properties(pcc)
    assert properties["peers"] == [
        {
            "id": "1",
            "name": name,
            "datacenterId": id_of(path),
            "datacenterName": datacenter_name,
            "location": "de/fra",
        }
        for name, path, datacenter_name in (("inner", datacenter, "dc"), ("later", other, "other"))
    ]
    assert {item["id"] for item in properties["connectableDatacenters"]} == {id_of(datacenter), id_of(other)}
    message = f"[(root)] LAN 1 of data center {id_of(datacenter)} is connected to it"
    assert account.rejected("DELETE", pcc) == [message]
    account.delete(lan)
    account.delete(later)
    account.delete(pcc)
    assert account.ids("/pccs") == []


def test_only_a_private_lan_can_join_an_existing_cross_connect(account, datacenter):
    pcc = id_of(account.create("/pccs", name="pcc"))
    (message,) = account.not_created(f"{datacenter}/lans", pcc="nothing")
    assert message == "[(root).properties.pcc] Private cross connect 'nothing' does not exist"
    (message,) = account.not_created(f"{datacenter}/lans", pcc=pcc, public=True)
    assert message == "[(root).properties.pcc] A public LAN cannot join a private cross connect"
    joined = account.create(f"{datacenter}/lans", pcc=pcc, public=False)
    assert account.rejected("PATCH", joined, {"public": True}) == [message]
    assert account.ids(f"{datacenter}/lans") == ["1"]
