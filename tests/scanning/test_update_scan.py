"""`update --scan` and `--security`: what new content fixes and adds."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.images import make_image
from imagelock.demo.server import serve
from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure
from tests.support.scanning.fake_scanner import FakeScanner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.digest import Digest
    from tests.conftest import Result, Run

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the program is a script with a `#!` line"
)

COMPOSE = """\
services:
  web:
    image: nginx:1.27
  cache:
    image: redis:7
"""


class Shop:
    """A project with two locked images, whose scans are decided by their content."""

    def __init__(self, folder: Path, hub: MemoryRegistry, trivy: FakeScanner) -> None:
        self.folder = folder
        self.hub = hub
        self.trivy = trivy

    def push(self, name: str, salt: str, *how: str) -> None:
        """Push new content, which is scanned as *how* says for each platform."""
        image = make_image([AMD64, ARM64], salts=f"{name} {salt}")
        self.hub.push(f"library/{name}", TAGS[name], image)
        children: list[Digest] = [child.digest for child in image.children]
        words = how if len(how) > 1 else how * len(children)
        self.trivy.behave(dict(zip(children, words, strict=True)))

    def locked(self) -> str:
        return (self.folder / "images.lock").read_text()


def shown(result: Result) -> str:
    """Return *result* without the port of the registry."""
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", str(result))


TAGS = {"nginx": "1.27", "redis": "7"}


@pytest.fixture
def trivy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    return FakeScanner.install("trivy", tmp_path / "trivy", monkeypatch)


@pytest.fixture
def shop(
    project: Path, hub: MemoryRegistry, trivy: FakeScanner, imagelock: Run
) -> Iterator[Shop]:
    with serve(hub) as address:
        configure(project, address)
        (project / "compose.yaml").write_text(COMPOSE)
        shop = Shop(project, hub, trivy)
        shop.push("nginx", "old", "vulnerable")
        shop.push("redis", "old", "clean")
        assert imagelock("lock").exit_code == 0
        yield shop


def test_what_an_update_fixes_and_adds(
    shop: Shop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    shop.push("nginx", "new", "clean")
    shop.push("redis", "new", "vulnerable")

    preview = imagelock("update", "--scan", "--dry-run", "--details", "none")
    markdown = imagelock(
        *("update", "--scan", "--dry-run", "--details", "none", "--format", "markdown")
    )

    assert shown(preview) == snapshot
    assert shown(markdown) == snapshot


def test_the_json_has_every_vulnerability(shop: Shop, imagelock: Run) -> None:
    shop.push("nginx", "new", "clean", "vulnerable")

    result = imagelock("update", "--scan", "--format", "json")
    (change,) = json.loads(result.out)["changes"]
    found = change["vulnerabilities"]

    assert result.exit_code == 0
    assert found["summary"] == "fixes 0 · adds 0 · 1 remains"
    assert found["fixed"] == found["added"] == found["changed"] == []
    assert {row["id"] for row in found["remaining"]} == {"CVE-2023-38545"}


def test_without_scan_there_is_nothing_about_it(shop: Shop, imagelock: Run) -> None:
    shop.push("nginx", "new", "clean")

    (change,) = json.loads(imagelock("update", "--format", "json").out)["changes"]

    assert "vulnerabilities" not in change
    assert not shop.trivy.calls()


def test_both_sides_are_scanned_once_in_one_run(shop: Shop, imagelock: Run) -> None:
    shop.push("nginx", "new", "clean")

    imagelock("update", "--scan")

    assert len(shop.trivy.calls("@sha256:")) == 4
    assert len(shop.trivy.calls("--download-db-only")) == 1


def test_what_adds_vulnerabilities_can_fail(
    shop: Shop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    with (shop.folder / "imagelock.toml").open("a") as file:
        file.write('\n[rules]\nvulnerability-added = "error"\n')
    shop.push("redis", "new", "vulnerable")

    added = imagelock("update", "--scan", "--details", "none")
    again = imagelock("update", "--scan", "--details", "none")

    assert shown(added) == snapshot
    assert again.exit_code == 0


def test_what_cannot_be_scanned_is_not_known(
    shop: Shop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    before = shop.locked()
    shop.push("nginx", "new", "clean", "crash")
    options = ("--details", "none")

    assert shown(imagelock("update", "--security", "low", *options)) == snapshot
    assert shop.locked() == before
    assert shown(imagelock("update", "--scan", *options)) == snapshot
    assert shop.locked() != before


def test_only_security_fixes_move_and_do_not_wait(
    shop: Shop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    settings = (shop.folder / "imagelock.toml").read_text()
    (shop.folder / "imagelock.toml").write_text(f'cooldown = "3d"\n{settings}')
    shop.push("nginx", "new", "clean")
    shop.push("redis", "new", "clean")

    waits = imagelock("update", "--details", "none")
    moves = imagelock("update", "--security", "high", "--details", "none")

    assert "2 images locked, nothing changed" in waits.out
    assert shown(moves) == snapshot
    assert imagelock("update", "--security", "high").out.startswith("2 images locked")


def test_the_settings_can_ask_for_it(shop: Shop, imagelock: Run) -> None:
    with (shop.folder / "imagelock.toml").open("a") as file:
        file.write("\n[scan]\nupdates = true\n")
    shop.push("nginx", "new", "clean")

    without = imagelock("update", "--dry-run", "--no-scan")
    scanned = imagelock("update", "--dry-run")

    assert "vulnerabilities" not in without.out
    assert "    vulnerabilities: fixes 1 (1 critical)" in scanned.out


def test_security_and_new_tags_do_not_go_together(shop: Shop, imagelock: Run) -> None:
    result = imagelock("update", "--security", "high", "--bump", "minor")

    assert result.exit_code == 2
    assert "`--security` looks for fixes behind the same tag" in result.err


def test_nothing_is_written_if_there_is_no_scanner(
    shop: Shop, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shop.locked()
    shop.push("nginx", "new", "clean")
    monkeypatch.setenv("PATH", str(shop.folder))

    result = imagelock("update", "--scan")

    assert result.exit_code == 2
    assert "no scanner is installed" in result.err
    assert shop.locked() == before
