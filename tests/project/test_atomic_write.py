from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from imagelock.project.atomic_write import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


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
