"""A kustomization, and the files around it that it names."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.file_kind import is_yaml_or_json
from imagelock.model.source_text import Text
from imagelock.sources.context import path_below
from imagelock.sources.shared.kustomize_images import ImageEntry, image_entry
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.documents import documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select, text_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from imagelock.sources.context import Context

NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_RESOURCES: Final = ("resources[]", "bases[]")


_NOWHERE: Final = PurePosixPath("/kustomization.yaml")
"""A path from which none leads into the project."""


@dataclass(frozen=True, slots=True)
class KustomizationPart:
    """The mapping `top` of `file`, with keys of a kustomization."""

    file: SubstitutedFile
    top: NodeRef

    def select(self, pattern: str) -> Iterator[NodeRef]:
        """Yield the nodes at *pattern*."""
        return select(self.top, pattern, VisitLimit())

    @property
    def key(self) -> Hashable:
        """What tells it from all others."""
        return self.file.path, self.file.text, self.top.node.start


@dataclass(frozen=True, slots=True)
class Kustomization(KustomizationPart):
    """The document `top` of a kustomization, in `file`.

    `added` is what a controller adds to it before it builds it.
    """

    added: KustomizationPart | None = None

    @classmethod
    def of(cls, path: PurePosixPath, text: Text) -> Kustomization | None:
        """Return the kustomization at *path*, if *text* is one."""
        file = SubstitutedFile(path=path, text=text, format="kustomize")
        for document in documents(text):
            if isinstance(document, Mapping):
                return cls(file, NodeRef(document))
        return None

    @classmethod
    def unknown(cls) -> Kustomization:
        """Return a kustomization of which nothing is known, not even its folder."""
        file = SubstitutedFile(path=_NOWHERE, text=Text(""), format="kustomize")
        return cls(file, NodeRef(Mapping((), 0, 0)))

    def with_added(self, added: KustomizationPart) -> Kustomization:
        """Return the kustomization with what a controller adds to it."""
        return replace(self, added=added)

    @property
    def layers(self) -> tuple[KustomizationPart, ...]:
        """The kustomization itself, and what is added to it."""
        return (self, self.added) if self.added else (self,)

    @property
    def key(self) -> Hashable:
        """What tells it from all others, with what is added."""
        own = self.file.path, self.file.text, self.top.node.start
        return own, self.added and self.added.key

    @property
    def path(self) -> PurePosixPath:
        """Where it is."""
        return self.file.path

    @property
    def is_component(self) -> bool:
        """Whether it only changes the kustomizations that include it."""
        return text_at(self.top.node, "kind") == "Component"

    def entries(self) -> list[ImageEntry]:
        """Return the entries of `images`.

        One that is added takes the place of another with its name (`WriteFile` in
        Flux' `kustomize_generator.go`, and `kustomize edit set image`).
        """
        entries = [ImageEntry.of(self.file, at) for at in self.select("images[]")]
        for layer in self.layers[1:]:
            for at in layer.select("images[]"):
                entry = image_entry(layer.file, at)
                names = [each.name for each in entries]
                index = names.index(entry.name) if entry.name in names else len(names)
                entries[index : index + 1] = [entry]
        return entries

    def select_all(self, pattern: str) -> Iterator[NodeRef]:
        """Yield the nodes at *pattern*, also of what is added."""
        for layer in self.layers:
            yield from layer.select(pattern)

    def targets(self, *patterns: str) -> Iterator[str]:
        """Yield the texts at *patterns*: names of files and folders, or other texts."""
        for pattern in patterns:
            for at in self.select_all(pattern):
                if isinstance(at.node, Scalar) and at.node.value.strip():
                    yield at.node.value

    def beside(self, target: str) -> PurePosixPath | None:
        """Return where *target* is, or `None` if that is not in the project."""
        return path_below(self.path.parent, target)


@dataclass(frozen=True, slots=True)
class KustomizeProject:
    """The kustomizations and manifests that `context` can read."""

    context: Context

    def resources(self, kustomization: Kustomization) -> list[PurePosixPath | None]:
        """Return the files that `resources` lists, of a folder its kustomization.

        `None` stands for each that is not in the project.
        """
        targets = kustomization.targets(*_RESOURCES)
        return [self.file(kustomization, target) for target in targets]

    def components(self, kustomization: Kustomization) -> list[Kustomization | None]:
        """Return the components that the kustomization includes, in their order.

        `None` stands for each that is not in the project.
        """
        paths = (
            self._in_folder(kustomization.beside(target))
            for target in kustomization.targets("components[]")
        )
        return [self.kustomization(path) if path else None for path in paths]

    def kustomization(self, path: PurePosixPath) -> Kustomization | None:
        """Return the kustomization at *path*, if that is one."""
        text = self.context.read(path)
        return self.parsed(path, text) if text is not None else None

    def parsed(self, path: PurePosixPath, text: Text) -> Kustomization | None:
        """Return the kustomization at *path*, if *text*, its content, is one."""
        key = Kustomization, path, text
        return self.context.memory.remember(key, lambda: Kustomization.of(path, text))

    def file(self, kustomization: Kustomization, target: str) -> PurePosixPath | None:
        """Return the file *target*, of a folder its kustomization, if it is here."""
        path = kustomization.beside(target)
        if path is None or is_yaml_or_json(path):
            return path
        return self._in_folder(path) or (path if self.context.read(path) else None)

    def _in_folder(self, folder: PurePosixPath | None) -> PurePosixPath | None:
        """Return the kustomization in *folder*, if that is one and has one."""
        if folder is None:
            return None
        paths = (folder / name for name in NAMES)
        return next((path for path in paths if self.context.read(path)), None)


def is_kustomization(path: PurePosixPath) -> bool:
    """Return whether a file at *path* is the kustomization of its folder."""
    return path.name in NAMES
