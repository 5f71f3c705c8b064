"""Entries of `images` in kustomizations and similar lists.

An entry replaces the image `name` by `newName`, or by the same name, with `newTag`
and `digest` (kustomize, `api/filters/imagetag/updater.go`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.shared.digest_slots import slot_of
from imagelock.sources.shared.go_numbers import is_text
from imagelock.sources.shared.kustomize_names import is_expression, split
from imagelock.sources.shared.source_file import DUPLICATE_KEY
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import NodeRef, is_written_twice, scalar_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found, Place
    from imagelock.sources.shared.substituted_file import SubstitutedFile

_REPLACING: Final = ("newTag", "digest", "tagSuffix", "newName")
"""The keys of an entry that make up the new image; the first is its place."""

_NEEDS_BASE: Final = "the tag comes from the manifests that it is put into"
_IN_MANIFESTS: Final = "its tag is written in the manifests"
_ELSEWHERE: Final = "its digest is written at another place, by an anchor"
SCAFFOLD: Final = frozenset({"controller", "controller:latest"})
"""The image in what kubebuilder generates, until `make deploy IMG=…` replaces it.

Nobody can publish one: all images of Docker Hub without a namespace are official.
"""

_SCAFFOLD: Final = "kubebuilder's name, which `make deploy` replaces"
_UNKNOWN_TAG: Final = "{}"
"""Stands for a tag that versions of Kustomize make in different ways."""


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """An entry of *file*, a mapping with the scalars `parts` that are not empty."""

    file: SubstitutedFile
    at: NodeRef
    parts: dict[str, NodeRef]

    @classmethod
    def of(cls, file: SubstitutedFile, at: NodeRef) -> ImageEntry:
        """Return the entry at the node *at* of *file*."""
        parts = {
            key: NodeRef(node, (at.path, key))
            for key in ("name", *_REPLACING)
            if (node := scalar_at(at.node, key)) and node.value.strip()
        }
        return cls(file, at, parts)

    @property
    def name(self) -> str:
        """The name that it replaces, which may be an expression."""
        return self._value("name")

    @property
    def place(self) -> Place:
        """The place of the new image."""
        return self.file.place(self._place())

    @property
    def is_effective(self) -> bool:
        """Whether it replaces something by something."""
        return "name" in self.parts and len(self.parts) > 1

    @property
    def is_whole(self) -> bool:
        """Whether the new image is known, whatever it replaces."""
        has_name = "newName" in self.parts or not is_expression(self.name)
        return has_name and ("newTag" in self.parts or "digest" in self.parts)

    def changed(self, image: str) -> str:
        """Return what the entry makes of *image*, which its name matches."""
        name, tag, digest = split(image)
        name = self._value("newName") or name
        if "newTag" in self.parts or "digest" in self.parts:
            tag, digest = self._value("newTag"), self._value("digest")
        elif "tagSuffix" in self.parts:
            tag, digest = _UNKNOWN_TAG, ""
        return f"{name}{tag and ':'}{tag}{digest and '@'}{digest}"

    def finding(self, image: str) -> Found:
        """Return *image*, which the entry made, at the place of its version."""
        if refused := self._refused():
            return refused
        if image.endswith(f":{_UNKNOWN_TAG}"):
            return self.skip(Reason.NEEDS_BASE, _NEEDS_BASE)
        if image in SCAFFOLD:
            return self.skip(Reason.PLACEHOLDER, scaffold_detail(image))
        finding = self.file.classify(image, self._place())
        tag = self._value("newTag")
        if "@" in tag or not isinstance(finding, Occurrence):
            return finding
        if not tag and "digest" not in self.parts:
            return replace(finding, unpinnable_reason=_IN_MANIFESTS)
        slot = slot_of(self.file.text, self.at.node, "digest", "{digest}")
        return replace(
            finding, slot=slot, unpinnable_reason=None if tag or slot else _ELSEWHERE
        )

    def _refused(self) -> Found | None:
        """Return why Kustomize may refuse the file: a key twice, or a part as a number."""
        if is_written_twice(self.at.node, "name", *_REPLACING):
            return self.skip(Reason.DUPLICATE_KEY, DUPLICATE_KEY)
        for key in _REPLACING:
            node = self.parts[key].node if key in self.parts else None
            if isinstance(node, Scalar) and not is_text(self.file.text, node):
                return Skipped(
                    place=self.file.place(self.parts[key]),
                    reason=Reason.INVALID,
                    detail=f"Kustomize refuses `{node.value}`, which is no text",
                    hint="put it in quotes",
                )
        return None

    def skip(self, reason: Reason, detail: str) -> Found:
        """Return the entry as skipped."""
        return self.file.skip(self._place(), reason, detail)

    def alone(self) -> Found | None:
        """Return the new image as far as it is known without the one it replaces."""
        if self.parts.keys() <= {"name"}:
            return None
        if "newTag" not in self.parts and "digest" not in self.parts:
            return self.skip(Reason.NEEDS_BASE, _NEEDS_BASE)
        if "newName" not in self.parts and is_expression(self.name):
            detail = f"`{self.name}`: a regular expression that many names can match"
            return self.file.skip(self.parts["name"], Reason.PATTERN, detail)
        if "newName" not in self.parts and "name" not in self.parts:
            return None
        return self.finding(self.changed(self.name))

    def _place(self) -> NodeRef:
        keys = (key for key in (*_REPLACING, "name") if key in self.parts)
        return next((self.parts[key] for key in keys), self.at)

    def _value(self, key: str) -> str:
        node = self.parts[key].node if key in self.parts else None
        return node.value.strip() if isinstance(node, Scalar) else ""


@dataclass(frozen=True, slots=True)
class ImageOverride(ImageEntry):
    """An entry that is a text: `[NAME=]NEW[:TAG][@DIGEST]`.

    Argo CD hands it to `kustomize edit set image` (`parse` in kustomize's
    `kustomize/commands/edit/set/setimage.go`).
    """

    @classmethod
    def of(cls, file: SubstitutedFile, at: NodeRef) -> ImageOverride:
        """Return the entry at the scalar *at* of *file*."""
        node = at.node
        if not isinstance(node, Scalar) or node.null:
            return cls(file, at, {})
        text = node.value
        first = text.find("=") + 1
        name, tag, digest = split(text[first:])
        values = {
            "name": text[: first - 1] if first else name,
            "newName": name if first else "",
            "newTag": tag,
            "digest": digest,
        }
        start, end = node.start, node.end
        if first:
            offsets = map_offsets(file.text.value, node)
            start, end = offsets.range(first, len(text))
        new = NodeRef(Scalar(text[first:], start, end), at.path)
        parts = {
            key: replace(new, node=Scalar(value, start, end))
            for key, value in values.items()
            if value
        }
        return cls(file, new, parts)

    def finding(self, image: str) -> Found:
        """Return *image*, which the entry made, at the place of the new image."""
        finding = self.file.classify(image, self.at)
        if not isinstance(finding, Occurrence) or image == self._text:
            return finding
        return replace(finding, unpinnable_reason=_IN_MANIFESTS)

    def alone(self) -> Found | None:
        """Return the new image as far as it is known without the one it replaces."""
        if not self.parts:
            return None
        if self.parts.keys() & {"newTag", "digest"} or not self._text:
            return self.file.classify(self._text, self.at)
        return self.skip(Reason.NEEDS_BASE, _NEEDS_BASE)

    @property
    def _text(self) -> str:
        node = self.at.node
        return node.value if isinstance(node, Scalar) and not node.null else ""

    def _place(self) -> NodeRef:
        return self.at


def image_entry(file: SubstitutedFile, at: NodeRef) -> ImageEntry:
    """Return the entry at the node *at* of *file*: a mapping, or a text."""
    kind = ImageOverride if isinstance(at.node, Scalar) else ImageEntry
    return kind.of(file, at)


def scaffold_detail(image: str) -> str:
    """Return the detail of *image*, which is in `SCAFFOLD`, as a placeholder."""
    return f"`{image}`: {_SCAFFOLD}"
