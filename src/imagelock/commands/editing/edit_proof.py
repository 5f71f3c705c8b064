"""Prove that edits changed the references that they should, and nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import zip_longest
from typing import TYPE_CHECKING

from imagelock.model.file_kind import is_yaml_or_json
from imagelock.model.occurrence import Occurrence
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from collections.abc import Mapping as AnyMapping
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.syntax.yaml_json.tree import Node

    ChangedTag = tuple[str | None, str | None]

    ExpectedReferences = AnyMapping[tuple[PurePosixPath, Span, Reference], Reference]
    """The new reference of each edited place, by its path, span and old reference."""


def unexpected_changes(
    before: Sequence[Found],
    after: Sequence[Found],
    expected: ExpectedReferences,
) -> dict[PurePosixPath, frozenset[Span]]:
    """Return the files in which anything changed that was not *expected*.

    *before* and *after* are the findings of all files without and with the edits;
    *expected* has the new reference of each place that was edited. With each file are
    the edited places that do not name what they should, if that is all that is wrong
    in it, and none otherwise.
    """
    old, new = _by_file(before), _by_file(after)
    changes = {}
    for path in old.keys() | new.keys():
        wrong = [
            place
            for place, found in zip_longest(old.get(path, ()), new.get(path, ()))
            if not _is_expected(place, found, expected)
        ]
        if wrong:
            is_only_edits = all(_is_edited(place, expected) for place in wrong)
            spans = (place.place.span for place in wrong if place)
            changes[path] = frozenset(spans if is_only_edits else ())
    return changes


def changed_tags(
    before: Sequence[Found], after: Sequence[Found], paths: Collection[PurePosixPath]
) -> set[ChangedTag]:
    """Return the old and new tags of the images in *paths* that changed only the tag.

    Empty if anything else changed there. A file of values can take its tag from another.
    """
    old, new = _by_file(before), _by_file(after)
    tags = set()
    for path in paths:
        for a, b in zip_longest(old.get(path, ()), new.get(path, ())):
            if not (isinstance(a, Occurrence) and isinstance(b, Occurrence)):
                if _skipped(a) == _skipped(b) is not None:
                    continue
                return set()
            if a.place.uses != b.place.uses or a.reference.key != b.reference.key:
                tags.add((a.reference.tag, b.reference.tag))
    return tags


def only_expected_scalars_changed(
    path: PurePosixPath, before: Text, after: Text, edits: int
) -> bool:
    """Return whether at most *edits* scalars of a YAML or JSON file differ.

    Other formats have no structure that a digest could change.
    """
    if not is_yaml_or_json(path):
        return True
    old, new = Counter(_scalars(before)), Counter(_scalars(after))
    removed, added = old - new, new - old
    # A digest can come with a key of its own, and with one for its mapping.
    return max(removed.total(), added.total()) <= 3 * edits


def _by_file(found: Sequence[Found]) -> dict[PurePosixPath, list[Found]]:
    files: dict[PurePosixPath, list[Found]] = defaultdict(list)
    for item in found:
        files[item.place.path].append(item)
    return files


def _is_expected(
    old: Found | None,
    new: Found | None,
    expected: ExpectedReferences,
) -> bool:
    if old is None or new is None or old.place.uses != new.place.uses:
        return False
    if isinstance(old, Occurrence) and isinstance(new, Occurrence):
        place = old.place.path, old.place.span, old.reference
        if new.reference == expected.get(place, old.reference):
            return True
        # Another place can complete the image, as a chart does that of one below it.
        return place not in expected and any(
            new.reference == reference
            for (_, _, earlier), reference in expected.items()
            if earlier == old.reference
        )
    return _skipped(old) == _skipped(new) is not None


def _is_edited(found: Found | None, expected: ExpectedReferences) -> bool:
    if not isinstance(found, Occurrence):
        return False
    return (found.place.path, found.place.span, found.reference) in expected


def _skipped(found: Found | None) -> tuple[str, str] | None:
    if found is None or isinstance(found, Occurrence):
        return None
    return found.reason.slug, found.place.text


def _scalars(text: Text) -> Iterator[str]:
    """Yield the value of every scalar, keys included."""
    seen: set[int] = set()
    # A list, because the documents that a template may be share their scalars.
    for document in list(documents(text)):
        if isinstance(document, Broken):
            yield document.detail
            continue
        stack: list[Node] = [document]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Scalar):
                yield node.value
            elif isinstance(node, Mapping):
                stack += [part for pair in node.pairs for part in pair]
            else:
                stack += node.items
