"""The golden cases of extraction: the images that each file names, to the byte.

`tests/examples/FORMAT/CASE/` holds the files of one case and its `expected.toml`.
To add a case, put its files into a new folder, write `expected.toml` with
`python -m tests.support.accept_examples FOLDER`, and review it.
"""

from __future__ import annotations

import codecs
import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from imagelock.model.occurrence import Found, Occurrence, Skipped
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.project_reader import ProjectReader

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES: Final = Path(__file__).parents[1] / "examples"
EXPECTED: Final = "expected.toml"
_PLATFORMS: Final = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
_NO_EXCEPTIONS: Final[Mapping[str, str]] = {}

JUDGED_DIFFERENTLY: Final = {
    "E155": "what is optional there is read: see `test_kustomize.py`",
    "E192": "has one reference for each declared platform: see `test_dockerfile.py`",
    "E283": "a template is shown whole: see `test_ansible.py`",
    "E294": "a `.env` file is read only where Compose reads it",
    "E295": "a file of another kind, of which nothing is reported",
    "E297": "a file of another kind, of which nothing is reported",
}
"""Why `check` fails for a case whose files are read one by one, by the case's id."""

NOT_REPORTED: Final = frozenset(
    {
        "action",
        "bitbucket-pipe",
        "cache",
        "comment",
        "dockerfile",
        "embedded-text",
        "heredoc",
        "heuristic",
        "import-path",
        "not-an-image",
        "plugin",
        "provider-option",
        "resource-name",
        "runner-label",
        "schema",
        "shell",
        "status",
        "text",
    }
)
"""Reasons of texts that only look like an image: skipped by name, or not found."""

_HEURISTIC: Final = {
    ("E256", "acme/app:1"),
    ("E265", "container: py"),
    ("E307", "ko://x/cmd/nop"),
}
"""Places that only a guess would look at, although their `why` does not say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One place of a case. `reference` is `None` where `why` says why not.

    `start` and `end` are byte offsets, computed from the text and its occurrence.
    `optional` places may be found or not. `pinned` are the texts that may stand
    there after pinning, with `<D>` for the digest; `pinned_key` is a key that
    pinning adds.
    """

    path: PurePosixPath
    text: str
    start: int
    end: int
    line: int
    column: int
    reference: Reference | None
    why: str
    optional: bool
    uses: tuple[str, ...]
    pinned: tuple[str, ...] = ()
    pinned_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Files, and everything in them that is or resembles an image.

    With `embedded` and `charts`, the settings of these names are on.
    """

    id: str
    name: str
    folder: Path
    files: dict[PurePosixPath, bytes]
    environment: dict[str, str]
    expectations: tuple[Expectation, ...]
    embedded: bool = False
    charts: bool = False

    def __str__(self) -> str:
        return f"{self.id} {self.name}"


def cases(
    source_format: str, *, without: Mapping[str, str] = _NO_EXCEPTIONS
) -> list[Case]:
    """Return the cases of *source_format*, a folder of `tests/examples`.

    Leaves out what is judged differently, and the cases whose ids *without* maps to
    the reason. Use as `@pytest.mark.parametrize("case", cases("kubernetes"), ids=str)`.
    """
    selected = [
        case for case in all_cases() if case.folder.parent.name == source_format
    ]
    assert selected, f"no case of {source_format}"
    return [
        case
        for case in selected
        if case.id not in without.keys() | JUDGED_DIFFERENTLY.keys()
    ]


@functools.cache
def all_cases() -> list[Case]:
    """Return every case of every format, by id."""
    folders = [path.parent for path in EXAMPLES.glob(f"*/*/{EXPECTED}")]
    return sorted(map(read_case, folders), key=lambda case: case.id)


def case_of(identity: str) -> Case:
    """Return the case with the id *identity*, whatever its format."""
    return next(case for case in all_cases() if case.id == identity)


def find(case: Case) -> list[Found]:
    """Return what the files of *case* name, read together as a project."""
    reader = ProjectReader(
        root=case.folder,
        platforms=_PLATFORMS,
        environment=case.environment,
        edited=case.files,
        list_files=lambda: sorted(case.files),
        optional_sources=OptionalSources(embedded=case.embedded, charts=case.charts),
    )
    return reader.read(sorted(case.files))


def check(case: Case, found: list[Found]) -> None:
    """Assert that *found* is what *case* expects, and no other occurrence."""
    occurrences = [entry for entry in found if isinstance(entry, Occurrence)]
    skips = [entry for entry in found if isinstance(entry, Skipped)]
    wanted = [e for e in case.expectations if e.reference and not e.optional]
    assert sorted(map(_key, occurrences)) == sorted(map(_wanted_key, wanted))
    for expectation in wanted:
        if expectation.uses:
            place = next(o.place for o in occurrences if _at(o, expectation))
            assert place.uses == expectation.uses
    for expectation in case.expectations:
        if expectation.reference is None:
            _check_skip(case, expectation, skips)


def _check_skip(case: Case, expectation: Expectation, skips: list[Skipped]) -> None:
    if expectation.why == "unparseable":
        # The place is where the parser complained, which may be further up.
        slugs = {s.reason.slug for s in skips if s.place.path == expectation.path}
        assert "unparseable" in slugs
        return
    at_place = [skip for skip in skips if _at(skip, expectation)]
    silent = (
        expectation.why in NOT_REPORTED or (case.id, expectation.text) in _HEURISTIC
    )
    if silent and not at_place:
        return
    assert [skip.reason.slug for skip in at_place] == [expectation.why]
    assert at_place[0].place.text == expectation.text


def _at(found: Found, expectation: Expectation) -> bool:
    place = found.place
    return (place.path, place.span.start, place.span.end) == (
        expectation.path,
        expectation.start,
        expectation.end,
    )


def _key(found: Occurrence) -> tuple[str, int, int, int, int, str, str]:
    place, span = found.place, found.place.span
    where = str(place.path), span.start, span.end, span.line, span.column
    return *where, place.text, str(found.reference)


def _wanted_key(e: Expectation) -> tuple[str, int, int, int, int, str, str]:
    return str(e.path), e.start, e.end, e.line, e.column, e.text, str(e.reference)


def read_files(folder: Path) -> dict[PurePosixPath, bytes]:
    """Return the bytes of the files of the case in *folder*, by their paths in it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {PurePosixPath(p.relative_to(folder).as_posix()): p for p in paths}
    return {k: p.read_bytes() for k, p in files.items() if str(k) != EXPECTED}


