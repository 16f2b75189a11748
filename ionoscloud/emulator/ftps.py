"""Serve FTPS: one port for each location. Uploaded files become private images after some time.

The files are in a temporary directory, which is removed when the server stops.
"""

# pyftpdlib has no types.
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
    # pyftpdlib uses asyncore and asynchat, which are deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.exceptions import FilesystemError
    from pyftpdlib.filesystems import AbstractedFS
    from pyftpdlib.handlers import DTPHandler, TLS_DTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer as PyftpdlibServer

# Without a handler pyftpdlib configures logging to stderr for the whole process.
logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())

IMAGE_TYPES = {"iso-images": "CDROM", "hdd-images": "HDD"}  # by directory of the upload
GIGABYTE = 1024**3


class _ConnectionBroken(OSError):
    """A test breaks the connection."""


class _UploadFile(io.FileIO):
    """An uploaded file. After `free` bytes the disk is full or, if `breaks`, the connection breaks."""

    def __init__(self, path: str, mode: str, free: float, breaks: bool) -> None:
        super().__init__(path, mode)
        self._free = free
        self._breaks = breaks

    def write(self, data: Any) -> int:
        free = int(min(self._free, len(data)))
        self._free -= len(data)
        written = super().write(data[:free])
        if self._free <= 0 and self._breaks:
            raise _ConnectionBroken(errno.ECONNABORTED, "broken")
        if self._free < 0:
            raise OSError(errno.ENOSPC, "No space left")
        return written


class _FileSystem(AbstractedFS):  # type: ignore[misc]
    """The file system of a location."""

    cmd_channel: _ControlChannel

    def open(self, filename: str, mode: str) -> Any:
        folder = self.cmd_channel.folder
        if mode[0] == "r" and "+" not in mode:
            return super().open(filename, mode)  # pyright: ignore[reportUnknownVariableType]
        if "r" not in mode and folder.is_complete(filename):
            raise FilesystemError("File exists already")
        folder.forget(filename)
        used = sum(file.stat().st_size for file in Path(folder.root).rglob("*") if file.is_file())
        if folder.uploads.breaks:
            return _UploadFile(filename, mode, folder.uploads.breaks.popleft(), True)
        quota = folder.uploads.quota
        return _UploadFile(filename, mode, math.inf if quota is None else quota - used, False)

    def remove(self, path: str) -> None:
        super().remove(path)
        self.cmd_channel.folder.forget(path)

    def chdir(self, path: str) -> None:
        """Change the directory of the login. The base class also changes that of the process."""
        if not self.isdir(path):
            raise FilesystemError("No such directory")
        self.cwd = self.fs2ftp(path)


class _DataChannel(TLS_DTPHandler):  # type: ignore[misc]
    def handle_error(self) -> None:
        """Reply 552 when the disk is full, and nothing when a test breaks the connection."""
        error = sys.exc_info()[1]
        cause = error.__cause__ if error else None
        if not isinstance(cause, OSError):
            super().handle_error()
            return
        self._error = True  # closes the connection without the TLS shutdown
        if isinstance(cause, _ConnectionBroken):
            self.cmd_channel._error = True
            self.cmd_channel.close()
        else:
            self._resp = ("552 Insufficient storage space.", logging.getLogger("pyftpdlib").info)
        DTPHandler.close(self)


class _ControlChannel(TLS_FTPHandler):  # type: ignore[misc]
    """A login. Each location has a subclass, since pyftpdlib reads its settings from the class."""

    folder: LocationFolder
    banner = "IONOS Cloud API v5 in memory"
    dtp_handler = _DataChannel
    abstracted_fs = _FileSystem
    tls_control_required = True
    tls_data_required = True
    auth_failed_timeout = 0  # seconds before the reply

    def on_file_received(self, file: str) -> None:
        self.folder.receive(file)


class Uploads:
    """Settings of uploads, for all locations.

    Attributes:
        breaks: For each of the next uploads, the number of bytes after which its connection breaks.
        quota: Bytes that a location can store; None: no limit.
        store: The store that gets the images.
        contract: The contract that owns the images.
        arrival_time: Seconds from the end of an upload until the image exists.
    """

    def __init__(self, store: Store, contract: int, arrival_time: float, quota: int | None) -> None:
        self.breaks: deque[int] = deque()
        self.quota = quota
        self.store = store
        self.contract = contract
        self.arrival_time = arrival_time


class LocationFolder:
    """The uploaded files of a location."""

    def __init__(self, location: str, root: str, uploads: Uploads) -> None:
        self.location = location
        self.root = root
        self.uploads = uploads
        self._complete: set[str] = set()

    def is_complete(self, path: str) -> bool:
        """Return whether the upload of a file is complete."""
        return path in self._complete

    def receive(self, path: str) -> None:
        """Accept a complete file, which becomes an image after `arrival_time`."""
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
            uploads.store.add_arrival(path, uploads.arrival_time, uploads.contract, properties)

    def forget(self, path: str) -> None:
        """Forget a file, so that it does not become an image if it is not one yet."""
        self._complete.discard(path)
        with self.uploads.store.lock:
            self.uploads.store.arrivals.pop(path, None)


class FtpServer:
    """Serves FTPS in a thread from its creation until `stop`, on one port for each location.

    Attributes:
        hosts: Host and port by location.
        ca_file: File with the CA certificate that clients must trust; None if the caller has set the certificate.
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
            context = _context(pem or self._create_certificate(host))
            shown = "127.0.0.1" if host in ("", "0.0.0.0") else host
            for location in locations:
                root = Path(self._folder.name, location.replace("/", "-"))
                for directory in IMAGE_TYPES:
                    (root / directory).mkdir(parents=True)
                folder = LocationFolder(location, str(root), uploads)
                server = PyftpdlibServer((host, 0), _handler(folder, context, credentials), ioloop=self._loop)
                self.hosts[location] = (
                    f"[{shown}]:{server.address[1]}" if ":" in shown else f"{shown}:{server.address[1]}"
                )
        except BaseException:
            self._loop.close()
            self._folder.cleanup()
            raise
        self._thread = threading.Thread(target=self._serve, daemon=True, name="CloudEmulator FTPS")
        self._thread.start()

    def _create_certificate(self, host: str) -> str:
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
        """Stop listening, close the open connections and remove the uploaded files."""
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


def _handler(folder: LocationFolder, context: SSL.Context, credentials: tuple[str, str]) -> type[_ControlChannel]:
    authorizer = DummyAuthorizer()
    authorizer.add_user(*credentials, homedir=folder.root, perm="elrdw")
    folder.root = authorizer.get_home_dir(credentials[0])  # without symbolic links, as in paths from pyftpdlib
    return type(
        "ControlChannel", (_ControlChannel,), {"folder": folder, "ssl_context": context, "authorizer": authorizer}
    )
