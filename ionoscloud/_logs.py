"""The logger of the package, and where it writes."""

from __future__ import annotations

import logging
import os
import stat

from ionoscloud._errors import ApiValueError

logger = logging.getLogger("ionoscloud")
logger.addHandler(logging.NullHandler())
_STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/")  # open already, as a pipe often


class _FileHandler(logging.FileHandler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except Exception:  # a file that was closed is opened again, which may fail; a call must go on
            self.handleError(record)


def log_failure(what: str) -> None:
    """Log an exception that is being handled, with its traceback; on stderr where the program has set up no logging."""
    (logging.getLogger() if _nobody_listens(logging.ERROR) else logger).error("%s failed", what, exc_info=True)


def log_to_stderr(formatter: logging.Formatter) -> None:
    """Show everything on stderr, unless the program has set up a handler that shows it already."""
    logger.setLevel(logging.DEBUG)
    _enable()
    if _nobody_listens(logging.DEBUG):
        handler = logging.StreamHandler()
        handler.setFormatter(formatter)
        logger.addHandler(handler)


def log_to_file(path: str, formatter: logging.Formatter) -> None:
    """Write everything to a file, too; asking twice for the same file adds one handler.

    Raises:
        ApiValueError: It cannot be opened.
    """
    try:
        if not path.startswith(_STREAMS) and os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode):
            raise ValueError("it must be a regular file or a device, not a named pipe")  # which can block
        handler = _FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except (OSError, ValueError) as error:
        raise ApiValueError(f"logger_file {path!r} cannot be opened: {error}") from error
    _enable()
    if any(isinstance(h, logging.FileHandler) and h.baseFilename == handler.baseFilename for h in logger.handlers):
        handler.close()
        return
    handler.setFormatter(formatter)
    logger.addHandler(handler)


def _enable() -> None:
    logger.disabled = False  # `logging.config` disables every logger that its configuration does not name


def _nobody_listens(level: int) -> bool:
    handlers = [handler for handler in logger.handlers if not isinstance(handler, logging.NullHandler)]
    if logger.propagate:
        handlers += logging.getLogger().handlers
    return not any(handler.level <= level for handler in handlers)
