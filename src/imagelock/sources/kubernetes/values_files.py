"""The files of the project with values of the charts that Kubernetes objects install.

`helm.valueFiles` of Argo CD, `valuesFiles` and `valuesFrom` of Flux.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.sources.context import path_below
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select, text_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.context import Context
    from imagelock.sources.kubernetes.chart_kinds import Install

_ROOT: Final = PurePosixPath()
_KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_GENERATORS: Final = {
    "ConfigMap": "configMapGenerator[]",
    "Secret": "secretGenerator[]",
}
_ELSEWHERE: Final = frozenset({"HelmRepository", "HelmChart", "OCIRepository"})
"""Kinds of Flux' sources that have charts, and not the files of a repository."""


def chart_folder(source: NodeRef, install: Install) -> PurePosixPath | None:
    """Return the folder of the chart that *source* installs, if it can be in the project.

    It is below the root of the repository, which is the project.
    """
    if text_at(source.node, "chart", "spec", "sourceRef", "kind") in _ELSEWHERE:
        return None
    folders = (path_below(_ROOT, text) for text in _texts(source, install.folder))
    return next(filter(None, folders), None)


def values_files(
    path: PurePosixPath, source: NodeRef, install: Install, context: Context
) -> list[PurePosixPath]:
    """Return the files with values that *source*, in the file at *path*, lists.

    They are in the order in which the later ones override the earlier ones.
    """
    folder = chart_folder(source, install)
    named = (
        _in_repository(text, folder, install) for text in _texts(source, install.files)
    )
    files = [target for target in named if target and context.read(target) is not None]
    return [*files, *_of_maps(path, source, install, context)]


def _in_repository(
    text: str, folder: PurePosixPath | None, install: Install
) -> PurePosixPath | None:
    """Return the path of the file that *text* names, if it can be in the project."""
    if install.files_are_in_chart:
        if text.startswith("$"):
            # The name of a source, whose repository is then the root.
            return path_below(_ROOT, text.partition("/")[2])
        if text.startswith("/"):
            return path_below(_ROOT, text.lstrip("/")) if folder else None
    if folder is None:
        return None
    return path_below(folder if install.files_are_in_chart else _ROOT, text)


def _of_maps(
    path: PurePosixPath, source: NodeRef, install: Install, context: Context
) -> Iterator[PurePosixPath]:
    """Yield the files of which the kustomization beside *path* makes objects."""
    if not install.maps:
        return
    for at in select(source, install.maps, VisitLimit()):
        generator = _GENERATORS.get(text_at(at.node, "kind"))
        name, key = text_at(at.node, "name"), text_at(at.node, "valuesKey")
        # With a target path, the text is a single value.
        if generator and name and not text_at(at.node, "targetPath"):
            yield from _generated(
                path.parent, generator, name, key or "values.yaml", context
            )


def _generated(
    folder: PurePosixPath, generator: str, name: str, key: str, context: Context
) -> Iterator[PurePosixPath]:
    paths = (folder / each for each in _KUSTOMIZATIONS)
    text = next(filter(None, map(context.read, paths)), None)
    if text is None or "Generator" not in text.value:
        return
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        for entry in select(NodeRef(document), generator, VisitLimit()):
            if text_at(entry.node, "name") != name:
                continue
            for written in _texts(entry, "files[]"):
                own, equals, target = written.rpartition("=")
                own = own if equals else PurePosixPath(target).name
                found = path_below(folder, target)
                if own == key and found and context.read(found) is not None:
                    yield found


def _texts(source: NodeRef, pattern: str) -> Iterator[str]:
    for at in select(source, pattern, VisitLimit()) if pattern else ():
        if isinstance(at.node, Scalar) and not at.node.null:
            yield at.node.value.strip()
