"""Documents of earlier runs are what was fetched, or not there."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from imagelock.model.digest import Digest
from imagelock.registry import document_cache
from imagelock.registry.document_cache import DocumentCache

if TYPE_CHECKING:
    from pathlib import Path

BODY = b'{"a": 1}'
DIGEST = Digest.of(BODY)


def test_what_was_kept_is_there(tmp_path: Path) -> None:
    cache = DocumentCache(tmp_path / "documents")
    assert cache.get(DIGEST) is None

    cache.put(DIGEST, BODY)

    assert cache.get(DIGEST) == BODY
    assert [path.stat().st_mode & 0o077 for path in cache.folder.iterdir()] == [0]  # type: ignore[union-attr]


def test_nothing_else_is_believed(tmp_path: Path) -> None:
    cache = DocumentCache(tmp_path)
    cache.put(DIGEST, BODY)
    [path] = tmp_path.iterdir()

    path.write_bytes(b'{"a": 2}')
    assert cache.get(DIGEST) is None
    path.unlink()
    path.mkdir()
    assert cache.get(DIGEST) is None
    cache.put(DIGEST, BODY)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders")
def test_a_pipe_or_a_link_is_not_read(tmp_path: Path) -> None:
    cache = DocumentCache(tmp_path)
    cache.put(DIGEST, BODY)
    [path] = tmp_path.iterdir()
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)

    path.symlink_to(elsewhere)
    assert cache.get(DIGEST) is None
    path.unlink()
    if sys.platform != "win32":
        os.mkfifo(path)
    assert cache.get(DIGEST) is None


def test_too_much_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_cache, "_LARGEST", 20)
    monkeypatch.setattr(document_cache, "_MOST_FILES", 3)
    cache = DocumentCache(tmp_path)
    bodies = [b"%d" % number for number in range(5)]
    for number, body in enumerate(bodies):
        cache.put(Digest.of(body), body)
        [path] = tmp_path.glob(f"*{Digest.of(body).encoded}")
        os.utime(path, (number, number))
    cache.put(Digest.of(b"x" * 21), b"x" * 21)

    cache.delete_old()

    assert [cache.get(Digest.of(body)) for body in bodies] == [None, None, *bodies[2:]]
    assert len([*tmp_path.iterdir()]) == 3


def test_without_a_folder_nothing_is_kept() -> None:
    cache = DocumentCache()
    cache.put(DIGEST, BODY)
    cache.delete_old()

    assert cache.get(DIGEST) is None
