"""What others could have written does not count, and folders stay small."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from imagelock import cache_storage
from imagelock.cache_storage import CacheFile, UnusableCacheError
from imagelock.project.cache.key import cache_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs Unix modes")

LOCKED = "FROM nginx:1\n"


@pytest.fixture
def kept(
    project: Path, imagelock: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The file with what a run read: `nginx:1` in a `Dockerfile`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    (project / "Dockerfile").write_text(LOCKED)
    imagelock("list")
    (file,) = (tmp_path / "caches/imagelock/files").iterdir()
    return file


def poisoned(file: Path) -> str:
    """Return what *file* has, with another image and the right checksum."""
    body = file.read_text().rpartition("\n")[0] + "\n"
    body = body.replace("library/nginx", "library/other").replace("nginx:1", "other:1")
    CacheFile(file.parent, file.stem).save([body])
    return file.read_text()


def test_it_is_the_users_alone(kept: Path) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_the_file_counts_at_all(kept: Path, imagelock: Run) -> None:
    poisoned(kept)

    assert "other:1" in imagelock("list").out


def flipped(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data.replace(b"nginx", b"other"))


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-10])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def binary(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 10)


def readable_by_others(file: Path) -> None:
    poisoned(file)
    file.chmod(0o644)


def writable_by_the_group(file: Path) -> None:
    poisoned(file)
    file.chmod(0o660)


def linked(file: Path) -> None:
    poisoned(file)
    other = file.parent.parent / "elsewhere.json"
    file.rename(other)
    file.symlink_to(other)


def in_a_linked_folder(file: Path) -> None:
    poisoned(file)
    other = file.parent.parent / "elsewhere"
    file.parent.rename(other)
    file.parent.symlink_to(other)


def in_an_open_folder(file: Path) -> None:
    poisoned(file)
    file.parent.chmod(0o777)


def a_pipe(file: Path) -> None:
    file.unlink()
    if sys.platform != "win32":
        os.mkfifo(file)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "damage",
    [
        flipped,
        truncated,
        empty,
        binary,
        readable_by_others,
        writable_by_the_group,
        linked,
        in_a_linked_folder,
        in_an_open_folder,
        a_pipe,
        a_folder,
    ],
)
def test_a_file_that_others_may_have_written_is_ignored(
    kept: Path, imagelock: Run, damage: Callable[[Path], None]
) -> None:
    damage(kept)

    result = imagelock("list")
    noted = imagelock("list", "-vv")

    assert result.exit_code == 0
    assert result.err == ""
    assert "nginx:1" in result.out
    assert "other:1" not in result.out + noted.out
    assert "nginx:1" in imagelock("list").out


def test_a_file_that_is_ignored_is_noted(kept: Path, imagelock: Run) -> None:
    kept.chmod(0o666)

    assert imagelock("list", "-vv").err == (
        f"the cache `{kept}` is not used: other users may change it\n"
    )


def test_a_file_of_another_user_is_ignored(
    kept: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned(kept)
    if sys.platform != "win32":
        user = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: user + 1)

    result = imagelock("list", "-vv")

    assert "nginx:1" in result.out
    assert "it belongs to another user" in result.err


@pytest.mark.parametrize(
    "record",
    ["[", "7", "{}", "[[]]", '["x","y","z",1,2,3,4,5]', "null", "[1,2,3,4,5,6,7]"],
)
@pytest.mark.parametrize("field", range(-1, 8))
def test_a_record_of_another_shape_is_read_anew(
    kept: Path, imagelock: Run, record: str, field: int
) -> None:
    """The checksum is right: an imagelock of the future wrote it, or nobody did."""
    name, *columns = kept.read_text().split("\n")[0].split("\t")
    if field < 0:
        columns = [record]
    else:
        columns[field] = record
    CacheFile(kept.parent, kept.stem).save(["\t".join([name, *columns]) + "\n"])

    result = imagelock("list")

    assert result.exit_code == 0
    assert "nginx:1" in result.out


def test_a_line_without_a_record_is_read_anew(kept: Path, imagelock: Run) -> None:
    CacheFile(kept.parent, kept.stem).save(["no tab\n"])

    assert "nginx:1" in imagelock("list").out


def test_a_checkout_can_have_no_cache_of_its_own(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs keep what is in the checkout, where a pull request can put files as well."""
    (project / ".git").mkdir()
    part = project / "part"
    part.mkdir()
    (part / "Dockerfile").write_text(LOCKED)
    (part / "images.lock").write_text('version = 1\nplatforms = ["linux/amd64"]\n')
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / ".cache"))

    assert "nginx:1" in imagelock("list", "--project", str(part)).out
    assert not (project / ".cache").exists()


def test_a_folder_that_cannot_be_written_is_no_error(
    project: Path, imagelock: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "caches").write_text("a file\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    (project / "Dockerfile").write_text(LOCKED)

    result = imagelock("list", "-vv")

    assert "nginx:1" in result.out
    assert "is not written: " in result.err


def test_the_oldest_files_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_storage, "_MOST_FILES", 3)
    monkeypatch.setattr(cache_storage, "_MOST_BYTES", 1000)
    folder = tmp_path / "imagelock"
    for number in range(5):
        CacheFile(folder, f"key{number}").save(["x" * 10])
        os.utime(folder / f"key{number}.json", (number, number))
    (folder / "notes.txt").write_text("of the user\n")
    (folder / "key9.1.new").write_text("left behind\n")
    os.utime(folder / "key9.1.new", (0, 0))
    (folder / "key8.2.new").write_text("being written\n")

    CacheFile(folder, "large").save(["x" * 950])

    assert {path.name for path in folder.iterdir()} == {
        "large.json",
        "notes.txt",
        "key8.2.new",
    }


def test_a_file_that_is_too_large_is_neither_written_nor_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = CacheFile(tmp_path / "imagelock", "key")
    file.save(["x" * 100 + "\n"])
    assert list(file.lines()) == ["x" * 100]

    monkeypatch.setattr(cache_storage, "_LARGEST", 50)

    with pytest.raises(UnusableCacheError, match="too large"):
        list(file.lines())
    with pytest.raises(UnusableCacheError, match="too large"):
        file.save(["x" * 100])


def test_a_file_counts_only_for_its_key(tmp_path: Path) -> None:
    file = CacheFile(tmp_path / "imagelock", "key")
    file.save(["x"])
    file.path.rename(tmp_path / "imagelock/other.json")

    with pytest.raises(UnusableCacheError, match="damaged"):
        list(CacheFile(tmp_path / "imagelock", "other").lines())


def test_each_code_and_each_set_of_options_has_its_own_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {
        cache_key(tmp_path),
        cache_key(tmp_path / "other"),
        cache_key(tmp_path, "option"),
    }
    monkeypatch.setattr("imagelock.project.cache.key.__version__", "99")
    keys.add(cache_key(tmp_path))
    package = tmp_path / "yaml"
    package.mkdir()
    for text in ("", "changed"):
        (package / "__init__.py").write_text(text)
        monkeypatch.setattr(
            "imagelock.project.cache.key.folders", lambda: [str(package)]
        )
        keys.add(cache_key(tmp_path))
    monkeypatch.setattr(
        "imagelock.project.cache.key.folders", lambda: ["/in/an/archive.zip"]
    )
    keys.add(cache_key(tmp_path))

    assert len(keys) == 7


def test_a_file_that_is_used_is_kept(kept: Path, imagelock: Run) -> None:
    os.utime(kept, (0, 0))

    imagelock("list")

    assert kept.stat().st_mtime > 0
