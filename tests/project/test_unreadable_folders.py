"""What may not be read is a finding, and the entries of the lockfile stay."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.automation.test_hooks import git
from tests.support.locked import save
from tests.support.unprivileged import run_unprivileged

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs Unix modes")

COMPOSE = "services: {a: {image: 'nginx:1'}}\n"


@pytest.fixture
def closed(project: Path) -> Iterator[Path]:
    """A folder in the project that is opened again in the end."""
    folder = project / "closed"
    folder.mkdir()
    yield folder
    folder.chmod(0o755)


@pytest.fixture(params=["walk", "tracked", "untracked"])
def shop(request: pytest.FixtureRequest, project: Path, closed: Path) -> Path:
    """A project with a folder that may be closed, and everything in it locked."""
    (closed / "deep").mkdir()
    (closed / "deep" / "compose.yaml").write_text(COMPOSE)
    (project / "compose.yaml").write_text(COMPOSE.replace(":1", ":2"))
    save(project, "nginx:1", "nginx:2")
    if request.param != "walk":
        git(project, "init", "-q")
        (project / "tracked").touch()
        git(project, "add", "-A" if request.param == "tracked" else "tracked")
    return closed


@pytest.mark.parametrize("mode", [0o000, 0o400, 0o444], ids=oct)
def test_a_folder_that_may_not_be_read_keeps_its_entries(shop: Path, mode: int) -> None:
    before = Path("images.lock").read_bytes()
    shop.chmod(mode)

    checked = run_unprivileged("verify", "--offline")
    locked = run_unprivileged("lock")
    listed = run_unprivileged("list")

    assert checked.exit_code == locked.exit_code == 1
    finding = "error: cannot be read: Permission denied [unreadable-file]\n"
    assert checked.out.startswith(f"closed:1:1: {finding}")
    assert checked.out.count("closed") == 1, checked.out
    assert finding in locked.err
    assert "closed" in listed.out
    assert Path("images.lock").read_bytes() == before


@pytest.mark.parametrize("pattern", ["closed", "closed/", "closed/**", "/closed/*"])
def test_a_folder_that_is_excluded_does_not_matter(shop: Path, pattern: str) -> None:
    shop.chmod(0)
    Path("imagelock.toml").write_text(f'exclude = ["{pattern}"]\n')

    result = run_unprivileged("verify", "--offline")

    assert "unreadable-file" not in result.out, result


@pytest.mark.parametrize("argument", ["closed", "closed/deep/compose.yaml"])
def test_what_is_named_may_be_closed(shop: Path, argument: str) -> None:
    shop.chmod(0)

    result = run_unprivileged("verify", "--offline", argument)

    assert result.exit_code in {1, 2}
    assert "not readable" in result.err or "Permission denied" in f"{result}"


def test_values_that_may_not_be_read_have_no_default(project: Path) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:${TAG:-1}'}}\n")
    (project / ".env").write_text("TAG=2\n")
    save(project, "nginx:1", "nginx:2")
    before = Path("images.lock").read_bytes()
    (project / ".env").chmod(0)

    result = run_unprivileged("lock")

    assert result.exit_code == 1
    assert ".env:1:1: error: cannot be read: Permission denied" in result.err
    assert Path("images.lock").read_bytes() == before


def test_an_include_that_may_not_be_looked_at_is_a_finding(
    project: Path, closed: Path
) -> None:
    (closed / "b.yaml").write_text(COMPOSE)
    (project / "compose.yaml").write_text(
        "include: [closed/b.yaml, closed/missing.yaml]\nservices: {}\n"
    )
    (project / "imagelock.toml").write_text('exclude = ["closed"]\n')
    closed.chmod(0)

    result = run_unprivileged("verify", "--offline")

    assert result.exit_code == 1
    assert "closed/b.yaml:1:1: error: cannot be read: Permission denied" in result.out


def test_a_link_to_what_may_not_be_looked_at_is_a_finding(
    project: Path, closed: Path
) -> None:
    (closed / "real.yaml").write_text(COMPOSE)
    (project / "compose.yaml").symlink_to("closed/real.yaml")
    closed.chmod(0)

    result = run_unprivileged("verify", "--offline")

    assert result.exit_code == 1
    assert "compose.yaml:1:1: error: cannot be read: Permission denied" in result.out


@pytest.mark.parametrize("command", [("lock",), ("verify", "--offline"), ("list",)])
def test_a_project_that_may_not_be_searched_is_named(
    project: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "compose.yaml").write_text(COMPOSE)
    monkeypatch.chdir(project.parent)
    project.chmod(0o400)
    try:
        result = run_unprivileged("--project", str(project), *command)
    finally:
        project.chmod(0o755)

    assert result.exit_code == 2
    assert "Traceback" not in result.err
    assert "output" not in result.err
