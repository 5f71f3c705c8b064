"""Tags that a variable decides: the edit of the variable, where it is written."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from imagelock.commands.editing.edit_plan import Obstacle, PlannedEdit, Unchanged
from imagelock.commands.editing.plain_scalars import as_scalar
from imagelock.model.edit import Edit
from imagelock.model.occurrence import Occurrence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found, VariableAssignment
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span

    Target = tuple[PurePosixPath, int, int]
    """The bytes that an edit replaces."""


def assigned_tag(
    occurrence: Occurrence,
    tag: str,
    digest: Digest,
    read: Callable[[PurePosixPath], Text],
) -> tuple[VariableAssignment, Edit] | None:
    """Return the edit of a variable of *occurrence* that gives it its *tag*.

    The variable is the tag, or ends with it behind a colon, or is a part of it, the
    rest of which *tag* keeps. A digest behind the tag becomes *digest*. The edit has
    to be proven: the value may come to be there in another way.
    """
    old, written = occurrence.reference.tag or "", occurrence.reference.digest
    wholes = [(old, tag)]
    if written:
        wholes.insert(0, (f"{old}@{written}", f"{tag}@{digest}"))
    for assignment in occurrence.assignments:
        for before, after in wholes:
            value = assignment.text
            if value == before or value.endswith(f":{before}"):
                return assignment, _edit(assignment, before, after, read)
    for assignment in sorted(occurrence.assignments, key=lambda a: -len(a.text)):
        part = _part(assignment.text, old, tag)
        if part is not None:
            return assignment, _edit(assignment, assignment.text, part, read)
    return None


def why_not_assigned(occurrence: Occurrence, tag: str) -> str:
    """Return why no variable of *occurrence* can be edited to give it its *tag*."""
    old = occurrence.reference.tag or ""
    for found in occurrence.assignments:
        if found.text and found.text in old:
            return (
                f"{found.variable} ({found.label}) decides a part of it,"
                f" and `{tag}` does not keep the rest"
            )
    origins = dict.fromkeys(origin for _, origin in occurrence.origins)
    where = f", set by {', '.join(origins)}" if origins else ""
    return f"{', '.join(occurrence.variables)} decides it{where}"


def without_conflicts(
    planned: Sequence[PlannedEdit], findings: Iterable[Found]
) -> tuple[list[PlannedEdit], list[Unchanged]]:
    """Return *planned* without those whose text decides other images, and these.

    A variable, or the default of an `ARG`, can decide several images. It is edited
    only if all of them become what the edit makes of them.
    """
    texts: dict[Target, set[bytes]] = defaultdict(set)
    movers: dict[Target, dict[Occurrence, None]] = defaultdict(dict)
    for move in planned:
        target = move.edit.path, move.edit.start, move.edit.end
        texts[target].add(move.edit.text)
        movers[target][move.occurrence] = None
    left_behind = _left_behind(movers, findings)
    reasons: dict[Occurrence, str] = {}
    for target, moving in movers.items():
        if len(texts[target]) > 1 or target in left_behind:
            images = [*moving, *left_behind.get(target, ())]
            for occurrence in moving:
                reasons[occurrence] = _conflict(occurrence, images, target)
    kept = [move for move in planned if move.occurrence not in reasons]
    return kept, [
        Unchanged(occurrence, Obstacle.VARIABLE, reason, is_problem=True)
        for occurrence, reason in reasons.items()
    ]


def _left_behind(
    movers: dict[Target, dict[Occurrence, None]], findings: Iterable[Found]
) -> dict[Target, list[Occurrence]]:
    """Return the occurrences that depend on a target but are not edited there."""
    by_path: dict[PurePosixPath, list[Target]] = defaultdict(list)
    for target in movers:
        by_path[target[0]].append(target)
    found: dict[Target, list[Occurrence]] = defaultdict(list)
    for finding in findings:
        if not isinstance(finding, Occurrence):
            continue
        for path, span in _depends_on(finding):
            for target in by_path.get(path, ()):
                _, start, end = target
                overlaps = span.start < end and start < span.end
                if overlaps and finding not in movers[target]:
                    found[target].append(finding)
    return found


def _depends_on(occurrence: Occurrence) -> list[tuple[PurePosixPath, Span]]:
    """Return the texts, apart from its own, that decide *occurrence*."""
    places = [(a.path, a.span) for a in occurrence.assignments]
    if occurrence.tag:
        places.append((occurrence.place.path, occurrence.tag))
    return places


def _conflict(
    occurrence: Occurrence, images: Iterable[Occurrence], target: Target
) -> str:
    """Return why the *target* that decides all *images* stays as it is."""
    path, start, end = target
    names = (
        f"{a.variable} ({a.label})"
        for a in occurrence.assignments
        if a.path == path and a.span.start <= start < end <= a.span.end
    )
    what = next(names, None) or ", ".join(occurrence.variables) or "its tag"
    keys = (image.reference.key for image in images)
    own = occurrence.reference.key
    other = next((key for key in keys if key != own), own)
    return f"{what} decides `{other.familiar}`, too, which would get another tag"


def _part(text: str, old: str, new: str) -> str | None:
    """Return what *text* becomes if *old*, of which it is a part, becomes *new*."""
    if not text or text == old:
        return None
    for start in {old.find(text), old.rfind(text)} - {-1}:
        before, after = old[:start], old[start + len(text) :]
        middle = new[len(before) : len(new) - len(after)]
        if middle and new == f"{before}{middle}{after}":
            return middle
    return None


def _edit(
    assignment: VariableAssignment,
    before: str,
    after: str,
    read: Callable[[PurePosixPath], Text],
) -> Edit:
    """Return the edit that replaces *before*, the end of *assignment*, by *after*."""
    text, path, span = read(assignment.path), assignment.path, assignment.span
    start = span.end - len(text.encode(before))
    if start == span.start:
        after = as_scalar(after, path, start, span.end, text)
    return Edit(path, start, span.end, text.encode(after))
