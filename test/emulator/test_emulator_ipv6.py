"""IPv6 blocks of data centers, LANs and NICs, and the other addresses and numbers that v6 shows."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from account import AccountInVersion, id_of

from ionoscloud.emulator import CloudEmulator, ManualClock, catalogue

NO_IPV6 = {"ipv6CidrBlock": None, "ipv6Ips": None, "dhcpv6": None}


@pytest.fixture
def datacenter(six):
    return six.datacenter(name="dc")


@pytest.fixture
def network(six, datacenter):
    """The IPv6 block of the data center."""
    return ip_network(six.properties(datacenter)["ipv6CidrBlock"])


@pytest.fixture
def lan(six, datacenter):
    return six.create(f"{datacenter}/lans", name="six", ipv6CidrBlock="AUTO")


@pytest.fixture
def server(six, datacenter):
    return six.server(datacenter)


def block_of(account, path):
    return ip_network(account.properties(path)["ipv6CidrBlock"])


def ipv6_of(account, nic):
    properties = account.properties(nic)
    return {name: properties[name] for name in NO_IPV6}


# Data centers


def test_each_data_center_has_a_block(five, six):
    datacenters = [account.datacenter() for account in (five, six, five, six)]
    blocks = {block_of(six, path) for path in datacenters}
    assert len(blocks) == 4
    assert all(block.prefixlen == 56 and block.subnet_of(catalogue.IPV6_NETWORK) for block in blocks)
    assert "ipv6CidrBlock" not in five.properties(datacenters[0])
    (message,) = six.rejected("PATCH", datacenters[0], {"ipv6CidrBlock": "2001:db8::/56"})
    assert message == "[(root).properties.ipv6CidrBlock] Attribute is not allowed in update requests"


def test_a_data_center_of_an_emulator_without_ipv6_has_no_block(six, datacenter):
    assert six.properties(datacenter)["ipv6CidrBlock"]
    six.cloud._store.resource(datacenter).properties.pop("ipv6CidrBlock")
    assert six.properties(datacenter)["ipv6CidrBlock"] is None
    (message,) = six.not_created(f"{datacenter}/lans", ipv6CidrBlock="AUTO")
    assert message == "[(root).properties.ipv6CidrBlock] The data center does not support IPv6"


# LANs


@pytest.mark.parametrize("public", [True, False])
def test_a_lan_gets_a_block_of_its_data_center(six, datacenter, network, public):
    made = six.accepted("POST", f"{datacenter}/lans", {"properties": {"public": public, "ipv6CidrBlock": "AUTO"}})
    block = made["properties"]["ipv6CidrBlock"]
    assert ip_network(block).prefixlen == 64 and ip_network(block).subnet_of(network)
    six.cloud.clock.advance(10)
    path = f"{datacenter}/lans/1"
    assert six.change(path, name="x", ipv6CidrBlock="AUTO")["ipv6CidrBlock"] == block
    other = six.create(f"{datacenter}/lans", ipv6CidrBlock="AUTO")
    assert not block_of(six, other).overlaps(ip_network(block))


def test_a_lan_can_have_a_given_block(six, datacenter, network):
    last = [*network.subnets(new_prefix=64)][-1]
    lan = six.create(f"{datacenter}/lans", ipv6CidrBlock=str(last).upper())
    assert six.properties(lan)["ipv6CidrBlock"] == str(last)
    assert six.change(lan, ipv6CidrBlock="AUTO")["ipv6CidrBlock"] == str(last)
    assert six.change(lan, ipv6CidrBlock=None)["ipv6CidrBlock"] is None
    assert six.create(f"{datacenter}/lans", ipv6CidrBlock=str(last)).endswith("/2")
    assert six.properties(six.create(f"{datacenter}/lans"))["ipv6CidrBlock"] is None


def test_an_invalid_block_of_a_lan_is_rejected(six, datacenter, network, lan):
    other = six.create(f"{datacenter}/lans")
    taken, free = block_of(six, lan), next(iter(network.subnets(new_prefix=65)))
    inside = f"is not a /64 block inside the block of the data center, {network}"
    for block, message in (
        ("automatic", "is not an IPv6 block in CIDR notation"),
        ("10.0.0.0/24", "is not an IPv6 block in CIDR notation"),
        (f"{network[1]}/64", "is not an IPv6 block in CIDR notation"),
        ("2001:db8::/64", inside),
        (str(free), inside),
        (str(network), inside),
        (str(taken), "is in use by lan 1"),
    ):
        expected = [f"[(root).properties.ipv6CidrBlock] '{block}' {message}"]
        assert six.rejected("PATCH", other, {"ipv6CidrBlock": block}) == expected
        assert six.not_created(f"{datacenter}/lans", ipv6CidrBlock=block) == expected
    assert six.change(lan, ipv6CidrBlock=str(taken))["ipv6CidrBlock"] == str(taken)
    assert six.ids(f"{datacenter}/lans") == ["1", "2"]


def test_a_data_center_has_256_blocks(six, datacenter, network):
    items = [{"properties": {"ipv6CidrBlock": "AUTO"}} for _ in range(256)]
    body = {"properties": {"location": "de/fra"}, "entities": {"lans": {"items": items}}}
    made = six.done("POST", "/datacenters", body)["href"][len(six.url) :]
    lans = six.get(f"{made}/lans?depth=1")["items"]
    assert len({lan["properties"]["ipv6CidrBlock"] for lan in lans}) == 256
    (message,) = six.not_created(f"{made}/lans", ipv6CidrBlock="AUTO")
    assert message.endswith(f"All blocks of the data center, {block_of(six, made)}, are in use")
    six.change(f"{made}/lans/1", ipv6CidrBlock="AUTO")


def test_a_lan_keeps_its_block_when_v5_writes_back(five, six, lan):
    block = six.properties(lan)["ipv6CidrBlock"]
    five.change(lan, name="a")
    five.done("PUT", lan, {"properties": {"name": "b", "public": True}})
    assert (six.properties(lan)["name"], six.properties(lan)["ipv6CidrBlock"]) == ("b", block)
    assert not {"ipv6CidrBlock", "ipv4CidrBlock"} & five.properties(lan).keys()


def test_a_failed_change_of_a_lan_leaves_its_nics_unchanged(six, lan, server):
    nic = six.nic(server, lan=1)
    before = ipv6_of(six, nic)
    six.cloud.fail_next_change("No")
    six.accepted("PATCH", lan, {"ipv6CidrBlock": None})
    assert ipv6_of(six, nic) == NO_IPV6
    six.cloud.clock.advance(10)
    assert ipv6_of(six, nic) == before
    assert six.properties(lan)["ipv6CidrBlock"]


# NICs


def test_a_nic_gets_a_block_and_an_address_of_its_lan(five, six, lan, server):
    nics = [account.nic(server, lan=1) for account in (six, six, five)]
    blocks = [block_of(six, nic) for nic in nics]
    assert len({*blocks}) == 3
    for nic, block in zip(nics, blocks):
        assert block.prefixlen == 80 and block.subnet_of(block_of(six, lan))
        properties = six.properties(nic)
        (address,) = properties["ipv6Ips"]
        assert ip_address(address) in block and properties["dhcpv6"] is True
    assert not NO_IPV6.keys() & five.properties(nics[0]).keys()
    assert ipv6_of(six, six.nic(server, lan=7)) == NO_IPV6


def test_a_nic_can_have_given_addresses(six, lan, server):
    first, second, third, *_ = block_of(six, lan).subnets(new_prefix=80)
    nic = six.nic(server, ipv6CidrBlock=str(first), ipv6Ips=[str(first[5]).upper(), str(first[9])], dhcpv6=False)
    own = {"ipv6CidrBlock": str(first), "ipv6Ips": [str(first[5]), str(first[9])], "dhcpv6": False}
    assert ipv6_of(six, nic) == own
    assert ipv6_of(six, six.nic(server, ipv6Ips=[str(second[3])]))["ipv6CidrBlock"] == str(second)
    assert six.properties(six.nic(server, ipv6Ips=[]))["ipv6Ips"] == []
    assert six.change(nic, ipv6Ips=[str(first[6])])["ipv6Ips"] == [str(first[6])]
    changed = six.change(nic, ipv6CidrBlock=str(third))
    assert changed["ipv6CidrBlock"] == str(third) and ip_address(changed["ipv6Ips"][0]) in third


def test_invalid_addresses_of_a_nic_are_rejected(six, lan, server):
    network = block_of(six, lan)
    nic, other = six.nic(server), six.nic(server)
    block, taken = block_of(six, nic), block_of(six, other)
    where = f"of LAN 1, {network}"
    many = [str(block[number]) for number in range(51)]
    for properties, name, message in (
        ({"ipv6CidrBlock": "x"}, "ipv6CidrBlock", "'x' is not an IPv6 block in CIDR notation"),
        ({"ipv6CidrBlock": str(network)}, "ipv6CidrBlock", f"'{network}' is not a /80 block inside the block {where}"),
        ({"ipv6CidrBlock": str(taken)}, "ipv6CidrBlock", f"'{taken}' is in use by nic {id_of(other)}"),
        ({"ipv6Ips": ["x"]}, "ipv6Ips", "'x' is not an IPv6 address"),
        ({"ipv6Ips": ["10.0.0.1"]}, "ipv6Ips", "'10.0.0.1' is not an IPv6 address"),
        ({"ipv6Ips": ["::1"]}, "ipv6Ips", f"'::1' is not in the IPv6 block of the NIC, {block}"),
        ({"ipv6Ips": many}, "ipv6Ips", "A NIC can have at most 50 IPv6 addresses"),
    ):
        assert six.rejected("PATCH", nic, properties) == [f"[(root).properties.{name}] {message}"]
    assert six.not_created(f"{server}/nics", lan=1, ipv6Ips=["::1"]) == [
        "[(root).properties.ipv6Ips] '::1' is not in the IPv6 block of the NIC"
    ]
    assert len(six.ids(f"{server}/nics")) == 2


def test_a_nic_cannot_have_ipv6_on_a_lan_without_it(six, server):
    six.nic(server, lan=1)
    given = {"ipv6CidrBlock": "2001:db8::/80", "ipv6Ips": ["2001:db8::1"], "dhcpv6": True}
    for lan in (1, 2):  # the second one does not exist
        for name, value in given.items():
            expected = [f"[(root).properties.{name}] LAN {lan} has no IPv6 block"]
            assert six.not_created(f"{server}/nics", lan=lan, **{name: value}) == expected
    assert ipv6_of(six, six.nic(server, lan=1, dhcpv6=False)) == NO_IPV6


def test_nics_follow_the_ipv6_of_their_lan(six, datacenter, network, server):
    nics = [six.nic(server, lan=1) for _ in range(3)]
    lan = f"{datacenter}/lans/1"
    six.accepted("DELETE", nics.pop())
    first, second = [*network.subnets(new_prefix=64)][:2]
    for block in (first, second):
        six.change(lan, ipv6CidrBlock=str(block))
        blocks = {block_of(six, nic) for nic in nics}
        assert len(blocks) == 2 and all(each.subnet_of(block) for each in blocks)
        assert all(ip_address(six.properties(nic)["ipv6Ips"][0]) in block for nic in nics)
    six.change(nics[0], dhcpv6=False)
    six.change(lan, name="same")
    assert {block_of(six, nic) for nic in nics} == blocks
    six.done("PUT", lan, {"properties": {"name": "off"}})
    assert [ipv6_of(six, nic) for nic in nics] == [NO_IPV6] * 2


def test_a_nic_gets_other_addresses_on_another_lan(five, six, datacenter, lan, server):
    nic = six.nic(server, lan=1)
    second = six.create(f"{datacenter}/lans", ipv6CidrBlock="AUTO")
    six.attach(f"{second}/nics", nic)
    assert block_of(six, nic).subnet_of(block_of(six, second))
    assert ip_address(six.properties(nic)["ipv6Ips"][0]) in block_of(six, second)
    five.change(nic, lan=9)
    assert ipv6_of(six, nic) == NO_IPV6
    five.change(nic, lan=1)
    assert block_of(six, nic).subnet_of(block_of(six, lan))


def test_a_nic_keeps_its_addresses_when_v5_writes_back(five, six, lan, server):
    block = next(block_of(six, lan).subnets(new_prefix=80))
    nic = six.nic(server, ipv6CidrBlock=str(block), ipv6Ips=[str(block[7])], dhcpv6=False, firewallType="EGRESS")
    before = {**ipv6_of(six, nic), "firewallType": "EGRESS"}
    five.change(nic, name="a")
    five.done("PUT", nic, {"properties": {"lan": 1, "name": "b"}})
    properties = six.properties(nic)
    assert {name: properties[name] for name in before} == before
    assert properties["name"] == "b"


def test_blocks_are_saved(six, datacenter, lan, server, tmp_path, call_of):
    nic = six.nic(server)
    paths = (datacenter, lan, nic)
    six.cloud.save(tmp_path / "cloud.json")
    with CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2, state=tmp_path / "cloud.json") as again:
        loaded = AccountInVersion(again, call_of(again), 6)
        assert [loaded.properties(path) for path in paths] == [six.properties(path) for path in paths]
        used = six.properties(lan)["ipv6CidrBlock"]
        (message,) = loaded.not_created(f"{datacenter}/lans", ipv6CidrBlock=used)
        assert message.endswith("is in use by lan 1")


# IPv4 blocks, and numbers of NICs


def test_private_lans_have_an_ipv4_block(six, datacenter, server):
    lans = [six.create(f"{datacenter}/lans", public=public) for public in (False, False, True)]
    blocks = [six.properties(lan)["ipv4CidrBlock"] for lan in lans]
    assert blocks[2] is None
    first, second = map(ip_network, blocks[:2])
    assert first != second
    assert all(block.prefixlen == 24 and block.subnet_of(ip_network("10.0.0.0/8")) for block in (first, second))
    assert ip_address(six.properties(six.nic(server, lan=2))["ips"][0]) in second
    created = six.properties(six.nic(server, lan=7))["ips"][0]
    assert ip_address(created) in ip_network(six.properties(f"{datacenter}/lans/7")["ipv4CidrBlock"])
    assert six.change(lans[0], public=True)["ipv4CidrBlock"] is None
    assert six.rejected("PATCH", lans[1], {"ipv4CidrBlock": str(second)})


def test_the_addresses_of_a_private_lan_differ(cloud, six, datacenter, server):
    items = [{"properties": {"lan": 1}} for _ in range(250)]
    body = {"properties": {"cores": 1, "ram": 1024}, "entities": {"nics": {"items": items}}}
    made = six.done("POST", f"{datacenter}/servers", body)["href"][len(six.url) :]
    network = ip_network(six.properties(f"{datacenter}/lans/1")["ipv4CidrBlock"])
    addresses = [ip for nic in six.get(f"{made}/nics?depth=1")["items"] for ip in nic["properties"]["ips"]]
    inside = [address for address in map(ip_address, addresses) if address in network]
    assert len({*inside}) == 245  # the others have to be outside the block
    assert {int(address) & 0xFF for address in inside} == {*range(10, 255)}


def test_nics_show_their_pci_slots(five, six, server):
    nics = [account.nic(server) for account in (six, five, six)]
    shown = [six.properties(nic) for nic in nics]
    assert [properties["pciSlot"] for properties in shown] == [6, 7, 8]
    assert [properties["deviceNumber"] for properties in shown] == [None] * 3
    assert [properties["firewallType"] for properties in shown] == ["INGRESS"] * 3
    assert six.rejected("PATCH", nics[0], {"pciSlot": 9})
    assert {"firewallrules", "flowlogs", "securitygroups"} == six.get(f"{nics[0]}?depth=1")["entities"].keys()
    assert {"firewallrules"} == five.get(f"{nics[0]}?depth=1")["entities"].keys()
