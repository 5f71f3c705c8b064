"""`fleet collect`: which repositories are read, and what becomes of the others."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock import Fleet
from imagelock.fleet.collect import CollectOptions
from imagelock.fleet.repositories.lists import without_credentials
from imagelock.fleet.shard import Shard
from tests.support.commits import git
from tests.support.fleets import (
    NGINX,
    NGINX_OLD,
    REDIS,
    SIDE,
    bare,
    committed,
    repository,
    small_fleet,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

CONFLICT = "<<<<<<< ours\nversion = 1\n=======\nversion = 2\n>>>>>>> theirs\n"


@pytest.fixture(autouse=True)
def git_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others write in `/tmp`, and git asks nobody."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


def rows(query: str, database: str = "fleet.sqlite") -> list[Any]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def locked(database: str = "fleet.sqlite") -> set[tuple[str, str, str]]:
    query = "SELECT repository, lockfile, reference FROM locked_images"
    return {tuple(row) for row in rows(query, database)}


def test_every_kind_of_repository_is_read(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    small_fleet(project / "src")
    (project / "src/notes").mkdir()

    assert imagelock("fleet", "collect", "src") == snapshot
    assert locked() == {
        ("shop/web", "images.lock", "docker.io/library/nginx:1.27"),
        ("shop/web", "images.lock", "docker.io/library/redis:7"),
        ("shop/api", "images.lock", "docker.io/library/nginx:1.27"),
        ("shop/api", "images.lock", "ghcr.io/acme/side:v2"),
        ("shop/api", "worker/images.lock", "docker.io/library/redis:7"),
        ("infra/base", "images.lock", "docker.io/library/nginx:1.27"),
        ("infra/base", "images.lock", "ghcr.io/acme/side:v2"),
        ("tools", "images.lock", "docker.io/library/nginx:1.27"),
    }
    assert imagelock("fleet", "collect", "src") == snapshot


def test_whatever_cannot_be_read_is_a_row_with_its_reason(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    top = project / "src"
    repository(top / "good", NGINX)
    (top / "damaged/.git").mkdir(parents=True)
    committed(top / "later", {"images.lock": "version = 99\n"})
    committed(top / "conflict", {"images.lock": CONFLICT})
    committed(top / "binary", {"images.lock": b"\xff\xfe"})
    committed(top / "two", {"a/images.lock": "version = 99\n"})
    repository(top / "two", REDIS, path="b/images.lock")
    (top / "link").mkdir()
    (top / "link/images.lock").symlink_to("/etc/passwd")
    committed(top / "link", {})
    repository(top / "headless", NGINX)
    git(top / "headless", "symbolic-ref", "HEAD", "refs/heads/nowhere")
    git(top / "good", "init", "--quiet", str(top / "empty"))

    assert imagelock("fleet", "collect", "src") == snapshot
    assert {name for name, _, _ in locked()} == {"good", "two"}
    assert len(rows("SELECT * FROM unreadable")) == 7
    assert imagelock("-v", "fleet", "collect", "src") == snapshot
    assert imagelock("fleet", "where", "nginx").exit_code == 3


def test_only_what_changed_is_read_again(project: Path, imagelock: Run) -> None:
    small_fleet(project / "src")
    imagelock("fleet", "collect", "src")

    again = imagelock("fleet", "collect", "src").out
    repository(project / "src/shop/web", NGINX_OLD)
    third = imagelock("fleet", "collect", "src").out

    # A folder without git is read each time.
    assert again.startswith("read 5 repositories (4 unchanged,")
    assert third.startswith("read 5 repositories (3 unchanged,")
    assert ("shop/web", "images.lock", "docker.io/library/redis:7") not in locked()
    assert rows("SELECT count(*) FROM image WHERE tag = '7'") == [(1,)]


def test_a_list_names_repositories(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository(project / "web", NGINX)
    (project / "single").mkdir()
    (project / "single/any name").write_bytes(
        (project / "web/images.lock").read_bytes()
    )
    hostile = "::error::x\x1b[31m'; DROP TABLE repository; --"
    (project / "list").write_text(
        f"# all of them\n\nteam/web\tweb\nsingle\tsingle/any name\n{hostile}\tweb\n"
        "team/web\tsingle\n\tweb\n-oProxyCommand=x\nteam/web\tweb\nweb\n"
    )

    result = imagelock("fleet", "collect", "list")

    assert result.exit_code == 2
    assert result.out == "read 4 repositories: 4 lockfiles\n"
    assert [line.partition("list:")[2] for line in result.err.splitlines()] == [
        "6: `team/web` is another repository on line 3",
        "7: expected a path or an address, or a name, a tab and either",
        "8: `-oProxyCommand=x` is not a path or an address",
    ]
    assert {name for name, _, _ in locked()} == {"team/web", "single", hostile, "web"}
    for output in ("text", "json", "csv"):
        out = imagelock("fleet", "where", "nginx", "--format", output).out
        assert "\x1b" not in out
        assert "\n::error" not in out


@pytest.mark.skipif(sys.platform == "win32", reason="needs names of any bytes")
def test_names_may_have_any_bytes(project: Path, imagelock: Run) -> None:
    name = os.fsdecode(b"caf\xe9\n")
    repository(project / "src" / name, NGINX)

    assert imagelock("fleet", "collect", "src").exit_code == 0
    assert imagelock("fleet", "where", "nginx").out.splitlines()[1] == (
        "  caf\\xe9\\u000a  images.lock"
    )


def test_git_fetches_lockfiles_alone(project: Path, imagelock: Run) -> None:
    bare(project / "forge/acme/web.git", NGINX)
    git(project / "forge/acme/web.git", "config", "uploadpack.allowFilter", "true")
    url = f"file://{project}/forge/acme/web.git"
    (project / "urls").write_text(f"{url}\nfile://{project}/forge/nothing.git\n")

    first = imagelock("fleet", "collect", "urls")
    again = imagelock("fleet", "collect", "urls")

    assert first.exit_code == again.exit_code == 3
    assert "does not appear to be a git repository" in first.err
    assert first.out == "read 1 repository: 1 lockfile\n"
    assert again.out == "read 1 repository (1 unchanged): 1 lockfile\n"
    ((name, _, _),) = locked()
    assert name.endswith("/forge/acme/web")


def test_a_broken_host_with_credentials(project: Path, imagelock: Run) -> None:
    repository(project / "web", NGINX)
    urls = [f"https://me:s3cret@127.0.0.1:1/acme/{n}.git" for n in range(10_000)]
    (project / "list").write_text("\n".join([*urls, "web\tweb", "ext::sh -c touch x"]))

    result = imagelock("fleet", "collect", "list", "-j", "1")

    assert result.exit_code == 3
    assert result.out == "read 1 repository: 1 lockfile\n"
    refused = [
        line for line in result.err.splitlines() if "could not be reached" in line
    ]
    assert len(refused) == 1
    assert int(refused[0].split()[1]) >= 9_990
    assert len(rows("SELECT * FROM unreadable")) == 10_001
    assert "s3cret" not in result.out + result.err
    assert b"s3cret" not in (project / "fleet.sqlite").read_bytes()
    assert not (project / "x").exists()


def test_what_was_read_before_stays(project: Path, imagelock: Run) -> None:
    repository(project / "src/web", NGINX)
    imagelock("fleet", "collect", "src")
    (project / "src/web/.git/HEAD").write_text("damaged")

    assert imagelock("fleet", "collect", "src").exit_code == 3
    (line,) = imagelock("fleet", "where", "nginx").out.splitlines()[1:2]
    assert line.startswith("  web  images.lock  (as of 20")


def test_repositories_that_are_gone_are_deleted_on_request(
    project: Path, imagelock: Run
) -> None:
    repository(project / "src/web", NGINX)
    repository(project / "src/old", REDIS)
    repository(project / "other/api", SIDE)
    imagelock("fleet", "collect", "src", "other")
    (project / "src/old").rename(project / "old")

    kept = imagelock("fleet", "collect", "src").out
    assert kept.endswith(
        "1 repository no longer there: kept, which `--prune` deletes\n"
    )
    assert {name for name, _, _ in locked()} == {"web", "old", "api"}
    assert imagelock("fleet", "collect", "src", "--prune").exit_code == 0
    assert {name for name, _, _ in locked()} == {"web", "api"}
    assert rows("SELECT count(*) FROM image") == [(2,)]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere", "there is no `nowhere`"),
        ("void", "there is no repository in `"),
        ("list", "names no repository"),
        ("ssh://a\x1bb/c", "the address has control characters"),
    ],
)
def test_a_source_without_repositories_is_an_error(
    project: Path, imagelock: Run, source: str, message: str
) -> None:
    (project / "void/inside").mkdir(parents=True)
    (project / "list").write_text("# none\n")

    result = imagelock("fleet", "collect", source)

    assert result.exit_code == 2
    assert message in result.err


class InlineExecutor(Executor):
    """Runs each task at once, except for those that *fails* replaces by an error."""

    def __init__(self, fails: Callable[[str], BaseException | None]) -> None:
        self._fails = fails

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        future: Future[Any] = Future()
        if error := self._fails(args[0].name):
            if isinstance(error, KeyboardInterrupt):
                raise error
            future.set_exception(error)
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_workers_that_fail_and_interruptions_lose_nothing(project: Path) -> None:
    for name in "abcdef":
        repository(project / "src" / name, NGINX)
    fleet = Fleet.open("fleet.sqlite")

    def collect(failing: str, error: BaseException | None) -> Any:  # noqa: ANN401
        executor = InlineExecutor(lambda name: error if name == failing else None)
        return fleet.collect("src", options=CollectOptions(executor=executor, jobs=1))

    with pytest.raises(KeyboardInterrupt):
        collect("f", KeyboardInterrupt())
    interrupted = len(locked())
    failed = collect("d", OSError("the worker is gone"))
    after = collect("", None)

    assert interrupted == 4
    assert [(e.repository, e.reason) for e in failed.unreadable] == [
        ("d", "its worker failed: the worker is gone")
    ]
    assert (failed.read, failed.unchanged) == (5, 3)
    assert (after.read, after.unchanged, len(locked())) == (6, 5, 6)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_any_executor_reads(project: Path, kind: str) -> None:
    for name in "abc":
        repository(project / "src" / name, NGINX, REDIS)
    context = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(2)
        if kind == "threads"
        else ProcessPoolExecutor(2, mp_context=context)
    ) as executor:
        options = CollectOptions(executor=executor, jobs=2)
        result = Fleet.open().collect("src", options=options)

    assert (result.read, result.unreadable) == (3, [])
    assert len(locked()) == 6


def test_two_collectors_write_at_once(project: Path) -> None:
    for number in range(12):
        repository(project / "src" / f"app{number}", NGINX, SIDE)
    command = [sys.executable, "-m", "imagelock", "fleet", "collect", "src"]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    outputs = [process.communicate()[0] for process in running]

    assert [process.returncode for process in running] == [0, 0], outputs
    assert len(locked()) == 24
    assert rows("PRAGMA integrity_check") == [("ok",)]


NAMES = st.text(st.characters(exclude_categories=()), max_size=20)


@given(NAMES, st.integers(1, 300))
def test_each_name_is_in_one_shard(name: str, count: int) -> None:
    shards = [Shard(index, count) for index in range(1, count + 1)]

    assert sum(shard.has(name) for shard in shards) == 1


def test_shards_never_change(project: Path, imagelock: Run) -> None:
    small_fleet(project / "src")
    for part in ("1/3", "2/3", "3/3"):
        file = f"{part[0]}.sqlite"
        imagelock("fleet", "collect", "src", "--shard", part, "--prune", "-o", file)

    parts = [{name for name, _, _ in locked(f"{n}.sqlite")} for n in (1, 2, 3)]
    assert parts == [set(), {"shop/web", "infra/base"}, {"shop/api", "tools"}]


def test_json(project: Path, imagelock: Run) -> None:
    small_fleet(project / "src")

    document = json.loads(imagelock("fleet", "collect", "src", "--format", "json").out)

    assert (document["read"], document["lockfiles"]) == (5, 5)
    assert document["without_lockfile"] == 1
    assert document["unreadable"] == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://anna:secret@a.test/b.git", "https://a.test/b.git"),
        ("https://secret@a.test/b.git", "https://a.test/b.git"),
        ("ssh://git@a.test/b.git", "ssh://git@a.test/b.git"),
        ("ssh://git:s3:cr@et@a.test/b.git", "ssh://git@a.test/b.git"),
        ("SSH://git:secret@a.test/b.git", "SSH://git@a.test/b.git"),
        ("git@a.test:b.git", "git@a.test:b.git"),
    ],
)
def test_no_address_is_shown_with_a_secret(address: str, shown: str) -> None:
    assert without_credentials(address) == shown
