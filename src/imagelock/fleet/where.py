"""Which repositories lock an image, or ship a vulnerability: `fleet where`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import UsageError
from imagelock.fleet.database.connection import (
    count_unreadable,
    count_unscanned,
    open_for_reading,
)
from imagelock.fleet.image_filter import reference_filter
from imagelock.fleet.input_lines import read_lines
from imagelock.fleet.locked_places import LockedPlace, select
from imagelock.fleet.vulnerable import is_vulnerability, vulnerable_places
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

_DIGEST: Final = re.compile(r"(?:(sha256|sha512):)?([0-9a-f]{8,128})")
_SHORTEST_BARE: Final = 64
"""Hexadecimal digits without `sha256:`: fewer may be the name of an image."""


@dataclass(frozen=True, slots=True)
class WhereResult:
    """The places of each image in question, sorted.

    `unreadable` is the number of repositories and lockfiles that could not be read, and
    `unscanned` that of manifests of which it is not known whether they have a
    vulnerability, if one of the questions is about one.
    """

    places: Mapping[str, tuple[LockedPlace, ...]]
    unreadable: int
    unscanned: int = 0


def read_questions(images: Sequence[str], stdin: TextIO) -> list[str]:
    """Return *images* with the lines of a file in place of each `@FILE`.

    Empty lines, and those that begin with `#`, are left out.

    Raises:
        UnreadableFileError: a file cannot be read.
        UsageError: a file has no lines.
    """
    questions: list[str] = []
    for image in images:
        if not image.startswith("@"):
            questions.append(image)
            continue
        wanted = read_lines(image[1:], stdin)
        if not wanted:
            raise UsageError(f"`{image}` has no lines")
        questions += wanted
    return list(dict.fromkeys(questions))


def where(database: Path, questions: Sequence[str]) -> WhereResult:
    """Return the places in *database* that lock each of *questions*.

    Each is a digest of an image or of a manifest in it, or the first hexadecimal
    digits of one, a reference or pattern as `matches_image` takes them, or the name of
    a vulnerability, which `scan_fleet` must have looked for.

    Raises:
        UsageError: the database cannot be used.
        InvalidReferenceError: one of *questions* is none of these.
    """
    with open_for_reading(database) as connection:
        places = {each: tuple(sorted(_places(connection, each))) for each in questions}
        about_scans = any(map(is_vulnerability, questions))
        return WhereResult(
            places,
            count_unreadable(connection),
            count_unscanned(connection) if about_scans else 0,
        )


def _places(connection: sqlite3.Connection, question: str) -> set[LockedPlace]:
    if is_vulnerability(question):
        return {*vulnerable_places(connection, question)}
    if match := _DIGEST.fullmatch(question):
        algorithm, digits = match.groups()
        if algorithm or len(digits) >= _SHORTEST_BARE:
            return _with_digest(connection, f"{algorithm or 'sha256'}:{digits}")
    name, _, digest = question.partition("@")
    if digest:
        matches = reference_filter(name)
        found = _with_digest(connection, str(Reference.parse(question).digest))
        return {each for each in found if matches(each.reference)}
    return _with_reference(connection, reference_filter(question))


def _with_digest(connection: sqlite3.Connection, start: str) -> set[LockedPlace]:
    """Return the places of images whose digest, or a child's, begins with *start*."""
    between = (start, f"{start}g")  # the first text behind all hexadecimal digits
    images = _run(connection, select("image.digest BETWEEN ? AND ?"), between)
    children = _run(
        connection,
        select(
            "manifest.digest BETWEEN ? AND ?",
            platform="manifest.platform",
            join="JOIN manifest ON manifest.image_id = image.id",
        ),
        between,
    )
    # An image without an index is its own child.
    own = {(each.repository, each.lockfile, each.reference) for each in images}
    return images | {
        each
        for each in children
        if (each.repository, each.lockfile, each.reference) not in own
    }


def _with_reference(
    connection: sqlite3.Connection, matches: Callable[[str], bool]
) -> set[LockedPlace]:
    connection.create_function("is_asked_for", 1, matches, deterministic=True)
    return _run(connection, select("is_asked_for(image.reference)"))


def _run(
    connection: sqlite3.Connection, query: str, values: tuple[str, ...] = ()
) -> set[LockedPlace]:
    return {*map(LockedPlace.of, connection.execute(query, values))}
