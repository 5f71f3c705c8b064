"""`list --by`: how many references each format, image or registry has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from imagelock.commands.list_groups import ReferenceGroup
from imagelock.report.list_groups import format_groups
from imagelock.report.style import Style
from tests.support.locked import save

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

COMPOSE = """\
services:
  a: {image: nginx:1.27}
  b: {image: "nginx:1.27"}
  c: {image: ghcr.io/acme/app:1}
  d: {image: "acme/${TAG}"}
  e: {image: "a b"}
  f: {image: "own", build: .}
  g: {image: postgres:17}  # imagelock: ignore
"""


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "compose.yaml").write_text(COMPOSE)
    (project / "Dockerfile").write_text("FROM nginx:1.27 AS x\nFROM x\nFROM scratch\n")
    save(project, "nginx:1.27")
    return project


@pytest.mark.parametrize("by", ["format", "image", "registry"])
@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.usefixtures("shop")
def test_a_table_and_an_object(
    imagelock: Run, snapshot: SnapshotAssertion, by: str, output: str
) -> None:
    assert str(imagelock("list", "--by", by, "--format", output)) == snapshot


@pytest.mark.usefixtures("shop")
def test_only_what_has_a_status_counts(imagelock: Run) -> None:
    result = imagelock(
        "list", "--by", "registry", "--status", "locked", "--format", "json"
    )
    [group] = json.loads(result.out)["groups"]
    assert (group["name"], group["files"], group["places"]) == ("docker.io", 2, 3)


def test_a_project_without_images(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text("services: {a: {build: .}}\n")
    result = imagelock("list", "--by", "format")
    assert (result.exit_code, result.out) == (0, "")
    result = imagelock("list", "--by", "format", "--format", "json")
    assert json.loads(result.out)["groups"] == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--by", "formt"], "references cannot be counted by `formt`"),
        (["--by", "format", "nginx"], "`--by` is a table of its own"),
        (["--by", "format", "--summary"], "`--by` is a table of its own"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_it_does_not_go_with(
    imagelock: Run, more: list[str], message: str
) -> None:
    result = imagelock("list", *more)
    assert result.exit_code == 2
    assert message in result.err


def test_a_value_of_the_environment_is_not_shown(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2.example.com/x")
    (project / "compose.yaml").write_text(
        "services: {a: {image: '${DB_PASSWORD}/app'}}\n"
    )
    for by in ("image", "registry"):
        for output in ("text", "json"):
            result = imagelock(
                *("list", "--by", by, "--environment", "--format", output)
            )
            assert result.exit_code == 0
            assert "hunter2" not in str(result)


def test_a_wide_terminal_has_parts_of_the_table_side_by_side() -> None:
    groups = [ReferenceGroup(f"format-{n:02}") for n in range(90)]
    for group in groups:
        group.statuses["locked"] = 1
    total = ReferenceGroup("")
    total.statuses["locked"] = 90

    def height(width: int | None) -> int:
        text = format_groups(groups, total, "format", style=Style(width=width))
        for group in groups:
            assert text.count(f"{group.name} ") == 1
        assert all(len(line) <= (width or 80) for line in text.splitlines())
        return text.count("\n")

    assert height(None) == height(40) == 92
    assert height(80) == 47
    assert height(120) == 25
    assert height(400) == 20
