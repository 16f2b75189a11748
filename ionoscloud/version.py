"""The version of this package, stated once."""

__version__ = "6.2.0"
