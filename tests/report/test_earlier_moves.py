"""How images moved before, in update requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from imagelock.commands.history.earlier_moves import EarlierMoves
from imagelock.commands.history.timeline import Commit, TimelineBuilder
from imagelock.report.changes import Changes
from imagelock.report.page.changes import changes_page
from imagelock.report.pull_request import changes
from tests.commands.test_history import image, lock
from tests.conftest import AMD64
from tests.report.test_page import Page
from tests.report.test_pull_request import change
from tests.support.commits import commit, shallow_clone
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference
    from tests.conftest import Run

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def earlier(name: str, *days: int, is_shallow: bool = False) -> EarlierMoves:
    """An image that was added 400 days ago, and moved so many *days* ago."""
    builder = TimelineBuilder()
    before: dict[Reference, Image] = {}
    for number, ago in enumerate((400, *days)):
        now = image(name, str(number))
        when = Commit(f"{number:040x}", NOW - ago * DAY, "")
        builder.add(when, before, {now.reference: now})
        before = {now.reference: now}
    timelines = {each.reference: each for each in builder.timelines()}
    return EarlierMoves(now=NOW, timelines=timelines, is_shallow=is_shallow)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((), ""),
        ((50,), ""),
        ((28,), ""),  # the last day of October
        ((27,), ", 2nd rebuild this month"),
        ((365, 20, 3), ", 3rd rebuild this month"),
        (tuple(range(10, 0, -1)), ", 11th rebuild this month"),
        (tuple(range(20, 0, -1)), ", 21st rebuild this month"),
    ],
)
def test_rebuilds_are_counted_by_month(days: tuple[int, ...], words: str) -> None:
    moved = change("nginx:1", "nginx:1")
    report = Changes(changes=[moved], earlier=earlier("nginx:1", *days))
    [row] = [line for line in changes(report).splitlines() if "rebuilt," in line]
    assert row.partition("rebuilt, ")[2].split(" | ")[0].endswith("`" + words)
    assert words[2:] in Page(changes_page(report)).text


def test_a_new_release_is_an_update_and_a_new_tag_a_new_image() -> None:
    released = change("nginx:1", "nginx:1", releases="1.0 1.1")
    report = Changes(changes=[released], earlier=earlier("nginx:1", 2))
    assert "`1.0` → `1.1`, 2nd update this month" in changes(report)
    added = Changes(changes=[change(None, "nginx:1")], earlier=earlier("nginx:1", 2))
    assert "this month" not in changes(added)


def test_the_last_moves_are_a_table() -> None:
    moved = change("nginx:1", "nginx:1")
    body = changes(
        Changes(changes=[moved], earlier=earlier("nginx:1", 90, 80, 70, 60, 50, 40))
    )
    assert "| 2026-10-19 | until now | content changed |" in body
    assert "| 2026-10-09 | 10 days | content changed |" in body
    assert body.count("content changed |") == 5
    assert "\n2 more moves since 2025-10-24\n" in body
    still = changes(Changes(changes=[moved], earlier=earlier("nginx:1")))
    assert "\nIt had not moved since 2025-10-24.\n" in still


def test_a_request_says_how_its_images_moved(
    project: Path,
    imagelock: Run,
    hub: MemoryRegistry,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(project, address)
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:1.27'}}\n")
    old, new = image("nginx:1.27", "a"), image("nginx:1.27", "b")
    commit(project, {"images.lock": lock(old)}, NOW - 500 * DAY, "Lock")
    commit(project, {"images.lock": lock(new)}, NOW - 490 * DAY, "Update")
    hub.push_image("library/nginx", "1.27", [AMD64])

    body = imagelock("update", "--dry-run", "--format", "markdown").out
    assert (
        f"| 2025-07-26 | until now | content changed | `{new.digest.short}` |" in body
    )
    assert f"| 2025-07-16 | 10 days | added | `{old.digest.short}` |" in body
    assert "shallow" not in body
    page = Page(imagelock("update", "--dry-run", "--format", "html").out)
    assert "How it moved before" in page.text

    monkeypatch.chdir(shallow_clone(project, tmp_path, 1))
    for format_ in ("markdown", "html"):
        out = imagelock("update", "--dry-run", "--format", format_).out
        assert "Older moves are not known, as the clone is shallow." in out
        # The only commit of the clone did not move the image, as far as is known.
        assert "added" not in out.replace("1 added", "")
        assert "2025-07-26" not in out
