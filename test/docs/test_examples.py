"""Every Python example of the documentation runs as it stands.

The examples name the real API and its FTP servers. Here their names lead to an embedded cloud that speaks TLS with a
certificate for these names, so that not a character of an example has to change. The image that they upload is there.
"""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from examples_world import populate

from ionoscloud.emulator import CloudEmulator

ROOT = Path(__file__).parents[2]
SEED = ROOT / "test" / "drop_in" / "ImageApi.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), SEED]
HOST = "api.ionos.com"
FTP_HOSTS = {"ftp-fra.ionos.com": "de/fra", "ftp-txl.ionos.com": "de/txl"}


def blocks():
    for page in PAGES:
        code = re.findall(r"^( *)```python\n(.*?)^ *```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        for number, (indent, text) in enumerate(code, 1):
            source = re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
            yield pytest.param(page, source, id=f"{page.relative_to(ROOT).as_posix()}-{number}")


@pytest.fixture
def cloud(monkeypatch, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert(HOST, *FTP_HOSTS)
    certificate.configure_cert(context)
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    (tmp_path / "base.qcow2").write_bytes(bytes(100_000))
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
    )
    with emulator as cloud, authority.cert_pem.tempfile() as trusted:
        cloud.add_image(id="image_id_example", name="image_id_example.iso")
        ports = {name: int(cloud.ftp_hosts[location].partition(":")[2]) for name, location in FTP_HOSTS.items()}
        ports[HOST] = int(cloud.url.split(":")[2].partition("/")[0])
        resolve = socket.getaddrinfo

        def resolve_here(host, port_of_host, *args, **kwargs):
            here = ("127.0.0.1", ports[host]) if host in ports else (host, port_of_host)
            return resolve(*here, *args, **kwargs)

        monkeypatch.setattr("socket.getaddrinfo", resolve_here)
        monkeypatch.setattr("certifi.where", lambda: trusted)
        monkeypatch.setenv("IONOS_USERNAME", cloud.username)
        monkeypatch.setenv("IONOS_PASSWORD", cloud.password)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        yield cloud


# What an example creates, and so must not be there before.
CREATES = {
    "backupunits_post": "/backupunits",
    "labels_post": "/labels",
    "um_groups_shares_post": "/shares/resource_id_example",
}
# What the embedded cloud refuses, as the real one would: examples that show an error, and ids that do not exist.
REFUSED = {
    ("drop_in", "images_put"): "422",
    ("api", "requests_find_by_id"): "404",
    ("api", "requests_status_get"): "404",
}


@pytest.mark.parametrize(("page", "source"), list(blocks()))
def test_an_example_runs_as_it_stands(page, source, cloud, capsys):
    if page.parent.name == "api":
        populate(cloud, without=tuple(path for method, path in CREATES.items() if f"{method}(" in source))
    exec(compile(source, str(page), "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert cloud.requests_seen or "CloudEmulator" in source
    called = re.search(r"Exception when calling \w+\.(\w+)|\w+\.(\w+) failed:", source)
    if called:
        status = REFUSED.get((page.parent.name, called[1] or called[2]))
        failed = re.search(r"Exception when calling|failed:", printed)
        assert bool(failed) == bool(status), printed
        assert not status or f": {status} " in printed


def test_the_seed_page_has_its_ten_examples():
    assert sum(str(SEED.name) in parameter.id for parameter in blocks() if "drop_in" in parameter.id) == 10
