"""Sources: if one changes during the upload, all locations fail."""

from __future__ import annotations

import io
import os
import socket
import sys
import threading

import pytest
from tools import BYTES, HALF, PATIENCE

import ionoscloud

pytestmark = pytest.mark.once

OTHER = bytes(reversed(BYTES))
PLACES = ["de/fra", "de/txl", "us/las"]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "disk.qcow2"
    path.write_bytes(BYTES)
    os.utime(path, ns=(1_500_000_000_123_456_789, 1_500_000_000_123_456_789))
    return path


def rewrite(path):
    with open(path, "r+b") as file:
        file.write(OTHER)


def grow(path):
    os.truncate(path, 2 * len(BYTES))  # at once: another location must not see a size in between


def shrink(path):
    os.truncate(path, HALF)


def touch(path):
    os.utime(path)


def rewrite_and_set_time_back(path):
    times = path.stat()
    rewrite(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def replace(path):
    other = path.with_suffix(".new")
    other.write_bytes(OTHER)
    os.utime(other, ns=(1_500_000_000_123_456_789, 1_500_000_000_123_456_789))
    os.replace(other, path)


TIME = "modification time from 2017-07-14T02:40:00.123456789Z to 20"
CHANGES = [
    pytest.param(rewrite, [TIME], id="rewritten"),
    pytest.param(grow, ["size from 1000000 to 2000000 bytes", TIME], id="grown"),
    pytest.param(shrink, ["size from 1000000 to 500000 bytes", TIME], id="shrunk"),
    pytest.param(touch, [TIME], id="touched"),
    pytest.param(
        rewrite_and_set_time_back,
        ["status change time from 20"],
        id="rewritten, time set back",
        marks=pytest.mark.skipif(sys.platform == "win32", reason="has no status change time"),
    ),
    pytest.param(
        lambda path: path.chmod(0o400),
        ["status change time from 20"],
        id="permissions",
        marks=pytest.mark.skipif(sys.platform == "win32", reason="has no status change time"),
    ),
    pytest.param(
        replace,
        ["replaced by another file"],
        id="replaced",
        marks=pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be replaced"),
    ),
]


def once(change, when):
    """Return a progress callback that calls `change` once, when a condition is met."""
    last = {}
    done = []

    def progress(location, sent, total):
        if not done and when(location, sent, last.get(location, 0)):
            done.append(change())
        last[location] = sent

    return progress


def at_the_end(location, sent, before):
    return sent == len(BYTES)


def in_the_middle(location, sent, before):
    return sent > HALF


def between_two_attempts(location, sent, before):
    return sent < before


@pytest.mark.parametrize("when", [in_the_middle, between_two_attempts, at_the_end])
@pytest.mark.parametrize(("change", "words"), CHANGES)
@pytest.mark.parametrize("opened", [False, True])
def test_a_changed_file_fails_the_upload(cloud, upload_error, stored, path, change, words, when, opened):
    if when is between_two_attempts:
        cloud.break_next_upload(after=HALF)
    progress = once(lambda: change(path), when)
    if opened:
        with open(path, "rb") as stream:
            error = upload_error(stream, progress=progress)
    else:
        error = upload_error(path, progress=progress)
    assert isinstance(error.__cause__, ionoscloud.ApiValueError)
    assert str(path) in str(error) and all(word in str(error) for word in words)
    assert error.transfers[0].state == "removed" and stored() == {}


def test_a_file_that_changes_before_the_transfer_is_not_sent(upload_error, stored, path, monkeypatch):
    check = ionoscloud.images.transfer.Upload.check
    monkeypatch.setattr(ionoscloud.images.transfer.Upload, "check", lambda upload: [rewrite(path), check(upload)])
    error = upload_error(path)
    assert error.transfers[0].state == "not started" and TIME in str(error) and stored() == {}


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_no_location_keeps_a_changed_file(upload_error, stored, path, change, words):
    progress = once(lambda: change(path), in_the_middle)
    error = upload_error(path, PLACES, progress=progress)
    assert {transfer.state for transfer in error.transfers} <= {"removed", "not started"} and stored() == {}
    assert all(words[0] in str(transfer.error) for transfer in error.transfers)


def one_after_the_other(monkeypatch):
    run_all = ionoscloud.images.upload.run_all

    def run_each(uploads, step, deadline):
        return [late for upload in uploads for late in run_all([upload], step, deadline)]

    monkeypatch.setattr("ionoscloud.images.upload.run_all", run_each)


def test_a_completed_location_does_not_keep_a_file_that_changes_later(upload_error, stored, path, monkeypatch):
    one_after_the_other(monkeypatch)
    progress = once(lambda: rewrite(path), lambda location, sent, _: location == "de/txl" and sent)
    error = upload_error(path, PLACES, progress=progress)
    assert [transfer.state for transfer in error.transfers] == ["removed", "removed", "not started"]
    assert all(TIME in str(transfer.error) for transfer in error.transfers)
    assert stored() == {}


def test_a_file_that_changes_after_the_last_byte_is_removed(upload_error, stored, path, monkeypatch):
    transmit = ionoscloud.images.transfer.Upload.transmit
    monkeypatch.setattr(ionoscloud.images.transfer.Upload, "transmit", lambda upload: [transmit(upload), rewrite(path)])
    one_after_the_other(monkeypatch)
    error = upload_error(path)
    assert error.transfers[0].state == "removed" and TIME in str(error) and stored() == {}


def test_a_file_that_the_server_has_processed_is_reported_as_left_behind(upload_error, path, monkeypatch):
    one_after_the_other(monkeypatch)
    emulator_ftps = ionoscloud.emulator.ftps
    monkeypatch.setattr(emulator_ftps._ControlChannel, "on_file_received", lambda self, file: os.remove(file))
    progress = once(lambda: rewrite(path), lambda location, sent, _: location == "de/txl" and sent)
    error = upload_error(path, ["de/fra", "de/txl"], progress=progress)
    assert [transfer.state for transfer in error.transfers] == ["left behind", "removed"]


def test_a_change_found_by_one_location_stops_the_others(path):
    with open(path, "rb") as source:
        image = ionoscloud.images.source.ImageSource(source, "disk.qcow2")
        blocks = image.blocks(0)
        next(blocks)
        rewrite(path)
        next(blocks)
        with pytest.raises(ionoscloud.ApiValueError, match=TIME):
            image.check()
        with pytest.raises(ionoscloud.ApiValueError, match=TIME):
            next(blocks)


def test_a_file_that_is_only_deleted_is_sent_completely(send, stored, path):
    send(path, progress=once(path.unlink, in_the_middle))
    assert list(stored().values()) == [BYTES]


def test_the_name_of_an_open_file_may_differ_from_its_path(send, stored, path):
    other = path.with_name("another.qcow2")
    other.write_bytes(OTHER)
    with io.FileIO(path) as source:
        source.name = str(other)
        send(source, progress=once(lambda: replace(path), in_the_middle))
    assert list(stored().values()) == [BYTES]


class Memory(io.BytesIO):
    """A stream without a file."""


@pytest.mark.parametrize(("add", "size"), [(b"more", len(BYTES) + 4), (b"", HALF)])
@pytest.mark.parametrize("places", ["de/fra", ["de/fra", "de/txl"]])
def test_a_stream_without_a_file_must_keep_its_size(upload_error, stored, add, size, places):
    source = Memory(BYTES)

    def change():
        if add:
            source.seek(0, io.SEEK_END)
            source.write(add)
        else:
            source.truncate(HALF)

    error = upload_error(source, places, progress=once(change, in_the_middle))
    assert f"'disk.qcow2', size from 1000000 to {size} bytes" in str(error)
    states = {transfer.state for transfer in error.transfers}
    assert "removed" in states <= {"removed", "not started"}  # on a slow machine, the second one has not begun
    assert stored() == {}


def test_changed_content_of_a_stream_is_found_when_it_is_read_again(cloud, upload_error, stored):
    source = Memory(BYTES)
    cloud.break_next_upload(after=HALF)
    error = upload_error(source, progress=once(lambda: [source.seek(0), source.write(OTHER)], between_two_attempts))
    assert "'disk.qcow2', different content from byte" in str(error)
    assert error.transfers[0].state == "removed" and stored() == {}


@pytest.mark.parametrize("at_once", [len(BYTES), 1000])
def test_a_stream_with_short_reads_is_resumed(cloud, send, stored, at_once):
    class Slow(Memory):
        def read(self, size):
            return super().read(min(size, at_once))

    cloud.break_next_upload(after=HALF)
    send(Slow(BYTES), name="disk.qcow2")
    assert list(stored().values()) == [BYTES]


@pytest.mark.parametrize(
    "change", [lambda path: path.rename(path.with_suffix(".b")), lambda path: os.link(path, path.with_suffix(".b"))]
)
def test_renaming_or_linking_a_file_is_not_a_change(send, stored, path, change):
    send(path, progress=once(lambda: change(path), in_the_middle))
    assert list(stored().values()) == [BYTES]


def test_a_file_that_cannot_seek_must_not_change(upload_error, stored, path):
    class Forward(io.FileIO):
        def seekable(self):
            return False

    with Forward(str(path)) as source:
        error = upload_error(source, progress=once(lambda: rewrite(path), in_the_middle))
    assert TIME in str(error) and stored() == {}


def test_a_timestamp_outside_the_calendar_is_shown(upload_error, monkeypatch):
    assert ionoscloud.images.source._timestamp(10**30) == f"{10**30} ns"
    assert ionoscloud.images.source._timestamp(-1) == "1969-12-31T23:59:59.999999999Z"


# Paths of other kinds than regular files.


@pytest.fixture
def unusual(tmp_path):
    """Paths that are not regular files, by kind."""
    os.mkfifo(tmp_path / "pipe.iso")
    (tmp_path / "folder.iso").mkdir()
    (tmp_path / "link.iso").symlink_to(tmp_path / "pipe.iso")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "socket.iso"))
    return {
        "a named pipe": tmp_path / "pipe.iso",
        "a directory": tmp_path / "folder.iso",
        "a socket": tmp_path / "socket.iso",
        "a device": "/dev/zero",
        "a link to a named pipe": tmp_path / "link.iso",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
@pytest.mark.parametrize("kind", ["a named pipe", "a directory", "a socket", "a device", "a link to a named pipe"])
def test_a_path_that_is_not_a_regular_file_is_rejected(send, unusual, kind):
    words = f"source must be a regular file or an open binary stream, but '.*' is {kind.replace('a link to ', '')}"
    with pytest.raises(ionoscloud.ApiValueError, match=words):
        send(unusual[kind], name="disk.iso")


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
def test_a_file_that_is_replaced_by_a_pipe_before_it_opens_is_rejected(send, path, unusual, monkeypatch):
    opened = os.open
    with monkeypatch.context() as patch:
        patch.setattr("os.open", lambda path, flags: opened(unusual["a named pipe"], flags))
        with pytest.raises(ionoscloud.ApiValueError, match="is a named pipe"):
            send(path)


def test_a_path_with_a_null_character_is_rejected(send):
    with pytest.raises(ionoscloud.ApiValueError, match=r"source must be the path of a file, not .*null"):
        send("a\0b", name="disk.iso")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Windows are others")
def test_an_open_pipe_is_read_to_its_end(send, stored):
    reader, writer = os.pipe()

    def write():
        with open(writer, "wb") as pipe:
            pipe.write(BYTES)

    thread = threading.Thread(target=write)
    thread.start()
    with open(reader, "rb") as source:
        send(source)
    thread.join(PATIENCE)
    assert list(stored().values()) == [BYTES]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Windows are others")
def test_an_open_pipe_without_a_writer_times_out(upload_error, stored, monkeypatch):
    monkeypatch.setattr("ionoscloud.images.transfer.JOIN_GRACE", 0.1)
    reader, writer = os.pipe()
    with open(reader, "rb") as source, open(writer, "wb"):
        error = upload_error(source, timeout=0.3)
        assert type(error.__cause__) is ionoscloud.TimeoutException and "still busy" in str(error)
        assert error.transfers[0].state == "removed" and stored() == {}
        os.write(writer, b"x" * 70_000)  # so that its thread ends
