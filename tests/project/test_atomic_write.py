from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock.file_lock import try_lock
from imagelock.project.atomic_write import is_temporary, write_atomically

if TYPE_CHECKING:
    from tests.conftest import Run


def test_a_new_file_has_the_mode_that_files_have(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")

    assert write_atomically(tmp_path / "file", b"a")
    assert (tmp_path / "file").stat().st_mode == plain.stat().st_mode


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a")
    os.utime(path, ns=(1, 1))

    assert not write_atomically(path, b"a")
    assert path.stat().st_mtime_ns == 1


def test_mode_and_link_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"a")
    target.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(target)

    write_atomically(link, b"b")

    assert link.is_symlink()
    assert target.read_bytes() == b"b"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "file").write_bytes(b"")

    with pytest.raises(OSError, match="directory"):
        write_atomically(path, b"a")

    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_no_source_reads_a_temporary_file(project: Path, imagelock: Run) -> None:
    (project / ".imagelock-abcdefgh.tmp").write_text("FROM nginx:1\n")
    (project / "imagelock.toml").write_text(
        '[sources.dockerfile]\npaths = ["*.tmp"]\n'
        '[[match]]\npaths = ["*.tmp"]\npath = "x"\n'
    )

    assert "tmp" not in imagelock("list").out
    subprocess.run(["git", "init", "-q"], check=True)
    assert "tmp" not in imagelock("list").out


@pytest.mark.parametrize(
    "name", ["Dockerfile", "Containerfile", "app.Dockerfile", "compose.yaml"]
)
def test_what_a_killed_write_leaves_is_no_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    left: list[str] = []

    def killed(self: Path, _target: Path) -> None:
        left.append(self.name)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / name, b"FROM nginx\n")

    assert is_temporary(left[0])
    assert list(tmp_path.iterdir()) == []


def test_only_abandoned_temporary_files_are_deleted(tmp_path: Path) -> None:
    old, new, used, link, other = (
        tmp_path / f".imagelock-{letter * 8}.tmp" for letter in "abcde"
    )
    strange = tmp_path / ".imagelock-notes.tmp"
    for path in (old, new, used, strange):
        path.write_text("x")
    link.symlink_to(strange)
    other.mkdir()
    for path in (old, used, strange):
        os.utime(path, (1, 1))
    with used.open("rb") as held:
        assert try_lock(held.fileno())
        write_atomically(tmp_path / "file", b"a")

    assert {path.name for path in tmp_path.iterdir()} == {
        *(path.name for path in (new, used, link, other, strange)),
        "file",
    }
