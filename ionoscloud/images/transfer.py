"""The way of an image to the FTP servers of one or several locations; `image_upload` says what there is to send."""

from __future__ import annotations

import ftplib
import io
import os
import stat
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from zlib import crc32

from urllib3.exceptions import HTTPError, ProtocolError

from ionoscloud._errors import can_be_pickled
from ionoscloud._logs import logger
from ionoscloud.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    ConflictException,
    OpenApiException,
    TimeoutException,
)
from ionoscloud.images.ftps import Deadline, Door, Session, as_api_exception, is_transient

if TYPE_CHECKING:
    import urllib3

CHUNK = 64 * 1024
PARALLEL = 16  # transfers at the same time
CLEAN_UP_TIME = 30.0  # seconds in which what was sent in part must be gone, beyond the time of the transfer
GRACE = 1.0  # seconds that a thread may take to notice that its time is over

IN_DOUBT = "whether the server accepted the image is not known, so that no file of that name is deleted"

NOT_STARTED, DONE, REMOVED, LEFT_BEHIND = "not started", "done", "removed", "left behind"


@dataclass
class Transfer:
    """The transfer of an image to a location.

    Attributes:
        location: Such as `de/fra`.
        name: Name of the image, with its extension.
        host: The FTP server, with its port if that is not the usual one.
        directory: The directory there.
        size: Bytes of the image; `None` as long as that is not known.
        sent: Bytes that were sent; once it is over, bytes that the server has.
        state: `not started`, `done`, `removed` (what was sent was deleted) or `left behind` (a file of that name may
            still be on the server, either because it cannot be deleted or because it may belong to another program).
        error: What went wrong, if something did.
    """

    location: str
    name: str
    host: str = ""
    directory: str = ""
    size: int | None = None
    sent: int = 0
    state: str = NOT_STARTED
    error: Exception | None = None

    def __getstate__(self) -> dict[str, Any]:
        error = self.error
        if error is not None and not can_be_pickled(error):  # it may come from the progress callback
            error = OpenApiException(f"{type(error).__name__}: {error}")
        return {**vars(self), "error": error}

    def __str__(self) -> str:
        parts = [f"{self.location}: {self.state}"]
        if self.state in (DONE, LEFT_BEHIND):
            parts.append(f"({self.sent} bytes{'' if self.state == DONE else f' in {self.directory} on {self.host}'})")
        if self.error:
            parts.append(f"because of {type(self.error).__name__}: {self.error}")
        return " ".join(parts)


