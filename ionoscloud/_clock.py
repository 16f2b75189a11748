"""Provide the clock of deadlines and waits, which test tools cannot freeze.

freezegun and others replace `time.monotonic`, also in modules that imported it by name. With a frozen clock, deadlines
never pass and waits never end. These tools do not find a second instance of the built-in module, even if this module is
imported while the clock is frozen.
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
