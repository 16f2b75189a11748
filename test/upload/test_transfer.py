"""Transfers to real FTPS servers, and their failures."""

from __future__ import annotations

import io
import logging
import math
import os
import re
import signal
import socket
import ssl
import sys
import threading
import time
from pathlib import Path

import pytest
from OpenSSL import SSL
from tools import BYTES, HALF, PATIENCE, FunctionServer, Pipe, fingerprint, relay_to
from urllib3 import Retry

import ionoscloud
from ionoscloud.emulator import ftps as emulator_ftps
from ionoscloud.images.deadline import Deadline
from ionoscloud.images.ftps import FtpServer, Session

PATH = "de-fra/hdd-images/disk.qcow2"


# Sources and names.


@pytest.mark.parametrize("make", [str, os.fspath, Path])
def test_a_path_of_any_type_is_accepted(tmp_path, send, stored, make):
    (tmp_path / "disk.qcow2").write_bytes(BYTES)
    assert send(make(tmp_path / "disk.qcow2"), name=None)[0].size == len(BYTES)
    assert stored() == {PATH: BYTES}


def test_a_stream_is_sent_from_its_position_and_stays_open(tmp_path, send, stored):
    (tmp_path / "x.bin").write_bytes(BYTES)
    with open(tmp_path / "x.bin", "rb") as stream:
        stream.seek(1000)
        send(stream, ["de/fra", "de/txl"])
        assert not stream.closed
    assert stored() == dict.fromkeys((PATH, PATH.replace("fra", "txl")), BYTES[1000:])


def test_locations_share_a_stream_without_mixing_their_positions(send, stored):
    class Slow(io.BytesIO):
        def seek(self, *args):
            place = super().seek(*args)
            threading.Event().wait(0.001)  # another thread could seek in this time
            return place

    send(Slow(BYTES), ["de/fra", "de/txl", "us/las"])
    assert list(stored().values()) == [BYTES] * 3


def test_a_stream_that_cannot_seek_is_sent_to_one_location(send, stored):
    seen = []
    (transfer,) = send(Pipe(), progress=lambda *args: seen.append(args))
    assert (transfer.state, transfer.size, stored()) == ("done", len(BYTES), {PATH: BYTES})
    assert (seen[0], seen[-1]) == (("de/fra", 0, None), ("de/fra", len(BYTES), None))
    with pytest.raises(ionoscloud.ApiValueError, match="source cannot seek, so it can be sent to one location only"):
        send(Pipe(), ["de/fra", "de/txl"])


@pytest.mark.parametrize("name", ["Büro 1.vmdk", "two words.raw", "%2e.img", "x" * 200 + ".iso"])
def test_unusual_names_are_kept(send, stored, name):
    send(name=name)
    assert [path.rpartition("/")[2] for path in stored()] == [name]


@pytest.mark.parametrize(("extension", "directory"), [("iso", "iso-images"), ("IMG", "iso-images")] + [
    (extension, "hdd-images") for extension in ("vmdk", "VHD", "vhdx", "cow", "qcow", "Qcow2", "raw", "vpc", "vdi")
])  # fmt: skip
def test_the_extension_selects_the_directory(extension, directory):
    assert ionoscloud.images.upload._name_and_directory(f"x.{extension}")[1] == directory


# Invalid arguments and credentials.


