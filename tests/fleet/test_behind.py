"""`fleet behind`: each distinct tag is asked for once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from imagelock.fleet.behind import BehindResult, BehindTag
from imagelock.fleet.locked_tags import LockedDigest
from imagelock.report.fleet_matrix import github_matrix
from tests.conftest import AMD64, ARM64
from tests.support.fleets import NGINX, committed, repository, small_fleet
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Run


@pytest.fixture
def fleet(project: Path, address: str, hub: MemoryRegistry, imagelock: Run) -> Path:
    """The small fleet: `nginx:1.27` has moved, `redis:7` is gone, `side:v2` is served."""
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="moved")
    hub.delete("library/redis", "7")
    small_fleet(project / "src")
    configure(project, address)
    assert imagelock("fleet", "collect", "src").exit_code == 0
    return project


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("output", ["text", "json", "csv", "github-matrix"])
def test_tags_that_moved(
    imagelock: Run, snapshot: SnapshotAssertion, output: str
) -> None:
    assert imagelock("fleet", "behind", "--format", output) == snapshot


def test_each_tag_is_asked_for_once(
    fleet: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    for number in range(5):
        repository(fleet / f"src/more{number}", NGINX)
    imagelock("fleet", "collect", "src")
    before = len(hub.log)

    document = json.loads(imagelock("fleet", "behind", "--format", "json").out)

    assert document["asked"] == 3
    assert len(hub.log) - before == 3


@pytest.mark.usefixtures("fleet")
def test_patterns_and_checks(imagelock: Run) -> None:
    assert imagelock("fleet", "behind", "mysql").out == "0 of 0 tags moved\n"
    assert imagelock("fleet", "behind", "--check", "mysql").exit_code == 0
    assert imagelock("fleet", "behind", "--check", "nginx").exit_code == 1
    assert imagelock("--offline", "fleet", "behind").exit_code == 3


def test_no_answer_is_not_up_to_date(fleet: Path, imagelock: Run) -> None:
    configure(fleet, "http://127.0.0.1:1")

    result = imagelock("fleet", "behind")

    assert result.exit_code == 3
    assert "127.0.0.1:1" in result.err
    assert result.out == "0 of 0 tags moved\n"


def test_what_could_not_be_read_may_be_behind(fleet: Path, imagelock: Run) -> None:
    committed(fleet / "src/broken", {"images.lock": "version = 99\n"})
    imagelock("fleet", "collect", "src")

    assert imagelock("fleet", "behind", "mysql").exit_code == 3


def test_a_matrix_has_no_more_jobs_than_github_runs(imagelock: Run) -> None:
    del imagelock
    places = tuple((f"shop/{number}", "images.lock") for number in range(257))
    tag = BehindTag("a.test/b:1", "sha256:1", (LockedDigest("sha256:2", None, places),))

    with pytest.raises(Exception, match="257 repositories are behind"):
        github_matrix(BehindResult((tag,), 1))
