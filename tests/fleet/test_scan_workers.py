"""`fleet scan` on workers: of a Dask cluster, and of executors of the standard library."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from imagelock import Fleet
from imagelock.errors import UsageError
from imagelock.fleet.scans import workers
from imagelock.fleet.scans.request import FleetScanRequest
from tests.fleet.test_scan import CVE, fleet, scanned, trivy
from tests.support.cluster import running_cluster
from tests.support.slow_program import SlowProgram

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.fleet.scan import FleetScan
    from tests.conftest import Run
    from tests.support.scanning.fake_scanner import FakeScanner

__all__ = ["fleet", "trivy"]
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the program is a script with a `#!` line"
)
SECRET = "s3cret"


def content(database: Path) -> list[Any]:
    """Return what *database* has of scans, but times."""
    queries = (
        "SELECT manifest_digest, scanner, outcome, packages, reason FROM scans ORDER BY 1",
        "SELECT * FROM vulnerabilities ORDER BY 1, 3",
    )
    with closing(sqlite3.connect(database)) as connection:
        return [connection.execute(query).fetchall() for query in queries]


@pytest.mark.slow
def test_a_worker_that_is_killed_while_it_scans_loses_nothing(
    fleet: Path,
    trivy: FakeScanner,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    shutil.copy("fleet.sqlite", "together.sqlite")
    alone = imagelock("fleet", "scan")
    (fleet / ".trivyignore").write_text("CVE-2024-3094\n")
    monkeypatch.setattr(workers, "_PART", 1)
    monkeypatch.setenv("TOKEN", SECRET)
    slow = SlowProgram(tmp_path / "slow", "trivy", "@sha256:")
    killed: list[int] = []
    variables = {"PATH": slow.path, "TOKEN": "of the worker"}

    with running_cluster(variables) as cluster:
        killer = threading.Thread(
            target=slow.kill_first, args=(cluster.workers, killed)
        )
        killer.start()
        together = imagelock(
            *("fleet", "scan", "-d", "together.sqlite", "--scheduler", cluster.address)
        )
        killer.join()

    assert killed == cluster.workers[:1]
    assert together == alone
    assert content(fleet / "together.sqlite") == content(fleet / "fleet.sqlite")
    assert SECRET not in slow.environment
    # Files of the project reach the scanner where it runs.
    assert any(".trivyignore" in str(call) for call in trivy.calls("@sha256:"))


def scan_in(executor: Executor) -> FleetScan:
    return Fleet.open().scan(request=FleetScanRequest(executor=executor, jobs=2))


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_any_executor_scans(
    fleet: Path,
    trivy: FakeScanner,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    shutil.copy("fleet.sqlite", "alone.sqlite")
    assert imagelock("fleet", "scan", "-d", "alone.sqlite").exit_code == 3
    monkeypatch.setattr(workers, "_PART", 3)
    before = scanned(trivy)
    context = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(1)
        if kind == "threads"
        else ProcessPoolExecutor(1, mp_context=context)
    ) as executor:
        run = scan_in(executor)

    assert run.is_vulnerable
    assert not run.is_complete
    assert content(fleet / "fleet.sqlite") == content(fleet / "alone.sqlite")
    assert sorted(scanned(trivy)) == sorted([*before, *before])
    # A process updates the database once, however many parts it has.
    assert len(trivy.calls("--download-db-only")) == 2


class LostWorkers(Executor):
    """An executor none of whose workers answers."""

    def submit(self, *_: object, **__: object) -> Future[Any]:
        raise RuntimeError("the cluster is gone")


@pytest.mark.usefixtures("fleet", "trivy")
def test_what_no_worker_scanned_is_not_clean(imagelock: Run) -> None:
    run = scan_in(LostWorkers())

    problems = {each.assessment.problem for each in run.platforms}
    assert problems == {"its worker failed: the cluster is gone"}
    assert imagelock("fleet", "where", CVE).exit_code == 3
    assert imagelock("fleet", "scan", "--new").exit_code == 3
    assert "1 repository" in imagelock("fleet", "where", CVE).out


@pytest.mark.usefixtures("fleet")
def test_a_worker_without_the_scanner_says_so(
    trivy: FakeScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trivy.folder / "trivy").rename(trivy.folder / "other")
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setenv("PATH", str(trivy.folder))
    with ThreadPoolExecutor(1) as executor:
        run = scan_in(executor)

    (problem,) = {each.assessment.problem for each in run.platforms}
    assert problem is not None
    assert "its worker failed: " in problem
    assert "trivy" in problem


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("option", ["--report=trivy:reports", "--offline"])
def test_workers_are_for_running_a_scanner(imagelock: Run, option: str) -> None:
    arguments = ["fleet", "scan", "--scheduler", "tcp://127.0.0.1:1"]
    if option == "--offline":
        arguments.insert(0, option)
    else:
        arguments.append(option)
    result = imagelock(*arguments)

    assert result.exit_code == 2
    name = option.partition("=")[0]
    assert (
        f"`--scheduler` is about running a scanner, and `{name}` runs none"
        in result.err
    )


@pytest.mark.usefixtures("fleet")
def test_workers_read_no_reports() -> None:
    from imagelock.commands.scanning.scan_request import ScanRequest

    request = FleetScanRequest(scan=ScanRequest(offline=True), executor=LostWorkers())
    with pytest.raises(UsageError, match="no"):
        Fleet.open().scan(request=request)
