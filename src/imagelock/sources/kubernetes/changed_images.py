"""Images in objects that kustomizations change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.classify import unless_never_pulled

if TYPE_CHECKING:
    from collections.abc import Collection

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.relations import ManifestImage


def unless_changed(
    finding: Found,
    located: Collection[ManifestImage],
    context: Context,
) -> Found:
    """Return *finding*, as skipped if kustomizations change all images *located* there.

    The name is then only a key for Kustomize, and need not be an image. If they leave
    some, it is skipped if none of these is pulled.
    """
    if not located or _is_broken(finding):
        return finding
    if not all(image in context.changed for image in located):
        never = all(image in context.never_pulled for image in located)
        return unless_never_pulled(finding, is_never_pulled=never)
    detail = f"`{finding.place.text}`: Kustomize puts another image here"
    return Skipped(place=finding.place, reason=Reason.REPLACED, detail=detail)


def _is_broken(finding: Found) -> bool:
    reason = finding.reason if isinstance(finding, Skipped) else None
    return reason in {Reason.DUPLICATE_KEY, Reason.UNPARSEABLE}
