from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.errors import LockfileError, UnreadableFileError
from imagelock.text_file import decode_utf8, read_bytes, read_text

if TYPE_CHECKING:
    from pathlib import Path


def test_text_is_returned_with_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("é\r\nb\rc\n".encode())

    assert read_text(tmp_path / "a", "`a`", LockfileError) == "é\r\nb\rc\n"


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        read_bytes(tmp_path / "a", "`a`", UnreadableFileError)

    assert str(refused.value) == "`a` cannot be read: No such file or directory"


def test_a_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(LockfileError, match="the lockfile cannot be read: Is a direc"):
        read_text(tmp_path, "the lockfile", LockfileError)


def test_the_first_byte_that_is_not_utf_8_is_named() -> None:
    with pytest.raises(LockfileError) as refused:
        decode_utf8(b"ab\xff\xfe", "the lockfile", LockfileError)

    assert str(refused.value) == "the lockfile is not UTF-8: byte 2 cannot be decoded"
