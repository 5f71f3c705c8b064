"""Where a command reports progress and notices while it runs."""

from __future__ import annotations

import logging
from contextlib import contextmanager

from imagelock.light_typing import TYPE_CHECKING, Final, Protocol
from imagelock.registry.connect import RunLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

_LOGGER: Final = logging.getLogger("imagelock")


class Console(RunLog, Protocol):
    """What a command may write to while it runs; its result is returned."""

    def progress(
        self, label: str, total: int
    ) -> AbstractContextManager[Callable[[], None]]:
        """Return a context with a function that counts a step of *total*."""
        ...


class LoggingConsole:
    """A console for Python programs: the logger `imagelock`, and no progress."""

    def trace(self, line: str) -> None:
        """Log a request (level `DEBUG`)."""
        _LOGGER.debug(line)

    def notice(self, text: str) -> None:
        """Log what the user should know (level `INFO`)."""
        _LOGGER.info(text.rstrip("\n"))

    def warn(self, text: str) -> None:
        """Log a warning about safety (level `WARNING`)."""
        _LOGGER.warning(text)

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Callable[[], None]]:
        """Count nothing."""
        del label, total
        yield lambda: None