@pytest.fixture
def nowhere(monkeypatch):
    """Upload, and fail if that opens a connection."""
    monkeypatch.setattr("socket.socket.connect", lambda *args: pytest.fail("has connected"))
    client = ionoscloud.ApiClient(ionoscloud.Configuration(username="me", password="secret"))

    def nowhere(source=None, locations="de/fra", step=ionoscloud.transfer_image, **options):
        source = io.BytesIO(b"x") if source is None else source
        return step(client, source, locations, **{"name": "disk.qcow2", **options})

    return nowhere


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "disk.txt"}, "name must end with the type of the image, one of .img, .iso, .cow, .*'disk.txt'"),
        ({"name": ".iso"}, "must end with the type"),
        *(({"name": name}, "name must be a file name") for name in ("", ".", "..", "a/b.iso", "a\r\nDELE b.iso")),
        *(({"name": name}, "name must be a file name") for name in ("a\0.iso", "a\x85.iso", "a\udcff.iso")),
        ({"name": None}, "name is required: the source has no name"),
        *(({"name": name}, "name must be a str, or None, not ") for name in (5, b"a.iso", ["a.iso"])),
        ({"locations": []}, "locations must not be empty"),
        ({"locations": None}, "locations must be a location such as 'de/fra', or several, not None"),
        ({"locations": 5}, "locations must be a location such as 'de/fra', or several, not 5"),
        ({"hosts": "ftp-fra.ionos.com"}, "hosts must be a dict, or None, not str"),
        ({"progress": 5}, "progress must be a function, or None, not 5"),
        ({"locations": [None]}, "locations must be in hosts or one of de/fra, .*not None"),
        ({"locations": [["de/fra"]]}, "locations must be in hosts or one of de/fra, .*not a list"),
        ({"locations": ["de/fra", "de/fra"]}, "de/fra and de/fra have the same"),
        ({"locations": "de/xxx"}, "locations must be in hosts or one of de/fra, .*not 'de/xxx'"),
        ({"hosts": {"de/fra": ""}}, r"hosts\['de/fra'\] must be a host or host:port, such as ftp-fra.ionos.com"),
        ({"hosts": {"de/fra": "ftp://x/"}}, "must be a host or host:port"),
        ({"hosts": {"de/fra": "x:y"}}, "must be a host or host:port"),
        ({"hosts": {"de/fra": "x:0"}}, "must be a host or host:port"),
        ({"hosts": {"de/fra": 5}}, r"hosts\['de/fra'\] must be a host or host:port"),
        (
            {"hosts": {"de/fra": "x", "de/txl": "X"}, "locations": ["de/fra", "de/txl"]},
            "de/fra and de/txl have",
        ),
        ({"fingerprint": "abc"}, "fingerprint of de/fra must be SHA-256, .*'abc'"),
        ({"fingerprint": {"de/fra": "z" * 64}}, "fingerprint of de/fra must be SHA-256"),
        ({"timeout": -1}, "timeout must be a number of seconds"),
        ({"source": io.BytesIO()}, "source must not be empty"),
        ({"source": io.StringIO("x")}, 'source must be a path or a stream in mode "rb", not StringIO'),
        ({"source": 5}, 'source must be a path or a stream in mode "rb", not int'),
    ],
)
def test_invalid_arguments_are_rejected_before_connecting(nowhere, options, words):
    with pytest.raises((ionoscloud.ApiValueError, ionoscloud.ApiTypeError), match=words):
        nowhere(**options)


def test_credentials_in_a_host_are_rejected_and_masked(nowhere):
    with pytest.raises(ionoscloud.ApiValueError, match="must be a host or host:port") as caught:
        nowhere(hosts={"de/fra": "me:secret@x"})
    assert "secret" not in str(caught.value)


def test_a_closed_stream_is_rejected(nowhere, tmp_path):
    with open(tmp_path / "x", "wb+") as stream:
        pass
    with pytest.raises(ionoscloud.ApiValueError, match="source must be open, not a closed file"):
        nowhere(stream)


