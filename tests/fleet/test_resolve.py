"""`fleet resolve`, and `--answers`: registries are asked once for many repositories."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import shutil
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from imagelock import Fleet
from imagelock.config import load
from imagelock.demo.images import make_manifest
from imagelock.fleet import ask_workers
from imagelock.fleet.resolve import ResolveOptions
from tests.conftest import AMD64, ARM64
from tests.support.cluster import KILL, running_cluster
from tests.support.fleets import committed
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.answers import Answer
    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Run

SCHEMA = Path(__file__).parents[2] / "docs/reference/answers.schema.json"
# By name, because the package has no types.
VALIDATOR: Any = importlib.import_module("jsonschema").Draft202012Validator(
    json.loads(SCHEMA.read_bytes())
)
REPOSITORIES = {
    "api": ["nginx:1.27", "ghcr.io/acme/side:v2", "solo:1"],
    "web": ["nginx:1.27", "redis:7"],
    "cron": ["redis:7", "solo:1", "python:3.12-slim"],
}


def compose(images: Iterable[str]) -> str:
    return "services:\n" + "".join(
        f"  s{number}:\n    image: {image}\n" for number, image in enumerate(images)
    )


@pytest.fixture
def fleet(project: Path, address: str, hub: MemoryRegistry, imagelock: Run) -> Path:
    """Three repositories, locked before two of their tags moved and one was deleted."""
    hub.push("library/solo", "1", make_manifest(AMD64, salt="old"))
    configure(project, address)
    for name, images in REPOSITORIES.items():
        folder = project / "src" / name
        folder.mkdir(parents=True)
        configure(folder, address)
        (folder / "compose.yaml").write_text(compose(images), encoding="utf-8")
        assert imagelock("--project", str(folder), "lock").exit_code == 0
        committed(folder, {})
    hub.push_image(
        "library/nginx",
        "1.27",
        [AMD64, ARM64],
        salts="new",
        annotations={"org.opencontainers.image.version": "1.27.9"},
    )
    hub.push("library/solo", "1", make_manifest(ARM64, salt="new"))
    hub.delete("library/python", "3.12-slim")
    assert imagelock("fleet", "collect", "src").exit_code == 0
    hub.log.clear()
    return project


def answers_of(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_bytes())
    assert isinstance(document, dict)
    return document


def aged(path: Path, age: timedelta) -> None:
    """Let the answers in the file at *path* be so much older."""
    document = answers_of(path)
    for answer in document["answers"]:
        if "asked_at" in answer:
            time = datetime.fromisoformat(answer["asked_at"]) - age
            answer["asked_at"] = f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    path.write_text(json.dumps(document), encoding="utf-8")


def in_all(fleet: Path, run: Run, *arguments: str) -> dict[str, int]:
    """Run a command in each repository, and return the exit codes."""
    return {
        name: run("--project", str(fleet / "src" / name), *arguments).exit_code
        for name in REPOSITORIES
    }


def locks(fleet: Path) -> dict[str, bytes]:
    return {n: (fleet / "src" / n / "images.lock").read_bytes() for n in REPOSITORIES}


def test_locks_are_those_of_separate_runs(
    fleet: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    shutil.copytree(fleet / "src", fleet / "before")
    update = ("update", "--details", "none")
    codes = in_all(fleet, imagelock, *update)
    alone, asked_alone = locks(fleet), len(hub.log)
    shutil.rmtree(fleet / "src")
    (fleet / "before").rename(fleet / "src")
    hub.log.clear()

    assert imagelock("fleet", "resolve").exit_code == 0
    asked_once = [*hub.log]
    offline = ("--offline", *update, "--answers", str(fleet / "answers.json"))
    assert (
        in_all(fleet, imagelock, *offline) == codes == {"api": 0, "web": 0, "cron": 1}
    )

    assert locks(fleet) == alone
    assert hub.log == asked_once
    # A tag each, and for the two that moved their manifest; one has a configuration.
    assert len(asked_once) == 5 + 2 + 1
    assert asked_alone == 15
    assert sorted(line.split()[0] for line in asked_once) == ["GET"] * 3 + ["HEAD"] * 5


def test_new_references_and_verify(
    fleet: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("fleet", "resolve")
    hub.log.clear()
    api = ("--project", "src/api")
    answers = ("--answers", "answers.json")

    assert imagelock(*api, "verify", *answers).out == snapshot
    assert imagelock(*api, "--offline", "verify", *answers) == snapshot
    document = json.loads(imagelock(*api, "verify", *answers, "--format", "json").out)
    assert document["answers"]["used"] == 3
    assert document["answers"]["age"] < 60
    heads = {line for line in hub.log if "/1.27" in line or "/v2/acme" in line}
    assert heads == set(), "tags were asked for that have answers"

    (fleet / "src/web/compose.yaml").write_text(compose(["busybox:1", "redis:7"]))
    web = ("--project", "src/web")
    assert imagelock(*web, "--offline", "lock", *answers) == snapshot
    hub.push_image("library/busybox", "1", [AMD64])
    hub.log.clear()
    assert imagelock(*web, "lock", *answers).exit_code == 0
    assert {line.rpartition("/v2/")[2] for line in hub.log} == {
        "library/busybox/manifests/1"
    }
    assert imagelock(*web, "--offline", "verify", *answers) == snapshot


def test_old_answers_are_not_used(
    fleet: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("fleet", "resolve")
    aged(fleet / "answers.json", timedelta(hours=2))
    hub.log.clear()
    web = ("--project", "src/web", "verify", "--answers", "answers.json")

    result = imagelock("--offline", *web)
    assert result.exit_code == 3
    assert "the answers are too old (2 images)" in result.out
    note = "note: 2 answers are older than `--max-age` allows, and not used\n"
    assert result.err == note
    assert hub.log == []
    assert imagelock("--offline", *web, "--max-age", "3h").exit_code == 1
    asked_again = imagelock(*web)
    assert asked_again.exit_code == 1
    assert note in asked_again.err
    assert (
        sum(line.startswith("HEAD") and "sha256" not in line for line in hub.log) == 2
    )
    assert imagelock(*web, "--max-age", "soon") == snapshot
    assert imagelock("--project", "src/web", "verify", "--max-age", "3h") == snapshot

    aged(fleet / "answers.json", timedelta(hours=-4))
    assert imagelock("--offline", *web, "--max-age", "1w").exit_code == 3


def test_what_is_left_out_is_asked_first(
    fleet: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    configure(fleet, "http://127.0.0.1:1", hosts=("ghcr.io",))
    with (fleet / "imagelock.toml").open("a") as file:
        address = (fleet / "src/api/imagelock.toml").read_text().split('"')[3]
        file.write(f'[registries."docker.io"]\nmirror = "{address}"\n')
        file.write("resolve-from-mirror = true\n")
    first = imagelock("fleet", "resolve", "nginx", "ghcr.io/*")
    assert first.exit_code == 3
    assert first.out == snapshot
    by_name = {a["reference"]: a for a in answers_of(fleet / "answers.json")["answers"]}
    assert by_name.keys() == {"docker.io/library/nginx:1.27", "ghcr.io/acme/side:v2"}
    assert "127.0.0.1:1" in by_name["ghcr.io/acme/side:v2"]["failure"]
    assert "digest" not in by_name["ghcr.io/acme/side:v2"]

    side = imagelock(
        "--project", "src/api", "--offline", "verify", "--answers", "answers.json"
    )
    assert "could not be asked" in side.out

    aged(fleet / "answers.json", timedelta(minutes=10))
    shutil.copy(fleet / "src/api/imagelock.toml", fleet)
    hub.log.clear()
    document = json.loads(
        imagelock("fleet", "resolve", "--max-age", "1h", "--format", "json").out
    )
    assert (document["asked"], document["kept"]) == (4, 1)
    assert not any("nginx" in line for line in hub.log)


def test_earlier_answers_stay_where_nobody_answers(fleet: Path, imagelock: Run) -> None:
    imagelock("fleet", "resolve")
    configure(fleet, "http://127.0.0.1:1")
    before = (fleet / "answers.json").read_bytes()
    assert imagelock("fleet", "resolve").exit_code == 3
    after = answers_of(fleet / "answers.json")["answers"]
    assert all("failure" in answer for answer in after)
    old = [{k: v for k, v in a.items() if "fail" not in k} for a in after]
    assert old == json.loads(before)["answers"]


def test_the_next_run_goes_on_where_a_budget_ended(
    fleet: Path, address: str, hub: MemoryRegistry, imagelock: Run
) -> None:
    def budget(pulls: int) -> None:
        host = address.removeprefix("http://")
        table = f'[registries."{host}"]\npulls-per-6h = {pulls}\n\n'
        configure(fleet, address, table)

    budget(1)
    first = imagelock("fleet", "resolve")
    assert first.exit_code == 3
    assert "used up: 1" in first.err
    assert first.out.startswith("4 tags answered for: 1 moved, 1 no longer served, 1 c")
    before = {a["reference"] for a in answers_of(fleet / "answers.json")["answers"]}

    budget(2)
    hub.log.clear()
    assert imagelock("fleet", "resolve").exit_code == 0
    # What was fetched before is not fetched again.
    assert sum("GET" in line and "manifests" in line for line in hub.log) == 1
    after = answers_of(fleet / "answers.json")["answers"]
    assert {a["reference"] for a in after} == before
    assert not any("failure" in answer for answer in after)


def without_times(path: Path) -> dict[str, Any]:
    document = answers_of(path)
    for answer in document["answers"]:
        del answer["asked_at"]
    return document


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_workers_answer_the_same(
    fleet: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    imagelock("fleet", "resolve", "-o", "alone.json")
    monkeypatch.setattr(ask_workers, "_PART", 2)
    context = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, context)
    ) as executor:
        result = Fleet.open().resolve(
            "workers.json",
            config=load(fleet),
            options=ResolveOptions(executor=executor),
        )

    assert (result.asked, len(result.moved), len(result.missing)) == (5, 2, 1)
    assert without_times(fleet / "workers.json") == without_times(fleet / "alone.json")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks processes")
def test_a_cluster_answers_the_same(fleet: Path, imagelock: Run) -> None:
    alone = imagelock("fleet", "resolve", "-o", "alone.json")
    with running_cluster({}) as cluster:
        together = imagelock("fleet", "resolve", "--scheduler", cluster.address)

    assert together == alone
    assert without_times(fleet / "answers.json") == without_times(fleet / "alone.json")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks processes")
def test_a_worker_that_is_killed_while_it_asks_loses_nothing(
    fleet: Path, hub: MemoryRegistry, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = imagelock("fleet", "resolve", "-o", "alone.json")
    monkeypatch.setattr(ask_workers, "_PART", 1)
    both_ask, gate = threading.Semaphore(0), threading.Event()
    answer = hub.handle

    def wait(
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        scheme: str = "https",
    ) -> Answer:
        both_ask.release()
        gate.wait(60)
        return answer(method, target, headers, body, scheme=scheme)

    def kill(worker: int) -> None:
        # Each worker has a thread, and so a request at a time.
        both_ask.acquire(timeout=60)
        both_ask.acquire(timeout=60)
        os.kill(worker, KILL)
        gate.set()

    monkeypatch.setattr(hub, "handle", wait)
    with running_cluster({}) as cluster:
        killer = threading.Thread(target=kill, args=(cluster.workers[0],))
        killer.start()
        together = imagelock("fleet", "resolve", "--scheduler", cluster.address)
        killer.join()

    # On stderr, the server says that a client is gone.
    assert together.exit_code == alone.exit_code
    assert together.out == alone.out
    assert without_times(fleet / "answers.json") == without_times(fleet / "alone.json")


class LostWorkers(Executor):
    """An executor none of whose workers answers."""

    def submit(self, *_: object, **__: object) -> Future[Any]:
        raise RuntimeError("the cluster is gone")


@pytest.mark.usefixtures("fleet")
def test_what_no_worker_answered_is_left(imagelock: Run) -> None:
    result = Fleet.open().resolve(options=ResolveOptions(executor=LostWorkers()))

    assert len(result.failures) == 5
    answers = answers_of(Path("answers.json"))["answers"]
    assert {a["failure"] for a in answers} == {"its worker failed: the cluster is gone"}
    assert imagelock("fleet", "resolve", "--max-age", "1h").exit_code == 0


def test_shards_are_merged(fleet: Path, imagelock: Run) -> None:
    parts = [f"part{index}.json" for index in (1, 2, 3)]
    for index, part in enumerate(parts, 1):
        imagelock("fleet", "resolve", "-o", part, "--shard", f"{index}/3")
    imagelock("fleet", "resolve", "-o", "whole.json")
    sets = [
        {a["reference"] for a in answers_of(fleet / part)["answers"]} for part in parts
    ]
    assert sum(map(len, sets)) == len(set().union(*sets)) == 5

    many = [argument for part in parts for argument in ("--answers", part)]
    offline = ("--offline", "fleet", "behind", "--format", "json")
    assert imagelock(*offline, *many) == imagelock(*offline, "--answers", "whole.json")
    assert imagelock(*offline, *many[:2]).exit_code == 3


def test_the_schema_accepts_what_is_written(fleet: Path, imagelock: Run) -> None:
    imagelock("fleet", "resolve")
    configure(fleet, "http://127.0.0.1:1")
    imagelock("fleet", "resolve", "nginx")
    imagelock("fleet", "resolve", "-o", "failed.json")

    for name in ("answers.json", "failed.json"):
        assert [*VALIDATOR.iter_errors(answers_of(fleet / name))] == []
    assert [*VALIDATOR.iter_errors({"version": 1, "answers": [{"reference": "a"}]})]


GOOD = '{"reference": "docker.io/library/redis:7", '
TIME = '"asked_at": "2026-09-01T08:00:00Z"'
DIGEST = f'"digest": "sha256:{"0" * 64}"'


@pytest.mark.parametrize(
    "text",
    [
        '{\n"version": 1,\n"answers": [}',
        "[]",
        '{"version": 1}',
        '{"version": 2, "answers": []}',
        '{"version": "1", "answers": []}',
        '{"version": 1, "version": 1, "answers": []}',
        '{"version": 1, "answers": NaN}',
        '{"version": 1, "answers": {}}',
        '{"version": 1,\n "answers": [\n  7]}',
        f'{{"version": 1, "answers": [\n {GOOD} "digest": "sha256:1"}}]}}',
        f'{{"version": 1, "answers": [\n {GOOD} {DIGEST}}}]}}',
        f'{{"version": 1, "answers": [\n {GOOD} "asked_at": "2026-02-30T08:00:00Z"}}]}}',
        f'{{"version": 1, "answers": [\n {GOOD} {TIME}}}]}}',
        f'{{"version": 1, "answers": [\n {{"reference": "redis:7", {TIME}, {DIGEST}}}]}}',
        '{"version": 1, "answers": [], "documents": [{"digest": "sha256:1"}]}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_a_file_that_cannot_be_used(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion, text: str
) -> None:
    file = project / "answers.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))

    result = imagelock("verify", "--answers", "answers.json")

    assert result.exit_code == 2
    assert result == snapshot


def test_other_content_is_not_believed(fleet: Path, imagelock: Run) -> None:
    imagelock("fleet", "resolve")
    file = fleet / "answers.json"
    document = answers_of(file)
    for each in document["documents"]:
        each["text"] = each["text"].replace("1.27.9", "1.27.8").replace("oci", "odd")
    file.write_text(json.dumps(document), encoding="utf-8")
    before = locks(fleet)

    codes = in_all(fleet, imagelock, "--offline", "update", "--answers", str(file))

    assert codes == {"api": 3, "web": 3, "cron": 1}
    assert locks(fleet) == before
