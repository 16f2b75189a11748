"""The FTP server, with the client of the standard library."""

from __future__ import annotations

import contextlib
import ftplib
import io
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

import ionoscloud
from ionoscloud.emulator import CloudEmulator, ManualClock


@pytest.fixture(scope="module")
def cloud():
    """An emulator whose uploads become images after a minute. All tests share it and use different file names."""
    with CloudEmulator(clock=ManualClock(), ftps=True, arrival_time=60) as cloud:
        yield cloud


@contextlib.contextmanager
def login(cloud, location="de/fra", username=None, password=None):
    host, _, port = cloud.ftp_hosts[location].rpartition(":")
    context = ssl.create_default_context(cafile=cloud.ca_file)
    with ftplib.FTP_TLS(context=context, timeout=10) as ftp:
        ftp.connect(host, int(port))
        ftp.login(username or cloud.username, password or cloud.password)
        ftp.prot_p()
        yield ftp


def store(ftp, path, data=b"x", rest=None):
    ftp.storbinary(f"STOR {path}", io.BytesIO(data), rest=rest)


@pytest.mark.parametrize(
    ("location", "path", "kind"), [("de/txl", "hdd-images/a.vmdk", "HDD"), ("us/las", "iso-images/a.iso", "CDROM")]
)
def test_an_upload_becomes_a_private_image_of_its_location(cloud, call_of, location, path, kind):
    call = call_of(cloud)
    with login(cloud, location) as ftp:
        store(ftp, path, b"x" * 12_000_000)
        assert ftp.size(path) == 12_000_000

    def listed(**headers):
        url = f"/images?depth=1&filter.name={path.rpartition('/')[2]}"
        return [item for item in call("GET", url, headers).json()["items"] if item["properties"]["public"] is False]

    cloud.clock.advance(59)
    assert listed() == []
    cloud.clock.advance(1)
    (image,) = listed()
    assert image["metadata"]["state"] == "AVAILABLE" and image["metadata"]["createdBy"] == cloud.username
    properties = image["properties"]
    assert (properties["location"], properties["imageType"], properties["size"]) == (location, kind, 0.02)
    assert (properties["licenceType"], properties["imageAliases"]) == ("UNKNOWN", [])
    assert listed(**{"X-Contract-Number": str(cloud.contract_numbers[1])}) == []
    assert call("GET", f"/images/{image['id']}").status == 200


def test_a_deleted_upload_does_not_become_an_image(cloud, call_of):
    with login(cloud) as ftp:
        store(ftp, "hdd-images/gone.raw")
        ftp.delete("hdd-images/gone.raw")
        store(ftp, "elsewhere.raw")
    cloud.clock.advance(60)
    for name in ("gone", "elsewhere"):
        assert call_of(cloud)("GET", f"/images?depth=1&filter.name={name}").json()["items"] == []


def test_only_the_account_can_log_in(cloud):
    for credentials in ({"password": "wrong"}, {"password": cloud.token}, {"username": "me"}):
        with pytest.raises(ftplib.error_perm, match="530"), login(cloud, **credentials):
            pass


def test_plain_connections_are_rejected(cloud):
    host, _, port = cloud.ftp_hosts["de/fra"].rpartition(":")
    with ftplib.FTP(timeout=10) as ftp:
        ftp.connect(host, int(port))
        with pytest.raises(ftplib.error_perm, match="SSL/TLS required on the control channel"):
            ftp.login(cloud.username, cloud.password)
    with login(cloud) as ftp:
        ftp.prot_c()
        with pytest.raises(ftplib.error_perm, match="SSL/TLS required on the data channel"):
            store(ftp, "hdd-images/clear.raw")


def test_a_file_cannot_be_overwritten(cloud):
    with login(cloud) as ftp:
        store(ftp, "hdd-images/twice.raw")
        with pytest.raises(ftplib.error_perm, match="550 File exists already"):
            store(ftp, "hdd-images/twice.raw")
    with login(cloud, "de/txl") as ftp:
        store(ftp, "hdd-images/twice.raw")


def test_an_upload_breaks_after_the_given_bytes_and_can_be_resumed(cloud, call_of):
    cloud.break_next_upload(after=10)
    with pytest.raises((OSError, EOFError)), login(cloud) as ftp:
        store(ftp, "hdd-images/broken.raw", b"0123456789abcdef")
    cloud.clock.advance(60)
    assert call_of(cloud)("GET", "/images?depth=1&filter.name=broken").json()["items"] == []
    with login(cloud) as ftp:
        ftp.voidcmd("TYPE I")
        assert ftp.size("hdd-images/broken.raw") == 10
        store(ftp, "hdd-images/broken.raw", b"abcdef", rest=10)
        received = []
        ftp.retrbinary("RETR hdd-images/broken.raw", received.append)
    assert b"".join(received) == b"0123456789abcdef"