class ImageStream:
    """What is uploaded: a stream from where it stands to its end, which must not change meanwhile."""

    def __init__(self, stream: Any, name: str) -> None:
        self.name = name
        self.size: int | None = None
        self.seekable = bool(getattr(stream, "seekable", bool)())
        self._stream = stream
        self._lock = threading.Lock()
        self._changes: list[str] = []
        self._checksums: dict[tuple[int, int], int] = {}  # of the blocks that a stream without a file gave
        self._file = _file_of(stream)
        self._path = _path_of(stream, self._file)
        if self.seekable:
            self._start = stream.tell()
            self.size = size = stream.seek(0, io.SEEK_END) - self._start
            if size <= 0:
                raise ApiValueError("source must not be empty")

    def blocks(self, offset: int) -> Iterator[bytes]:
        """Yield what comes after an offset, which must be 0 if the stream cannot seek."""
        compared = self.seekable and self._file is None
        skipped = offset % CHUNK if compared else 0  # blocks begin at the same places, so that they can be compared
        offset -= skipped
        while self.size is None or offset < self.size:
            length = CHUNK if self.size is None else min(CHUNK, self.size - offset)
            with self._lock:  # one handle serves all locations
                if self.seekable:
                    self._stream.seek(self._start + offset)
                block = self._stream.read(length)
            if not isinstance(block, bytes):
                raise ApiTypeError(f"source must give bytes when it is read, not {type(block).__name__}")
            if compared and offset % CHUNK == 0:
                self._check_again(offset, block)
            if self._changes or (not block and self.size is not None):
                self.check()
            if not block:
                if self.size is None:
                    return
                raise ApiValueError(f"source has become shorter: it ended after {offset} of {self.size} bytes")
            offset += len(block)
            yield block[skipped:]
            skipped = max(skipped - len(block), 0)

    def check(self, patience: float = -1) -> None:
        """See that the source is what it was at the beginning; once it is not, no location may have it.

        Args:
            patience: Seconds to wait while another thread reads; default no limit.

        Raises:
            ApiValueError: It has changed, or was replaced.
        """
        self._changes = self._changes or list(self._found_changes(patience))
        if self._changes:
            what = self.name if self._path is None else self._path
            raise ApiValueError(f"source changed during the upload: {what!r}, {', '.join(self._changes)}")

    def _found_changes(self, patience: float) -> Iterator[str]:
        before = self._file
        if before:
            now = os.fstat(self._stream.fileno())
            if now.st_size != before.st_size:
                yield f"size from {before.st_size} to {now.st_size} bytes"
            if now.st_mtime_ns != before.st_mtime_ns:
                yield f"modification time from {_moment(before.st_mtime_ns)} to {_moment(now.st_mtime_ns)}"
            elif self._is_in_place(now) and now.st_ctime_ns != before.st_ctime_ns:
                yield f"status change time from {_moment(before.st_ctime_ns)} to {_moment(now.st_ctime_ns)}"
            with suppress(OSError):  # a file without a name is complete, too
                if self._path is not None and not os.path.samestat(before, os.stat(self._path)):
                    yield "replaced by another file"
        elif self.seekable and self._lock.acquire(timeout=patience):
            try:
                size = self._stream.seek(0, io.SEEK_END) - self._start
            finally:
                self._lock.release()
            if size != self.size:
                yield f"size from {self.size} to {size} bytes"

    def _is_in_place(self, now: os.stat_result) -> bool:
        """Say whether the file has the names that it had: to delete or rename it changes its status change time."""
        assert self._file
        try:
            moved = self._path is not None and not os.path.samestat(now, os.stat(self._path))
        except OSError:
            return False
        return not moved and now.st_nlink == self._file.st_nlink

    def _check_again(self, offset: int, block: bytes) -> None:
        """See that a stream without a file, which has no times, gives what it gave before."""
        checksum = crc32(block)
        if self._checksums.setdefault((offset, len(block)), checksum) != checksum:
            self._changes = self._changes or [f"other content from byte {offset} on"]


def _file_of(stream: Any) -> os.stat_result | None:
    """Return what is known of the file behind a stream; `None` when it is no file."""
    try:
        result = os.fstat(stream.fileno())
    except Exception:  # whatever foreign classes raise
        return None
    return result if stat.S_ISREG(result.st_mode) else None


def _path_of(stream: Any, file: os.stat_result | None) -> str | None:
    """Return the path of the file behind a stream, if its name is one."""
    name = getattr(stream, "name", None)
    if file and isinstance(name, (str, bytes)):
        with suppress(OSError, ValueError):
            path = os.path.abspath(os.fsdecode(name))
            return path if os.path.samestat(file, os.stat(path)) else None
    return None


def _moment(nanoseconds: int) -> str:
    try:
        second = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=nanoseconds // 10**9)
    except OverflowError:
        return f"{nanoseconds} ns"
    return f"{second:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9:09}Z"


class _Stopped(Exception):
    """Ends a transfer because of an error, the cause, that has nothing to do with the connection."""


@contextmanager
def _stopping() -> Generator[None]:
    """Let no error of the source or of the progress callback pass for one of the connection."""
    try:
        yield
    except GeneratorExit:
        raise
    except BaseException as error:
        raise _Stopped from error


