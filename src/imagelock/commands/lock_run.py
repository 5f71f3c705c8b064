"""What a run of `lock` or `update` is asked for, and what it says it did."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from imagelock.commands.signer_options import SignerOptions
from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imagelock.commands.history.earlier_moves import EarlierMoves
    from imagelock.commands.lock_resolution import LockResult
    from imagelock.commands.scanning.scanned_update import ChangeScan, Comparison
    from imagelock.commands.update_tags import TagUpdate
    from imagelock.lockfile.sightings import DigestSighting
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import MirrorUse
    from imagelock.registry.answers.given import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOptions:
    """How to lock.

    `refresh` returns the images among all whose tags are resolved again; `None` for
    none. Without `accept_index_changes`, an image stays where only its index moved.
    `detail_requests` is how many requests the details of a changed image may cost.
    With `tag_update`, its files are written, too, and its images are refreshed.
    `signers` is what to do about signatures. With `scan`, a scanner compares the old and
    the new content. With `history`, git is asked how the images moved before. `answers`
    are used in place of registries, as far as they go.
    """

    write: bool = True
    refresh: Callable[[Mapping[Reference, object]], frozenset[Reference]] | None = None
    accept_index_changes: bool = True
    detail_requests: int = 0
    tag_update: TagUpdate | None = None
    signers: SignerOptions = field(default_factory=SignerOptions)
    scan: ChangeScan | None = None
    history: bool = False
    answers: Answers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRun:
    """The result of a run of `lock` or `update`.

    `changed` is whether the lockfile on disk is, or was, another one. `held` are
    images that the settings keep, and `written` those that a digest keeps which a file
    writes, with its place. `waiting` has the newest digest of each image that
    is younger than `cooldown`. `places` are those of the images that changed, in the
    order of the files. `problems` are findings about the files that only the
    user can fix. `mirrors` are those that answered for a registry. `guesses` is how
    many more references `guesses = true` would find, `commands` how many
    `[sources.shell]` would, and `charts` how many `charts = true` would. `comparisons`
    are what a scanner found out about images with new content, and `not_security` the
    images that did not move, since their new content fixes nothing. `earlier` is how
    the images moved before, if that was asked for, and git knows.
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
    commands: int = 0
    charts: int = 0
    is_healed: bool = False
    comparisons: Mapping[Reference, Comparison] = field(default_factory=dict)
    not_security: frozenset[Reference] = frozenset()
    earlier: EarlierMoves | None = None
