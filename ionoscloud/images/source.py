"""The source of an upload: a file or a stream that must not change while it is read."""

from __future__ import annotations

import io
import os
import stat
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from typing import IO, TYPE_CHECKING, Any, Union
from zlib import crc32

from ionoscloud._checks import irregular_kind
from ionoscloud.exceptions import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    Source = Union[str, os.PathLike[str], IO[bytes]]

BLOCK_SIZE = 64 * 1024


@contextmanager
def open_source(source: Source, name: str | None) -> Generator[ImageSource]:
    """Context manager that opens a path; a stream stays open after it.

    Args:
        source: Path of a regular file, or an open binary stream.
        name: Name of the image; default is the name of the file.

    Raises:
        ApiTypeError: The source is neither a path nor a binary stream.
        ApiValueError: The path is not that of a regular file, or the source is empty or closed.
        OSError: The file cannot be opened.
    """
    if isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        try:
            found = os.stat(path)
        except ValueError as error:  # such as a null character
            raise ApiValueError(f"source must be the path of a file, not {path!r}: {error}") from error
        _check_regular(path, found)  # opening anything else could block or have side effects
        with open(path, "rb", opener=_open_without_blocking) as stream:
            _check_regular(path, os.fstat(stream.fileno()))  # the path may have been replaced since
            yield ImageSource(stream, name)
    elif isinstance(source, io.TextIOBase) or not hasattr(source, "read"):
        raise ApiTypeError(f'source must be a path or a stream in mode "rb", not {type(source).__name__}')
    elif getattr(source, "closed", False):
        raise ApiValueError("source must be open, not a closed file")
    else:
        yield ImageSource(source, name)


def _open_without_blocking(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _check_regular(path: str, found: os.stat_result) -> None:
    kind = irregular_kind(found)
    if kind:
        raise ApiValueError(f"source must be a regular file or an open binary stream, but {path!r} is {kind}")


class ImageSource:
    """A stream that several threads read, from its current position on, and that must not change.

    Attributes:
        name: Name of the image; `None` if unknown.
        seekable: Whether it can be read more than once.
        size: Bytes from the initial position to the end; `None` if it cannot seek.
    """

    def __init__(self, stream: Any, name: str | None) -> None:
        path = getattr(stream, "name", None)
        self.name = os.path.basename(path) if name is None and isinstance(path, str) else name
        self.size: int | None = None
        self.seekable = bool(getattr(stream, "seekable", bool)())
        self._stream = stream
        self._lock = threading.Lock()
        self._changes: list[str] = []
        self._checksums: dict[tuple[int, int], int] = {}  # by offset and length, for a stream without a file
        self._file = _stat_file(stream)
        self._path: str | None = None
        if self._file and isinstance(path, (str, bytes)):
            path = os.path.abspath(os.fsdecode(path))
            if _is_same(self._file, _stat_path(path)):
                self._path = path
        if self.seekable:
            self._start = stream.tell()
            self.size = size = stream.seek(0, io.SEEK_END) - self._start
            if size <= 0:
                raise ApiValueError("source must not be empty")

    def blocks(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes after an offset, which must be 0 if the stream cannot seek."""
        compared = self.seekable and self._file is None
        skipped = offset % BLOCK_SIZE if compared else 0  # aligned, so that checksums of the same blocks compare
        offset -= skipped
        while self.size is None or offset < self.size:
            length = BLOCK_SIZE if self.size is None else min(BLOCK_SIZE, self.size - offset)
            with self._lock:  # all locations share the stream
                if self.seekable:
                    self._stream.seek(self._start + offset)
                block = self._stream.read(length)
            if not isinstance(block, bytes):
                raise ApiTypeError(f"source must return bytes when it is read, not {type(block).__name__}")
            if compared and offset % BLOCK_SIZE == 0:
                self._compare(offset, block)
            if self._changes or (not block and self.size is not None):
                self.check()
            if not block:
                if self.size is None:
                    return
                raise ApiValueError(f"source became shorter: it ended after {offset} of {self.size} bytes")
            offset += len(block)
            yield block[skipped:]
            skipped = max(skipped - len(block), 0)

    def check(self, timeout: float = -1) -> None:
        """Check that the source is unchanged. After a change, this fails for all locations.

        Args:
            timeout: Seconds to wait for a thread that is reading; default no limit.

        Raises:
            ApiValueError: The source was changed or replaced.
        """
        self._changes = self._changes or list(self._find_changes(timeout))
        if self._changes:
            name = self._path or self.name
            raise ApiValueError(f"source changed during the upload: {name!r}, {', '.join(self._changes)}")

    def _find_changes(self, timeout: float) -> Iterator[str]:
        before = self._file
        if before:
            now = os.fstat(self._stream.fileno())
            at_path = _stat_path(self._path) if self._path else now
            if now.st_size != before.st_size:
                yield f"size from {before.st_size} to {now.st_size} bytes"
            if now.st_mtime_ns != before.st_mtime_ns:
                yield f"modification time from {_timestamp(before.st_mtime_ns)} to {_timestamp(now.st_mtime_ns)}"
            # Deleting, renaming and linking a file change its status change time, but not its contents.
            elif now.st_ctime_ns != before.st_ctime_ns and now.st_nlink == before.st_nlink and _is_same(now, at_path):
                yield f"status change time from {_timestamp(before.st_ctime_ns)} to {_timestamp(now.st_ctime_ns)}"
            if at_path and not _is_same(before, at_path):
                yield "replaced by another file"
        elif self.seekable and self._lock.acquire(timeout=timeout):
            try:
                size = self._stream.seek(0, io.SEEK_END) - self._start
            finally:
                self._lock.release()
            if size != self.size:
                yield f"size from {self.size} to {size} bytes"

    def _compare(self, offset: int, block: bytes) -> None:
        """Compare a block with an earlier read of it: a stream without a file has no modification time."""
        checksum = crc32(block)
        if self._checksums.setdefault((offset, len(block)), checksum) != checksum:
            self._changes = self._changes or [f"different content from byte {offset} on"]


def _stat_file(stream: Any) -> os.stat_result | None:
    """Return the status of the regular file behind a stream; `None` if there is none."""
    try:
        result = os.fstat(stream.fileno())
    except Exception:  # a stream of the program can raise any exception
        return None
    return result if stat.S_ISREG(result.st_mode) else None


def _stat_path(path: str) -> os.stat_result | None:
    with suppress(OSError, ValueError):
        return os.stat(path)
    return None


def _is_same(file: os.stat_result, other: os.stat_result | None) -> bool:
    return other is not None and os.path.samestat(file, other)


def _timestamp(nanoseconds: int) -> str:
    try:
        second = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=nanoseconds // 10**9)
    except OverflowError:
        return f"{nanoseconds} ns"
    return f"{second:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9:09}Z"
