"""A component for Kustomize whose `images` pin what the manifests name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.export.target import Exported, Request
from imagelock.export.words import quoted

if TYPE_CHECKING:
    from imagelock.model.image import Image

SUMMARY: Final = "a component for Kustomize, with a digest for each image name"
_SUFFIX: Final = re.compile(r"@|:(?=[^/]*$)")
_LISTS: Final = re.compile(
    r"(?:.*\.)?(?:containers|initContainers)\[\d+\]\.image"
    r"|(?:.*\.)?volumes\[\d+\]\.image\.reference"
)


def export(request: Request) -> Exported:
    """Return the component; Kustomize finds images by their names alone.

    So two tags of one name cannot have two digests: neither is exported, and a
    warning says so. It also changes nothing but containers and image volumes, and
    what a kustomization sets itself it sets after its components
    (`api/filters/imagetag`, `accumulateTarget` of Kustomize).
    """
    images: dict[str, Image] = {}
    twice: dict[str, list[str]] = {}
    warnings: list[str] = []
    for one, image in request.used("kubernetes"):
        if not any(_LISTS.fullmatch(use) for use in one.place.uses):
            warnings.append(
                f"{one.place.label}: Kustomize changes no `{one.place.location}`"
            )
            continue
        name = _SUFFIX.split(one.place.text, maxsplit=1)[0]
        if images.setdefault(name, image).reference != image.reference:
            twice.setdefault(name, [_version(images[name])])
            twice[name].append(_version(image))
    warnings += [
        f"{one.place.label}: a kustomization does this after its components:"
        " pin it in the file"
        for one, _ in request.used("kustomize")
    ]
    for name, tags in twice.items():
        del images[name]
        listed = ", ".join(dict.fromkeys(tags))
        warnings.append(
            f"`{name}` is used with several tags ({listed}), which Kustomize"
            " cannot tell apart: pin it in the files"
        )
    return Exported(_component(images), tuple(warnings))


def _version(image: Image) -> str:
    return image.reference.tag or image.digest.short


def _dots_first(entry: tuple[str, Image]) -> tuple[int, str]:
    return -entry[0].count("."), entry[0]


def _component(images: dict[str, Image]) -> str:
    head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    lines = []
    # To Kustomize a name is a regular expression. Where `a.b` stands for `a-b`, too,
    # the rule for `a-b` is the last one and counts.
    for name, image in sorted(images.items(), key=_dots_first):
        lines.append(f"  - name: {quoted(name)}\n")
        if image.reference.tag:
            tag = quoted(image.reference.tag)
            lines.append(f"    newTag: {tag}\n")
        lines.append(f"    digest: {image.digest}\n")
    return head + ("images:\n" if lines else "images: []\n") + "".join(lines)
