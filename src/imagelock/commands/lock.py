"""Bring the lockfile in line with the files: `lock`, and the work behind `update`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from imagelock.commands.early_saves import EarlySaves, complete
from imagelock.commands.lock_resolution import LockRequest, resolve_lock, unresolved
from imagelock.commands.missing import split_missing
from imagelock.commands.nothing_found import is_whole, nothing_found
from imagelock.commands.scanned_update import ScannedUpdate
from imagelock.commands.selection import (
    digest_places,
    is_complete,
    places_of,
    required_digests,
)
from imagelock.commands.signer_options import SignerOptions, needs_signers
from imagelock.commands.verify import apply_rule_settings
from imagelock.commands.verify_files import skipped_findings
from imagelock.dataclass import dataclass, field, replace
from imagelock.lockfile.model import Lockfile
from imagelock.model.finding import Rule
from imagelock.project.exclusive_run import exclusive_run
from imagelock.registry.connect import DEFAULT_TIMEOUT, lazy_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.cooldown import CooldownRegistry
    from imagelock.commands.lock_resolution import LockResult
    from imagelock.commands.lock_signers import LockSigners
    from imagelock.commands.resolve import Registry
    from imagelock.commands.scanned_update import ChangeScan, Comparison
    from imagelock.commands.update_tags import TagUpdate
    from imagelock.lockfile.sightings import DigestSighting
    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import MirrorUse
    from imagelock.project.project_files import ProjectFiles
    from imagelock.project.scan import Scan
    from imagelock.registry.lazy_client import LazyRegistryClient

_FILE_RULES: Final = frozenset({Rule.INVALID_REFERENCE, Rule.UNREADABLE_FILE})


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOptions:
    """How to lock.

    `refresh` returns the images among all whose tags are resolved again; `None` for
    none. Without `accept_index_changes`, an image stays where only its index moved.
    `detail_requests` is how many requests the details of a changed image may cost.
    With `tag_update`, its files are written, too, and its images are refreshed.
    `signers` is what to do about signatures. With `scan`, a scanner compares the old and
    the new content.
    """

    write: bool = True
    refresh: Callable[[Mapping[Reference, object]], frozenset[Reference]] | None = None
    accept_index_changes: bool = True
    detail_requests: int = 0
    tag_update: TagUpdate | None = None
    signers: SignerOptions = field(default_factory=SignerOptions)
    scan: ChangeScan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRun:
    """The result of a run of `lock` or `update`.

    `changed` is whether the lockfile on disk is, or was, another one. `held` are
    images that the settings keep, and `written` those that a digest keeps which a file
    writes, with its place. `waiting` has the newest digest of each image that
    is younger than `cooldown`. `places` are those of the images that changed, in the
    order of the files. `problems` are findings about the files that only the
    user can fix. `mirrors` are those that answered for a registry. `guesses` is how
    many more references `guesses = true` would find. `comparisons` are what a scanner found
    out about images with new content, and `not_security` the images that did not move,
    since their new content fixes nothing.
    """

    result: LockResult
    changed: bool
    held: frozenset[Reference] = frozenset()
    written: Mapping[Reference, Place] = field(default_factory=dict)
    waiting: Mapping[Reference, DigestSighting] = field(default_factory=dict)
    cooldown: timedelta = timedelta()
    places: Mapping[Reference, Sequence[Place]] = field(default_factory=dict)
    problems: Sequence[Finding] = ()
    mirrors: Sequence[MirrorUse] = ()
    tag_update: TagUpdate | None = None
    guesses: int = 0
    is_healed: bool = False
    comparisons: Mapping[Reference, Comparison] = field(default_factory=dict)
    not_security: frozenset[Reference] = frozenset()


def lock(
    project: ProjectFiles,
    console: Console,
    *,
    write: bool = True,
    timeout: float | None = DEFAULT_TIMEOUT,
    signers: SignerOptions | None = None,
) -> LockRun:
    """Lock new references, drop unused entries, and keep every other digest.

    A registry that does not answer is among the failures of the result; everything
    else is locked all the same. Without *write* nothing is written. *timeout* is in
    seconds, for the whole run; `None` opens no connection. *signers* is what to do
    about signatures, if it is not the usual.

    Raises:
        ImagelockError: the settings or the lockfile cannot be used, or not written.
    """
    options = LockOptions(write=write, signers=signers or SignerOptions())
    with exclusive_run(project.root, console.notice, writes=write):
        return run_lock(project, options, console, timeout)


def run_lock(
    project: ProjectFiles,
    options: LockOptions,
    console: Console,
    timeout: float | None,
) -> LockRun:
    """Lock the references of *project* as *options* say, and write the result.

    If it writes, it belongs into an `exclusive_run`.
    """
    scan = _scan(project, options)
    old = _old_lockfile(project, options.tag_update)
    request, held = _request(project, scan.found, old, options)
    queue = unresolved(request, old)
    signers = _signers(project, old, options)
    early = _early_saves(
        project, scan.found, request, options, has_signers=signers is not None
    )
    with lazy_registry(project.config, console, timeout) as registry:
        registry.expect(queue)
        cooldown = _cooldown(project, request, old, registry, options)
        with (
            early.noticed_at_interruption(console),
            console.progress("Asking registries", len(queue)) as advance,
        ):
            result = resolve_lock(
                request, old, cooldown or registry, advance, early.save
            )
        result = complete(scan.found, request, result, options.tag_update)
        result, problems = split_missing(result, request, old, scan.found, registry)
        if signers:
            result, about = signers.apply(result, scan.found, registry, console)
            problems += about
        scanned = _scanned(project, result, old, options.scan, console)
        result = scanned.result
        new = result.lockfile
        changed = bool(old.images or new.images) and (
            bool(early.images) or not project.is_saved(new)
        )
        if options.write:
            _write(project, new if changed else None, options)
            _follow_up(project, scan.found, new, options, cooldown)
        changes = _explained(project, result.changes, registry, options, console)
    return LockRun(
        result=replace(result, changes=changes),
        changed=changed,
        held=held,
        written=_written(scan.found, old, request.refresh),
        waiting=cooldown.waiting if cooldown else {},
        cooldown=cooldown.age if cooldown else timedelta(),
        mirrors=registry.mirrors,
        places=places_of(scan.found, (change.reference for change in changes)),
        problems=_problems(
            project,
            scan,
            [
                *problems,
                *_nothing_to_lock(project, scan.found, request),
                *scanned.findings(scan.found),
            ],
        ),
        comparisons=scanned.comparisons,
        not_security=scanned.kept,
        tag_update=options.tag_update,
        guesses=scan.guesses,
        is_healed=old.is_healed,
    )


def _scanned(
    project: ProjectFiles,
    result: LockResult,
    old: Lockfile,
    scan: ChangeScan | None,
    console: Console,
) -> ScannedUpdate:
    """Return *result* with what a scanner says of it, if *scan* asks for that."""
    if scan is None:
        return ScannedUpdate(result=result)
    from imagelock.commands.update_scan import scan_update  # few updates are scanned

    return scan_update(project, result, old, scan, console)


def _explained(
    project: ProjectFiles,
    changes: tuple[Change, ...],
    registry: LazyRegistryClient,
    options: LockOptions,
    console: Console,
) -> tuple[Change, ...]:
    """Return *changes* with what is known of the images."""
    if not changes:
        return changes
    from imagelock.commands.explain import explain  # most runs change nothing

    return explain(project, changes, registry, options.detail_requests, console)


def _scan(project: ProjectFiles, options: LockOptions) -> Scan:
    """Return what the files say once the tags of *options* are written into them."""
    edited = options.tag_update.rewrite.new if options.tag_update else None
    return project.read(edited, count_guesses=options.refresh is None)


def _nothing_to_lock(
    project: ProjectFiles, found: Sequence[Found], request: LockRequest
) -> list[Finding]:
    """Return the finding that no reference can be locked, if that is so."""
    if request.digests or not is_whole(project):
        return []
    return [nothing_found(project, found, project.healed_lockfile())]


def _old_lockfile(project: ProjectFiles, tag_update: TagUpdate | None) -> Lockfile:
    old = project.healed_lockfile() or Lockfile()
    return replace(old, pins=tag_update.pins) if tag_update else old


def _request(
    project: ProjectFiles,
    findings: Sequence[Found],
    old: Lockfile,
    options: LockOptions,
) -> tuple[LockRequest, frozenset[Reference]]:
    """Return the references to lock, and the images that are held back."""
    digests = required_digests(findings, old.pins)
    refresh = _refreshed(options, digests)
    held = project.image_rules.held(refresh & old.images.keys())
    request = LockRequest(
        digests=digests,
        platforms=project.platforms,
        refresh=refresh - held,
        # Without any reference, the files are more likely not found than gone.
        keep_others=bool(project.paths) or not digests or not is_complete(findings),
        accept_index_changes=options.accept_index_changes,
        own_platforms=project.image_rules.platforms(digests),
    )
    return request, held


def _early_saves(
    project: ProjectFiles,
    found: Sequence[Found],
    request: LockRequest,
    options: LockOptions,
    *,
    has_signers: bool,
) -> EarlySaves:
    """Return what saves the lockfile on the way, if nothing else is written.

    An entry is not saved before its signatures were checked.
    """
    # What `update` writes belongs together, in the lockfile and in other files.
    is_update = options.refresh is not None or options.tag_update is not None
    return EarlySaves(
        project,
        lambda result: complete(found, request, result, None).lockfile,
        writes=options.write and not is_update and not has_signers,
    )


def _signers(
    project: ProjectFiles, old: Lockfile, options: LockOptions
) -> LockSigners | None:
    """Return what records and compares signers, if anything asks for it."""
    if not needs_signers(project.config, old, options.signers):
        return None
    from imagelock.commands.lock_signers import LockSigners  # few projects have any

    return LockSigners.of(project.config, old, options.signers)


def _written(
    findings: Sequence[Found], old: Lockfile, refresh: frozenset[Reference]
) -> dict[Reference, Place]:
    """Return those images to refresh that a file gives a digest, and its place."""
    places = digest_places(findings, old.pins) if refresh else {}
    return {
        key: occurrence.place
        for key in sorted(refresh, key=str)
        if key.tag and (occurrence := places.get(key))
    }


def _refreshed(
    options: LockOptions, digests: Mapping[Reference, Digest | None]
) -> frozenset[Reference]:
    if options.tag_update:
        return options.tag_update.keys
    return frozenset() if options.refresh is None else options.refresh(digests)


def _cooldown(
    project: ProjectFiles,
    request: LockRequest,
    old: Lockfile,
    registry: Registry,
    options: LockOptions,
) -> CooldownRegistry | None:
    """Return a registry that holds new digests back, if the settings ask for it.

    What fixes a vulnerability does not wait.
    """
    age = project.config.cooldown
    is_security = options.scan is not None and options.scan.security is not None
    if not age or not request.refresh or is_security:
        return None
    # Most runs ask for no updates.
    from imagelock.commands.cooldown import CooldownRegistry
    from imagelock.config.duration import duration

    return CooldownRegistry(
        registry,
        old.images,
        project.sightings(),
        age=duration(age),
        now=datetime.now(UTC),
    )


def _write(project: ProjectFiles, new: Lockfile | None, options: LockOptions) -> None:
    if options.tag_update:
        options.tag_update.rewrite.write(project)
    if new:
        project.save(new)


def _follow_up(
    project: ProjectFiles,
    findings: Sequence[Found],
    new: Lockfile,
    options: LockOptions,
    cooldown: CooldownRegistry | None,
) -> None:
    """Write the sightings, and the new digests into the places that are pinned."""
    if cooldown:
        project.save_sightings(cooldown.sightings)
    if options.refresh is None or not new.pins:
        return
    # Most projects pin nothing.
    from imagelock.commands.apply_edits import prove_plan, text_reader
    from imagelock.commands.pin_plan import PinOptions, plan_pins

    pinned = PinOptions(keys=new.images, pinned_only=True)
    plan = plan_pins(findings, new, pinned, text_reader(project))
    prove_plan(project, findings, plan).write(project)


def _problems(
    project: ProjectFiles, scan: Scan, others: Sequence[Finding]
) -> list[Finding]:
    """Return the findings about files that only the user can fix."""
    skipped = skipped_findings(scan.found)
    about_files = (finding for finding in skipped if finding.rule in _FILE_RULES)
    return apply_rule_settings(
        project, [*scan.file_findings, *about_files, *others], scan.found
    )
