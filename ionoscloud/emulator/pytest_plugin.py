"""The fixture `cloud_emulator`, which every pytest run with `ionoscloud` installed has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ionoscloud.emulator import CloudEmulator


@pytest.fixture
def cloud_emulator() -> Iterator[CloudEmulator]:
    """A Cloud API of its own for each test, already serving."""
    from ionoscloud.emulator import CloudEmulator  # not before: the plugin is also loaded without the extra

    with CloudEmulator() as cloud:
        yield cloud
