"""Ownership: an upload deletes only files that the server accepted from it."""

from __future__ import annotations

import socket

import pytest
from tools import BYTES

import ionoscloud

pytestmark = pytest.mark.once

QUARTER = len(BYTES) // 4
NAME = "disk.qcow2"
THEIRS = b"the image of another program"


def put(login, content=THEIRS):
    login.server.files[NAME] = content


def break_off(login):
    login.sock.close()
    raise ConnectionError


# Before the server accepts a file.


def closed_port(login, _):
    put(login)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return f"227 Here (127,0,0,1,{port // 256},{port % 256})"


def no_port(login, _):
    put(login)
    return "425 Cannot listen"


def disconnect_before_the_port(login, _):
    put(login)
    break_off(login)


@pytest.mark.parametrize("pasv", [closed_port, no_port, disconnect_before_the_port])
@pytest.mark.parametrize("max_retries", [0, 2])
def test_a_file_stored_before_our_data_channel_opens_is_kept(client, scripted, upload_error_from, pasv, max_retries):
    client.configuration.max_retries = max_retries
    server = scripted(PASV=pasv)
    error = upload_error_from(server)
    assert server.files == {NAME: THEIRS} and server.count("STOR") == server.count("DELE") == 0
    assert error.transfers[0].state == "not started"


@pytest.mark.parametrize("max_retries", [0, 2])
def test_a_file_stored_just_before_ours_is_kept(client, scripted, upload_error_from, max_retries):
    client.configuration.max_retries = max_retries
    server = scripted(PASV=lambda login, _: put(login))
    error = upload_error_from(server)
    assert server.files == {NAME: THEIRS} and server.count("STOR") == server.count("DELE") == 0
    assert type(error.__cause__) is ionoscloud.ConflictException
    assert f"already exists, with {len(THEIRS)} bytes" in str(error)
    assert error.transfers[0].state == "not started"


@pytest.mark.parametrize("reply", ["425 Cannot connect", "450 Busy", "452 Full", "550 Taken", "553 Not allowed"])
@pytest.mark.parametrize("max_retries", [0, 2])
def test_a_file_that_makes_the_server_reject_ours_is_kept(client, scripted, upload_error_from, reply, max_retries):
    def reject(login, _):
        put(login)
        return reply

    client.configuration.max_retries = max_retries
    server = scripted(STOR=reject)
    error = upload_error_from(server)
    assert server.files == {NAME: THEIRS} and (server.count("STOR"), server.count("DELE")) == (1, 0)
    assert error.transfers[0].state == "not started"


@pytest.mark.parametrize("reply", [None, "what?", "226 Already done"])
@pytest.mark.parametrize("content", [THEIRS, b""])
@pytest.mark.parametrize("max_retries", [0, 2])
def test_a_file_with_an_unknown_owner_is_kept(client, scripted, upload_error_from, reply, content, max_retries):
    def close_early(login, _):
        put(login, content)
        if reply:
            login.say(reply)
        break_off(login)

    client.configuration.max_retries = max_retries
    server = scripted(STOR=close_early)
    error = upload_error_from(server)
    assert server.files == {NAME: content} and (server.count("STOR"), server.count("DELE")) == (1, 0)
    assert error.transfers[0].state == "left behind"
    assert f"left behind ({len(content)} bytes in hdd-images on {server.address})" in str(error)
    was_retried = max_retries and reply != "what?"
    assert ("its owner is unknown" if was_retried else "unknown whether the server accepted") in str(error)


def test_an_unconfirmed_start_is_retried_if_there_is_no_file(scripted, send):
    broken = []

    def break_once(login, _):
        if not broken:
            broken.append(True)
            break_off(login)

    server = scripted(STOR=break_once)
    (transfer,) = send(hosts={"de/fra": server.address})
    assert (transfer.state, server.files, server.count("DELE")) == ("done", {NAME: BYTES}, 0)


def test_an_unconfirmed_start_that_left_no_file_is_reported_as_not_started(client, scripted, upload_error_from):
    client.configuration.max_retries = 0
    server = scripted(STOR=lambda login, _: break_off(login))
    assert upload_error_from(server).transfers[0].state == "not started" and server.files == {}


def test_a_2xx_reply_to_stor_without_a_1xx_reply_is_accepted(scripted, send):
    server = scripted(STOR=lambda login, _: login.say("200 All right"))
    assert send(hosts={"de/fra": server.address})[0].state == "done" and server.files == {NAME: BYTES}


