"""Images that `replacements` of a kustomization copy from one object to another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Reason
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.kustomize.kustomization import Kustomization
    from imagelock.sources.shared.substituted_file import SubstitutedFile

_FIELDS: Final = "targets[].fieldPaths[]"
_IMAGE: Final = re.compile(r"(?:^|[.\]])image$", re.IGNORECASE)


def replacement_files(kustomization: Kustomization) -> Iterator[PurePosixPath]:
    """Yield the files with replacements that the kustomization names."""
    for target in kustomization.targets("replacements[].path"):
        if path := kustomization.beside(target):
            yield path


def replaced_fields(kustomization: Kustomization, context: Context) -> Iterator[Found]:
    """Yield each field of an image that a replacement writes, as skipped."""
    for at in kustomization.select(f"replacements[].{_FIELDS}"):
        yield from _field(kustomization.file, at)
    for path in replacement_files(kustomization):
        if text := context.read(path):
            file = replace(kustomization.file, path=path, text=text)
            for document in documents(text):
                if isinstance(document, Broken):
                    yield from file.broken(document)
                    continue
                for pattern in (_FIELDS, f"[].{_FIELDS}"):
                    for at in select(NodeRef(document), pattern, VisitLimit()):
                        yield from _field(file, at)


def fields_of(file: SubstitutedFile, plugin: NodeRef) -> Iterator[Found]:
    """Yield the fields of images that *plugin*, a `ReplacementTransformer`, writes."""
    for at in select(plugin, f"replacements[].{_FIELDS}", VisitLimit()):
        yield from _field(file, at)


def _field(file: SubstitutedFile, at: NodeRef) -> Iterator[Found]:
    value = at.node.value if isinstance(at.node, Scalar) else ""
    if _IMAGE.search(value):
        detail = f"`{value}`: a replacement copies the image from another object"
        yield file.skip(at, Reason.NEEDS_BASE, detail)
