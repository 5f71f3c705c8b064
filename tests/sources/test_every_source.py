"""What holds for every source, whatever the file and however it was damaged."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.commands.editing.apply_edits import prove_plan, text_reader
from imagelock.commands.editing.pin_plan import PinOptions, plan_pins, plan_removals
from imagelock.commands.selection import required_digests
from imagelock.config import Config
from imagelock.errors import UnreadableFileError
from imagelock.model.occurrence import Occurrence
from imagelock.model.platform import Platform
from imagelock.model.source_text import Text
from imagelock.project.project_files import ProjectFiles
from imagelock.sources import SOURCES
from imagelock.sources.context import Context, files_among
from imagelock.testing import check_spans, replacement
from tests.support.damage import damaged
from tests.support.extraction import JUDGED_DIFFERENTLY, all_cases, check, find
from tests.support.locked import locked, with_pins

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from tests.support.extraction import Case

CASES: Final = all_cases()
DEPENDENT: Final = {
    "E306": "a kustomization follows a name",
    "E460": "an argument decides what the Dockerfile names",
    "E462": "an argument decides what the Dockerfile names",
    "E952": "an overlay completes the values below it",
}
"""Cases in which one place decides what another means, by their ids."""

BY_FILE: Final = [case for case in CASES if case.id not in DEPENDENT]
FILES: Final = [(case, path) for case in CASES for path in case.files]
PLATFORMS: Final = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))


def test_every_golden_case_is_met_or_has_a_reason_not_to_be() -> None:
    missed = set()
    for case in CASES:
        try:
            check(case, find(case))
        except AssertionError:
            missed.add(case.id)
    assert missed == JUDGED_DIFFERENTLY.keys()


def meanings(findings: list[Found]) -> list[tuple[PurePosixPath, str]]:
    return [
        (
            finding.place.path,
            str(finding.reference)
            if isinstance(finding, Occurrence)
            else finding.reason.slug,
        )
        for finding in findings
    ]


def edited(case: Case, path: PurePosixPath, data: bytes) -> Case:
    return replace(case, files={**case.files, path: data})


def is_completed_by(finding: Occurrence, other: Found) -> bool:
    """Return whether *other* names the same image, and leaves its tag to *finding*.

    Charts do so to those that are in them.
    """
    return (
        isinstance(other, Occurrence)
        and other.place.format == "helm-values"
        and other.reference == finding.reference
        and str(finding.reference.tag) not in other.place.text
    )


@pytest.mark.parametrize("case", BY_FILE, ids=str)
def test_another_reference_changes_what_is_there_and_no_more(case: Case) -> None:
    findings = find(case)
    for finding in findings:
        if not isinstance(finding, Occurrence) or (new := replacement(finding)) is None:
            continue
        text, reference = new
        path, span = finding.place.path, finding.place.span
        data = case.files[path]
        bytes_ = Text.decode(data).encode(text)
        after = find(edited(case, path, data[: span.start] + bytes_ + data[span.end :]))
        expected = [
            (before.place.path, str(reference))
            if (before.place.path, before.place.span) == (path, span)
            or is_completed_by(finding, before)
            else meaning
            for before, meaning in zip(findings, meanings(findings), strict=True)
        ]
        assert meanings(after) == expected


def test_many_places_are_whole_references_or_tags() -> None:
    findings = [o for case in CASES for o in find(case) if isinstance(o, Occurrence)]
    assert sum(replacement(finding) is not None for finding in findings) > 180


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
    around[path] = text
    context = Context(
        read=around.get,
        platforms=PLATFORMS,
        files_below=partial(files_among, sorted(around)),
    )
    SOURCES[name].matches(path, text.value)
    check_spans(SOURCES[name].find(path, text, context), path, content)


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
    """Pin every reference of the project at *root*, and remove the digests again."""
    project = ProjectFiles(root=root, config=Config(), environment=environment)
    findings = project.found()
    lockfile = locked(
        finding.reference for finding in findings if isinstance(finding, Occurrence)
    )
    options = PinOptions(keys=required_digests(findings), variables=True)
    plan = plan_pins(findings, lockfile, options, text_reader(project))
    pinned = prove_plan(project, findings, plan)
    pinned.write(project)

    project = ProjectFiles(root=root, config=Config(), environment=environment)
    findings = project.found()
    back = with_pins(lockfile, pinned.plan)
    plan = plan_removals(findings, back, options, text_reader(project))
    prove_plan(project, findings, plan).write(project)
