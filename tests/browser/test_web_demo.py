"""The page of `demo --web`, played through in a browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.demo.test_demo import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import Open

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture
def url(project: Path) -> Iterator[str]:
    """Start the demo; its project is in a folder of its own."""
    with served("demo", "--web") as running:
        told = running.wait_for("The commands run in ")
        yield re.findall(r"http://\S+", told)[0]


def press(page: Page, name: str) -> None:
    """Press the button *name*, and wait for the answer."""
    page.locator("#stage").get_by_role("button", name=name, exact=True).click()
    page.wait_for_selector("#main[aria-busy=false]")


OLD, NEW = "1.0.4", "1.1.0-experiment"
SPLIT = f"Split: 3 run {OLD}, 3 run {NEW}"
STORY = (
    # A button, what the fleets run then, by tag and by lock, and what is printed last.
    ("An experiment", f"All 3 run {OLD}", f"All 3 run {OLD}", "exit code 0"),
    ("Scale up", SPLIT, f"All 6 run {OLD}", "exit code 0"),
    ("lock", SPLIT, f"All 6 run {OLD}", "exit code 0"),
    ("verify", SPLIT, f"All 6 run {OLD}", "exit code 1"),
    ("update", SPLIT, f"All 6 run {NEW}", "exit code 0"),
    ("verify", SPLIT, f"All 6 run {NEW}", "exit code 0"),
)


def test_the_story_is_played_through(url: str, opened: Open) -> None:
    with opened(url) as shown:
        page = shown.page
        page.wait_for_selector("#tag li")
        for button, by_tag, by_lock, printed in STORY:
            press(page, button)
            assert page.inner_text("#tag .summary") == by_tag
            assert page.inner_text("#lock .summary") == by_lock
            assert page.locator("#runs > div > p").last.inner_text() == printed
        assert page.inner_text("#pushes li:first-child b") == NEW
        assert page.locator("#steps .done").count() == len(STORY) - 1
        terminal = page.inner_text("#runs")
        assert "now stands for other content" in terminal
        assert "\x1b" not in terminal
        assert all(request.startswith(url) for request in shown.requests)
        assert shown.complaints == []


def test_everybody_can_follow_the_guide(url: str, opened: Open) -> None:
    window = {"width": 360, "height": 800}
    with opened(url, viewport=window, color_scheme="light") as shown:
        page = shown.page
        page.wait_for_selector("#tag li")
        for expected in ("Push an experiment", "Scale up"):
            page.locator("#steps [aria-current] button").focus()
            assert page.locator(":focus").inner_text() == expected
            page.keyboard.press("Enter")
            page.wait_for_selector("#main[aria-busy=false]")
        press(page, "A malicious build")
        press(page, "Let a machine fail")
        assert page.locator("#tag li.malicious").count() == 1
        assert page.locator("#tag.alarm").count() == 1
        assert page.locator("#lock.alarm").count() == 0
        assert "(malicious)" in page.get_by_role("status").inner_text()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert not shown.is_wider_than_its_window()
            assert shown.failures_of_access() == []
        assert shown.complaints == []


def test_it_says_what_is_wrong(url: str, opened: Open) -> None:
    with opened(url, java_script_enabled=False) as shown:
        assert "needs JavaScript" in shown.page.inner_text("body")
    with opened(url) as shown:
        shown.page.wait_for_selector("#tag li")
        shown.page.route("**/act", lambda route: route.abort())
        shown.page.get_by_role("button", name="Scale down").click()
        shown.page.get_by_text("The demo does not answer").wait_for()
