"""Interrupts: an upload that is interrupted at any line leaves no waiting threads."""

from __future__ import annotations

import io
import socket
import sys
import threading

import pytest
from tools import PATIENCE

from ionoscloud.images import (
    deadline as image_deadline,
    ftps,
    source,
    transfer as image_transfer,
    upload as image_upload,
)
from ionoscloud.images.deadline import Deadline

# These hold a lock. A trace also stops between the body of `with` and its end, where Python handles no signals.
WITH_LOCK = {"cancel", "unwatch", "watch"}
OURS = {module.__file__ for module in (image_deadline, ftps, source, image_transfer, image_upload)}


class Interrupt:
    """Interrupts the main thread at the given line of the upload, as a signal would."""

    def __init__(self, lines):
        self.left = lines

    def __call__(self, frame, event, argument):
        if frame.f_code.co_filename not in OURS or frame.f_code.co_name in WITH_LOCK:
            return None
        if event == "line":
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt
        return self

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self)

    def __exit__(self, *_):
        sys.settrace(self.before)


def test_an_interrupt_at_any_line_ends_all_threads(send, client):
    client.configuration.max_retries = 0
    interrupted = 0
    for line in range(1, 10_000, 5):
        try:
            with Interrupt(line):
                send(io.BytesIO(b"x" * 1000), name=f"{line}.iso")
        except KeyboardInterrupt:
            interrupted += 1
        else:
            break
        assert_nothing_runs()
    assert interrupted > 50


def assert_nothing_runs():
    for thread in threading.enumerate():
        if thread.name.startswith("upload "):
            thread.join(PATIENCE)
            assert not thread.is_alive(), thread


def test_a_deadline_can_be_waited_for_after_it_was_cancelled_twice():
    deadline = Deadline(PATIENCE)
    ended = []
    threads = [threading.Thread(target=lambda: ended.append(deadline.wait(PATIENCE))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        deadline.cancel()
    for thread in threads:
        thread.join(PATIENCE)
    assert ended == [True] * 5 and str(deadline) == "it was cancelled"
    assert deadline.wait(PATIENCE)


def test_a_connection_that_opens_after_the_deadline_is_closed():
    one, other = socket.socketpair()
    deadline = Deadline(PATIENCE)
    with one, other:
        deadline.cancel()
        with pytest.raises(socket.timeout, match="cancelled"), deadline.watching(one):
            pytest.fail("must not begin")
        deadline.cancel()
        one.sendall(b"still open, and no longer watched")


def test_an_expired_deadline_shows_its_time_limit():
    deadline = Deadline(0.05)
    assert deadline.wait(PATIENCE)
    assert str(deadline) == "it took longer than 0.05 s"


def test_running_transfers_end_before_an_interrupted_program_cleans_up():
    ended = []

    class Interrupted(Deadline):
        def remaining(self, grace=0):
            if not self.expired and threading.current_thread() is threading.main_thread():
                raise KeyboardInterrupt
            return super().remaining(grace)

    def step(upload):
        deadline.wait(PATIENCE)
        threading.Event().wait(0.2)
        ended.append(upload)

    deadline = Interrupted(None)
    with pytest.raises(KeyboardInterrupt):
        image_transfer.run_all(["an upload"], step, deadline)
    assert ended == ["an upload"]
