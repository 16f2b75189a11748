"""The scripts of the demo run to their end, and clean up after an error."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

import ionoscloud
from ionoscloud import ApiClient, DataCenterApi
from ionoscloud.emulator import CloudEmulator

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def act(monkeypatch):
    """Load a script that uses an emulator without delays."""

    def load(name, cloud):
        monkeypatch.syspath_prepend(str(EXAMPLES))
        monkeypatch.setattr(sys, "argv", [name])
        module = importlib.import_module(name)
        monkeypatch.setattr(module, "CloudEmulator", lambda **settings: cloud)
        return module

    yield load
    for name in [name for name, module in sys.modules.items() if str(EXAMPLES) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


@pytest.fixture
def cloud():
    return CloudEmulator(queue_time=0, run_time=0)


def test_the_life_of_an_image(act, cloud, capsys):
    act("image_lifecycle", cloud).main()
    assert "is public" in capsys.readouterr().out.splitlines()[-1]


def test_from_an_image_to_a_server(act, cloud, capsys):
    act("image_to_server", cloud).main()
    printed = capsys.readouterr().out
    assert "volume 'system': 10 GB HDD, LINUX" in printed
    assert "it is now SHUTOFF" in printed
    assert printed.index("uses 2 cores") < printed.rindex("uses 0 cores")


@pytest.mark.parametrize("successes", range(7))
def test_nothing_is_left_when_a_step_fails(act, monkeypatch, successes):
    # A change that fails before the response is written returns no id, and the first step needs one.
    cloud = CloudEmulator(queue_time=0, run_time=0 if successes else 0.1)
    module, steps = act("image_to_server", cloud), []
    follow = module.follow

    def follow_and_fail_later(client, title, headers):
        follow(client, title, headers)
        steps.append(title)
        if len(steps) == successes:
            cloud.fail_next_change()

    monkeypatch.setattr(module, "follow", follow_and_fail_later)
    if not successes:
        cloud.fail_next_change()
    with pytest.raises(ionoscloud.ApiFailedRequest):
        module.main()
    assert cloud.requests_seen[-2 if successes else -1].method == "DELETE"
    with cloud, ApiClient(cloud.configuration()) as client:
        assert DataCenterApi(client).datacenters_get().items == []