# After the server accepted a file.


def test_our_file_is_deleted_if_the_data_channel_cannot_be_secured(client, scripted, upload_error_from):
    def accept(login, _):
        put(login, b"")
        login.say("150 Go ahead")
        login.listener.accept()[0].close()
        break_off(login)

    client.configuration.max_retries = 0
    server = scripted(STOR=accept)
    error = upload_error_from(server)
    assert server.files == {} and error.transfers[0].state == "removed"


def breaking(*then):
    """Break an upload after each quarter, and call the next function before its connection closes."""
    left = list(then)

    def store(login, name):
        if left:
            login.say("150 Go ahead")
            plain, _ = login.listener.accept()
            received = b""
            with login.server.context.wrap_socket(plain, server_side=True) as channel:
                while len(received) < QUARTER:
                    received += channel.recv(QUARTER - len(received))
            put(login, login.server.files.get(name, b"")[: login.offset] + received)
            left.pop(0)(login)
            break_off(login)

    return store


def test_our_file_is_resumed_at_its_size(scripted, send):
    server = scripted(STOR=breaking(lambda login: None, lambda login: None))
    (transfer,) = send(hosts={"de/fra": server.address})
    assert (transfer.state, server.files) == ("done", {NAME: BYTES})
    assert [line for line in server.commands if line.startswith("REST")] == [f"REST {QUARTER}", f"REST {2 * QUARTER}"]


@pytest.mark.parametrize("max_retries", [0, 2])
def test_a_larger_file_that_replaced_ours_is_kept(client, scripted, upload_error_from, max_retries):
    client.configuration.max_retries = max_retries
    theirs = BYTES * 2
    server = scripted(STOR=breaking(lambda login: put(login, theirs)))
    error = upload_error_from(server)
    assert server.files == {NAME: theirs} and (server.count("STOR"), server.count("DELE")) == (1, 0)
    assert error.transfers[0].state == "left behind" and f"left behind ({len(theirs)} bytes in" in str(error)
    assert (f"has {len(theirs)} bytes, more than were sent" in str(error)) == bool(max_retries)


@pytest.mark.parametrize("max_retries", [1, 3])
def test_a_smaller_file_that_replaced_ours_after_a_resume_is_kept(client, scripted, upload_error_from, max_retries):
    client.configuration.max_retries = max_retries
    server = scripted(STOR=breaking(lambda login: None, put))
    error = upload_error_from(server)
    assert server.files == {NAME: THEIRS} and (server.count("STOR"), server.count("DELE")) == (2, 0)
    assert error.transfers[0].state == "left behind"
    assert (f"has {len(THEIRS)} bytes, fewer than before ({QUARTER})" in str(error)) == (max_retries == 3)


def test_a_file_that_replaced_ours_at_the_end_is_kept(scripted, upload_error_from):
    def store(login, name):
        reply = login.do_stor(name)
        put(login, BYTES * 2)
        return reply

    server = scripted(STOR=store)
    error = upload_error_from(server)
    assert server.files == {NAME: BYTES * 2} and server.count("DELE") == 0
    assert error.transfers[0].state == "left behind" and "more than were sent (1000000)" in str(error)


def test_a_file_stored_after_ours_was_deleted_is_kept(scripted, upload_error_from):
    lose_reply = breaking(lambda login: login.server.files.clear())

    def store(login, name):
        return "450 Busy" if login.server.count("STOR") == 2 else lose_reply(login, name)

    def measure(login, _):
        if login.server.count("STOR") == 2:
            put(login)

    server = scripted(STOR=store, SIZE=measure)
    error = upload_error_from(server)
    assert server.files == {NAME: THEIRS} and (server.count("STOR"), server.count("DELE")) == (2, 0)
    assert type(error.__cause__) is ionoscloud.ConflictException


def test_a_data_channel_goes_to_the_host_of_the_control_channel(scripted, send, monkeypatch):
    monkeypatch.setattr("ftplib.FTP.trust_server_pasv_ipv4_address", True)  # as Python 3.9.0 to 3.9.2 do

    def elsewhere(login, _):
        port = login.listen()
        return f"227 There (192,0,2,1,{port // 256},{port % 256})"

    server = scripted(PASV=elsewhere)
    assert send(hosts={"de/fra": server.address})[0].state == "done" and server.files == {NAME: BYTES}