class Upload:
    """The way of an image to a location; each step is taken by one thread."""

    def __init__(
        self, transfer: Transfer, image: ImageStream, door: Door, policy: urllib3.Retry, deadline: Deadline, report: Any
    ) -> None:
        self.transfer = transfer
        self._image = image
        self._door = door
        self._deadline = deadline
        self._report = report
        self._policy = policy
        self._session: Any = None  # the context of a session that is open
        self._begun = False  # whether the server has accepted a file of ours, which may be there then
        self._in_doubt = False  # whether the connection broke before it said so
        self._least = 0  # bytes that it had of ours when it accepted the rest
        self._given_up = False

    @property
    def path(self) -> str:
        return f"{self.transfer.directory}/{self.transfer.name}"

    def check(self) -> None:
        """Log in, and see that the name is free."""
        self._offset(self._enter())

    def _offset(self, session: Session) -> int:
        """Return how many bytes of the image the server has; a file that is not ours is an error."""
        size, transfer = session.size_of(self.transfer.name), self.transfer
        if size is None:
            self._begun = self._in_doubt = False
            self._least = transfer.sent = 0
        elif self._in_doubt:
            raise self._conflict(f"{self.path} is there, with {size} bytes, and nothing says whose it is")
        elif not self._begun:
            raise self._conflict(f"{self.path} is already there, with {size} bytes")
        elif not self._may_be_ours(size):
            raise self._foreign(size)
        return size or 0

    def _may_be_ours(self, size: int) -> bool:
        return self._least <= size <= self.transfer.sent

    def _foreign(self, size: int) -> ApiException:
        """Return the error for a file that has taken the place of ours, and let go of it."""
        transfer = self.transfer
        than = f"fewer than before ({self._least})"
        if size > transfer.sent:
            than = f"more than were sent ({transfer.sent})"
        reason = f"{self.path} has {size} bytes, {than}: it was replaced on the server, and is not deleted"
        self._begun, transfer.sent, transfer.state = False, size, LEFT_BEHIND
        return ApiException(reason=reason)

    def refuse_listed(self, identifier: str | None) -> None:
        self.transfer.error = self._conflict(f"there is already a private image of that name, {identifier}")

    def _conflict(self, reason: str) -> ConflictException:
        return ConflictException(reason=reason, url=f"ftp://{self._door.address}/", method="STOR")

    def transmit(self) -> None:
        """Send the image, or the rest of it, and see that all of it is there."""
        session, transfer, image = self._enter(), self.transfer, self._image
        with _stopping():
            image.check()
        with session.data_channel() as channel:
            offset = self._offset(session)  # as late as possible: others may use the name, too
            if offset:
                logger.warning("%s: going on after %d bytes", transfer.location, offset)
            if offset != image.size:
                self._begin(session, offset)
                session.send(session.secure(channel), self._blocks(offset))
        size = session.size_of(transfer.name)
        # Once the server has confirmed it, it may also have moved it on already.
        if size is not None and not self._may_be_ours(size):
            raise self._foreign(size)
        if size not in (transfer.sent, None):
            raise ApiException(reason=f"{self.path} has {size} bytes on the server, not {transfer.sent}")
        with _stopping():
            image.check()
        transfer.size, transfer.state = transfer.sent, DONE
        logger.debug("%s: %s is on %s", transfer.location, self.path, self._door.address)
        with suppress(*ftplib.all_errors):
            session.quit()

    def _enter(self) -> Session:
        if self._session is None:
            logger.debug("%s: connecting to %s", self.transfer.location, self._door.address)
            context = self._door.session(self._deadline, self.transfer.directory)
            self._session = context, context.__enter__()
        session: Session = self._session[1]
        return session

    def leave(self) -> None:
        """Close the session, if one is open."""
        opened, self._session = self._session, None
        if opened:
            opened[0].__exit__(None, None, None)

    def _begin(self, session: Session, offset: int) -> None:
        """Let the server accept the image; only from then on there is something of ours."""
        self._in_doubt = not self._begun
        try:
            session.store(self.transfer.name, offset)
        except (ftplib.error_temp, ftplib.error_perm):  # refused
            self._in_doubt = False
            raise
        self._begun, self._in_doubt, self._least = True, False, offset

    def _blocks(self, offset: int) -> Iterator[bytes]:
        transfer = self.transfer
        with _stopping():
            self._report(transfer.location, offset, transfer.size)
            for block in self._image.blocks(offset):
                transfer.sent = max(transfer.sent, offset + len(block))
                yield block
                offset += len(block)
                self._report(transfer.location, offset, transfer.size)
            if not offset:
                raise ApiValueError("source must not be empty")

    def run(self, step: Callable[[Upload], None]) -> None:
        """Take a step, again where that may help, and note in the transfer what went wrong."""
        for attempt in count(1):
            try:
                return step(self)
            except BaseException as error:  # whatever it is, the caller waits for a word about it
                if self._given_up:
                    return None
                self.leave()
                wait = self._wait_before_next(error)
                if wait is None or self._deadline.wait(wait):
                    self.transfer.error = self._told(error, attempt)
                    return None
        return None

    def _wait_before_next(self, error: BaseException) -> float | None:
        """Return the seconds before the next attempt; `None` when there is none."""
        if not is_transient(error) or self._deadline.over or (self._begun and not self._image.seekable):
            return None
        try:
            self._policy = self._policy.increment("PUT", self.path, error=ProtocolError(type(error).__name__))
        except HTTPError:
            return None
        logger.warning("%s: connection to %s broke: %r", self.transfer.location, self._door.address, error)
        return self._policy.get_backoff_time()

    def _told(self, error: BaseException, attempts: int) -> Any:
        if isinstance(error, _Stopped):
            return error.__cause__
        if not isinstance(error, Exception):
            return error
        result = as_api_exception(error, self._door, self.path, self._deadline, attempts)
        if self._in_doubt and isinstance(result, ApiException):
            result.reason = f"{result.reason}; {IN_DOUBT}"
        return result

    def give_up(self) -> None:
        """Wait no longer for a step whose thread does not come back: the source or the progress callback holds it."""
        self._given_up = True
        reason = f"{self._deadline}, and the source or the progress callback is still busy"
        self.fail(TimeoutException(reason=reason, method="STOR"))

    def fail(self, error: Any) -> None:
        """Note what went wrong after the last step, unless something did before."""
        self.transfer.error = self.transfer.error or error

    @property
    def is_unfinished(self) -> bool:
        """Whether there may be something on the server that must not stay."""
        return (self._begun or self._in_doubt) and (self.transfer.state != DONE or self.transfer.error is not None)

    def clean_up(self, deadline: Deadline) -> None:
        """Remove what was sent, if it is ours and the server permits it."""
        transfer = self.transfer
        gone = LEFT_BEHIND if transfer.state == DONE else REMOVED if self._begun else NOT_STARTED  # if it is not there
        transfer.state = LEFT_BEHIND
        try:
            with self._door.session(deadline, transfer.directory) as session:
                size = session.size_of(transfer.name)
                is_ours = size is not None and self._begun and self._may_be_ours(size)
                transfer.sent = size or 0
                if size is None:
                    transfer.state = gone
                elif is_ours:
                    session.delete(transfer.name)
                    transfer.state = REMOVED
        except Exception as error:  # it must not hide what went wrong before
            logger.debug("%s: cannot remove %s: %s", transfer.location, self.path, error)
        logger.warning("%s", transfer)


