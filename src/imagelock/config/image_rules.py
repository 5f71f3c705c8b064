"""What a project says of single images: `[images."PATTERN"]`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule, Severity
from imagelock.model.image_pattern import matches_image
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imagelock.config.schema_tables import ImageConfig
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.model.tag_pattern import TagPattern


_MOVES: Final = frozenset({Rule.DRIFT, Rule.KIND_CHANGED})


@dataclass(frozen=True, slots=True)
class ImageRules:
    """Each pattern with its setting, in the order of the file."""

    settings: Mapping[str, ImageConfig] = field(default_factory=dict)

    def holding(self, key: Reference) -> str | None:
        """Return the pattern that holds the image back, if one does."""
        return next((p for p, one in self._of(key) if one.hold), None)

    def held(self, keys: Iterable[Reference]) -> frozenset[Reference]:
        """Return those of *keys* that are held back."""
        return frozenset(key for key in keys if self.holding(key) is not None)

    def platforms(
        self, keys: Iterable[Reference]
    ) -> dict[Reference, tuple[Platform, ...]]:
        """Return the platforms of those of *keys* that have their own, sorted.

        The last pattern that says something counts.
        """
        own: dict[Reference, tuple[Platform, ...]] = {}
        for key in keys if self.settings else ():
            for _, one in self._of(key):
                if one.platforms is not None:
                    names = {Platform.parse(name) for name in one.platforms}
                    own[key] = tuple(sorted(names))
        return own

    def tag_pattern(self, key: Reference) -> TagPattern | None:
        """Return what says how to read the tags of *key*: the last one set."""
        from imagelock.model.tag_pattern import TagPattern  # noqa: PLC0415 - few verbs ask

        patterns = [one.tag_pattern for _, one in self._of(key) if one.tag_pattern]
        return TagPattern.parse(patterns[-1]) if patterns else None

    def without_ignored(self, found: Iterable[Found]) -> Iterator[Found]:
        """Yield *found*, where what the settings ignore is skipped."""
        for one in found:
            pattern = self._ignoring(one)
            if pattern is None:
                yield one
                continue
            detail = f'`{one.place.text}`: `[images."{pattern}"]` says so'
            yield Skipped(place=one.place, reason=Reason.IGNORED, detail=detail)

    def relax_allowed_drift(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield *findings*, where a move that the settings allow is a note."""
        for finding in findings:
            key = finding.reference
            allowed = finding.rule in _MOVES and key is not None and self._allows(key)
            yield replace(finding, severity=Severity.NOTE) if allowed else finding

    def _ignoring(self, found: Found) -> str | None:
        if not isinstance(found, Occurrence):
            return None
        of = self._of(found.reference.key)
        return next((pattern for pattern, one in of if one.ignore), None)

    def _allows(self, key: Reference) -> bool:
        return any(one.allow_drift for _, one in self._of(key))

    def _of(self, key: Reference) -> Iterator[tuple[str, ImageConfig]]:
        return (
            (pattern, one)
            for pattern, one in self.settings.items()
            if matches_image(pattern, key)
        )
