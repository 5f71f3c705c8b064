"""The golden cases themselves: complete, consistent, and easy to add to."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from imagelock.model.source_text import Text
from tests.support.accept_examples import accept, main, rendered
from tests.support.extraction import (
    EXAMPLES,
    EXPECTED,
    JUDGED_DIFFERENTLY,
    Case,
    all_cases,
    byte_range,
    check,
    find,
    read_case,
)

if TYPE_CHECKING:
    from pathlib import Path

CASES = all_cases()


def test_every_folder_is_a_case_with_an_id_of_its_own() -> None:
    folders = {path for path in EXAMPLES.glob("*/*") if path.is_dir()}

    assert {case.folder for case in CASES} == folders
    assert len({case.id for case in CASES}) == len(CASES) >= 223
    assert sum(len(case.expectations) for case in CASES) >= 370


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_expectation_says_where_its_text_is(case: Case) -> None:
    assert case.files
    for place in case.expectations:
        text = Text.decode(case.files[place.path])
        before = Text.decode(case.files[place.path][: place.start]).value

        assert text.value[len(before) :].startswith(place.text)
        assert text.position(len(before)) == (place.line, place.column)
        assert bool(place.reference) is not bool(place.why)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_expectation_is_written_as_the_tool_writes_it(case: Case) -> None:
    text = (case.folder / EXPECTED).read_text(encoding="utf-8")

    assert rendered(tomllib.loads(text)) == text


def copied(case: Case, folder: Path) -> Path:
    for path, data in case.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.id not in JUDGED_DIFFERENTLY], ids=str
)
def test_an_accepted_case_expects_what_is_found(case: Case, tmp_path: Path) -> None:
    document = tomllib.loads((case.folder / EXPECTED).read_text(encoding="utf-8"))
    copied(case, tmp_path)
    (tmp_path / EXPECTED).write_text(rendered(document), encoding="utf-8")

    accept(tmp_path)
    accepted = read_case(tmp_path)

    assert (accepted.id, accepted.name) == (case.id, case.name)
    check(accepted, find(case))


def test_a_new_case_needs_nothing_but_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "compose" / "two-services-share-a-tag"
    folder.mkdir(parents=True)
    (folder / "compose.yaml").write_bytes(
        b"services:\r\n  a: {image: 'redis:7'}\r\n  b: {image: 'redis:7'}\r\n"
    )

    main([str(folder)])

    case = read_case(folder)
    assert case.name == "two services share a tag"
    assert case.id not in {existing.id for existing in CASES}
    assert [(e.start, e.line, e.column) for e in case.expectations] == [
        (25, 2, 15),
        (50, 3, 15),
    ]
    assert case.expectations[1].pinned == ("redis:7@<D>",)
    text = (folder / EXPECTED).read_text(encoding="utf-8")
    assert "occurrence = 2\n" in text
    assert "start" not in text
    check(case, find(case))


def test_a_text_that_does_not_occur_so_often_is_an_error() -> None:
    data = "é a é".encode()

    assert byte_range(data, "é", 2) == (5, 7)
    with pytest.raises(ValueError, match="not found"):
        byte_range(data, "é", 3)
