"""The badge of `report --badge`: what it says, and what it never says."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from imagelock.commands.verify import Verdict
from imagelock.model.finding import Finding, Rule
from imagelock.model.reference import Reference
from imagelock.report.badge import drift_badge
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import AMD64, Run
from tests.conftest import AMD64

SVG = "{http://www.w3.org/2000/svg}"


def finding(rule: Rule, name: str) -> Finding:
    return Finding(
        rule=rule,
        severity=rule.severity,
        message="",
        path=PurePosixPath("compose.yaml"),
        reference=Reference.parse(name),
    )


def verdict(
    *rules: Rule,
    checked: int = 5,
    failed: int = 0,
    online: bool = True,
    off: frozenset[Rule] = frozenset(),
) -> Verdict:
    findings = [finding(rule, f"app-{n}:1") for n, rule in enumerate(rules)]
    return Verdict(
        findings=findings,
        checked=checked,
        could_not_check=failed,
        online=online,
        rules_off=off,
    )


def said(badge: str) -> str:
    root = ET.fromstring(badge)  # noqa: S314 - it is our own
    title = root.findtext(f"{SVG}title") or ""
    assert root.get("aria-label") == title
    assert " ".join(e.text or "" for e in root.iter(f"{SVG}text")) == title.replace(
        ":", ""
    )
    return title.removeprefix("images: ")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (verdict(), "all agree"),
        (verdict(Rule.INDEX_DRIFT), "all agree"),
        (verdict(Rule.DRIFT, Rule.TAG_GONE), "2 drifted"),
        (verdict(Rule.DRIFT, Rule.NOT_LOCKED), "1 drifted"),
        (verdict(Rule.DRIFT, failed=4), "1 drifted"),
        (verdict(Rule.NOT_LOCKED, Rule.STALE_ENTRY), "2 errors"),
        (verdict(Rule.COULD_NOT_CHECK, failed=1), "not checked"),
        (verdict(online=False), "not checked"),
        (verdict(checked=0), "not checked"),
        (verdict(off=frozenset({Rule.DRIFT})), "not checked"),
        (verdict(off=frozenset({Rule.SKIPPED})), "all agree"),
    ],
)
def test_what_a_badge_says(given: Verdict, words: str) -> None:
    assert said(drift_badge(given)) == words


def test_a_badge_of_two_findings_about_an_image_counts_it_once() -> None:
    twice = verdict(Rule.DRIFT)
    twice = Verdict(
        findings=[*twice.findings, *twice.findings],
        checked=1,
        could_not_check=0,
        online=True,
    )
    assert said(drift_badge(twice)) == "1 drifted"


def test_a_badge_is_written_beside_the_page(
    project: Path, imagelock: Run, hub: MemoryRegistry, address: str
) -> None:
    configure(project, address)
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:1.27'}}\n")
    hub.push_image("library/nginx", "1.27", [AMD64])
    imagelock("lock")
    badge = project / "drift.svg"

    assert imagelock("report", "--badge", "drift.svg").exit_code == 0
    assert said(badge.read_text()) == "all agree"
    assert imagelock("--offline", "report", "--badge", "drift.svg").exit_code == 0
    assert said(badge.read_text()) == "not checked"
    hub.push_image("library/nginx", "1.27", [AMD64], salts="new")
    assert imagelock("report", "--badge", "drift.svg").exit_code == 0
    assert said(badge.read_text()) == "1 drifted"