def test_a_missing_file_raises_file_not_found_error(nowhere, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no\.iso"):
        nowhere(tmp_path / "no.iso", name=None)


@pytest.mark.parametrize(
    "options",
    [{"properties": {"size": float("nan")}}, {"properties": 5}, {"arrival_timeout": -1}, {"description_timeout": "x"}],
)
def test_invalid_arguments_of_later_steps_are_rejected_before_connecting(nowhere, options):
    with pytest.raises((ionoscloud.ApiValueError, ionoscloud.ApiTypeError)):
        nowhere(step=ionoscloud.upload_image, **options)


def test_a_token_without_a_password_is_rejected_with_a_hint(cloud, send, make_client):
    client = make_client(cloud, username=None, password=None, token=cloud.token)
    with pytest.raises(ionoscloud.ApiValueError, match=r"FTP servers do not accept tokens; set Conf"):
        send(by=client)


def test_user_name_and_password_can_come_from_the_environment(cloud, send, make_client, monkeypatch, stored):
    for name, value in {"USERNAME": cloud.username, "PASSWORD": cloud.password, "TOKEN": cloud.token}.items():
        monkeypatch.setenv(f"IONOS_{name}", value)
    trusted = make_client(cloud).configuration.ssl_ca_cert
    own = ionoscloud.Configuration(host=cloud.url, ssl_ca_cert=trusted)
    with ionoscloud.ApiClient(own) as client:
        send(by=client)
    assert stored() == {PATH: BYTES}


@pytest.mark.parametrize("password", ["top-secret", "a\nb"])
def test_a_wrong_password_is_reported_and_masked(cloud, upload_error, make_client, caplog, password):
    caplog.set_level(logging.DEBUG, "ionoscloud")
    client = make_client(cloud, password=password, token=cloud.token, debug=False)
    if "\n" in password:
        with pytest.raises(ionoscloud.ApiValueError, match="password must be one line"):
            upload_error(by=client)
        return
    error = upload_error(by=client)
    assert type(error.__cause__) is ionoscloud.UnauthorizedException
    assert "530" in str(error) and error.transfers[0].state == "not started"
    assert error.__cause__.attempts == 1
    assert "top-secret" not in str(error) + repr(error) + caplog.text


def test_a_password_repeated_by_the_server_is_masked_in_the_error(cloud, upload_error, make_client, monkeypatch):
    def tell(self, message, password):
        self.respond(f"530 {password} is wrong")

    monkeypatch.setattr(emulator_ftps._ControlChannel, "handle_auth_failed", tell)
    error = upload_error(by=make_client(cloud, password="top-secret", token=cloud.token))
    assert "*** is wrong" in str(error)
    assert "top-secret" not in repr(error.__cause__.__cause__) + repr(error.transfers)


def test_an_existing_file_on_one_server_fails_all_locations_before_the_first_byte(cloud, upload_error, send, stored):
    send(io.BytesIO(b"first"), "de/txl")
    error = upload_error(locations=["de/fra", "de/txl"])
    assert stored() == {PATH.replace("fra", "txl"): b"first"}
    assert type(error.__cause__) is ionoscloud.ConflictException
    assert [(t.state, bool(t.error)) for t in error.transfers] == [("not started", False), ("not started", True)]
    assert "de/txl: not started because of" in str(error) and "already exists, with 5 bytes" in str(error)


def test_the_name_of_an_existing_image_is_rejected(cloud, upload_error, stored, send):
    image = cloud.add_image(name="disk.qcow2", location="de/txl")
    error = upload_error(locations=["de/fra", "de/txl"])
    assert type(error.__cause__) is ionoscloud.ConflictException and image["id"] in str(error)
    assert stored() == {}
    send()  # the name is free in de/fra


def test_an_error_of_the_api_is_reported_before_the_first_byte(cloud, client, upload_error, stored, make_client):
    error = upload_error(by=make_client(cloud, token="wrong"))
    assert type(error.__cause__) is ionoscloud.UnauthorizedException and error.status == 401
    assert [t.state for t in error.transfers] == ["not started"] and stored() == {}


# Certificates and encryption.


@pytest.mark.parametrize("tls_1_2", [False, True])
def test_the_data_channel_resumes_the_tls_session_of_the_control_channel(
    make_cloud, make_client, send, monkeypatch, tls_1_2
):
    reused, make_context = [], emulator_ftps._context

    def context_with_tickets_only(pem):
        context = make_context(pem)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        if tls_1_2:
            context.set_max_proto_version(SSL.TLS1_2_VERSION)
        return context

    monkeypatch.setattr(emulator_ftps, "_context", context_with_tickets_only)
    cloud = make_cloud()
    for kind in (emulator_ftps._DataChannel, emulator_ftps._ControlChannel):
        monkeypatch.setattr(
            kind, "handle_ssl_established", lambda self: reused.append(SSL._lib.SSL_session_reused(self.socket._ssl))
        )
    send(by=make_client(cloud), hosts=cloud.ftp_hosts)
    assert reused == [0, 0, 1]


def test_credentials_are_not_sent_in_clear_text(cloud, send):
    seen = bytearray()
    with relay_to(cloud.ftp_hosts["de/fra"], seen) as relay:
        send(hosts={"de/fra": relay.address})
    assert seen.startswith(b"AUTH TLS\r\n\x16")
    assert cloud.password.encode() not in seen and b"USER" not in seen


@pytest.mark.parametrize("settings", [{"ssl_ca_cert": None}, {"fingerprint": "00" * 32}])
def test_an_untrusted_certificate_is_rejected_without_retry(cloud, upload_error, make_client, stored, settings):
    pin = settings.pop("fingerprint", None)
    error = upload_error(by=make_client(cloud, **settings), fingerprint=pin)
    assert type(error.__cause__) is ionoscloud.TlsException
    assert error.__cause__.attempts == 1 and error.transfers[0].state == "not started" and stored() == {}


def test_a_certificate_of_another_host_is_rejected_unless_allowed(
    make_cloud, make_client, upload_error, send, authority
):
    pem = authority.pem("other.example.com")
    cloud = make_cloud(ftps=pem)
    # The setting names the host of the API, and does not apply to FTP servers.
    for client in (make_client(cloud), make_client(cloud, assert_hostname="other.example.com")):
        error = upload_error(by=client, hosts=cloud.ftp_hosts)
        assert type(error.__cause__) is ionoscloud.TlsException and "certificate is not valid for" in str(error)
    client = make_client(cloud)
    assert send(by=client, hosts=cloud.ftp_hosts, fingerprint=fingerprint(pem))
    assert send(by=make_client(cloud, assert_hostname=False), hosts=cloud.ftp_hosts, name="b.iso")


@pytest.mark.parametrize("digest", ["sha256", "sha1", "md5"])
def test_a_pinned_certificate_is_accepted(send, pem, stored, digest):
    pin = fingerprint(pem, digest)
    send(fingerprint=pin)
    send(name="b.iso", fingerprint={"de/fra": pin.upper(), "de/txl": "00" * 32})
    assert len(stored()) == 2


@pytest.mark.parametrize("pinned", [True, False])
def test_the_data_channel_verifies_the_certificate(upload_error, pem, authority, tmp_path, monkeypatch, stored, pinned):
    other = authority if pinned else type(authority)(tmp_path)
    context = emulator_ftps._context(other.pem("127.0.0.1"))
    secure = emulator_ftps._DataChannel.secure_connection
    monkeypatch.setattr(emulator_ftps._DataChannel, "secure_connection", lambda self, _: secure(self, context))
    error = upload_error(fingerprint=fingerprint(pem) if pinned else None)
    assert type(error.__cause__) is ionoscloud.TlsException and error.__cause__.attempts == 1
    assert error.transfers[0].state == "removed" and stored() == {}


def test_tls_1_2_is_required_and_verification_is_the_default(cloud):
    for verify in (True, False):
        context = FtpServer(cloud.configuration(verify_ssl=verify), "x", 21, None, ("", "")).context
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert (context.check_hostname, context.verify_mode == ssl.CERT_REQUIRED) == (verify, verify)


# Broken transfers.


def test_a_broken_transfer_is_resumed(cloud, send, stored, caplog):
    seen = []
    cloud.break_next_upload(after=400_000)
    (transfer,) = send(progress=lambda *args: seen.append(args[1]))
    assert stored() == {PATH: BYTES} and (transfer.state, transfer.sent) == ("done", len(BYTES))
    assert 400_000 in seen and seen[-1] == len(BYTES)  # not at the end of a block
    assert "resuming after 400000 bytes" in caplog.text


@pytest.mark.parametrize("after", [0, 1, len(BYTES)])
def test_a_transfer_can_break_at_any_byte(cloud, send, stored, after):
    cloud.break_next_upload(after)
    (transfer,) = send()
    assert stored() == {PATH: BYTES} and transfer.sent == len(BYTES)


def test_a_transfer_that_breaks_too_often_leaves_no_file(cloud, client, upload_error, stored):
    for after in (100_000, 100_000, 100_000, 0):
        cloud.break_next_upload(after)
    client.configuration.max_retries = 2
    error = upload_error()
    assert type(error.__cause__) is ionoscloud.ConnectionException and error.__cause__.attempts == 3
    assert error.transfers[0].state == "removed" and stored() == {}
    assert "de/fra: removed because of ConnectionException: STOR ftp://127.0.0.1:" in str(error)
    assert "/hdd-images/disk.qcow2" in str(error) and "after 3 attempts" in str(error)


@pytest.mark.parametrize(
    ("retries", "attempts"),
    [
        (Retry(2, backoff_factor=0), 3),
        (Retry(5, read=1, backoff_factor=0), 2),
        (Retry(total=None, read=1, backoff_factor=0), 2),
        (Retry(total=False), 1),
        (1, 2),
    ],
)
def test_a_retry_policy_limits_the_attempts(cloud, client, upload_error, stored, retries, attempts):
    client.configuration.retries = retries
    for _ in range(attempts):
        cloud.break_next_upload(after=100_000)
    error = upload_error()
    assert error.__cause__.attempts == attempts and stored() == {}


def test_a_stream_that_cannot_seek_is_not_retried(cloud, upload_error, stored):
    cloud.break_next_upload(after=HALF)
    error = upload_error(Pipe())
    assert type(error.__cause__) is ionoscloud.ConnectionException and error.__cause__.attempts == 1
    assert stored() == {}


def test_a_broken_transfer_does_not_stop_the_others(cloud, client, upload_error, stored):
    client.configuration.max_retries = 0
    cloud.break_next_upload(after=HALF)
    error = upload_error(locations=["de/fra", "de/txl", "us/las"])
    assert sorted(transfer.state for transfer in error.transfers) == ["done", "done", "removed"]
    assert sorted(map(len, stored().values())) == [len(BYTES)] * 2


def test_several_locations_transfer_at_the_same_time(send, monkeypatch):
    together, transmit = threading.Barrier(3), ionoscloud.images.transfer.Upload.transmit

    def wait_for_the_others(upload):
        together.wait(PATIENCE)
        transmit(upload)

    monkeypatch.setattr("ionoscloud.images.transfer.Upload.transmit", wait_for_the_others)
    assert len(send(locations=["de/fra", "de/txl", "us/las"])) == 3


def test_a_full_disk_is_reported_and_not_retried(make_cloud, make_client, upload_error):
    cloud = make_cloud(upload_quota=HALF)
    # More than the socket buffers hold, so that the client sees the closed channel before it reads the reply.
    error = upload_error(io.BytesIO(BYTES * 20), by=make_client(cloud), hosts=cloud.ftp_hosts)
    assert type(error.__cause__) is ionoscloud.ApiException
    assert "552 Insufficient storage space" in str(error)
    assert error.__cause__.attempts == 1 and error.transfers[0].state == "removed"


@pytest.mark.parametrize(("reply", "attempts"), [("450 Busy", 4), ("452 Disk full", 1), ("553 Not allowed", 1)])
def test_only_transient_errors_are_retried(upload_error, stored, monkeypatch, reply, attempts):
    received = []

    def reject(self, file):
        received.append(file)
        self.respond(reply)

    monkeypatch.setattr(emulator_ftps._ControlChannel, "ftp_STOR", reject)
    error = upload_error()
    assert reply in str(error) and len(received) == error.__cause__.attempts == attempts
    assert error.transfers[0].state == "not started" and stored() == {}


def test_a_file_that_cannot_be_deleted_is_reported_with_its_size(
    cloud, client, upload_error, stored, monkeypatch, caplog
):
    client.configuration.max_retries = 0
    cloud.break_next_upload(after=1234)

    def remove(self, path):
        raise emulator_ftps.FilesystemError("No")

    monkeypatch.setattr(emulator_ftps._FileSystem, "remove", remove)
    error = upload_error()
    assert error.transfers[0].state == "left behind" and stored() == {PATH: BYTES[:1234]}
    assert f"left behind (1234 bytes in hdd-images on {cloud.ftp_hosts['de/fra']})" in str(error)
    assert "left behind (1234 bytes" in caplog.text


def test_a_different_size_on_the_server_is_an_error(upload_error, stored, monkeypatch):
    monkeypatch.setattr(emulator_ftps._FileSystem, "getsize", lambda self, path: 5)
    error = upload_error()
    assert "has 5 bytes on the server, not 1000000" in str(error) and stored() == {}


def test_a_file_that_the_server_processes_immediately_is_complete(send, monkeypatch):
    monkeypatch.setattr(emulator_ftps._ControlChannel, "on_file_received", lambda self, file: os.remove(file))
    assert send()[0].state == "done"


def test_a_file_larger_than_sent_is_not_ours(cloud, upload_error, monkeypatch):
    cloud.break_next_upload(after=1000)
    monkeypatch.setattr(emulator_ftps._FileSystem, "getsize", lambda self, path: 2 * len(BYTES))
    assert "more than were sent" in str(upload_error())


def test_an_error_of_the_callback_fails_only_that_transfer(upload_error, stored):
    def progress(location, sent, total):
        if location == "de/fra" and sent > HALF:
            raise RuntimeError("enough")

    error = upload_error(locations=["de/fra", "de/txl"], progress=progress)
    assert type(error.__cause__) is RuntimeError and "removed because of RuntimeError: enough" in str(error)
    assert [t.state for t in error.transfers] == ["removed", "done"]
    assert stored() == {PATH.replace("fra", "txl"): BYTES}


def test_the_end_of_a_broken_transfer_does_not_look_like_the_end_of_the_file(cloud):
    def blocks():
        yield b"some"
        raise RuntimeError

    server = FtpServer(cloud.configuration(), "localhost", 21, None, ("", ""))
    deadline = Deadline(None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        channel = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()
        with connection, pytest.raises(ConnectionResetError):
            with pytest.raises(RuntimeError):
                Session(server, deadline).send(channel, blocks())
            while connection.recv(100):
                pass


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to a thread")
def test_an_interrupted_program_leaves_no_file(send, stored):
    interrupted, seen, noticed = [], [], threading.Event()

    def progress(location, sent, total):
        seen.append(sent)
        if sent > HALF and not interrupted:
            interrupted.append(signal.pthread_kill(threading.main_thread().ident, signal.SIGINT))
            noticed.wait(30)
            threading.Event().wait(0.5)  # until the connections are cut

    def interrupt(number, frame):
        noticed.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            send(progress=progress)
    finally:
        signal.signal(signal.SIGINT, before)
    threading.Event().wait(0.3)  # an event, because a thread cannot be joined again after a timeout
    assert stored() == {} and seen[-1] < len(BYTES)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to a thread")
def test_an_interrupted_program_does_not_retry(cloud, client, send, stored):
    def interrupt(record):
        if " broke: " in record.msg:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        return True

    client.configuration.wait_time = 2.0
    cloud.break_next_upload(after=HALF)
    logger = logging.getLogger("ionoscloud")
    logger.addFilter(interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for background jobs
    try:
        with pytest.raises(KeyboardInterrupt):
            send()
    finally:
        signal.signal(signal.SIGINT, before)
        logger.removeFilter(interrupt)
    threading.Event().wait(0.3)  # an event, because a thread cannot be joined again after a timeout
    assert stored() == {}


class Failing(io.BytesIO):
    """A stream that fails or ends in the middle."""

    def __init__(self, result):
        super().__init__(BYTES)
        self._result = result

    def read(self, size=-1):
        if self.tell() < HALF:
            return super().read(size)
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (OSError(5, "Input/output error"), "Input/output error"),
        (b"", r"source became shorter: it ended after \d+ of 1000000 bytes"),
        (None, "source must return bytes when it is read, not NoneType"),
        ("text", "source must return bytes when it is read, not str"),
    ],
)
def test_a_failing_source_is_reported_and_not_retried(cloud, upload_error, stored, result, words):
    error = upload_error(Failing(result))
    assert re.search(words, str(error)) and stored() == {}
    assert not isinstance(error.__cause__, ionoscloud.ConnectionException)


def test_an_empty_stream_that_cannot_seek_leaves_no_file(upload_error, stored):
    assert "source must not be empty" in str(upload_error(Pipe(b""))) and stored() == {}


# Servers and sources that block.


def silent(sock, over):
    over.wait(PATIENCE)


def dripping(sock, over):
    while not over.wait(0.02):
        sock.sendall(b"2")


def endless_reply(sock, over):
    while not over.is_set():
        sock.sendall(b"220-Welcome\r\n" * 1000)


def dripping_tls(sock, over):
    sock.sendall(b"220 Hello\r\n")
    sock.recv(100)
    sock.sendall(b"234 AUTH TLS\r\n")
    sock.recv(1000)
    sock.sendall(b"\x16\x03\x03\x40\x00")
    while not over.wait(0.02):
        sock.sendall(b"\0")


def not_ftp(sock, over):
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\n")
    over.wait(PATIENCE)


def no_tls(sock, over):
    sock.sendall(b"220 Hello\r\n")
    sock.recv(100)
    sock.sendall(b"502 What is that?\r\n")
    over.wait(PATIENCE)


@pytest.mark.parametrize(
    ("behave", "settings", "kind", "words", "connections"),
    [
        (silent, {"timeout": 0.1, "max_retries": 1}, ionoscloud.TimeoutException, "timed out", 2),
        (silent, {}, ionoscloud.TimeoutException, "took longer than 0.3 s", 1),
        (dripping, {}, ionoscloud.TimeoutException, "took longer than 0.3 s", 1),
        (dripping_tls, {}, ionoscloud.TimeoutException, "took longer than 0.3 s", 1),
        (endless_reply, {}, ionoscloud.ApiException, "more than 1000 lines", 1),
        (not_ftp, {}, ionoscloud.ApiException, "HTTP/1.1 400", 1),
        (no_tls, {}, ionoscloud.ApiException, "502 What is that", 1),
    ],
)
def test_a_misbehaving_server_fails_in_time(
    cloud, upload_error, make_client, behave, settings, kind, words, connections
):
    with FunctionServer(behave) as server:
        limit = 30 if "timeout" in settings or kind is ionoscloud.ApiException else 0.3
        error = upload_error(by=make_client(cloud, **settings), hosts={"de/fra": server.address}, timeout=limit)
    assert type(error.__cause__) is kind and words in str(error)
    assert "still busy" not in str(error)  # the connection was cut, and the thread not abandoned
    assert server.connections == connections and error.transfers[0].state == "not started"


def test_an_unresponsive_api_times_out(cloud, upload_error, make_client, stored):
    with FunctionServer(silent) as api:
        client = make_client(cloud, host=f"http://{api.address}/v5")
        started = time.monotonic()
        error = upload_error(by=client, timeout=0.2)
    assert time.monotonic() - started < 8  # the client itself would wait for 40 s
    assert "nothing was uploaded" in str(error) and isinstance(error.__cause__, ionoscloud.TimeoutException)


def test_a_refused_connection_is_retried(upload_error):
    with FunctionServer(silent) as server:
        pass
    error = upload_error(hosts={"de/fra": server.address})
    assert type(error.__cause__) is ionoscloud.ConnectionException and error.__cause__.attempts == 4


def test_an_endless_name_lookup_times_out(upload_error, monkeypatch):
    end, look_up = threading.Event(), socket.getaddrinfo

    def hang(host, *args):
        return [] if host == "slow.test" and end.wait(PATIENCE) else look_up(host, *args)

    monkeypatch.setattr("socket.getaddrinfo", hang)
    error = upload_error(hosts={"de/fra": "slow.test"}, timeout=0.2)
    end.set()
    assert type(error.__cause__) is ionoscloud.TimeoutException


def test_a_server_that_stops_reading_times_out(upload_error, stored, monkeypatch):
    end = threading.Event()
    monkeypatch.setattr(emulator_ftps._UploadFile, "write", lambda self, data: end.wait(PATIENCE) and 0)
    monkeypatch.setattr("ionoscloud.images.transfer.CLEANUP_TIMEOUT", 0.1)
    monkeypatch.setattr("ionoscloud.images.transfer.JOIN_GRACE", 0.5)
    source = io.BytesIO(BYTES * 20)  # more than the socket buffers hold
    # The socket timeout alone would let a block that is sent so late take nearly 2 s more.
    error = upload_error(source, timeout=2, progress=lambda _, sent, __: sent or threading.Event().wait(1.2))
    end.set()
    assert type(error.__cause__) is ionoscloud.TimeoutException and "still busy" not in str(error)
    assert error.transfers[0].state == "left behind"


def test_no_connection_may_take_longer_than_the_transfer(send, monkeypatch):
    connect, timeouts = socket.create_connection, []

    def record(address, timeout=None, **options):
        timeouts.append(timeout)
        return connect(address, timeout, **options)

    monkeypatch.setattr("socket.create_connection", record)
    send(timeout=5)
    assert len(timeouts) == 3 and all(timeout < 5 for timeout in timeouts)


@pytest.mark.parametrize("seconds", [1e10, 1e300, math.inf])
def test_a_timeout_can_be_longer_than_sockets_and_threads_can_wait(send, client, seconds):
    client.configuration.timeout = min(seconds, 1e300)
    assert send(timeout=seconds)[0].state == "done"


def test_a_cancelled_deadline_rejects_new_operations():
    deadline = Deadline(None)
    with socket.socket() as sock:
        assert deadline.left(5) == 5 and deadline.remaining(1) == threading.TIMEOUT_MAX
        deadline.cancel()
        for begin in (deadline.left, lambda: deadline.watch(sock)):
            with pytest.raises(socket.timeout, match="it was cancelled"):
                begin()


def test_an_endless_source_times_out(upload_error, stored, monkeypatch):
    monkeypatch.setattr("ionoscloud.images.transfer.JOIN_GRACE", 0.1)
    with Pipe(stops=True) as source:
        error = upload_error(source, timeout=0.3)
        assert type(error.__cause__) is ionoscloud.TimeoutException
        assert "the source or the progress callback is still busy" in str(error)
        assert error.transfers[0].state == "removed" and stored() == {}
