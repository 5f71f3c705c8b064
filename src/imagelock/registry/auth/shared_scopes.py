"""Which repositories of a server get one token together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Group: TypeAlias = tuple[str, ...]

_MOST: Final = 10
"""Repositories of a token: it names them all, and must fit in a header."""


class Groups:
    """The repositories that will be asked for, in groups; for many threads.

    Until they are expected, and after they have parted, repositories are alone.
    """

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._expected: set[str] = set()
        self._lock = threading.Lock()

    def expect(self, repositories: Iterable[str]) -> None:
        """Put those of *repositories* that are new in groups."""
        with self._lock:
            new = [n for n in dict.fromkeys(repositories) if n not in self._expected]
            self._expected |= set(new)
            for start in range(0, len(new), _MOST):
                group = tuple(new[start : start + _MOST])
                self._groups |= dict.fromkeys(group, group)

    def of(self, repository: str) -> Group:
        """Return the group that *repository* is in, which it may be alone in."""
        with self._lock:
            return self._groups.get(repository, (repository,))

    def part(self, repositories: Iterable[str]) -> None:
        """Leave each of *repositories* alone from now on."""
        with self._lock:
            self._groups |= {name: (name,) for name in repositories}
