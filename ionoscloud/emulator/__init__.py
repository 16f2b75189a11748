"""Cloud API v5 in memory: for demonstrations and for the tests of programs that use `ionoscloud`.

    with CloudEmulator() as cloud:
        client = ionoscloud.ApiClient(cloud.configuration())

Needs the extra `ionoscloud[emulator]`. `python -m ionoscloud.emulator` serves one from the command line.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ionoscloud.emulator.clock import Clock, ManualClock, SystemClock
    from ionoscloud.emulator.cloud import CloudEmulator
    from ionoscloud.emulator.messages import HttpRequest

__all__ = ["Clock", "CloudEmulator", "HttpRequest", "ManualClock", "SystemClock"]

_MODULES = {"CloudEmulator": "cloud", "HttpRequest": "messages"}


def __getattr__(name: str) -> Any:
    # Loaded when asked for: pytest imports the plugin in this package also where the extra is not installed.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES.get(name, 'clock')}"), name)
