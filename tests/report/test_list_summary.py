"""`list --summary`: each image once, and how many places are skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.locked import digest_of, save

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

COMPOSE = """\
services:
  a: {image: nginx:1.27}
  b: {image: "nginx:1.27"}
  c: {image: docker.io/library/nginx:1.27}
  d: {image: redis}
  e: {image: "acme/${TAG}"}
  f: {image: "a b"}
  g: {image: "own", build: .}
  h: {image: postgres:17}  # imagelock: ignore
"""


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "compose.yaml").write_text(COMPOSE)
    (project / "Dockerfile").write_text("FROM nginx:1.27 AS x\nFROM x\nFROM scratch\n")
    save(project, "nginx:1.27")
    return project


@pytest.mark.usefixtures("shop")
def test_each_image_has_a_line(imagelock: Run) -> None:
    nginx = digest_of("nginx:1.27").abbreviated
    assert imagelock("list", "--summary").out == (
        "IMAGE          DIGEST                PLACES   FILE\n"
        "redis:latest   not locked            1        compose.yaml\n"
        f"nginx:1.27     {nginx}   4        Dockerfile and 1 more\n"
        "1 place invalid (1 invalid)\n"
        "2 places skipped (1 build-output, 1 variable-unset)\n"
        "1 place ignored\n"
    )


def test_a_project_without_images_has_no_table(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: '${A}'}}\n")

    result = imagelock("list", "--summary")
    assert result.exit_code == 0
    assert result.out == "1 place skipped (1 variable-unset)\n"


def test_names_of_files_are_data(project: Path, imagelock: Run) -> None:
    folder = project / "a\x1b[31m"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM nginx\n")

    result = imagelock("list", "--summary")
    assert "\x1b" not in result.out
    assert "a\\u001b[31m/Dockerfile" in result.out


@pytest.mark.parametrize("more", [["nginx"], ["--format", "json"]])
@pytest.mark.usefixtures("shop")
def test_it_goes_with_nothing_that_shows_single_places(
    imagelock: Run, more: list[str]
) -> None:
    result = imagelock("list", "--summary", *more)

    assert result.exit_code == 2
    assert "`--summary` is a table of all images" in result.err


def test_a_value_of_the_environment_stays_as_it_is_written(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    (project / "compose.yaml").write_text(
        "services: {a: {image: 'acme/app:${DB_PASSWORD}'}}\n"
    )

    result = imagelock("list", "--summary", "--environment")
    assert "hunter2" not in str(result)
    assert "acme/app:${DB_PASSWORD}" in result.out
