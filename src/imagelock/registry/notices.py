"""What a run should tell its user, though it went on."""

from __future__ import annotations

import threading
from typing import Final

_MOST: Final = 100


class Notices:
    """Sentences for the user, each once, in their order; for many threads.

    A server may have written some, so there is an end to them.
    """

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._lock = threading.Lock()

    def add(self, text: str) -> None:
        """Note *text*, which is fit to be shown, unless it has been noted."""
        with self._lock:
            if len(self._texts) < _MOST:
                self._texts[text] = None

    def all(self) -> list[str]:
        """Return what has been noted until now."""
        with self._lock:
            return list(self._texts)
