"""All files of a project, listed once something asks for them."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING
from imagelock.sources.context import files_among

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import PurePosixPath


@dataclass(slots=True)
class ProjectListing:
    """The files that `list_files` returns, sorted; it is called once, if at all."""

    list_files: Callable[[], Sequence[PurePosixPath]]
    _files: Sequence[PurePosixPath] | None = None

    def below(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        """Return the files below *folder*."""
        if self._files is None:
            self._files = self.list_files()
        return files_among(self._files, folder)
