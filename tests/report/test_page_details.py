"""What the page of `report` shows on request: newer tags and signers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from imagelock.model.signer import KeySigner
from tests.commands.test_history import START
from tests.commands.test_history import image as history_image
from tests.commands.test_history import lock as history_lock
from tests.conftest import AMD64
from tests.report.test_page import Page, write_compose
from tests.support.commits import commit
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Run


def page_of(project: Path) -> Page:
    return Page((project / "report.html").read_text(encoding="utf-8"))


def test_newer_tags_are_shown_where_they_are_asked_for(
    project: Path, imagelock: Run, hub: MemoryRegistry, address: str
) -> None:
    configure(project, address)
    write_compose(project, "nginx:1.27.0", "127.0.0.1:1/app:v1")
    for tag in ("1.27.0", "1.27.3", "1.28.0"):
        hub.push_image("library/nginx", tag, [AMD64], salts=tag)
    assert imagelock("lock").exit_code == 3

    imagelock("report", "--timeout", "5")
    assert "1.28.0" not in page_of(project).text
    assert imagelock("report", "--timeout", "5", "--outdated").exit_code == 3
    text = page_of(project).text
    assert "1.28.0 available" in text
    assert "1.28.0 (minor), 1.27.3 (patch)" in text
    assert "Newer tags of 1 image are not known." in text


@pytest.mark.parametrize("option", ["--outdated", "--signatures"])
def test_what_asks_registries_is_refused_offline(
    project: Path, imagelock: Run, option: str
) -> None:
    write_compose(project, "nginx:1.27")
    result = imagelock("report", "--offline", option)
    assert result.exit_code == 2
    assert f"`{option}` asks the registries" in result.err


def test_who_signed_is_shown(project: Path, imagelock: Run) -> None:
    write_compose(project, "nginx:1.27")
    signer = KeySigner("sha256:" + "ab" * 32)
    signed = replace(history_image("nginx:1.27", "a"), signer=signer)
    commit(project, {"images.lock": history_lock(signed)}, START, "Lock")
    assert imagelock("report", "--offline").exit_code == 0
    assert f"Signed by {signer}" in page_of(project).text
