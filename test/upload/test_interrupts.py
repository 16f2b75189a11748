"""An upload that is interrupted at any moment leaves nothing that waits for ever."""

from __future__ import annotations

import io
import socket
import sys
import threading

import pytest
from tools import PATIENCE

from ionoscloud.images import ftps, transfer as image_transfer, upload as image_upload
from ionoscloud.images.ftps import Deadline

# They hold a lock. A trace also stops between the body of `with` and its end, where no signal is handled.
GUARDED = {"__del__", "cut", "forget", "watch"}
OURS = {module.__file__ for module in (ftps, image_transfer, image_upload)}


class Interrupt:
    """Interrupts the main thread before so many lines of the upload, as a signal would."""

    def __init__(self, lines):
        self.left = lines

    def __call__(self, frame, event, argument):
        if frame.f_code.co_filename not in OURS or frame.f_code.co_name in GUARDED:
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


def test_a_deadline_that_was_called_off_twice_can_be_waited_for():
    deadline = Deadline(PATIENCE)
    ended = []
    with deadline:
        threads = [threading.Thread(target=lambda: ended.append(deadline.wait(PATIENCE))) for _ in range(5)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            deadline.cut()
        for thread in threads:
            thread.join(PATIENCE)
    assert ended == [True] * 5 and str(deadline) == "it was called off"
    assert deadline.wait(PATIENCE)


def test_a_connection_that_comes_when_it_is_over_is_cut():
    one, other = socket.socketpair()
    with one, other, Deadline(PATIENCE) as deadline:
        deadline.cut()
        with pytest.raises(socket.timeout, match="called off"), deadline.watching(one):
            pytest.fail("must not begin")
        deadline.cut()
        one.sendall(b"still open, and no longer watched")


def test_a_time_that_is_over_is_told_as_such():
    with Deadline(0.05) as deadline:
        assert deadline.wait(PATIENCE)
    assert str(deadline) == "it took longer than 0.05 s"


def test_the_thread_of_a_deadline_ends_with_it_even_if_nobody_leaves_it():
    deadline = Deadline(2 * PATIENCE).__enter__()
    thread = next(thread for thread in threading.enumerate() if thread.name == "upload deadline")
    del deadline
    thread.join(5)
    assert not thread.is_alive()


def test_what_is_still_on_its_way_ends_before_an_interrupted_program_cleans_up():
    ended = []

    class Interrupted(Deadline):
        def until(self, later):
            if not self.over:
                raise KeyboardInterrupt
            return super().until(later)

    def step(upload):
        deadline.wait(PATIENCE)
        threading.Event().wait(0.2)
        ended.append(upload)

    deadline = Interrupted(None)
    with pytest.raises(KeyboardInterrupt):
        image_transfer.run_all(["an upload"], step, deadline)
    assert ended == ["an upload"]
