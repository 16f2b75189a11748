from __future__ import annotations

import logging
from collections.abc import Iterator

import hypothesis
import pytest

from ionoscloud.configuration import _ENVIRONMENT, Configuration

# A slow machine is no failure, and nothing is written beside the tests.
hypothesis.settings.register_profile("unit", deadline=None, database=None)
hypothesis.settings.load_profile("unit")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of the machine, and what another test made the default, out of each test."""
    for name in _ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Configuration, "_default", None)


@pytest.fixture
def package_logger() -> Iterator[logging.Logger]:
    """The logger `ionoscloud`, as it is when a program starts; put back afterwards."""
    logger = logging.getLogger("ionoscloud")
    level, handlers = logger.level, list(logger.handlers)
    logger.setLevel(logging.NOTSET)
    logger.handlers = [logging.NullHandler()]
    yield logger
    for handler in logger.handlers:
        handler.close()
    logger.setLevel(level)
    logger.handlers = handlers
