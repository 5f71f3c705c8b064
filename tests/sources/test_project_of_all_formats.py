"""A project with an example of each format: every one names an image, and none is silent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.report.style import Style
from imagelock.sources import SOURCES
from tests.support.extraction import Case, all_cases, find

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from tests.conftest import Run


def examples() -> dict[str, Case]:
    """Return the smallest case that names an image, for each format."""
    smallest: dict[str, Case] = {}
    for case in sorted(
        all_cases(), key=lambda each: sum(map(len, each.files.values()))
    ):
        if case.environment:
            continue
        for found in find(case):
            if isinstance(found, Occurrence) or found.guess:
                smallest.setdefault(found.place.format, case)
    return smallest


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return examples()


def written(project: Path, cases: dict[str, Case]) -> None:
    """Write each of *cases* into a folder of its own, which no format knows."""
    for case in cases.values():
        for path, data in case.files.items():
            file = project / case.id / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


def rows(imagelock: Run) -> list[dict[str, Any]]:
    result = imagelock("list", "--format", "json")
    assert (result.exit_code, result.err) == (0, "")
    images: list[dict[str, Any]] = json.loads(result.out)["images"]
    return images


def test_every_format_names_an_image(
    project: Path, imagelock: Run, cases: dict[str, Case]
) -> None:
    written(project, cases)

    named = {
        (row["format"], row["file"].partition("/")[0])
        for row in rows(imagelock)
        if row["reference"] or row["reason"] == "guess"
    }
    missing = {name for name in SOURCES if (name, cases[name].id) not in named}
    assert missing == set()


def test_no_file_that_a_format_reads_is_silent(
    project: Path, imagelock: Run, cases: dict[str, Case]
) -> None:
    written(project, cases)

    reported = {row["file"] for row in rows(imagelock)}
    silent = {
        f"{case.id}/{path}"
        for case in cases.values()
        for path, data in case.files.items()
        if f"{case.id}/{path}" not in reported
        and reader(path, data)
        and not is_plain_chart(path, data)
    }
    assert silent == set()


def test_the_table_of_formats_fits_a_screen(
    project: Path,
    imagelock: Run,
    cases: dict[str, Case],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written(project, cases)

    result = imagelock("list", "--by", "format", "--format", "json")
    named = {group["name"] for group in json.loads(result.out)["groups"]}
    assert named >= SOURCES.keys()
    monkeypatch.setattr("imagelock.cli.session.Session.style", Style(width=120))
    lines = imagelock("list", "--by", "format").out.splitlines()
    assert len(lines) <= 50
    assert all(f"{name} " in "\n".join(lines) for name in named)


def reader(path: PurePosixPath, data: bytes) -> str | None:
    """Return the first format that reads the file at *path*, if there is one."""
    text = Text.decode(data).value
    names = (
        name
        for name, entry in SOURCES.items()
        if entry.may_match(path) and entry.matches(path, text)
    )
    return next(names, None)


def is_plain_chart(path: PurePosixPath, data: bytes) -> bool:
    """Return whether the file describes a chart that depends on no other."""
    return path.name == "Chart.yaml" and b"dependencies" not in data
