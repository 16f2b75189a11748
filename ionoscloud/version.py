"""The version of this package, stated once."""

__version__ = "5.1.0"
