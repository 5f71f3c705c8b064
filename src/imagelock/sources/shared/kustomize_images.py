"""Entries of `images` in kustomizations, and where others have such entries.

An entry finds an image by its `name` and puts together another: `newName`, or
the name itself, with `newTag` and `digest` (kustomize,
`api/filters/imagetag/updater.go`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason
from imagelock.sources.shared.digest_slots import slot_of
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import NodeRef, scalar_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.substituted_file import SubstitutedFile

REPLACING: Final = ("newName", "newTag", "digest", "tagSuffix")
"""The keys of an entry that say what to put in."""

_EXPRESSION: Final = re.compile(r"[*+?()\[\]{}|\\^$]")
_BASE: Final = "the tag comes from the manifests that it is put into"
_ELSEWHERE: Final = "its digest is written at another place, by an anchor"


def replacement(file: SubstitutedFile, entry: NodeRef) -> Iterator[Found]:
    """Yield the image that *entry* puts in, if it is known."""
    parts = {
        key: NodeRef(node, (entry.path, key))
        for key in ("name", *REPLACING)
        if (node := scalar_at(entry.node, key)) and node.value.strip()
    }
    written = parts.get("newTag") or parts.get("digest")
    if "tagSuffix" in parts or (written is None and "newName" in parts):
        at = parts["tagSuffix" if "tagSuffix" in parts else "newName"]
        yield file.skip(at, Reason.NEEDS_BASE, _BASE)
    elif written is not None and "newName" not in parts and "name" in parts:
        at = parts["name"]
        if _EXPRESSION.search(_value(at)):
            detail = f"`{_value(at)}`: a regular expression that many names can match"
            yield file.skip(at, Reason.PATTERN, detail)
            return
        yield _joined(file, entry, parts, "name", written)
    elif written is not None and "newName" in parts:
        yield _joined(file, entry, parts, "newName", written)


def override(file: SubstitutedFile, at: NodeRef) -> Iterator[Found]:
    """Yield the image that the text *at* puts in, as on the command line.

    `[NAME=]NEW[:TAG][@DIGEST]`, of `kustomize edit set image` and Argo CD.
    """
    if not isinstance(at.node, Scalar) or at.node.null:
        return
    first = at.node.value.find("=") + 1
    value = at.node.value[first:]
    start, end = map_offsets(file.text.value, at.node).range(first, len(at.node.value))
    new = NodeRef(Scalar(value, start, end), at.path)
    if not value or "@" in value or ":" in value.rpartition("/")[2]:
        yield file.classify(value, new)
    else:
        yield file.skip(new, Reason.NEEDS_BASE, _BASE)


def _joined(
    file: SubstitutedFile,
    entry: NodeRef,
    parts: dict[str, NodeRef],
    name: str,
    written: NodeRef,
) -> Found:
    """Return what *parts* of *entry* are put together to, at what is *written*."""
    tag = f":{_value(parts['newTag'])}" if "newTag" in parts else ""
    digest = f"@{_value(parts['digest'])}" if "digest" in parts else ""
    found = file.classify(f"{_value(parts[name])}{tag}{digest}", written)
    if "@" in tag or not isinstance(found, Occurrence):
        return found
    slot = slot_of(file.text, entry.node, "digest", "{digest}")
    return replace(
        found, slot=slot, unpinnable_reason=None if tag or slot else _ELSEWHERE
    )


def _value(selected: NodeRef) -> str:
    node = selected.node
    return node.value.strip() if isinstance(node, Scalar) else ""
