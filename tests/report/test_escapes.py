"""Text from files and registries is escaped in every report."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from imagelock.commands.verify import Verdict
from imagelock.errors import RegistryError
from imagelock.model.change import Change, ChangeKind, PlatformChange
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.image_details import ContainerConfig, ImageDiff, ImageFacts
from imagelock.model.reference import Reference
from imagelock.model.span import Span
from imagelock.report.changes import Changes
from imagelock.report.formats import FORMATS
from imagelock.report.markdown import MAX_LENGTH
from imagelock.report.markdown_text import escape_markdown, inline_code
from imagelock.report.style import printable
from tests.lockfile.test_lockfile import AMD64, image

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
ODD = st.text() | st.text("`|\\<>&*_[]()#@!:/\n\r\x1b%,a ")


def verdict(*findings: Finding) -> Verdict:
    return Verdict(findings=findings, checked=1, could_not_check=0, online=True)


def finding(message: str, path: str = "a.yaml", hint: str | None = None) -> Finding:
    return Finding(
        rule=Rule.SKIPPED,
        severity=Severity.ERROR,
        message=message,
        path=PurePosixPath(path),
        span=Span(0, 1, 3, 7),
        hint=hint,
    )


def cells(markdown: str) -> list[list[str]]:
    """Return the cells of each row below the head, rendered."""
    html = MARKDOWN.render(markdown)
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    return [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in rows[1:]]


@given(ODD)
def test_inline_code_has_just_its_text(text: str) -> None:
    [[first, second]] = cells(f"| a | b |\n|---|---|\n| {inline_code(text)} | x |\n")

    assert second == "x"
    if text.strip():
        assert first.startswith("<code>")
        content = unescape(first.removeprefix("<code>").removesuffix("</code>"))
        assert content.strip() == printable(text).strip()


@given(ODD)
def test_escaped_text_has_no_element_but_code(text: str) -> None:
    [[first, second]] = cells(
        f"| a | b |\n|---|---|\n| {escape_markdown(text)} | x |\n"
    )

    assert second == "x"
    assert re.sub(r"</?code>", "", first).count("<") == 0


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<img src=x>", r"\<img src=x\>"),
        ("see https://evil.example", r"see https\://evil.example"),
        ("see www.evil.example", r"see www\.evil.example"),
        ("thanks @acme", "thanks @&#8203;acme"),
        ("`a|b` is *gone*", r"`a\|b` is \*gone\*"),
        ("a ` alone", r"a \` alone"),
        ("``", "-"),
        ("a: b", "a: b"),
    ],
)
def test_text_is_escaped_for_markdown(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped


@pytest.mark.parametrize(
    ("message", "path", "line"),
    [
        (
            "100%\r\nof",
            "a.yaml",
            (
                r"::error file=a.yaml,line=3,col=7,title=imagelock%3A skipped"
                r"::100%25\u000d\u000aof"
            ),
        ),
        (
            "a: b, c::d",
            "x,y:z%.yaml",
            (
                "::error file=x%2Cy%3Az%25.yaml,line=3,col=7,title=imagelock%3A skipped"
                "::a: b, c::d"
            ),
        ),
    ],
)
def test_workflow_commands_are_escaped(message: str, path: str, line: str) -> None:
    render = FORMATS["github"].findings

    assert render(verdict(finding(message, path))) == f"{line}\n"


@given(ODD, ODD)
def test_an_annotation_is_one_line(message: str, hint: str) -> None:
    line = FORMATS["github"].findings(verdict(finding(message, hint=hint)))

    assert line.count("\n") == 1
    assert "\r" not in line


@given(st.text() | st.characters(), st.text(min_size=1))
def test_junit_is_xml_for_any_text(message: str, path: str) -> None:
    xml = FORMATS["junit"].findings(verdict(finding(message, path, message)))

    suite = ET.fromstring(xml.encode())[0]  # noqa: S314 - it is our own
    assert suite[0][0].tag == "failure"


@given(ODD, ODD)
def test_json_formats_are_json(message: str, path: str) -> None:
    doubled = verdict(finding(message, path), finding(message, path))

    assert len(json.loads(FORMATS["gitlab"].findings(doubled))) == 2
    [run] = json.loads(FORMATS["sarif"].findings(doubled))["runs"]
    marks = {r["partialFingerprints"]["imagelock/v1"] for r in run["results"]}
    assert len(marks) == 2
    for line in FORMATS["jsonl"].findings(doubled).splitlines():
        assert json.loads(line)["version"] == 1


def moved(number: int, words: str) -> Change:
    name = f"acme/app-{number}:1"
    old, new = image(name, "monday"), image(name, "tuesday")
    [manifest, *_] = new.platforms
    facts = ImageFacts(release=words, settings=ContainerConfig(env=(f"A={words}",)))
    return Change(
        new.reference,
        ChangeKind.CONTENT,
        old,
        new,
        (PlatformChange(manifest.platform, old.platforms[0].digest, manifest.digest),),
        ImageDiff(
            platform=AMD64,
            old=ImageFacts(settings=ContainerConfig()),
            new=facts,
            missing_reason=words,
        ),
    )


@pytest.mark.parametrize("count", [1, 60, 2000])
@pytest.mark.parametrize("words", ["1.2", "`|<x>" * 100])
def test_a_body_fits_into_a_pull_request(count: int, words: str) -> None:
    report = Changes(
        changes=[moved(number, words) for number in range(count)],
        index_only_skipped=[moved(number, words) for number in range(count)],
        failures={
            Reference.parse(f"x/{n}"): RegistryError(words) for n in range(count)
        },
    )

    render = FORMATS["markdown"].changes

    assert render is not None
    body = render(report)
    assert len(body) < MAX_LENGTH
    assert body.count("<details>") == body.count("</details>")
    fits = count == 1 or (count == 60 and words == "1.2")
    assert ("are omitted" in body) == (not fits)
    assert f"### {count} image{'s' if count > 1 else ''} moved\n" in body


def test_findings_fit_into_a_comment() -> None:
    many = verdict(*(finding("x" * 100, f"{n}.yaml") for n in range(2000)))

    body = FORMATS["markdown"].findings(many)

    assert len(body) < MAX_LENGTH
    assert re.search(r"\nand \d+ more\n", body)
