"""Digest slots in Kubernetes objects whose tag has a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence
from imagelock.sources.shared.digest_slots import new_slot, slot_behind, slot_of
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from imagelock.model.occurrence import DigestSlot, Found
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.sources.kubernetes.candidates import Candidate
    from imagelock.sources.kubernetes.kinds import KindRule
    from imagelock.syntax.yaml_json.tree import Node, Scalar

_NO_KEY: Final = "its tag is in a key of its own, and none is known for a digest"
_NO_TAG: Final = "its tag is not written, and a digest has no place without it"


def with_slots(finding: Found, text: Text, candidate: Candidate) -> Found:
    """Return *finding* of *candidate* with its digest slot and the span of its tag.

    A reference that is whole in one scalar needs neither.
    """
    rule = candidate.rule
    if rule is None or not isinstance(finding, Occurrence):
        return finding
    parent = candidate.at.parent
    key = next((key for key in rule.tags if _beside(parent, key)), "")
    tag = _beside(parent, key)
    if not candidate.suffix and (not rule.kind or ":" in finding.place.text):
        return finding
    slot = _slot(text, parent, rule, key)
    unpinnable_reason = (
        None if slot else _NO_KEY if tag or candidate.suffix else _NO_TAG
    )
    return replace(
        finding,
        slot=slot,
        unpinnable_reason=unpinnable_reason,
        tag=_tag(text, tag) if tag else None,
    )


def _slot(
    text: Text, parent: Node | None, rule: KindRule, tag_key: str
) -> DigestSlot | None:
    """Return the slot in the digest key, in a new digest key, or behind the tag."""
    holder_path, _, name = rule.digest.rpartition(".")
    holder = _mapping_at(parent, holder_path)
    if isinstance(holder, Mapping) and name in holder.items:
        return slot_of(text, holder, name, rule.template)
    tag = _beside(parent, tag_key)
    if tag and rule.behind_tag:
        return slot_behind(text, tag)
    if not tag or not rule.kind or not name:
        return None
    return new_slot(text, holder, tag_key.rpartition(".")[2], name, rule.template)


def _tag(text: Text, scalar: Scalar) -> Span:
    """Return the span of the tag in *scalar*, without a digest behind it."""
    value = text.value[scalar.start : scalar.end]
    return text.span(scalar.start, scalar.start + len(value.partition("@")[0]))


def _mapping_at(parent: Node | None, path: str) -> Node | None:
    for key in path.split(".") if path else ():
        parent = parent.get(key) if isinstance(parent, Mapping) else None
    return parent


def _beside(parent: Node | None, key: str) -> Scalar | None:
    """Return the scalar at the dotted *key*, unless it is empty."""
    scalar = scalar_at(parent, *key.split(".")) if key else None
    return scalar if scalar and scalar.value.strip() else None
