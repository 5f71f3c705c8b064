"""What sources remember while they read a project, and what it depends on."""

from __future__ import annotations

from contextlib import contextmanager

from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from pathlib import PurePosixPath

_Value = TypeVar("_Value")


@dataclass(slots=True, eq=False)
class Dependencies:
    """What was asked about the project while a part of it was read.

    `files` are the paths that were to be read, whether or not there is a file, and
    `folders` those whose files were listed. `shared` is what values depend on that
    were remembered by then. `is_repeatable` is false if something else counted: a
    variable of the environment, a file that could not be read, a budget of work.
    """

    files: set[PurePosixPath] = field(default_factory=set)
    folders: set[PurePosixPath] = field(default_factory=set)
    shared: set[Dependencies] = field(default_factory=set)
    is_repeatable: bool = True


@dataclass(slots=True)
class Memory:
    """Values that sources keep for further files of the same reading, by key.

    A value depends on what was asked while it was computed, and so does everything
    that uses the value. `current` is what is asked at the moment.
    """

    current: Dependencies = field(default_factory=Dependencies)
    _values: dict[Hashable, tuple[Any, Dependencies]] = field(default_factory=dict)

    def remember(self, key: Hashable, compute: Callable[[], _Value]) -> _Value:
        """Return what *compute* returned for *key*; it is called at the first time.

        The value must not ask for files later, as that would be the matter of whoever
        is the first to use it.
        """
        if key not in self._values:
            with self.recording() as dependencies:
                value = compute()
            self._values[key] = value, dependencies
        value, dependencies = self._values[key]
        self.current.shared.add(dependencies)
        return cast("_Value", value)

    @contextmanager
    def recording(self) -> Iterator[Dependencies]:
        """Record what is asked meanwhile, apart from what is asked around it."""
        outer, self.current = self.current, Dependencies()
        try:
            yield self.current
        finally:
            self.current = outer
