"""Write the locked digests into the files, and take them out: `pin` and `unpin`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.editing.apply_edits import prove_plan, text_reader
from imagelock.commands.editing.pin_plan import PinOptions, plan_pins, plan_removals
from imagelock.commands.selection import (
    abandoned_pins,
    required_digests,
    select,
    without_pins,
)
from imagelock.dataclass import replace
from imagelock.lockfile.model import Lockfile
from imagelock.project.exclusive_run import exclusive_run

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.editing.apply_edits import Rewrite
    from imagelock.commands.editing.edit_plan import EditPlan
    from imagelock.lockfile.model import Pin
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles


def pin(
    project: ProjectFiles,
    console: Console,
    images: Sequence[str] = (),
    *,
    variables: bool = False,
    write: bool = True,
) -> Rewrite:
    """Write the locked digest beside each reference, and record it in the lock.

    *images* are patterns that restrict it. With *variables*, references that
    variables decide are pinned, too. Without *write* nothing is written.

    Raises:
        ImagelockError: a pattern matches no image, or a file cannot be written.
    """
    with exclusive_run(project.root, console.notice, writes=write):
        findings, lockfile, keys = _read(project, images)
        options = PinOptions(keys=keys, variables=variables)
        plan = plan_pins(findings, lockfile, options, text_reader(project))
        rewrite = prove_plan(project, findings, plan)
        if write and rewrite.plan.edits:
            # First the lock: a pin that no file has is forgotten by the next `lock`,
            # while a digest that the lock does not know would look chosen by the user.
            project.save(with_plan(lockfile, rewrite.plan))
            rewrite.write(project)
    return rewrite


def unpin(
    project: ProjectFiles,
    console: Console,
    images: Sequence[str] = (),
    *,
    everything: bool = False,
    write: bool = True,
) -> Rewrite:
    """Take out the digests that `pin` wrote, to the byte.

    What the lock knows of digests that are gone from the files is forgotten, as after
    a run that was killed.

    *images* are patterns that restrict it. With *everything*, digests that imagelock
    did not write are taken out, too. Without *write* nothing is written.

    Raises:
        ImagelockError: a pattern matches no image, or a file cannot be written.
    """
    with exclusive_run(project.root, console.notice, writes=write):
        findings, lockfile, keys = _read(project, images)
        options = PinOptions(keys=keys, everything=everything)
        plan = plan_removals(findings, lockfile, options, text_reader(project))
        rewrite = prove_plan(project, findings, plan)
        gone = _forgotten(project, findings, lockfile, keys)
        rewrite = replace(rewrite, forgotten=tuple(sorted(set().union(*gone.values()))))
        if write:
            rewrite.write(project)
            if lockfile.images and (rewrite.plan.edits or rewrite.forgotten):
                pins = without_pins(lockfile.pins, gone)
                project.save(without_plan(replace(lockfile, pins=pins), rewrite.plan))
    return rewrite


def _read(
    project: ProjectFiles, images: Sequence[str]
) -> tuple[Sequence[Found], Lockfile, Collection[Reference]]:
    """Return what the files name, the lockfile, and the keys that *images* choose."""
    findings = project.found()
    keys = select(images, required_digests(findings))
    return findings, project.lockfile() or Lockfile(), keys


def with_plan(lockfile: Lockfile, plan: EditPlan) -> Lockfile:
    """Return *lockfile* with the pins that *plan* writes."""
    pins = {key: {*places} for key, places in lockfile.pins.items()}
    for edit in plan.planned:
        pins.setdefault(edit.reference.key, set()).add(edit.pin)
    return replace(lockfile, pins={key: tuple(places) for key, places in pins.items()})


def without_plan(lockfile: Lockfile, plan: EditPlan) -> Lockfile:
    """Return *lockfile* without the pins whose digests *plan* takes out."""
    return replace(lockfile, pins=without_pins(lockfile.pins, _removed(plan)))


def _removed(plan: EditPlan) -> dict[Reference, set[Pin]]:
    removed: dict[Reference, set[Pin]] = {}
    for edit in plan.planned:
        removed.setdefault(edit.reference.key, set()).add(edit.pin)
    return removed


def _forgotten(
    project: ProjectFiles,
    findings: Sequence[Found],
    lockfile: Lockfile,
    keys: Collection[Reference],
) -> dict[Reference, set[Pin]]:
    """Return the pins of *keys*, in the files to read, that have no digest any more."""
    gone = abandoned_pins(findings, lockfile.pins)
    files = set(project.files()) if project.paths and any(gone.values()) else None
    return {
        key: {pin for pin in pins if files is None or pin.path in files}
        for key, pins in gone.items()
        if key in keys
    }