def run_all(uploads: Sequence[Upload], step: Callable[[Upload], None], deadline: Deadline) -> list[Upload]:
    """Take a step of several uploads, some at the same time, and return those that did not come to its end in time."""
    waiting_ones = deque(uploads)
    ended: set[Upload] = set()
    # Neither `Thread.join` nor an event: a signal that interrupts those can leave them locked.
    over: SimpleQueue[None] = SimpleQueue()
    running = min(len(uploads), PARALLEL)

    def work() -> None:
        try:
            while True:
                try:
                    upload = waiting_ones.popleft()
                except IndexError:
                    return
                try:
                    step(upload)
                except BaseException as error:  # such as one of a handler of the log
                    upload.fail(error)
                ended.add(upload)
        finally:
            over.put(None)

    def wait() -> None:
        nonlocal running
        with suppress(Empty):
            while running:
                over.get(timeout=deadline.until(GRACE))
                running -= 1

    # Threads of their own, not of a pool: a source that blocks for ever must not keep the program from ending.
    threads = [threading.Thread(target=work, name=f"upload {number}", daemon=True) for number in range(running)]
    try:
        for thread in threads:
            thread.start()
        wait()
    except BaseException:
        deadline.cut()
        wait()
        raise
    return [upload for upload in uploads if upload not in ended]


def clean_up(uploads: Sequence[Upload]) -> None:
    """Close what is open, and remove what was sent in part."""
    for upload in uploads:
        upload.leave()
    unfinished = [upload for upload in uploads if upload.is_unfinished]
    with Deadline(CLEAN_UP_TIME) as deadline:
        run_all(unfinished, partial(Upload.clean_up, deadline=deadline), deadline)
