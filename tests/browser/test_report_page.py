"""The page of `report`, as a browser shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from imagelock.lockfile.sightings import (
    SIGHTINGS_FILE,
    DigestSighting,
    write_sightings,
)
from tests.commands.test_history import DAY, START, image, lock, make_history
from tests.support.commits import commit, git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Open
    from tests.conftest import Run

pytestmark = [pytest.mark.integration, pytest.mark.slow]

HOSTILE = (
    "</script></style></textarea><script>document.title='run'</script>"
    "<img src=https://evil.example/x onerror=\"document.title='run'\">\u202e"
)


@pytest.fixture
def shop(project: Path) -> Path:
    """A project with a history, an image that is not locked, and a hidden value."""
    (project / "compose.yaml").write_text(
        "services:\n  web: {image: 'nginx:1.27'}\n  db: {image: 'postgres:16'}\n"
        "  tool: {image: 'ghcr.io/acme/tool:v1'}\n"
    )
    (project / "Dockerfile").write_text("FROM nginx:1.27\nFROM python:3.12-slim\n")
    make_history(project)
    last = image("nginx:1.27", "c", release="1.27.0")
    python = image("python:3.12-slim", "p", release="3.12.1")
    commit(project, {"images.lock": lock(last, python)}, START + 70 * DAY, "Add python")
    git(project, "remote", "add", "origin", "https://github.com/acme/shop.git")
    return project


def written(run: Run, project: Path) -> str:
    result = run("report", "--offline")
    assert result.exit_code == 0, result.err
    return (project / "report.html").as_uri()


def test_images_are_searched_filtered_and_sorted(
    shop: Path, imagelock: Run, opened: Open
) -> None:
    with opened(written(imagelock, shop)) as shown:
        page = shown.page
        items = page.locator("#list > details:visible")
        count = page.locator("#count")
        assert count.inner_text() == "4 of 4 images"
        page.get_by_label("Search").fill("PYTHON slim")
        assert count.inner_text() == "1 of 4 images"
        assert "python:3.12-slim" in items.inner_text()
        page.get_by_label("Search").fill("")
        page.get_by_label("Registry").select_option("ghcr.io")
        assert count.inner_text() == "1 of 4 images"
        page.get_by_label("Registry").select_option("all")
        page.get_by_label("Rule").select_option("not-locked")
        assert count.inner_text() == "2 of 4 images"
        page.get_by_label("Rule").select_option("all")
        page.get_by_label("Sort by").select_option("last move")
        names = [item.get_attribute("data-name") for item in items.all()]
        assert set(names[:2]) == {"nginx:1.27", "python:3.12-slim"}


def test_the_keyboard_reaches_everything(
    shop: Path, imagelock: Run, opened: Open
) -> None:
    with opened(written(imagelock, shop)) as shown:
        page = shown.page
        page.locator("#time").focus()
        page.keyboard.press("Home")
        assert page.locator("#time").get_attribute("aria-valuetext") == (
            "2026-10-11 12:00 UTC"
        )
        page.get_by_label("Search").focus()
        page.keyboard.type("nginx")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "SUMMARY":
                break
        page.keyboard.press("Enter")
        assert page.locator("details[open] dl").is_visible()
        buttons = page.locator("details[open] dd button")
        assert "Copy sha256:" in (buttons.first.get_attribute("aria-label") or "")


def test_the_slider_shows_what_ran_by_tag_and_by_lock(
    project: Path, imagelock: Run, opened: Open
) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:1.27'}}\n")
    first, second = image("nginx:1.27", "a"), image("nginx:1.27", "b")
    sighting = DigestSighting(second.digest, START + 2 * DAY)
    seen = write_sightings({second.reference: (sighting,)})
    commit(project, {"images.lock": lock(first)}, START, "Lock")
    commit(project, {str(SIGHTINGS_FILE): seen}, START + 2 * DAY, "See")
    commit(project, {"images.lock": lock(second)}, START + 9 * DAY, "Update")
    old, new = first.digest.short, second.digest.short
    with opened(written(imagelock, project)) as shown:
        page = shown.page
        split = page.locator("#split")
        row = page.locator("#target tbody tr")
        assert row.locator("code").all_inner_texts() == [new, new]
        page.locator("#time").focus()
        page.keyboard.press("Home")
        assert row.locator("code").all_inner_texts() == [old, old]
        assert split.inner_text() == (
            "2026-09-01 12:00 UTC: each tag stands for what is locked."
        )
        page.keyboard.press("ArrowRight")
        assert row.locator("code").all_inner_texts() == [new, old]
        assert split.inner_text() == (
            "2026-09-03 12:00 UTC: 1 of 1 would run something else by tag."
        )
        assert row.get_attribute("class") == "split"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_everybody_can_read_it(
    shop: Path, imagelock: Run, opened: Open, scheme: str, width: int
) -> None:
    window = {"width": width, "height": 800}
    url = written(imagelock, shop)
    with opened(url, color_scheme=scheme, viewport=window) as shown:
        shown.page.evaluate(
            "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
        )
        assert not shown.is_wider_than_its_window()
        assert shown.failures_of_access() == []


def test_without_scripts_everything_is_there(
    shop: Path, imagelock: Run, opened: Open
) -> None:
    url = written(imagelock, shop)
    with opened(url, java_script_enabled=False) as shown:
        assert shown.page.locator("#list > details").count() == 4
        assert not shown.page.locator("#filters").is_visible()
        assert not shown.page.locator("#time").is_visible()
        shown.page.locator("summary", has_text="python").click()
        assert shown.page.locator("details[open] dl").is_visible()


def test_nothing_runs_and_nothing_leaves(
    project: Path, imagelock: Run, opened: Open
) -> None:
    folder = project / "a<script>document.title='run'"
    folder.mkdir()
    (folder / "compose.yaml").write_text("services: {a: {image: nginx:1.27}}\n")
    hostile = replace(
        image("nginx:1.27", "a", release=HOSTILE, revision="javascript:alert(1)"),
        source="javascript:alert(1)//github.com/a/b",
    )
    moved = image("nginx:1.27", "b", release="9" * 10_000)
    commit(project, {"images.lock": lock(hostile)}, START, HOSTILE)
    commit(project, {"images.lock": lock(moved)}, START + DAY, HOSTILE * 100)
    git(project, "remote", "add", "origin", 'https://github.com/a/b"><script>')
    url = written(imagelock, project)
    with opened(url, viewport={"width": 360, "height": 800}) as shown:
        page = shown.page
        page.locator("summary").click()
        page.wait_for_load_state("networkidle")
        assert page.title() != "run"
        assert page.locator("img").count() == 0
        assert page.locator("script").count() == 1
        assert shown.requests == [url]
        assert shown.complaints == []
        assert not shown.is_wider_than_its_window()


def test_the_policy_refuses_what_is_not_ours(
    shop: Path, imagelock: Run, opened: Open
) -> None:
    with opened(written(imagelock, shop)) as shown:
        shown.page.evaluate(
            """() => {
              const script = document.createElement("script");
              script.textContent = "document.title = 'run'";
              document.body.append(script);
              const image = new Image();
              image.src = "https://evil.example/x";
              document.body.append(image);
            }"""
        )
        shown.page.wait_for_timeout(100)
        assert shown.page.title() != "run"
        assert len(shown.complaints) >= 2
        assert "Content Security Policy" in shown.complaints[0]


def test_five_thousand_images_are_searched(
    project: Path, imagelock: Run, opened: Open
) -> None:
    names = [f"registry.example.com/team{n % 50}/app-{n}:v{n}" for n in range(5000)]
    services = "".join(f"  s{n}: {{image: '{name}'}}\n" for n, name in enumerate(names))
    (project / "compose.yaml").write_text(f"services:\n{services}")
    images = [image(name, "a") for name in names]
    commit(project, {"images.lock": lock(*images)}, START, "Lock")
    url = written(imagelock, project)
    assert (project / "report.html").stat().st_size < 5_000_000
    with opened(url) as shown:
        shown.page.get_by_label("Search").fill("app-4999")
        assert shown.page.locator("#count").inner_text() == "1 of 5000 images"
