"""Repositories whose settings name programs: none of them is run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.errors import UsageError
from imagelock.project import git
from imagelock.project.discovery import FileSelection, discover
from tests.automation.test_hooks import git as run_git
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from tests.conftest import Run

COMPOSE = "services:\n  web:\n    image: nginx:1.27\n"
LOCK = "version = 1\n"


@pytest.fixture
def mark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("marks") / "mark"


def program(mark: Path) -> Path:
    """Make a program that leaves a file at *mark*."""
    path = mark.with_name("program")
    path.write_text(f'#!/bin/sh\necho ran "$@" >>"{mark}"\nexit 1\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(project: Path, mark: Path) -> Path:
    """A folder in a work tree that is a bare repository, of plain files."""
    run_git(project, "init", "-q", "-b", "main")
    folder = project / "evil"
    for name in ("objects", "refs/heads", "wt"):
        (folder / name).mkdir(parents=True)
        (folder / name / ".keep").touch()
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config").write_text(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = wt\n"
        f'\tfsmonitor = "{program(mark)}; false"\n'
    )
    (folder / "compose.yaml").write_text(COMPOSE)
    (folder / "wt" / "compose.yaml").write_text(COMPOSE)
    run_git(project, "add", "-A")
    run_git(project, "commit", "-q", "-m", "evil")
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script of sh")
def test_git_alone_runs_what_the_folder_names(bare: Path, mark: Path) -> None:
    subprocess.run(["git", "-C", bare, "ls-files", "--others"], check=False)

    assert mark.exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("verify", "--offline", "-v", "evil"), (1, "evil/compose.yaml:3")),
        (("list", "evil"), (0, "evil/wt/compose.yaml")),
        (("list", "evil/wt"), (0, "evil/wt/compose.yaml")),
        (("lock", "--project", "evil"), (0, "+ nginx:1.27")),
        (("update", "--project", "evil"), (0, "+ nginx:1.27")),
        (("lock", "--project", "evil/wt"), (0, "+ nginx:1.27")),
        (("verify", "--project", "evil", "--offline", "-v"), (1, "wt/compose.yaml:3")),
        (("diff", "--project", "evil", "HEAD"), (2, "")),
    ],
)
def test_a_committed_bare_repository_is_a_folder_like_any_other(
    imagelock: Run,
    bare: Path,
    mark: Path,
    address: str,
    arguments: tuple[str, ...],
    expected: tuple[int, str],
) -> None:
    if "--project" in arguments:
        folder = arguments[arguments.index("--project") + 1]
        configure(bare.parent / folder, address)
    result = imagelock(*arguments)

    assert result.exit_code == expected[0], result
    assert expected[1] in result.out
    assert not mark.exists()


def test_the_files_of_such_a_folder_are_listed(bare: Path, mark: Path) -> None:
    listed = git.files(bare)

    assert listed is not None
    assert PurePosixPath("wt/compose.yaml") in listed.files
    assert PurePosixPath("config") in listed.files
    selection = FileSelection(paths=(PurePosixPath("evil"),))
    found = discover(bare.parent, selection).files
    assert PurePosixPath("evil/wt/compose.yaml") in found
    assert not mark.exists()


def test_an_archive_with_a_repository_runs_nothing(
    imagelock: Run, project: Path, mark: Path, address: str
) -> None:
    path = program(mark)
    configure(project, address)
    run_git(project, "init", "-q", "-b", "main")
    (project / "compose.yaml").write_text(COMPOSE)
    assert imagelock("lock").exit_code == 0
    (project / ".gitattributes").write_text("* diff=evil filter=evil merge=imagelock\n")
    run_git(project, "add", "-A")
    run_git(project, "commit", "-q", "-m", "start")
    hooks = project / ".git" / "hooks"
    for name in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        hooks.mkdir(exist_ok=True)
        (hooks / name).write_bytes(path.read_bytes())
        (hooks / name).chmod(0o755)
    for name, value in {
        "core.fsmonitor": path,
        "core.hooksPath": hooks,
        "core.pager": path,
        "core.sshCommand": path,
        "core.editor": path,
        "diff.external": path,
        "diff.evil.textconv": path,
        "diff.evil.command": path,
        "filter.evil.clean": path,
        "filter.evil.smudge": path,
        "gpg.program": path,
        "log.showSignature": "true",
        "remote.origin.url": "ext::" + str(path),
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": path,
        "protocol.ext.allow": "always",
        "extensions.partialClone": "origin",
        "core.repositoryFormatVersion": "1",
    }.items():
        run_git(project, "config", name, str(value))
    mark.unlink(missing_ok=True)

    for arguments in (
        ("verify", "--offline"),
        ("list",),
        ("diff", "HEAD"),
        ("lock", "--check"),
        ("update",),
        ("merge-driver", "--install"),
    ):
        result = imagelock(*arguments)
        assert result.exit_code == 0, result
        assert not mark.exists(), (arguments, mark.read_text())


def test_nothing_is_fetched_unless_the_environment_allows_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    run_git(origin, "init", "-q", "-b", "main")
    run_git(origin, "config", "uploadpack.allowFilter", "true")
    (origin / "images.lock").write_text(LOCK)
    run_git(origin, "add", "-A")
    run_git(origin, "commit", "-q", "-m", "start")
    run_git(
        tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none",
        f"file://{origin}", "partial",
    )  # fmt: skip
    partial = tmp_path / "partial"

    with pytest.raises(UsageError):
        git.show(partial, "HEAD", "images.lock")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    assert git.show(partial, "HEAD", "images.lock") == LOCK.encode()


def test_a_folder_is_listed_from_the_top_of_the_work_tree(project: Path) -> None:
    run_git(project, "init", "-q")
    for name in ("a*/x", "ab/y", "a*/b/z"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).touch()
    (project / "link").symlink_to("a*/b")

    def listed(folder: Path) -> list[str]:
        listing = git.files(folder)
        assert listing is not None
        return [str(path) for path in listing.files]

    assert listed(project / "a*") == ["b/z", "x"]
    assert listed(project / "link") == ["z"]
    assert listed(project / "ab") == ["y"]
    assert len(listed(project)) == 4


def test_a_file_of_an_earlier_commit_is_read_from_a_folder_below_the_top(
    project: Path,
) -> None:
    run_git(project, "init", "-q")
    (project / "sub").mkdir()
    (project / "sub" / "images.lock").write_text(LOCK)
    run_git(project, "add", "-A")
    run_git(project, "commit", "-q", "-m", "start")

    assert git.show(project / "sub", "HEAD", "images.lock") == LOCK.encode()
    assert len(git.revisions(project / "sub", "images.lock", 5)) == 1
    assert git.revisions(project, "images.lock", 5) == []
