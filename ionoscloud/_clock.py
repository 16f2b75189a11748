"""A monotonic clock of our own: tools that freeze or patch `time` must not make a wait endless."""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec

spec = BuiltinImporter.find_spec("time")
assert spec is not None and spec.loader is not None
_time = module_from_spec(spec)
spec.loader.exec_module(_time)
monotonic: Callable[[], float] = _time.monotonic
