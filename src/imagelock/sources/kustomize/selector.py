"""The objects that a patch changes: its own name, or those of its `target`."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, replace
from imagelock.sources.kustomize.label_selector import EVERYTHING, LabelSelector
from imagelock.sources.shared.kustomize_names import matches_all
from imagelock.syntax.yaml_json.paths import text_at
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from imagelock.sources.relations import ManifestImage
    from imagelock.syntax.yaml_json.paths import NodeRef
    from imagelock.syntax.yaml_json.tree import Node


class Selected(Enum):
    """Whether a patch changes an object."""

    YES = auto()
    NO = auto()
    PERHAPS = auto()


@dataclass(frozen=True, slots=True)
class Selector:
    """The objects of a patch: those of `target`, or that with its own kind and name."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    is_target: bool = False
    is_certain: bool = True
    labels: LabelSelector = EVERYTHING
    annotations: LabelSelector = EVERYTHING

    @classmethod
    def beside(cls, at: NodeRef) -> Selector | None:
        """Return the `target` beside the patch, or the path to it, at the node *at*."""
        target = at.parent.get("target") if isinstance(at.parent, Mapping) else None
        return cls.of_target(target) if isinstance(target, Mapping) else None

    @classmethod
    def of_target(cls, target: Mapping) -> Selector:
        """Return the selector that *target*, a mapping, is."""
        labels = LabelSelector.parse(text_at(target, "labelSelector"))
        annotations = LabelSelector.parse(text_at(target, "annotationSelector"))
        return cls(
            kind=text_at(target, "kind"),
            name=text_at(target, "name"),
            namespace=text_at(target, "namespace"),
            is_target=True,
            is_certain=labels is not None and annotations is not None,
            labels=labels or EVERYTHING,
            annotations=annotations or EVERYTHING,
        )

    @classmethod
    def of_object(cls, node: Node) -> Selector:
        """Return the selector of *node*, an object that a patch merges with its own."""
        metadata = node.get("metadata") if isinstance(node, Mapping) else None
        kind, name = text_at(node, "kind"), text_at(metadata, "name")
        namespace = text_at(metadata, "namespace")
        return cls(kind, name, namespace, is_certain=bool(kind and name))

    def selects(self, image: ManifestImage) -> Selected:
        """Return whether the object of *image* is selected."""
        words = ((self.kind, image.kind), (self.name, image.name))
        answers = [self._matches(own, other) for own, other in words]
        answers.append(self.labels.selects(dict(image.labels)))
        answers.append(self.annotations.selects(dict(image.annotations)))
        if False in answers:
            return Selected.NO
        namespaces = {self.namespace, image.namespace} - {""}
        if None in answers or len(namespaces) > 1 or not self.is_certain:
            return Selected.PERHAPS
        return Selected.YES

    def located(self, image: ManifestImage) -> ManifestImage:
        """Return *image*, which the patch puts into objects that are not known."""
        return replace(image, kind=self.kind, name=self.name, namespace=self.namespace)

    def _matches(self, own: str, other: str) -> bool | None:
        if not self.is_target:
            return own == other if own else None
        return matches_all(own, other) if own else True
