"""Characters that let a file look different from what it says."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.finding import Rule, Severity
from imagelock.model.source_text import Text
from imagelock.project.hidden_characters import hidden


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.yaml", "# note\u2028services: {h: {image: x:1}}\n", [(1, 7, "U+2028 (LINE SEPARATOR)")]),
        ("a.yml", "a: 1 # note\u2029b: 2\n", [(1, 12, "U+2029 (PARAGRAPH SEPARATOR)")]),
        ("a.yaml", "\n# é\x85b: 2", [(2, 4, "U+0085 (NEXT LINE)")]),
        ("a.yaml", "# note\rb: 2\n", [(1, 7, "U+000D (CARRIAGE RETURN)")]),
        ("kustomization", "# note\rb: 2\n", [(1, 7, "U+000D (CARRIAGE RETURN)")]),
        ("a.yaml", "# a\u2028\u2028b: 2 # c\u2028d: 1\n# e\u2028f: 1", [(1, 4, "U+2028 (LINE SEPARATOR)"), (2, 4, "U+2028 (LINE SEPARATOR)")]),
        # Nothing is hidden.
        ("a.yaml", "# a \u2028\nservices:\n", []),
        ("a.yaml", "# a\r\nb: 1 # c\r\n", []),
        ("a.yaml", "a: b\u2028c: d # e\n", []),
        ("a.yaml", "a: b#c\u2028d: e\n", []),
        ("Dockerfile", "# a\u2028FROM b\n", []),
        ("a.json", "# a\rb", []),
        ("a.yaml", "# \u05d0\u200f\u05d1\n", []),
        # The direction of writing.
        ("a.yaml", "a: b # \u202ec\n", [(1, 8, "U+202E (RIGHT-TO-LEFT OVERRIDE)")]),
        ("Dockerfile", "FROM a\nRUN \u2066b\u2069\n", [(2, 5, "U+2066 (LEFT-TO-RIGHT ISOLATE)")]),
    ],
)  # fmt: skip
def test_the_character_and_its_place_are_told(
    name: str, text: str, expected: list[tuple[int, int, str]]
) -> None:
    found = list(hidden(PurePosixPath(name), Text(text)))

    assert [
        (finding.span.line, finding.span.column, finding.message.partition(":")[0])
        for finding in found
        if finding.span
    ] == expected
    assert {(finding.rule, finding.severity) for finding in found} <= {
        (Rule.HIDDEN_CONTENT, Severity.WARNING)
    }


def test_a_file_of_nothing_else_gives_a_hundred() -> None:
    text = Text("# a\u2028b\n" * 200_000)

    assert len(list(hidden(PurePosixPath("a.yaml"), text))) == 100


def test_a_long_line_takes_no_time() -> None:
    text = Text("a \u2028" * 500_000 + "# \u2028" * 500_000)

    assert len(list(hidden(PurePosixPath("a.yaml"), text))) == 1
