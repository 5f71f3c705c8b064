"""Read `images.lock`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from imagelock.errors import LockfileError
from imagelock.lockfile import fast_reader
from imagelock.lockfile.model import VERSION, Contents, Lockfile
from imagelock.syntax import toml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from imagelock.model.reference import Reference

_ENTRY: Final = re.compile(r"^[ \t]*\[\[[ \t]*image[ \t]*\]\]", re.MULTILINE)
_CONFLICT: Final = re.compile(r"^(?:<{7} |={7}\r?$|>{7} )", re.MULTILINE)


def has_conflict(text: str) -> bool:
    """Tell whether git left the markers of a merge conflict in *text*."""
    markers = {marker.strip() for marker in _CONFLICT.findall(text)}
    return markers == {"<<<<<<<", "=======", ">>>>>>>"}


def read(text: str) -> Lockfile:
    """Return the lockfile that *text* holds.

    Raises:
        LockfileError: not TOML, not this format, a newer version of it, or an
            unresolved merge conflict; with the line and the way out.
    """
    if has_conflict(text):
        raise LockfileError(
            "the lockfile has merge conflict markers",
            hint="run `imagelock lock`: it keeps what both sides agree on"
            " and resolves the rest again",
        )
    data = _parse(text)
    _check_version(data)
    contents = fast_reader.contents(data) or _checked(data, text)
    return _lockfile(contents, _lines(text))


def _parse(text: str) -> dict[str, Any]:
    try:
        return toml.loads(text)
    except ValueError as error:
        raise LockfileError(
            f"the lockfile is not TOML: {error}",
            hint="restore it from git, or delete it and run `imagelock lock`",
        ) from error


def _check_version(data: dict[str, Any]) -> None:
    version = data.get("version")
    if version is None:
        hint = "delete it and run `imagelock lock`"
        raise LockfileError("the lockfile has no `version`", hint=hint)
    if isinstance(version, int) and version > VERSION:
        raise LockfileError(
            f"the lockfile has version {version}, and this imagelock reads {VERSION}",
            hint="upgrade imagelock",
        )


def _checked(data: dict[str, Any], text: str) -> Contents:
    """Return what is valid, though imagelock would not have written it so."""
    from pydantic import ValidationError  # noqa: PLC0415 - most lockfiles need none

    from imagelock.lockfile import schema  # noqa: PLC0415

    try:
        return schema.contents(data)
    except ValidationError as error:
        raise _invalid(error.errors()[0], text) from None


def _invalid(error: ErrorDetails, text: str) -> LockfileError:
    place = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]
    ).removeprefix(".")
    message = error["msg"].removeprefix("Value error, ")
    line = ""
    match error["loc"]:
        case ["image", int(index), *_] if index < len(lines := _lines(text)):
            line = f" (line {lines[index]})"
    return LockfileError(
        f"the lockfile is not valid at `{place}`{line}: {message}",
        hint="restore it from git, or delete the entry and run `imagelock lock`",
    )


def _lockfile(contents: Contents, lines: list[int]) -> Lockfile:
    images = [image for image, _ in contents.images]
    if len(lines) != len(images):
        lines = [1] * len(images)
    found: dict[Reference, int] = {}
    for image, line in zip(images, lines, strict=True):
        if image.reference in found:
            raise LockfileError(
                f"`{image.reference}` is locked twice,"
                f" on lines {found[image.reference]} and {line}",
                hint="delete one of the two entries",
            )
        found[image.reference] = line
    return Lockfile(
        platforms=contents.platforms,
        images={image.reference: image for image in images},
        pins={image.reference: pins for image, pins in contents.images if pins},
        lines=found,
    )


def _lines(text: str) -> list[int]:
    """Return the line of every entry."""
    lines, line, end = [], 1, 0
    for match in _ENTRY.finditer(text):
        line += text.count("\n", end, match.start())
        end = match.start()
        lines.append(line)
    return lines
