"""Validate arguments."""

from __future__ import annotations

import math
from typing import Any


def is_integer(value: Any) -> bool:
    """Return whether a value is an integer. Booleans are not, although Python counts them as such."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_integer(name: str, value: Any, expected: str, minimum: float = -math.inf, maximum: float = math.inf) -> None:
    """Validate an integer.

    Raises:
        ValueError: It is not what `expected` describes.
    """
    if not is_integer(value) or not minimum <= value <= maximum:
        raise ValueError(f"{name} must be {expected}, not {value!r}")


def check_number(name: str, value: Any, expected: str, minimum: float = -math.inf, maximum: float = math.inf) -> None:
    """Validate a finite number.

    Raises:
        ValueError: It is not what `expected` describes.
    """
    is_number = isinstance(value, float) or is_integer(value)
    if not is_number or not minimum <= value <= maximum or value in (math.inf, -math.inf):
        raise ValueError(f"{name} must be {expected}, not {value!r}")
