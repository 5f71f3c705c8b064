"""Images of hooks that pre-commit runs in containers."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context

HOOKS = PurePosixPath(".pre-commit-hooks.yaml")


def meanings(hook: str) -> list[tuple[str, str]]:
    context = Context(read=lambda _: None, platforms=())
    found = SOURCES["pre-commit"].find(HOOKS, Text(f"- {{id: x, {hook}}}\n"), context)
    return [
        (
            finding.place.text,
            finding.reference.familiar
            if isinstance(finding, Occurrence)
            else finding.reason.slug,
        )
        for finding in found
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("acme/lint:1", "acme/lint:1"),
        ("acme/lint:1 --fix .", "acme/lint:1"),
        ("--entrypoint lint acme/lint:1 -c x", "acme/lint:1"),
        ("--entrypoint=lint acme/lint:1", "acme/lint:1"),
        ("-e A=1 --rm -v /a:/b acme/lint:1", "acme/lint:1"),
        ("-u 1000 ghcr.io/acme/lint:1", "ghcr.io/acme/lint:1"),
        ("'acme/lint:1' x", "acme/lint:1"),
    ],
)
def test_the_image_is_behind_the_options(entry: str, expected: str) -> None:
    hook = f'language: docker_image, entry: "{entry}"'

    assert meanings(hook) == [(expected, expected)]


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ("language: system, entry: acme/lint:1", []),
        ("language: docker_image, entry: [a, b]", []),
        ("language: docker_image, entry: --rm", []),
        ("language: docker_image, entry: ''", []),
        ("language: docker_image", []),
        ("entry: acme/lint:1", [("acme/lint:1", "needs-base")]),
        ("entry: lint", []),
        ("entry: acme/lint", []),
    ],
)
def test_what_is_no_image_for_certain(
    hook: str, expected: list[tuple[str, str]]
) -> None:
    assert meanings(hook) == expected
