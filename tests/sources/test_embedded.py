from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import DigestSlot, Occurrence, Reason, Skipped
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from imagelock.sources.shared.embedded import DEEPEST, embedded
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found

PATH = PurePosixPath("outer.yaml")
AROUND = Context(read=lambda _: None, platforms=())


def outer_file(text: Text) -> SourceFile:
    return SourceFile(path=PATH, text=text, format="outer")


def read(text: Text) -> Iterator[Found]:
    """Read what the key `v` holds, at any depth, as configurations of ko."""
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        for at in select(NodeRef(document), "v", VisitLimit()):
            yield from embedded(outer_file(text), at, read)
    yield from SOURCES["ko"].find(PATH, text, AROUND)


def pairs(text: str) -> list[tuple[str, str]]:
    """Return where each reference is used, and the reference, checking its span."""
    data = text.encode()
    findings = list(read(Text(text)))
    for finding in findings:
        span = finding.place.span
        assert data[span.start : span.end].decode() == finding.place.text
        line = data[: span.start].decode().split("\n")
        assert (span.line, span.column) == (len(line), len(line[-1]) + 1)
    return [
        (finding.place.location, str(finding.reference))
        for finding in findings
        if isinstance(finding, Occurrence)
    ]


BASE = "v.defaultBaseImage"
OVERRIDE = "v.baseImageOverrides.a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v: |\n  # ü\n  defaultBaseImage: 'a:1'  \n# end\nb: 2\n", [(BASE, "a:1")]),
        ("v: |2+\n\n\n  defaultBaseImage: a:1\n\n# end\n\n", [(BASE, "a:1")]),
        ("v: |-\n\tdefaultBaseImage: a:1", []),
        ("v: >\n  defaultBaseImage:\n   a:1\n", [(BASE, "a:1")]),
        ("v: >-\n  { defaultBaseImage:\n  a:1 }\n", [(BASE, "a:1")]),
        ('v: "defaultBaseImage: \\"a\\u003a1\\""\n', [(BASE, "a:1")]),
        ('v: "baseImageOverrides: {a: \\\n   b:2}"\n', [(OVERRIDE, "b:2")]),
        ("v: '{defaultBaseImage: ''a:1''}'\n", [(BASE, "a:1")]),
        ("v: |\r\n  defaultBaseImage: a:1\r\nw: 1\r\n", [(BASE, "a:1")]),
        ('{"v": "defaultBaseImage: a:1\\nx: \\ud83d\\ude00"}', [(BASE, "a:1")]),
        ("v: |\n  defaultBaseImage: a:1\n  ---\n  defaultBaseImage: b:2\n",
         [(BASE, "a:1"), (BASE, "b:2")]),
        ("v: |\n  v: |\n    defaultBaseImage: a:1\n", [(f"v.{BASE}", "a:1")]),
        ('v: |\n  v: "defaultBaseImage: \\"a:1\\""\n', [(f"v.{BASE}", "a:1")]),
        ("v: {defaultBaseImage: a:1}\n", []),
        ("v:\n", []),
        ("v: ''\n", []),
    ],
)  # fmt: skip
def test_what_a_text_holds_is_found_where_the_file_has_it(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert pairs(text) == [(use, str(Reference.parse(ref))) for use, ref in expected]


def test_texts_in_each_other_end_somewhere() -> None:
    text = "defaultBaseImage: a:1\n"
    for _ in range(DEEPEST + 1):
        text = f"v: {json.dumps(text)}\n"

    (finding,) = read(Text(text))

    assert isinstance(finding, Skipped)
    assert finding.reason is Reason.UNPARSEABLE


@pytest.mark.parametrize("text", ["v: |\n  a:1\n", 'v: "a:1"\n'])
def test_a_key_is_not_added_to_a_text(text: str) -> None:
    outer = Text(text)
    (document,) = documents(outer)
    assert not isinstance(document, Broken)
    (at,) = select(NodeRef(document), "v", VisitLimit())

    def find(inner: Text) -> Iterator[Found]:
        assert inner.position(1) == outer.position(text.index(":1"))
        (node,) = documents(inner)
        assert not isinstance(node, Broken)
        file = SourceFile(path=PATH, text=inner, format="inner")
        place = file.place(NodeRef(node, (None, "x")))
        slot = DigestSlot(inner.span(3, 3), "\ndigest: {digest}")
        yield Occurrence(place=place, reference=Reference.parse("a:1"), slot=slot)

    (finding,) = embedded(outer_file(outer), at, find)

    assert isinstance(finding, Occurrence)
    assert finding.place.format == "outer"
    assert finding.slot is None
    assert (
        finding.unpinnable_reason
        == "it is in a text inside the file, to which no key is added"
    )


IMAGES = st.sampled_from(["a:1", "ghcr.io/acme/b:2", "quay.io/c/d:v3"])
STRINGS = st.dictionaries(st.text("äx 'y\"\\", min_size=1, max_size=5), IMAGES)


@given(STRINGS, IMAGES, st.sampled_from("\"'|>"))
def test_only_the_reference_changes_in_what_is_read_again(
    overrides: dict[str, str], base: str, style: str
) -> None:
    inner = json.dumps(
        {"defaultBaseImage": base, "baseImageOverrides": overrides}, indent=1
    )
    text = written(inner, style)
    before = [
        finding for finding in read(Text(text)) if isinstance(finding, Occurrence)
    ]
    assert len(before) == 1 + len(overrides)
    for index, finding in enumerate(before):
        data = text.encode()
        end = finding.place.span.end
        changed = data[:end] + b"@sha256:" + b"a" * 64 + data[end:]

        after = [o for o in read(Text(changed.decode())) if isinstance(o, Occurrence)]

        assert [o.reference.digest is not None for o in after] == [
            place == index for place in range(len(before))
        ]
        assert [o.reference.key for o in after] == [o.reference for o in before]


def written(inner: str, style: str) -> str:
    """Return *inner* as the value of `v`, in one of the styles of YAML."""
    if style == '"':
        return f"v: {json.dumps(inner, ensure_ascii=False)}\n"
    if style == "'":
        return "v: '" + inner.replace("'", "''").replace("\n", "\n\n ") + "'\n"
    lines = inner.split("\n")
    return f"v: {style}\n" + "".join(f"  {line.strip()}\n" for line in lines)


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for finding in read(Text("v: " + json.dumps(text))):
        assert isinstance(finding, Occurrence | Skipped)
    for finding in read(Text(f"v: |\n  {text}")):
        assert isinstance(finding, Occurrence | Skipped)
