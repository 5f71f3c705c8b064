"""The kustomizations that objects of Flux and Argo CD have built, with their additions.

Flux writes a `kustomization.yaml` into a folder that has none, with all manifests below
it (`generateKustomization` in `kustomize/kustomize_generator.go` of its `pkg`), and puts
its patches and images into that file, as Argo CD does.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.source_text import Text
from imagelock.sources.context import path_below
from imagelock.sources.kubernetes.chart_kinds import ARGO_KINDS, ARGO_SOURCES, kind_of
from imagelock.sources.kubernetes.walk import is_object, walk
from imagelock.sources.kustomize.additions import ControlledBuild
from imagelock.sources.kustomize.kustomization import (
    NAMES,
    Kustomization,
    KustomizationPart,
)
from imagelock.sources.shared.definitions import documents_without_definitions
from imagelock.sources.shared.embedded import distinct
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.documents import Broken
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.context import Context
    from imagelock.sources.kustomize.kustomization import KustomizeProject

_WORDS: Final = ("kustomize.toolkit.fluxcd.io", "postRenderers", "argoproj.io")
_ROOT: Final = PurePosixPath()


@dataclass(frozen=True, slots=True)
class _Form:
    """Where an object has a build: at `source`, the additions at `added` below it.

    `folder` is the path of the folder, in the repository of the source; without it, a
    chart is what is built.
    """

    source: str
    added: str
    folder: str


_FLUX: Final = _Form("spec", "", "path")
_ARGO: Final = tuple(_Form(at, "kustomize", "path") for at in ARGO_SOURCES)
_FORMS: Final = {
    ("Kustomization", "kustomize.toolkit.fluxcd.io"): (_FLUX,),
    ("HelmRelease", "helm.toolkit.fluxcd.io"): (
        _Form("spec.postRenderers[]", "kustomize", ""),
    ),
    **dict.fromkeys(ARGO_KINDS, _ARGO),
}
_CHANGING: Final = (
    "images[]",
    "patches[]",
    "patchesStrategicMerge[]",
    "patchesJson6902[]",
    "components[]",
)
"""What of the additions may change images."""


def builds_in(
    path: PurePosixPath, text: Text, project: KustomizeProject
) -> list[ControlledBuild]:
    """Return the builds of the objects in the file at *path*."""
    if not any(word in text.value for word in _WORDS):
        return []
    key = builds_in, path, text
    return project.context.memory.remember(
        key, lambda: list(_builds(path, text, project))
    )


def _builds(
    path: PurePosixPath, text: Text, project: KustomizeProject
) -> Iterator[ControlledBuild]:
    file = SubstitutedFile(path=path, text=text, format="kubernetes")
    for document in objects_of(text):
        for at in distinct(walk(document).charts):
            for form in _FORMS.get(kind_of(at.node), ()):
                for source in select(at, form.source, VisitLimit()):
                    yield from _builds_of(file, source, form, project)


def objects_of(text: Text) -> Iterator[NodeRef]:
    """Yield the documents of *text* that are objects of Kubernetes."""
    for document in documents_without_definitions(text):
        if not isinstance(document, Broken) and is_object(document):
            yield NodeRef(document)


def _builds_of(
    file: SubstitutedFile, source: NodeRef, form: _Form, project: KustomizeProject
) -> Iterator[ControlledBuild]:
    base, uses = _base(source, form, project) if form.folder else (None, ())
    added = select(source, form.added, VisitLimit()) if form.added else iter([source])
    layers = [
        layer for at in added if _may_change(layer := KustomizationPart(file, at))
    ]
    for layer in layers:
        whole = (base or Kustomization.unknown()).with_added(layer)
        yield ControlledBuild(whole, base, uses)
    if base and not layers:
        yield ControlledBuild(base, base, uses)


def _may_change(layer: KustomizationPart) -> bool:
    return any(True for pattern in _CHANGING for _ in layer.select(pattern))


def _base(
    source: NodeRef, form: _Form, project: KustomizeProject
) -> tuple[Kustomization | None, tuple[PurePosixPath, ...]]:
    """Return the kustomization of the folder that *source* names, if that is here.

    With it are the files that it is made of: itself, or manifests. No repository is
    known by its address. As every repository has a root, only other folders count.
    """
    kind = text_at(source.node, "sourceRef", "kind")
    folder = path_below(_ROOT, text_at(source.node, form.folder).lstrip("/"))
    if folder in {None, _ROOT} or kind not in {"", "GitRepository"}:
        return None, ()
    for name in NAMES:
        if text := project.context.read(folder / name):
            return project.parsed(folder / name, text), (folder / name,)
    resources = list(_resources(folder, project.context)) if form is _FLUX else []
    if not resources:
        return None, ()
    text = Text(json.dumps({"resources": resources}))
    generated = project.parsed(folder / NAMES[0], text)
    files = project.resources(generated) if generated else []
    return generated, tuple(filter(None, files))


def _resources(folder: PurePosixPath, context: Context) -> Iterator[str]:
    """Yield the manifests below *folder*, and the folders that have a kustomization."""
    paths = context.files_below(folder)
    whole = {path.parent for path in paths if path.name in NAMES}
    found: dict[PurePosixPath, None] = {}
    for path in paths:
        above = [each for each in path.parents if each in whole]
        if above:
            found[above[-1]] = None
        elif path.suffix in {".yaml", ".yml"}:
            found[path] = None
    yield from (str(path.relative_to(folder)) for path in found)
