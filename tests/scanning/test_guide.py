"""The guide to scanning shows what happens."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.images import make_image
from imagelock.demo.server import serve
from tests.conftest import AMD64
from tests.scanning.conftest import SAMPLES
from tests.support.mirrored import configure
from tests.support.pages import is_shown, outputs
from tests.support.scanning.fake_scanner import FakeScanner

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Result, Run

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the program is a script with a `#!` line"
)


def push(hub: MemoryRegistry, trivy: FakeScanner, version: str) -> None:
    """Push a version of the image, of which Trivy then reports what it once found."""
    image = make_image([AMD64], salts=f"acme/app {version}")
    hub.push("acme/app", "v1", image)
    recorded = str(SAMPLES / "trivy" / f"app_{version}_amd64.json")
    trivy.behave({child.digest: recorded for child in image.children})


def printed(result: Result) -> str:
    """Return all that *result* printed, without the mirror that serves the images."""
    lines = f"{result.err}{result.out}".splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("note: the mirror"))


def test_the_guide_shows_what_a_scan_and_an_update_print(
    project: Path,
    hub: MemoryRegistry,
    imagelock: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = outputs("docs/guides/scanning.md")
    trivy = FakeScanner.install("trivy", tmp_path / "trivy", monkeypatch)
    with serve(hub) as address:
        configure(project, address, 'platforms = ["linux/amd64"]\n')
        app = "image: ghcr.io/acme/app:v1"
        (project / "compose.yaml").write_text(
            f"services:\n  web:\n    {app}\n  worker:\n    {app}\n"
        )
        push(hub, trivy, "v1")
        imagelock("lock")
        scan = imagelock("scan", "--severity", "high")
        push(hub, trivy, "v2")
        update = imagelock("update", "--scan")

    assert (scan.exit_code, update.exit_code) == (1, 0)
    assert is_shown(shown["imagelock scan --severity high"], printed(scan))
    assert is_shown(shown["imagelock update --scan"], printed(update))
