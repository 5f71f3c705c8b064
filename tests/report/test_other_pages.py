"""The format `html`: pages of findings, changes and histories."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from imagelock.commands.verify import Verdict
from imagelock.report.changes import Changes
from imagelock.report.formats import FORMATS
from tests.commands.test_history import START, image, lock, make_history
from tests.report.test_escapes import ODD, finding, moved, verdict
from tests.report.test_page import HOSTILE, Page
from tests.support.commits import commit, shallow_clone

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.report.formats import Reporter
    from tests.conftest import Run

HTML: Reporter = FORMATS["html"]


def test_a_page_of_timelines(project: Path, imagelock: Run) -> None:
    make_history(project)
    result = imagelock("history", "--format", "html")
    assert result.exit_code == 0
    page = Page(result.out)
    assert page.text.count("moved back and forth") == 2
    assert len(page.all("svg")) == len(page.all("details")) == 3
    kinds = {row["data-kind"] for row in page.all("details")}
    assert "added platforms removed" in kinds
    assert "5 moves" not in page.text  # those of all images are counted together


def test_a_page_of_timelines_says_what_is_missing(
    project: Path, imagelock: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_history(project)
    monkeypatch.chdir(shallow_clone(project, tmp_path, 2))
    text = Page(imagelock("history", "--format", "html").out).text
    assert "The clone is shallow: older moves are missing." in text
    nothing = Page(imagelock("history", "--format", "html", "--since", "0d").out)
    assert "No image moved in these commits." in nothing.text


@given(ODD, ODD)
def test_findings_are_text(message: str, path: str) -> None:
    page = Page(HTML.findings(verdict(finding(message, path, message))))
    assert len(page.all("script")) == 1
    assert len(page.all("details")) == 1
    assert not page.all("img")


def test_nothing_compared_is_no_agreement() -> None:
    empty = Verdict(findings=(), checked=0, could_not_check=0, online=True)
    text = Page(HTML.findings(empty)).text
    assert "Nothing was compared." in text
    assert "agree" not in text
    assert "All agree." in Page(HTML.findings(verdict())).text


@pytest.mark.parametrize("words", ["1.2", HOSTILE])
def test_changes_are_text(words: str) -> None:
    assert HTML.changes
    page = Page(HTML.changes(Changes(changes=[moved(1, words), moved(2, words)])))
    assert len(page.all("details")) == 2
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert str(moved(1, words).new.digest) in page.text  # type: ignore[union-attr]


def test_hostile_histories_are_text(project: Path, imagelock: Run) -> None:
    hostile = image("nginx:1.27", "a", release=HOSTILE, revision="javascript:alert(1)")
    commit(project, {"images.lock": lock(hostile)}, START, HOSTILE)
    page = Page(imagelock("history", "--format", "html").out)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert all((link["href"] or "").startswith("https://") for link in page.all("a"))


def test_a_report_is_written_beside_the_output(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:1.27'}}\n")
    (project / "images.lock").write_text(lock(image("nginx:1.27", "a")))
    result = imagelock("verify", "--offline", "--report", "html=findings.html")
    assert result.exit_code == 0
    text = (project / PurePosixPath("findings.html")).read_text()
    assert "All agree." in Page(text).text
