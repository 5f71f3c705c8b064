"""What names an image in a Kubernetes object: by its kind, or by its shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.sources.kubernetes.kinds import ANY, RULES, Role, Rule
from imagelock.syntax.yaml_json.paths import NodeRef, scalar_at, select
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagelock.syntax.yaml_json.paths import Path, VisitLimit
    from imagelock.syntax.yaml_json.tree import Node

_OUTPUTS: Final = frozenset({"output", "outputs"})
_REFERRERS: Final = frozenset({"taskRef", "pipelineRef"})
_DIGEST: Final = re.compile(r"(?:sha256:)?([a-f0-9]{64})")
_RULES_OF: Final = {
    rule.kind: tuple(other for other in RULES if other.kind == rule.kind)
    for rule in RULES
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A node that names an image by its place.

    `suffix` is what other keys add to its value: a tag, a digest. `ranged` tells
    that they ask for a range of versions. `rule` names these keys.
    """

    at: NodeRef
    role: Role
    suffix: str = ""
    ranged: bool = False
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """The value of one key of a mapping, which is `at.parent`.

    `role` is what a key `image` would be here.
    """

    at: NodeRef
    role: Role
    visits: VisitLimit

    @property
    def parent_step(self) -> str | int:
        """The key of the mapping."""
        return _step(self.at.path[0] if self.at.path else None)

    def hits(self, pattern: str = "", role: Role = Role.IMAGE) -> Iterator[Hit]:
        """Yield what is at *pattern* below, as *role* unless a policy holds it."""
        role = Role.PATTERN if self.role is Role.PATTERN else role
        for selected in select(self.at, pattern, self.visits):
            yield Hit(selected, role)


def by_rule(kind: str, at: NodeRef, visits: VisitLimit) -> Iterator[Hit]:
    """Yield what the rules for *kind* say of the object *at*."""
    for rule in _RULES_OF.get(kind, ()):
        for selected in select(at, rule.path, visits):
            yield _completed(selected, rule)


def by_shape(entry: Entry) -> Iterator[Hit]:
    """Yield what *entry* names by its key, whatever the kind of the object."""
    if shape := _SHAPES.get(_step(entry.at.path)):
        yield from shape(entry)


def _step(path: Path) -> str | int:
    return path[1] if path else ""


def _completed(at: NodeRef, rule: Rule) -> Hit:
    """Return *at* as a hit, with the tag and the digest that stand beside it."""
    value = at.node.value.strip() if isinstance(at.node, Scalar) else ""
    if "@" in value:
        return Hit(at, rule.role)
    digest = _DIGEST.fullmatch(_beside(at.parent, rule.digest))
    ranged = digest is None and _beside(at.parent, rule.range) != ""
    tags = (_beside(at.parent, key) for key in rule.tags)
    tag = next((tag for tag in tags if tag), "")
    suffix = f":{tag}" if tag and ":" not in value.rpartition("/")[2] else ""
    if digest:
        suffix = f"{suffix}@sha256:{digest[1]}"
    return Hit(at, rule.role, suffix, ranged, rule)


def _beside(parent: Node | None, key: str) -> str:
    scalar = scalar_at(parent, *key.split(".")) if key else None
    return scalar.value.strip() if scalar else ""


def _image(entry: Entry) -> Iterator[Hit]:
    """`image: name`, or `image: {reference: name}` of volumes and extensions."""
    node = entry.at.node
    if isinstance(node, Mapping) and node.get("reference"):
        yield from entry.hits("reference")
    elif entry.parent_step in _OUTPUTS:
        yield from entry.hits(role=Role.OUTPUT)
    elif entry.role is Role.GUESS:
        yield _completed(entry.at, ANY)
    else:
        yield from entry.hits()


def _registry(entry: Entry) -> Iterator[Hit]:
    """`registry: {url: docker://name}`, the source of a KubeVirt disk."""
    return entry.hits("url", Role.ADDRESS)


def _docker_image(entry: Entry) -> Iterator[Hit]:
    """`from: {kind: DockerImage, name: name}` of OpenShift, and `to`, an output."""
    if _beside(entry.at.node, "kind") == "DockerImage":
        is_output = _step(entry.at.path) == "to"
        yield from entry.hits("name", Role.OUTPUT if is_output else Role.IMAGE)


def _bundle(entry: Entry) -> Iterator[Hit]:
    """`taskRef: {bundle: name}` of Tekton."""
    if entry.parent_step in _REFERRERS:
        yield from entry.hits()


def _parameter(entry: Entry) -> Iterator[Hit]:
    """`params: [{name: bundle, value: name}]` beside `resolver: bundles` of Tekton."""
    if _beside(entry.at.parent, "resolver") == "bundles":
        for hit in entry.hits("[].value"):
            if _beside(hit.at.parent, "name") == "bundle":
                yield hit


def _patterns(entry: Entry) -> Iterator[Hit]:
    """`imageReferences: [pattern]` of Kyverno."""
    if entry.role is Role.PATTERN:
        yield from entry.hits("[]")


_SHAPES: Final[dict[str | int, Callable[[Entry], Iterator[Hit]]]] = {
    "bundle": _bundle,
    "from": _docker_image,
    "image": _image,
    "imageReferences": _patterns,
    "params": _parameter,
    "registry": _registry,
    "to": _docker_image,
}
"""What a key can mean in any object."""
