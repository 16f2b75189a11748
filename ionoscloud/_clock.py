"""The clock of deadlines and waits, which no test tool can freeze.

freezegun and others replace `time.monotonic` wherever they find it, also in modules that imported it by name. With a
clock that stands still no deadline ever passes, and a wait never ends. A second instance of the built-in module is out
of their reach, even when this module is first imported while the clock is frozen.
"""

from __future__ import annotations

from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from time import monotonic as monotonic
else:
    _spec = BuiltinImporter.find_spec("time")
    _time = module_from_spec(_spec)
    _spec.loader.exec_module(_time)
    monotonic = _time.monotonic
