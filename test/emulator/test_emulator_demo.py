"""The resources of `demo=True`."""

from __future__ import annotations

import pytest
from account import Account

from ionoscloud.emulator import CloudEmulator, ManualClock


@pytest.fixture
def cloud():
    with CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2, rate_limit=1000, demo=True) as cloud:
        yield cloud


def test_demo_resources_are_complete_and_refer_to_each_other(account: Account):
    assert account.cloud.requests_seen == []
    for request in account.get("/requests?depth=2")["items"]:
        assert request["metadata"]["requestStatus"]["metadata"]["status"] == "DONE"
    (datacenter,) = account.ids("/datacenters")
    inside = f"/datacenters/{datacenter}"
    servers = account.get(f"{inside}/servers?depth=1")["items"]
    public = {int(lan["id"]): lan["properties"]["public"] for lan in account.get(f"{inside}/lans?depth=1")["items"]}
    assert len(servers) == 3 and {*public.values()} == {True, False}
    (block,) = account.get("/ipblocks?depth=1")["items"]
    images = {*account.ids("/images")}
    for server in servers:
        path = f"{inside}/servers/{server['id']}"
        volumes = account.get(f"{path}/volumes?depth=1")["items"]
        assert server["properties"]["bootVolume"]["id"] == volumes[0]["id"]
        assert volumes[0]["properties"]["image"] in images
        assert {each["metadata"]["state"] for each in (server, *volumes)} == {"AVAILABLE"}
        for nic in account.get(f"{path}/nics?depth=1")["items"]:
            assert nic["properties"]["ips"]
            if public[nic["properties"]["lan"]]:
                assert {*nic["properties"]["ips"]} <= {*block["properties"]["ips"]}
                assert account.ids(f"{path}/nics/{nic['id']}/firewallrules")
    assert len(block["properties"]["ipConsumers"]) == 2
    (cluster,) = account.get("/k8s?depth=1")["items"]
    (pool,) = account.get(f"/k8s/{cluster['id']}/nodepools?depth=1")["items"]
    assert (cluster["metadata"]["state"], pool["metadata"]["state"]) == ("ACTIVE", "ACTIVE")
    assert pool["properties"]["datacenterId"] == datacenter
    assert len(account.ids(f"/k8s/{cluster['id']}/nodepools/{pool['id']}/nodes")) == 3
    (group,) = account.ids("/um/groups")
    users = {*account.ids("/um/users")}
    assert len(users) == 3 and {*account.ids(f"/um/groups/{group}/users")} < users
    assert account.ids(f"/um/groups/{group}/shares") == [datacenter]
    assert account.names("/snapshots") == ["before-update"]
    assert account.get("/labels")["items"]
    other = str(account.cloud.contract_numbers[1])
    assert account.get("/datacenters", X_Contract_Number=other)["items"] == []


def test_demo_resources_can_be_changed(account: Account):
    server = "/datacenters/{}/servers/{}".format(
        datacenter := account.ids("/datacenters")[0], account.ids(f"/datacenters/{datacenter}/servers")[0]
    )
    account.accepted("PATCH", server, {"cores": 3})
    assert account.state(server) == "BUSY"
    account.cloud.clock.advance(3)
    assert (account.state(server), account.properties(server)["cores"]) == ("AVAILABLE", 3)
    account.delete(f"/datacenters/{datacenter}")
    assert account.get("/ipblocks?depth=1")["items"][0]["properties"]["ipConsumers"] == []


def test_a_saved_demo_is_not_created_again(account: Account, call_of, tmp_path):
    account.cloud.save(tmp_path / "cloud.json")
    with CloudEmulator(state=tmp_path / "cloud.json", demo=True) as loaded:
        again = Account(loaded, call_of(loaded))
        for path in ("/datacenters", "/um/users", "/requests"):
            assert again.ids(path) == account.ids(path)
