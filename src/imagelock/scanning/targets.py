"""What there is to scan: the distinct platform manifests of locked images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.scanning.scanner import ScanTarget

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPlatform:
    """A platform of a locked image, and the manifest that is scanned for it.

    Without a target, `problem` is why it cannot be scanned, unless it is no container
    image (`is_artifact`).
    """

    reference: Reference
    platform: Platform | None = None
    target: ScanTarget | None = None
    is_artifact: bool = False
    problem: str = ""
    hint: str | None = None


def locked_platforms(image: Image) -> Iterator[LockedPlatform]:
    """Yield each locked platform of *image*, at least one.

    An index is never a target itself: a scanner would choose a platform of it.
    """
    key = image.reference
    for manifest in image.platforms:
        target = ScanTarget(key.name, manifest.digest, manifest.platform)
        yield LockedPlatform(reference=key, platform=manifest.platform, target=target)
    if image.platforms:
        return
    if not image.is_complete:
        problem, hint = "its platforms are not known", "run `imagelock lock`"
        yield LockedPlatform(reference=key, problem=problem, hint=hint)
    elif image.is_index:
        problem = "none of the declared platforms is locked"
        hint = "set `platforms` in `imagelock.toml` to those that you run on"
        yield LockedPlatform(reference=key, problem=problem, hint=hint)
    else:
        yield LockedPlatform(reference=key, is_artifact=True)


def distinct_targets(platforms: Iterable[LockedPlatform]) -> list[ScanTarget]:
    """Return the targets of *platforms*, each manifest once, sorted."""
    targets = {entry.target for entry in platforms if entry.target}
    by_digest = {target.digest: target for target in sorted(targets, reverse=True)}
    return sorted(by_digest.values())
