"""Values of Helm charts in Kubernetes objects, which a controller installs.

`HelmRelease` of Flux, `Application` and `ApplicationSet` of Argo CD, `HelmChart`
and `HelmChartConfig` of k3s, `Release` of Crossplane. Flux puts in other images,
too: `images` of its `Kustomization`, and of `postRenderers` of a `HelmRelease`;
Argo CD does in `kustomize.images`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.sources.gitops.kinds import ARGO, SOURCES, TREES, kind_of
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
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.paths import NodeRef

_TEXTS: Final = ("spec.valuesContent", *(f"{at}.values" for at in ARGO))
_IMAGES: Final = ("spec.images[]", "spec.postRenderers[].kustomize.images[]")
_OVERRIDES: Final = tuple(f"{at}.kustomize.images[]" for at in SOURCES)
_SETS: Final = tuple(f"{at}.parameters[]" for at in ARGO)


def chart_images(
    path: PurePosixPath, text: Text, objects: Iterable[NodeRef]
) -> Iterator[Found]:
    """Yield the images in the values that each of *objects* holds."""
    file = SubstitutedFile(path=path, text=text, format="kubernetes")
    for at in distinct(objects):
        yield from _images(file, at)


def _images(file: SubstitutedFile, at: NodeRef) -> Iterator[Found]:

    def inner(text: Text) -> Iterator[Found]:
        return values(replace(file, text=text))

    visits = VisitLimit()
    for pattern in TREES[kind_of(at.node)]:
        for tree in select(at, pattern, visits):
            yield from images(file, tree, defaults_of(tree.node), visits)
    for pattern in _TEXTS:
        for one in distinct(select(at, pattern, visits)):
            yield from embedded(file, one, inner)
    yield from merge_duplicates(_replacements(file, at, visits))
    for pattern in _SETS:
        yield from set_values(file, select(at, pattern, visits))


def _replacements(
    file: SubstitutedFile, at: NodeRef, visits: VisitLimit
) -> Iterator[Found]:
    """Yield the images that the object *at* puts in place of others."""
    for entry in chain.from_iterable(select(at, one, visits) for one in _IMAGES):
        yield from replacement(file, entry)
    for entry in chain.from_iterable(select(at, one, visits) for one in _OVERRIDES):
        yield from override(file, entry)
