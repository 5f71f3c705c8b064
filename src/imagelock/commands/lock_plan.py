"""What a run of `lock` or `update` starts from: the files, the lockfile, the images."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.commands.lock_resolution import LockRequest
from imagelock.commands.selection import digest_places, is_complete, required_digests
from imagelock.commands.signer_options import needs_signers
from imagelock.dataclass import dataclass, replace
from imagelock.lockfile.model import Lockfile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.commands.cooldown import CooldownRegistry
    from imagelock.commands.lock_run import LockOptions
    from imagelock.commands.resolve import Registry
    from imagelock.commands.signing.lock_signers import LockSigners
    from imagelock.commands.update_tags import TagUpdate
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles
    from imagelock.project.scan import Scan


@dataclass(frozen=True, slots=True)
class LockPlan:
    """What *project* is to have in its lockfile, and what `old` has.

    `scan` is what the files say once the tags of `options` are written into them.
    `held` are the images that the settings keep.
    """

    project: ProjectFiles
    options: LockOptions
    scan: Scan
    old: Lockfile
    request: LockRequest
    held: frozenset[Reference]

    @property
    def found(self) -> Sequence[Found]:
        """Everything that the files name."""
        return self.scan.found

    def written(self) -> dict[Reference, Place]:
        """Return those images to refresh that a file gives a digest, and its place."""
        refresh = self.request.refresh
        places = digest_places(self.found, self.old.pins) if refresh else {}
        return {
            key: occurrence.place
            for key in sorted(refresh, key=str)
            if key.tag and (occurrence := places.get(key))
        }

    def nothing_to_lock(self) -> list[Finding]:
        """Return the finding that no reference can be locked, if that is so."""
        if self.request.digests:
            return []
        from imagelock.commands.nothing_found import is_whole, nothing_found

        if not is_whole(self.project, self.found):
            return []
        lockfile = self.project.healed_lockfile()
        return [nothing_found(self.project, self.found, lockfile)]

    def signers(self) -> LockSigners | None:
        """Return what records and compares signers, if anything asks for it."""
        config, options = self.project.config, self.options.signers
        if not needs_signers(config, self.old, options):
            return None
        # Few projects have any.
        from imagelock.commands.signing.lock_signers import LockSigners

        return LockSigners.of(config, self.old, options)

    def cooldown(self, registry: Registry) -> CooldownRegistry | None:
        """Return a *registry* that holds new digests back, if the settings ask for it.

        What fixes a vulnerability does not wait.
        """
        age, scan = self.project.config.cooldown, self.options.scan
        is_security = scan is not None and scan.security is not None
        if not age or not self.request.refresh or is_security:
            return None
        # Most runs ask for no updates.
        from imagelock.commands.cooldown import CooldownRegistry
        from imagelock.config.duration import duration

        return CooldownRegistry(
            registry,
            self.old.images,
            self.project.sightings(),
            age=duration(age),
            now=datetime.now(UTC),
        )


def plan_lock(project: ProjectFiles, options: LockOptions) -> LockPlan:
    """Return what *options* ask for in *project*, as its files are now.

    Raises:
        ImagelockError: the settings or the lockfile cannot be used.
    """
    edited = options.tag_update.rewrite.new if options.tag_update else None
    scan = project.read(edited, count_guesses=options.refresh is None)
    old = _old_lockfile(project, options.tag_update)
    digests = required_digests(scan.found, old.pins)
    refresh = _refreshed(options, digests)
    held = project.image_rules.held(refresh & old.images.keys())
    request = LockRequest(
        digests=digests,
        platforms=project.platforms,
        refresh=refresh - held,
        # Without any reference, the files are more likely not found than gone.
        keep_others=bool(project.paths) or not digests or not is_complete(scan.found),
        accept_index_changes=options.accept_index_changes,
        own_platforms=project.image_rules.platforms(digests),
    )
    return LockPlan(project, options, scan, old, request, held)


def _old_lockfile(project: ProjectFiles, tag_update: TagUpdate | None) -> Lockfile:
    old = project.healed_lockfile() or Lockfile()
    return replace(old, pins=tag_update.pins) if tag_update else old


def _refreshed(
    options: LockOptions, digests: Mapping[Reference, Digest | None]
) -> frozenset[Reference]:
    if options.tag_update:
        return options.tag_update.keys
    return frozenset() if options.refresh is None else options.refresh(digests)
