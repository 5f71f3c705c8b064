"""Policies about the content of images, which registries are asked for."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.build_date import build_date
from tests.conftest import AMD64, ARM64, Run
from tests.support.provenance import (
    Made,
    attested,
    copy_step,
    result_step,
    source_step,
    version_1,
)
from tests.support.publishing import Build, index, manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.images import TinyImage

TODAY = datetime.now(UTC)
DEBIAN = "pkg:docker/debian@12-slim?platform=linux%2Famd64"
GOLANG = "pkg:docker/golang@1.26?platform=linux%2Famd64"
D = "a" * 64
SOURCE = "org.opencontainers.image.source"
BASE = "org.opencontainers.image.base.name"
CREATED = "org.opencontainers.image.created"
TEAM = "org.acme.team"


def days_ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def built(*materials: str, **build: object) -> TinyImage:
    """Return an attested image that is built with *materials*."""
    made = Made(materials=dict.fromkeys(materials, D), finished=days_ago(10))
    fields = {"created": days_ago(10), **build}
    return attested([AMD64], Build(**fields), version_1(made))  # type: ignore[arg-type]


IMAGES = {
    "new": manifest(AMD64, Build(created=days_ago(10))),
    "old": index([AMD64, ARM64], Build(created=days_ago(400))),
    "undated": manifest(AMD64, Build(created="")),
    "constant": index([AMD64], Build(created="1970-01-01T00:00:00Z")),
    "first": manifest(AMD64, Build(created="0001-01-01T00:00:00Z")),
    "future": manifest(AMD64, Build(created=days_ago(-30))),
    "annotated": index(
        [AMD64],
        Build(
            created="1970-01-01T00:00:00Z",
            annotations={CREATED: days_ago(500), BASE: "alpine:3.22", SOURCE: "x"},
        ),
    ),
    "attested": built(DEBIAN, created="1980-01-01T00:00:00Z"),
    "several": built(DEBIAN, GOLANG),
    "scratch": built(),
    "labelled": manifest(
        AMD64,
        Build(
            created=days_ago(10),
            config={"Labels": {SOURCE: "x", TEAM: " ", BASE: "busybox"}},
        ),
    ),
    "inherited": built(DEBIAN, config={"Labels": {BASE: "alpine:3.22"}}),
    "odd": manifest(
        AMD64, Build(created=days_ago(10), config={"Labels": {BASE: "No Image"}})
    ),
    "traced": attested(
        [AMD64],
        Build(created=days_ago(10)),
        version_1(
            Made(
                materials={DEBIAN: D, GOLANG: D},
                steps=[
                    source_step(0, "golang:1.26"),
                    source_step(1, "debian:12-slim"),
                    copy_step(2, 1, 0),
                    result_step(3, 2),
                ],
            )
        ),
    ),
}


@pytest.fixture
def registry() -> MemoryRegistry:
    registry = MemoryRegistry()
    for name, image in IMAGES.items():
        registry.push(name, "1", image)
    return registry


@pytest.fixture
def host(registry: MemoryRegistry) -> Iterator[str]:
    with serve(registry) as url:
        yield url.removeprefix("http://")


def use(project: Path, host: str, policy: str, *names: str) -> None:
    """Write a project that uses the images *names*, all by default."""
    services = "".join(
        f"  {name}:\n    image: {host}/{name}:1\n" for name in names or IMAGES
    )
    (project / "compose.yaml").write_text(f"services:\n{services}")
    head = "" if policy.startswith("[") else "[policy]\n"
    text = f'ignore = ["platform-missing"]\n{head}{policy}\n'
    (project / "imagelock.toml").write_text(text.replace("HOST", host))


POLICIES = {
    "age": 'max-age = "180d"',
    "age by pattern": 'max-age = { "**" = "180d", "HOST/old" = "2000d",'
    ' "HOST/annotated" = "none", "HOST/undated" = "none" }',
    "bases": 'bases = ["docker.io/library/debian"]',
    "two bases": 'bases = ["debian:12-slim", "golang"]',
    "bases by pattern": 'bases = { "HOST/annotated" = ["debian"],'
    ' "HOST/labelled" = ["busybox"] }',
    "labels": f'labels = ["{SOURCE}"]',
    "labels by pattern": f'labels = {{ "HOST/labelled" = ["{SOURCE}", "{TEAM}"] }}',
}


@pytest.mark.parametrize("name", POLICIES)
def test_what_a_policy_has_against_content(
    project: Path, host: str, imagelock: Run, snapshot: SnapshotAssertion, name: str
) -> None:
    use(project, host, POLICIES[name])
    assert imagelock("lock").exit_code == 0

    result = imagelock("verify", "-v")

    text = str(result).replace(host, "HOST")
    text = re.sub(r"\^+", "^", text)
    assert re.sub(r"`20[0-9T:.+-]+`", "`DATE`", text) == snapshot


def test_a_configuration_can_be_denied(
    project: Path, host: str, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    digest = IMAGES["new"].blobs[0].digest
    shown = {host: "HOST", str(digest): "DIGEST", digest.abbreviated: "SHORT"}
    policy = f'[[policy.deny]]\nimage = "{digest}"\nreason = "compromised"\n'
    use(project, host, policy, "new", "old")
    assert imagelock("lock").exit_code == 0

    result = imagelock("verify")
    offline = imagelock("verify", "--offline")

    text = str(result)
    for value, name in shown.items():
        text = text.replace(value, name)
    assert re.sub(r"\^+", "^", text) == snapshot
    assert offline.exit_code == 0
    assert "not offline by image-denied (configurations)" in offline.out


def test_offline_says_what_it_did_not_check(
    project: Path, host: str, imagelock: Run, registry: MemoryRegistry
) -> None:
    policy = f'max-age = "1d"\nbases = ["debian"]\nlabels = ["{SOURCE}"]'
    policy += '\n[[policy.accept]]\nrule = "too-old"\nimage = "HOST/old"\nreason = "x"'
    use(project, host, policy, "old")
    assert imagelock("lock").exit_code == 0
    registry.log.clear()

    text = imagelock("verify", "--offline", "-v")
    report = imagelock("verify", "--offline", "--format", "json")

    assert text.exit_code == 0
    assert "not offline by base-not-allowed, label-missing, too-old" in text.out
    # Whether it accepts anything is not known.
    assert "stale-acceptance" not in text.out
    assert json.loads(report.out)["only_online"] == [
        *("base-not-allowed", "label-missing", "too-old")
    ]
    assert registry.log == []
    assert json.loads(imagelock("verify", "--format", "json").out)["only_online"] == []


def test_an_acceptance_and_a_comment_count_for_content_too(
    project: Path, host: str, imagelock: Run
) -> None:
    accept = '[[policy.accept]]\nrule = "too-old"\nimage = "HOST/old"\nreason = "x"'
    use(project, host, f'max-age = "180d"\n{accept}', "old", "annotated")
    text = (project / "compose.yaml").read_text()
    comment = "/annotated:1  # imagelock: ignore[too-old]"
    (project / "compose.yaml").write_text(text.replace("/annotated:1", comment))
    assert imagelock("lock").exit_code == 0

    result = imagelock("verify", "-v")

    assert result.exit_code == 0
    assert "stale-acceptance" not in result.out


@pytest.mark.parametrize("what", ["index", "attestation", "statement", "config"])
def test_what_cannot_be_asked_is_neither_clean_nor_a_violation(
    project: Path, host: str, imagelock: Run, registry: MemoryRegistry, what: str
) -> None:
    use(project, host, 'bases = ["debian"]\nmax-age = "1d"', "several")
    assert imagelock("lock").exit_code == 0
    image = IMAGES["several"]
    digest = {
        "index": image.top.digest,
        "attestation": image.children[-1].digest,
        "statement": image.blobs[-1].digest,
        "config": image.blobs[0].digest,
    }[what]
    registry._content.pop(("several", str(digest)))  # noqa: SLF001
    registry._tags["several", "1"] = str(image.top.digest)  # noqa: SLF001

    result = imagelock("verify", "--format", "json")

    findings = json.loads(result.out)["findings"]
    rules = {finding["rule"] for finding in findings}
    assert result.exit_code == (1 if what == "index" else 3)
    assert not rules & {"base-not-allowed", "base-unknown", "too-old", "age-unknown"}
    assert "could-not-check" in rules or what == "index"


@pytest.mark.parametrize(
    ("policy", "requests"),
    [
        # A request for the tag, and then as few documents as say it.
        ({"annotated": 'max-age = "1d"'}, 2),
        ({"annotated": 'bases = ["alpine"]'}, 2),
        ({"annotated": f'labels = ["{SOURCE}"]'}, 2),
        ({"attested": 'bases = ["debian"]'}, 4),
        ({"old": 'max-age = "1d"'}, 6),
        ({"labelled": 'max-age = "1d"'}, 3),
        ({"attested": f'bases = ["debian"]\nmax-age = "1d"\nlabels = ["{SOURCE}"]'}, 6),
        ({"old": 'bases = { "quay.io" = ["debian"] }'}, 1),
    ],
)
def test_what_policies_cost(
    project: Path,
    host: str,
    imagelock: Run,
    registry: MemoryRegistry,
    policy: dict[str, str],
    requests: int,
) -> None:
    [(name, text)] = policy.items()
    use(project, host, text, name)
    assert imagelock("lock").exit_code == 0
    registry.log.clear()

    imagelock("verify")

    asked = [line for line in registry.log if not line.endswith("/v2/")]
    assert len(asked) == requests


@pytest.mark.parametrize(
    "policy",
    [
        *('max-age = "old"', 'max-age = { "**" = "1y" }', "max-age = 3"),
        *('bases = "debian"', 'bases = ["acme/*"]', 'bases = { "**" = "debian" }'),
        *('labels = [""]', 'labels = { "a/*" = ["x"] }'),
    ],
)
def test_wrong_settings_are_explained(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion, policy: str
) -> None:
    (project / "imagelock.toml").write_text(f"[policy]\n{policy}\n")

    assert imagelock("verify", "--offline") == snapshot


def test_a_pattern_that_matches_nothing_is_a_note(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    (project / "Dockerfile").write_text("FROM debian:12\n")
    (project / "imagelock.toml").write_text(
        'ignore = ["not-locked", "nothing-found"]\n[policy]\n'
        'registries = ["docker.io/library", "docker.io/library/*"]\n'
        'levels = { "ghcr.io/acme/*" = "digest" }\npin = { "debain" = "digest" }\n'
        'max-age = { "quay.io" = "1d" }\nbases = { "debian:11" = ["debian"] }\n'
        'labels = { "docker.io/**" = ["x"] }\n[[policy.deny]]\nimage = "quay.io"\n'
    )

    assert imagelock("verify", "--offline", "-v") == snapshot


def test_a_part_of_the_files_does_not_say_what_a_policy_is_for(
    project: Path, imagelock: Run
) -> None:
    (project / "Dockerfile").write_text("FROM debian:12\n")
    (project / "imagelock.toml").write_text(
        'ignore = ["not-locked", "nothing-found"]\n[policy]\nmoving-tags = true\n'
        'levels = { "quay.io" = "digest" }\n[[policy.accept]]\nrule = "moving-tag"\n'
        'image = "quay.io"\nreason = "x"\n'
    )

    part = imagelock("verify", "--offline", "--format", "json", "Dockerfile")
    whole = imagelock("verify", "--offline", "--format", "json")

    assert json.loads(part.out)["findings"] == []
    assert [f["rule"] for f in json.loads(whole.out)["findings"]] == [
        "stale-acceptance",
        "unmatched-pattern",
    ]


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        *(("2026-01-02T03:04:05Z", True), ("2026-01-02T03:04:05.123456789Z", True)),
        *(("2026-01-02T03:04:05+02:00", True), ("2026-01-02", True)),
        *(("", False), ("x", False), ("0001-01-01T00:00:00Z", False)),
        *(("1970-01-01T00:00:00Z", False), ("1980-01-01T00:00:01Z", False)),
        *(("9999-12-31T23:59:59-23:59", False), ("2030-01-01T00:00:00Z", False)),
        ("2026-13-01T00:00:00Z", False),
    ],
)
def test_a_date_is_known_or_not(text: str, *, is_known: bool) -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)

    assert (build_date(text, now) is not None) is is_known


def test_documents_are_asked_for_once_and_hashed_each_time(
    project: Path,
    host: str,
    imagelock: Run,
    registry: MemoryRegistry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    policy = f'bases = ["debian"]\nmax-age = "1d"\nlabels = ["{SOURCE}"]'
    use(project, host, policy, "attested")
    assert imagelock("lock").exit_code == 0
    first = imagelock("verify")
    kept = sorted((tmp_path / "cache/imagelock/documents").iterdir())

    registry.log.clear()
    assert imagelock("verify") == first
    # The tag alone can have changed.
    assert [line.partition("/")[0] for line in registry.log] == ["HEAD "]

    for path in kept:
        path.write_bytes(path.read_bytes().replace(b"debian", b"alpine") + b" ")
    registry.log.clear()
    assert imagelock("verify") == first
    assert len(registry.log) == 1 + len(kept)

    registry.log.clear()
    assert imagelock("--no-cache", "verify") == first
    assert len(registry.log) == 1 + len(kept)


def test_no_document_is_kept_in_a_checkout(
    project: Path,
    host: str,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "cache"))
    use(project, host, 'max-age = "1d"', "new")
    assert imagelock("lock").exit_code == 0

    assert imagelock("verify").exit_code == 1
    assert not list(project.rglob("*/documents"))
