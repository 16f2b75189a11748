"""The cost of a call does not depend on the number of stored resources."""

from __future__ import annotations

import sys

import pytest
from account import LINUX, Account, id_of

from ionoscloud.emulator import CloudEmulator, ManualClock

MORE = 60  # resources of each kind; a loop over them would show in the cost
GROUP = {"name": "g"}
USER = {"firstname": "a", "lastname": "b", "password": "abcdefGH1"}
CLUSTER_IN = {"nodeCount": 1, "cpuFamily": "INTEL_SKYLAKE", "coresCount": 1, "ramSize": 2048, "storageSize": 10}


@pytest.fixture
def work():
    """The number of Python calls for each request."""
    return []


@pytest.fixture
def cloud(work):
    cloud = CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2, contract_numbers=range(1, 101))
    response = cloud._app.respond

    def counted(request):
        calls = 0

        def count(frame, event, argument):
            nonlocal calls
            calls += event.endswith("call")

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            return response(request)
        finally:
            sys.setprofile(before)
            work.append(calls)

    cloud._app.respond = counted
    with cloud:
        yield cloud


@pytest.fixture
def world(account: Account, image):
    """Return the path of a resource of each kind."""
    datacenter = account.datacenter(name="dc")
    server = account.server(datacenter, name="s")
    group = account.create("/um/groups", **GROUP)
    block = account.create("/ipblocks", location="de/fra", size=2)
    address = account.properties(block)["ips"][0]
    return {
        "datacenter": datacenter,
        "server": server,
        "nic": account.nic(server, name="n", ips=[address]),
        "volume": account.volume(datacenter, name="v"),
        "free": account.volume(datacenter, name="f"),
        "lan": account.create(f"{datacenter}/lans", name="l", public=False),
        "balancer": account.create(f"{datacenter}/loadbalancers", name="b"),
        "pcc": account.create("/pccs", name="p"),
        "unit": account.create("/backupunits", name="unit"),
        "group": group,
        "user": account.create("/um/users", **USER, email="first@example.com"),
        "block": block,
        "image": image,
        "server_image": account.public_image("Ubuntu-24.04-LTS-server"),
    }


def grow(account: Account, world):
    """Add many resources of each kind, in this contract and in others."""
    datacenter, cloud = world["datacenter"], account.cloud
    other = account.datacenter(name="other")
    for number in range(MORE):
        volume = account.volume(datacenter, name=str(number))
        server = account.server(datacenter, name=str(number))
        account.attach(f"{server}/volumes", volume)
        account.nic(server, name=str(number), lan=1)
        account.create(f"{volume}/labels", key="k", value="v")
        account.create(f"{other}/lans", name=str(number), public=False)
        account.datacenter(name=str(number))
        account.create(
            "/datacenters", headers={"X-Contract-Number": str(2 + number)}, name=str(number), location="de/fra"
        )
        user = account.create("/um/users", **USER, email=f"{number}@example.com")
        group = account.create("/um/groups", **GROUP)
        account.attach(f"{group}/users", user)
        account.create("/backupunits", name=f"unit{number}")
        cloud.add_image(name=f"{number}.iso")


def turn(account: Account, world):
    """Send requests of many kinds, which leave all resources unchanged."""
    datacenter, server = world["datacenter"], world["server"]
    volume = {"name": "new", "size": 5, "type": "HDD", **LINUX}
    for collection, properties in [
        (f"{datacenter}/servers", {"name": "new", "cores": 1, "ram": 1024}),
        (f"{datacenter}/volumes", volume),
        (f"{datacenter}/lans", {"name": "new", "public": False, "pcc": id_of(world["pcc"])}),
        (f"{server}/nics", {"name": "new", "lan": 1}),
        ("/datacenters", {"name": "new", "location": "de/fra"}),
        ("/ipblocks", {"name": "new", "location": "de/fra", "size": 1}),
        ("/backupunits", {"name": "new"}),
        ("/um/groups", {"name": "new"}),
        ("/k8s", {"name": "new"}),
    ]:
        path = account.create(collection, **properties)
        account.get(path)
        if collection not in ("/backupunits", "/um/groups", "/k8s"):
            account.change(path, name="newer")
        account.delete(path)
    user = account.create("/um/users", **USER, email="new@example.com")
    account.attach(f"{world['group']}/users", user)
    account.get(f"{user}/groups")
    account.delete(user)
    for collection, path in [
        (f"{server}/volumes", world["free"]),
        (f"{server}/cdroms", world["image"]),
        (f"{world['balancer']}/balancednics", world["nic"]),
    ]:
        account.attach(collection, path)
        account.get(path)
        account.delete(f"{collection}/{id_of(path)}")
    share = f"{world['group']}/shares/{id_of(datacenter)}"
    account.done("POST", share, {"properties": {"editPrivilege": True}})
    account.get(f"{world['group']}/resources")
    account.delete(share)
    for path in (
        "/contracts",
        "/locations/de",
        "/ipblocks?depth=2",
        f"{server}/nics?depth=1",
        f"{server}?depth=3",
        world["nic"],
    ):
        account.get(path)
    for path in (
        "/requests?limit=3&depth=2",
        "/datacenters?maxResults=2",
        f"{datacenter}/volumes?maxResults=2&depth=1",
    ):
        account.get(path)
    account.get("/datacenters?depth=1", X_Contract_Number="99")
    account.rejected("POST", "/um/users", {"properties": {**USER, "email": "first@example.com"}})


def test_the_cost_of_a_call_does_not_depend_on_the_number_of_resources(account, world, work, cloud):
    turn(account, world)  # fills caches
    counts = []
    for _ in range(2):
        cloud.clear_requests()
        work.clear()
        turn(account, world)
        counts.append(dict(zip((f"{n} {r.method} {r.target}" for n, r in enumerate(cloud.requests_seen)), work)))
        if len(counts) == 1:
            grow(account, world)
    before, after = ([*each.values()] for each in counts)
    assert len(before) == len(after) > 50
    costlier = {what: (small, large) for (what, large), small in zip(counts[1].items(), before) if large > small + 25}
    assert costlier == {}


def test_resources_deleted_with_their_data_center_add_no_cost(account):
    datacenter = account.datacenter(name="dc")
    server = account.server(datacenter, cores=4, ram=2048)
    volume = account.volume(datacenter, size=7, type="SSD")
    account.attach(f"{server}/volumes", volume)

    def used():
        limits = account.get("/contracts")["properties"]["resourceLimits"]
        return [limits[name] for name in ("coresProvisioned", "ramProvisioned", "ssdVolumeProvisioned")]

    assert used() == [4, 2048, 7168]
    account.change(server, cores=3)
    assert used() == [3, 2048, 7168]
    account.cloud.fail_next_change("No")
    account.change(server, cores=9)
    assert used() == [3, 2048, 7168]
    assert account.not_created(f"{datacenter}/servers", cores=0, ram=256)
    account.delete(datacenter)
    assert used() == [0, 0, 0]
