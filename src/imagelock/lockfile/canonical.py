"""Read the text that `writer.py` writes, ten times faster than TOML in general.

One pattern for an entry takes the place of a parser that looks at every character.
What the patterns do not match, and what is wrong in the values that they match, is
left to the reader of TOML, which explains it. So there are no rules here: `tables.py`
has them, for both readers.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from imagelock.lockfile.invalid_table import InvalidTableError
from imagelock.lockfile.model import VERSION, Lockfile
from imagelock.lockfile.tables import (
    check_key,
    read_digest,
    read_media_type,
    read_pin,
    read_platform,
    read_reference,
)
from imagelock.model.image import Image, PlatformManifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.lockfile.model import Pin
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.model.signer import Signer

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
    + rf"(?:pinned = \[\n(?P<pinned>(?:{_PIN.format(_UNNAMED, _NUMBER)})*+)\]\n)?+"
)
_STRINGS: Final = re.compile(_STRING)
_PAIRS: Final = re.compile(f"({_KEY}) = {_STRING}")
_MANIFESTS: Final = re.compile(_MANIFEST.format(_STRING))
_PINS: Final = re.compile(_PIN.format(_STRING, f"({_NUMBER})"))


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
    end = head.end()
    line = text.count("\n", 0, end) + 1
    try:
        platforms = tuple(map(_platform, _strings(head[1])))
        while match := _ENTRY.match(text, end):
            image = _image(match)
            if image.reference in images:
                return None
            images[image.reference] = image
            lines[image.reference] = line + 1
            if match["pinned"]:
                pins[image.reference] = tuple(_pins(match["pinned"]))
            line += text.count("\n", end, match.end())
            end = match.end()
    except InvalidTableError:
        return None
    return Lockfile(platforms, images, pins, lines) if end == len(text) else None


def _image(match: re.Match[str]) -> Image:
    """Return the image of an entry, as `read_image` would."""
    reference, digest, media_type, *details, signer, manifests, _ = match.groups()
    release, source, revision = (text and _string(text) for text in details)
    image = Image(
        reference=read_reference(_string(reference)),
        digest=read_digest(_string(digest)),
        media_type="" if media_type is None else read_media_type(_string(media_type)),
        platforms=tuple(
            PlatformManifest(_platform(name), read_digest(_string(digest)))
            for name, digest in _MANIFESTS.findall(manifests or "")
        ),
        release=release,
        source=source,
        revision=revision,
        signer=None if signer is None else _signer(signer),
    )
    check_key(image.reference, image.digest)
    return image


@lru_cache(maxsize=64)  # all entries have the same few
def _platform(name: str) -> Platform:
    return read_platform(_string(name))


def _signer(pairs: str) -> Signer:
    from imagelock.lockfile.signer_table import read_signer  # few entries have one

    items = _PAIRS.findall(pairs)
    table = {key: _string(value) for key, value in items}
    if len(table) != len(items):  # TOML refuses a key that is there twice
        message = "a key is there twice"
        raise InvalidTableError(message)
    return read_signer(table)


def _pins(pinned: str) -> Iterator[Pin]:
    for match in _PINS.finditer(pinned):
        yield read_pin(_pin(*match.groups()))


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
