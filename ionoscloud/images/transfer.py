"""Transfer an image to FTP servers, with a thread for each location."""

from __future__ import annotations

import ftplib
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from ionoscloud._argument_errors import can_be_pickled
from ionoscloud._logs import logger
from ionoscloud._transport.retries import backoff_times
from ionoscloud.exceptions import ApiException, ApiValueError, ConflictException, OpenApiException, TimeoutException
from ionoscloud.images.deadline import Deadline
from ionoscloud.images.ftps import FtpServer, Session, as_api_exception, is_transient

if TYPE_CHECKING:
    import urllib3

    from ionoscloud.images.source import ImageSource

CLEANUP_TIMEOUT = 30.0  # seconds to delete incomplete files, beyond the time of the transfers
JOIN_GRACE = 1.0  # seconds for a thread to end after its deadline

NOT_STARTED, DONE, REMOVED, LEFT_BEHIND = "not started", "done", "removed", "left behind"

# Who stored the file on the server. Only OURS may be deleted.
NOT_OURS, UNKNOWN, OURS = "not ours", "unknown", "ours"


@dataclass
class Transfer:
    """The transfer of an image to a location.

    Attributes:
        location: Location such as `de/fra`.
        name: Name of the image, with its extension.
        host: FTP server, with its port unless that is the default.
        directory: Directory on the server.
        size: Bytes of the image; `None` if unknown.
        sent: Bytes sent so far; after the transfer, bytes on the server.
        state: `not started`, `done`, `removed` (the incomplete file was deleted) or `left behind` (a file of that name
            may still be on the server, because it cannot be deleted or may belong to another program).
        error: The reason if the transfer failed.
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
        if error is not None and not can_be_pickled(error):  # the progress callback can raise any exception
            error = OpenApiException(f"{type(error).__name__}: {error}")
        return {**vars(self), "error": error}

    def __str__(self) -> str:
        parts = [f"{self.location}: {self.state}"]
        if self.state in (DONE, LEFT_BEHIND):
            parts.append(f"({self.sent} bytes{'' if self.state == DONE else f' in {self.directory} on {self.host}'})")
        if self.error:
            parts.append(f"because of {type(self.error).__name__}: {self.error}")
        return " ".join(parts)


class _CallerError(Exception):
    """Wraps an error of the source or the progress callback, to distinguish it from errors of the connection."""


@contextmanager
def _calling_back() -> Generator[None]:
    try:
        yield
    except GeneratorExit:
        raise
    except BaseException as error:
        raise _CallerError from error


@dataclass(eq=False)
class Upload:
    """The steps of an upload to one location. Only one thread at a time runs them.

    Args:
        transfer: The transfer to update with progress and outcome.
        source: The image.
        server: FTP server of the location.
        policy: Number of retries after broken connections, and the waits between them.
        deadline: Deadline of all locations.
        report: The progress callback.
    """

    transfer: Transfer
    source: ImageSource
    server: FtpServer
    policy: urllib3.Retry
    deadline: Deadline
    report: Callable[[str, int, int | None], object]
    _owner: str = NOT_OURS
    _min_size: int = 0  # bytes of our file on the server when it last accepted the rest
    _abandoned: bool = False

    @property
    def path(self) -> str:
        return f"{self.transfer.directory}/{self.transfer.name}"

    def check(self) -> None:
        """Log in, and check that the name is free."""
        with self._session(self.deadline) as session:
            self._offset(session)

    def transmit(self) -> None:
        """Send the image, or the rest of it, and check that the server has all of it."""
        transfer, source = self.transfer, self.source
        with self._session(self.deadline) as session:
            with _calling_back():
                source.check()
            with session.data_channel() as channel:
                offset = self._offset(session)  # as late as possible: other programs may use the same name
                if offset:
                    logger.warning("%s: resuming after %d bytes", transfer.location, offset)
                if offset != source.size:
                    self._start(session, offset)
                    session.send(session.secure(channel), self._blocks(offset))
            size = session.size_of(transfer.name)
            # If the file is missing, the server has confirmed it, and may have processed it already.
            if size is not None and not self._may_be_ours(size):
                raise self._replaced(size)
            if size not in (transfer.sent, None):
                raise ApiException(reason=f"{self.path} has {size} bytes on the server, not {transfer.sent}")
            with _calling_back():
                source.check()
            transfer.size, transfer.state = transfer.sent, DONE
            logger.debug("%s: %s is on %s", transfer.location, self.path, self.server.address)
            with suppress(*ftplib.all_errors):
                session.quit()

    def _session(self, deadline: Deadline) -> closing[Session]:
        logger.debug("%s: connecting to %s", self.transfer.location, self.server.address)
        return closing(self.server.connect(deadline, self.transfer.directory))

    def _offset(self, session: Session) -> int:
        """Return how many bytes of the image the server has.

        Raises:
            ConflictException: The file may belong to another program.
            ApiException: Another program replaced our file.
        """
        size = session.size_of(self.transfer.name)
        if size is None:
            self._owner = NOT_OURS
            self._min_size = self.transfer.sent = 0
        elif self._owner == UNKNOWN:
            raise self._conflict(f"{self.path} exists, with {size} bytes, and its owner is unknown")
        elif self._owner == NOT_OURS:
            raise self._conflict(f"{self.path} already exists, with {size} bytes")
        elif not self._may_be_ours(size):
            raise self._replaced(size)
        return size or 0

    def _may_be_ours(self, size: int) -> bool:
        return self._min_size <= size <= self.transfer.sent

    def _replaced(self, size: int) -> ApiException:
        """Disown a file that replaced ours on the server, and return the error."""
        transfer = self.transfer
        than = f"fewer than before ({self._min_size})"
        if size > transfer.sent:
            than = f"more than were sent ({transfer.sent})"
        reason = f"{self.path} has {size} bytes, {than}: it was replaced on the server, and is not deleted"
        self._owner, transfer.sent, transfer.state = NOT_OURS, size, LEFT_BEHIND
        return ApiException(reason=reason)

    def _conflict(self, reason: str) -> ConflictException:
        return ConflictException(reason=reason, url=f"ftp://{self.server.address}/", method="STOR")

    def fail_listed(self, image_id: str | None) -> None:
        """Fail because a private image already has this name."""
        self.fail(self._conflict(f"a private image of that name already exists: {image_id}"))

    def _start(self, session: Session, offset: int) -> None:
        """Announce the file to the server. Once the server accepts it, it is ours."""
        before = self._owner
        self._owner = OURS if before == OURS else UNKNOWN
        try:
            session.store(self.transfer.name, offset)
        except (ftplib.error_temp, ftplib.error_perm):  # rejected
            self._owner = before
            raise
        self._owner, self._min_size = OURS, offset

    def _blocks(self, offset: int) -> Iterator[bytes]:
        transfer = self.transfer
        with _calling_back():
            self.report(transfer.location, offset, transfer.size)
            for block in self.source.blocks(offset):
                transfer.sent = max(transfer.sent, offset + len(block))
                yield block
                offset += len(block)
                self.report(transfer.location, offset, transfer.size)
            if not offset:
                raise ApiValueError("source must not be empty")

    def run(self, step: Callable[[Upload], None]) -> None:
        """Run a step, with retries, and store an error in the transfer."""
        delays = backoff_times(self.policy)
        for attempt in count(1):
            try:
                return step(self)
            except BaseException as error:  # any kind, because the caller waits for the outcome
                if self._abandoned:
                    return None
                delay = next(delays, None) if self._can_retry(error) else None
                if delay is not None:
                    logger.warning("%s: connection to %s broke: %r", self.transfer.location, self.server.address, error)
                if delay is None or self.deadline.wait(delay):
                    self.transfer.error = self._converted(error, attempt)
                    return None
        return None

    def _can_retry(self, error: BaseException) -> bool:
        can_resume = self._owner != OURS or self.source.seekable
        return can_resume and is_transient(error) and not self.deadline.expired

    def _converted(self, error: BaseException, attempts: int) -> Any:
        if isinstance(error, _CallerError):
            return error.__cause__
        if not isinstance(error, Exception):
            return error
        result = as_api_exception(error, self.server, self.path, self.deadline, attempts)
        if self._owner == UNKNOWN and isinstance(result, ApiException):
            note = "it is unknown whether the server accepted the image, so the file is not deleted"
            result.reason = f"{result.reason}; {note}"
        return result

    def abandon(self) -> None:
        """Give up on a thread that is blocked by the source or the progress callback."""
        self._abandoned = True
        reason = f"{self.deadline}, and the source or the progress callback is still busy"
        self.fail(TimeoutException(reason=reason, method="STOR"))

    def fail(self, error: Any) -> None:
        """Store an error in the transfer, unless it has one."""
        self.transfer.error = self.transfer.error or error

    @property
    def needs_cleanup(self) -> bool:
        """Whether the server may have a file to delete."""
        return self._owner != NOT_OURS and (self.transfer.state != DONE or self.transfer.error is not None)

    def clean_up(self, deadline: Deadline) -> None:
        """Delete the file if it is ours, and store the final state in the transfer."""
        transfer = self.transfer
        # The state if the file does not exist: the server may have processed a complete one already.
        missing = LEFT_BEHIND if transfer.state == DONE else REMOVED if self._owner == OURS else NOT_STARTED
        transfer.state = LEFT_BEHIND
        try:
            with self._session(deadline) as session:
                size = session.size_of(transfer.name)
                may_delete = size is not None and self._owner == OURS and self._may_be_ours(size)
                transfer.sent = size or 0
                if size is None:
                    transfer.state = missing
                elif may_delete:
                    session.delete(transfer.name)
                    transfer.state = REMOVED
        except Exception as error:  # must not hide the first error
            logger.debug("%s: cannot delete %s: %s", transfer.location, self.path, error)
        logger.warning("%s", transfer)


def run_all(uploads: Sequence[Upload], step: Callable[[Upload], None], deadline: Deadline) -> list[Upload]:
    """Run a step of all uploads in parallel until the deadline, and return the uploads that are still running."""
    # Neither `Thread.join` nor an event: a signal that interrupts them can leave them locked.
    ended: SimpleQueue[Upload] = SimpleQueue()
    finished: set[Upload] = set()

    def work(upload: Upload) -> None:
        try:
            step(upload)
        except BaseException as error:  # such as an error of a log handler
            upload.fail(error)
        finally:
            ended.put(upload)

    def wait(grace: float = 0) -> None:
        with suppress(Empty):
            while len(finished) < len(uploads):
                finished.add(ended.get(timeout=deadline.remaining(grace)))

    # Daemons, and not of a pool: a blocked source must not keep the program from exiting.
    threads = [
        threading.Thread(target=work, args=(upload,), name=f"upload {number}", daemon=True)
        for number, upload in enumerate(uploads)
    ]
    try:
        for thread in threads:
            thread.start()
        wait()
    finally:
        if len(finished) < len(uploads):  # the deadline expired, or a signal interrupted this thread
            deadline.cancel()
            wait(JOIN_GRACE)
    return [upload for upload in uploads if upload not in finished]


def clean_up(uploads: Sequence[Upload]) -> None:
    """Delete incomplete files."""
    unfinished = [upload for upload in uploads if upload.needs_cleanup]
    deadline = Deadline(CLEANUP_TIMEOUT)
    run_all(unfinished, partial(Upload.clean_up, deadline=deadline), deadline)
