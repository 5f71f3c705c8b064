"""`history`: how the digest of each image moved, from the commits of the lockfile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.commands.history.timeline import Commit, TimelineBuilder
from imagelock.errors import LockfileError
from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.reader import read
from imagelock.lockfile.sightings import DigestSighting, write_sightings
from imagelock.lockfile.versions import VersionReader
from imagelock.lockfile.writer import write
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX, OCI_MANIFEST, Image, PlatformManifest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from tests.support.commits import commit, git, shallow_clone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

START = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
SOURCE = "https://github.com/nginx/docker-nginx"


def image(
    name: str,
    content: str,
    *,
    index: str = "",
    platforms: tuple[Platform, ...] = (AMD64, ARM64),
    release: str | None = None,
    revision: str | None = None,
) -> Image:
    """An image whose manifests are those of *content*."""
    return Image(
        reference=Reference.parse(name).key,
        digest=Digest.of(f"{name} {content} {index}".encode()),
        media_type=OCI_INDEX,
        platforms=tuple(
            PlatformManifest(each, Digest.of(f"{name} {content} {each}".encode()))
            for each in platforms
        ),
        release=release,
        source=SOURCE if revision else None,
        revision=revision,
    )


def lock(*images: Image) -> str:
    return write(Lockfile((AMD64, ARM64), {each.reference: each for each in images}))


def make_history(project: Path) -> None:
    """Commit a lockfile in which an image moves in every way."""
    one = image("nginx:1.26", "a", release="1.26.1", revision="a" * 40)
    two = image("nginx:1.26", "b", release="1.26.2", revision="b" * 40)
    indexed = image("nginx:1.26", "b", index="attested", release="1.26.2")
    bumped = image("nginx:1.27", "c", release="1.27.0")
    single = replace(bumped, digest=Digest.of(b"single"), media_type=OCI_MANIFEST)
    redis, narrow = image("redis:7", "r"), image("redis:7", "r", platforms=(AMD64,))
    for day, images, subject in (
        (0, [one], "Lock images"),
        (3, [two, redis], "chore(images): update 1 image"),
        (10, [one, redis], "Revert an update"),
        (11, [two, redis], "Update again"),
        (20, [indexed, redis], "Update the index"),
        (21, [indexed, narrow], "Only use amd64"),
        (40, [bumped, narrow], "Use nginx 1.27"),
        (50, [single, narrow], "Without an index"),
        (60, [single], "Drop redis"),
    ):
        commit(project, {"images.lock": lock(*images)}, START + day * DAY, subject)


def moves(run: Run, *arguments: str) -> dict[str, list[str]]:
    """The kinds of the moves of each image."""
    result = run("history", "--format", "json", *arguments)
    assert result.exit_code == 0, result.err
    images = json.loads(result.out)["images"]
    return {
        each["reference"].removeprefix("docker.io/library/"): [
            move["kind"] for move in each["moves"]
        ]
        for each in images
    }


def document(run: Run, *arguments: str) -> dict[str, Any]:
    result = run("history", "--format", "json", *arguments)
    assert result.exit_code == 0, result.err
    loaded: dict[str, Any] = json.loads(result.out)
    return loaded


@pytest.mark.parametrize("output", ["text", "json", "markdown", "svg"])
def test_every_kind_of_move_is_shown(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion, output: str
) -> None:
    make_history(project)
    assert imagelock("history", "--format", output) == snapshot


def test_images_are_chosen_by_pattern(project: Path, imagelock: Run) -> None:
    make_history(project)
    assert list(moves(imagelock, "nginx")) == ["nginx:1.26", "nginx:1.27"]
    assert list(moves(imagelock, "redis:*")) == ["redis:7"]


def test_an_image_that_was_never_locked_gets_a_suggestion(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    make_history(project)
    assert imagelock("history", "ngnix") == snapshot


def test_a_date_and_a_range_choose_the_moves(project: Path, imagelock: Run) -> None:
    make_history(project)
    assert moves(imagelock, "--since", "2026-09-21") == {
        "nginx:1.26": ["index-only", "removed"],
        "nginx:1.27": ["tag-bumped", "kind-changed"],
        "redis:7": ["platforms", "removed"],
    }
    # The first commit of a range moved what was there before it.
    assert moves(imagelock, "--range", "HEAD~8..HEAD~6") == {
        "nginx:1.26": ["content", "rollback"],
        "redis:7": ["added"],
    }
    assert moves(imagelock, "--range", "HEAD~7") == {
        "nginx:1.26": ["added", "content"],
        "redis:7": ["added"],
    }


def test_the_last_days_are_from_now(project: Path, imagelock: Run) -> None:
    now = datetime.now(UTC)
    old, new = image("nginx", "a"), image("nginx", "b")
    commit(project, {"images.lock": lock(old)}, now - 20 * DAY, "old")
    commit(project, {"images.lock": lock(new)}, now - 2 * DAY, "new")
    assert moves(imagelock, "--since", "1w") == {"nginx:latest": ["content"]}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "yesterday"),
        ("--range", "v1.0..v1.1"),
        ("--range", "HEAD~1...HEAD"),
        ("--range", "--output=x"),
        ("--format", "sarif"),
    ],
)
def test_what_names_no_moves_is_explained(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion, arguments: list[str]
) -> None:
    make_history(project)
    result = imagelock("history", *arguments)
    assert result.exit_code == 2
    assert result == snapshot


def test_a_renamed_lockfile_is_followed(project: Path, imagelock: Run) -> None:
    first, second = image("nginx", "a"), image("nginx", "b")
    commit(project, {"deploy/images.lock": lock(first)}, START, "Lock")
    moved = {"deploy/images.lock": None, "images.lock": lock(first)}
    commit(project, moved, START + DAY, "Move the lockfile")
    commit(project, {"images.lock": lock(second)}, START + 2 * DAY, "Update")
    [only] = document(imagelock)["images"]
    assert [move["subject"] for move in only["moves"]] == ["Lock", "Update"]
    assert only["moves"][0]["stood_seconds"] == 2 * DAY.total_seconds()


def test_a_merge_counts_as_a_commit_with_first_parent(
    project: Path, imagelock: Run
) -> None:
    commit(project, {"images.lock": lock(image("nginx", "a"))}, START, "Lock")
    git(project, "checkout", "--quiet", "-b", "topic")
    for number, content in enumerate("bc", 1):
        text = lock(image("nginx", content))
        commit(project, {"images.lock": text}, START + number * DAY, content)
    git(project, "checkout", "--quiet", "main")
    commit(project, {"other": ""}, START + 3 * DAY, "Something else")
    merge = ("merge", "--quiet", "--no-ff", "-m", "Merge", "topic")
    git(project, *merge, date=START + 5 * DAY)

    def subjects(*arguments: str) -> list[str]:
        [only] = document(imagelock, *arguments)["images"]
        return [move["subject"] for move in only["moves"]]

    assert subjects() == ["Lock", "b", "c"]
    assert subjects("--first-parent") == ["Lock", "Merge"]


def test_an_unreadable_version_is_left_out_and_named(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    texts: list[str | bytes] = [
        lock(image("nginx", "a")),
        "<<<<<<< ours\n=======\n>>>>>>> theirs\n",
        b"\xff\xfe",
        b"\xff\xfe\xff",
        lock(image("nginx", "b")),
    ]
    for day, text in enumerate(texts):
        commit(project, {"images.lock": text}, START + day * DAY, f"day {day}")
    result = imagelock("history")
    assert result.exit_code == 0
    assert result == snapshot
    unreadable = document(imagelock)["unreadable"]
    assert [version["date"][:10] for version in unreadable] == [
        "2026-09-02",
        "2026-09-03",
        "2026-09-04",
    ]


def test_digests_that_nobody_locked_are_named(project: Path, imagelock: Run) -> None:
    first, last = image("nginx", "a"), image("nginx", "c")
    skipped = Digest.of(b"skipped")
    sightings = {
        first.reference: (
            DigestSighting(skipped, START + DAY),
            DigestSighting(last.digest, START + 2 * DAY),
        )
    }
    commit(project, {"images.lock": lock(first)}, START, "Lock")
    seen = {".imagelock/seen.toml": write_sightings(sightings)}
    commit(project, seen, START + 2 * DAY, "See")
    locked = {"images.lock": lock(last), ".imagelock/seen.toml": None}
    commit(project, locked, START + 9 * DAY, "Update")
    [only] = document(imagelock)["images"]
    assert only["seen"] == [{"digest": str(skipped), "date": "2026-09-02T12:00:00Z"}]
    assert "2026-09-02  seen, but never locked" in imagelock("history").out


def test_the_history_of_every_project_of_a_workspace(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    files = {
        "images.lock": lock(image("nginx", "a")),
        "services/a/images.lock": lock(image("redis", "a")),
        "services/b/imagelock.toml": "",
    }
    commit(project, files, START, "Lock")
    result = imagelock("history", "--all")
    assert result.exit_code == 2
    assert result == snapshot


@pytest.mark.parametrize("files", [None, {"README.md": ""}], ids=["no git", "no lock"])
def test_without_a_history_there_is_a_way_out(
    project: Path,
    imagelock: Run,
    snapshot: SnapshotAssertion,
    files: dict[str, str] | None,
) -> None:
    if files:
        commit(project, files, START, "Begin")
    result = imagelock("history")
    assert result.exit_code == 2
    assert result._replace(err=result.err.replace(str(project), "PROJECT")) == snapshot


def test_a_shallow_clone_is_said_to_be_one(
    project: Path, imagelock: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_history(project)
    monkeypatch.chdir(shallow_clone(project, tmp_path, 2))
    assert document(imagelock)["shallow"] is True
    assert "this clone is shallow" in imagelock("history").err


def test_a_missing_blob_is_an_unreadable_version(project: Path, imagelock: Run) -> None:
    make_history(project)
    blob = git(project, "rev-parse", "HEAD~8:images.lock")
    (project / ".git/objects" / blob[:2] / blob[2:]).unlink()
    [unreadable] = document(imagelock)["unreadable"]
    assert unreadable["message"] == "the lockfile is not in this clone, or too large"


def test_text_of_commits_and_images_is_harmless(project: Path, imagelock: Run) -> None:
    name = image("nginx", "a", release="1\x1b[31m|`<b>", revision="f" * 40)
    hostile = "::error::x \x1b[2J | <script> @everyone \u202e"
    commit(project, {"images.lock": lock(name)}, START, hostile)
    for output in ("text", "json", "markdown", "svg"):
        out = imagelock("history", "--format", output).out
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert not any(line.lstrip().startswith("::") for line in out.splitlines())
    for output in ("markdown", "svg"):
        assert "<script>" not in imagelock("history", "--format", output).out


def test_the_picture_is_well_formed_and_shows_each_digest_in_its_color(
    project: Path, imagelock: Run
) -> None:
    make_history(project)
    root = ET.fromstring(imagelock("history", "--format", "svg").out)  # noqa: S314
    bars = root.findall(".//{*}g/{*}rect")
    colors = [bar.get("class") for bar in bars[:5]]
    # nginx:1.26: a, b, a, b, and b with another index.
    assert colors == ["c0", "c1", "c0", "c1", "c2"]
    ends = [float(bar.get("x", 0)) + float(bar.get("width", 0)) for bar in bars]
    assert max(ends) <= 860
    assert "http" not in imagelock("history", "--format", "svg").out.replace(
        "http://www.w3.org/2000/svg", ""
    )


def test_one_process_reads_all_versions(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_history(project)
    real = shutil.which("git")
    calls = tmp_path / "calls"
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:/usr/bin:/bin")
    document(imagelock)
    commands = calls.read_text().splitlines()
    assert sum("cat-file" in command for command in commands) == 1
    assert len(commands) < 9  # as many with nine commits as with any number


names = st.sampled_from(["nginx:1", "nginx:2", "redis:7", "ghcr.io/acme/app:v1"])
versions = st.dictionaries(names, st.sampled_from("abc"), max_size=4)


FORMS = {
    "as written": lambda text: text,
    "with CRLF": lambda text: text.replace("\n", "\r\n"),
    "with a comment": lambda text: f"{text}# the end\n",
    "indented": lambda text: text.replace("\ndigest", "\n  digest"),
}
forms = st.sampled_from([*FORMS.values()])


@given(st.lists(st.tuples(versions, forms), max_size=12))
def test_moves_lead_from_each_version_to_the_next(
    states: list[tuple[dict[str, str], Callable[[str], str]]],
) -> None:
    """The entries that differ are those of the lockfiles, and replayed give the last."""
    reader, builder = VersionReader(), TimelineBuilder()
    old, images = reader.read(lock().encode()), read(lock()).images
    for number, (state, form) in enumerate(states):
        text = form(lock(*(image(*item) for item in state.items())))
        new, before = reader.read(text.encode(), old), images
        images = read(text).images
        gone, came = reader.difference(old, new)
        assert gone == dict(before.items() - images.items())
        assert came == dict(images.items() - before.items())
        when = Commit(f"{number:040x}", START + number * DAY, "")
        builder.add(when, gone, came)
        old = new
    current = {
        timeline.reference: timeline.moves[-1].new
        for timeline in builder.timelines()
        if timeline.moves[-1].new
    }
    assert current == images
    for timeline in builder.timelines():
        *earlier, last = timeline.moves
        assert last.stood is None
        assert all(move.stood is not None or move.new is None for move in earlier)


def test_versions_have_what_they_share_once() -> None:
    """What many versions of a large lockfile need is not in proportion to its size."""
    reader = VersionReader()
    names = [f"nginx:{number}" for number in range(20)]
    states = [dict.fromkeys(names, "a")]
    states += [states[0] | {"nginx:5": "b"}, states[0] | {"redis:7": "a"}, states[0]]
    version = reader.read(lock().encode())
    for state in states:
        before = version
        text = lock(*(image(*item) for item in state.items()))
        version = reader.read(text.encode(), before)
        assert sum(any(entry is e for e in before) for entry in version) == (
            len({*before} & {*version})
        )


@pytest.mark.parametrize(
    "order", [[0, 0, 1], [0, 1, 1], [1, 0, 0], [1, 0, 1], [0, 1, 0, 2], [2, 1, 0]]
)
def test_no_reference_is_there_twice(order: list[int]) -> None:
    entries = [lock(image(f"nginx:{n}", "a")).partition("\n[[")[2] for n in range(3)]
    head = lock()
    before = "\n[[".join([head, *entries])
    after = "\n[[".join([head, *(entries[number] for number in order)])
    reader = VersionReader()
    version = reader.read(before.encode())
    if len(set(order)) == len(order):
        assert not any(reader.difference(version, reader.read(after.encode(), version)))
    else:
        with pytest.raises(LockfileError, match="is locked twice"):
            reader.read(after.encode(), version)


def test_an_image_that_is_locked_twice_makes_a_version_unreadable() -> None:
    first, second = lock(image("nginx", "a")), lock(image("nginx", "b"))
    reader = VersionReader()
    version = reader.read(second.encode(), reader.read(first.encode()))
    twice = first + second[second.index("\n[[image]]") :]
    with pytest.raises(LockfileError, match="is locked twice"):
        reader.read(twice.encode(), version)


def test_a_commit_of_a_year_beyond_any_calendar_is_one_of_the_far_future(
    project: Path, imagelock: Run
) -> None:
    (project / "compose.yaml").write_text("services: {web: {image: 'nginx:1.26'}}\n")
    first, later = (lock(image("nginx:1.26", content)) for content in "ab")
    commit(project, {"images.lock": first}, START, "Lock images")
    (project / "images.lock").write_text(later)
    date = "@9999999999999 +0000"
    environment = {f"GIT_{who}_DATE": date for who in ("AUTHOR", "COMMITTER")}
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "x"],
        cwd=project,
        env={**os.environ, **environment},
        check=True,
    )

    assert moves(imagelock) == {"nginx:1.26": ["added", "content"]}
    for arguments in (
        ("history",),
        ("history", "--format", "markdown"),
        ("history", "--format", "svg"),
        ("report", "--offline", "--output", "images.html"),
    ):
        result = imagelock(*arguments)
        assert "3000-01-01" in result.out + (
            (project / "images.html").read_text() if "report" in arguments else ""
        )


def test_a_repository_without_commits(project: Path, imagelock: Run) -> None:
    git(project, "init", "--quiet")

    result = imagelock("history")

    assert result.exit_code == 2
    assert "this repository has no commits yet" in result.err
