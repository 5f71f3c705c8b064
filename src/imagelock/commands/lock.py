"""Bring the lockfile in line with the files: `lock`, and the work behind `update`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from imagelock.commands.early_saves import EarlySaves, complete
from imagelock.commands.lock_plan import plan_lock
from imagelock.commands.lock_resolution import resolve_lock, unresolved
from imagelock.commands.lock_run import LockOptions, LockRun
from imagelock.commands.rule_settings import apply_rule_settings
from imagelock.commands.selection import places_of
from imagelock.commands.signer_options import SignerOptions
from imagelock.commands.verify_files import skipped_findings
from imagelock.dataclass import dataclass, replace
from imagelock.model.finding import Rule
from imagelock.project.exclusive_run import exclusive_run
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.registry.connect import lazy_registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.cooldown import CooldownRegistry
    from imagelock.commands.history.earlier_moves import EarlierMoves
    from imagelock.commands.lock_plan import LockPlan
    from imagelock.commands.lock_resolution import LockResult
    from imagelock.commands.scanning.scanned_update import ScannedUpdate
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.change import Change
    from imagelock.model.finding import Finding
    from imagelock.project.project_files import ProjectFiles
    from imagelock.registry.answers.given import Answers
    from imagelock.registry.lazy_client import LazyRegistryClient

_FILE_RULES: Final = frozenset({Rule.INVALID_REFERENCE, Rule.UNREADABLE_FILE})


def lock(
    project: ProjectFiles,
    console: Console,
    *,
    write: bool = True,
    timeout: float | None = DEFAULT_TIMEOUT,
    signers: SignerOptions | None = None,
    answers: Answers | None = None,
) -> LockRun:
    """Lock new references, drop unused entries, and keep every other digest.

    A registry that does not answer is among the failures of the result; everything
    else is locked all the same. Without *write* nothing is written. *timeout* is in
    seconds, for the whole run; `None` opens no connection. *signers* is what to do
    about signatures, if it is not the usual. *answers* are used in place of registries,
    as far as they go.

    Raises:
        ImagelockError: the settings or the lockfile cannot be used, or not written.
    """
    options = LockOptions(
        write=write, signers=signers or SignerOptions(), answers=answers
    )
    with exclusive_run(project.root, console.notice, writes=write):
        return lock_references(project, options, console, timeout)


def lock_references(
    project: ProjectFiles,
    options: LockOptions,
    console: Console,
    timeout: float | None,
) -> LockRun:
    """Lock the references of *project* as *options* say, and write the result.

    If it writes, it belongs into an `exclusive_run`.
    """
    plan = plan_lock(project, options)
    with lazy_registry(
        project.config, console, timeout, answers=options.answers
    ) as registry:
        cooldown = plan.cooldown(registry)
        resolution = _resolve(plan, registry, cooldown, console)
        new = resolution.result.lockfile
        changed = bool(plan.old.images or new.images) and (
            resolution.is_saved_in_part or not project.is_saved(new)
        )
        if options.write:
            _write(plan, new, cooldown, is_changed=changed)
        changes = _explain(plan, resolution.result.changes, registry, console)
    scanned = resolution.scanned
    return LockRun(
        result=replace(resolution.result, changes=changes),
        changed=changed,
        held=plan.held,
        written=plan.written(),
        waiting=cooldown.waiting if cooldown else {},
        cooldown=cooldown.age if cooldown else timedelta(),
        mirrors=registry.mirrors,
        places=places_of(plan.found, (change.reference for change in changes)),
        problems=_list_problems(plan, resolution.problems),
        comparisons=scanned.comparisons if scanned else {},
        not_security=scanned.kept if scanned else frozenset(),
        tag_update=options.tag_update,
        guesses=plan.scan.guesses,
        commands=plan.scan.commands,
        charts=plan.scan.charts,
        is_healed=plan.old.is_healed,
        earlier=_find_earlier_moves(plan, changes),
    )


@dataclass(frozen=True, slots=True)
class _Resolution:
    """What is to be locked, and the `problems` on the way there.

    `scanned` is what a scanner says of it, if one was asked. `is_saved_in_part` is
    whether the lockfile on disk has some of it already.
    """

    result: LockResult
    problems: Sequence[Finding]
    scanned: ScannedUpdate | None
    is_saved_in_part: bool


def _resolve(
    plan: LockPlan,
    registry: LazyRegistryClient,
    cooldown: CooldownRegistry | None,
    console: Console,
) -> _Resolution:
    """Return what registries answer, without what signers or a scanner hold back."""
    signers = plan.signers()
    early = _plan_early_saves(plan, has_signers=signers is not None)
    result = _ask_registries(plan, registry, cooldown, early, console)
    result, problems = _split_missing(plan, result, registry)
    if signers:
        result, about = signers.apply(result, plan.found, registry, console)
        problems += about
    scanned = _scan(plan, result, console)
    if scanned:
        result = scanned.result
        problems += scanned.findings(plan.found)
    return _Resolution(result, problems, scanned, bool(early.images))


def _find_earlier_moves(
    plan: LockPlan, changes: Sequence[Change]
) -> EarlierMoves | None:
    """Return how the images of *changes* moved before, if that is asked for."""
    if not plan.options.history:
        return None
    # Few formats ask.
    from imagelock.commands.history.earlier_moves import earlier_moves

    return earlier_moves(plan.project, changes)


def _plan_early_saves(plan: LockPlan, *, has_signers: bool) -> EarlySaves:
    """Return what saves the lockfile on the way, if nothing else is written.

    An entry is not saved before its signatures were checked.
    """
    options = plan.options
    # What `update` writes belongs together, in the lockfile and in other files.
    is_update = options.refresh is not None or options.tag_update is not None
    return EarlySaves(
        plan.project,
        lambda result: complete(plan.found, plan.request, result, None).lockfile,
        writes=options.write and not is_update and not has_signers,
    )


def _ask_registries(
    plan: LockPlan,
    registry: LazyRegistryClient,
    cooldown: CooldownRegistry | None,
    early: EarlySaves,
    console: Console,
) -> LockResult:
    """Return what registries answer, with the pins of the files."""
    queue = unresolved(plan.request, plan.old)
    registry.expect(queue)
    with (
        early.noticed_at_interruption(console),
        console.progress("Asking registries", len(queue)) as advance,
    ):
        result = resolve_lock(
            plan.request, plan.old, cooldown or registry, advance, early.save
        )
    return complete(plan.found, plan.request, result, plan.options.tag_update)


def _split_missing(
    plan: LockPlan, result: LockResult, registry: LazyRegistryClient
) -> tuple[LockResult, list[Finding]]:
    """Return *result* with what could not be asked, and findings for what is missing."""
    if not result.failures:
        return result, []
    from imagelock.commands.missing import split_missing  # most runs miss nothing

    return split_missing(result, plan.request, plan.old, plan.found, registry)


def _scan(plan: LockPlan, result: LockResult, console: Console) -> ScannedUpdate | None:
    """Return *result* with what a scanner says of it, if the options ask for that."""
    if plan.options.scan is None:
        return None
    # Few updates are scanned.
    from imagelock.commands.scanning.scan_changes import scan_changes

    return scan_changes(plan.project, result, plan.old, plan.options.scan, console)


def _explain(
    plan: LockPlan,
    changes: tuple[Change, ...],
    registry: LazyRegistryClient,
    console: Console,
) -> tuple[Change, ...]:
    """Return *changes* with what is known of the images."""
    if not changes:
        return changes
    from imagelock.commands.explain import explain  # most runs change nothing

    requests = plan.options.detail_requests
    return explain(plan.project, changes, registry, requests, console)


def _write(
    plan: LockPlan,
    new: Lockfile,
    cooldown: CooldownRegistry | None,
    *,
    is_changed: bool,
) -> None:
    """Write the lockfile, and what an update writes into other files."""
    project, options = plan.project, plan.options
    if options.tag_update:
        options.tag_update.rewrite.write(project)
    if is_changed:
        project.save(new)
    if cooldown:
        project.save_sightings(cooldown.sightings)
    if options.refresh is not None and new.pins:
        _write_pins(plan, new)


def _write_pins(plan: LockPlan, new: Lockfile) -> None:
    """Write the new digests into the places that are pinned."""
    # Most projects pin nothing.
    from imagelock.commands.editing.apply_edits import prove_plan, text_reader
    from imagelock.commands.editing.pin_plan import PinOptions, plan_pins

    project, found = plan.project, plan.found
    pinned = PinOptions(keys=new.images, pinned_only=True)
    pins = plan_pins(found, new, pinned, text_reader(project))
    prove_plan(project, found, pins).write(project)


def _list_problems(plan: LockPlan, others: Sequence[Finding]) -> list[Finding]:
    """Return the findings about files that only the user can fix."""
    skipped = skipped_findings(plan.found)
    about_files = (finding for finding in skipped if finding.rule in _FILE_RULES)
    findings = [
        *plan.scan.file_findings,
        *about_files,
        *others,
        *plan.nothing_to_lock(),
    ]
    return apply_rule_settings(plan.project, findings, plan.found)
