"""The FTPS side: one server for each location, whose uploads become private images some time later.

Files lie in a folder for temporary files, which is gone when the servers stop.
"""

# pyftpdlib has no types, so that nothing is known of what its methods take and return.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import errno
import io
import logging
import math
import sys
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import trustme
from OpenSSL import SSL

from ionoscloud.emulator.store import Store

with warnings.catch_warnings():
    # It needs asyncore and asynchat, and knows that they are deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.exceptions import FilesystemError
    from pyftpdlib.filesystems import AbstractedFS
    from pyftpdlib.handlers import DTPHandler, TLS_DTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

# Without a handler pyftpdlib would write to stderr, and change how the whole process logs.
logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())

IMAGE_TYPES = {"iso-images": "CDROM", "hdd-images": "HDD"}  # by directory
GIGABYTE = 1024**3


class _Broken(OSError):
    """The connection breaks now, as a test asked for."""


class _File(io.FileIO):
    """A file that is uploaded: with room for so many bytes, after which the disk is full or the connection breaks."""

    def __init__(self, path: str, mode: str, room: float, breaks: bool) -> None:
        super().__init__(path, mode)
        self._room = room
        self._breaks = breaks

    def write(self, data: Any) -> int:
        room = int(min(self._room, len(data)))
        self._room -= len(data)
        written = super().write(data[:room])
        if self._room <= 0 and self._breaks:
            raise _Broken(errno.ECONNABORTED, "broken")
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left")
        return written


class _Disk(AbstractedFS):  # type: ignore[misc]
    """The folder of a location. What is written there for good is told to the uploads."""

    cmd_channel: _ControlChannel

    def open(self, filename: str, mode: str) -> Any:
        place = self.cmd_channel.place
        if mode[0] == "r" and "+" not in mode:
            return super().open(filename, mode)  # pyright: ignore[reportUnknownVariableType]
        if "r" not in mode and place.is_complete(filename):
            raise FilesystemError("File exists already")
        place.forget(filename)
        used = sum(file.stat().st_size for file in Path(place.root).rglob("*") if file.is_file())
        if place.uploads.breaks:
            return _File(filename, mode, place.uploads.breaks.popleft(), True)
        quota = place.uploads.quota
        return _File(filename, mode, math.inf if quota is None else quota - used, False)

    def remove(self, path: str) -> None:
        super().remove(path)
        self.cmd_channel.place.forget(path)

    def chdir(self, path: str) -> None:
        """Goes there without changing the current directory of the process, as the base class does."""
        if not self.isdir(path):
            raise FilesystemError("No such directory")
        self.cwd = self.fs2ftp(path)


class _DataChannel(TLS_DTPHandler):  # type: ignore[misc]
    def handle_error(self) -> None:
        """Says 552 when the disk is full, and nothing at all when the connection breaks on request."""
        error = sys.exc_info()[1]
        cause = error.__cause__ if error else None
        if not isinstance(cause, OSError):
            super().handle_error()
            return
        self._error = True  # closes it without the farewell of TLS
        if isinstance(cause, _Broken):
            self.cmd_channel._error = True
            self.cmd_channel.close()
        else:
            self._resp = ("552 Insufficient storage space.", logging.getLogger("pyftpdlib").info)
        DTPHandler.close(self)


class _ControlChannel(TLS_FTPHandler):  # type: ignore[misc]
    """A login. Every location has a subclass of its own, since pyftpdlib takes its settings from there."""

    place: Place
    banner = "IONOS Cloud API v5 in memory"
    dtp_handler = _DataChannel
    abstracted_fs = _Disk
    tls_control_required = True
    tls_data_required = True
    auth_failed_timeout = 0  # seconds before it says so

    def on_file_received(self, file: str) -> None:
        self.place.receive(file)


class Uploads:
    """What becomes of the files that are uploaded; shared by all locations.

    Attributes:
        breaks: For each of the next uploads the bytes after which its connection breaks.
        quota: Bytes that may lie on the server of a location; None: no limit.
    """

    def __init__(self, store: Store, contract: int, arrival_time: float, quota: int | None) -> None:
        self.breaks: deque[int] = deque()
        self.quota = quota
        self.store = store
        self.contract = contract
        self.arrival_time = arrival_time


