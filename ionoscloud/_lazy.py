"""Loads what a package exports when it is first used (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module

# Always false. That of `typing` takes longer to import than all the rest, and editors offer nothing of what is under a
# plain `False`.
TYPE_CHECKING = not __name__
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def attach(package: str, modules: dict[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a package.

    Args:
        package: Name of the package.
        modules: The names that it exports, each with the module that defines it: `module`, or `module:name` where it
            has another name there.
    """
    namespace = vars(sys.modules[package])

    def __getattr__(name: str) -> Any:
        if name in modules:
            module, _, own = modules[name].partition(":")
            value = namespace[name] = getattr(import_module(module), own or name)
            return value
        try:
            return import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":
                raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*namespace, *modules})

    return __getattr__, __dir__
