"""What holds for every source, whatever the file and however it was damaged."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.cli.pinning import rewriting, texts
from imagelock.commands.pin import Wish, pin, unpin
from imagelock.commands.selection import wanted
from imagelock.config import Config
from imagelock.errors import ImagelockError, UnreadableFileError
from imagelock.model.occurrence import Occurrence
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.project.project_files import ProjectFiles
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from tests.support.damage import damaged
from tests.support.extraction import JUDGED_DIFFERENTLY, all_cases, check, find
from tests.support.locked import locked, with_pins

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from tests.support.extraction import Case

CASES: Final = all_cases()
FILES: Final = [(case, path) for case in CASES for path in case.files]
OTHER: Final = Reference.parse("quay.io/other/image:9.9")
OTHER_TAG: Final = "99.99.99"
PLATFORMS: Final = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))


def test_every_golden_case_is_met_or_has_a_reason_not_to_be() -> None:
    missed = set()
    for case in CASES:
        try:
            check(case, find(case))
        except AssertionError:
            missed.add(case.id)
    assert missed == JUDGED_DIFFERENTLY.keys()


def other(one: Occurrence) -> tuple[str, Reference] | None:
    """Return what to write at the place of *one*, and the reference it then is.

    `None` if its text is neither a whole reference nor a tag, but in a language
    such as that of variables.
    """
    text = one.place.text
    with suppress(ImagelockError):
        if Reference.parse(text) == one.reference:
            return str(OTHER), OTHER
    if text == one.reference.tag:
        return OTHER_TAG, replace(one.reference, tag=OTHER_TAG)
    return None


def meanings(found: list[Found]) -> list[tuple[PurePosixPath, str]]:
    return [
        (
            one.place.path,
            str(one.reference) if isinstance(one, Occurrence) else one.reason.slug,
        )
        for one in found
    ]


def edited(case: Case, path: PurePosixPath, data: bytes) -> Case:
    return replace(case, files={**case.files, path: data})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_another_reference_changes_what_is_there_and_no_more(case: Case) -> None:
    found = find(case)
    for one in found:
        if not isinstance(one, Occurrence) or (new := other(one)) is None:
            continue
        written, reference = new
        path, span = one.place.path, one.place.span
        data = case.files[path]
        bytes_ = Text.decode(data).encode(written)
        after = find(edited(case, path, data[: span.start] + bytes_ + data[span.end :]))
        expected = [
            (here.place.path, str(reference))
            if (here.place.path, here.place.span) == (path, span)
            else meaning
            for here, meaning in zip(found, meanings(found), strict=True)
        ]
        assert meanings(after) == expected


def test_most_places_are_whole_references_or_tags() -> None:
    found = [o for case in CASES for o in find(case) if isinstance(o, Occurrence)]
    assert sum(other(one) is not None for one in found) > 0.8 * len(found)


def assert_place(one: Found, data: bytes, text: Text) -> None:
    """Assert that a place is told as it is in the bytes of the file."""
    place, span = one.place, one.place.span
    assert 0 <= span.start <= span.end <= len(data)
    assert data[span.start : span.end] == text.encode(place.text)
    before = Text.decode(data[: span.start]).value
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    assert (span.line, span.column) == (line, column)
    assert place.uses


@pytest.mark.parametrize("name", SOURCES)
@given(data=st.data())
def test_no_damage_is_too_much_for_a_source(name: str, data: st.DataObject) -> None:
    case, path = data.draw(st.sampled_from(FILES))
    content = data.draw(damaged(st.just(case.files[path])))
    try:
        text = Text.decode(content)
    except UnreadableFileError:
        return
    around = {other: Text.decode(file) for other, file in case.files.items()}
    context = Context(read=(around | {path: text}).get, platforms=PLATFORMS)
    SOURCES[name].matches(path, text.value)
    for one in SOURCES[name].find(path, text, context):
        if one.place.path == path:
            assert_place(one, content, text)


@given(data=st.data())
def test_pins_of_damaged_files_go_without_a_trace(data: st.DataObject) -> None:
    case, path = data.draw(st.sampled_from(FILES))
    content = data.draw(damaged(st.just(case.files[path])))
    with TemporaryDirectory() as folder:
        before = edited(case, path, content).files
        for name, file in before.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(file)
        pin_and_unpin(Path(folder), case.environment)
        assert {n: (Path(folder) / n).read_bytes() for n in before} == before


def pin_and_unpin(root: Path, environment: dict[str, str]) -> None:
    """Pin whatever the project at *root* names, and take it away again."""
    project = ProjectFiles(root=root, config=Config(), environment=environment)
    found = project.found()
    lockfile = locked(one.reference for one in found if isinstance(one, Occurrence))
    wish = Wish(keys=wanted(found), variables=True)
    result = rewriting(project, found, pin(found, lockfile, wish, texts(project)))
    for path, data in result.new.items():
        project.write(path, data)

    project = ProjectFiles(root=root, config=Config(), environment=environment)
    found = project.found()
    back = with_pins(lockfile, result.plan)
    result = rewriting(project, found, unpin(found, back, wish, texts(project)))
    for path, data in result.new.items():
        project.write(path, data)
