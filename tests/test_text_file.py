"""Files that are read whole, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock import text_file
from imagelock.errors import ImagelockError
from imagelock.text_file import read_bytes

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_file, "LARGEST_FILE", 4)
    (tmp_path / "small").write_bytes(b"1234")
    (tmp_path / "large").write_bytes(b"12345")

    assert read_bytes(tmp_path / "small", "it", ImagelockError) == b"1234"
    with pytest.raises(ImagelockError, match="it cannot be read: it is larger than"):
        read_bytes(tmp_path / "large", "it", ImagelockError)


def test_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "zero").symlink_to("/dev/zero")

    with pytest.raises(ImagelockError, match="it is not a file"):
        read_bytes(tmp_path / "zero", "it", ImagelockError)
