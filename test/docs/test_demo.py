"""The scripts of the demo run to their end in both versions of the API, and clean up after an error."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

import ionoscloud
from ionoscloud import ApiClient, DataCenterApi
from ionoscloud.emulator import CloudEmulator

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def act(monkeypatch):
    """Load a script that uses an emulator without delays, of the version of the API that the script chooses."""

    def load(name, cloud):
        def emulator(api_version=5, **settings):
            assert api_version == cloud.api_version
            return cloud

        monkeypatch.syspath_prepend(str(EXAMPLES))
        monkeypatch.setattr(sys, "argv", [name])
        monkeypatch.setattr("ionoscloud.emulator.CloudEmulator", emulator)
        return importlib.import_module(name)

    yield load
    for name in [name for name, module in sys.modules.items() if str(EXAMPLES) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


@pytest.fixture(params=[5, 6])
def version(request, monkeypatch):
    """The version of the API that the environment chooses, as `make demo API=6` does."""
    monkeypatch.setenv("IONOS_API_VERSION", str(request.param))
    return request.param


@pytest.fixture
def cloud(version):
    return CloudEmulator(queue_time=0, run_time=0, api_version=version)


def versions_used(cloud):
    return {request.api_version for request in cloud.requests_seen}


def test_the_life_of_an_image(act, cloud, version, capsys):
    act("image_lifecycle", cloud).main()
    assert "is public" in capsys.readouterr().out.splitlines()[-1]
    assert versions_used(cloud) == {version}


def test_an_upload_in_v6(act, monkeypatch, capsys):
    """test/upload runs this script in v5."""
    monkeypatch.setenv("IONOS_API_VERSION", "6")
    cloud = CloudEmulator(ftps=True, queue_time=0, run_time=0, api_version=6)
    act("upload_image", cloud)  # runs when it is imported
    assert "deleted again" in capsys.readouterr().out
    assert versions_used(cloud) == {6}


def test_from_an_image_to_a_server(act, cloud, version, capsys):
    act("image_to_server", cloud).main()
    printed = capsys.readouterr().out
    assert "volume 'system': 10 GB HDD, LINUX" in printed
    assert "it is now SHUTOFF" in printed
    assert printed.index("uses 2 cores") < printed.rindex("uses 0 cores")
    assert versions_used(cloud) == {version}


def test_a_cube_whatever_the_environment_chooses(act, version, capsys):
    cloud = CloudEmulator(queue_time=0, run_time=0)
    act("cube", cloud).main()
    printed = capsys.readouterr().out
    assert "security-group 'ssh only'" in printed
    assert re.search(r"server 'tiny': RUNNING, .*\n.*volume 'direct': \d+ GB DAS, LINUX", printed)
    changes = [request.path.rpartition("/")[2] for request in cloud.requests_seen if request.method in ("POST", "PUT")]
    assert changes[-3:] == ["securitygroups", "suspend", "resume"]
    assert versions_used(cloud) == {6}


def check_that_nothing_is_left(act, monkeypatch, script, version, successes):
    """Run a script in which the change after these fails, and check that it deletes what it created."""
    # A change that fails before the response is written returns no id, and the first step needs one.
    cloud = CloudEmulator(queue_time=0, run_time=0 if successes else 0.1, api_version=version)
    module, steps = act(script, cloud), []
    progress = sys.modules["progress"].progress

    def progress_and_fail_later(title):
        if len(steps) == successes:
            cloud.fail_next_change()
        steps.append(title)
        return progress(title)

    for name in {script, "image_to_server"}:
        monkeypatch.setattr(sys.modules[name], "progress", progress_and_fail_later)
    with pytest.raises(ionoscloud.ApiFailedRequest):
        module.main()
    assert cloud.requests_seen[-2 if successes else -1].method == "DELETE"
    with cloud, ApiClient(cloud.configuration()) as client:
        assert DataCenterApi(client).datacenters_get().items == []


@pytest.mark.parametrize("successes", range(7))
def test_nothing_is_left_when_a_step_to_a_server_fails(act, monkeypatch, version, successes):
    check_that_nothing_is_left(act, monkeypatch, "image_to_server", version, successes)


@pytest.mark.parametrize("successes", range(6))
def test_nothing_is_left_when_a_step_to_a_cube_fails(act, monkeypatch, successes):
    check_that_nothing_is_left(act, monkeypatch, "cube", 5, successes)
