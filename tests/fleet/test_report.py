"""`fleet report`: a page about many repositories, in which nothing can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock import Fleet
from imagelock.fleet.behind import BehindResult, BehindTag
from imagelock.fleet.database.connection import open_for_reading
from imagelock.fleet.locked_tags import LockedDigest, locked_tags
from imagelock.fleet.report import FleetReport, ReportedRepository
from imagelock.fleet.split import SplitTag
from imagelock.fleet.stats import Statistics
from imagelock.report.page.fleet import fleet_page
from imagelock.report.page.fleet_size import fitting
from tests.fleet.app import APP_LOCKFILE, write_report
from tests.report.test_page import HOSTILE, Page
from tests.support.fleets import DAY, NGINX, committed, repository, small_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run


def page(run: Run, project: Path, *arguments: str, code: int = 0) -> Page:
    result = run("fleet", "report", *arguments)
    assert result.exit_code == code, result
    return Page((project / "fleet.html").read_text(encoding="utf-8"))


def test_what_is_known_is_on_the_page(project: Path, imagelock: Run) -> None:
    small_fleet(project / "src")
    committed(project / "src/app", {"images.lock": APP_LOCKFILE})
    committed(project / "src/broken", {"images.lock": "version = 99\n"})
    imagelock("fleet", "collect", "src")
    first = page(imagelock, project, code=3)
    assert "Nothing was scanned: vulnerabilities are not known." in first.text
    assert "Registries were not asked" in first.text
    assert "Could not be read" in first.text

    write_report(project / "report.json")
    imagelock("fleet", "scan", "--report", "trivy:report.json")
    whole = page(imagelock, project, code=3)
    rows = {row["data-name"]: row for row in whole.all("details")}
    assert {name: row["data-status"] for name, row in rows.items()} == {
        "app": "vulnerable",
        "broken": "unreadable",
        "infra/base": "split",
        "shop/api": "split",
        "shop/web": "split",
        "site": "without-lockfile",
        "tools": "split",
    }
    assert rows["app"]["data-severity"] == "critical"
    (count,) = whole.all("output")
    assert count["data-of"] == "7 repositories"
    assert rows["shop/web"]["data-registry"] == "docker.io"
    assert "CVE-2023-38545" in whole.text
    assert "could not be scanned, or not yet" in whole.text
    ids = {section["id"] for section in whole.all("h2") if "id" in section}
    assert ids == {
        "could-not-be-read",
        "vulnerable-images",
        "tags-with-several-digests",
        "most-used-images",
        "most-used-registries",
    }
    report = Fleet.open(project / "fleet.sqlite").report()
    assert len(Page(fleet_page(report)).all("details")) == len(rows)


def test_tags_that_have_moved_are_on_the_page(project: Path, imagelock: Run) -> None:
    repository(project / "src/web", NGINX)
    imagelock("fleet", "collect", "src")
    assert imagelock("--offline", "fleet", "report", "--behind").exit_code == 3
    assert imagelock("fleet", "report", "-o", "none/x.html").exit_code == 2

    unknown = page(imagelock, project, "--behind", code=3)
    assert "Of 1 tag it is not known whether they have moved." in unknown.text
    fleet = Fleet.open(project / "fleet.sqlite")
    with open_for_reading(fleet.database) as connection:
        ((name, digests),) = locked_tags(connection, lambda _: True)
    moved = BehindResult((BehindTag(name, None, digests),), asked=1)
    shown = Page(fleet_page(fleet.report(behind=moved)))
    assert [row["data-status"] for row in shown.all("details")] == ["behind"]
    assert "no longer served" in shown.text


def test_hostile_names_are_text(project: Path, imagelock: Run) -> None:
    folder = project / "src"
    repository(folder / "web", NGINX)
    committed(
        folder / "bad", {f"{HOSTILE.replace('/', '')}/images.lock": "version = 99"}
    )
    (project / "list").write_text(f"{HOSTILE}\tsrc/web\n{HOSTILE}2\tsrc/none\n")
    imagelock("fleet", "collect", "list", "src/bad")
    shown = page(imagelock, project, code=3)

    assert len(shown.all("script")) == 1
    assert not shown.all("img")
    assert len(shown.all("details")) == 3
    assert "\u202e" not in shown.text
    (policy,) = [m for m in shown.all("meta") if "http-equiv" in m]
    assert (policy["content"] or "").startswith(
        "default-src 'none'; style-src 'sha256-"
    )


COUNTS = ("repositories", "lockfiles", "references", "digests")


def made_up(count: int, images: int, *, behind: int = 0) -> FleetReport:
    """Return a report on *count* repositories, which lock *images* each."""
    names = [
        tuple(f"registry.example/team{number}/app{each}:v1" for each in range(images))
        for number in range(count)
    ]
    digests = [
        LockedDigest(f"sha256:{'a' * 64}", None, ((f"app{number}", "images.lock"),))
        for number in range(behind)
    ]
    tags = tuple(SplitTag("docker.io/a/b:1", (each,)) for each in digests)
    return FleetReport(
        time=DAY,
        statistics=Statistics(
            counts=dict.fromkeys(COUNTS, 0),
            images=(),
            registries=(),
            oldest_read=None,
            unreadable=0,
        ),
        repositories=tuple(
            ReportedRepository(
                name=f"app{number}",
                revision="a" * 40,
                read_at="2026-09-01T08:00:00Z",
                lockfiles={"images.lock": names[number]},
            )
            for number in range(count)
        ),
        unreadable=(),
        split=tags,
    )


def test_a_page_has_an_end() -> None:
    """A browser shows the page of any fleet, which says what is not on it."""
    whole = fleet_page(made_up(400, 30))
    assert "would be too large" not in whole
    assert whole.count("registry.example/") == 12_000

    many_images = fleet_page(made_up(400, 1_000))
    assert 1_000_000 < len(many_images) < 5_000_000
    assert "Of a lockfile, 100 images are shown" in many_images
    assert many_images.count(" and 900 more") == 400

    many = fleet_page(made_up(20_000, 10, behind=20_000))
    assert 2_000_000 < len(many) < 5_000_000
    assert "Not shown, as the page would be too large: " in many


def test_repositories_with_findings_are_shown_first() -> None:
    repositories = [
        {
            "name": f"app{number}",
            "status": "split" if number % 2 else "",
            "registry": "",
            "facts": [("images.lock", ["x" * 100])],
        }
        for number in range(100)
    ]
    shown, notes = fitting(repositories, largest=30_000)

    status = [each["status"] for each in shown]
    assert status.count("split") == 50
    assert 0 < status.count("") < 50
    assert [each["name"] for each in shown[:3]] == ["app0", "app1", "app2"]
    assert f"{100 - len(shown)} repositories" in notes[-1]
