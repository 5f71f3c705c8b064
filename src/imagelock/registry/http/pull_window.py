"""The pulls of the last six hours, which all runs of the user share."""

from __future__ import annotations

import os
import stat
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from imagelock.registry.http.failure import Failure

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

_WINDOW: Final = 6 * 3600
_LONGEST_WAIT: Final = 10.0
"""In seconds, for another process that counts a pull."""
_IN_MEMORY: Final = ":memory:"


class PullWindow:
    """Counts pulls by host in the SQLite file *path*; in memory without one.

    *now* returns seconds since 1970. A file that cannot be used is reported once to
    *notice*, and the run counts its own pulls. Thread-safe; nothing is opened before the
    first pull that is counted.
    """

    def __init__(
        self,
        path: Path | None,
        now: Callable[[], float],
        notice: Callable[[str], None],
    ) -> None:
        self._path = path
        self._now = now
        self._notice = notice
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def take(self, host: str, most: int) -> None:
        """Count a pull from *host*, which allows *most* in six hours.

        Raises:
            Failure: there were as many already.
        """
        import sqlite3  # few settings have such a limit

        with self._lock:
            try:
                again_at = self._count(host, most)
            except (OSError, sqlite3.Error) as error:
                self._notice(f"pulls of earlier runs are not counted: {error}")
                self._path = None
                self._forget()
                again_at = self._count(host, most)
        if again_at is not None:
            time = datetime.fromtimestamp(again_at, UTC)
            raise Failure(
                f"the pulls that the settings allow in 6 hours are used up: {most}",
                hint=f"run it again after {time:%H:%M} UTC to go on from there",
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._forget()

    def _count(self, host: str, most: int) -> float | None:
        """Count a pull, or return when the next is allowed."""
        connection = self._opened()
        now = self._now()
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "DELETE FROM pull WHERE at <= ? OR at > ?",
                (now - _WINDOW, now + _WINDOW),
            )
            count, first = connection.execute(
                "SELECT count(*), min(at) FROM pull WHERE host = ?", (host,)
            ).fetchone()
            if count >= most:
                return float(now if first is None else first) + _WINDOW
            connection.execute("INSERT INTO pull VALUES (?, ?)", (host, now))
        return None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            import sqlite3

            target = _IN_MEMORY if self._path is None else _own_file(self._path)
            self._connection = sqlite3.connect(
                target,
                timeout=_LONGEST_WAIT,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.execute("PRAGMA trusted_schema = OFF")
            # A count that a crash of the system loses does no harm.
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS pull (host TEXT NOT NULL, at REAL NOT NULL)"
            )
        return self._connection

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _own_file(path: Path) -> str:
    """Return *path*, made if need be, of a file that only the user can write.

    Raises:
        OSError: it is something else.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    try:
        status = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    is_own = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    if not stat.S_ISREG(status.st_mode) or not is_own:
        message = f"`{path.name}` in the cache is not what imagelock writes"
        raise OSError(message)
    return str(path)
