"""The way of an image to the FTP servers of one or several locations; `image_upload` says what there is to send."""

from __future__ import annotations

import ftplib
import io
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError, ProtocolError

from ionoscloud.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    ConflictException,
    OpenApiException,
    TimeoutException,
    can_be_pickled,
)
from ionoscloud.ftps import Deadline, Door, Session, as_api_exception, is_transient
from ionoscloud.logs import logger

if TYPE_CHECKING:
    import urllib3

CHUNK = 64 * 1024
PARALLEL = 16  # transfers at the same time
CLEAN_UP_TIME = 30.0  # seconds in which what was sent in part must be gone, beyond the time of the transfer
GRACE = 1.0  # seconds that a thread may take to notice that its time is over

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
        state: `not started`, `done`, `removed` (what was sent in part is gone again) or `left behind` (it is not).
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
    """What is uploaded: a stream from where it stands to its end."""

    def __init__(self, stream: Any, name: str) -> None:
        self.name = name
        self.size: int | None = None
        self.seekable = bool(getattr(stream, "seekable", bool)())
        self._stream = stream
        self._lock = threading.Lock()
        if self.seekable:
            self._start = stream.tell()
            self.size = size = stream.seek(0, io.SEEK_END) - self._start
            if size <= 0:
                raise ApiValueError("source must not be empty")

    def blocks(self, offset: int) -> Iterator[bytes]:
        """Yield what comes after an offset, which must be 0 if the stream cannot seek."""
        while self.size is None or offset < self.size:
            length = CHUNK if self.size is None else min(CHUNK, self.size - offset)
            with self._lock:  # one handle serves all locations
                if self.seekable:
                    self._stream.seek(self._start + offset)
                block = self._stream.read(length)
            if not isinstance(block, bytes):
                raise ApiTypeError(f"source must give bytes when it is read, not {type(block).__name__}")
            if not block:
                if self.size is None:
                    return
                raise ApiValueError(f"source has become shorter: it ended after {offset} of {self.size} bytes")
            yield block
            offset += len(block)


class _Stopped(Exception):
    """Ends a transfer because of an error, the cause, that has nothing to do with the connection."""


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
        self._begun = False  # whether there may be something of ours on the server
        self._given_up = False

    @property
    def path(self) -> str:
        return f"{self.transfer.directory}/{self.transfer.name}"

    def check(self) -> None:
        """Log in, and see that the name is free."""
        size = self._enter().size_of(self.transfer.name)
        if size is not None:
            raise self._conflict(f"{self.path} is already there, with {size} bytes")

    def refuse_listed(self, identifier: str | None) -> None:
        self.transfer.error = self._conflict(f"there is already a private image of that name, {identifier}")

    def _conflict(self, reason: str) -> ConflictException:
        return ConflictException(reason=reason, url=f"ftp://{self._door.address}/", method="STOR")

    def transmit(self) -> None:
        """Send the image, or the rest of it, and see that all of it is there."""
        session, name, image = self._enter(), self.transfer.name, self._image
        offset = session.size_of(name) or 0 if self._begun else 0
        if offset > self.transfer.sent:
            raise ApiException(reason=f"{self.path} has {offset} bytes, more than were sent ({self.transfer.sent})")
        if offset:
            logger.warning("%s: going on after %d bytes", self.transfer.location, offset)
        if not self._begun or offset != image.size:
            session.send(self._begin(session, offset), self._blocks(offset))
        size = session.size_of(name)
        # Once the server has confirmed it, it may also have moved it on already.
        if size not in (self.transfer.sent, None):
            raise ApiException(reason=f"{self.path} has {size} bytes on the server, not {self.transfer.sent}")
        self.transfer.size, self.transfer.state = self.transfer.sent, DONE
        logger.debug("%s: %s is on %s", self.transfer.location, self.path, self._door.address)
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

    def _begin(self, session: Session, offset: int) -> Any:
        begun, self._begun = self._begun, True
        try:
            return session.ntransfercmd(f"STOR {self.transfer.name}", offset or None)[0]
        except ftplib.error_perm:  # refused, so that nothing of ours is there
            self._begun = begun
            raise

    def _blocks(self, offset: int) -> Iterator[bytes]:
        transfer = self.transfer
        try:
            self._report(transfer.location, offset, transfer.size)
            for block in self._image.blocks(offset):
                transfer.sent = max(transfer.sent, offset + len(block))
                yield block
                offset += len(block)
                self._report(transfer.location, offset, transfer.size)
            if not offset:
                raise ApiValueError("source must not be empty")
        except GeneratorExit:
            raise
        except BaseException as error:
            raise _Stopped from error

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
                if wait is None or self._deadline.over.wait(wait):
                    self.transfer.error = self._told(error, attempt)
                    return None
        return None

    def _wait_before_next(self, error: BaseException) -> float | None:
        """Return the seconds before the next attempt; `None` when there is none."""
        if not is_transient(error) or self._deadline.over.is_set() or (self._begun and not self._image.seekable):
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
        return as_api_exception(error, self._door, self.path, self._deadline, attempts)

    def give_up(self) -> None:
        """Wait no longer for a step whose thread does not come back: the source or the progress callback holds it."""
        self._given_up = True
        reason = f"{self._deadline}, and the source or the progress callback is still busy"
        self.transfer.error = TimeoutException(reason=reason, method="STOR")

    @property
    def is_unfinished(self) -> bool:
        """Whether a part of the image may be on the server."""
        return self._begun and self.transfer.state != DONE

    def clean_up(self, deadline: Deadline) -> None:
        """Remove what was sent in part, if the server permits it."""
        transfer = self.transfer
        transfer.state = LEFT_BEHIND
        try:
            with self._door.session(deadline, transfer.directory) as session:
                size = session.size_of(transfer.name)
                transfer.sent = size or 0
                if size is not None:
                    session.delete(transfer.name)
            transfer.state = REMOVED
        except Exception as error:  # it must not hide what went wrong before
            logger.debug("%s: cannot remove %s: %s", transfer.location, self.path, error)
        logger.warning("%s", transfer)


def run_all(uploads: Sequence[Upload], step: Callable[[Upload], None], deadline: Deadline) -> list[Upload]:
    """Take a step of several uploads, some at the same time, and return those that did not come to its end in time."""
    waiting_ones = deque(uploads)
    ended: set[Upload] = set()

    def work() -> None:
        while True:
            try:
                upload = waiting_ones.popleft()
            except IndexError:
                return
            step(upload)
            ended.add(upload)

    # Threads of their own, not of a pool: a source that blocks for ever must not keep the program from ending.
    numbers = range(min(len(uploads), PARALLEL))
    threads = [threading.Thread(target=work, name=f"upload {number}", daemon=True) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(deadline.until(GRACE))
    return [upload for upload in uploads if upload not in ended]


def clean_up(uploads: Sequence[Upload]) -> None:
    """Close what is open, and remove what was sent in part."""
    for upload in uploads:
        upload.leave()
    unfinished = [upload for upload in uploads if upload.is_unfinished]
    with Deadline(CLEAN_UP_TIME) as deadline:
        run_all(unfinished, partial(Upload.clean_up, deadline=deadline), deadline)
