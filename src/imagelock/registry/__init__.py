"""Talk to registries: the only part of imagelock that opens a connection."""

from __future__ import annotations

from imagelock.light_typing import Final

DEFAULT_TIMEOUT: Final = 300.0
"""Seconds that all requests of a run may take."""
