"""Times as text."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def utc_text(time: datetime) -> str:
    """Return *time* in UTC, to the second, as `2026-09-01T08:00:00Z` (RFC 3339)."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
