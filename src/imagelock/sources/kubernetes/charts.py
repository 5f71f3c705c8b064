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

from imagelock.sources.helm.defaults import defaults_of
from imagelock.sources.helm.images import images, values
from imagelock.sources.helm.sets import set_values
from imagelock.sources.kustomize.entries import override, replacement
from imagelock.sources.slots import settled
from imagelock.sources.trees.embedded import distinct, embedded
from imagelock.sources.trees.paths import Visits, scalar_at, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.occurrence import Found
    from imagelock.sources.helm.parts import File
    from imagelock.sources.trees.paths import Selected
    from imagelock.sources.trees.tree import Node
    from imagelock.text import Text

_SOURCES: Final = (
    "spec.source",
    "spec.sources[]",
    "spec.template.spec.source",
    "spec.template.spec.sources[]",
)
_ARGO: Final = tuple(f"{at}.helm" for at in _SOURCES)
_TREES: Final = {
    ("HelmRelease", "helm.toolkit.fluxcd.io"): ("spec.values",),
    ("HelmRelease", "helm.fluxcd.io"): ("spec.values",),
    ("Kustomization", "kustomize.toolkit.fluxcd.io"): (),
    ("Release", "helm.crossplane.io"): ("spec.forProvider.values",),
    ("HelmChart", "helm.cattle.io"): (),
    ("HelmChartConfig", "helm.cattle.io"): (),
    ("Application", "argoproj.io"): tuple(f"{at}.valuesObject" for at in _ARGO),
    ("ApplicationSet", "argoproj.io"): tuple(f"{at}.valuesObject" for at in _ARGO),
}
"""Kinds with values, and where these are: all others of these kinds are below."""

_TEXTS: Final = ("spec.valuesContent", *(f"{at}.values" for at in _ARGO))
_IMAGES: Final = ("spec.images[]", "spec.postRenderers[].kustomize.images[]")
_OVERRIDES: Final = tuple(f"{at}.kustomize.images[]" for at in _SOURCES)
_SETS: Final = tuple(f"{at}.parameters[]" for at in _ARGO)


def has_values(node: Node) -> bool:
    """Tell whether the object *node* holds values of a chart."""
    return _kind(node) in _TREES


def chart_images(file: File, at: Selected) -> Iterator[Found]:
    """Yield the images in the values that the object *at* holds."""

    def inner(text: Text) -> Iterator[Found]:
        return values(replace(file, text=text))

    visits = Visits()
    for pattern in _TREES[_kind(at.node)]:
        for tree in select(at, pattern, visits):
            yield from images(file, tree, defaults_of(tree.node), visits)
    for pattern in _TEXTS:
        for one in distinct(select(at, pattern, visits)):
            yield from embedded(file.path, file.text, one, file.source, inner)
    yield from settled(_replacements(file, at, visits))
    for pattern in _SETS:
        yield from set_values(file, select(at, pattern, visits))


def _replacements(file: File, at: Selected, visits: Visits) -> Iterator[Found]:
    """Yield the images that the object *at* puts in place of others."""
    for entry in chain.from_iterable(select(at, one, visits) for one in _IMAGES):
        yield from replacement(file, entry)
    for entry in chain.from_iterable(select(at, one, visits) for one in _OVERRIDES):
        yield from override(file, entry)


def _kind(node: Node) -> tuple[str, str]:
    kind, version = scalar_at(node, "kind"), scalar_at(node, "apiVersion")
    group = version.value.rpartition("/")[0] if version else ""
    return kind.value if kind else "", group
