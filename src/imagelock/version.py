"""The version of imagelock."""

__version__ = "0.1.0"
