"""What a run should tell its user, though it went on."""

from __future__ import annotations

import threading


class Notices:
    """Sentences for the user, each once, in their order; for many threads."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._lock = threading.Lock()

    def add(self, text: str) -> None:
        """Note *text*, which is fit to be shown, unless it has been noted."""
        with self._lock:
            self._texts[text] = None

    def all(self) -> list[str]:
        """Return what has been noted until now."""
        with self._lock:
            return list(self._texts)
