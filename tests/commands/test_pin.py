"""`pin` and `unpin`: byte-exact, and only what was meant."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.commands.editing.apply_edits import prove_plan, text_reader
from imagelock.commands.editing.pin_plan import PinOptions, plan_pins, plan_removals
from imagelock.commands.selection import required_digests
from imagelock.config import Config
from imagelock.model.edit import Edit, apply
from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.project.project_files import ProjectFiles
from tests.conftest import AMD64
from tests.support.extraction import all_cases
from tests.support.locked import digest_of, locked, save, with_pins

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.commands.editing.apply_edits import Rewrite
    from imagelock.demo.registry import MemoryRegistry
    from imagelock.lockfile.model import Lockfile
    from tests.conftest import Run
    from tests.support.extraction import Case, Expectation

COMPOSE: Final = """\
services:
  web:
    image: "nginx:1.27" # the front
  cache: {image: redis}
  db:
    image: postgres:${PG:-17}
  chosen:
    image: alpine:3@sha256:0000000000000000000000000000000000000000000000000000000000000000
"""
DOCKERFILE: Final = b"\xef\xbb\xbfFROM nginx:1.27 AS a\r\nFROM nginx:1.27\r\n"


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "compose.yaml").write_text(COMPOSE)
    (project / "Dockerfile").write_bytes(DOCKERFILE)
    save(project, "nginx:1.27", "redis", "postgres:17", "alpine:3")
    return project


def host(address: str) -> str:
    return address.removeprefix("http://")


def content(project: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(project)): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file() and path.name != "images.lock"
    }


def test_pin_and_unpin(shop: Path, imagelock: Run, snapshot: SnapshotAssertion) -> None:
    before = content(shop)

    assert str(imagelock("pin")) == snapshot
    assert content(shop)["compose.yaml"].decode() == snapshot
    assert (shop / "images.lock").read_text() == snapshot
    assert str(imagelock("pin")) == snapshot
    assert str(imagelock("unpin")) == snapshot
    assert content(shop) == before
    assert "pinned" not in (shop / "images.lock").read_text()


def test_byte_order_marks_and_line_ends_stay(shop: Path, imagelock: Run) -> None:
    imagelock("pin")

    digest = str(digest_of("nginx:1.27")).encode()
    assert (shop / "Dockerfile").read_bytes() == DOCKERFILE.replace(
        b"1.27", b"1.27@" + digest
    )


def test_utf_16_stays(project: Path, imagelock: Run) -> None:
    file = project / "compose.yaml"
    text = "services:\n  ü: {image: nginx:1.27} # ö\n"
    file.write_text(text, encoding="utf-16")
    before = file.read_bytes()
    save(project, "nginx:1.27")

    assert imagelock("pin").exit_code == 0
    pinned = f"nginx:1.27@{digest_of('nginx:1.27')}"
    assert file.read_bytes().decode("utf-16") == text.replace("nginx:1.27", pinned)
    imagelock("unpin")
    assert file.read_bytes() == before


def test_a_diff_and_a_check_write_nothing(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    before = content(shop)

    assert str(imagelock("pin", "--diff", "compose.yaml")) == snapshot
    assert imagelock("pin", "--check").exit_code == 1
    assert content(shop) == before
    imagelock("pin")
    assert imagelock("pin", "--check").exit_code == 0
    assert imagelock("unpin", "--check").exit_code == 1


def test_what_a_variable_decides_is_pinned_if_asked(shop: Path, imagelock: Run) -> None:
    assert imagelock("pin", "--variables", "--image", "postgres").exit_code == 0

    pinned = f"postgres:${{PG:-17@{digest_of('postgres:17')}}}"
    wanted_text = COMPOSE.replace("postgres:${PG:-17}", pinned)
    assert (shop / "compose.yaml").read_text() == wanted_text
    imagelock("unpin")
    assert (shop / "compose.yaml").read_text() == COMPOSE


def test_only_the_files_that_are_named_are_pinned(shop: Path, imagelock: Run) -> None:
    before = content(shop)

    imagelock("pin", "Dockerfile")
    assert content(shop)["compose.yaml"] == before["compose.yaml"]
    assert content(shop)["Dockerfile"] != before["Dockerfile"]


def test_an_image_that_is_not_locked_is_an_error(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: nginx}}\n")

    assert str(imagelock("pin")) == snapshot


def test_machines_get_the_same(shop: Path, imagelock: Run) -> None:
    result = imagelock("pin", "--format", "json")

    places = json.loads(result.out)["places"]
    statuses = {(p["file"], p["line"]): (p["status"], p["reference"]) for p in places}
    nginx = f"docker.io/library/nginx:1.27@{digest_of('nginx:1.27')}"
    assert statuses["compose.yaml", 3] == ("pinned", nginx)
    assert statuses["compose.yaml", 6] == ("kept", "docker.io/library/postgres:17")
    assert (shop / "images.lock").is_file()


def test_a_digest_that_somebody_chose_stays_unless_all_is_asked_for(
    shop: Path, imagelock: Run
) -> None:
    imagelock("unpin")
    assert (shop / "compose.yaml").read_text() == COMPOSE
    imagelock("unpin", "--all")
    zeros = "@sha256:" + "0" * 64
    assert (shop / "compose.yaml").read_text() == COMPOSE.replace(zeros, "")


def test_what_was_pinned_follows_the_lock(shop: Path, imagelock: Run) -> None:
    imagelock("pin")
    new = "sha256:" + "1" * 64
    lock = shop / "images.lock"
    old = str(digest_of("nginx:1.27"))
    lock.write_text(lock.read_text().replace(old, new))

    assert "digest-mismatch" in imagelock("verify", "--offline").out
    assert imagelock("pin").exit_code == 0
    assert content(shop)["Dockerfile"] == DOCKERFILE.replace(
        b"1.27", b"1.27@" + new.encode()
    )
    imagelock("unpin")
    assert content(shop)["Dockerfile"] == DOCKERFILE


def test_update_moves_the_digests_in_the_files(
    project: Path, address: str, hub: MemoryRegistry, imagelock: Run
) -> None:
    compose = project / "compose.yaml"
    text = f"services: {{a: {{image: {host(address)}/library/nginx:1.27}}}}\n"
    compose.write_text(text)
    imagelock("lock")
    imagelock("pin")
    pinned = compose.read_text()
    hub.push_image("library/nginx", "1.27", [AMD64], salts="other")

    assert "drift" in imagelock("verify").out
    assert imagelock("update").exit_code == 0
    assert compose.read_text() not in {pinned, text}
    assert imagelock("verify").exit_code == 0
    imagelock("unpin")
    assert compose.read_text() == text


def test_a_file_that_would_mean_something_else_is_refused(
    project: Path,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: SnapshotAssertion,
) -> None:
    compose = project / "compose.yaml"
    compose.write_text("services: {a: {image: nginx:1}, b: {image: redis:7}}\n")
    save(project, "nginx:1", "redis:7")
    before = compose.read_bytes()
    monkeypatch.setattr(
        "imagelock.commands.editing.apply_edits.apply",
        lambda data, edits: apply(data, edits).replace(b"redis:7", b"redis:8"),
    )

    result = imagelock("pin")
    assert str(result) == snapshot
    assert compose.read_bytes() == before


def test_a_pin_of_a_place_that_is_gone_is_forgotten(
    project: Path, address: str, imagelock: Run
) -> None:
    compose = project / "compose.yaml"
    text = f"services: {{a: {{image: {host(address)}/library/nginx:1.27}}}}\n"
    compose.write_text(text)
    imagelock("lock")
    imagelock("pin")
    assert "pinned" in (project / "images.lock").read_text()

    compose.write_text(text)
    assert imagelock("lock").exit_code == 0
    assert "pinned" not in (project / "images.lock").read_text()


@pytest.mark.parametrize("restored", [("Dockerfile",), ("Dockerfile", "compose.yaml")])
def test_unpin_ends_what_a_killed_unpin_began(
    shop: Path, imagelock: Run, restored: tuple[str, ...]
) -> None:
    before = content(shop)
    lockfile = (shop / "images.lock").read_bytes()
    imagelock("pin")
    for name in restored:
        (shop / name).write_bytes(before[name])

    checked = imagelock("unpin", "--check")
    result = imagelock("unpin")

    assert checked.exit_code == 1
    assert result.exit_code == 0
    assert "2 pins without a digest forgotten: Dockerfile" in result.out or (
        "4 pins without a digest forgotten: Dockerfile, compose.yaml" in result.out
    )
    assert content(shop) == before
    assert (shop / "images.lock").read_bytes() == lockfile
    assert "forgotten" not in imagelock("unpin").out


def test_unpin_forgets_nothing_that_it_was_not_asked_about(
    shop: Path, imagelock: Run
) -> None:
    before = content(shop)
    imagelock("pin")
    for name in ("Dockerfile", "compose.yaml"):
        (shop / name).write_bytes(before[name])

    assert "forgotten: compose.yaml\n" in imagelock("unpin", "compose.yaml").out
    assert 'file = "Dockerfile"' in (shop / "images.lock").read_text()
    assert "forgotten" not in imagelock("unpin", "--image", "redis").out


def test_the_pins_of_a_file_that_cannot_be_read_are_kept(
    shop: Path, imagelock: Run
) -> None:
    imagelock("pin")
    pinned = (shop / "Dockerfile").read_bytes()
    (shop / "Dockerfile").write_bytes(b"\0\1")
    assert imagelock("lock").exit_code == 1
    assert "forgotten" not in imagelock("unpin").out

    (shop / "Dockerfile").write_bytes(pinned)
    assert imagelock("unpin").exit_code == 0
    assert b"@sha256" not in (shop / "Dockerfile").read_bytes()


def opened(root: Path, case: Case) -> ProjectFiles:
    config = Config(embedded=case.embedded, charts=case.charts)
    return ProjectFiles(root=root, config=config, environment=case.environment)


DIFFERENT: Final = {
    "E026": "the tag that it means is written, too, as other cases allow",
    "E188": "the tag that it means is written, too, as other cases allow",
    "E130": "the operator ignores the version if `sha` is there, so the digest is there",
    "E135": "Flux reads the digest of `ref.digest`",
    "E157": "kustomize has no digest of a chart",
    "E173": "a template is not rewritten",
    "E175": "Helmfile has no digest of a chart",
    "E192": "it is another image on each platform",
    "E268": "Concourse knows no `version` of a resource type",
    "E247": "a feature with a tag and a digest is refused by its tools",
    "E635": "two projects include it, each with an image of its own",
}
REFUSED: Final = {
    "E3078": "a digest behind `${VARIANT}` would be that of every version built",
    "E1912": "a digest behind `${NODE_VERSION}` would be that of every version built",
}
"""Cases in which a place is not pinned, since another would mean something else."""

CASES: Final = [case for case in all_cases() if case.expectations]


def opened_with(tmp_path: Path, case: Case) -> ProjectFiles:
    """Return a project with the files of *case*."""
    for path, data in case.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return opened(tmp_path, case)


def pinned_golden(case: Case) -> list[Expectation]:
    """Return the places of *case* of which it says how they are pinned."""
    return [
        expectation
        for expectation in case.expectations
        if expectation.pinned and expectation.reference and not expectation.optional
    ]


@pytest.mark.parametrize("variables", [True, False], ids=["all", "written"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_pin_and_unpin_restore_every_byte(
    case: Case, tmp_path: Path, *, variables: bool
) -> None:
    project = opened_with(tmp_path, case)
    found = project.found()
    lockfile = locked(one.reference for one in found if isinstance(one, Occurrence))
    options = PinOptions(keys=required_digests(found), variables=variables)

    plan = plan_pins(found, lockfile, options, text_reader(project))
    result = prove_plan(project, found, plan)
    is_refused = variables and case.id in REFUSED
    assert (result.plan.planned != plan.planned) == is_refused
    if is_refused:
        assert result.plan.has_problems
        return
    if variables and case.id not in DIFFERENT:
        for expectation in pinned_golden(case):
            assert_pinned(expectation, result, lockfile)
    for path, data in result.new.items():
        assert data != case.files[path]
        project.write(path, data)

    project = opened(tmp_path, case)
    found = project.found()
    back = with_pins(lockfile, result.plan)
    again = plan_pins(found, back, options, text_reader(project))
    assert again.planned == ()
    removal = prove_plan(
        project, found, plan_removals(found, back, options, text_reader(project))
    )
    assert len(removal.plan.planned) == len(result.plan.planned)
    for path, data in removal.new.items():
        project.write(path, data)
    assert {path: (tmp_path / path).read_bytes() for path in case.files} == case.files


def assert_pinned(
    expectation: Expectation, result: Rewrite, lockfile: Lockfile
) -> None:
    assert expectation.reference
    digest = str(lockfile.images[expectation.reference.key].digest)
    earlier = [
        len(edit.text) - (edit.end - edit.start)
        for edit in result.plan.edits[expectation.path]
        if edit.start < expectation.start
    ]
    new = result.new[expectation.path]
    here = new[expectation.start + sum(earlier) :]
    encode = Text.decode(new).encode
    if expectation.pinned_key:
        assert encode(expectation.pinned_key.replace("<D>", digest)) in new
        return
    wanted_texts = [encode(t.replace("<D>", digest)) for t in expectation.pinned]
    assert any(here.startswith(text) for text in wanted_texts), here[:200]


@given(
    st.binary(max_size=40),
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 4), st.binary(max_size=3)),
        max_size=4,
    ),
)
def test_edits_change_their_bytes_and_no_others(
    data: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    edits = [
        Edit(PurePosixPath("f"), start, start + length, text)
        for start, length, text in changes
        if start + length <= len(data)
    ]
    try:
        result = apply(data, edits)
    except ValueError:
        taken = sorted({(e.start, e.end, e.text) for e in edits})
        assert any(a[1] > b[0] or a[0] == b[0] for a, b in pairwise(taken))
        return
    expected = data
    for edit in sorted(set(edits), reverse=True):
        expected = expected[: edit.start] + edit.text + expected[edit.end :]
    assert result == expected


def test_a_digest_stays_away_from_a_base_image_that_a_build_decides(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    (project / "Dockerfile").write_text(
        "ARG BASE=alpine:3.22\nFROM ${BASE}\nFROM golang:1\n"
    )
    workflow = project / ".github/workflows/build.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n"
        "        with:\n          build-args: BASE=debian:12\n"
    )
    save(project, "alpine:3.22", "debian:12", "golang:1")

    result = imagelock("pin", "--variables")

    assert result == snapshot
    lines = (project / "Dockerfile").read_text().splitlines()
    assert lines[1] == "FROM ${BASE}"
    assert lines[2].startswith("FROM golang:1@sha256:")
    assert "BASE=debian:12@sha256:" in workflow.read_text()
