"""The audit in the workers of a Dask cluster, and pickling between its processes."""

from __future__ import annotations

import copyreg
import json
import os
import pickle
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
from fleet_cloud import ACCOUNT, CONTRACTS, FOREIGN, Fleet

import ionoscloud as ionos

SCRIPT = Path(__file__).parents[2] / "examples" / "fleet_audit.py"
BASIC = b64encode("{username}:{password}".format(**ACCOUNT).encode()).decode()


@pytest.fixture(scope="module")
def distributed() -> Iterator[Any]:
    before = copyreg.dispatch_table.copy()
    yield pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    # It changes the pickling of all exceptions, which would affect other tests.
    copyreg.dispatch_table.clear()
    copyreg.dispatch_table.update(before)


@pytest.fixture(scope="module")
def served() -> Iterator[Fleet]:
    with Fleet() as fleet:
        yield fleet


@pytest.fixture
def fleet(served: Fleet) -> Fleet:
    served.reset_counts()
    return served


@pytest.fixture(scope="module")
def cluster(distributed: Any, served: Fleet) -> Iterator[Any]:
    """Two worker processes, which have the credentials in their environment."""
    environment = {"IONOS_API_URL": served.url, "IONOS_TOKEN": ACCOUNT["token"]}
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, dashboard_address="127.0.0.1:0", env=environment
    ) as cluster:
        yield cluster


@pytest.fixture
def dask(distributed: Any, cluster: Any) -> Iterator[Any]:
    with distributed.Client(cluster) as dask:
        yield dask


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts the script, without credentials in its environment."""
    started = []

    def start(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-W", "error", str(SCRIPT), *map(str, arguments), "--format", "json"]
        environment = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def without_secrets(*texts: object) -> bool:
    return not any(secret in str(text) for text in texts for secret in (ACCOUNT["password"], ACCOUNT["token"], BASIC))


def contracts_of(report: str) -> list[int]:
    return [row["contract"] for row in json.loads(report)]


def test_each_of_hundreds_of_contracts_is_reported_once_despite_errors(fleet, cluster, dask, start):
    busy, limited, often_limited = CONTRACTS[10:13]
    fleet.fail(busy, 503)
    fleet.fail(limited, 429, Retry_After="0")
    fleet.fail(often_limited, 429, times=4, Retry_After="0")  # one call with all its retries
    contracts = [*CONTRACTS, FOREIGN]
    script = start(*contracts, "--scheduler", cluster.scheduler_address)
    report, errors = script.communicate(timeout=60)
    assert (script.returncode, errors) == (1, "")
    assert contracts_of(report) == contracts
    failed = {row["contract"]: row["error"] for row in json.loads(report) if row["error"]}
    assert [*failed] == [FOREIGN]
    assert failed[FOREIGN].startswith("ForbiddenException: GET ") and "is not yours" in failed[FOREIGN]
    assert {row["images"] for row in json.loads(report)[:-1]} == {5}
    assert (fleet.requested[busy], fleet.requested[limited], fleet.requested[often_limited]) == (3, 3, 6)
    assert fleet.connections <= 4  # two workers share a client among their two threads
    logs = dask.get_worker_logs(n=10**6)
    assert "Compute Failed" in str(logs)
    assert without_secrets(report, logs)


def test_contracts_of_a_killed_worker_are_audited_again(fleet, cluster, dask, start, tmp_path):
    dask.wait_for_workers(2, timeout=60)
    journal, contracts = tmp_path / "audit.jsonl", CONTRACTS[:40]
    held = [fleet.hold(contract) for contract in contracts[:4]]
    script = start(*contracts, "--scheduler", cluster.scheduler_address, "--journal", journal)
    for arrived, _ in held:
        assert arrived.wait(60)
    tasks = [*cluster.scheduler.tasks.values()]
    assert len(tasks) >= 4
    assert without_secrets(tasks, [task.run_spec for task in tasks], *(pickle.dumps(task.run_spec) for task in tasks))
    pids = dask.run(os.getpid)
    os.kill(pids[sorted(pids)[0]], signal.SIGKILL)
    for _, proceed in held:
        proceed.set()
    report, errors = script.communicate(timeout=60)
    assert (script.returncode, errors) == (0, "")
    assert contracts_of(report) == [*contracts]
    assert sorted(json.loads(line)["contract"] for line in journal.read_text().splitlines()) == [*contracts]
    assert sorted(fleet.requested[contract] for contract in contracts[:4]) == [2, 2, 3, 3]
    dask.wait_for_workers(2, timeout=60)
    assert without_secrets(report, journal.read_text(), dask.get_worker_logs(n=10**6), cluster.get_logs())


@pytest.mark.parametrize("credentials", [("token",), ("username", "password")], ids="-".join)
def test_clients_models_and_errors_can_be_sent_between_workers(fleet, dask, credentials):
    own = {"username": None, "password": None, **{name: ACCOUNT[name] for name in credentials}}
    with ionos.ApiClient(fleet.configuration(**own, contract_number=CONTRACTS[1])) as client:
        images = ionos.ImageApi(client)
        future = dask.submit(images.images_get, depth=1)
        assert future.result() == images.images_get(depth=1)
        volume = ionos.Volume(properties=ionos.VolumeProperties(name="v", image_password=ACCOUNT["password"]))
        failing = dask.submit(ionos.VolumeApi(client).datacenters_volumes_post, "no-such-id", volume)
        error = failing.exception()
        assert type(error) is ionos.NotFoundException
        assert (error.status, error.attempts, error.headers["content-type"]) == (404, 1, "application/json")
        assert without_secrets(future, failing, *map(repr, (error, volume, images, client, client.configuration)))
        assert without_secrets(dask.get_worker_logs(n=10**6), dask.story(failing))


def test_an_error_of_a_worker_has_its_cause(dask):
    configuration = ionos.Configuration(host="http://127.0.0.1:1", token=ACCOUNT["token"], max_retries=0)
    with ionos.ApiClient(configuration) as client:
        error = dask.submit(ionos.ImageApi(client).images_get).exception()
    assert type(error) is ionos.ConnectionException
    assert "refused" in str(error) and "refused" in str(error.__cause__)


def test_an_unreachable_scheduler_is_reported_with_its_address(distributed, start):
    script = start(CONTRACTS[0], "--scheduler", "tcp://127.0.0.1:1")
    report, errors = script.communicate(timeout=60)
    assert (script.returncode, report) == (1, "")
    assert errors.startswith("--scheduler must be the address of a Dask scheduler, not tcp://127.0.0.1:1: ")
