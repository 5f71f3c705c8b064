"""Images that `replacements` of a kustomization copy from one object to another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import Reason
from imagelock.sources.kustomize.selector import Selector
from imagelock.sources.shared.classify import PULL_POLICIES
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

_FIELDS: Final = "fieldPaths[]"
_STEP: Final = re.compile(r"\[[^\]]*+\]|[^.\[\]]++")
_IMAGE: Final = re.compile(r"(?:^|[.\]])image$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Copying:
    """Objects, and the paths of fields in them, to which a replacement copies a value."""

    selector: Selector
    fields: tuple[str, ...]

    def copied(self, image: ManifestImage) -> ManifestImage | None:
        """Return *image* of one of the objects afterwards, unless it is overwritten.

        Where its pull policy is, it counts as one that is pulled.
        """
        if any(_leads_to(path, image.field, image.container) for path in self.fields):
            return None
        above = image.field.rpartition(".")[0]
        policies = [f"{above}.{key}" for key in PULL_POLICIES]
        is_policy = image.is_never_pulled and any(
            _leads_to(path, policy, image.container)
            for path in self.fields
            for policy in policies
        )
        return replace(image, is_never_pulled=False) if is_policy else image


@dataclass(frozen=True, slots=True)
class Replacements:
    """The `targets` of replacements, each with its file, and what cannot be read.

    `files` are those that a kustomization names for its replacements.
    """

    targets: list[tuple[SubstitutedFile, NodeRef]] = field(default_factory=list)
    broken: list[Found] = field(default_factory=list)
    files: list[PurePosixPath] = field(default_factory=list)

    def add(self, file: SubstitutedFile, top: NodeRef, pattern: str) -> None:
        """Add the targets at *pattern* of the document *top* of *file*."""
        targets = select(top, pattern, VisitLimit())
        self.targets.extend((file, target) for target in targets)


def replacements_of(kustomization: Kustomization, context: Context) -> Replacements:
    """Return the replacements in *kustomization*, and in the files that it names."""
    found = Replacements()
    found.add(kustomization.file, kustomization.top, "replacements[].targets[]")
    for target in kustomization.targets("replacements[].path"):
        path = kustomization.beside(target)
        text = context.read(path) if path else None
        if path is not None and text is not None:
            found.files.append(path)
            file = replace(kustomization.file, path=path, text=text)
            for document in documents(text):
                if isinstance(document, Broken):
                    found.broken.extend(file.broken(document))
                else:
                    for pattern in ("targets[]", "[].targets[]"):
                        found.add(file, NodeRef(document), pattern)
    return found


def copies(replacements: Replacements) -> Iterator[Copying]:
    """Yield where *replacements* copy values to, if it is certain which objects it is."""
    visits = VisitLimit()
    for _, target in replacements.targets:
        node = target.node
        chosen = node.get("select") if isinstance(node, Mapping) else None
        rejected = node.get("reject") if isinstance(node, Mapping) else None
        if isinstance(chosen, Mapping) and rejected is None:
            paths = select(target, _FIELDS, visits)
            texts = (at.node.value for at in paths if isinstance(at.node, Scalar))
            yield Copying(Selector.of_target(chosen), tuple(texts))


def replaced_fields(replacements: Replacements) -> Iterator[Found]:
    """Yield each field of an image that *replacements* write, as skipped."""
    visits = VisitLimit()
    for file, target in replacements.targets:
        for at in select(target, _FIELDS, visits):
            value = at.node.value if isinstance(at.node, Scalar) else ""
            if _IMAGE.search(value):
                detail = (
                    f"`{value}`: a replacement copies the image from another object"
                )
                yield file.skip(at, Reason.NEEDS_BASE, detail)


def _leads_to(path: str, at: str, container: str) -> bool:
    """Return whether *path* is that of the field *at* of a container.

    `spec.containers.[name=web].image`, `spec.containers.*.image`, or with an index.
    """
    steps = _STEP.findall(path)
    pattern = "".join(_pattern(step, container) for step in steps)
    return re.fullmatch(pattern.removeprefix(r"\."), at) is not None


def _pattern(step: str, container: str) -> str:
    if step in {f"[name={container}]", "*"}:
        return r"\[\d+\]"
    if step.isdecimal():
        return rf"\[{step}\]"
    return r"\." + re.escape(step)