def read_case(folder: Path) -> Case:
    """Return the case in *folder*, a folder with an `expected.toml`."""
    document = tomllib.loads((folder / EXPECTED).read_text(encoding="utf-8"))
    files = read_files(folder)
    return Case(
        id=document["id"],
        name=document["name"],
        folder=folder,
        files=files,
        environment=document.get("environment", {}),
        expectations=tuple(_expectation(e, files) for e in document.get("place", [])),
        embedded=document.get("embedded", False),
        charts=document.get("charts", False),
    )


def _expectation(
    entry: dict[str, Any], files: dict[PurePosixPath, bytes]
) -> Expectation:
    path = PurePosixPath(entry["file"]) if "file" in entry else next(iter(files))
    start, end = byte_range(files[path], entry["text"], entry.get("occurrence", 1))
    reference = entry.get("reference")
    return Expectation(
        path=path,
        text=entry["text"],
        start=start,
        end=end,
        line=entry["line"],
        column=entry["column"],
        reference=_reference(reference) if reference else None,
        why=entry.get("reason", ""),
        optional="optional" in entry,
        uses=tuple(entry.get("uses", ())),
        pinned=tuple(entry.get("pinned", ())),
        pinned_key=entry.get("pinned_key", ""),
    )


def _reference(text: str) -> Reference:
    return Reference.parse_key(text) if "://" in text else Reference.parse(text)


def byte_range(data: bytes, text: str, number: int) -> tuple[int, int]:
    """Return the byte offsets of the occurrence *number* of *text*, from 1, in *data*.

    Occurrences may overlap.

    Raises:
        ValueError: *text* does not occur so often.
    """
    # Apart from the code under test, which has an index of its own.
    encoding = "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-8"
    needle = text.encode(encoding)
    start = -1
    for _ in range(number):
        start = data.index(needle, start + 1)
    return start, start + len(needle)
