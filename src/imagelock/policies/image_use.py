"""An image where a file uses it, as policies see it."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from imagelock.config.policy import Policy
    from imagelock.lockfile.sightings import DigestSighting
    from imagelock.model.finding import Rule
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Occurrence
    from imagelock.model.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUse:
    """A place that names an image.

    `locked` is the entry in the lockfile, if there is one. `sightings` are the digests
    of the image that `update` has seen and not locked. `now` is the time of the check.
    """

    occurrence: Occurrence
    locked: Image | None
    sightings: tuple[DigestSighting, ...]
    now: datetime

    @property
    def reference(self) -> Reference:
        """The reference, with the digest if one is written."""
        return self.occurrence.reference


@dataclass(frozen=True, slots=True)
class Violation:
    """Why an image may not be used, and the way out.

    `rule` is that of the finding, if the module has several.
    """

    message: str
    hint: str | None = None
    rule: Rule | None = None


class PolicyRule(Protocol):
    """A rule: a module with these names."""

    @property
    def RULE(self) -> Rule:  # noqa: N802 - a constant of the module
        """The rule that its findings have."""
        ...

    def is_on(self, policy: Policy) -> bool:
        """Return whether *policy* asks for anything that the rule checks."""
        ...

    def violations(self, use: ImageUse, policy: Policy) -> Iterator[Violation]:
        """Yield what *policy* has against *use*."""
        ...
