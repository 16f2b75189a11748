"""Import the exported names of a package on first use (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module

# Always false. Importing `typing` takes longer than everything else here, and editors ignore code under `if False`.
TYPE_CHECKING = not __name__
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def attach(package: str, modules: dict[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for a package.

    Args:
        package: Name of the package.
        modules: The module that defines each exported name, as `module:name` if its name there is different.
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
