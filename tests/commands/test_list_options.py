"""`imagelock list`: its total, and `--status`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

COMPOSE = """\
services:
  web: {image: nginx:1.27}
  built: {image: acme/local, build: .}
  wrong: {image: 'Acme/App'}
  unset: {image: 'acme/app:${TAG}'}
"""


@pytest.fixture
def shop(project: Path, imagelock: Run) -> Path:
    (project / "Dockerfile").write_text("FROM redis:7\n")
    imagelock("lock")
    (project / "compose.yaml").write_text(COMPOSE)
    return project


def test_the_total_of_several_files(shop: Path, imagelock: Run) -> None:
    *_, blank, total = imagelock("list").out.splitlines()

    assert blank == ""
    assert total == "5 places in 2 files: 2 not-locked, 2 skipped, 1 invalid"
    (shop / "Dockerfile").unlink()
    assert "references in" not in imagelock("list").out


@pytest.mark.parametrize(
    ("status", "texts"),
    [
        ("not-locked", ["redis:7", "nginx:1.27"]),
        ("skipped", ["acme/local", "acme/app:${TAG}"]),
        ("invalid", ["Acme/App"]),
        ("locked", []),
    ],
)
@pytest.mark.usefixtures("shop")
def test_only_some_references(imagelock: Run, status: str, texts: list[str]) -> None:
    result = imagelock("list", "--status", status, "--format", "json")

    assert [each["text"] for each in json.loads(result.out)["images"]] == texts
    shown = imagelock("list", "--status", status).out
    assert all(text in shown for text in texts)
    assert "redis" not in shown or status == "not-locked"


@pytest.mark.usefixtures("shop")
def test_a_status_that_does_not_exist(imagelock: Run) -> None:
    result = imagelock("list", "--status", "lokced")

    assert result.exit_code == 2
    assert "there is no status `lokced`" in result.err
    assert "did you mean `locked`?" in result.err
    assert imagelock("list", "--status", "locked", "nginx").exit_code == 2
