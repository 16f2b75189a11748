"""Set up the logger of the package and its handlers."""

from __future__ import annotations

import logging
import os
import stat

from ionoscloud._argument_errors import ApiValueError

logger = logging.getLogger("ionoscloud")
logger.addHandler(logging.NullHandler())
_STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/")  # already open, often as a pipe


class _FileHandler(logging.FileHandler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except Exception:  # for example if a closed file cannot be reopened: the API call must continue
            self.handleError(record)


def log_failure(what: str) -> None:
    """Log the current exception with its traceback, on stderr if the program has not set up logging."""
    (logging.getLogger() if _has_no_handler(logging.ERROR) else logger).error("%s failed", what, exc_info=True)


def log_to_stderr(formatter: logging.Formatter) -> None:
    """Log everything to stderr, unless the program has set up a handler for it."""
    logger.setLevel(logging.DEBUG)
    _enable()
    if _has_no_handler(logging.DEBUG):
        handler = logging.StreamHandler()
        handler.setFormatter(formatter)
        logger.addHandler(handler)


def log_to_file(path: str, formatter: logging.Formatter) -> None:
    """Add a handler that writes to a file, unless there is one for that file.

    Raises:
        ApiValueError: The file cannot be opened.
    """
    try:
        if not path.startswith(_STREAMS) and os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode):
            raise ValueError("it must be a regular file or a device, not a named pipe")  # opening it can block
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
    logger.disabled = False  # `logging.config` disables loggers that its configuration does not name


def _has_no_handler(level: int) -> bool:
    handlers = [handler for handler in logger.handlers if not isinstance(handler, logging.NullHandler)]
    if logger.propagate:
        handlers += logging.getLogger().handlers
    return not any(handler.level <= level for handler in handlers)
