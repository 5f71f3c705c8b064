"""What a build of Kustomize says about its entries and patches."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.kustomize_images import ImageEntry

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.kustomize.build import KustomizeBuild
    from imagelock.sources.relations import ManifestImage

_NO_IMAGE: Final = "no image in the manifests has this name"
_NO_OBJECT: Final = "no object in the manifests is what the patch is for"
_REPLACED: Final = "Kustomize puts another image here"


def build_findings(
    build: KustomizeBuild, changed: Container[ManifestImage] = ()
) -> Iterator[Found]:
    """Yield what entries and patches put into objects; *changed* is so later."""
    left: dict[int | None, dict[str, None]] = defaultdict(dict)
    for image, maker, *_ in build.objects:
        if image not in changed:
            left[maker][image.value] = None
    for index, made in enumerate(build.made):
        if isinstance(made, ImageEntry):
            yield from _of_entry(build, index, made, left.get(index, {}))
        else:
            finding, is_in_object = made
            if index in build.unmatched:
                yield _skipped(finding, Reason.UNMATCHED, _NO_OBJECT)
            elif is_in_object and index not in left:
                yield _skipped(finding, Reason.REPLACED, _REPLACED)
            else:
                yield finding


def _of_entry(
    build: KustomizeBuild, index: int, entry: ImageEntry, left: dict[str, None]
) -> Iterator[Found]:
    if left:
        yield from map(entry.finding, left)
    elif index in build.unknown:
        yield from filter(None, [entry.alone()])
    elif index in build.unmatched:
        yield entry.skip(Reason.UNMATCHED, f"`{entry.name}`: {_NO_IMAGE}")
    else:
        yield entry.skip(Reason.REPLACED, f"`{entry.name}`: {_REPLACED}")


def _skipped(finding: Found, reason: Reason, detail: str) -> Found:
    detail = f"`{finding.place.text}`: {detail}"
    return Skipped(place=finding.place, reason=reason, detail=detail)
