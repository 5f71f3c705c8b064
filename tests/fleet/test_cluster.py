"""`--scheduler`: the same work on the workers of a Dask cluster."""

from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import dask
import pytest

from imagelock.errors import UsageError
from imagelock.fleet.tasks.cluster import ClusterError, open_cluster
from tests.support.certificates import Authority
from tests.support.cluster import running_cluster
from tests.support.fleets import NGINX, bare, committed, repository, small_fleet
from tests.support.slow_program import SlowProgram

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

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
    git = SlowProgram(project / "bin", "git")
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
    assert SECRET not in git.environment


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


def certificates(folder: Path, role: str) -> dict[str, str]:
    """Return settings of Dask: a new authority, and a certificate of it for *role*."""
    folder.mkdir()
    authority = Authority.make(folder)
    certificate, key = authority.issue("node")
    return {
        "distributed.comm.tls.ca-file": str(authority.certificate),
        **{
            f"distributed.comm.tls.{each}.{name}": str(path)
            for each in role.split()
            for name, path in (("cert", certificate), ("key", key))
        },
    }


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks processes")
def test_a_cluster_with_certificates(project: Path, imagelock: Run) -> None:
    small_fleet(project / "src")
    alone = imagelock("fleet", "collect", "src", "-o", "alone.sqlite")
    ours = certificates(project / "tls", "scheduler worker client")
    others = certificates(project / "other-tls", "client")
    variables = {
        f"DASK_{key.upper().replace('.', '__').replace('-', '_')}": value
        for key, value in ours.items()
    }

    with running_cluster(variables, "tls") as cluster:
        assert cluster.address.startswith("tls://")
        collect = ("fleet", "collect", "src", "--scheduler", cluster.address)
        with dask.config.set(ours):
            together = imagelock(*collect)
        with (
            dask.config.set(others),
            pytest.raises(ClusterError, match="cannot be reached"),
            open_cluster(cluster.address, wait=1),
        ):
            pass

    assert together == alone
    assert content("fleet.sqlite") == content("alone.sqlite")


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
