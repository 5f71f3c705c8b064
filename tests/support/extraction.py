"""The golden cases of extraction: what each file names, to the byte."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from imagelock.model.occurrence import Found, Occurrence, Skipped
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from tests.support.recognition import reader_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_VECTORS: Final = Path(__file__).parents[1] / "vectors" / "extraction.jsonl"
_PLATFORMS: Final = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
_NOBODY: Final[Mapping[str, str]] = {}

JUDGED_DIFFERENTLY: Final = {
    "E146": "the bytes of its `v1` are those of the `v1` in `apiVersion`",
    "E155": "what is optional there is read: see `test_kustomize.py`",
    "E156": "the bytes of its `1` are those of the `1` in `apiVersion`",
    "E157": "the bytes of its `1` are those of the `1` in `apiVersion`",
    "E175": "the bytes of its `1` are those of `1.0.0`, and those of `2` have quotes",
    "E192": "has one reference for each declared platform: see `test_dockerfile.py`",
    "E242": "needs the bake file of the project: see `test_hcl_sources.py`",
    "E283": "a template is shown whole: see `test_ansible.py`",
    "E289": "a `Tiltfile` is code, of which nothing is told",
    "E294": "a `.env` file is read only where Compose reads it",
    "E295": "a file of another kind, of which nothing is told",
    "E296": "a file of another kind, of which nothing is told",
    "E297": "a file of another kind, of which nothing is told",
    "E306": "needs Kustomize, which replaces the name: see `test_kustomize.py`",
}
"""Why `check` fails for a case that each file is read by itself, by its id."""

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
"""What only looks like an image: it may be skipped by name, or not found at all."""

_HEURISTIC: Final = {
    ("E256", "acme/app:1"),
    ("E265", "container: py"),
    ("E307", "ko://x/cmd/nop"),
}
"""Places that only a guess would look at, although their `why` does not say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One place of a case. `reference` is `None` where `why` says why not.

    `pinned` is what its text may be once it is pinned, with `<D>` for the digest;
    `pinned_key` is a key that is written for it then.
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
    """Files, and everything in them that is or resembles an image."""

    id: str
    name: str
    files: dict[PurePosixPath, bytes]
    main: tuple[PurePosixPath, ...]
    environment: dict[str, str]
    expectations: tuple[Expectation, ...]

    def __str__(self) -> str:
        return f"{self.id} {self.name}"


def cases(source_format: str, *, without: Mapping[str, str] = _NOBODY) -> list[Case]:
    """Return the cases of *source_format* (`compose`, `k8s`, `dockerfile`, ...).

    What is judged differently is left out, and so are the cases whose ids *without*
    maps to the reason. Use as `@pytest.mark.parametrize("case", cases("k8s"), ids=str)`.
    """
    lines = _VECTORS.read_text(encoding="utf-8").rstrip("\n").split("\n")
    entries = [json.loads(line) for line in lines]
    return [
        _case(entry)
        for entry in entries
        if entry["format"] == source_format
        and entry["id"] not in without.keys() | JUDGED_DIFFERENTLY.keys()
    ]


def all_cases() -> list[Case]:
    """Return every case of every format."""
    lines = _VECTORS.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return [_case(entry) for entry in map(json.loads, lines)]


def case_of(identity: str) -> Case:
    """Return the case with the id *identity*, whatever its format."""
    lines = _VECTORS.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return next(_case(e) for e in map(json.loads, lines) if e["id"] == identity)


def find(case: Case) -> list[Found]:
    """Return what the sources find in the files of *case*, one file after another.

    Each file is read by the first source that matches it, as in a project.
    """
    texts = {path: Text.decode(data) for path, data in case.files.items()}
    context = Context(
        read=texts.get, platforms=_PLATFORMS, environment=case.environment
    )
    found: list[Found] = []
    for path, text in texts.items():
        if name := reader_of(path, text.value):
            found.extend(SOURCES[name].find(path, text, context))
    return found


def check(case: Case, found: list[Found]) -> None:
    """Assert that *found* is what *case* expects, and no other occurrence."""
    occurrences = [one for one in found if isinstance(one, Occurrence)]
    skips = [one for one in found if isinstance(one, Skipped)]
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
    here = [skip for skip in skips if _at(skip, expectation)]
    silent = (
        expectation.why in NOT_REPORTED or (case.id, expectation.text) in _HEURISTIC
    )
    if silent and not here:
        return
    assert [skip.reason.slug for skip in here] == [expectation.why]
    assert here[0].place.text == expectation.text


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


def _case(entry: dict[str, Any]) -> Case:
    files = {PurePosixPath(p): t.encode() for p, t in entry.get("files", {}).items()}
    if "input_b64" in entry:
        files[PurePosixPath(entry["file"])] = base64.b64decode(entry["input_b64"])
    elif "input" in entry:
        files[PurePosixPath(entry["file"])] = entry["input"].encode()
    first = next(iter(files))
    return Case(
        id=entry["id"],
        name=entry["name"],
        files=files,
        main=tuple(PurePosixPath(p) for p in entry.get("main", [first])),
        environment=entry.get("env", {}),
        expectations=tuple(_expectation(e, first) for e in entry["expect"]),
    )


def _expectation(entry: dict[str, Any], first: PurePosixPath) -> Expectation:
    start, end = entry["byte"]
    return Expectation(
        path=PurePosixPath(entry["file"]) if "file" in entry else first,
        text=entry["src"],
        start=start,
        end=end,
        line=entry["line"],
        column=entry["col"],
        reference=Reference.parse(entry["ref"]) if entry["resolvable"] else None,
        why=entry["why"],
        optional="opt" in entry,
        uses=tuple(entry.get("uses", ())),
        pinned=tuple(filter(None, entry.get("pin", "").split("|"))),
        pinned_key=entry.get("pin_key", ""),
    )
