"""Write `expected.toml` of golden cases from what imagelock finds, for a review.

    python -m tests.support.accept_examples [tests/examples/FORMAT/CASE ...]

Without arguments, writes it for every case that has none. An existing one keeps
its id, name, note, environment and the places that are not reported (`reason =
"comment"` and the like); its other places are replaced.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

from imagelock.model.occurrence import Occurrence
from tests.support.extraction import (
    EXAMPLES,
    EXPECTED,
    NOT_REPORTED,
    Case,
    byte_range,
    find,
    read_files,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    folders: list[Path] = parser.parse_args(arguments).folders
    for folder in folders or sorted(_without_expectation()):
        accept(folder)


def accept(folder: Path) -> None:
    """Write the `expected.toml` of the case in *folder*."""
    file = folder / EXPECTED
    earlier: dict[str, Any] = (
        tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    )
    document = {
        "id": earlier.get("id") or _next_id(),
        "name": earlier.get("name") or folder.name.replace("-", " "),
        "checked": earlier.get("checked", "imagelock alone"),
        "note": earlier.get("note", ""),
        "environment": earlier.get("environment", {}),
        "embedded": earlier.get("embedded", False),
        "charts": earlier.get("charts", False),
    }
    case = Case(
        id=document["id"],
        name=document["name"],
        folder=folder,
        files=read_files(folder),
        environment=document["environment"],
        expectations=(),
        embedded=document["embedded"],
        charts=document["charts"],
    )
    places = [_place(found, case.files) for found in find(case)]
    positions = {_position(place) for place in places}
    silent = [
        place
        for place in earlier.get("place", [])
        if place.get("reason") in NOT_REPORTED and _position(place) not in positions
    ]
    document["place"] = sorted([*places, *silent], key=_position)
    file.write_text(rendered(document), encoding="utf-8", newline="\n")


def rendered(document: dict[str, Any]) -> str:
    """Return *document*, the content of an `expected.toml`, as TOML.

    Leaves out what is empty.
    """
    places = document.get("place", [])
    result = tomlkit.document()
    for key, value in document.items():
        if key == "environment" and value:
            table = tomlkit.inline_table()
            table.update(value)
            result.add(key, table)
        elif key not in {"place", "environment"} and value:
            result.add(key, value)
    text = tomlkit.dumps(result)
    for place in places:
        fields = {key: value for key, value in place.items() if value}
        text += "\n[[place]]\n" + tomlkit.dumps(fields)
    return text


def occurrence_at(data: bytes, text: str, start: int) -> int:
    """Return the number of the occurrence of *text*, from 1, at byte *start*."""
    number = 1
    while byte_range(data, text, number)[0] != start:
        number += 1
    return number


def _without_expectation() -> Iterable[Path]:
    for folder in EXAMPLES.glob("*/*/"):
        if not (folder / EXPECTED).exists():
            yield folder


def _next_id() -> str:
    files = EXAMPLES.glob(f"*/*/{EXPECTED}")
    numbers = [tomllib.loads(f.read_text(encoding="utf-8"))["id"][1:] for f in files]
    return f"E{max(map(int, numbers)) + 1:03}"


def _place(found: Found, files: dict[PurePosixPath, bytes]) -> dict[str, Any]:
    place, span = found.place, found.place.span
    number = (
        occurrence_at(files[place.path], place.text, span.start) if place.text else 1
    )
    fields: dict[str, Any] = {
        "file": str(place.path) if len(files) > 1 else "",
        "text": place.text,
        "occurrence": number if number > 1 else 0,
        "line": span.line,
        "column": span.column,
    }
    if not isinstance(found, Occurrence):
        return {**fields, "reason": found.reason.slug}
    pinned, key = _pinned(found)
    return {
        **fields,
        "reference": str(found.reference),
        "uses": list(place.uses),
        "pinned": pinned,
        "pinned_key": key,
    }


def _pinned(occurrence: Occurrence) -> tuple[list[str], str]:
    text, slot = occurrence.place.text, occurrence.slot
    if occurrence.unpinnable_reason or occurrence.reference.digest:
        return [], ""
    if slot is None:
        tag = ":latest" if occurrence.tag_is_implied else ""
        return [f"{text}{tag}@<D>"], ""
    if "{digest}" not in slot.template:
        return [], ""
    return [text], slot.template.format(digest="<D>").strip()


def _position(place: dict[str, Any]) -> tuple[str, int, int, str]:
    return place.get("file", ""), place["line"], place["column"], place["text"]


if __name__ == "__main__":
    main()
