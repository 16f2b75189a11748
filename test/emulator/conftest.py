from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Callable

import pytest
import urllib3
from account import Account, AccountInVersion

from ionoscloud.emulator import CloudEmulator, ManualClock

Call = Callable[..., urllib3.HTTPResponse]


@pytest.fixture
def cloud() -> Iterator[CloudEmulator]:
    """An emulator with a manual clock. A request is QUEUED for 1 s and RUNNING for 2 s."""
    with CloudEmulator(clock=ManualClock(), queue_time=1, run_time=2) as cloud:
        yield cloud


@pytest.fixture
def call_of() -> Iterator[Callable[[CloudEmulator], Call]]:
    """Return a function that sends requests to an emulator, by default with the right credentials."""
    pools = []

    def make(cloud: CloudEmulator) -> Call:
        pool = urllib3.PoolManager(retries=False, timeout=5)
        pools.append(pool)
        right = urllib3.make_headers(basic_auth=f"{cloud.username}:{cloud.password}")

        def call(method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
            url = path if path.startswith("http") else cloud.url + path
            sent = {**right, **(headers or {})}
            if "json" in more:
                sent.setdefault("Content-Type", "application/json")
                more["body"] = json.dumps(more.pop("json"))
            return pool.request(method, url, headers={k: v for k, v in sent.items() if v}, **more)

        return call

    yield make
    for pool in pools:
        pool.clear()


@pytest.fixture
def call(cloud: CloudEmulator, call_of: Callable[[CloudEmulator], Call]) -> Call:
    return call_of(cloud)


@pytest.fixture
def image(cloud: CloudEmulator) -> str:
    """The path of a private image named `mine.iso`."""
    return "/images/" + cloud.add_image(name="mine.iso", licenceType="LINUX", cloudInit="V1", cpuHotPlug=True)["id"]


@pytest.fixture
def account(cloud: CloudEmulator, call: Call) -> Account:
    return Account(cloud, call)


@pytest.fixture
def five(cloud: CloudEmulator, call: Call) -> AccountInVersion:
    return AccountInVersion(cloud, call, 5)


@pytest.fixture
def six(cloud: CloudEmulator, call: Call) -> AccountInVersion:
    return AccountInVersion(cloud, call, 6)


@pytest.fixture
def datacenter(account: Account) -> str:
    """The path of an empty data center in de/fra."""
    return account.datacenter(name="dc")
