"""Locks between runs, on a folder and on a file of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from imagelock.file_lock import try_lock
from imagelock.project.exclusive_run import exclusive_run, open_lock_file

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_file_can_stand_for_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows locks no folders."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = open_lock_file(tmp_path), open_lock_file(tmp_path)
    try:
        assert try_lock(first)
        assert not try_lock(second)
        os.close(first)
        assert try_lock(second)
    finally:
        os.close(second)


def test_a_folder_that_cannot_be_locked_is_a_note(tmp_path: Path) -> None:
    notices: list[str] = []

    with exclusive_run(tmp_path / "missing", notices.append):
        pass

    assert [notice.split(";")[0] for notice in notices] == [
        "note: this folder cannot be locked"
    ]
