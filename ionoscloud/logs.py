"""The logger of the package, and where it writes."""

from __future__ import annotations

import logging

logger = logging.getLogger("ionoscloud")
logger.addHandler(logging.NullHandler())


def log_failure(what: str) -> None:
    """Log an exception that is being handled, with its traceback; on stderr where the program has set up no logging."""
    (logging.getLogger() if _nobody_listens() else logger).error("%s failed", what, exc_info=True)


def log_to_stderr(formatter: logging.Formatter) -> None:
    """Show everything on stderr, unless the program has set up a handler that shows it already."""
    logger.setLevel(logging.DEBUG)
    if _nobody_listens():
        handler = logging.StreamHandler()
        handler.setFormatter(formatter)
        logger.addHandler(handler)


def _nobody_listens() -> bool:
    return not logging.getLogger().handlers and all(isinstance(h, logging.NullHandler) for h in logger.handlers)


def log_to_file(path: str, formatter: logging.Formatter) -> None:
    """Write everything to a file, too; asking twice for the same file adds one handler."""
    handler = logging.FileHandler(path, delay=True)
    if not any(isinstance(h, logging.FileHandler) and h.baseFilename == handler.baseFilename for h in logger.handlers):
        handler.setFormatter(formatter)
        logger.addHandler(handler)
