"""When an image was made, as its publisher states it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_PLACEHOLDERS: Final = ("0001", "1970", "1980")
"""Years that reproducible builds write instead of the date of the build."""
_CLOCK_SKEW: Final = timedelta(days=2)


def is_placeholder(text: str) -> bool:
    """Return whether *text* is a constant that stands for no date."""
    return text.startswith(_PLACEHOLDERS)


def build_date(text: str, now: datetime) -> datetime | None:
    """Return the date in *text*, RFC 3339, or `None` if it states none.

    A placeholder states none, and neither does a date after *now*.
    """
    if is_placeholder(text):
        return None
    try:
        date = datetime.fromisoformat(text)
        date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return date if date <= now + _CLOCK_SKEW else None
