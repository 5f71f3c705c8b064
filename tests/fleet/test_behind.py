"""`fleet behind`: each distinct tag is asked for once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelock.fleet.behind import BehindResult, BehindTag
from imagelock.fleet.locked_tags import LockedDigest
from imagelock.report.fleet.as_jobs import github_matrix, gitlab_pipeline
from tests.conftest import AMD64, ARM64
from tests.support.fleets import NGINX, committed, repository, small_fleet
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Sequence
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
@pytest.mark.parametrize("output", ["text", "json", "csv", "github-matrix", "gitlab"])
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


def result_with(names: Sequence[str]) -> BehindResult:
    places = tuple((name, "images.lock") for name in names)
    tag = BehindTag("a.test/b:1", "sha256:1", (LockedDigest("sha256:2", None, places),))
    return BehindResult((tag,), 1)


def jobs_of(result: BehindResult) -> dict[str, list[list[str]]]:
    """Return the repositories of each job, as a CI system reads them."""
    matrix = json.loads(github_matrix(result))["include"]
    pipeline = yaml.safe_load(gitlab_pipeline(result))
    variables = [job.get("variables") for job in pipeline.values()]
    return {
        "github": [job["repositories"] for job in matrix],
        "gitlab": [
            json.loads(each["IMAGELOCK_REPOSITORIES"]["value"])
            for each in variables
            if each
        ],
    }


@given(
    st.lists(st.text(), unique=True, max_size=5),
    st.sampled_from([1, 199, 200, 201, 256, 257, 700]),
    st.integers(0, 9),
)
@settings(max_examples=15, deadline=None)
def test_each_repository_is_in_a_job_or_left(
    names: list[str], count: int, limit: int
) -> None:
    everything = {*names, *(f"shop/{number}" for number in range(count))}
    result = result_with([*everything])

    for ci, most in {"github": 256, "gitlab": 200}.items():
        jobs = jobs_of(result)[ci]
        sizes = {len(job) for job in jobs}
        assert sorted(name for job in jobs for name in job) == sorted(everything)
        assert len(jobs) == min(most, len(everything))
        assert max(sizes) - min(sizes) <= 1
        limited = result.limited(limit, names)
        now = {name for job in jobs_of(limited)[ci] for name in job}
        assert now | {*limited.left} == everything
        assert not now & {*limited.left}
        assert {*names} <= now
        assert len(now) <= max(limit, len(names))


def test_a_hostile_name_is_nothing_but_a_value() -> None:
    names = ["$CI_JOB_TOKEN", "${{ secrets.T }}", "a\nscript: [x]", "'\"]}", "\u2028"]
    result = result_with(names)

    assert jobs_of(result)["github"] == jobs_of(result)["gitlab"]
    pipeline = json.loads(gitlab_pipeline(result))
    assert [*pipeline] == [f"update {number}" for number in range(1, 6)]
    for job in pipeline.values():
        assert job["variables"]["IMAGELOCK_REPOSITORIES"]["expand"] is False
    assert "\n" not in github_matrix(result).removesuffix("\n")


def test_a_pipeline_without_updates_has_a_job() -> None:
    assert [*json.loads(gitlab_pipeline(result_with([])))] == ["nothing to update"]
    assert json.loads(github_matrix(result_with([]))) == {"include": []}


def test_groups_and_limits_are_those_of_the_fleet(
    fleet: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    before = (fleet / "imagelock.toml").read_text()
    groups = '[[update.group]]\nname = "data"\nimages = ["redis"]\n'
    (fleet / "imagelock.toml").write_text(before + groups)
    (fleet / "open").write_text("# two\nshop/web\n")
    behind = ("fleet", "behind", "--format", "github-matrix")

    assert json.loads(imagelock(*behind, "--group", "data").out) == {"include": []}
    everything = json.loads(imagelock(*behind, "--group", "others").out)["include"]
    assert imagelock(*behind, "--group", "dta") == snapshot
    limited = imagelock(*behind, "--limit", "1", "--open", "open")
    assert [job["name"] for job in json.loads(limited.out)["include"]] == ["shop/web"]
    assert limited == snapshot
    assert len(everything) == 4
