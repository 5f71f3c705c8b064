"""The flags of an instruction: `--from=image`, `--mount=type=bind,from=image`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.source_slice import SourceSlice

_SPACES: Final = re.compile(r"\s*")


def split_flags(arguments: SourceSlice) -> tuple[tuple[SourceSlice, ...], SourceSlice]:
    """Return the leading `--flags`, quotes and escapes removed, and the rest.

    Flags end at the first word that does not start with `--`, or after a bare `--`.
    The escape is always a backslash, whatever the escape of the file
    (`extractBuilderFlags` in BuildKit's `parser/split_command.go`).
    """
    flags: list[SourceSlice] = []
    position = _skip(arguments.text, 0)
    while arguments.text.startswith("--", position):
        kept, position = _word(arguments.text, position)
        flag = arguments.pick(kept)
        if flag.text == "--":
            break
        flags.append(flag)
        position = _skip(arguments.text, position)
    return tuple(flags), arguments.part(position, len(arguments.text))


def split_words(line: SourceSlice) -> Iterator[SourceSlice]:
    """Yield the words of *line*, quotes and escapes removed."""
    position = _skip(line.text, 0)
    while position < len(line.text):
        kept, position = _word(line.text, position)
        yield line.pick(kept)
        position = _skip(line.text, position)


def flag_values(flags: tuple[SourceSlice, ...], name: str) -> Iterator[SourceSlice]:
    """Yield the values of the flag *name*, in order."""
    for flag in flags:
        key, separator, _ = flag.text.partition("=")
        if separator and key == f"--{name}":
            yield flag.part(len(key) + 1, len(flag.text))


def mount_source(mount: SourceSlice) -> SourceSlice | None:
    """Return the value of `from` in the value of a `--mount`, or `None`.

    A mount is one record of comma-separated values (RFC 4180), where a field
    may be quoted; keys are case-free and the last one counts.
    """
    source = None
    for field in csv_fields(mount):
        key, separator, _ = field.text.partition("=")
        if separator and key.lower() == "from":
            source = field.part(len(key) + 1, len(field.text))
    return source if source and source.text else None


def csv_fields(record: SourceSlice) -> Iterator[SourceSlice]:
    """Yield the comma-separated values of *record*, without quotes around them."""
    kept: list[int] = []
    is_quoted = False
    for index, character in enumerate(record.text):
        if character == '"' and (is_quoted or not kept):
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            yield record.pick(kept)
            kept = []
        else:
            kept.append(index)
    yield record.pick(kept)


def _word(line: str, position: int) -> tuple[list[int], int]:
    """Return the indexes of the word at *position* without quotes, and its end."""
    kept: list[int] = []
    quote = ""
    while position < len(line):
        character = line[position]
        if character == "\\":
            position += 1
            kept += [position] if position < len(line) else []
        elif character == quote:
            quote = ""
        elif not quote and character in {"'", '"'}:
            quote = character
        elif not quote and character.isspace():
            break
        else:
            kept.append(position)
        position += 1
    return kept, position


def _skip(line: str, position: int) -> int:
    match = _SPACES.match(line, position)
    return match.end() if match else position
