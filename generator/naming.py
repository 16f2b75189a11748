"""Convert names of the document to Python names."""

from __future__ import annotations

import keyword
import re


def snake_case(name: str) -> str:
    """Return the name in snake case: `filter.createdAfter` -> `filter_created_after`, `IP Blocks` -> `ip_blocks`."""
    name = re.sub(r"[^A-Za-z0-9]", "_", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z\d])([A-Z])", r"\1_\2", name).lower()


def pascal_case(name: str) -> str:
    """Return the name in Pascal case: `licence_type` -> `LicenceType`, `/` -> ``."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", name))


def variable_name(name: str) -> str:
    """Return the name of a parameter or attribute: `_links` -> `links`, `self` -> `_self`."""
    name = snake_case(name).lstrip("_")
    return f"_{name}" if keyword.iskeyword(name) or name == "self" else name


def constant_name(value: str) -> str:
    """Return the name of the constant for an enum value: `firewall-rule` -> `FIREWALL_RULE`."""
    return re.sub(r"[^A-Za-z0-9]", "_", value).upper()


def api_class_name(tag: str) -> str:
    """Return the class name of a tag: `Image` -> `ImageApi`, `/` -> `Api`."""
    return pascal_case(tag) + "Api"


def api_module_name(tag: str) -> str:
    """Return the module name of a tag: `Image` -> `image_api`, `/` -> `__api`."""
    return snake_case(tag) + "_api"


def is_name(name: str) -> bool:
    """Return whether the text is a valid name of a Python class, function or variable."""
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name)
