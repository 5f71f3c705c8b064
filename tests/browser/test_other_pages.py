"""Pages of the format `html`, as a browser shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.report.page.fleet import fleet_page
from tests.commands.test_history import image, lock, make_history
from tests.fleet.app import APP_LOCKFILE, write_report
from tests.fleet.test_report import made_up
from tests.support.fleets import committed, small_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Open
    from tests.conftest import Run

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PAGES = {
    "history": ["history"],
    "verify": ["verify", "--offline"],
    "diff": ["diff", "HEAD~6", "HEAD~2"],
}


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it(
    project: Path, imagelock: Run, opened: Open, name: str
) -> None:
    make_history(project)
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:1.27'}}\n")
    (project / "images.lock").write_text(lock(image("nginx:1.26", "a")))
    file = project / "page.html"
    file.write_text(imagelock(*PAGES[name], "--format", "html").out)
    window = {"width": 360, "height": 800}
    for scheme in ("light", "dark"):
        with opened(file.as_uri(), color_scheme=scheme, viewport=window) as shown:
            items = shown.page.locator("#list > details")
            count = items.count()
            assert count > 1
            assert shown.failures_of_access() == []
            assert not shown.is_wider_than_its_window()
            assert shown.requests == [file.as_uri()]
            assert shown.complaints == []
            shown.page.get_by_label("Search").fill("no such text")
            assert shown.page.locator("#count").inner_text().startswith("0 of ")
            assert not items.first.is_visible()


def test_everybody_can_read_the_page_of_a_fleet(
    project: Path, imagelock: Run, opened: Open
) -> None:
    small_fleet(project / "src")
    committed(project / "src/app", {"images.lock": APP_LOCKFILE})
    committed(project / "src/broken", {"images.lock": "version = 99\n"})
    imagelock("fleet", "collect", "src")
    write_report(project / "report.json")
    imagelock("fleet", "scan", "--report", "trivy:report.json")
    assert imagelock("fleet", "report").exit_code == 3
    file = project / "fleet.html"
    window = {"width": 360, "height": 800}
    for scheme in ("light", "dark"):
        with opened(file.as_uri(), color_scheme=scheme, viewport=window) as shown:
            assert shown.page.locator("#list > details").count() == 7
            assert shown.failures_of_access() == []
            assert not shown.is_wider_than_its_window()
            assert shown.requests == [file.as_uri()]
            assert shown.complaints == []
            shown.page.get_by_label("Search").fill("shop/web")
            assert shown.page.locator("#list > details:visible").count() == 1


def test_a_large_page_scrolls(project: Path, opened: Open) -> None:
    file = project / "fleet.html"
    file.write_text(fleet_page(made_up(5_000, 30)), encoding="utf-8")
    with opened(file.as_uri()) as shown:
        last = shown.page.locator("#list > details").last
        last.scroll_into_view_if_needed()
        assert last.is_visible()
        shown.page.get_by_label("Search").fill("app4999")
        assert shown.page.locator("#count").inner_text().startswith("1 of ")


def test_timelines_are_sorted_by_the_number_of_moves(
    project: Path, imagelock: Run, opened: Open
) -> None:
    make_history(project)
    file = project / "page.html"
    file.write_text(imagelock("history", "--format", "html").out)
    with opened(file.as_uri()) as shown:
        shown.page.get_by_label("Sort by").select_option("moves")
        first = shown.page.locator("#list > details").first
        assert "nginx:1.26" in first.inner_text()
        shown.page.get_by_label("Kind").select_option("tag-bumped")
        assert shown.page.locator("#list > details:visible").count() == 1
