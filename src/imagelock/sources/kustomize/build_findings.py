"""What a build of Kustomize says about its entries and patches."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.relations import NEVER_PULLED
from imagelock.sources.shared.classify import unless_never_pulled
from imagelock.sources.shared.kustomize_images import ImageEntry

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.kustomize.build import KustomizeBuild
    from imagelock.sources.relations import ManifestImage

    _Left = dict[str, bool]
    """The images that are left, and whether each is never pulled."""

_NO_IMAGE: Final = "no image in the manifests has this name"
_NO_OBJECT: Final = "no object in the manifests is what the patch is for"
_REPLACED: Final = "Kustomize puts another image here"


def build_findings(
    build: KustomizeBuild,
    changed: Container[ManifestImage] = (),
    never_pulled: Container[ManifestImage] = NEVER_PULLED,
) -> Iterator[Found]:
    """Yield what entries and patches put into objects.

    *changed* is so later, and *never_pulled* is not pulled, whatever changes it.
    """
    left: dict[int | None, _Left] = defaultdict(dict)
    for image, maker, *_ in build.objects:
        if image not in changed:
            is_never = image in never_pulled and left[maker].get(image.value, True)
            left[maker][image.value] = is_never
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
                never = index in left and all(left[index].values())
                yield unless_never_pulled(finding, is_never_pulled=never)


def _of_entry(
    build: KustomizeBuild, index: int, entry: ImageEntry, left: _Left
) -> Iterator[Found]:
    if left:
        for value, is_never in left.items():
            yield unless_never_pulled(entry.finding(value), is_never_pulled=is_never)
    elif index in build.unknown:
        yield from filter(None, [entry.alone()])
    elif index in build.unmatched:
        yield entry.skip(Reason.UNMATCHED, f"`{entry.name}`: {_NO_IMAGE}")
    else:
        yield entry.skip(Reason.REPLACED, f"`{entry.name}`: {_REPLACED}")


def _skipped(finding: Found, reason: Reason, detail: str) -> Found:
    detail = f"`{finding.place.text}`: {detail}"
    return Skipped(place=finding.place, reason=reason, detail=detail)
