"""Read the text that `writer.py` writes, ten times faster than TOML in general.

One pattern for an entry takes the place of a parser that looks at every character.
What the patterns do not match, and what is wrong in the values that they match, is
left to the reader of TOML, which explains it. So there are no rules here: `tables.py`
has them, for both readers.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from imagelock.lockfile.invalid_table import InvalidTableError
from imagelock.lockfile.model import VERSION, Lockfile
from imagelock.lockfile.tables import read_image, read_platform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.lockfile.model import Pin
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference

# Every repetition is possessive (`++`, `*+`, `?+`): what it has matched is not given
# back, so that the time is in proportion to the text, whatever the text is.
_TEXT: Final = r'(?:[^"\\\x00-\x1f\x7f]++|\\(?:["\\bfnrt]|u00[01][0-9a-f]|u007f))*+'
_STRING: Final = f'"({_TEXT})"'
_UNNAMED: Final = f'"{_TEXT}"'
_MANIFEST: Final = r"    \{{ name = {0}, digest = {0} \}},\n"
_PIN: Final = (
    r"    \{{ file = {0}, use = {0}(?:, number = {1})?+(?:, wrote = {0})?+ \}},\n"
)
_SIGNER: Final = r"{0} = {1}(?:, {0} = {1})*+"
_KEY: Final = "[a-z]++"
_NUMBER: Final = "[1-9][0-9]{0,8}+"
"""At most nine digits, which every TOML reader takes."""
_REQUIRED: Final = ("reference", "digest")
_OPTIONAL: Final = ("media-type", "release", "source", "revision")

_HEAD: Final = re.compile(
    r"(?:#[^\x00-\x1f\x7f]*+\n)*+"
    rf"version = {VERSION}\n"
    rf"platforms = \[((?:{_UNNAMED}(?:, {_UNNAMED})*+)?+)\]\n"
)
_ENTRY: Final = re.compile(
    r"\n\[\[image\]\]\n"
    + "".join(rf"{key} = {_STRING}\n" for key in _REQUIRED)
    + "".join(rf"(?:{key} = {_STRING}\n)?+" for key in _OPTIONAL)
    + rf"(?:signer = \{{ ({_SIGNER.format(_KEY, _UNNAMED)}) \}}\n)?+"
    + rf"(?:platforms = \[\n((?:{_MANIFEST.format(_UNNAMED)})*+)\]\n)?+"
    + rf"(?:pinned = \[\n((?:{_PIN.format(_UNNAMED, _NUMBER)})*+)\]\n)?+"
)
_STRINGS: Final = re.compile(_STRING)
_PAIRS: Final = re.compile(f"({_KEY}) = {_STRING}")
_MANIFESTS: Final = re.compile(_MANIFEST.format(_STRING))
_PINS: Final = re.compile(_PIN.format(_STRING, f"({_NUMBER})"))


class _NotCanonicalError(Exception):
    """A text that the writer does not write."""


def read_canonical(text: str) -> Lockfile | None:
    """Return the lockfile that *text* holds, if it is as the writer writes it.

    `None` says nothing about *text*: it may be another form of a valid lockfile.
    """
    text = text.replace("\r\n", "\n")  # TOML 1.0, "Spec": either ends a line
    head = _HEAD.match(text)
    if head is None:
        return None
    images: dict[Reference, Image] = {}
    pins: dict[Reference, tuple[Pin, ...]] = {}
    lines: dict[Reference, int] = {}
    try:
        platforms = tuple(map(read_platform, _strings(head[1])))
        for line, table in _tables(text, head.end()):
            image, pinned = read_image(table)
            if image.reference in images:
                return None
            images[image.reference] = image
            lines[image.reference] = line
            if pinned:
                pins[image.reference] = pinned
    except (InvalidTableError, _NotCanonicalError):
        return None
    return Lockfile(platforms, images, pins, lines)


def _tables(text: str, position: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the table of each entry from *position* on, as `tomllib` would.

    Before it, the line, from 1, on which the entry begins.
    """
    line = text.count("\n", 0, position) + 1
    while position < len(text):
        match = _ENTRY.match(text, position)
        if match is None:
            raise _NotCanonicalError
        *values, signer, manifests, pins = match.groups()
        table: dict[str, Any] = {
            key: _string(value)
            for key, value in zip((*_REQUIRED, *_OPTIONAL), values, strict=True)
            if value is not None
        }
        if signer is not None:
            table["signer"] = _signer(signer)
        if manifests is not None:
            table["platforms"] = [
                {"name": _string(name), "digest": _string(digest)}
                for name, digest in _MANIFESTS.findall(manifests)
            ]
        if pins is not None:
            table["pinned"] = [_pin(*pin.groups()) for pin in _PINS.finditer(pins)]
        yield line + 1, table
        line += text.count("\n", position, match.end())
        position = match.end()


def _signer(pairs: str) -> dict[str, str]:
    items = _PAIRS.findall(pairs)
    table = {key: _string(value) for key, value in items}
    if len(table) != len(items):  # TOML refuses a key that is there twice
        raise _NotCanonicalError
    return table


def _pin(file: str, use: str, number: str | None, wrote: str | None) -> dict[str, Any]:
    table: dict[str, Any] = {"file": _string(file), "use": _string(use)}
    if number is not None:
        table["number"] = int(number)
    if wrote is not None:
        table["wrote"] = _string(wrote)
    return table


def _strings(items: str) -> list[str]:
    return [_string(text) for text in _STRINGS.findall(items)]


def _string(text: str) -> str:
    """Return the value of a basic string, without its quotes."""
    if "\\" not in text:
        return text
    value: str = json.loads(f'"{text}"')
    return value
