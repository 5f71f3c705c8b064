"""Findings as JUnit XML, which most CI systems read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from imagelock.model.finding import Rule, Severity
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding

_NOT_XML: Final = re.compile("[\ufffe\uffff]")


def findings(verdict: Verdict) -> str:
    """Return a suite with a case for each finding, or one passing case without any.

    Errors and warnings are failures, failed checks are errors, and notes are
    skipped. There are no times: the same findings give the same bytes.
    """
    cases = [_case(finding) for finding in verdict.findings] or [
        f"    <testcase classname={_attribute('imagelock')} name={_attribute('verify')}/>\n"
    ]
    kinds = [_kind(finding) for finding in verdict.findings]
    counts = {
        "tests": len(cases),
        "failures": kinds.count("failure"),
        "errors": kinds.count("error"),
        "skipped": kinds.count("skipped"),
    }
    attributes = " ".join(f'{name}="{count}"' for name, count in counts.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites>\n  <testsuite name="imagelock" {attributes}>\n'
        f"{''.join(cases)}  </testsuite>\n</testsuites>\n"
    )


def _kind(finding: Finding) -> str:
    if finding.rule is Rule.COULD_NOT_CHECK:
        return "error"
    return "failure" if finding.severity > Severity.NOTE else "skipped"


def _case(finding: Finding) -> str:
    name = _attribute(f"{finding.rule.slug}: {finding.subject}")
    kind = _kind(finding)
    rule = "" if kind == "skipped" else f" type={_attribute(finding.rule.slug)}"
    body = "\n".join(_lines(finding))
    return (
        f"    <testcase classname={_attribute(str(finding.path))} name={name}>\n"
        f"      <{kind} message={_attribute(finding.message)}{rule}>"
        f"{body}</{kind}>\n    </testcase>\n"
    )


def _lines(finding: Finding) -> Iterator[str]:
    for placed in finding.at_each_place():
        where = str(placed.path)
        if placed.span is not None:
            where += f":{placed.span.line}:{placed.span.column}"
        yield _text(f"{where}: {finding.severity.word}: {finding.message}")
    if finding.hint:
        yield _text(f"hint: {finding.hint}")


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", printable(text)))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("?", printable(text)))
