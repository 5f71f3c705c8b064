"""An image that Concourse puts together: repository, tag, and digest in `version`."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import DigestSlot, Occurrence, Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.plain import place_of
from imagelock.syntax.yaml_json.paths import NodeRef, dotted, scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

_MOST_USES: Final = 100
_RANGES: Final = ("semver_constraint", "tag_regex")
_BLOCK: Final = re.compile(r" *(?:- +)*")
_DIGEST: Final = re.compile(r"sha256:[a-f0-9]{64}")
_NO_VERSION: Final = "Concourse knows no `version` of a resource type"
_OTHER_VERSION: Final = "its `version` already says something else"
_NO_PLACE: Final = "there is no place for `version` beside `source`"


class Use(Enum):
    """What an image is in a pipeline."""

    PULLED = auto()
    PUSHED = auto()
    TYPE = auto()


def image(
    path: PurePosixPath, text: Text, same: list[NodeRef], use: Use
) -> Found | None:
    """Return the image of a resource, with the place for its digest.

    *same* is one mapping, reached in one way or, through aliases, in several.
    """
    at = same[0]
    source = at.node.get("source") if isinstance(at.node, Mapping) else None
    repository, tag = scalar_at(source, "repository"), scalar_at(source, "tag")
    if repository is None or not repository.value.strip():
        return None
    tag = tag if tag and tag.value.strip() else None
    is_repository = tag is None or "((" in repository.value
    written = repository if is_repository or tag is None else tag
    key = "repository" if is_repository else "tag"
    where = [NodeRef(written, ((one.path, "source"), key)) for one in same]
    place = place_of(path, text, where[0], "concourse")
    uses = dict.fromkeys(dotted(one.path) for one in where[:_MOST_USES])
    place = replace(place, uses=tuple(uses))
    value = repository.value.strip() + (f":{tag.value.strip()}" if tag else "")
    if use is Use.PUSHED:
        detail = f"`{value}`: a job pushes it"
        return Skipped(place=place, reason=Reason.RESOURCE, detail=detail)
    ranged = tag is None and any(scalar_at(source, key) for key in _RANGES)
    if unknown := _unknown(
        value, place, ranged=ranged, is_duplicate_key=at.is_duplicate_key
    ):
        return unknown
    digest = _digest(at.node)
    if digest:
        # Concourse reads a repository without a tag as `latest`, pinned or not.
        value += f"@{digest.value}" if tag else f":latest@{digest.value}"
    found = classify(value, place)
    return (
        _pinned(found, text, at.node, use) if isinstance(found, Occurrence) else found
    )


def _unknown(
    value: str, place: Place, *, ranged: bool, is_duplicate_key: bool
) -> Skipped | None:
    """Return why *value* is no image to lock, if there is a reason."""
    if "((" in value:
        detail = f"`{value}`: a parameter decides it when the pipeline is set"
        return Skipped(place=place, reason=Reason.PARAMETER, detail=detail)
    if ranged:
        detail = f"`{value}`: it stands for a range of tags, not one"
        return Skipped(place=place, reason=Reason.PATTERN, detail=detail)
    if is_duplicate_key:
        detail = "a key is written twice, and readers differ about which counts"
        return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=detail)
    return None


def _digest(node: Node) -> Scalar | None:
    digest = scalar_at(node, "version", "digest")
    return digest if digest and _DIGEST.fullmatch(digest.value) else None


def _pinned(found: Occurrence, text: Text, node: Node, use: Use) -> Occurrence:
    """Return *found* with the place where its digest is or goes."""
    if use is Use.TYPE:
        return replace(found, unpinnable_reason=_NO_VERSION)
    if digest := _digest(node):
        span = text.span(digest.start, digest.end)
        return replace(found, slot=DigestSlot(span, "{digest}"))
    if isinstance(node, Mapping) and node.get("version") is not None:
        return replace(found, unpinnable_reason=_OTHER_VERSION)
    slot = _new_key(text, node)
    return (
        replace(found, slot=slot)
        if slot
        else replace(found, unpinnable_reason=_NO_PLACE)
    )


def _new_key(text: Text, node: Node) -> DigestSlot | None:
    """Return where `version` goes: before `source`, on a line or between commas."""
    if not isinstance(node, Mapping):
        return None
    keys = [key for key, _ in node.pairs if key.value == "source"]
    if not keys:
        return None
    source = text.value
    key = 'version: {{digest: "{digest}"}}'
    if source.startswith("{", node.start):
        return DigestSlot(text.span(node.start + 1, node.start + 1), f"{key}, ")
    start = keys[0].start - (source[keys[0].start - 1 : keys[0].start] in {'"', "'"})
    line = source.rfind("\n", 0, start) + 1
    if not _BLOCK.fullmatch(source, line, start):
        return None
    end = source.find("\n", start)
    newline = "\r\n" if source[end - 1 : end] == "\r" else "\n"
    return DigestSlot(text.span(start, start), f"{key}{newline}{' ' * (start - line)}")
