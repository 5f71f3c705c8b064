"""The objects that a patch changes: its own name, or those of its `target`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imagelock.sources.shared.kustomize_names import is_expression
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from imagelock.sources.relations import ManifestImage
    from imagelock.syntax.yaml_json.paths import NodeRef
    from imagelock.syntax.yaml_json.tree import Node


@dataclass(frozen=True, slots=True)
class Selector:
    """What a patch says about its objects: `target`, or nothing."""

    target: Mapping | None = None

    @classmethod
    def beside(cls, at: NodeRef) -> Selector:
        """Return the selector of the patch, or of the path to it, at the node *at*."""
        target = at.parent.get("target") if isinstance(at.parent, Mapping) else None
        return cls(target if isinstance(target, Mapping) else None)

    @property
    def is_exact(self) -> bool:
        """Whether kind, name and namespace decide alone, and are no expressions."""
        if self.target is None:
            return True
        others = ("labelSelector", "annotationSelector")
        words = (_word(self.target, key) for key in ("kind", "name", "namespace"))
        return not any(map(is_expression, words)) and not any(
            _word(self.target, key) for key in others
        )

    def has_certainly(self, image: ManifestImage) -> bool:
        """Return whether the objects that have *image* of the patch are known."""
        if self.target is None:
            return bool(image.kind and image.name)
        return self.is_exact and bool(image.kind or image.name)

    def located(self, image: ManifestImage) -> ManifestImage:
        """Return *image*, which a patch puts into the objects of the selector."""
        if self.target is None:
            return image
        return replace(
            image,
            kind=_word(self.target, "kind"),
            name=_word(self.target, "name"),
            namespace=_word(self.target, "namespace"),
        )


def _word(node: Node | None, key: str) -> str:
    scalar = scalar_at(node, key)
    return scalar.value if scalar else ""
