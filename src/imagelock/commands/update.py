"""Move locked digests, and tags in the files, to what registries serve: `update`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.lock import lock_references
from imagelock.dataclass import replace
from imagelock.project.exclusive_run import exclusive_run
from imagelock.registry import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from imagelock.commands.console import Console
    from imagelock.commands.lock_run import LockOptions, LockRun
    from imagelock.commands.update_tags import UpdateTargets
    from imagelock.project.project_files import ProjectFiles


def update(
    project: ProjectFiles,
    targets: UpdateTargets,
    console: Console,
    options: LockOptions,
    timeout: float | None = DEFAULT_TIMEOUT,
) -> LockRun:
    """Resolve the tags of *targets* again, and write the lock and the edited files.

    `refresh` and `tag_update` of *options* follow from *targets*. *timeout* is in
    seconds, for the tags and for the lock; `None` opens no connection.

    Raises:
        ImagelockError: a pattern matches no image, the settings or the lockfile
            cannot be used, or a file cannot be written.
    """
    with exclusive_run(project.root, console.notice, writes=options.write):
        tag_update = None
        if targets.edits_files:
            from imagelock.commands.update_tags import update_tags  # few do

            tag_update = update_tags(
                project, targets, console, timeout, options.answers
            )
        options = replace(options, refresh=targets.chosen, tag_update=tag_update)
        return lock_references(project, options, console, timeout)
