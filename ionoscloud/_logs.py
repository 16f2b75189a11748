"""Set up the logger of the package and its handlers."""

from __future__ import annotations

import logging
import os
import stat
from typing import TYPE_CHECKING, TextIO

from ionoscloud._argument_errors import ApiValueError

logger = logging.getLogger("ionoscloud")
logger.addHandler(logging.NullHandler())
LEVELS = {
    "off": logging.CRITICAL + 1,
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}
"""The values of `IONOS_LOG_LEVEL`."""
_applied = ""  # the last value
_STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/")  # already open, often as a pipe


if TYPE_CHECKING:
    _StreamHandler = logging.StreamHandler[TextIO]
else:
    _StreamHandler = logging.StreamHandler


class _FileHandler(logging.FileHandler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except Exception:  # for example if a closed file cannot be reopened: the API call must continue
            self.handleError(record)


def log_warning(text: str) -> None:
    """Log a warning, on stderr if the program has not set up logging."""
    _visible_logger(logging.WARNING).warning("%s", text)


class _StderrHandler(_StreamHandler):
    """Writes to stderr, unless the program has meanwhile set up a handler: no line appears twice."""

    def emit(self, record: logging.LogRecord) -> None:
        if _has_no_handler(record.levelno, _OWN):
            super().emit(record)


_OWN = (logging.NullHandler, _FileHandler, _StderrHandler)


def log_failure(what: str) -> None:
    """Log the current exception with its traceback, on stderr if the program has not set up logging."""
    _visible_logger(logging.ERROR).error("%s failed", what, exc_info=True)


def log_to_stderr(formatter: logging.Formatter, level: int = logging.DEBUG) -> None:
    """Log messages of a level and above to stderr, unless the program has set up a handler for them."""
    logger.setLevel(level)
    _enable()
    if level != LEVELS["off"] and _has_no_handler(level):
        handler = _StderrHandler()
        handler.setFormatter(formatter)
        logger.addHandler(handler)


def apply_level(value: str, formatter: logging.Formatter) -> None:
    """Apply a value of `IONOS_LOG_LEVEL`, once: a level that the program sets afterwards stays."""
    global _applied
    if value != _applied or logger.level == logging.NOTSET:
        _applied = value
        log_to_stderr(formatter, LEVELS[value])


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


def _visible_logger(level: int) -> logging.Logger:
    """Return the logger of the package, or the root logger if only that one shows messages of this level."""
    is_off = logger.getEffectiveLevel() > level
    return logging.getLogger() if not is_off and _has_no_handler(level) else logger


def _has_no_handler(level: int, ignored: tuple[type[logging.Handler], ...] = (logging.NullHandler,)) -> bool:
    handlers = [handler for handler in logger.handlers if not isinstance(handler, ignored)]
    if logger.propagate:
        handlers += logging.getLogger().handlers
    return not any(handler.level <= level for handler in handlers)
