"""Vulnerabilities on the page of `report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.report.test_page import Page
from tests.scanning.conftest import APP, APP_V1, V1_AMD64, V1_ARM64, entry, lock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run
    from tests.scanning.conftest import Report


def page_of(project: Path) -> Page:
    return Page((project / "report.html").read_text(encoding="utf-8"))


def test_what_was_not_scanned_is_not_clean(
    shop: Path,
    imagelock: Run,
    report: Report,
) -> None:
    option = report("trivy/app_v1_amd64.json")
    platforms = {"amd64": V1_AMD64, "arm64": V1_ARM64}
    (shop / "images.lock").write_text(
        lock(
            entry(APP, APP_V1, **platforms), platforms='"linux/amd64", "linux/arm64/v8"'
        )
    )

    result = imagelock("report", "--offline", "--report", option)

    assert result.exit_code == 3
    assert "could not be scanned" in result.err
    page = page_of(shop)
    assert "CVE-2023-38545" in page.text
    assert "Scanned by trivy" in page.text
    assert "partly not scanned" in page.text
    assert "no vulnerability found" not in page.text
    rows = {row["data-name"]: row for row in page.all("details")}
    assert "vulnerability" in (rows[APP]["data-rule"] or "")


def test_without_a_scan_nothing_is_said_of_vulnerabilities(
    shop: Path,
    imagelock: Run,
) -> None:
    assert imagelock("report", "--offline").exit_code == 0
    text = page_of(shop).text.lower()
    assert "vulnerabilit" not in text
    assert "scanned" not in text


def test_vulnerabilities_are_a_page_of_their_own(
    shop: Path, imagelock: Run, report: Report
) -> None:
    option = report("trivy/app_v1_amd64.json")
    result = imagelock("scan", "--format", "html", "--report", option)
    assert result.exit_code == 1
    page = Page(result.out)
    assert "CVE-2023-38545" in page.text
    assert "7.88.1-10+deb12u4" in page.text
    assert "scanned with trivy" in page.text
