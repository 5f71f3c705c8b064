"""Merging lockfiles: as values, and by git itself."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.lockfile.conflict import heal
from imagelock.lockfile.model import Lockfile, Pin
from imagelock.lockfile.reader import read
from imagelock.lockfile.three_way_merge import merge
from imagelock.lockfile.writer import write
from imagelock.model.image import Image, PlatformManifest
from imagelock.model.platform import Platform
from tests.automation.test_hooks import git
from tests.lockfile.test_lockfile import AMD64, ARM64, image, lockfile

if TYPE_CHECKING:
    from tests.conftest import Run

S390X = Platform.parse("linux/s390x")
NAMES = ("a:1", "b:1", "c:1")
CONTENTS = st.sampled_from(["", "monday", "tuesday"])
LOCKFILES = st.dictionaries(st.sampled_from(NAMES), CONTENTS).map(
    lambda contents: lockfile(*(image(n, c) for n, c in contents.items()))
)


def names(merged: Lockfile) -> dict[str, str]:
    """Return the digests by familiar name."""
    return {k.familiar: str(i.digest) for k, i in merged.images.items()}


@given(LOCKFILES, LOCKFILES)
def test_one_side_alone_is_taken(base: Lockfile, changed: Lockfile) -> None:
    for merged in (merge(base, changed, base), merge(base, base, changed)):
        assert merged.lockfile == changed
        assert merged.conflicts == ()
        assert merged.text() == write(changed)


@given(LOCKFILES, LOCKFILES, LOCKFILES)
def test_each_entry_is_as_the_side_that_changed_it(
    base: Lockfile, ours: Lockfile, theirs: Lockfile
) -> None:
    merged = merge(base, ours, theirs)

    for key in {*base.images, *ours.images, *theirs.images}:
        old, mine, other = (side.images.get(key) for side in (base, ours, theirs))
        if key in merged.conflicts:
            assert old not in (mine, other)
            assert mine != other
        elif other in (mine, old):
            assert merged.lockfile.images.get(key) == mine
        else:
            assert mine == old
            assert merged.lockfile.images.get(key) == other


@given(LOCKFILES, LOCKFILES, LOCKFILES)
def test_conflicts_heal(base: Lockfile, ours: Lockfile, theirs: Lockfile) -> None:
    merged = merge(base, ours, theirs)

    assert heal(merged.text()) == merged.lockfile
    assert merge(base, theirs, ours).lockfile == merged.lockfile


BASE = lockfile(image("a:1"), image("b:1"))


def with_s390x(side: Lockfile) -> Lockfile:
    def wider(image: Image) -> Image:
        more = PlatformManifest(S390X, image.digest)
        return replace(image, platforms=(*image.platforms, more))

    images = {key: wider(image) for key, image in side.images.items()}
    return replace(side, images=images, platforms=(AMD64, ARM64, S390X))


def test_a_new_platform_counts_where_every_entry_knows_it() -> None:
    ours = with_s390x(BASE)
    dropped = lockfile(image("a:1"))

    merged = merge(BASE, ours, dropped)
    assert merged.lockfile == with_s390x(dropped)
    assert merged.unknown == ()


def test_a_new_platform_waits_where_an_entry_does_not_know_it() -> None:
    theirs = lockfile(image("a:1"), image("b:1", "moved"))

    for merged in (
        merge(BASE, with_s390x(BASE), theirs),
        merge(BASE, theirs, with_s390x(BASE)),
    ):
        assert merged.lockfile == theirs
        assert merged.unknown == (S390X,)
        assert merged.conflicts == ()


def test_a_platform_that_one_side_dropped_is_dropped_everywhere() -> None:
    narrow = Lockfile(
        (AMD64,), {k: i.narrowed({AMD64}) for k, i in BASE.images.items()}
    )
    theirs = lockfile(*BASE.images.values(), image("c:1"))

    merged = merge(BASE, narrow, theirs)
    assert merged.lockfile.platforms == (AMD64,)
    assert len(merged.lockfile.images) == 3
    for entry in merged.lockfile.images.values():
        assert [m.platform for m in entry.platforms] == [AMD64]


def test_places_of_pins_are_merged_one_by_one() -> None:
    (key, _) = BASE.images
    web, api, job = (
        Pin(PurePosixPath("compose.yaml"), f"services.{name}.image")
        for name in ("web", "api", "job")
    )
    base = replace(BASE, pins={key: (api, web)})
    ours = replace(BASE, pins={key: (api, job, web)})
    theirs = replace(BASE, pins={key: (web,)})

    assert merge(base, ours, theirs).lockfile.pins == {key: (job, web)}
    rewritten = replace(web, wrote=":1@{digest}")
    ours = replace(BASE, pins={key: (rewritten,)})
    theirs = replace(BASE, pins={key: (replace(web, wrote="@{digest}"),)})
    assert merge(base, ours, theirs).lockfile.pins == {key: (rewritten,)}


@pytest.fixture
def clone(
    project: Path, tmp_path: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A repository in which the driver is set up, and BASE is committed."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "imagelock"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m imagelock "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    git(project, "init", "-q", "-b", "main")
    assert imagelock("merge-driver", "--install").exit_code == 0
    commit(project, BASE)
    return project


def commit(clone: Path, locked: Lockfile) -> None:
    (clone / "images.lock").write_text(write(locked))
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "lock")


def branches(clone: Path, ours: Lockfile, theirs: Lockfile) -> None:
    """Commit *theirs* on a branch `topic`, and *ours* on `main`."""
    git(clone, "switch", "-q", "-c", "topic")
    commit(clone, theirs)
    git(clone, "switch", "-q", "main")
    commit(clone, ours)


def git_merge(clone: Path) -> subprocess.CompletedProcess[str]:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", *author, "merge", "topic"],
        cwd=clone, check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_git_merges_neighbours_that_lines_would_not(clone: Path) -> None:
    branches(
        clone,
        lockfile(image("a:1", "new"), image("b:1"), image("aa:1")),
        lockfile(image("a:1"), image("b:1", "new"), image("ab:1")),
    )

    done = git_merge(clone)
    assert done.returncode == 0, done.stdout + done.stderr
    merged = read((clone / "images.lock").read_text())
    assert merged == lockfile(
        image("a:1", "new"), image("aa:1"), image("ab:1"), image("b:1", "new")
    )
    assert git(clone, "status", "--porcelain") == ""


def test_git_stops_at_a_real_conflict(clone: Path, imagelock: Run) -> None:
    branches(
        clone,
        lockfile(image("a:1", "ours"), image("b:1", "new")),
        lockfile(image("a:1", "theirs"), image("b:1"), image("c:1")),
    )

    done = git_merge(clone)
    assert done.returncode == 1
    assert "images.lock: both sides changed `a:1`" in done.stderr
    assert "imagelock lock" in done.stderr
    assert git(clone, "ls-files", "--unmerged")
    text = (clone / "images.lock").read_text()
    assert text.count("<<<<<<< ours\n") == 1
    assert names(heal(text)).keys() == {"b:1", "c:1"}
    assert imagelock("verify", "--offline").exit_code == 2


def test_what_cannot_be_read_is_merged_by_lines(clone: Path) -> None:
    newer = write(BASE).replace("version = 1", "version = 2")
    git(clone, "switch", "-q", "-c", "topic")
    (clone / "images.lock").write_text(newer)
    git(clone, "commit", "-q", "-a", "-m", "newer")
    git(clone, "switch", "-q", "main")
    (clone / "README").write_text("more\n")
    commit(clone, lockfile(image("a:1"), image("b:1"), image("c:1")))

    done = git_merge(clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "merged line by line" in done.stderr
    text = (clone / "images.lock").read_text()
    assert "version = 2" in text
    assert "library/c:1" in text


def test_what_cannot_be_read_gets_the_markers_of_lines(
    project: Path, imagelock: Run
) -> None:
    for name, text in {"base": "1\n", "ours": "2\n", "theirs": "3\n"}.items():
        (project / name).write_text(text)

    done = imagelock("merge-driver", "--", "base", "ours", "theirs", "-x/images.lock")
    assert done.exit_code == 1
    assert done.err.startswith("-x/images.lock: ")
    assert (project / "ours").read_text() == (
        "<<<<<<< ours\n2\n=======\n3\n>>>>>>> theirs\n"
    )


def test_both_sides_may_make_the_file(project: Path, imagelock: Run) -> None:
    (project / "base").write_text("")
    (project / "ours").write_text(write(lockfile(image("a:1"))))
    (project / "theirs").write_text(write(lockfile(image("b:1"))))

    assert imagelock("merge-driver", "base", "ours", "theirs").exit_code == 0
    assert read((project / "ours").read_text()) == BASE


def test_several_ancestors_may_conflict(project: Path, imagelock: Run) -> None:
    ancestor = merge(
        BASE, lockfile(image("a:1", "x"), image("b:1")), lockfile(image("b:1"))
    )
    assert ancestor.conflicts
    (project / "base").write_text(ancestor.text())
    (project / "ours").write_text(write(lockfile(image("b:1"))))
    (project / "theirs").write_text(write(lockfile(image("b:1"), image("c:1"))))

    assert imagelock("merge-driver", "base", "ours", "theirs").exit_code == 0
    merged = read((project / "ours").read_text())
    assert merged == lockfile(image("b:1"), image("c:1"))


def test_installing_twice_does_nothing_more(project: Path, imagelock: Run) -> None:
    git(project, "init", "-q")
    (project / ".gitattributes").write_text("*.png binary")
    (project / "sub").mkdir()

    first = imagelock("--project", "sub", "merge-driver", "--install")
    assert first.exit_code == 0
    assert "added `images.lock merge=imagelock` to `.gitattributes`" in first.out
    attributes = (project / ".gitattributes").read_text()
    assert attributes == "*.png binary\nimages.lock merge=imagelock\n"
    settings = (project / ".git" / "config").read_bytes()
    assert imagelock("merge-driver", "--install").out == "nothing to do\n"
    assert (project / ".gitattributes").read_text() == attributes
    assert (project / ".git" / "config").read_bytes() == settings


def test_there_must_be_a_repository(project: Path, imagelock: Run) -> None:
    done = imagelock("merge-driver", "--install")

    assert done.exit_code == 2
    assert "there is no git repository here" in done.err


def test_it_says_how_it_is_used(project: Path, imagelock: Run) -> None:
    done = imagelock("merge-driver", "one")

    assert done.exit_code == 2
    assert "imagelock merge-driver --install" in done.err
