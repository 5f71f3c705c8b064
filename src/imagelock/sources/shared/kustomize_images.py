"""Entries of `images` in kustomizations and similar lists.

An entry replaces the image `name` by `newName`, or by the same name, with `newTag`
and `digest` (kustomize, `api/filters/imagetag/updater.go`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason
from imagelock.sources.shared.digest_slots import slot_of
from imagelock.sources.shared.source_file import DUPLICATE_KEY
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import NodeRef, is_written_twice, scalar_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.substituted_file import SubstitutedFile

REPLACING: Final = ("newName", "newTag", "digest", "tagSuffix")
"""The keys of an entry that make up the new image."""

_EXPRESSION: Final = re.compile(r"[*+?()\[\]{}|\\^$]")
_NEEDS_BASE: Final = "the tag comes from the manifests that it is put into"
_ELSEWHERE: Final = "its digest is written at another place, by an anchor"


def replacement(file: SubstitutedFile, entry: NodeRef) -> Iterator[Found]:
    """Yield the new image of *entry*, if it is known."""
    parts = {
        key: NodeRef(node, (entry.path, key))
        for key in ("name", *REPLACING)
        if (node := scalar_at(entry.node, key)) and node.value.strip()
    }
    version = parts.get("newTag") or parts.get("digest")
    if "tagSuffix" in parts or (version is None and "newName" in parts):
        at = parts["tagSuffix" if "tagSuffix" in parts else "newName"]
        yield file.skip(at, Reason.NEEDS_BASE, _NEEDS_BASE)
    elif version is not None and "newName" not in parts and "name" in parts:
        at = parts["name"]
        if _EXPRESSION.search(_value(at)):
            detail = f"`{_value(at)}`: a regular expression that many names can match"
            yield file.skip(at, Reason.PATTERN, detail)
            return
        yield _joined(file, entry, parts, "name", version)
    elif version is not None and "newName" in parts:
        yield _joined(file, entry, parts, "newName", version)


def override(file: SubstitutedFile, at: NodeRef) -> Iterator[Found]:
    """Yield the new image of the text *at*, an override on the command line.

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
        yield file.skip(new, Reason.NEEDS_BASE, _NEEDS_BASE)


def _joined(
    file: SubstitutedFile,
    entry: NodeRef,
    parts: dict[str, NodeRef],
    name: str,
    version: NodeRef,
) -> Found:
    """Return the image of *parts* of *entry*, at the place of its *version*."""
    if is_written_twice(entry.node, "name", *REPLACING):
        return file.skip(version, Reason.DUPLICATE_KEY, DUPLICATE_KEY)
    tag = f":{_value(parts['newTag'])}" if "newTag" in parts else ""
    digest = f"@{_value(parts['digest'])}" if "digest" in parts else ""
    finding = file.classify(f"{_value(parts[name])}{tag}{digest}", version)
    if "@" in tag or not isinstance(finding, Occurrence):
        return finding
    slot = slot_of(file.text, entry.node, "digest", "{digest}")
    return replace(
        finding, slot=slot, unpinnable_reason=None if tag or slot else _ELSEWHERE
    )


def _value(at: NodeRef) -> str:
    return at.node.value.strip() if isinstance(at.node, Scalar) else ""
