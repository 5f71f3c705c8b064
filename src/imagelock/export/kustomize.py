"""A Kustomize component whose `images` pin the images of the manifests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.export.target import Exported, Request, yaml_string

if TYPE_CHECKING:
    from imagelock.model.image import Image

SUMMARY: Final = "a Kustomize component with a digest for each image name"
_SUFFIX: Final = re.compile(r"@|:(?=[^/]*$)")
_LISTS: Final = re.compile(
    r"(?:.*\.)?(?:containers|initContainers)\[\d+\]\.image"
    r"|(?:.*\.)?volumes\[\d+\]\.image\.reference"
)


def export(request: Request) -> Exported:
    """Return the component.

    Kustomize matches images by name alone, so two tags of a name cannot have two
    digests: neither is exported, with a warning. It only changes containers and
    image volumes, and a kustomization applies its own `images` after those of its
    components (`api/filters/imagetag`, `accumulateTarget` of Kustomize).
    """
    images: dict[str, Image] = {}
    ambiguous: dict[str, list[str]] = {}
    warnings: list[str] = []
    for occurrence, image in request.used("kubernetes"):
        if not any(_LISTS.fullmatch(use) for use in occurrence.place.uses):
            warnings.append(
                f"{occurrence.place.label}: Kustomize does not change `{occurrence.place.location}`"
            )
            continue
        name = _SUFFIX.split(occurrence.place.text, maxsplit=1)[0]
        if images.setdefault(name, image).reference != image.reference:
            ambiguous.setdefault(name, [_version(images[name])])
            ambiguous[name].append(_version(image))
    warnings += [
        f"{occurrence.place.label}: a kustomization applies this after its"
        " components: pin it in the file"
        for occurrence, _ in request.used("kustomize")
    ]
    for name, tags in ambiguous.items():
        del images[name]
        versions = ", ".join(dict.fromkeys(tags))
        warnings.append(
            f"`{name}` is used with several tags ({versions}), which Kustomize"
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
    # Kustomize reads a name as a regular expression, so `a.b` also matches `a-b`; the
    # last rule that matches counts, which must be the rule for `a-b`.
    for name, image in sorted(images.items(), key=_dots_first):
        lines.append(f"  - name: {yaml_string(name)}\n")
        if image.reference.tag:
            tag = yaml_string(image.reference.tag)
            lines.append(f"    newTag: {tag}\n")
        lines.append(f"    digest: {image.digest}\n")
    return head + ("images:\n" if lines else "images: []\n") + "".join(lines)
