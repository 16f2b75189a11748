"""The audit of many contracts in threads."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
from fleet_cloud import ACCOUNT, CONTRACTS, FOREIGN, Fleet

import ionoscloud as ionos

EXAMPLES = Path(__file__).parents[2] / "examples"
MODULES = ("fleet_audit", "fleet_report", "contract_audit")

Run = Callable[..., "tuple[int, str]"]


@pytest.fixture
def run(fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run the script with arguments, and return its exit code and its output."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setenv("IONOS_API_URL", fleet.url)
    monkeypatch.setenv("IONOS_USERNAME", ACCOUNT["username"])
    monkeypatch.setenv("IONOS_PASSWORD", ACCOUNT["password"])
    import contract_audit
    import fleet_audit

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["fleet_audit.py", *map(str, arguments)])
        code = fleet_audit.main()
        printed = capsys.readouterr()
        assert ACCOUNT["password"] not in printed.out + printed.err
        return code, printed.out

    yield run
    contract_audit.CLIENT.close()
    for name in MODULES:
        sys.modules.pop(name, None)


def add_volume(fleet: Fleet, contract: int, *images: str | None, drive: str | None = None) -> None:
    """Create a data center with a volume of each image, and a server with an image in its drive."""
    with ionos.ApiClient(fleet.configuration(contract_number=contract)) as client:
        properties = ionos.DatacenterProperties(name="d", location="de/fra")
        center = ionos.DataCenterApi(client).datacenters_post(ionos.Datacenter(properties=properties)).id
        for image in images:
            licence = None if image else "OTHER"
            volume = ionos.VolumeProperties(name="v", size=50, type="HDD", image=image, licence_type=licence)
            volume.image_password = "atLeast8" if image else None
            ionos.VolumeApi(client).datacenters_volumes_post(center, ionos.Volume(properties=volume))
        if drive:
            properties = ionos.ServerProperties(name="s", cores=1, ram=1024)
            servers = ionos.ServerApi(client)
            server = servers.datacenters_servers_post(center, ionos.Server(properties=properties)).id
            servers.datacenters_servers_cdroms_post(center, server, ionos.Image(id=drive))


def snapshot(fleet: Fleet, contract: int) -> str:
    """Create a snapshot, and return its id."""
    with ionos.ApiClient(fleet.configuration(contract_number=contract)) as client:
        center = ionos.DataCenterApi(client).datacenters_get().items[0].id
        volumes = ionos.VolumeApi(client)
        volume = volumes.datacenters_volumes_get(center).items[0].id
        return volumes.datacenters_volumes_create_snapshot_post(center, volume).id


def public_image(fleet: Fleet, alias: str) -> str:
    with ionos.ApiClient(fleet.configuration()) as client:
        return ionos.find_image(client, alias=alias, location="de/fra").id


def age(fleet: Fleet, image: dict[str, Any], created: str, changed: str) -> None:
    """Set the dates of an image."""
    fleet._store.resource(f"/images/{image['id']}").metadata.update(createdDate=created, lastModifiedDate=changed)


def test_each_of_hundreds_of_contracts_is_a_row_in_the_given_order(run, fleet, tmp_path):
    listed = tmp_path / "contracts.txt"
    listed.write_text("# ours\n" + "\n".join(f"{contract}  # a customer" for contract in [*CONTRACTS, CONTRACTS[0]]))
    code, printed = run(CONTRACTS[5], FOREIGN, "--file", listed, "--parallel", 8, "--format", "csv")
    rows = [*csv.DictReader(io.StringIO(printed))]
    first = [CONTRACTS[5], FOREIGN]
    assert [int(row["contract"]) for row in rows] == first + [c for c in CONTRACTS if c not in first]
    assert code == 1
    assert rows[1]["error"].startswith("ForbiddenException: ") and str(FOREIGN) in rows[1]["error"]
    assert rows[1]["images"] == "0"
    for row in rows[:1] + rows[2:]:
        assert (row["images"], row["gb"], row["undescribed"], row["error"]) == ("5", "59.14", "1", "")
        assert row["locations"].startswith("de/fra: 2 (36.75 GB, 0 d); de/txl: 1 (20 GB, 0 d)")
    assert {fleet.requested[contract] for contract in CONTRACTS} == {2}
    assert fleet.max_concurrent <= fleet.connections <= 8


def test_the_findings_list_images_that_need_attention(run, fleet):
    contract, other = CONTRACTS[:2]
    old = fleet.add_image(contract_number=contract, name="old.iso", licenceType="OTHER", size=1.5)
    held = fleet.add_image(contract_number=contract, name="held.iso", licenceType="OTHER", size=1.5)
    changed = fleet.add_image(contract_number=contract, name="changed.iso", licenceType="OTHER", size=1.5)
    base = fleet.add_image(contract_number=contract, name="base.qcow2", licenceType="LINUX", size=1.5)
    for image in (old, held, base):
        age(fleet, image, "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")
    age(fleet, changed, "2020-01-01T00:00:00Z", "2096-01-01T00:00:00Z")
    ubuntu, newest = public_image(fleet, "ubuntu:20.04"), public_image(fleet, "ubuntu:latest")
    add_volume(fleet, contract, None, base["id"], ubuntu, ubuntu, newest, drive=held["id"])
    add_volume(fleet, contract, snapshot(fleet, contract))
    lost = fleet.add_image(contract_number=contract, name="lost.qcow2", licenceType="OTHER")["id"]
    add_volume(fleet, contract, lost)
    with ionos.ApiClient(fleet.configuration(contract_number=contract)) as client:
        ionos.ImageApi(client).images_delete(lost)

    fleet.reset_counts()
    code, printed = run(contract, other, "--format", "json")
    # Two lists, two public images, and a snapshot and a deleted image, each searched in two places.
    assert (fleet.requested[contract], fleet.requested[other]) == (2 + 2 + 2 * 2, 2)
    row, unchanged = json.loads(printed)
    assert code == 0
    assert row["findings"][0] == f"duplicate: 'web-server.qcow2' in de/fra, also in {other}"
    own = [finding for finding in row["findings"] if "duplicate" not in finding]
    days = own[1].split()[-2]
    assert own == [
        "undescribed: 'rescue-tools.iso' in gb/lhr",
        f"unused: 'old.iso' in de/fra, 1.5 GB, unchanged for {days} days",
        "outdated: ubuntu:20.04, in 2 volumes or drives",
        f"outdated: {lost}, which was deleted, in 1 volumes or drives",
    ]
    assert int(days) > 2000
    assert (row["images"], row["undescribed"], row["unused"], row["duplicate"], row["outdated"]) == (9, 1, 1, 5, 2)
    assert row["oldest_days"] == int(days) + 31 == row["locations"]["de/fra"]["oldest_days"]
    assert unchanged["outdated"] == 0

    _, table = run(contract, other, "--unused-days", 100_000)
    assert table.splitlines()[0].split()[:4] == ["contract", "images", "gb", "oldest_days"]
    assert [line.split()[0] for line in table.splitlines()[1:3]] == [str(contract), str(other)]
    assert f"{contract} outdated: ubuntu:20.04, in 2 volumes or drives" in table
    assert "unused:" not in table


def test_a_run_continues_an_earlier_one(run, fleet, tmp_path):
    journal, contracts = tmp_path / "audit.jsonl", CONTRACTS[:20]
    fleet.fail(contracts[3], 500)
    code, first = run(*contracts, "--journal", journal, "--format", "json")
    assert code == 1
    assert [row["contract"] for row in json.loads(first) if row["error"]] == [contracts[3]]
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 19
    journal.write_bytes(b"".join(lines)[:-10])
    cut = json.loads(lines[-1])["contract"]

    fleet.reset_counts()
    code, second = run(*contracts, "--journal", journal, "--format", "json")
    assert code == 0
    assert {*fleet.requested} == {contracts[3], cut}
    assert [row["contract"] for row in json.loads(second)] == [*contracts]
    assert {row["images"] for row in json.loads(second)} == {5}

    fleet.reset_counts()
    assert run(*contracts, "--journal", journal, "--format", "json") == (0, second)
    assert not fleet.requested
    assert sorted(json.loads(line)["contract"] for line in journal.read_text().splitlines()) == [*contracts]
    assert ACCOUNT["password"] not in journal.read_text() and ACCOUNT["username"] not in journal.read_text()


def test_temporary_errors_do_not_fail_a_contract(run, fleet, no_sleep):
    busy, limited, often_limited, always_limited = CONTRACTS[:4]
    fleet.fail(busy, 503)
    fleet.fail(limited, 429, Retry_After="7")
    fleet.fail(often_limited, 429, times=10, Retry_After="7")  # more than the retries of the client
    fleet.fail(always_limited, 429, times=1000)
    code, printed = run(*CONTRACTS[:10], "--format", "json")
    rows = json.loads(printed)
    assert code == 1
    assert [row["contract"] for row in rows] == [*CONTRACTS[:10]]
    assert [row["contract"] for row in rows if row["error"]] == [always_limited]
    assert rows[3]["error"].startswith("TooManyRequestsException: ")
    assert (fleet.requested[busy], fleet.requested[limited], fleet.requested[often_limited]) == (3, 3, 12)


def test_the_rate_limit_reduces_the_number_of_parallel_audits(run, fleet, no_sleep):
    pauses = []

    def pause(seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():  # not a retry of a client
            pauses.append(seconds)
            fleet.reset_counts()

    no_sleep.side_effect = pause
    fleet.fail(CONTRACTS[0], 429, times=4, Retry_After="7")  # one call with all its retries
    fleet.hold(CONTRACTS[30], seconds=0.5)
    code, printed = run(*CONTRACTS[:60], "--parallel", 2, "--format", "json")
    assert code == 0
    assert [row["contract"] for row in json.loads(printed)] == [*CONTRACTS[:60]]
    assert fleet.requested[CONTRACTS[0]] == 2  # counted from the pause on
    assert pauses == [7]
    assert fleet.max_concurrent == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "pass contract numbers, or a --file with them"),
        (["31000001", "--parallel", "0"], "--parallel must be 1 or more, not 0"),
        (["--file", "missing.txt"], "missing.txt must be a file with one contract number per line"),
        (["--file", "notes.txt"], "notes.txt must be a file with one contract number per line: .*'our notes'"),
        (
            ["31000001", "--journal", "notes.txt"],
            "--journal must be a file written by this script, not notes.txt",
        ),
        (["31000001", "--journal", "numbers.txt"], "--journal must be a file written by this script"),
    ],
)
def test_invalid_arguments_are_reported_before_anything_is_sent(
    run, fleet, tmp_path, monkeypatch, capsys, arguments, problem
):
    monkeypatch.chdir(tmp_path)
    files = {"notes.txt": "our notes\nunfinished", "numbers.txt": "31000001\n31000002"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(SystemExit):
        run(*arguments)
    assert re.search(problem, capsys.readouterr().err)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files
    assert not fleet.requested


def test_a_missing_dask_is_reported(run, fleet, monkeypatch):
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(SystemExit, match=re.escape("--scheduler needs Dask: pip install 'ionoscloud[dask]'")):
        run(CONTRACTS[0], "--scheduler", "tcp://127.0.0.1:8786")
