"""`fleet where`, `split` and `stats`."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from imagelock import Fleet
from tests.commands.test_history import AMD64, ARM64
from tests.support.fleets import NGINX, NGINX_OLD, SIDE, committed, small_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from tests.conftest import Run


@pytest.fixture
def fleet(project: Path, imagelock: Run) -> Path:
    """The folder whose `fleet.sqlite` has the small fleet."""
    small_fleet(project / "src")
    assert imagelock("fleet", "collect", "src").exit_code == 0
    return project


def child(image: Image, platform: Platform) -> str:
    return str(image.manifest(platform))


NEW = {"shop/web", "infra/base", "tools"}
QUESTIONS = {
    str(NGINX.digest): NEW,
    str(NGINX.digest)[:20]: NEW,
    str(NGINX.digest).removeprefix("sha256:"): NEW,
    child(NGINX, ARM64): NEW,
    child(NGINX_OLD, AMD64)[:24]: {"shop/api"},
    "nginx": {*NEW, "shop/api"},
    "nginx:1.27": {*NEW, "shop/api"},
    "docker.io/library/nginx:1.27": {*NEW, "shop/api"},
    f"nginx:1.27@{NGINX_OLD.digest}": {"shop/api"},
    f"nginx@{child(NGINX, AMD64)}": NEW,
    f"redis@{NGINX.digest}": set(),
    "ngin*": {*NEW, "shop/api"},
    "ghcr.io/acme/*": {"infra/base", "shop/api"},
    "*/side": {"infra/base", "shop/api"},
    "nginx:1": set(),
    "deadbeef": set(),
    "sha256:deadbeef": set(),
}


@pytest.mark.usefixtures("fleet")
def test_where_takes_digests_references_and_patterns(imagelock: Run) -> None:
    for question, expected in QUESTIONS.items():
        result = imagelock("fleet", "where", question, "--format", "json")
        document = json.loads(result.out)

        assert {each["repository"] for each in document["places"]} == expected, question
        assert document["not_found"] == ([] if expected else [question])
        assert result.exit_code == 0
        assert imagelock("fleet", "where", "--check", question).exit_code == bool(
            expected
        )


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("output", ["text", "json", "csv"])
def test_answers(imagelock: Run, snapshot: SnapshotAssertion, output: str) -> None:
    for command in (
        ("where", "redis", child(NGINX, ARM64), "mysql"),
        ("split",),
        ("stats",),
    ):
        result = imagelock("fleet", *command, "--format", output)

        if output == "json":
            document = json.loads(result.out)
            for each in [document, *document.get("places", [])]:
                for name in {"oldest_read", "read_at", "revision"} & each.keys():
                    each[name] = "…"
            assert document == snapshot
        elif output == "csv":
            names = {"read_at", "revision"}
            rows = csv.DictReader(io.StringIO(result.out))
            assert [{**row, **dict.fromkeys(names, "…")} for row in rows] == snapshot
        else:
            assert result == snapshot


def test_where_reads_a_file_of_digests(fleet: Path, imagelock: Run) -> None:
    (fleet / "digests").write_text(f"# bad ones\n\n{SIDE.digest}\n  redis:7\n")
    (fleet / "empty").write_text("#\n")

    document = json.loads(
        imagelock("fleet", "where", "@digests", "--format", "json").out
    )

    assert {each["image"] for each in document["places"]} == {
        str(SIDE.digest),
        "redis:7",
    }
    assert imagelock("fleet", "where", "@empty").err.startswith(
        "error: `@empty` has no lines\n"
    )
    assert imagelock("fleet", "where", "@nowhere").exit_code == 2
    assert imagelock("fleet", "where", "UPPER").exit_code == 2


def test_split_takes_patterns_and_shows_all(
    fleet: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert imagelock("fleet", "split", "!nginx").out == "0 tags with several digests\n"
    assert imagelock("fleet", "split", "--check", "redis").exit_code == 0
    assert imagelock("fleet", "split", "--check", "ngin*").exit_code == 1
    assert imagelock("-v", "fleet", "split", "nginx") == snapshot


def test_what_could_not_be_read_is_no_answer(fleet: Path, imagelock: Run) -> None:
    committed(fleet / "src/broken", {"images.lock": "version = 99\n"})
    imagelock("fleet", "collect", "src")

    for command in (("where", "mysql"), ("split", "redis"), ("stats",)):
        result = imagelock("fleet", *command)
        assert result.exit_code == 3
        assert (
            "1 repository or lockfile of the database could not be read" in result.err
        )
    assert imagelock("fleet", "where", "--check", "redis").exit_code == 1


def test_questions_from_python(fleet: Path) -> None:
    opened = Fleet.open(fleet / "fleet.sqlite")

    assert [tag.reference for tag in opened.split().tags] == [str(NGINX.reference)]
    assert opened.stats().counts["repositories"] == 5
    assert len(opened.where("redis").places["redis"]) == 2
