"""Everything that is kept comes back as it was, with all of its fields."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.model.digest import Digest
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
from imagelock.project.cache import codec
from imagelock.project.suppressions import Mark, SuppressionComments
from imagelock.sources.relations import BuiltImage, ManifestImage, Usage

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from imagelock.model.occurrence import Found
    from imagelock.sources.relations import Relation

PATH = PurePosixPath("a/b.yaml")
SPAN = Span(1, 2, 3, 4)
PLACE = Place(
    path=PurePosixPath("other/\udc80.yaml"),
    span=SPAN,
    text="\udcff \u2028",
    format="compose",
    uses=("services.a.image", "b"),
    ignores=frozenset({"drift", "tag-gone"}),
)
PLAIN = Place(path=PATH, span=SPAN, text="nginx", format="x", uses=("a",))
REFERENCE = Reference(
    registry="a:5", repository="b/c", tag="1", digest=Digest.of(b"content")
)
CHART = Reference.of_chart("https://charts.example/stable", "web", "1.2.3")
FULL = Occurrence(
    place=PLACE,
    reference=REFERENCE,
    variables=("TAG",),
    slot=DigestSlot(SPAN, "{digest}"),
    unpinnable_reason="it is decided elsewhere",
    tag=SPAN,
    tag_is_implied=True,
    origins=(("TAG", ".env:3"),),
    assignments=(VariableAssignment("TAG", PurePosixPath(".env"), SPAN, "1"),),
)
FOUND: list[Found] = [
    FULL,
    Occurrence(place=PLAIN, reference=Reference.parse("nginx")),
    Occurrence(place=PLAIN, reference=REFERENCE, unpinnable_reason=""),
    Skipped(place=PLACE, reason=Reason.GUESS, detail="d", hint="h", guess=FULL),
    Occurrence(place=PLAIN, reference=CHART.at(Digest.of(b"archive"))),
    Skipped(place=PLAIN, reason=Reason.STAGE, detail=""),
]
RELATIONS: tuple[Relation, ...] = (
    Usage(
        path=PurePosixPath("c"),
        replaced=frozenset({"a", "b"}),
        changes_images=True,
        is_part=True,
    ),
    Usage(path=PurePosixPath("c")),
    BuiltImage(
        reference=REFERENCE,
        place=PLACE,
        files=frozenset({PATH}),
        formats=frozenset({"skaffold"}),
        has_any_tag=True,
        is_context=True,
        below=PurePosixPath("t"),
    ),
    BuiltImage(reference=REFERENCE, place=PLAIN),
)
IMAGE = ManifestImage(
    value="v",
    kind="k",
    name="n",
    namespace="s",
    field="f",
    container="c",
    is_never_pulled=True,
)
MARK = Mark(3, frozenset({"drift"}), 7)
FINDING = Finding(
    rule=Rule.HIDDEN_CONTENT,
    severity=Rule.HIDDEN_CONTENT.severity,
    message="m",
    path=PATH,
    span=SPAN,
    hint="h",
)


def through_json(value: list[Any]) -> list[Any]:
    back: list[Any] = json.loads(json.dumps(value))
    return back


@pytest.mark.parametrize("found", FOUND)
def test_what_was_found_comes_back(found: Found) -> None:
    data = through_json(codec.encode_found(found, PATH))

    assert codec.decode_found(data, PATH) == found


def test_relations_come_back() -> None:
    data = through_json(codec.encode_relations(RELATIONS, PATH))
    back: tuple[Relation, ...] = codec.decode_relations(data, PATH)

    assert back == RELATIONS


def test_changes_of_images_come_back() -> None:
    remaining = {IMAGE: (), ManifestImage(value="w"): (IMAGE, ManifestImage(value=""))}

    data = through_json(codec.encode_remaining(remaining))

    assert codec.decode_remaining(data) == remaining


def test_findings_and_comments_come_back() -> None:
    comments = SuppressionComments(
        {3: [MARK], 4: [Mark(4, frozenset(), None)]}, (FINDING,)
    )

    findings = through_json(codec.encode_findings([FINDING]))
    data = through_json(codec.encode_comments(comments))

    assert codec.decode_findings(findings, PATH) == [FINDING]
    assert codec.decode_comments(data, PATH) == comments


@pytest.mark.parametrize(
    "value",
    [*FULL.assignments, FULL, FULL.slot, PLACE, REFERENCE, SPAN, IMAGE, MARK],
    ids=lambda value: type(value).__name__,
)
def test_every_field_is_tried(value: DataclassInstance) -> None:
    """A field that is new is not forgotten, or this fails."""
    defaults = {
        each.name: each.default_factory()
        if callable(each.default_factory)
        else each.default
        for each in fields(value)
        if each.default is not MISSING or each.default_factory is not MISSING
    }

    assert all(getattr(value, name) != default for name, default in defaults.items())


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Skipped, "place reason detail hint guess"),
        (Usage, "path replaced changes_images is_part"),
        (BuiltImage, "reference place files formats has_any_tag is_context below"),
        (SuppressionComments, "marks problems"),
        # What is about a file itself has no image, cause elsewhere, project or tag.
        (
            Finding,
            (
                "rule severity message path span reference hint also as_written cause"
                " project moved_to"
            ),
        ),
    ],
)
def test_no_field_is_new(kind: type[Any], names: str) -> None:
    assert [each.name for each in fields(kind)] == names.split()


def test_what_is_no_reference_is_no_guess() -> None:
    skipped = codec.encode_found(FOUND[-1], PATH)
    data = codec.encode_found(FOUND[3], PATH)
    data[7]["g"] = skipped

    with pytest.raises(TypeError):
        codec.decode_found(data, PATH)
