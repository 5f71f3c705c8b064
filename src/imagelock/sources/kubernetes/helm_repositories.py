"""The `HelmRepository` that an object of Flux takes its chart from.

It is an object of its own, often in another file. As reading every manifest for each
chart would take long, only files that are likely to have it are read: those beside
the object, those named like the repository, and those in folders for sources.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.sources.shared.definitions import documents_without_definitions
from imagelock.syntax.yaml_json.paths import text_at
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.paths import NodeRef

REPOSITORY_KIND: Final = "HelmRepository"
"""The kind of the objects that have the addresses."""

_ROOT: Final = PurePosixPath()
_SUFFIXES: Final = frozenset({".yaml", ".yml"})
_FOR_SOURCES: Final = re.compile(
    r"repositor|helm-?repo|(?:^|[/_.-])sources?(?:[/_.-]|$)"
)
_MOST_FILES: Final = 300
"""How many files are read for one repository."""


class _Repository(NamedTuple):
    name: str
    namespace: str
    url: str


def repository_of(
    file: SubstitutedFile, release: NodeRef, source: NodeRef, context: Context | None
) -> str:
    """Return the address of the repository of the chart *source* in *release*.

    It is empty if the chart comes from something else, or if its repository is not
    found in *file* or, with *context*, in the project.
    """
    if text_at(source.node, "sourceRef", "kind") != REPOSITORY_KIND:
        return ""
    name = text_at(source.node, "sourceRef", "name")
    namespace = text_at(source.node, "sourceRef", "namespace") or text_at(
        release.node, "metadata", "namespace"
    )
    others = _others(file.path, name, context) if context and name else iter(())
    for repository in chain(_repositories(file.text), others):
        if repository.name == name and (
            not namespace or repository.namespace in {"", namespace}
        ):
            return repository.url
    return ""


def _others(path: PurePosixPath, name: str, context: Context) -> Iterator[_Repository]:
    """Yield the repositories in other files that are likely to have *name*."""
    paths = context.memory.remember(_others, lambda: tuple(_manifests(context)))
    likely = (
        other
        for other in paths
        if other.parent == path.parent
        or name in other.stem
        or _FOR_SOURCES.search(str(other).lower())
    )
    for other in islice(likely, _MOST_FILES):
        yield from context.memory.remember(
            (_others, other), partial(_read, other, context)
        )


def _manifests(context: Context) -> Iterator[PurePosixPath]:
    for path in context.files_below(_ROOT):
        if path.suffix in _SUFFIXES:
            yield path


def _read(path: PurePosixPath, context: Context) -> tuple[_Repository, ...]:
    text = context.read(path)
    return tuple(_repositories(text)) if text else ()


def _repositories(text: Text) -> Iterator[_Repository]:
    if REPOSITORY_KIND not in text.value or "url" not in text.value:
        return
    for document in documents_without_definitions(text):
        if (
            isinstance(document, Mapping)
            and text_at(document, "kind") == REPOSITORY_KIND
        ):
            yield _Repository(
                text_at(document, "metadata", "name"),
                text_at(document, "metadata", "namespace"),
                text_at(document, "spec", "url"),
            )
