"""A locked image with what its registry has of it, as policies see it."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from imagelock.config.policy import Policy
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Rule
    from imagelock.model.image import PlatformManifest
    from imagelock.model.reference import Reference
    from imagelock.policies.image_use import Violation
    from imagelock.registry.artifact import Referrer
    from imagelock.registry.image_content import ImageContent


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentUse:
    """The content of an image that the project uses.

    `reference` is its key, and `shown` its name in messages. `now` is the time of the
    check. `referrers` returns what refers to a digest of the image, and raises
    `RegistryError`.
    """

    reference: Reference
    shown: str
    content: ImageContent
    now: datetime
    referrers: Callable[[Digest], Sequence[Referrer]]


class ContentRule(Protocol):
    """A rule about content, which needs a registry: a module with these names."""

    @property
    def RULE(self) -> Rule:  # noqa: N802 - a constant of the module
        """The rule that its findings have."""
        ...

    @property
    def UNCHECKED(self) -> str:  # noqa: N802 - a constant of the module
        """The name of what is not checked without a registry."""
        ...

    def is_on(self, policy: Policy) -> bool:
        """Return whether *policy* asks for anything that the rule checks."""
        ...

    def concerns(self, reference: Reference, policy: Policy) -> bool:
        """Return whether *policy* asks for it of the image *reference*."""
        ...

    def violations(
        self, use: ContentUse, manifest: PlatformManifest, policy: Policy
    ) -> Iterator[Violation]:
        """Yield what *policy* has against *use* on the platform of *manifest*.

        Raises:
            RegistryError: the registry could not be asked.
        """
        ...
