"""Prove that edited files say what they were meant to say, and nothing else new."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import zip_longest
from typing import TYPE_CHECKING

from imagelock.model.file_kind import is_yaml_or_json
from imagelock.model.occurrence import Occurrence
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Mapping as AnyMapping
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Skipped
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.syntax.yaml_json.tree import Node

    Wanted = AnyMapping[tuple[PurePosixPath, Span, Reference], Reference]
    """What each place with a reference should name, if it is to be another."""


def unexpected_changes(
    before: Sequence[Found],
    after: Sequence[Found],
    wanted: Wanted,
) -> frozenset[PurePosixPath]:
    """Return the files in which something else changed than was wanted.

    *before* is what all files named, *after* what they name with the edits, and
    *wanted* what each place that was edited should name now.
    """
    old, new = _by_file(before), _by_file(after)
    return frozenset(
        path
        for path in old.keys() | new.keys()
        if any(
            not _is_meant(a, b, wanted)
            for a, b in zip_longest(old.get(path, ()), new.get(path, ()))
        )
    )


def only_expected_scalars_changed(
    path: PurePosixPath, before: Text, after: Text, edits: int
) -> bool:
    """Tell whether only *edits* scalars of the YAML or JSON file at *path* differ.

    Other kinds of files have no structure that a digest could change.
    """
    if not is_yaml_or_json(path):
        return True
    old, new = Counter(_scalars(before)), Counter(_scalars(after))
    gone, come = old - new, new - old
    # A digest can come with a key of its own, and with one for its mapping.
    return max(gone.total(), come.total()) <= 3 * edits


def _by_file(found: Sequence[Found]) -> dict[PurePosixPath, list[Found]]:
    files: dict[PurePosixPath, list[Found]] = defaultdict(list)
    for one in found:
        files[one.place.path].append(one)
    return files


def _is_meant(
    old: Found | None,
    new: Found | None,
    wanted: Wanted,
) -> bool:
    if old is None or new is None or old.place.uses != new.place.uses:
        return False
    if isinstance(old, Occurrence) and isinstance(new, Occurrence):
        place = old.place.path, old.place.span, old.reference
        return new.reference == wanted.get(place, old.reference)
    return _skipped(old) == _skipped(new) is not None


def _skipped(found: Occurrence | Skipped) -> tuple[str, str] | None:
    if isinstance(found, Occurrence):
        return None
    return found.reason.slug, found.place.text


def _scalars(text: Text) -> Iterator[str]:
    """Yield the value of every scalar that is written, keys included."""
    for document in documents(text):
        if isinstance(document, Broken):
            yield document.detail
            continue
        seen: set[int] = set()
        waiting: list[Node] = [document]
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Scalar):
                yield node.value
            elif isinstance(node, Mapping):
                waiting += [part for pair in node.pairs for part in pair]
            else:
                waiting += node.items
