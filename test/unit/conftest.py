from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def package_logger() -> Iterator[logging.Logger]:
    """The logger `ionoscloud` in its initial state, restored afterwards."""
    logger = logging.getLogger("ionoscloud")
    level, handlers = logger.level, list(logger.handlers)
    logger.setLevel(logging.NOTSET)
    logger.handlers = [logging.NullHandler()]
    yield logger
    for handler in logger.handlers:
        with contextlib.suppress(OSError, ValueError):  # closing can fail if the test made writing fail
            handler.close()
    logger.disabled = False
    logger.setLevel(level)
    logger.handlers = handlers
