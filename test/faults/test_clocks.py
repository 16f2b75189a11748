"""Checks that calls and waits end if a test replaces the clock or `time.sleep`."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from clients import client_of, error_of_call
from server import FaultyServer, drip, http_response, read, send

import ionoscloud

pytestmark = pytest.mark.once

BUSY = (read, send(http_response(b"", "503 Busy")))
FINE = (read, send(http_response()))
RUNNING = (read, send(http_response(b'{"metadata": {"status": "RUNNING"}}')))
DRIPPING = (read, send(http_response(length=900)), drip(b" " * 900))
LATE = ionoscloud.ApiTimeout
PROGRAM = """
import sys, freezegun
PLAIN
with freezegun.freeze_time("2024-02-29 12:00"):
    import ionoscloud
    configuration = ionoscloud.Configuration(sys.argv[1], token="T", wait_time=0.05, total_timeout=1)
    with ionoscloud.ApiClient(configuration) as client:
        try:
            CALL
            print("done")
        except ionoscloud.ApiException as error:
            print(type(error).__name__)
        except ionoscloud.ApiTimeout as error:
            print(type(error).__name__)
"""
CALL = "ionoscloud.ImageApi(client).images_get()"
WAIT = "client.wait_for_completion('the-id', timeout=1, initial_wait=0.1)"


@pytest.mark.parametrize("order", ["import ionoscloud.api_client", ""], ids=["imported before", "imported frozen"])
@pytest.mark.parametrize(
    ("scripts", "call", "printed"),
    [
        ((FINE,), CALL, "done"),
        ((BUSY, FINE), CALL, "done"),
        ((DRIPPING,), CALL, "TimeoutException"),
        ((RUNNING,), WAIT, "ApiTimeout"),
        ((FINE,), "client.wait_for(lambda _: False, lambda: 1, timeout=1, initial_wait=0.1)", "ApiTimeout"),
    ],
    ids=["call", "retry", "dripping server", "wait for completion", "wait for anything"],
)
def test_a_frozen_clock_stops_no_deadline(scripts, call, printed, order):
    pytest.importorskip("freezegun")
    program = PROGRAM.replace("PLAIN", order).replace("CALL", call)
    with FaultyServer(*scripts) as server:
        command = [sys.executable, "-c", textwrap.dedent(program), server.url()]
        result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (result.stdout.strip(), result.stderr) == (printed, "")


@pytest.mark.usefixtures("no_sleep")
def test_a_retry_follows_at_once_if_sleep_is_patched():
    with FaultyServer(BUSY) as server, client_of(server, wait_time=20) as client:
        assert error_of_call(client).attempts == 4
