"""A link that a pull request commits leads neither to nor from files outside."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.automation.test_hooks import git
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


@pytest.mark.parametrize("name", ["imagelock.toml", "pyproject.toml"])
def test_settings_that_lead_out_are_refused_unless_they_are_named(
    project: Path, outside: Path, imagelock: Run, name: str
) -> None:
    (outside / "settings.toml").write_text('secret = "hunter2"\n')
    (project / name).symlink_to(outside / "settings.toml")
    (project / "compose.yaml").write_text("services: {}\n")

    result = imagelock("verify", "--offline")

    assert result.exit_code == 2
    assert f"error: `{name}` is a link out of the project" in result.err
    assert "hunter2" not in str(result)
    (outside / "settings.toml").write_text('exclude = ["x"]\n')
    named = str(outside / "settings.toml")
    assert imagelock("--config", named, "list").exit_code == 0


def test_settings_that_are_a_link_inside_are_read(
    project: Path, imagelock: Run
) -> None:
    (project / "ci").mkdir()
    (project / "ci" / "imagelock.toml").write_text('exclude = ["compose.yaml"]\n')
    (project / "imagelock.toml").symlink_to("ci/imagelock.toml")
    (project / "compose.yaml").write_text("services: {a: {image: nginx:1}}\n")

    assert "nginx" not in imagelock("list").out


def test_settings_of_a_folder_that_lead_out_of_it_make_no_project(
    project: Path, outside: Path, imagelock: Run
) -> None:
    (outside / "pyproject.toml").write_text("[tool.imagelock]\n")
    (project / "sub").mkdir()
    (project / "sub" / "pyproject.toml").symlink_to(outside / "pyproject.toml")
    (project / "sub" / "compose.yaml").write_text("services: {a: {image: n:1}}\n")
    (project / ".git").mkdir()

    assert "sub/compose.yaml" in imagelock("--project", "sub", "list").out


def test_ignore_patterns_outside_are_not_read(
    project: Path, outside: Path, imagelock: Run
) -> None:
    (outside / "patterns").write_text("compose.yaml\n")
    (project / ".gitignore").symlink_to(outside / "patterns")
    (project / "compose.yaml").write_text("services: {a: {image: nginx:1}}\n")

    result = imagelock("verify", "--offline")

    assert ".gitignore:1:1: error: is a link out of the project" in result.out
    assert "`nginx:1` is not in the lockfile" in result.out


@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
def test_sightings_outside_are_neither_read_nor_written(
    project: Path, outside: Path, imagelock: Run, *, folder: bool
) -> None:
    (outside / "seen.toml").write_text("secret = 'hunter2'\n")
    if folder:
        (project / ".imagelock").symlink_to(outside)
    else:
        (project / ".imagelock").mkdir()
        (project / ".imagelock" / "seen.toml").symlink_to(outside / "seen.toml")
    (project / "imagelock.toml").write_text('cooldown = "1d"\n')
    (project / "compose.yaml").write_text("services: {a: {image: nginx:1}}\n")
    save(project, "nginx:1")

    result = imagelock("update", "--timeout", "1")

    assert result.exit_code == 2
    assert "`.imagelock/seen.toml` is a link out of the project" in result.err
    assert "hunter2" not in str(result)
    assert (outside / "seen.toml").read_text() == "secret = 'hunter2'\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("init", "--platform", "linux/amd64"),
        ("init", "--pyproject", "--platform", "linux/amd64"),
        ("export", "list", "--output", "linked"),
        ("verify", "--offline", "--report", "json=linked"),
        ("verify", "--offline", "--report", "json=folder/new"),
        ("lock", "--report", "json=linked"),
        ("import", "linked"),
        ("diff", "linked"),
        ("merge-driver", "--install"),
    ],
    ids=" ".join,
)
def test_no_command_reads_or_writes_behind_a_committed_link(
    project: Path, outside: Path, imagelock: Run, arguments: tuple[str, ...]
) -> None:
    git(project, "init", "-q")
    target = outside / "target"
    target.write_text("secret: hunter2\n")
    names = {"--pyproject": "pyproject.toml", "--platform": "imagelock.toml"}
    name = next((names[a] for a in arguments if a in names), "linked")
    for link in (name, ".gitattributes"):
        (project / link).symlink_to(target)
    (project / "folder").symlink_to(outside)
    before = {path: path.read_bytes() for path in outside.iterdir()}

    result = imagelock(*arguments)

    assert result.exit_code == 2
    assert "a link out of the project" in result.err or arguments[0] == "init"
    assert "hunter2" not in str(result)
    assert {path: path.read_bytes() for path in outside.iterdir()} == before


def test_a_link_to_nothing_and_a_circle_of_links_are_notes(
    project: Path, imagelock: Run
) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: nginx:1}}\n")
    (project / "nowhere.yaml").symlink_to("missing.yaml")
    (project / "elsewhere.yaml").symlink_to("/missing/anywhere.yaml")
    (project / "Dockerfile").symlink_to("Dockerfile")
    (project / "a.json").symlink_to("b.json")
    (project / "b.json").symlink_to("a.json")
    (project / ".env").symlink_to("missing.env")
    save(project, "nginx:1")

    result = imagelock("verify", "--offline", "-v")

    assert result.exit_code == 0, result
    assert result.out.count(": note: is a link to nothing [skipped]") == 5
    assert imagelock("lock", "--check").exit_code == 0
    assert imagelock("verify", "--offline", "nowhere.yaml").exit_code == 1


@pytest.mark.parametrize("with_git", [False, True], ids=["walk", "git"])
def test_a_link_to_a_folder_is_no_file(
    project: Path, imagelock: Run, *, with_git: bool
) -> None:
    if with_git:
        git(project, "init", "-q")
    (project / "real").mkdir()
    (project / "real" / "compose.yaml").write_text("services: {a: {image: n:1}}\n")
    (project / "linked.yaml").symlink_to("real")

    result = imagelock("list")

    assert (result.exit_code, result.out.count("n:1")) == (0, 1)
    assert "linked.yaml" not in result.out


def test_a_file_of_values_that_leads_out_is_named(
    project: Path, outside: Path, imagelock: Run
) -> None:
    (outside / "secrets.env").write_text("TAG=9\n")
    (project / ".env").symlink_to(outside / "secrets.env")
    (outside / "inc.yaml").write_text("services: {b: {image: secret/image:1}}\n")
    (project / "inc.yaml").symlink_to(outside / "inc.yaml")
    (project / "compose.yaml").write_text(
        "include: [inc.yaml]\nservices: {a: {image: 'nginx:${TAG:-1}'}}\n"
    )
    save(project, "nginx:1")

    result = imagelock("verify", "--offline")

    assert result.exit_code == 1
    for name in (".env", "inc.yaml"):
        assert f"{name}:1:1: error: is a link out of the project" in result.out


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
        ("imagelock.toml", 2),
        ("pyproject.toml", 2),
        (".gitignore", 1),
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
