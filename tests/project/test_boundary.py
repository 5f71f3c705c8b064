"""A link that a pull request commits leads neither to nor from files outside."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.locked import save

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs links")
SECRET = "Y2ktYm90OmdocF9TVVBFUg"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def test_a_secret_behind_a_link_is_not_shown(
    project: Path, outside: Path, imagelock: Run
) -> None:
    (outside / "config.json").write_text(
        f'{{"auths": {{"x": {{"auth": "{SECRET}="}}}}}}'
    )
    (project / "leak.json").symlink_to(outside / "config.json")
    (project / "imagelock.toml").write_text(
        '[[match]]\npaths = ["leak.json"]\npath = "auths.*.auth"\n'
    )

    result = imagelock("verify", "--offline")

    assert result.exit_code == 1
    assert "leak.json:1:1: error: is a link out of the project" in result.out
    assert SECRET not in str(result)


def test_variables_come_from_no_file_outside(
    project: Path, outside: Path, imagelock: Run
) -> None:
    (outside / "secrets.env").write_text("DB_PASSWORD=hunter2secret\n")
    (project / ".env").symlink_to(outside / "secrets.env")
    (project / "compose.yaml").write_text(
        'services: {a: {image: "nginx:${DB_PASSWORD}"}}\n'
    )

    assert "hunter2secret" not in str(imagelock("verify", "--offline"))
    assert "hunter2secret" not in str(imagelock("list"))


def test_an_include_behind_a_folder_that_is_a_link_is_not_read(
    project: Path, outside: Path, imagelock: Run
) -> None:
    (outside / "inc.yaml").write_text("services: {b: {image: secret/image:1}}\n")
    (project / "d").symlink_to(outside)
    (project / "compose.yaml").write_text(
        "include: [d/inc.yaml]\nservices: {a: {image: nginx:1}}\n"
    )

    result = imagelock("list")

    assert "nginx:1" in result.out
    assert "secret/image" not in str(result)


def test_nothing_is_pinned_outside(
    project: Path, outside: Path, imagelock: Run
) -> None:
    target = outside / "compose.yaml"
    target.write_text("services: {a: {image: nginx:1}}\n")
    before = target.read_bytes()
    (project / "compose.yaml").symlink_to(target)
    save(project, "nginx:1")

    imagelock("pin")

    assert target.read_bytes() == before
    assert imagelock("lock").exit_code == 1


def test_a_lockfile_that_leads_out_is_neither_read_nor_written(
    project: Path, outside: Path, imagelock: Run
) -> None:
    (project / "compose.yaml").write_text("services: {}\n")
    (project / "images.lock").symlink_to(outside / "new")

    result = imagelock("lock")

    assert result.exit_code == 2
    assert "`images.lock` is a link out of the project" in result.err
    assert not (outside / "new").exists()


def test_a_link_inside_the_project_is_read_and_written(
    project: Path, imagelock: Run
) -> None:
    (project / "real").mkdir()
    (project / "real" / "compose.yaml").write_text("services: {a: {image: nginx:1}}\n")
    (project / "linked").symlink_to("real")
    (project / "compose.yaml").symlink_to("real/compose.yaml")
    save(project, "nginx:1")

    assert imagelock("pin").exit_code == 0
    assert "@sha256:" in (project / "real" / "compose.yaml").read_text()


def test_a_project_behind_a_link_is_read(
    tmp_path: Path, project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: nginx:1}}\n")
    (tmp_path / "link").symlink_to(project)
    monkeypatch.chdir(tmp_path / "link")

    assert "nginx:1" in imagelock("list").out


@pytest.mark.parametrize(
    ("name", "exit_code"),
    [
        ("images.lock", 2),
        ("imagelock.toml", 0),
        ("pyproject.toml", 0),
        (".gitignore", 0),
    ],
)
@pytest.mark.parametrize("target", ["/dev/zero", "pipe"])
def test_a_device_or_a_pipe_is_not_read(
    project: Path, outside: Path, imagelock: Run, name: str, exit_code: int, target: str
) -> None:
    if sys.platform != "win32":  # for the type checker: all here is skipped there
        os.mkfifo(outside / "pipe")
    (project / "compose.yaml").write_text("services: {}\n")
    (project / name).symlink_to(outside / "pipe" if target == "pipe" else target)

    assert imagelock("verify", "--offline").exit_code == exit_code
