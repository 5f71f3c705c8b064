"""Groups of repositories that share one token."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

ScopeGroup: TypeAlias = tuple[str, ...]

_MOST: Final = 10
"""Repositories per token: it names them all, and must fit in a header."""


class SharedScopes:
    """The groups of one server's repositories; thread-safe.

    A repository without a group gets its own token.
    """

    def __init__(self) -> None:
        self._groups: dict[str, ScopeGroup] = {}
        self._expected: set[str] = set()
        self._lock = threading.Lock()

    def expect(self, repositories: Iterable[str]) -> None:
        """Group those of *repositories* that were not expected before."""
        with self._lock:
            new = [n for n in dict.fromkeys(repositories) if n not in self._expected]
            self._expected |= set(new)
            for start in range(0, len(new), _MOST):
                group = tuple(new[start : start + _MOST])
                self._groups |= dict.fromkeys(group, group)

    def of(self, repository: str) -> ScopeGroup:
        """Return the group of *repository*; without one, *repository* alone."""
        with self._lock:
            return self._groups.get(repository, (repository,))

    def split(self, repositories: Iterable[str]) -> None:
        """Take each of *repositories* out of its group, for good."""
        with self._lock:
            self._groups |= {name: (name,) for name in repositories}
