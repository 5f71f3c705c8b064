"""Write the locked digests into the files, and take them out: `pin` and `unpin`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imagelock.commands.apply_edits import prove_plan, text_reader
from imagelock.commands.pin_plan import PinOptions, plan_pins, plan_removals
from imagelock.commands.selection import required_digests, select
from imagelock.lockfile.model import Lockfile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.commands.apply_edits import Rewrite
    from imagelock.commands.pin_plan import EditPlan
    from imagelock.project.project_files import ProjectFiles


def pin(
    project: ProjectFiles,
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
    findings = project.found()
    lockfile = project.lockfile() or Lockfile()
    keys = select(images, required_digests(findings))
    options = PinOptions(keys=keys, variables=variables)
    plan = plan_pins(findings, lockfile, options, text_reader(project))
    rewrite = prove_plan(project, findings, plan)
    if write and rewrite.plan.edits:
        # First the lock: a pin that no file has is forgotten by the next `lock`,
        # while a digest that the lock does not know would look chosen by the user.
        project.save(_with_pins(lockfile, rewrite.plan))
        rewrite.write(project)
    return rewrite


def unpin(
    project: ProjectFiles,
    images: Sequence[str] = (),
    *,
    everything: bool = False,
    write: bool = True,
) -> Rewrite:
    """Take out the digests that `pin` wrote, to the byte.

    *images* are patterns that restrict it. With *everything*, digests that imagelock
    did not write are taken out, too. Without *write* nothing is written.

    Raises:
        ImagelockError: a pattern matches no image, or a file cannot be written.
    """
    findings = project.found()
    lockfile = project.lockfile() or Lockfile()
    keys = select(images, required_digests(findings))
    options = PinOptions(keys=keys, everything=everything)
    plan = plan_removals(findings, lockfile, options, text_reader(project))
    rewrite = prove_plan(project, findings, plan)
    if write:
        rewrite.write(project)
        if rewrite.plan.edits and lockfile.images:
            project.save(_without_pins(lockfile, rewrite.plan))
    return rewrite


def _with_pins(lockfile: Lockfile, plan: EditPlan) -> Lockfile:
    pins = {key: {*places} for key, places in lockfile.pins.items()}
    for edit in plan.planned:
        pins.setdefault(edit.reference.key, set()).add(edit.pin)
    return replace(lockfile, pins={key: tuple(places) for key, places in pins.items()})


def _without_pins(lockfile: Lockfile, plan: EditPlan) -> Lockfile:
    removed = {(edit.reference.key, edit.pin) for edit in plan.planned}
    pins = {
        key: tuple(pin for pin in places if (key, pin) not in removed)
        for key, places in lockfile.pins.items()
    }
    return replace(lockfile, pins=pins)
