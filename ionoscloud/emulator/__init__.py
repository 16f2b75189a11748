"""Cloud API v5 in memory: for demonstrations and for the tests of programs that use `ionoscloud`.

    with CloudEmulator() as cloud:
        client = ionoscloud.ApiClient(cloud.configuration())

Needs the extra `ionoscloud[emulator]`. `python -m ionoscloud.emulator` serves one from the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ionoscloud import _lazy

if TYPE_CHECKING:
    from ionoscloud.emulator.clock import Clock as Clock, ManualClock as ManualClock, SystemClock as SystemClock
    from ionoscloud.emulator.cloud import CloudEmulator as CloudEmulator
    from ionoscloud.emulator.messages import HttpRequest as HttpRequest

# Loaded when asked for, so that the error can name the extra that is missing.
_MODULES = {
    "Clock": "ionoscloud.emulator.clock",
    "CloudEmulator": "ionoscloud.emulator.cloud",
    "HttpRequest": "ionoscloud.emulator.messages",
    "ManualClock": "ionoscloud.emulator.clock",
    "SystemClock": "ionoscloud.emulator.clock",
}

__all__ = [*_MODULES]  # pyright: ignore[reportUnsupportedDunderAll]
_load, __dir__ = _lazy.attach(__name__, _MODULES)


def __getattr__(name: str) -> Any:
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        package = (error.name or "ionoscloud").partition(".")[0]
        if package == "ionoscloud":
            raise
        message = f"ionoscloud.emulator needs {package}, which comes with `pip install ionoscloud[emulator]`"
        raise ModuleNotFoundError(message, name=package) from error
