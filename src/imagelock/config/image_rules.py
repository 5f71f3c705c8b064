"""Settings for single images: `[images."PATTERN"]`."""

from __future__ import annotations

from imagelock.dataclass import dataclass, field, replace
from imagelock.light_typing import TYPE_CHECKING, Final
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


_DRIFT: Final = frozenset({Rule.DRIFT, Rule.KIND_CHANGED})


@dataclass(frozen=True, slots=True)
class ImageRules:
    """The settings for images by pattern, in the order of the file."""

    settings: Mapping[str, ImageConfig] = field(default_factory=dict)

    def holding(self, key: Reference) -> str | None:
        """Return the first pattern that holds the image *key*, if there is one."""
        return next((pattern for pattern, rule in self._of(key) if rule.hold), None)

    def held(self, keys: Iterable[Reference]) -> frozenset[Reference]:
        """Return the images among *keys* that `update` leaves alone."""
        return frozenset(key for key in keys if self.holding(key) is not None)

    def platforms(
        self, keys: Iterable[Reference]
    ) -> dict[Reference, tuple[Platform, ...]]:
        """Return the platforms, sorted, of the images that do not use the project's.

        The last pattern with platforms counts.
        """
        platforms: dict[Reference, tuple[Platform, ...]] = {}
        for key in keys if self.settings else ():
            for _, rule in self._of(key):
                if rule.platforms is not None:
                    names = {Platform.parse(name) for name in rule.platforms}
                    platforms[key] = tuple(sorted(names))
        return platforms

    def tag_pattern(self, key: Reference) -> TagPattern | None:
        """Return the last tag pattern that is set for *key*, if there is one."""
        from imagelock.model.tag_pattern import TagPattern  # few commands need it

        patterns = [rule.tag_pattern for _, rule in self._of(key) if rule.tag_pattern]
        return TagPattern.parse(patterns[-1]) if patterns else None

    def without_ignored(self, everything: Iterable[Found]) -> Iterator[Found]:
        """Yield *everything*; references that the settings ignore become skipped."""
        if not self.settings:
            yield from everything
            return
        for found in everything:
            pattern = self._ignoring(found)
            if pattern is None:
                yield found
                continue
            detail = f'`{found.place.text}`: `[images."{pattern}"]` says so'
            yield Skipped(place=found.place, reason=Reason.IGNORED, detail=detail)

    def relax_allowed_drift(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield *findings*; drift that the settings allow becomes a note."""
        for finding in findings:
            key = finding.reference
            allowed = finding.rule in _DRIFT and key is not None and self._allows(key)
            yield replace(finding, severity=Severity.NOTE) if allowed else finding

    def _ignoring(self, found: Found) -> str | None:
        if not isinstance(found, Occurrence):
            return None
        rules = self._of(found.reference.key)
        return next((pattern for pattern, rule in rules if rule.ignore), None)

    def _allows(self, key: Reference) -> bool:
        return any(rule.allow_drift for _, rule in self._of(key))

    def _of(self, key: Reference) -> Iterator[tuple[str, ImageConfig]]:
        return (
            (pattern, rule)
            for pattern, rule in self.settings.items()
            if matches_image(pattern, key)
        )
