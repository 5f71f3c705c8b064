"""What files say as JSON: lists of texts and numbers, and back.

The fields that nearly every value has stand in their order. A mapping at the end of a
list has the others, by a letter, where they are not the default.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from sys import intern

from imagelock.light_typing import TYPE_CHECKING, Any, Final
from imagelock.model.finding import Finding, Rule
from imagelock.model.occurrence import (
    DigestSlot,
    Occurrence,
    Place,
    Reason,
    Skipped,
    VariableAssignment,
)
from imagelock.model.reference import Reference
from imagelock.model.span import Span
from imagelock.project.suppressions import Mark, SuppressionComments
from imagelock.sources.relations import BuiltImage, ManifestImage, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.model.occurrence import Found
    from imagelock.sources.relations import Relation, RemainingImages

_Json = Any
_NO_RULES: Final[frozenset[str]] = frozenset()


def encode_found(found: Found, path: PurePosixPath) -> list[_Json]:
    """Return *found*, which was read in the file at *path*, as JSON."""
    place = found.place
    more: dict[str, _Json] = {}
    if place.path != path:
        more["p"] = str(place.path)
    if place.ignores:
        more["i"] = sorted(place.ignores)
    common = [*_span(place.span), place.text, place.format, place.uses, more]
    if isinstance(found, Occurrence):
        more.update(_rare_fields(found))
        return [*common, str(found.reference)]
    if found.hint is not None:
        more["h"] = found.hint
    if found.guess is not None:
        more["g"] = encode_found(found.guess, path)
    return [*common, found.reason.name, found.detail]


def _rare_fields(found: Occurrence) -> dict[str, _Json]:
    """Return what few occurrences have."""
    slot, tag = found.slot, found.tag
    fields = {
        "v": found.variables,
        "s": slot and [_span(slot.span), slot.template],
        "u": found.unpinnable_reason,
        "t": tag and _span(tag),
        "l": found.tag_is_implied,
        "o": found.origins,
        "a": [
            [each.variable, str(each.path), _span(each.span), each.text]
            for each in found.assignments
        ],
    }
    return {key: value for key, value in fields.items() if value or value == ""}


def decode_found(data: list[_Json], path: PurePosixPath) -> Found:
    """Return what `encode_found` made *data* of.

    Texts that many files have are one text in memory.
    """
    start, end, line, column, text, format_, uses, more, name, *detail = data
    place = Place(
        path=PurePosixPath(more["p"]) if "p" in more else path,
        span=Span(start, end, line, column),
        text=text,
        format=intern(format_),
        uses=tuple(map(intern, uses)),
        ignores=frozenset(more["i"]) if "i" in more else _NO_RULES,
    )
    if detail:
        return Skipped(
            place=place,
            reason=Reason[name],
            detail=detail[0],
            hint=more.get("h"),
            guess=_occurrence(more["g"], path) if "g" in more else None,
        )
    reference = Reference.parse_key(name)
    if not more:
        return Occurrence(place=place, reference=reference)
    return Occurrence(
        place=place,
        reference=reference,
        variables=tuple(more.get("v", ())),
        slot=DigestSlot(Span(*more["s"][0]), more["s"][1]) if "s" in more else None,
        unpinnable_reason=more.get("u"),
        tag=Span(*more["t"]) if "t" in more else None,
        tag_is_implied="l" in more,
        origins=tuple((name, origin) for name, origin in more.get("o", ())),
        assignments=tuple(
            VariableAssignment(name, PurePosixPath(file), Span(*span), value)
            for name, file, span, value in more.get("a", ())
        ),
    )


def encode_relations(
    relations: Iterable[Relation], path: PurePosixPath
) -> list[list[_Json]]:
    """Return what the file at *path* says about others as JSON."""
    return [
        [str(each.path), sorted(each.replaced), each.changes_images, each.is_part]
        if isinstance(each, Usage)
        else [
            encode_found(Occurrence(place=each.place, reference=each.reference), path),
            None if each.files is None else sorted(map(str, each.files)),
            sorted(each.formats),
            each.has_any_tag,
            each.is_context,
            each.below and str(each.below),
        ]
        for each in relations
    ]


def decode_relations(
    data: list[list[_Json]], path: PurePosixPath
) -> tuple[Relation, ...]:
    """Return what `encode_relations` made *data* of."""
    return tuple(_relation(each, path) for each in data)


def encode_remaining(remaining: RemainingImages) -> list[list[_Json]]:
    """Return what images are after the changes of a file as JSON, in a fixed order."""
    return sorted(
        [_image(image), [_image(each) for each in left]]
        for image, left in remaining.items()
    )


def decode_remaining(data: list[list[_Json]]) -> RemainingImages:
    """Return what `encode_remaining` made *data* of."""
    return {_image_of(image): tuple(map(_image_of, left)) for image, left in data}


def encode_findings(findings: Iterable[Finding]) -> list[list[_Json]]:
    """Return findings about a file itself as JSON, with the severities of their rules."""
    return [
        [each.rule.name, each.message, each.span and _span(each.span), each.hint]
        for each in findings
    ]


def decode_findings(data: list[list[_Json]], path: PurePosixPath) -> list[Finding]:
    """Return what `encode_findings` made *data* of, in the file at *path*."""
    return [
        Finding(
            rule=Rule[name],
            severity=Rule[name].severity,
            message=message,
            path=path,
            span=Span(*span) if span else None,
            hint=hint,
        )
        for name, message, span, hint in data
    ]


def encode_comments(comments: SuppressionComments) -> list[_Json]:
    """Return the suppression comments of a file as JSON."""
    marks = [
        [mark.line, sorted(mark.rules), mark.end]
        for marks in comments.marks.values()
        for mark in marks
    ]
    return [marks, encode_findings(comments.problems)]


def decode_comments(data: list[_Json], path: PurePosixPath) -> SuppressionComments:
    """Return what `encode_comments` made *data* of, in the file at *path*."""
    marks: dict[int, list[Mark]] = {}
    for line, rules, end in data[0]:
        marks.setdefault(line, []).append(Mark(line, frozenset(rules), end))
    return SuppressionComments(marks, tuple(decode_findings(data[1], path)))


def _relation(data: list[_Json], path: PurePosixPath) -> Relation:
    if isinstance(data[0], str):
        used, replaced, changes_images, is_part = data
        return Usage(
            path=PurePosixPath(used),
            replaced=frozenset(replaced),
            changes_images=changes_images,
            is_part=is_part,
        )
    found, files, formats, has_any_tag, is_context, below = data
    built = _occurrence(found, path)
    return BuiltImage(
        reference=built.reference,
        place=built.place,
        files=None if files is None else frozenset(map(PurePosixPath, files)),
        formats=frozenset(formats),
        has_any_tag=has_any_tag,
        is_context=is_context,
        below=None if below is None else PurePosixPath(below),
    )


def _occurrence(data: list[_Json], path: PurePosixPath) -> Occurrence:
    found = decode_found(data, path)
    if not isinstance(found, Occurrence):
        raise TypeError
    return found


def _span(span: Span) -> list[_Json]:
    return [span.start, span.end, span.line, span.column]


def _image(image: ManifestImage) -> list[_Json]:
    return [
        image.value,
        image.kind,
        image.name,
        image.namespace,
        image.field,
        image.container,
        image.is_never_pulled,
    ]


def _image_of(data: list[_Json]) -> ManifestImage:
    value, kind, name, namespace, field, container, is_never_pulled = data
    return ManifestImage(
        value=value,
        kind=kind,
        name=name,
        namespace=namespace,
        field=field,
        container=container,
        is_never_pulled=is_never_pulled,
    )
