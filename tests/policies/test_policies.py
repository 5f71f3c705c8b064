"""Policies, from the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from imagelock.config.policy import POLICY_RULES, Policy
from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.sightings import DigestSighting
from imagelock.model.digest import Digest
from imagelock.model.finding import Rule
from imagelock.policies.check import CONTENT_RULES, OF_CONTENT, RULES
from imagelock.policies.end_of_life_dates import CODENAMES, DATES

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

COMPOSE = """\
services:
  web:
    image: nginx
  cache:
    image: redis:latest
  queue:
    image: ghcr.io/acme/queue:edge
  api:
    image: ghcr.io/acme/api:1.2
  old:
    image: python:3.8-slim-buster
  digest:
    image: busybox:latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
"""


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "compose.yaml").write_text(COMPOSE)
    return project


POLICIES = {
    "moving tags": "moving-tags = true",
    "own moving tags": 'moving-tags = ["edge"]',
    "levels": 'levels = { "**" = "version", "docker.io/library/**" = "any",'
    ' "docker.io/library/redis" = "digest" }',
    "levels and moving tags": 'moving-tags = true\nlevels = { "ghcr.io" = "any" }',
    "registries": 'registries = ["docker.io/library/**", "ghcr.io/acme/api"]',
    "denied": '[[policy.deny]]\nimage = "redis"\nreason = "use valkey"\n'
    '[[policy.deny]]\nimage = "ghcr.io/acme/*:1.*"\nsince = 2020-01-01\n'
    '[[policy.deny]]\nimage = "nginx"\nsince = 2999-01-01',
    "denied content": f'[[policy.deny]]\nimage = "sha256:{"a" * 64}"',
    "pins": 'pin = { "**" = "lock", "ghcr.io/**" = "digest", "ghcr.io/acme/api" = "lock" }',
    "end of life": "end-of-life = true",
    "end of life soon": 'end-of-life-soon = "520w"',
}


@pytest.mark.parametrize("name", POLICIES)
def test_what_a_policy_finds(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion, name: str
) -> None:
    policy = POLICIES[name]
    head = "" if policy.startswith("[") else "[policy]\n"
    (shop / "imagelock.toml").write_text(f'ignore = ["not-locked"]\n{head}{policy}\n')

    assert imagelock("verify", "--offline") == snapshot


@pytest.mark.parametrize(
    "image",
    [
        *("gchr.io/acme/app:1", "qauy.io/acme/app:1", "docker.oi/acme/app:1"),
        *("pyhton:3.12", "postgre:16", "ngnix:1"),
        *("k8s.gcr.io/pause:3.9", "bitnami/redis:7", "centos:7"),
        *("registry.acme.exampel/app:1",),
        # These are known, or only short.
        *("ghcr.io/acme/app:1", "nginx:1", "acme/pyhton:1", "dog:1"),
        *("registry.acme.example/app:1", "registry.other.example/app:1"),
    ],
)
def test_names_that_look_like_others(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion, image: str
) -> None:
    (project / "Dockerfile").write_text(f"FROM {image}\n")
    (project / "imagelock.toml").write_text(
        'ignore = ["not-locked", "nothing-found", "registry-not-allowed"]\n[policy]\n'
        'look-alike = true\nregistries = ["registry.acme.example"]\n'
    )

    result = imagelock("verify", "--offline")

    assert result.out == snapshot


def test_a_finding_can_be_accepted_until_a_day(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    (shop / "imagelock.toml").write_text(
        'ignore = ["not-locked"]\n[policy]\nmoving-tags = true\n'
        '[[policy.accept]]\nrule = "moving-tag"\nimage = "nginx"\nreason = "demo"\n'
        '[[policy.accept]]\nrule = "moving-tag"\nimage = "redis"\nreason = "soon"\n'
        "until = 2020-02-01\n"
        '[[policy.accept]]\nrule = "moving-tag"\nimage = "quay.io"\nreason = "gone"\n'
    )

    assert imagelock("verify", "--offline", "-v") == snapshot


def test_an_acceptance_without_use_is_found_in_the_file_that_has_it(
    shop: Path, imagelock: Run
) -> None:
    (shop / "pyproject.toml").write_text(
        '[tool.imagelock]\nignore = ["not-locked", "nothing-found"]\n'
        '[[tool.imagelock.policy.accept]]\nrule = "moving-tag"\nimage = "quay.io"\n'
        'reason = "gone"\n'
    )

    result = imagelock("verify", "--offline", "--format", "json")

    (finding,) = json.loads(result.out)["findings"]
    assert finding["rule"] == "stale-acceptance"
    assert finding["file"] == "pyproject.toml"


def test_a_comment_ignores_a_policy(shop: Path, imagelock: Run) -> None:
    (shop / "imagelock.toml").write_text(
        'ignore = ["not-locked", "nothing-found"]\n[policy]\nregistries = ["quay.io"]\n'
    )
    (shop / "compose.yaml").write_text(
        "services:\n  web:\n"
        "    image: nginx:1  # imagelock: ignore[registry-not-allowed]\n"
    )

    assert imagelock("verify", "--offline").exit_code == 0


def test_a_severity_applies_to_a_policy(shop: Path, imagelock: Run) -> None:
    (shop / "imagelock.toml").write_text(
        'ignore = ["not-locked", "nothing-found"]\nrules = { moving-tag = "warning" }\n'
        "[policy]\nmoving-tags = true\n"
    )

    result = imagelock("verify", "--offline", "--format", "json")

    findings = json.loads(result.out)["findings"]
    assert {finding["severity"] for finding in findings} == {"warning"}
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "policy",
    [
        'registries = ["acme/*"]',
        'registries = ["ghcr.io//x"]',
        'levels = { "**" = "patch" }',
        'pin = { "**" = "file" }',
        'max-lag = "3 days"',
        '[[policy.deny]]\nreason = "no image"',
        '[[policy.accept]]\nrule = "drift"\nimage = "nginx"\nreason = "x"',
        '[[policy.accept]]\nrule = "moving-tag"\nimage = "nginx"\nreason = ""',
        '[[policy.accept]]\nrule = "moving-tag"\nimage = "x"\nreason = "x"\nuntil = "soon"',
        "registrys = []",
        '[[policy.deny]]\nimage = "nginx"\nresaon = "old"',
        '[[policy.accept]]\nrule = "moving-tag"\nimage = "x"\nreason = "x"\nuntl = 1',
    ],
)
def test_settings_that_cannot_be_used_are_explained(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion, policy: str
) -> None:
    head = "" if policy.startswith("[") else "[policy]\n"
    (shop / "imagelock.toml").write_text(f"{head}{policy}\n")

    assert imagelock("verify", "--offline") == snapshot


def test_a_newer_digest_must_not_wait_for_too_long(
    project: Path, address: str, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    from imagelock.lockfile.sightings import write_sightings
    from imagelock.model.reference import Reference

    host = address.removeprefix("http://")
    (project / "compose.yaml").write_text(
        f"services:\n  web:\n    image: {host}/library/nginx:1.27\n"
    )
    (project / "imagelock.toml").write_text('[policy]\nmax-lag = "2w"\n')
    assert imagelock("lock").exit_code == 0
    seen = DigestSighting(
        Digest.parse(f"sha256:{'b' * 64}"),
        datetime.now(UTC).replace(microsecond=0) - timedelta(days=20),
    )
    (project / ".imagelock").mkdir()
    (project / ".imagelock" / "seen.toml").write_text(
        write_sightings({Reference.parse(f"{host}/library/nginx:1.27"): (seen,)})
    )

    result = imagelock("verify", "--offline")
    assert str(result).replace(host, "HOST") == snapshot

    (project / "imagelock.toml").write_text('[policy]\nmax-lag = "4w"\n')
    assert imagelock("verify", "--offline").exit_code == 0


def test_every_rule_of_policies_is_checked() -> None:
    assert {rule.RULE for rule in RULES} | OF_CONTENT == POLICY_RULES
    # Whether a version is supported is known of some images without their registry.
    of_both = {Rule.END_OF_LIFE}
    assert {rule.RULE for rule in CONTENT_RULES} <= OF_CONTENT | of_both
    assert not [rule for rule in RULES if rule.is_on(Policy())]
    assert not [rule for rule in CONTENT_RULES if rule.is_on(Policy())]
    assert not Lockfile().images


def test_every_codename_has_a_date() -> None:
    for product, version in CODENAMES.values():
        assert version in DATES[product]
