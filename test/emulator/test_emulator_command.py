"""`python -m ionoscloud.emulator`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

import ionoscloud
from ionoscloud import ApiClient, ImageApi
from ionoscloud.emulator.__main__ import main

ROOT = Path(ionoscloud.__file__).parents[1]
COMMAND = [sys.executable, "-u", "-m", "ionoscloud.emulator"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


@contextmanager
def served(*arguments, number=signal.SIGTERM, code=0):
    """Run the command, and yield the variables that it prints, its output, and a list that gets stderr."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            variables, text = {}, ""
            while "IONOS_TOKEN" not in variables:
                line = process.stdout.readline()
                assert line or process.poll() is None, process.stderr.read()
                name, _, value = line.strip().partition("=")
                variables[name.replace("export ", "")] = value
                text += line
            errors = []
            yield variables, text, errors
        finally:
            process.send_signal(number)
            errors.append(process.communicate(timeout=10)[1])
    assert process.returncode == code
    assert code or errors == [""]


@pytest.fixture
def rejected(capsys):
    """Return the error of a command that fails."""

    def rejected(*arguments):
        assert main(arguments) == 1
        printed = capsys.readouterr()
        assert (printed.out, printed.err.count("\n")) == ("", 1)
        return printed.err

    return rejected


def test_the_printed_url_is_the_base_url(rejected):
    with served("--base-url", "https://cloud.example.com") as (variables, text, _):
        assert variables["IONOS_API_URL"] == "https://cloud.example.com/cloudapi/v5"
        assert variables["IONOS_API_URL"] in text.partition("\n")[0]
    assert rejected("--base-url", "example.com").startswith("base_url must be a URL such as")


@needs_signals
def test_the_printed_url_is_that_of_the_chosen_version():
    with served("--api-version", "6") as (variables, text, _), client_of(variables) as client:
        assert variables["IONOS_API_URL"].endswith("/cloudapi/v6")
        assert text.startswith(f"IONOS Cloud API v6 in memory, at {variables['IONOS_API_URL']};")
        assert ionoscloud.Api(client).api_info_get().version == "6.0"


def client_of(variables):
    return ApiClient(
        ionoscloud.Configuration(
            variables["IONOS_API_URL"], username=variables["IONOS_USERNAME"], password=variables["IONOS_PASSWORD"]
        )
    )


@needs_signals
def test_the_command_serves_with_its_options_until_it_is_interrupted(rejected):
    with served("--run-time", "9", "--rate-limit", "99", "--burst", "9", number=signal.SIGINT) as (variables, _, _):
        headers = {"Authorization": f"Bearer {variables['IONOS_TOKEN']}"}
        response = urllib3.PoolManager().request("GET", variables["IONOS_API_URL"] + "/images", headers=headers)
        limits = [response.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Burst")]
        assert (response.status, limits) == (200, ["99", "9"])
        with client_of(variables) as client:
            assert ImageApi(client).images_get().items
        port = str(urllib3.util.parse_url(variables["IONOS_API_URL"]).port)
        assert f"Cannot listen on 127.0.0.1:{port}" in rejected("--port", port)


@needs_signals
def test_the_command_continues_from_the_saved_state(tmp_path):
    path = str(tmp_path / "cloud.json")
    arguments = ("--state", path, "--seed", "7", "--run-time", "0", "--queue-time", "0")
    with served(*arguments) as (variables, text, _), client_of(variables) as client:
        assert "goes on" not in text
        image = ImageApi(client).images_get(query_params={"filter.public": False}, depth=1).items[-1]
        ImageApi(client).images_patch(image.id, {"name": "renamed.iso"})
    with served(*arguments) as (variables, text, _), client_of(variables) as client:
        assert f"It continues from {path}." in text
        assert ImageApi(client).images_find_by_id(image.id).properties.name == "renamed.iso"
        ImageApi(client).images_delete(image.id)
    with served(*arguments) as (variables, _, _), client_of(variables) as client:
        images = ImageApi(client).images_get().items
        assert images and image.id not in [other.id for other in images]


@needs_signals
def test_the_seed_determines_the_ids():
    ids = []
    for seed in ("7", "7", "8"):
        with served("--seed", seed) as (variables, _, _), client_of(variables) as client:
            made = ionoscloud.DataCenterApi(client).datacenters_post(
                {"properties": {"name": "d", "location": "de/fra"}}
            )
            ids.append(made.id)
    assert ids[0] == ids[1] != ids[2]


@needs_signals
def test_contracts_sets_the_contract_numbers():
    with served("--contracts", "7", "8") as (variables, _, _), client_of(variables) as client:
        assert ionoscloud.ContractApi(client).contracts_get().properties.contract_number == 7
        assert ionoscloud.ContractApi(client).contracts_get(x_contract_number=8).properties.contract_number == 8
        with pytest.raises(ionoscloud.ForbiddenException):
            ionoscloud.ContractApi(client).contracts_get(x_contract_number=9)


@needs_signals
def test_demo_adds_resources_that_can_be_changed(tmp_path):
    arguments = ("--demo", "--state", str(tmp_path / "cloud.json"), "--rate-limit", "100", "--run-time", "0")
    with served(*arguments) as (variables, _, _), client_of(variables) as client:
        (datacenter,) = ionoscloud.DataCenterApi(client).datacenters_get(depth=1).items
        ionoscloud.DataCenterApi(client).datacenters_patch(datacenter.id, {"name": "renamed"})
    with served(*arguments) as (variables, _, _), client_of(variables) as client:
        (datacenter,) = ionoscloud.DataCenterApi(client).datacenters_get(depth=1).items
        assert datacenter.properties.name == "renamed"


@needs_signals
def test_a_state_file_that_was_replaced_is_not_overwritten(tmp_path):
    path = tmp_path / "cloud.json"
    with served("--state", str(path), code=1) as (_, _, errors):
        path.write_text("my notes", "utf-8")
    assert f"Cannot save to {path}: '{path}' is not the state of an emulator" in errors[0]
    assert path.read_text("utf-8") == "my notes"


def test_invalid_options_are_reported_in_one_line(rejected, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("my notes", "utf-8")
    assert f"'{notes}' is not the state of an emulator" in rejected("--state", str(notes))
    assert notes.read_text("utf-8") == "my notes"
    missing = tmp_path / "none" / "cloud.json"
    assert f"Cannot save to {missing}:" in rejected("--port", "0", "--state", str(missing))
    for value in ("-1", "nan", "inf"):
        message = f"queue_time must be a number of seconds, 0 or more, not {float(value)}"
        assert message in rejected("--queue-time", value)
    assert "contract_numbers must be one or more different numbers" in rejected("--contracts", "7", "7")
    assert "port must be a port number, 0 to 65535, not 70000" in rejected("--port", "70000")
    assert "rate_limit must be a number of requests, 1 or more, or None, not 0" in rejected("--rate-limit", "0")


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), ([], 1)])
def test_without_the_extra_help_works_and_other_calls_name_the_extra(arguments, code):
    block = "import sys; sys.modules['werkzeug'] = None; from ionoscloud.emulator.__main__ import main"
    command = [sys.executable, "-c", f"{block}; sys.exit(main({arguments}))"]
    result = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=30)
    assert result.returncode == code
    if code:
        assert result.stderr.startswith("ionoscloud.emulator needs werkzeug: run `pip install")
    else:
        assert {"--port", "--seed", "--rate-limit", "--state"} <= {*result.stdout.split()}
