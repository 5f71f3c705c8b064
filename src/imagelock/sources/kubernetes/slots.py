"""Where a digest goes in a Kubernetes object that has a tag in a key of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence
from imagelock.sources.shared.digest_slots import new_slot, slot_behind, slot_of
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from imagelock.model.occurrence import DigestSlot, Found
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.sources.kubernetes.hits import Hit
    from imagelock.sources.kubernetes.kinds import Rule
    from imagelock.syntax.yaml_json.tree import Node, Scalar

_NO_KEY: Final = "its tag is in a key of its own, and none is known for a digest"
_NO_TAG: Final = "its tag is not written, and a digest has no place without it"


def with_slots(found: Found, text: Text, hit: Hit) -> Found:
    """Return *found*, the image of *hit*, with the places of its tag and digest.

    What has its whole reference in one text is left as it is.
    """
    rule = hit.rule
    if rule is None or not isinstance(found, Occurrence):
        return found
    parent = hit.at.parent
    key = next((key for key in rule.tags if _beside(parent, key)), "")
    tag = _beside(parent, key)
    if not hit.suffix and (not rule.kind or ":" in found.place.text):
        return found
    slot = _slot(text, parent, rule, key)
    unpinnable_reason = None if slot else _NO_KEY if tag or hit.suffix else _NO_TAG
    return replace(
        found,
        slot=slot,
        unpinnable_reason=unpinnable_reason,
        tag=_tag(text, tag) if tag else None,
    )


def _slot(text: Text, parent: Node | None, rule: Rule, tag: str) -> DigestSlot | None:
    """Return the slot in the key for digests, a new one of it, or behind the *tag*."""
    holder, _, name = rule.digest.rpartition(".")
    inner = _inner(parent, holder)
    if isinstance(inner, Mapping) and name in inner.items:
        return slot_of(text, inner, name, rule.form)
    written = _beside(parent, tag)
    if written and rule.behind_tag:
        return slot_behind(text, written)
    if not written or not rule.kind or not name:
        return None
    return new_slot(text, inner, tag.rpartition(".")[2], name, rule.form)


def _tag(text: Text, scalar: Scalar) -> Span:
    """Return where the tag in *scalar* is, without a digest behind it."""
    written = text.value[scalar.start : scalar.end]
    return text.span(scalar.start, scalar.start + len(written.partition("@")[0]))


def _inner(parent: Node | None, path: str) -> Node | None:
    """Return the mapping below *parent* at the dotted *path*."""
    for key in path.split(".") if path else ():
        parent = parent.get(key) if isinstance(parent, Mapping) else None
    return parent


def _beside(parent: Node | None, key: str) -> Scalar | None:
    """Return what is written at the dotted *key*, unless it is empty."""
    scalar = scalar_at(parent, *key.split(".")) if key else None
    return scalar if scalar and scalar.value.strip() else None
