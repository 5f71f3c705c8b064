from __future__ import annotations

from pathlib import PurePosixPath

from imagelock.model.occurrence import Found, Place, Reason, Skipped
from imagelock.model.span import Span
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.merge_uses import MOST_USES, merge_uses, uses_of
from imagelock.syntax.yaml_json.paths import NodeRef
from imagelock.syntax.yaml_json.tree import Scalar


def place(start: int, *uses: str, path: str = "a.yml") -> Place:
    return Place(
        path=PurePosixPath(path),
        span=Span(start, start + 1, 1, start + 1),
        text="x",
        format="compose",
        uses=uses,
    )


def image(name: str, start: int, *uses: str, path: str = "a.yml") -> Found:
    return classify(name, place(start, *uses, path=path))


def test_one_image_at_one_place_has_the_uses_of_all() -> None:
    findings = [image("b", 3, "x"), image("a", 1, "y"), image("b", 3, "z", "x")]

    assert merge_uses(findings) == [image("b", 3, "x", "z"), image("a", 1, "y")]


def test_other_places_images_files_and_reasons_stay_apart() -> None:
    skipped = [
        Skipped(place=place(1, "x"), reason=reason, detail="")
        for reason in (Reason.VARIABLE, Reason.TEMPLATE)
    ]
    findings = [
        image("a", 1, "x"),
        image("a", 2, "x"),
        image("b", 1, "x"),
        image("a", 1, "x", path="b.yml"),
        *skipped,
    ]

    assert merge_uses(findings) == findings


def test_there_are_not_more_uses_than_a_person_reads() -> None:
    many = [str(number) for number in range(3 * MOST_USES)]

    one_each = merge_uses(image("a", 1, use) for use in many)
    all_at_once = merge_uses([image("a", 1, "0"), image("a", 1, *many)])

    assert [finding.place.uses for finding in one_each] == [tuple(many[:MOST_USES])]
    assert all_at_once == one_each


def test_the_paths_of_one_node() -> None:
    node = Scalar("a", 0, 1)
    paths = [NodeRef(node, (None, str(number))) for number in range(2 * MOST_USES)]

    assert uses_of([*paths[:2], paths[0]]) == ("0", "1")
    assert uses_of(paths) == tuple(map(str, range(MOST_USES)))
