"""What `verify` reports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.model.span import Span


class Severity(IntEnum):
    """How much a finding matters; the order is used by `--fail-on`."""

    OFF = 0
    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The name that people write in a configuration."""
        return self.name.lower()


class Rule(Enum):
    """A rule of `verify`: its name, its severity by default, and its summary."""

    NOT_LOCKED = (
        "not-locked",
        Severity.ERROR,
        "a file names an image that the lock lacks",
    )
    STALE_ENTRY = (
        "stale-entry",
        Severity.ERROR,
        "the lock names an image that no file uses",
    )
    DIGEST_MISMATCH = (
        "digest-mismatch",
        Severity.ERROR,
        "a digest written in a file differs from the lock",
    )
    DRIFT = (
        "drift",
        Severity.ERROR,
        "the tag now stands for other content on a declared platform",
    )
    INDEX_DRIFT = (
        "index-drift",
        Severity.NOTE,
        "only the index changed: attestations, or platforms that are not declared",
    )
    TAG_GONE = "tag-gone", Severity.ERROR, "the registry no longer serves the tag"
    DIGEST_GONE = (
        "digest-gone",
        Severity.ERROR,
        "the registry no longer serves the locked content",
    )
    PLATFORM_MISSING = (
        "platform-missing",
        Severity.ERROR,
        "the image has no manifest for a platform",
    )
    KIND_CHANGED = (
        "kind-changed",
        Severity.WARNING,
        "an index became a single manifest, or the reverse",
    )
    INVALID_REFERENCE = (
        "invalid-reference",
        Severity.ERROR,
        "a file names an image that no registry could serve",
    )
    UNREADABLE_FILE = (
        "unreadable-file",
        Severity.ERROR,
        "a file, or a part of it, cannot be read",
    )
    HIDDEN_CONTENT = (
        "hidden-content",
        Severity.WARNING,
        "characters that let a file look different from what it says",
    )
    UNKNOWN_COMMENT = (
        "unknown-comment",
        Severity.WARNING,
        "a comment for imagelock is not understood",
    )
    RUNS_OTHER = (
        "runs-other",
        Severity.ERROR,
        "a container runs with other content than the lock says",
    )
    RUNS_UNLOCKED = (
        "runs-unlocked",
        Severity.WARNING,
        "a container runs an image that is not locked at all",
    )
    SKIPPED = "skipped", Severity.NOTE, "a reference that cannot be locked, and why"
    COULD_NOT_CHECK = (
        "could-not-check",
        Severity.ERROR,
        "a registry could not be asked: the exit code is 3",
    )

    def __init__(self, slug: str, severity: Severity, summary: str) -> None:
        self.slug = slug
        self.severity = severity
        self.summary = summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not agree, where it is, and the way out.

    `also` are further places where it is the same, such as other uses of an image.
    """

    rule: Rule
    severity: Severity
    message: str
    path: PurePosixPath
    span: Span | None = None
    reference: Reference | None = None
    hint: str | None = None
    also: tuple[Place, ...] = ()

    def at_each_place(self) -> Iterator[Finding]:
        """Yield this finding once for every place where it is, without `also`."""
        yield replace(self, also=())
        for place in self.also:
            yield replace(self, path=place.path, span=place.span, also=())
