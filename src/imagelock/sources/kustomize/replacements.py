"""Images that `replacements` of a kustomization copy from one object to another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Reason
from imagelock.sources.kustomize.selector import Selector
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.kustomize.kustomization import Kustomization
    from imagelock.sources.relations import ManifestImage
    from imagelock.sources.shared.substituted_file import SubstitutedFile

_FIELDS: Final = "targets[].fieldPaths[]"
_STEP: Final = re.compile(r"\[[^\]]*+\]|[^.\[\]]++")
_IMAGE: Final = re.compile(r"(?:^|[.\]])image$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Copying:
    """Objects, and the paths of fields in them, to which a replacement copies a value."""

    selector: Selector
    fields: tuple[str, ...]

    def overwrites(self, image: ManifestImage) -> bool:
        """Return whether the field of *image*, in one of the objects, is overwritten."""
        return any(_leads_to(path, image) for path in self.fields)


def copies(kustomization: Kustomization, context: Context) -> Iterator[Copying]:
    """Yield where the replacements of *kustomization* copy values to."""
    for at in kustomization.select("replacements[].targets[]"):
        yield from _copying(at)
    for path in replacement_files(kustomization):
        for document in documents(text) if (text := context.read(path)) else ():
            if not isinstance(document, Broken):
                for pattern in ("targets[]", "[].targets[]"):
                    for at in select(NodeRef(document), pattern, VisitLimit()):
                        yield from _copying(at)


def copies_of(plugin: NodeRef) -> Iterator[Copying]:
    """Yield where *plugin*, a `ReplacementTransformer`, copies values to."""
    for at in select(plugin, "replacements[].targets[]", VisitLimit()):
        yield from _copying(at)


def _copying(target: NodeRef) -> Iterator[Copying]:
    """Yield what *target* says, if it is certain which objects it means."""
    node = target.node
    chosen = node.get("select") if isinstance(node, Mapping) else None
    rejected = node.get("reject") if isinstance(node, Mapping) else None
    if isinstance(chosen, Mapping) and rejected is None:
        paths = select(target, "fieldPaths[]", VisitLimit())
        texts = (at.node.value for at in paths if isinstance(at.node, Scalar))
        yield Copying(Selector.of_target(chosen), tuple(texts))


def _leads_to(path: str, image: ManifestImage) -> bool:
    """Return whether *path* is that of the field of *image*.

    `spec.containers.[name=web].image`, `spec.containers.*.image`, or with an index.
    """
    steps = _STEP.findall(path)
    pattern = "".join(_pattern(step, image.container) for step in steps)
    return re.fullmatch(pattern.removeprefix(r"\."), image.field) is not None


def _pattern(step: str, container: str) -> str:
    if step in {f"[name={container}]", "*"}:
        return r"\[\d+\]"
    if step.isdecimal():
        return rf"\[{step}\]"
    return r"\." + re.escape(step)


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
