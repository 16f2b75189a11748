"""Fixtures: an emulator with FTP servers, its client, and functions that upload."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from tools import BYTES, ScriptedServer

import ionoscloud
from ionoscloud import ApiClient
from ionoscloud.emulator import CloudEmulator, ManualClock


class Authority:
    """A test authority, with the certificates of FTP servers as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ca = trustme.CA()
        self.file = str(folder / "authority.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def pem(self, *names: str) -> str:
        path = self.folder / f"{'-'.join(names)}.pem"
        self._ca.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(path)
        return str(path)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def pem(authority: Authority) -> str:
    """The certificate of the FTP servers, created once because that is slow."""
    return authority.pem("localhost", "127.0.0.1")


@pytest.fixture
def make_cloud(pem: str) -> Iterator[Any]:
    """Return a function that starts emulators: uploads take a minute of their clock, requests no time."""
    clouds = []

    def make(**options: Any) -> CloudEmulator:
        defaults = {"clock": ManualClock(), "queue_time": 0, "run_time": 0, "arrival_time": 60, "ftps": pem}
        clouds.append(CloudEmulator(**{**defaults, **options}).start())
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.stop()


@pytest.fixture
def cloud(make_cloud: Any) -> CloudEmulator:
    return make_cloud()


@pytest.fixture
def make_client(authority: Authority) -> Iterator[Any]:
    clients = []

    def make(cloud: CloudEmulator, **settings: Any) -> ApiClient:
        settings = {"ssl_ca_cert": authority.file, "wait_time": 0.001, "timeout": 10, **settings}
        clients.append(ApiClient(cloud.configuration(**settings)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(cloud: CloudEmulator, make_client: Any) -> ApiClient:
    return make_client(cloud)


@pytest.fixture
def send(cloud: CloudEmulator, client: ApiClient) -> Any:
    """Upload, by default a stream to de/fra, and return the transfers."""

    def send(source: Any = None, locations: Any = "de/fra", **options: Any) -> list[ionoscloud.Transfer]:
        source = io.BytesIO(BYTES) if source is None else source
        defaults = {"name": "disk.qcow2", "hosts": cloud.ftp_hosts, "timeout": 30}
        return ionoscloud.transfer_image(options.pop("by", client), source, locations, **{**defaults, **options})

    return send


@pytest.fixture
def upload_error(send: Any) -> Any:
    """Upload, and return the expected error."""

    def upload_error(*args: Any, **options: Any) -> ionoscloud.ImageUploadError:
        with pytest.raises(ionoscloud.ImageUploadError) as caught:
            send(*args, **options)
        return caught.value

    return upload_error


@pytest.fixture
def scripted(pem: str) -> Iterator[Any]:
    """Start scripted FTPS servers."""
    with contextlib.ExitStack() as servers:
        yield lambda **steps: servers.enter_context(ScriptedServer(pem, **steps))


@pytest.fixture
def upload_error_from(upload_error: Any) -> Any:
    """Upload to a scripted server, and return the expected error."""
    return lambda server, *args, **options: upload_error(*args, hosts={"de/fra": server.address}, **options)


@pytest.fixture
def stored(cloud: CloudEmulator) -> Any:
    """Return the bytes of each file on the FTP servers, by location and path."""

    def stored() -> dict[str, bytes]:
        root = Path(cloud._ftp_server._folder.name)
        files = [file for file in root.rglob("*") if file.is_file()]
        return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}

    return stored


@pytest.fixture
def time_passes(cloud: CloudEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Advance the clock of the emulator whenever the client sleeps."""
    monkeypatch.setattr("time.sleep", cloud.clock.advance)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Check that no thread of an upload is left."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("upload "):
            thread.join(5)
            assert not thread.is_alive(), thread
