"""The findings that `verify` reports."""

from __future__ import annotations

from enum import Enum, IntEnum

from imagelock.dataclass import dataclass, replace
from imagelock.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath
    from typing import Self

    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.model.span import Span


class Severity(IntEnum):
    """The severity of a finding; `--fail-on` compares by this order."""

    OFF = 0
    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The name in the settings and in reports."""
        return self.name.lower()


class Rule(Enum):
    """A rule of `verify`: its name, its default severity, and its summary."""

    NOT_LOCKED = (
        "not-locked",
        Severity.ERROR,
        "a file names an image that the lock lacks",
    )
    STALE_ENTRY = (
        "stale-entry",
        Severity.ERROR,
        "the lock has an image that no file uses",
    )
    DIGEST_MISMATCH = (
        "digest-mismatch",
        Severity.ERROR,
        "a digest in a file differs from the lock",
    )
    DRIFT = (
        "drift",
        Severity.ERROR,
        "the tag now has different content on a declared platform",
    )
    INDEX_DRIFT = (
        "index-drift",
        Severity.NOTE,
        "only the index changed: attestations, or platforms that are not declared",
    )
    NOT_FOUND = (
        "not-found",
        Severity.ERROR,
        "the registry has no such repository, tag or digest",
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
        "characters that make a file look different from its content",
    )
    UNKNOWN_COMMENT = (
        "unknown-comment",
        Severity.WARNING,
        "an `imagelock:` comment is not valid",
    )
    RUNS_OTHER = (
        "runs-other",
        Severity.ERROR,
        "a container runs different content than the lock has",
    )
    RUNS_UNLOCKED = (
        "runs-unlocked",
        Severity.WARNING,
        "a container runs an image that is not locked",
    )
    NOTHING_FOUND = (
        "nothing-found",
        Severity.ERROR,
        "there was nothing to compare",
    )
    MOVING_TAG = (
        "moving-tag",
        Severity.ERROR,
        "a tag that moves, or states no version; by `[policy]`",
    )
    REGISTRY_NOT_ALLOWED = (
        "registry-not-allowed",
        Severity.ERROR,
        "an image from elsewhere than `[policy]` allows",
    )
    IMAGE_DENIED = (
        "image-denied",
        Severity.ERROR,
        "an image that `[policy]` denies by its name or content",
    )
    NOT_PINNED = (
        "not-pinned",
        Severity.ERROR,
        "an image without a digest where `[policy]` wants one",
    )
    LOOK_ALIKE = (
        "look-alike",
        Severity.ERROR,
        "a name that is nearly a known one, or has moved; by `[policy]`",
    )
    END_OF_LIFE = (
        "end-of-life",
        Severity.ERROR,
        "a version that is no longer supported; by `[policy]`",
    )
    OUTDATED_LOCK = (
        "outdated-lock",
        Severity.ERROR,
        "a newer digest has been known for too long; by `[policy]`",
    )
    VULNERABILITY = (
        "vulnerability",
        Severity.ERROR,
        "a locked image has known vulnerabilities; by `scan`",
    )
    VULNERABILITY_ADDED = (
        "vulnerability-added",
        Severity.WARNING,
        "new content has vulnerabilities that the old one had not; by `update --scan`",
    )
    NOTHING_TO_SCAN = (
        "nothing-to-scan",
        Severity.NOTE,
        "a scanner knows no package in a locked image; by `scan`",
    )
    TOO_OLD = (
        "too-old",
        Severity.ERROR,
        "content that is older than `[policy]` allows",
    )
    AGE_UNKNOWN = (
        "age-unknown",
        Severity.WARNING,
        "content without a date, where `[policy]` limits its age",
    )
    BASE_NOT_ALLOWED = (
        "base-not-allowed",
        Severity.ERROR,
        "an image that is built on another one than `[policy]` allows",
    )
    BASE_UNKNOWN = (
        "base-unknown",
        Severity.WARNING,
        "an image of which nothing states the base, where `[policy]` lists bases",
    )
    LABEL_MISSING = (
        "label-missing",
        Severity.ERROR,
        "an image without a label that `[policy]` asks for",
    )
    UNMATCHED_PATTERN = (
        "unmatched-pattern",
        Severity.NOTE,
        "a pattern in `[policy]` that matches no image",
    )
    STALE_ACCEPTANCE = (
        "stale-acceptance",
        Severity.NOTE,
        "an entry of `[[policy.accept]]` or `[[scan.accept]]` that accepts nothing",
    )
    SIGNER_CHANGED = (
        "signer-changed",
        Severity.ERROR,
        "an image is signed by somebody other than before",
    )
    SIGNATURE_MISSING = (
        "signature-missing",
        Severity.ERROR,
        "an image is not signed as before, or as `[[policy.signer]]` requires",
    )
    SIGNER_RENAMED = (
        "signer-renamed",
        Severity.WARNING,
        "an image is signed from the same source, by another workflow",
    )
    SIGNATURE_UNVERIFIED = (
        "signature-unverified",
        Severity.WARNING,
        "an image has signatures, and none of them was verified",
    )
    SKIPPED = "skipped", Severity.NOTE, "a reference that cannot be locked, and why"
    COULD_NOT_CHECK = (
        "could-not-check",
        Severity.ERROR,
        "a registry could not be queried, or an image not scanned: the exit code is 3",
    )

    def __init__(self, slug: str, severity: Severity, summary: str) -> None:
        self.slug = slug
        self.severity = severity
        self.summary = summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem, its place, and the way out.

    `also` are further places with the same problem, such as other uses of an image.
    `as_written` stands for the reference in reports if variables decide it: their
    values may be secret. `cause` is the same for findings with one cause, such as a
    registry that cannot be reached. `project` is the folder of the project, if there
    are several: paths are from the root of all. `moved_to` is the digest that the tag
    stands for now, if it is not the locked one.
    """

    rule: Rule
    severity: Severity
    message: str
    path: PurePosixPath
    span: Span | None = None
    reference: Reference | None = None
    hint: str | None = None
    also: tuple[Place, ...] = ()
    as_written: str | None = None
    cause: str | None = None
    project: PurePosixPath | None = None
    moved_to: Digest | None = None

    @classmethod
    def of_image(
        cls,
        reference: Reference,
        places: Sequence[Place],
        rule: Rule,
        message: str,
        hint: str | None = None,
    ) -> Self:
        """Return the finding about *reference*, which is at each of *places*.

        It is at the first of them, of which there must be at least one, and has the
        severity that *rule* has by default.
        """
        first, *others = places
        return cls(
            rule=rule,
            severity=rule.severity,
            message=message,
            path=first.path,
            span=first.span,
            reference=reference,
            hint=hint,
            also=tuple(others),
        )

    @property
    def subject(self) -> str:
        """What the finding is about, for reports: the reference, or else the message."""
        if self.reference is None:
            return self.message
        return self.as_written or self.reference.familiar

    @property
    def shown_reference(self) -> Reference | None:
        """The reference, unless it must not be shown."""
        return None if self.as_written else self.reference

    def at_each_place(self) -> Iterator[Finding]:
        """Yield this finding once for each of its places, without `also`."""
        yield replace(self, also=())
        for place in self.also:
            yield replace(self, path=place.path, span=place.span, also=())
