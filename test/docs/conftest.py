"""An emulator at the addresses of the real API, for programs that run unchanged."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
import trustme
from examples_world import add_old_images, profiles_on

import ionoscloud
from ionoscloud.emulator import CloudEmulator

ROOT = Path(__file__).parents[2]
HOST = "api.ionos.com"
FTP_HOSTS = {"ftp-fra.ionos.com": "de/fra", "ftp-txl.ionos.com": "de/txl"}


@pytest.fixture
def has_resources():
    """Whether the account has the demo resources of the emulator."""
    return False


@pytest.fixture
def profiles():
    """The file of `ionosctl`."""
    return profiles_on(ROOT / "docs" / "guides" / "authentication.md")


@pytest.fixture
def cloud(has_resources, profiles, monkeypatch, tmp_path):
    """Resolve the names of the API and its FTP servers to an emulator with a TLS certificate for them."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert(HOST, *FTP_HOSTS)
    certificate.configure_cert(context)
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    (tmp_path / "base.qcow2").write_bytes(bytes(100_000))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text("ssh-ed25519 AAAA\n", "utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    emulator = CloudEmulator(
        username="YOUR_USERNAME",
        password="YOUR_PASSWORD",
        token="YOUR_API_TOKEN",
        contract_numbers=[56, 31000001],
        ssl_context=context,
        queue_time=0,
        run_time=0,
        ftps=tmp_path / "server.pem",
        arrival_time=0,
        demo=has_resources,
    )
    with emulator as cloud, authority.cert_pem.tempfile() as trusted:
        cloud.add_image(id="image_id_example", name="image_id_example.iso")
        add_old_images(cloud)
        ports = {name: int(cloud.ftp_hosts[location].partition(":")[2]) for name, location in FTP_HOSTS.items()}
        ports[HOST] = int(cloud.url.split(":")[2].partition("/")[0])
        resolve = socket.getaddrinfo

        def resolve_here(host, port_of_host, *args, **kwargs):
            here = ("127.0.0.1", ports[host]) if host in ports else (host, port_of_host)
            return resolve(*here, *args, **kwargs)

        monkeypatch.setattr("socket.getaddrinfo", resolve_here)
        monkeypatch.setattr("certifi.where", lambda: trusted)
        (tmp_path / "config").write_text(profiles, "utf-8")
        (tmp_path / "config").chmod(0o600)
        monkeypatch.setenv("IONOS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setattr(ionoscloud.Configuration, "_default", None)
        monkeypatch.setenv("IONOS_USERNAME", cloud.username)
        monkeypatch.setenv("IONOS_PASSWORD", cloud.password)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        yield cloud
