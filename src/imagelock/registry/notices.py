"""What the user should know about a run although it did not fail."""

from __future__ import annotations

import threading
from typing import Final

_MOST_NOTICES: Final = 100


class Notices:
    """Sentences for the user, in order and without duplicates; thread-safe.

    Servers write some of them, so their number is limited.
    """

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._lock = threading.Lock()

    def add(self, text: str) -> None:
        """Add *text*, which must be safe to print, unless it is already there."""
        with self._lock:
            if len(self._texts) < _MOST_NOTICES:
                self._texts[text] = None

    def all(self) -> list[str]:
        """Return the notices so far."""
        with self._lock:
            return list(self._texts)
