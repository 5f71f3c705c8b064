"""Durations in the settings: `12h`, `3d`, `1w`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_DURATION: Final = re.compile(r"([0-9]{1,5})([hdw])")
_UNITS: Final = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LONGEST: Final = timedelta(days=3650)


def duration(text: str) -> timedelta:
    """Return the duration in *text*, such as `12h`, `3d` or `1w`.

    Raises:
        ValueError: *text* is not a duration, or longer than ten years.
    """
    match = _DURATION.fullmatch(text)
    if match is None or (time := int(match[1]) * _UNITS[match[2]]) > _LONGEST:
        message = f"`{text}` is not a duration such as `12h`, `3d` or `1w`"
        raise ValueError(message)
    return time
