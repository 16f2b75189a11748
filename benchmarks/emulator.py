"""Measure whether calls to the emulator get slower with many resources.

The full emulator has 5,000 volumes, 400 servers and 400 NICs in one data center, 3,000 other data centers of 1,000
contracts, and the requests that created them. The same calls go to the full and to an empty emulator in turn. Each
ratio is the median of the full one divided by that of the empty one; the exit code is 1 if a ratio is greater than two.
Run it with `make emulator-cost`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import urllib3

from ionoscloud import ApiClient
from ionoscloud.emulator import CloudEmulator, ManualClock

MOST = 2.0  # maximum ratio
CONTRACTS = [*range(1, 1001)]
DATACENTER = {"name": "dc", "location": "de/fra"}
SERVER = {"name": "server", "cores": 1, "ram": 1024}
VOLUME = {"name": "volume", "size": 1, "type": "HDD", "licenceType": "LINUX"}
NIC = {"name": "nic", "lan": 1}
LAN = {"name": "lan", "public": False}


class Account:
    """Calls to an emulator over one connection, with the duration of each kind of call."""

    def __init__(self, cloud: CloudEmulator, clock: ManualClock, client: ApiClient) -> None:
        self.cloud, self.clock, self.client = cloud, clock, client
        self.times: dict[str, list[float]] = defaultdict(list)
        address = urlsplit(cloud.url)
        self._base = address.path
        self._connection = http.client.HTTPConnection(address.netloc)
        self._headers = urllib3.make_headers(basic_auth=f"{cloud.username}:{cloud.password}")
        self._headers["Content-Type"] = "application/json"
        self.datacenter = self.create("/datacenters", DATACENTER)
        self.server = self.create(f"{self.datacenter}/servers", SERVER)
        self.volume = self.create(f"{self.datacenter}/volumes", VOLUME)
        self.create(f"{self.server}/nics", NIC)

    def send(self, verb: str, path: str, body: Any = None, contract: int = CONTRACTS[0]) -> Any:
        """Send a request and return the content and the Location of the response."""
        content = None if body is None else json.dumps(body)
        headers = {**self._headers, "X-Contract-Number": str(contract)}
        self._connection.request(verb, self._base + path, content, headers)
        response = self._connection.getresponse()
        data = response.read()
        assert response.status < 300, (verb, path, data)
        return data, response.headers["Location"]

    def create(self, collection: str, properties: dict[str, Any], contract: int = CONTRACTS[0]) -> str:
        """Create a resource and return its path."""
        data, _ = self.send("POST", collection, {"properties": properties}, contract)
        self.clock.advance(10)
        return f"{collection}/{json.loads(data)['id']}"

    def fill(self, share: float) -> None:
        """Create the resources of a full emulator, or a share of them."""
        for number in range(int(3000 * share)):
            self.create("/datacenters", DATACENTER, CONTRACTS[number % len(CONTRACTS)])
        for _ in range(int(5000 * share)):
            self.create(f"{self.datacenter}/volumes", VOLUME)
        for _ in range(int(400 * share)):
            self.create(f"{self.create(f'{self.datacenter}/servers', SERVER)}/nics", NIC)

    def timed(self, what: str, call: Callable[..., Any], *arguments: Any) -> Any:
        started = time.perf_counter()
        result = call(*arguments)
        self.times[what].append(time.perf_counter() - started)
        self.clock.advance(10)
        return result

    def turn(self) -> None:
        """Make each kind of call once."""
        for kind, collection, properties in (
            ("server", f"{self.datacenter}/servers", SERVER),
            ("volume", f"{self.datacenter}/volumes", VOLUME),
            ("NIC", f"{self.server}/nics", NIC),
            ("LAN", f"{self.datacenter}/lans", LAN),
            ("data center", "/datacenters", DATACENTER),
        ):
            data, _ = self.timed(f"POST {kind}", self.send, "POST", collection, {"properties": properties})
            path = f"{collection}/{json.loads(data)['id']}"
            self.timed(f"GET {kind}", self.send, "GET", path)
            self.timed(f"PATCH {kind}", self.send, "PATCH", path, {"name": "new"})
            self.timed(f"DELETE {kind}", self.send, "DELETE", path)
        attached = {"id": self.volume.rpartition("/")[2]}
        self.timed("attach a volume", self.send, "POST", f"{self.server}/volumes", attached)
        self.timed("GET an attached volume", self.send, "GET", self.volume)
        _, location = self.timed("detach a volume", self.send, "DELETE", f"{self.server}/volumes/{attached['id']}")
        self.timed("GET the NICs of a server", self.send, "GET", f"{self.server}/nics?depth=1")
        self.timed("GET the contract", self.send, "GET", "/contracts")
        self.timed("GET the last ten requests", self.send, "GET", "/requests?depth=1&limit=10")
        self.timed("GET the status of a request", self.send, "GET", location[len(self.cloud.url) :])
        self.timed("wait for a request", self.client.wait_for_completion, {"Location": location})


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Compare calls to a full emulator with the same calls to an empty one."
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--share", type=float, default=1.0, help="share of the resources to create (default: all)")
    options = parser.parse_args()
    clocks = [ManualClock(), ManualClock()]
    with (
        CloudEmulator(clock=clocks[0], contract_numbers=CONTRACTS) as one,
        CloudEmulator(clock=clocks[1], contract_numbers=CONTRACTS) as other,
        ApiClient(one.configuration()) as client,
        ApiClient(other.configuration()) as other_client,
    ):
        empty, full = Account(one, clocks[0], client), Account(other, clocks[1], other_client)
        full.fill(options.share)
        for number in range(options.rounds):
            for account in (empty, full) if number % 2 else (full, empty):
                account.turn()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "cloud.json")
            started = time.perf_counter()
            other.save(path)
            saved = time.perf_counter()
            CloudEmulator(state=path)
            loaded = time.perf_counter()

    print(f"{'call':<30} {'empty':>8} {'full':>8} {'ratio':>6}")
    largest = 0.0
    for what, times in empty.times.items():
        least, most = median(times), median(full.times[what])
        largest = max(largest, most / least)
        print(f"{what:<30} {least * 1e3:>5.2f} ms {most * 1e3:>5.2f} ms {most / least:>6.2f}")
    print(f"saved in {saved - started:.1f} s, loaded in {loaded - saved:.1f} s")
    print(f"{'ok' if largest <= MOST else 'TOO SLOW'}: the largest ratio is {largest:.2f}")
    return 0 if largest <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
