"""Cloud API v5 and v6 in memory, for demonstrations and for tests of programs that use `ionoscloud`.

    with CloudEmulator() as cloud:
        client = ionoscloud.ApiClient(cloud.configuration())

It needs the extra `ionoscloud[emulator]`. `python -m ionoscloud.emulator` runs it from the command line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ionoscloud.emulator.clock import Clock as Clock, ManualClock as ManualClock, SystemClock as SystemClock
    from ionoscloud.emulator.cloud import CloudEmulator as CloudEmulator
    from ionoscloud.emulator.messages import HttpRequest as HttpRequest

# Imported on first use, so that an error can name the missing extra.
_MODULES = {
    "Clock": "ionoscloud.emulator.clock",
    "CloudEmulator": "ionoscloud.emulator.cloud",
    "HttpRequest": "ionoscloud.emulator.messages",
    "ManualClock": "ionoscloud.emulator.clock",
    "SystemClock": "ionoscloud.emulator.clock",
}

__all__ = [*_MODULES]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    except ModuleNotFoundError as error:
        package = (error.name or "ionoscloud").partition(".")[0]
        if package == "ionoscloud":
            raise
        message = f"ionoscloud.emulator needs {package}: run `pip install ionoscloud[emulator]`"
        raise ModuleNotFoundError(message, name=package) from error
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