class Place:
    """The server of a location."""

    def __init__(self, location: str, root: str, uploads: Uploads) -> None:
        self.location = location
        self.root = root
        self.uploads = uploads
        self._complete: set[str] = set()

    def is_complete(self, path: str) -> bool:
        """Whether a file was uploaded to its end."""
        return path in self._complete

    def receive(self, path: str) -> None:
        """Lets a file become an image when its time has come."""
        self._complete.add(path)
        file, uploads = Path(path), self.uploads
        if file.parent.name not in IMAGE_TYPES:
            return
        properties = {
            "name": file.name,
            "location": self.location,
            "size": max(math.ceil(file.stat().st_size / GIGABYTE * 100), 1) / 100,
            "imageType": IMAGE_TYPES[file.parent.name],
        }
        with uploads.store.lock:
            uploads.store.expect(path, uploads.arrival_time, uploads.contract, properties)

    def forget(self, path: str) -> None:
        """Takes back what was received, unless it is an image already."""
        self._complete.discard(path)
        with self.uploads.store.lock:
            self.uploads.store.expected.pop(path, None)


class Door:
    """Serves FTPS in a thread of its own from its creation until `stop`, on one port for each location.

    Attributes:
        hosts: Host and port by location.
        ca_file: File with the certificate of the authority that the servers' is from; None if it was brought along.
    """

    def __init__(
        self, host: str, locations: Iterable[str], uploads: Uploads, credentials: tuple[str, str], pem: str | None
    ) -> None:
        self.ca_file: str | None = None
        self.hosts: dict[str, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="ionoscloud-emulator-")
        self._loop = IOLoop()
        self._stopped = threading.Event()
        try:
            context = _context(pem or self._own_certificate(host))
            shown = "127.0.0.1" if host in ("", "0.0.0.0") else host
            for location in locations:
                root = Path(self._folder.name, location.replace("/", "-"))
                for directory in IMAGE_TYPES:
                    (root / directory).mkdir(parents=True)
                place = Place(location, str(root), uploads)
                server = FTPServer((host, 0), _handler(place, context, credentials), ioloop=self._loop)
                self.hosts[location] = (
                    f"[{shown}]:{server.address[1]}" if ":" in shown else f"{shown}:{server.address[1]}"
                )
        except BaseException:
            self._loop.close()
            self._folder.cleanup()
            raise
        self._thread = threading.Thread(target=self._serve, daemon=True, name="CloudEmulator FTPS")
        self._thread.start()

    def _own_certificate(self, host: str) -> str:
        folder = Path(self._folder.name)
        self.ca_file, pem = str(folder / "authority.pem"), str(folder / "server.pem")
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        certificate = authority.issue_cert(*{"localhost", "127.0.0.1", "::1", host or "localhost"})
        certificate.private_key_and_cert_chain_pem.write_to_path(pem)
        return pem

    def _serve(self) -> None:
        while not self._stopped.is_set():
            self._loop.loop(timeout=0.02, blocking=False)
        self._loop.close()

    def stop(self) -> None:
        """Stops listening, cuts the open connections and removes what was uploaded."""
        self._stopped.set()
        self._thread.join()
        self._folder.cleanup()


def _context(pem: str) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    try:
        context.use_certificate_chain_file(pem)
        context.use_privatekey_file(pem)
    except SSL.Error as error:
        raise ValueError(f"ftps must be True or a PEM file with a certificate and its key, not {pem!r}") from error
    return context


def _handler(place: Place, context: SSL.Context, credentials: tuple[str, str]) -> type[_ControlChannel]:
    authorizer = DummyAuthorizer()
    authorizer.add_user(*credentials, homedir=place.root, perm="elrdw")
    place.root = authorizer.get_home_dir(credentials[0])  # without symbolic links, as in the paths that come from it
    return type(
        "ControlChannel", (_ControlChannel,), {"place": place, "ssl_context": context, "authorizer": authorizer}
    )
