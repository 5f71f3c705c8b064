"""`--scheduler`: the same work on the workers of a Dask cluster."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import dask
import pytest

from imagelock.errors import UsageError
from imagelock.fleet.cluster import open_cluster
from tests.support.cluster import KILL, running_cluster
from tests.support.fleets import NGINX, bare, committed, repository, small_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

SLOW_GIT = """#!/bin/sh
echo $PPID >>{folder}/started
until [ -e {folder}/gate ]; do sleep 0.05; done
env >>{folder}/environment
exec {git} "$@"
"""
SECRET = "s3cret"


def content(database: str) -> list[Any]:
    """Return everything in *database* that a question can find, but times."""
    queries = (
        "SELECT source, name, location, revision, reason FROM repository ORDER BY 1, 2",
        "SELECT repository, lockfile, reason FROM unreadable ORDER BY 1, 2",
        "SELECT repository, lockfile, reference, digest FROM locked_images ORDER BY 1, 2, 3",
    )
    with closing(sqlite3.connect(database)) as connection:
        return [connection.execute(query).fetchall() for query in queries]


class SlowGit:
    """A git that waits until `open` is called, and says which processes called it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "started").touch()
        program = folder / "git"
        program.write_text(SLOW_GIT.format(folder=folder, git=shutil.which("git")))
        program.chmod(0o755)
        self.path = f"{folder}{os.pathsep}{os.environ['PATH']}"

    def open(self) -> None:
        (self.folder / "gate").touch()

    def is_called_by_all(self, processes: list[int]) -> bool:
        callers = (self.folder / "started").read_text().split()
        return {*map(str, processes)} <= {*callers}

    def kill_first(self, workers: list[int], killed: list[int]) -> None:
        """Kill the first of *workers* when each of them calls git, and let git work."""
        for _ in range(1000):
            if self.is_called_by_all(workers):
                os.kill(workers[0], KILL)
                killed.append(workers[0])
                break
            time.sleep(0.05)
        self.open()


def fleet_with_secrets(project: Path) -> None:
    """Make repositories of every kind, good and bad ones; one address has a password."""
    small_fleet(project / "src")
    committed(project / "src/broken", {"images.lock": "version = 99\n"})
    bare(project / "web.git", NGINX)
    address = f"https://me:{SECRET}@127.0.0.1:1/acme/web.git"
    (project / "list").write_text(f"web\tweb.git\nfar\t{address}\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks processes")
def test_a_worker_that_is_killed_loses_nothing(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet_with_secrets(project)
    git = SlowGit(project / "bin")
    monkeypatch.setenv("TOKEN", SECRET)
    collect = ("fleet", "collect", "src", "list")
    alone = imagelock(*collect, "-o", "alone.sqlite")
    killed: list[int] = []

    with running_cluster({"PATH": git.path, "TOKEN": "of the worker"}) as cluster:
        killer = threading.Thread(target=git.kill_first, args=(cluster.workers, killed))
        killer.start()
        together = imagelock(*collect, "--scheduler", cluster.address)
        killer.join()

    assert killed == cluster.workers[:1]
    assert together == alone
    assert together.exit_code == 3
    assert content("fleet.sqlite") == content("alone.sqlite")
    assert SECRET not in (git.folder / "environment").read_text()


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1:8786", "http://a.test:80", "tcp://a.test", "tcp://a b:1"),
        *("tcp://me:secret@a.test:1", "inproc://a/1/2", "tcp://a.test:1/x", ""),
    ],
)
def test_an_address_that_is_none(project: Path, imagelock: Run, address: str) -> None:
    repository(project / "src/web", NGINX)

    result = imagelock("fleet", "collect", "src", "--scheduler", address)

    assert result.exit_code == 2
    assert f"`{address}` is not the address of a scheduler" in result.err
    assert not (project / "fleet.sqlite").exists()


@pytest.mark.parametrize(
    ("address", "settings", "message"),
    [
        ("tls://127.0.0.1:1", {}, "there are no certificates"),
        (
            "tls://127.0.0.1:1",
            {"tls.ca-file": "/none", "tls.client.cert": "/none"},
            "cannot be used",
        ),
        ("tcp://127.0.0.1:1", {"require-encryption": True}, "is without encryption"),
    ],
)
def test_what_is_sent_is_encrypted_as_dask_says(
    address: str, settings: dict[str, Any], message: str
) -> None:
    settings = {f"distributed.comm.{key}": value for key, value in settings.items()}

    with (
        dask.config.set(settings),
        pytest.raises(UsageError, match=message),
        open_cluster(address),
    ):
        pass


def test_dask_is_an_extra(
    project: Path,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: SnapshotAssertion,
) -> None:
    repository(project / "src/web", NGINX)
    monkeypatch.setitem(sys.modules, "distributed", None)

    address = "tcp://127.0.0.1:1"

    assert imagelock("fleet", "collect", "src", "--scheduler", address) == snapshot
