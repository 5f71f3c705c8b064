"""Write what `lock` has so far, so that a run that is killed loses little."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from imagelock.commands.hidden_values import hide_values
from imagelock.commands.selection import abandoned_pins, without_pins
from imagelock.dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.lock_resolution import LockRequest, LockResult
    from imagelock.commands.update_tags import TagUpdate
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.occurrence import Found
    from imagelock.project.project_files import ProjectFiles


class EarlySaves:
    """Saves the lockfile of a result that is not complete yet, if it *writes*.

    *lockfile_of* returns what to save. `images` is how many images were saved last.
    """

    def __init__(
        self,
        project: ProjectFiles,
        lockfile_of: Callable[[LockResult], Lockfile],
        *,
        writes: bool,
    ) -> None:
        self.images = 0
        self._project = project
        self._lockfile_of = lockfile_of
        self._writes = writes

    def save(self, result: LockResult) -> None:
        """Save the lockfile of *result*, unless it would change nothing."""
        if not self._writes or not result.changes:
            return
        lockfile = self._lockfile_of(result)
        self._project.save(lockfile)
        self.images = len(lockfile.images)

    @contextmanager
    def noticed_at_interruption(self, console: Console) -> Iterator[None]:
        """Tell *console* what is saved if an interruption ends what is inside."""
        try:
            yield
        except KeyboardInterrupt:
            if self.images:
                images = (
                    "1 image is" if self.images == 1 else f"{self.images} images are"
                )
                console.notice(f"note: {images} locked: run it again to go on\n")
            raise


def complete(
    findings: Sequence[Found],
    request: LockRequest,
    result: LockResult,
    tag_update: TagUpdate | None,
) -> LockResult:
    """Return *result* without the pins that are gone, and with all failures."""
    new = result.lockfile
    if not request.keep_others:
        gone = abandoned_pins(findings, new.pins)
        new = replace(new, pins=without_pins(new.pins, gone))
    failures = {**(tag_update.failures if tag_update else {}), **result.failures}
    failures = hide_values(failures, findings, new.images)
    return replace(result, lockfile=new, failures=failures)
