"""Values of Helm charts in Kubernetes objects, for a controller to install.

`HelmRelease` of Flux, `Application` and `ApplicationSet` of Argo CD, `HelmChart`
and `HelmChartConfig` of k3s, `Release` of Crossplane. Flux also replaces images:
in `images` of its `Kustomization`, and of `postRenderers` of a `HelmRelease`; so
does Argo CD in `kustomize.images`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.sources.gitops.kinds import (
    ARGO_HELM,
    ARGO_SOURCES,
    CHART_VALUES,
    kind_of,
)
from imagelock.sources.helm.defaults import defaults_of
from imagelock.sources.helm.images import images, values
from imagelock.sources.helm.sets import set_values
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.sources.shared.kustomize_images import override, replacement
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.paths import VisitLimit, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_TEXTS: Final = ("spec.valuesContent", *(f"{at}.values" for at in ARGO_HELM))
_IMAGES: Final = ("spec.images[]", "spec.postRenderers[].kustomize.images[]")
_OVERRIDES: Final = tuple(f"{at}.kustomize.images[]" for at in ARGO_SOURCES)
_SETS: Final = tuple(f"{at}.parameters[]" for at in ARGO_HELM)


def chart_images(file: SourceFile, objects: Iterable[NodeRef]) -> Iterator[Found]:
    """Yield the images in the chart values of each of *objects*."""
    substituted = SubstitutedFile(path=file.path, text=file.text, format=file.format)
    for at in distinct(objects):
        yield from _images(substituted, at)


def _images(file: SubstitutedFile, at: NodeRef) -> Iterator[Found]:

    def images_in(text: Text) -> Iterator[Found]:
        return values(replace(file, text=text))

    visits = VisitLimit()
    for pattern in CHART_VALUES[kind_of(at.node)]:
        for tree in select(at, pattern, visits):
            yield from images(file, tree, defaults_of(tree.node), visits)
    for pattern in _TEXTS:
        for text in distinct(select(at, pattern, visits)):
            yield from embedded(file, text, images_in)
    yield from merge_duplicates(_replacements(file, at, visits))
    for pattern in _SETS:
        yield from set_values(file, select(at, pattern, visits))


def _replacements(
    file: SubstitutedFile, at: NodeRef, visits: VisitLimit
) -> Iterator[Found]:
    """Yield the images that the object *at* replaces others with."""
    for pattern in _IMAGES:
        for entry in select(at, pattern, visits):
            yield from replacement(file, entry)
    for pattern in _OVERRIDES:
        for entry in select(at, pattern, visits):
            yield from override(file, entry)
