"""Read `images.lock`."""

from __future__ import annotations

import re

from imagelock.errors import LockfileError
from imagelock.light_typing import TYPE_CHECKING, Any, Final
from imagelock.lockfile.canonical import read_canonical
from imagelock.lockfile.invalid_table import InvalidTableError
from imagelock.lockfile.model import VERSION, Lockfile
from imagelock.lockfile.tables import read_tables
from imagelock.source_line import SourceLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.reference import Reference

# Most lockfiles need none of these, so that they are compiled when a lockfile does.
_ENTRY: Final = r"(?m)^[ \t]*\[\[[ \t]*image[ \t]*\]\]"
_CONFLICT: Final = r"(?m)^(?:<{7} |={7}\r?$|>{7} )"


def has_conflict(text: str) -> bool:
    """Return whether *text* has the markers of a merge conflict in git."""
    if "<<<<<<< " not in text:
        return False
    markers = {marker.strip() for marker in re.findall(_CONFLICT, text)}
    return markers == {"<<<<<<<", "=======", ">>>>>>>"}


def read(text: str) -> Lockfile:
    """Return the lockfile that *text* holds.

    Raises:
        LockfileError: not TOML, not this format, a newer version of it, or an
            unresolved merge conflict; with the line and the way out.
    """
    if has_conflict(text):
        start = text.index("<<<<<<< ")
        raise LockfileError(
            "the lockfile has merge conflict markers",
            source=SourceLine.cut(text, start, start + len("<<<<<<<")),
            hint="run `imagelock lock`: it keeps the entries on which both sides"
            " agree and resolves the others again",
        )
    return read_canonical(text) or read_toml(text)


def read_toml(text: str) -> Lockfile:
    """Return the lockfile that *text*, any TOML, holds.

    Raises:
        LockfileError: not TOML, not this format, or a newer version of it.
    """
    data = _parse(text)
    _check_version(data, text)
    lines = _lines(text)
    try:
        platforms, entries = read_tables(data)
    except InvalidTableError as error:
        raise _located(error, text) from None
    references = [image.reference for image, _ in entries]
    return Lockfile(
        platforms=platforms,
        images={image.reference: image for image, _ in entries},
        pins={image.reference: pins for image, pins in entries if pins},
        lines=_line_by_key(references, lines, text),
    )


def _parse(text: str) -> dict[str, Any]:
    from imagelock.syntax import toml  # slow, and our own form needs none

    try:
        return toml.loads(text)
    except ValueError as error:
        source = None
        if isinstance(error, toml.TomlError):
            source = SourceLine.at(text, error.line, error.column)
        raise LockfileError(
            f"the lockfile is not TOML: {error}",
            hint="restore it from git, or delete it and run `imagelock lock`",
            source=source,
        ) from error


def _check_version(data: dict[str, Any], text: str) -> None:
    version = data.get("version")
    if version is None:
        hint = "delete it and run `imagelock lock`"
        raise LockfileError("the lockfile has no `version`", hint=hint)
    if isinstance(version, int) and version > VERSION:
        raise LockfileError(
            f"the lockfile has version {version}, and this imagelock reads {VERSION}",
            hint="upgrade imagelock",
            source=_place(text, ["version"]),
        )


def _located(error: InvalidTableError, text: str) -> LockfileError:
    """Return *error* with the path of the value and its place in *text*."""
    path = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.path
    ).removeprefix(".")
    return LockfileError(
        f"the lockfile is not valid at `{path}`: {error}",
        hint="restore it from git, or delete the entry and run `imagelock lock`",
        source=_place(text, error.path),
    )


def _place(text: str, path: Sequence[str | int]) -> SourceLine | None:
    from imagelock.syntax.toml_places import find_place  # for damaged files only

    place = find_place(text, path, of_key=False)
    return SourceLine.cut(text, *place) if place else None


def _line_by_key(
    references: Sequence[Reference], lines: Sequence[int], text: str
) -> dict[Reference, int]:
    """Return the line of each entry, and refuse a reference that has two."""
    if len(lines) != len(references):
        # As an inline array, `image = [{…}]`, entries have no lines of their own.
        lines = [1] * len(references)
    line_by_key: dict[Reference, int] = {}
    for reference, line in zip(references, lines, strict=True):
        if reference in line_by_key:
            raise LockfileError(
                f"`{reference}` is locked twice,"
                f" on lines {line_by_key[reference]} and {line}",
                hint="delete one of the two entries",
                source=SourceLine.at(text, line, 1),
            )
        line_by_key[reference] = line
    return line_by_key


def _lines(text: str) -> list[int]:
    """Return the line, from 1, of each `[[image]]`."""
    lines, line, end = [], 1, 0
    for match in re.finditer(_ENTRY, text):
        line += text.count("\n", end, match.start())
        end = match.start()
        lines.append(line)
    return lines
