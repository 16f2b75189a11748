"""Checks clients in child processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading

import pytest
from server import FaultyServer, read, send

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

PRELUDE = """
import os, sys, threading, warnings
import ionoscloud

def fork():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
        return os.fork()

def ended(child):
    return os.waitpid(child, 0)[1] == 0

def main():
    client = ionoscloud.ApiClient(ionoscloud.Configuration(host=sys.argv[1], token="T", max_retries=0, timeout=15))
    api = ionoscloud.ImageApi(client)
"""


@pytest.fixture
def run(server, tmp_path):
    """Run the body of a program, which has `client` and `api`, in another Python process."""

    def run(body: str, url: str = server.url) -> None:
        file = tmp_path / "program.py"
        body = textwrap.indent(textwrap.dedent(body), "    ")
        file.write_text(f'{PRELUDE}{body}\nif __name__ == "__main__":\n    main()\n')
        command = [sys.executable, "-W", "error", str(file), url]
        program = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (program.returncode, program.stdout, program.stderr) == (0, "", "")

    return run


@forks
def test_a_child_process_opens_its_own_connection(run, server):
    run(
        """
        api.images_get()
        child = fork()
        api.images_get()
        api.images_get()
        if child:
            assert ended(child)
            api.images_get()
        """
    )
    assert len(server.seen) == 1 + 2 * 2 + 1
    assert server.connections == 2


@forks
def test_the_exit_of_a_child_process_does_not_close_the_connection_of_its_parent(run, server):
    run(
        """
        api.images_get()
        for close in (False, True):
            child = fork()
            if not child:
                if close:
                    client.close()
                return
            assert ended(child)
            api.images_get()
        """
    )
    assert len(server.seen) == 3
    assert server.connections == 1


@forks
def test_a_child_process_works_during_an_async_call_of_its_parent(run):
    child_is_done = threading.Event()
    ok = send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    parent = (read, ok, read, lambda _: child_is_done.wait(30), ok, read, ok)
    child = (read, ok, read, ok, lambda _: child_is_done.set())
    with FaultyServer(parent, child) as server:
        run(
            """
            api.images_get()
            result = api.images_get(async_req=True)
            child = fork()
            if not child:
                api.images_get()
                api.images_get(async_req=True).get(15)
                client.close()
                return
            assert ended(child)
            result.get(15)
            api.images_get()
            client.close()
            """,
            server.url(),
        )
    assert len(server.requests) == 5
    assert server.connections == 2


@forks
def test_a_child_process_does_not_wait_for_a_look_up_of_its_parent(run, server):
    run(
        """
        import socket
        look_up, begun, over = socket.getaddrinfo, threading.Event(), threading.Event()
        socket.getaddrinfo = lambda *args: [] if begun.set() or over.wait(20) else []
        client.configuration.host = sys.argv[1].replace("127.0.0.1", "localhost")
        api.images_get(async_req=True)
        begun.wait(20)
        child = fork()
        if not child:
            socket.getaddrinfo = look_up
            api.images_get()
            os._exit(0)
        assert ended(child)
        over.set()
        """
    )
    assert len(server.seen) == 1


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_a_client_can_be_sent_to_another_process(run, server, method):
    multiprocessing = pytest.importorskip("multiprocessing")
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    run(
        f"""
        import multiprocessing
        client.set_default_header("X-Custom", "yes")
        api.images_get()
        process = multiprocessing.get_context("{method}").Process(target=api.images_get)
        process.start()
        process.join()
        assert process.exitcode == 0
        api.images_get()
        """
    )
    assert [seen.headers.get("X-Custom") for seen in server.seen] == ["yes"] * 3
    assert server.connections == 2


@pytest.mark.parametrize(
    "end", ["", "client.close()", "del client, api", "import gc; del client, api; gc.collect()"], ids=str
)
def test_threads_end_silently_with_the_program(run, server, end):
    run(
        f"""
        results = [api.images_get(async_req=True) for _ in range(3)]
        for result in results:
            result.get(15)
        {end}
        """
    )
    assert len(server.seen) == 3
