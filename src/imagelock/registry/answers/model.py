"""Answers of registries, each with the time of its question."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from imagelock.dataclass import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference

VERSION: Final = 1
"""Raised only when a key is renamed, removed, or changes its meaning."""

_CLOCKS: Final = timedelta(minutes=5)
"""How far ahead the clock may be of the machine that asked."""


@dataclass(frozen=True, slots=True)
class TagAnswer:
    """What a registry answered for a tag, and what became of the last question.

    `digest` is what the tag resolves to, and `missing` the message if there is no such
    tag: one of them, and `asked_at`, are set if there was an answer. `failure` is why
    the last question, at `failed_at`, had none; an answer from before that stays. Times
    are in UTC, in whole seconds.
    """

    reference: Reference
    asked_at: datetime | None = None
    digest: Digest | None = None
    missing: str | None = None
    failed_at: datetime | None = None
    failure: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether a registry answered, at whatever time."""
        return self.asked_at is not None

    def is_fresh(self, now: datetime, max_age: timedelta) -> bool:
        """Return whether there is an answer at most *max_age* old, and not from later."""
        if self.asked_at is None:
            return False
        return -_CLOCKS <= now - self.asked_at <= max_age

    def or_earlier(self, earlier: TagAnswer | None) -> TagAnswer:
        """Return this answer, or the *earlier* one with the failure of this question."""
        if self.is_known or earlier is None or not earlier.is_known:
            return self
        return replace(earlier, failed_at=self.failed_at, failure=self.failure)


@dataclass(frozen=True, slots=True)
class ManifestDocument:
    """The text of an index or manifest, which its digest proves.

    `media_type` is the one that it was sent with, and `platform` that of the
    configuration of an image without an index.
    """

    media_type: str
    text: str
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """What a file has: answers for tags, and documents at the digests of some."""

    tags: Mapping[Reference, TagAnswer] = field(default_factory=dict)
    documents: Mapping[Digest, ManifestDocument] = field(default_factory=dict)

    @classmethod
    def merged(cls, parts: Iterable[AnswerFile]) -> Self:
        """Return all of *parts* together: for a tag, the latest answer counts."""
        tags: dict[Reference, TagAnswer] = {}
        documents: dict[Digest, ManifestDocument] = {}
        for part in parts:
            documents |= part.documents
            for reference, answer in part.tags.items():
                before = tags.get(reference)
                tags[reference] = _later(answer, before) if before else answer
        return cls(tags, documents)


@dataclass(frozen=True, slots=True)
class AnswersUse:
    """How many answers a run used, and how many were too old to be used.

    `oldest` is when the oldest of those that were used was asked for, and `age` how long
    before the run that was; `None` if none were used.
    """

    used: int = 0
    outdated: int = 0
    oldest: datetime | None = None
    age: timedelta | None = None


def merged_uses(uses: Iterable[AnswersUse | None]) -> AnswersUse | None:
    """Return the sum of *uses*, of runs in several projects; `None` if there are none."""
    known = [use for use in uses if use is not None]
    if not known:
        return None
    return AnswersUse(
        sum(use.used for use in known),
        sum(use.outdated for use in known),
        min((use.oldest for use in known if use.oldest), default=None),
        max((use.age for use in known if use.age is not None), default=None),
    )


def _later(first: TagAnswer, second: TagAnswer) -> TagAnswer:
    if first.asked_at is None or second.asked_at is None:
        return first if first.is_known else second
    return first if first.asked_at > second.asked_at else second