def test_a_full_disk_replies_552():
    with CloudEmulator(ftps=True, upload_quota=10) as cloud:
        with login(cloud) as ftp:
            store(ftp, "hdd-images/a.raw", b"x" * 6)
            with pytest.raises((ftplib.error_perm, OSError)) as caught:
                store(ftp, "hdd-images/b.raw", b"x" * 6)
            if isinstance(caught.value, OSError):  # the client noticed the closed channel first
                with pytest.raises(ftplib.error_perm) as caught:
                    ftp.voidresp()
            assert "552" in str(caught.value)
        with login(cloud, "de/txl") as ftp:
            store(ftp, "hdd-images/b.raw", b"x" * 10)


def test_clients_cannot_leave_their_directory_or_change_that_of_the_process(cloud, monkeypatch):
    here, moved = os.getcwd(), []
    monkeypatch.setattr("os.chdir", moved.append)
    with login(cloud) as ftp:
        for path in ("../../..", "/etc", "nowhere"):
            with contextlib.suppress(ftplib.error_perm):
                ftp.cwd(path)
            assert ftp.pwd() == "/" and os.getcwd() == here
        assert {"hdd-images", "iso-images"} <= set(ftp.nlst())
        ftp.cwd("hdd-images")
        assert (ftp.pwd(), moved) == ("/hdd-images", [])


def test_stop_removes_all_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = threading.enumerate()
    cloud = CloudEmulator(ftps=True, arrival_time=0)
    for _ in range(2):  # it can be started again
        with cloud:
            with login(cloud) as ftp:
                store(ftp, "hdd-images/left.raw", b"x" * 1000)
                host, _, port = cloud.ftp_hosts["de/fra"].rpartition(":")
            still_open = socket.create_connection((host, int(port)))
            assert any(tmp_path.iterdir())
        with still_open, contextlib.suppress(ConnectionError):
            still_open.settimeout(5)
            while still_open.recv(1000):
                pass
        assert list(tmp_path.iterdir()) == []
        assert not [thread for thread in threading.enumerate() if thread not in before and "FTPS" in thread.name]


def test_the_ftp_server_runs_only_with_ftps():
    with CloudEmulator() as cloud:
        for use in (lambda: cloud.ftp_hosts, lambda: cloud.ca_file, lambda: cloud.break_next_upload(after=1)):
            with pytest.raises(RuntimeError, match="ftps=True"):
                use()
        assert cloud.configuration().ssl_ca_cert is None
    code = "import sys, ionoscloud.emulator.cloud; sys.exit('pyftpdlib' in sys.modules or 'OpenSSL' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_pem_file_sets_the_certificate(tmp_path):
    import trustme

    authority = trustme.CA()
    pem, trusted = tmp_path / "server.pem", tmp_path / "authority.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
    authority.cert_pem.write_to_path(trusted)
    with CloudEmulator(ftps=pem) as cloud:
        assert cloud.ca_file is None
        configuration = cloud.configuration(ssl_ca_cert=str(trusted))
        with ionoscloud.ApiClient(configuration) as client:
            ionoscloud.transfer_image(client, io.BytesIO(b"x"), "de/fra", name="x.iso", hosts=cloud.ftp_hosts)


def test_an_invalid_certificate_is_an_error_that_leaves_no_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = threading.enumerate()
    cloud = CloudEmulator(ftps=str(tmp_path / "none.pem"))
    with pytest.raises(ValueError, match=r"ftps must be True or a PEM file .*none\.pem"):
        cloud.start()
    assert list(tmp_path.iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread not in before and thread.name == "CloudEmulator"]


def test_the_configuration_trusts_the_ftp_server_of_a_plain_http_api(cloud):
    with ionoscloud.ApiClient(cloud.configuration()) as client:
        transfers = ionoscloud.transfer_image(client, io.BytesIO(b"x"), "gb/lhr", name="x.iso", hosts=cloud.ftp_hosts)
        assert transfers[0].state == "done" and ionoscloud.ImageApi(client).images_get().items


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGTERM")
def test_command_line():
    command = [sys.executable, "-u", "-m", "ionoscloud.emulator", "--port", "0", "--ftps", "--arrival-time", "0"]
    root = str(Path(ionoscloud.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            settings = {}
            while "hosts" not in settings:
                line = process.stdout.readline()
                assert line or process.poll() is None
                name, _, value = line.strip().removeprefix("export ").partition("=")
                settings[name] = value
            configuration = ionoscloud.Configuration(
                settings["IONOS_API_URL"],
                username=settings["IONOS_USERNAME"],
                password=settings["IONOS_PASSWORD"],
                ssl_ca_cert=eval(settings["ssl_ca_cert"]),
            )
            with ionoscloud.ApiClient(configuration) as client:
                hosts = eval(settings["hosts"])
                assert ionoscloud.upload_image(client, io.BytesIO(b"x"), "us/las", name="x.iso", hosts=hosts)
        finally:
            process.terminate()
            _, error = process.communicate(timeout=10)
    assert (process.returncode, error) == (0, "")
    assert not os.path.exists(eval(settings["ssl_ca_cert"]))
