"""Comments in files that say what not to lock, and what not to report."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.finding import Finding, Rule
from imagelock.model.occurrence import Occurrence, Place, Reason, Skipped
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.project.suppressions import filter_findings, suppression_comments

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found


PIECES = ("imagelock:", "ignore", "[drift]", "[no]", "// ", "# ")


def marked(name: str, text: str, reference: str = "redis:7") -> str:
    """Return what becomes of each *reference* in *text*: `ignored`, or the rules."""
    path, source = PurePosixPath(name), Text(text)
    results = []
    start = text.find(reference)
    while start >= 0:
        found = suppression_comments(path, source).apply(
            found_at(path, source, start, reference)
        )
        if isinstance(found, Skipped):
            results.append(found.reason.slug)
        else:
            results.append(",".join(sorted(found.place.ignores)) or "-")
        start = text.find(reference, start + 1)
    return " ".join(results)


def found_at(path: PurePosixPath, text: Text, start: int, reference: str) -> Occurrence:
    place = Place(
        path=path,
        span=text.span(start, start + len(reference)),
        text=reference,
        format="any",
        uses=("any",),
    )
    return Occurrence(place=place, reference=Reference.parse(reference))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.yaml", "image: redis:7", "-"),
        ("a.yaml", "image: redis:7 # imagelock: ignore", "ignored"),
        ("a.yaml", "image: redis:7 #imagelock:ignore", "ignored"),
        ("a.yaml", "image: redis:7 # imagelock: ignore, it is only a test", "ignored"),
        ("a.yaml", "image: redis:7 # imagelock: ignore[drift]", "drift"),
        (
            "a.yaml",
            "image: redis:7 # imagelock: ignore[drift, tag-gone] why",
            "drift,tag-gone",
        ),
        ("a.yaml", "image: redis:7 # imagelock: ignore[]", "-"),
        ("a.yaml", "image: redis:7 # imagelock: ignored", "-"),
        ("a.yaml", "image: redis:7 # not imagelock: ignore", "-"),
        ("a.yaml", "image: redis:7# imagelock: ignore", "-"),
        ("a.yaml", "a: 'redis:7' # imagelock: ignore\nb: redis:7", "ignored -"),
        ("a.yaml", "[redis:7, redis:7] # imagelock: ignore", "ignored ignored"),
        ("a.yaml", "# imagelock: ignore\nimage: redis:7\nb: redis:7", "ignored -"),
        ("a.yaml", "  # imagelock: ignore[drift]\nimage: redis:7", "drift"),
        ("a.yaml", "# imagelock: ignore\n# more\n\nimage: redis:7", "ignored"),
        (
            "a.yaml",
            "# imagelock: ignore[drift]\n# imagelock: ignore[skipped]\na: redis:7",
            "drift,skipped",
        ),
        ("a.yaml", "# imagelock: ignore\r\nimage: redis:7\r\n", "ignored"),
        ("a.yaml", "image: redis:7\n# imagelock: ignore", "-"),
        ("a.yaml", "\ufeff# imagelock: ignore\nimage: redis:7", "-"),
        ("a.yaml", "é: redis:7 # imagelock: ignore", "ignored"),
        ("a.yaml", "# imagelock: ignore redis:7", "-"),
        ("Dockerfile", "# imagelock: ignore\nFROM redis:7", "ignored"),
        ("Dockerfile", "// imagelock: ignore\nFROM redis:7", "-"),
        ("a.tf", "image = redis:7 // imagelock: ignore", "ignored"),
        ("a.tf", "image = redis:7 # imagelock: ignore", "ignored"),
        ("devcontainer.json", '"image": "redis:7" // imagelock: ignore', "ignored"),
        ("devcontainer.json", '"image": "redis:7" # imagelock: ignore', "-"),
        ("a.container", "; imagelock: ignore\nImage=redis:7", "ignored"),
        ("a.container", "# imagelock: ignore\nImage=redis:7", "ignored"),
        ("a.yaml", "; imagelock: ignore\nimage: redis:7", "-"),
    ],
)
def test_a_comment_counts_for_its_line_or_the_next(
    name: str, text: str, expected: str
) -> None:
    assert marked(name, text) == expected


@pytest.mark.parametrize(
    ("comment", "message", "hint"),
    [
        ("ignore[drfit]", "there is no rule `drfit`", "did you mean `drift`?"),
        ("ignore[drift, x]", "there is no rule `x`", None),
        (
            "ignroe",
            "`imagelock: ignroe` is not an imagelock comment",
            "write `imagelock: ignore`, `imagelock: ignore[RULE]` or `imagelock: image`",
        ),
        (
            "ignore[drift",
            "`imagelock: ignore[drift` is not an imagelock comment",
            "write `imagelock: ignore`, `imagelock: ignore[RULE]` or `imagelock: image`",
        ),
    ],
)
def test_what_is_not_understood_is_a_warning(
    comment: str, message: str, hint: str | None
) -> None:
    text = Text(f"a: redis:7\nb: é # imagelock: {comment}\n")

    (problem,) = suppression_comments(PurePosixPath("a.yaml"), text).problems

    assert (problem.message, problem.hint) == (message, hint)
    assert problem.rule is Rule.UNKNOWN_COMMENT
    assert problem.rule.severity.word == "warning"
    assert problem.span == text.span(16, len(text.value) - 1)


def test_a_known_rule_beside_an_unknown_one_counts() -> None:
    assert marked("a.yaml", "redis:7 # imagelock: ignore[drift, no]") == "drift,no"


def test_a_part_that_cannot_be_read_is_not_ignored() -> None:
    path, text = PurePosixPath("a.yaml"), Text("image: [ # imagelock: ignore")
    place = found_at(path, text, 0, "image").place
    broken = Skipped(place=place, reason=Reason.UNPARSEABLE, detail="broken")

    assert suppression_comments(path, text).apply(broken) == broken


def test_an_invalid_reference_can_be_ignored() -> None:
    path, text = PurePosixPath("a.yaml"), Text("image: NO # imagelock: ignore")
    place = found_at(path, text, 7, "no").place
    invalid = Skipped(place=place, reason=Reason.INVALID, detail="no")

    ignored = suppression_comments(path, text).apply(invalid)

    assert isinstance(ignored, Skipped)
    assert ignored.reason is Reason.IGNORED


def finding(rule: Rule, found: Occurrence) -> Finding:
    return Finding(
        rule=rule,
        severity=rule.severity,
        message="",
        path=found.place.path,
        span=found.place.span,
        reference=found.reference,
    )


def test_what_concerns_an_image_is_told_of_a_place_that_does_not_ignore_it() -> None:
    text = Text(
        "a: redis:7 # imagelock: ignore[drift]\n"
        "b: redis:7 # imagelock: ignore[not-locked]\n"
    )
    path = PurePosixPath("a.yaml")
    of_file = suppression_comments(path, text)
    first, second = (
        of_file.apply(found_at(path, text, text.value.find("redis", start), "redis:7"))
        for start in (0, 20)
    )
    assert isinstance(first, Occurrence)
    assert isinstance(second, Occurrence)
    found: list[Found] = [first, second]

    def lines_of(rule: Rule, at: Occurrence) -> list[int]:
        spans = [kept.span for kept in filter_findings([finding(rule, at)], found)]
        return [span.line for span in spans if span]

    assert lines_of(Rule.DRIFT, first) == [2]
    assert lines_of(Rule.DRIFT, second) == [2]
    assert lines_of(Rule.NOT_LOCKED, first) == [1]
    assert lines_of(Rule.NOT_LOCKED, second) == []
    assert lines_of(Rule.TAG_GONE, first) == [1]
    assert [*filter_findings([finding(Rule.DRIFT, first)], [first])] == []


@given(st.lists(st.sampled_from([*"#/;[], \n\ré:", *PIECES])).map("".join))
def test_no_text_raises(text: str) -> None:
    for name in ("a.yaml", "a.json", "a.container"):
        path, source = PurePosixPath(name), Text(text + "redis:7")
        of_file = suppression_comments(path, source)
        occurrence = found_at(path, source, len(text), "redis:7")
        result = of_file.apply(occurrence)
        assert result.place.span == occurrence.place.span
        assert isinstance(result, Occurrence) or result.reason is Reason.IGNORED
        assert all(problem.span for problem in of_file.problems)


def test_it_takes_time_in_proportion_to_the_text() -> None:
    text = Text("# imagelock: ignore[" * 50_000 + "\n# imagelock: ignore" * 50_000)

    assert suppression_comments(PurePosixPath("a.yaml"), text).problems
